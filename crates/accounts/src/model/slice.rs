//! Time slices (时间片): into which slice of which day's books a transfer belongs.
//!
//! The books gain a transfer when the ledger books it, and under the bank day that the ledger resolved for it:
//!
//! | booked (ledger time) | business time | slice | bank day | carried |
//! |---|---|---|---|---|
//! | 10:03 | 10:03 | 10:00 | today | no |
//! | 10:05:00.000 | the same | 10:05, a border belongs to what begins | today | no |
//! | 10:07 | 10:03, it came late | 10:05 | today | yes |
//! | 00:02 | 23:59 of the day before | 00:00 of today's clock | the day before | yes |
//! | 10:07 | 09:00, three days ago | 10:05 of today's clock | three days ago | yes |
//!
//! Ledger time never goes back, so a slice is one stretch of the journal, and once ledger time has left it nothing is added any
//! more: what is late is carried into the slice that is open, under its own bank day, and marked. Nothing is lost, since every
//! transfer has a ledger time, and no closed slice changes.
//!
//! Slices are cut from the bank's midnight on. Another length holds from a midnight that has nothing posted after it, and the
//! lengths of before are kept: the slice of a moment is the same for ever, and what is posted keeps its start and length.

use kit::{BankDay, Calendar, Fault, Timestamp};
use std::sync::Arc;

/// The length of slices where nothing is configured.
pub const SLICE_MINUTES: u16 = 5;
const MINUTE_MS: i64 = 60_000;

/// A stretch of time whose transfers are added up together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// Its first moment, which names it.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// Its length as configured; the last one before a clock change may be shorter.
    pub minutes: u16,
}

impl Slice {
    /// Whether a moment lies in it.
    pub fn has(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

/// How days are cut into slices. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Slicing {
    calendar: Calendar,
    /// From which day on which length holds, rising; the first holds for all days before as well.
    lengths: Arc<[(BankDay, u16)]>,
}

impl Slicing {
    /// Slices of [`SLICE_MINUTES`] on every day.
    pub fn new(calendar: Calendar) -> Self {
        Self { calendar, lengths: Arc::from([(BankDay(0), SLICE_MINUTES)]) }
    }

    pub(crate) fn of(calendar: Calendar, lengths: Vec<(BankDay, u16)>) -> Self {
        if lengths.is_empty() { Self::new(calendar) } else { Self { calendar, lengths: lengths.into() } }
    }

    /// Whether slices may be so long: a number of minutes that divides an hour.
    pub fn is_length(minutes: u16) -> bool {
        minutes > 0 && minutes <= 60 && 60 % minutes == 0
    }

    /// The length on a day, in minutes.
    pub fn minutes(&self, day: BankDay) -> u16 {
        let began = self.lengths.partition_point(|(from, _)| *from <= day);
        self.lengths.get(began.saturating_sub(1)).map_or(SLICE_MINUTES, |(_, minutes)| *minutes)
    }

    /// The slice that a moment lies in.
    pub fn slice(&self, at: Timestamp) -> Result<Slice, Fault> {
        let day = self.calendar.day(at);
        let minutes = self.minutes(day);
        let (first, next) = self.bounds(day)?;
        let length = i64::from(minutes) * MINUTE_MS;
        let start = first.plus_ms(at.as_ms().saturating_sub(first.as_ms()).div_euclid(length) * length);
        Ok(Slice { start, end: start.plus_ms(length).min(next), minutes })
    }

    /// The slice that begins at a moment; none if none does.
    pub fn beginning(&self, start: Timestamp) -> Option<Slice> {
        self.slice(start).ok().filter(|slice| slice.start == start)
    }

    /// The first moment of a day and that of the day after.
    pub fn bounds(&self, day: BankDay) -> Result<(Timestamp, Timestamp), Fault> {
        let next = BankDay(day.0.saturating_add(1));
        Ok((self.calendar.at_hour(day, 0)?, self.calendar.at_hour(next, 0)?))
    }

    /// The bank day of a moment by the clock.
    pub fn day(&self, at: Timestamp) -> BankDay {
        self.calendar.day(at)
    }
}

/// Slices of moments that rise, as those of the journal do: the calendar is asked once a slice.
#[derive(Debug)]
pub(crate) struct Cutter {
    slicing: Slicing,
    last: Option<Slice>,
}

impl Cutter {
    pub(crate) fn new(slicing: Slicing) -> Self {
        Self { slicing, last: None }
    }

    pub(crate) fn slice(&mut self, at: Timestamp) -> Result<Slice, Fault> {
        if let Some(slice) = self.last.filter(|slice| slice.has(at)) {
            return Ok(slice);
        }
        let slice = self.slicing.slice(at)?;
        self.last = Some(slice);
        Ok(slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn shanghai() -> Calendar {
        Calendar::try_new("Asia/Shanghai").unwrap()
    }

    fn day(text: &str) -> BankDay {
        BankDay::from_iso(text).unwrap()
    }

    #[test]
    fn borders_belong_to_what_begins_and_days_begin_at_the_banks_midnight() {
        let (calendar, slicing) = (shanghai(), Slicing::new(shanghai()));
        let at = |hour, minute, second, ms: i32| {
            calendar.instant(date(2026, 11, 21).at(hour, minute, second, ms * 1_000_000)).unwrap()
        };
        for (moment, start, end) in [
            (at(0, 0, 0, 0), at(0, 0, 0, 0), at(0, 5, 0, 0)),
            (at(10, 3, 0, 0), at(10, 0, 0, 0), at(10, 5, 0, 0)),
            (at(10, 4, 59, 999), at(10, 0, 0, 0), at(10, 5, 0, 0)),
            (at(10, 5, 0, 0), at(10, 5, 0, 0), at(10, 10, 0, 0)),
            (at(23, 59, 59, 999), at(23, 55, 0, 0), at(23, 59, 59, 999).plus_ms(1)),
        ] {
            let slice = slicing.slice(moment).unwrap();
            assert_eq!((slice.start, slice.end, slice.minutes), (start, end, 5));
            assert!(slice.has(moment) && slice.has(slice.start) && !slice.has(slice.end));
            assert_eq!(slicing.beginning(slice.start), Some(slice));
            assert_eq!(slicing.beginning(slice.start.plus_ms(1)), None);
        }
        // Midnight in Shanghai is 16:00 of UTC's day before.
        assert_eq!(at(0, 0, 0, 0).as_ms() % 86_400_000, 16 * 3_600_000);
        assert_eq!(slicing.day(at(0, 0, 0, 0)), day("2026-11-21"));
    }

    #[test]
    fn a_day_is_covered_without_gap_or_overlap_also_when_clocks_change() {
        let days = [
            ("Asia/Shanghai", "2026-11-21", 86_400_000),
            ("Europe/Berlin", "2026-03-29", 82_800_000),
            ("Europe/Berlin", "2026-10-25", 90_000_000),
            ("Australia/Lord_Howe", "2026-10-04", 84_600_000),
            ("Australia/Lord_Howe", "2026-04-05", 88_200_000),
        ];
        for (zone, iso, long) in days {
            for minutes in [1, 5, 15, 60] {
                let calendar = Calendar::try_new(zone).unwrap();
                let slicing = Slicing::of(calendar, vec![(BankDay(0), minutes)]);
                let (first, next) = slicing.bounds(day(iso)).unwrap();
                assert_eq!(next.as_ms() - first.as_ms(), long, "{zone} {iso}");
                let mut at = first;
                while at < next {
                    let slice = slicing.slice(at).unwrap();
                    assert_eq!(slice.start, at, "{zone} {iso} {minutes}");
                    assert!(slice.end > at && slice.end <= next);
                    assert_eq!(slicing.slice(slice.end.plus_ms(-1)).unwrap(), slice);
                    at = slice.end;
                }
                assert_eq!(at, next);
            }
        }
    }

    #[test]
    fn another_length_holds_from_its_day_on_and_leaves_what_was() {
        let (before, changed) = (day("2026-11-20"), day("2026-11-21"));
        let slicing = Slicing::of(shanghai(), vec![(BankDay(0), 5), (changed, 15), (day("2026-12-01"), 60)]);
        for (on, minutes) in
            [(BankDay(-9), 5), (before, 5), (changed, 15), (day("2026-11-30"), 15), (day("2027-01-01"), 60)]
        {
            assert_eq!(slicing.minutes(on), minutes, "{}", on.iso());
        }
        let (first, _) = slicing.bounds(changed).unwrap();
        let last = slicing.slice(first.plus_ms(-1)).unwrap();
        assert_eq!((last.start, last.end, last.minutes), (first.plus_ms(-5 * MINUTE_MS), first, 5));
        let next = slicing.slice(first).unwrap();
        assert_eq!((next.start, next.end, next.minutes), (first, first.plus_ms(15 * MINUTE_MS), 15));
    }

    #[test]
    fn a_length_divides_an_hour() {
        let right: Vec<u16> = (0..=200).filter(|minutes| Slicing::is_length(*minutes)).collect();
        assert_eq!(right, [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]);
    }

    #[test]
    fn the_cutter_says_what_the_slicing_says() {
        let slicing = Slicing::new(shanghai());
        let mut cutter = Cutter::new(slicing.clone());
        for step in 0..2_000 {
            let at = Timestamp(1_795_238_768_000 + step * 77_777);
            assert_eq!(cutter.slice(at).unwrap(), slicing.slice(at).unwrap());
        }
    }
}
