//! Use cases of the passport.

pub(crate) mod customer;
pub(crate) mod hasher;
pub(crate) mod session;
