//! Seeds that are run at every change, and a real ledger that is killed.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod every_bit;
mod killed;
mod seeds;
