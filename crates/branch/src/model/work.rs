//! What a proposal of the counter says is to be done.

use kit::{Fault, FaultContext};
use serde::{Deserialize, Serialize};

/// Which way cash goes over the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashWay {
    /// 存款: from the customer.
    In,
    /// 取款: to the customer.
    Out,
}

/// Which way cash goes between a box and the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveWay {
    /// 领现: from the vault into the box.
    FromVault,
    /// 缴现: from the box into the vault.
    ToVault,
}

/// A line of a proposed matrix of limits: words of method and channel, caps in minor units; none is no cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LimitLine {
    pub(crate) method: String,
    pub(crate) channel: String,
    pub(crate) payment_minor: Option<i64>,
    pub(crate) day_minor: Option<i64>,
    pub(crate) month_minor: Option<i64>,
}

/// What is to be done when a second person agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub(crate) enum Work {
    /// Cash above the teller's limit.
    Cash { way: CashWay, account: u64, amount_minor: i64, cash_box: String, memo: String },
    /// Cash between the vault and a box.
    Move { way: MoveWay, amount_minor: i64, cash_box: String },
    /// The end of a freeze.
    Unfreeze { account: u64 },
    /// Leave for a customer to add a strong factor; what was checked to know who it is.
    Permit { person: i64, checked: String },
    /// A customer's password is taken away; what was checked to know who it is.
    Password { person: i64, checked: String },
    /// A customer gets another mobile number instead of the former one, both E.164; what was checked to know who it is.
    Mobile { person: i64, former: String, mobile: String, checked: String },
    /// Another matrix of limits, from a bank day on; made when `basis` was the newest version.
    Limits { basis: i64, from: i32, lines: Vec<LimitLine> },
    /// A lost factor goes: its code, which ones, what its owner calls it, what was checked.
    RemoveFactor { person: i64, factor: String, ids: Vec<i64>, label: String, checked: String },
    /// A frozen debit card can be used again.
    CardUnfreeze { person: i64, card: i64, shown: String, checked: String },
    /// A debit card of another number takes the place of this one.
    CardReplace { person: i64, card: i64, shown: String, checked: String },
    /// A contra entry.
    Correct { order: i64 },
    /// Money that came in from another bank goes back there, for this reason of the network's code set.
    GiveBack { order: i64, amount_minor: i64, code: String },
    /// A payment between banks that is stuck is booked as settled on this day.
    Settle { order: i64, amount_minor: i64, day: i32, evidence: String },
    /// The money of a payment between banks that is stuck is given back.
    Release { order: i64, amount_minor: i64, evidence: String },
}

impl Work {
    /// The word for its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Cash { way: CashWay::In, .. } => "branch.cash_in",
            Self::Cash { way: CashWay::Out, .. } => "branch.cash_out",
            Self::Move { .. } => "branch.cash_move",
            Self::Unfreeze { .. } => "branch.unfreeze",
            Self::Permit { .. } => "branch.permit",
            Self::Password { .. } => "branch.password",
            Self::Mobile { .. } => "branch.mobile",
            Self::Limits { .. } => "branch.limits",
            Self::RemoveFactor { .. } => "branch.factor",
            Self::CardUnfreeze { .. } => "branch.card_unfreeze",
            Self::CardReplace { .. } => "branch.card_replace",
            Self::Correct { .. } => "branch.correct",
            Self::GiveBack { .. } => "branch.clearing_return",
            Self::Settle { .. } => "branch.clearing_settle",
            Self::Release { .. } => "branch.clearing_release",
        }
    }

    pub(crate) fn encode(&self) -> Result<String, Fault> {
        serde_json::to_string(self).fault("writing what a proposal asks for")
    }

    pub(crate) fn decode(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text).fault("reading what a proposal asks for")
    }

    /// How much money it is about, minor units.
    pub(crate) fn amount_minor(&self) -> Option<i64> {
        match self {
            Self::Cash { amount_minor, .. }
            | Self::Move { amount_minor, .. }
            | Self::GiveBack { amount_minor, .. }
            | Self::Settle { amount_minor, .. }
            | Self::Release { amount_minor, .. } => Some(*amount_minor),
            Self::Unfreeze { .. }
            | Self::Permit { .. }
            | Self::Password { .. }
            | Self::Mobile { .. }
            | Self::Limits { .. }
            | Self::Correct { .. }
            | Self::RemoveFactor { .. }
            | Self::CardUnfreeze { .. }
            | Self::CardReplace { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_proposed_reads_back() {
        let (cash_box, memo) = ("teller/7".to_owned(), "现金".to_owned());
        for work in [
            Work::Cash { way: CashWay::Out, account: u64::MAX, amount_minor: 1, cash_box: cash_box.clone(), memo },
            Work::Move { way: MoveWay::ToVault, amount_minor: i64::MAX, cash_box },
            Work::Unfreeze { account: 3 },
            Work::Permit { person: 9, checked: "身份证 1234".to_owned() },
            Work::Password { person: 9, checked: "身份证".to_owned() },
            Work::Mobile {
                person: 9,
                former: "+8613800005678".to_owned(),
                mobile: "+8613800005679".to_owned(),
                checked: "身份证".to_owned(),
            },
            Work::Limits {
                basis: 3,
                from: 20_000,
                lines: vec![LimitLine {
                    method: "sms_code".to_owned(),
                    channel: "web".to_owned(),
                    payment_minor: Some(1),
                    day_minor: Some(2),
                    month_minor: None,
                }],
            },
            Work::RemoveFactor {
                person: 9,
                factor: "otp_token".to_owned(),
                ids: vec![1, 2],
                label: "1234".to_owned(),
                checked: "身份证".to_owned(),
            },
            Work::CardUnfreeze { person: 9, card: 8, shown: "6217".to_owned(), checked: "身份证".to_owned() },
            Work::CardReplace { person: 9, card: 8, shown: "6217".to_owned(), checked: "身份证".to_owned() },
            Work::Correct { order: 9 },
            Work::GiveBack { order: 9, amount_minor: 1, code: "AC04".to_owned() },
            Work::Settle { order: 9, amount_minor: 1, day: -1, evidence: "清算所 1 号函".to_owned() },
            Work::Release { order: 9, amount_minor: 1, evidence: "M1".to_owned() },
        ] {
            assert_eq!(Work::decode(&work.encode().unwrap()).unwrap(), work);
        }
        assert!(Work::decode("{\"work\":\"print_money\"}").is_err());
    }
}
