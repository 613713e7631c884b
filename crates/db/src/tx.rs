//! Transactions.

use crate::connection::{Connection, at_most_one};
use crate::{Engine, Row, Sql, Value};
use kit::{Fault, FaultContext};
use sqlx::{Postgres, Sqlite, Transaction};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A transaction. Dropped without [`Tx::commit`] it is rolled back.
///
/// After a statement failed, or was given up while it ran, nothing of the transaction can be committed: PostgreSQL
/// knows no other way, and SQLite follows it here so that a caller cannot come to rely on the difference.
pub struct Tx {
    inner: Inner,
    broken: bool,
    statements: Arc<AtomicU64>,
    after_commit: Vec<Work>,
}

/// What is done right after a commit; the answer waits for what it gives.
type Work = Box<dyn FnOnce() -> Option<Wait> + Send>;
type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the answer to whoever asked for a commit has to wait for. To be awaited before somebody is told that it is done.
#[must_use = "the answer waits for it"]
pub struct Waits(Vec<Wait>);

impl Waits {
    /// Waits for everything.
    pub async fn over(self) {
        // They began when the commit ended, so one after the other takes no longer than the longest.
        for wait in self.0 {
            wait.await;
        }
    }
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Inner {
    async fn commit(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
        .fault("committing")
    }
}

impl Tx {
    pub(crate) fn sqlite(tx: Transaction<'static, Sqlite>, statements: Arc<AtomicU64>) -> Self {
        Self { inner: Inner::Sqlite(tx), broken: false, statements, after_commit: Vec::new() }
    }

    pub(crate) fn postgres(tx: Transaction<'static, Postgres>, statements: Arc<AtomicU64>) -> Self {
        Self { inner: Inner::Postgres(tx), broken: false, statements, after_commit: Vec::new() }
    }

    /// The engine below.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows of a query.
    pub async fn query(&mut self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let sql = sql.into();
        let connection = self.start_statement()?;
        let rows = connection.query(&sql, params).await?;
        self.broken = false;
        Ok(rows)
    }

    /// The row of a query that finds at most one; two are a fault.
    pub async fn query_opt(&mut self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Option<Row>, Fault> {
        let sql = sql.into();
        at_most_one(self.query(sql.clone(), params).await?, &sql)
    }

    /// The row of a query that always finds exactly one, such as a count.
    pub async fn query_one(&mut self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Row, Fault> {
        let sql = sql.into();
        self.query_opt(sql.clone(), params).await?.ok_or_else(|| crate::database::no_row(&sql))
    }

    /// Runs a statement and says how many rows it wrote.
    pub async fn execute(&mut self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<u64, Fault> {
        let sql = sql.into();
        let connection = self.start_statement()?;
        let affected = connection.execute(&sql, params).await?;
        self.broken = false;
        Ok(affected)
    }

    /// Runs a script of several statements without parameters, such as a migration.
    pub(crate) async fn script(&mut self, text: String) -> Result<(), Fault> {
        self.start_statement()?.script(text).await?;
        self.broken = false;
        Ok(())
    }

    /// Makes everything done so far durable and visible, or nothing of it, and waits for what the answer has to wait for
    /// ([`Tx::after_commit_wait`]).
    ///
    /// A fault means that nothing was committed, with one exception: when the connection to a server breaks in the very
    /// moment, the outcome is unknown and the caller has to look.
    pub async fn commit(self) -> Result<(), Fault> {
        self.commit_early().await?.over().await;
        Ok(())
    }

    /// As [`Tx::commit`], for who has more to do that is urgent: gives what is to be waited for before anybody is told.
    pub async fn commit_early(self) -> Result<Waits, Fault> {
        if self.broken {
            return Err(Fault::new("a statement of this transaction failed, so nothing of it was committed"));
        }
        let (inner, works) = (self.inner, self.after_commit);
        if works.is_empty() {
            return inner.commit().await.map(|()| Waits(Vec::new()));
        }
        // Who stops waiting in the middle must not leave a commit behind that nobody was told of.
        let all = kit::spawn("committing", async move {
            let committed = inner.commit().await;
            let waits: Vec<Wait> = works.into_iter().filter_map(|work| work()).collect();
            committed.map(|()| Waits(waits))
        });
        all.await.ok().flatten().unwrap_or_else(|| Err(Fault::new("committing was given up")))
    }

    /// Has something done as soon as the transaction is committed, before [`Tx::commit`] returns: forgetting what was
    /// remembered of the rows that it writes. It is done as well when it is unknown whether a commit succeeded, and when who
    /// asked for the commit stops waiting for it; not when nothing can have been committed.
    pub fn after_commit(&mut self, work: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(move || {
            work();
            None
        }));
    }

    /// The same, and [`Tx::commit`] does not say that it is done before what `work` gives is over.
    pub fn after_commit_wait<F>(&mut self, work: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.after_commit.push(Box::new(move || Some(Box::pin(work()))));
    }

    /// Gives up everything done in the transaction, and waits until that has happened.
    pub async fn rollback(self) -> Result<(), Fault> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await,
        }
        .fault("rolling back")
    }

    /// Marks the transaction as broken until the statement has ended well: its future may be dropped half-way.
    pub(crate) fn start_statement(&mut self) -> Result<Connection<'_>, Fault> {
        if self.broken {
            return Err(Fault::new("an earlier statement of this transaction failed; begin anew"));
        }
        self.broken = true;
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => Connection::Sqlite(tx),
            Inner::Postgres(tx) => Connection::Postgres(tx),
        })
    }

    pub(crate) fn end_statement(&mut self) {
        self.broken = false;
    }
}
