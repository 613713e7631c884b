//! Numbers made in this process, off the database path (序列旁路生产).

use crate::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Makes time-ordered, unique, positive 63-bit ids: 43 bits of milliseconds since 2020 (until 2298), 8 bits of
/// node, 12 bits of sequence. Two makers with the same node number must not run at once.
pub struct IdMaker {
    clock: Arc<dyn Clock>,
    node: u8,
    last: AtomicI64,
}

const EPOCH_MS: i64 = 1_577_836_800_000;

impl IdMaker {
    /// A maker for this node (0–255).
    pub fn new(clock: Arc<dyn Clock>, node: u8) -> Self {
        Self { clock, node, last: AtomicI64::new(0) }
    }

    /// The next id. When one millisecond's 4,096 are used up it borrows from the next, and it never goes back.
    pub fn next(&self) -> i64 {
        let now = (self.clock.now().as_ms() - EPOCH_MS).max(0) << 12;
        let take = |last: i64| Some(now.max(last + 1));
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).unwrap_or_else(|last| last);
        let ticket = now.max(last + 1);
        ((ticket >> 12) << 20) | (i64::from(self.node) << 12) | (ticket & 0xFFF)
    }

    /// When an id was made, to the millisecond.
    pub fn made_at(id: i64) -> Timestamp {
        Timestamp((id >> 20) + EPOCH_MS)
    }
}

/// Declares an id as its own type over `i64`, so that one kind can never be passed for another.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FakeClock;

    #[test]
    fn ids_rise_even_when_the_clock_goes_back() {
        let clock = FakeClock::new(Timestamp(1_800_000_000_000));
        let maker = IdMaker::new(Arc::new(clock.clone()), 7);
        let mut last = 0;
        for round in 0..10_000 {
            if round == 5_000 {
                clock.advance_ms(-3_600_000);
            }
            let id = maker.next();
            assert!(id > last);
            last = id;
        }
        assert_eq!(IdMaker::made_at(maker.next()).as_ms() / 1000, 1_800_000_000);
    }
}
