//! Accounts.

use crate::model::account::AccountRef;
use crate::model::product::Product;
use db::{Db, Row, params};
use kit::{Fault, Timestamp};
use ledger::{AccountId, CounterId, HolderId};
use passport::CustomerId;
use std::collections::HashMap;

db::statements! {
    CLEAR_ACCOUNTS = "DELETE FROM ledger_account";
    CLEAR_COUNTERS = "DELETE FROM account_counter";
    INSERT_ACCOUNT = "INSERT INTO ledger_account (account, holder, customer, institution, currency, kind, product, \
        alias, nickname, opened_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    INSERT_COUNTER = "INSERT INTO account_counter (counter, account, side, counted_by) VALUES ($1, $2, $3, $4)";
    BY_ID = "SELECT a.account, a.holder, a.customer, a.institution, a.currency, a.product, a.alias, a.nickname, \
        a.opened_ms, (SELECT MAX(c.counter) FROM account_counter c WHERE c.account = a.account AND c.side = 'debit' \
        AND c.counted_by = 'day') AS day_counter FROM ledger_account a WHERE a.account = $1";
    BY_ALIAS = "SELECT a.account, a.holder, a.customer, a.institution, a.currency, a.product, a.alias, a.nickname, \
        a.opened_ms, (SELECT MAX(c.counter) FROM account_counter c WHERE c.account = a.account AND c.side = 'debit' \
        AND c.counted_by = 'day') AS day_counter FROM ledger_account a WHERE a.alias = $1 ORDER BY a.account LIMIT 1";
    OF_CUSTOMER = "SELECT a.account, a.holder, a.customer, a.institution, a.currency, a.product, a.alias, a.nickname, \
        a.opened_ms, (SELECT MAX(c.counter) FROM account_counter c WHERE c.account = a.account AND c.side = 'debit' \
        AND c.counted_by = 'day') AS day_counter FROM ledger_account a WHERE a.customer = $1 ORDER BY a.account";
    WITH_ALIAS = "SELECT alias, account, currency FROM ledger_account WHERE alias IS NOT NULL ORDER BY alias";
    DAY_COUNTERS = "SELECT account, MAX(counter) AS counter FROM account_counter \
        WHERE side = 'debit' AND counted_by = 'day' GROUP BY account";
}

/// An account as it was opened.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) account: AccountRef,
    pub(crate) nickname: String,
    pub(crate) opened: Timestamp,
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
    Ok(StoredAccount {
        account: AccountRef {
            id: AccountId(row.i64("account")? as u64),
            customer: row.opt_i64("customer")?.map(CustomerId),
            holder: HolderId(row.i64("holder")? as u64),
            institution: u16::try_from(row.i64("institution")?)?,
            currency: u16::try_from(row.i64("currency")?)?,
            product,
            day_counter: row.opt_i64("day_counter")?.map(|counter| CounterId(counter as u64)),
        },
        nickname: row.text("nickname")?,
        opened: Timestamp(row.i64("opened_ms")?),
    })
}
