//! Use cases of the counter.

pub(crate) mod account;
pub(crate) mod approval;
pub(crate) mod book;
pub(crate) mod cash;
pub(crate) mod clearing;
pub(crate) mod customer;
pub(crate) mod customer_security;
pub(crate) mod factor;
pub(crate) mod limit;
pub(crate) mod trail;
