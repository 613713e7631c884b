//! Decisions of the scheme, without clock, SQL or randomness.

pub(crate) mod bank;
pub(crate) mod card;
pub(crate) mod fault;
pub(crate) mod intake;
pub(crate) mod name;
pub(crate) mod netting;
pub(crate) mod reason;
pub(crate) mod refusal;
pub(crate) mod rule;
pub(crate) mod sale;
pub(crate) mod transfer;
pub(crate) mod window;
