//! Payments to and from other banks as a customer sees them.

use super::card::{CardId, OtherBank};
use super::interbank::{InterbankState, InterbankWay};
use kit::{Refusal, Timestamp};
use ledger::AccountId;
use money::Amount;

/// Most characters of an account number at another bank, as ISO 20022 allows them.
pub const ACCOUNT_MAX: usize = 34;
/// Most characters of the name of who holds it.
pub const ELSEWHERE_NAME_MAX: usize = 60;

/// By which of the network's services a payment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// 实时: one by one, within seconds, at any hour.
    RealTime,
    /// 批量: many at once, netted, in settlement windows.
    Batch,
}

impl Service {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::RealTime => "real_time",
            Self::Batch => "batch",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::RealTime, Self::Batch].into_iter().find(|service| service.code() == code)
    }
}

impl From<Service> for iso20022::Service {
    fn from(service: Service) -> Self {
        match service {
            Service::RealTime => Self::RealTime,
            Service::Batch => Self::Batch,
        }
    }
}

/// A payee at another bank as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedElsewhere {
    /// Which bank.
    pub bank: OtherBank,
    /// The account there, in fours.
    pub account: String,
    /// Who holds it.
    pub name: String,
}

/// What the network's services offer at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Services {
    /// The most that one real-time payment may be, inclusive.
    pub real_time_max: Amount,
    /// When the next batch settles whose cut-off is still to come.
    pub next_settlement: Timestamp,
}

/// A transfer to another bank as a person typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElsewhereForm {
    /// From which of their accounts.
    pub payer: AccountId,
    /// The other bank's participant code.
    pub bank: String,
    /// The account there, digits and letters, with or without spaces.
    pub account: String,
    /// Who holds it.
    pub name: String,
    /// `88.80` or `1,280`.
    pub amount: String,
    /// For the payee to read; may be empty.
    pub memo: String,
    /// By which service; none lets the amount decide.
    pub service: Option<Service>,
}

/// A withdrawal to one's own bound card as a person typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawForm {
    /// From which of their accounts.
    pub payer: AccountId,
    /// To which card.
    pub card: CardId,
    /// `88.80` or `1,280`.
    pub amount: String,
}

/// Where the money of a draft is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElsewherePayee {
    /// Which bank.
    pub bank: OtherBank,
    /// The account there, in fours.
    pub account: String,
    /// Who holds it, as the payer typed it.
    pub name: String,
    /// By which service it goes.
    pub service: Service,
    /// When it is there if it is confirmed now.
    pub expected: Timestamp,
    /// The customer's own bound card, if it goes there.
    pub card: Option<CardId>,
}

/// A collection from a bound card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpForm {
    /// Into which of their accounts.
    pub account: AccountId,
    /// From which card.
    pub card: CardId,
    /// `88.80` or `1,280`.
    pub amount: String,
}

/// A stage of a payment between banks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElsewhereStep {
    /// The money was set aside.
    Asked,
    /// The network has it.
    Sent,
    /// No answer came in time; the network is being asked.
    Checking,
    /// Settled between the banks.
    Settled,
    /// Refused, and the money given back.
    Refused,
    /// Given back after it was settled.
    Returned,
}

impl ElsewhereStep {
    /// The word that programs see.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Sent => "sent",
            Self::Checking => "checking",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Returned => "returned",
        }
    }
}

/// The side of a payment that lies at another bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which way it goes.
    pub way: InterbankWay,
    /// By which service.
    pub service: Service,
    /// The other bank.
    pub bank: OtherBank,
    /// Who is there, masked.
    pub name_masked: String,
    /// Their account, masked: `6200 **** 1234`.
    pub account_masked: String,
    /// Where it stands.
    pub state: InterbankState,
    /// The external code of a refusal or return, such as `AC04`.
    pub reason: Option<String>,
    /// The stable code under which that is told, such as `payments.elsewhere_closed`.
    pub reason_code: Option<&'static str>,
    /// When it is, or was, expected to be there.
    pub expected: Option<Timestamp>,
    /// What happened, in order.
    pub steps: Vec<(ElsewhereStep, Timestamp)>,
    /// The customer's own bound card, if it goes there or comes from there.
    pub card: Option<CardId>,
}

/// Takes an account number at another bank as it was typed, without spaces and hyphens. Refuses with
/// `payments.elsewhere_account_invalid`.
pub(crate) fn check_account(text: &str) -> Result<String, Refusal> {
    let account: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '\u{3000}')).collect();
    let sane = (4..=ACCOUNT_MAX).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let invalid = || Refusal::new("payments.elsewhere_account_invalid", 422).with("field", "account");
    if sane { Ok(account) } else { Err(invalid()) }
}

/// Takes the name of who holds an account elsewhere, a person's or an organisation's. Refuses with
/// `payments.elsewhere_name_invalid`.
pub(crate) fn check_name(text: &str) -> Result<String, Refusal> {
    let name = super::memo::check_memo(text).ok().filter(|name| name.chars().count() <= ELSEWHERE_NAME_MAX);
    let name = name.filter(|name| name.chars().any(char::is_alphabetic));
    name.ok_or_else(|| Refusal::new("payments.elsewhere_name_invalid", 422).with("field", "name"))
}

/// `6200 **** 1234`; of a short number the end alone.
pub(crate) fn masked_account(account: &str) -> String {
    match account.len() {
        0..=8 => format!("**** {}", tail(account)),
        _ => format!("{} **** {}", account.get(..4).unwrap_or_default(), tail(account)),
    }
}

/// The last four letters of an account number.
pub(crate) fn tail(account: &str) -> String {
    account.get(account.len().saturating_sub(4)..).unwrap_or_default().to_owned()
}

/// In fours, as it is printed on a card.
pub(crate) fn in_fours(account: &str) -> String {
    let letters: Vec<char> = account.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_are_taken_as_people_write_them_and_shown_masked() {
        assert_eq!(check_account(" 6200 0112-3456 7890 ").unwrap(), "6200011234567890");
        for wrong in ["", "123", "６２００", "62 00/1", &"1".repeat(35), "62\u{200b}00"] {
            assert_eq!(check_account(wrong).unwrap_err().code, "payments.elsewhere_account_invalid", "{wrong:?}");
        }
        assert_eq!(masked_account("6200011234567890"), "6200 **** 7890");
        assert_eq!(masked_account("12345678"), "**** 5678");
        assert_eq!(in_fours("6200011234567890"), "6200 0112 3456 7890");
        assert_eq!(in_fours("123456"), "1234 56");
    }

    #[test]
    fn a_name_has_letters_and_an_end() {
        assert_eq!(check_name(" 王建国 ").unwrap(), "王建国");
        assert_eq!(check_name("Beispiel GmbH & Co. 3").unwrap(), "Beispiel GmbH & Co. 3");
        for wrong in ["", "  ", "123", "王\u{202e}", &"王".repeat(61)] {
            assert_eq!(check_name(wrong).unwrap_err().code, "payments.elsewhere_name_invalid", "{wrong:?}");
        }
    }
}
