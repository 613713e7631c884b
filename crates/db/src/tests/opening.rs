use super::{INSERT, bare, count, migrate};
use crate::test_support::TestDatabase;
use crate::{Db, DbError, Engine};

async fn trouble(url: &str) -> DbError {
    let fault = Db::open(url).await.err().unwrap_or_else(|| panic!("{url} was opened"));
    DbError::of(&fault).unwrap_or_else(|| panic!("{fault}")).clone()
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

#[test]
fn a_url_that_names_no_database_is_refused() {
    block_on(async {
        for url in ["", "mysql://localhost/x", "data.sqlite", "sqlite:", "sqlite::memory:", "postgres://[", "postgres"]
        {
            assert!(matches!(trouble(url).await, DbError::BadUrl { .. }), "{url}");
        }
        let encrypted = trouble("postgres://user:secret@localhost/x?sslmode=require").await.to_string();
        assert!(encrypted.contains("without TLS") && !encrypted.contains("secret"), "{encrypted}");
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing/data.sqlite");
        let trouble_of = async |path: &std::path::Path| trouble(&format!("sqlite:{}", path.display())).await;
        assert!(
            matches!(trouble_of(&missing).await, DbError::Unreachable { place, .. } if place.ends_with("data.sqlite"))
        );
        let other = folder.path().join("other");
        std::fs::write(&other, "a text of some length that is no database of ours at all").unwrap();
        assert!(matches!(trouble_of(&other).await, DbError::Unreachable { why, .. } if why.contains("not a database")));
    });
}

#[test]
fn a_file_held_by_another_is_told_from_a_broken_one() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.sqlite");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .locking_mode(sqlx::sqlite::SqliteLockingMode::Exclusive);
        let mut holder = sqlx::ConnectOptions::connect(&options).await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (x INTEGER)").execute(&mut holder).await.unwrap();
        let place = file.display().to_string();
        assert_eq!(trouble(&format!("sqlite:{place}")).await, DbError::InUse { place });
    });
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    block_on(async {
        // Nothing listens on port 1.
        let trouble = trouble("postgres://user:secret@127.0.0.1:1/bank").await;
        let DbError::Unreachable { place, .. } = &trouble else { panic!("{trouble}") };
        assert_eq!(place, "127.0.0.1:1/bank");
        assert!(!trouble.to_string().contains("secret"));
    });
}

#[test]
fn a_database_that_the_server_lacks_is_named() {
    block_on(async {
        let database = TestDatabase::create(Engine::Postgres).await;
        let trouble = trouble(&database.url().replace("tongbao_test_", "tongbao_lacking_")).await.to_string();
        assert!(trouble.contains("does not exist"), "{trouble}");
    });
}

#[test]
fn what_was_written_is_there_when_opened_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        block_on(async {
            let database = TestDatabase::create(engine).await;
            let db = database.db();
            migrate(&db).await;
            db.execute(INSERT, bare(1)).await.unwrap();
            db.close().await;
            assert!(db.ping().await.is_err());
            let again = Db::open(database.url()).await.unwrap();
            assert_eq!((again.engine(), count(&again).await), (engine, 1));
            again.ping().await.unwrap();
        });
    }
}

#[test]
fn sqlite_keeps_what_it_has_committed_through_a_loss_of_power() {
    crate::test_support::run_on(Engine::Sqlite, async |db: Db| {
        let mut tx = db.begin_write(&[]).await.unwrap();
        let mut pragma = async |text: &'static str, column: &str| {
            let row = tx.query_one(text, crate::params![]).await.unwrap();
            row.i64(column).map_or_else(|_| row.text(column).unwrap(), |number| number.to_string())
        };
        assert_eq!(pragma("PRAGMA journal_mode", "journal_mode").await, "wal");
        assert_eq!(pragma("PRAGMA synchronous", "synchronous").await, "2", "FULL");
        assert_eq!(pragma("PRAGMA foreign_keys", "foreign_keys").await, "1");
    });
}
