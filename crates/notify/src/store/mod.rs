//! SQL of this room and the mapping of its rows.

pub(crate) mod notice;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[notice::STATEMENTS];
