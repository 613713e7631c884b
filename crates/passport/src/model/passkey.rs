//! Passkeys and security keys as their owner and the service see them.

use crate::PersonId;
use crate::model::factor::{Factor, FactorId};
use credential::webauthn::KeyKind;
use kit::{Refusal, Timestamp};

/// Most characters of the name that an owner gives to a key or a device.
pub const LABEL_MAX: usize = 40;
/// Keys of one sort that a person may have.
pub(crate) const KEYS_MAX: usize = 10;
/// A question for a new key, or for signing in, is good for so long, in milliseconds.
pub(crate) const QUESTION_LIVES_MS: i64 = 15 * 60_000;

/// One passkey or security key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Which one.
    pub id: FactorId,
    /// Of which sort.
    pub kind: KeyKind,
    /// What its owner calls it.
    pub label: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
    /// Whether the owner's other devices may hold copies of it.
    pub may_be_copied: bool,
}

/// A question for the browser, and what the form must carry back with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyQuestion {
    /// JSON for `navigator.credentials`.
    pub options: String,
    /// The bank's own memory of the question, sealed; in base64url.
    pub sealed: String,
}

/// A key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: FactorId,
    pub(crate) person: PersonId,
    pub(crate) kind: KeyKind,
    pub(crate) record: String,
    pub(crate) label: String,
    pub(crate) added: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) may_be_copied: bool,
}

impl StoredKey {
    pub(crate) fn view(&self) -> KeyView {
        KeyView {
            id: self.id,
            kind: self.kind,
            label: self.label.clone(),
            added: self.added,
            last_used: self.last_used,
            may_be_copied: self.may_be_copied,
        }
    }
}

/// The stored word.
pub(crate) fn word(kind: KeyKind) -> &'static str {
    factor(kind).code()
}

/// From the stored word.
pub(crate) fn from_word(word: &str) -> Option<KeyKind> {
    [KeyKind::Passkey, KeyKind::SecurityKey].into_iter().find(|kind| self::word(*kind) == word)
}

/// What such a key proves.
pub(crate) fn factor(kind: KeyKind) -> Factor {
    match kind {
        KeyKind::Passkey => Factor::Passkey,
        KeyKind::SecurityKey => Factor::SecurityKey,
    }
}

/// A name as its owner typed it. Refuses with `passport.label_invalid`.
pub(crate) fn label(typed: &str) -> Result<String, Refusal> {
    let label = typed.trim();
    let is_long = label.chars().count() > LABEL_MAX;
    if label.is_empty() || is_long || label.chars().any(char::is_control) {
        let refused = Refusal::new("passport.label_invalid", 422).with("field", "label");
        return Err(refused.with("most", LABEL_MAX as i64));
    }
    Ok(label.to_owned())
}

/// About the field with the key's answer.
pub(crate) fn refusal(code: &'static str, status: u16) -> Refusal {
    Refusal::new(code, status).with("field", "answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_are_short_and_plain() {
        assert_eq!(label("  我的手机 ").unwrap(), "我的手机");
        assert_eq!(label(&"长".repeat(LABEL_MAX)).unwrap().chars().count(), LABEL_MAX);
        for wrong in ["", "   ", "a\nb", &"长".repeat(LABEL_MAX + 1)] {
            assert_eq!(label(wrong).unwrap_err().code, "passport.label_invalid");
        }
        for kind in [KeyKind::Passkey, KeyKind::SecurityKey] {
            assert_eq!(from_word(word(kind)), Some(kind));
        }
    }
}
