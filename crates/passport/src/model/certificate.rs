//! Keys with a certificate: what their owner sees, and when one may sign.

use crate::FactorId;
use credential::signing::Algorithm;
use kit::{Refusal, Timestamp};

/// A certificate is good for so long, in milliseconds: three years.
pub(crate) const CERTIFICATE_MS: i64 = 3 * 365 * 24 * 3_600_000;
/// Keys that one person may have at a time.
pub(crate) const KEYS_MAX: i64 = 5;
/// Characters of a name.
pub(crate) const LABEL_MAX: usize = 40;

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyView {
    /// Which one.
    pub id: FactorId,
    /// What its owner called it.
    pub label: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The first 16 hexadecimal digits of the BLAKE3 hash of the public key.
    pub fingerprint: String,
    /// Since when it is theirs.
    pub added: Timestamp,
    /// Its certificate ends then.
    pub expires: Timestamp,
    /// When it last signed; none if it never did.
    pub last_used: Option<Timestamp>,
    /// Whether the certificate's time is over.
    pub is_over: bool,
}

/// A key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: FactorId,
    pub(crate) label: String,
    pub(crate) public: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) added: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

/// A name that somebody gives to a key. Refuses with `passport.label_invalid`.
pub(crate) fn label(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let is_right = !text.is_empty() && text.chars().count() <= LABEL_MAX && !text.chars().any(char::is_control);
    match is_right {
        true => Ok(text.to_owned()),
        false => Err(Refusal::new("passport.label_invalid", 422).with("field", "label").with("most", LABEL_MAX as i64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_name_of_one_short_line() {
        assert_eq!(label(" 书房电脑 ").unwrap(), "书房电脑");
        for wrong in ["", "   ", "a\nb", &"长".repeat(LABEL_MAX + 1)] {
            assert_eq!(label(wrong).unwrap_err().code, "passport.label_invalid", "{wrong}");
        }
    }
}
