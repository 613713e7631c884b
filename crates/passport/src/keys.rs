//! The secrets of this room: what keeps a stolen database from telling codes and citizen numbers.

use credential::seal::{self, parts_hash};
use kit::{Fault, FaultContext, Random};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Keys derived from 32 random bytes that lie in a file of their own, apart from the database.
#[derive(Clone)]
pub struct Keys {
    /// Hashes of codes.
    pub(crate) codes: [u8; 32],
    /// Hashes by which something secret is looked up: numbers that codes were sent to, citizen numbers.
    pub(crate) lookups: [u8; 32],
    /// Sealing of what must be read again: citizen numbers, numbers of cards.
    pub(crate) seal: [u8; 32],
    /// Codes on papers that anybody can check.
    papers: [u8; 32],
    /// Sealing of the seeds of the staff's tokens.
    staff: [u8; 32],
    /// The authority that certifies customers' signing keys.
    pub(crate) authority: [u8; 32],
    /// Tells in the database which keys it was written with, without telling the keys.
    pub(crate) proof: [u8; 32],
    /// Sealing of what lies in the shared cache.
    cache: [u8; 32],
}

impl Keys {
    /// Reads the file, or makes it, readable by its owner alone.
    pub fn open(path: &Path, random: &Random) -> Result<Self, Fault> {
        match fs::read(path) {
            Ok(bytes) => {
                let secret: [u8; 32] = bytes
                    .try_into()
                    .map_err(|_| Fault::new(format!("{} does not hold 32 bytes of key", path.display())))?;
                Ok(Self::derived(&secret))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let secret: [u8; 32] = random.bytes();
                seal::write_private(path, &secret).fault(format!("writing the key file {}", path.display()))?;
                Ok(Self::derived(&secret))
            }
            Err(error) => Err(Fault::from(error).context(format!("reading the key file {}", path.display()))),
        }
    }

    /// The key of the codes on papers that anybody can check, for the room that makes them.
    pub fn papers(&self) -> [u8; 32] {
        self.papers
    }

    /// The key under which the seeds of the staff's tokens are sealed, for the room that keeps them.
    pub fn staff(&self) -> [u8; 32] {
        self.staff
    }

    /// The key under which values lie in the shared cache, for the room that keeps them there.
    pub fn cache(&self) -> [u8; 32] {
        self.cache
    }

    /// Keys that anybody can know: for tests alone.
    pub fn for_tests() -> Self {
        Self::derived(&[7; 32])
    }

    fn derived(secret: &[u8; 32]) -> Self {
        Self {
            codes: blake3::derive_key("tongbao passport v1 codes", secret),
            lookups: blake3::derive_key("tongbao passport v1 lookups", secret),
            seal: blake3::derive_key("tongbao passport v1 seal", secret),
            papers: blake3::derive_key("tongbao passport v1 papers", secret),
            staff: blake3::derive_key("tongbao passport v1 staff", secret),
            cache: blake3::derive_key("tongbao passport v1 cache", secret),
            authority: blake3::derive_key("tongbao passport v1 authority", secret),
            proof: blake3::derive_key("tongbao passport v1 proof", secret),
        }
    }

    /// XChaCha20-Poly1305 under a fresh nonce, bound to its owner, so that rows cannot be exchanged.
    pub(crate) fn seal(&self, random: &Random, owner: &[u8], text: &str) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.seal, random, owner, text.as_bytes())
    }

    pub(crate) fn unseal(&self, owner: &[u8], stored: &[u8]) -> Result<String, Fault> {
        let text = seal::unseal(&self.seal, owner, stored)?;
        String::from_utf8(text).map_err(|_| Fault::new("a sealed secret is no text"))
    }

    /// The hash by which something secret is looked up. `kind` keeps equal texts of different kinds apart.
    pub(crate) fn lookup(&self, kind: &str, text: &str) -> [u8; 32] {
        parts_hash(&self.lookups, &[kind.as_bytes(), text.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_and_read_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passport.key");
        let made = Keys::open(&path, &Random::seeded(1)).unwrap();
        let read = Keys::open(&path, &Random::seeded(2)).unwrap();
        assert_eq!((made.codes, made.proof), (read.codes, read.proof));
        assert_ne!(made.codes, made.lookups);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, b"short").unwrap();
        assert!(Keys::open(&path, &Random::seeded(1)).is_err());
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let (keys, random) = (Keys::for_tests(), Random::seeded(3));
        let sealed = keys.seal(&random, b"7", "6200010000000005").unwrap();
        assert_eq!(keys.unseal(b"7", &sealed).unwrap(), "6200010000000005");
        assert_ne!(sealed, keys.seal(&random, b"7", "6200010000000005").unwrap());
        assert!(keys.unseal(b"8", &sealed).is_err());
        assert!(keys.unseal(b"7", &sealed[..20]).is_err());
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(parts_hash(&[0; 32], &[b"ab", b"c"]), parts_hash(&[0; 32], &[b"a", b"bc"]));
    }
}
