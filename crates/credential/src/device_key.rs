//! The key of a bound device: ECDSA on P-256 with SHA-256, made by a browser's WebCrypto as non-extractable.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// Bytes of an uncompressed point: 4, x, y (SEC 1, 2.3.3), which is WebCrypto's `raw` form of a public key.
pub const PUBLIC_KEY_BYTES: usize = 65;
/// Bytes of a signature as WebCrypto makes it: r and s, big-endian (IEEE P1363).
pub const SIGNATURE_BYTES: usize = 64;

/// The public key that these bytes are, if they are a point of the curve in the uncompressed form.
pub fn public_key(bytes: &[u8]) -> Option<[u8; PUBLIC_KEY_BYTES]> {
    let key: [u8; PUBLIC_KEY_BYTES] = bytes.try_into().ok()?;
    VerifyingKey::from_sec1_bytes(&key).is_ok().then_some(key)
}

/// Whether the key signed this message. What is no key or no signature did not.
pub fn verifies(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(public_key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: String = hex.split_whitespace().collect();
        (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
    }

    /// RFC 6979, A.2.5, SHA-256: the key, and the signatures of "sample" and "test".
    const PUBLIC: &str = "04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
        7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    const SAMPLE: &str = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
        F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
    const TEST: &str = "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367
        019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083";

    #[test]
    fn the_signatures_of_rfc_6979_verify_and_changed_ones_do_not() {
        let key = public_key(&bytes(PUBLIC)).unwrap();
        assert!(verifies(&key, b"sample", &bytes(SAMPLE)));
        assert!(verifies(&key, b"test", &bytes(TEST)));
        assert!(!verifies(&key, b"test", &bytes(SAMPLE)));
        assert!(!verifies(&key, b"sample ", &bytes(SAMPLE)));
        let mut changed = bytes(SAMPLE);
        changed[63] ^= 1;
        assert!(!verifies(&key, b"sample", &changed));
    }

    #[test]
    fn what_is_no_key_and_no_signature_is_refused() {
        let mut off_the_curve = bytes(PUBLIC);
        off_the_curve[64] ^= 1;
        for wrong in [&[][..], &[4; 65], &[0; 65], &off_the_curve, &bytes(PUBLIC)[..64]] {
            assert_eq!(public_key(wrong), None);
            assert!(!verifies(wrong, b"sample", &bytes(SAMPLE)));
        }
        for wrong in [&[][..], &[0; 64], &[255; 64], &bytes(SAMPLE)[..63]] {
            assert!(!verifies(&bytes(PUBLIC), b"sample", wrong));
        }
    }
}
