//! The ledger from outside: its rules, its files, and what it does when they break.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod bench_smoke;
mod damage;
mod kit;
mod rules;
mod simulation;
