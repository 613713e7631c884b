//! What a person tells the bank about themselves.

use crate::{Mobile, Name};
use kit::{Refusal, Timestamp};

const ADDRESS_MAX: usize = 200;
const OCCUPATION_MAX: usize = 60;
const RESIDENCES_MAX: usize = 5;

/// A person's own facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The number.
    pub mobile: Mobile,
    /// The name; empty until it is proven.
    pub name: Name,
    /// `zh` or `en`.
    pub language: String,
    /// When the name was proven.
    pub verified: Option<Timestamp>,
    /// Where they live; may be empty.
    pub address: String,
    /// What they do; may be empty.
    pub occupation: String,
    /// Where they pay tax, ISO 3166-1 codes with commas between, such as `CN,SG`; may be empty.
    pub tax_residence: String,
}

/// The facts that a person may set freely.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProfileForm {
    /// Where they live.
    pub address: String,
    /// What they do.
    pub occupation: String,
    /// Where they pay tax, ISO 3166-1 codes with commas or spaces between.
    pub tax_residence: String,
}

impl ProfileForm {
    /// The same, trimmed and checked.
    pub(crate) fn checked(self) -> Result<Self, Refusal> {
        Ok(Self {
            address: line(&self.address, ADDRESS_MAX).ok_or_else(|| invalid("address"))?,
            occupation: line(&self.occupation, OCCUPATION_MAX).ok_or_else(|| invalid("occupation"))?,
            tax_residence: countries(&self.tax_residence).ok_or_else(|| invalid("tax_residence"))?,
        })
    }
}

/// Both halves of a change of number.
#[derive(Clone)]
pub struct ChangeMobile {
    /// The code that the present number got.
    pub old_code: String,
    /// The number to be used, as typed.
    pub mobile: String,
    /// The code that it got.
    pub new_code: String,
}

fn invalid(field: &str) -> Refusal {
    Refusal::new("passport.profile_invalid", 422).with("field", field)
}

/// One line of visible text, single-spaced.
fn line(text: &str, most: usize) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hidden = |char: char| {
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    (text.chars().count() <= most && !text.chars().any(hidden)).then_some(text)
}

fn countries(text: &str) -> Option<String> {
    let codes: Vec<String> =
        text.split([',', ' ', '，', '、']).filter(|code| !code.is_empty()).map(str::to_ascii_uppercase).collect();
    let well_formed = codes.iter().all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    (well_formed && codes.len() <= RESIDENCES_MAX).then(|| codes.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_trimmed_and_what_cannot_be_seen_is_refused() {
        let form = |address: &str, tax: &str| ProfileForm {
            address: address.to_owned(),
            occupation: String::new(),
            tax_residence: tax.to_owned(),
        };
        let checked = form("  上海市  人民路 1 号\n", "cn, sg").checked().unwrap();
        assert_eq!((checked.address.as_str(), checked.tax_residence.as_str()), ("上海市 人民路 1 号", "CN,SG"));
        for (address, tax, field) in [
            ("上海\u{202e}市", "", "address"),
            (&*"路".repeat(201), "", "address"),
            ("", "China", "tax_residence"),
            ("", "A1", "tax_residence"),
            ("", "CN SG US GB FR DE", "tax_residence"),
        ] {
            let refusal = form(address, tax).checked().err().unwrap();
            assert_eq!(refusal.fields["field"], field.into());
        }
    }
}
