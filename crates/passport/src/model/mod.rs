//! Pure decisions of the passport: no SQL, no clock, no waiting.

pub(crate) mod customer;
pub(crate) mod mobile;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod session;
