//! Password hashing, its refusal in this room's words.

use crate::model::password;
use crate::{Passport, Rules};
use credential::{HashCost, HashError};
use kit::{Error, Fault, FaultContext, Random, Refusal, Result};

/// See [`credential::Hasher`]. Refuses with `passport.busy`.
pub(crate) struct Hasher(credential::Hasher);

impl Hasher {
    pub(crate) fn try_new(rules: &Rules, random: Random) -> Result<Self, Fault> {
        let cost = HashCost {
            memory_kib: rules.argon_memory_kib,
            passes: rules.argon_passes,
            at_once: rules.hashes_at_once,
            waiting: rules.hashes_waiting,
        };
        Ok(Self(credential::Hasher::try_new(cost, random)?))
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        self.0.hash(password).await.map_err(in_words)
    }

    pub(crate) async fn verify(&self, password: String, hash: Option<String>, from_known: bool) -> Result<bool> {
        self.0.verify(password, hash, from_known).await.map_err(in_words)
    }
}

impl Passport {
    /// Checks a new password, also against the bank's file of breached ones. Refuses with `passport.password_too_short`,
    /// `_too_long`, `_common`, `_breached`.
    pub(crate) async fn check_new_password(&self, password: &str, mobile_e164: &str) -> Result<()> {
        password::check_new(password, mobile_e164)?;
        let Some(list) = self.inner.rules.breached.clone() else { return Ok(()) };
        let looked_up = password.to_owned();
        let found = tokio::task::spawn_blocking(move || list.contains(&looked_up)).await;
        if found.fault("looking for a breached password")?? {
            return Err(Refusal::new("passport.password_breached", 422).with("field", "password").into());
        }
        Ok(())
    }
}

fn in_words(error: HashError) -> Error {
    match error {
        HashError::Busy => Refusal::new("passport.busy", 503).with("retry_after_s", 2).into(),
        HashError::Fault(fault) => fault.into(),
    }
}
