//! Citizen numbers (公民身份号码, GB 11643-1999): 17 digits and a check character over them by ISO 7064 MOD 11-2.

use kit::{BankDay, Refusal};
use std::fmt;

/// Youngest person who may open an account alone, in years: from 16 who lives from their own work counts as of age (Civil
/// Code of the PRC, article 18).
pub(crate) const AGE_MIN: i32 = 16;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// A well-formed citizen number. Its `Debug` form is masked.
///
/// The first six digits name a region. They are not compared with a list: regions come and go, and a person keeps the
/// number of a region that is gone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CitizenNumber(String);

impl CitizenNumber {
    /// Reads what a person typed, with or without spaces, `x` for `X`. Digits that only look like digits are refused.
    ///
    /// Refuses with `passport.citizen_number_invalid` and the `reason`: `length`, `character`, `date`, `check_digit`.
    pub(crate) fn parse(text: &str, today: BankDay) -> Result<Self, Refusal> {
        let text: String = text.chars().filter(|char| *char != ' ').map(|char| char.to_ascii_uppercase()).collect();
        if text.chars().count() != 18 {
            return Err(invalid("length"));
        }
        let (digits, check) = text.split_at(text.char_indices().nth(17).map_or(0, |(place, _)| place));
        let is_well_formed = digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
            && check.chars().all(|char| char.is_ascii_digit() || char == 'X');
        if !is_well_formed {
            return Err(invalid("character"));
        }
        let number = Self(text);
        let born = number.born();
        let (year, month, day) = born.ymd();
        if number.written_birth() != (year, month, day) || born > today || year < 1880 {
            return Err(invalid("date"));
        }
        if !number.0.ends_with(check_character(&number.0[..17])) {
            return Err(invalid("check_digit"));
        }
        Ok(number)
    }

    /// A number that was checked when it was sealed.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// All 18 characters: for the registry, and for staff with a reason.
    pub(crate) fn full(&self) -> &str {
        &self.0
    }

    /// `9***************2X`: the first, and the last two.
    pub(crate) fn masked(&self) -> String {
        format!("{}***************{}", &self.0[..1], &self.0[16..])
    }

    /// The day of birth. One that does not exist comes out as another day.
    pub(crate) fn born(&self) -> BankDay {
        let (year, month, day) = self.written_birth();
        // Months and days out of range would only be moved along by the arithmetic; a comparison finds them out.
        BankDay::from_ymd(year, month.clamp(1, 12), day.clamp(1, 31))
    }

    fn written_birth(&self) -> (i32, u8, u8) {
        let part = |from: usize, to: usize| {
            self.0[from..to].bytes().fold(0, |value, digit| value * 10 + i32::from(digit - b'0'))
        };
        (part(6, 10), part(10, 12) as u8, part(12, 14) as u8)
    }

    /// Whole years of age on a day. Who was born on 29 February has a birthday on 1 March in other years.
    pub(crate) fn age(&self, today: BankDay) -> i32 {
        let ((year, month, day), (now_year, now_month, now_day)) = (self.born().ymd(), today.ymd());
        now_year - year - i32::from((now_month, now_day) < (month, day))
    }

    /// Refuses with `passport.too_young` and the `least` age.
    pub(crate) fn check_age(&self, today: BankDay) -> Result<(), Refusal> {
        if self.age(today) >= AGE_MIN {
            return Ok(());
        }
        Err(Refusal::new("passport.too_young", 422).with("field", "citizen_number").with("least", i64::from(AGE_MIN)))
    }
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CitizenNumber({})", self.masked())
    }
}

fn invalid(reason: &str) -> Refusal {
    Refusal::new("passport.citizen_number_invalid", 422).with("field", "citizen_number").with("reason", reason)
}

/// The 18th character of these 17 digits.
pub(crate) fn check_character(digits: &str) -> char {
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> BankDay {
        BankDay::from_ymd(2026, 11, 21)
    }

    #[test]
    fn the_standards_own_example_is_read() {
        let number = CitizenNumber::parse("11010519491231002x", today()).unwrap();
        assert_eq!((number.full(), number.born().iso().as_str()), ("11010519491231002X", "1949-12-31"));
        assert_eq!(number.masked(), "1***************2X");
        assert_eq!(format!("{number:?}"), "CitizenNumber(1***************2X)");
        assert!(CitizenNumber::parse("110105 19491231 002X", today()).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, reason) in [
            ("", "length"),
            ("110105194912310", "length"),
            ("11010519491231002XX", "length"),
            ("1101051949123100２X", "character"),
            ("01010519491231002X", "character"),
            ("X1010519491231002X", "character"),
            ("1101051949123100\u{200b}X", "character"),
            ("110105194912310021", "check_digit"),
            ("110105194902300024", "date"),
            ("110105194900310024", "date"),
            ("110105202612310028", "date"),
            ("110105100012310020", "date"),
        ] {
            let refusal = CitizenNumber::parse(text, today()).unwrap_err();
            assert_eq!(refusal.fields["reason"], reason.into(), "{text}");
        }
    }

    #[test]
    fn a_changed_digit_or_two_swapped_ones_never_pass() {
        let good = "11010519491231002X";
        for place in 0..17 {
            for digit in '0'..='9' {
                let changed: String =
                    good.chars().enumerate().map(|(at, old)| if at == place { digit } else { old }).collect();
                if changed != good {
                    assert!(CitizenNumber::parse(&changed, today()).is_err(), "{changed}");
                }
            }
        }
        for place in 0..16 {
            let mut letters: Vec<char> = good.chars().collect();
            letters.swap(place, place + 1);
            let swapped: String = letters.into_iter().collect();
            if swapped != good {
                assert!(CitizenNumber::parse(&swapped, today()).is_err(), "{swapped}");
            }
        }
    }

    #[test]
    fn sixteen_is_reached_on_the_birthday() {
        let born = |birth: &str| {
            let digits = format!("990000{birth}001");
            CitizenNumber::parse(&format!("{digits}{}", check_character(&digits)), today()).unwrap()
        };
        assert!(born("20101121").check_age(today()).is_ok());
        assert_eq!(born("20101122").check_age(today()).unwrap_err().code, "passport.too_young");
        assert_eq!(born("20080229").age(BankDay::from_ymd(2024, 2, 28)), 15);
        assert_eq!(born("20080229").age(BankDay::from_ymd(2025, 2, 28)), 16);
        assert_eq!(born("20080229").age(BankDay::from_ymd(2025, 3, 1)), 17);
    }
}
