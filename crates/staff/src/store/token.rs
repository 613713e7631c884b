//! Tokens, and leave to enrol one.

use crate::StaffId;
use crate::model::token::TokenMemory;
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

/// A token as it is stored.
pub(crate) struct Token {
    pub(crate) id: i64,
    pub(crate) seed: Vec<u8>,
    pub(crate) memory: TokenMemory,
}

db::statements! {
    INSERT = "INSERT INTO staff_token (id, member, seed, made_ms, enrolled_ms, last_step, drift, removed_ms) \
     VALUES ($1, $2, $3, $4, $5, 0, 0, NULL)";
    /// Those that prove a sign-in.
    ENROLLED = "SELECT id, seed, last_step, drift FROM staff_token \
     WHERE member = $1 AND enrolled_ms IS NOT NULL AND removed_ms IS NULL ORDER BY id";
    /// The one whose first code has not come.
    PENDING = "SELECT id, seed, last_step, drift FROM staff_token \
     WHERE member = $1 AND enrolled_ms IS NULL AND removed_ms IS NULL ORDER BY id DESC LIMIT 1";
    ENROL = "UPDATE staff_token SET enrolled_ms = $2 WHERE id = $1 AND enrolled_ms IS NULL AND removed_ms IS NULL";
    /// Only ever forward: of two who give the same code at once one has it taken.
    USE = "UPDATE staff_token SET last_step = $2, drift = $3 WHERE id = $1 AND last_step < $2 AND removed_ms IS NULL";
    REMOVE = "UPDATE staff_token SET removed_ms = $2 WHERE member = $1 AND removed_ms IS NULL";
    ALLOW = "INSERT INTO staff_enrolment (member, until_ms) VALUES ($1, $2) \
     ON CONFLICT (member) DO UPDATE SET until_ms = excluded.until_ms";
    ALLOWED = "SELECT 1 AS one FROM staff_enrolment WHERE member = $1 AND until_ms > $2";
    DISALLOW = "DELETE FROM staff_enrolment WHERE member = $1 AND until_ms > $2";
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: i64,
    member: StaffId,
    seed: &[u8],
    now: Timestamp,
    enrolled: Option<Timestamp>,
) -> Result<(), Fault> {
    tx.execute(INSERT, params![id, member.0, seed.to_vec(), now, enrolled.map(Timestamp::as_ms)]).await.map(|_| ())
}

pub(crate) async fn enrolled(tx: &mut Tx, member: StaffId) -> Result<Vec<Token>, Fault> {
    tx.query(ENROLLED, params![member.0]).await?.iter().map(token).collect()
}

pub(crate) async fn pending(tx: &mut Tx, member: StaffId) -> Result<Option<Token>, Fault> {
    tx.query_opt(PENDING, params![member.0]).await?.as_ref().map(token).transpose()
}

/// Whether it was waiting for its first code.
pub(crate) async fn enrol(tx: &mut Tx, id: i64, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(ENROL, params![id, now]).await? == 1)
}

/// Whether no code of that step or a later one was taken before.
pub(crate) async fn spend(tx: &mut Tx, id: i64, memory: TokenMemory) -> Result<bool, Fault> {
    Ok(tx.execute(USE, params![id, memory.last_step, memory.drift]).await? == 1)
}

/// Takes all of a member's tokens away; gives how many.
pub(crate) async fn remove(tx: &mut Tx, member: StaffId, now: Timestamp) -> Result<u64, Fault> {
    tx.execute(REMOVE, params![member.0, now]).await
}

pub(crate) async fn allow(tx: &mut Tx, member: StaffId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(ALLOW, params![member.0, until]).await.map(|_| ())
}

pub(crate) async fn is_allowed(db: &Db, member: StaffId, now: Timestamp) -> Result<bool, Fault> {
    Ok(db.query_opt(ALLOWED, params![member.0, now]).await?.is_some())
}

/// Takes the leave away; whether it was good.
pub(crate) async fn use_leave(tx: &mut Tx, member: StaffId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(DISALLOW, params![member.0, now]).await? == 1)
}

fn token(row: &Row) -> Result<Token, Fault> {
    let memory = TokenMemory { last_step: row.i64("last_step")?, drift: row.i64("drift")? };
    Ok(Token { id: row.i64("id")?, seed: row.bytes("seed")?, memory })
}
