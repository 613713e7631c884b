//! Password hashing: slow on purpose, so bounded on purpose.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use kit::{Fault, FaultContext, Random};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What hashing may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory of one hash in KiB (OWASP's password storage cheat sheet: 19 MiB with 2 passes).
    pub memory_kib: u32,
    /// Passes of one hash.
    pub passes: u32,
    /// Hashes computed at once.
    pub at_once: usize,
    /// Callers that may wait for a hash; beyond that they are refused.
    pub waiting: usize,
}

impl Default for HashCost {
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self { memory_kib: 19 * 1024, passes: 2, at_once, waiting: 64 }
    }
}

/// Why there is no answer about a password.
#[derive(Debug)]
pub enum HashError {
    /// Too many wait already.
    Busy,
    /// Something broke.
    Fault(Fault),
}

impl From<Fault> for HashError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Hashes at most a few passwords at once and refuses when too many wait.
pub struct Hasher {
    argon: Argon2<'static>,
    random: Random,
    /// Verified against when there is no such person, so that an unknown name takes as long as a wrong password.
    decoy: String,
    running: Arc<Semaphore>,
    waiting: Semaphore,
    /// Places for those who come from a device where they have signed in before: strangers cannot fill them.
    waiting_known: Semaphore,
}

impl Hasher {
    /// A hasher of its own queue. Refuses parameters that argon2id does not take.
    pub fn try_new(cost: HashCost, random: Random) -> Result<Self, Fault> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).fault("argon2id parameters")?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon, &random.bytes::<16>(), &random.bytes::<32>())?;
        Ok(Self {
            argon,
            random,
            decoy,
            running: Arc::new(Semaphore::new(cost.at_once)),
            waiting: Semaphore::new(cost.at_once + cost.waiting),
            waiting_known: Semaphore::new(cost.waiting),
        })
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        let salt: [u8; 16] = self.random.bytes();
        let argon = self.argon.clone();
        self.run(false, move || hash(&argon, &salt, password.as_bytes())).await
    }

    /// Whether the password is the one of this PHC string; without one it takes as long and says no.
    pub async fn verify(&self, password: String, hash: Option<String>, from_known: bool) -> Result<bool, HashError> {
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
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, HashError> {
        let places = if from_known { &self.waiting_known } else { &self.waiting };
        let _place = places.try_acquire().map_err(|_| HashError::Busy)?;
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

fn hash(argon: &Argon2<'_>, salt: &[u8], password: &[u8]) -> Result<String, Fault> {
    let hash: PasswordHash = argon.hash_password_with_salt(password, salt).fault("hashing a password")?;
    Ok(hash.to_string())
}
