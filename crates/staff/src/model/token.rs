//! A member's token: a code of six digits that changes each half minute (TOTP, RFC 6238).

use credential::oath::{OathHash, hotp, is_same_code, totp_step};
use kit::{Refusal, Timestamp};

/// Bytes of a seed that the bank makes; RFC 4226 asks for at least 16 and recommends 20.
pub(crate) const SEED_BYTES: usize = 20;
/// How long a code lasts, in seconds. Programs that people have know no other length.
const STEP_S: i64 = 30;
const DIGITS: u8 = 6;
/// How far a token's clock may be off at one sign-in, beyond what is known of it, in steps.
const REACH: i64 = 1;
/// How far a token's clock may be off in all, in steps: five minutes.
const DRIFT_MAX: i64 = 10;

/// What is remembered of a token between two codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenMemory {
    /// No code of this step or an earlier one counts.
    pub(crate) last_step: i64,
    /// How many steps the token's clock was ahead at the last code.
    pub(crate) drift: i64,
}

impl TokenMemory {
    /// Of a token that gave no code yet.
    pub(crate) const NEW: Self = Self { last_step: 0, drift: 0 };

    /// What is remembered after this code; none if it is not right now, or was used, or is older than one that was.
    pub(crate) fn take(self, seed: &[u8], code: &str, now: Timestamp) -> Option<Self> {
        let here = step_of(now);
        let near = (-REACH..=REACH).map(|off| here + self.drift + off);
        let mut fresh = near.filter(|step| *step > self.last_step && (step - here).abs() <= DRIFT_MAX);
        let step = fresh.find(|step| is_same_code(&code_at(seed, *step), code))?;
        Some(Self { last_step: step, drift: step - here })
    }

    /// The step that the token shows now, or, if its code was used, the next one; and for how many milliseconds.
    pub(crate) fn next_step(self, now: Timestamp) -> (i64, i64) {
        let step_ms = STEP_S * 1_000;
        ((step_of(now) + self.drift).max(self.last_step + 1), step_ms - now.as_ms().rem_euclid(step_ms))
    }
}

fn step_of(now: Timestamp) -> i64 {
    i64::try_from(totp_step(now.as_ms().div_euclid(1_000), STEP_S)).unwrap_or(i64::MAX)
}

/// The code of a step.
pub(crate) fn code_at(seed: &[u8], step: i64) -> String {
    hotp(OathHash::Sha1, seed, u64::try_from(step).unwrap_or(0), DIGITS)
}

/// A typed code without what people put between its digits. Refuses with `staff.code_invalid`.
pub(crate) fn check_code(typed: &str) -> Result<String, Refusal> {
    let code: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    if code.len() != usize::from(DIGITS) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::new("staff.code_invalid", 422).with("field", "code"));
    }
    Ok(code)
}

/// RFC 4648 without padding: how programs take a seed that is typed.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(block);
        let count = (group.len() * 8).div_ceil(5);
        text.extend((0..count).map(|place| char::from(LETTERS[(bits >> (35 - 5 * place) & 31) as usize])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn at(step: i64) -> Timestamp {
        Timestamp(step * 30_000 + 7)
    }

    #[test]
    fn a_code_counts_once_and_none_before_it_counts_after_it() {
        let memory = TokenMemory::NEW.take(SEED, &code_at(SEED, 1_000), at(1_000)).expect("right");
        assert_eq!(memory, TokenMemory { last_step: 1_000, drift: 0 });
        for step in [999, 1_000] {
            assert_eq!(memory.take(SEED, &code_at(SEED, step), at(1_000)), None, "{step}");
        }
        assert!(memory.take(SEED, &code_at(SEED, 1_001), at(1_000)).is_some());
        assert_eq!(memory.take(SEED, &code_at(b"another seed of ours", 1_001), at(1_001)), None);
    }

    #[test]
    fn a_clock_that_goes_wrong_is_followed_a_step_at_a_time_and_not_for_ever() {
        assert_eq!(TokenMemory::NEW.take(SEED, &code_at(SEED, 1_002), at(1_000)), None, "two steps at once");
        let mut memory = TokenMemory::NEW;
        for ahead in 0..=10 {
            let now = at(1_000 + 10 * ahead);
            memory = memory.take(SEED, &code_at(SEED, 1_000 + 11 * ahead), now).expect("followed");
            assert_eq!(memory.drift, ahead);
        }
        assert_eq!(memory.take(SEED, &code_at(SEED, 1_121), at(1_110)), None, "five minutes are enough");
        let slow = TokenMemory::NEW.take(SEED, &code_at(SEED, 999), at(1_000)).expect("a step behind");
        assert_eq!(slow.drift, -1);
    }

    #[test]
    fn a_typed_code_is_six_digits() {
        assert_eq!(check_code(" 123 456 ").unwrap(), "123456");
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
            assert_eq!(check_code(typed).unwrap_err().code, "staff.code_invalid", "{typed:?}");
        }
    }

    /// RFC 4648, section 10, without padding.
    #[test]
    fn base32_is_that_of_its_standard() {
        let table =
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")];
        for (bytes, text) in table {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }
}
