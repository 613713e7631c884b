use crate::{Db, Migration, Room, Sql, is_unique_violation, params, placeholders};
use kit::{BankDay, Timestamp};

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    sql: "CREATE TABLE thing (
              id {i64} NOT NULL PRIMARY KEY,
              name {text} NOT NULL,
              data {bytes},
              number {i64},
              note {text}
          ) {strict};
          CREATE UNIQUE INDEX thing_name ON thing (name);",
}];

const INSERT: &str = "INSERT INTO thing (id, name, data, number, note) VALUES ($1, $2, $3, $4, $5)";

async fn migrated(db: &Db) {
    db.migrate(&[Room { name: "things", migrations: MIGRATIONS }]).await.unwrap();
}

crate::engine_tests! {
    async fn values_come_back_as_they_were_written(db: Db) {
        migrated(&db).await;
        let mut tx = db.begin_write(&[]).await.unwrap();
        tx.execute(INSERT, params![i64::MIN, "通宝 ''\"", [0u8, 255], i64::MAX, Some("note")]).await.unwrap();
        tx.execute(INSERT, params![1, String::new(), None::<Vec<u8>>, None::<i64>, None::<&str>]).await.unwrap();
        tx.commit().await.unwrap();

        let rows = db.query("SELECT * FROM thing ORDER BY id", params![]).await.unwrap();
        assert_eq!(rows[0].i64("id").unwrap(), i64::MIN);
        assert_eq!(rows[0].text("name").unwrap(), "通宝 ''\"");
        assert_eq!(rows[0].bytes("data").unwrap(), [0, 255]);
        assert_eq!(rows[0].i64("number").unwrap(), i64::MAX);
        assert_eq!(rows[0].text("note").unwrap(), "note");
        assert_eq!(rows[1].text("name").unwrap(), "");
        assert_eq!(rows[1].opt_bytes("data").unwrap(), None);
        assert_eq!(rows[1].opt_i64("number").unwrap(), None);
        assert_eq!(rows[1].opt_text("note").unwrap(), None);
        assert!(rows[1].i64("number").is_err(), "a missing value is not 0");
        assert!(rows[1].text("number").is_err(), "an integer is not text");
        assert!(rows[1].i64("nothing").is_err(), "there is no such column");
    }
}
