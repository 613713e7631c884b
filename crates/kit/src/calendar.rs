//! The bank's own calendar: which day, month and year an instant belongs to in an institution's zone.

use crate::{Fault, Timestamp};
use jiff::tz::TimeZone;

/// A day of the bank's calendar, as days since 1970-01-01 (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BankDay(pub i32);

impl BankDay {
    /// Year, month (1–12) and day of month (1–31). Pure arithmetic: no zone, no clock.
    pub fn ymd(self) -> (i32, u8, u8) {
        // Days are counted from 0000-03-01 so that the leap day ends a year; a 400-year era has 146,097 days.
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u8, day as u8)
    }

    /// The day of this year, month and day of month; the caller vouches that it exists.
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Self {
        let year = i64::from(year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = (i64::from(month) + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self((era * 146_097 + day_of_era - 719_468) as i32)
    }

    /// The day of an ISO 8601 date such as `2026-11-21`; none if it is no date of the years 1 to 9999.
    pub fn from_iso(text: &str) -> Option<Self> {
        let digits = |part: Option<&str>, length: usize| {
            let part = part.filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
            part.parse::<u16>().ok().filter(|number| *number > 0)
        };
        let mut parts = text.split('-');
        let (year, month, day) = (digits(parts.next(), 4)?, digits(parts.next(), 2)?, digits(parts.next(), 2)?);
        if month > 12 || day > 31 || parts.next().is_some() {
            return None;
        }
        // A day that its month does not have comes back as one of the next month.
        Some(Self::from_ymd(i32::from(year), month as u8, day as u8)).filter(|found| found.iso() == text)
    }

    /// `2026-11-21`.
    pub fn iso(self) -> String {
        let (year, month, day) = self.ymd();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// An institution's calendar: its time zone. Holidays and cut-off times join it when clearing needs them.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// The calendar of an IANA zone such as `Asia/Shanghai`.
    pub fn try_new(zone: &str) -> Result<Self, Fault> {
        let zone =
            TimeZone::get(zone).map_err(|error| Fault::from(error).context(format!("unknown time zone {zone:?}")))?;
        Ok(Self { zone })
    }

    /// The bank day on which `at` falls; a day starts at local midnight, not at UTC's.
    pub fn day(&self, at: Timestamp) -> BankDay {
        let local = self.local(at);
        BankDay::from_ymd(i32::from(local.year()), local.month() as u8, local.day() as u8)
    }

    /// The wall clock of the institution at `at`.
    pub fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        let instant = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(instant)
    }

    /// The instant at which the institution's wall clock shows `local`.
    pub fn instant(&self, local: jiff::civil::DateTime) -> Result<Timestamp, Fault> {
        let zoned = self.zone.to_ambiguous_zoned(local).compatible()?;
        Ok(Timestamp(zoned.timestamp().as_millisecond()))
    }

    /// The instant at which the institution's wall clock shows this full hour (0–23) of a day.
    pub fn at_hour(&self, day: BankDay, hour: i8) -> Result<Timestamp, Fault> {
        let (year, month, day) = day.ymd();
        let date = jiff::civil::Date::new(i16::try_from(year)?, month as i8, day as i8)?;
        self.instant(jiff::civil::DateTime::from_parts(date, jiff::civil::Time::new(hour, 0, 0, 0)?))
    }

    /// The instant in RFC 3339 with the institution's offset, such as `2026-11-21T13:26:08.000+08:00`.
    pub fn rfc3339(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_millisecond(at.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_it_is_written_and_no_other_way() {
        for text in ["2026-11-21", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(BankDay::from_iso(text).map(BankDay::iso).as_deref(), Some(text));
        }
        for text in [
            "",
            "2023-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "26-11-21",
            "2026-11-21-1",
            "2026/11/21",
            "+026-11-21",
            "２０２６-11-21",
            "99999-01-01",
        ] {
            assert_eq!(BankDay::from_iso(text), None, "{text:?}");
        }
    }

    #[test]
    fn days_and_dates_convert_both_ways_over_eight_centuries() {
        let mut date = jiff::civil::date(1600, 1, 1);
        let start = BankDay::from_ymd(1600, 1, 1).0;
        for offset in 0..292_194 {
            let day = BankDay(start + offset);
            assert_eq!(day.ymd(), (i32::from(date.year()), date.month() as u8, date.day() as u8));
            assert_eq!(BankDay::from_ymd(day.ymd().0, day.ymd().1, day.ymd().2), day);
            date = date.tomorrow().expect("in range");
        }
    }

    #[test]
    fn a_bank_day_starts_at_the_banks_midnight() {
        let shanghai = Calendar::try_new("Asia/Shanghai").expect("zone");
        let midnight = shanghai.instant(jiff::civil::date(2024, 3, 1).at(0, 0, 0, 0)).expect("exists");
        assert_eq!(shanghai.day(midnight).iso(), "2024-03-01");
        assert_eq!(shanghai.day(midnight.plus_ms(-1)).iso(), "2024-02-29");
        assert_eq!(shanghai.at_hour(BankDay::from_ymd(2024, 3, 1), 0).expect("exists"), midnight);
        assert_eq!(shanghai.rfc3339(midnight), "2024-03-01T00:00:00.000+08:00");
    }
}
