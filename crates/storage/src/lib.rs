//! What a ledger stands on, and what knows nothing of accounts: files, numbers as bytes, a journal, sorted runs.
//!
//! **Owns**: the [`disk`] trait with the operating system's files behind it, so that a simulation can put in its place a
//! disk that forgets, tears and lies; the formats of [`journal`] and [`run`]; the form of numbers in all of them
//! ([`bytes`]).
//!
//! **Rules**
//! * What is read is checked: every page, record, header and slot has a checksum, and a record the hash of the one before.
//!   Bytes that are not as they were written are an error with their place, never another answer.
//! * Nothing here decides what damage means: a torn tail that may be cut and a lost answer that must be refused look
//!   alike to a file. Whoever opens a journal tells them apart by its head file.
//! * No threads but those that a caller brings, no clock, no random numbers.

pub mod bytes;
pub mod disk;
pub mod journal;
pub mod run;
