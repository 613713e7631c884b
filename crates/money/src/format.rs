//! From an amount to digits.

use crate::Amount;
use std::fmt;

impl Amount {
    /// `12846.30`, `-0.05`, `500` for yen: for APIs, files and logs.
    pub fn plain(self) -> String {
        self.digits(if self.is_negative() { "-" } else { "" }, false)
    }

    /// `12,846.30`, with a true minus sign (U+2212) when negative: for pages.
    pub fn grouped(self) -> String {
        self.digits(if self.is_negative() { "\u{2212}" } else { "" }, true)
    }

    /// `+12,846.30` or `−12,846.30`, for movements on pages; nothing has no sign.
    pub fn signed_grouped(self) -> String {
        let sign = match self.minor {
            0 => "",
            1.. => "+",
            _ => "\u{2212}",
        };
        self.digits(sign, true)
    }

    fn digits(self, sign: &str, grouped: bool) -> String {
        let unit = self.currency.minor_per_major().unsigned_abs();
        let whole = (self.minor.unsigned_abs() / unit).to_string();
        let mut text = sign.to_owned();
        for (index, digit) in whole.char_indices() {
            if grouped && index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        let exponent = self.currency.exponent() as usize;
        if exponent > 0 {
            text.push_str(&format!(".{:0exponent$}", self.minor.unsigned_abs() % unit));
        }
        text
    }
}

impl fmt::Display for Amount {
    /// `12846.30 CNY`, for logs.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.plain(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn an_amount_is_written_in_each_form() {
        let cny = Currency::CNY;
        for (minor, currency, plain, grouped, signed) in [
            (0, cny, "0.00", "0.00", "0.00"),
            (5, cny, "0.05", "0.05", "+0.05"),
            (-5, cny, "-0.05", "\u{2212}0.05", "\u{2212}0.05"),
            (99_999, cny, "999.99", "999.99", "+999.99"),
            (100_000, cny, "1000.00", "1,000.00", "+1,000.00"),
            (1_284_630, cny, "12846.30", "12,846.30", "+12,846.30"),
            (-123_456_789, cny, "-1234567.89", "\u{2212}1,234,567.89", "\u{2212}1,234,567.89"),
            (1_234_567, Currency::JPY, "1234567", "1,234,567", "+1,234,567"),
            (1_234_567, Currency::KWD, "1234.567", "1,234.567", "+1,234.567"),
            (
                i64::MIN,
                cny,
                "-92233720368547758.08",
                "\u{2212}92,233,720,368,547,758.08",
                "\u{2212}92,233,720,368,547,758.08",
            ),
        ] {
            let amount = Amount::new(minor, currency);
            assert_eq!((amount.plain().as_str(), amount.grouped().as_str()), (plain, grouped));
            assert_eq!(amount.signed_grouped(), signed);
        }
        assert_eq!(Amount::new(8_880, cny).to_string(), "88.80 CNY");
    }

    proptest::proptest! {
        #[test]
        fn what_was_written_is_read_back(minor in 0..=i64::MAX, index in 0..Currency::ALL.len()) {
            let amount = Amount::new(minor, Currency::ALL[index]);
            proptest::prop_assert_eq!(Amount::parse(&amount.plain(), amount.currency), Ok(amount));
            proptest::prop_assert_eq!(Amount::parse(&amount.grouped(), amount.currency), Ok(amount));
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".{0,40}", index in 0..Currency::ALL.len()) {
            if let Ok(amount) = Amount::parse(&text, Currency::ALL[index]) {
                proptest::prop_assert!(!amount.is_negative());
            }
        }
    }
}
