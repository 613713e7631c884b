//! How names, mobile numbers and account numbers are written where others may read them.

use crate::Locale;

/// Splits a name into what a reader sees as characters: a variation selector belongs to the character before it,
/// so that a rare character is neither cut in half nor shown as a box.
fn characters(name: &str) -> Vec<String> {
    let mut characters: Vec<String> = Vec::new();
    for char in name.chars() {
        let joins = matches!(char, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{0300}'..='\u{036F}');
        match characters.last_mut() {
            Some(last) if joins => last.push(char),
            _ => characters.push(char.to_string()),
        }
    }
    characters
}

fn mask_han(name: &str) -> String {
    if name.contains('·') {
        let parts = name.split('·').filter(|part| !part.is_empty());
        let masked = parts.map(|part| characters(part).first().map_or_else(String::new, |first| format!("{first}**")));
        return masked.collect::<Vec<_>>().join("·");
    }
    let characters = characters(name);
    match characters.as_slice() {
        [] => String::new(),
        [only] => format!("{only}*"),
        [first, _] => format!("{first}*"),
        [first, _, last] => format!("{first}*{last}"),
        [first, .., last] => format!("{first}**{last}"),
    }
}

/// A name masked for another person's eyes: 王*, 李*宝, 欧**华, 阿**·买**; a name in Latin letters keeps its
/// first word and one initial, `Li X***`, and its stars never tell the length. `latin` is used for English pages
/// when the person has one.
pub fn mask_name(name: &str, latin: Option<&str>, locale: Locale) -> String {
    let shown = match (locale, latin) {
        (Locale::En, Some(latin)) if !latin.trim().is_empty() => latin.trim(),
        _ => name.trim(),
    };
    if !shown.chars().any(|char| char.is_ascii_alphabetic()) {
        return mask_han(shown);
    }
    let mut words = shown.split_whitespace();
    let family = words.next().unwrap_or_default();
    match words.next().and_then(|given| given.chars().next()) {
        Some(initial) => format!("{family} {initial}***"),
        None => format!("{}***", characters(family).first().map_or("", String::as_str)),
    }
}

/// `138 **** 5678`; a number that is not a mainland one keeps its last four digits alone.
pub fn mask_mobile(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let tail: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    if digits.len() == 11 {
        format!("{} **** {tail}", digits.iter().take(3).collect::<String>())
    } else {
        format!("**** {tail}")
    }
}

/// One's own number in groups, `138 0000 5678`.
pub fn mobile_in_groups(number: &str) -> String {
    if number.len() == 11 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{} {} {}", &number[..3], &number[3..7], &number[7..])
    } else {
        number.to_owned()
    }
}

/// The last four digits of an account or card number, for 尾号 6027 and "ending 6027".
pub fn account_tail(number: &str) -> String {
    let characters: Vec<char> = number.chars().filter(|char| !char.is_whitespace()).collect();
    characters.iter().skip(characters.len().saturating_sub(4)).collect()
}

/// A whole account number in groups of four: only for its owner's account page.
pub fn account_in_fours(number: &str) -> String {
    let characters: Vec<char> = number.chars().filter(|char| !char.is_whitespace()).collect();
    characters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_as_the_look_says() {
        let table = [
            ("王芳", None, Locale::Zh, "王*"),
            ("李小宝", None, Locale::Zh, "李*宝"),
            ("欧阳文华", None, Locale::Zh, "欧**华"),
            ("欧阳娜娜子", None, Locale::Zh, "欧**子"),
            ("阿卜杜拉·买买提", None, Locale::Zh, "阿**·买**"),
            ("𠮷野家", None, Locale::Zh, "𠮷*家"),
            ("葛\u{E0100}小宝", None, Locale::Zh, "葛\u{E0100}*宝"),
            ("龙", None, Locale::Zh, "龙*"),
            ("", None, Locale::Zh, ""),
            ("李小宝", Some("Li Xiaobao"), Locale::En, "Li X***"),
            ("李小宝", None, Locale::En, "李*宝"),
            ("Li Xiaobao", None, Locale::Zh, "Li X***"),
            ("Madonna", None, Locale::En, "M***"),
        ];
        for (name, latin, locale, expected) in table {
            assert_eq!(mask_name(name, latin, locale), expected, "{name}");
        }
    }

    #[test]
    fn numbers_are_masked_and_grouped() {
        assert_eq!(mask_mobile("13800005678"), "138 **** 5678");
        assert_eq!(mask_mobile("+447700900123"), "**** 0123");
        assert_eq!(mask_mobile(""), "**** ");
        assert_eq!(mobile_in_groups("13800005678"), "138 0000 5678");
        assert_eq!(mobile_in_groups("+44 7700"), "+44 7700");
        assert_eq!(account_tail("6217 0000 0000 6027"), "6027");
        assert_eq!(account_in_fours("6217000000006027001"), "6217 0000 0000 6027 001");
    }
}
