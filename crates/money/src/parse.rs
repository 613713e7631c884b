//! From text to an amount: strict, because a misread amount is money lost.

use crate::{Amount, Currency};
use std::fmt;

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AmountError {
    /// There is nothing.
    Empty,
    /// It is not digits, with commas between thousands if at all, and one point followed by digits if at all.
    NotANumber,
    /// It has more decimals than the currency.
    TooManyDecimals,
    /// It is beyond what 64 bits hold.
    TooLarge,
    /// The wire form names a currency that the table does not have.
    UnknownCurrency,
}

impl fmt::Display for AmountError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "no amount was given",
            Self::NotANumber => "this is not an amount",
            Self::TooManyDecimals => "the amount has more decimals than the currency",
            Self::TooLarge => "the amount is too large",
            Self::UnknownCurrency => "unknown currency",
        })
    }
}

impl std::error::Error for AmountError {}

/// Whether commas between thousands are welcome: people write them, programs must not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    Allowed,
    Refused,
}

impl Amount {
    /// Reads what a person typed: `1280`, `1,280`, `1280.5`, `1,280.50`. ASCII digits only; no sign, exponent, symbol or
    /// space; commas only between proper thousands; at most the currency's decimals.
    ///
    /// # Errors
    /// The first of these that fits: `Empty`, `NotANumber`, `TooManyDecimals`, `TooLarge`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        parse(text, currency, Grouping::Allowed)
    }
}

pub(crate) fn parse(text: &str, currency: Currency, grouping: Grouping) -> Result<Amount, AmountError> {
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::NotANumber),
        Some((whole, decimals)) => (whole, decimals),
        None => (text, ""),
    };
    if !is_whole(whole, grouping) || !is_digits(decimals) {
        return Err(AmountError::NotANumber);
    }
    let missing = (currency.exponent() as usize).checked_sub(decimals.len()).ok_or(AmountError::TooManyDecimals)?;
    let digits =
        whole.bytes().chain(decimals.bytes()).filter(u8::is_ascii_digit).chain(std::iter::repeat_n(b'0', missing));
    let mut minor: i64 = 0;
    for digit in digits {
        minor = minor
            .checked_mul(10)
            .and_then(|minor| minor.checked_add(i64::from(digit - b'0')))
            .ok_or(AmountError::TooLarge)?;
    }
    Ok(Amount::new(minor, currency))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_whole(text: &str, grouping: Grouping) -> bool {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    if first.is_empty() || !is_digits(first) {
        return false;
    }
    if first.len() == text.len() {
        return true;
    }
    grouping == Grouping::Allowed
        && first.len() <= 3
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use AmountError::{Empty, NotANumber, TooLarge, TooManyDecimals};

    #[test]
    fn what_people_type_is_read_or_refused() {
        let cny = Currency::CNY;
        let table: &[(&str, Currency, Result<i64, AmountError>)] = &[
            ("0", cny, Ok(0)),
            ("88.80", cny, Ok(8_880)),
            ("88.8", cny, Ok(8_880)),
            ("12846.30", cny, Ok(1_284_630)),
            ("12,846.30", cny, Ok(1_284_630)),
            ("1,234,567", cny, Ok(123_456_700)),
            ("007", cny, Ok(700)),
            ("500", Currency::JPY, Ok(500)),
            ("1.234", Currency::KWD, Ok(1_234)),
            ("92233720368547758.07", cny, Ok(i64::MAX)),
            ("", cny, Err(Empty)),
            (" ", cny, Err(NotANumber)),
            (" 1", cny, Err(NotANumber)),
            ("1 ", cny, Err(NotANumber)),
            ("1\n", cny, Err(NotANumber)),
            (".", cny, Err(NotANumber)),
            (".5", cny, Err(NotANumber)),
            ("5.", cny, Err(NotANumber)),
            ("1.2.3", cny, Err(NotANumber)),
            ("-1", cny, Err(NotANumber)),
            ("+1", cny, Err(NotANumber)),
            ("\u{2212}1", cny, Err(NotANumber)),
            ("1e3", cny, Err(NotANumber)),
            ("0x10", cny, Err(NotANumber)),
            ("NaN", cny, Err(NotANumber)),
            ("¥1", cny, Err(NotANumber)),
            ("1元", cny, Err(NotANumber)),
            ("１２", cny, Err(NotANumber)),
            ("٣", cny, Err(NotANumber)),
            ("1，000", cny, Err(NotANumber)),
            ("1,00", cny, Err(NotANumber)),
            ("1,0000", cny, Err(NotANumber)),
            ("1000,000", cny, Err(NotANumber)),
            ("0,100", cny, Err(NotANumber)),
            (",100", cny, Err(NotANumber)),
            ("1,,000", cny, Err(NotANumber)),
            ("1,000,", cny, Err(NotANumber)),
            ("1.000,00", cny, Err(NotANumber)),
            ("1.0,0", cny, Err(NotANumber)),
            ("1_000", cny, Err(NotANumber)),
            ("1.234", cny, Err(TooManyDecimals)),
            ("1.000", cny, Err(TooManyDecimals)),
            ("1.0", Currency::JPY, Err(TooManyDecimals)),
            ("92233720368547758.08", cny, Err(TooLarge)),
            ("99999999999999999999999999999999", cny, Err(TooLarge)),
        ];
        for (text, currency, expected) in table {
            assert_eq!(Amount::parse(text, *currency).map(|amount| amount.minor), *expected, "{text:?} {currency}");
        }
    }
}
