//! What protects a person, as staff see it.

use crate::model::certificate::SigningKeyView;
use crate::model::device::{DeviceView, SessionView};
use crate::model::event::{EventKind, SecurityEvent};
use crate::model::passkey::KeyView;
use crate::model::token::TokenView;
use crate::{Passport, PersonId, SessionId, store};
use kit::{Fault, Result, Timestamp};

/// A person's sessions, devices and factors, and what happened to their safety.
#[derive(Debug, Clone)]
pub struct SecurityOverview {
    /// Sessions in which they could act now, the last used first.
    pub sessions: Vec<SessionView>,
    /// Devices that are not forgotten, the last used first.
    pub devices: Vec<DeviceView>,
    /// Passkeys and security keys.
    pub keys: Vec<KeyView>,
    /// Tokens, also those that are locked or without a keypad.
    pub tokens: Vec<TokenView>,
    /// Signing keys, also those whose certificate is over.
    pub signing_keys: Vec<SigningKeyView>,
    /// Until when two members of staff let them add a strong factor; none: they may not.
    pub permitted_until: Option<Timestamp>,
    /// What happened, newest first.
    pub events: Vec<SecurityEvent>,
}

impl Passport {
    /// What protects a person, with at most so many events: for staff who may look, and who wrote down that they did.
    pub async fn overview_for_staff(&self, person: PersonId, most_events: u32) -> Result<SecurityOverview> {
        let now = self.inner.clock.now();
        let seen_after = now.plus_ms(-self.inner.rules.idle_ms);
        // No session has the number 0, so none of them is the one that asks.
        let nobody = SessionId(0);
        Ok(SecurityOverview {
            sessions: store::session::list(&self.inner.db, person, nobody, now, seen_after).await?,
            devices: store::device::list(&self.inner.db, person, None).await?,
            keys: self.keys_of(person).await?,
            tokens: self.tokens_of(person).await?,
            signing_keys: self.signing_keys_of(person).await?,
            permitted_until: store::permit::open_until(&self.inner.db, person, now).await?,
            events: self.events_of(person, None, most_events).await?,
        })
    }

    /// Ends all sessions of a person on behalf of staff, and says so to the person; gives how many.
    pub async fn end_sessions_by_staff(&self, person: PersonId) -> Result<u64, Fault> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let ended = store::session::end_others(&mut tx, &self.inner.living, person, None, now).await?;
        self.note_event(&mut tx, person, EventKind::ByStaff, None, None, "sessions_ended").await?;
        tx.commit().await?;
        Ok(ended)
    }
}
