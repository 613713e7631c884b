//! Banks of the scheme and customers of the two that live here.

use super::name::{self, Fit};
use super::reason;

/// A participant of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bank {
    /// 12 digits.
    pub(crate) code: String,
    /// The name in Chinese.
    pub(crate) name_zh: String,
    /// The name in English.
    pub(crate) name_en: String,
    /// The first six digits of its cards; empty for none.
    pub(crate) bin: String,
    /// Whether the bank lives here, and is no program elsewhere.
    pub(crate) is_local: bool,
    /// What the others owe it, below 0 what it owes them; minor units.
    pub(crate) position_minor: i64,
    /// What it pays by payments that wait for the other bank's word; counted against the cap already.
    pub(crate) reserved_minor: i64,
    /// The most that it may owe, minor units.
    pub(crate) cap_minor: i64,
    /// The last line of its mailbox.
    pub(crate) sequence: i64,
}

impl Bank {
    /// Whether it may pay so much more now.
    pub(crate) fn bears(&self, amount_minor: i64) -> bool {
        let after = self.position_minor.checked_sub(self.reserved_minor).and_then(|now| now.checked_sub(amount_minor));
        after.is_some_and(|after| after >= -self.cap_minor)
    }

    /// The lowest position that it may have after a window.
    pub(crate) fn floor(&self) -> i64 {
        self.reserved_minor.saturating_sub(self.cap_minor)
    }
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountState {
    /// It can.
    Open,
    /// By its bank, for a time.
    Blocked,
    /// For good.
    Closed,
}

impl AccountState {
    /// All states.
    pub(crate) const ALL: [Self; 3] = [Self::Open, Self::Blocked, Self::Closed];

    /// The word in SQL and JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Closed => "closed",
        }
    }

    /// The state of a word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The code with which the account refuses; none if it does not.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Blocked => Some(reason::BLOCKED),
            Self::Closed => Some(reason::CLOSED),
        }
    }
}

/// An account at one of the two banks that live here, with its holder; the number of a person's account is that of its card.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Customer {
    /// The bank.
    pub(crate) bank: String,
    /// The number.
    pub(crate) account: String,
    /// The holder.
    pub(crate) name: String,
    /// The holder's citizen number; empty for a company.
    pub(crate) citizen_number: String,
    /// The holder's mobile number, E.164; empty for a company.
    pub(crate) mobile: String,
    /// Whether it can be used.
    pub(crate) state: AccountState,
    /// With what it was opened, minor units.
    pub(crate) opened_minor: i64,
    /// What is on it, minor units.
    pub(crate) balance_minor: i64,
    /// Of this, what is on its way to others.
    pub(crate) held_minor: i64,
    /// Whether it is one for people to try.
    pub(crate) is_sample: bool,
}

impl Customer {
    /// What may be used.
    pub(crate) fn available_minor(&self) -> i64 {
        self.balance_minor - self.held_minor
    }

    /// Whether money for this name may come in; else the code.
    pub(crate) fn takes(&self, name: &str) -> Result<(), &'static str> {
        match self.state.refusal() {
            Some(code) => Err(code),
            None if name::fit(name, &self.name) == Fit::No => Err(reason::NAME),
            None => Ok(()),
        }
    }

    /// Whether so much may go out; else the code.
    pub(crate) fn gives(&self, amount_minor: i64) -> Result<(), &'static str> {
        match self.state.refusal() {
            Some(code) => Err(code),
            None if self.available_minor() < amount_minor => Err(reason::NO_FUNDS),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_bears_what_its_cap_leaves() {
        let bank = |position_minor, reserved_minor, cap_minor| Bank {
            code: String::new(),
            name_zh: String::new(),
            name_en: String::new(),
            bin: String::new(),
            is_local: true,
            position_minor,
            reserved_minor,
            cap_minor,
            sequence: 0,
        };
        for (bank, amount, bears) in [
            (bank(0, 0, 100), 100, true),
            (bank(0, 0, 100), 101, false),
            (bank(50, 0, 100), 150, true),
            (bank(0, 60, 100), 40, true),
            (bank(0, 60, 100), 41, false),
            (bank(-100, 0, 100), 1, false),
            (bank(i64::MIN + 1, 5, 100), 1, false),
        ] {
            assert_eq!(bank.bears(amount), bears, "{bank:?} {amount}");
        }
    }

    #[test]
    fn an_account_takes_and_gives_by_its_state_name_and_balance() {
        let customer = |state, held_minor| Customer {
            bank: String::new(),
            account: String::new(),
            name: "王小通".to_owned(),
            citizen_number: String::new(),
            mobile: String::new(),
            state,
            opened_minor: 100,
            balance_minor: 100,
            held_minor,
            is_sample: false,
        };
        use AccountState::{Blocked, Closed, Open};
        for (state, name, expected) in [
            (Open, "王小通", Ok(())),
            (Open, "王 小通", Ok(())),
            (Open, "王小宝", Err("BE01")),
            (Closed, "王小宝", Err("AC04")),
            (Blocked, "王小通", Err("AC06")),
        ] {
            assert_eq!(customer(state, 0).takes(name), expected, "{state:?} {name}");
        }
        for (state, held, amount, expected) in [
            (Open, 0, 100, Ok(())),
            (Open, 0, 101, Err("AM04")),
            (Open, 1, 100, Err("AM04")),
            (Closed, 0, 1, Err("AC04")),
            (Blocked, 0, 1_000, Err("AC06")),
        ] {
            assert_eq!(customer(state, held).gives(amount), expected, "{state:?} {held} {amount}");
        }
    }
}
