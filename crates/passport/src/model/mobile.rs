//! Mobile numbers: E.164 inside, strict at the edge.

use kit::Refusal;
use std::fmt;

/// A mobile number in E.164, such as `+8613800005678`. Its `Debug` form is masked, so that it may stand in a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

impl Mobile {
    /// Reads what a person typed: ASCII digits, one space or hyphen between groups, and a leading `+` for a country;
    /// without it the number is Chinese. Full-width digits, zero-width characters and anything else that only looks
    /// like a digit are refused rather than guessed.
    ///
    /// Refuses with `passport.mobile_invalid`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = || Refusal::new("passport.mobile_invalid", 422).with("field", "mobile");
        let text = text.trim_matches(' ');
        let (international, rest) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut digits = String::with_capacity(16);
        let mut separated = true;
        for character in rest.chars() {
            match character {
                '0'..='9' => {
                    digits.push(character);
                    separated = false;
                }
                ' ' | '-' if !separated => separated = true,
                _ => return Err(invalid()),
            }
        }
        if separated {
            return Err(invalid());
        }
        let country_and_number = if international { digits } else { format!("86{digits}") };
        if is_possible(&country_and_number) { Ok(Self(format!("+{country_and_number}"))) } else { Err(invalid()) }
    }

    /// A number that was checked when it was stored.
    pub(crate) fn stored(e164: String) -> Self {
        Self(e164)
    }

    /// `+8613800005678`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// As its owner reads it: `138 0000 5678`, of a foreign number all of E.164.
    pub fn in_groups(&self) -> String {
        web::mobile_in_groups(self.0.strip_prefix("+86").unwrap_or(&self.0))
    }

    /// What a stranger may see: `138 **** 5678`, of a foreign number only the end.
    pub fn masked(&self) -> String {
        web::mask_mobile(self.0.strip_prefix("+86").unwrap_or(&self.0))
    }
}

/// ITU-T E.164 allows 15 digits with the country code; mainland mobiles have 11 and start with 13 to 19.
fn is_possible(country_and_number: &str) -> bool {
    match country_and_number.strip_prefix("86") {
        Some(number) => number.len() == 11 && number.starts_with('1') && number.as_bytes()[1] >= b'3',
        None => (8..=15).contains(&country_and_number.len()) && !country_and_number.starts_with('0'),
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Mobile({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_e164() {
        for (text, e164) in [
            ("13800005678", "+8613800005678"),
            ("138 0000 5678", "+8613800005678"),
            (" 138-0000-5678 ", "+8613800005678"),
            ("+86 138 0000 5678", "+8613800005678"),
            ("+447700900123", "+447700900123"),
            ("+85291234567", "+85291234567"),
        ] {
            assert_eq!(Mobile::parse(text).unwrap().e164(), e164, "{text:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_mobile_number_is_refused() {
        for text in [
            "",
            "+",
            "1380000567",
            "138000056789",
            "12800005678",
            "23800005678",
            "１３８00005678",
            "138\u{200b}00005678",
            "138  00005678",
            "138-",
            "-13800005678",
            "+0123456789",
            "+1234567",
            "+1234567890123456",
            "138.0000.5678",
            "13800005678\n",
            "١٣٨٠٠٠٠٥٦٧٨",
            "0086 13800005678",
            "13800005678x",
            "++8613800005678",
        ] {
            assert_eq!(Mobile::parse(text).unwrap_err().code, "passport.mobile_invalid", "{text:?}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_ends_only() {
        assert_eq!(Mobile::parse("13800005678").unwrap().masked(), "138 **** 5678");
        assert_eq!(Mobile::parse("+447700900123").unwrap().masked(), "**** 0123");
        assert_eq!(format!("{:?}", Mobile::parse("13800005678").unwrap()), "Mobile(138 **** 5678)");
    }
}
