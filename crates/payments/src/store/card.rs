//! Bound cards, and cards that are being bound.

use crate::model::card::{CardCheckId, CardId, OtherBank};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};
use passport::{CustomerId, PersonId};

db::statements! {
    INSERT = "INSERT INTO bound_card (id, customer, person, bank, bank_zh, bank_en, number_hash, number_sealed, shown, tail, \
        mobile_shown, mandate, state, ended, bound_ms, next_ms, tries) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'bound', 0, $13, 0, 0) ON CONFLICT DO NOTHING";
    OF_CUSTOMER = "SELECT id, customer, person, bank, bank_zh, bank_en, number_sealed, shown, tail, mobile_shown, mandate, \
        bound_ms, tries FROM bound_card WHERE customer = $1 AND state = 'bound' ORDER BY id";
    BY_ID = "SELECT id, customer, person, bank, bank_zh, bank_en, number_sealed, shown, tail, mobile_shown, mandate, \
        bound_ms, tries FROM bound_card WHERE id = $1 AND customer = $2 AND state = 'bound'";
    OWNER = "SELECT id, customer FROM bound_card WHERE number_hash = $1 AND ended = 0";
    COUNT = "SELECT COUNT(*) AS n FROM bound_card WHERE customer = $1 AND state = 'bound'";
    UNBIND = "UPDATE bound_card SET state = 'releasing', ended = id, unbound_ms = $3, next_ms = $3 \
        WHERE id = $1 AND customer = $2 AND state = 'bound'";
    RELEASING = "SELECT id, customer, person, bank, bank_zh, bank_en, number_sealed, shown, tail, mobile_shown, mandate, \
        bound_ms, tries FROM bound_card WHERE state = 'releasing' AND next_ms <= $1 ORDER BY next_ms, id LIMIT 50";
    RELEASED = "UPDATE bound_card SET state = 'released' WHERE id = $1 AND state = 'releasing'";
    RELEASE_LATER = "UPDATE bound_card SET tries = tries + 1, next_ms = $2 WHERE id = $1 AND state = 'releasing'";

    INSERT_CHECK = "INSERT INTO card_check (id, customer, person, bank, bank_zh, bank_en, number_hash, number_sealed, shown, \
        tail, mobile_shown, state, wrong, created_ms, expires_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'asking', 0, $12, $13)";
    CHECKS_SINCE = "SELECT COUNT(*) AS n, MIN(created_ms) AS oldest FROM card_check WHERE customer = $1 AND created_ms > $2";
    CHECK_BY_ID = "SELECT id, customer, person, bank, bank_zh, bank_en, number_hash, number_sealed, shown, tail, mobile_shown, \
        reference, state, wrong, expires_ms, card FROM card_check WHERE id = $1 AND customer = $2";
    CODE_SENT = "UPDATE card_check SET state = 'waiting', reference = $2 WHERE id = $1 AND state = 'asking'";
    CHECK_OVER = "UPDATE card_check SET state = 'over' WHERE id = $1 AND state <> 'bound'";
    CHECK_UNDO = "DELETE FROM card_check WHERE id = $1 AND state = 'asking'";
    SET_WRONG = "UPDATE card_check SET wrong = $2 WHERE id = $1";
    CHECK_BOUND = "UPDATE card_check SET state = 'bound', card = $2 WHERE id = $1";
    SWEEP_CHECKS = "DELETE FROM card_check WHERE created_ms < $1";
}

/// What is kept about a card, bound or not yet.
#[derive(Clone)]
pub(crate) struct CardFacts {
    pub(crate) customer: CustomerId,
    pub(crate) person: PersonId,
    /// Without the beginnings of its cards.
    pub(crate) bank: OtherBank,
    pub(crate) number_sealed: Vec<u8>,
    pub(crate) shown: String,
    pub(crate) tail: String,
    pub(crate) mobile_shown: String,
}

/// A bound card as it is kept.
#[derive(Clone)]
pub(crate) struct StoredCard {
    pub(crate) id: CardId,
    pub(crate) facts: CardFacts,
    pub(crate) mandate: String,
    pub(crate) bound: Timestamp,
    /// How often its release was tried.
    pub(crate) tries: i64,
}

/// A card that is being bound.
#[derive(Clone)]
pub(crate) struct StoredCheck {
    pub(crate) id: CardCheckId,
    pub(crate) facts: CardFacts,
    pub(crate) number_hash: Vec<u8>,
    /// None as long as the bank has not answered.
    pub(crate) reference: Option<String>,
    /// Whether the bank waits for the code.
    pub(crate) waits: bool,
    pub(crate) wrong: i64,
    pub(crate) expires: Timestamp,
    /// What it has become.
    pub(crate) card: Option<CardId>,
}

/// The lock under which a customer's cards and tries are counted.
pub(crate) fn lock(customer: CustomerId) -> String {
    format!("cards/{customer}")
}

/// False if the card is bound already, whoever has it.
pub(crate) async fn insert(tx: &mut Tx, card: &StoredCard, number_hash: &[u8]) -> Result<bool, Fault> {
    let facts = &card.facts;
    let row = params![
        card.id.0,
        facts.customer.0,
        facts.person.0,
        facts.bank.code.as_str(),
        facts.bank.name_zh.as_str(),
        facts.bank.name_en.as_str(),
        number_hash,
        facts.number_sealed.as_slice(),
        facts.shown.as_str(),
        facts.tail.as_str(),
        facts.mobile_shown.as_str(),
        card.mandate.as_str(),
        card.bound,
    ];
    Ok(tx.execute(INSERT, row).await? > 0)
}

/// A customer's bound cards, the oldest first.
pub(crate) async fn of_customer(db: &Db, customer: CustomerId) -> Result<Vec<StoredCard>, Fault> {
    db.query(OF_CUSTOMER, params![customer.0]).await?.iter().map(stored).collect()
}

/// A bound card of this customer; another's is not found.
pub(crate) async fn by_id(db: &Db, id: CardId, customer: CustomerId) -> Result<Option<StoredCard>, Fault> {
    db.query_opt(BY_ID, params![id.0, customer.0]).await?.as_ref().map(stored).transpose()
}

/// Who has bound a card.
pub(crate) async fn owner(db: &Db, number_hash: &[u8]) -> Result<Option<(CardId, CustomerId)>, Fault> {
    let row = db.query_opt(OWNER, params![number_hash]).await?;
    row.map(|row| Ok((CardId(row.i64("id")?), CustomerId(row.i64("customer")?)))).transpose()
}

pub(crate) async fn count(tx: &mut Tx, customer: CustomerId) -> Result<i64, Fault> {
    let row = tx.query_opt(COUNT, params![customer.0]).await?;
    row.ok_or_else(|| Fault::new("a count gave no row"))?.i64("n")
}

/// Whether it was bound.
pub(crate) async fn unbind(tx: &mut Tx, id: CardId, customer: CustomerId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(UNBIND, params![id.0, customer.0, now]).await? > 0)
}

/// Cards that are given up and whose bank does not know it yet.
pub(crate) async fn releasing(db: &Db, now: Timestamp) -> Result<Vec<StoredCard>, Fault> {
    db.query(RELEASING, params![now]).await?.iter().map(stored).collect()
}

pub(crate) async fn released(db: &Db, id: CardId) -> Result<(), Fault> {
    db.execute(RELEASED, params![id.0]).await.map(|_| ())
}

pub(crate) async fn release_later(db: &Db, id: CardId, next: Timestamp) -> Result<(), Fault> {
    db.execute(RELEASE_LATER, params![id.0, next]).await.map(|_| ())
}

pub(crate) async fn insert_check(tx: &mut Tx, check: &StoredCheck, now: Timestamp) -> Result<(), Fault> {
    let facts = &check.facts;
    let row = params![
        check.id.0,
        facts.customer.0,
        facts.person.0,
        facts.bank.code.as_str(),
        facts.bank.name_zh.as_str(),
        facts.bank.name_en.as_str(),
        check.number_hash.as_slice(),
        facts.number_sealed.as_slice(),
        facts.shown.as_str(),
        facts.tail.as_str(),
        facts.mobile_shown.as_str(),
        now,
        check.expires,
    ];
    tx.execute(INSERT_CHECK, row).await.map(|_| ())
}

/// How many cards a customer tried to bind since then, and when the first of these tries was.
pub(crate) async fn checks_since(
    tx: &mut Tx,
    customer: CustomerId,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>), Fault> {
    let row = tx.query_opt(CHECKS_SINCE, params![customer.0, since]).await?;
    let row = row.ok_or_else(|| Fault::new("a count gave no row"))?;
    Ok((row.i64("n")?, row.opt_i64("oldest")?.map(Timestamp)))
}

pub(crate) async fn check(db: &Db, id: CardCheckId, customer: CustomerId) -> Result<Option<StoredCheck>, Fault> {
    db.query_opt(CHECK_BY_ID, params![id.0, customer.0]).await?.as_ref().map(stored_check).transpose()
}

pub(crate) async fn check_in(tx: &mut Tx, id: CardCheckId, customer: CustomerId) -> Result<Option<StoredCheck>, Fault> {
    tx.query_opt(CHECK_BY_ID, params![id.0, customer.0]).await?.as_ref().map(stored_check).transpose()
}

pub(crate) async fn code_sent(db: &Db, id: CardCheckId, reference: &str) -> Result<(), Fault> {
    db.execute(CODE_SENT, params![id.0, reference]).await.map(|_| ())
}

pub(crate) async fn check_over(db: &Db, id: CardCheckId) -> Result<(), Fault> {
    db.execute(CHECK_OVER, params![id.0]).await.map(|_| ())
}

/// Forgets a try that the bank never heard of.
pub(crate) async fn undo_check(db: &Db, id: CardCheckId) -> Result<(), Fault> {
    db.execute(CHECK_UNDO, params![id.0]).await.map(|_| ())
}

pub(crate) async fn set_wrong(tx: &mut Tx, id: CardCheckId, wrong: i64) -> Result<(), Fault> {
    tx.execute(SET_WRONG, params![id.0, wrong]).await.map(|_| ())
}

pub(crate) async fn check_bound(tx: &mut Tx, id: CardCheckId, card: CardId) -> Result<(), Fault> {
    tx.execute(CHECK_BOUND, params![id.0, card.0]).await.map(|_| ())
}

pub(crate) async fn sweep_checks(db: &Db, before: Timestamp) -> Result<(), Fault> {
    db.execute(SWEEP_CHECKS, params![before]).await.map(|_| ())
}

fn facts(row: &Row) -> Result<CardFacts, Fault> {
    let (name_zh, name_en) = (row.text("bank_zh")?, row.text("bank_en")?);
    Ok(CardFacts {
        customer: CustomerId(row.i64("customer")?),
        person: PersonId(row.i64("person")?),
        bank: OtherBank { code: row.text("bank")?, name_zh, name_en, bins: Vec::new() },
        number_sealed: row.bytes("number_sealed")?,
        shown: row.text("shown")?,
        tail: row.text("tail")?,
        mobile_shown: row.text("mobile_shown")?,
    })
}

fn stored(row: &Row) -> Result<StoredCard, Fault> {
    Ok(StoredCard {
        id: CardId(row.i64("id")?),
        facts: facts(row)?,
        mandate: row.text("mandate")?,
        bound: Timestamp(row.i64("bound_ms")?),
        tries: row.i64("tries")?,
    })
}

fn stored_check(row: &Row) -> Result<StoredCheck, Fault> {
    Ok(StoredCheck {
        id: CardCheckId(row.i64("id")?),
        facts: facts(row)?,
        number_hash: row.bytes("number_hash")?,
        reference: row.opt_text("reference")?,
        waits: row.text("state")? == "waiting",
        wrong: row.i64("wrong")?,
        expires: Timestamp(row.i64("expires_ms")?),
        card: row.opt_i64("card")?.map(CardId),
    })
}
