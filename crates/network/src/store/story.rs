//! Who told whom what about a payment.

use db::{Db, Tx, Value, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO network_story (number, transfer, at_ms, from_bank, to_bank, message, said, reason, fate) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    OF_TRANSFER = "SELECT number, transfer, at_ms, from_bank, to_bank, message, said, reason, fate FROM network_story \
     WHERE transfer = $1 ORDER BY number";
}

/// A line of a payment's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) number: i64,
    pub(crate) transfer: String,
    pub(crate) at: Timestamp,
    /// `""`: the clearing house.
    pub(crate) from: String,
    /// `""`: the clearing house.
    pub(crate) to: String,
    pub(crate) message: String,
    /// The code of a status, or nothing for a payment itself.
    pub(crate) said: String,
    pub(crate) reason: String,
    /// `sent`, `dropped`, `late`, `twice`, `untrue`.
    pub(crate) fate: String,
}

pub(crate) async fn insert(tx: &mut Tx, all: Vec<Told>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = all
        .into_iter()
        .map(|one| {
            let Told { number, transfer, at, from, to, message, said, reason, fate } = one;
            params![number, transfer, at, from, to, message, said, reason, fate]
        })
        .collect();
    tx.bulk_insert(INSERT, rows).await.map(|_| ())
}

pub(crate) async fn of_transfer(db: &Db, id: &str) -> Result<Vec<Told>, Fault> {
    let rows = db.query(OF_TRANSFER, params![id]).await?;
    let told = rows.iter().map(|row| {
        Ok(Told {
            number: row.i64("number")?,
            transfer: row.text("transfer")?,
            at: Timestamp(row.i64("at_ms")?),
            from: row.text("from_bank")?,
            to: row.text("to_bank")?,
            message: row.text("message")?,
            said: row.text("said")?,
            reason: row.text("reason")?,
            fate: row.text("fate")?,
        })
    });
    told.collect()
}
