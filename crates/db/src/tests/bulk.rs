use super::{INSERT, bare, count, migrate};
use crate::{Db, Engine, params};

crate::engine_tests! {
    async fn any_number_of_rows_is_inserted(db: Db) {
        migrate(&db).await;
        let mut next = 0;
        for rows in [0, 1, 2, 127, 128, 129, 1_000, 10_001, 20_500] {
            let mut tx = db.begin_write(&[]).await.unwrap();
            let written = tx.bulk_insert(INSERT, (next..next + rows).map(bare).collect()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(written, rows.unsigned_abs());
            next += rows;
            assert_eq!(count(&db).await, next);
        }
        let row = db.query_one("SELECT name FROM thing WHERE id = $1", params![next - 1]).await.unwrap();
        assert_eq!(row.text("name").unwrap(), format!("thing {}", next - 1));
    }

    async fn every_type_and_its_absence_is_inserted(db: Db) {
        migrate(&db).await;
        let mut tx = db.begin_write(&[]).await.unwrap();
        let rows = vec![
            params![1, "缺", None::<Vec<u8>>, None::<i64>, None::<&str>],
            params![2, "{\"a\",NULL}", vec![0u8, 92, 34], -1, "NULL"],
        ];
        tx.bulk_insert(INSERT, rows).await.unwrap();
        tx.commit().await.unwrap();
        let rows = db.query("SELECT id, name, data, number, note FROM thing ORDER BY id", params![]).await.unwrap();
        assert_eq!(rows[0].text("name").unwrap(), "缺");
        assert_eq!(rows[0].opt_bytes("data").unwrap(), None);
        assert_eq!((rows[0].opt_i64("number").unwrap(), rows[0].opt_text("note").unwrap()), (None, None));
        assert_eq!(rows[1].text("name").unwrap(), "{\"a\",NULL}");
        assert_eq!(rows[1].bytes("data").unwrap(), [0, 92, 34]);
        assert_eq!((rows[1].i64("number").unwrap(), rows[1].text("note").unwrap()), (-1, "NULL".to_owned()));
    }

    async fn rows_that_are_there_already_are_left_alone(db: Db) {
        migrate(&db).await;
        let sql = "INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        for written in [300, 0] {
            let mut tx = db.begin_write(&[]).await.unwrap();
            let rows = (0..300).map(|id| params![id, format!("thing {id}")]).collect();
            assert_eq!(tx.bulk_insert(sql, rows).await.unwrap(), written);
            tx.commit().await.unwrap();
        }
        assert_eq!(count(&db).await, 300);
    }

    async fn rows_are_added_up_where_they_are_there_already(db: Db) {
        migrate(&db).await;
        let sql = "INSERT INTO thing (id, name, number) VALUES ($1, $2, $3)
                   ON CONFLICT (id) DO UPDATE SET number = thing.number + excluded.number";
        for _ in 0..3 {
            let mut tx = db.begin_write(&[]).await.unwrap();
            let rows = (0..200).map(|id| params![id, format!("thing {id}"), id]).collect();
            assert_eq!(tx.bulk_insert(sql, rows).await.unwrap(), 200);
            tx.commit().await.unwrap();
        }
        let row = db.query_one("SELECT sum(number) AS n FROM thing", params![]).await.unwrap();
        assert_eq!(row.i64("n").unwrap(), 3 * (0..200).sum::<i64>());
    }

    async fn one_bad_row_spoils_them_all(db: Db) {
        migrate(&db).await;
        let mut rows: Vec<_> = (0..3_000).map(bare).collect();
        rows.push(bare(7));
        let mut tx = db.begin_write(&[]).await.unwrap();
        assert!(tx.bulk_insert(INSERT, rows).await.is_err());
        assert!(tx.commit().await.is_err());
        assert_eq!(count(&db).await, 0);
    }

    async fn rows_of_the_wrong_shape_are_refused(db: Db) {
        migrate(&db).await;
        let mut tx = db.begin_write(&[]).await.unwrap();
        assert!(tx.bulk_insert(INSERT, vec![bare(1), params![2, "short"]]).await.is_err());
        drop(tx);
        let mut tx = db.begin_write(&[]).await.unwrap();
        let sql = "INSERT INTO thing (id, name) VALUES ($1, $2)";
        let mixed = vec![params![1, "x"], params!["2", "y"]];
        assert!(tx.bulk_insert(sql, mixed).await.is_err(), "a column holds one type");
    }
}

#[test]
fn a_wide_row_fits_however_many_columns_it_has() {
    crate::test_support::run_on(Engine::Sqlite, async |db: Db| {
        let names: Vec<String> = (0..1_500).map(|column| format!("c{column}")).collect();
        let columns = names.iter().map(|name| format!("{name} INTEGER")).collect::<Vec<_>>().join(", ");
        let values = crate::placeholders(1, names.len());
        db.execute(crate::Sql::assembled(format!("CREATE TABLE wide ({columns}) STRICT")), params![]).await.unwrap();
        let insert = format!("INSERT INTO wide ({}) VALUES ({values})", names.join(", "));
        let mut tx = db.begin_write(&[]).await.unwrap();
        let rows = (0..5).map(|row| vec![crate::Value::I64(row); names.len()]).collect();
        assert_eq!(tx.bulk_insert(crate::Sql::assembled(insert), rows).await.unwrap(), 5);
    });
}
