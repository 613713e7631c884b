//! The handle: opening, reading, beginning to write.

use crate::connection::{Connection, at_most_one, running};
use crate::together::Together;
use crate::{DbError, Engine, Row, Sql, Tx, Value, params};
use kit::{Fault, FaultContext};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Postgres, Sqlite};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A database, on either engine. Clones share the connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    statements: Arc<AtomicU64>,
    pub(crate) together: Arc<Together>,
}

#[derive(Clone)]
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { writers: PgPool, readers: PgPool },
}

/// How long a request waits for a connection, or for its turn to write, before it is a fault.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long opening waits for a server that does not answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLite readers work beside the writer; more of them than this only compete for the processor.
const SQLITE_READERS: u32 = 4;

/// Connections for writing and for reading; together well under a PostgreSQL server's default of 100, so that several
/// programs fit. They are apart so that SQL which reads here and writes there is found out on both engines.
const POSTGRES_WRITERS: u32 = 8;
const POSTGRES_READERS: u32 = 12;

/// Each size in which a bulk insert is cut is a statement of its own, so the usual 100 would be a tight fit.
const STATEMENT_CACHE: usize = 500;

impl Db {
    /// Opens `sqlite:PATH` (made if missing; its folder must exist) or `postgres://user:password@host:port/database`
    /// (which must exist).
    ///
    /// # Errors
    /// [`DbError::BadUrl`], [`DbError::Unreachable`] or [`DbError::InUse`] at the bottom of the fault.
    pub async fn open(url: &str) -> Result<Self, Fault> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(Path::new(path.strip_prefix("//").unwrap_or(path))).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url).await;
        }
        let scheme = url.split(':').next().unwrap_or_default();
        Err(DbError::BadUrl { why: format!("{scheme:?} is neither sqlite: nor postgres://") }.into())
    }

    async fn open_sqlite(file: &Path) -> Result<Self, Fault> {
        if file.as_os_str().is_empty() || file == Path::new(":memory:") {
            return Err(DbError::BadUrl { why: "sqlite: needs the path of a file".to_owned() }.into());
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            // There is one writer, so only a stranger can be in the way, such as an administrator's shell.
            .busy_timeout(Duration::from_secs(2))
            .statement_cache_capacity(STATEMENT_CACHE)
            // A sort or a temporary table is kept in memory, not in files beside the data.
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let write = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // 64 MiB of pages in memory and a checkpoint each 16 MiB of log: indexes of big tables grow at random places.
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "4096")
            // After a burst the log gives its room on the disk back.
            .pragma("journal_size_limit", "67108864");
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);
        let writer =
            pool.clone().max_connections(1).connect_with(write).await.map_err(|error| sqlite_opening(file, error))?;
        let readers = pool.max_connections(SQLITE_READERS).connect_lazy_with(
            options.create_if_missing(false).pragma("query_only", "ON").pragma("cache_size", "-16384"),
        );
        Ok(Self { pools: Pools::Sqlite { writer, readers }, statements: Arc::default(), together: Arc::default() })
    }

    async fn open_postgres(url: &str) -> Result<Self, Fault> {
        let options = PgConnectOptions::from_str(url).map_err(|error| DbError::BadUrl { why: error.to_string() })?;
        // The driver is built without TLS, and says so too late and not clearly.
        if matches!(options.get_ssl_mode(), PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull) {
            let why =
                "this program is built without TLS to PostgreSQL: use a local socket, a private network or a tunnel";
            return Err(DbError::BadUrl { why: why.to_owned() }.into());
        }
        let options = options
            .ssl_mode(PgSslMode::Disable)
            .application_name("tongbao")
            .statement_cache_capacity(STATEMENT_CACHE)
            .disable_statement_logging();
        let place = format!(
            "{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or(options.get_username())
        );
        let unreachable = |why: String| DbError::Unreachable { place: place.clone(), why };
        // One connection first, so that a refused password is not hidden behind the pool's own retries.
        let first = tokio::time::timeout(OPEN_TIMEOUT, options.connect());
        let first = first.await.map_err(|_| unreachable(format!("no answer in {} s", OPEN_TIMEOUT.as_secs())))?;
        let mut first = first.map_err(|error| unreachable(plain(&error)))?;
        let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut first).await?;
        if encoding != "UTF8" {
            return Err(unreachable(format!("its encoding is {encoding}; make it with ENCODING 'UTF8'")).into());
        }
        sqlx::Connection::close(first).await?;
        let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let reading = options.clone().options([("default_transaction_read_only", "on")]);
        let writers = pool.clone().max_connections(POSTGRES_WRITERS).connect_lazy_with(options);
        let readers = pool.max_connections(POSTGRES_READERS).connect_lazy_with(reading);
        Ok(Self { pools: Pools::Postgres { writers, readers }, statements: Arc::default(), together: Arc::default() })
    }

    /// The engine below.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// How many statements this handle and its clones have sent to the database since it was opened; one that inserts many
    /// rows counts once, beginnings and commits do not count.
    pub fn statements_run(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// All rows of a query. One that writes is a fault: it belongs into a [`Tx`].
    pub async fn query(&self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let sql = sql.into();
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.reader().await? {
            Pooled::Sqlite(mut connection) => Connection::Sqlite(&mut connection).query(&sql, params).await,
            Pooled::Postgres(mut connection) => Connection::Postgres(&mut connection).query(&sql, params).await,
        }
    }

    /// The row of a query that finds at most one; two are a fault.
    pub async fn query_opt(&self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Option<Row>, Fault> {
        let sql = sql.into();
        at_most_one(self.query(sql.clone(), params).await?, &sql)
    }

    /// The row of a query that always finds exactly one, such as a count.
    pub async fn query_one(&self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<Row, Fault> {
        let sql = sql.into();
        self.query_opt(sql.clone(), params).await?.ok_or_else(|| no_row(&sql))
    }

    /// Runs one statement in a transaction of its own and says how many rows it wrote.
    pub async fn execute(&self, sql: impl Into<Sql>, params: Vec<Value>) -> Result<u64, Fault> {
        let sql = sql.into();
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                Connection::Sqlite(&mut *writer.acquire().await?).execute(&sql, params).await
            }
            Pools::Postgres { writers, .. } => {
                Connection::Postgres(&mut *writers.acquire().await?).execute(&sql, params).await
            }
        }
    }

    /// Begins a transaction that may write, holding the locks named.
    ///
    /// Two transactions that name the same lock run one after the other, on both engines: name what is read before it is
    /// written, such as `"person/138…"`. On SQLite every writing transaction is alone anyway. Do not ask for a second
    /// connection while holding one: with enough tasks doing so, all wait for each other.
    pub async fn begin_write(&self, locks: &[&str]) -> Result<Tx, Fault> {
        let statements = Arc::clone(&self.statements);
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let begun = writer.begin_with("BEGIN IMMEDIATE").await;
                Ok(Tx::sqlite(
                    begun.fault("waiting for another transaction to end, then beginning to write")?,
                    statements,
                ))
            }
            Pools::Postgres { writers, .. } => {
                let mut tx = Tx::postgres(writers.begin().await.fault("beginning to write")?, statements);
                if !locks.is_empty() {
                    tx.advisory_locks(locks).await?;
                }
                Ok(tx)
            }
        }
    }

    /// Begins a transaction that only reads, and sees one moment of the data however long it takes.
    pub async fn begin_read(&self) -> Result<Tx, Fault> {
        let statements = Arc::clone(&self.statements);
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let mut tx = Tx::sqlite(readers.begin().await.fault("beginning to read")?, statements);
                // SQLite takes the moment of the first read, PostgreSQL too: let it be now.
                tx.query("SELECT count(*) AS n FROM sqlite_schema", params![]).await?;
                Ok(tx)
            }
            Pools::Postgres { readers, .. } => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let mut tx = Tx::postgres(readers.begin_with(begin).await.fault("beginning to read")?, statements);
                tx.query("SELECT 1 AS n", params![]).await?;
                Ok(tx)
            }
        }
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.query_one("SELECT 1 AS alive", params![]).await.map(|_| ())
    }

    /// Waits until running work has ended, then closes all connections. On SQLite the log is folded into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { writers, readers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }

    async fn reader(&self) -> Result<Pooled, Fault> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Pooled::Sqlite(readers.acquire().await.fault("asking for a connection")?),
            Pools::Postgres { readers, .. } => {
                Pooled::Postgres(readers.acquire().await.fault("asking for a connection")?)
            }
        })
    }
}

enum Pooled {
    Sqlite(sqlx::pool::PoolConnection<Sqlite>),
    Postgres(sqlx::pool::PoolConnection<Postgres>),
}

impl Tx {
    /// Takes PostgreSQL's advisory locks for these names until the transaction ends, always in the same order.
    async fn advisory_locks(&mut self, names: &[&str]) -> Result<(), Fault> {
        let sql = format!(
            "SELECT count(pg_advisory_xact_lock(key)) AS held FROM \
             (SELECT DISTINCT hashtextextended(name, 0) AS key FROM (VALUES {}) AS names (name) ORDER BY key) AS keys",
            (1..=names.len()).map(|index| format!("(${index})")).collect::<Vec<_>>().join(", ")
        );
        let names = names.iter().map(|name| Value::Text((*name).to_owned())).collect();
        self.query(Sql::assembled(sql), names).await.fault("waiting for a lock")?;
        Ok(())
    }
}

pub(crate) fn no_row(sql: &Sql) -> Fault {
    Fault::new("no row where exactly one was expected").context(running(sql))
}

fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn sqlite_opening(file: &Path, error: sqlx::Error) -> Fault {
    let place = file.display().to_string();
    let busy = |code: &str| code.parse::<i32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6));
    match &error {
        sqlx::Error::Database(inner) if inner.code().is_some_and(|code| busy(&code)) => DbError::InUse { place }.into(),
        _ => DbError::Unreachable { place, why: plain(&error) }.into(),
    }
}
