//! The entries of the settlement accounts, and the days that were closed.

use db::{Tx, Value, params};
use kit::{BankDay, Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO network_entry (bank, transfer, number, settlement_day, amount_minor, words, at_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_DAY = "SELECT transfer, amount_minor, words, at_ms FROM network_entry \
     WHERE bank = $1 AND settlement_day = $2 ORDER BY number";
    CLOSING = "SELECT closing_minor FROM network_statement WHERE bank = $1 ORDER BY settlement_day DESC LIMIT 1";
    INSERT_STATEMENT = "INSERT INTO network_statement \
     (bank, settlement_day, opening_minor, closing_minor, entries, closed_ms) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// A line of a settlement account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) bank: String,
    pub(crate) transfer: String,
    pub(crate) number: i64,
    pub(crate) day: BankDay,
    /// Above 0: the bank has more.
    pub(crate) amount_minor: i64,
    pub(crate) words: String,
    pub(crate) at: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, entries: Vec<Entry>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = entries
        .into_iter()
        .map(|one| params![one.bank, one.transfer, one.number, one.day, one.amount_minor, one.words, one.at])
        .collect();
    tx.bulk_insert(INSERT, rows).await.map(|_| ())
}

/// A bank's entries of a day, in order: payment, signed amount, words.
pub(crate) async fn of_day(tx: &mut Tx, bank: &str, day: BankDay) -> Result<Vec<(String, i64, String)>, Fault> {
    let rows = tx.query(OF_DAY, params![bank, day]).await?;
    rows.iter().map(|row| Ok((row.text("transfer")?, row.i64("amount_minor")?, row.text("words")?))).collect()
}

/// What a bank's last closed day ended with; 0 before the first.
pub(crate) async fn closing(tx: &mut Tx, bank: &str) -> Result<i64, Fault> {
    tx.query_opt(CLOSING, params![bank]).await?.map_or(Ok(0), |row| row.i64("closing_minor"))
}

/// A closed day.
pub(crate) struct Closed<'a> {
    pub(crate) bank: &'a str,
    pub(crate) day: BankDay,
    pub(crate) opening_minor: i64,
    pub(crate) closing_minor: i64,
    pub(crate) entries: i64,
    pub(crate) at: Timestamp,
}

pub(crate) async fn close(tx: &mut Tx, day: Closed<'_>) -> Result<(), Fault> {
    let row = params![day.bank, day.day, day.opening_minor, day.closing_minor, day.entries, day.at];
    tx.execute(INSERT_STATEMENT, row).await.map(|_| ())
}
