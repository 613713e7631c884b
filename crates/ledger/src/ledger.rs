//! The handle through which the bank talks to its ledger.

use crate::engine::{self, Parts, Read, Request, Shared, Started};
use crate::index::Index;
use crate::journal::cursor::{Cursor, ReadError, read_entry};
use crate::journal::segment::SegmentJournal;
use crate::journal::space::Space;
use crate::journal::{Damage, Head};
use crate::model::state::State;
use crate::model::types::*;
use crate::recovery::{Folders, OpenError, Recovered, recover};
use kit::{BankDay, Fault, FaultContext};
use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Which bank day an instant belongs to, by institution.
pub type BankDays = Arc<dyn Fn(u16, i64) -> BankDay + Send + Sync>;

/// How a ledger runs.
#[derive(Clone)]
pub struct Options {
    /// The institutions' calendars.
    pub bank_day: BankDays,
    /// Requests that may wait; one more is *busy*.
    pub queue_capacity: usize,
    /// Size of new segment files; at least 8 MiB. A journal in being keeps its own until the next segment.
    pub segment_bytes: u64,
    /// Commands after which a snapshot is written.
    pub snapshot_every: u64,
    /// Called when the ledger must stop. By default it writes to standard error and aborts the process.
    pub on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Options {
    /// The defaults, with these calendars.
    pub fn new(bank_day: BankDays) -> Self {
        let on_fatal = |what: &str| {
            tracing::error!(what, "the ledger stops");
            eprintln!("The ledger stops: {what}. Start again to recover; nothing that was answered is lost.");
            std::process::abort();
        };
        Self {
            bank_day,
            queue_capacity: 16_384,
            segment_bytes: 32 << 20,
            snapshot_every: 1_000_000,
            on_fatal: Arc::new(on_fatal),
        }
    }
}

/// An answer to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was decided; final.
    pub outcome: Outcome,
    /// Whether the id was known with the same body, and this is the stored outcome.
    pub replayed: bool,
    /// Number of the command.
    pub sequence: u64,
    /// Position of its journal record: a projection that got beyond it has seen it.
    pub position: u64,
}

/// Why a command was not decided. Except for a conflict, its id is not spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitError {
    /// The queue is full: try again shortly.
    Busy,
    /// The command is not one that could ever be decided.
    Malformed(&'static str),
    /// No room for the journal: reads go on, writes resume when there is.
    StorageFull,
    /// The id is known with another body.
    Conflict {
        /// The first field that differs.
        field: &'static str,
    },
    /// The ledger has stopped; what was on its way is decided or not, and a restart will tell.
    Stopped,
}

impl std::fmt::Display for SubmitError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Busy => write!(out, "the ledger is busy"),
            Self::Malformed(what) => write!(out, "malformed command: {what}"),
            Self::StorageFull => write!(out, "the journal has no room"),
            Self::Conflict { field } => write!(out, "the id is spent on a command with another {field}"),
            Self::Stopped => write!(out, "the ledger has stopped"),
        }
    }
}

impl std::error::Error for SubmitError {}

/// An answer on its way.
pub struct Pending(oneshot::Receiver<Result<Vec<Answer>, SubmitError>>);

impl Future for Pending {
    type Output = Result<Vec<Answer>, SubmitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|received| received.unwrap_or(Err(SubmitError::Stopped)))
    }
}

/// One batch of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its position.
    pub position: u64,
    /// The head after it.
    pub head: Head,
    /// What was asked and decided.
    pub entries: Vec<Entry>,
}

/// The ledger. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    index: Index,
    folders: Folders,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
    /// Held as long as the ledger lives.
    lock: Arc<File>,
}

impl Ledger {
    /// Opens the ledger in `dir`, or makes it. Blocking: reads what changed since the last snapshot.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let folders = Folders::of(dir);
        std::fs::create_dir_all(&folders.journal)?;
        let lock = lock(&folders.journal)?;
        let segment_bytes = options.segment_bytes.max(8 << 20);
        let recovered = recover(&folders, segment_bytes)?;
        let Recovered { state, head, segment, offset, segment_bytes, head_file, snapshot_position } = recovered;
        let index = open_index(&folders, &head)?;
        let writer_epoch = head_file.writer_epoch();
        let journal = SegmentJournal::resume(&folders.journal, segment, offset, segment_bytes, head_file)?;
        let space = Space::new(folders.journal.clone(), segment, offset, segment_bytes);
        let shared = Shared::new(head);
        let snapshot_sequence = if snapshot_position == head.position { head.sequence } else { 0 };
        let parts = Parts {
            state,
            head,
            writer_epoch,
            journal,
            space,
            index: index.clone(),
            folders: folders.clone(),
            shared: shared.clone(),
            options,
            snapshot_sequence,
        };
        let Started { queue, threads } = engine::start(parts)?;
        Ok(Self { queue, shared, index, folders, threads, lock: Arc::new(lock) })
    }

    /// Puts commands into the queue, in call order, without waiting. More than one form a chain: all take effect or
    /// none, and only transfers, posts and voids may be in it.
    pub fn submit(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        check_form(&commands)?;
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Request::Write { commands, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
        })?;
        Ok(Pending(answer))
    }

    /// Like [`Self::submit`], but waits while the queue is full.
    pub async fn submit_waiting(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        check_form(&commands)?;
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.send(Request::Write { commands, reply }).await;
        sent.map_err(|_| SubmitError::Stopped)?;
        Ok(Pending(answer))
    }

    /// Submits one command and waits for its answer.
    pub async fn execute(&self, command: Command) -> Result<Answer, SubmitError> {
        let answers = self.submit(vec![command])?.await?;
        answers.into_iter().next().ok_or(SubmitError::Stopped)
    }

    async fn read<T: Send + 'static>(&self, look: impl FnOnce(&State) -> T + Send + 'static) -> Result<T, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |state| {
            let seen = look(state);
            Box::new(move || {
                // The caller may have gone away.
                let _ = reply.send(seen);
            })
        });
        self.queue.send(Request::Read(read)).await.map_err(|_| SubmitError::Stopped)?;
        answer.await.map_err(|_| SubmitError::Stopped)
    }

    /// An account as it stands; never shows what is not durable.
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountView>, SubmitError> {
        self.read(move |state| state.account_view(id)).await
    }

    /// Several accounts at one instant.
    pub async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Option<AccountView>>, SubmitError> {
        let ids = ids.to_vec();
        self.read(move |state| ids.iter().map(|id| state.account_view(*id)).collect()).await
    }

    /// All accounts at one instant, in order of their ids.
    pub async fn all_accounts(&self) -> Result<Vec<AccountView>, SubmitError> {
        self.read(State::account_views).await
    }

    /// Several counters at one instant.
    pub async fn counters(&self, ids: &[CounterId]) -> Result<Vec<Option<CounterView>>, SubmitError> {
        let ids = ids.to_vec();
        self.read(move |state| ids.iter().map(|id| state.counter_view(*id)).collect()).await
    }

    /// A holder's security epoch.
    pub async fn epoch(&self, id: HolderId) -> Result<Option<u32>, SubmitError> {
        self.read(move |state| state.epoch(id)).await
    }

    /// Number of open holds.
    pub async fn open_holds(&self) -> Result<usize, SubmitError> {
        self.read(|state| state.holds.len()).await
    }

    /// When the next hold runs out, in milliseconds: from then on a tick has something to do. None if none ever does.
    pub async fn next_expiry(&self) -> Result<Option<i64>, SubmitError> {
        self.read(|state| state.holds.next_expiry()).await
    }

    /// Hash of everything the state machine knows, in hexadecimal; blocks the engine while it is computed.
    pub async fn state_hash(&self) -> Result<String, SubmitError> {
        self.read(|state| crate::snapshot::state_hash(state).to_hex().to_string()).await
    }

    /// A command by its id, with its document and outcome. Waits for the index to reach the durable head.
    pub async fn entry(&self, id: CommandId) -> Result<Option<Entry>, Fault> {
        self.indexed().await?;
        let this = self.clone();
        blocking(move || {
            let found = this.index.by_id(id)?;
            found.map(|found| this.load(found)).transpose()
        })
        .await
    }

    /// An account's movements of money with a sequence below `before` (or from the newest on), newest first. Waits
    /// for the index to reach the durable head.
    pub async fn history(&self, id: AccountId, before: Option<u64>, limit: usize) -> Result<Vec<Entry>, Fault> {
        self.indexed().await?;
        let this = self.clone();
        blocking(move || {
            let found = this.index.history(id, before.unwrap_or(u64::MAX), limit)?;
            found.into_iter().map(|found| this.load(found)).collect()
        })
        .await
    }

    fn load(&self, found: crate::index::Found) -> Result<Entry, Fault> {
        read_entry(&self.folders.journal, found.location, found.sequence, found.position).fault("reading the journal")
    }

    async fn indexed(&self) -> Result<(), Fault> {
        let target = self.head().position;
        let mut indexed = self.shared.indexed.subscribe();
        indexed.wait_for(|position| *position >= target).await.map(|_| ()).fault("waiting for the index")
    }

    /// How far the journal is durable.
    pub fn head(&self) -> Head {
        *self.shared.head.borrow()
    }

    /// The durable head as it moves.
    pub fn watch_head(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    /// Requests waiting in the queue.
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Reads the journal from a position on.
    pub fn reader(&self, from: u64) -> Reader {
        Reader { dir: self.folders.journal.clone(), head: self.watch_head(), from, cursor: None }
    }

    /// Decides what is in the queue, makes it durable, writes a snapshot and stops.
    pub async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Request::Stop(done)).await.is_ok() {
            let _ = wait.await;
        }
        let threads = self.threads.clone();
        // The index and the snapshot are finished before this returns.
        let _ = tokio::task::spawn_blocking(move || engine::join(&threads)).await;
        let _ = self.lock.unlock();
    }
}

/// Reads batches of the journal in order, durable ones only. Blocking.
pub struct Reader {
    dir: PathBuf,
    head: watch::Receiver<Head>,
    from: u64,
    cursor: Option<Cursor>,
}

impl Reader {
    /// The next batch; nothing when it has caught up with the durable head.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, Fault> {
        let durable = self.head.borrow().position;
        if self.from >= durable {
            return Ok(None);
        }
        let mut cursor = match self.cursor.take() {
            Some(cursor) => cursor,
            None => Cursor::seek(&self.dir, self.from).map_err(read_fault)?,
        };
        let record = cursor.next().map_err(read_fault)?;
        let Some(record) = record else {
            return Err(Fault::new(format!("the journal has no record at position {}", self.from)));
        };
        let entries = record.header.entries(&record.bytes).map_err(Fault::new)?;
        self.from += 1;
        self.cursor = Some(cursor);
        Ok(Some(Batch { position: record.header.position, head: record.head, entries }))
    }

    /// The position of the next batch.
    pub fn position(&self) -> u64 {
        self.from
    }
}

fn read_fault(error: ReadError) -> Fault {
    match error {
        ReadError::Damaged(damage) => Fault::from(damage),
        ReadError::Io(error) => Fault::from(error),
    }
    .context("reading the journal")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await?
}

fn lock(journal: &Path) -> Result<File, OpenError> {
    let path = journal.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path)),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Opens the index and brings it up to the journal; one that does not fit the journal is built again.
fn open_index(folders: &Folders, head: &Head) -> Result<Index, OpenError> {
    let index = match Index::open(&folders.index) {
        Ok(index) if fits(&index, folders)? => index,
        Ok(index) => {
            tracing::warn!("the index does not fit the journal and is built again");
            drop(index);
            rebuild(folders)?
        }
        Err(error) => {
            tracing::warn!(%error, "the index cannot be read and is built again");
            rebuild(folders)?
        }
    };
    let (from, _) = index.progress()?;
    let mut cursor = Cursor::seek(&folders.journal, from)?;
    while cursor.head().position < head.position {
        let Some(record) = cursor.next()? else { break };
        let damaged = |what: String| {
            let file = folders.journal.clone();
            OpenError::Damaged(Damage { position: record.header.position, file, offset: 0, what })
        };
        let entries = record.header.entries(&record.bytes).map_err(damaged)?;
        let offsets = record.header.entry_offsets(&record.bytes);
        let offsets: Vec<u32> = offsets.into_iter().map(|offset| offset + record.location.offset).collect();
        index.add(&entries, record.location.segment, &offsets, (record.head.position, record.head.hash))?;
    }
    Ok(index)
}

fn rebuild(folders: &Folders) -> Result<Index, OpenError> {
    std::fs::remove_dir_all(&folders.index)?;
    Ok(Index::open(&folders.index)?)
}

/// Whether the index was built from this journal: the record it got to has the hash that it remembers.
fn fits(index: &Index, folders: &Folders) -> Result<bool, OpenError> {
    let (position, hash) = index.progress()?;
    if position == 0 {
        return Ok(true);
    }
    let mut cursor = Cursor::seek(&folders.journal, position - 1)?;
    let record = cursor.next();
    Ok(record
        .is_ok_and(|record| record.is_some_and(|record| record.head.position == position && record.head.hash == hash)))
}

/// What no state could ever make decidable.
fn check_form(commands: &[Command]) -> Result<(), SubmitError> {
    if commands.is_empty() || commands.len() > CHAIN_MAX {
        return Err(SubmitError::Malformed("a chain has 1 to 64 commands"));
    }
    if commands.len() > 1 && !commands.iter().all(|command| can_be_chained(&command.action)) {
        return Err(SubmitError::Malformed("opening, closing, epochs and ticks cannot be chained"));
    }
    let mut ids = HashSet::new();
    for command in commands {
        if command.id.0 == 0 || command.id.0 == u128::MAX {
            return Err(SubmitError::Malformed("the id is out of range"));
        }
        if commands.len() > 1 && !ids.insert(command.id) {
            return Err(SubmitError::Malformed("an id occurs twice in a chain"));
        }
        if command.document.len() > DOCUMENT_MAX {
            return Err(SubmitError::Malformed("the document is too long"));
        }
        if let Action::Transfer(transfer) = &command.action {
            if transfer.limits.len() > LIMITS_MAX {
                return Err(SubmitError::Malformed("too many limit counters"));
            }
            let twice = |(place, limit): (usize, &LimitUse)| {
                transfer.limits.iter().skip(place + 1).any(|other| other.counter == limit.counter)
            };
            if transfer.limits.iter().enumerate().any(twice) {
                return Err(SubmitError::Malformed("a limit counter occurs twice"));
            }
        }
    }
    Ok(())
}

/// What a chain can take back: movements of money, and settings of what is there already.
fn can_be_chained(action: &Action) -> bool {
    match action {
        Action::Transfer(_)
        | Action::Post { .. }
        | Action::Void { .. }
        | Action::SetBounds { .. }
        | Action::SetFreeze { .. }
        | Action::SetCaps { .. } => true,
        Action::OpenHolder
        | Action::RaiseEpoch { .. }
        | Action::OpenAccount(_)
        | Action::CloseAccount { .. }
        | Action::OpenCounter(_)
        | Action::Tick => false,
    }
}
