//! Secrets as text.

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The 32 bytes that 64 lower-case hexadecimal digits stand for; anything else is none.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    unhex_any(text)?.try_into().ok()
}

/// The bytes that pairs of lower-case hexadecimal digits stand for.
pub fn unhex_any(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_nothing_else_does() {
        let bytes: [u8; 32] = std::array::from_fn(|index| index as u8 * 7);
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        for text in ["", "zz", &hex(&bytes).to_uppercase(), &format!("{}0", hex(&bytes))] {
            assert_eq!(unhex(text), None);
        }
    }
}
