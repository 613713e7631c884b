//! Who does what: the threads of a running ledger, and what they hand to each other.
//!
//! | thread | takes | does | hands on |
//! |---|---|---|---|
//! | engine | requests from the queue | decides, encodes, seals | batches to the writer, parts to the snapshot |
//! | writer | batches | one write and sync, head file, answers | places to the indexer |
//! | index | places, tables of ids | rows, runs, manifest | runs to the merger |
//! | merge | runs | writes one of several | the merged run to the indexer |
//! | snapshot | parts | a file; its name when journal and index are durable that far | |
//! | space | | the next segment, zero-filled | |

use crate::engine::{Engine, Release, Request, Sealed, Start, Stop};
use crate::index::table::Table;
use crate::index::{Index, Indexer, Merge, ToRows};
use crate::recovery::Folders;
use crate::snapshot::{self, Part};
use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use storage::journal::Head;
use storage::journal::segment::SegmentJournal;
use storage::journal::space::Space;
use storage::run::Run;
use tokio::sync::{mpsc, watch};

/// Batches that may wait for the index before the writer waits for it.
const INDEX_QUEUE: usize = 64;
/// Parts of a snapshot that may wait for the disk.
const PARTS_QUEUE: usize = 8;
/// Parts that are handed out between two batches. The sooner all are out, the less must be kept aside.
const PARTS_A_BATCH: usize = 4;

/// What readers outside the engine may look at.
pub(crate) struct Shared {
    /// The durable head.
    pub(crate) head: watch::Sender<Head>,
    /// How far the index goes.
    pub(crate) indexed: watch::Sender<Head>,
}

impl Shared {
    pub(crate) fn new(head: Head) -> Arc<Self> {
        Arc::new(Self { head: watch::channel(head).0, indexed: watch::channel(head).0 })
    }
}

enum ToWriter {
    Batch(Box<Sealed>),
    /// Answers that need no record, only that everything before them is durable.
    Release(Vec<Release>),
    /// The ids up to the last batch, to be made into a run.
    Cut(Arc<Table>),
}

enum ToIndex {
    Batch(ToRows, Option<Arc<Table>>),
    Cut(Arc<Table>),
    Stop,
    Merged(Box<Merge>, io::Result<Arc<Run>>),
}

pub(crate) struct Started {
    pub(crate) queue: mpsc::Sender<Request>,
    pub(crate) threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

pub(crate) struct Parts {
    pub(crate) start: Start,
    pub(crate) journal: SegmentJournal,
    pub(crate) indexer: Indexer,
    pub(crate) shared: Arc<Shared>,
}

type OnFatal = Arc<dyn Fn(&str) + Send + Sync>;

/// Starts the threads.
pub(crate) fn start(parts: Parts) -> io::Result<Started> {
    let Parts { start, journal, indexer, shared } = parts;
    let (queue, requests) = mpsc::channel(start.options.queue_capacity);
    let (to_writer, batches) = sync_channel(1);
    let (to_index, places) = sync_channel(INDEX_QUEUE);
    let (to_merger, merges) = channel::<Merge>();
    let (to_snapshot, parts) = sync_channel(PARTS_QUEUE);
    let (on_fatal, writer_epoch) = (start.options.on_fatal.clone(), start.writer_epoch);
    let mut threads = Vec::new();
    let mut spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        let (title, on_fatal) = (format!("ledger-{name}"), on_fatal.clone());
        let guarded = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            if result.is_err() {
                on_fatal(&format!("{title} panicked"));
            }
        };
        std::thread::Builder::new().name(format!("ledger-{name}")).spawn(guarded).map(|thread| threads.push(thread))
    };
    let space = start.space.clone();
    spawn("space", Box::new(move || space.prepare_loop()))?;
    let (cover, covered) = watch::channel(0);
    let folders = start.folders.clone();
    spawn("snapshot", Box::new(move || snapshot_loop(&parts, &folders, covered)))?;
    let (index, merged) = (indexer.index().clone(), to_index.clone());
    spawn("merge", Box::new(move || merge_loop(&merges, &index, &merged)))?;
    let (fatal, index_shared, index_space) = (on_fatal.clone(), shared.clone(), start.space.clone());
    spawn(
        "index",
        Box::new(move || index_loop(&places, indexer, &to_merger, (&index_shared, &index_space), &cover, &fatal)),
    )?;
    let (fatal, writer_shared) = (on_fatal.clone(), shared.clone());
    let writer = Writer { journal, writer_epoch, shared: writer_shared, to_index };
    spawn("writer", Box::new(move || writer.run(&batches, &fatal)))?;
    let out = Outlets { to_writer, to_snapshot, shared, waiting: None };
    let driver = Driver { engine: Engine::new(start), out };
    spawn("engine", Box::new(move || driver.run(requests)))?;
    Ok(Started { queue, threads: Arc::new(Mutex::new(threads)) })
}

/// The engine and what it hands on to.
struct Driver {
    engine: Engine,
    out: Outlets,
}

/// Where batches and parts of snapshots go.
struct Outlets {
    to_writer: SyncSender<ToWriter>,
    to_snapshot: SyncSender<Part>,
    shared: Arc<Shared>,
    /// A part that found no room.
    waiting: Option<Part>,
}

impl Driver {
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut stopped = None;
        while stopped.is_none() {
            let Some(request) = self.next(&mut requests) else { break };
            stopped = self.take(request);
            while stopped.is_none() && self.engine.has_room() {
                let Ok(request) = requests.try_recv() else { break };
                stopped = self.take(request);
            }
            if !self.out.flush(&mut self.engine) || self.engine.is_broken() {
                return;
            }
        }
        requests.close();
        let snapshot = stopped.as_ref().is_none_or(|(_, snapshot)| *snapshot) && !self.engine.space().is_full();
        if if snapshot { self.finish() } else { self.out.flush(&mut self.engine) } {
            self.engine.space().stop();
            drop(self.out);
            if let Some((done, _)) = stopped {
                let _ = done.send(());
            }
        }
    }

    /// The next request; while there is none, a snapshot goes on.
    fn next(&mut self, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
        while self.out.has_parts(&self.engine) {
            match requests.try_recv() {
                Ok(request) => return Some(request),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => self.out.hand_out(&mut self.engine, true),
            }
        }
        requests.blocking_recv()
    }

    fn take(&mut self, request: Request) -> Option<Stop> {
        let Self { engine, out } = self;
        engine.take(request, |engine| out.flush(engine))
    }

    /// At the end: what is decided goes on, and a snapshot is taken of it if there is anything new.
    fn finish(&mut self) -> bool {
        let Self { engine, out } = self;
        out.hand_out_all(engine);
        let changed = engine.head().sequence > engine.snapshot_sequence() || engine.has_entries();
        if !changed {
            return out.flush(engine);
        }
        let sent = if engine.has_entries() {
            let sealed = engine.seal(true);
            out.to_writer.send(ToWriter::Batch(Box::new(sealed))).is_ok()
        } else {
            let releases = engine.releases();
            out.to_writer.send(ToWriter::Release(releases)).is_ok()
                && out.to_writer.send(ToWriter::Cut(engine.cut())).is_ok()
        };
        out.waiting = Some(engine.begin_snapshot());
        out.hand_out_all(engine);
        sent
    }
}

impl Outlets {
    /// Hands the batch on; waits while the one before it is being synced. False when the writer is gone.
    fn flush(&mut self, engine: &mut Engine) -> bool {
        let sent = if engine.has_entries() {
            let due = engine.snapshot_due() && self.waiting.is_none();
            let sealed = engine.seal(due);
            let sent = self.to_writer.send(ToWriter::Batch(Box::new(sealed))).is_ok();
            if due {
                self.waiting = Some(engine.begin_snapshot());
            }
            sent
        } else {
            let releases = engine.releases();
            releases.is_empty() || self.to_writer.send(ToWriter::Release(releases)).is_ok()
        };
        let indexed = self.shared.indexed.borrow().sequence;
        engine.prune(indexed);
        for _ in 0..PARTS_A_BATCH {
            self.hand_out(engine, false);
        }
        sent
    }

    /// Whether a snapshot is not handed out wholly yet.
    fn has_parts(&self, engine: &Engine) -> bool {
        self.waiting.is_some() || engine.is_taking_snapshot()
    }

    /// Hands out a part of the snapshot that is being taken.
    fn hand_out(&mut self, engine: &mut Engine, wait: bool) {
        let Some(part) = self.waiting.take().or_else(|| engine.snapshot_part()) else { return };
        if wait {
            // Who writes snapshots may have given up; the journal has everything.
            let _ = self.to_snapshot.send(part);
        } else if let Err(TrySendError::Full(part)) = self.to_snapshot.try_send(part) {
            self.waiting = Some(part);
        }
    }

    fn hand_out_all(&mut self, engine: &mut Engine) {
        while self.has_parts(engine) {
            self.hand_out(engine, true);
        }
    }
}

struct Writer {
    journal: SegmentJournal,
    writer_epoch: u32,
    shared: Arc<Shared>,
    to_index: SyncSender<ToIndex>,
}

impl Writer {
    fn run(mut self, batches: &Receiver<ToWriter>, on_fatal: &OnFatal) {
        while let Ok(next) = batches.recv() {
            match next {
                ToWriter::Release(releases) => releases.into_iter().for_each(Release::leave),
                ToWriter::Cut(table) => {
                    if self.to_index.send(ToIndex::Cut(table)).is_err() {
                        return;
                    }
                }
                ToWriter::Batch(sealed) => {
                    let Sealed { record, before, head, places, releases, cut } = *sealed;
                    let location = match self.journal.append(self.writer_epoch, &before, &record, head) {
                        Ok(location) => location,
                        Err(error) => {
                            on_fatal(&format!("the journal could not be written: {error}"));
                            return;
                        }
                    };
                    self.shared.head.send_replace(head);
                    releases.into_iter().for_each(Release::leave);
                    let (position, first_sequence) = (before.position, before.sequence);
                    let rows = ToRows { location, position, first_sequence, entries: places, head };
                    if self.to_index.send(ToIndex::Batch(rows, cut)).is_err() {
                        return;
                    }
                }
            }
        }
        // Who indexes may have stopped before.
        let _ = self.to_index.send(ToIndex::Stop);
    }
}

fn index_loop(
    places: &Receiver<ToIndex>,
    mut indexer: Indexer,
    to_merger: &Sender<Merge>,
    (shared, space): (&Shared, &Space),
    cover: &watch::Sender<u64>,
    on_fatal: &OnFatal,
) {
    while let Ok(next) = places.recv() {
        let result = match next {
            ToIndex::Batch(rows, cut) => until_room(space, || indexer.add(&rows)).and_then(|()| {
                shared.indexed.send_replace(rows.head);
                cut.map_or(Ok(()), |table| until_room(space, || indexer.cut(&table)))
            }),
            ToIndex::Cut(table) => until_room(space, || indexer.cut(&table)),
            ToIndex::Merged(merge, Ok(run)) => until_room(space, || indexer.merged(&merge, run.clone())),
            ToIndex::Merged(_, Err(error)) if is_full(&error) => {
                // Merging is tidying up; it is begun again later.
                indexer.not_merged();
                Ok(())
            }
            ToIndex::Merged(_, Err(error)) => Err(error),
            ToIndex::Stop => return,
        };
        match result {
            Ok(()) => {}
            Err(error) if is_full(&error) => {
                tracing::warn!(
                    "the ledger stopped with a full disk; the next start brings the index up from the journal"
                );
                return;
            }
            Err(error) => {
                on_fatal(&format!("the index could not be written: {error}"));
                return;
            }
        }
        cover.send_replace(indexer.durable().position);
        if let Some(merge) = indexer.merge() {
            // A merger that is gone has said why.
            let _ = to_merger.send(merge);
        }
    }
}

/// Tries again each second while the disk is full; meanwhile nothing more is decided.
fn until_room(space: &Space, mut work: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    loop {
        match work() {
            Err(error) if is_full(&error) => {
                space.index_waits(true);
                if space.wait_a_second() {
                    return Err(error);
                }
            }
            result => {
                space.index_waits(false);
                return result;
            }
        }
    }
}

pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn merge_loop(merges: &Receiver<Merge>, index: &Index, to_index: &SyncSender<ToIndex>) {
    while let Ok(merge) = merges.recv() {
        let run = merge.work(index);
        if to_index.send(ToIndex::Merged(Box::new(merge), run)).is_err() {
            return;
        }
    }
}

fn snapshot_loop(parts: &Receiver<Part>, folders: &Folders, mut covered: watch::Receiver<u64>) {
    let mut writer = None;
    while let Ok(part) = parts.recv() {
        let result = match part {
            Part::Begin(begin) => {
                snapshot::Writer::begin(&*folders.disk, &folders.snapshots, *begin).map(|begun| writer = Some(begun))
            }
            Part::End => finish_snapshot(writer.take(), folders, &mut covered),
            part => {
                if let Some(writer) = &mut writer {
                    writer.add(&part);
                }
                Ok(())
            }
        };
        if let Err(error) = result {
            tracing::warn!(%error, "a snapshot could not be written; the journal has everything");
            writer = None;
        }
    }
}

fn finish_snapshot(
    writer: Option<snapshot::Writer>,
    folders: &Folders,
    covered: &mut watch::Receiver<u64>,
) -> io::Result<()> {
    let Some(mut writer) = writer else { return Ok(()) };
    writer.add(&Part::End);
    writer.finish()?;
    let position = writer.position();
    // A thread of its own, without a runtime: looking now and then is enough for a file that nobody waits for.
    while *covered.borrow_and_update() < position {
        if covered.has_changed().is_err() && *covered.borrow() < position {
            return Err(io::Error::other("the index stopped before it"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    writer.publish(&*folders.disk, &folders.snapshots)
}

/// Waits for the threads to end.
pub(crate) fn join(threads: &Mutex<Vec<JoinHandle<()>>>) {
    let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
    for thread in threads {
        // A panic was reported when it happened.
        let _ = thread.join();
    }
}
