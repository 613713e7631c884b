//! What a payment in another currency costs in the bank's own (汇率换算).
//!
//! A table says what 100 units of a currency cost, where that is from and of which day. The result is rounded to the nearest
//! smallest unit, a half away from zero (四舍五入), as people expect on a bill; something never costs nothing.

use kit::BankDay;
use money::{Amount, Currency, Rounding};
use std::collections::BTreeMap;

/// Rates are kept in ten-thousandths of the own currency's unit.
const SCALE: i64 = 10_000;
/// Rates for trying out; a bank names a file of its own.
const EXAMPLE: &str = include_str!("exchange.txt");

/// A table of rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTable {
    /// Where it is from.
    pub source: String,
    /// The day whose rates they are.
    pub day: BankDay,
    own: Currency,
    /// By ISO 4217 number: ten-thousandths of the own currency's unit for 100 units.
    rates: BTreeMap<u16, i64>,
}

impl RateTable {
    /// The table that comes with the program. Its source says that it is an example.
    pub fn example() -> Self {
        Self::parse(EXAMPLE).unwrap_or(Self {
            source: String::new(),
            day: BankDay(0),
            own: Currency::CNY,
            rates: BTreeMap::new(),
        })
    }

    /// Reads a table: lines `source TEXT`, `day 2026-11-20`, and for each currency its code and what 100 units cost in yuan, with
    /// up to four decimals, such as `USD 708.5300`. Empty lines and what follows `#` do not count. None if a line is something
    /// else, a rate is not above zero, or source or day is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut source, mut day, mut rates) = (None, None, BTreeMap::new());
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some((word, value)) = line.split_once(' ') else {
                if line.is_empty() { continue } else { return None }
            };
            match (word, value.trim()) {
                ("source", text) => source = Some(text.to_owned()),
                ("day", iso) => day = Some(BankDay::from_iso(iso)?),
                (code, rate) => {
                    let currency = Currency::from_code(code).filter(|currency| *currency != Currency::CNY)?;
                    rates.insert(currency.numeric(), read_rate(rate)?);
                }
            }
        }
        Some(Self { source: source?, day: day?, own: Currency::CNY, rates })
    }

    /// What an amount costs in the own currency; none for a currency without a rate, and beyond 64 bits.
    pub fn convert(&self, amount: Amount) -> Option<Converted> {
        if amount.currency == self.own {
            return Some(Converted { billed: amount, rate: None });
        }
        let rate = *self.rates.get(&amount.currency.numeric())?;
        let denominator = SCALE.checked_mul(100)?.checked_mul(amount.currency.minor_per_major())?;
        let numerator = rate.checked_mul(self.own.minor_per_major())?;
        let billed = Amount::new(amount.minor, self.own).checked_mul_ratio(numerator, denominator, Rounding::HalfUp)?;
        let billed = if billed.minor == 0 && amount.is_positive() { Amount::new(1, self.own) } else { billed };
        Some(Converted { billed, rate: Some(format!("{}.{:04}", rate / SCALE, rate % SCALE)) })
    }

    /// The currencies that have a rate, by number.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.rates.keys().filter_map(|numeric| Currency::from_numeric(*numeric))
    }
}

/// A price in the own currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// What is charged.
    pub billed: Amount,
    /// What 100 units cost, four decimals; none if nothing had to be converted.
    pub rate: Option<String>,
}

/// A share of what was charged for the whole: for `part` of `whole`, both in the currency of the payment. The whole share is
/// exactly what was charged.
pub(crate) fn share(billed: Amount, part_minor: i64, whole_minor: i64) -> Option<Amount> {
    if part_minor == whole_minor {
        return Some(billed);
    }
    let share = billed.checked_mul_ratio(part_minor, whole_minor, Rounding::HalfUp)?;
    Some(if share.minor == 0 && part_minor > 0 { Amount::new(1, billed.currency) } else { share })
}

fn read_rate(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sane = !whole.is_empty() && whole.len() <= 9 && part.len() <= 4 && digits(whole) && digits(part);
    let rate: i64 = sane.then(|| format!("{whole}{part:0<4}").parse().ok()).flatten()?;
    (rate > 0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RateTable {
        RateTable::parse("source test # of the test\nday 2026-11-20\n\nUSD 708.53\nJPY 4.5605\nKWD 2305.1\n").unwrap()
    }

    #[test]
    fn amounts_are_converted_to_the_nearest_cent() {
        let convert =
            |minor, currency| table().convert(Amount::new(minor, currency)).map(|converted| converted.billed.minor);
        for (minor, currency, expected) in [
            (100, Currency::USD, Some(709)),       // 7.0853
            (10_000, Currency::USD, Some(70_853)), // exact
            (1_000, Currency::JPY, Some(4_561)),   // 45.605: a half goes up
            (1, Currency::JPY, Some(5)),           // 0.0456
            (0, Currency::USD, Some(0)),
            (1_234, Currency::CNY, Some(1_234)),
            (100, Currency::EUR, None),
        ] {
            assert_eq!(convert(minor, currency), expected, "{minor} {currency:?}");
        }
        let dollars = table().convert(Amount::new(1, Currency::USD)).unwrap();
        assert_eq!((dollars.billed.minor, dollars.rate.as_deref()), (7, Some("708.5300")));
        assert_eq!(table().convert(Amount::new(i64::MAX, Currency::USD)), None);
    }

    #[test]
    fn shares_of_a_price_add_up_at_the_whole() {
        let billed = Amount::new(70_853, Currency::CNY);
        assert_eq!(share(billed, 10_000, 10_000), Some(billed));
        assert_eq!(share(billed, 5_000, 10_000).unwrap().minor, 35_427);
        assert_eq!(share(Amount::new(1, Currency::CNY), 1, 3).unwrap().minor, 1);
        assert_eq!(share(billed, 0, 10_000).unwrap().minor, 0);
    }

    #[test]
    fn tables_are_read_strictly() {
        let example = RateTable::example();
        assert!(example.source.contains("example") && example.currencies().count() > 10);
        for text in [
            "",
            "source x\nUSD 1\n",
            "day 2026-11-20\nUSD 1\n",
            "source x\nday 2026-11-20\nUSD\n",
            "source x\nday 2026-11-20\nUSD 0\n",
            "source x\nday 2026-11-20\nXXY 1\n",
            "source x\nday 2026-11-20\nUSD 1.23456\n",
            "source x\nday 2026-11-20\nUSD -1\n",
            "source x\nday 2026-11-20\nCNY 100\n",
            "source x\nday 2026-13-20\n",
        ] {
            assert_eq!(RateTable::parse(text), None, "{text:?}");
        }
    }
}
