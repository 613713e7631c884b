//! SQL of this room and the mapping of its rows.

pub(crate) mod bound_device;
pub(crate) mod certificate;
pub(crate) mod challenge;
pub(crate) mod code;
pub(crate) mod credential;
pub(crate) mod customer;
pub(crate) mod device;
pub(crate) mod event;
pub(crate) mod identity;
pub(crate) mod living;
pub(crate) mod passkey;
pub(crate) mod permit;
pub(crate) mod person;
pub(crate) mod profile;
pub(crate) mod session;
pub(crate) mod token;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[
    person::STATEMENTS,
    customer::STATEMENTS,
    credential::STATEMENTS,
    session::STATEMENTS,
    code::STATEMENTS,
    challenge::STATEMENTS,
    event::STATEMENTS,
    permit::STATEMENTS,
    device::STATEMENTS,
    bound_device::STATEMENTS,
    passkey::STATEMENTS,
    profile::STATEMENTS,
    identity::STATEMENTS,
    token::STATEMENTS,
    certificate::STATEMENTS,
];
