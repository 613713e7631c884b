//! Password hashes and failed tries.

use crate::{CustomerId, Mobile, PersonId};
use credential::Tries;
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    PUT = "INSERT INTO password_credential (person, hash, changed_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, changed_ms = excluded.changed_ms";
    OF_PERSON = "SELECT hash FROM password_credential WHERE person = $1";
    REST = "UPDATE password_credential SET texts_rest_until_ms = $2 WHERE person = $1";
    RESTS = "SELECT texts_rest_until_ms FROM password_credential WHERE person = $1";
    DELETE = "DELETE FROM password_credential WHERE person = $1";
    BY_MOBILE = "SELECT p.id AS person, m.customer, w.hash FROM person p \
     JOIN password_credential w ON w.person = p.id \
     JOIN customer c ON c.person = p.id AND c.institution = $2 \
     JOIN mandate m ON m.person = p.id AND m.customer = c.id AND m.until_ms IS NULL \
     WHERE p.mobile = $1 ORDER BY m.from_ms LIMIT 1";
    TRIES = "SELECT failures, last_ms, blocked_until_ms FROM sign_in_tries WHERE name_hash = $1 {lock}";
    PUT_TRIES = "INSERT INTO sign_in_tries (name_hash, failures, last_ms, blocked_until_ms) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (name_hash) DO UPDATE SET failures = excluded.failures, \
     last_ms = excluded.last_ms, blocked_until_ms = excluded.blocked_until_ms";
    CLEAR_TRIES = "DELETE FROM sign_in_tries WHERE name_hash = $1";
    SWEEP_TRIES = "DELETE FROM sign_in_tries WHERE last_ms < $1";
}

/// What is needed to check a password.
pub(crate) struct Credential {
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
    pub(crate) hash: String,
}

/// Sets a password, the first or another.
pub(crate) async fn put(tx: &mut Tx, person: PersonId, hash: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(PUT, params![person.0, hash, now]).await.map(|_| ())
}

/// Until when texts prove nothing.
pub(crate) async fn rest_texts(tx: &mut Tx, person: PersonId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(REST, params![person.0, until]).await.map(|_| ())
}

pub(crate) async fn texts_rest_until(db: &Db, person: PersonId) -> Result<Timestamp, Fault> {
    let row = db.query_opt(RESTS, params![person.0]).await?;
    row.map_or(Ok(Timestamp(0)), |row| Ok(Timestamp(row.i64("texts_rest_until_ms")?)))
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Option<String>, Fault> {
    db.query_opt(OF_PERSON, params![person.0]).await?.map(|row| row.text("hash")).transpose()
}

/// Takes the password away: nothing signs in until another is set.
pub(crate) async fn delete(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    tx.execute(DELETE, params![person.0]).await.map(|_| ())
}

pub(crate) async fn by_mobile(db: &Db, mobile: &Mobile, institution: u16) -> Result<Option<Credential>, Fault> {
    let Some(row) = db.query_opt(BY_MOBILE, params![mobile.e164(), institution]).await? else { return Ok(None) };
    Ok(Some(Credential {
        person: PersonId(row.i64("person")?),
        customer: CustomerId(row.i64("customer")?),
        hash: row.text("hash")?,
    }))
}

pub(crate) async fn tries(tx: &mut Tx, name_hash: &[u8; 32]) -> Result<Tries, Fault> {
    let Some(row) = tx.query_opt(TRIES, params![*name_hash]).await? else { return Ok(Tries::default()) };
    Ok(Tries {
        failures: row.i64("failures")?,
        last: Timestamp(row.i64("last_ms")?),
        blocked_until: Timestamp(row.i64("blocked_until_ms")?),
    })
}

pub(crate) async fn put_tries(tx: &mut Tx, name_hash: &[u8; 32], tries: Tries) -> Result<(), Fault> {
    let row = params![*name_hash, tries.failures, tries.last, tries.blocked_until];
    tx.execute(PUT_TRIES, row).await.map(|_| ())
}

pub(crate) async fn clear_tries(tx: &mut Tx, name_hash: &[u8; 32]) -> Result<(), Fault> {
    tx.execute(CLEAR_TRIES, params![*name_hash]).await.map(|_| ())
}

pub(crate) async fn sweep_tries(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP_TRIES, params![before]).await
}
