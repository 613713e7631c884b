//! The handle through which the bank talks to its ledger.

use crate::engine::{Engine, Near, Read, Request, Start};
use crate::entries;
use crate::index::{Index, Row};
use crate::model::state::{NONE, State};
use crate::model::types::*;
use crate::recovery::{Folders, OpenError, recover};
use crate::threads::{self, Parts, Shared, Started};
use kit::{BankDay, Fault, FaultContext};
use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use storage::disk::{Disk, RealDisk};
use storage::journal::Head;
use storage::journal::cursor::{Cursor, ReadError};
use storage::journal::segment::SegmentJournal;
use storage::journal::space::Space;
use tokio::sync::{mpsc, oneshot, watch};

/// Most commands that are handed over at once.
pub const MANY_MAX: usize = 65_536;

/// Which bank day an instant belongs to, by institution.
pub type BankDays = Arc<dyn Fn(u16, i64) -> BankDay + Send + Sync>;

/// How a ledger runs.
#[derive(Clone)]
pub struct Options {
    /// The institutions' calendars.
    pub bank_day: BankDays,
    /// Requests that may wait; one more is *busy*.
    pub queue_capacity: usize,
    /// A batch is closed when its record has grown to so many bytes; at most 1 MiB.
    pub batch_bytes: usize,
    /// Size of new segment files; at least twice what the longest record may take. A journal in being keeps its own until the next segment.
    pub segment_bytes: u64,
    /// Commands after which a snapshot is written.
    pub snapshot_every: u64,
    /// Lines of the index that are kept in memory until they are written as a run.
    pub index_lines: usize,
    /// Where the seed of the index's hashes is drawn from.
    pub random: kit::Random,
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
            batch_bytes: 1 << 20,
            segment_bytes: 32 << 20,
            snapshot_every: 1_000_000,
            index_lines: 1 << 19,
            random: kit::Random::system(),
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
    /// Number of the command, with its partition; see [`numbered`].
    pub sequence: u64,
    /// Position of its journal record, with its partition: a projection that got beyond it has seen it.
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

/// Each command's own answer, or why none was given.
pub type Decisions = Result<Vec<Result<Answer, SubmitError>>, SubmitError>;

/// An answer on its way.
pub struct Pending<T = Result<Vec<Answer>, SubmitError>>(pub(crate) oneshot::Receiver<T>);

impl<T: Stopped> Future for Pending<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|received| received.unwrap_or_else(|_| T::stopped()))
    }
}

impl<T: Stopped> Pending<T> {
    /// An answer that is still to come, and where to put it.
    pub fn pair() -> (oneshot::Sender<T>, Self) {
        let (reply, answer) = oneshot::channel();
        (reply, Self(answer))
    }
}

/// What an answer is when the ledger stopped before it.
pub trait Stopped: sealed::Sealed {
    /// That.
    fn stopped() -> Self;
}

mod sealed {
    pub trait Sealed {}
}

impl<T> sealed::Sealed for Result<T, SubmitError> {}
impl<T> Stopped for Result<T, SubmitError> {
    fn stopped() -> Self {
        Err(SubmitError::Stopped)
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
    /// Held as long as the ledger is open.
    lock: Arc<Mutex<Option<Box<dyn Send + Sync>>>>,
}

impl Ledger {
    /// Opens the ledger in `dir`, or makes it. Blocking: reads what changed since the last snapshot.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let folders = Folders::of(&disk, dir);
        disk.create_dir_all(&folders.journal)?;
        let lock_path = folders.journal.join("lock");
        let lock = disk.lock(&lock_path).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => OpenError::InUse(lock_path),
            _ => error.into(),
        })?;
        let (start, journal, indexer) = begin(&folders, options)?;
        let (index, shared) = (start.index.clone(), Shared::new(start.head));
        let parts = Parts { start, journal, indexer, shared: shared.clone() };
        let Started { queue, threads } = threads::start(parts)?;
        Ok(Self { queue, shared, index, folders, threads, lock: Arc::new(Mutex::new(Some(lock))) })
    }

    /// Puts commands into the queue, in call order, without waiting. More than one form a chain: all take effect or
    /// none, and only transfers, posts and voids may be in it.
    pub fn submit(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        check_form(&commands)?;
        let (reply, answer) = oneshot::channel();
        self.try_send(Request::Chain { commands, reply })?;
        Ok(Pending(answer))
    }

    fn try_send(&self, request: Request) -> Result<(), SubmitError> {
        self.queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
        })
    }

    /// Puts commands into the queue that are decided one by one, each by itself and in this order; at most
    /// [`MANY_MAX`]. Waits while the queue is full. All answers come at once, in this order, when the last command is
    /// durable.
    pub async fn submit_many(&self, commands: Vec<Command>) -> Result<Pending<Decisions>, SubmitError> {
        if commands.len() > MANY_MAX {
            return Err(SubmitError::Malformed("too many commands at once"));
        }
        commands.iter().try_for_each(check_command)?;
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.send(Request::Many { commands, reply }).await;
        sent.map_err(|_| SubmitError::Stopped)?;
        Ok(Pending(answer))
    }

    /// Like [`Self::submit`], but waits while the queue is full.
    pub async fn submit_waiting(&self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        check_form(&commands)?;
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.send(Request::Chain { commands, reply }).await;
        sent.map_err(|_| SubmitError::Stopped)?;
        Ok(Pending(answer))
    }

    /// Submits one command and waits for its answer.
    pub async fn execute(&self, command: Command) -> Result<Answer, SubmitError> {
        check_command(&command)?;
        let (reply, answer) = oneshot::channel();
        self.try_send(Request::One { command, reply })?;
        Pending(answer).await
    }

    /// Like [`Self::execute`], but waits while the queue is full.
    pub async fn execute_waiting(&self, command: Command) -> Result<Answer, SubmitError> {
        check_command(&command)?;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Request::One { command, reply }).await.map_err(|_| SubmitError::Stopped)?;
        Pending(answer).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |engine| {
            let seen = look(engine);
            Box::new(move || {
                // The caller may have gone away.
                let _ = reply.send(seen);
            })
        });
        self.queue.send(Request::Read(read)).await.map_err(|_| SubmitError::Stopped)?;
        answer.await.map_err(|_| SubmitError::Stopped)
    }

    async fn read<T: Send + 'static>(&self, look: impl FnOnce(&State) -> T + Send + 'static) -> Result<T, SubmitError> {
        self.ask(move |engine| look(&engine.state)).await
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

    /// A command by its id, with its document and outcome, once it is durable.
    pub async fn entry(&self, id: CommandId) -> Result<Option<Entry>, Fault> {
        let (mut sequences, runs) = match self.ask(move |engine| engine.near(id)).await?? {
            Near::Found(entry) => return Ok(Some(entry.of(self.folders.partition))),
            Near::Elsewhere { sequences, runs } => (sequences, runs),
        };
        // The filters of the runs are in memory: most ids that are asked for were never used.
        if sequences.is_empty() && !runs.may_have(self.index.keys(), id) {
            return Ok(None);
        }
        let this = self.clone();
        blocking(move || {
            sequences.extend(runs.commands(this.index.keys(), id).fault("reading the index")?);
            for sequence in sequences {
                let (entry, _) =
                    entries::on_disk(&this.folders, &this.index, sequence).fault("reading a past command")?;
                if entry.command.id == id {
                    return Ok(Some(entry.of(this.folders.partition)));
                }
            }
            Ok(None)
        })
        .await
    }

    /// The command that ended a hold: its post, its void, or the tick at which it ran out. Blocks the engine while
    /// the journal is read, so it is for the few that are looked into.
    pub async fn ended(&self, hold: CommandId) -> Result<Option<Entry>, SubmitError> {
        let ended = self.ask(move |engine| engine.ended(hold)).await??;
        Ok(ended.map(|entry| entry.of(self.folders.partition)))
    }

    /// The transfers that made the holds that are open, in no order.
    pub async fn open_hold_ids(&self) -> Result<Vec<CommandId>, SubmitError> {
        self.read(|state| state.holds.ids()).await
    }

    /// Which partition this is: its folder says so, see [`crate::partition_folder`].
    pub fn partition(&self) -> u16 {
        self.folders.partition
    }

    /// An account's movements of money with a sequence below `before` (or from the newest on), newest first. Waits
    /// for the index to reach the durable head. Costs a read for each of them, and, where `before` is no movement of
    /// the account, one for each that is newer.
    pub async fn history(&self, id: AccountId, before: Option<u64>, limit: usize) -> Result<Vec<Entry>, Fault> {
        let newest = self.read(move |state| state.last_movement(id)).await?;
        let target = self.head().position;
        let mut indexed = self.shared.indexed.subscribe();
        indexed.wait_for(|head| head.position >= target).await.map(|_| ()).fault("waiting for the index")?;
        let this = self.clone();
        let before = before.map(|before| number_in(before).1);
        blocking(move || {
            let found = walk(&this.folders, &this.index, id, newest, before, limit)?;
            Ok(found.into_iter().map(|entry| entry.of(this.folders.partition)).collect())
        })
        .await
    }

    /// How far the index goes; see [`Self::head`].
    pub fn indexed(&self) -> Head {
        *self.shared.indexed.borrow()
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
        Reader { folders: self.folders.clone(), head: self.watch_head(), from, cursor: None }
    }

    /// Bytes on disk.
    pub async fn size(&self) -> Result<Size, SubmitError> {
        let index = self.index.clone();
        let journal_bytes = self.ask(|engine| engine.space().used()).await?;
        Ok(Size { journal_bytes, index_bytes: index.bytes() })
    }

    /// Decides what is in the queue, makes it durable, writes a snapshot and stops.
    pub async fn close(&self) {
        self.stop(true).await;
    }

    /// Stops without a snapshot: the next start replays what came after the newest one, as after a kill.
    pub async fn halt(&self) {
        self.stop(false).await;
    }

    async fn stop(&self, snapshot: bool) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Request::Stop { done, snapshot }).await.is_ok() {
            let _ = wait.await;
        }
        let threads = self.threads.clone();
        // The index and the snapshot are finished before this returns.
        let _ = tokio::task::spawn_blocking(move || threads::join(&threads)).await;
        self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    }
}

/// Bytes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Of the journal up to its end; what is prepared beyond is not counted.
    pub journal_bytes: u64,
    /// Of the index's rows and runs.
    pub index_bytes: u64,
}

/// Follows the links of an account's movements, from the newest back to those with a sequence below `before`.
pub(crate) fn walk(
    folders: &Folders,
    index: &Index,
    id: AccountId,
    newest: Option<u64>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Entry>, Fault> {
    let before = before.unwrap_or(NONE);
    let mut found = Vec::with_capacity(limit.min(256));
    let mut next = newest;
    // A movement of the account itself as the bound is where the last page ended: no need to walk up to it.
    if before < index.rows()
        && let Some((_, link)) = movement(folders, index, before, id)?
    {
        next = link;
    }
    while let Some(sequence) = next
        && found.len() < limit
    {
        let Some((entry, link)) = movement(folders, index, sequence, id)? else {
            return Err(Fault::new(format!("the history of account {id} leads to {sequence}, which is none of it")));
        };
        if sequence < before {
            found.push(entry);
        }
        next = link;
    }
    Ok(found)
}

/// The movement of a sequence and the one of the account before it, if it is one of the account.
fn movement(
    folders: &Folders,
    index: &Index,
    sequence: u64,
    id: AccountId,
) -> Result<Option<(Entry, Option<u64>)>, Fault> {
    let (entry, Row { links: [debit_link, credit_link], .. }) =
        entries::on_disk(folders, index, sequence).fault("reading a past movement")?;
    let link = match &entry.outcome {
        Outcome::Done(Effect::Posted(posted)) if posted.debit == id => debit_link,
        Outcome::Done(Effect::Posted(posted)) if posted.credit == id => credit_link,
        _ => return Ok(None),
    };
    Ok(Some((entry, (link != NONE).then_some(link))))
}

/// Reads batches of the journal in order, durable ones only. Blocking.
pub struct Reader {
    folders: Folders,
    head: watch::Receiver<Head>,
    from: u64,
    cursor: Option<Cursor>,
}

impl Reader {
    /// The next batch; nothing when it has caught up with the durable head.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, Fault> {
        if self.from >= self.head.borrow().position {
            return Ok(None);
        }
        let mut batch = next_batch(&self.folders, &mut self.cursor, self.from)?;
        self.from += 1;
        let partition = self.folders.partition;
        if partition > 0 {
            batch.entries = batch.entries.into_iter().map(|entry| entry.of(partition)).collect();
        }
        Ok(Some(batch))
    }

    /// The position of the next batch.
    pub fn position(&self) -> u64 {
        self.from
    }
}

/// The batch at a position; the cursor, if there is one, stands before it.
pub(crate) fn next_batch(folders: &Folders, at: &mut Option<Cursor>, position: u64) -> Result<Batch, Fault> {
    let mut cursor = match at.take() {
        Some(cursor) => cursor,
        None => Cursor::seek(&folders.disk, &folders.journal, position).map_err(read_fault)?,
    };
    let record = cursor.next_record().map_err(read_fault)?;
    let Some(record) = record else {
        return Err(Fault::new(format!("the journal has no record at position {position}")));
    };
    let entries = entries::of_record(&record).map_err(Fault::new)?;
    *at = Some(cursor);
    Ok(Batch { position: record.header.position, head: record.head, entries })
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

/// Recovers and makes ready what an engine starts with.
pub(crate) fn begin(
    folders: &Folders,
    options: Options,
) -> Result<(Start, SegmentJournal, crate::index::Indexer), OpenError> {
    // One more chain, each member with the longest document, may follow when a batch is all but full.
    let room = options.batch_bytes.min(1 << 20) + CHAIN_MAX * (DOCUMENT_MAX + 1024);
    let segment_bytes = options.segment_bytes.max(2 * room as u64);
    let recovered = recover(folders, segment_bytes, &options)?;
    let (disk, dir) = (&folders.disk, &folders.journal);
    let (place, segment_bytes, head) = (recovered.place, recovered.segment_bytes, recovered.head);
    let writer_epoch = recovered.head_file.writer_epoch();
    let journal = SegmentJournal::resume(disk.clone(), dir, place, segment_bytes, recovered.head_file)?;
    let space = Space::new(disk.clone(), dir.clone(), place, (segment_bytes, room as u64));
    let snapshot_sequence = if recovered.snapshot_position == head.position { head.sequence } else { 0 };
    let start = Start {
        state: recovered.state,
        head,
        writer_epoch,
        ids: recovered.ids,
        index: recovered.indexer.index().clone(),
        folders: folders.clone(),
        space,
        options,
        snapshot_sequence,
    };
    Ok((start, journal, recovered.indexer))
}

/// What no state could ever make decidable.
pub fn check_form(commands: &[Command]) -> Result<(), SubmitError> {
    if commands.is_empty() || commands.len() > CHAIN_MAX {
        return Err(SubmitError::Malformed("a chain has 1 to 64 commands"));
    }
    if commands.len() > 1 && !commands.iter().all(|command| can_be_chained(&command.action)) {
        return Err(SubmitError::Malformed("opening, closing, epochs and ticks cannot be chained"));
    }
    let mut ids = HashSet::new();
    for command in commands {
        check_command(command)?;
        if commands.len() > 1 && !ids.insert(command.id) {
            return Err(SubmitError::Malformed("an id occurs twice in a chain"));
        }
    }
    Ok(())
}

fn check_command(command: &Command) -> Result<(), SubmitError> {
    if command.id.0 == 0 || command.id.0 == u128::MAX {
        return Err(SubmitError::Malformed("the id is out of range"));
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
