//! Postings on the clearing account, each with the day on which the network settled it.

use db::{Db, params};
use kit::{BankDay, Fault};

db::statements! {
    CLEAR = "DELETE FROM clearing_posting";
    INSERT = "INSERT INTO clearing_posting (sequence, order_id, settlement_day, amount_minor) VALUES ($1, $2, $3, $4)";
    /// Of a hold that was posted: what left the bank takes from what the clearing house owes, by the kind of the order.
    OF_HOLD = "INSERT INTO clearing_posting (sequence, order_id, settlement_day, amount_minor) \
        SELECT $2, h.order_id, $3, CASE WHEN o.kind IN (7, 10) THEN -o.amount_minor ELSE o.amount_minor END FROM payment_hold h \
        JOIN payment_order o ON o.order_id = h.order_id WHERE h.command = $1";
    OF_DAY = "SELECT c.sequence, c.order_id, c.settlement_day, c.amount_minor, i.tx_id FROM clearing_posting c \
        LEFT JOIN interbank_payment i ON i.order_id = c.order_id WHERE c.settlement_day = $1 ORDER BY c.sequence";
    SUM_UNTIL = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) AS total FROM clearing_posting \
        WHERE settlement_day <= $1";
}

/// A posting on the clearing account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingPosting {
    /// Number of the command in the ledger.
    pub sequence: u64,
    /// Which order.
    pub order: crate::OrderNumber,
    /// What names the payment for all banks; of a return its `RtrId`.
    pub transaction_id: Option<String>,
    /// On which day the network settled it.
    pub settlement_day: BankDay,
    /// Minor units; above 0: the clearing house owes us more.
    pub amount_minor: i64,
}

/// The postings of a settlement day, in the order of the ledger.
pub(crate) async fn of_day(db: &Db, day: BankDay) -> Result<Vec<ClearingPosting>, Fault> {
    let rows = db.query(OF_DAY, params![day]).await?;
    let posting = |row: &db::Row| {
        Ok(ClearingPosting {
            sequence: row.i64("sequence")? as u64,
            order: crate::OrderNumber(row.i64("order_id")?),
            transaction_id: row.opt_text("tx_id")?,
            settlement_day: BankDay(i32::try_from(row.i64("settlement_day")?)?),
            amount_minor: row.i64("amount_minor")?,
        })
    };
    rows.iter().map(posting).collect()
}

/// The sum of all postings up to and with a settlement day, in minor units.
pub(crate) async fn sum_until(db: &Db, day: BankDay) -> Result<i64, Fault> {
    db.query_one(SUM_UNTIL, params![day]).await?.i64("total")
}
