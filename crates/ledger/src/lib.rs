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
//! **The way of a command** (the threads are in `threads.rs`, the deciding in `engine.rs`)
//!
//! | phase | who | what | what it costs |
//! |---|---|---|---|
//! | queue | caller | a bounded queue, call order; full is *busy* | a lock and a wake-up; one for thousands with [`Ledger::submit_many`] |
//! | prefetch | engine | is the id known? which hold? which bank day? | a hash in a table in memory; a filter a run of the index for ids that are not in order |
//! | apply | engine | every check, then the change | two accounts of one cache line each, a counter for each limit |
//! | encode | engine | the entry, its checksum | about 120 bytes with a document of 64 |
//! | durable | writer | one write and sync for all that gathered, then the head file | two syncs a batch, however large |
//! | answer | writer | leaves only now, reads too | a wake-up |
//! | index | index | 24 bytes a sequence; ids that filled a table are sorted and written | beside the way; nobody waits unless it is 64 batches behind |
//!
//! While one batch syncs, the next one fills: under load batches grow by themselves, without a timer.
//!
//! **Files** (in the folder of a ledger; formats are told where they are written; `storage` is the room of that name, which
//! knows no account)
//!
//! | what | where | truth or copy |
//! |---|---|---|
//! | `journal/*.seg` | `storage::journal`; what is in an entry: `model/codec.rs` | the truth: commands, what was looked up, outcomes; each record with the hash of the one before |
//! | `journal/head` | `storage::journal::head` | the truth: how far answers have left, in two slots |
//! | `snapshots/*.snap` | `snapshot.rs` | a copy of the state, so that a start replays only what came after |
//! | `index/` | `index/mod.rs`, `storage::run` | a copy: where each command lies, which ids are spent, the way back in each history |
//!
//! **Promises**: an answered command is in the journal once, with the outcome that was answered; what was not answered is
//! there at most once; damage up to the head is refused with its place, what was torn beyond is cut. On which
//! assumptions, and what happens for each kind of damage, is in `docs/durability.md`.
//!
//! **Where to look**: [`model`](crate) for the pure decisions (`model/state.rs`, and [`Reason`] for their order),
//! `index/` and `snapshot.rs` for the copies, `engine.rs` for deciding, `threads.rs` for who does what, `recovery.rs` for what
//! happens at a start, `verify.rs` for the checker, [`machine`] for the same without threads, [`disk`] for what all of it
//! stands on, `storage::journal` for the journal itself. `examples/two_accounts.rs` uses it from outside.
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
mod engine;
mod entries;
mod index;
mod ledger;
pub mod machine;
mod map;
mod model;
mod recovery;
mod snapshot;
mod threads;
mod verify;

pub use copy::copy;
pub use engine::differing_field;
pub use index::check::IndexReport;
pub use ledger::{
    Answer, BankDays, Batch, Decisions, Ledger, MANY_MAX, Options, Pending, Reader, Size, SubmitError, check_form,
};
pub use model::codec::{put_commands, put_refusal, take_commands, take_refusal};
pub use model::state::EXPIRE_MAX;
pub use model::types::*;
pub use recovery::{OpenError, is_partition_folder, partition_folder};
pub use storage::disk;
pub use storage::journal::{Damage, Head};
pub use verify::{Report, verify};
