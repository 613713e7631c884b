//! Numbers from a leased span against numbers that a database gives one by one.
//! `cargo xtask bench numbers [SECONDS]`; it starts a PostgreSQL server that syncs.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot run should say so and stop")]

use db::test_support::{POSTGRES_VARIABLE, TestDatabase};
use db::{Db, Engine, Migration, Room, params};
use kit::{Clock, Random, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const TAKERS: usize = 16;

/// A counter as SQLite has it; PostgreSQL has a sequence for this.
const COUNTER: &[Migration] = &[Migration {
    version: 1,
    sql: "CREATE TABLE counter (id {i64} NOT NULL PRIMARY KEY, last {i64} NOT NULL) {strict};
          INSERT INTO counter (id, last) VALUES (1, 0);",
}];
const SEQUENCE: &[Migration] = &[Migration { version: 1, sql: "CREATE SEQUENCE counter;" }];

fn main() {
    let seconds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut engines = vec![Engine::Sqlite];
    if std::env::var(POSTGRES_VARIABLE).is_ok() {
        engines.push(Engine::Postgres);
    }
    println!("| numbers to {TAKERS} takers at once | a second | ratio |");
    println!("|---|---|---|");
    for engine in engines {
        let database = runtime.block_on(TestDatabase::create(engine));
        let db = database.db();
        let migrations = if engine == Engine::Sqlite { COUNTER } else { SEQUENCE };
        let leased = runtime.block_on(async {
            db.migrate(&[numbers::room(), Room { name: "bench", migrations }]).await.unwrap();
            leased(&db, time).await
        });
        let one_by_one = runtime.block_on(one_by_one(&db, time));
        let name = if engine == Engine::Sqlite { "SQLite, a counter row" } else { "PostgreSQL, a sequence" };
        println!("| {name}, asked for each | {one_by_one:.0} | 1 |");
        println!("| leased from it in spans | {leased:.0} | {:.0} |", leased / one_by_one);
    }
}

async fn leased(db: &Db, time: Duration) -> f64 {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = numbers::start(db, &clock, &Random::system()).await.unwrap();
    let (made, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..TAKERS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..1_000 {
                        std::hint::black_box(ids.next());
                    }
                    made.fetch_add(1_000, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
    });
    made.into_inner() as f64 / began.elapsed().as_secs_f64()
}

async fn one_by_one(db: &Db, time: Duration) -> f64 {
    let (made, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let takers: Vec<_> = (0..TAKERS)
        .map(|_| {
            let (db, made) = (db.clone(), Arc::clone(&made));
            kit::spawn("taker", async move {
                while began.elapsed() < time {
                    // One statement, one round trip: as cheap as it can be asked for.
                    let sql = match db.engine() {
                        Engine::Sqlite => "UPDATE counter SET last = last + 1 WHERE id = 1",
                        Engine::Postgres => "SELECT nextval('counter')",
                    };
                    db.execute(sql, params![]).await.unwrap();
                    made.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for taker in takers {
        taker.await.unwrap();
    }
    made.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}
