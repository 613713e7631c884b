//! What a payer writes to the payee.

use kit::Refusal;

/// Most characters of a memo.
pub const MEMO_MAX: usize = 60;

/// Takes a memo as it was typed, without the spaces around it. Refuses with `payments.memo_invalid` what is too long or
/// holds characters that cannot be seen or turn the writing direction.
pub(crate) fn check_memo(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let invisible = |character: char| {
        character.is_control()
            || matches!(character,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
                && character != '\u{200d}' // joins emoji; harmless where it stands between them
    };
    if text.chars().count() > MEMO_MAX || text.chars().any(invisible) {
        return Err(Refusal::new("payments.memo_invalid", 422).with("field", "memo").with("most", MEMO_MAX as i64));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memos_are_text_that_can_be_read() {
        assert_eq!(check_memo(" 午饭 lunch <b>&\"' ").unwrap(), "午饭 lunch <b>&\"'");
        assert_eq!(check_memo("").unwrap(), "");
        assert!(check_memo(&"长".repeat(60)).is_ok());
        for memo in ["长".repeat(61), "a\u{202e}b".into(), "a\u{200b}b".into(), "a\nb".into(), "a\0b".into()] {
            assert_eq!(check_memo(&memo).unwrap_err().code, "payments.memo_invalid");
        }
    }
}
