//! The running projections: a lane for each partition of the ledger.

use super::lane::{Common, Lane, records_to};
use super::{Projection, ProjectionError, chunk};
use crate::store::projection as store;
use cloud::Cloud;
use db::Db;
use kit::Fault;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The running projections. Clones are the same.
#[derive(Clone)]
pub struct Projections {
    inner: Arc<Inner>,
}

struct Inner {
    common: Arc<Common>,
    /// By partition.
    lanes: Vec<Arc<Lane>>,
    tasks: Mutex<Vec<JoinHandle<Option<()>>>>,
}

impl Projections {
    /// Checks how far each projection got against the journals. They do not run yet.
    ///
    /// A fault with a [`ProjectionError`] at its bottom says that SQL and journal do not belong together.
    pub async fn open(db: Db, ledger: Cloud, list: Vec<Arc<dyn Projection>>) -> Result<Self, Fault> {
        let (moving, stopping) = (tokio::sync::Mutex::new(()), watch::channel(false).0);
        let is_split = ledger.partitions().len() > 1;
        let mut tx = db.begin_read().await?;
        let known = store::positions(&mut tx).await?.into_iter().map(|(_, partition, _)| partition).max();
        tx.rollback().await?;
        if let Some(partition) = known.filter(|known| usize::from(*known) >= ledger.partitions().len()) {
            return Err(ProjectionError::PartitionMissing { partition }.into());
        }
        let common = Arc::new(Common { db, list, moving, stopping, is_split });
        let mut lanes = Vec::new();
        for partition in ledger.partitions() {
            lanes.push(Arc::new(Lane::open(common.clone(), partition.clone()).await?));
        }
        Ok(Self { inner: Arc::new(Inner { common, lanes, tasks: Mutex::default() }) })
    }

    /// Begins to follow the journals.
    pub fn start(&self) {
        let mut tasks = self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.is_empty() {
            tasks.extend(self.inner.lanes.iter().map(|lane| kit::spawn("projections", Arc::clone(lane).run())));
        }
    }

    /// Waits until every projection has seen the journal record at this position.
    pub async fn wait_for(&self, record: u64) {
        let (partition, records) = records_to(record);
        if let Some(lane) = self.inner.lanes.get(usize::from(partition)) {
            lane.wait_for(records).await;
        }
    }

    /// Waits until every projection has seen all that is durable now.
    pub async fn caught_up(&self) {
        let heads: Vec<u64> = self.inner.lanes.iter().map(|lane| lane.head()).collect();
        for (lane, head) in self.inner.lanes.iter().zip(heads) {
            lane.wait_for(head).await;
        }
    }

    /// Waits like [`Self::caught_up`], but no longer than this; says whether it was reached.
    pub async fn caught_up_within(&self, wait: Duration) -> bool {
        tokio::time::timeout(wait, self.caught_up()).await.is_ok()
    }

    /// Journal records that some projection has not seen yet.
    pub fn lag(&self) -> u64 {
        self.inner.lanes.iter().map(|lane| lane.lag()).sum()
    }

    /// For how long at most the oldest record that some projection has not seen yet has been durable, in this process.
    pub fn lag_time(&self) -> Duration {
        self.inner.lanes.iter().map(|lane| lane.lag_time()).max().unwrap_or_default()
    }

    /// Records that every projection has seen, of all partitions.
    pub fn position(&self) -> u64 {
        self.inner.lanes.iter().map(|lane| lane.position()).sum()
    }

    /// Whether the last chunk of each partition could be written.
    pub fn healthy(&self) -> bool {
        self.inner.lanes.iter().all(|lane| lane.healthy())
    }

    /// Empties a projection's tables and lets it begin anew.
    pub async fn reset(&self, name: &str) -> Result<(), Fault> {
        let Common { db, list, moving, .. } = &*self.inner.common;
        let projection = list.iter().find(|projection| projection.name() == name);
        let projection = projection.ok_or_else(|| Fault::new(format!("there is no projection {name:?}")))?;
        let _moving = moving.lock().await;
        chunk::clear(db, &**projection).await?;
        self.inner.lanes.iter().for_each(|lane| lane.begin_anew());
        Ok(())
    }

    /// Stops following the journals; a chunk that is being written is finished.
    pub async fn stop(&self) {
        self.inner.common.stopping.send_replace(true);
        let tasks = std::mem::take(&mut *self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A panic in the task was logged when it happened.
            let _ = task.await;
        }
    }
}
