//! A private key in a file, sealed by a password: argon2id makes the key of an XChaCha20-Poly1305.

use super::{Algorithm, PrivateKey};
use crate::token::hex;
use argon2::{Algorithm as Argon, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kit::{Fault, FaultContext, Random};
use std::fmt;
use zeroize::Zeroizing;

const HEADER: &str = "TONGBAO SIGNING KEY 1";
/// Memory in KiB and passes: a file can be tried offline, so that it costs more than a sign-in (RFC 9106, 4).
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Why a key file does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKeyError {
    /// It is not a key file of this program, or of a later one.
    Unreadable,
    /// The password is another, or the file was changed.
    Password,
}

impl fmt::Display for SealedKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unreadable => "this is not a key file of this program",
            Self::Password => "the password is not the one of this key, or the file was changed",
        })
    }
}

impl std::error::Error for SealedKeyError {}

/// The text of a key file.
pub fn seal_key(key: &PrivateKey, password: &str, random: &Random) -> Result<String, Fault> {
    let (salt, nonce) = (random.bytes::<16>(), random.bytes::<24>());
    let head = head(key.algorithm(), &salt);
    let secret = key.to_bytes();
    let payload = Payload { msg: secret.as_slice(), aad: head.as_bytes() };
    let cipher = XChaCha20Poly1305::new((&*stretched(password, &salt)?).into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| Fault::new("a key could not be sealed"))?;
    Ok(format!("{head}nonce: {}\nsealed: {}\n", hex(&nonce), hex(&sealed)))
}

/// The key in a key file.
pub fn open_key(file: &str, password: &str) -> Result<PrivateKey, SealedKeyError> {
    let wrong = SealedKeyError::Unreadable;
    let lines: Vec<&str> = file.lines().map(str::trim_end).collect();
    let [HEADER, algorithm, _, salt, nonce, sealed] = lines[..] else { return Err(wrong) };
    let algorithm = algorithm.strip_prefix("algorithm: ").and_then(Algorithm::of).ok_or(wrong)?;
    let salt: [u8; 16] = field(salt, "salt: ").ok_or(wrong)?;
    let nonce: [u8; 24] = field(nonce, "nonce: ").ok_or(wrong)?;
    let sealed: [u8; 48] = field(sealed, "sealed: ").ok_or(wrong)?;
    let head = head(algorithm, &salt);
    if !file.replace("\r\n", "\n").starts_with(&head) {
        return Err(wrong);
    }
    let cipher = XChaCha20Poly1305::new((&*stretched(password, &salt).map_err(|_| wrong)?).into());
    let payload = Payload { msg: &sealed, aad: head.as_bytes() };
    let secret = Zeroizing::new(cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| SealedKeyError::Password)?);
    let secret = Zeroizing::new(<[u8; 32]>::try_from(secret.as_slice()).map_err(|_| wrong)?);
    PrivateKey::from_bytes(algorithm, &secret).ok_or(wrong)
}

/// What stands before the sealed part and cannot be changed without breaking it.
fn head(algorithm: Algorithm, salt: &[u8]) -> String {
    let (algorithm, salt) = (algorithm.code(), hex(salt));
    format!("{HEADER}\nalgorithm: {algorithm}\nargon2id: m={MEMORY_KIB},t={PASSES},p=1\nsalt: {salt}\n")
}

fn stretched(password: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).fault("argon2id parameters")?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Argon::Argon2id, Version::V0x13, params);
    argon.hash_password_into(password.as_bytes(), salt, key.as_mut()).fault("stretching a password")?;
    Ok(key)
}

fn field<const N: usize>(line: &str, name: &str) -> Option<[u8; N]> {
    crate::token::unhex_any(line.strip_prefix(name)?)?.try_into().ok()
}
