//! Orders and attempts.

use crate::model::channel::{Channel, PaymentKind};
use crate::model::instruction::OrderNumber;
use crate::model::order::OrderState;
use db::{Db, Row, Sql, Value, params, placeholders};
use kit::{BankDay, Fault, Timestamp};
use ledger::{AccountId, CommandId};
use std::collections::HashMap;

db::statements! {
    CLEAR_ORDERS = "DELETE FROM payment_order";
    CLEAR_ATTEMPTS = "DELETE FROM payment_attempt";
    /// What is paid stays paid: only a refused order is touched by a later attempt, which may go into another account.
    PUT_ORDER = "INSERT INTO payment_order (order_id, state, kind, channel, payer, payee, amount_minor, currency, memo, \
        decided_ms, bank_day, refusal, related_order, reason) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, payer = excluded.payer, payee = excluded.payee, \
        related_order = excluded.related_order, reason = excluded.reason, decided_ms = excluded.decided_ms, bank_day = excluded.bank_day, refusal = excluded.refusal WHERE payment_order.state = 'refused'";
    INSERT_ATTEMPT = "INSERT INTO payment_attempt (sequence, order_id, attempt, command, factor, initiator, decided_ms, \
        refusal, effect) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// A hold that was asked for, and that the payee's partition refused after the payer's had set the money aside; it may have
    /// run out in between.
    UNDO_HELD = "UPDATE payment_order SET state = 'refused' WHERE order_id = $1 AND state IN ('held', 'returned')";
    UNDO_ATTEMPT = "DELETE FROM payment_attempt WHERE order_id = $1 AND command = $2 AND effect = 'held'";
    BY_ID = "SELECT order_id, state, kind, channel, payer, payee, amount_minor, currency, memo, decided_ms, bank_day, \
        refusal, related_order, reason FROM payment_order WHERE order_id = $1";
    /// The first of its attempts: who was given the money later, in whichever partition of the ledger, comes last.
    PAID_BY = "SELECT command FROM payment_attempt WHERE order_id = $1 AND refusal IS NULL \
        ORDER BY CASE WHEN effect = 'claimed' THEN 1 ELSE 0 END, sequence LIMIT 1";
}

const MEMOS: &str = "SELECT order_id, memo FROM payment_order WHERE memo <> '' AND order_id IN";

/// An order as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredOrder {
    pub(crate) order: OrderNumber,
    pub(crate) state: OrderState,
    pub(crate) kind: PaymentKind,
    pub(crate) channel: Channel,
    pub(crate) payer: AccountId,
    pub(crate) payee: AccountId,
    pub(crate) amount_minor: i64,
    pub(crate) currency: u16,
    pub(crate) memo: String,
    pub(crate) decided: Timestamp,
    pub(crate) bank_day: BankDay,
    pub(crate) refusal: Option<String>,
    pub(crate) related: Option<OrderNumber>,
    pub(crate) reason: Option<String>,
}

pub(crate) async fn by_id(db: &Db, order: OrderNumber) -> Result<Option<StoredOrder>, Fault> {
    db.query_opt(BY_ID, params![order.0]).await?.as_ref().map(stored).transpose()
}

/// The command that paid an order.
pub(crate) async fn paid_by(db: &Db, order: OrderNumber) -> Result<Option<CommandId>, Fault> {
    let Some(row) = db.query_opt(PAID_BY, params![order.0]).await? else { return Ok(None) };
    let bytes = <[u8; 16]>::try_from(row.bytes("command")?).map_err(|_| Fault::new("a command id is not 16 bytes"))?;
    Ok(Some(CommandId(u128::from_be_bytes(bytes))))
}

/// The memos of those orders that have one.
pub(crate) async fn memos(db: &Db, orders: &[i64]) -> Result<HashMap<i64, String>, Fault> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("{MEMOS} ({})", placeholders(1, orders.len()));
    let values = orders.iter().map(|order| Value::I64(*order)).collect();
    let rows = db.query(Sql::assembled(sql), values).await?;
    rows.iter().map(|row| Ok((row.i64("order_id")?, row.text("memo")?))).collect()
}

fn stored(row: &Row) -> Result<StoredOrder, Fault> {
    let (state, channel, kind) = (row.text("state")?, row.text("channel")?, u16::try_from(row.i64("kind")?)?);
    Ok(StoredOrder {
        order: OrderNumber(row.i64("order_id")?),
        state: OrderState::from_code(&state).ok_or_else(|| Fault::new(format!("no order state {state:?}")))?,
        kind: PaymentKind::from_number(kind).ok_or_else(|| Fault::new(format!("no kind of payment {kind}")))?,
        channel: Channel::from_code(&channel).ok_or_else(|| Fault::new(format!("no channel {channel:?}")))?,
        payer: AccountId(row.i64("payer")? as u64),
        payee: AccountId(row.i64("payee")? as u64),
        amount_minor: row.i64("amount_minor")?,
        currency: u16::try_from(row.i64("currency")?)?,
        memo: row.text("memo")?,
        decided: Timestamp(row.i64("decided_ms")?),
        bank_day: BankDay(i32::try_from(row.i64("bank_day")?)?),
        refusal: row.opt_text("refusal")?,
        related: row.opt_i64("related_order")?.map(OrderNumber),
        reason: row.opt_text("reason")?,
    })
}
