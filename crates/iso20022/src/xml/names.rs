//! What a name in XML may look like, and what characters may stand in a document.

/// Whether this is a name without a colon (NCName).
pub(super) fn is_name(name: &str) -> bool {
    let mut signs = name.chars();
    signs.next().is_some_and(starts_name) && signs.all(continues_name)
}

fn starts_name(sign: char) -> bool {
    matches!(sign, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(sign: char) -> bool {
    starts_name(sign)
        || matches!(sign, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether XML 1.0 allows this character at all.
pub(super) fn is_allowed(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Where a text has a character that XML 1.0 does not allow. Looks at bytes: all such characters below U+0080 are single
/// bytes, and U+FFFE and U+FFFF are the only others.
pub(super) fn not_allowed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let bad = |(at, byte): (usize, &u8)| match *byte {
        b'\t' | b'\n' | b'\r' => false,
        0xEF => bytes[at..].starts_with(b"\xEF\xBF\xBE") || bytes[at..].starts_with(b"\xEF\xBF\xBF"),
        byte => byte < b' ',
    };
    bytes.iter().enumerate().position(bad)
}
