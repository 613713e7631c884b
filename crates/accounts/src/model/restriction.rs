//! Why nothing may leave, or enter, an account for now; and what happened to it in its life.

use kit::Timestamp;

const STAFF_DEBITS: u8 = 1;
const STAFF_CREDITS: u8 = 2;
const LOST: u8 = 4;
const DORMANT: u8 = 8;

/// The reasons that stand against movements, each by itself: lifting one leaves the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restrictions {
    /// 冻结: the bank's staff stopped what leaves it.
    pub staff_debits: bool,
    /// The bank's staff stopped what enters it, too.
    pub staff_credits: bool,
    /// 挂失: its owner reported that somebody else may be able to use it.
    pub lost: bool,
    /// 休眠: nothing has moved for long.
    pub dormant: bool,
}

impl Restrictions {
    /// Whether anything may leave.
    pub fn stops_debits(&self) -> bool {
        self.staff_debits || self.lost || self.dormant
    }

    /// Whether anything may enter.
    pub fn stops_credits(&self) -> bool {
        self.staff_credits
    }

    /// The number in a document and in SQL.
    pub(crate) fn number(self) -> u8 {
        let flag = |on: bool, flag: u8| if on { flag } else { 0 };
        flag(self.staff_debits, STAFF_DEBITS)
            | flag(self.staff_credits, STAFF_CREDITS)
            | flag(self.lost, LOST)
            | flag(self.dormant, DORMANT)
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        let has = |flag: u8| number & flag != 0;
        let known = number & !(STAFF_DEBITS | STAFF_CREDITS | LOST | DORMANT) == 0;
        known.then(|| Self {
            staff_debits: has(STAFF_DEBITS),
            staff_credits: has(STAFF_CREDITS),
            lost: has(LOST),
            dormant: has(DORMANT),
        })
    }
}

/// How far staff freeze an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeScope {
    /// 只收不付: what leaves it.
    Debits,
    /// 不收不付: both ways.
    Both,
}

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Frozen by staff.
    Frozen,
    /// Thawed by staff.
    Unfrozen,
    /// Reported lost.
    Lost,
    /// The report of loss was lifted.
    Found,
    /// Went dormant.
    Dormant,
    /// Woken by its owner.
    Woken,
    /// Closed for ever.
    Closed,
    /// Went up from Class III to Class II.
    Upgraded,
    /// Bound to an account.
    Bound,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Frozen,
        Self::Unfrozen,
        Self::Lost,
        Self::Found,
        Self::Dormant,
        Self::Woken,
        Self::Closed,
        Self::Upgraded,
        Self::Bound,
    ];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Unfrozen => "unfrozen",
            Self::Lost => "lost",
            Self::Found => "found",
            Self::Dormant => "dormant",
            Self::Woken => "woken",
            Self::Closed => "closed",
            Self::Upgraded => "upgraded",
            Self::Bound => "bound",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The number in a document.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Frozen => 1,
            Self::Unfrozen => 2,
            Self::Lost => 3,
            Self::Found => 4,
            Self::Dormant => 5,
            Self::Woken => 6,
            Self::Closed => 7,
            Self::Upgraded => 8,
            Self::Bound => 9,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// One thing that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The member of staff who did it; none is the owner or the bank's own clock.
    pub by: Option<String>,
    /// Why, in the words of the member of staff; else empty.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_reasons_reads_back() {
        for number in 0..16 {
            assert_eq!(Restrictions::from_number(number).unwrap().number(), number);
        }
        assert_eq!(Restrictions::from_number(16), None);
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
            assert_eq!(EventKind::from_number(kind.number()), Some(kind));
        }
    }

    #[test]
    fn money_may_enter_what_is_lost_or_dormant() {
        let lost = Restrictions { lost: true, ..Restrictions::default() };
        let dormant = Restrictions { dormant: true, ..Restrictions::default() };
        for restrictions in [lost, dormant] {
            assert!(restrictions.stops_debits() && !restrictions.stops_credits());
        }
        assert!(!Restrictions::default().stops_debits());
    }
}
