//! Private keys, as the customer's own tool holds them.

use super::{Algorithm, Key, PublicKey, SIGNATURE_BYTES, SM2_USER_ID};
use der::asn1::{BitString, SetOfVec};
use der::{Encode, EncodePem};
use ed25519_dalek::Signer;
use kit::Random;
use p256::ecdsa::{Signature as P256Signature, SigningKey as P256Signing};
use sm2::dsa::{Signature as Sm2Signature, SigningKey as Sm2Signing};
use std::str::FromStr;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, Version};
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

/// A private key. It does not print.
pub struct PrivateKey(Secret);

enum Secret {
    P256(P256Signing),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Sm2(Box<Sm2Signing>),
}

impl PrivateKey {
    /// A new key.
    pub fn generate(algorithm: Algorithm, random: &Random) -> Self {
        loop {
            // One draw in four thousand million lies beyond the order of a curve.
            let bytes = Zeroizing::new(random.bytes::<32>());
            if let Some(key) = Self::from_bytes(algorithm, &bytes) {
                return key;
            }
        }
    }

    /// The key that 32 bytes stand for; none if they are nought or beyond the order of the curve.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8; 32]) -> Option<Self> {
        let secret = match algorithm {
            Algorithm::P256 => Secret::P256(P256Signing::from_slice(bytes).ok()?),
            Algorithm::Ed25519 => Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(bytes))),
            Algorithm::Sm2 => Secret::Sm2(Box::new(Sm2Signing::from_slice(SM2_USER_ID, bytes).ok()?)),
        };
        Some(Self(secret))
    }

    /// The 32 bytes that the key can be made of again.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.0 {
            Secret::P256(key) => key.to_bytes().into(),
            Secret::Ed25519(key) => key.to_bytes(),
            Secret::Sm2(key) => key.to_bytes().into(),
        })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Secret::P256(key) => Key::P256(*key.verifying_key()),
            Secret::Ed25519(key) => Key::Ed25519(key.verifying_key()),
            Secret::Sm2(key) => Key::Sm2(Box::new(key.verifying_key().clone())),
        })
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.public().algorithm()
    }

    /// The signature over a text. The same text gives the same signature (RFC 6979, RFC 8032).
    pub fn sign(&self, text: &[u8]) -> [u8; SIGNATURE_BYTES] {
        match &self.0 {
            Secret::P256(key) => {
                let signature: P256Signature = key.sign(text);
                signature.normalize_s().to_bytes().into()
            }
            Secret::Ed25519(key) => key.sign(text).to_bytes(),
            Secret::Sm2(key) => {
                let signature: Sm2Signature = key.sign(text);
                signature.to_bytes().into()
            }
        }
    }

    /// A request for a certificate (PKCS #10) in PEM, signed by the key itself. None only if it cannot be encoded.
    pub fn request(&self) -> Option<String> {
        let info = CertReqInfo {
            version: Version::V1,
            subject: Name::from_str("CN=Tongbao signing key").ok()?,
            public_key: self.public().info().ok()?,
            attributes: SetOfVec::new(),
        };
        let text = info.to_der().ok()?;
        let signature = self.sign(&text);
        let signature = match &self.0 {
            Secret::P256(_) => P256Signature::from_slice(&signature).ok()?.to_der().as_bytes().to_vec(),
            Secret::Ed25519(_) => signature.to_vec(),
            Secret::Sm2(_) => sm2::dsa::DerSignature::from(Sm2Signature::from_slice(&signature).ok()?).to_vec(),
        };
        let algorithm = AlgorithmIdentifierOwned { oid: self.algorithm().signature_oid(), parameters: None };
        let request = CertReq { info, algorithm, signature: BitString::from_bytes(&signature).ok()? };
        request.to_pem(der::pem::LineEnding::LF).ok()
    }

    /// The key of an authority.
    pub(super) fn as_p256(&self) -> Option<&P256Signing> {
        match &self.0 {
            Secret::P256(key) => Some(key),
            _ => None,
        }
    }
}
