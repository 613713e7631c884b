//! A ledger so small that batches, segments, snapshots and runs of the index end often.

use crate::model::bank_day;
use crate::random::Random;
use ledger::Options;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How such a ledger runs, and what tells that it had to stop.
pub(crate) fn ledger(random: &mut Random, seed: u64) -> (Options, Arc<AtomicBool>) {
    let fatal = Arc::new(AtomicBool::new(false));
    let mut options = Options::new(Arc::new(bank_day));
    options.batch_bytes = 1 << 14;
    options.segment_bytes = 1;
    options.queue_capacity = 2 + random.below(30) as usize;
    options.snapshot_every = 20 + random.below(300);
    options.index_lines = 10 + random.below(200) as usize;
    options.random = kit::Random::seeded(seed);
    let stopped = fatal.clone();
    options.on_fatal = Arc::new(move |_| stopped.store(true, Ordering::Relaxed));
    (options, fatal)
}
