//! Passkeys of members, and what sessions were asked.

use crate::model::key::{KeyPurpose, StaffKey, StoredKey};
use crate::{StaffId, StaffKeyId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO staff_key (id, member, key_id, record, label, added_ms, used_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (key_id) DO NOTHING";
    OF_MEMBER = "SELECT id, member, record, label, added_ms, used_ms FROM staff_key WHERE member = $1 ORDER BY id";
    BY_KEY_ID = "SELECT id, member, record, label, added_ms, used_ms FROM staff_key \
     WHERE key_id = $1 AND member = $2 {lock}";
    USED = "UPDATE staff_key SET record = $2, used_ms = $3 WHERE id = $1";
    RENAME = "UPDATE staff_key SET label = $3 WHERE id = $1 AND member = $2";
    /// Never the last way in: a token or another passkey stays.
    DELETE = "DELETE FROM staff_key WHERE id = $1 AND member = $2 AND (EXISTS (SELECT 1 FROM staff_token t \
     WHERE t.member = $2 AND t.enrolled_ms IS NOT NULL AND t.removed_ms IS NULL) \
     OR EXISTS (SELECT 1 FROM staff_key k WHERE k.member = $2 AND k.id <> $1))";
    DELETE_ALL = "DELETE FROM staff_key WHERE member = $1";
    ASK = "INSERT INTO staff_key_question (session, purpose, state, until_ms) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (session) DO UPDATE SET purpose = excluded.purpose, state = excluded.state, \
     until_ms = excluded.until_ms";
    ASKED = "SELECT state FROM staff_key_question WHERE session = $1 AND purpose = $2 AND until_ms > $3 {lock}";
    SPEND = "DELETE FROM staff_key_question WHERE session = $1";
}

/// Whether it was written; not if such a key exists already, whoever has it.
pub(crate) async fn insert(tx: &mut Tx, new: &StoredKey, key_id: &[u8]) -> Result<bool, Fault> {
    let StaffKey { id, label, added, .. } = &new.key;
    let row = params![id.0, new.member.0, key_id.to_vec(), new.record.as_str(), label.as_str(), *added];
    Ok(tx.execute(INSERT, row).await? == 1)
}

/// The oldest first.
pub(crate) async fn of_member(db: &Db, member: StaffId) -> Result<Vec<StoredKey>, Fault> {
    db.query(OF_MEMBER, params![member.0]).await?.iter().map(stored).collect()
}

/// The same, to be changed in this transaction.
pub(crate) async fn of_member_in(tx: &mut Tx, member: StaffId) -> Result<Vec<StoredKey>, Fault> {
    tx.query(OF_MEMBER, params![member.0]).await?.iter().map(stored).collect()
}

/// The member's key that an authenticator names, to be used in this transaction.
pub(crate) async fn by_key_id(tx: &mut Tx, key_id: &[u8], member: StaffId) -> Result<Option<StoredKey>, Fault> {
    tx.query_opt(BY_KEY_ID, params![key_id.to_vec(), member.0]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn used(tx: &mut Tx, id: StaffKeyId, record: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(USED, params![id.0, record, now]).await.map(|_| ())
}

/// Whether there was such a key of this member.
pub(crate) async fn rename(tx: &mut Tx, id: StaffKeyId, member: StaffId, label: &str) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, params![id.0, member.0, label]).await? == 1)
}

/// Whether it was there and was not the last way in.
pub(crate) async fn delete(tx: &mut Tx, id: StaffKeyId, member: StaffId) -> Result<bool, Fault> {
    Ok(tx.execute(DELETE, params![id.0, member.0]).await? == 1)
}

/// Takes all of a member's passkeys away; gives how many.
pub(crate) async fn delete_all(tx: &mut Tx, member: StaffId) -> Result<u64, Fault> {
    tx.execute(DELETE_ALL, params![member.0]).await
}

/// Remembers what a session was asked last.
pub(crate) async fn ask(
    tx: &mut Tx,
    session: i64,
    purpose: KeyPurpose,
    state: &str,
    until: Timestamp,
) -> Result<(), Fault> {
    tx.execute(ASK, params![session, purpose.code(), state, until]).await.map(|_| ())
}

/// What a session was asked, once.
pub(crate) async fn take_question(
    tx: &mut Tx,
    session: i64,
    purpose: KeyPurpose,
    now: Timestamp,
) -> Result<Option<String>, Fault> {
    let Some(row) = tx.query_opt(ASKED, params![session, purpose.code(), now]).await? else { return Ok(None) };
    tx.execute(SPEND, params![session]).await?;
    Ok(Some(row.text("state")?))
}

fn stored(row: &Row) -> Result<StoredKey, Fault> {
    Ok(StoredKey {
        key: StaffKey {
            id: StaffKeyId(row.i64("id")?),
            label: row.text("label")?,
            added: Timestamp(row.i64("added_ms")?),
            last_used: row.opt_i64("used_ms")?.map(Timestamp),
        },
        member: StaffId(row.i64("member")?),
        record: row.text("record")?,
    })
}
