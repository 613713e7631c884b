//! A transfer that waits for its owner's confirmation.

use super::elsewhere::ElsewherePayee;
use super::instruction::OrderNumber;
use super::when::When;
use accounts::AccountSummary;
use kit::Timestamp;
use money::Amount;

kit::typed_id!(
    /// A draft.
    DraftId
);

/// How long a draft waits, in milliseconds.
pub const DRAFT_LIVES_MS: i64 = 10 * 60_000;

/// By what the payee was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayeeBy {
    /// A mobile number.
    Mobile,
    /// An account number.
    Number,
}

impl PayeeBy {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Number => "number",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Mobile, Self::Number].into_iter().find(|by| by.code() == code)
    }
}

/// The payee as the payer sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// 李*宝; an organisation's name whole.
    pub name: String,
    /// The first character of that, for a picture.
    pub initial: String,
    /// Last four digits of the account.
    pub tail: String,
    /// By what they were named.
    pub by: PayeeBy,
    /// That, masked: `138 **** 5678` or `9001 **** 6027`.
    pub shown: String,
}

/// A transfer that waits for its owner's confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which draft.
    pub id: DraftId,
    /// The order that it will be.
    pub order: OrderNumber,
    /// From where.
    pub payer: AccountSummary,
    /// To whom.
    pub payee: Payee,
    /// What the payer typed to name the payee, for going back to change something.
    pub payee_text: String,
    /// How much.
    pub amount: Amount,
    /// What the bank takes for it: nothing, and says so.
    pub fee: Amount,
    /// For the payee to read.
    pub memo: String,
    /// When it can no longer be confirmed.
    pub expires: Timestamp,
    /// When it is to be paid.
    pub when: When,
    /// Whether the payee is no customer yet: the money waits for them.
    pub is_invitation: bool,
    /// Where the money is to go, if the payee is at another bank.
    pub elsewhere: Option<ElsewherePayee>,
    /// Whether it needs a code that was sent to the payer's phone.
    pub needs_code: bool,
}
