//! How much of a limit is used.

use kit::BankDay;
use ledger::{CounterView, Window};

/// How much of one limit is used in its present window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// The most, inclusive, minor units.
    pub cap_minor: i64,
    /// What went through.
    pub used_minor: i64,
    /// What still may.
    pub left_minor: i64,
}

impl Used {
    /// What a counter has used in the window that this day falls into.
    pub(crate) fn of(view: &CounterView, day: BankDay) -> Self {
        let (year, month, _) = day.ymd();
        let index = match view.terms.window {
            Window::Payment => return Self::of_payment(view.terms.cap_amount.unwrap_or(i64::MAX)),
            Window::Day => day.0,
            Window::Month => year * 12 + i32::from(month) - 1,
            Window::Year => year,
        };
        let used_minor = match view.window_index.checked_sub(index) {
            Some(0) => view.used_amount,
            Some(1) => view.previous_amount,
            _ => 0,
        };
        Self::of_cap(view.terms.cap_amount.unwrap_or(i64::MAX), used_minor)
    }

    /// A bound on one payment: nothing of it is ever used.
    pub fn of_payment(cap_minor: i64) -> Self {
        Self::of_cap(cap_minor, 0)
    }

    /// What a cap leaves.
    pub fn of_cap(cap_minor: i64, used_minor: i64) -> Self {
        Self { cap_minor, used_minor, left_minor: cap_minor.saturating_sub(used_minor).max(0) }
    }
}

/// How much of an account's class limits is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Paid in this bank day.
    pub paid_day: Used,
    /// Paid in this calendar year.
    pub paid_year: Used,
    /// Taken in in this bank day.
    pub received_day: Used,
    /// Taken in in this calendar year.
    pub received_year: Used,
    /// The greatest balance at any instant; none is no ceiling.
    pub ceiling_minor: Option<i64>,
}

/// How much of what may be confirmed by text message is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsUsage {
    /// The most that one payment may be, inclusive, minor units.
    pub cap_payment_minor: i64,
    /// In this bank day.
    pub day: Used,
    /// In this calendar month.
    pub month: Used,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{CounterId, OpenCounter};

    #[test]
    fn a_window_that_is_over_is_empty_again() {
        let terms = OpenCounter { institution: 1, window: Window::Day, cap_amount: Some(100), cap_count: None };
        let view = CounterView {
            id: CounterId(0),
            terms,
            window_index: 20_000,
            used_amount: 30,
            used_count: 1,
            previous_amount: 70,
            previous_count: 2,
        };
        let left = |day| Used::of(&view, BankDay(day)).left_minor;
        assert_eq!((left(19_999), left(20_000), left(20_001)), (30, 70, 100));
        let unused = CounterView { window_index: i32::MIN, used_amount: 0, ..view };
        assert_eq!(Used::of(&unused, BankDay(20_000)).used_minor, 0);
        let day = BankDay::from_ymd(2024, 2, 29);
        let month = OpenCounter { window: Window::Month, ..terms };
        let february = CounterView { terms: month, window_index: 2024 * 12 + 1, ..view };
        assert_eq!(Used::of(&february, day).used_minor, 30);
        assert_eq!(Used::of(&february, BankDay(day.0 + 1)).used_minor, 0);
    }
}
