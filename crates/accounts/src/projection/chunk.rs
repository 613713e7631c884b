//! One step of the projections: a chunk of one partition's journal in one SQL transaction. The runner takes it in the bank, and
//! whoever wants to know what a stop between any two steps does takes it by itself.

use super::Projection;
use crate::store::projection::{self as store, Progress};
use db::Db;
use kit::{Fault, FaultContext};
use ledger::{Entry, Head, number_in};
use std::sync::Arc;

/// Entries up to a head.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The head after them.
    pub head: Head,
    /// What whole records say, one after the other.
    pub entries: Vec<Entry>,
}

/// The record of a partition from which its journal must be read on: where the projection that is furthest behind stands.
pub async fn stands_at(db: &Db, list: &[Arc<dyn Projection>], partition: u16) -> Result<u64, Fault> {
    let progress = store::all(db, &names(list, partition)).await?;
    Ok(progress.iter().map(|one| one.position).min().unwrap_or(0))
}

/// Writes a chunk that begins with the partition's record at `from`: rows and positions together, or neither if it fails. Each
/// projection gets what it has not seen yet. False, and nothing written, if one stands before `from`: it was emptied meanwhile.
pub async fn write(
    db: &Db,
    list: &[Arc<dyn Projection>],
    partition: u16,
    from: u64,
    chunk: &Chunk,
) -> Result<bool, Fault> {
    let mut tx = db.begin_write(&[store::LOCK]).await?;
    for (projection, progress) in list.iter().zip(store::all_in_tx(&mut tx, &names(list, partition)).await?) {
        if progress.position < from {
            return Ok(false);
        }
        if progress.position >= chunk.head.position {
            continue;
        }
        let fresh = chunk.entries.partition_point(|entry| number_in(entry.position).1 < progress.position);
        let project = projection.project(&mut tx, &chunk.entries[fresh..]);
        project.await.fault(format!("projecting {} from position {from}", progress.name))?;
        let done = Progress { name: progress.name, position: chunk.head.position, hash: chunk.head.hash };
        store::put(&mut tx, &done).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Empties a projection's tables and lets it begin anew, in every partition.
pub async fn clear(db: &Db, projection: &dyn Projection) -> Result<(), Fault> {
    let mut tx = db.begin_write(&[store::LOCK]).await?;
    for sql in projection.clear() {
        tx.execute(*sql, Vec::new()).await?;
    }
    store::begin_anew(&mut tx, projection.name()).await?;
    tx.commit().await
}

pub(super) fn names(list: &[Arc<dyn Projection>], partition: u16) -> Vec<String> {
    list.iter().map(|projection| store::name_in(projection.name(), partition)).collect()
}
