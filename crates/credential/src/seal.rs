//! Sealing of small secrets that must be read again (seeds of tokens, citizen and card numbers), hashes under a key, and files
//! that hold keys.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kit::{Fault, Random};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NONCE_BYTES: usize = 24;

/// XChaCha20-Poly1305 under a fresh nonce, bound to its owner, so that rows cannot be exchanged.
pub fn seal(key: &[u8; 32], random: &Random, owner: &[u8], secret: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce: [u8; NONCE_BYTES] = random.bytes();
    let payload = Payload { msg: secret, aad: owner };
    let sealed = XChaCha20Poly1305::new(&(*key).into()).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| Fault::new("a secret could not be sealed"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// What was sealed under this key for this owner; a fault with any other.
pub fn unseal(key: &[u8; 32], owner: &[u8], stored: &[u8]) -> Result<Vec<u8>, Fault> {
    let broken = || Fault::new("a sealed secret is not readable with this key");
    let (nonce, sealed) = stored.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| broken())?;
    let payload = Payload { msg: sealed, aad: owner };
    XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(nonce), payload).map_err(|_| broken())
}

/// A keyed hash over parts, none of which can run into the next.
pub fn parts_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Writes a file of secrets, readable by its owner alone: whole or not at all, and on the disk when this returns.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension("new");
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_its_key_alone() {
        let (key, random) = ([1; 32], Random::seeded(3));
        let sealed = seal(&key, &random, b"7", b"seed").unwrap();
        assert_eq!(unseal(&key, b"7", &sealed).unwrap(), b"seed");
        assert_ne!(sealed, seal(&key, &random, b"7", b"seed").unwrap());
        assert!(unseal(&key, b"8", &sealed).is_err());
        assert!(unseal(&[2; 32], b"7", &sealed).is_err());
        assert!(unseal(&key, b"7", &sealed[..20]).is_err());
    }
}
