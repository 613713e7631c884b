use super::{INSERT, bare, count, migrate};
use crate::{Db, Engine, Statement, params};

fn insert(id: i64) -> Statement {
    (INSERT.into(), bare(id))
}

/// Asks for all of them at the same time; gives what each was told.
async fn all_at_once(db: &Db, all: Vec<Vec<Statement>>) -> Vec<Result<(), kit::Fault>> {
    let tasks: Vec<_> = all
        .into_iter()
        .map(|statements| {
            let db = db.clone();
            kit::spawn("caller", async move { db.execute_together(statements).await })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap().expect("the task did not panic"));
    }
    told
}

crate::engine_tests! {
    async fn many_who_write_at_once_share_a_transaction(db: Db) {
        migrate(&db).await;
        db.execute_together(vec![insert(0)]).await.unwrap();
        let before = db.statements_run();
        let told = all_at_once(&db, (1..=200).map(|id| vec![insert(id)]).collect()).await;
        assert!(told.iter().all(Result::is_ok), "{told:?}");
        assert_eq!(count(&db).await, 201);
        assert!(db.statements_run() - before < 100, "{} statements", db.statements_run() - before);
    }

    async fn who_fails_fails_alone_and_leaves_nothing(db: Db) {
        migrate(&db).await;
        db.execute_together(vec![insert(7)]).await.unwrap();
        let mut all: Vec<Vec<Statement>> = (10..30).map(|id| vec![insert(id)]).collect();
        // The second of its two statements fails.
        all.push(vec![insert(40), insert(7)]);
        let told = all_at_once(&db, all).await;
        let (last, others) = told.split_last().unwrap();
        assert!(others.iter().all(Result::is_ok), "{told:?}");
        assert!(crate::is_unique_violation(last.as_ref().unwrap_err()), "{last:?}");
        assert_eq!(count(&db).await, 21);
    }

    async fn inserts_and_changes_come_in_their_order(db: Db) {
        migrate(&db).await;
        let rename = |name: &str| ("UPDATE thing SET name = $2 WHERE id = $1".into(), params![1, name]);
        db.execute_together(vec![insert(1), rename("one"), insert(2), rename("uno")]).await.unwrap();
        let row = db.query_one("SELECT name FROM thing WHERE id = 1", params![]).await.unwrap();
        assert_eq!((row.text("name").unwrap().as_str(), count(&db).await), ("uno", 2));
    }

    async fn one_key_written_by_many_is_the_last_ones_or_theirs_alone(db: Db) {
        migrate(&db).await;
        let put = |note: i64| -> Statement {
            let sql = "INSERT INTO thing (id, name, note) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET note = excluded.note";
            (sql.into(), params![1, "key", note.to_string()])
        };
        // PostgreSQL touches no row twice in one statement; then each is written alone.
        let told = all_at_once(&db, (0..8).map(|note| vec![put(note)]).collect()).await;
        assert!(told.iter().all(Result::is_ok), "{:?}: {told:?}", db.engine());
        assert_eq!(count(&db).await, 1);
    }

    async fn who_stops_waiting_holds_up_nobody(db: Db) {
        migrate(&db).await;
        // Nobody else writes while this is open: SQLite has one writer, PostgreSQL holds the table.
        let mut held = db.begin_write(&[]).await.unwrap();
        if db.engine() == Engine::Postgres {
            held.execute("LOCK TABLE thing IN EXCLUSIVE MODE", params![]).await.unwrap();
        }
        let given_up = kit::spawn("caller", { let db = db.clone(); async move { db.execute_together(vec![insert(1)]).await } });
        tokio::task::yield_now().await;
        given_up.abort();
        let waits = kit::spawn("caller", { let db = db.clone(); async move { db.execute_together(vec![insert(2)]).await } });
        tokio::task::yield_now().await;
        held.commit().await.unwrap();
        waits.await.unwrap().unwrap().unwrap();
        let found = db.query("SELECT id FROM thing WHERE id = 2", params![]).await.unwrap();
        assert_eq!(found.len(), 1);
    }
}
