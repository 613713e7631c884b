//! Codes sent by text: what one is for, and what a try at one gives.

use super::later::Later;
use kit::{Refusal, Timestamp};
use money::Amount;

/// A code is good for so long, in milliseconds.
pub(crate) const LIFE_MS: i64 = 5 * 60_000;
/// Wrong tries that a code survives, less one.
pub(crate) const TRIES: i64 = 5;
/// The same code is not sent anew before this, in milliseconds.
pub(crate) const RESEND_MS: i64 = 60_000;

/// What a code is for. One is live for a purpose and a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    Register,
    ResetPassword,
    OldMobile,
    NewMobile,
    Payment,
    Security,
    Close,
}

impl Purpose {
    /// The stored word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::OldMobile => "old_mobile",
            Self::NewMobile => "new_mobile",
            Self::Payment => "payment",
            Self::Security => "security",
            Self::Close => "close",
        }
    }

    /// Whether the right code may be given again while it lives. A payment is made once whatever happens, so that the
    /// second half of a double click is let through to find it made.
    fn is_repeatable(self) -> bool {
        self == Self::Payment
    }
}

/// The payment that a code confirms. Another payee, amount, currency or draft, and the code is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSubject {
    /// Number of the draft.
    pub draft: i64,
    /// Number of the payee's account; 0 for an invitation.
    pub payee: i64,
    /// The payee's name as others see it; it stands in the text.
    pub payee_shown: String,
    /// Last digits of the payee's account; what a token's question is made from.
    pub payee_tail: String,
    /// How much.
    pub amount: Amount,
    /// The last six digits of the payer's account, which the payer types beside a code by text.
    pub account_tail: String,
    /// When it is made, and how often; none: once, now.
    pub later: Option<Later>,
}

/// What a person is told when a code went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    /// The number, masked.
    pub to: String,
    /// The code is dead from then.
    pub expires: Timestamp,
    /// No other is sent before.
    pub resend_at: Timestamp,
    /// How many tries it takes.
    pub tries: i64,
}

/// A code that is out and can still be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveCode {
    /// It is dead from then.
    pub expires: Timestamp,
    /// No other is sent before.
    pub resend_at: Timestamp,
    /// How many wrong tries it still survives, less one.
    pub left: i64,
}

/// A code as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// What it was sent for, beyond purpose and subject.
    pub(crate) binding: [u8; 32],
    /// Keyed hash of the digits; random where no digits are right.
    pub(crate) hash: [u8; 32],
    pub(crate) sent: Timestamp,
    pub(crate) expires: Timestamp,
    /// Wrong tries so far.
    pub(crate) tries: i64,
    /// When it was given right, or died.
    pub(crate) done: Option<Done>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Right(Timestamp),
    Changed(Timestamp),
}

/// What a try gives: the code as it is to be stored afterwards, and the answer.
pub(crate) type Verdict = (Option<Code>, Result<(), Refusal>);

impl Code {
    /// Judges a try. `hash` is of what was typed, under this code's own facts; `binding` is what is to be done now.
    pub(crate) fn judge(self, purpose: Purpose, binding: &[u8; 32], hash: &[u8; 32], now: Timestamp) -> Verdict {
        let is_right = self.hash == *hash;
        match self.done {
            Some(Done::Changed(_)) => return (None, Err(refusal("passport.code_changed"))),
            Some(Done::Right(_)) if !purpose.is_repeatable() => return (None, Err(refusal("passport.code_spent"))),
            _ => {}
        }
        if self.tries >= TRIES {
            return (None, Err(refusal("passport.code_spent")));
        }
        if now >= self.expires {
            return (None, Err(refusal("passport.code_expired")));
        }
        if self.binding != *binding {
            return (Some(Self { done: Some(Done::Changed(now)), ..self }), Err(refusal("passport.code_changed")));
        }
        if is_right {
            return (Some(Self { done: Some(Done::Right(now)), ..self }), Ok(()));
        }
        let tries = self.tries + 1;
        let refused = match TRIES - tries {
            0 => refusal("passport.code_spent"),
            left => refusal("passport.code_wrong").with("left", left),
        };
        (Some(Self { tries, ..self }), Err(refused))
    }

    /// What its owner may know of it, if it is out for this binding and can still be given.
    pub(crate) fn live(&self, binding: &[u8; 32], now: Timestamp) -> Option<LiveCode> {
        let spent = self.done.is_some() || self.tries >= TRIES || now >= self.expires;
        (!spent && self.binding == *binding).then(|| LiveCode {
            expires: self.expires,
            resend_at: self.sent.plus_ms(RESEND_MS),
            left: TRIES - self.tries,
        })
    }

    /// Whether another may be sent for this binding; refuses with `passport.code_too_soon` while the last one is fresh.
    pub(crate) fn may_resend(&self, binding: &[u8; 32], now: Timestamp) -> Result<(), Refusal> {
        let free = self.sent.plus_ms(RESEND_MS);
        if self.done.is_some() || self.binding != *binding || now >= free {
            return Ok(());
        }
        Err(wait("passport.code_too_soon", free, now))
    }
}

/// A refusal about the field in which the code is typed.
pub(crate) fn refusal(code: &'static str) -> Refusal {
    // Named one by one, so that a test finds them and looks for their words.
    let refusal = match code {
        "passport.code_wrong" => Refusal::new("passport.code_wrong", 422),
        "passport.code_expired" => Refusal::new("passport.code_expired", 422),
        "passport.code_changed" => Refusal::new("passport.code_changed", 422),
        "passport.code_none" => Refusal::new("passport.code_none", 422),
        _ => Refusal::new("passport.code_spent", 422),
    };
    refusal.with("field", "code")
}

/// A refusal that ends by itself.
pub(crate) fn wait(code: &'static str, free: Timestamp, now: Timestamp) -> Refusal {
    let seconds = (free.as_ms() - now.as_ms()).max(0).div_euclid(1000) + 1;
    let refusal = match code {
        "passport.code_too_soon" => Refusal::new("passport.code_too_soon", 429),
        "passport.codes_too_many" => Refusal::new("passport.codes_too_many", 429),
        "passport.checks_too_many" => Refusal::new("passport.checks_too_many", 429),
        _ => Refusal::new("passport.try_later", 429),
    };
    refusal.with("retry_after_s", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const RIGHT: [u8; 32] = [1; 32];
    const WRONG: [u8; 32] = [2; 32];
    const HERE: [u8; 32] = [3; 32];

    fn fresh() -> Code {
        Code { binding: HERE, hash: RIGHT, sent: NOW, expires: NOW.plus_ms(LIFE_MS), tries: 0, done: None }
    }

    #[test]
    fn four_wrong_tries_leave_one_and_the_fifth_ends_the_code() {
        let mut code = fresh();
        for left in [4, 3, 2, 1] {
            let (next, answer) = code.judge(Purpose::Register, &HERE, &WRONG, NOW);
            assert_eq!(answer.unwrap_err().integer("left"), Some(left));
            code = next.unwrap();
        }
        assert!(code.clone().judge(Purpose::Register, &HERE, &RIGHT, NOW).1.is_ok());
        let (next, answer) = code.judge(Purpose::Register, &HERE, &WRONG, NOW);
        assert_eq!(answer.unwrap_err().code, "passport.code_spent");
        let (_, answer) = next.unwrap().judge(Purpose::Register, &HERE, &RIGHT, NOW);
        assert_eq!(answer.unwrap_err().code, "passport.code_spent");
    }

    #[test]
    fn a_code_lives_five_minutes() {
        let last = NOW.plus_ms(LIFE_MS - 1);
        assert!(fresh().judge(Purpose::Register, &HERE, &RIGHT, last).1.is_ok());
        let (_, answer) = fresh().judge(Purpose::Register, &HERE, &RIGHT, NOW.plus_ms(LIFE_MS));
        assert_eq!(answer.unwrap_err().code, "passport.code_expired");
    }

    #[test]
    fn a_changed_payment_kills_its_code_for_the_first_one_too() {
        let (next, answer) = fresh().judge(Purpose::Payment, &[9; 32], &RIGHT, NOW);
        assert_eq!(answer.unwrap_err().code, "passport.code_changed");
        let (_, answer) = next.unwrap().judge(Purpose::Payment, &HERE, &RIGHT, NOW);
        assert_eq!(answer.unwrap_err().code, "passport.code_changed");
    }

    #[test]
    fn only_a_payments_code_may_be_given_twice() {
        for (purpose, again) in [(Purpose::Payment, true), (Purpose::Register, false), (Purpose::Close, false)] {
            let (next, answer) = fresh().judge(purpose, &HERE, &RIGHT, NOW);
            assert!(answer.is_ok());
            assert_eq!(next.unwrap().judge(purpose, &HERE, &RIGHT, NOW).1.is_ok(), again, "{purpose:?}");
        }
    }

    #[test]
    fn only_a_code_that_can_still_be_given_is_live() {
        let live = fresh().live(&HERE, NOW).unwrap();
        assert_eq!((live.left, live.resend_at), (TRIES, NOW.plus_ms(RESEND_MS)));
        assert_eq!(Code { tries: 4, ..fresh() }.live(&HERE, NOW).map(|live| live.left), Some(1));
        assert_eq!(fresh().live(&[9; 32], NOW), None);
        assert_eq!(fresh().live(&HERE, NOW.plus_ms(LIFE_MS)), None);
        assert_eq!(Code { tries: TRIES, ..fresh() }.live(&HERE, NOW), None);
        assert_eq!(Code { done: Some(Done::Right(NOW)), ..fresh() }.live(&HERE, NOW), None);
    }

    #[test]
    fn another_code_waits_a_minute_unless_it_is_for_something_else() {
        assert_eq!(fresh().may_resend(&HERE, NOW.plus_ms(1)).unwrap_err().integer("retry_after_s"), Some(60));
        assert!(fresh().may_resend(&HERE, NOW.plus_ms(RESEND_MS)).is_ok());
        assert!(fresh().may_resend(&[9; 32], NOW).is_ok());
        let done = Code { done: Some(Done::Right(NOW)), ..fresh() };
        assert!(done.may_resend(&HERE, NOW).is_ok());
    }
}
