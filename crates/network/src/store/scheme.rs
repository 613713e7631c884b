//! Single values: the open settlement day, the last number that was given, the faults.

use crate::model::fault::Faults;
use db::{Tx, params};
use kit::{BankDay, Fault, FaultContext};

db::statements! {
    VALUES = "SELECT name, value FROM network_scheme";
    PUT = "INSERT INTO network_scheme (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    SETTING = "SELECT value FROM network_setting WHERE name = $1";
    PUT_SETTING = "INSERT INTO network_setting (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// What changes with almost every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    /// The open settlement day; none before the first start.
    pub(crate) day: Option<BankDay>,
    /// The last number that was given.
    pub(crate) number: i64,
}

pub(crate) async fn counters(tx: &mut Tx) -> Result<Counters, Fault> {
    let mut counters = Counters { day: None, number: 0 };
    for row in tx.query(VALUES, params![]).await? {
        let value = row.i64("value")?;
        match row.text("name")?.as_str() {
            "day" => counters.day = Some(BankDay(i32::try_from(value)?)),
            _ => counters.number = value,
        }
    }
    Ok(counters)
}

pub(crate) async fn put_counters(tx: &mut Tx, counters: Counters) -> Result<(), Fault> {
    let day = counters.day.map(|day| params!["day", day]);
    let rows = [Some(params!["number", counters.number]), day];
    tx.bulk_insert(PUT, rows.into_iter().flatten().collect()).await.map(|_| ())
}

pub(crate) async fn faults(tx: &mut Tx) -> Result<Option<Faults>, Fault> {
    let row = tx.query_opt(SETTING, params!["faults"]).await?;
    row.map(|row| serde_json::from_str(&row.text("value")?).fault("reading the faults that were set")).transpose()
}

pub(crate) async fn put_faults(tx: &mut Tx, faults: &Faults) -> Result<(), Fault> {
    tx.execute(PUT_SETTING, params!["faults", serde_json::to_string(faults)?]).await.map(|_| ())
}
