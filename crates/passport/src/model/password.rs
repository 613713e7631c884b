//! What a password must be, and the wait after failed tries, in this room's words.

use credential::{PASSWORD_MAX, PASSWORD_MIN, Tries, Weakness};
use kit::{Refusal, Timestamp};

/// Checks a new password. Refuses with `passport.password_too_short`, `_too_long`, `_common`.
pub(crate) fn check_new(password: &str, mobile_e164: &str) -> Result<(), Refusal> {
    credential::check_new(password, mobile_e164).map_err(|weakness| {
        let refusal = match weakness {
            Weakness::TooShort => Refusal::new("passport.password_too_short", 422).with("least", PASSWORD_MIN as i64),
            Weakness::TooLong => Refusal::new("passport.password_too_long", 422).with("most", PASSWORD_MAX as i64),
            Weakness::Common => Refusal::new("passport.password_common", 422),
        };
        refusal.with("field", "password")
    })
}

/// Takes one try. Refuses with `passport.try_later` while the wait lasts.
pub(crate) fn take(tries: Tries, now: Timestamp) -> Result<Tries, Refusal> {
    let later = |seconds| Refusal::new("passport.try_later", 429).with("retry_after_s", seconds);
    tries.take(now).map_err(|soon| later(soon.retry_after_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_weakness_has_its_refusal() {
        for (password, code) in [
            ("short12", "passport.password_too_short"),
            (&*"a".repeat(129), "passport.password_too_long"),
            ("password1", "passport.password_common"),
        ] {
            assert_eq!(check_new(password, "+8613800005678").unwrap_err().code, code);
        }
    }
}
