//! Keys and gestures of devices.

use crate::model::bound_device::{BoundDevice, DeviceTraits};
use crate::{DeviceId, Mobile, PersonId, SessionId};
use db::{Db, Tx, params};
use kit::{Fault, FaultContext, Timestamp};

db::statements! {
    OF_SESSION = "SELECT d.id, d.public_key FROM session s JOIN device d ON d.id = s.device AND d.person = s.person \
     WHERE s.id = $1 AND s.person = $2 AND s.ended_ms IS NULL AND d.ended_ms IS NULL AND d.public_key IS NOT NULL";
    BIND = "UPDATE device SET public_key = $3, bound_ms = $4, traits = $5 WHERE id = $1 AND person = $2 AND ended_ms IS NULL";
    UNBIND = "UPDATE device SET public_key = NULL, bound_ms = NULL WHERE id = $1 AND person = $2 AND public_key IS NOT NULL";
    PUT_GESTURE = "INSERT INTO gesture (device, hash, wrong, set_ms) VALUES ($1, $2, 0, $3) \
     ON CONFLICT (device) DO UPDATE SET hash = excluded.hash, wrong = 0, set_ms = excluded.set_ms";
    DELETE_GESTURE = "DELETE FROM gesture WHERE device = $1";
    FORGIVE_GESTURE = "UPDATE gesture SET wrong = 0 WHERE device = $1 AND wrong > 0";
    /// The last used device in this browser that can be unlocked by a pattern.
    UNLOCKABLE = "SELECT d.id, d.person, d.public_key, p.mobile FROM device d JOIN gesture g ON g.device = d.id \
     JOIN person p ON p.id = d.person WHERE d.token_hash = $1 AND d.ended_ms IS NULL AND d.public_key IS NOT NULL \
     AND p.closed_ms IS NULL ORDER BY d.last_seen_ms DESC, d.id DESC LIMIT 1";
    GESTURE = "SELECT hash, wrong FROM gesture WHERE device = $1 {lock}";
    COUNT_WRONG = "UPDATE gesture SET wrong = wrong + 1 WHERE device = $1";
}

/// The device of a session, if it holds a key.
pub(crate) async fn of_session(db: &Db, session: SessionId, person: PersonId) -> Result<Option<BoundDevice>, Fault> {
    let row = db.query_opt(OF_SESSION, params![session.0, person.0]).await?;
    row.map(|row| Ok(BoundDevice { id: DeviceId(row.i64("id")?), public_key: row.bytes("public_key")? })).transpose()
}

/// Whether there was such a device of this person.
pub(crate) async fn bind(
    tx: &mut Tx,
    id: DeviceId,
    person: PersonId,
    public_key: &[u8],
    traits: &DeviceTraits,
    now: Timestamp,
) -> Result<bool, Fault> {
    let traits = serde_json::to_string(traits).fault("writing the traits of a device")?;
    Ok(tx.execute(BIND, params![id.0, person.0, public_key.to_vec(), now, traits]).await? == 1)
}

/// Whether there was such a bound device of this person.
pub(crate) async fn unbind(tx: &mut Tx, id: DeviceId, person: PersonId) -> Result<bool, Fault> {
    Ok(tx.execute(UNBIND, params![id.0, person.0]).await? == 1)
}

pub(crate) async fn put_gesture(tx: &mut Tx, device: DeviceId, hash: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(PUT_GESTURE, params![device.0, hash, now]).await.map(|_| ())
}

/// Whether there was one.
pub(crate) async fn delete_gesture(tx: &mut Tx, device: DeviceId) -> Result<bool, Fault> {
    Ok(tx.execute(DELETE_GESTURE, params![device.0]).await? == 1)
}

pub(crate) async fn forgive_gesture(tx: &mut Tx, device: DeviceId) -> Result<(), Fault> {
    tx.execute(FORGIVE_GESTURE, params![device.0]).await.map(|_| ())
}

/// A device that can be unlocked, and whose it is.
pub(crate) struct Lockable {
    pub(crate) device: BoundDevice,
    pub(crate) person: PersonId,
    pub(crate) mobile: Mobile,
}

pub(crate) async fn unlockable(db: &Db, token_hash: &[u8; 32]) -> Result<Option<Lockable>, Fault> {
    let row = db.query_opt(UNLOCKABLE, params![*token_hash]).await?;
    row.map(|row| {
        Ok(Lockable {
            device: BoundDevice { id: DeviceId(row.i64("id")?), public_key: row.bytes("public_key")? },
            person: PersonId(row.i64("person")?),
            mobile: Mobile::stored(row.text("mobile")?),
        })
    })
    .transpose()
}

/// The hash of a device's pattern, and how many wrong ones were drawn in a row.
pub(crate) async fn gesture(tx: &mut Tx, device: DeviceId) -> Result<Option<(String, i64)>, Fault> {
    let row = tx.query_opt(GESTURE, params![device.0]).await?;
    row.map(|row| Ok((row.text("hash")?, row.i64("wrong")?))).transpose()
}

pub(crate) async fn count_wrong(tx: &mut Tx, device: DeviceId) -> Result<(), Fault> {
    tx.execute(COUNT_WRONG, params![device.0]).await.map(|_| ())
}
