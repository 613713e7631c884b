//! Settlement windows, cut-offs and days.

use jiff::civil::{Date, DateTime, Time};
use kit::{BankDay, Calendar, Fault, Timestamp};

/// When netted payments are settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// Local times in minutes after midnight, rising, one at least.
    pub minutes: Vec<u16>,
    /// What arrives so many minutes before a window, or later, waits for the next one.
    pub cut_off_minutes: u16,
}

impl Default for Windows {
    /// 10:00, 12:00, 15:00 and 17:30, cut off ten minutes before.
    fn default() -> Self {
        Self { minutes: vec![600, 720, 900, 1_050], cut_off_minutes: 10 }
    }
}

impl Windows {
    /// The window for what is taken now.
    pub(crate) fn next(&self, calendar: &Calendar, taken: Timestamp) -> Result<Timestamp, Fault> {
        let today = calendar.day(taken);
        // A window before its cut-off may lie behind midnight, and a day may have none left: two days always suffice.
        for day in (0..3).map(|ahead| BankDay(today.0 + ahead)) {
            for minute in &self.minutes {
                let opens = at_minute(calendar, day, *minute)?;
                if taken < opens.plus_ms(-i64::from(self.cut_off_minutes) * 60_000) {
                    return Ok(opens);
                }
            }
        }
        Err(Fault::new("there is no settlement window"))
    }
}

/// The instant of a local time.
pub(crate) fn at_minute(calendar: &Calendar, day: BankDay, minute: u16) -> Result<Timestamp, Fault> {
    let (year, month, date) = day.ymd();
    let date = Date::new(i16::try_from(year)?, i8::try_from(month)?, i8::try_from(date)?)?;
    let time = Time::new(i8::try_from(minute / 60)?, i8::try_from(minute % 60)?, 0, 0)?;
    calendar.instant(DateTime::from_parts(date, time))
}

/// The settlement day of what settles now: the calendar's, or a later one where the day was closed before its midnight.
pub(crate) fn settlement_day(open: BankDay, calendar: &Calendar, now: Timestamp) -> BankDay {
    open.max(calendar.day(now))
}

/// When the open day ends by itself: at the midnight after it.
pub(crate) fn day_end(calendar: &Calendar, open: BankDay) -> Result<Timestamp, Fault> {
    at_minute(calendar, BankDay(open.0 + 1), 0)
}

/// Whether an operator may close the open day now: today's, but not a day that is still to come.
pub(crate) fn may_close(open: BankDay, calendar: &Calendar, now: Timestamp) -> bool {
    open <= calendar.day(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> Calendar {
        Calendar::try_new("Asia/Shanghai").expect("zone")
    }

    fn at(text: &str) -> Timestamp {
        shanghai().instant(text.parse().expect("a local time")).expect("exists")
    }

    #[test]
    fn a_payment_waits_for_the_next_window_whose_cut_off_is_not_past() {
        let windows = Windows::default();
        for (taken, window) in [
            ("2026-11-21T00:00:00", "2026-11-21T10:00:00"),
            ("2026-11-21T09:49:59.999", "2026-11-21T10:00:00"),
            ("2026-11-21T09:50:00", "2026-11-21T12:00:00"),
            ("2026-11-21T10:00:00", "2026-11-21T12:00:00"),
            ("2026-11-21T13:26:08", "2026-11-21T15:00:00"),
            ("2026-11-21T17:19:59.999", "2026-11-21T17:30:00"),
            ("2026-11-21T17:20:00", "2026-11-22T10:00:00"),
            ("2026-11-21T23:59:59.999", "2026-11-22T10:00:00"),
            ("2026-12-31T18:00:00", "2027-01-01T10:00:00"),
            ("2028-02-28T18:00:00", "2028-02-29T10:00:00"),
        ] {
            assert_eq!(windows.next(&shanghai(), at(taken)).expect("a window"), at(window), "{taken}");
        }
        let early = Windows { minutes: vec![5], cut_off_minutes: 10 };
        let next = |taken| early.next(&shanghai(), at(taken)).expect("a window");
        assert_eq!(next("2026-11-21T23:54:59"), at("2026-11-22T00:05:00"));
        assert_eq!(next("2026-11-21T23:55:00"), at("2026-11-23T00:05:00"), "its cut-off lies before midnight");
    }

    #[test]
    fn what_settles_has_the_day_of_the_calendar_or_of_the_day_that_was_opened_early() {
        let day = |text| BankDay::from_iso(text).expect("a day");
        for (open, now, expected) in [
            ("2026-11-21", "2026-11-21T23:59:59.999", "2026-11-21"),
            ("2026-11-21", "2026-11-22T00:00:00", "2026-11-22"),
            ("2026-11-22", "2026-11-21T18:00:00", "2026-11-22"),
            ("2026-11-22", "2026-11-22T18:00:00", "2026-11-22"),
        ] {
            assert_eq!(settlement_day(day(open), &shanghai(), at(now)), day(expected), "{open} {now}");
        }
        assert_eq!(day_end(&shanghai(), day("2026-11-21")).expect("exists"), at("2026-11-22T00:00:00"));
        assert!(may_close(day("2026-11-21"), &shanghai(), at("2026-11-21T18:00:00")));
        assert!(!may_close(day("2026-11-22"), &shanghai(), at("2026-11-21T18:00:00")));
    }
}
