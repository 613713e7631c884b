//! Proofs: what is to be proven, what a person is asked for, and what a try gives.
//!
//! A challenge belongs to one person, session, channel, factor and subject. It lives five minutes and five tries, and proves
//! its subject once.

use super::code::PaymentSubject;
use super::factor::{Factor, FactorId};
use kit::{Refusal, Timestamp};
use serde::{Deserialize, Serialize};

/// A challenge is good for so long, in milliseconds.
pub const CHALLENGE_LIVES_MS: i64 = 5 * 60_000;
/// Wrong tries that a challenge survives, less one.
pub const CHALLENGE_TRIES: i64 = 5;

/// What is to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A payment: payee, amount, currency and draft.
    Payment(PaymentSubject),
    /// That it is oneself who is about to change what protects the account; opens a window of ten minutes.
    Security,
}

impl Subject {
    /// The stored word. A challenge of one kind proves nothing of another.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Payment(_) => "payment",
            Self::Security => "security",
        }
    }

    /// Whether the same right answer is right again while it lives: a payment is made once whatever happens, and the second
    /// half of a double click shall find it made.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self, Self::Payment(_))
    }
}

/// What a person must see or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Asked {
    /// A code went out by text.
    Code {
        /// To this number, masked.
        to: String,
    },
    /// Digits to be typed into the token with the keypad; it shows the code.
    Token {
        /// The digits.
        question: String,
    },
    /// A passkey or a security key signs.
    WebAuthn {
        /// For `navigator.credentials.get`, as JSON.
        options: String,
    },
    /// A certificate's key signs a text.
    Sign {
        /// The readable text.
        text: String,
    },
}

/// A challenge as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What is to prove it.
    pub factor: Factor,
    /// Which one; 0 for texts.
    pub holding: FactorId,
    /// What to see or do.
    pub asked: Asked,
    /// It is dead from then.
    pub expires: Timestamp,
    /// How many wrong tries it still survives, less one.
    pub left: i64,
    /// For texts: no other is sent before.
    pub resend_at: Option<Timestamp>,
}

/// What a person gives to prove themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// With what; another than was asked for proves nothing.
    pub factor: Factor,
    /// The code, the assertion as JSON, the signature.
    pub answer: String,
    /// For texts: the last six digits of the paying account.
    pub account_tail: String,
    /// What a bound device signed, which makes the channel `mobile`; empty from any other browser or program.
    pub device: String,
}

impl Proof {
    /// A code that came by text, with the last six digits of the account.
    pub fn by_text(code: &str, account_tail: &str) -> Self {
        Self {
            factor: Factor::SmsCode,
            answer: code.to_owned(),
            account_tail: account_tail.to_owned(),
            device: String::new(),
        }
    }

    /// Anything else.
    pub fn by(factor: Factor, answer: &str) -> Self {
        Self { factor, answer: answer.to_owned(), account_tail: String::new(), device: String::new() }
    }
}

/// A challenge as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredChallenge {
    pub(crate) factor: Factor,
    pub(crate) holding: FactorId,
    /// Keyed hash of person, session, channel and subject.
    pub(crate) binding: [u8; 32],
    pub(crate) asked: Asked,
    /// What the factor must remember to judge an answer.
    pub(crate) state: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    /// Wrong tries so far.
    pub(crate) tries: i64,
    /// Keyed hash of the right answer, once it was given.
    pub(crate) proven: Option<[u8; 32]>,
}

/// What is known about a try before the factor itself judges the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Before {
    /// The same right answer was given before.
    Proven,
    /// The factor is to judge.
    Judge,
}

impl StoredChallenge {
    /// Judges all but the answer.
    ///
    /// Refuses with `passport.proof_other_factor`, `passport.proof_changed`, `passport.proof_spent`,
    /// `passport.proof_expired`.
    pub(crate) fn before(
        &self,
        factor: Factor,
        binding: &[u8; 32],
        answer: &[u8; 32],
        is_repeatable: bool,
        now: Timestamp,
    ) -> Result<Before, Refusal> {
        if self.factor != factor {
            return Err(refusal("passport.proof_other_factor"));
        }
        if self.binding != *binding {
            return Err(refusal("passport.proof_changed"));
        }
        if now >= self.expires {
            return Err(refusal("passport.proof_expired"));
        }
        match &self.proven {
            Some(proven) if is_repeatable && proven == answer => return Ok(Before::Proven),
            Some(_) => return Err(refusal("passport.proof_spent")),
            None => {}
        }
        if self.tries >= CHALLENGE_TRIES {
            return Err(refusal("passport.proof_spent"));
        }
        Ok(Before::Judge)
    }

    /// The challenge after a wrong answer, and what is said about it.
    pub(crate) fn wrong(self) -> (Self, Refusal) {
        let tries = self.tries + 1;
        let refused = match CHALLENGE_TRIES - tries {
            ..=0 => refusal("passport.proof_spent"),
            left => refusal("passport.proof_wrong").with("left", left),
        };
        (Self { tries, ..self }, refused)
    }

    /// Whether it can still be answered for this binding.
    pub(crate) fn is_live(&self, binding: &[u8; 32], now: Timestamp) -> bool {
        self.binding == *binding && now < self.expires && self.proven.is_none() && self.tries < CHALLENGE_TRIES
    }
}

/// About the field in which the answer is given.
pub(crate) fn refusal(code: &'static str) -> Refusal {
    Refusal::new(code, 422).with("field", "answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [u8; 32] = [1; 32];
    const B: [u8; 32] = [2; 32];

    fn asked() -> StoredChallenge {
        StoredChallenge {
            factor: Factor::OtpToken,
            holding: FactorId(7),
            binding: A,
            asked: Asked::Token { question: "12345678".to_owned() },
            state: String::new(),
            created: Timestamp(0),
            expires: Timestamp(CHALLENGE_LIVES_MS),
            tries: 0,
            proven: None,
        }
    }

    #[test]
    fn a_challenge_proves_its_own_subject_by_its_own_factor_in_its_time_and_once() {
        let proven = StoredChallenge { proven: Some(A), ..asked() };
        let tired = StoredChallenge { tries: CHALLENGE_TRIES, ..asked() };
        let (last_ms, over_ms) = (CHALLENGE_LIVES_MS - 1, CHALLENGE_LIVES_MS);
        for (challenge, factor, binding, answer, again, at, expected) in [
            (asked(), Factor::OtpToken, A, A, true, 0, Ok(Before::Judge)),
            (asked(), Factor::OtpToken, A, A, true, last_ms, Ok(Before::Judge)),
            (asked(), Factor::OtpToken, A, A, true, over_ms, Err("passport.proof_expired")),
            (asked(), Factor::OtpToken, B, A, true, 0, Err("passport.proof_changed")),
            (asked(), Factor::Passkey, A, A, true, 0, Err("passport.proof_other_factor")),
            (asked(), Factor::SigningKey, A, A, true, 0, Err("passport.proof_other_factor")),
            (tired, Factor::OtpToken, A, A, true, 0, Err("passport.proof_spent")),
            (proven.clone(), Factor::OtpToken, A, A, true, 0, Ok(Before::Proven)),
            (proven.clone(), Factor::OtpToken, A, B, true, 0, Err("passport.proof_spent")),
            (proven.clone(), Factor::OtpToken, A, A, false, 0, Err("passport.proof_spent")),
            (proven, Factor::OtpToken, A, A, true, over_ms, Err("passport.proof_expired")),
        ] {
            let got = challenge.before(factor, &binding, &answer, again, Timestamp(at)).map_err(|refusal| refusal.code);
            assert_eq!(got, expected, "{factor:?} {at}");
        }
    }

    #[test]
    fn five_wrong_answers_spend_it() {
        let mut challenge = asked();
        for left in [4, 3, 2, 1] {
            let (next, refused) = challenge.wrong();
            assert_eq!((refused.code, refused.integer("left")), ("passport.proof_wrong", Some(left)));
            challenge = next;
        }
        assert_eq!(challenge.clone().wrong().1.code, "passport.proof_spent");
        assert!(challenge.is_live(&A, Timestamp(0)) && !challenge.wrong().0.is_live(&A, Timestamp(0)));
    }
}
