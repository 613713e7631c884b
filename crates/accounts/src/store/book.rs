//! The books.

use crate::model::book::KindFlow;
use db::{Db, Row, params};
use kit::{BankDay, Fault};

db::statements! {
    CLEAR = "DELETE FROM book_day";
    /// Adds a chunk's sums to what the day has.
    ADD = "INSERT INTO book_day (institution, currency, bank_day, kind, debits_minor, credits_minor) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (institution, currency, bank_day, kind) DO UPDATE SET \
        debits_minor = book_day.debits_minor + excluded.debits_minor, \
        credits_minor = book_day.credits_minor + excluded.credits_minor";
    /// Gross flows of every kind up to and on a day.
    FLOWS = "SELECT currency, kind, \
        SUM(CASE WHEN bank_day < $2 THEN debits_minor ELSE 0 END) AS debits_before, \
        SUM(CASE WHEN bank_day < $2 THEN credits_minor ELSE 0 END) AS credits_before, \
        SUM(CASE WHEN bank_day = $2 THEN debits_minor ELSE 0 END) AS debits, \
        SUM(CASE WHEN bank_day = $2 THEN credits_minor ELSE 0 END) AS credits \
        FROM book_day WHERE institution = $1 AND bank_day <= $2 GROUP BY currency, kind ORDER BY currency, kind";
    /// The newest day with a movement.
    LAST_DAY = "SELECT MAX(bank_day) AS day FROM book_day WHERE institution = $1";
}

pub(crate) async fn flows(db: &Db, institution: u16, day: BankDay) -> Result<Vec<KindFlow>, Fault> {
    db.query(FLOWS, params![institution, day]).await?.iter().map(flow).collect()
}

pub(crate) async fn last_day(db: &Db, institution: u16) -> Result<Option<BankDay>, Fault> {
    let day = db.query_one(LAST_DAY, params![institution]).await?.opt_i64("day")?;
    day.map(|day| Ok(BankDay(i32::try_from(day)?))).transpose()
}

fn flow(row: &Row) -> Result<KindFlow, Fault> {
    Ok(KindFlow {
        kind: u32::try_from(row.i64("kind")?)?,
        currency: u16::try_from(row.i64("currency")?)?,
        debits_before: row.i64("debits_before")?,
        credits_before: row.i64("credits_before")?,
        debits: row.i64("debits")?,
        credits: row.i64("credits")?,
    })
}
