//! Passkeys and security keys, and questions that were answered.

use crate::PersonId;
use crate::model::factor::FactorId;
use crate::model::passkey::{StoredKey, from_word, word};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO webauthn_key (id, person, kind, key_id, record, label, may_be_copied, added_ms, used_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL) ON CONFLICT (key_id) DO NOTHING";
    OF_PERSON = "SELECT id, person, kind, record, label, may_be_copied, added_ms, used_ms FROM webauthn_key \
     WHERE person = $1 ORDER BY added_ms, id";
    ONE = "SELECT id, person, kind, record, label, may_be_copied, added_ms, used_ms FROM webauthn_key \
     WHERE id = $1 AND person = $2";
    ONE_LOCKED = "SELECT id, person, kind, record, label, may_be_copied, added_ms, used_ms FROM webauthn_key \
     WHERE id = $1 AND person = $2 {lock}";
    BY_KEY_ID = "SELECT id, person, kind, record, label, may_be_copied, added_ms, used_ms FROM webauthn_key \
     WHERE key_id = $1 {lock}";
    USED = "UPDATE webauthn_key SET record = $2, used_ms = $3 WHERE id = $1";
    RENAME = "UPDATE webauthn_key SET label = $3 WHERE id = $1 AND person = $2";
    DELETE = "DELETE FROM webauthn_key WHERE id = $1 AND person = $2";
    DELETE_PASSKEYS = "DELETE FROM webauthn_key WHERE person = $1 AND kind = 'passkey'";
    DELETE_ALL = "DELETE FROM webauthn_key WHERE person = $1";
    SPEND = "INSERT INTO spent_question (hash, until_ms) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    SWEEP_SPENT = "DELETE FROM spent_question WHERE until_ms < $1";
}

/// Whether it was written; not if such a key exists already, whoever has it.
pub(crate) async fn insert(tx: &mut Tx, new: &StoredKey, key_id: &[u8]) -> Result<bool, Fault> {
    let kind = word(new.kind);
    let copied = i64::from(new.may_be_copied);
    let row = params![
        new.id.0,
        new.person.0,
        kind,
        key_id.to_vec(),
        new.record.as_str(),
        new.label.as_str(),
        copied,
        new.added
    ];
    Ok(tx.execute(INSERT, row).await? == 1)
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Vec<StoredKey>, Fault> {
    db.query(OF_PERSON, params![person.0]).await?.iter().map(stored).collect()
}

pub(crate) async fn one(db: &Db, id: FactorId, person: PersonId) -> Result<Option<StoredKey>, Fault> {
    db.query_opt(ONE, params![id.0, person.0]).await?.as_ref().map(stored).transpose()
}

/// The same, to be used in this transaction.
pub(crate) async fn find(tx: &mut Tx, id: FactorId, person: PersonId) -> Result<Option<StoredKey>, Fault> {
    tx.query_opt(ONE_LOCKED, params![id.0, person.0]).await?.as_ref().map(stored).transpose()
}

/// The key that an authenticator names.
pub(crate) async fn by_key_id(tx: &mut Tx, key_id: &[u8]) -> Result<Option<StoredKey>, Fault> {
    tx.query_opt(BY_KEY_ID, params![key_id.to_vec()]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn used(tx: &mut Tx, id: FactorId, record: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(USED, params![id.0, record, now]).await.map(|_| ())
}

/// Whether there was such a key of this person.
pub(crate) async fn rename(tx: &mut Tx, id: FactorId, person: PersonId, label: &str) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, params![id.0, person.0, label]).await? == 1)
}

/// Whether there was such a key of this person.
pub(crate) async fn delete(tx: &mut Tx, id: FactorId, person: PersonId) -> Result<bool, Fault> {
    Ok(tx.execute(DELETE, params![id.0, person.0]).await? == 1)
}

/// Takes a person's passkeys away; security keys stay. Gives how many.
pub(crate) async fn delete_passkeys(tx: &mut Tx, person: PersonId) -> Result<u64, Fault> {
    tx.execute(DELETE_PASSKEYS, params![person.0]).await
}

pub(crate) async fn delete_all(tx: &mut Tx, person: PersonId) -> Result<u64, Fault> {
    tx.execute(DELETE_ALL, params![person.0]).await
}

/// Whether this question was not answered before; from now on it was.
pub(crate) async fn spend(tx: &mut Tx, hash: &[u8; 32], until: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(SPEND, params![*hash, until]).await? == 1)
}

pub(crate) async fn sweep_spent(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP_SPENT, params![before]).await
}

fn stored(row: &Row) -> Result<StoredKey, Fault> {
    let kind = row.text("kind")?;
    Ok(StoredKey {
        id: FactorId(row.i64("id")?),
        person: PersonId(row.i64("person")?),
        kind: from_word(&kind).ok_or_else(|| Fault::new(format!("no sort of key {kind:?}")))?,
        record: row.text("record")?,
        label: row.text("label")?,
        added: Timestamp(row.i64("added_ms")?),
        last_used: row.opt_i64("used_ms")?.map(Timestamp),
        may_be_copied: row.i64("may_be_copied")? == 1,
    })
}
