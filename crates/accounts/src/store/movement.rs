//! Movements.

use crate::model::account::Movement;
use crate::model::statement::{DayBalance, DayFlow, MovementFilter, Way};
use db::{Db, Row, params};
use kit::{BankDay, Fault, Timestamp};
use ledger::AccountId;

db::statements! {
    CLEAR = "DELETE FROM movement";
    INSERT = "INSERT INTO movement (account, sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, \
        reference, counterparty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Newest first, before a sequence.
    PAGE = "SELECT sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, reference, counterparty \
        FROM movement WHERE account = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
    /// The same among days, and among signed amounts of either of two ranges.
    FILTERED = "SELECT sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, reference, counterparty \
        FROM movement WHERE account = $1 AND sequence < $2 AND bank_day BETWEEN $3 AND $4 \
        AND (amount_minor BETWEEN $5 AND $6 OR amount_minor BETWEEN $7 AND $8) ORDER BY sequence DESC LIMIT $9";
    /// What each day from one on came to.
    DAYS = "SELECT bank_day, SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS received, \
        SUM(CASE WHEN amount_minor > 0 THEN 1 ELSE 0 END) AS received_count, \
        SUM(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END) AS paid, \
        SUM(CASE WHEN amount_minor < 0 THEN 1 ELSE 0 END) AS paid_count \
        FROM movement WHERE account = $1 AND bank_day >= $2 GROUP BY bank_day ORDER BY bank_day";
    /// What each day of a span came to, and the balance at its end.
    BALANCES = "SELECT d.bank_day, d.received, d.paid, d.movements, d.received_count, m.balance_after_minor FROM ( \
        SELECT bank_day, SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS received, \
        SUM(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END) AS paid, COUNT(*) AS movements, \
        SUM(CASE WHEN amount_minor > 0 THEN 1 ELSE 0 END) AS received_count, MAX(sequence) AS final_sequence \
        FROM movement WHERE account = $1 AND bank_day BETWEEN $2 AND $3 GROUP BY bank_day) d \
        JOIN movement m ON m.account = $1 AND m.sequence = d.final_sequence ORDER BY d.bank_day";
    /// The balance before a day.
    BALANCE_BEFORE = "SELECT balance_after_minor FROM movement WHERE account = $1 AND bank_day < $2 \
        ORDER BY sequence DESC LIMIT 1";
}

/// What each day from the first to the last came to, with how often something came in.
pub(crate) async fn balances(
    db: &Db,
    account: AccountId,
    first: BankDay,
    last: BankDay,
) -> Result<Vec<(DayBalance, i64)>, Fault> {
    let rows = db.query(BALANCES, params![account.0 as i64, first, last]).await?;
    rows.iter()
        .map(|row| {
            let day = DayBalance {
                day: BankDay(i32::try_from(row.i64("bank_day")?)?),
                received_minor: row.i64("received")?,
                paid_minor: row.i64("paid")?,
                count: row.i64("movements")?,
                closing_minor: row.i64("balance_after_minor")?,
            };
            Ok((day, row.i64("received_count")?))
        })
        .collect()
}

/// The balance at the end of the day before this one.
pub(crate) async fn balance_before(db: &Db, account: AccountId, day: BankDay) -> Result<i64, Fault> {
    let row = db.query_opt(BALANCE_BEFORE, params![account.0 as i64, day]).await?;
    row.map_or(Ok(0), |row| row.i64("balance_after_minor"))
}

/// Up to `limit` movements before a sequence, newest first.
pub(crate) async fn page(db: &Db, account: AccountId, before: Option<u64>, limit: u32) -> Result<Vec<Movement>, Fault> {
    let before = before.map_or(Ok(i64::MAX), i64::try_from)?;
    let rows = db.query(PAGE, params![account.0 as i64, before, limit]).await?;
    rows.iter().map(movement).collect()
}

/// Up to `limit` movements that a filter lets through before a sequence, newest first.
pub(crate) async fn filtered(
    db: &Db,
    account: AccountId,
    filter: &MovementFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Movement>, Fault> {
    let before = before.map_or(Ok(i64::MAX), i64::try_from)?;
    let day = |day: Option<BankDay>, none: i32| i64::from(day.map_or(none, |day| day.0));
    let (from, to) = (day(filter.from, i32::MIN), day(filter.to, i32::MAX));
    let (least, most) = (filter.least_minor.unwrap_or(0).max(0), filter.most_minor.unwrap_or(i64::MAX).max(-1));
    // A range whose end lies before its beginning holds nothing.
    let (none, both) = ((1_i64, 0_i64), [(least, most), (-most, -least)]);
    let [received, paid] = match filter.direction {
        None => both,
        Some(Way::In) => [both[0], none],
        Some(Way::Out) => [none, both[1]],
    };
    let ranges = params![received.0, received.1, paid.0, paid.1];
    let params = [params![account.0 as i64, before, from, to], ranges, params![limit]].concat();
    db.query(FILTERED, params).await?.iter().map(movement).collect()
}

/// What each day from one on came to.
pub(crate) async fn days(db: &Db, account: AccountId, from: BankDay) -> Result<Vec<DayFlow>, Fault> {
    let rows = db.query(DAYS, params![account.0 as i64, from]).await?;
    rows.iter()
        .map(|row| {
            let sums = [row.i64("received")?, row.i64("received_count")?, row.i64("paid")?, row.i64("paid_count")?];
            Ok((BankDay(i32::try_from(row.i64("bank_day")?)?), sums))
        })
        .collect()
}

fn movement(row: &Row) -> Result<Movement, Fault> {
    Ok(Movement {
        sequence: row.i64("sequence")? as u64,
        amount_minor: row.i64("amount_minor")?,
        balance_after_minor: row.i64("balance_after_minor")?,
        time: Timestamp(row.i64("time_ms")?),
        bank_day: BankDay(i32::try_from(row.i64("bank_day")?)?),
        code: u16::try_from(row.i64("code")?)?,
        reference: row.i64("reference")?,
        counterparty: AccountId(row.i64("counterparty")? as u64),
    })
}
