//! Debit cards (借记卡) that this bank issues: numbers, expiry, and the states of a card's life.
//!
//! ```text
//!            freeze            report lost
//!  active ⇄ frozen      any but closed, replaced ──→ lost
//!     │   unfreeze
//!     ├── replace ──→ replaced   (a lost card stays lost; its successor is known all the same)
//!     └── close ────→ closed     expired: active or frozen, and its month is over
//! ```

use super::lock::CardLocks;
use kit::{BankDay, Refusal, Timestamp};
use ledger::{AccountId, CounterId};
use passport::{CustomerId, Tier};
use std::fmt;

kit::typed_id!(
    /// A debit card. A replacement is another card.
    DebitCardId
);

/// Most cards of one account that can be used.
pub const DEBIT_CARDS_MOST: usize = 3;
/// Wrong security codes in a row after which a card is closed to payments without it.
pub const CVV_TRIES: i64 = 5;
/// The same for wrong months that are said with the card: then nothing can be paid with it any more until its owner opens it
/// to payments without it anew.
pub const GUESSES_MOST: i64 = 2 * CVV_TRIES;
/// How long a new card lives, in years.
const LIVES_YEARS: i32 = 5;
/// Digits of a number.
const DIGITS: usize = 16;

/// A whole card number. It has no `Display`, and its `Debug` shows the mask.
#[derive(Clone, PartialEq, Eq)]
pub struct DebitCardNumber(String);

impl DebitCardNumber {
    /// Reads 12 to 19 digits whose last one is right (Luhn, ISO/IEC 7812-1 annex B); blanks and hyphens do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|character| !matches!(character, ' ' | '-')).take(20).collect();
        let sane = (12..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        (sane && luhn(digits.as_bytes()) == 0).then_some(Self(digits))
    }

    /// The number that begins with the issuer's prefix and goes on with this serial; none if the prefix leaves no room.
    pub(crate) fn made(prefix: &str, serial: u64) -> Option<Self> {
        let room = DIGITS.checked_sub(prefix.len() + 1).filter(|room| *room >= 6)?;
        let serial = serial % 10_u64.pow(u32::try_from(room).ok()?);
        let body = format!("{prefix}{serial:0room$}");
        (0..10).find_map(|check| Self::parse(&format!("{body}{check}")))
    }

    /// All digits, for the card network, the vault and their owner's eyes.
    pub fn full(&self) -> &str {
        &self.0
    }

    /// The last four.
    pub fn tail(&self) -> &str {
        self.0.get(self.0.len() - 4..).unwrap_or_default()
    }

    /// Four, stars, four.
    pub fn masked(&self) -> String {
        format!("{} **** **** {}", self.0.get(..4).unwrap_or_default(), self.tail())
    }

    /// In groups of four.
    pub fn in_fours(&self) -> String {
        let groups: Vec<&str> =
            (0..self.0.len()).step_by(4).filter_map(|at| self.0.get(at..(at + 4).min(self.0.len()))).collect();
        groups.join(" ")
    }
}

impl fmt::Debug for DebitCardNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DebitCardNumber({})", self.masked())
    }
}

/// The Luhn sum modulo ten; zero for a number with the right check digit.
fn luhn(digits: &[u8]) -> u32 {
    let value = |(place, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0') * (1 + place as u32 % 2);
        digit / 10 + digit % 10
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10
}

/// The last month in which a card is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    /// With its century.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
}

impl Expiry {
    /// Of a card that is issued on this day.
    pub(crate) fn of_new(day: BankDay) -> Self {
        let (year, month, _) = day.ymd();
        Self { year: year + LIVES_YEARS, month }
    }

    /// As it stands on a card and in messages: `MMYY` or `MM/YY`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|character| *character != '/').take(5).collect();
        let sane = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: i32 = sane.then(|| digits.parse().ok()).flatten()?;
        let month = u8::try_from(number / 100).ok().filter(|month| (1..=12).contains(month))?;
        Some(Self { year: 2000 + number % 100, month })
    }

    /// `MM/YY`.
    pub fn shown(self) -> String {
        format!("{:02}/{:02}", self.month, self.year % 100)
    }

    /// Whether the card is good no more.
    pub fn is_over(self, today: BankDay) -> bool {
        let (year, month, _) = today.ymd();
        (year, month) > (self.year, self.month)
    }

    pub(crate) fn number(self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.month) - 1
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        let month = u8::try_from(number.rem_euclid(12) + 1).ok()?;
        Some(Self { year: i32::try_from(number.div_euclid(12)).ok()?, month })
    }
}

/// How a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DebitCardState {
    /// It can be used.
    Active,
    /// 冻结: its owner, or staff, put it to sleep.
    Frozen,
    /// 挂失: for ever.
    Lost,
    /// 换卡: another number took its place.
    Replaced,
    /// 销卡: for ever.
    Closed,
    /// Its month is over.
    Expired,
}

impl DebitCardState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Active, Self::Frozen, Self::Lost, Self::Replaced, Self::Closed, Self::Expired];

    /// The stored word; nothing is stored as expired, time tells.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Lost => "lost",
            Self::Replaced => "replaced",
            Self::Closed => "closed",
            Self::Expired => "expired",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Why nothing may be paid with it; none if it may.
    pub fn refusal(self) -> Option<Refusal> {
        let code = match self {
            Self::Active => return None,
            Self::Frozen => "accounts.debit_card_frozen",
            Self::Lost => "accounts.debit_card_lost",
            Self::Replaced => "accounts.debit_card_replaced",
            Self::Closed => "accounts.debit_card_closed",
            Self::Expired => "accounts.debit_card_expired",
        };
        Some(Refusal::new(code, 409))
    }

    /// Whether it still has a life before it.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Active | Self::Frozen)
    }
}

/// What is done with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardAct {
    /// 冻结
    Freeze,
    /// 解冻
    Unfreeze,
    /// 挂失
    ReportLost,
    /// 销卡
    Close,
}

impl CardAct {
    /// The state after it. Doing again what is done changes nothing. Refuses with the refusal of the state that forbids it.
    pub fn after(self, state: DebitCardState) -> Result<DebitCardState, Refusal> {
        use DebitCardState::{Active, Closed, Expired, Frozen, Lost, Replaced};
        match (self, state) {
            (Self::Freeze, Active | Frozen) => Ok(Frozen),
            (Self::Unfreeze, Active | Frozen) => Ok(Active),
            (Self::ReportLost, Active | Frozen | Expired | Lost) => Ok(Lost),
            (Self::Close, Active | Frozen | Expired | Lost | Closed) => Ok(Closed),
            (_, Lost | Replaced | Closed | Expired) => {
                Err(state.refusal().unwrap_or_else(|| Refusal::new("accounts.debit_card_closed", 409)))
            }
        }
    }
}

/// A debit card as its owner sees it, without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebitCard {
    /// Which.
    pub id: DebitCardId,
    /// Whose.
    pub customer: CustomerId,
    /// From which it pays.
    pub account: AccountId,
    /// The number, masked.
    pub shown: String,
    /// The last four digits.
    pub tail: String,
    /// Until when it is good.
    pub expiry: Expiry,
    /// How it stands today.
    pub state: DebitCardState,
    /// Whether it may pay without being there.
    pub is_online: bool,
    /// Whether wrong security codes closed it to payments without it.
    pub is_code_blocked: bool,
    /// Whether wrong months, said with the card, closed it to every payment.
    pub is_guess_blocked: bool,
    /// What opened it to payments without it was worth this much; they count into the limits of that.
    pub online_tier: Tier,
    /// When it was issued.
    pub issued: Timestamp,
    /// The card in whose place it came.
    pub replaces: Option<DebitCardId>,
    /// The card that came in its place.
    pub replaced_by: Option<DebitCardId>,
    /// What it is kept from.
    pub locks: CardLocks,
    /// Counts what is paid at terminals in a bank day. A replacement goes on with it.
    pub terminal_counter: CounterId,
}

/// What stands on a card, for its owner's eyes for a minute. It does not print.
pub struct CardFace {
    /// The whole number.
    pub number: DebitCardNumber,
    /// Until when it is good.
    pub expiry: Expiry,
    /// The security code, three digits.
    pub cvv: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_prefix_and_check_digit_and_do_not_print() {
        let number = DebitCardNumber::made("620003", 123_456_789).unwrap();
        assert_eq!(number.full().len(), 16);
        assert!(number.full().starts_with("620003123456789"));
        assert_eq!(DebitCardNumber::parse(&number.in_fours()), Some(number.clone()));
        let printed = format!("{number:?} {}", number.masked());
        assert!(!printed.contains("123456789") && printed.contains(number.tail()), "{printed}");
        let mut wrong = number.full().to_owned();
        let last = wrong.pop().unwrap();
        wrong.push(if last == '9' { '0' } else { '9' });
        assert_eq!(DebitCardNumber::parse(&wrong), None);
        // The example of the standard's annex.
        assert!(DebitCardNumber::parse("4992739871600004").is_none() || luhn(b"49927398716") == 0);
        assert_eq!(luhn(b"49927398716"), 0);
        for text in ["", "1", "00000000000", "62000312345678901234", "6200o31234567890", "６２"] {
            assert_eq!(DebitCardNumber::parse(text), None, "{text:?}");
        }
        assert_eq!(DebitCardNumber::made("62000312345", 1), None);
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let expiry = Expiry::of_new(BankDay::from_ymd(2026, 11, 21));
        assert_eq!(
            (expiry.shown().as_str(), Expiry::parse("1131"), Expiry::parse("11/31")),
            ("11/31", Some(expiry), Some(expiry))
        );
        assert!(!expiry.is_over(BankDay::from_ymd(2031, 11, 30)));
        assert!(expiry.is_over(BankDay::from_ymd(2031, 12, 1)));
        assert_eq!(Expiry::from_number(expiry.number()), Some(expiry));
        for text in ["", "1331", "0031", "113", "11311", "1 31", "ab31"] {
            assert_eq!(Expiry::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_lost_replaced_or_closed_comes_back_by_nothing() {
        use DebitCardState::{Active, Closed, Expired, Frozen, Lost, Replaced};
        for (act, allowed, after) in [
            (CardAct::Freeze, vec![Active, Frozen], Frozen),
            (CardAct::Unfreeze, vec![Active, Frozen], Active),
            (CardAct::ReportLost, vec![Active, Frozen, Expired, Lost], Lost),
            (CardAct::Close, vec![Active, Frozen, Expired, Lost, Closed], Closed),
        ] {
            for state in DebitCardState::ALL {
                let expected = allowed.contains(&state).then_some(after);
                assert_eq!(act.after(state).ok(), expected, "{act:?} {state:?}");
            }
        }
        for state in DebitCardState::ALL {
            assert_eq!(DebitCardState::from_code(state.code()), Some(state));
            assert_eq!(state.refusal().is_none(), state == Active);
        }
        assert!(!Replaced.is_alive() && Frozen.is_alive());
    }
}
