//! Requests for a certificate, as customers paste them.

use super::PublicKey;
use der::{DecodePem, Encode};
use std::fmt;
use x509_cert::request::CertReq;

/// The longest request that is read, in bytes. One with three attributes has a thousand.
const MOST_BYTES: usize = 8 << 10;

/// Why a request gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// It is no PKCS #10 request in PEM.
    Unreadable,
    /// Its key is of another kind than the three.
    Algorithm,
    /// It is not signed by the key that it names, so nobody knows whether its sender has that key.
    Signature,
}

impl fmt::Display for RequestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unreadable => "this is not a request for a certificate",
            Self::Algorithm => "the key is not one of P-256, Ed25519 and SM2",
            Self::Signature => "the request is not signed by its own key",
        })
    }
}

impl std::error::Error for RequestError {}

/// The public key in a PKCS #10 request in PEM that is signed by this very key. The name in it is not looked at: whose key
/// it is, the bank knows from the session.
pub fn read_request(pem: &str) -> Result<PublicKey, RequestError> {
    let pem = pem.trim().replace("\r\n", "\n");
    if pem.len() > MOST_BYTES {
        return Err(RequestError::Unreadable);
    }
    let request = CertReq::from_pem(pem.as_bytes()).map_err(|_| RequestError::Unreadable)?;
    let info = request.info.public_key.to_der().map_err(|_| RequestError::Unreadable)?;
    let key = PublicKey::from_der(&info).ok_or(RequestError::Algorithm)?;
    let signed = request.info.to_der().map_err(|_| RequestError::Unreadable)?;
    let is_its_own = request.algorithm.oid == key.algorithm().signature_oid()
        && request.signature.as_bytes().is_some_and(|signature| key.verify_encoded(&signed, signature));
    if is_its_own { Ok(key) } else { Err(RequestError::Signature) }
}
