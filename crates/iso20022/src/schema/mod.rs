//! The structure of the messages: which element stands where, how often, and what its text may be.
//!
//! The tables in [`tables`] are written from the standard's public message definitions in a notation of our own, read once by
//! [`notation`]. One table serves all versions: an element may say from which **generation** to which it exists. Generations
//! are counted like the versions of `pacs.008` (2 is of 2009, 8 of 2019), and every version of every message belongs to one.

mod check;
mod kind;
mod notation;
mod simple;
mod tables;

pub(crate) use check::check;
pub use kind::Kind;
pub(crate) use kind::{NAMESPACES, identify};
pub(crate) use simple::{date, moment};
