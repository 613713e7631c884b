//! The task that keeps the tables up to the journal.

use super::chunk::{self, Chunk};
use super::{CHUNK_ENTRIES, Projection, ProjectionError};
use crate::store::projection::{self as store, Progress};
use db::Db;
use kit::{Fault, FaultContext};
use ledger::{Ledger, Reader};
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

/// The running projections. Clones are the same.
#[derive(Clone)]
pub struct Projections {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    ledger: Ledger,
    list: Vec<Arc<dyn Projection>>,
    /// Records that every projection has seen.
    done: watch::Sender<u64>,
    healthy: AtomicBool,
    /// Held while positions move, so that `done` never says more than SQL.
    moving: tokio::sync::Mutex<()>,
    /// The oldest that SQL has not seen is no older than this; none while SQL has seen everything.
    behind_since: Mutex<Option<Instant>>,
    /// Raised when somebody waits for the tables.
    wanted: Notify,
    /// Raised when positions were moved from outside.
    moved: Notify,
    stopping: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<Option<()>>>>,
}

/// What was read of the journal.
struct Stretch {
    chunk: Chunk,
    /// When its reading began.
    read_from: Instant,
    /// Whether it holds all that was durable then.
    is_whole: bool,
}

impl Projections {
    /// Checks how far each projection got against the journal. They do not run yet.
    ///
    /// A fault with a [`ProjectionError`] at its bottom says that SQL and journal do not belong together.
    pub async fn open(db: Db, ledger: Ledger, list: Vec<Arc<dyn Projection>>) -> Result<Self, Fault> {
        let progress = store::all(&db, &chunk::names(&list)).await?;
        for one in &progress {
            check(&ledger, one).await?;
        }
        let done = progress.iter().map(|one| one.position).min().unwrap_or(0);
        let ledger_head = ledger.head().position;
        let inner = Inner {
            db,
            ledger,
            list,
            done: watch::channel(done).0,
            healthy: AtomicBool::new(true),
            moving: tokio::sync::Mutex::new(()),
            behind_since: Mutex::new((done < ledger_head).then(Instant::now)),
            wanted: Notify::new(),
            moved: Notify::new(),
            stopping: watch::channel(false).0,
            task: Mutex::new(None),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Begins to follow the journal.
    pub fn start(&self) {
        let mut task = self.inner.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_none() {
            *task = Some(kit::spawn("projections", Arc::clone(&self.inner).run()));
        }
    }

    /// Waits until every projection has seen the journal record at this position.
    pub async fn wait_for(&self, record: u64) {
        let mut done = self.inner.done.subscribe();
        if *done.borrow() <= record {
            self.inner.wanted.notify_one();
        }
        // The sender lives as long as we do.
        let _ = done.wait_for(|done| *done > record).await;
    }

    /// Waits until every projection has seen all that is durable now.
    pub async fn caught_up(&self) {
        let head = self.inner.ledger.head().position;
        if head > 0 {
            self.wait_for(head - 1).await;
        }
    }

    /// Waits like [`Self::caught_up`], but no longer than this; says whether it was reached.
    pub async fn caught_up_within(&self, wait: Duration) -> bool {
        tokio::time::timeout(wait, self.caught_up()).await.is_ok()
    }

    /// Journal records that some projection has not seen yet.
    pub fn lag(&self) -> u64 {
        self.inner.ledger.head().position.saturating_sub(*self.inner.done.borrow())
    }

    /// For how long at most the oldest record that some projection has not seen yet has been durable, in this process.
    pub fn lag_time(&self) -> Duration {
        let since = *self.inner.behind_since.lock().unwrap_or_else(PoisonError::into_inner);
        match since {
            Some(since) if self.lag() > 0 => since.elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Records that every projection has seen.
    pub fn position(&self) -> u64 {
        *self.inner.done.borrow()
    }

    /// Whether the last chunk could be written.
    pub fn healthy(&self) -> bool {
        self.inner.healthy.load(Ordering::Relaxed)
    }

    /// Empties a projection's tables and lets it begin anew.
    pub async fn reset(&self, name: &str) -> Result<(), Fault> {
        let projection = self.inner.list.iter().find(|projection| projection.name() == name);
        let projection = projection.ok_or_else(|| Fault::new(format!("there is no projection {name:?}")))?;
        let _moving = self.inner.moving.lock().await;
        chunk::clear(&self.inner.db, &**projection).await?;
        self.inner.done.send_replace(0);
        self.inner.moved.notify_one();
        Ok(())
    }

    /// Stops following the journal; a chunk that is being written is finished.
    pub async fn stop(&self) {
        self.inner.stopping.send_replace(true);
        let task = self.inner.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A panic in the task was logged when it happened.
            let _ = task.await;
        }
    }
}

impl Inner {
    async fn run(self: Arc<Self>) {
        let mut stopping = self.stopping.subscribe();
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
        let from = chunk::stands_at(&self.db, &self.list).await?;
        self.done.send_replace(from);
        let mut head = self.ledger.watch_head();
        let mut reading = read(self.ledger.reader(from));
        let mut next = from;
        let mut stopping = self.stopping.subscribe();
        loop {
            if *stopping.borrow() {
                return Ok(Followed::Stopped);
            }
            let (reader, stretch) = reading.await.fault("reading the journal")??;
            if let Some(Stretch { chunk, read_from, is_whole }) = stretch {
                let began = Instant::now();
                // What comes next has become durable after this reading began, unless there was too much to be read at once.
                let next_since = if is_whole { read_from } else { self.behind_since().unwrap_or(read_from) };
                // If there is more, it is read while this is written.
                let next_reading = if is_whole { Err(reader) } else { Ok(read(reader)) };
                {
                    let _moving = self.moving.lock().await;
                    if !chunk::write(&self.db, &self.list, next, &chunk).await? {
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
