//! Two levels of cache for read models (数据操作二级缓存): in this process, and shared through Redis when several nodes run.
//!
//! A room keeps a [`Shelf`] for each read model: it asks [`Shelf::get_or_load`] and says how to read the model from SQL, and
//! whoever writes those rows calls [`Shelf::forget`] after the commit, best by `db::Tx::after_commit`. What decides whether
//! somebody is let in lies on a [`StrictShelf`].
//!
//! # What may lie here
//! On a [`Shelf`]: what people are shown and how they are found, such as a payee's name or which accounts a customer has. Its
//! values may be a moment old on another node, so nothing that decides may lie there. On a [`StrictShelf`]: what lets somebody
//! in, the row of a session. **Never on either**: money, balances, what is used of a limit, security epochs, proofs. The ledger
//! and SQL are asked for those each time.
//!
//! # Why nothing old stays on a shelf
//! * **In this process**: a reader takes the shelf's count of changes before it reads SQL and puts its value in only if
//!   the count is still the same, under the same lock under which [`Shelf::forget`] counts and removes. So who reads slowly
//!   cannot put an old value back, and after `forget` returns nobody here sees one.
//! * **In Redis**: a value lies there under the *version* of its key, which the reader saw before it read SQL. To forget is
//!   to set another version, a random one; a value of another version is not there. Until Redis has taken the new version,
//!   this node does not ask Redis for the key at all.
//! * **On other nodes**: the same step publishes the key, and each node forgets it. Who was not listening forgets everything
//!   when it listens again.
//! * **At the latest** when its time is over: [`LIVES`] here, [`LIVES_SHARED`] in Redis.
//!
//! Other nodes may show an old value for the moment that a message takes, and for [`LIVES`] if Redis loses it.
//!
//! # Why nothing old is believed from a strict shelf
//! A value is kept in the process that read it and is believed only while the versions of all that it stands on are the ones
//! that were asked before it was read. Versions are counts in the process, or lie in Redis and are asked there each time. Who
//! changes something has the answer wait for [`StrictShelf::change`]: until Redis has taken another version, or until every
//! value that was read before is too old to be believed anywhere ([`LIVES_STRICT_SHARED`]). So whoever asks after that answer
//! is told what is so, whichever of the nodes, Redis and the ways between them is away. Only a Redis that takes a version and
//! loses it (a fail-over to a copy behind) can make it late, by [`LIVES_STRICT_SHARED`]. Without Redis one program alone may
//! have the database.
//!
//! # Without Redis
//! Redis is never waited for longer than [`PATIENCE`]. When it is away, the log says so once, `/metrics` shows it, and reading
//! goes on from SQL; when it is back, what changed in between is forgotten there before it is asked again.
//!
//! # What Redis sees
//! Nothing that it could read or change: names of keys are hashes under a key, values are sealed under one and bound to name
//! and version. Without TLS, since nothing of use is on the way; the password in the address is, so keep to a private network.

mod shared;
mod shelf;
mod strict;

pub use shared::{LIVES_SHARED, PATIENCE};
pub use shelf::{LIVES, Shelf, ShelfCounts};
pub use strict::{LIVES_STRICT, LIVES_STRICT_SHARED, StrictShelf};

use kit::{Fault, Random};
use shared::Shared;
use shelf::Level;
use std::sync::{Arc, PoisonError, RwLock};

/// The caches of a program. Clones share everything.
#[derive(Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

struct Inner {
    shelves: RwLock<Vec<Arc<dyn Level>>>,
    shared: Option<Arc<Shared>>,
    /// Names of keys are hashes under it.
    name_key: [u8; 32],
}

impl Cache {
    /// In this process alone.
    pub fn local() -> Self {
        Self { inner: Arc::new(Inner { shelves: RwLock::default(), shared: None, name_key: [0; 32] }) }
    }

    /// Shared through the Redis server at `redis://[user:password@]host[:port][/database]` with all programs that have
    /// the same key. The server need not be there yet.
    ///
    /// # Errors
    /// An address that is none.
    pub fn shared(url: &str, key: &[u8; 32], random: &Random) -> Result<Self, Fault> {
        let derived = |what: &[u8]| credential::seal::parts_hash(key, &[b"tongbao cache v1", what]);
        let shared = Arc::new(Shared::open(url, derived(b"values"), random)?);
        let inner = Arc::new(Inner {
            shelves: RwLock::default(),
            shared: Some(Arc::clone(&shared)),
            name_key: derived(b"names"),
        });
        shared.start(Arc::downgrade(&inner));
        Ok(Self { inner })
    }

    /// A shelf for up to so many values of one sort. Its name is seen in metrics, and says to other nodes what is meant: a
    /// value that is written differently takes another name.
    pub fn shelf<V: shelf::Value>(&self, name: &'static str, capacity: usize) -> Shelf<V> {
        let shelf = Shelf::new(name, capacity, self.inner.name_key, self.inner.shared.clone());
        self.inner.shelves.write().unwrap_or_else(PoisonError::into_inner).push(shelf.level());
        shelf
    }

    /// A shelf for up to so many values of one sort that may decide, each of which stands on `N` subjects.
    pub fn strict<V: Clone + Send + Sync + 'static, const N: usize>(
        &self,
        name: &'static str,
        capacity: usize,
    ) -> StrictShelf<V, N> {
        let shelf = StrictShelf::new(name, capacity, self.inner.name_key, self.inner.shared.clone());
        self.inner.shelves.write().unwrap_or_else(PoisonError::into_inner).push(shelf.level());
        shelf
    }

    /// As [`Shelf::forget`] of the shelf of this name, for who writes rows and does not read them.
    pub fn forget(&self, shelf: &str, key: &str) {
        let name = shelf::name_of(&self.inner.name_key, shelf, key);
        self.inner.forget_here(name);
        if let Some(shared) = &self.inner.shared {
            shared.forget(name);
        }
    }

    /// What each shelf has been asked.
    pub fn counts(&self) -> Vec<(&'static str, ShelfCounts)> {
        let shelves = self.inner.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.iter().map(|shelf| (shelf.name(), shelf.counts())).collect()
    }

    /// Whether Redis is there; none where there shall be none.
    pub fn is_shared(&self) -> Option<bool> {
        self.inner.shared.as_ref().map(|shared| shared.is_up())
    }
}

impl Inner {
    /// Another node has changed what is behind this name.
    fn forget_here(&self, name: u128) {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(|shelf| shelf.forget_here(name));
    }

    /// Messages may have been missed.
    fn forget_all_here(&self) {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(|shelf| shelf.forget_all_here());
    }
}
