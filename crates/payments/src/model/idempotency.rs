//! A key that makes a repeated request harmless: it names the command, so the ledger's own at-most-once rule does the
//! work and no table is needed.

use accounts::command_id;
use kit::Refusal;
use ledger::CommandId;
use passport::CustomerId;

/// Longest key in characters.
pub const KEY_MAX: usize = 64;

/// Hash of the request that came with a key; rides along in the document, to tell a repeat from another request.
pub(crate) type BodyHash = [u8; 16];

/// Checks a key: 1 to 64 visible ASCII characters. Refuses with `idempotency.key_missing`, `idempotency.key_invalid`.
pub(crate) fn check_key(key: Option<&str>) -> Result<&str, Refusal> {
    match key {
        None => Err(Refusal::new("idempotency.key_missing", 400)),
        Some(key) if (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(key),
        Some(_) => Err(Refusal::new("idempotency.key_invalid", 400).with("most", KEY_MAX as i64)),
    }
}

/// The command of a customer's key. Keys of different customers never meet.
pub(crate) fn command_of(customer: CustomerId, key: &str) -> CommandId {
    let mut name = customer.0.to_be_bytes().to_vec();
    name.extend_from_slice(key.as_bytes());
    command_id("payments.key", &name)
}

/// Hash of what was asked, field by field, so that white space in the request does not count.
pub(crate) fn body_hash(fields: &[&[u8]]) -> BodyHash {
    let mut hasher = blake3::Hasher::new();
    for field in fields {
        hasher.update(&(field.len() as u64).to_le_bytes());
        hasher.update(field);
    }
    let mut hash = [0; 16];
    hasher.finalize_xof().fill(&mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        assert_eq!(check_key(Some("a-b_9.~")), Ok("a-b_9.~"));
        assert_eq!(check_key(None).unwrap_err().code, "idempotency.key_missing");
        for key in ["", " ", "a b", "é", "a\n", &"k".repeat(65)] {
            assert_eq!(check_key(Some(key)).unwrap_err().code, "idempotency.key_invalid", "{key:?}");
        }
    }

    #[test]
    fn customers_and_fields_do_not_run_into_each_other() {
        assert_ne!(command_of(CustomerId(1), "k"), command_of(CustomerId(2), "k"));
        assert_eq!(command_of(CustomerId(1), "k"), command_of(CustomerId(1), "k"));
        assert_ne!(body_hash(&[b"ab", b"c"]), body_hash(&[b"a", b"bc"]));
    }
}
