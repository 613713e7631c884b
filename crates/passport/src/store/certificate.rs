//! Keys with a certificate.

use crate::model::certificate::StoredKey;
use crate::{FactorId, PersonId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO signing_key \
     (id, person, label, public_key, certificate, added_ms, expires_ms, last_used_ms, revoked_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL) ON CONFLICT (public_key) DO NOTHING";
    OF_PERSON = "SELECT id, label, public_key, certificate, added_ms, expires_ms, last_used_ms FROM signing_key \
     WHERE person = $1 AND revoked_ms IS NULL ORDER BY added_ms, id";
    ONE = "SELECT id, label, public_key, certificate, added_ms, expires_ms, last_used_ms FROM signing_key \
     WHERE person = $1 AND id = $2 AND revoked_ms IS NULL {lock}";
    COUNT = "SELECT count(*) AS n FROM signing_key WHERE person = $1 AND revoked_ms IS NULL";
    USED = "UPDATE signing_key SET last_used_ms = $2 WHERE id = $1";
    REVOKE = "UPDATE signing_key SET revoked_ms = $3 WHERE person = $1 AND id = $2 AND revoked_ms IS NULL";
}

/// Whether no key like this was ever anybody's.
pub(crate) async fn insert(tx: &mut Tx, person: PersonId, key: &StoredKey) -> Result<bool, Fault> {
    let (label, public, certificate) = (key.label.clone(), key.public.clone(), key.certificate.clone());
    let row = params![key.id.0, person.0, label, public, certificate, key.added, key.expires];
    Ok(tx.execute(INSERT, row).await? == 1)
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Vec<StoredKey>, Fault> {
    db.query(OF_PERSON, params![person.0]).await?.iter().map(stored).collect()
}

pub(crate) async fn of(tx: &mut Tx, person: PersonId, id: FactorId) -> Result<Option<StoredKey>, Fault> {
    tx.query_opt(ONE, params![person.0, id.0]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn count(tx: &mut Tx, person: PersonId) -> Result<i64, Fault> {
    let row = tx.query_opt(COUNT, params![person.0]).await?;
    row.map_or(Ok(0), |row| row.i64("n"))
}

pub(crate) async fn used(tx: &mut Tx, id: FactorId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(USED, params![id.0, now]).await.map(|_| ())
}

/// Whether there was such a key of this person.
pub(crate) async fn revoke(tx: &mut Tx, person: PersonId, id: FactorId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(REVOKE, params![person.0, id.0, now]).await? == 1)
}

fn stored(row: &Row) -> Result<StoredKey, Fault> {
    Ok(StoredKey {
        id: FactorId(row.i64("id")?),
        label: row.text("label")?,
        public: row.bytes("public_key")?,
        certificate: row.bytes("certificate")?,
        added: Timestamp(row.i64("added_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        last_used: row.opt_i64("last_used_ms")?.map(Timestamp),
    })
}
