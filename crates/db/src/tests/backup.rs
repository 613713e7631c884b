use super::{INSERT, MIGRATIONS, THINGS, bare, count, migrate};
use crate::test_support::TestDatabase;
use crate::{Db, DbError, Engine, Migration, Room, params};
use kit::Fault;

/// Names sort before the tables that they refer to, so that a restore meets the reference first.
const LINKS: Room = Room {
    name: "links",
    migrations: &[Migration {
        version: 1,
        sql: "CREATE TABLE a_link (
                  code {text} NOT NULL,
                  part {i64} NOT NULL,
                  thing {i64} NOT NULL REFERENCES thing (id),
                  PRIMARY KEY (code, part)
              ) {clustered};
              CREATE TABLE tree (id {bytes} NOT NULL PRIMARY KEY, parent {bytes} REFERENCES tree (id)) {strict};
              INSERT INTO thing (id, name) VALUES (-1, 'made by the migration');",
    }],
};

/// More rows than one page of a dump.
async fn fill(db: &Db) {
    db.migrate(&[THINGS, LINKS]).await.unwrap();
    let mut tx = db.begin_write(&[]).await.unwrap();
    tx.execute("UPDATE thing SET name = 'renamed' WHERE id = -1", params![]).await.unwrap();
    tx.execute(INSERT, params![1, "通宝 \"\n'", [0u8, 255, 16], i64::MIN, ""]).await.unwrap();
    tx.bulk_insert(INSERT, (2..12_000).map(bare).collect()).await.unwrap();
    let links = (0..10_001).map(|index| params![format!("code {}", index % 7), index, index % 100 + 1]);
    tx.bulk_insert("INSERT INTO a_link (code, part, thing) VALUES ($1, $2, $3)", links.collect()).await.unwrap();
    // A child sorts before its parent.
    tx.execute("INSERT INTO tree (id, parent) VALUES ($1, $2)", params![[9u8], None::<Vec<u8>>]).await.unwrap();
    tx.execute("INSERT INTO tree (id, parent) VALUES ($1, $2)", params![[1u8], [9u8]]).await.unwrap();
    tx.commit().await.unwrap();
}

const ROWS: u64 = 12_000 + 10_001 + 2;

async fn dump(db: &Db) -> String {
    let mut out = Vec::new();
    db.dump(&mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn restore(db: &Db, dump: &str) -> Result<u64, Fault> {
    db.restore(&mut dump.as_bytes(), &[THINGS, LINKS]).await
}

#[test]
fn a_dump_moves_between_engines_and_stays_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let source = TestDatabase::create(Engine::Sqlite).await;
        fill(&source.db()).await;
        let first = dump(&source.db()).await;
        for engine in [Engine::Postgres, Engine::Sqlite] {
            let target = TestDatabase::create(engine).await;
            assert_eq!(restore(&target.db(), &first).await.unwrap(), ROWS);
            assert!(dump(&target.db()).await == first, "restored on {engine}, the dump is another");
            let dangling = "INSERT INTO a_link (code, part, thing) VALUES ('x', 1, 99999)";
            assert!(target.db().execute(dangling, params![]).await.is_err(), "references are checked again");
            target.db().migrate(&[THINGS, LINKS]).await.unwrap();
        }
    });
}

crate::engine_tests! {
    async fn a_damaged_dump_restores_nothing(db: Db) {
        let engine = db.engine();
        let source = TestDatabase::create(engine).await;
        migrate(&source.db()).await;
        for id in 1..=3 {
            source.db().execute(INSERT, bare(id)).await.unwrap();
        }
        let whole = dump(&source.db()).await;
        let lines: Vec<&str> = whole.lines().collect();
        assert_eq!(lines.len(), 6, "{whole}");
        let damaged = [
            String::new(),
            "{}\n".to_owned(),
            whole.replace("\"format\":1", "\"format\":2"),
            lines[..5].join("\n") + "\n",
            whole.trim_end().to_owned(),
            [&lines[..3], &lines[4..]].concat().join("\n") + "\n",
            whole.replace("{\"rows\":3}", "{\"rows\":4}"),
            whole.replace("\"table\":\"thing\"", "\"table\":\"thing; DROP TABLE thing\""),
            whole.replace("\"note\"", "\"remark\""),
            whole.replace("[2,", "[\"2\","),
            whole.replace("[2,", "[1,"),
            whole.replace("[2,", "["),
        ];
        for text in damaged {
            assert!(restore(&db, &text).await.is_err(), "{text}");
            assert!(db.schema_versions().await.unwrap().is_empty());
        }
        let fault = restore(&db, &whole.replace("[2,", "[\"2\",")).await.unwrap_err().to_string();
        assert!(fault.contains("line 4"), "{fault}");
        assert_eq!(restore(&db, &whole).await.unwrap(), 3);
        assert!(restore(&db, &whole).await.is_err(), "only into an empty database");
    }

    async fn an_old_dump_is_restored_and_then_migrated(db: Db) {
        let source = TestDatabase::create(db.engine()).await;
        migrate(&source.db()).await;
        source.db().execute(INSERT, bare(1)).await.unwrap();
        let old = dump(&source.db()).await;
        let later = Migration { version: 2, sql: "ALTER TABLE thing ADD COLUMN colour {text};" };
        let later = Room { name: "things", migrations: vec![MIGRATIONS[0], later].leak() };
        db.restore(&mut old.as_bytes(), &[later]).await.unwrap();
        db.migrate(&[later]).await.unwrap();
        assert_eq!(db.query("SELECT colour FROM thing", params![]).await.unwrap().len(), 1);

        let fresh = TestDatabase::create(db.engine()).await;
        let fault = restore(&fresh.db(), &dump(&db).await).await.unwrap_err();
        assert!(matches!(DbError::of(&fault), Some(DbError::NewerSchema { found: 2, known: 1, .. })), "{fault}");
    }

    async fn a_dump_shows_one_moment_while_work_goes_on(db: Db) {
        fill(&db).await;
        let writer = db.clone();
        let writing = kit::spawn("writing", async move {
            // Each transaction adds a pair, so that an odd count would betray a torn view.
            for pair in 0..100_i64 {
                let mut tx = writer.begin_write(&[]).await.unwrap();
                tx.execute(INSERT, bare(20_000 + 2 * pair)).await.unwrap();
                tx.execute(INSERT, bare(20_001 + 2 * pair)).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        for _ in 0..3 {
            let text = dump(&db).await;
            let end: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            assert_eq!((end["rows"].as_u64().unwrap() - ROWS) % 2, 0);
        }
        writing.await.unwrap().expect("no panic");
    }
}

#[test]
fn a_copied_file_is_a_whole_database() {
    crate::test_support::run_on(Engine::Sqlite, async |db: Db| {
        fill(&db).await;
        let writer = db.clone();
        let writing = kit::spawn("writing", async move {
            for id in 20_000..20_200 {
                writer.execute(INSERT, bare(id)).await.unwrap();
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it's a copy.sqlite");
        db.backup_to(&file).await.unwrap();
        assert!(db.backup_to(&file).await.is_err(), "nothing is overwritten");
        writing.await.unwrap().expect("no panic");
        let copy = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        copy.migrate(&[THINGS, LINKS]).await.unwrap();
        assert!((12_000..=12_200).contains(&count(&copy).await));
    });
}
