//! How failed tries slow the next one down.

use kit::Timestamp;

/// Failed tries in a row that cost nothing but the try.
const FREE_TRIES: i64 = 5;
/// Longest wait after a failed try: a stranger can delay an owner by this much and no more.
const WAIT_MAX_MS: i64 = 300_000;
/// After so long without a try the count of failures starts anew.
const FORGET_AFTER_MS: i64 = 24 * 3_600_000;

/// Failed tries in a row against one sign-in name, whether or not it is anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// How many in a row.
    pub failures: i64,
    /// When the last one began.
    pub last: Timestamp,
    /// No try is looked at before this.
    pub blocked_until: Timestamp,
}

/// A try while the wait lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSoon {
    /// After how many seconds the next one is looked at.
    pub retry_after_s: i64,
}

impl Tries {
    /// Takes one try at `now` and counts it as failed from the start, so that tries at the same moment cannot all slip
    /// through before the first is counted; a success clears the count afterwards.
    pub fn take(self, now: Timestamp) -> Result<Self, TooSoon> {
        if now < self.blocked_until {
            let wait_ms = self.blocked_until.as_ms() - now.as_ms();
            return Err(TooSoon { retry_after_s: wait_ms.div_euclid(1000) + 1 });
        }
        let forgotten = now.as_ms() - self.last.as_ms() > FORGET_AFTER_MS;
        let failures = if forgotten { 1 } else { self.failures + 1 };
        let wait_ms =
            if failures < FREE_TRIES { 0 } else { (1000_i64 << (failures - FREE_TRIES).min(20)).min(WAIT_MAX_MS) };
        Ok(Self { failures, last: now, blocked_until: now.plus_ms(wait_ms) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_fifth_failure_up_to_five_minutes() {
        let mut tries = Tries::default();
        let mut now = Timestamp(1_800_000_000_000);
        let mut waits = Vec::new();
        for _ in 0..16 {
            tries = tries.take(now).unwrap();
            waits.push((tries.blocked_until.as_ms() - now.as_ms()) / 1000);
            now = tries.blocked_until;
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(tries.take(now.plus_ms(-1)).unwrap_err().retry_after_s, 1);
        assert_eq!(tries.take(now.plus_ms(FORGET_AFTER_MS + 1)).unwrap().failures, 1);
    }
}
