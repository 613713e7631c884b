//! Room in the journal. A batch is only accepted while there is prepared, zero-filled and synced room for it, so
//! that a full disk shows before anything was decided and never in the middle of a write.

use super::segment;
use crate::disk::Disk;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct Inner {
    /// Segment that the next record goes to, as the engine counts.
    current: u32,
    /// Where in it.
    offset: u64,
    /// Whether the segment after it is ready.
    prepared: bool,
    /// Why preparing failed last time.
    failed: Option<String>,
    /// Whether the index found no room for what was decided already.
    index_waits: bool,
    stopping: bool,
}

/// Shared by the engine, which takes room, and a thread that prepares the next segment.
pub struct Space {
    inner: Mutex<Inner>,
    changed: Condvar,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    segment_bytes: u64,
    /// What the longest record may take.
    room: u64,
}

impl Space {
    /// Of the journal in `dir`, which goes on at segment and offset; sizes of a segment and of the longest record, in bytes.
    pub fn new(
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        (current, offset): (u32, u64),
        (segment_bytes, room): (u64, u64),
    ) -> Arc<Self> {
        let inner = Inner { current, offset, prepared: false, failed: None, index_waits: false, stopping: false };
        Arc::new(Self { inner: Mutex::new(inner), changed: Condvar::new(), disk, dir, segment_bytes, room })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is there room for the largest record? Waits for a preparation under way.
    pub fn admit(&self) -> bool {
        let mut inner = self.lock();
        loop {
            if inner.index_waits {
                return false;
            }
            if inner.offset + self.room <= self.segment_bytes || inner.prepared {
                return true;
            }
            if inner.failed.is_some() {
                return false;
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes room for a record of so many bytes; [`Self::admit`] has said yes.
    pub fn take(&self, bytes: usize) {
        let mut inner = self.lock();
        if inner.offset + bytes as u64 > self.segment_bytes {
            inner.current += 1;
            inner.offset = segment::HEADER as u64;
            inner.prepared = false;
            self.changed.notify_all();
        }
        inner.offset += bytes as u64;
    }

    /// Says whether the index waits for room; nothing more is decided while it does.
    pub fn index_waits(&self, waits: bool) {
        let mut inner = self.lock();
        if waits && !inner.index_waits {
            tracing::error!("no room for the index: payments are refused until there is");
        }
        inner.index_waits = waits;
    }

    /// Whether index or journal wait for room.
    pub fn is_full(&self) -> bool {
        let inner = self.lock();
        inner.index_waits || inner.failed.is_some()
    }

    /// Waits a second, or less if the ledger stops; says whether it does.
    pub fn wait_a_second(&self) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), Duration::from_secs(1), |inner| !inner.stopping);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }

    /// Bytes of segments up to the end of the journal.
    pub fn used(&self) -> u64 {
        let inner = self.lock();
        u64::from(inner.current.saturating_sub(1)) * self.segment_bytes + inner.offset
    }

    /// Ends the preparing thread.
    pub fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    /// Prepares the next segment if it is not ready; says whether it is now.
    pub fn prepare(&self) -> bool {
        let (prepared, number) = {
            let inner = self.lock();
            (inner.prepared, inner.current + 1)
        };
        if prepared {
            return true;
        }
        let result = segment::prepare(&*self.disk, &self.dir, number, self.segment_bytes);
        let mut inner = self.lock();
        match result {
            Ok(()) => {
                inner.prepared = inner.current + 1 == number;
                inner.failed = None;
            }
            Err(error) => {
                if inner.failed.is_none() {
                    tracing::error!(%error, segment = number, "no room for the next journal segment: payments are refused until there is");
                }
                inner.failed = Some(error.to_string());
            }
        }
        self.changed.notify_all();
        inner.prepared
    }

    /// The preparing thread: keeps the segment after the current one ready, and tries again each second while it
    /// cannot.
    pub fn prepare_loop(&self) {
        loop {
            let ready = self.prepare();
            let inner = self.lock();
            if inner.stopping {
                return;
            }
            if !ready && inner.failed.is_some() {
                let waited = self.changed.wait_timeout(inner, Duration::from_secs(1));
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            } else if inner.prepared {
                drop(self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}
