//! Passkeys of members.

use crate::{StaffId, StaffKeyId};
use kit::{Refusal, Timestamp};

/// Most characters of the name that a member gives to a passkey.
pub const KEY_LABEL_MAX: usize = 40;
/// Passkeys that a member may have.
pub(crate) const KEYS_MAX: usize = 5;
/// A question is good for so long, in milliseconds.
pub(crate) const QUESTION_LIVES_MS: i64 = 10 * 60_000;
/// A token's code lets a session add a passkey for so long, in milliseconds.
pub(crate) const TOKEN_PROOF_MS: i64 = 10 * 60_000;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffKey {
    /// Which one.
    pub id: StaffKeyId,
    /// What its owner calls it.
    pub label: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
}

/// A passkey as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) key: StaffKey,
    pub(crate) member: StaffId,
    pub(crate) record: String,
}

/// What a session was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPurpose {
    /// To make a passkey.
    Add,
    /// To prove a sign-in.
    Prove,
}

impl KeyPurpose {
    /// The stored word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prove => "prove",
        }
    }
}

/// A name as its owner typed it. Refuses with `staff.label_invalid`.
pub(crate) fn label(typed: &str) -> Result<String, Refusal> {
    let label = typed.trim();
    let is_long = label.chars().count() > KEY_LABEL_MAX;
    if label.is_empty() || is_long || label.chars().any(char::is_control) {
        let refused = Refusal::new("staff.label_invalid", 422).with("field", "label");
        return Err(refused.with("most", KEY_LABEL_MAX as i64));
    }
    Ok(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_passkeys_are_short_and_plain() {
        assert_eq!(label("  柜台电脑 ").unwrap(), "柜台电脑");
        for wrong in ["", "   ", "a\nb", &"长".repeat(KEY_LABEL_MAX + 1)] {
            assert_eq!(label(wrong).unwrap_err().code, "staff.label_invalid");
        }
    }
}
