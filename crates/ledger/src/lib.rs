//! The account engine: a deterministic state machine over a write-ahead journal.
//!
//! **Owns**: accounts, holders' security epochs, limit counters, holds, and every movement of money; the journal
//! that is the one source of truth about them; snapshots and an index derived from it.
//!
//! **Words**: a *command* carries a client-made id and is decided at most once for ever; its *outcome* is final
//! the moment it is answered. A *transfer* moves money from a debit to a credit account, at once or as a *hold*
//! that is later *posted*, *voided*, or expires by a *tick*. A *chain* takes effect wholly or not at all. A
//! *document* rides along unread.
//!
//! **Rules**
//! * Same id and body: the stored outcome. Same id, another body: a conflict that names the field.
//! * Every id that reached the journal is spent, refusals included; a refusal moves no money, hold or counter.
//! * Balance, freeze, limits, epoch and posting are decided in one atomic step.
//! * Settings (bounds, caps, freezes) can stand in a chain, so that a set of limits is swapped for another in one step.
//! * An answer leaves only when its batch is durable, and a read never shows what is not.
//!
//! **Where to look**: [`model`](crate) for the pure decisions (`model/state.rs`, and [`Reason`] for their order),
//! `journal/` for the files, `engine.rs` for the threads and the phases of a command, `recovery.rs` for what
//! happens at a start, `verify.rs` for the checker.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use ledger::{Action, Command, CommandId, Ledger, Options};
//! let options = Options::new(std::sync::Arc::new(|_, time_ms| kit::BankDay((time_ms / 86_400_000) as i32)));
//! let ledger = Ledger::open(std::path::Path::new("data"), options)?;
//! let command = Command { id: CommandId(1), time_ms: 0, action: Action::OpenHolder, document: Vec::new() };
//! println!("{:?}", ledger.execute(command).await?.outcome);
//! ledger.close().await;
//! # Ok(())
//! # }
//! ```

mod copy;
pub mod disk;
mod engine;
mod index;
mod journal;
mod ledger;
pub mod machine;
mod map;
mod model;
mod recovery;
mod snapshot;
mod threads;
mod verify;

pub use copy::copy;
pub use journal::{Damage, Head};
pub use ledger::{Answer, BankDays, Batch, Decisions, Ledger, MANY_MAX, Options, Pending, Reader, Size, SubmitError};
pub use model::state::EXPIRE_MAX;
pub use model::types::*;
pub use recovery::OpenError;
pub use verify::{Report, verify};
