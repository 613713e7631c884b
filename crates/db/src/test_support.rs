//! A fresh database for each test, on either engine.
//!
//! SQLite makes a file in a temporary folder. PostgreSQL makes a database on the server that the environment variable
//! `TONGBAO_TEST_POSTGRES` names, the URL of a superuser's connection; `cargo xtask test` starts such a server and sets it.

use crate::{Db, Engine};
use kit::{Fault, Random};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::str::FromStr;

/// The environment variable that names the PostgreSQL server of the tests.
pub const POSTGRES_VARIABLE: &str = "TONGBAO_TEST_POSTGRES";

/// A database that exists as long as this value, and its connections.
pub struct TestDatabase {
    url: String,
    db: Db,
    home: Home,
}

enum Home {
    Folder(#[allow(dead_code, reason = "dropping it removes the folder")] tempfile::TempDir),
    Server { admin: Box<PgConnectOptions>, name: String },
}

impl TestDatabase {
    /// A fresh, empty database. Panics when that is impossible, saying what to do.
    pub async fn create(engine: Engine) -> Self {
        Self::try_create(engine).await.unwrap_or_else(|fault| panic!("no {engine} database for this test: {fault}"))
    }

    async fn try_create(engine: Engine) -> Result<Self, Fault> {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
                Ok(Self { db: Db::open(&url).await?, url, home: Home::Folder(folder) })
            }
            Engine::Postgres => {
                let server = std::env::var(POSTGRES_VARIABLE).map_err(|_| {
                    Fault::new(format!(
                        "{POSTGRES_VARIABLE} is not set: run `cargo xtask test`, which starts a server, or set it to the \
                         URL of a superuser's connection such as postgres://postgres@127.0.0.1:5432/postgres"
                    ))
                })?;
                let admin = PgConnectOptions::from_str(&server)?.disable_statement_logging();
                let name = format!("tongbao_test_{:032x}", Random::system().u128());
                let mut connection = admin.connect().await?;
                let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
                connection.execute(AssertSqlSafe(create)).await?;
                connection.close().await?;
                let url = admin.clone().database(&name).to_url_lossy().to_string();
                Ok(Self { db: Db::open(&url).await?, url, home: Home::Server { admin: Box::new(admin), name } })
            }
        }
    }

    /// The URL to open it with.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A handle to it.
    pub fn db(&self) -> Db {
        self.db.clone()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Home::Server { admin, name } = &self.home else { return };
        let (admin, drop) = (admin.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // A drop cannot wait for a future on the runtime it may be running on.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = admin.connect().await?;
                connection.execute(AssertSqlSafe(drop)).await?;
                connection.close().await?;
                Ok::<_, Fault>(())
            })
        });
        if !matches!(dropping.join(), Ok(Ok(()))) {
            eprintln!("the test database {name} could not be dropped");
        }
    }
}

/// Runs a test's body with a fresh database of `engine`, on a runtime with two threads, and removes it afterwards.
pub fn run_on<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(Db) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    let database = runtime.block_on(TestDatabase::create(engine));
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(body(database.db()))));
    drop(database);
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Turns each body into two tests, `name::sqlite` and `name::postgres`, each with a fresh, empty database.
///
/// ```
/// db::engine_tests! {
///     async fn a_row_that_was_written_is_read(db: db::Db) {
///         assert_eq!(db.query_one("SELECT 7 AS n", db::params![]).await.unwrap().i64("n").unwrap(), 7);
///     }
/// }
/// ```
#[macro_export]
macro_rules! engine_tests {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: $type:ty) $body:block)*) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing of its file")]
            use super::*;

            async fn body($db: $type) $body

            #[test]
            fn sqlite() {
                $crate::test_support::run_on($crate::Engine::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::test_support::run_on($crate::Engine::Postgres, body);
            }
        }
    )* };
}
