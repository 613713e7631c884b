//! Pure decisions about passwords.

pub(crate) mod common;
pub(crate) mod password;
pub(crate) mod tries;
