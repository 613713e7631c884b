//! A link by which others may pay (收款链接).

use super::draft::Payee;
use kit::Timestamp;
use ledger::AccountId;
use money::Amount;

kit::typed_id!(
    /// A request link.
    RequestId
);

/// How long a link can be paid by, in milliseconds: 30 days.
pub const REQUEST_LIVES_MS: i64 = 30 * 24 * 3_600_000;
/// Links that a customer may have open at once.
pub const REQUESTS_OPEN: i64 = 50;
/// What a form says instead of a number to name the payee of a link.
pub(crate) const REQUEST: &str = "request:";

/// What a person wants paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestForm {
    /// Into which of their accounts.
    pub account: AccountId,
    /// `88.80`; empty lets the payer say.
    pub amount: String,
    /// For the payer to read; may be empty.
    pub memo: String,
}

/// What becomes of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestState {
    /// It can be paid by, also more than once.
    Open,
    /// Its 30 days are over.
    Expired,
    /// Its owner took it back.
    Cancelled,
}

impl RequestState {
    /// The word that programs see.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A link as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Which one.
    pub id: RequestId,
    /// What stands in its address, `/pay/{token}`. Whoever has it sees the masked name.
    pub token: String,
    /// Into which account.
    pub account: AccountId,
    /// How much; none: the payer says.
    pub amount: Option<Amount>,
    /// For the payer to read.
    pub memo: String,
    /// When it can no longer be paid by.
    pub expires: Timestamp,
    /// What becomes of it.
    pub state: RequestState,
    /// How often it was paid by.
    pub paid_count: i64,
    /// How much that was.
    pub paid_total: Amount,
}

/// A link as anybody sees it who has its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// Who is paid, masked.
    pub payee: Payee,
    /// How much; none: the payer says.
    pub amount: Option<Amount>,
    /// What it is for.
    pub memo: String,
    /// When it can no longer be paid by.
    pub expires: Timestamp,
    /// What names the payee in a transfer.
    pub text: String,
}
