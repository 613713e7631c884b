//! Pure decisions of the staff room: no SQL, no clock, no waiting.

pub(crate) mod act;
pub(crate) mod audit;
pub(crate) mod audit_file;
pub(crate) mod case;
pub(crate) mod key;
pub(crate) mod member;
pub(crate) mod proposal;
pub(crate) mod session;
pub(crate) mod token;
