//! Money that waits.

use crate::model::hold::HoldReason;
use crate::model::instruction::OrderNumber;
use db::{Db, Row, Sql, Tx, Value, params, placeholders};
use kit::{Fault, Timestamp};
use ledger::{AccountId, CommandId};

db::statements! {
    CLEAR = "DELETE FROM payment_hold";
    INSERT = "INSERT INTO payment_hold (command, order_id, reason, payer, payee, until_ms, state) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END = "UPDATE payment_hold SET state = $2, ended_ms = $3 WHERE command = $1 AND state = 'held'";
    END_ORDER = "UPDATE payment_order SET state = $2, decided_ms = $3, bank_day = $4, refusal = $5 \
        WHERE state = 'held' AND order_id = (SELECT h.order_id FROM payment_hold h WHERE h.command = $1)";
    END_ATTEMPT = "INSERT INTO payment_attempt (sequence, order_id, attempt, command, factor, initiator, decided_ms, \
        refusal, effect) SELECT $2, h.order_id, $3, $4, 'none', $5, $6, $7, $8 FROM payment_hold h WHERE h.command = $1";
    SET_AMOUNT = "UPDATE payment_order SET amount_minor = $2 \
        WHERE state = 'held' AND order_id = (SELECT h.order_id FROM payment_hold h WHERE h.command = $1)";
    IS_THERE = "SELECT order_id FROM payment_hold WHERE command = $1";
    UNDO = "DELETE FROM payment_hold WHERE command = $1";
    OF_ORDER = "SELECT command, order_id, reason, payer, payee, until_ms, state FROM payment_hold WHERE order_id = $1 \
        ORDER BY CASE WHEN state = 'held' THEN 1 ELSE 0 END, until_ms";
    DUE = "SELECT command, order_id, reason, payer, payee, until_ms, state FROM payment_hold \
        WHERE state = 'held' AND until_ms <= $1 AND reason = 'delayed' ORDER BY until_ms, order_id LIMIT 500";
}

const WAITING: &str = "SELECT order_id FROM payment_hold WHERE state = 'held' AND payer IN";

/// A hold as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredHold {
    pub(crate) command: CommandId,
    pub(crate) order: OrderNumber,
    pub(crate) reason: HoldReason,
    pub(crate) payer: AccountId,
    pub(crate) payee: AccountId,
    pub(crate) until: Timestamp,
    /// How it ended; none if it has not, as far as the tables know.
    pub(crate) ended: Option<Ended>,
}

/// How a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Paid, to whom it was meant for.
    Posted,
    /// Taken back by the payer.
    Recalled,
    /// Given back by the bank.
    Returned,
    /// It ran out.
    Expired,
}

/// Takes back a hold that was set aside in one partition of the ledger and refused by the other.
pub(crate) async fn undo(tx: &mut Tx, command: CommandId) -> Result<(), Fault> {
    let command = command.0.to_be_bytes();
    let Some(row) = tx.query_opt(IS_THERE, params![command]).await? else { return Ok(()) };
    let order = row.i64("order_id")?;
    tx.execute(super::order::UNDO_HELD, params![order]).await?;
    tx.execute(super::order::UNDO_ATTEMPT, params![order, command]).await?;
    tx.execute(UNDO, params![command]).await.map(|_| ())
}

/// The last hold of an order: an order that was refused may be tried again.
pub(crate) async fn of_order(db: &Db, order: OrderNumber) -> Result<Option<StoredHold>, Fault> {
    db.query(OF_ORDER, params![order.0]).await?.last().map(stored).transpose()
}

/// Delayed transfers that are due, the earliest first.
pub(crate) async fn due(db: &Db, now: Timestamp) -> Result<Vec<StoredHold>, Fault> {
    db.query(DUE, params![now]).await?.iter().map(stored).collect()
}

/// The orders of these accounts that wait, those that end soonest first.
pub(crate) async fn waiting(db: &Db, payers: &[i64]) -> Result<Vec<OrderNumber>, Fault> {
    if payers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{WAITING} ({}) ORDER BY until_ms, order_id LIMIT 200", placeholders(1, payers.len()));
    let values = payers.iter().map(|payer| Value::I64(*payer)).collect();
    let rows = db.query(Sql::assembled(sql), values).await?;
    rows.iter().map(|row| Ok(OrderNumber(row.i64("order_id")?))).collect()
}

/// Up to 200 orders of these accounts that wait, by number, from after one on.
pub(crate) async fn waiting_after(
    db: &Db,
    payers: &[i64],
    after: Option<OrderNumber>,
) -> Result<Vec<OrderNumber>, Fault> {
    if payers.is_empty() {
        return Ok(Vec::new());
    }
    let (holders, place) = (placeholders(1, payers.len()), payers.len() + 1);
    let sql = format!("{WAITING} ({holders}) AND order_id > ${place} ORDER BY order_id LIMIT 200");
    let values = payers.iter().copied().chain([after.map_or(i64::MIN, |order| order.0)]).map(Value::I64).collect();
    let rows = db.query(Sql::assembled(sql), values).await?;
    rows.iter().map(|row| Ok(OrderNumber(row.i64("order_id")?))).collect()
}

fn stored(row: &Row) -> Result<StoredHold, Fault> {
    let (bytes, reason) = (row.bytes("command")?, row.text("reason")?);
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| Fault::new("a command id is not 16 bytes"))?;
    Ok(StoredHold {
        command: CommandId(u128::from_be_bytes(bytes)),
        order: OrderNumber(row.i64("order_id")?),
        reason: HoldReason::from_code(&reason).ok_or_else(|| Fault::new(format!("no reason to hold {reason:?}")))?,
        payer: AccountId(row.i64("payer")? as u64),
        payee: AccountId(row.i64("payee")? as u64),
        until: Timestamp(row.i64("until_ms")?),
        ended: match row.text("state")?.as_str() {
            "held" => None,
            "posted" => Some(Ended::Posted),
            "recalled" => Some(Ended::Recalled),
            "returned" => Some(Ended::Returned),
            "expired" => Some(Ended::Expired),
            other => return Err(Fault::new(format!("a hold does not end as {other:?}"))),
        },
    })
}
