//! One-time codes by the OATH standards, for whoever keeps seeds: HOTP (RFC 4226), TOTP (RFC 6238), OCRA (RFC 6287).
//!
//! Nothing here remembers: whoever judges a code keeps the counter, the drift and what was used already.

mod hotp;
mod ocra;

pub use hotp::{hotp, totp_step};
pub use ocra::{OcraError, OcraInput, OcraSuite};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// The hash under the HMAC of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OathHash {
    /// SHA-1, which RFC 4226 knows alone. Its collisions do not touch an HMAC.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl OathHash {
    /// The word in suites, files and tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// The hash that a word names.
    pub fn of(code: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512].into_iter().find(|hash| hash.code() == code)
    }

    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => tag(Hmac::<Sha1>::new_from_slice(key), parts),
            Self::Sha256 => tag(Hmac::<Sha256>::new_from_slice(key), parts),
            Self::Sha512 => tag(Hmac::<Sha512>::new_from_slice(key), parts),
        }
    }
}

fn tag<M: Mac, E>(mac: Result<M, E>, parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = mac else { unreachable!("an HMAC takes a key of any length") };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Dynamic truncation (RFC 4226, 5.3) to 4 to 10 digits.
fn truncated(tag: &[u8], digits: u8) -> String {
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let word = u32::from_be_bytes([tag[offset], tag[offset + 1], tag[offset + 2], tag[offset + 3]]);
    let number = u64::from(word & 0x7fff_ffff) % 10_u64.pow(u32::from(digits));
    format!("{number:0width$}", width = usize::from(digits))
}

/// Whether a typed code is the right one, in a time that does not tell where they differ.
pub fn is_same_code(right: &str, typed: &str) -> bool {
    right.as_bytes().ct_eq(typed.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_same_only_if_every_digit_is() {
        assert!(is_same_code("012345", "012345"));
        for typed in ["", "012346", "12345", "0123456", "912345"] {
            assert!(!is_same_code("012345", typed), "{typed}");
        }
    }

    #[test]
    fn a_hash_is_found_by_its_word() {
        for hash in [OathHash::Sha1, OathHash::Sha256, OathHash::Sha512] {
            assert_eq!(OathHash::of(hash.code()), Some(hash));
        }
        assert_eq!(OathHash::of("MD5"), None);
    }
}
