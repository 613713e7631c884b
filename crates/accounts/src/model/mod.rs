//! Pure decisions of the accounts room: no SQL, no clock, no waiting.

pub(crate) mod account;
pub(crate) mod book;
pub(crate) mod certificate;
pub mod chart;
pub(crate) mod class;
pub(crate) mod csv;
pub(crate) mod debit_card;
pub(crate) mod division;
pub(crate) mod document;
pub(crate) mod limit;
pub(crate) mod lock;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod product;
pub(crate) mod purpose;
pub(crate) mod restriction;
pub(crate) mod slice;
pub(crate) mod statement;
pub(crate) mod usage;
pub(crate) mod verifier;
pub(crate) mod voucher;
pub mod wire;
