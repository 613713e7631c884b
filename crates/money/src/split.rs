//! Splitting a total so that the parts add up to it again, to the cent.

use crate::Amount;

impl Amount {
    /// Splits into so many parts that differ by at most one smallest unit, the larger ones first. `None` for no parts.
    pub fn split(self, parts: usize) -> Option<Vec<Self>> {
        self.split_by_weights(&vec![1; parts])
    }

    /// Splits in proportion to the weights: each part is its share rounded down, and what is left over goes, a unit each,
    /// to the parts that lost the largest fractions, earlier ones first among equals. `None` when all weights are 0.
    pub fn split_by_weights(self, weights: &[u32]) -> Option<Vec<Self>> {
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        if total == 0 {
            return None;
        }
        let sum = u128::from(self.minor.unsigned_abs());
        let mut shares: Vec<u128> = weights.iter().map(|weight| sum * u128::from(*weight) / total).collect();
        let left_over = sum - shares.iter().sum::<u128>();
        let mut by_loss: Vec<usize> = (0..weights.len()).collect();
        // The sort is stable, so equal losses keep their order.
        by_loss.sort_by_key(|&index| std::cmp::Reverse(sum * u128::from(weights[index]) % total));
        for &index in by_loss.iter().take(usize::try_from(left_over).ok()?) {
            shares[index] += 1;
        }
        shares.into_iter().map(|share| self.with_size(share)).collect()
    }

    /// The same sign and currency with another size.
    fn with_size(self, size: u128) -> Option<Self> {
        let size = i128::try_from(size).ok()?;
        let minor = i64::try_from(if self.is_negative() { -size } else { size }).ok()?;
        Some(Self::new(minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;
    use proptest::prelude::*;

    fn minors(parts: Option<Vec<Amount>>) -> Option<Vec<i64>> {
        parts.map(|parts| parts.iter().map(|part| part.minor).collect())
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_made() {
        let amount = |minor| Amount::new(minor, Currency::CNY);
        for (minor, weights, parts) in [
            (100, &[1, 1, 1][..], vec![34, 33, 33]),
            (-100, &[1, 1, 1], vec![-34, -33, -33]),
            (2, &[1, 1, 1], vec![1, 1, 0]),
            (100, &[50, 30, 20], vec![50, 30, 20]),
            (101, &[50, 30, 20], vec![51, 30, 20]),
            (10, &[0, 1, 0], vec![0, 10, 0]),
            (1, &[1, 2], vec![0, 1]),
            (0, &[1, 2], vec![0, 0]),
            (i64::MIN, &[1], vec![i64::MIN]),
        ] {
            assert_eq!(minors(amount(minor).split_by_weights(weights)), Some(parts), "{minor} by {weights:?}");
        }
        assert_eq!(minors(amount(10).split(4)), Some(vec![3, 3, 2, 2]));
        assert_eq!(amount(10).split(0), None);
        assert_eq!(amount(10).split_by_weights(&[0, 0]), None);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_fair(minor: i64, weights in prop::collection::vec(any::<u32>(), 1..20)) {
            let Some(parts) = Amount::new(minor, Currency::CNY).split_by_weights(&weights) else {
                prop_assert!(weights.iter().all(|weight| *weight == 0));
                return Ok(());
            };
            prop_assert_eq!(parts.iter().map(|part| i128::from(part.minor)).sum::<i128>(), i128::from(minor));
            let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(weights) {
                let off = i128::from(part.minor) * total - i128::from(minor) * i128::from(weight);
                prop_assert!(off.abs() < total, "each part is within one unit of its exact share");
            }
        }
    }
}
