//! Kill switches that were pulled, and whether everything is ended.

use db::{Db, Tx, params};
use kit::{Fault, Timestamp};
use passport::{CustomerId, PersonId};

db::statements! {
    BEGIN = "INSERT INTO kill_switch (id, person, customer, words, began_ms, done_ms) VALUES ($1, $2, $3, $4, $5, NULL)";
    DONE = "UPDATE kill_switch SET done_ms = $2 WHERE id = $1 AND done_ms IS NULL";
    OPEN = "SELECT id, person, customer, words FROM kill_switch WHERE done_ms IS NULL AND began_ms < $1 \
     ORDER BY id LIMIT 100";
}

/// One that is not finished.
pub(crate) struct StoredKill {
    pub(crate) id: i64,
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
    pub(crate) words: String,
}

pub(crate) async fn begin(
    db: &Db,
    id: i64,
    person: PersonId,
    customer: CustomerId,
    words: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    db.execute(BEGIN, params![id, person.0, customer.0, words, now]).await.map(|_| ())
}

pub(crate) async fn done(tx: &mut Tx, id: i64, now: Timestamp) -> Result<(), Fault> {
    tx.execute(DONE, params![id, now]).await.map(|_| ())
}

/// Those that began before an instant and have not ended.
pub(crate) async fn open(db: &Db, before: Timestamp) -> Result<Vec<StoredKill>, Fault> {
    let rows = db.query(OPEN, params![before]).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredKill {
                id: row.i64("id")?,
                person: PersonId(row.i64("person")?),
                customer: CustomerId(row.i64("customer")?),
                words: row.text("words")?,
            })
        })
        .collect()
}
