//! Values that may decide something: nobody who asks after a change was answered is given what was before.
//!
//! 1. A value stands on *subjects* (a person, a customer). Each has a version, which changes when anything about it does.
//! 2. **ask** the versions: here a count; with Redis one question to it, each time.
//! 3. **believe** the value that was kept if it was read after the very same versions were asked, a moment ago.
//! 4. else **read** SQL, and keep what it says with the versions that were asked *before*: who reads slowly keeps something
//!    that nobody believes.
//!
//! Values never leave the process. Where Redis cannot be asked nothing is kept and nothing believed.

use crate::shared::Shared;
use crate::shelf::{Level, ShelfCounts, name_of};
use quick_cache::sync::Cache as Quick;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a value is believed where one program alone has the database: so late is seen what a hand changed in SQL.
pub const LIVES_STRICT: Duration = Duration::from_secs(5);
/// How long a value is believed where versions lie in Redis: so long waits who changes something and cannot say so there.
pub const LIVES_STRICT_SHARED: Duration = Duration::from_secs(2);
/// Waited for longer than a value lives, since no two clocks run alike.
const MARGIN: Duration = Duration::from_millis(100);
/// Counts of changes here. Two subjects that share one only lose what was kept.
const STRIPES: usize = 4096;

/// Values of one sort by their keys, each of which stands on `N` subjects. Clones share everything.
pub struct StrictShelf<V, const N: usize> {
    inner: Arc<Inner<V, N>>,
}

impl<V, const N: usize> Clone for StrictShelf<V, N> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// What is known of a key: on which subjects its value stands, and maybe the value.
#[derive(Clone)]
struct Entry<V, const N: usize> {
    subjects: [u128; N],
    kept: Option<Kept<V, N>>,
}

#[derive(Clone)]
struct Kept<V, const N: usize> {
    value: V,
    /// The versions of the subjects, asked before the value was read.
    versions: [u128; N],
    until: Instant,
}

struct Inner<V, const N: usize> {
    name: &'static str,
    name_key: [u8; 32],
    entries: Quick<[u8; 32], Entry<V, N>>,
    /// Versions of subjects where there is no Redis.
    versions: Vec<AtomicU64>,
    shared: Option<Arc<Shared>>,
    believed: AtomicU64,
    loaded: AtomicU64,
    changed: AtomicU64,
}

impl<V: Clone + Send + Sync + 'static, const N: usize> StrictShelf<V, N> {
    pub(crate) fn new(name: &'static str, capacity: usize, name_key: [u8; 32], shared: Option<Arc<Shared>>) -> Self {
        let inner = Inner {
            name,
            name_key,
            entries: Quick::new(capacity),
            versions: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            shared,
            believed: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
            changed: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn level(&self) -> Arc<dyn Level> {
        Arc::clone(&self.inner) as Arc<dyn Level>
    }

    /// The value of a key: the one that is kept, if `holds` says yes to it and nothing has changed, or as `load` reads it
    /// now. `subjects` says on what a value stands. That there is none is not remembered.
    ///
    /// `holds` is asked of what is kept alone: what it refuses is read again rather than refused.
    ///
    /// # Errors
    /// Those of `load`. What is wrong with Redis is none.
    pub async fn get_or_load<E>(
        &self,
        key: &[u8; 32],
        holds: impl FnOnce(&V) -> bool,
        subjects: impl FnOnce(&V) -> [String; N],
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        let inner = &self.inner;
        let (known, began) = (inner.entries.get(key), Instant::now());
        let mut asked = None;
        if let Some(entry) = known {
            asked = inner.ask(&entry.subjects).await.map(|versions| (entry.subjects, versions));
            if let (Some((_, versions)), Some(kept)) = (&asked, entry.kept)
                && kept.versions == *versions
                && Instant::now() < kept.until
                && holds(&kept.value)
            {
                inner.believed.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(kept.value));
            }
        }
        inner.loaded.fetch_add(1, Ordering::Relaxed);
        let Some(value) = load.await? else {
            inner.entries.remove(key);
            return Ok(None);
        };
        let subjects = inner.names(subjects(&value));
        // Who was not known had no versions to be asked: the next one keeps what they read.
        let kept = asked.filter(|(before, _)| *before == subjects).map(|(_, versions)| Kept {
            value: value.clone(),
            versions,
            until: began + inner.lives(),
        });
        inner.entries.insert(*key, Entry { subjects, kept });
        Ok(Some(value))
    }

    /// Tells on what the value of a new key stands, so that already the first who asks for it keeps it.
    pub fn expect(&self, key: &[u8; 32], subjects: [String; N]) {
        self.inner.entries.insert(*key, Entry { subjects: self.inner.names(subjects), kept: None });
    }

    /// To be called after something about a subject was changed and committed. From now on nothing from before is believed
    /// in this process, and nowhere once what it gives is over: when Redis has taken another version, and at the latest
    /// when whatever was kept before has lived out its time ([`LIVES_STRICT_SHARED`]).
    pub fn change(&self, subject: &str) -> impl Future<Output = ()> + Send + use<V, N> {
        let inner = &self.inner;
        let name = name_of(&inner.name_key, inner.name, subject);
        inner.stripe(name).fetch_add(1, Ordering::SeqCst);
        inner.changed.fetch_add(1, Ordering::Relaxed);
        if let Some(shared) = &inner.shared {
            shared.forget(name);
        }
        let (shared, over) = (inner.shared.clone(), Instant::now() + LIVES_STRICT_SHARED + MARGIN);
        async move {
            if let Some(shared) = shared {
                // Over in time or too late: both are what is waited for.
                let _ = tokio::time::timeout_at(over.into(), shared.told(name)).await;
            }
        }
    }
}

impl<V, const N: usize> Inner<V, N> {
    fn names(&self, subjects: [String; N]) -> [u128; N] {
        subjects.map(|subject| name_of(&self.name_key, self.name, &subject))
    }

    fn stripe(&self, name: u128) -> &AtomicU64 {
        &self.versions[(name % STRIPES as u128) as usize]
    }

    fn lives(&self) -> Duration {
        if self.shared.is_some() { LIVES_STRICT_SHARED } else { LIVES_STRICT }
    }

    /// The versions of subjects; nothing where they cannot be known.
    async fn ask(&self, subjects: &[u128; N]) -> Option<[u128; N]> {
        match &self.shared {
            Some(shared) => shared.versions(subjects).await,
            None => Some(subjects.map(|name| u128::from(self.stripe(name).load(Ordering::SeqCst)))),
        }
    }
}

impl<V: Send + Sync, const N: usize> Level for Inner<V, N> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn counts(&self) -> ShelfCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let believed = of(&self.believed);
        let (here, shared) = if self.shared.is_some() { (0, believed) } else { (believed, 0) };
        ShelfCounts { here, shared, loaded: of(&self.loaded), forgotten: of(&self.changed) }
    }

    /// Messages are too late for what decides: versions are asked each time.
    fn forget_here(&self, _: u128) {}

    fn forget_all_here(&self) {}
}
