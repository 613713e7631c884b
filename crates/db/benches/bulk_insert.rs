//! How many rows a second a bulk insert writes. `cargo bench -p db`, with `TONGBAO_TEST_POSTGRES` set for PostgreSQL too.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot run should say so and stop")]

use db::test_support::{POSTGRES_VARIABLE, TestDatabase};
use db::{Db, Engine, Migration, Room, Value, params};
use std::time::Instant;

const ROWS: i64 = 1_000_000;
/// Rows of one transaction: a projection that keeps up writes few, one that catches up writes many.
const BATCHES: [i64; 2] = [10_000, 50_000];

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    sql:
        "CREATE TABLE narrow (id {i64} NOT NULL PRIMARY KEY, amount_minor {i64} NOT NULL, code {i64} NOT NULL) {strict};
          CREATE TABLE movement (
              account {i64} NOT NULL, sequence {i64} NOT NULL, amount_minor {i64} NOT NULL,
              balance_after_minor {i64} NOT NULL, time_ms {i64} NOT NULL, bank_day {i64} NOT NULL, code {i64} NOT NULL,
              reference {text}, counterparty {i64} NOT NULL,
              PRIMARY KEY (account, sequence)
          ) {clustered};
          CREATE TABLE movement_heap (
              account {i64} NOT NULL, sequence {i64} NOT NULL, amount_minor {i64} NOT NULL,
              balance_after_minor {i64} NOT NULL, time_ms {i64} NOT NULL, bank_day {i64} NOT NULL, code {i64} NOT NULL,
              reference {text}, counterparty {i64} NOT NULL,
              PRIMARY KEY (account, sequence)
          ) {strict};",
}];

const NARROW: &str = "INSERT INTO narrow (id, amount_minor, code) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const MOVEMENT: &str = "INSERT INTO movement (account, sequence, amount_minor, balance_after_minor, time_ms, bank_day, \
                        code, reference, counterparty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
const MOVEMENT_HEAP: &str = "INSERT INTO movement_heap (account, sequence, amount_minor, balance_after_minor, time_ms, \
                             bank_day, code, reference, counterparty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                             ON CONFLICT DO NOTHING";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut engines = vec![Engine::Sqlite];
    if std::env::var(POSTGRES_VARIABLE).is_ok() {
        engines.push(Engine::Postgres);
    }
    for engine in engines {
        for batch in BATCHES {
            let database = runtime.block_on(TestDatabase::create(engine));
            runtime.block_on(measure(&database.db(), batch));
        }
    }
}

async fn measure(db: &Db, batch: i64) {
    let room = Room { name: "bench", migrations: MIGRATIONS };
    db.migrate(&[room]).await.unwrap();
    // Accounts are hit at random, as payments do: 50,000 of them.
    let account = |row: i64| (row.wrapping_mul(0x5851_F42D_4C95_7F2D) >> 40).rem_euclid(50_000);
    let movement = |row: i64| {
        let reference = format!("order-{row:012}");
        params![
            account(row),
            row,
            1_250,
            987_650,
            1_522_512_000_000_i64 + row,
            17_622,
            7,
            reference,
            50_000 + row % 1_000
        ]
    };
    run(db, batch, "narrow", NARROW, |row| params![row, 1_250, 7]).await;
    run(db, batch, "movement", MOVEMENT, movement).await;
    run(db, batch, "movement, heap", MOVEMENT_HEAP, movement).await;

    let start = Instant::now();
    let mut dump = Vec::new();
    let rows = db.dump(&mut dump).await.unwrap();
    report(db, "dump", rows, start);
    let target = TestDatabase::create(db.engine()).await;
    let start = Instant::now();
    target.db().restore(&mut dump.as_slice(), &[room]).await.unwrap();
    report(db, "restore", rows, start);
}

async fn run(db: &Db, batch: i64, name: &str, sql: &'static str, row: impl Fn(i64) -> Vec<Value>) {
    let start = Instant::now();
    for first in (0..ROWS).step_by(batch as usize) {
        let rows = (first..first + batch).map(&row).collect();
        let mut tx = db.begin_write(&[]).await.unwrap();
        assert_eq!(tx.bulk_insert(sql, rows).await.unwrap(), batch.unsigned_abs());
        tx.commit().await.unwrap();
    }
    report(db, &format!("{name}, {batch} a transaction"), ROWS.unsigned_abs(), start);
}

fn report(db: &Db, name: &str, rows: u64, start: Instant) {
    let rate = rows as f64 / start.elapsed().as_secs_f64();
    println!("{:<10} {name:<36} {rate:>9.0} rows/s", db.engine().to_string());
}
