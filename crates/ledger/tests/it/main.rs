//! The ledger from outside: its rules, its files, and what it does when they break.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod bench_smoke;
mod damage;
mod histories;
mod kit;
mod old_journal;
mod rules;
mod verify_index;
