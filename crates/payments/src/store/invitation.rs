//! Invitations: for whom money waits who is no customer yet.

use crate::model::instruction::OrderNumber;
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};
use ledger::CommandId;
use passport::PersonId;

db::statements! {
    INSERT = "INSERT INTO payment_invitation (order_id, command, person, mobile, amount_minor, currency, expires_ms, state, \
        texted_ms, attempt, next_try_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', NULL, 1, $8) \
        ON CONFLICT (order_id) DO NOTHING";
    MADE_SINCE = "SELECT COUNT(*) AS made FROM payment_invitation WHERE person = $1 AND expires_ms > $2 AND order_id <> $3";
    DUE = "SELECT order_id, command, person, mobile, amount_minor, currency, expires_ms, texted_ms, attempt \
        FROM payment_invitation WHERE state = 'waiting' AND next_try_ms <= $1 ORDER BY next_try_ms, order_id LIMIT 200";
    FOR_MOBILE = "SELECT order_id, command, person, mobile, amount_minor, currency, expires_ms, texted_ms, attempt \
        FROM payment_invitation WHERE mobile = $1 AND state = 'waiting' ORDER BY order_id LIMIT 200";
    MOBILE = "SELECT mobile FROM payment_invitation WHERE order_id = $1";
    TEXTED = "UPDATE payment_invitation SET texted_ms = $2 WHERE order_id = $1";
    LATER = "UPDATE payment_invitation SET next_try_ms = $2 WHERE order_id = $1 AND state = 'waiting'";
    REFUSED = "UPDATE payment_invitation SET attempt = attempt + 1, next_try_ms = $3 \
        WHERE order_id = $1 AND attempt = $2 AND state = 'waiting'";
    END = "UPDATE payment_invitation SET state = $2 WHERE order_id = $1 AND state = 'waiting'";
}

/// An invitation as it is kept while its money waits.
#[derive(Debug, Clone)]
pub(crate) struct StoredInvitation {
    pub(crate) order: OrderNumber,
    /// That set the money aside.
    pub(crate) command: CommandId,
    /// Who pays.
    pub(crate) person: PersonId,
    /// E.164.
    pub(crate) mobile: String,
    pub(crate) amount_minor: i64,
    pub(crate) currency: u16,
    pub(crate) expires: Timestamp,
    pub(crate) texted: Option<Timestamp>,
    /// Number of the next try to give the money on, from 1.
    pub(crate) attempt: i64,
}

/// The lock under which a person's invitations are counted.
pub(crate) fn lock(person: PersonId) -> String {
    format!("invitations/{person}")
}

/// How many others a person made that run out after this.
pub(crate) async fn made_since(
    tx: &mut Tx,
    person: PersonId,
    expires_after: Timestamp,
    but: OrderNumber,
) -> Result<i64, Fault> {
    let row = tx.query_opt(MADE_SINCE, params![person.0, expires_after, but.0]).await?;
    row.ok_or_else(|| Fault::new("a count gave no row"))?.i64("made")
}

/// Keeps an invitation; one that is kept already stays as it is.
pub(crate) async fn insert(tx: &mut Tx, new: &StoredInvitation, next_try: Timestamp) -> Result<(), Fault> {
    let row = params![
        new.order.0,
        new.command.0.to_be_bytes(),
        new.person.0,
        new.mobile.as_str(),
        new.amount_minor,
        new.currency,
        new.expires,
        next_try,
    ];
    tx.execute(INSERT, row).await.map(|_| ())
}

/// Those whose next try is due, the longest waiting first.
pub(crate) async fn due(db: &Db, now: Timestamp) -> Result<Vec<StoredInvitation>, Fault> {
    db.query(DUE, params![now]).await?.iter().map(stored).collect()
}

/// Those that wait for a number, the oldest first.
pub(crate) async fn for_mobile(db: &Db, mobile: &str) -> Result<Vec<StoredInvitation>, Fault> {
    db.query(FOR_MOBILE, params![mobile]).await?.iter().map(stored).collect()
}

/// The number that an order was meant for, if it was an invitation.
pub(crate) async fn mobile(db: &Db, order: OrderNumber) -> Result<Option<String>, Fault> {
    db.query_opt(MOBILE, params![order.0]).await?.map(|row| row.text("mobile")).transpose()
}

pub(crate) async fn texted(db: &Db, order: OrderNumber, now: Timestamp) -> Result<(), Fault> {
    db.execute(TEXTED, params![order.0, now]).await.map(|_| ())
}

/// Puts the next try off.
pub(crate) async fn later(db: &Db, order: OrderNumber, next_try: Timestamp) -> Result<(), Fault> {
    db.execute(LATER, params![order.0, next_try]).await.map(|_| ())
}

/// Counts a try that was refused, once however many saw it.
pub(crate) async fn refused(tx: &mut Tx, order: OrderNumber, attempt: i64, next_try: Timestamp) -> Result<(), Fault> {
    tx.execute(REFUSED, params![order.0, attempt, next_try]).await.map(|_| ())
}

/// `claimed` or `ended`; whether it was not before.
pub(crate) async fn end(tx: &mut Tx, order: OrderNumber, state: &'static str) -> Result<bool, Fault> {
    Ok(tx.execute(END, params![order.0, state]).await? > 0)
}

fn stored(row: &Row) -> Result<StoredInvitation, Fault> {
    let bytes = row.bytes("command")?.try_into().map_err(|_| Fault::new("a command id is not 16 bytes"))?;
    Ok(StoredInvitation {
        order: OrderNumber(row.i64("order_id")?),
        command: CommandId(u128::from_be_bytes(bytes)),
        person: PersonId(row.i64("person")?),
        mobile: row.text("mobile")?,
        amount_minor: row.i64("amount_minor")?,
        currency: u16::try_from(row.i64("currency")?)?,
        expires: Timestamp(row.i64("expires_ms")?),
        texted: row.opt_i64("texted_ms")?.map(Timestamp),
        attempt: row.i64("attempt")?,
    })
}
