//! What staff allowed after they saw who somebody is.

use crate::PersonId;
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO factor_permit (id, person, given_by, given_ms, expires_ms, used_ms) \
     VALUES ($1, $2, $3, $4, $5, NULL)";
    /// One that is good at this instant.
    OPEN = "SELECT id, expires_ms FROM factor_permit WHERE person = $1 AND used_ms IS NULL AND expires_ms > $2 \
     ORDER BY id LIMIT 1";
    USE = "UPDATE factor_permit SET used_ms = $2 WHERE id = $1 AND used_ms IS NULL";
    DROP_OPEN = "UPDATE factor_permit SET expires_ms = $2 WHERE person = $1 AND used_ms IS NULL AND expires_ms > $2";
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: i64,
    person: PersonId,
    given_by: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), Fault> {
    tx.execute(INSERT, params![id, person.0, given_by, now, expires]).await.map(|_| ())
}

pub(crate) async fn open(db: &Db, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(db.query_opt(OPEN, params![person.0, now]).await?.is_some())
}

/// Until when one is good; none if there is none.
pub(crate) async fn open_until(db: &Db, person: PersonId, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let row = db.query_opt(OPEN, params![person.0, now]).await?;
    row.map(|row| Ok(Timestamp(row.i64("expires_ms")?))).transpose()
}

/// Uses one up; whether there was one.
pub(crate) async fn take(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    let Some(row) = tx.query_opt(OPEN, params![person.0, now]).await? else { return Ok(false) };
    Ok(tx.execute(USE, params![row.i64("id")?, now]).await? == 1)
}

/// None that is open is good any more.
pub(crate) async fn drop_open(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(DROP_OPEN, params![person.0, now]).await.map(|_| ())
}
