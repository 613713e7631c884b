//! Members, their passwords, failed tries.

use crate::StaffId;
use crate::model::member::{Member, NewMember, Roles};
use credential::Tries;
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO staff_member (id, number, name, branch, roles, created_ms, disabled_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (number) DO NOTHING";
    BY_ID = "SELECT m.id, m.number, m.name, m.branch, m.roles, m.disabled_ms, c.one_time_until_ms \
     FROM staff_member m LEFT JOIN staff_credential c ON c.member = m.id WHERE m.id = $1";
    BY_NUMBER = "SELECT m.id, m.number, m.name, m.branch, m.roles, m.disabled_ms, c.one_time_until_ms \
     FROM staff_member m LEFT JOIN staff_credential c ON c.member = m.id WHERE m.number = $1";
    ALL = "SELECT m.id, m.number, m.name, m.branch, m.roles, m.disabled_ms, c.one_time_until_ms \
     FROM staff_member m LEFT JOIN staff_credential c ON c.member = m.id ORDER BY m.number LIMIT 1000";
    SET_ROLES = "UPDATE staff_member SET roles = $2 WHERE id = $1";
    SET_DISABLED = "UPDATE staff_member SET disabled_ms = $2 WHERE id = $1";
    PUT_PASSWORD = "INSERT INTO staff_credential (member, hash, one_time_until_ms, changed_ms) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (member) DO UPDATE SET hash = excluded.hash, \
     one_time_until_ms = excluded.one_time_until_ms, changed_ms = excluded.changed_ms";
    PASSWORD = "SELECT hash, one_time_until_ms FROM staff_credential WHERE member = $1";
    TRIES = "SELECT failures, last_ms, blocked_until_ms FROM staff_tries WHERE tried = $1 {lock}";
    PUT_TRIES = "INSERT INTO staff_tries (tried, failures, last_ms, blocked_until_ms) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (tried) DO UPDATE SET failures = excluded.failures, \
     last_ms = excluded.last_ms, blocked_until_ms = excluded.blocked_until_ms";
    CLEAR_TRIES = "DELETE FROM staff_tries WHERE tried = $1";
    SWEEP_TRIES = "DELETE FROM staff_tries WHERE last_ms < $1";
}

/// Whether the number was free.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: StaffId,
    new: &NewMember,
    roles: Roles,
    now: Timestamp,
) -> Result<bool, Fault> {
    let row = params![id.0, new.number.as_str(), new.name.as_str(), new.branch.as_str(), roles.bits(), now];
    Ok(tx.execute(INSERT, row).await? == 1)
}

pub(crate) async fn by_id(db: &Db, id: StaffId) -> Result<Option<Member>, Fault> {
    db.query_opt(BY_ID, params![id.0]).await?.as_ref().map(member).transpose()
}

pub(crate) async fn by_number(db: &Db, number: &str) -> Result<Option<Member>, Fault> {
    db.query_opt(BY_NUMBER, params![number]).await?.as_ref().map(member).transpose()
}

pub(crate) async fn all(db: &Db) -> Result<Vec<Member>, Fault> {
    db.query(ALL, params![]).await?.iter().map(member).collect()
}

pub(crate) async fn set_roles(tx: &mut Tx, id: StaffId, roles: Roles) -> Result<(), Fault> {
    tx.execute(SET_ROLES, params![id.0, roles.bits()]).await.map(|_| ())
}

pub(crate) async fn set_disabled(tx: &mut Tx, id: StaffId, since: Option<Timestamp>) -> Result<(), Fault> {
    tx.execute(SET_DISABLED, params![id.0, since.map(Timestamp::as_ms)]).await.map(|_| ())
}

/// Sets a password; `one_time_until` is for one that the bank made.
pub(crate) async fn put_password(
    tx: &mut Tx,
    id: StaffId,
    hash: &str,
    one_time_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(PUT_PASSWORD, params![id.0, hash, one_time_until.map(Timestamp::as_ms), now]).await.map(|_| ())
}

/// The hash of a member's password, and until when it is good if the bank made it.
pub(crate) async fn password(db: &Db, id: StaffId) -> Result<Option<(String, Option<Timestamp>)>, Fault> {
    let row = db.query_opt(PASSWORD, params![id.0]).await?;
    row.map(|row| Ok((row.text("hash")?, row.opt_i64("one_time_until_ms")?.map(Timestamp)))).transpose()
}

pub(crate) async fn tries(tx: &mut Tx, tried: &[u8; 32]) -> Result<Tries, Fault> {
    let Some(row) = tx.query_opt(TRIES, params![*tried]).await? else { return Ok(Tries::default()) };
    Ok(Tries {
        failures: row.i64("failures")?,
        last: Timestamp(row.i64("last_ms")?),
        blocked_until: Timestamp(row.i64("blocked_until_ms")?),
    })
}

pub(crate) async fn put_tries(tx: &mut Tx, tried: &[u8; 32], tries: Tries) -> Result<(), Fault> {
    let row = params![*tried, tries.failures, tries.last, tries.blocked_until];
    tx.execute(PUT_TRIES, row).await.map(|_| ())
}

pub(crate) async fn clear_tries(tx: &mut Tx, tried: &[u8; 32]) -> Result<(), Fault> {
    tx.execute(CLEAR_TRIES, params![*tried]).await.map(|_| ())
}

pub(crate) async fn sweep_tries(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP_TRIES, params![before]).await
}

pub(crate) fn member(row: &Row) -> Result<Member, Fault> {
    Ok(Member {
        id: StaffId(row.i64("id")?),
        number: row.text("number")?,
        name: row.text("name")?,
        branch: row.text("branch")?,
        roles: Roles::from_bits(row.i64("roles")?),
        disabled: row.opt_i64("disabled_ms")?.map(Timestamp),
        must_change: row.opt_i64("one_time_until_ms")?.is_some(),
    })
}
