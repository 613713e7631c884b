//! Cards of other banks (绑定卡): which number is one, whose bank it is, and how its owner proves it.

use kit::{Refusal, Timestamp};
use std::fmt;

kit::typed_id!(
    /// A bound card.
    CardId
);
kit::typed_id!(
    /// A card that is being bound: it waits for the code of its bank.
    CardCheckId
);

/// Cards that a customer may have bound at once.
pub const CARDS_MOST: i64 = 5;
/// Cards that a customer may try to bind in 24 hours. Each try sends a text from another bank.
pub const CARD_CHECKS_A_DAY: i64 = 10;
/// How long a card waits for the code of its bank, in milliseconds.
pub const CARD_CHECK_LIVES_MS: i64 = 10 * 60_000;
/// Codes that may be typed for one card that is being bound.
pub const CARD_CODE_TRIES: i64 = 5;

/// Lengths of card numbers (ISO/IEC 7812-1, and the 19 digits of most cards in China).
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=19;

/// A bank other than this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherBank {
    /// Its number in the payment system, 12 digits.
    pub code: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// With what the numbers of its cards begin (BIN).
    pub bins: Vec<String>,
}

impl OtherBank {
    /// Its name for a reader of Chinese, or of English.
    pub fn name(&self, is_zh: bool) -> &str {
        if is_zh { &self.name_zh } else { &self.name_en }
    }
}

/// The bank of a card: the one with the longest beginning that fits.
pub(crate) fn bank_of<'a>(banks: &'a [OtherBank], number: &CardNumber) -> Option<&'a OtherBank> {
    let fits = |bin: &&String| !bin.is_empty() && number.0.starts_with(bin.as_str());
    let longest = |bank: &OtherBank| bank.bins.iter().filter(fits).map(String::len).max();
    banks.iter().filter_map(|bank| Some((longest(bank)?, bank))).max_by_key(|(length, _)| *length).map(|(_, bank)| bank)
}

/// The bank that a person means: its number in the payment system, one of its names, or a part of a name that no other has.
pub(crate) fn bank_named<'a>(banks: &'a [OtherBank], text: &str) -> Option<&'a OtherBank> {
    let text = text.trim().to_lowercase();
    let names = |bank: &OtherBank| [bank.code.clone(), bank.name_zh.to_lowercase(), bank.name_en.to_lowercase()];
    if let Some(exact) = banks.iter().find(|bank| names(bank).contains(&text)) {
        return Some(exact);
    }
    let mut meant = banks.iter().filter(|bank| !text.is_empty() && names(bank).iter().any(|name| name.contains(&text)));
    meant.next().filter(|_| meant.next().is_none())
}

/// A card number that passed its check. Its `Debug` form is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber(String);

impl CardNumber {
    /// Reads what a person typed: 12 to 19 digits, also full-width ones, with spaces or hyphens between them.
    ///
    /// Refuses with `payments.card_number_invalid` and the `reason`: `character`, `length`, `check_digit`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut digits = String::with_capacity(19);
        for character in text.chars() {
            match character {
                '0'..='9' => digits.push(character),
                '０'..='９' => digits.extend(char::from_digit(u32::from(character) - u32::from('０'), 10)),
                ' ' | '-' | '\u{a0}' | '\u{3000}' => {}
                _ => return Err(invalid("character")),
            }
            if digits.len() > *LENGTHS.end() {
                return Err(invalid("length"));
            }
        }
        if !LENGTHS.contains(&digits.len()) {
            return Err(invalid("length"));
        }
        if passes_luhn(&digits) { Ok(Self(digits)) } else { Err(invalid("check_digit")) }
    }

    /// All digits.
    pub(crate) fn full(&self) -> &str {
        &self.0
    }

    /// The last four digits.
    pub fn tail(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }

    /// What its owner sees again: `6200 **** **** 0005`.
    pub fn masked(&self) -> String {
        format!("{} **** **** {}", &self.0[..4], self.tail())
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CardNumber({})", self.masked())
    }
}

fn invalid(reason: &str) -> Refusal {
    Refusal::new("payments.card_number_invalid", 422).with("field", "card").with("reason", reason)
}

/// The check of ISO/IEC 7812-1, annex B. Zeros alone pass it and are nobody's number.
fn passes_luhn(digits: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let sum: u32 = values.map(|(place, digit)| if place % 2 == 1 { doubled(digit) } else { digit }).sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// A card to be bound, as a person typed it. Name and citizen number are the proven ones of the customer.
#[derive(Clone)]
pub struct CardForm {
    /// The card number.
    pub card: String,
    /// The mobile number that the customer left with the bank of the card.
    pub mobile: String,
}

/// How far a card is that is being bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardCheckState {
    /// Its bank sent a code, which can still be typed.
    Waiting,
    /// It is bound.
    Bound(CardId),
    /// Too late, or too many wrong codes: it has to be tried anew.
    Over,
}

/// A card that is being bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCheck {
    /// Which one.
    pub id: CardCheckId,
    /// The bank of the card, which sends the code.
    pub bank: OtherBank,
    /// `6200 **** **** 0005`.
    pub card_shown: String,
    /// Where its bank sent the code, masked.
    pub mobile_shown: String,
    /// How far it is.
    pub state: CardCheckState,
    /// Codes that may still be typed.
    pub left: i64,
    /// When it is too late.
    pub expires: Timestamp,
}

/// A bound card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundCard {
    /// Which one.
    pub id: CardId,
    /// Its bank.
    pub bank: OtherBank,
    /// `6200 **** **** 0005`.
    pub shown: String,
    /// Its last four digits.
    pub tail: String,
    /// The mobile number that its bank knows, masked.
    pub mobile_shown: String,
    /// Since when.
    pub bound: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(code: &str, bins: &[&str]) -> OtherBank {
        let bins = bins.iter().map(|bin| (*bin).to_owned()).collect();
        OtherBank { code: code.to_owned(), name_zh: code.to_owned(), name_en: code.to_owned(), bins }
    }

    #[test]
    fn card_numbers_are_read_as_people_write_them() {
        for text in ["4111111111111111", "4111 1111 1111 1111", " 4111-1111-1111-1111 ", "４１１１　1111 1111 1111"]
        {
            assert_eq!(CardNumber::parse(text).unwrap().full(), "4111111111111111", "{text:?}");
        }
        for (text, reason) in [
            ("", "length"),
            ("4111 1111 111", "length"),
            ("41111111111111111111", "length"),
            (&"1".repeat(10_000), "length"),
            ("4111111111111112", "check_digit"),
            ("4111111111111O11", "character"),
            ("0000000000000000", "check_digit"),
            ("٤١١١١١١١١١١١١١١١", "character"),
            ("4111111111111111\n", "character"),
        ] {
            let refusal = CardNumber::parse(text).unwrap_err();
            let found = match refusal.fields.get("reason") {
                Some(kit::FieldValue::Text(found)) => found.clone(),
                other => panic!("{other:?}"),
            };
            assert_eq!((refusal.code, found.as_str()), ("payments.card_number_invalid", reason), "{text:?}");
        }
    }

    #[test]
    fn a_card_shows_its_ends_only() {
        let number = CardNumber::parse("4111111111111111").unwrap();
        assert_eq!(number.masked(), "4111 **** **** 1111");
        assert_eq!(format!("{number:?}"), "CardNumber(4111 **** **** 1111)");
    }

    #[test]
    fn a_bank_is_named_by_number_name_or_what_only_one_name_has() {
        let bank = |code: &str, name_zh: &str, name_en: &str| OtherBank {
            code: code.to_owned(),
            name_zh: name_zh.to_owned(),
            name_en: name_en.to_owned(),
            bins: Vec::new(),
        };
        let banks =
            [bank("990310020002", "示范甲银行", "Demo Bank A"), bank("990310030003", "示范乙银行", "Demo Bank B")];
        for (text, found) in [
            ("990310030003", Some("990310030003")),
            ("示范甲银行", Some("990310020002")),
            (" demo bank b ", Some("990310030003")),
            ("乙", Some("990310030003")),
            ("示范", None),
            ("Demo Bank C", None),
            ("", None),
        ] {
            assert_eq!(bank_named(&banks, text).map(|bank| bank.code.as_str()), found, "{text:?}");
        }
    }

    #[test]
    fn the_longest_beginning_names_the_bank() {
        let banks = [bank("a", &["41", "620001"]), bank("b", &["4111", ""]), bank("c", &[])];
        let number = |text| CardNumber::parse(text).unwrap();
        assert_eq!(bank_of(&banks, &number("4111111111111111")).unwrap().code, "b");
        assert_eq!(bank_of(&banks, &number("4200000000000000")).map(|bank| bank.code.as_str()), None);
        assert_eq!(bank_of(&banks, &number("5500005555555559")), None);
    }
}
