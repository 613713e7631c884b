//! What a transfer did to another order. The order may be in another partition of the ledger, whose journal is followed by
//! itself: what comes before its order waits for it.

use db::{Row, Tx, Value, params};
use kit::Fault;

db::statements! {
    CLEAR = "DELETE FROM payment_order_mark";
    GIVE_ON = "UPDATE payment_order SET payee = $2 WHERE order_id = $1 AND state IN ('held', 'paid', 'corrected')";
    CORRECT = "UPDATE payment_order SET state = 'corrected', related_order = $2, reason = $3 \
        WHERE order_id = $1 AND state = 'paid'";
    WAIT = "INSERT INTO payment_order_mark (sequence, order_id, payee, contra, reason) VALUES ($1, $2, $3, $4, $5)";
    DUE = "SELECT m.sequence, m.order_id, m.payee, m.contra, m.reason FROM payment_order_mark m \
        JOIN payment_order o ON o.order_id = m.order_id \
        WHERE o.state = 'paid' OR (o.state IN ('held', 'corrected') AND m.payee IS NOT NULL) ORDER BY m.sequence";
    DONE = "DELETE FROM payment_order_mark WHERE sequence = $1";
}

/// What was done to an order.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// Its money was given on to this account.
    GivenOn(i64),
    /// It was corrected by this order, for this reason.
    Corrected(i64, String),
}

/// Marks an order, or lets the mark wait for it.
pub(crate) async fn put(tx: &mut Tx, sequence: i64, order: i64, mark: &Mark) -> Result<(), Fault> {
    if apply(tx, order, mark).await? {
        return Ok(());
    }
    let (payee, contra, reason) = match mark {
        Mark::GivenOn(payee) => (Some(*payee), None, None),
        Mark::Corrected(contra, reason) => (None, Some(*contra), Some(reason.as_str())),
    };
    tx.execute(WAIT, params![sequence, order, payee, contra, reason]).await.map(|_| ())
}

/// Marks the orders that have come as far as what waits for them.
pub(crate) async fn settle(tx: &mut Tx) -> Result<(), Fault> {
    for row in tx.query(DUE, Vec::new()).await? {
        let (order, mark) = (row.i64("order_id")?, stored(&row)?);
        if apply(tx, order, &mark).await? {
            tx.execute(DONE, params![row.i64("sequence")?]).await?;
        }
    }
    Ok(())
}

async fn apply(tx: &mut Tx, order: i64, mark: &Mark) -> Result<bool, Fault> {
    let (statement, values): (_, Vec<Value>) = match mark {
        Mark::GivenOn(payee) => (GIVE_ON, params![order, *payee]),
        Mark::Corrected(contra, reason) => (CORRECT, params![order, *contra, reason.as_str()]),
    };
    Ok(tx.execute(statement, values).await? == 1)
}

fn stored(row: &Row) -> Result<Mark, Fault> {
    Ok(match row.opt_i64("payee")? {
        Some(payee) => Mark::GivenOn(payee),
        None => Mark::Corrected(row.i64("contra")?, row.text("reason")?),
    })
}
