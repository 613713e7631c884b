//! People, the customers they are or act for, their passwords and their sessions.
//!
//! * A **person** (自然人) is reached by a mobile number, which is also the sign-in name.
//! * A **customer** (客户) is the relation of a person or an organisation with an institution. Accounts belong to
//!   customers, never to sign-ins.
//! * A **mandate** (授权) lets a person act for a customer: the owner for now; parents, accountants and approvers will be
//!   further roles.
//! * A **session** (会话) is what a sign-in opens: 256 random bits, of which the bank keeps only the hash. It ends when it is
//!   idle, when its time is over, when its owner signs out, and when the mandate ends.
//!
//! Rules: before sign-in nothing tells whether a number is registered, neither words nor work; failed tries slow down
//! the next one by at most five minutes; hashing is bounded, so that nobody can keep the bank busy with passwords.
//!
//! Absent: the security epoch, which the ledger keeps with the customer's holder; codes by text message, devices and
//! stronger factors.

mod migrations;
mod model;
mod service;
mod store;

pub use model::customer::{CustomerKind, CustomerName, CustomerSeed, MandateRole, NewPerson, Person};
pub use model::mobile::Mobile;
pub use model::name::{NAME_MAX, Name};
pub use model::password::{PASSWORD_MAX, PASSWORD_MIN};
pub use model::session::{Acting, Session, SessionKind};
pub use service::session::{SessionToken, SignedIn};
pub use store::STATEMENTS;

use db::Db;
use kit::{Clock, Fault, IdMaker, Random};
use service::hasher::Hasher;
use std::sync::Arc;

kit::typed_id!(
    /// A person.
    PersonId
);
kit::typed_id!(
    /// A customer of an institution.
    CustomerId
);
kit::typed_id!(
    /// A session; not secret.
    SessionId
);

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "passport", migrations: migrations::MIGRATIONS }
}

/// What a bank may set.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The institution whose customers register here.
    pub institution: u16,
    /// A session unused for so long is over, in milliseconds.
    pub idle_ms: i64,
    /// A session is over after so long whatever happens, in milliseconds.
    pub session_ms: i64,
    /// Memory of one password hash in KiB (OWASP's password storage cheat sheet: 19 MiB with 2 passes).
    pub argon_memory_kib: u32,
    /// Passes of one password hash.
    pub argon_passes: u32,
    /// Hashes computed at once.
    pub hashes_at_once: usize,
    /// Sign-ins that may wait for a hash; beyond that they are refused.
    pub hashes_waiting: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            institution: 1,
            idle_ms: 15 * 60_000,
            session_ms: 12 * 3_600_000,
            argon_memory_kib: 19 * 1024,
            argon_passes: 2,
            hashes_at_once: std::thread::available_parallelism().map_or(1, usize::from),
            hashes_waiting: 64,
        }
    }
}

impl Rules {
    /// The same rules with a password hash that costs next to nothing.
    pub fn for_tests() -> Self {
        Self { argon_memory_kib: 8, argon_passes: 1, ..Self::default() }
    }
}

/// The passport service. Clones share everything.
#[derive(Clone)]
pub struct Passport {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    random: Random,
    ids: Arc<IdMaker>,
    hasher: Hasher,
    rules: Rules,
}

impl Passport {
    /// A service over an open, migrated database.
    pub fn try_new(
        db: Db,
        clock: Arc<dyn Clock>,
        random: Random,
        ids: Arc<IdMaker>,
        rules: Rules,
    ) -> Result<Self, Fault> {
        let hasher = Hasher::try_new(&rules, random.clone())?;
        Ok(Self { inner: Arc::new(Inner { db, clock, random, ids, hasher, rules }) })
    }
}
