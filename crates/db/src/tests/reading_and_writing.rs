use super::{INSERT, bare, count, migrate};
use crate::{Db, Engine, Sql, ToValue, Value, is_unique_violation, params, placeholders};
use kit::{BankDay, Timestamp};

crate::engine_tests! {
    async fn values_come_back_as_they_were_written(db: Db) {
        migrate(&db).await;
        let full = params![i64::MIN, "通宝 ''\"", [0u8, 255], i64::MAX, Some("note")];
        assert_eq!(db.execute(INSERT, full).await.unwrap(), 1);
        let bare = params![1, String::new(), None::<Vec<u8>>, None::<i64>, None::<&str>];
        assert_eq!(db.execute(INSERT, bare).await.unwrap(), 1);

        let rows = db.query("SELECT id, name, data, number, note FROM thing ORDER BY id", params![]).await.unwrap();
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
        assert!(rows[0].text("number").is_err(), "an integer is not text");
        assert!(rows[0].i64("note").is_err(), "text is not an integer");
        assert!(rows[1].i64("nothing").is_err(), "there is no such column");
    }

    async fn whole_numbers_of_every_kind_are_read(db: Db) {
        migrate(&db).await;
        for (id, number) in [(1, i64::MAX - 10), (2, 7), (3, 3), (4, 0)] {
            db.execute(INSERT, params![id, format!("{id}"), None::<Vec<u8>>, number, None::<&str>]).await.unwrap();
        }
        let sql = "SELECT count(*) AS n, sum(number) AS s, -sum(number) AS m, sum(number) FILTER (WHERE id > 9) AS none,
                          max(number) AS top, sum(0) AS zero, 1 AS one, 1 = 1 AS yes, 1 = 2 AS no FROM thing";
        let row = db.query_one(sql, params![]).await.unwrap();
        for (column, expected) in
            [("n", 4), ("s", i64::MAX), ("m", -i64::MAX), ("top", i64::MAX - 10), ("zero", 0), ("one", 1), ("yes", 1), ("no", 0)]
        {
            assert_eq!(row.i64(column).unwrap(), expected, "{column}");
        }
        assert_eq!(row.opt_i64("none").unwrap(), None);
    }

    async fn a_sum_beyond_64_bits_is_a_fault(db: Db) {
        migrate(&db).await;
        for id in [1, 2] {
            db.execute(INSERT, params![id, format!("{id}"), None::<Vec<u8>>, i64::MAX, None::<&str>]).await.unwrap();
        }
        let sum = db.query_one("SELECT sum(number) AS s FROM thing", params![]).await;
        assert!(sum.and_then(|row| row.i64("s")).is_err());
    }

    async fn text_sorts_by_its_bytes(db: Db) {
        migrate(&db).await;
        for (id, name) in ["b", "B", "a", "é", "中", "Z", "_", "10", "9", "a b", "ab"].into_iter().enumerate() {
            db.execute(INSERT, params![id as i64, name, None::<Vec<u8>>, None::<i64>, None::<&str>]).await.unwrap();
        }
        let rows = db.query("SELECT name FROM thing ORDER BY name", params![]).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.text("name").unwrap()).collect();
        assert_eq!(names, ["10", "9", "B", "Z", "_", "a", "a b", "ab", "b", "é", "中"]);
        if db.engine() == Engine::Postgres {
            let sql = "SELECT collation_name::TEXT AS name FROM information_schema.columns
                       WHERE table_name = 'thing' AND data_type = 'text'";
            let rows = db.query(sql, params![]).await.unwrap();
            assert!(rows.iter().all(|row| row.text("name").unwrap() == "C"), "whatever the database sorts by");
        }
    }

    async fn text_that_one_engine_could_not_store_is_refused_by_both(db: Db) {
        migrate(&db).await;
        assert!(db.execute(INSERT, params![1, "a\0b", None::<Vec<u8>>, None::<i64>, None::<&str>]).await.is_err());
        let mut tx = db.begin_write(&[]).await.unwrap();
        let row = params![1, "a\0b", None::<Vec<u8>>, None::<i64>, None::<&str>];
        assert!(tx.bulk_insert(INSERT, vec![row]).await.is_err());
    }

    async fn a_list_of_values_is_asked_for(db: Db) {
        migrate(&db).await;
        for id in 1..=5 {
            db.execute(INSERT, bare(id)).await.unwrap();
        }
        let ids = [2_i64, 4, 9];
        let sql = format!("SELECT id FROM thing WHERE id IN ({}) ORDER BY id", placeholders(1, ids.len()));
        let rows = db.query(Sql::assembled(sql), ids.iter().map(ToValue::to_value).collect()).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.i64("id").unwrap()).collect::<Vec<_>>(), [2, 4]);
    }

    async fn one_row_at_most_means_so(db: Db) {
        migrate(&db).await;
        assert!(db.query_opt("SELECT id FROM thing", params![]).await.unwrap().is_none());
        assert!(db.query_one("SELECT id FROM thing", params![]).await.is_err());
        for id in 1..=2 {
            db.execute(INSERT, bare(id)).await.unwrap();
        }
        assert!(db.query_opt("SELECT id FROM thing", params![]).await.is_err());
        assert!(db.query_opt("SELECT id FROM thing WHERE id = $1", params![2]).await.unwrap().is_some());
    }

    async fn reading_does_not_write(db: Db) {
        migrate(&db).await;
        assert!(db.query("INSERT INTO thing (id, name) VALUES (1, 'x') RETURNING id", params![]).await.is_err());
        let mut tx = db.begin_read().await.unwrap();
        assert!(tx.execute(INSERT, bare(1)).await.is_err());
        drop(tx);
        assert_eq!(count(&db).await, 0);
    }

    async fn a_duplicate_is_told_from_other_faults(db: Db) {
        migrate(&db).await;
        db.execute(INSERT, bare(1)).await.unwrap();
        let same_key = db.execute(INSERT, bare(1)).await.unwrap_err();
        assert!(is_unique_violation(&same_key));
        let same_name = params![2, "thing 1", None::<Vec<u8>>, None::<i64>, None::<&str>];
        let same_name = db.execute(INSERT, same_name).await.unwrap_err();
        assert!(is_unique_violation(&same_name));
        assert!(!same_name.to_string().contains("thing 1"), "values may be personal and stay out of the log");
        let no_name = db.execute("INSERT INTO thing (id) VALUES ($1)", params![3]).await.unwrap_err();
        assert!(!is_unique_violation(&no_name));
        assert!(no_name.to_string().contains("INSERT INTO thing (id) VALUES ($1)"), "{no_name}");
        let upsert = "INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        assert_eq!(db.execute(upsert, params![1, "x"]).await.unwrap(), 0);
    }

    async fn a_wrong_type_is_a_fault(db: Db) {
        migrate(&db).await;
        assert!(db.execute("INSERT INTO thing (id, name) VALUES ($1, $2)", params!["x", "y"]).await.is_err());
        assert!(db.execute("INSERT INTO thing (id, name, data) VALUES ($1, $2, $3)", params![1, "y", "z"]).await.is_err());
    }

    async fn statements_are_checked_by_preparing_them(db: Db) {
        migrate(&db).await;
        db.prepare_check(&[("INSERT", INSERT), ("LOCK", "SELECT id FROM thing WHERE id = $1 {lock}")]).await.unwrap();
        let fault = db
            .prepare_check(&[("GOOD", INSERT), ("TABLE", "SELECT 1 FROM nothing"), ("GAP", "SELECT $2")])
            .await
            .unwrap_err()
            .to_string();
        assert!(fault.contains("TABLE:") && fault.contains("GAP:") && !fault.contains("GOOD:"), "{fault}");
    }
}

#[test]
fn values_keep_their_type_when_they_are_missing() {
    let given = params![
        1u8,
        2u16,
        3u32,
        4i16,
        &5i64,
        Timestamp(6),
        BankDay(7),
        "text",
        &String::from("owned"),
        vec![8u8],
        &[9u8][..],
        Some(10i64),
        None::<Timestamp>,
        None::<&str>,
        None::<[u8; 2]>,
        Value::I64(11),
    ];
    let text = |text: &str| Value::Text(text.to_owned());
    let mut expected: Vec<Value> = (1..=7).map(Value::I64).collect();
    expected.extend([text("text"), text("owned"), Value::Bytes(vec![8]), Value::Bytes(vec![9]), Value::I64(10)]);
    expected.extend([Value::NullI64, Value::NullText, Value::NullBytes, Value::I64(11)]);
    assert_eq!(given, expected);
}
