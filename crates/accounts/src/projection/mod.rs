//! Projections: tables that repeat what the journal says in a form that can be searched.
//!
//! Phases of a chunk, and what each costs:
//!
//! 1. **read** (a blocking thread): up to [`CHUNK_ENTRIES`] durable entries, while the chunk before is being written;
//! 2. **begin**: one SQL transaction, which reads every projection's position, so that one that was reset meanwhile is seen;
//! 3. **project**: each projection gets the entries at or after its own position and writes its rows in bulk;
//! 4. **commit**: rows and positions together. A crash leaves both or neither.
//!
//! Each partition of the ledger is followed by itself, with positions of its own; its entries are shown as they were asked for
//! ([`cloud::Show`]). Where a row depends on another partition's, the projection must take them in any order.
//!
//! SQL that is behind the journal catches up. SQL that is ahead of it, or that was fed from another journal, is refused
//! at start: its rows speak of money that never moved here.

mod account;
mod book;
pub mod chunk;
pub(crate) mod facts;
mod lane;
mod movement;
mod runner;
mod voucher;

pub use facts::Known;
pub use runner::Projections;

use crate::model::slice::Slicing;
use cache::Cache;
use cloud::Cloud;
use db::Tx;
use facts::AccountFacts;
use kit::Fault;
use ledger::Entry;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future that may cross threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Most entries of one SQL transaction, but for the last batch of the journal in it.
pub(crate) const CHUNK_ENTRIES: usize = 25_000;

/// Tables built from the journal alone.
pub trait Projection: Send + Sync + 'static {
    /// Its name, for ever: its position is remembered under it.
    fn name(&self) -> &'static str;

    /// The statements that empty its tables.
    fn clear(&self) -> &'static [&'static str];

    /// Writes what these entries of one partition mean. Called once for each entry, in its partition's order; what it did is
    /// undone if it fails.
    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>>;
}

/// The projections of this room. The general ledger is cut into slices as `slicing` says; what they change is forgotten
/// in the cache.
pub fn projections(ledger: &Cloud, slicing: &Slicing, cache: &Cache) -> Vec<Arc<dyn Projection>> {
    projections_of(Arc::new(ledger.clone()), slicing, cache)
}

/// The same of whatever knows what a ledger knows.
pub fn projections_of(known: Arc<dyn Known>, slicing: &Slicing, cache: &Cache) -> Vec<Arc<dyn Projection>> {
    let facts = AccountFacts::shared(known);
    vec![
        Arc::new(account::AccountProjection::new(cache)),
        Arc::new(movement::MovementProjection { facts: facts.clone() }),
        Arc::new(book::BookProjection { facts: facts.clone() }),
        Arc::new(voucher::VoucherProjection { facts, slicing: slicing.clone() }),
    ]
}

/// How far each projection had got in the moment that this transaction sees: name, partition, records of its journal.
pub async fn positions(tx: &mut Tx) -> Result<Vec<(String, u16, u64)>, Fault> {
    crate::store::projection::positions(tx).await
}

/// Why the tables cannot be used with this journal; it lies at the bottom of a [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectionError {
    /// SQL has seen more than the journal holds: the journal is older than SQL, as after restoring only one of them.
    AheadOfJournal {
        /// Which projection, with its partition if that is not the first.
        name: String,
        /// Records that it has seen.
        position: u64,
        /// Records that there are.
        head: u64,
    },
    /// SQL has seen a partition of the ledger that is not there.
    PartitionMissing {
        /// The last that SQL has seen.
        partition: u16,
    },
    /// SQL was fed from another journal.
    OtherJournal {
        /// Which projection, with its partition if that is not the first.
        name: String,
        /// Records that it has seen.
        position: u64,
    },
}

impl ProjectionError {
    /// The trouble at the bottom of a fault, if it is one of these.
    pub fn of(fault: &Fault) -> Option<&Self> {
        fault.cause()?.downcast_ref()
    }
}

impl fmt::Display for ProjectionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AheadOfJournal { name, position, head } => write!(
                out,
                "the database is ahead of the journal: {name} has seen {position} records, the journal has {head}; \
                 restore both from one backup"
            ),
            Self::PartitionMissing { partition } => write!(
                out,
                "the database knows partition {partition} of the ledger, and the data folder does not have so many; \
                 put its folders back, there is money in each"
            ),
            Self::OtherJournal { name, position } => write!(
                out,
                "the database belongs to another journal: the record before position {position}, which {name} has \
                 seen, is a different one here"
            ),
        }
    }
}

impl std::error::Error for ProjectionError {}
