//! Sessions, by the hash of their token.

use crate::model::session::{Session, SessionKind};
use crate::{CustomerId, Mobile, Name, PersonId, SessionId};
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO session (id, token_hash, kind, person, customer, created_ms, last_seen_ms, expires_ms, ended_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)";
    /// A session whose mandate has ended is not found.
    BY_TOKEN = "SELECT s.id, s.kind, s.person, s.customer, s.created_ms, s.last_seen_ms, \
     s.expires_ms, p.name, p.mobile, p.language FROM session s \
     JOIN person p ON p.id = s.person \
     WHERE s.token_hash = $1 AND s.ended_ms IS NULL AND EXISTS (SELECT 1 FROM mandate m \
     WHERE m.person = s.person AND m.customer = s.customer AND m.until_ms IS NULL)";
    TOUCH = "UPDATE session SET last_seen_ms = $2 WHERE id = $1 AND ended_ms IS NULL AND last_seen_ms < $2";
    END = "UPDATE session SET ended_ms = $2 WHERE id = $1 AND ended_ms IS NULL";
    SWEEP = "DELETE FROM session WHERE expires_ms < $1";
}

/// A session about to be opened.
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) token_hash: [u8; 32],
    pub(crate) kind: SessionKind,
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, new: &NewSession) -> Result<(), Fault> {
    let (kind, created) = (new.kind.code(), new.created);
    let row = params![new.id.0, new.token_hash, kind, new.person.0, new.customer.0, created, created, new.expires];
    tx.execute(INSERT, row).await.map(|_| ())
}

pub(crate) async fn by_token(db: &Db, token_hash: &[u8; 32]) -> Result<Option<Session>, Fault> {
    let Some(row) = db.query_opt(BY_TOKEN, params![*token_hash]).await? else { return Ok(None) };
    let kind = row.text("kind")?;
    Ok(Some(Session {
        id: SessionId(row.i64("id")?),
        kind: SessionKind::from_code(&kind).ok_or_else(|| Fault::new(format!("no kind of session {kind:?}")))?,
        person: PersonId(row.i64("person")?),
        customer: CustomerId(row.i64("customer")?),
        name: Name::trusted(row.text("name")?),
        mobile: Mobile::stored(row.text("mobile")?),
        language: row.text("language")?,
        created: Timestamp(row.i64("created_ms")?),
        last_seen: Timestamp(row.i64("last_seen_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
    }))
}

pub(crate) async fn touch(db: &Db, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    db.execute(TOUCH, params![id.0, now]).await.map(|_| ())
}

pub(crate) async fn end(db: &Db, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    db.execute(END, params![id.0, now]).await.map(|_| ())
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}
