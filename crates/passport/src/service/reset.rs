//! Factors that are lost, broken or not their owner's: taken away at the counter, after two members of staff made sure who
//! asks.

use crate::model::event::EventKind;
use crate::model::factor::{Factor, FactorId};
use crate::service::passkey::key_not_found;
use crate::{Passport, PersonId, store};
use credential::webauthn::KeyKind;
use db::Tx;
use kit::{Fault, Refusal, Result};
use notify::{Notice, Text};

/// Exactly what is to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostFactor {
    /// One token.
    Token(FactorId),
    /// One signing key.
    SigningKey(FactorId),
    /// One security key.
    SecurityKey(FactorId),
    /// All passkeys, which are these.
    Passkeys(Vec<FactorId>),
}

impl LostFactor {
    /// What the event says beside the decision.
    fn word(&self) -> &'static str {
        match self {
            Self::Token(_) => "token_removed",
            Self::SigningKey(_) => "signing_key_revoked",
            Self::SecurityKey(_) => "security_key_removed",
            Self::Passkeys(_) => "passkeys_removed",
        }
    }
}

impl Passport {
    /// Takes a factor away from a person, who is told in the inbox and by text. `decision` names what two members of staff
    /// decided: carried out once more it changes nothing. Authority and audit are the caller's.
    ///
    /// Refuses with `passport.person_not_found`, and when it is gone already with `passport.token_not_found`,
    /// `passport.signing_key_not_found`, `passport.key_not_found`; with `passport.passkeys_changed` when the passkeys are
    /// others than those that were decided about.
    pub async fn remove_factor_for_staff(&self, person: PersonId, what: &LostFactor, decision: &str) -> Result<()> {
        let person = self.at_counter(person).await?;
        let lock = match what {
            LostFactor::Token(_) => format!("tokens/{}", person.id),
            LostFactor::SigningKey(_) => format!("signing-keys/{}", person.id),
            LostFactor::SecurityKey(_) | LostFactor::Passkeys(_) => format!("keys/{}", person.id),
        };
        let detail = format!("{} {decision}", what.word());
        let mut tx = self.inner.db.begin_write(&[&lock]).await?;
        if store::event::is_noted(&mut tx, person.id, EventKind::ByStaff, &detail).await? {
            return Ok(tx.rollback().await?);
        }
        match what {
            LostFactor::Token(id) => self.end_token(&mut tx, person.id, *id).await?,
            LostFactor::SigningKey(id) => self.revoke_key(&mut tx, person.id, *id).await?,
            LostFactor::SecurityKey(id) => self.take_key(&mut tx, person.id, *id, KeyKind::SecurityKey).await?,
            LostFactor::Passkeys(ids) => {
                for id in ids {
                    self.take_key(&mut tx, person.id, *id, KeyKind::Passkey).await?;
                }
                // One that was added meanwhile is nobody's decision, and leaving it alone would leave the door open.
                if store::passkey::delete_passkeys(&mut tx, person.id).await? > 0 {
                    tx.rollback().await?;
                    return Err(Refusal::new("passport.passkeys_changed", 409).into());
                }
            }
        }
        self.note_event(&mut tx, person.id, EventKind::ByStaff, None, None, &detail).await?;
        tx.commit().await?;
        self.text_kindly(&person, &Text::FactorRemoved).await;
        Ok(())
    }

    async fn take_key(&self, tx: &mut Tx, person: PersonId, id: FactorId, kind: KeyKind) -> Result<()> {
        let key = store::passkey::find(tx, id, person).await?.filter(|key| key.kind == kind);
        let key = key.ok_or_else(key_not_found)?;
        store::passkey::delete(tx, id, person).await?;
        let factor = if kind == KeyKind::Passkey { Factor::Passkey } else { Factor::SecurityKey };
        let notice = Notice::new("factor_removed").with("factor", factor.code()).with("label", key.label);
        let now = self.inner.clock.now();
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice.link("/me/security")).await?;
        Ok(())
    }

    /// Until when a person may add a strong factor because two members of staff let them; none: they may not.
    pub async fn permitted_until(&self, person: PersonId) -> Result<Option<kit::Timestamp>, Fault> {
        store::permit::open_until(&self.inner.db, person, self.inner.clock.now()).await
    }
}
