//! References in text: the five entities that XML itself has, and characters by number. There are no others.

use super::names::is_allowed;
use std::borrow::Cow;

/// The character that a reference without its `&` and `;` stands for.
pub(super) fn referenced(name: &str) -> Result<char, &'static str> {
    match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let Some(number) = name.strip_prefix('#') else {
        return Err("a reference to an entity; only amp, lt, gt, quot, apos and characters by number are known");
    };
    let code = match number.strip_prefix('x') {
        Some(hex) if !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()
        }
        None if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
        _ => None,
    };
    code.and_then(char::from_u32)
        .filter(|sign| is_allowed(*sign))
        .ok_or("a reference to a character that XML does not allow")
}

/// An attribute's value as it is meant: references resolved, white space made spaces.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, &'static str> {
    if raw.contains('<') {
        return Err("'<' in the value of an attribute");
    }
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        value.push_str(&rest[..at]);
        rest = if let Some(reference) = rest[at..].strip_prefix('&') {
            let (name, after) = reference.split_once(';').ok_or("'&' that begins no reference")?;
            value.push(referenced(name)?);
            after
        } else {
            value.push(' ');
            rest[at..].strip_prefix("\r\n").unwrap_or(&rest[at + 1..])
        };
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

/// Ends of lines as XML wants them: `\r\n` and `\r` are `\n`.
pub(super) fn line_ends(raw: &str) -> Cow<'_, str> {
    if raw.contains('\r') { Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(raw) }
}

/// Appends a text so that reading gives it back.
pub(super) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\r', '\n', '\t']) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'&' => out.push_str("&amp;"),
            b'<' => out.push_str("&lt;"),
            b'>' => out.push_str("&gt;"),
            b'"' => out.push_str("&quot;"),
            b'\r' => out.push_str("&#13;"),
            b'\n' => out.push_str("&#10;"),
            _ => out.push_str("&#9;"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
