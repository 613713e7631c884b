//! SQL of this room and the mapping of its rows.

pub(crate) mod account;
pub(crate) mod book;
pub(crate) mod certificate;
pub(crate) mod debit_card;
pub(crate) mod limit;
pub(crate) mod movement;
pub(crate) mod projection;
pub(crate) mod voucher;

/// Every statement of this room by name, for the test that prepares them on both engines.
pub const STATEMENTS: &[&[(&str, &str)]] = &[
    account::STATEMENTS,
    book::STATEMENTS,
    certificate::STATEMENTS,
    limit::STATEMENTS,
    debit_card::STATEMENTS,
    movement::STATEMENTS,
    projection::STATEMENTS,
    voucher::STATEMENTS,
];
