//! Movements.

use crate::model::account::Movement;
use db::{Db, Row, params};
use kit::{BankDay, Fault, Timestamp};
use ledger::AccountId;

db::statements! {
    CLEAR = "DELETE FROM movement";
    INSERT = "INSERT INTO movement (account, sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, \
        reference, counterparty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Newest first, before a sequence.
    PAGE = "SELECT sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, reference, counterparty \
        FROM movement WHERE account = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
}

/// Up to `limit` movements before a sequence, newest first.
pub(crate) async fn page(db: &Db, account: AccountId, before: Option<u64>, limit: u32) -> Result<Vec<Movement>, Fault> {
    let before = before.map_or(Ok(i64::MAX), i64::try_from)?;
    let rows = db.query(PAGE, params![account.0 as i64, before, limit]).await?;
    rows.iter().map(movement).collect()
}

fn movement(row: &Row) -> Result<Movement, Fault> {
    Ok(Movement {
        sequence: row.i64("sequence")? as u64,
        amount_minor: row.i64("amount_minor")?,
        balance_after_minor: row.i64("balance_after_minor")?,
        time: Timestamp(row.i64("time_ms")?),
        bank_day: BankDay(i32::try_from(row.i64("bank_day")?)?),
        code: u16::try_from(row.i64("code")?)?,
        reference: row.i64("reference")?,
        counterparty: AccountId(row.i64("counterparty")? as u64),
    })
}
