//! Browsers in which people have signed in.

use crate::model::bound_device::DeviceTraits;
use crate::model::device::{DeviceView, KnownDevice};
use crate::{DeviceId, Mobile, PersonId};
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    KNOWN = "SELECT d.id FROM device d JOIN person p ON p.id = d.person \
     WHERE d.token_hash = $1 AND p.mobile = $2 AND d.ended_ms IS NULL";
    IS_ISSUED = "SELECT id FROM device WHERE token_hash = $1 ORDER BY id LIMIT 1";
    /// The browser gets a new secret for everybody who signed in there.
    ROTATE = "UPDATE device SET token_hash = $2 WHERE token_hash = $1";
    /// A browser that was forgotten for this person before is a new one.
    DROP_ENDED = "UPDATE device SET token_hash = $3 WHERE token_hash = $1 AND person = $2";
    INSERT = "INSERT INTO device (id, token_hash, person, label, first_seen_ms, last_seen_ms, ended_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    TOUCH = "UPDATE device SET last_seen_ms = $2, label = $3 WHERE id = $1";
    COUNT = "SELECT count(*) AS n FROM device WHERE person = $1";
    LIST = "SELECT d.id, d.label, d.first_seen_ms, d.last_seen_ms, d.bound_ms, d.traits, g.set_ms FROM device d \
     LEFT JOIN gesture g ON g.device = d.id \
     WHERE d.person = $1 AND d.ended_ms IS NULL ORDER BY d.last_seen_ms DESC, d.id DESC LIMIT 100";
    END = "UPDATE device SET ended_ms = $3 WHERE id = $1 AND person = $2 AND ended_ms IS NULL";
    END_ALL = "UPDATE device SET ended_ms = $2 WHERE person = $1 AND ended_ms IS NULL";
}

/// The device of this secret, if the person of this number has signed in there.
pub(crate) async fn known(db: &Db, token_hash: &[u8; 32], mobile: &str) -> Result<Option<KnownDevice>, Fault> {
    let row = db.query_opt(KNOWN, params![*token_hash, mobile]).await?;
    row.map(|row| Ok(KnownDevice { id: DeviceId(row.i64("id")?) })).transpose()
}

/// Adds a browser under a new secret. One that others have signed in keeps being theirs.
pub(crate) async fn insert(
    tx: &mut Tx,
    new: &NewDevice<'_>,
    former: Option<&[u8; 32]>,
    retired: &[u8; 32],
) -> Result<(), Fault> {
    if let Some(former) = former
        && tx.query_opt(IS_ISSUED, params![*former]).await?.is_some()
    {
        tx.execute(DROP_ENDED, params![*former, new.person.0, *retired]).await?;
        tx.execute(ROTATE, params![*former, *new.token_hash]).await?;
    }
    let row = params![new.id.0, *new.token_hash, new.person.0, new.label, new.now, new.now];
    tx.execute(INSERT, row).await.map(|_| ())
}

/// A browser to add.
pub(crate) struct NewDevice<'a> {
    pub(crate) id: DeviceId,
    pub(crate) token_hash: &'a [u8; 32],
    pub(crate) person: PersonId,
    pub(crate) label: &'a str,
    pub(crate) now: Timestamp,
}

pub(crate) async fn touch(tx: &mut Tx, id: DeviceId, label: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(TOUCH, params![id.0, now, label]).await.map(|_| ())
}

pub(crate) async fn count(tx: &mut Tx, person: PersonId) -> Result<i64, Fault> {
    let row = tx.query_opt(COUNT, params![person.0]).await?;
    row.map_or(Ok(0), |row| row.i64("n"))
}

pub(crate) async fn list(db: &Db, person: PersonId, current: Option<DeviceId>) -> Result<Vec<DeviceView>, Fault> {
    let rows = db.query(LIST, params![person.0]).await?;
    rows.into_iter()
        .map(|row| {
            let id = DeviceId(row.i64("id")?);
            Ok(DeviceView {
                id,
                label: row.text("label")?,
                first_seen: Timestamp(row.i64("first_seen_ms")?),
                last_seen: Timestamp(row.i64("last_seen_ms")?),
                bound: row.opt_i64("bound_ms")?.map(Timestamp),
                has_gesture: row.opt_i64("set_ms")?.is_some(),
                traits: row.opt_text("traits")?.map(|traits| DeviceTraits::read(&traits)).unwrap_or_default(),
                is_current: current == Some(id),
            })
        })
        .collect()
}

/// Whether there was such a device of this person.
pub(crate) async fn end(tx: &mut Tx, id: DeviceId, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(END, params![id.0, person.0, now]).await? == 1)
}

/// Gives how many.
pub(crate) async fn end_all(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<u64, Fault> {
    tx.execute(END_ALL, params![person.0, now]).await
}

/// What a number is looked up by when it is none: no person has it.
pub(crate) fn mobile_or_nobody(mobile: Option<&Mobile>) -> &str {
    mobile.map_or("", Mobile::e164)
}
