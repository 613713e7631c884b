//! SQL of this room and the mapping of its rows.

pub(crate) mod authorisation;
pub(crate) mod card;
pub(crate) mod draft;
pub(crate) mod hold;
pub(crate) mod interbank;
pub(crate) mod invitation;
pub(crate) mod key;
pub(crate) mod kill;
pub(crate) mod mark;
pub(crate) mod message;
pub(crate) mod order;
pub(crate) mod payee;
pub(crate) mod posting;
pub(crate) mod reconcile;
pub(crate) mod request;
pub(crate) mod schedule;
pub(crate) mod slice;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[
    draft::STATEMENTS,
    order::STATEMENTS,
    hold::STATEMENTS,
    invitation::STATEMENTS,
    key::STATEMENTS,
    kill::STATEMENTS,
    mark::STATEMENTS,
    interbank::STATEMENTS,
    message::STATEMENTS,
    posting::STATEMENTS,
    reconcile::STATEMENTS,
    request::STATEMENTS,
    schedule::STATEMENTS,
    slice::STATEMENTS,
    payee::STATEMENTS,
    card::STATEMENTS,
    authorisation::STATEMENTS,
];
