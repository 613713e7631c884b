//! SQL of this room and the mapping of its rows.

pub(crate) mod audit;
pub(crate) mod case;
pub(crate) mod key;
pub(crate) mod member;
pub(crate) mod proposal;
pub(crate) mod session;
pub(crate) mod token;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[
    audit::STATEMENTS,
    case::STATEMENTS,
    key::STATEMENTS,
    member::STATEMENTS,
    proposal::STATEMENTS,
    session::STATEMENTS,
    token::STATEMENTS,
];
