//! Money: amounts, currencies, rounding, and splitting a total without losing a cent.
//!
//! An [`Amount`] is a whole number of a [`Currency`]'s smallest unit (分 for CNY, yen for JPY), so money never meets a
//! float. Text becomes an amount in one place, [`Amount::parse`], which is strict; an amount becomes text in four forms:
//!
//! | form | example | for |
//! |---|---|---|
//! | [`Amount::plain`] | `-12846.30` | APIs, files, logs |
//! | [`Amount::grouped`] | `−12,846.30` | pages |
//! | [`Amount::signed_grouped`] | `+12,846.30` | movements on pages |
//! | [`Amount::words_zh`] | 人民币壹万贰仟捌佰肆拾陆元叁角整 | receipts and vouchers |
//!
//! Arithmetic that could leave 64 bits, or mix two currencies, answers `None`: the caller decides what that means.

mod amount;
mod currency;
mod format;
mod parse;
mod rounding;
mod split;
mod wire;
mod words;

pub use amount::Amount;
pub use currency::Currency;
pub use parse::AmountError;
pub use rounding::Rounding;
pub use wire::AmountWire;
