//! What a fault puts off.

use db::{Tx, Value, params};
use kit::{BankDay, Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO network_later (number, due_ms, what, bank, transfer, status, reason, settlement_day) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    DUE = "SELECT number, what, bank, transfer, status, reason, settlement_day FROM network_later \
     WHERE due_ms <= $1 ORDER BY due_ms, number LIMIT $2";
    REMOVE = "DELETE FROM network_later WHERE number = $1";
}

/// Something for later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Later {
    pub(crate) number: i64,
    pub(crate) due: Timestamp,
    /// `answer`, or `untrue` for one that contradicts, or `return`.
    pub(crate) what: String,
    /// Whom to tell.
    pub(crate) bank: String,
    pub(crate) transfer: String,
    /// The code of the status.
    pub(crate) status: String,
    /// `""`: none.
    pub(crate) reason: String,
    pub(crate) settlement_day: Option<BankDay>,
}

pub(crate) async fn insert(tx: &mut Tx, all: Vec<Later>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = all
        .into_iter()
        .map(|one| {
            let Later { number, due, what, bank, transfer, status, reason, settlement_day } = one;
            params![number, due, what, bank, transfer, status, reason, settlement_day]
        })
        .collect();
    tx.bulk_insert(INSERT, rows).await.map(|_| ())
}

/// Takes out what is due, the first `limit`.
pub(crate) async fn take_due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Later>, Fault> {
    let mut taken = Vec::new();
    for row in tx.query(DUE, params![now, limit]).await? {
        let day = row.opt_i64("settlement_day")?.map(i32::try_from).transpose()?;
        let later = Later {
            number: row.i64("number")?,
            due: now,
            what: row.text("what")?,
            bank: row.text("bank")?,
            transfer: row.text("transfer")?,
            status: row.text("status")?,
            reason: row.text("reason")?,
            settlement_day: day.map(BankDay),
        };
        tx.execute(REMOVE, params![later.number]).await?;
        taken.push(later);
    }
    Ok(taken)
}
