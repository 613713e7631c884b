//! Encrypted seeds: AES-128-CBC under a pre-shared key, and an HMAC over what is encrypted (RFC 6030, 6.1).

use super::tree::Element;
use super::{Unreadable, base64_of};
use crate::oath::OathHash;
use aes::Aes128;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const AES_128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const IV_BYTES: usize = 16;

/// How the seeds of a file are encrypted and proven.
pub(super) struct Sealing {
    key: Zeroizing<[u8; 16]>,
    mac_key: Zeroizing<Vec<u8>>,
    mac: OathHash,
}

impl Sealing {
    /// Reads how a file is sealed; none if it does not say that it is.
    pub(super) fn of(root: &Element, key: Option<&[u8; 16]>) -> Result<Option<Self>, Unreadable> {
        let Some(named) = root.child("EncryptionKey") else { return Ok(None) };
        let wrong = |why: &str| Err(Unreadable(why.to_owned()));
        if named.child("DerivedKey").is_some() {
            return wrong("its seeds are encrypted under a password; ask for a file with a pre-shared key");
        }
        let Some(key) = key else {
            return wrong("its seeds are encrypted; name the key that was handed over apart");
        };
        // CBC alone would let anybody change seeds unseen.
        let Some(method) = root.child("MACMethod") else {
            return wrong("its seeds are encrypted but nothing proves that they are whole");
        };
        let mac = match method.attribute("Algorithm") {
            Some("http://www.w3.org/2000/09/xmldsig#hmac-sha1") => OathHash::Sha1,
            Some("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256") => OathHash::Sha256,
            Some("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512") => OathHash::Sha512,
            _ => return wrong("the proof of its seeds is not an HMAC with SHA-1, SHA-256 or SHA-512"),
        };
        let mac_key = match method.child("MACKey") {
            None => Zeroizing::new(key.to_vec()),
            Some(sealed) => opened(sealed, key).map_err(|_| Unreadable("the key does not fit this file".to_owned()))?,
        };
        Ok(Some(Self { key: Zeroizing::new(*key), mac_key, mac }))
    }

    /// The seed in an encrypted value, if its proof is right.
    pub(super) fn open(&self, encrypted: &Element, proof: Option<&Element>) -> Result<Zeroizing<Vec<u8>>, String> {
        let proof = proof.and_then(|proof| base64_of(&proof.text)).ok_or("the seed has no proof of being whole")?;
        let value = cipher_value(encrypted)?;
        let right = self.mac.hmac(&self.mac_key, &[&value]);
        if !bool::from(right.ct_eq(&proof)) {
            return Err("the seed was changed, or the key does not fit".to_owned());
        }
        opened(encrypted, &self.key)
    }
}

/// IV and ciphertext.
fn cipher_value(encrypted: &Element) -> Result<Zeroizing<Vec<u8>>, String> {
    let method = encrypted.child("EncryptionMethod").and_then(|method| method.attribute("Algorithm"));
    if method != Some(AES_128_CBC) {
        return Err("it is not encrypted by AES-128-CBC".to_owned());
    }
    let value = encrypted.child("CipherData").and_then(|data| data.child("CipherValue"));
    value.and_then(|value| base64_of(&value.text)).ok_or_else(|| "the encrypted value is not base64".to_owned())
}

fn opened(encrypted: &Element, key: &[u8; 16]) -> Result<Zeroizing<Vec<u8>>, String> {
    let value = cipher_value(encrypted)?;
    let broken = || "the encrypted value does not open with this key".to_owned();
    let (iv, sealed) = value.split_at_checked(IV_BYTES).ok_or_else(broken)?;
    let iv: [u8; IV_BYTES] = iv.try_into().map_err(|_| broken())?;
    let decryptor = cbc::Decryptor::<Aes128>::new(key.into(), &iv.into());
    decryptor.decrypt_padded_vec::<Pkcs7>(sealed).map(Zeroizing::new).map_err(|_| broken())
}
