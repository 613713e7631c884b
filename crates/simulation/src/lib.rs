//! The ledger on a simulated disk.
//!
//! **Owns**: a disk that forgets, tears, fails and lies ([`disk`]); a plain model of what the ledger must decide
//! ([`model`]); runs from a seed that put the real engine on that disk, step by step in one thread, and compare
//! everything it says with the model ([`run`]).
//!
//! **Rules**
//! * A seed says all: which commands come, which step is next, what fails when. The same seed is the same run.
//! * With faults that an honest disk has (stops, torn and lost unsynced writes, errors, no room), nothing that was answered may
//!   be missing and the ledger must open again. With a disk that lies, damage is found or does no harm.

pub mod disk;
mod load;
pub mod model;
mod random;
mod world;

pub use random::Random;
pub use world::{Seen, run};
