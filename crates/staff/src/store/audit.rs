//! The audit trail.

use crate::StaffId;
use crate::model::audit::{AuditFilter, AuditRow, BEGINNING};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    BEGIN = "INSERT INTO staff_audit_head (id, sequence, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING";
    HEAD = "SELECT sequence, hash FROM staff_audit_head WHERE id = 1 {lock}";
    READ_HEAD = "SELECT sequence, hash FROM staff_audit_head WHERE id = 1";
    SET_HEAD = "UPDATE staff_audit_head SET sequence = $1, hash = $2 WHERE id = 1";
    INSERT = "INSERT INTO staff_audit (sequence, time_ms, member, number, branch, action, subject, detail, outcome, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    AFTER = "SELECT sequence, time_ms, member, number, branch, action, subject, detail, outcome, hash \
     FROM staff_audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    /// Newest first; an empty filter lets all through.
    LIST = "SELECT sequence, time_ms, member, number, branch, action, subject, detail, outcome, hash \
     FROM staff_audit WHERE sequence < $1 AND ($2 = '' OR number = $2) \
     AND ($3 = '' OR substr(action, 1, length($3)) = $3) AND ($4 = '' OR subject = $4) \
     ORDER BY sequence DESC LIMIT $5";
}

/// Writes the next row. It is the last thing that a transaction does: all others wait for it.
pub(crate) async fn append(tx: &mut Tx, mut row: AuditRow) -> Result<(), Fault> {
    tx.execute(BEGIN, params![BEGINNING]).await?;
    let head = tx.query_opt(HEAD, params![]).await?.ok_or_else(|| Fault::new("the audit trail has no head"))?;
    row.sequence = head.i64("sequence")? + 1;
    row.hash = row.hash_after(&hash(&head)?);
    let member = row.member.map_or(0, |member| member.0);
    let facts = params![row.sequence, row.time, member, row.number, row.branch];
    let words = params![row.action, row.subject, row.detail, row.outcome, row.hash];
    tx.execute(INSERT, [facts, words].concat()).await?;
    tx.execute(SET_HEAD, params![row.sequence, row.hash]).await.map(|_| ())
}

/// The number and hash of the last row, as the head says.
pub(crate) async fn head(tx: &mut Tx) -> Result<(i64, [u8; 32]), Fault> {
    match tx.query_opt(READ_HEAD, params![]).await? {
        Some(row) => Ok((row.i64("sequence")?, hash(&row)?)),
        None => Ok((0, BEGINNING)),
    }
}

/// Rows after a sequence, oldest first.
pub(crate) async fn after(tx: &mut Tx, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, Fault> {
    tx.query(AFTER, params![sequence, limit]).await?.iter().map(audit_row).collect()
}

/// Rows before a sequence, newest first.
pub(crate) async fn list(db: &Db, filter: &AuditFilter, before: i64, limit: u32) -> Result<Vec<AuditRow>, Fault> {
    let row = params![before, filter.number.as_str(), filter.action.as_str(), filter.subject.as_str(), limit];
    db.query(LIST, row).await?.iter().map(audit_row).collect()
}

fn audit_row(row: &Row) -> Result<AuditRow, Fault> {
    let member = row.i64("member")?;
    Ok(AuditRow {
        sequence: row.i64("sequence")?,
        time: Timestamp(row.i64("time_ms")?),
        member: (member != 0).then_some(StaffId(member)),
        number: row.text("number")?,
        branch: row.text("branch")?,
        action: row.text("action")?,
        subject: row.text("subject")?,
        detail: row.text("detail")?,
        outcome: row.text("outcome")?,
        hash: hash(row)?,
    })
}

fn hash(row: &Row) -> Result<[u8; 32], Fault> {
    row.bytes("hash")?.try_into().map_err(|_| Fault::new("a hash of the audit trail has another length"))
}
