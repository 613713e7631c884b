//! Links by which others may pay.

use crate::model::instruction::OrderNumber;
use crate::model::request::RequestId;
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};
use ledger::AccountId;
use passport::CustomerId;

db::statements! {
    INSERT = "INSERT INTO payment_request (id, token, customer, account, amount_minor, memo, created_ms, expires_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OPEN = "SELECT COUNT(*) AS n FROM payment_request WHERE customer = $1 AND cancelled_ms IS NULL AND expires_ms > $2";
    OF_CUSTOMER = "SELECT id, token, customer, account, amount_minor, memo, expires_ms, cancelled_ms FROM payment_request \
        WHERE customer = $1 ORDER BY id DESC LIMIT 100";
    BY_TOKEN = "SELECT id, token, customer, account, amount_minor, memo, expires_ms, cancelled_ms FROM payment_request \
        WHERE token = $1";
    CANCEL = "UPDATE payment_request SET cancelled_ms = $3 WHERE id = $1 AND customer = $2 AND cancelled_ms IS NULL";
    OWNED = "SELECT id FROM payment_request WHERE id = $1 AND customer = $2";
    ANSWERED = "INSERT INTO payment_request_paid (order_id, request, amount_minor) VALUES ($1, $2, $3) \
        ON CONFLICT (order_id) DO NOTHING";
    PAID = "SELECT COUNT(*) AS n, COALESCE(SUM(p.amount_minor), 0) AS total FROM payment_request_paid p \
        JOIN payment_order o ON o.order_id = p.order_id WHERE p.request = $1 AND o.state = 'paid'";
}

/// A link as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredRequest {
    pub(crate) id: RequestId,
    pub(crate) token: String,
    pub(crate) customer: CustomerId,
    pub(crate) account: AccountId,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) memo: String,
    pub(crate) expires: Timestamp,
    pub(crate) cancelled: bool,
}

/// The lock under which a customer's links are counted.
pub(crate) fn lock(customer: CustomerId) -> String {
    format!("requests/{customer}")
}

pub(crate) async fn open_count(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<i64, Fault> {
    let row = tx.query_opt(OPEN, params![customer.0, now]).await?;
    row.ok_or_else(|| Fault::new("a count gave no row"))?.i64("n")
}

pub(crate) async fn insert(tx: &mut Tx, new: &StoredRequest, now: Timestamp) -> Result<(), Fault> {
    let row = params![
        new.id.0,
        new.token.as_str(),
        new.customer.0,
        new.account.0 as i64,
        new.amount_minor,
        new.memo.as_str(),
        now,
        new.expires,
    ];
    tx.execute(INSERT, row).await.map(|_| ())
}

/// A customer's links, the newest first.
pub(crate) async fn of_customer(db: &Db, customer: CustomerId) -> Result<Vec<StoredRequest>, Fault> {
    db.query(OF_CUSTOMER, params![customer.0]).await?.iter().map(stored).collect()
}

pub(crate) async fn by_token(db: &Db, token: &str) -> Result<Option<StoredRequest>, Fault> {
    db.query_opt(BY_TOKEN, params![token]).await?.as_ref().map(stored).transpose()
}

/// Whether the customer has such a link; cancelling it again changes nothing.
pub(crate) async fn cancel(db: &Db, id: RequestId, customer: CustomerId, now: Timestamp) -> Result<bool, Fault> {
    db.execute(CANCEL, params![id.0, customer.0, now]).await?;
    Ok(db.query_opt(OWNED, params![id.0, customer.0]).await?.is_some())
}

/// Notes which link an order answers; it counts once the order is paid.
pub(crate) async fn answered(db: &Db, order: OrderNumber, request: i64, amount_minor: i64) -> Result<(), Fault> {
    db.execute(ANSWERED, params![order.0, request, amount_minor]).await.map(|_| ())
}

/// How often a link was paid by, and how much that was.
pub(crate) async fn paid(db: &Db, id: RequestId) -> Result<(i64, i64), Fault> {
    let row = db.query_one(PAID, params![id.0]).await?;
    Ok((row.i64("n")?, row.i64("total")?))
}

fn stored(row: &Row) -> Result<StoredRequest, Fault> {
    Ok(StoredRequest {
        id: RequestId(row.i64("id")?),
        token: row.text("token")?,
        customer: CustomerId(row.i64("customer")?),
        account: AccountId(row.i64("account")? as u64),
        amount_minor: row.opt_i64("amount_minor")?,
        memo: row.text("memo")?,
        expires: Timestamp(row.i64("expires_ms")?),
        cancelled: row.opt_i64("cancelled_ms")?.is_some(),
    })
}
