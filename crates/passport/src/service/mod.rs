//! Use cases of the passport.

pub(crate) mod bound_device;
pub(crate) mod certificate;
pub(crate) mod code;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod event;
pub(crate) mod hasher;
pub(crate) mod identity;
pub(crate) mod kill;
pub(crate) mod overview;
pub(crate) mod passkey;
pub(crate) mod permit;
pub(crate) mod profile;
pub(crate) mod registration;
pub(crate) mod reset;
pub(crate) mod second_step;
pub(crate) mod session;
pub(crate) mod step_up;
pub(crate) mod token;
