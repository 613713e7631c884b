//! Checks of cards, and mandates.

use crate::model::card::CardCheck;
use db::{Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    RECENT = "SELECT count(*) AS n FROM network_card_check WHERE card = $1 AND sent_ms > $2";
    ADD = "INSERT INTO network_card_check (reference, participant, card, code_hash, sent_ms, wrong, mandate) \
     VALUES ($1, $2, $3, $4, $5, 0, NULL)";
    ONE = "SELECT participant, card, code_hash, sent_ms, wrong, mandate FROM network_card_check WHERE reference = $1";
    WRONG = "UPDATE network_card_check SET wrong = wrong + 1 WHERE reference = $1";
    BOUND = "UPDATE network_card_check SET mandate = $2 WHERE reference = $1";
    GIVE = "INSERT INTO network_mandate (mandate, participant, bank, account, given_ms, released_ms) \
     VALUES ($1, $2, $3, $4, $5, NULL)";
    MANDATE = "SELECT participant, bank, account, released_ms FROM network_mandate WHERE mandate = $1";
    RELEASE = "UPDATE network_mandate SET released_ms = $2 WHERE mandate = $1 AND released_ms IS NULL";
}

/// How many codes a card was sent after this moment.
pub(crate) async fn recent(tx: &mut Tx, card: &str, after: Timestamp) -> Result<i64, Fault> {
    tx.query_one(RECENT, params![card, after]).await?.i64("n")
}

pub(crate) async fn add(tx: &mut Tx, check: &CardCheck) -> Result<(), Fault> {
    let row = params![&check.reference, &check.participant, &check.card, &check.code_hash[..], check.sent];
    tx.execute(ADD, row).await.map(|_| ())
}

pub(crate) async fn one(tx: &mut Tx, reference: &str) -> Result<Option<CardCheck>, Fault> {
    let Some(row) = tx.query_opt(ONE, params![reference]).await? else { return Ok(None) };
    Ok(Some(CardCheck {
        reference: reference.to_owned(),
        participant: row.text("participant")?,
        card: row.text("card")?,
        code_hash: row.bytes("code_hash")?,
        sent: Timestamp(row.i64("sent_ms")?),
        wrong: row.i64("wrong")?,
        mandate: row.opt_text("mandate")?,
    }))
}

pub(crate) async fn count_wrong(tx: &mut Tx, reference: &str) -> Result<(), Fault> {
    tx.execute(WRONG, params![reference]).await.map(|_| ())
}

/// A mandate: who may collect from which account.
pub(crate) struct Mandate {
    pub(crate) participant: String,
    pub(crate) bank: String,
    pub(crate) account: String,
    pub(crate) is_released: bool,
}

/// Gives a mandate for a check that was passed.
pub(crate) async fn bind(
    tx: &mut Tx,
    reference: &str,
    name: &str,
    mandate: &Mandate,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(BOUND, params![reference, name]).await?;
    tx.execute(GIVE, params![name, &mandate.participant, &mandate.bank, &mandate.account, now]).await.map(|_| ())
}

pub(crate) async fn mandate(tx: &mut Tx, name: &str) -> Result<Option<Mandate>, Fault> {
    let Some(row) = tx.query_opt(MANDATE, params![name]).await? else { return Ok(None) };
    Ok(Some(Mandate {
        participant: row.text("participant")?,
        bank: row.text("bank")?,
        account: row.text("account")?,
        is_released: row.opt_i64("released_ms")?.is_some(),
    }))
}

pub(crate) async fn release(tx: &mut Tx, name: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(RELEASE, params![name, now]).await.map(|_| ())
}
