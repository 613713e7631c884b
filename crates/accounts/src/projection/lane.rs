//! The task that keeps the tables up to one partition's journal.

use super::chunk::{self, Chunk};
use super::{CHUNK_ENTRIES, Projection, ProjectionError};
use crate::store::projection::{self as store, Progress};
use cloud::Show;
use db::Db;
use kit::{Fault, FaultContext};
use ledger::{Ledger, Reader, number_in};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// How long to wait after a failed chunk before it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// While more and more comes and nobody waits for it, a transaction begins no sooner after the one before: a larger one costs
/// less for each entry, and in between others may write.
const PACE: Duration = Duration::from_millis(100);

/// What all lanes share.
pub(super) struct Common {
    pub(super) db: Db,
    pub(super) list: Vec<Arc<dyn Projection>>,
    /// Held while positions move, so that `done` never says more than SQL.
    pub(super) moving: tokio::sync::Mutex<()>,
    pub(super) stopping: watch::Sender<bool>,
    /// Whether trades may run across partitions, so that entries are not what was asked for.
    pub(super) is_split: bool,
}

/// Follows one partition.
pub(super) struct Lane {
    common: Arc<Common>,
    ledger: Ledger,
    /// Records that every projection has seen.
    done: watch::Sender<u64>,
    healthy: AtomicBool,
    /// The oldest that SQL has not seen is no older than this; none while SQL has seen everything.
    behind_since: Mutex<Option<Instant>>,
    /// Raised when somebody waits for the tables.
    wanted: Notify,
    /// Raised when positions were moved from outside.
    moved: Notify,
}

/// What was read of the journal.
struct Stretch {
    chunk: Chunk,
    /// When its reading began.
    read_from: Instant,
    /// Whether it holds all that was durable then.
    is_whole: bool,
}

impl Lane {
    /// Checks how far each projection got against the journal.
    pub(super) async fn open(common: Arc<Common>, ledger: Ledger) -> Result<Self, Fault> {
        let progress = store::all(&common.db, &chunk::names(&common.list, ledger.partition())).await?;
        for one in &progress {
            check(&ledger, one).await?;
        }
        let done = progress.iter().map(|one| one.position).min().unwrap_or(0);
        let head = ledger.head().position;
        Ok(Self {
            common,
            ledger,
            done: watch::channel(done).0,
            healthy: AtomicBool::new(true),
            behind_since: Mutex::new((done < head).then(Instant::now)),
            wanted: Notify::new(),
            moved: Notify::new(),
        })
    }

    /// Records that are durable.
    pub(super) fn head(&self) -> u64 {
        self.ledger.head().position
    }

    /// Records that every projection has seen.
    pub(super) fn position(&self) -> u64 {
        *self.done.borrow()
    }

    pub(super) fn lag(&self) -> u64 {
        self.head().saturating_sub(self.position())
    }

    pub(super) fn lag_time(&self) -> Duration {
        match self.behind_since() {
            Some(since) if self.lag() > 0 => since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    pub(super) fn healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Waits until so many records were seen.
    pub(super) async fn wait_for(&self, records: u64) {
        let mut done = self.done.subscribe();
        if *done.borrow() < records {
            self.wanted.notify_one();
        }
        // The sender lives as long as we do.
        let _ = done.wait_for(|done| *done >= records).await;
    }

    /// Positions were moved to the beginning. To be called while they cannot move.
    pub(super) fn begin_anew(&self) {
        self.done.send_replace(0);
        self.moved.notify_one();
    }

    pub(super) async fn run(self: Arc<Self>) {
        let mut stopping = self.common.stopping.subscribe();
        loop {
            match self.follow().await {
                Ok(Followed::Stopped) => return,
                Ok(Followed::Moved) => continue,
                Err(fault) => {
                    self.healthy.store(false, Ordering::Relaxed);
                    tracing::error!(%fault, "the projections could not be written; trying again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY_AFTER) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    /// Follows the journal from where SQL is until something moves the positions or fails.
    async fn follow(&self) -> Result<Followed, Fault> {
        let Common { db, list, moving, stopping, is_split } = &*self.common;
        let partition = self.ledger.partition();
        let from = chunk::stands_at(db, list, partition).await?;
        self.done.send_replace(from);
        let mut show = is_split.then(|| Show::new(self.ledger.clone()));
        let mut head = self.ledger.watch_head();
        let mut reading = read(self.ledger.reader(from));
        let mut next = from;
        let mut stopping = stopping.subscribe();
        loop {
            if *stopping.borrow() {
                return Ok(Followed::Stopped);
            }
            let (reader, stretch) = reading.await.fault("reading the journal")??;
            if let Some(Stretch { mut chunk, read_from, is_whole }) = stretch {
                let began = Instant::now();
                // What comes next has become durable after this reading began, unless there was too much to be read at once.
                let next_since = if is_whole { read_from } else { self.behind_since().unwrap_or(read_from) };
                // If there is more, it is read while this is written.
                let next_reading = if is_whole { Err(reader) } else { Ok(read(reader)) };
                if let Some(show) = &mut show {
                    chunk.entries = show.all(chunk.entries).await?;
                }
                {
                    let _moving = moving.lock().await;
                    if !chunk::write(db, list, partition, next, &chunk).await? {
                        return Ok(Followed::Moved);
                    }
                    next = chunk.head.position;
                    self.healthy.store(true, Ordering::Relaxed);
                    self.done.send_replace(next);
                    self.set_behind_since(Some(next_since));
                }
                reading = match next_reading {
                    Ok(reading) => reading,
                    Err(reader) => {
                        self.pace(began, &mut stopping).await;
                        read(reader)
                    }
                };
                continue;
            }
            self.set_behind_since(None);
            tokio::select! {
                changed = head.wait_for(|head| head.position > next) => {
                    if changed.is_err() {
                        return Ok(Followed::Stopped);
                    }
                    self.set_behind_since(Some(Instant::now()));
                }
                () = self.moved.notified() => return Ok(Followed::Moved),
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(Followed::Stopped),
            }
            reading = read(reader);
        }
    }

    /// Lets time pass until the next transaction may begin, unless somebody waits for it.
    async fn pace(&self, began: Instant, stopping: &mut watch::Receiver<bool>) {
        tokio::select! {
            () = tokio::time::sleep(PACE.saturating_sub(began.elapsed())) => {}
            () = self.wanted.notified() => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    fn behind_since(&self) -> Option<Instant> {
        *self.behind_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_behind_since(&self, since: Option<Instant>) {
        *self.behind_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

enum Followed {
    Moved,
    Stopped,
}

type Reading = JoinHandle<Result<(Reader, Option<Stretch>), Fault>>;

/// Reads the next chunk on a blocking thread and gives the reader back.
fn read(mut reader: Reader) -> Reading {
    let read_from = Instant::now();
    tokio::task::spawn_blocking(move || {
        let (mut chunk, mut is_whole): (Option<Chunk>, bool) = (None, false);
        while chunk.as_ref().is_none_or(|chunk| chunk.entries.len() < CHUNK_ENTRIES) {
            let Some(batch) = reader.next_batch()? else {
                is_whole = true;
                break;
            };
            match &mut chunk {
                Some(chunk) => {
                    chunk.head = batch.head;
                    chunk.entries.extend(batch.entries);
                }
                None => chunk = Some(Chunk { head: batch.head, entries: batch.entries }),
            }
        }
        Ok((reader, chunk.map(|chunk| Stretch { chunk, read_from, is_whole })))
    })
}

/// Whether what SQL has seen is what the journal says.
async fn check(ledger: &Ledger, progress: &Progress) -> Result<(), Fault> {
    let Progress { name, position, hash } = progress.clone();
    let head = ledger.head().position;
    if position > head {
        return Err(ProjectionError::AheadOfJournal { name, position, head }.into());
    }
    if position == 0 {
        return Ok(());
    }
    let mut reader = ledger.reader(position - 1);
    let last = tokio::task::spawn_blocking(move || reader.next_batch()).await??;
    if last.is_some_and(|batch| batch.head.position == position && batch.head.hash == hash) {
        Ok(())
    } else {
        Err(ProjectionError::OtherJournal { name, position }.into())
    }
}

/// The lane of a record by its number, and how many records there are up to it.
pub(super) fn records_to(record: u64) -> (u16, u64) {
    let (partition, number) = number_in(record);
    (partition, number + 1)
}
