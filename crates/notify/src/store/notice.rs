//! The inbox.

use crate::model::notice::{self, Notice, NoticeId, StoredNotice};
use db::{Db, Row, Tx, Value, params};
use kit::{Fault, Timestamp};

db::statements! {
    /// Not read yet. Also used in bulk.
    INSERT = "INSERT INTO notice (id, person, kind, facts, link, once_key, told_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, once_key) DO NOTHING";
    LIST = "SELECT id, kind, facts, link, told_ms, read_ms FROM notice \
     WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    UNREAD = "SELECT count(*) AS n FROM notice WHERE person = $1 AND read_ms IS NULL";
    MARK_READ = "UPDATE notice SET read_ms = $3 WHERE person = $1 AND id = $2 AND read_ms IS NULL";
    MARK_ALL_READ = "UPDATE notice SET read_ms = $2 WHERE person = $1 AND read_ms IS NULL";
}

/// Whether it was new.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: NoticeId,
    person: i64,
    notice: &Notice,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(INSERT, row(id, person, notice, now)?).await? == 1)
}

/// Those that are new.
pub(crate) async fn insert_all(
    tx: &mut Tx,
    notices: impl Iterator<Item = (NoticeId, i64, &Notice)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let rows: Result<_, Fault> = notices.map(|(id, person, notice)| row(id, person, notice, now)).collect();
    tx.bulk_insert(INSERT, rows?).await.map(|_| ())
}

fn row(id: NoticeId, person: i64, notice: &Notice, now: Timestamp) -> Result<Vec<Value>, Fault> {
    let facts = notice::written(&notice.facts)?;
    let key = notice.key.clone().unwrap_or_else(|| id.to_string());
    Ok(params![id.0, person, notice.kind, facts, notice.link.clone(), key, now])
}

pub(crate) async fn list(db: &Db, person: i64, before: i64, limit: u32) -> Result<Vec<StoredNotice>, Fault> {
    let rows = db.query(LIST, params![person, before, limit]).await?;
    rows.into_iter().map(stored).collect()
}

pub(crate) async fn unread(db: &Db, person: i64) -> Result<i64, Fault> {
    db.query_one(UNREAD, params![person]).await?.i64("n")
}

pub(crate) async fn mark_read(db: &Db, person: i64, id: NoticeId, now: Timestamp) -> Result<(), Fault> {
    db.execute(MARK_READ, params![person, id.0, now]).await.map(|_| ())
}

pub(crate) async fn mark_all_read(db: &Db, person: i64, now: Timestamp) -> Result<(), Fault> {
    db.execute(MARK_ALL_READ, params![person, now]).await.map(|_| ())
}

fn stored(row: Row) -> Result<StoredNotice, Fault> {
    Ok(StoredNotice {
        id: NoticeId(row.i64("id")?),
        kind: row.text("kind")?,
        fields: notice::read(&row.text("facts")?)?,
        link: row.opt_text("link")?,
        time: Timestamp(row.i64("told_ms")?),
        read: row.opt_i64("read_ms")?.map(Timestamp),
    })
}
