//! Sessions and known browsers. They are read from SQL at each request, unlike customers': they are few, and they may do much.

use crate::StaffId;
use crate::model::session::StaffSession;
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO staff_session (id, token_hash, member, created_ms, last_seen_ms, expires_ms, ended_ms, proven_ms) \
     VALUES ($1, $2, $3, $4, $4, $5, NULL, $6)";
    /// The second step: the session goes on under another secret.
    PROVE = "UPDATE staff_session SET token_hash = $2, proven_ms = $3, last_seen_ms = $3, expires_ms = $4 \
     WHERE id = $1 AND ended_ms IS NULL";
    PROVE_TOKEN = "UPDATE staff_session SET token_proven_ms = $2 WHERE id = $1 AND ended_ms IS NULL";
    /// With the roles of this moment; a disabled member has no session.
    BY_TOKEN = "SELECT s.id AS session, s.created_ms, s.last_seen_ms, s.expires_ms, s.proven_ms, s.token_proven_ms, \
     (SELECT MAX(t.id) FROM staff_token t WHERE t.member = m.id AND t.enrolled_ms IS NOT NULL AND t.removed_ms IS NULL) \
     AS token, \
     m.id, m.number, m.name, m.branch, m.roles, m.disabled_ms, c.one_time_until_ms \
     FROM staff_session s JOIN staff_member m ON m.id = s.member AND m.disabled_ms IS NULL \
     LEFT JOIN staff_credential c ON c.member = m.id WHERE s.token_hash = $1 AND s.ended_ms IS NULL";
    TOUCH = "UPDATE staff_session SET last_seen_ms = $2 WHERE id = $1 AND ended_ms IS NULL AND last_seen_ms < $2";
    END = "UPDATE staff_session SET ended_ms = $2 WHERE id = $1 AND ended_ms IS NULL";
    /// All of a member's but one; no session has the id 0.
    END_OTHERS = "UPDATE staff_session SET ended_ms = $3 WHERE member = $1 AND id <> $2 AND ended_ms IS NULL";
    SWEEP = "DELETE FROM staff_session WHERE expires_ms < $1";
    DEVICE = "SELECT 1 AS one FROM staff_device WHERE token_hash = $1 AND member = $2 AND last_seen_ms > $3";
    KEEP_DEVICE = "INSERT INTO staff_device (token_hash, member, last_seen_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (token_hash, member) DO UPDATE SET last_seen_ms = excluded.last_seen_ms";
    SWEEP_DEVICES = "DELETE FROM staff_device WHERE last_seen_ms < $1";
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: i64,
    token_hash: &[u8; 32],
    member: StaffId,
    now: Timestamp,
    expires: Timestamp,
    proven: Option<Timestamp>,
) -> Result<(), Fault> {
    let row = params![id, *token_hash, member.0, now, expires, proven.map(Timestamp::as_ms)];
    tx.execute(INSERT, row).await.map(|_| ())
}

/// Whether it was alive.
pub(crate) async fn prove(
    tx: &mut Tx,
    id: i64,
    token_hash: &[u8; 32],
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(PROVE, params![id, *token_hash, now, expires]).await? == 1)
}

/// A code of the member's token was right in this session.
pub(crate) async fn prove_token(tx: &mut Tx, id: i64, now: Timestamp) -> Result<(), Fault> {
    tx.execute(PROVE_TOKEN, params![id, now]).await.map(|_| ())
}

pub(crate) async fn by_token(db: &Db, token_hash: &[u8; 32]) -> Result<Option<StaffSession>, Fault> {
    let Some(row) = db.query_opt(BY_TOKEN, params![*token_hash]).await? else { return Ok(None) };
    Ok(Some(StaffSession {
        id: row.i64("session")?,
        member: super::member::member(&row)?,
        created: Timestamp(row.i64("created_ms")?),
        last_seen: Timestamp(row.i64("last_seen_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        proven: row.opt_i64("proven_ms")?.is_some(),
        has_token: row.opt_i64("token")?.is_some(),
        token_proven: row.opt_i64("token_proven_ms")?.map(Timestamp),
    }))
}

pub(crate) async fn touch(db: &Db, id: i64, now: Timestamp) -> Result<(), Fault> {
    db.execute(TOUCH, params![id, now]).await.map(|_| ())
}

pub(crate) async fn end(tx: &mut Tx, id: i64, now: Timestamp) -> Result<(), Fault> {
    tx.execute(END, params![id, now]).await.map(|_| ())
}

/// Ends all of a member's sessions but this one.
pub(crate) async fn end_others(tx: &mut Tx, member: StaffId, kept: Option<i64>, now: Timestamp) -> Result<(), Fault> {
    tx.execute(END_OTHERS, params![member.0, kept.unwrap_or(0), now]).await.map(|_| ())
}

/// Whether the member has signed in in this browser since then.
pub(crate) async fn is_known(db: &Db, device: &[u8; 32], member: StaffId, since: Timestamp) -> Result<bool, Fault> {
    Ok(db.query_opt(DEVICE, params![*device, member.0, since]).await?.is_some())
}

pub(crate) async fn keep_device(tx: &mut Tx, device: &[u8; 32], member: StaffId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(KEEP_DEVICE, params![*device, member.0, now]).await.map(|_| ())
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp, devices_before: Timestamp) -> Result<(), Fault> {
    db.execute(SWEEP, params![expired_before]).await?;
    db.execute(SWEEP_DEVICES, params![devices_before]).await.map(|_| ())
}
