//! Card authorisations and what followed them.

use crate::model::authorisation::{Advice, AuthorisationState, CardPurchase, read_local_time};
use crate::model::instruction::OrderNumber;
use accounts::{CardUse, Country, DebitCardId, Division, UseChannel};
use db::{Db, Row, Sql, Tx, Value, params, placeholders};
use kit::{Fault, Timestamp};
use money::{Amount, Currency};
use passport::CustomerId;

macro_rules! select_authorisation {
    ($rest:literal) => {
        concat!(
            "SELECT reference, id, body_hash, card, customer, shown, order_id, attempt, merchant, country, division, \
            channel, presence, local_time, amount_minor, currency, billed_minor, billed_currency, rate, rate_source, \
            state, refusal, held_minor, open_minor, captured_minor, refunded_minor, asked_ms, expires_ms \
            FROM card_authorisation ",
            $rest
        )
    };
}

db::statements! {
    INSERT = "INSERT INTO card_authorisation (reference, id, body_hash, card, customer, shown, order_id, attempt, merchant, \
        country, division, channel, presence, local_time, amount_minor, currency, billed_minor, billed_currency, rate, \
        rate_source, state, refusal, held_minor, open_minor, captured_minor, refunded_minor, asked_ms, expires_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
        $24, $25, $26, $27, $28) ON CONFLICT (reference) DO NOTHING";
    BY_REFERENCE = select_authorisation!("WHERE reference = $1");
    BY_ID = select_authorisation!("WHERE id = $1");
    BY_ORDER = select_authorisation!("WHERE order_id = $1");
    OF_CARD = select_authorisation!("WHERE card = $1 AND state <> 'deciding' ORDER BY id DESC LIMIT 50");
    OF_CUSTOMER = select_authorisation!("WHERE customer = $1 AND state <> 'deciding' ORDER BY id DESC LIMIT 50");
    UPDATE = "UPDATE card_authorisation SET state = $2, refusal = $3, held_minor = $4, open_minor = $5, \
        captured_minor = $6, refunded_minor = $7, attempt = $8, expires_ms = $9 WHERE reference = $1";
    INSERT_ADVICE = "INSERT INTO card_advice (reference, authorisation, kind, body_hash, amount_minor, billed_minor, \
        order_id, state, refusal, asked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 'deciding', NULL, $8)";
    ADVICE = "SELECT kind, body_hash, amount_minor, billed_minor, order_id, state, refusal \
        FROM card_advice WHERE reference = $1";
    END_ADVICE = "UPDATE card_advice SET state = $2, refusal = $3 WHERE reference = $1";
    REVERSED_BEFORE = "SELECT reference FROM card_advice WHERE authorisation = $1 AND kind = 'reversal' LIMIT 1";
    /// What was given back, and what an interrupted one may have given back.
    REFUNDED = "SELECT COALESCE(SUM(amount_minor), 0) AS amount, COALESCE(SUM(billed_minor), 0) AS billed \
        FROM card_advice WHERE authorisation = $1 AND kind = 'refund' AND state <> 'refused'";
    OF_REFUND = "SELECT authorisation FROM card_advice WHERE order_id = $1 AND kind = 'refund'";
}

const MERCHANTS: &str = "SELECT order_id, merchant FROM card_authorisation WHERE order_id IN";
const MERCHANTS_OF_REFUNDS: &str = "SELECT r.order_id, a.merchant FROM card_advice r JOIN card_authorisation a \
    ON a.reference = r.authorisation WHERE r.kind = 'refund' AND r.order_id IN";

/// An authorisation as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredAuthorisation {
    pub(crate) reference: String,
    pub(crate) body_hash: Vec<u8>,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) order: OrderNumber,
    pub(crate) attempt: u8,
    /// What the ledger holds, in the account's currency.
    pub(crate) held_minor: i64,
    pub(crate) purchase: CardPurchase,
}

/// What followed, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredAdvice {
    pub(crate) kind: Advice,
    pub(crate) body_hash: Vec<u8>,
    pub(crate) amount_minor: i64,
    pub(crate) billed_minor: i64,
    pub(crate) order: OrderNumber,
    /// None while it is decided.
    pub(crate) done: Option<Result<(), String>>,
}

pub(crate) async fn insert(db: &Db, new: &StoredAuthorisation) -> Result<bool, Fault> {
    let purchase = &new.purchase;
    let card_use = &purchase.card_use;
    let who = params![
        new.reference.as_str(),
        purchase.id,
        new.body_hash.clone(),
        purchase.card.map(|card| card.0),
        new.customer.map(|customer| customer.0),
        purchase.shown.as_str(),
        new.order.0,
        i64::from(new.attempt)
    ];
    let place = params![
        purchase.merchant.as_str(),
        card_use.country.code(),
        card_use.division.map(Division::code).unwrap_or_default(),
        card_use.channel.code(),
        if card_use.is_present { "present" } else { "not_present" },
        purchase.local_time.as_str()
    ];
    let money = params![
        purchase.amount.minor,
        i64::from(purchase.amount.currency.numeric()),
        purchase.billed.map(|billed| billed.minor),
        purchase.billed.map(|billed| i64::from(billed.currency.numeric())),
        purchase.rate.as_deref(),
        purchase.rate_source.as_str()
    ];
    let state = params![
        purchase.state.code(),
        purchase.refusal.as_deref(),
        new.held_minor,
        purchase.open_minor,
        purchase.captured_minor,
        purchase.refunded_minor,
        purchase.asked,
        purchase.expires
    ];
    Ok(db.execute(INSERT, [who, place, money, state].concat()).await? > 0)
}

pub(crate) async fn update(tx: &mut Tx, stored: &StoredAuthorisation) -> Result<(), Fault> {
    let purchase = &stored.purchase;
    let values = params![
        stored.reference.as_str(),
        purchase.state.code(),
        purchase.refusal.as_deref(),
        stored.held_minor,
        purchase.open_minor,
        purchase.captured_minor,
        purchase.refunded_minor,
        i64::from(stored.attempt),
        purchase.expires
    ];
    tx.execute(UPDATE, values).await.map(drop)
}

pub(crate) async fn by_reference(
    db: &Db,
    reference: &str,
    now: Timestamp,
) -> Result<Option<StoredAuthorisation>, Fault> {
    db.query_opt(BY_REFERENCE, params![reference]).await?.map(|row| stored(&row, now)).transpose()
}

pub(crate) async fn by_id(db: &Db, id: i64, now: Timestamp) -> Result<Option<StoredAuthorisation>, Fault> {
    db.query_opt(BY_ID, params![id]).await?.map(|row| stored(&row, now)).transpose()
}

/// The authorisation behind an order: that of the payment, or of the payment that a refund gives back.
pub(crate) async fn by_order(
    db: &Db,
    order: OrderNumber,
    now: Timestamp,
) -> Result<Option<StoredAuthorisation>, Fault> {
    if let Some(row) = db.query_opt(BY_ORDER, params![order.0]).await? {
        return Ok(Some(stored(&row, now)?));
    }
    match db.query_opt(OF_REFUND, params![order.0]).await? {
        Some(row) => by_reference(db, &row.text("authorisation")?, now).await,
        None => Ok(None),
    }
}

/// The last uses of a card, the newest first.
pub(crate) async fn of_card(db: &Db, card: DebitCardId, now: Timestamp) -> Result<Vec<CardPurchase>, Fault> {
    let rows = db.query(OF_CARD, params![card.0]).await?;
    rows.iter().map(|row| Ok(stored(row, now)?.purchase)).collect()
}

/// The last uses of a customer's cards, the newest first.
pub(crate) async fn of_customer(db: &Db, customer: CustomerId, now: Timestamp) -> Result<Vec<CardPurchase>, Fault> {
    let rows = db.query(OF_CUSTOMER, params![customer.0]).await?;
    rows.iter().map(|row| Ok(stored(row, now)?.purchase)).collect()
}

/// The shops behind these orders.
pub(crate) async fn merchants(db: &Db, orders: &[i64]) -> Result<Vec<(i64, String)>, Fault> {
    let mut found = Vec::new();
    for text in [MERCHANTS, MERCHANTS_OF_REFUNDS] {
        if orders.is_empty() {
            break;
        }
        let sql = format!("{text} ({})", placeholders(1, orders.len()));
        let values = orders.iter().map(|order| Value::I64(*order)).collect();
        for row in db.query(Sql::assembled(sql), values).await? {
            found.push((row.i64("order_id")?, row.text("merchant")?));
        }
    }
    Ok(found)
}

pub(crate) struct NewAdvice<'a> {
    pub(crate) reference: &'a str,
    pub(crate) authorisation: &'a str,
    pub(crate) kind: Advice,
    pub(crate) body_hash: &'a [u8],
    pub(crate) amount_minor: i64,
    pub(crate) billed_minor: i64,
    pub(crate) order: OrderNumber,
    pub(crate) now: Timestamp,
}

pub(crate) async fn insert_advice(db: &Db, new: &NewAdvice<'_>) -> Result<(), Fault> {
    let values = params![
        new.reference,
        new.authorisation,
        new.kind.code(),
        new.body_hash.to_vec(),
        new.amount_minor,
        new.billed_minor,
        new.order.0,
        new.now
    ];
    db.execute(INSERT_ADVICE, values).await.map(drop)
}

pub(crate) async fn advice(db: &Db, reference: &str) -> Result<Option<StoredAdvice>, Fault> {
    let Some(row) = db.query_opt(ADVICE, params![reference]).await? else { return Ok(None) };
    let kind = row.text("kind")?;
    let kind = [Advice::Capture, Advice::Reversal, Advice::Refund].into_iter().find(|advice| advice.code() == kind);
    Ok(Some(StoredAdvice {
        kind: kind.ok_or_else(|| Fault::new("what followed an authorisation cannot be read"))?,
        body_hash: row.bytes("body_hash")?,
        amount_minor: row.i64("amount_minor")?,
        billed_minor: row.i64("billed_minor")?,
        order: OrderNumber(row.i64("order_id")?),
        done: match (row.text("state")?.as_str(), row.opt_text("refusal")?) {
            ("deciding", _) => None,
            (_, Some(refusal)) => Some(Err(refusal)),
            (_, None) => Some(Ok(())),
        },
    }))
}

/// Whether the network gave a question up before it came.
pub(crate) async fn is_reversed_before(db: &Db, authorisation: &str) -> Result<bool, Fault> {
    Ok(db.query_opt(REVERSED_BEFORE, params![authorisation]).await?.is_some())
}

/// What was given back of an authorisation, in the shop's and in the account's currency.
pub(crate) async fn refunded(db: &Db, authorisation: &str) -> Result<(i64, i64), Fault> {
    let row = db.query_one(REFUNDED, params![authorisation]).await?;
    Ok((row.i64("amount")?, row.i64("billed")?))
}

pub(crate) async fn end_advice(tx: &mut Tx, reference: &str, refusal: Option<&str>) -> Result<(), Fault> {
    let state = if refusal.is_some() { "refused" } else { "done" };
    tx.execute(END_ADVICE, params![reference, state, refusal]).await.map(drop)
}

fn stored(row: &Row, now: Timestamp) -> Result<StoredAuthorisation, Fault> {
    let odd = || Fault::new("a card authorisation cannot be read");
    let currency = |number: i64| u16::try_from(number).ok().and_then(Currency::from_numeric).ok_or_else(odd);
    let expires = row.opt_i64("expires_ms")?.map(Timestamp);
    let state = AuthorisationState::from_code(&row.text("state")?).ok_or_else(odd)?;
    let is_over = state == AuthorisationState::Approved && expires.is_some_and(|expires| now >= expires);
    let local_time = row.text("local_time")?;
    let local_minute = read_local_time(&local_time).ok_or_else(odd)?.minute;
    let order = OrderNumber(row.i64("order_id")?);
    let billed = match (row.opt_i64("billed_minor")?, row.opt_i64("billed_currency")?) {
        (Some(minor), Some(number)) => Some(Amount::new(minor, currency(number)?)),
        _ => None,
    };
    Ok(StoredAuthorisation {
        reference: row.text("reference")?,
        body_hash: row.bytes("body_hash")?,
        customer: row.opt_i64("customer")?.map(CustomerId),
        order,
        attempt: u8::try_from(row.i64("attempt")?)?,
        held_minor: row.i64("held_minor")?,
        purchase: CardPurchase {
            id: row.i64("id")?,
            card: row.opt_i64("card")?.map(DebitCardId),
            shown: row.text("shown")?,
            order: (state != AuthorisationState::Deciding).then_some(order),
            merchant: row.text("merchant")?,
            card_use: CardUse {
                channel: UseChannel::from_code(&row.text("channel")?).ok_or_else(odd)?,
                is_present: row.text("presence")? == "present",
                country: Country::parse(&row.text("country")?).ok_or_else(odd)?,
                division: Division::parse(&row.text("division")?),
                local_minute,
            },
            local_time,
            amount: Amount::new(row.i64("amount_minor")?, currency(row.i64("currency")?)?),
            billed,
            rate: row.opt_text("rate")?,
            rate_source: row.text("rate_source")?,
            state: if is_over { AuthorisationState::Expired } else { state },
            refusal: row.opt_text("refusal")?,
            open_minor: row.i64("open_minor")?,
            captured_minor: row.i64("captured_minor")?,
            refunded_minor: row.i64("refunded_minor")?,
            asked: Timestamp(row.i64("asked_ms")?),
            expires,
        },
    })
}
