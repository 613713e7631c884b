use super::{INSERT, bare, count, migrate};
use crate::{Db, Engine, is_transient, params};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Waits for all of them, which run at the same time.
async fn all_at_once<F: Future<Output = ()> + Send + 'static>(tasks: impl Iterator<Item = F>) {
    let running: Vec<_> = tasks.map(|task| kit::spawn("race", task)).collect();
    for task in running {
        task.await.unwrap().expect("the task did not panic");
    }
}

async fn number(db: &Db) -> i64 {
    db.query_one("SELECT number FROM thing WHERE id = 1", params![]).await.unwrap().i64("number").unwrap()
}

crate::engine_tests! {
    async fn what_is_not_committed_never_was(db: Db) {
        migrate(&db).await;
        let mut dropped = db.begin_write(&[]).await.unwrap();
        dropped.execute(INSERT, bare(1)).await.unwrap();
        drop(dropped);
        let mut rolled_back = db.begin_write(&[]).await.unwrap();
        rolled_back.execute(INSERT, bare(2)).await.unwrap();
        rolled_back.rollback().await.unwrap();
        let mut committed = db.begin_write(&[]).await.unwrap();
        committed.execute(INSERT, bare(3)).await.unwrap();
        assert_eq!(count(&db).await, 0, "others do not see it before");
        assert_eq!(committed.query_one("SELECT id FROM thing", params![]).await.unwrap().i64("id").unwrap(), 3);
        committed.commit().await.unwrap();
        assert_eq!(count(&db).await, 1);
    }

    async fn a_transaction_with_a_failed_statement_commits_nothing(db: Db) {
        migrate(&db).await;
        let mut tx = db.begin_write(&[]).await.unwrap();
        tx.execute(INSERT, bare(1)).await.unwrap();
        assert!(tx.execute(INSERT, bare(1)).await.is_err());
        assert!(tx.execute(INSERT, bare(2)).await.is_err(), "nothing more can be done in it");
        assert!(tx.commit().await.is_err());
        assert_eq!(count(&db).await, 0);
    }

    async fn a_transaction_with_an_abandoned_statement_commits_nothing(db: Db) {
        migrate(&db).await;
        let mut tx = db.begin_write(&[]).await.unwrap();
        tx.execute(INSERT, bare(1)).await.unwrap();
        let long = "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 300000)
                    SELECT count(*) AS n FROM up";
        let abandoned = tokio::time::timeout(Duration::from_millis(1), tx.query(long, params![])).await;
        assert!(abandoned.is_err());
        assert!(tx.commit().await.is_err());
        assert_eq!(count(&db).await, 0);
        db.execute(INSERT, bare(1)).await.unwrap();
    }

    async fn a_named_lock_lets_one_in_at_a_time(db: Db) {
        migrate(&db).await;
        db.execute(INSERT, params![1, "counter", None::<Vec<u8>>, 0, None::<&str>]).await.unwrap();
        all_at_once((0..20).map(|task| {
            let db = db.clone();
            async move {
                // Two names in two orders: taken in a fixed order, they cannot lock each other out.
                let names = if task % 2 == 0 { ["person/1", "person/2"] } else { ["person/2", "person/1"] };
                let mut tx = db.begin_write(&names).await.unwrap();
                let row = tx.query_one("SELECT number FROM thing WHERE id = 1", params![]).await.unwrap();
                tokio::task::yield_now().await;
                let next = row.i64("number").unwrap() + 1;
                tx.execute("UPDATE thing SET number = $1 WHERE id = 1", params![next]).await.unwrap();
                tx.commit().await.unwrap();
            }
        }))
        .await;
        assert_eq!(number(&db).await, 20);
    }

    async fn a_locked_row_lets_one_in_at_a_time(db: Db) {
        migrate(&db).await;
        db.execute(INSERT, params![1, "counter", None::<Vec<u8>>, 0, None::<&str>]).await.unwrap();
        all_at_once((0..20).map(|_| {
            let db = db.clone();
            async move {
                let mut tx = db.begin_write(&[]).await.unwrap();
                let row = tx.query_one("SELECT number FROM thing WHERE id = $1 {lock}", params![1]).await.unwrap();
                tokio::task::yield_now().await;
                let next = row.i64("number").unwrap() + 1;
                tx.execute("UPDATE thing SET number = $1 WHERE id = 1", params![next]).await.unwrap();
                tx.commit().await.unwrap();
            }
        }))
        .await;
        assert_eq!(number(&db).await, 20);
    }

    async fn a_reading_transaction_sees_one_moment(db: Db) {
        migrate(&db).await;
        db.execute(INSERT, bare(1)).await.unwrap();
        let mut reading = db.begin_read().await.unwrap();
        db.execute(INSERT, bare(2)).await.unwrap();
        let sql = "SELECT count(*) AS n FROM thing";
        assert_eq!(reading.query_one(sql, params![]).await.unwrap().i64("n").unwrap(), 1);
        db.execute(INSERT, bare(3)).await.unwrap();
        assert_eq!(reading.query_one(sql, params![]).await.unwrap().i64("n").unwrap(), 1);
        drop(reading);
        assert_eq!(count(&db).await, 3);
    }

    async fn what_follows_a_commit_is_done_whatever_becomes_of_who_asked(db: Db) {
        migrate(&db).await;
        let done = Arc::new(AtomicU64::new(0));
        let begin = async || {
            let (mut tx, done) = (db.begin_write(&[]).await.unwrap(), Arc::clone(&done));
            tx.after_commit(move || {
                done.fetch_add(1, Ordering::SeqCst);
            });
            tx
        };
        drop(begin().await);
        begin().await.rollback().await.unwrap();
        let mut broken = begin().await;
        assert!(broken.execute("nonsense", params![]).await.is_err());
        assert!(broken.commit().await.is_err());
        assert_eq!(done.load(Ordering::SeqCst), 0, "nothing was committed");
        begin().await.commit().await.unwrap();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        // Given up at once, or in the middle of it.
        for round in 0..20 {
            let mut tx = begin().await;
            tx.execute(INSERT, bare(round)).await.unwrap();
            let _ = tokio::time::timeout(Duration::from_micros(round as u64 * 20), tx.commit()).await;
        }
        let all_done = async {
            while count(&db).await < 20 || done.load(Ordering::SeqCst) < 21 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), all_done).await.expect("what follows each commit is done");
    }

    async fn an_answer_waits_for_what_it_was_told_to_wait_for(db: Db) {
        migrate(&db).await;
        let gate = Arc::new(Notify::new());
        let begin = async || {
            let (mut tx, gate) = (db.begin_write(&[]).await.unwrap(), Arc::clone(&gate));
            tx.execute(INSERT, bare(1)).await.unwrap();
            tx.after_commit_wait(move || async move { gate.notified().await });
            tx
        };
        let waits = begin().await.commit_early().await.unwrap();
        assert_eq!(count(&db).await, 1, "it is committed");
        gate.notify_one();
        waits.over().await;
        db.execute("DELETE FROM thing", params![]).await.unwrap();
        let tx = begin().await;
        let answer = kit::spawn("who asks", async move { tx.commit().await });
        while count(&db).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!answer.is_finished(), "committed, and not answered");
        gate.notify_one();
        answer.await.unwrap().unwrap().unwrap();
    }

    async fn readers_do_not_wait_for_the_writer(db: Db) {
        migrate(&db).await;
        let mut tx = db.begin_write(&["a"]).await.unwrap();
        tx.execute(INSERT, bare(1)).await.unwrap();
        for _ in 0..50 {
            assert_eq!(count(&db).await, 0);
        }
        tx.commit().await.unwrap();
        assert_eq!(count(&db).await, 1);
    }
}

#[test]
fn a_deadlock_may_be_tried_again() {
    // SQLite has one writer, so this can only happen on PostgreSQL.
    crate::test_support::run_on(Engine::Postgres, async |db: Db| {
        migrate(&db).await;
        for id in 1..=2 {
            db.execute(INSERT, bare(id)).await.unwrap();
        }
        let update = "UPDATE thing SET number = 1 WHERE id = $1";
        let mut one = db.begin_write(&[]).await.unwrap();
        let mut other = db.begin_write(&[]).await.unwrap();
        for tx in [&mut one, &mut other] {
            tx.execute("SET LOCAL deadlock_timeout = '20ms'", params![]).await.unwrap();
        }
        one.execute(update, params![1]).await.unwrap();
        other.execute(update, params![2]).await.unwrap();
        let (first, second) = tokio::join!(one.execute(update, params![2]), async {
            let outcome = other.execute(update, params![1]).await;
            drop(other);
            outcome
        });
        let fault = first.err().or(second.err()).expect("one of them gives way");
        assert!(is_transient(&fault), "{fault}");
        // The survivor still holds its rows, and a duplicate would wait for it.
        one.rollback().await.unwrap();
        let duplicate = db.execute(INSERT, bare(1)).await.unwrap_err();
        assert!(!is_transient(&duplicate));
    });
}

/// Futures of this room are awaited inside web handlers, which move between threads.
#[allow(dead_code, reason = "that it compiles is the test")]
fn futures_are_send(db: &'static Db) {
    fn send(_: impl Send) {}
    send(async move {
        let mut tx = db.begin_write(&["a"]).await?;
        tx.query_opt("SELECT 1 AS n", params![]).await?;
        tx.bulk_insert(INSERT, vec![]).await?;
        tx.commit().await?;
        db.query("SELECT 1 AS n", params![]).await?;
        db.migrate(&[]).await?;
        db.dump(&mut Vec::new()).await?;
        db.restore(&mut &b""[..], &[]).await?;
        Ok::<_, kit::Fault>(())
    });
}
