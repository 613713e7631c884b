//! The owner's list of sessions and devices, and ending them.

use crate::model::device::{DeviceView, SessionView};
use crate::model::event::EventKind;
use crate::model::session::Session;
use crate::{DeviceId, Passport, PersonId, SessionId, store};
use kit::{Fault, Refusal, Result};

impl Passport {
    /// The sessions in which this person could act now, the last used first.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<SessionView>, Fault> {
        let now = self.inner.clock.now();
        let seen_after = now.plus_ms(-self.inner.rules.idle_ms);
        store::session::list(&self.inner.db, session.person, session.id, now, seen_after).await
    }

    /// Ends one of one's own sessions. Refuses with `passport.session_not_found`, for another person's too.
    pub async fn end_session(&self, session: &Session, id: SessionId) -> Result<()> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if !store::session::end_own(&mut tx, &self.inner.living, id, session.person, self.inner.clock.now()).await? {
            return Err(Refusal::new("passport.session_not_found", 404).into());
        }
        self.note_event(&mut tx, session.person, EventKind::SessionsEnded, Some(session.id), None, "1").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of one's sessions but this one; gives how many.
    pub async fn end_other_sessions(&self, session: &Session) -> Result<u64, Fault> {
        self.end_sessions(session.person, Some(session)).await
    }

    /// Ends all sessions of a person; gives how many.
    pub async fn end_all_sessions(&self, person: PersonId) -> Result<u64, Fault> {
        self.end_sessions(person, None).await
    }

    async fn end_sessions(&self, person: PersonId, own: Option<&Session>) -> Result<u64, Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let kept = own.map(|session| session.id);
        let ended =
            store::session::end_others(&mut tx, &self.inner.living, person, kept, self.inner.clock.now()).await?;
        if own.is_some() && ended > 0 {
            let (kind, detail) = (EventKind::SessionsEnded, ended.to_string());
            self.note_event(&mut tx, person, kind, kept, None, &detail).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// The devices in which this person has signed in, the last used first.
    pub async fn devices(&self, session: &Session) -> Result<Vec<DeviceView>, Fault> {
        store::device::list(&self.inner.db, session.person, session.device).await
    }

    /// Forgets one of one's own devices and ends the sessions in it: the next sign-in there is as from a stranger's.
    /// Refuses with `passport.device_not_found`, for another person's too.
    pub async fn forget_device(&self, session: &Session, id: DeviceId) -> Result<()> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if !store::device::end(&mut tx, id, session.person, now).await? {
            return Err(Refusal::new("passport.device_not_found", 404).into());
        }
        store::session::end_of_device(&mut tx, &self.inner.living, id, session.person, now).await?;
        self.note_event(&mut tx, session.person, EventKind::DeviceEnded, Some(session.id), None, "").await?;
        tx.commit().await?;
        Ok(())
    }
}
