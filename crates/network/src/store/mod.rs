//! SQL of this room and the mapping of its rows.

pub(crate) mod bank;
pub(crate) mod card;
pub(crate) mod customer;
pub(crate) mod entry;
pub(crate) mod later;
pub(crate) mod message;
pub(crate) mod scheme;
pub(crate) mod story;
pub(crate) mod transfer;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[
    bank::STATEMENTS,
    card::STATEMENTS,
    customer::STATEMENTS,
    entry::STATEMENTS,
    later::STATEMENTS,
    message::STATEMENTS,
    scheme::STATEMENTS,
    story::STATEMENTS,
    transfer::STATEMENTS,
];
