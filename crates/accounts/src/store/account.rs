//! Accounts.

use crate::model::account::AccountRef;
use crate::model::class::{Bound, ClassCounters};
use crate::model::product::Product;
use crate::model::purpose::Purpose;
use crate::model::restriction::{AccountEvent, EventKind, Restrictions};
use db::{Db, Row, params};
use kit::{Fault, Timestamp};
use ledger::{AccountId, CounterId, HolderId};
use passport::CustomerId;
use std::collections::HashMap;

/// The columns of [`stored`], and where they come from.
macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT a.account, a.holder, a.customer, a.institution, a.currency, a.product, a.alias, a.opened_ms, \
            a.purpose, a.bound_here, a.bound_elsewhere, a.paid_day, a.paid_year, a.received_day, a.received_year, \
            a.restrictions, a.closed_ms, COALESCE((SELECT n.nickname FROM account_name n \
            WHERE n.account = a.account), a.nickname) AS nickname, (SELECT MAX(c.counter) FROM account_counter c \
            WHERE c.account = a.account AND c.side = 'debit' AND c.counted_by = 'day') AS day_counter \
            FROM ledger_account a ",
            $rest
        )
    };
}

db::statements! {
    CLEAR_ACCOUNTS = "DELETE FROM ledger_account";
    CLEAR_COUNTERS = "DELETE FROM account_counter";
    CLEAR_EVENTS = "DELETE FROM account_event";
    INSERT_ACCOUNT = "INSERT INTO ledger_account (account, holder, customer, institution, currency, kind, product, \
        alias, nickname, opened_ms, purpose, bound_here, bound_elsewhere, paid_day, paid_year, received_day, \
        received_year) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    INSERT_COUNTER = "INSERT INTO account_counter (counter, account, side, counted_by) VALUES ($1, $2, $3, $4)";
    INSERT_EVENT = "INSERT INTO account_event (sequence, account, time_ms, kind, staff, reason) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// What an event leaves behind.
    CHANGE = "UPDATE ledger_account SET restrictions = $2, product = $3, bound_here = $4, bound_elsewhere = $5 \
        WHERE account = $1";
    SET_WOKEN = "UPDATE ledger_account SET woken_ms = $2 WHERE account = $1";
    SET_CLOSED = "UPDATE ledger_account SET closed_ms = $2 WHERE account = $1";
    BY_ID = select_account!("WHERE a.account = $1");
    BY_ALIAS = select_account!("WHERE a.alias = $1 ORDER BY a.account LIMIT 1");
    OF_CUSTOMER = select_account!("WHERE a.customer = $1 ORDER BY a.account");
    WITH_ALIAS = "SELECT alias, account, currency FROM ledger_account WHERE alias IS NOT NULL ORDER BY alias";
    DAY_COUNTERS = "SELECT account, MAX(counter) AS counter FROM account_counter \
        WHERE side = 'debit' AND counted_by = 'day' GROUP BY account";
    RENAME = "INSERT INTO account_name (account, nickname, changed_ms) VALUES ($1, $2, $3) \
        ON CONFLICT (account) DO UPDATE SET nickname = excluded.nickname, changed_ms = excluded.changed_ms";
    EVENTS = "SELECT time_ms, kind, staff, reason FROM account_event WHERE account = $1 ORDER BY sequence";
    LAST_EVENT = "SELECT MAX(sequence) AS sequence FROM account_event WHERE account = $1";
    /// People's open accounts after an id on which nothing has moved since a time: candidates for dormancy.
    STILL = "SELECT a.account FROM ledger_account a WHERE a.account > $1 AND a.product IN ('class_1', 'class_2', 'class_3') \
        AND a.closed_ms IS NULL AND a.opened_ms < $2 AND COALESCE(a.woken_ms, 0) < $2 AND a.restrictions < 8 \
        AND COALESCE((SELECT m.time_ms FROM movement m WHERE m.account = a.account ORDER BY m.sequence DESC LIMIT 1), 0) \
        < $2 ORDER BY a.account LIMIT $3";
}

/// An account as it was opened.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) account: AccountRef,
    pub(crate) nickname: String,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) opened: Timestamp,
    pub(crate) restrictions: Restrictions,
    pub(crate) closed: Option<Timestamp>,
}

pub(crate) async fn by_id(db: &Db, id: AccountId) -> Result<Option<StoredAccount>, Fault> {
    db.query_opt(BY_ID, params![id.0 as i64]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn by_alias(db: &Db, alias: &str) -> Result<Option<StoredAccount>, Fault> {
    db.query_opt(BY_ALIAS, params![alias]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn of_customer(db: &Db, customer: CustomerId) -> Result<Vec<StoredAccount>, Fault> {
    db.query(OF_CUSTOMER, params![customer.0]).await?.iter().map(stored).collect()
}

/// Every account that has a counter of what is paid from it in a day.
pub(crate) async fn day_counters(db: &Db) -> Result<HashMap<AccountId, CounterId>, Fault> {
    let rows = db.query(DAY_COUNTERS, params![]).await?;
    rows.iter().map(|row| Ok((AccountId(row.i64("account")? as u64), CounterId(row.i64("counter")? as u64)))).collect()
}

/// Every account that has an alias: alias, account, currency.
pub(crate) async fn with_alias(db: &Db) -> Result<Vec<(String, AccountId, u16)>, Fault> {
    let rows = db.query(WITH_ALIAS, params![]).await?;
    rows.iter()
        .map(|row| {
            Ok((row.text("alias")?, AccountId(row.i64("account")? as u64), u16::try_from(row.i64("currency")?)?))
        })
        .collect()
}

fn stored(row: &Row) -> Result<StoredAccount, Fault> {
    let product = row.text("product")?;
    let product = Product::from_code(&product).ok_or_else(|| Fault::new(format!("no product {product:?}")))?;
    let odd = || Fault::new("an account's restrictions cannot be read");
    Ok(StoredAccount {
        account: AccountRef {
            id: AccountId(row.i64("account")? as u64),
            customer: row.opt_i64("customer")?.map(CustomerId),
            holder: HolderId(row.i64("holder")? as u64),
            institution: u16::try_from(row.i64("institution")?)?,
            currency: u16::try_from(row.i64("currency")?)?,
            product,
            day_counter: row.opt_i64("day_counter")?.map(|counter| CounterId(counter as u64)),
            class: class_counters(row)?,
            bound: bound(row)?,
        },
        nickname: row.text("nickname")?,
        purpose: row.opt_text("purpose")?.as_deref().and_then(Purpose::from_code),
        opened: Timestamp(row.i64("opened_ms")?),
        restrictions: u8::try_from(row.i64("restrictions")?)
            .ok()
            .and_then(Restrictions::from_number)
            .ok_or_else(odd)?,
        closed: row.opt_i64("closed_ms")?.map(Timestamp),
    })
}

fn class_counters(row: &Row) -> Result<Option<ClassCounters>, Fault> {
    let mut counters = [CounterId(0); 4];
    for (place, column) in ["paid_day", "paid_year", "received_day", "received_year"].into_iter().enumerate() {
        let Some(counter) = row.opt_i64(column)? else { return Ok(None) };
        counters[place] = CounterId(counter as u64);
    }
    Ok(Some(ClassCounters::of(counters)))
}

fn bound(row: &Row) -> Result<Option<Bound>, Fault> {
    let here = row.opt_i64("bound_here")?.map(|account| Bound::Here(AccountId(account as u64)));
    Ok(here.or(row.opt_i64("bound_elsewhere")?.map(Bound::Elsewhere)))
}

/// The two columns of what an account is bound to.
pub(crate) fn bound_columns(bound: Option<Bound>) -> (Option<i64>, Option<i64>) {
    match bound {
        None => (None, None),
        Some(Bound::Here(account)) => (Some(account.0 as i64), None),
        Some(Bound::Elsewhere(number)) => (None, Some(number)),
    }
}

pub(crate) async fn rename(db: &Db, id: AccountId, nickname: &str, now: Timestamp) -> Result<(), Fault> {
    db.execute(RENAME, params![id.0 as i64, nickname, now.as_ms()]).await.map(|_| ())
}

/// What happened to an account, oldest first.
pub(crate) async fn events(db: &Db, id: AccountId) -> Result<Vec<AccountEvent>, Fault> {
    let rows = db.query(EVENTS, params![id.0 as i64]).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text("kind")?;
            Ok(AccountEvent {
                time: Timestamp(row.i64("time_ms")?),
                kind: EventKind::from_code(&kind).ok_or_else(|| Fault::new(format!("no event {kind:?}")))?,
                by: row.opt_text("staff")?,
                reason: row.text("reason")?,
            })
        })
        .collect()
}

/// The ledger's number of the last event of an account.
pub(crate) async fn last_event(db: &Db, id: AccountId) -> Result<Option<i64>, Fault> {
    db.query_one(LAST_EVENT, params![id.0 as i64]).await?.opt_i64("sequence")
}

/// Up to `limit` people's accounts after an id on which nothing has moved since a time.
pub(crate) async fn still(db: &Db, after: i64, since: Timestamp, limit: u32) -> Result<Vec<AccountId>, Fault> {
    let rows = db.query(STILL, params![after, since.as_ms(), limit]).await?;
    rows.iter().map(|row| Ok(AccountId(row.i64("account")? as u64))).collect()
}
