//! The running ledger: who may ask, in which order it is decided, and when an answer leaves.
//!
//! Phases of a command, and the thread that does them:
//!
//! 1. **queue** (caller): a bounded queue in call order; full means *busy*.
//! 2. **prefetch** (engine): is the id known? which hold is meant? which bank day is it?
//! 3. **apply** (engine): [`State::apply`], then the entry is encoded into the batch's record.
//! 4. **durable** (writer): one write and one sync for the batch, then the head file. While it syncs, the engine
//!    fills the next batch: group commit without a timer.
//! 5. **answer** (writer): only now do answers leave, reads included, so nobody sees what a crash could undo.
//! 6. **index** (indexer): transfer by id and history by account, from the same batch.
//!
//! An error in phase 4 stops the ledger for good: nothing is answered, nothing is tried again on that file.

use crate::index::{Index, ended_holds};
use crate::journal::cursor::read_entry;
use crate::journal::record::{RECORD_MAX, RecordBuilder};
use crate::journal::segment::SegmentJournal;
use crate::journal::space::Space;
use crate::journal::{Head, Journal, Location};
use crate::ledger::{Answer, Options, SubmitError};
use crate::model::state::State;
use crate::model::types::*;
use crate::recovery::Folders;
use crate::snapshot;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Most commands in one batch.
const BATCH_COMMANDS: usize = 8_192;
/// A batch is closed when it has grown to so many bytes; one more chain always fits into a record then.
const BATCH_BYTES: usize = 1 << 20;
/// Batches that may wait for the index before the writer waits for it.
const INDEX_QUEUE: usize = 32;

pub(crate) type Reply = oneshot::Sender<Result<Vec<Answer>, SubmitError>>;
/// Computes on the engine's state; what it gives is run when everything before it is durable.
pub(crate) type Read = Box<dyn FnOnce(&State) -> Release + Send>;
pub(crate) type Release = Box<dyn FnOnce() + Send>;

pub(crate) enum Request {
    Write { commands: Vec<Command>, reply: Reply },
    Read(Read),
    Stop(oneshot::Sender<()>),
}

/// What readers outside the engine may look at.
pub(crate) struct Shared {
    /// The durable head.
    pub(crate) head: watch::Sender<Head>,
    /// Number of records that the index has.
    pub(crate) indexed: watch::Sender<u64>,
    /// Positions up to which the index has been told; the engine prunes by it.
    indexed_position: AtomicU64,
}

/// A batch whose record is sealed.
struct Sealed {
    record: Vec<u8>,
    before: Head,
    head: Head,
    entries: Arc<Vec<Entry>>,
    offsets: Vec<u32>,
    releases: Vec<Release>,
    snapshot: Option<State>,
}

enum ToWriter {
    Batch(Box<Sealed>),
    /// Answers that need no record, only that everything before them is durable.
    Release(Vec<Release>),
}

struct ToIndex {
    entries: Arc<Vec<Entry>>,
    location: Location,
    offsets: Vec<u32>,
    head: Head,
}

pub(crate) struct Started {
    pub(crate) queue: mpsc::Sender<Request>,
    pub(crate) threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

pub(crate) struct Parts {
    pub(crate) state: State,
    pub(crate) head: Head,
    pub(crate) writer_epoch: u32,
    pub(crate) journal: SegmentJournal,
    pub(crate) space: Arc<Space>,
    pub(crate) index: Index,
    pub(crate) folders: Folders,
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: Options,
    pub(crate) snapshot_sequence: u64,
}

impl Shared {
    pub(crate) fn new(head: Head) -> Arc<Self> {
        let indexed_position = AtomicU64::new(head.position);
        Arc::new(Self { head: watch::channel(head).0, indexed: watch::channel(head.position).0, indexed_position })
    }
}

/// Starts the threads.
pub(crate) fn start(parts: Parts) -> std::io::Result<Started> {
    let (queue, requests) = mpsc::channel(parts.options.queue_capacity);
    let (to_writer, from_engine) = sync_channel(1);
    let (to_index, from_writer) = sync_channel(INDEX_QUEUE);
    let (to_snapshots, snapshots) = sync_channel(1);
    let Parts { state, head, writer_epoch, journal, space, index, folders, shared, options, snapshot_sequence } = parts;
    let mut threads = Vec::new();
    let fatal = options.on_fatal.clone();
    let mut spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        let on_fatal = fatal.clone();
        let title = format!("ledger-{name}");
        let guarded = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            if result.is_err() {
                on_fatal(&format!("{title} panicked"));
            }
        };
        std::thread::Builder::new().name(format!("ledger-{name}")).spawn(guarded).map(|thread| threads.push(thread))
    };
    let preparing = space.clone();
    spawn("space", Box::new(move || preparing.prepare_loop()))?;
    let snapshot_dir = folders.snapshots.clone();
    spawn("snapshot", Box::new(move || snapshot_loop(&snapshots, &snapshot_dir)))?;
    let (indexer, index_shared, on_fatal) = (index.clone(), shared.clone(), options.on_fatal.clone());
    spawn("index", Box::new(move || index_loop(&from_writer, &indexer, &index_shared, &on_fatal)))?;
    let mut writer = Writer { journal, writer_epoch, shared: shared.clone(), to_index, to_snapshots };
    let on_fatal = options.on_fatal.clone();
    spawn("writer", Box::new(move || writer.run(&from_engine, &on_fatal)))?;
    let engine = Engine {
        record: RecordBuilder::new(head, writer_epoch),
        state,
        head,
        writer_epoch,
        entries: Vec::new(),
        releases: Vec::new(),
        recent: HashMap::new(),
        ended: HashMap::new(),
        unindexed: VecDeque::new(),
        index,
        folders,
        space,
        shared,
        to_writer,
        snapshot_sequence,
        options,
    };
    spawn("engine", Box::new(move || engine.run(requests)))?;
    Ok(Started { queue, threads: Arc::new(Mutex::new(threads)) })
}

struct Engine {
    state: State,
    /// After the last sealed batch.
    head: Head,
    writer_epoch: u32,
    record: RecordBuilder,
    entries: Vec<Entry>,
    releases: Vec<Release>,
    /// Ids that the index does not know yet: position of their record and place in it.
    recent: HashMap<u128, (u64, u32)>,
    /// Holds whose end the index does not know yet.
    ended: HashMap<u128, HoldLookup>,
    unindexed: VecDeque<(u64, Arc<Vec<Entry>>)>,
    index: Index,
    folders: Folders,
    space: Arc<Space>,
    shared: Arc<Shared>,
    to_writer: SyncSender<ToWriter>,
    snapshot_sequence: u64,
    options: Options,
}

impl Engine {
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut stopped = None;
        while stopped.is_none() {
            let Some(request) = requests.blocking_recv() else { break };
            stopped = self.take(request);
            while stopped.is_none() && self.has_room() {
                let Ok(request) = requests.try_recv() else { break };
                stopped = self.take(request);
            }
            if !self.flush(false) {
                return;
            }
        }
        requests.close();
        let changed = self.head.sequence > self.snapshot_sequence;
        if changed && !self.flush(true) {
            return;
        }
        self.space.stop();
        drop(self.to_writer);
        if let Some(done) = stopped {
            let _ = done.send(());
        }
    }

    fn has_room(&self) -> bool {
        self.entries.len() < BATCH_COMMANDS && self.record.len() < BATCH_BYTES
    }

    fn take(&mut self, request: Request) -> Option<oneshot::Sender<()>> {
        match request {
            Request::Write { commands, reply } => {
                let result = self.decide(commands);
                self.releases.push(Box::new(move || {
                    // The caller may have gone away; its command stands all the same.
                    let _ = reply.send(result);
                }));
                None
            }
            Request::Read(read) => {
                self.releases.push(read(&self.state));
                None
            }
            Request::Stop(done) => Some(done),
        }
    }

    fn decide(&mut self, commands: Vec<Command>) -> Result<Vec<Answer>, SubmitError> {
        if let Some(answers) = self.known(&commands)? {
            return Ok(answers);
        }
        if !self.space.admit() {
            return Err(SubmitError::StorageFull);
        }
        let Self { state, index, recent, ended, options, .. } = self;
        let results = state.apply(&commands, |state, command| resolve(state, command, index, recent, ended, options));
        let last = commands.len().saturating_sub(1);
        let mut answers = Vec::with_capacity(commands.len());
        for (place, (command, (resolved, time_ms, outcome))) in commands.into_iter().zip(results).enumerate() {
            let linked = place < last;
            self.record.push(linked, time_ms, (&command, &resolved, &outcome));
            let sequence = self.head.sequence + self.entries.len() as u64;
            let position = self.record.position();
            self.recent.insert(command.id.0, (position, self.entries.len() as u32));
            answers.push(Answer { outcome: outcome.clone(), replayed: false, sequence, position });
            let entry = Entry { sequence, position, ledger_time_ms: time_ms, linked, command, resolved, outcome };
            self.ended.extend(ended_holds(&entry).into_iter().map(|(hold, end)| (hold.0, end)));
            self.entries.push(entry);
        }
        Ok(answers)
    }

    /// The stored answers if the ids are known. A chain is known as a whole or not at all.
    fn known(&self, commands: &[Command]) -> Result<Option<Vec<Answer>>, SubmitError> {
        let mut answers = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            match self.find(command.id)? {
                Some(entry) => {
                    if place != answers.len() {
                        return Err(SubmitError::Conflict { field: "chain" });
                    }
                    if let Some(field) = differing_field(&entry.command, command) {
                        return Err(SubmitError::Conflict { field });
                    }
                    if entry.linked != (place + 1 < commands.len()) {
                        return Err(SubmitError::Conflict { field: "chain" });
                    }
                    answers.push(Answer {
                        outcome: entry.outcome,
                        replayed: true,
                        sequence: entry.sequence,
                        position: entry.position,
                    });
                }
                None if answers.is_empty() => {}
                None => return Err(SubmitError::Conflict { field: "chain" }),
            }
        }
        Ok((!answers.is_empty()).then_some(answers))
    }

    fn find(&self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        if let Some((position, place)) = self.recent.get(&id.0) {
            let entries: &[Entry] = if *position == self.record.position() {
                &self.entries
            } else {
                let first = self.unindexed.front().map_or(*position, |(first, _)| *first);
                self.unindexed.get((position - first) as usize).map_or(&[], |(_, entries)| entries)
            };
            return Ok(entries.get(*place as usize).cloned());
        }
        let found = self.index.by_id(id).map_err(|error| self.broken(&error))?;
        let Some(found) = found else { return Ok(None) };
        let entry = read_entry(&self.folders.journal, found.location, found.sequence, found.position);
        match entry {
            Ok(entry) if entry.command.id == id => Ok(Some(entry)),
            Ok(_) => Err(self.broken(&"the index points to another command")),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// A read error of the index or the journal: the question cannot be answered rightly, so it is not answered.
    fn broken(&self, error: &dyn std::fmt::Display) -> SubmitError {
        (self.options.on_fatal)(&format!("the ledger cannot look up a past command: {error}"));
        SubmitError::Stopped
    }

    /// Hands the batch on; waits while the one before it is being synced. False when the writer is gone.
    fn flush(&mut self, closing: bool) -> bool {
        let releases = std::mem::take(&mut self.releases);
        let due = self.state.sequence - self.snapshot_sequence >= self.options.snapshot_every;
        if self.entries.is_empty() {
            let sent = releases.is_empty() || self.to_writer.send(ToWriter::Release(releases)).is_ok();
            return sent && (!closing || self.snapshot_now());
        }
        let before = self.head;
        let entries = Arc::new(std::mem::take(&mut self.entries));
        let record = std::mem::replace(&mut self.record, RecordBuilder::new(before, self.writer_epoch));
        debug_assert!(!record.is_empty());
        let (record, head, offsets) = record.seal();
        assert!(record.len() <= RECORD_MAX, "a batch of {} bytes", record.len());
        self.space.take(record.len());
        self.head = head;
        self.record = RecordBuilder::new(head, self.writer_epoch);
        self.unindexed.push_back((before.position, entries.clone()));
        let snapshot = (due || closing).then(|| self.state.clone());
        if snapshot.is_some() {
            self.snapshot_sequence = self.state.sequence;
        }
        let sealed = Sealed { record, before, head, entries, offsets, releases, snapshot };
        let sent = self.to_writer.send(ToWriter::Batch(Box::new(sealed))).is_ok();
        self.prune();
        sent
    }

    /// At the end, when no batch carries it: waits until all is durable and writes the snapshot here.
    fn snapshot_now(&self) -> bool {
        let (done, wait) = oneshot::channel();
        let release: Release = Box::new(move || {
            let _ = done.send(());
        });
        let durable = self.to_writer.send(ToWriter::Release(vec![release])).is_ok() && wait.blocking_recv().is_ok();
        if durable && let Err(error) = snapshot::write(&self.folders.snapshots, &self.head, &self.state) {
            tracing::warn!(%error, "no snapshot at the end; the next start replays more of the journal");
        }
        durable
    }

    /// Forgets what the index knows by now.
    fn prune(&mut self) {
        let indexed = self.shared.indexed_position.load(Ordering::Acquire);
        while self.unindexed.front().is_some_and(|(position, _)| *position < indexed) {
            let Some((_, entries)) = self.unindexed.pop_front() else { break };
            for entry in entries.iter() {
                self.recent.remove(&entry.command.id.0);
                for (hold, _) in ended_holds(entry) {
                    self.ended.remove(&hold.0);
                }
            }
        }
    }
}

/// The prefetch: everything that `apply` must not look up itself.
fn resolve(
    state: &State,
    command: &Command,
    index: &Index,
    recent: &HashMap<u128, (u64, u32)>,
    ended: &HashMap<u128, HoldLookup>,
    options: &Options,
) -> Resolved {
    let day = (options.bank_day)(state.institution(command), command.time_ms);
    let hold = match &command.action {
        Action::Post { hold, .. } | Action::Void { hold } => Some(match state.holds.slot_of(*hold) {
            Some(slot) => HoldLookup::Open(slot),
            None => match ended.get(&hold.0) {
                Some(end) => *end,
                // Decided a moment ago, no open hold and none that ended since: it never was one.
                None if recent.contains_key(&hold.0) => HoldLookup::NotAHold,
                None => match index.hold_end(*hold) {
                    Ok(end) => end,
                    Err(error) => {
                        (options.on_fatal)(&format!("the ledger cannot look up a hold: {error}"));
                        HoldLookup::Unknown
                    }
                },
            },
        }),
        _ => None,
    };
    Resolved { day, hold }
}

/// The first field in which a repeat differs from what was stored. The time is when the client asked, and asking
/// again is later: it is not part of the body.
fn differing_field(stored: &Command, repeat: &Command) -> Option<&'static str> {
    if let (Action::Transfer(stored), Action::Transfer(repeat)) = (&stored.action, &repeat.action) {
        let fields = [
            ("debit", stored.debit == repeat.debit),
            ("credit", stored.credit == repeat.credit),
            ("amount", stored.amount == repeat.amount),
            ("code", stored.code == repeat.code),
            ("reference", stored.reference == repeat.reference),
            ("mode", stored.mode == repeat.mode),
            ("balancing", stored.balancing == repeat.balancing),
            ("limits", stored.limits == repeat.limits),
            ("epoch", stored.epoch == repeat.epoch),
        ];
        if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
            return Some(field);
        }
    } else if stored.action != repeat.action {
        return Some("action");
    }
    (stored.document != repeat.document).then_some("document")
}

struct Writer {
    journal: SegmentJournal,
    writer_epoch: u32,
    shared: Arc<Shared>,
    to_index: SyncSender<ToIndex>,
    to_snapshots: SyncSender<(Head, State)>,
}

impl Writer {
    fn run(&mut self, batches: &Receiver<ToWriter>, on_fatal: &Arc<dyn Fn(&str) + Send + Sync>) {
        while let Ok(next) = batches.recv() {
            match next {
                ToWriter::Release(releases) => releases.into_iter().for_each(|release| release()),
                ToWriter::Batch(sealed) => {
                    let Sealed { record, before, head, entries, offsets, releases, snapshot } = *sealed;
                    let location = match self.journal.append(self.writer_epoch, &before, &record, head) {
                        Ok(location) => location,
                        Err(error) => {
                            on_fatal(&format!("the journal could not be written: {error}"));
                            return;
                        }
                    };
                    self.shared.head.send_replace(head);
                    releases.into_iter().for_each(|release| release());
                    if self.to_index.send(ToIndex { entries, location, offsets, head }).is_err() {
                        return;
                    }
                    if let Some(state) = snapshot {
                        // A snapshot still being written is good enough; the next one comes soon.
                        let _ = self.to_snapshots.try_send((head, state));
                    }
                }
            }
        }
    }
}

fn snapshot_loop(snapshots: &Receiver<(Head, State)>, dir: &std::path::Path) {
    while let Ok((head, state)) = snapshots.recv() {
        match snapshot::write(dir, &head, &state) {
            Ok(_) => tracing::debug!(position = head.position, "snapshot written"),
            Err(error) => tracing::warn!(%error, "a snapshot could not be written; the journal has everything"),
        }
    }
}

fn index_loop(batches: &Receiver<ToIndex>, index: &Index, shared: &Shared, on_fatal: &Arc<dyn Fn(&str) + Send + Sync>) {
    while let Ok(ToIndex { entries, location, offsets, head }) = batches.recv() {
        let offsets: Vec<u32> = offsets.into_iter().map(|offset| offset + location.offset).collect();
        if let Err(error) = index.add(&entries, location.segment, &offsets, (head.position, head.hash)) {
            on_fatal(&format!("the index could not be written: {error}"));
            return;
        }
        shared.indexed_position.store(head.position, Ordering::Release);
        shared.indexed.send_replace(head.position);
    }
    if let Err(error) = index.persist() {
        tracing::warn!(%error, "the index could not be synced; the next start brings it up from the journal");
    }
}

/// Waits for the threads to end.
pub(crate) fn join(threads: &Mutex<Vec<JoinHandle<()>>>) {
    let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
    for thread in threads {
        // A panic was reported when it happened.
        let _ = thread.join();
    }
}
