//! One step of the projections: a chunk of the journal in one SQL transaction. The runner takes it in the bank, and whoever
//! wants to know what a stop between any two steps does takes it by itself.

use super::Projection;
use crate::store::projection::{self as store, Progress};
use db::Db;
use kit::{Fault, FaultContext};
use ledger::{Entry, Head};
use std::sync::Arc;

/// Entries up to a head.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The head after them.
    pub head: Head,
    /// What whole records say, one after the other.
    pub entries: Vec<Entry>,
}

/// The record from which the journal must be read on: where the projection that is furthest behind stands.
pub async fn stands_at(db: &Db, list: &[Arc<dyn Projection>]) -> Result<u64, Fault> {
    let progress = store::all(db, &names(list)).await?;
    Ok(progress.iter().map(|one| one.position).min().unwrap_or(0))
}

/// Writes a chunk that begins with the record at `from`: rows and positions together, or neither if it fails. Each projection
/// gets what it has not seen yet. False, and nothing written, if one stands before `from`: it was emptied meanwhile.
pub async fn write(db: &Db, list: &[Arc<dyn Projection>], from: u64, chunk: &Chunk) -> Result<bool, Fault> {
    let mut tx = db.begin_write(&[store::LOCK]).await?;
    for progress in store::all_in_tx(&mut tx, &names(list)).await? {
        if progress.position < from {
            return Ok(false);
        }
        if progress.position >= chunk.head.position {
            continue;
        }
        let fresh = chunk.entries.partition_point(|entry| entry.position < progress.position);
        let projection = list.iter().find(|projection| projection.name() == progress.name);
        let projection = projection.ok_or_else(|| Fault::new("a projection has no writer"))?;
        let project = projection.project(&mut tx, &chunk.entries[fresh..]);
        project.await.fault(format!("projecting {} from position {from}", progress.name))?;
        let done = Progress { name: progress.name, position: chunk.head.position, hash: chunk.head.hash };
        store::put(&mut tx, &done).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Empties a projection's tables and lets it begin anew.
pub async fn clear(db: &Db, projection: &dyn Projection) -> Result<(), Fault> {
    let mut tx = db.begin_write(&[store::LOCK]).await?;
    for sql in projection.clear() {
        tx.execute(*sql, Vec::new()).await?;
    }
    let nothing = Progress { name: projection.name(), position: 0, hash: [0; 32] };
    store::put(&mut tx, &nothing).await?;
    tx.commit().await
}

pub(super) fn names(list: &[Arc<dyn Projection>]) -> Vec<&'static str> {
    list.iter().map(|projection| projection.name()).collect()
}
