//! Multiplying by a fraction, with rounding that is named and never a float.

use crate::Amount;

/// What happens to a fraction of the smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest; a half goes to the even neighbour, so that many roundings do not drift. Interest between banks.
    HalfEven,
    /// To the nearest; a half goes away from zero (四舍五入). What people expect on a bill.
    HalfUp,
    /// Towards zero. What a customer is charged at most.
    Down,
}

impl Amount {
    /// This amount times `numerator / denominator`, rounded. `None` when the denominator is 0 or the result leaves 64 bits.
    ///
    /// A rate of 3.85 % is `(385, 10_000)`.
    #[must_use]
    pub fn checked_mul_ratio(self, numerator: i64, denominator: i64, rounding: Rounding) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let product = i128::from(self.minor) * i128::from(numerator);
        let divisor = i128::from(denominator);
        let negative = (product < 0) != (divisor < 0);
        let (product, divisor) = (product.unsigned_abs(), divisor.unsigned_abs());
        let (quotient, twice_left) = (product / divisor, product % divisor * 2);
        let up = match rounding {
            Rounding::HalfEven => twice_left > divisor || (twice_left == divisor && quotient % 2 == 1),
            Rounding::HalfUp => twice_left >= divisor,
            Rounding::Down => false,
        };
        let size = i128::try_from(quotient).ok()? + i128::from(up);
        let minor = i64::try_from(if negative { -size } else { size }).ok()?;
        Some(Self::new(minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;
    use Rounding::{Down, HalfEven, HalfUp};

    #[test]
    fn halves_go_where_the_rounding_says() {
        // Minor units, numerator, denominator, then the result of half-even, half-up and down.
        for (minor, numerator, denominator, even, up, down) in [
            (5, 1, 2, 2, 3, 2),
            (7, 1, 2, 4, 4, 3),
            (-5, 1, 2, -2, -3, -2),
            (-7, 1, 2, -4, -4, -3),
            (5, -1, 2, -2, -3, -2),
            (5, 1, -2, -2, -3, -2),
            (-5, -1, -2, -2, -3, -2),
            (1, 1, 3, 0, 0, 0),
            (2, 1, 3, 1, 1, 0),
            (-2, 1, 3, -1, -1, 0),
            (10_000, 385, 10_000, 385, 385, 385),
            (333, 385, 10_000, 13, 13, 12),
            (0, 7, 3, 0, 0, 0),
            (i64::MAX, i64::MAX, i64::MAX, i64::MAX, i64::MAX, i64::MAX),
            (i64::MIN, i64::MIN, i64::MIN, i64::MIN, i64::MIN, i64::MIN),
        ] {
            let amount = Amount::new(minor, Currency::CNY);
            for (rounding, expected) in [(HalfEven, even), (HalfUp, up), (Down, down)] {
                let result = amount.checked_mul_ratio(numerator, denominator, rounding);
                assert_eq!(
                    result.map(|result| result.minor),
                    Some(expected),
                    "{minor} × {numerator}/{denominator} {rounding:?}"
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_said_in_64_bits_is_none() {
        let amount = Amount::new(i64::MAX, Currency::CNY);
        assert_eq!(amount.checked_mul_ratio(1, 0, HalfUp), None);
        assert_eq!(amount.checked_mul_ratio(2, 1, HalfUp), None);
        assert_eq!(Amount::new(i64::MIN, Currency::CNY).checked_mul_ratio(-1, 1, Down), None);
    }

    proptest::proptest! {
        #[test]
        fn rounding_is_never_off_by_a_whole_unit(minor: i64, numerator in -10_000_i64..10_000, denominator in 1_i64..10_000) {
            let exact = i128::from(minor) * i128::from(numerator);
            for rounding in [HalfEven, HalfUp, Down] {
                if let Some(result) = Amount::new(minor, Currency::CNY).checked_mul_ratio(numerator, denominator, rounding) {
                    let off = (i128::from(result.minor) * i128::from(denominator) - exact).abs();
                    let most = if rounding == Down { denominator - 1 } else { denominator / 2 };
                    proptest::prop_assert!(off <= i128::from(most));
                }
            }
        }
    }
}
