//! Card numbers, and the check of the four elements.

use kit::Timestamp;

/// How many wrong codes a check bears.
pub(crate) const TRIES: i64 = 5;
/// How long a code may be used.
pub(crate) const CODE_FOR_MS: i64 = 5 * 60_000;
/// Codes that one card is sent within [`SPAN_MS`].
pub(crate) const CODES: i64 = 5;
/// The span of [`CODES`].
pub(crate) const SPAN_MS: i64 = 3_600_000;

/// The 16 digits of a bank's n-th card: its prefix (BIN), nine digits, and the check digit of ISO/IEC 7812-1 (Luhn).
pub(crate) fn number(bin: &str, serial: u32) -> String {
    let body = format!("{bin}{:09}", serial % 1_000_000_000);
    let check = (10 - luhn_sum(&body, true) % 10) % 10;
    format!("{body}{check}")
}

/// Digit by digit from the right, every other one doubled, the digits of the products added. `without_check`: the text
/// lacks its last digit.
fn luhn_sum(digits: &str, without_check: bool) -> u32 {
    let values = digits.bytes().rev().map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let doubled = |(place, value): (usize, u32)| match (place % 2 == 0) == without_check {
        true if value > 4 => 2 * value - 9,
        true => 2 * value,
        false => value,
    };
    values.enumerate().map(doubled).sum()
}

/// Whether a text is 16 digits whose last one checks the others.
pub(crate) fn is_number(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit()) && luhn_sum(text, false).is_multiple_of(10)
}

/// What a bank was told about the holder of a card.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Elements {
    /// The name.
    pub(crate) name: String,
    /// The citizen number.
    pub(crate) citizen_number: String,
    /// The mobile number, E.164.
    pub(crate) mobile: String,
}

impl Elements {
    /// As they were typed, made comparable: no spaces around or inside numbers, `X` large, `+86` before a number without
    /// a country.
    pub(crate) fn read(name: &str, citizen_number: &str, mobile: &str) -> Self {
        let bare = |text: &str| -> String { text.chars().filter(|char| !char.is_whitespace()).collect() };
        let mobile = bare(mobile);
        let mobile = if mobile.starts_with('+') { mobile } else { format!("+86{mobile}") };
        let citizen_number = bare(citizen_number).to_ascii_uppercase();
        Self { name: name.trim().to_owned(), citizen_number, mobile }
    }

    /// What is wrong with them as those of a new card's holder, in words.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        let digits = self.mobile.trim_start_matches('+');
        if self.name.is_empty() || self.name.chars().count() > 70 || self.name.chars().any(char::is_control) {
            Some("name takes 1 to 70 characters")
        } else if self.citizen_number.len() != 18
            || !self.citizen_number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X')
        {
            Some("citizen_number takes 18 characters")
        } else if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Some("mobile takes a mobile number")
        } else {
            None
        }
    }
}

/// A check on its way: which code, how often it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardCheck {
    /// Names it.
    pub(crate) reference: String,
    /// Who asked.
    pub(crate) participant: String,
    /// For which card.
    pub(crate) card: String,
    /// Hash of reference and code.
    pub(crate) code_hash: Vec<u8>,
    /// When the code was sent.
    pub(crate) sent: Timestamp,
    /// Wrong codes so far.
    pub(crate) wrong: i64,
    /// The mandate that came of it.
    pub(crate) mandate: Option<String>,
}

/// What a code leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The right one.
    Right,
    /// A wrong one; so many tries are left.
    Wrong(i64),
    /// Too late, or tried too often.
    Over,
}

impl CardCheck {
    /// Judges a code.
    pub(crate) fn attempt(&self, code_hash: &[u8], now: Timestamp) -> Attempt {
        let is_right = self.code_hash == code_hash;
        if self.mandate.is_some() && is_right {
            // The same answer again, for who did not hear it.
            return Attempt::Right;
        }
        if self.wrong >= TRIES || now.as_ms() - self.sent.as_ms() >= CODE_FOR_MS || self.mandate.is_some() {
            return Attempt::Over;
        }
        if is_right { Attempt::Right } else { Attempt::Wrong(TRIES - self.wrong - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_checks_itself() {
        for (number, right) in [
            ("4111111111111111", true),
            ("4111111111111112", false),
            ("5500005555555559", true),
            ("5500005555555595", false),
            ("411111111111111", false),
            ("4111 1111 1111 1111", false),
            ("４111111111111111", false),
            ("", false),
        ] {
            assert_eq!(is_number(number), right, "{number}");
        }
        for serial in [1, 2, 9, 10, 123_456, 999_999_999] {
            assert!(is_number(&number("620001", serial)), "{serial}");
        }
        assert_ne!(number("620001", 1), number("620002", 1));
    }

    #[test]
    fn elements_are_compared_without_the_way_they_were_typed() {
        let one = Elements::read(" 王小通 ", "99000019600101001x", "138 0000 1234");
        let two = Elements::read("王小通", "990000 19600101 001X", "+8613800001234");
        assert!(one == two && one.flaw().is_none());
        assert!(one != Elements::read("王小通", "990000196001010020", "13800001234"));
        for (name, number, mobile) in [
            ("", "99000019600101001X", "13800001234"),
            ("王小通", "9900001960010100", "13800001234"),
            ("王小通", "99000019600101001Y", "13800001234"),
            ("王小通", "99000019600101001X", "138"),
            ("王\u{0}通", "99000019600101001X", "13800001234"),
        ] {
            assert!(Elements::read(name, number, mobile).flaw().is_some(), "{name} {number} {mobile}");
        }
    }

    #[test]
    fn a_code_has_five_tries_and_five_minutes() {
        let check = |wrong, mandate: Option<&str>| CardCheck {
            reference: "r".to_owned(),
            participant: "p".to_owned(),
            card: "c".to_owned(),
            code_hash: vec![1],
            sent: Timestamp(1_000),
            wrong,
            mandate: mandate.map(str::to_owned),
        };
        let (soon, late) = (Timestamp(1_000 + CODE_FOR_MS - 1), Timestamp(1_000 + CODE_FOR_MS));
        for (check, code, now, expected) in [
            (check(0, None), 1, soon, Attempt::Right),
            (check(4, None), 1, soon, Attempt::Right),
            (check(5, None), 1, soon, Attempt::Over),
            (check(0, None), 1, late, Attempt::Over),
            (check(0, None), 2, soon, Attempt::Wrong(4)),
            (check(4, None), 2, soon, Attempt::Wrong(0)),
            (check(5, None), 2, soon, Attempt::Over),
            (check(0, Some("m")), 1, late, Attempt::Right),
            (check(0, Some("m")), 2, soon, Attempt::Over),
        ] {
            assert_eq!(check.attempt(&[code], now), expected, "{check:?} {code} {now:?}");
        }
    }
}
