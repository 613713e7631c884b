//! Signing keys (U盾): their public halves, what they sign, requests for a certificate and the authority that answers.
//!
//! Three algorithms: ECDSA over P-256 with SHA-256, Ed25519, and SM2 with SM3 (GM/T 0003.2) under the standard's user id.
//! A signature over a text is always 64 bytes, written in base64. What can be written in two ways is refused: there is one
//! encoding of a key, and one signature of a made one.

mod authority;
mod private;
mod request;
mod sealed;
mod text;

pub use authority::{Authority, Issued, certificate_pem};
pub use private::PrivateKey;
pub use request::{RequestError, read_request};
pub use sealed::{SealedKeyError, open_key, seal_key};
pub use text::{PaymentText, SignLanguage, SigningText, TextError, What};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{AnyRef, BitString, ObjectIdentifier};
use der::{Decode, Encode};
use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature as P256Signature, VerifyingKey as P256Key};
use sm2::dsa::{Signature as Sm2Signature, VerifyingKey as Sm2Key};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// The user id under which SM2 signs where nobody agreed on another (GM/T 0009).
pub const SM2_USER_ID: &str = "1234567812345678";
/// Bytes of a signature over a text.
pub const SIGNATURE_BYTES: usize = 64;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const CURVE_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const CURVE_SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    P256,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// SM2 with SM3.
    Sm2,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::Ed25519, Self::Sm2];

    /// The word on the command line and in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Ed25519 => "ed25519",
            Self::Sm2 => "sm2",
        }
    }

    /// The algorithm that a word names.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }

    /// The algorithm of signatures inside of requests and certificates.
    fn signature_oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => ECDSA_WITH_SHA256,
            Self::Ed25519 => ED25519,
            Self::Sm2 => SM2_WITH_SM3,
        }
    }
}

/// A public key that was read strictly: the point is on its curve and written in the one way.
#[derive(Debug, Clone)]
pub struct PublicKey(Key);

#[derive(Debug, Clone)]
enum Key {
    P256(P256Key),
    Ed25519(Ed25519Key),
    Sm2(Box<Sm2Key>),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in DER; none if it is not one of the three kinds, written in the one way.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoOwned::from_der(der).ok()?;
        let key = Self::of_info(&info)?;
        (key.to_der().as_deref() == Some(der)).then_some(key)
    }

    fn of_info(info: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let bytes = info.subject_public_key.as_bytes()?;
        let curve = || info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
        let uncompressed = bytes.len() == 65 && bytes[0] == 4;
        match info.algorithm.oid {
            EC_PUBLIC_KEY if curve() == Some(CURVE_P256) && uncompressed => {
                P256Key::from_sec1_bytes(bytes).ok().map(Key::P256)
            }
            EC_PUBLIC_KEY if curve() == Some(CURVE_SM2) && uncompressed => {
                Sm2Key::from_sec1_bytes(SM2_USER_ID, bytes).ok().map(Box::new).map(Key::Sm2)
            }
            ED25519 if info.algorithm.parameters.is_none() => {
                let key = Ed25519Key::from_bytes(bytes.try_into().ok()?).ok()?;
                // A key of small order signs everything; two encodings of a point are two names of one key.
                (!key.is_weak() && key.as_bytes() == bytes).then_some(Key::Ed25519(key))
            }
            _ => None,
        }
        .map(Self)
    }

    fn info(&self) -> der::Result<SubjectPublicKeyInfoOwned> {
        let (oid, curve, bytes) = match &self.0 {
            Key::P256(key) => (EC_PUBLIC_KEY, Some(CURVE_P256), key.to_sec1_point(false).as_bytes().to_vec()),
            Key::Sm2(key) => (EC_PUBLIC_KEY, Some(CURVE_SM2), key.to_sec1_bytes().to_vec()),
            Key::Ed25519(key) => (ED25519, None, key.as_bytes().to_vec()),
        };
        let parameters = curve.map(|curve| AnyRef::from(&curve).into());
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid, parameters },
            subject_public_key: BitString::from_bytes(&bytes)?,
        })
    }

    /// The key as a SubjectPublicKeyInfo in DER; none only if it cannot be encoded, which no key of these kinds does.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        self.info().and_then(|info| info.to_der()).ok()
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Key::P256(_) => Algorithm::P256,
            Key::Ed25519(_) => Algorithm::Ed25519,
            Key::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// Whether these 64 bytes are this key's signature over the text. Of the two values of `s` that ECDSA would take, the
    /// lower one is right.
    pub fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = <&[u8; SIGNATURE_BYTES]>::try_from(signature) else { return false };
        match &self.0 {
            Key::P256(key) => P256Signature::from_slice(signature)
                .is_ok_and(|signature| signature.normalize_s() == signature && key.verify(text, &signature).is_ok()),
            Key::Ed25519(key) => key.verify_strict(text, &ed25519_dalek::Signature::from_bytes(signature)).is_ok(),
            Key::Sm2(key) => {
                Sm2Signature::from_slice(signature).is_ok_and(|signature| key.verify(text, &signature).is_ok())
            }
        }
    }

    /// Whether this is the signature of a request: DER for the curves with two numbers.
    fn verify_encoded(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Key::P256(key) => {
                P256Signature::from_der(signature).is_ok_and(|signature| key.verify(text, &signature).is_ok())
            }
            Key::Ed25519(_) => self.verify(text, signature),
            Key::Sm2(key) => {
                Sm2Signature::from_der(signature).is_ok_and(|signature| key.verify(text, &signature).is_ok())
            }
        }
    }
}

/// A signature as people carry it from one window to another.
pub fn signature_text(signature: &[u8; SIGNATURE_BYTES]) -> String {
    STANDARD.encode(signature)
}

/// The 64 bytes of a pasted signature; white space may stand anywhere in it.
pub fn signature_of(text: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    if text.len() > 4 * SIGNATURE_BYTES {
        return None;
    }
    let text: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
