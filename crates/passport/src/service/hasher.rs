//! Password hashing, its refusal in this room's words.

use crate::Rules;
use credential::{HashCost, HashError};
use kit::{Error, Fault, Random, Refusal, Result};

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

fn in_words(error: HashError) -> Error {
    match error {
        HashError::Busy => Refusal::new("passport.busy", 503).with("retry_after_s", 2).into(),
        HashError::Fault(fault) => fault.into(),
    }
}
