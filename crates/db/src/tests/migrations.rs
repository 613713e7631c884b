use super::{INSERT, MIGRATIONS, THINGS, bare, count};
use crate::{Db, DbError, Migration, Room, params};

const SECOND: Migration = Migration { version: 2, sql: "ALTER TABLE thing ADD COLUMN colour {text};" };
const LATER: Room = Room { name: "things", migrations: &[MIGRATIONS[0], SECOND] };
const OTHER: Room = Room {
    name: "others",
    migrations: &[Migration {
        version: 1,
        sql: "CREATE TABLE other (
                  id {i64} NOT NULL PRIMARY KEY,
                  thing {i64} NOT NULL REFERENCES thing (id)
              ) {clustered};",
    }],
};

crate::engine_tests! {
    async fn tables_move_forward_and_keep_their_rows(db: Db) {
        assert!(db.schema_versions().await.unwrap().is_empty());
        db.migrate(&[THINGS]).await.unwrap();
        db.execute(INSERT, bare(1)).await.unwrap();
        db.migrate(&[THINGS]).await.unwrap();
        db.migrate(&[LATER, OTHER]).await.unwrap();
        db.execute("UPDATE thing SET colour = $1", params!["red"]).await.unwrap();
        db.execute("INSERT INTO other (id, thing) VALUES (1, 1)", params![]).await.unwrap();
        assert!(db.execute("INSERT INTO other (id, thing) VALUES (2, 9)", params![]).await.is_err(), "references hold");
        let versions: Vec<_> = db.schema_versions().await.unwrap().into_iter().collect();
        assert_eq!(versions, [("others".to_owned(), 1), ("things".to_owned(), 2)]);
        assert_eq!(count(&db).await, 1);
    }

    async fn data_of_a_newer_program_is_refused(db: Db) {
        db.migrate(&[LATER]).await.unwrap();
        let fault = db.migrate(&[THINGS]).await.unwrap_err();
        let newer = DbError::NewerSchema { room: "things".to_owned(), found: 2, known: 1 };
        assert_eq!(DbError::of(&fault), Some(&newer));
        assert!(fault.to_string().contains("newer version of this program"), "{fault}");
    }

    async fn an_edited_migration_is_refused(db: Db) {
        db.migrate(&[THINGS]).await.unwrap();
        let spaced = MIGRATIONS[0].sql.replace("NOT NULL,", "NOT NULL  ,").replace("  ,", ",\n");
        let spaced = Migration { version: 1, sql: spaced.leak() };
        db.migrate(&[Room { name: "things", migrations: vec![spaced].leak() }]).await.unwrap();
        let edited = Migration { version: 1, sql: MIGRATIONS[0].sql.replace("note", "remark").leak() };
        let fault = db.migrate(&[Room { name: "things", migrations: vec![edited].leak() }]).await.unwrap_err();
        assert_eq!(DbError::of(&fault), Some(&DbError::EditedMigration { room: "things".to_owned(), version: 1 }));
    }

    async fn a_failing_migration_leaves_nothing_behind(db: Db) {
        let wrong = Migration { version: 2, sql: "CREATE INDEX thing_nothing ON thing (nothing);" };
        let room = Room { name: "things", migrations: vec![MIGRATIONS[0], wrong].leak() };
        let fault = db.migrate(&[OTHER_FIRST, room]).await.unwrap_err();
        assert!(fault.to_string().contains("migration 2 of things"), "{fault}");
        assert!(db.schema_versions().await.unwrap().is_empty());
        assert!(db.query("SELECT id FROM thing", params![]).await.is_err());
        db.migrate(&[LATER]).await.unwrap();
    }

    async fn two_programs_may_start_at_once(db: Db) {
        let (one, other) = (db.clone(), db.clone());
        let (one, other) = tokio::join!(one.migrate(&[LATER, OTHER]), other.migrate(&[LATER, OTHER]));
        one.unwrap();
        other.unwrap();
    }

    async fn steps_are_numbered_without_a_gap(db: Db) {
        let gap = Room { name: "things", migrations: vec![MIGRATIONS[0], Migration { version: 3, ..SECOND }].leak() };
        assert!(db.migrate(&[gap]).await.is_err());
    }

    async fn what_one_engine_reads_differently_is_refused(db: Db) {
        for sql in [
            "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY) {strict}",
            "CREATE TABLE a (id {i64} NOT NULL PRIMARY KEY, name TEXT) {strict}",
            "CREATE TABLE a (id {i64} NOT NULL PRIMARY KEY)",
            "CREATE TABLE a (id {i32} NOT NULL PRIMARY KEY) {strict}",
        ] {
            let room = Room { name: "a", migrations: vec![Migration { version: 1, sql }].leak() };
            assert!(db.migrate(&[room]).await.is_err(), "{sql}");
        }
        let sql = "-- A TEXT in a comment, isn't it?
                   CREATE TABLE a (id {i64} NOT NULL PRIMARY KEY, text {text} NOT NULL DEFAULT 'TEXT {x}') {strict}";
        let room = Room { name: "a", migrations: vec![Migration { version: 1, sql }].leak() };
        db.migrate(&[room]).await.unwrap();
    }
}

const OTHER_FIRST: Room = Room {
    name: "first",
    migrations: &[Migration { version: 1, sql: "CREATE TABLE first (id {i64} NOT NULL PRIMARY KEY) {strict}" }],
};
