//! What happened to people's safety.

use crate::model::event::{EventId, EventKind, SecurityEvent};
use crate::{PersonId, SessionId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO security_event (id, person, time_ms, kind, session, device, address, detail) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// Of the last events of a person none says the same, and few are of the kind since an instant.
    INSERT_ONCE = "INSERT INTO security_event (id, person, time_ms, kind, session, device, address, detail) \
     SELECT $1, $2, $3, $4, $5, '', '', $6 WHERE NOT EXISTS (SELECT 1 FROM (SELECT kind, detail FROM security_event \
     WHERE person = $2 ORDER BY id DESC LIMIT 100) recent WHERE recent.kind = $4 AND recent.detail = $6) AND $7 > \
     (SELECT count(*) FROM (SELECT kind, time_ms FROM security_event WHERE person = $2 ORDER BY id DESC LIMIT 100) late \
     WHERE late.kind = $4 AND late.time_ms > $8)";
    LIST = "SELECT id, time_ms, kind, session, device, address, detail FROM security_event \
     WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    ONE = "SELECT id, time_ms, kind, session, device, address, detail FROM security_event \
     WHERE person = $1 AND id = $2";
    NOTED = "SELECT id FROM security_event WHERE person = $1 AND kind = $2 AND detail = $3 LIMIT 1";
    /// What the audit trail does not have yet stays.
    SWEEP = "DELETE FROM security_event WHERE time_ms < $1 AND chained <> 0";
    /// Oldest first.
    UNCHAINED = "SELECT person, id, time_ms, kind, session, device, address, detail FROM security_event \
     WHERE chained = 0 ORDER BY id LIMIT $1";
    CHAINED = "UPDATE security_event SET chained = 1 WHERE id = $1";
}

pub(crate) async fn insert(tx: &mut Tx, person: PersonId, event: &SecurityEvent) -> Result<(), Fault> {
    let SecurityEvent { id, time, kind, session, device, address, detail } = event;
    let session = session.map(|session| session.0);
    let row = params![id.0, person.0, *time, kind.code(), session, device.as_str(), address.as_str(), detail.as_str()];
    tx.execute(INSERT, row).await.map(|_| ())
}

/// The same of somebody without a browser, unless it was said before or `most` of the kind were since an instant; whether it is
/// there now.
pub(crate) async fn insert_once(
    tx: &mut Tx,
    person: PersonId,
    event: &SecurityEvent,
    most: i64,
    since: Timestamp,
) -> Result<bool, Fault> {
    let (kind, session) = (event.kind.code(), event.session.map(|session| session.0));
    let row = params![event.id.0, person.0, event.time, kind, session, event.detail.as_str(), most, since];
    Ok(tx.execute(INSERT_ONCE, row).await? > 0)
}

/// The newest before this one.
pub(crate) async fn list(db: &Db, person: PersonId, before: i64, most: u32) -> Result<Vec<SecurityEvent>, Fault> {
    db.query(LIST, params![person.0, before, most]).await?.iter().map(stored).collect()
}

pub(crate) async fn one(db: &Db, person: PersonId, id: EventId) -> Result<Option<SecurityEvent>, Fault> {
    db.query_opt(ONE, params![person.0, id.0]).await?.as_ref().map(stored).transpose()
}

/// Whether something happened with exactly this detail.
pub(crate) async fn is_noted(tx: &mut Tx, person: PersonId, kind: EventKind, detail: &str) -> Result<bool, Fault> {
    Ok(tx.query_opt(NOTED, params![person.0, kind.code(), detail]).await?.is_some())
}

/// What the audit trail does not have yet, oldest first.
pub(crate) async fn unchained(tx: &mut Tx, most: u32) -> Result<Vec<(PersonId, SecurityEvent)>, Fault> {
    let rows = tx.query(UNCHAINED, params![most]).await?;
    rows.iter().map(|row| Ok((PersonId(row.i64("person")?), stored(row)?))).collect()
}

pub(crate) async fn mark_chained(tx: &mut Tx, id: EventId) -> Result<(), Fault> {
    tx.execute(CHAINED, params![id.0]).await.map(|_| ())
}

pub(crate) async fn sweep(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![before]).await
}

fn stored(row: &Row) -> Result<SecurityEvent, Fault> {
    let kind = row.text("kind")?;
    Ok(SecurityEvent {
        id: EventId(row.i64("id")?),
        time: Timestamp(row.i64("time_ms")?),
        kind: EventKind::from_code(&kind).ok_or_else(|| Fault::new(format!("no kind of event {kind:?}")))?,
        session: row.opt_i64("session")?.map(SessionId),
        device: row.text("device")?,
        address: row.text("address")?,
        detail: row.text("detail")?,
    })
}
