//! The passport's part of the kill switch.

use crate::model::event::EventKind;
use crate::{CustomerId, Passport, PersonId, SessionId, store};
use db::Waits;
use kit::{Fault, Result};
use notify::Text;

/// What of a person was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// The security epoch from now on.
    pub epoch: u32,
    /// Sessions in browsers.
    pub sessions: u64,
    /// Tokens of programs.
    pub tokens: u64,
    /// Devices, which are strangers' from now on.
    pub devices: u64,
    /// Passkeys in them.
    pub passkeys: u64,
}

impl Passport {
    /// Ends every session, token, device and passkey of a person, what was asked of them and what staff permitted, and raises their
    /// customer's security epoch: in one transaction. The person signs in anew with their password, as from a stranger's
    /// browser.
    ///
    /// Nobody is to be told that it is done before what is given beside is over: then no node lets such a session in.
    pub async fn end_everything(
        &self,
        person: PersonId,
        customer: CustomerId,
        by: Option<SessionId>,
        detail: &str,
    ) -> Result<(Ended, Waits)> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("devices/{person}")]).await?;
        let epoch = store::customer::raise_epoch(&mut tx, &self.inner.living, customer).await?;
        let epoch = u32::try_from(epoch).map_err(|_| Fault::new("an epoch is out of range"))?;
        let tokens = store::session::count_alive(&mut tx, person, "api", now).await?;
        let sessions = store::session::count_alive(&mut tx, person, "web", now).await?;
        store::session::end_others(&mut tx, &self.inner.living, person, None, now).await?;
        // Whoever else may act for the customer signs in anew too: their sessions name an epoch that is over.
        store::session::end_of_customer(&mut tx, &self.inner.living, customer, now).await?;
        let devices = store::device::end_all(&mut tx, person, now).await?;
        // A passkey that a thief added would open the door again; one's own is added again in a minute.
        let passkeys = store::passkey::delete_passkeys(&mut tx, person).await?;
        store::challenge::delete_of_person(&mut tx, person).await?;
        store::token::delete_halves_of(&mut tx, person).await?;
        store::permit::drop_open(&mut tx, person, now).await?;
        self.note_event(&mut tx, person, EventKind::KillSwitch, by, None, detail).await?;
        let waits = tx.commit_early().await?;
        // Whoever pulled it, the owner hears of it where nobody else may be reading.
        if let Some(owner) = self.person(person).await? {
            self.text_kindly(&owner, &Text::Stopped).await;
        }
        Ok((Ended { epoch, sessions, tokens, devices, passkeys }, waits))
    }

    /// The security epoch of a customer as the passport knows it; the ledger follows it.
    pub async fn epoch(&self, customer: CustomerId) -> Result<u32, Fault> {
        let epoch = store::customer::epoch(&self.inner.db, customer).await?;
        u32::try_from(epoch).map_err(|_| Fault::new("an epoch is out of range"))
    }
}
