//! Password hashing: slow on purpose, so bounded on purpose.

use crate::Rules;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use kit::{Error, Fault, FaultContext, Random, Refusal, Result};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes at most a few passwords at once and refuses when too many wait.
pub(crate) struct Hasher {
    argon: Argon2<'static>,
    random: Random,
    /// Verified against when there is no such person, so that an unknown number takes as long as a wrong password.
    decoy: String,
    running: Arc<Semaphore>,
    waiting: Semaphore,
    /// Places for those who come from a device where they have signed in before: strangers cannot fill them.
    waiting_known: Semaphore,
}

impl Hasher {
    pub(crate) fn try_new(rules: &Rules, random: Random) -> std::result::Result<Self, Fault> {
        let params = Params::new(rules.argon_memory_kib, rules.argon_passes, 1, None).fault("argon2id parameters")?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon, &random.bytes::<16>(), &random.bytes::<32>())?;
        Ok(Self {
            argon,
            random,
            decoy,
            running: Arc::new(Semaphore::new(rules.hashes_at_once)),
            waiting: Semaphore::new(rules.hashes_at_once + rules.hashes_waiting),
            waiting_known: Semaphore::new(rules.hashes_waiting),
        })
    }

    /// The PHC string of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let salt: [u8; 16] = self.random.bytes();
        let argon = self.argon.clone();
        self.run(false, move || hash(&argon, &salt, password.as_bytes())).await
    }

    /// Whether the password is the one of this PHC string; without one it takes as long and says no.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>, from_known: bool) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let argon = self.argon.clone();
        self.run(from_known, move || {
            let parsed = PasswordHash::new(&hash).fault("reading a password hash")?;
            Ok(argon.verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        from_known: bool,
        work: impl FnOnce() -> std::result::Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let busy = || Error::from(Refusal::new("passport.busy", 503).with("retry_after_s", 2));
        let places = if from_known { &self.waiting_known } else { &self.waiting };
        let _place = places.try_acquire().map_err(|_| busy())?;
        let turn = Arc::clone(&self.running).acquire_owned().await.fault("waiting to hash")?;
        // The permit goes along: when the request is given up, the hash still runs to its end.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        Ok(done.await.fault("hashing a password")??)
    }
}

fn hash(argon: &Argon2<'_>, salt: &[u8], password: &[u8]) -> std::result::Result<String, Fault> {
    let hash: PasswordHash = argon.hash_password_with_salt(password, salt).fault("hashing a password")?;
    Ok(hash.to_string())
}
