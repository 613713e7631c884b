//! Names of people and organisations, and how much of them a stranger sees.

use kit::Refusal;
use std::fmt;

/// Longest name in characters.
pub const NAME_MAX: usize = 60;

/// A person's or organisation's name as they write it. Its `Debug` form is masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// Accepts letters of any script, single spaces, and between letters the middle dot, hyphen, apostrophe and full
    /// stop. Refuses what a person cannot see or would mistake: control and zero-width characters, full-width or
    /// mathematical letters, and Latin mixed with Cyrillic or Greek.
    ///
    /// Refuses with `passport.name_invalid`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = || Refusal::new("passport.name_invalid", 422).with("field", "name");
        let mut name = String::with_capacity(text.len());
        let mut after_letter = false;
        let mut alphabet = None;
        for character in text.trim_matches(' ').chars() {
            if is_letter(character) {
                if let Some(found) = look_alike_alphabet(character)
                    && *alphabet.get_or_insert(found) != found
                {
                    return Err(invalid());
                }
                name.push(character);
                after_letter = true;
            } else {
                let mark = match character {
                    '\u{b7}' | '\u{2022}' | '\u{30fb}' => '\u{b7}',
                    ' ' | '-' | '\'' | '.' => character,
                    _ => return Err(invalid()),
                };
                // A space may follow a full stop ("J. Li"); otherwise marks stand between letters.
                let allowed = after_letter || (mark == ' ' && name.ends_with('.'));
                if !allowed {
                    return Err(invalid());
                }
                name.push(mark);
                after_letter = false;
            }
        }
        let ends_well = after_letter || name.ends_with('.');
        if name.is_empty() || !ends_well || name.chars().count() > NAME_MAX { Err(invalid()) } else { Ok(Self(name)) }
    }

    /// A name that the bank itself gave or that was checked when it was stored.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name of somebody who has not told it yet.
    pub(crate) fn unknown() -> Self {
        Self(String::new())
    }

    /// Whether it is not known yet: a visitor's.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole name: for its owner, and for staff with a reason.
    pub fn full(&self) -> &str {
        &self.0
    }

    /// What another person sees: 王*, 李*宝, 欧**华, 阿**·买**, Li X***.
    pub fn masked(&self) -> String {
        web::mask_name(&self.0, None, web::Locale::Zh)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Name({})", self.masked())
    }
}

/// Letters that stand for themselves: not the compatibility blocks that repeat other letters in another shape.
fn is_letter(character: char) -> bool {
    let repeated_shape = matches!(character,
        '\u{2100}'..='\u{214f}'   // letter-like symbols
        | '\u{2460}'..='\u{24ff}' // enclosed
        | '\u{ff00}'..='\u{ffef}' // half- and full-width
        | '\u{1d400}'..='\u{1d7ff}' // mathematical
        | '\u{1f100}'..='\u{1f1ff}' // enclosed supplement
        | '\u{115f}' | '\u{1160}' | '\u{3164}'); // Hangul fillers: letters without a shape
    character.is_alphabetic() && !repeated_shape
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

/// The three alphabets whose letters can be mistaken for each other.
fn look_alike_alphabet(character: char) -> Option<Alphabet> {
    match character {
        'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Alphabet::Latin),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Alphabet::Greek),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => {
            Some(Alphabet::Cyrillic)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_their_owners_write_them() {
        for name in [
            "王芳",
            "李小宝",
            "𠮷田㛃",
            "阿不都·买买提",
            "Li Xiaobao",
            "O'Brien-Smith",
            "J. Li",
            "Иван",
            "김민수",
            "Sammy Jr.",
        ] {
            assert_eq!(Name::parse(name).unwrap().full(), name);
        }
        assert_eq!(Name::parse(" 阿不都•买买提 ").unwrap().full(), "阿不都·买买提");
    }

    #[test]
    fn what_cannot_be_seen_or_would_be_mistaken_is_refused() {
        for name in [
            "",
            " ",
            "李\u{200b}宝",
            "Lі Xiaobao",
            "Ｌi",
            "李  宝",
            "-李",
            "李·",
            "<b>李</b>",
            "李\n宝",
            "李\u{202e}宝",
            "李1",
            "𝐋𝐢",
            "\u{3164}",
            &"李".repeat(61),
        ] {
            assert_eq!(Name::parse(name).unwrap_err().code, "passport.name_invalid", "{name:?}");
        }
    }

    #[test]
    fn masks_follow_the_house_rules() {
        for (name, masked) in [
            ("王芳", "王*"),
            ("李小宝", "李*宝"),
            ("欧阳振华", "欧**华"),
            ("阿不都·买买提", "阿**·买**"),
            ("Li Xiaobao", "Li X***"),
            ("Madonna", "M***"),
        ] {
            assert_eq!(Name::parse(name).unwrap().masked(), masked);
        }
    }
}
