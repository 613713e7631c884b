//! What the text of an element may be.

use kit::{BankDay, Timestamp};
use money::Currency;

/// A simple type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Simple {
    /// Text of 1 to so many characters.
    Text(usize),
    /// So many digits at most, at least one.
    Digits(usize),
    OneOf(Vec<&'static str>),
    /// 18 digits, up to 17 of them decimals.
    Decimal,
    /// An amount with its currency: 18 digits, up to 5 decimals, never negative.
    Amount,
    Rate,
    /// A whole number of up to 18 digits.
    Number,
    Date,
    DateTime,
    Time,
    Flag,
    Bic,
    Iban,
    Lei,
    Uuid,
    Country,
    Currency,
    Phone,
}

impl Simple {
    /// The built-in type of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Decimal" => Self::Decimal,
            "Amount" => Self::Amount,
            "Rate" => Self::Rate,
            "Number" => Self::Number,
            "Date" => Self::Date,
            "DateTime" => Self::DateTime,
            "Time" => Self::Time,
            "Flag" => Self::Flag,
            "BIC" => Self::Bic,
            "IBAN" => Self::Iban,
            "LEI" => Self::Lei,
            "UUID" => Self::Uuid,
            "Country" => Self::Country,
            "Currency" => Self::Currency,
            "Phone" => Self::Phone,
            _ => {
                if let Some(most) = name.strip_prefix("N") {
                    Self::Digits(most.parse().ok()?)
                } else {
                    Self::Text(name.parse().ok()?)
                }
            }
        })
    }

    /// Whether its element has the attribute `Ccy`.
    pub(super) fn has_currency(&self) -> bool {
        *self == Self::Amount
    }

    /// Whether a text is of this type; the reason if not, without repeating the text.
    pub(super) fn check(&self, text: &str, currency: &str) -> Result<(), String> {
        // Only text and codes keep their white space; a parser collapses it for everything else.
        let trimmed = text.trim_matches([' ', '\t', '\n', '\r']);
        let fits = |fits: bool, what: &str| if fits { Ok(()) } else { Err(format!("this is not {what}")) };
        match self {
            Self::Text(most) => match text.chars().count() {
                0 => Err("it is empty".to_owned()),
                length if length > *most => Err(format!("{length} characters are more than the {most} allowed")),
                _ => Ok(()),
            },
            Self::Digits(most) => {
                fits((1..=*most).contains(&text.len()) && all_digits(text), &format!("a number of up to {most} digits"))
            }
            Self::OneOf(codes) => {
                let known = || {
                    if codes.len() <= 12 {
                        format!("it must be one of {}", codes.join(", "))
                    } else {
                        "not a known code".to_owned()
                    }
                };
                if codes.contains(&text) { Ok(()) } else { Err(known()) }
            }
            Self::Decimal => fits(is_decimal(trimmed, 18, 17, true), "a decimal number of up to 18 digits"),
            Self::Rate => fits(is_decimal(trimmed, 11, 10, true), "a decimal number of up to 11 digits"),
            Self::Number => fits(is_decimal(trimmed, 18, 0, true), "a whole number of up to 18 digits"),
            Self::Amount => amount(trimmed, currency),
            Self::Date => fits(date(trimmed).is_some(), "a date like 2026-11-21"),
            Self::DateTime => fits(moment(trimmed).is_some(), "a moment like 2026-11-21T09:30:00+08:00"),
            Self::Time => fits(time_of_day(trimmed).is_some(), "a time like 09:30:00+08:00"),
            Self::Flag => fits(matches!(trimmed, "true" | "false" | "1" | "0"), "true or false"),
            Self::Bic => fits(is_bic(text), "a BIC"),
            Self::Iban => {
                fits(is_iban_form(text), "an IBAN")?;
                if mod_97(text[4..].bytes().chain(text[..4].bytes())) == 1 {
                    Ok(())
                } else {
                    Err("the check digits of the IBAN are wrong".to_owned())
                }
            }
            // The standard's own schema asks for the form alone, and no payment is found by it.
            Self::Lei => {
                let ends = text.bytes().rev().take(2).all(|byte| byte.is_ascii_digit());
                fits(text.len() == 20 && capitals_or_digits(text) && ends, "an LEI")
            }
            Self::Uuid => fits(is_uuid_v4(text), "a UUID of version 4 in small letters"),
            Self::Country => fits(text.len() == 2 && all_capitals(text), "a code of a country"),
            Self::Currency => fits(text.len() == 3 && all_capitals(text), "a code of a currency"),
            Self::Phone => fits(is_phone(text), "a phone number like +86-13800000000"),
        }
    }
}

fn amount(text: &str, currency: &str) -> Result<(), String> {
    if text.starts_with('-') {
        return Err("an amount may not be negative".to_owned());
    }
    if !is_decimal(text, 18, 5, false) {
        return Err("this is not an amount of up to 18 digits, 5 of them decimals".to_owned());
    }
    if currency.len() != 3 || !all_capitals(currency) {
        return Err("attribute Ccy is not a code of a currency".to_owned());
    }
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.trim_end_matches('0').len());
    match Currency::from_code(currency) {
        Some(known) if decimals > known.exponent() as usize => {
            Err(format!("{decimals} decimals are more than the {} of {currency}", known.exponent()))
        }
        _ => Ok(()),
    }
}

/// `[+-]digits[.digits]` as XML Schema reads a decimal, with so many digits in all and after the point; zeros that say nothing
/// do not count.
fn is_decimal(text: &str, total: usize, fraction: usize, signed: bool) -> bool {
    let unsigned = match text.strip_prefix('-') {
        Some(rest) if signed => rest,
        Some(_) => return false,
        None => text.strip_prefix('+').unwrap_or(text),
    };
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let told = (whole.trim_start_matches('0').len(), decimals.trim_end_matches('0').len());
    whole.len() + decimals.len() > 0
        && digits(whole)
        && digits(decimals)
        && told.1 <= fraction
        && told.0 + told.1 <= total
}

/// A date, with or without a zone, as XML Schema has it.
pub(crate) fn date(text: &str) -> Option<BankDay> {
    let (day, zone) = text.split_at_checked(10)?;
    offset_minutes(zone)?;
    BankDay::from_iso(day)
}

/// A moment; without a zone it is taken as UTC, because the message says no more. Parts of milliseconds are cut off.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (day, time) = text.split_once('T')?;
    let day = BankDay::from_iso(day)?;
    let (ms, offset) = time_of_day(time)?;
    Some(Timestamp(i64::from(day.0) * 86_400_000 + ms - offset * 60_000))
}

/// Milliseconds since midnight and the zone's minutes east of UTC.
fn time_of_day(text: &str) -> Option<(i64, i64)> {
    let (clock, rest) = text.split_at_checked(8)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("0", rest),
    };
    if fraction.is_empty() || fraction.len() > 30 {
        return None;
    }
    let mut parts = clock.split(':').map(two_digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let end_of_day = (hour, minute, second) == (24, 0, 0) && fraction.bytes().all(|byte| byte == b'0');
    if parts.next().is_some() || !(hour < 24 || end_of_day) || minute > 59 || second > 59 {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let ms = thousandths.parse::<i64>().ok()?;
    Some((((hour * 60 + minute) * 60 + second) * 1_000 + ms, offset_minutes(zone)?))
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 14 * 60).then_some(sign * (hours * 60 + minutes))
}

fn two_digits(text: &str) -> Option<i64> {
    (text.len() == 2 && all_digits(text)).then(|| text.parse().ok())?
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn all_capitals(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn capitals_or_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Institution (4), country (2), place (2), and perhaps branch (3). The institution may have digits since 2014.
fn is_bic(text: &str) -> bool {
    matches!(text.len(), 8 | 11) && capitals_or_digits(text) && all_capitals(&text[4..6])
}

fn is_iban_form(text: &str) -> bool {
    (5..=34).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && all_capitals(&text[..2])
        && all_digits(&text[2..4])
}

/// ISO 7064 MOD 97-10 of digits and letters, where letters count from 10 on.
fn mod_97(signs: impl Iterator<Item = u8>) -> u32 {
    signs.fold(0, |rest, sign| match sign {
        b'0'..=b'9' => (rest * 10 + u32::from(sign - b'0')) % 97,
        _ => (rest * 100 + u32::from(sign.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    })
}

fn is_uuid_v4(text: &str) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => hex(byte),
        })
}

/// `+` country (1 to 3 digits) `-` number (up to 30 of digits and `()+-`).
fn is_phone(text: &str) -> bool {
    let parts = text.strip_prefix('+').and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(country, number)| {
        (1..=3).contains(&country.len())
            && all_digits(country)
            && (1..=30).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit() || b"()+-".contains(&byte))
    })
}
