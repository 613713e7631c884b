//! Customers of the two banks that live here.

use crate::model::bank::{AccountState, Customer};
use db::{Db, Row, Tx, Value, params};
use kit::Fault;

db::statements! {
    ONE = "SELECT * FROM network_customer WHERE bank = $1 AND account = $2";
    OF_HOLDER = "SELECT * FROM network_customer WHERE bank = $1 AND citizen_number = $2 ORDER BY number LIMIT 1";
    COUNT = "SELECT count(*) AS n FROM network_customer WHERE bank = $1";
    SAMPLES = "SELECT * FROM network_customer WHERE is_sample = 1 ORDER BY bank, number";
    SUMS = "SELECT bank, count(*) AS n, sum(opened_minor) AS opened_minor, sum(balance_minor) AS balance_minor, \
     sum(held_minor) AS held_minor FROM network_customer GROUP BY bank";
    PUT = "INSERT INTO network_customer (bank, account, name, citizen_number, mobile, state, opened_minor, \
     balance_minor, held_minor, is_sample, number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
     ON CONFLICT (bank, account) DO UPDATE SET balance_minor = excluded.balance_minor, \
     held_minor = excluded.held_minor";
}

pub(crate) async fn one(tx: &mut Tx, bank: &str, account: &str) -> Result<Option<Customer>, Fault> {
    tx.query_opt(ONE, params![bank, account]).await?.as_ref().map(customer).transpose()
}

/// The first account of a holder at a bank.
pub(crate) async fn of_holder(tx: &mut Tx, bank: &str, citizen_number: &str) -> Result<Option<Customer>, Fault> {
    tx.query_opt(OF_HOLDER, params![bank, citizen_number]).await?.as_ref().map(customer).transpose()
}

/// How many accounts a bank has.
pub(crate) async fn count(tx: &mut Tx, bank: &str) -> Result<i64, Fault> {
    tx.query_one(COUNT, params![bank]).await?.i64("n")
}

/// Those for people to try.
pub(crate) async fn samples(db: &Db) -> Result<Vec<Customer>, Fault> {
    db.query(SAMPLES, params![]).await?.iter().map(customer).collect()
}

/// What all customers of a bank have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    pub(crate) count: i64,
    pub(crate) opened_minor: i64,
    pub(crate) balance_minor: i64,
    pub(crate) held_minor: i64,
}

pub(crate) async fn sums(tx: &mut Tx) -> Result<Vec<(String, Sums)>, Fault> {
    let rows = tx.query(SUMS, params![]).await?;
    let sums = rows.iter().map(|row| {
        let sums = Sums {
            count: row.i64("n")?,
            opened_minor: row.i64("opened_minor")?,
            balance_minor: row.i64("balance_minor")?,
            held_minor: row.i64("held_minor")?,
        };
        Ok((row.text("bank")?, sums))
    });
    sums.collect()
}

/// Writes customers; `number` orders new ones.
pub(crate) async fn put<'a>(
    tx: &mut Tx,
    customers: impl Iterator<Item = &'a Customer>,
    number: i64,
) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = customers
        .map(|one| {
            params![
                &one.bank,
                &one.account,
                &one.name,
                &one.citizen_number,
                &one.mobile,
                one.state.word(),
                one.opened_minor,
                one.balance_minor,
                one.held_minor,
                i64::from(one.is_sample),
                number
            ]
        })
        .collect();
    tx.bulk_insert(PUT, rows).await.map(|_| ())
}

fn customer(row: &Row) -> Result<Customer, Fault> {
    let state = row.text("state")?;
    Ok(Customer {
        bank: row.text("bank")?,
        account: row.text("account")?,
        name: row.text("name")?,
        citizen_number: row.text("citizen_number")?,
        mobile: row.text("mobile")?,
        state: AccountState::from_word(&state).ok_or_else(|| Fault::new(format!("an account is {state:?}")))?,
        opened_minor: row.i64("opened_minor")?,
        balance_minor: row.i64("balance_minor")?,
        held_minor: row.i64("held_minor")?,
        is_sample: row.i64("is_sample")? != 0,
    })
}
