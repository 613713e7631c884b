//! The ledger on a simulated disk.
//!
//! **Owns**: a disk that forgets, tears, fails and lies ([`disk`]); a plain model of what the ledger must decide
//! ([`model`]); runs from a seed that put the real engine on that disk, step by step in one thread, and compare
//! everything it says with the model; in one seed of eight, the bank's very projections in SQL that follow that journal through
//! stops of their own (`books.rs`); and runs of several partitions, whose trades go through while messages are lost and
//! machines stop ([`run`]).
//!
//! **Rules**
//! * A seed says all: which commands come, which step is next, what fails when. The same seed is the same run.
//! * With faults that an honest disk has (stops, torn and lost unsynced writes, errors, no room), nothing that was answered may
//!   be missing and the ledger must open again. With a disk that lies, damage is found or does no harm.

mod books;
pub mod disk;
mod load;
pub mod model;
mod office;
mod random;
mod small;
mod threads;
mod trades;
mod world;

pub use random::Random;
pub use threads::run_threads;
pub use world::Seen;

/// Runs a seed to its end: one ledger, then several partitions. Says what was wrong.
pub fn run(seed: u64) -> Result<Seen, String> {
    let mut seen = world::run(seed)?;
    seen.add(trades::run(seed)?);
    Ok(seen)
}
