//! The codes with which the clearing house refuses an operator.

/// The account is blocked or closed.
pub(crate) const ACCOUNT_NOT_OPEN: &str = "network.account_not_open";
/// The calendar's day is closed already.
pub(crate) const DAY_CLOSED: &str = "network.day_closed";
/// The faults contradict themselves.
pub(crate) const FAULTS_INVALID: &str = "network.faults_invalid";
/// A field has something else than its name says.
pub(crate) const FIELD_INVALID: &str = "network.field_invalid";
/// There is not enough on the account.
pub(crate) const FUNDS_INSUFFICIENT: &str = "network.funds_insufficient";
/// This citizen number has a card under another name.
pub(crate) const HOLDER_HAS_OTHER_NAME: &str = "network.holder_has_other_name";
/// The operator's key is another one.
pub(crate) const OPERATOR_KEY_WRONG: &str = "network.operator_key_wrong";
/// No such payment.
pub(crate) const PAYMENT_NOT_FOUND: &str = "network.payment_not_found";
/// It is not settled, is a return itself, or its payee's bank does not live here.
pub(crate) const PAYMENT_NOT_RETURNABLE: &str = "network.payment_not_returnable";
/// It was given back before.
pub(crate) const PAYMENT_RETURNED: &str = "network.payment_returned";
