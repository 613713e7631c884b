//! What a password must be, and how failed tries slow the next one down.

use crate::model::common::is_common;
use kit::{Refusal, Timestamp};

/// Fewest characters of a password (NIST SP 800-63B-4 asks for at least 8).
pub const PASSWORD_MIN: usize = 8;
/// Most characters of a password; longer ones would only make hashing a way to keep the bank busy.
pub const PASSWORD_MAX: usize = 128;

/// Failed tries in a row that cost nothing but the try.
const FREE_TRIES: i64 = 5;
/// Longest wait after a failed try: a stranger can delay an owner by this much and no more.
const WAIT_MAX_MS: i64 = 300_000;
/// After so long without a try the count of failures starts anew.
const FORGET_AFTER_MS: i64 = 24 * 3_600_000;

/// Checks a new password. No rules about sorts of characters: length is what counts, and that it is not among the first
/// that anybody would try.
pub(crate) fn check_new(password: &str, mobile_e164: &str) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(Refusal::new("passport.password_too_short", 422)
            .with("field", "password")
            .with("least", PASSWORD_MIN as i64));
    }
    if length > PASSWORD_MAX {
        return Err(Refusal::new("passport.password_too_long", 422)
            .with("field", "password")
            .with("most", PASSWORD_MAX as i64));
    }
    if is_common(password, mobile_e164) {
        return Err(Refusal::new("passport.password_common", 422).with("field", "password"));
    }
    Ok(())
}

/// Failed tries in a row against one sign-in name, whether or not it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tries {
    /// How many in a row.
    pub(crate) failures: i64,
    /// When the last one began.
    pub(crate) last: Timestamp,
    /// No try is looked at before this.
    pub(crate) blocked_until: Timestamp,
}

impl Tries {
    /// Takes one try at `now` and counts it as failed from the start, so that tries at the same moment cannot all slip
    /// through before the first is counted; a success clears the count afterwards. Refuses with `passport.try_later`
    /// while the wait lasts.
    pub(crate) fn take(self, now: Timestamp) -> Result<Self, Refusal> {
        if now < self.blocked_until {
            let wait_ms = self.blocked_until.as_ms() - now.as_ms();
            return Err(Refusal::new("passport.try_later", 429).with("retry_after_s", wait_ms.div_euclid(1000) + 1));
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
    fn length_counts_and_common_ones_are_refused() {
        let check_new = |password: &str| check_new(password, "+8613800005678");
        assert!(check_new("short12").is_err());
        assert!(check_new("八个汉字也可以呀").is_ok());
        assert!(check_new(&"long".repeat(31).replacen("long", "Lang", 1)).is_ok());
        assert_eq!(check_new(&"a".repeat(129)).unwrap_err().code, "passport.password_too_long");
        assert_eq!(check_new("password1").unwrap_err().code, "passport.password_common");
    }

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
        assert_eq!(tries.take(now.plus_ms(-1)).unwrap_err().integer("retry_after_s"), Some(1));
        assert_eq!(tries.take(now.plus_ms(FORGET_AFTER_MS + 1)).unwrap().failures, 1);
    }
}
