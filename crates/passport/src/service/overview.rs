//! What protects a person, as staff see it.

use crate::model::device::{DeviceView, SessionView};
use crate::model::event::{EventKind, SecurityEvent};
use crate::model::factor::{Factor, Holding};
use crate::model::passkey::KeyView;
use crate::{Passport, PersonId, SessionId, store};
use credential::webauthn::KeyKind;
use kit::{Fault, Result};

/// A person's sessions, devices and factors, and what happened to their safety.
#[derive(Debug, Clone)]
pub struct SecurityOverview {
    /// Sessions in which they could act now, the last used first.
    pub sessions: Vec<SessionView>,
    /// Devices that are not forgotten, the last used first.
    pub devices: Vec<DeviceView>,
    /// What they can prove themselves with beside texts.
    pub holdings: Vec<Holding>,
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
        let mut holdings: Vec<Holding> = self.keys_of(person).await?.into_iter().map(holding).collect();
        holdings.extend(self.token_holdings(person).await?);
        holdings.extend(self.certificate_holdings(person).await?);
        Ok(SecurityOverview {
            sessions: store::session::list(&self.inner.db, person, nobody, now, seen_after).await?,
            devices: store::device::list(&self.inner.db, person, None).await?,
            holdings,
            events: self.events_of(person, None, most_events).await?,
        })
    }

    /// Ends all sessions of a person on behalf of staff, and says so to the person; gives how many.
    pub async fn end_sessions_by_staff(&self, person: PersonId) -> Result<u64, Fault> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let ended = store::session::end_others(&mut tx, person, None, now).await?;
        self.note_event(&mut tx, person, EventKind::ByStaff, None, None, "sessions_ended").await?;
        tx.commit().await?;
        Ok(ended)
    }
}

fn holding(key: KeyView) -> Holding {
    let factor = match key.kind {
        KeyKind::Passkey => Factor::Passkey,
        KeyKind::SecurityKey => Factor::SecurityKey,
    };
    Holding { id: key.id, factor, label: key.label, added: key.added, last_used: key.last_used }
}
