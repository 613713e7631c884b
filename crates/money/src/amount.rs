//! The amount itself.

use crate::Currency;
use std::cmp::Ordering;

/// A sum of money: a whole number of the currency's smallest unit. Negative where a balance or a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    /// In the currency's smallest unit: 分 for CNY, yen for JPY.
    pub minor: i64,
    /// What it is a sum of.
    pub currency: Currency,
}

impl Amount {
    /// So many of the currency's smallest unit.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, of this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum of both; `None` when it leaves 64 bits or the currencies differ.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_add)
    }

    /// This less the other; `None` when it leaves 64 bits or the currencies differ.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_sub)
    }

    /// The same with the other sign; `None` for the one number that has no opposite.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.minor.checked_neg().map(|minor| Self::new(minor, self.currency))
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    fn combine(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        with(self.minor, other.minor).map(|minor| Self::new(minor, self.currency))
    }
}

impl PartialOrd for Amount {
    /// Amounts of different currencies do not compare.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CNY: Currency = Currency::CNY;

    #[test]
    fn sums_stay_inside_64_bits() {
        let most = Amount::new(i64::MAX, CNY);
        let least = Amount::new(i64::MIN, CNY);
        let one = Amount::new(1, CNY);
        assert_eq!(Amount::new(2, CNY).checked_add(one), Some(Amount::new(3, CNY)));
        assert_eq!(Amount::zero(CNY).checked_sub(one), Some(Amount::new(-1, CNY)));
        assert_eq!(most.checked_add(one), None);
        assert_eq!(least.checked_sub(one), None);
        assert_eq!(least.checked_neg(), None);
    }

    #[test]
    fn currencies_do_not_mix() {
        let yuan = Amount::new(1, CNY);
        let dollar = Amount::new(1, Currency::USD);
        assert_eq!(yuan.checked_add(dollar), None);
        assert_eq!(yuan.checked_sub(dollar), None);
        assert_ne!(yuan, dollar);
        assert_eq!(yuan.partial_cmp(&dollar), None);
        assert!(yuan < Amount::new(2, CNY));
    }
}
