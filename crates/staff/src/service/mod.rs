//! Use cases of the staff room.

pub(crate) mod audit;
pub(crate) mod case;
pub(crate) mod key;
pub(crate) mod member;
pub(crate) mod proposal;
pub(crate) mod session;
pub(crate) mod token;
