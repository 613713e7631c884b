//! The rows by which sessions are let in, as they are remembered, and the one way to change what they say.
//!
//! Every statement that ends a session or changes what [`session::by_token`] reads of one goes through [`Living::execute`]:
//! then nobody is let in by what was before, here or on another node, once the commit is answered.
//! `tests/living.rs` knows all statements that write these tables, and fails when there is another.

use super::session;
use crate::model::session::Session;
use crate::{CustomerId, PersonId};
use cache::{Cache, StrictShelf};
use db::{Db, Tx, Value};
use kit::{Fault, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Sessions that are remembered at most.
const CAPACITY: usize = 100_000;

/// The rows that are remembered, by the hash of the token. Each stands on its person and the customer they act for, which
/// never change.
pub(crate) struct Living {
    shelf: StrictShelf<Row, 2>,
}

/// Of whom a statement changes what rows say.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// Of sessions of this person.
    Person(PersonId),
    /// Of sessions in which somebody acts for this customer.
    Customer(CustomerId),
}

/// A row as it was read, but for when the session was last used: this process writes that, and knows it.
#[derive(Clone)]
pub(crate) struct Row {
    session: Arc<Session>,
    last_seen: Arc<AtomicI64>,
}

impl Row {
    fn new(session: Session) -> Self {
        let last_seen = Arc::new(AtomicI64::new(session.last_seen.as_ms()));
        Self { session: Arc::new(session), last_seen }
    }

    pub(crate) fn session(&self) -> Session {
        Session { last_seen: Timestamp(self.last_seen.load(Ordering::Relaxed)), ..Session::clone(&self.session) }
    }

    /// Its use was written down.
    pub(crate) fn seen(&self, now: Timestamp) {
        self.last_seen.fetch_max(now.as_ms(), Ordering::Relaxed);
    }
}

impl Living {
    pub(crate) fn new(cache: &Cache) -> Self {
        Self { shelf: cache.strict("session", CAPACITY) }
    }

    /// The row of a token, if it has one that lets in. A row that is remembered but no longer `holds` by the clock is read
    /// again: it may have been used on another node.
    pub(crate) async fn find(
        &self,
        db: &Db,
        token_hash: &[u8; 32],
        holds: impl FnOnce(&Session) -> bool,
    ) -> Result<Option<Row>, Fault> {
        let holds = |row: &Row| holds(&row.session());
        let subjects = |row: &Row| subjects(row.session.person, row.session.customer);
        let load = async { Ok(session::by_token(db, token_hash).await?.map(Row::new)) };
        self.shelf.get_or_load(token_hash, holds, subjects, load).await
    }

    /// A session was opened: already the first look at it is remembered.
    pub(crate) fn expect(&self, token_hash: &[u8; 32], person: PersonId, customer: CustomerId) {
        self.shelf.expect(token_hash, subjects(person, customer));
    }

    /// Runs a statement that ends sessions or changes what their rows say, and has the commit tell it everywhere before it is
    /// answered. Gives how many rows it wrote.
    pub(crate) async fn execute(
        &self,
        tx: &mut Tx,
        whose: Whose,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, Fault> {
        let (shelf, subject) = (self.shelf.clone(), whose.subject());
        tx.after_commit_wait(move || shelf.change(&subject));
        tx.execute(sql, params).await
    }
}

impl Whose {
    fn subject(self) -> String {
        match self {
            Self::Person(id) => format!("person/{id}"),
            Self::Customer(id) => format!("customer/{id}"),
        }
    }
}

fn subjects(person: PersonId, customer: CustomerId) -> [String; 2] {
    [Whose::Person(person).subject(), Whose::Customer(customer).subject()]
}
