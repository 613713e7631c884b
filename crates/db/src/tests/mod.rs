//! What this room promises, on both engines.

mod backup;
mod bulk;
mod migrations;
mod opening;
mod reading_and_writing;
mod together;
mod transactions;

use crate::{Db, Migration, Room};

/// A table with a column of each type that may be missing or not.
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

const THINGS: Room = Room { name: "things", migrations: MIGRATIONS };

const INSERT: &str = "INSERT INTO thing (id, name, data, number, note) VALUES ($1, $2, $3, $4, $5)";

async fn migrate(db: &Db) {
    db.migrate(&[THINGS]).await.unwrap();
}

async fn count(db: &Db) -> i64 {
    db.query_one("SELECT count(*) AS n FROM thing", crate::params![]).await.unwrap().i64("n").unwrap()
}

/// A thing with nothing but an id and a name.
fn bare(id: i64) -> Vec<crate::Value> {
    crate::params![id, format!("thing {id}"), None::<Vec<u8>>, None::<i64>, None::<String>]
}
