//! The account cloud: one ledger made of partitions.
//!
//! **Owns**: which partition an account lives in, and everything that concerns more than one. Each partition is a
//! [`ledger::Ledger`] of its own, with its journal, and in balance by itself; it knows nothing of the others.
//!
//! **Words**: an id names its partition. A *trade* is a chain of commands across partitions. A *transit account* stands in
//! one partition for all accounts of another: what left here is in its balance until it has arrived there. A *sweep*
//! finishes what a crash left under way.
//!
//! **Rules**
//! * A customer's accounts and counters live in the partition of their holder; so does everything that decides whether they
//!   may pay: floor, freeze, limits, epoch.
//! * A trade across partitions is held first, decided by one entry of one journal, and finished exactly once; `trade.rs` tells
//!   the steps. The caps of both sides are checked and charged by their own partitions.
//! * All of a trade takes effect or none of it, but not in one instant: while it is under way the payer's money is held.
//! * When nothing is under way, the transit accounts of two partitions for each other add up to zero.
//! * Where several reasons speak against a trade, those of the payer's partition come first.
//! * What ends a hold that is nowhere, or that is only a step of a trade, is malformed: no journal remembers it.
//! * An id is at most once for ever wherever its command lives; a client makes ids that stay with one payer and one chain. Of a
//!   trade that is refused, commands for partitions that were not reached are in no journal, and their ids are not spent.
//!
//! **The way of a command**: [`Cloud`] hands what lives in one partition straight to it. For the rest it plans a trade
//! (`trade.rs`, pure), and carries it through (`driver.rs`) over anything that is a [`Partitions`]: the ledgers of this
//! process, or a simulation that loses messages. What a step needs to be found again rides in its document (`note.rs`); ids
//! of steps follow from what was asked (`derived.rs`). Who makes tables of the journals reads them through [`Show`]; who copies
//! them, does so while no trade is under way ([`Cloud::pause`]).
//!
//! | a transfer | commands in journals | syncs until the answer |
//! |---|---|---|
//! | inside a partition | 1 | 1 |
//! | across two | 3: hold, credit, post | 3, one after the other |
//! | a chain across n | 2 a transfer, and 1 a post | 2 n − 1 |

mod cloud;
mod derived;
mod driver;
mod note;
mod show;
mod trade;

pub use cloud::{Cloud, OpenError, PARTITIONS_MAX, Paused, partitions_in};
pub use driver::{Driver, Partitions, Swept};
pub use show::{Show, show};
pub use trade::Class;
