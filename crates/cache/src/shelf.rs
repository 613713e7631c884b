//! Values of one sort: the level in this process, and the way through both.

use crate::shared::Shared;
use quick_cache::sync::Cache as Quick;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a value is believed in this process.
pub const LIVES: Duration = Duration::from_secs(30);
/// Who takes longer to read SQL keeps what it read to itself.
const SLOWEST: Duration = Duration::from_secs(10);
/// Counts of changes, so that a change of one key does not turn away readers of most others.
const STRIPES: usize = 256;

/// What can lie on a shelf.
pub trait Value: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Value for V {}

/// Values of one sort by their keys. Clones share everything.
pub struct Shelf<V> {
    inner: Arc<Inner<V>>,
}

impl<V> Clone for Shelf<V> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// What a shelf has been asked since the program started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShelfCounts {
    /// Found in this process.
    pub here: u64,
    /// Found in Redis; on a strict shelf, found here and confirmed by Redis.
    pub shared: u64,
    /// Read from SQL.
    pub loaded: u64,
    /// Forgotten because somebody changed it; on a strict shelf, how often a subject changed.
    pub forgotten: u64,
}

struct Inner<V> {
    name: &'static str,
    name_key: [u8; 32],
    values: Quick<u128, (V, Instant)>,
    /// How often something changed.
    changes: Vec<Mutex<u64>>,
    shared: Option<Arc<Shared>>,
    here: AtomicU64,
    found_shared: AtomicU64,
    loaded: AtomicU64,
    forgotten: AtomicU64,
}

/// A shelf as the cache knows it, whatever lies on it.
pub(crate) trait Level: Send + Sync {
    fn name(&self) -> &'static str;
    fn counts(&self) -> ShelfCounts;
    fn forget_here(&self, name: u128);
    fn forget_all_here(&self);
}

impl<V: Value> Shelf<V> {
    pub(crate) fn new(name: &'static str, capacity: usize, name_key: [u8; 32], shared: Option<Arc<Shared>>) -> Self {
        let inner = Inner {
            name,
            name_key,
            values: Quick::new(capacity),
            changes: (0..STRIPES).map(|_| Mutex::new(0)).collect(),
            shared,
            here: AtomicU64::new(0),
            found_shared: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn level(&self) -> Arc<dyn Level> {
        Arc::clone(&self.inner) as Arc<dyn Level>
    }

    /// The value of a key: from this process, from Redis, or as `load` reads it now. That there is none is not remembered.
    ///
    /// # Errors
    /// Those of `load`. What is wrong with Redis is none.
    pub async fn get_or_load<E>(
        &self,
        key: &str,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let inner = &self.inner;
        let name = inner.name_of(key);
        if let Some((value, until)) = inner.values.get(&name)
            && Instant::now() < until
        {
            inner.here.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(value));
        }
        let (seen, began) = (*inner.stripe(name), Instant::now());
        let version = match &inner.shared {
            Some(shared) => {
                let (version, bytes) = shared.get(name).await.unzip();
                if let Some(value) = bytes.flatten().and_then(|bytes| serde_json::from_slice::<V>(&bytes).ok()) {
                    inner.found_shared.fetch_add(1, Ordering::Relaxed);
                    inner.put(name, seen, &value);
                    return Ok(Some(value));
                }
                version
            }
            None => None,
        };
        inner.loaded.fetch_add(1, Ordering::Relaxed);
        let Some(value) = load.await? else { return Ok(None) };
        inner.put(name, seen, &value);
        if let (Some(shared), Some(version)) = (&inner.shared, version)
            && began.elapsed() < SLOWEST
            && let Ok(bytes) = serde_json::to_vec(&value)
        {
            shared.put(name, version, &bytes).await;
        }
        Ok(Some(value))
    }

    /// Forgets the value of a key, here when this returns and elsewhere as soon as they hear of it. To be called after what
    /// is behind it was changed and committed.
    pub fn forget(&self, key: &str) {
        let name = self.inner.name_of(key);
        self.inner.forget_here(name);
        if let Some(shared) = &self.inner.shared {
            shared.forget(name);
        }
    }
}

/// What a key of a shelf is called everywhere: a hash, since a key may be a person's number.
pub(crate) fn name_of(name_key: &[u8; 32], shelf: &str, key: &str) -> u128 {
    let hash = credential::seal::parts_hash(name_key, &[shelf.as_bytes(), key.as_bytes()]);
    hash.iter().take(16).fold(0, |name, byte| name << 8 | u128::from(*byte))
}

impl<V: Value> Inner<V> {
    fn name_of(&self, key: &str) -> u128 {
        name_of(&self.name_key, self.name, key)
    }

    fn stripe(&self, name: u128) -> MutexGuard<'_, u64> {
        self.changes[(name % STRIPES as u128) as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a value unless something has changed since the count was seen.
    fn put(&self, name: u128, seen: u64, value: &V) {
        let changes = self.stripe(name);
        if *changes == seen {
            self.values.insert(name, (value.clone(), Instant::now() + LIVES));
        }
    }
}

impl<V: Value> Level for Inner<V> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn counts(&self) -> ShelfCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ShelfCounts {
            here: of(&self.here),
            shared: of(&self.found_shared),
            loaded: of(&self.loaded),
            forgotten: of(&self.forgotten),
        }
    }

    fn forget_here(&self, name: u128) {
        let mut changes = self.stripe(name);
        *changes += 1;
        if self.values.remove(&name).is_some() {
            self.forgotten.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn forget_all_here(&self) {
        // One stripe after the other would let a reader of a later one put something in between: all are held.
        let mut held: Vec<MutexGuard<'_, u64>> =
            self.changes.iter().map(|stripe| stripe.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        held.iter_mut().for_each(|changes| **changes += 1);
        self.values.clear();
    }
}
