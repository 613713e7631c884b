//! Limit counters: how much went through in a payment, a bank day, a month or a year.
//!
//! Two windows are kept, the newest and the one before it, so that a payment of the day before can still be
//! counted where it belongs after midnight. Bounds are inclusive and the flow is gross: money that comes back does
//! not give room again, only a released hold does.

use super::types::{OpenCounter, Window};
use kit::BankDay;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counter {
    pub(crate) institution: u16,
    pub(crate) window: Window,
    /// `i64::MAX` is no cap.
    pub(crate) cap_amount: i64,
    /// `u32::MAX` is no cap.
    pub(crate) cap_count: u32,
    /// Newest window; `i32::MIN` before the first use.
    pub(crate) newest: i32,
    /// Used in the newest window and in the one before it.
    pub(crate) amounts: [i64; 2],
    pub(crate) counts: [u32; 2],
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            institution: 0,
            window: Window::Payment,
            cap_amount: i64::MAX,
            cap_count: u32::MAX,
            newest: i32::MIN,
            amounts: [0; 2],
            counts: [0; 2],
        }
    }
}

/// Why a counter says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    WindowClosed,
    Amount { cap: i64, used: i64 },
    Count { cap: i64, used: i64 },
}

impl Counter {
    pub(crate) fn open(terms: &OpenCounter) -> Self {
        Self {
            institution: terms.institution,
            window: terms.window,
            cap_amount: terms.cap_amount.unwrap_or(i64::MAX),
            cap_count: terms.cap_count.unwrap_or(u32::MAX),
            ..Self::default()
        }
    }

    pub(crate) fn terms(&self) -> OpenCounter {
        OpenCounter {
            institution: self.institution,
            window: self.window,
            cap_amount: (self.cap_amount != i64::MAX).then_some(self.cap_amount),
            cap_count: (self.cap_count != u32::MAX).then_some(self.cap_count),
        }
    }

    /// The number of the window that a day falls into.
    fn index(&self, day: BankDay) -> i32 {
        match self.window {
            Window::Payment => 0,
            Window::Day => day.0,
            Window::Month => {
                let (year, month, _) = day.ymd();
                year * 12 + i32::from(month) - 1
            }
            Window::Year => day.ymd().0,
        }
    }

    /// What is used in the window of `index`, if that window is kept or still to come.
    fn used(&self, index: i32) -> Option<(i64, u32)> {
        if self.newest == i32::MIN || index > self.newest {
            Some((0, 0))
        } else if index == self.newest {
            Some((self.amounts[0], self.counts[0]))
        } else if index == self.newest - 1 {
            Some((self.amounts[1], self.counts[1]))
        } else {
            None
        }
    }

    /// Would `amount` on `day` stay within the caps?
    pub(crate) fn check(&self, day: BankDay, amount: i64) -> Result<(), Exceeded> {
        if self.window == Window::Payment {
            return if amount > self.cap_amount {
                Err(Exceeded::Amount { cap: self.cap_amount, used: 0 })
            } else {
                Ok(())
            };
        }
        let (used, count) = self.used(self.index(day)).ok_or(Exceeded::WindowClosed)?;
        if used.checked_add(amount).is_none_or(|sum| sum > self.cap_amount) {
            return Err(Exceeded::Amount { cap: self.cap_amount, used });
        }
        if count >= self.cap_count {
            return Err(Exceeded::Count { cap: i64::from(self.cap_count), used: i64::from(count) });
        }
        Ok(())
    }

    /// Counts `amount` on `day`; [`Self::check`] has passed.
    pub(crate) fn charge(&mut self, day: BankDay, amount: i64) {
        if self.window == Window::Payment {
            return;
        }
        let index = self.index(day);
        if self.newest == i32::MIN || index > self.newest {
            let adjacent = self.newest != i32::MIN && index == self.newest + 1;
            self.amounts[1] = if adjacent { self.amounts[0] } else { 0 };
            self.counts[1] = if adjacent { self.counts[0] } else { 0 };
            self.amounts[0] = 0;
            self.counts[0] = 0;
            self.newest = index;
        }
        let place = usize::from(index != self.newest);
        self.amounts[place] += amount;
        self.counts[place] += 1;
    }

    /// Gives back what a hold of `day` had reserved, in that day's window, if it is still kept.
    pub(crate) fn give_back(&mut self, day: BankDay, amount: i64, whole: bool) {
        if self.window == Window::Payment {
            return;
        }
        let index = self.index(day);
        let place = match self.newest.checked_sub(index) {
            Some(0) => 0,
            Some(1) => 1,
            _ => return,
        };
        self.amounts[place] -= amount;
        if whole {
            self.counts[place] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(window: Window, cap_amount: i64, cap_count: u32) -> Counter {
        let terms = OpenCounter { institution: 1, window, cap_amount: Some(cap_amount), cap_count: Some(cap_count) };
        Counter::open(&terms)
    }

    fn pay(counter: &mut Counter, (year, month, day): (i32, u8, u8), amount: i64) -> Result<(), Exceeded> {
        let day = BankDay::from_ymd(year, month, day);
        counter.check(day, amount)?;
        counter.charge(day, amount);
        Ok(())
    }

    #[test]
    fn the_cap_itself_passes_and_one_more_does_not() {
        let mut day = counter(Window::Day, 10_000, u32::MAX);
        assert_eq!(pay(&mut day, (2024, 2, 29), 9_999), Ok(()));
        assert_eq!(pay(&mut day, (2024, 2, 29), 2), Err(Exceeded::Amount { cap: 10_000, used: 9_999 }));
        assert_eq!(pay(&mut day, (2024, 2, 29), 1), Ok(()));
        assert_eq!(pay(&mut day, (2024, 2, 29), 1), Err(Exceeded::Amount { cap: 10_000, used: 10_000 }));
        assert_eq!(pay(&mut day, (2024, 3, 1), 10_000), Ok(()));
    }

    #[test]
    fn a_count_is_capped_too() {
        let mut month = counter(Window::Month, i64::MAX, 2);
        assert_eq!(pay(&mut month, (2026, 11, 1), 5), Ok(()));
        assert_eq!(pay(&mut month, (2026, 11, 30), 5), Ok(()));
        assert_eq!(pay(&mut month, (2026, 11, 30), 5), Err(Exceeded::Count { cap: 2, used: 2 }));
        assert_eq!(pay(&mut month, (2026, 12, 1), 5), Ok(()));
    }

    #[test]
    fn yesterday_is_still_counted_and_the_day_before_is_closed() {
        let mut day = counter(Window::Day, 100, u32::MAX);
        assert_eq!(pay(&mut day, (2026, 1, 1), 60), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 2), 100), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 1), 40), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 1), 1), Err(Exceeded::Amount { cap: 100, used: 100 }));
        assert_eq!(pay(&mut day, (2025, 12, 31), 1), Err(Exceeded::WindowClosed));
        // After a gap the window before the newest one is empty, and the older ones are closed.
        assert_eq!(pay(&mut day, (2026, 1, 9), 1), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 8), 100), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 2), 1), Err(Exceeded::WindowClosed));
    }

    #[test]
    fn the_year_turns_with_the_calendar() {
        let mut year = counter(Window::Year, 100, u32::MAX);
        assert_eq!(pay(&mut year, (2024, 12, 31), 100), Ok(()));
        assert_eq!(pay(&mut year, (2025, 1, 1), 100), Ok(()));
        assert_eq!(pay(&mut year, (2025, 12, 31), 1), Err(Exceeded::Amount { cap: 100, used: 100 }));
    }

    #[test]
    fn a_single_payment_adds_nothing_up() {
        let mut single = counter(Window::Payment, 50, 1);
        assert_eq!(pay(&mut single, (2026, 1, 1), 50), Ok(()));
        assert_eq!(pay(&mut single, (2026, 1, 1), 50), Ok(()));
        assert_eq!(pay(&mut single, (2026, 1, 1), 51), Err(Exceeded::Amount { cap: 50, used: 0 }));
    }

    #[test]
    fn a_release_gives_back_on_its_own_day_only() {
        let mut day = counter(Window::Day, 100, u32::MAX);
        let first = BankDay::from_ymd(2026, 1, 1);
        assert_eq!(pay(&mut day, (2026, 1, 1), 80), Ok(()));
        assert_eq!(pay(&mut day, (2026, 1, 2), 100), Ok(()));
        day.give_back(first, 80, true);
        assert_eq!((day.amounts, day.counts), ([100, 0], [1, 0]));
        assert_eq!(pay(&mut day, (2026, 1, 3), 1), Ok(()));
        day.give_back(first, 80, true);
        assert_eq!((day.amounts, day.counts), ([1, 100], [1, 1]));
    }
}
