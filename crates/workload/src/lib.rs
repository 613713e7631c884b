//! Made-up work for the ledger, and what it measures.
//!
//! **Owns**: `tongbao ledger bench`: clients that pay as fast as they are answered, and the figures of a run.
//!
//! **Rules**
//! * The engine runs as the bank runs it: durable answers, ids at most once, floors checked, the index on, snapshots.
//! * What is random comes from a fixed seed: the same options give the same commands of each client.
//! * The time of opening accounts is not counted; the time of making commands is.

mod figures;
mod mix;
mod run;

pub use figures::Figures;
pub use run::{Args, Ids, run};
