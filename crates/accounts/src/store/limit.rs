//! The bank's matrix by version, and customers' own limits.

use crate::model::limit::{Caps, Matrix, Method, OwnCap, OwnLimit};
use db::{Db, Row, Tx, params};
use kit::{BankDay, Fault, Timestamp};
use passport::{Channel, CustomerId};

db::statements! {
    VERSIONS = "SELECT version, from_day, made_by, checked_by, made_ms FROM limit_matrix ORDER BY version DESC LIMIT 200";
    LINES = "SELECT method, channel, payment_minor, day_minor, month_minor FROM limit_matrix_line WHERE version = $1";
    NEWEST = "SELECT max(version) AS version FROM limit_matrix";
    OF_PROPOSAL = "SELECT version FROM limit_matrix WHERE proposal = $1";
    INSERT = "INSERT INTO limit_matrix (version, proposal, from_day, made_by, checked_by, made_ms) \
     VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_LINE = "INSERT INTO limit_matrix_line (version, method, channel, payment_minor, day_minor, month_minor) \
     VALUES ($1, $2, $3, $4, $5, $6)";
    OWN = "SELECT own_limit, cap_minor, from_ms FROM own_limit WHERE customer = $1 ORDER BY from_ms, id";
    INSERT_OWN = "INSERT INTO own_limit (id, customer, own_limit, cap_minor, from_ms, set_ms) VALUES ($1, $2, $3, $4, $5, $6)";
    /// What was to hold later gives way to what is set now.
    DROP_LATER = "DELETE FROM own_limit WHERE customer = $1 AND own_limit = $2 AND from_ms > $3";
    DROP_ALL_LATER = "DELETE FROM own_limit WHERE customer = $1 AND from_ms > $2";
}

/// A version as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixVersion {
    /// Its number.
    pub version: i64,
    /// The first bank day on which it holds.
    pub from: BankDay,
    /// Staff number of who proposed it.
    pub made_by: String,
    /// Staff number of who approved it.
    pub checked_by: String,
    /// When it was approved.
    pub made: Timestamp,
}

/// Versions beside the one that the bank starts with, the newest first.
pub(crate) async fn versions(db: &Db) -> Result<Vec<MatrixVersion>, Fault> {
    let rows = db.query(VERSIONS, params![]).await?;
    rows.iter()
        .map(|row| {
            Ok(MatrixVersion {
                version: row.i64("version")?,
                from: day(row.i64("from_day")?)?,
                made_by: row.text("made_by")?,
                checked_by: row.text("checked_by")?,
                made: Timestamp(row.i64("made_ms")?),
            })
        })
        .collect()
}

pub(crate) async fn matrix(db: &Db, version: i64, from: BankDay) -> Result<Matrix, Fault> {
    let rows = db.query(LINES, params![version]).await?;
    let lines: Result<Vec<_>, Fault> = rows
        .iter()
        .map(|row| {
            let unknown = || Fault::new("a line of the matrix is not readable");
            let caps = Caps {
                payment_minor: row.opt_i64("payment_minor")?,
                day_minor: row.opt_i64("day_minor")?,
                month_minor: row.opt_i64("month_minor")?,
            };
            let method = Method::from_code(&row.text("method")?).ok_or_else(unknown)?;
            let channel = Channel::from_code(&row.text("channel")?).ok_or_else(unknown)?;
            Ok((method, channel, caps))
        })
        .collect();
    Matrix::try_new(version, from, lines?).map_err(|refusal| Fault::new(format!("version {version}: {refusal}")))
}

/// The version that a proposal made.
pub(crate) async fn of_proposal(tx: &mut Tx, proposal: i64) -> Result<Option<i64>, Fault> {
    tx.query_opt(OF_PROPOSAL, params![proposal]).await?.map(|row| row.i64("version")).transpose()
}

/// The highest number; zero is what the bank starts with.
pub(crate) async fn newest(tx: &mut Tx) -> Result<i64, Fault> {
    let newest = tx.query_opt(NEWEST, params![]).await?.map(|row| row.opt_i64("version")).transpose()?;
    Ok(newest.flatten().unwrap_or(0))
}

/// Keeps a matrix under this number.
pub(crate) async fn insert(
    tx: &mut Tx,
    version: i64,
    proposal: i64,
    matrix: &Matrix,
    made_by: &str,
    checked_by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(INSERT, params![version, proposal, i64::from(matrix.from.0), made_by, checked_by, now]).await?;
    for (method, channel, caps) in matrix.lines() {
        let (method, channel) = (method.code(), channel.code());
        let row = params![version, method, channel, caps.payment_minor, caps.day_minor, caps.month_minor];
        tx.execute(INSERT_LINE, row).await?;
    }
    Ok(())
}

/// Everything that a customer ever set.
pub(crate) async fn own(db: &Db, customer: CustomerId) -> Result<Vec<OwnCap>, Fault> {
    db.query(OWN, params![customer.0]).await?.iter().map(own_cap).collect()
}

/// The same in a transaction that is about to set another.
pub(crate) async fn own_in(tx: &mut Tx, customer: CustomerId) -> Result<Vec<OwnCap>, Fault> {
    tx.query(OWN, params![customer.0]).await?.iter().map(own_cap).collect()
}

fn own_cap(row: &Row) -> Result<OwnCap, Fault> {
    let word = row.text("own_limit")?;
    Ok(OwnCap {
        limit: OwnLimit::from_code(&word).ok_or_else(|| Fault::new(format!("no limit {word:?}")))?,
        cap_minor: row.opt_i64("cap_minor")?,
        from: Timestamp(row.i64("from_ms")?),
    })
}

/// Drops what was to hold later; gives how many there were.
pub(crate) async fn drop_all_later(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<u64, Fault> {
    tx.execute(DROP_ALL_LATER, params![customer.0, now]).await
}

pub(crate) async fn set_own(
    tx: &mut Tx,
    id: i64,
    customer: CustomerId,
    cap: OwnCap,
    now: Timestamp,
) -> Result<(), Fault> {
    let word = cap.limit.code();
    tx.execute(DROP_LATER, params![customer.0, word.as_str(), now]).await?;
    let row = params![id, customer.0, word.as_str(), cap.cap_minor, cap.from, now];
    tx.execute(INSERT_OWN, row).await.map(|_| ())
}

fn day(days: i64) -> Result<BankDay, Fault> {
    Ok(BankDay(i32::try_from(days).map_err(|_| Fault::new("a bank day is out of range"))?))
}
