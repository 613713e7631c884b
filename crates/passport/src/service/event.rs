//! What happens to people's safety: written where it happens, read by its owner and by staff.

use crate::model::event::{EventId, EventKind, SecurityEvent};
use crate::model::session::Session;
use crate::model::visitor::Visitor;
use crate::{Passport, PersonId, SessionId, store};
use db::Tx;
use kit::{Fault, Refusal, Result};

/// Events are kept so long, in milliseconds: half a year.
pub(crate) const KEEP_EVENTS_MS: i64 = 183 * 24 * 3_600_000;
/// Events of a kind that others can bring about, in an hour.
const ONCE_AN_HOUR: i64 = 30;
const HOUR_MS: i64 = 3_600_000;
/// Most characters of a detail.
const DETAIL_MAX: usize = 200;

impl Passport {
    /// Writes down what happened, in the transaction in which it happens. `detail` holds no names, numbers to call or
    /// secrets.
    pub async fn note_event(
        &self,
        tx: &mut Tx,
        person: PersonId,
        kind: EventKind,
        session: Option<SessionId>,
        visitor: Option<&Visitor>,
        detail: &str,
    ) -> Result<(), Fault> {
        let event = SecurityEvent {
            id: EventId(self.inner.ids.next()),
            time: self.inner.clock.now(),
            kind,
            session,
            device: visitor.map(Visitor::device_label).unwrap_or_default(),
            address: visitor.and_then(Visitor::counted_address).unwrap_or_default(),
            detail: detail.chars().take(DETAIL_MAX).collect(),
        };
        store::event::insert(tx, person, &event).await
    }

    /// The same for rooms above whose own transaction is elsewhere.
    pub async fn note(
        &self,
        person: PersonId,
        kind: EventKind,
        session: Option<SessionId>,
        detail: &str,
    ) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        self.note_event(&mut tx, person, kind, session, None, detail).await?;
        tx.commit().await
    }

    /// The same for what somebody else may bring about as often as they like: once for each detail, and no more than thirty of a
    /// kind in an hour.
    pub async fn note_once(
        &self,
        person: PersonId,
        kind: EventKind,
        session: Option<SessionId>,
        detail: &str,
    ) -> Result<(), Fault> {
        let time = self.inner.clock.now();
        let event = SecurityEvent {
            id: EventId(self.inner.ids.next()),
            time,
            kind,
            session,
            device: String::new(),
            address: String::new(),
            detail: detail.chars().take(DETAIL_MAX).collect(),
        };
        let mut tx = self.inner.db.begin_write(&[&format!("event/{person}")]).await?;
        store::event::insert_once(&mut tx, person, &event, ONCE_AN_HOUR, time.plus_ms(-HOUR_MS)).await?;
        tx.commit().await
    }

    /// What happened to one's own safety, the newest first, before an event; at most `most`.
    pub async fn own_events(
        &self,
        session: &Session,
        before: Option<EventId>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Fault> {
        self.events_of(session.person, before, most).await
    }

    /// The same of anybody, for staff who may look.
    pub async fn events_of(
        &self,
        person: PersonId,
        before: Option<EventId>,
        most: u32,
    ) -> Result<Vec<SecurityEvent>, Fault> {
        store::event::list(&self.inner.db, person, before.map_or(i64::MAX, |id| id.0), most).await
    }

    /// Takes what the bank's audit trail does not have yet, oldest first and at most `most`, and marks it as taken; for who
    /// writes the trail in the same transaction.
    pub async fn take_unchained(&self, tx: &mut Tx, most: u32) -> Result<Vec<(PersonId, SecurityEvent)>, Fault> {
        let taken = store::event::unchained(tx, most).await?;
        for (_, event) in &taken {
            store::event::mark_chained(tx, event.id).await?;
        }
        Ok(taken)
    }

    /// One of one's own events. Refuses with `passport.event_not_found`, for another person's too.
    pub async fn own_event(&self, session: &Session, id: EventId) -> Result<SecurityEvent> {
        let found = store::event::one(&self.inner.db, session.person, id).await?;
        Ok(found.ok_or_else(|| Refusal::new("passport.event_not_found", 404))?)
    }
}
