//! Sealing of small secrets that must be read again: seeds of tokens.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kit::{Fault, Random};

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
