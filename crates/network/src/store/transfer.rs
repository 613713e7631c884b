//! Payments.

use crate::model::transfer::{self as model, Kind, State, Transfer};
use db::{Db, Row, Tx, Value, params};
use kit::{BankDay, Fault, Timestamp};

db::statements! {
    ONE = "SELECT * FROM network_transfer WHERE id = $1";
    DUE = "SELECT id FROM network_transfer WHERE due_ms IS NOT NULL AND due_ms <= $1 ORDER BY due_ms, id LIMIT $2";
    WINDOW = "SELECT * FROM network_transfer WHERE due_ms IS NOT NULL AND due_ms = $1 AND state = 'waiting' \
     ORDER BY created_ms, id";
    FIRST_WINDOW = "SELECT min(due_ms) AS due_ms FROM network_transfer \
     WHERE due_ms IS NOT NULL AND due_ms <= $1 AND state = 'waiting'";
    SAME = "SELECT count(*) AS n FROM network_transfer WHERE payee_account = $1 AND amount_minor = $2";
    RECENT = "SELECT * FROM network_transfer ORDER BY created_ms DESC, id DESC LIMIT $1";
    PAGE = "SELECT * FROM network_transfer WHERE id > $1 ORDER BY id LIMIT $2";
    PUT = "INSERT INTO network_transfer (id, kind, service, state, sender, message_id, payer_bank, payee_bank, \
     amount_minor, end_to_end_id, payer_name, payer_account, payee_name, payee_account, memo, mandate, original, \
     returned_by, reason, occurrence, enquiries, reminders, settlement_day, due_ms, created_ms, ended_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
     $24, $25, $26) ON CONFLICT (id) DO UPDATE SET state = excluded.state, returned_by = excluded.returned_by, \
     reason = excluded.reason, enquiries = excluded.enquiries, reminders = excluded.reminders, \
     settlement_day = excluded.settlement_day, due_ms = excluded.due_ms, ended_ms = excluded.ended_ms";
}

pub(crate) async fn one(tx: &mut Tx, id: &str) -> Result<Option<Transfer>, Fault> {
    tx.query_opt(ONE, params![id]).await?.as_ref().map(transfer).transpose()
}

/// The ids of those about which something is to be done by now, the first `limit`.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, Fault> {
    tx.query(DUE, params![now, limit]).await?.iter().map(|row| row.text("id")).collect()
}

/// The earliest window, by now, that has payments.
pub(crate) async fn first_window(tx: &mut Tx, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    Ok(tx.query_one(FIRST_WINDOW, params![now]).await?.opt_i64("due_ms")?.map(Timestamp))
}

/// The payments of a window.
pub(crate) async fn of_window(tx: &mut Tx, window: Timestamp) -> Result<Vec<Transfer>, Fault> {
    tx.query(WINDOW, params![window]).await?.iter().map(transfer).collect()
}

/// How many payments of this amount to this account there are.
pub(crate) async fn same(tx: &mut Tx, payee_account: &str, amount_minor: i64) -> Result<i64, Fault> {
    tx.query_one(SAME, params![payee_account, amount_minor]).await?.i64("n")
}

/// The newest.
pub(crate) async fn recent(db: &Db, limit: u32) -> Result<Vec<Transfer>, Fault> {
    db.query(RECENT, params![limit]).await?.iter().map(transfer).collect()
}

/// Those whose id comes after this one, by id.
pub(crate) async fn page(db: &Db, after: &str, limit: u32) -> Result<Vec<Transfer>, Fault> {
    db.query(PAGE, params![after, limit]).await?.iter().map(transfer).collect()
}

/// One, outside of a transaction.
pub(crate) async fn look(db: &Db, id: &str) -> Result<Option<Transfer>, Fault> {
    db.query_opt(ONE, params![id]).await?.as_ref().map(transfer).transpose()
}

pub(crate) async fn put<'a>(tx: &mut Tx, transfers: impl Iterator<Item = &'a Transfer>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = transfers
        .map(|one| {
            params![
                &one.id,
                one.kind.word(),
                model::service_word(one.service),
                one.state.word(),
                &one.sender,
                &one.message_id,
                &one.payer_bank,
                &one.payee_bank,
                one.amount_minor,
                &one.end_to_end_id,
                &one.payer_name,
                &one.payer_account,
                &one.payee_name,
                &one.payee_account,
                &one.memo,
                &one.mandate,
                &one.original,
                &one.returned_by,
                &one.reason,
                one.occurrence,
                one.enquiries,
                one.reminders,
                one.settlement_day,
                one.due,
                one.created,
                one.ended
            ]
        })
        .collect();
    tx.bulk_insert(PUT, rows).await.map(|_| ())
}

fn transfer(row: &Row) -> Result<Transfer, Fault> {
    let odd = |column: &str, word: &str| Fault::new(format!("a payment has the {column} {word:?}"));
    let (kind, service, state) = (row.text("kind")?, row.text("service")?, row.text("state")?);
    let day = row.opt_i64("settlement_day")?.map(i32::try_from).transpose()?;
    Ok(Transfer {
        id: row.text("id")?,
        kind: Kind::from_word(&kind).ok_or_else(|| odd("kind", &kind))?,
        service: model::service_from_word(&service).ok_or_else(|| odd("service", &service))?,
        state: State::from_word(&state).ok_or_else(|| odd("state", &state))?,
        sender: row.text("sender")?,
        message_id: row.text("message_id")?,
        payer_bank: row.text("payer_bank")?,
        payee_bank: row.text("payee_bank")?,
        amount_minor: row.i64("amount_minor")?,
        end_to_end_id: row.text("end_to_end_id")?,
        payer_name: row.text("payer_name")?,
        payer_account: row.text("payer_account")?,
        payee_name: row.text("payee_name")?,
        payee_account: row.text("payee_account")?,
        memo: row.text("memo")?,
        mandate: row.opt_text("mandate")?,
        original: row.opt_text("original")?,
        returned_by: row.opt_text("returned_by")?,
        reason: row.opt_text("reason")?,
        occurrence: row.i64("occurrence")?,
        enquiries: row.i64("enquiries")?,
        reminders: row.i64("reminders")?,
        settlement_day: day.map(BankDay),
        due: row.opt_i64("due_ms")?.map(Timestamp),
        created: Timestamp(row.i64("created_ms")?),
        ended: row.opt_i64("ended_ms")?.map(Timestamp),
    })
}
