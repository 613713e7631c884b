//! When the batch service settles, and what a payer is told about when their money arrives.

use kit::{BankDay, Calendar, Fault, Timestamp};

/// So long before its window a payment must be with the network, in milliseconds: 10 minutes.
const CUT_OFF_MS: i64 = 10 * 60_000;
/// A real-time payment arrives within this, in milliseconds.
const REAL_TIME_MS: i64 = 10_000;

/// The network's settlement windows of a day, in the bank's local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// Minutes since midnight, rising.
    minutes: Vec<u16>,
}

impl Default for Windows {
    /// 10:00, 12:00, 15:00 and 17:30.
    fn default() -> Self {
        Self { minutes: vec![10 * 60, 12 * 60, 15 * 60, 17 * 60 + 30] }
    }
}

/// When a payment is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// At what time.
    pub at: Timestamp,
    /// On which settlement day.
    pub day: BankDay,
}

impl Windows {
    /// From minutes since midnight. None if there is none, one is no time of day, or they do not rise.
    pub fn try_new(minutes: Vec<u16>) -> Option<Self> {
        let sane = !minutes.is_empty() && minutes.is_sorted_by(|one, next| one < next);
        (sane && minutes.iter().all(|minute| *minute < 24 * 60)).then_some(Self { minutes })
    }

    /// The window for what is handed over at an instant: the first whose cut-off is still to come. After the last one of a
    /// day it is the next day's first.
    pub fn next(&self, calendar: &Calendar, at: Timestamp) -> Result<Settlement, Fault> {
        let today = calendar.day(at);
        for day in [today, BankDay(today.0 + 1), BankDay(today.0 + 2)] {
            for minute in &self.minutes {
                let hour = calendar.at_hour(day, (minute / 60) as i8)?;
                let window = hour.plus_ms(i64::from(minute % 60) * 60_000);
                if at < window.plus_ms(-CUT_OFF_MS) {
                    return Ok(Settlement { at: window, day });
                }
            }
        }
        Err(Fault::new("no settlement window was found in three days"))
    }
}

/// When a real-time payment that is handed over at an instant arrives.
pub(crate) fn real_time(calendar: &Calendar, at: Timestamp) -> Settlement {
    let at = at.plus_ms(REAL_TIME_MS);
    Settlement { at, day: calendar.day(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(calendar: &Calendar, text: &str) -> Timestamp {
        calendar.instant(text.parse().expect("a local time")).expect("exists")
    }

    #[test]
    fn payments_across_cut_off_and_midnight_fall_into_the_right_window_and_day() {
        let calendar = Calendar::try_new("Asia/Shanghai").expect("zone");
        let windows = Windows::default();
        for (handed_over, window, day) in [
            ("2026-11-21T00:00:00", "2026-11-21T10:00:00", "2026-11-21"),
            ("2026-11-21T09:49:59.999", "2026-11-21T10:00:00", "2026-11-21"),
            // The cut-off itself is too late.
            ("2026-11-21T09:50:00", "2026-11-21T12:00:00", "2026-11-21"),
            ("2026-11-21T10:00:00", "2026-11-21T12:00:00", "2026-11-21"),
            ("2026-11-21T13:26:08", "2026-11-21T15:00:00", "2026-11-21"),
            ("2026-11-21T17:19:59.999", "2026-11-21T17:30:00", "2026-11-21"),
            ("2026-11-21T17:20:00", "2026-11-22T10:00:00", "2026-11-22"),
            ("2026-11-21T23:59:59.999", "2026-11-22T10:00:00", "2026-11-22"),
            ("2026-11-22T00:00:00", "2026-11-22T10:00:00", "2026-11-22"),
            ("2026-12-31T18:00:00", "2027-01-01T10:00:00", "2027-01-01"),
            ("2028-02-28T18:00:00", "2028-02-29T10:00:00", "2028-02-29"),
        ] {
            let found = windows.next(&calendar, at(&calendar, handed_over)).unwrap();
            assert_eq!((found.at, found.day.iso().as_str()), (at(&calendar, window), day), "{handed_over}");
        }
        // With a window just after midnight the evening's payments belong to the next day, and the cut-off lies in this.
        let night = Windows::try_new(vec![5, 23 * 60 + 55]).unwrap();
        for (handed_over, window) in [
            ("2026-11-21T23:44:59", "2026-11-21T23:55:00"),
            ("2026-11-21T23:45:00", "2026-11-22T00:05:00"),
            ("2026-11-21T23:54:59", "2026-11-22T00:05:00"),
            ("2026-11-21T23:55:00", "2026-11-22T23:55:00"),
        ] {
            let found = night.next(&calendar, at(&calendar, handed_over)).unwrap();
            assert_eq!(found.at, at(&calendar, window), "{handed_over}");
        }
    }

    #[test]
    fn a_real_time_payment_just_before_midnight_may_settle_on_the_next_day() {
        let calendar = Calendar::try_new("Asia/Shanghai").expect("zone");
        for (handed_over, day) in [("2026-11-21T23:59:45", "2026-11-21"), ("2026-11-21T23:59:55", "2026-11-22")] {
            assert_eq!(real_time(&calendar, at(&calendar, handed_over)).day.iso(), day, "{handed_over}");
        }
    }

    #[test]
    fn windows_are_times_of_day_that_rise() {
        assert_eq!(Windows::try_new(vec![600, 720, 900, 1_050]), Some(Windows::default()));
        for wrong in [vec![], vec![600, 600], vec![720, 600], vec![24 * 60]] {
            assert_eq!(Windows::try_new(wrong.clone()), None, "{wrong:?}");
        }
    }
}
