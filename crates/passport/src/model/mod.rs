//! Pure decisions of the passport: no SQL, no clock, no waiting.

pub(crate) mod bound_device;
pub(crate) mod certificate;
pub(crate) mod challenge;
pub(crate) mod channel;
pub(crate) mod citizen;
pub(crate) mod code;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod event;
pub(crate) mod factor;
pub(crate) mod gesture;
pub(crate) mod identity;
pub(crate) mod later;
pub(crate) mod mobile;
pub(crate) mod name;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod rate;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod visitor;
pub(crate) mod window;
