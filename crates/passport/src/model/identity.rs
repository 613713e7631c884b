//! Who somebody is, proven.

use crate::{CustomerId, Name};
use kit::{BankDay, Refusal, Timestamp};

/// Wrong claims in a row before the next one has to wait.
pub(crate) const WRONG_MAX: i64 = 3;
/// How long it waits then, in milliseconds.
pub(crate) const COOL_DOWN_MS: i64 = 60 * 60_000;

/// Who somebody says they are.
#[derive(Clone)]
pub struct Claim {
    /// The name as it stands on the card, as typed.
    pub name: String,
    /// The citizen number, as typed.
    pub citizen_number: String,
}

/// Somebody whose name is proven now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The name.
    pub name: Name,
    /// The customer, the same as before.
    pub customer: CustomerId,
}

/// Who somebody is, proven, whole: it leaves the bank only to a bank that is asked about this very person. It has no `Debug`
/// form.
#[derive(Clone)]
pub struct Proven {
    /// The name.
    pub name: Name,
    /// The citizen number.
    pub citizen_number: String,
}

/// What a person sees of their own proven identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityView {
    /// The name.
    pub name: Name,
    /// `9***************2X`.
    pub number_masked: String,
    /// The day of birth.
    pub born: BankDay,
    /// When it was proven.
    pub verified: Timestamp,
}

/// Wrong claims in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Claims {
    pub(crate) wrong: i64,
    pub(crate) blocked_until: Timestamp,
}

impl Claims {
    /// Takes one claim and counts it as wrong until the registry has answered, so that claims at the same moment are no
    /// more than three. Refuses with `passport.identity_try_later` while it cools down.
    pub(crate) fn take(self, now: Timestamp) -> Result<Self, Refusal> {
        if now < self.blocked_until {
            let seconds = (self.blocked_until.as_ms() - now.as_ms()).div_euclid(1000) + 1;
            return Err(Refusal::new("passport.identity_try_later", 429).with("retry_after_s", seconds));
        }
        // What was waited for is forgotten.
        let wrong = if self.blocked_until > Timestamp(0) { 1 } else { self.wrong + 1 };
        let blocked_until = if wrong >= WRONG_MAX { now.plus_ms(COOL_DOWN_MS) } else { Timestamp(0) };
        Ok(Self { wrong, blocked_until })
    }

    /// Gives a claim back that the registry could not judge.
    pub(crate) fn give_back(self) -> Self {
        Self { wrong: (self.wrong - 1).max(0), blocked_until: Timestamp(0) }
    }

    /// How many are left before it cools down.
    pub(crate) fn left(self) -> i64 {
        (WRONG_MAX - self.wrong).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_wrong_claim_cools_down_for_an_hour() {
        let now = Timestamp(1_800_000_000_000);
        let first = Claims::default().take(now).unwrap();
        let second = first.take(now).unwrap();
        assert_eq!((first.left(), second.left()), (2, 1));
        let third = second.take(now).unwrap();
        assert_eq!(third.take(now).unwrap_err().integer("retry_after_s"), Some(3_601));
        assert_eq!(third.take(now.plus_ms(COOL_DOWN_MS)).unwrap().left(), 2);
        assert_eq!(third.give_back(), second);
    }
}
