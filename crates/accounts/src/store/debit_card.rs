//! Debit cards, their locks, and what happened to them.

use crate::model::debit_card::{CVV_TRIES, DebitCard, DebitCardId, DebitCardState, Expiry, GUESSES_MOST};
use crate::model::lock::{CardLocks, HomePlaces, NightHours};
use crate::vault::SealedNumber;
use db::{Db, Row, Tx, params};
use kit::{BankDay, Fault, Timestamp};
use ledger::{AccountId, CounterId};
use passport::{CustomerId, Tier};

macro_rules! select_card {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer, account, vault_key, key_sealed, number_sealed, shown, tail, expiry_month, state, \
            offline_ms, cvv_wrong, terminal_counter, replaces, replaced_by, issued_ms, overseas_ms, \
            overseas_not_present_ms, region, night_from, night_until, terminal_day_minor, online_tier FROM debit_card ",
            $rest
        )
    };
}

db::statements! {
    INSERT = "INSERT INTO debit_card (id, customer, account, number_hash, vault_key, key_sealed, number_sealed, shown, \
        tail, expiry_month, state, offline_ms, cvv_wrong, terminal_counter, replaces, issue_key, issued_ms, overseas_ms, \
        overseas_not_present_ms, region, night_from, night_until, terminal_day_minor, online_tier) VALUES ($1, $2, $3, $4, \
        $5, $6, $7, $8, $9, $10, 'active', $11, 0, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
        ON CONFLICT DO NOTHING";
    BY_ID = select_card!("WHERE id = $1");
    BY_HASH = select_card!("WHERE number_hash = $1");
    BY_KEY = select_card!("WHERE account = $1 AND issue_key = $2");
    OF_CUSTOMER = select_card!("WHERE customer = $1 ORDER BY id");
    SET_STATE = "UPDATE debit_card SET state = $2 WHERE id = $1";
    SET_REPLACED = "UPDATE debit_card SET state = $2, replaced_by = $3 WHERE id = $1 AND replaced_by IS NULL";
    SET_ONLINE = "UPDATE debit_card SET offline_ms = NULL, cvv_wrong = 0, online_tier = $2 WHERE id = $1";
    SET_OFFLINE = "UPDATE debit_card SET offline_ms = $2 WHERE id = $1";
    STOP_ONLINE = "UPDATE debit_card SET offline_ms = $2 WHERE customer = $1 AND offline_ms IS NULL \
        AND state IN ('active', 'frozen')";
    SET_LOCKS = "UPDATE debit_card SET overseas_ms = $2, overseas_not_present_ms = $3, region = $4, night_from = $5, \
        night_until = $6, terminal_day_minor = $7 WHERE id = $1";
    CVV_WRONG = "UPDATE debit_card SET cvv_wrong = cvv_wrong + 1 WHERE id = $1 RETURNING cvv_wrong";
    CVV_RIGHT = "UPDATE debit_card SET cvv_wrong = 0 WHERE id = $1 AND cvv_wrong > 0";
    INSERT_EVENT = "INSERT INTO debit_card_event (id, card, time_ms, kind, staff, reason) VALUES ($1, $2, $3, $4, $5, $6)";
    EVENTS = "SELECT time_ms, kind, staff, reason FROM debit_card_event WHERE card = $1 ORDER BY id";
    OTHER_KEYS = select_card!("WHERE vault_key <> $1 ORDER BY id LIMIT 500");
    ONE_OF_EACH_KEY = select_card!("WHERE id IN (SELECT min(id) FROM debit_card GROUP BY vault_key) ORDER BY id");
    SET_KEY = "UPDATE debit_card SET vault_key = $2, key_sealed = $3 WHERE id = $1";
}

/// A card with what seals its number.
#[derive(Debug, Clone)]
pub(crate) struct StoredDebitCard {
    pub(crate) card: DebitCard,
    pub(crate) sealed: SealedNumber,
}

/// A card that is issued.
pub(crate) struct NewDebitCard<'a> {
    pub(crate) card: &'a DebitCard,
    pub(crate) sealed: &'a SealedNumber,
    pub(crate) number_hash: [u8; 32],
    /// Names its making, so that a form sent twice makes one card.
    pub(crate) issue_key: &'a str,
}

/// Writes a card, unless there is one of its number or of its making.
pub(crate) async fn insert(tx: &mut Tx, new: &NewDebitCard<'_>) -> Result<bool, Fault> {
    let NewDebitCard { card, sealed, number_hash, issue_key } = new;
    let locks = lock_columns(&card.locks, card.issued);
    let who = params![card.id.0, card.customer.0, card.account.0 as i64, number_hash.to_vec(), i64::from(sealed.key)];
    let number =
        params![sealed.key_sealed.clone(), sealed.number_sealed.clone(), card.shown.as_str(), card.tail.as_str()];
    let offline = (!card.is_online).then_some(card.issued);
    let life = params![
        card.expiry.number(),
        offline,
        card.terminal_counter.0 as i64,
        card.replaces.map(|card| card.0),
        *issue_key,
        card.issued
    ];
    let tier = params![card.online_tier.number()];
    Ok(tx.execute(INSERT, [who, number, life, locks, tier].concat()).await? > 0)
}

pub(crate) async fn by_id(db: &Db, id: DebitCardId, today: BankDay) -> Result<Option<StoredDebitCard>, Fault> {
    db.query_opt(BY_ID, params![id.0]).await?.map(|row| stored(&row, today)).transpose()
}

pub(crate) async fn by_hash(db: &Db, hash: &[u8; 32], today: BankDay) -> Result<Option<StoredDebitCard>, Fault> {
    db.query_opt(BY_HASH, params![hash.to_vec()]).await?.map(|row| stored(&row, today)).transpose()
}

pub(crate) async fn by_key(
    db: &Db,
    account: AccountId,
    issue_key: &str,
    today: BankDay,
) -> Result<Option<StoredDebitCard>, Fault> {
    let found = db.query_opt(BY_KEY, params![account.0 as i64, issue_key]).await?;
    found.map(|row| stored(&row, today)).transpose()
}

pub(crate) async fn of_customer(db: &Db, customer: CustomerId, today: BankDay) -> Result<Vec<StoredDebitCard>, Fault> {
    db.query(OF_CUSTOMER, params![customer.0]).await?.iter().map(|row| stored(row, today)).collect()
}

/// Up to 500 cards whose data keys are not sealed under this key-encryption key.
pub(crate) async fn of_other_keys(db: &Db, key: u32, today: BankDay) -> Result<Vec<StoredDebitCard>, Fault> {
    db.query(OTHER_KEYS, params![i64::from(key)]).await?.iter().map(|row| stored(row, today)).collect()
}

/// For each key-encryption key that a row names one card.
pub(crate) async fn one_of_each_key(db: &Db, today: BankDay) -> Result<Vec<StoredDebitCard>, Fault> {
    db.query(ONE_OF_EACH_KEY, params![]).await?.iter().map(|row| stored(row, today)).collect()
}

pub(crate) async fn set_key(tx: &mut Tx, id: DebitCardId, sealed: &SealedNumber) -> Result<(), Fault> {
    tx.execute(SET_KEY, params![id.0, i64::from(sealed.key), sealed.key_sealed.clone()]).await.map(drop)
}

pub(crate) async fn set_state(tx: &mut Tx, id: DebitCardId, state: DebitCardState) -> Result<(), Fault> {
    tx.execute(SET_STATE, params![id.0, state.code()]).await.map(drop)
}

/// Names the card that took this one's place; false if one did before.
pub(crate) async fn set_replaced(
    tx: &mut Tx,
    id: DebitCardId,
    state: DebitCardState,
    by: DebitCardId,
) -> Result<bool, Fault> {
    Ok(tx.execute(SET_REPLACED, params![id.0, state.code(), by.0]).await? > 0)
}

/// Opens a card to payments without it by a proof of this worth, which forgives the codes that were wrong.
pub(crate) async fn set_online(tx: &mut Tx, id: DebitCardId, tier: Tier) -> Result<(), Fault> {
    tx.execute(SET_ONLINE, params![id.0, tier.number()]).await.map(drop)
}

/// Closes a card to payments without it.
pub(crate) async fn set_offline(tx: &mut Tx, id: DebitCardId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(SET_OFFLINE, params![id.0, now]).await.map(drop)
}

/// Closes all cards of a customer to payments without them; gives how many were open.
pub(crate) async fn stop_online(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<u64, Fault> {
    tx.execute(STOP_ONLINE, params![customer.0, now]).await
}

pub(crate) async fn set_locks(tx: &mut Tx, id: DebitCardId, locks: &CardLocks, now: Timestamp) -> Result<(), Fault> {
    tx.execute(SET_LOCKS, [params![id.0], lock_columns(locks, now)].concat()).await.map(drop)
}

/// Counts a wrong security code; gives how many in a row that makes.
pub(crate) async fn cvv_wrong(tx: &mut Tx, id: DebitCardId) -> Result<i64, Fault> {
    tx.query_one(CVV_WRONG, params![id.0]).await?.i64("cvv_wrong")
}

pub(crate) async fn cvv_right(db: &Db, id: DebitCardId) -> Result<(), Fault> {
    db.execute(CVV_RIGHT, params![id.0]).await.map(drop)
}

/// What happened to a card.
pub(crate) struct CardEventRow<'a> {
    pub(crate) id: i64,
    pub(crate) card: DebitCardId,
    pub(crate) time: Timestamp,
    pub(crate) kind: &'a str,
    pub(crate) by: Option<&'a str>,
    pub(crate) reason: &'a str,
}

pub(crate) async fn insert_event(tx: &mut Tx, event: &CardEventRow<'_>) -> Result<(), Fault> {
    let CardEventRow { id, card, time, kind, by, reason } = *event;
    tx.execute(INSERT_EVENT, params![id, card.0, time, kind, by, reason]).await.map(drop)
}

/// Time, kind, member of staff and reason of what happened to a card, oldest first.
pub(crate) async fn events(
    db: &Db,
    card: DebitCardId,
) -> Result<Vec<(Timestamp, String, Option<String>, String)>, Fault> {
    let rows = db.query(EVENTS, params![card.0]).await?;
    rows.iter()
        .map(|row| Ok((Timestamp(row.i64("time_ms")?), row.text("kind")?, row.opt_text("staff")?, row.text("reason")?)))
        .collect()
}

fn lock_columns(locks: &CardLocks, now: Timestamp) -> Vec<db::Value> {
    params![
        locks.overseas.then_some(now),
        locks.overseas_not_present.then_some(now),
        locks.region.as_ref().map(HomePlaces::codes),
        locks.night.map(|hours| i64::from(hours.from())),
        locks.night.map(|hours| i64::from(hours.until())),
        locks.terminal_day_minor
    ]
}

fn stored(row: &Row, today: BankDay) -> Result<StoredDebitCard, Fault> {
    let odd = || Fault::new("a debit card cannot be read");
    let state = DebitCardState::from_code(&row.text("state")?).ok_or_else(odd)?;
    let expiry = Expiry::from_number(row.i64("expiry_month")?).ok_or_else(odd)?;
    let state = if state.is_alive() && expiry.is_over(today) { DebitCardState::Expired } else { state };
    let region = match row.opt_text("region")? {
        Some(codes) => Some(HomePlaces::parse(&codes).ok_or_else(odd)?),
        None => None,
    };
    let night = match (row.opt_i64("night_from")?, row.opt_i64("night_until")?) {
        (Some(from), Some(until)) => {
            Some(NightHours::try_new(u16::try_from(from)?, u16::try_from(until)?).ok_or_else(odd)?)
        }
        _ => None,
    };
    let tier = Tier::from_number(row.i64("online_tier")?);
    Ok(StoredDebitCard {
        card: DebitCard {
            id: DebitCardId(row.i64("id")?),
            customer: CustomerId(row.i64("customer")?),
            account: AccountId(row.i64("account")? as u64),
            shown: row.text("shown")?,
            tail: row.text("tail")?,
            expiry,
            state,
            is_online: row.opt_i64("offline_ms")?.is_none(),
            is_code_blocked: row.i64("cvv_wrong")? >= CVV_TRIES,
            is_guess_blocked: row.i64("cvv_wrong")? >= GUESSES_MOST,
            online_tier: tier.ok_or_else(odd)?,
            issued: Timestamp(row.i64("issued_ms")?),
            replaces: row.opt_i64("replaces")?.map(DebitCardId),
            replaced_by: row.opt_i64("replaced_by")?.map(DebitCardId),
            locks: CardLocks {
                overseas: row.opt_i64("overseas_ms")?.is_some(),
                region,
                night,
                overseas_not_present: row.opt_i64("overseas_not_present_ms")?.is_some(),
                terminal_day_minor: row.opt_i64("terminal_day_minor")?,
            },
            terminal_counter: CounterId(row.i64("terminal_counter")? as u64),
        },
        sealed: SealedNumber {
            key: u32::try_from(row.i64("vault_key")?)?,
            key_sealed: row.bytes("key_sealed")?,
            number_sealed: row.bytes("number_sealed")?,
        },
    })
}
