//! Reason codes of the external code set of ISO 20022 that the scheme gives.

/// No such account.
pub(crate) const NO_ACCOUNT: &str = "AC01";
/// The account is closed.
pub(crate) const CLOSED: &str = "AC04";
/// The account is blocked.
pub(crate) const BLOCKED: &str = "AC06";
/// The name is not that of the account's holder.
pub(crate) const NAME: &str = "BE01";
/// Above an amount that is allowed.
pub(crate) const TOO_MUCH: &str = "AM02";
/// A currency that the scheme does not settle in.
pub(crate) const CURRENCY: &str = "AM03";
/// Not enough on the account.
pub(crate) const NO_FUNDS: &str = "AM04";
/// The id was used before, or the payment was returned before.
pub(crate) const DUPLICATE: &str = "AM05";
/// Not the amount of the payment that is returned.
pub(crate) const OTHER_AMOUNT: &str = "AM09";
/// The sender's net debit cap would be passed.
pub(crate) const CAP: &str = "AM23";
/// No mandate.
pub(crate) const NO_MANDATE: &str = "MD01";
/// Not allowed on this account, or to this bank.
pub(crate) const NOT_ALLOWED: &str = "AG01";
/// No such bank in the scheme.
pub(crate) const NO_BANK: &str = "RC01";
/// The original payment was never received.
pub(crate) const NEVER_RECEIVED: &str = "NOOR";
/// Not said.
pub(crate) const NOT_SAID: &str = "MS03";
/// The customer asks for the return.
pub(crate) const CUSTOMER_ASKS: &str = "CUST";

/// Whether a text has the form of a code: four capital letters or digits.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
