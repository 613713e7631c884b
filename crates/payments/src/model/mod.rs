//! Pure decisions of the payments room: no SQL, no clock, no waiting.

pub(crate) mod authorisation;
pub(crate) mod cap;
pub(crate) mod card;
pub(crate) mod case;
pub(crate) mod channel;
pub(crate) mod document;
pub(crate) mod draft;
pub(crate) mod elsewhere;
pub(crate) mod exchange;
pub(crate) mod hold;
pub(crate) mod idempotency;
pub(crate) mod instruction;
pub(crate) mod interbank;
pub(crate) mod memo;
pub(crate) mod name_check;
pub(crate) mod order;
pub(crate) mod policy;
pub(crate) mod receipt;
pub(crate) mod reconcile;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod schedule;
pub(crate) mod slice;
pub(crate) mod when;
pub(crate) mod window;
