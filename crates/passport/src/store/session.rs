//! Sessions, by the hash of their token.

use crate::model::device::SessionView;
use crate::model::factor::Tier;
use crate::model::session::{Session, SessionKind};
use crate::model::window::StepUpWindow;
use crate::store::living::{Living, Whose};
use crate::{CustomerId, DeviceId, Mobile, Name, PersonId, SessionId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
INSERT = "INSERT INTO session (id, token_hash, kind, person, customer, created_ms, last_seen_ms, expires_ms, ended_ms, device, epoch, looking) \
     SELECT $1, $2, $3, $4, id, $5, $6, $7, NULL, $8, epoch, $10 FROM customer WHERE id = $9";
    /// A session whose mandate has ended, or that was opened under a security epoch that is over, is not found.
    BY_TOKEN = "SELECT s.id, s.kind, s.person, s.customer, s.created_ms, s.last_seen_ms, \
     s.expires_ms, s.device, s.epoch, s.looking, p.name, p.mobile, p.language, p.verified_ms FROM session s \
     JOIN person p ON p.id = s.person JOIN customer c ON c.id = s.customer AND c.epoch = s.epoch \
     WHERE s.token_hash = $1 AND s.ended_ms IS NULL AND EXISTS (SELECT 1 FROM mandate m \
     WHERE m.person = s.person AND m.customer = s.customer AND m.until_ms IS NULL)";
    TOUCH = "UPDATE session SET last_seen_ms = $2 WHERE id = $1 AND ended_ms IS NULL AND last_seen_ms < $2";
    END_OWN = "UPDATE session SET ended_ms = $3 WHERE id = $1 AND person = $2 AND ended_ms IS NULL";
    /// All of a person's but one; no session has the id 0.
    END_OTHERS = "UPDATE session SET ended_ms = $3 WHERE person = $1 AND id <> $2 AND ended_ms IS NULL AND expires_ms > $3";
    END_OF_DEVICE = "UPDATE session SET ended_ms = $3 WHERE device = $1 AND person = $2 AND ended_ms IS NULL";
    END_OF_CUSTOMER = "UPDATE session SET ended_ms = $2 WHERE customer = $1 AND ended_ms IS NULL AND expires_ms > $2";
    COUNT_ALIVE = "SELECT count(*) AS n FROM session WHERE person = $1 AND kind = $2 AND ended_ms IS NULL AND expires_ms > $3";
    LIST = "SELECT s.id, s.kind, s.created_ms, s.last_seen_ms, d.label FROM session s \
     LEFT JOIN device d ON d.id = s.device WHERE s.person = $1 AND s.ended_ms IS NULL \
     AND s.expires_ms > $2 AND s.last_seen_ms > $3 ORDER BY s.last_seen_ms DESC, s.id DESC LIMIT 100";
    SET_WINDOW = "UPDATE session SET window_tier = $2, window_until_ms = $3 WHERE id = $1 AND ended_ms IS NULL";
    WINDOW = "SELECT window_tier, window_until_ms FROM session WHERE id = $1 AND ended_ms IS NULL AND window_tier > 0";
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
    pub(crate) device: Option<DeviceId>,
    /// Whether it may look and not touch.
    pub(crate) looking: bool,
}

pub(crate) async fn insert(tx: &mut Tx, new: &NewSession) -> Result<(), Fault> {
    let (kind, created) = (new.kind.code(), new.created);
    let (id, person, customer, device) = (new.id.0, new.person.0, new.customer.0, new.device.map(|device| device.0));
    let row = params![
        id,
        new.token_hash,
        kind,
        person,
        created,
        created,
        new.expires,
        device,
        customer,
        i64::from(new.looking)
    ];
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
        verified: row.opt_i64("verified_ms")?.is_some(),
        mobile: Mobile::stored(row.text("mobile")?),
        language: row.text("language")?,
        device: row.opt_i64("device")?.map(DeviceId),
        looking: row.i64("looking")? == 1,
        epoch: u32::try_from(row.i64("epoch")?).map_err(|_| Fault::new("an epoch is out of range"))?,
        created: Timestamp(row.i64("created_ms")?),
        last_seen: Timestamp(row.i64("last_seen_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
    }))
}

pub(crate) async fn touch(db: &Db, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    db.execute_together(vec![(TOUCH.into(), params![id.0, now])]).await
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}

/// Whether there was such a session of this person.
pub(crate) async fn end_own(
    tx: &mut Tx,
    living: &Living,
    id: SessionId,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, Fault> {
    let row = params![id.0, person.0, now];
    Ok(living.execute(tx, Whose::Person(person), END_OWN, row).await? == 1)
}

/// Ends all of a person's sessions but this one; gives how many.
pub(crate) async fn end_others(
    tx: &mut Tx,
    living: &Living,
    person: PersonId,
    kept: Option<SessionId>,
    now: Timestamp,
) -> Result<u64, Fault> {
    let row = params![person.0, kept.map_or(0, |kept| kept.0), now];
    living.execute(tx, Whose::Person(person), END_OTHERS, row).await
}

pub(crate) async fn end_of_device(
    tx: &mut Tx,
    living: &Living,
    device: DeviceId,
    person: PersonId,
    now: Timestamp,
) -> Result<(), Fault> {
    let row = params![device.0, person.0, now];
    living.execute(tx, Whose::Person(person), END_OF_DEVICE, row).await.map(|_| ())
}

/// Ends every session in which somebody acts for a customer.
pub(crate) async fn end_of_customer(
    tx: &mut Tx,
    living: &Living,
    customer: CustomerId,
    now: Timestamp,
) -> Result<u64, Fault> {
    living.execute(tx, Whose::Customer(customer), END_OF_CUSTOMER, params![customer.0, now]).await
}

/// How many sessions of this kind are not over.
pub(crate) async fn count_alive(tx: &mut Tx, person: PersonId, kind: &str, now: Timestamp) -> Result<u64, Fault> {
    let row = tx.query_opt(COUNT_ALIVE, params![person.0, kind, now]).await?;
    row.map_or(Ok(0), |row| Ok(row.i64("n")?.unsigned_abs()))
}

/// Opens the window of a session that has not ended.
pub(crate) async fn set_window(tx: &mut Tx, id: SessionId, window: StepUpWindow) -> Result<(), Fault> {
    tx.execute(SET_WINDOW, params![id.0, window.tier.number(), window.until]).await.map(|_| ())
}

/// The last window of a session, open or not.
pub(crate) async fn window(db: &Db, id: SessionId) -> Result<Option<StepUpWindow>, Fault> {
    db.query_opt(WINDOW, params![id.0]).await?.as_ref().map(stored_window).transpose()
}

/// The same inside a transaction.
pub(crate) async fn window_in(tx: &mut Tx, id: SessionId) -> Result<Option<StepUpWindow>, Fault> {
    tx.query_opt(WINDOW, params![id.0]).await?.as_ref().map(stored_window).transpose()
}

fn stored_window(row: &Row) -> Result<StepUpWindow, Fault> {
    let tier = Tier::from_number(row.i64("window_tier")?).ok_or_else(|| Fault::new("no such tier"))?;
    Ok(StepUpWindow { tier, until: Timestamp(row.i64("window_until_ms")?) })
}

/// A person's sessions that end after `now` and were seen after `seen_after`.
pub(crate) async fn list(
    db: &Db,
    person: PersonId,
    current: SessionId,
    now: Timestamp,
    seen_after: Timestamp,
) -> Result<Vec<SessionView>, Fault> {
    let rows = db.query(LIST, params![person.0, now, seen_after]).await?;
    rows.into_iter()
        .map(|row| {
            let (id, kind) = (SessionId(row.i64("id")?), row.text("kind")?);
            Ok(SessionView {
                id,
                kind: SessionKind::from_code(&kind)
                    .ok_or_else(|| Fault::new(format!("no kind of session {kind:?}")))?,
                device: row.opt_text("label")?,
                created: Timestamp(row.i64("created_ms")?),
                last_seen: Timestamp(row.i64("last_seen_ms")?),
                is_current: id == current,
            })
        })
        .collect()
}
