//! Security cases and their notes; what a session may see whole.

use crate::model::case::{CaseNote, SecurityCase};
use crate::{NewSecurityCase, SecurityCaseId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO staff_security_case (id, origin, subject, what, detail, opened_ms, closed_ms, closed_by) \
     VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL) ON CONFLICT (origin) DO NOTHING";
    OF_ORIGIN = "SELECT id FROM staff_security_case WHERE origin = $1";
    BY_ID = "SELECT id, subject, what, detail, opened_ms, closed_ms, closed_by FROM staff_security_case WHERE id = $1";
    /// Newest first.
    OPEN = "SELECT id, subject, what, detail, opened_ms, closed_ms, closed_by FROM staff_security_case \
     WHERE closed_ms IS NULL ORDER BY id DESC LIMIT $1";
    CLOSED = "SELECT id, subject, what, detail, opened_ms, closed_ms, closed_by FROM staff_security_case \
     WHERE closed_ms IS NOT NULL ORDER BY id DESC LIMIT $1";
    OF_SUBJECT = "SELECT id, subject, what, detail, opened_ms, closed_ms, closed_by FROM staff_security_case \
     WHERE subject = $1 AND closed_ms IS NULL ORDER BY id DESC LIMIT $2";
    CLOSE = "UPDATE staff_security_case SET closed_ms = $2, closed_by = $3 WHERE id = $1 AND closed_ms IS NULL";
    NOTE = "INSERT INTO staff_security_note (id, security_case, time_ms, number, note) VALUES ($1, $2, $3, $4, $5)";
    NOTES = "SELECT time_ms, number, note FROM staff_security_note WHERE security_case = $1 ORDER BY id LIMIT 200";
    UNMASK = "INSERT INTO staff_unmasked (session, subject, until_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (session, subject) DO UPDATE SET until_ms = excluded.until_ms";
    UNMASKED = "SELECT until_ms FROM staff_unmasked WHERE session = $1 AND subject = $2 AND until_ms > $3";
}

/// The case of this origin, made if there was none; whether it was made now.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: SecurityCaseId,
    new: &NewSecurityCase,
    now: Timestamp,
) -> Result<(SecurityCaseId, bool), Fault> {
    let row = params![id.0, new.origin.as_str(), new.subject.as_str(), new.what, new.detail.as_str(), now];
    if tx.execute(INSERT, row).await? == 1 {
        return Ok((id, true));
    }
    let found = tx.query_opt(OF_ORIGIN, params![new.origin.as_str()]).await?;
    let found = found.ok_or_else(|| Fault::new("a security case is neither new nor there"))?;
    Ok((SecurityCaseId(found.i64("id")?), false))
}

pub(crate) async fn by_id(db: &Db, id: SecurityCaseId) -> Result<Option<SecurityCase>, Fault> {
    db.query_opt(BY_ID, params![id.0]).await?.as_ref().map(case).transpose()
}

pub(crate) async fn list(db: &Db, is_open: bool, limit: u32) -> Result<Vec<SecurityCase>, Fault> {
    let statement = if is_open { OPEN } else { CLOSED };
    db.query(statement, params![limit]).await?.iter().map(case).collect()
}

pub(crate) async fn of_subject(db: &Db, subject: &str, limit: u32) -> Result<Vec<SecurityCase>, Fault> {
    db.query(OF_SUBJECT, params![subject, limit]).await?.iter().map(case).collect()
}

/// Whether it was open.
pub(crate) async fn close(tx: &mut Tx, id: SecurityCaseId, now: Timestamp, by: &str) -> Result<bool, Fault> {
    Ok(tx.execute(CLOSE, params![id.0, now, by]).await? == 1)
}

pub(crate) async fn note(
    tx: &mut Tx,
    note: i64,
    id: SecurityCaseId,
    now: Timestamp,
    by: &str,
    text: &str,
) -> Result<(), Fault> {
    tx.execute(NOTE, params![note, id.0, now, by, text]).await.map(|_| ())
}

pub(crate) async fn notes(db: &Db, id: SecurityCaseId) -> Result<Vec<CaseNote>, Fault> {
    let note = |row: &Row| {
        Ok(CaseNote { time: Timestamp(row.i64("time_ms")?), number: row.text("number")?, note: row.text("note")? })
    };
    db.query(NOTES, params![id.0]).await?.iter().map(note).collect()
}

pub(crate) async fn unmask(tx: &mut Tx, session: i64, subject: &str, until: Timestamp) -> Result<(), Fault> {
    tx.execute(UNMASK, params![session, subject, until]).await.map(|_| ())
}

pub(crate) async fn unmasked(db: &Db, session: i64, subject: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let row = db.query_opt(UNMASKED, params![session, subject, now]).await?;
    row.map(|row| Ok(Timestamp(row.i64("until_ms")?))).transpose()
}

fn case(row: &Row) -> Result<SecurityCase, Fault> {
    Ok(SecurityCase {
        id: SecurityCaseId(row.i64("id")?),
        subject: row.text("subject")?,
        what: row.text("what")?,
        detail: row.text("detail")?,
        opened: Timestamp(row.i64("opened_ms")?),
        closed: row.opt_i64("closed_ms")?.map(Timestamp),
        closed_by: row.opt_text("closed_by")?,
    })
}
