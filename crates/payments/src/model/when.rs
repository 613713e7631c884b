//! When a transfer is to be paid, and which day of a rhythm comes next.

use kit::{BankDay, Refusal};
use passport::{Every, Later};

/// How far ahead a first day may lie.
pub const DAYS_AHEAD: i32 = 366;
/// The hour of the bank's clock at which what is scheduled for a day is paid.
pub const DUE_HOUR: i8 = 9;

/// How often something comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rhythm {
    /// 每天
    Daily,
    /// 每周: on the weekday of the first day.
    Weekly,
    /// 每月: on the day of month of the first day, or the last one of a month that has no such day.
    Monthly,
}

impl Rhythm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rhythm| rhythm.code() == code)
    }

    /// The first day of the rhythm after this one.
    fn after(self, first: BankDay, day: BankDay) -> BankDay {
        if day < first {
            return first;
        }
        let step = match self {
            Self::Daily => 1,
            Self::Weekly => 7,
            Self::Monthly => return month_after(first, day),
        };
        BankDay(first.0 + ((day.0 - first.0) / step + 1) * step)
    }
}

fn month_after(first: BankDay, day: BankDay) -> BankDay {
    let (year, month, day_of_month) = first.ymd();
    let (now_year, now_month, _) = day.ymd();
    let months = (now_year - year) * 12 + i32::from(now_month) - i32::from(month);
    // In the month of `day` itself the day may still be to come.
    let this = in_month(year, i32::from(month) + months, day_of_month);
    if this > day { this } else { in_month(year, i32::from(month) + months + 1, day_of_month) }
}

/// That day of month in the month that is `month` months after the December before `year`, at most its last.
fn in_month(year: i32, month: i32, day_of_month: u8) -> BankDay {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) as u8 + 1);
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let first = BankDay::from_ymd(year, month, 1);
    let days = BankDay::from_ymd(next_year, next_month, 1).0 - first.0;
    BankDay(first.0 + i32::from(day_of_month).min(days) - 1)
}

/// When a transfer is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// In 24 hours, and until then it can be taken back.
    Delayed,
    /// On a day.
    On(BankDay),
    /// Again and again from a first day on, if given until a last one, inclusive.
    Every(Rhythm, BankDay, Option<BankDay>),
}

impl When {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Delayed => "delayed",
            Self::On(_) => "on",
            Self::Every(rhythm, ..) => rhythm.code(),
        }
    }

    /// What is proven about it: a proof of one payment proves none that comes again, or on another day.
    pub(crate) fn later(self) -> Option<Later> {
        match self {
            Self::Now | Self::Delayed => None,
            Self::On(first) => Some(Later { every: None, first, last: None }),
            Self::Every(rhythm, first, last) => {
                let every = match rhythm {
                    Rhythm::Daily => Every::Day,
                    Rhythm::Weekly => Every::Week,
                    Rhythm::Monthly => Every::Month,
                };
                Some(Later { every: Some(every), first, last })
            }
        }
    }

    /// From what a form or a program says: one of the words `now`, `delayed`, `on`, `daily`, `weekly`, `monthly`, and days
    /// such as `2026-12-01`; the last one may be empty. Refuses with `payments.when_invalid`.
    pub fn parse(when: &str, first: &str, last: &str) -> Result<Self, Refusal> {
        match when {
            "" | "now" => Ok(Self::Now),
            "delayed" => Ok(Self::Delayed),
            "on" => Ok(Self::On(day(first, "first")?)),
            word => {
                let rhythm = Rhythm::from_code(word).ok_or_else(|| invalid("when"))?;
                let last = if last.trim().is_empty() { None } else { Some(day(last, "last")?) };
                Ok(Self::Every(rhythm, day(first, "first")?, last))
            }
        }
    }

    /// From its stored parts.
    pub(crate) fn from_parts(code: &str, first: Option<BankDay>, last: Option<BankDay>) -> Option<Self> {
        match (code, first) {
            ("now", _) => Some(Self::Now),
            ("delayed", _) => Some(Self::Delayed),
            ("on", Some(first)) => Some(Self::On(first)),
            (word, Some(first)) => Some(Self::Every(Rhythm::from_code(word)?, first, last)),
            _ => None,
        }
    }

    /// Its first and its last day, where it has them.
    pub fn days(self) -> (Option<BankDay>, Option<BankDay>) {
        match self {
            Self::Now | Self::Delayed => (None, None),
            Self::On(first) => (Some(first), None),
            Self::Every(_, first, last) => (Some(first), last),
        }
    }

    /// Whether the bank's clock has to start it.
    pub fn is_scheduled(self) -> bool {
        matches!(self, Self::On(_) | Self::Every(..))
    }

    /// Whether its days make sense today. Refuses with `payments.when_invalid`.
    pub(crate) fn check(self, today: BankDay) -> Result<(), Refusal> {
        let (first, last) = self.days();
        if first.is_some_and(|first| first <= today || first.0 - today.0 > DAYS_AHEAD) {
            return Err(invalid("first"));
        }
        match (first, last) {
            (Some(first), Some(last)) if last < first => Err(invalid("last")),
            _ => Ok(()),
        }
    }

    /// The day that is due after this one, if there is one.
    pub(crate) fn next_after(self, day: BankDay) -> Option<BankDay> {
        match self {
            Self::Now | Self::Delayed => None,
            Self::On(first) => Some(first).filter(|first| *first > day),
            Self::Every(rhythm, first, last) => {
                Some(rhythm.after(first, day)).filter(|next| last.is_none_or(|last| *next <= last))
            }
        }
    }
}

fn invalid(field: &'static str) -> Refusal {
    Refusal::new("payments.when_invalid", 422).with("field", field)
}

/// Reads `2026-12-01`; a day that the calendar does not have is none.
fn day(text: &str, field: &'static str) -> Result<BankDay, Refusal> {
    let text = text.trim();
    let digits = |part: &str, length: usize| {
        Some(part).filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
    };
    let mut parts = text.split('-');
    let read = (|| {
        let year: i32 = digits(parts.next()?, 4)?;
        let (month, day): (i32, i32) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        let sane = parts.next().is_none() && (1970..=9998).contains(&year) && (1..=12).contains(&month);
        let day = sane.then(|| BankDay::from_ymd(year, month as u8, day.clamp(0, 99) as u8))?;
        Some(day).filter(|day| day.iso() == text)
    })();
    read.ok_or_else(|| invalid(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> BankDay {
        day(text, "first").unwrap()
    }

    #[test]
    fn a_rhythm_keeps_its_day_and_months_their_length() {
        for (rhythm, first, after, next) in [
            (Rhythm::Daily, "2026-11-22", "2026-11-21", "2026-11-22"),
            (Rhythm::Daily, "2026-11-22", "2026-12-31", "2027-01-01"),
            (Rhythm::Weekly, "2026-11-23", "2026-11-23", "2026-11-30"),
            (Rhythm::Weekly, "2026-11-23", "2026-12-06", "2026-12-07"),
            (Rhythm::Monthly, "2026-12-15", "2026-12-15", "2027-01-15"),
            (Rhythm::Monthly, "2026-12-15", "2027-03-02", "2027-03-15"),
            (Rhythm::Monthly, "2026-12-31", "2026-12-31", "2027-01-31"),
            (Rhythm::Monthly, "2026-12-31", "2027-01-31", "2027-02-28"),
            (Rhythm::Monthly, "2027-01-31", "2028-02-01", "2028-02-29"),
            (Rhythm::Monthly, "2027-01-31", "2028-02-29", "2028-03-31"),
        ] {
            let when = When::Every(rhythm, on(first), None);
            assert_eq!(when.next_after(on(after)).unwrap().iso(), next, "{rhythm:?} {first} {after}");
        }
        let once = When::On(on("2026-12-01"));
        assert_eq!(once.next_after(on("2026-11-21")), Some(on("2026-12-01")));
        assert_eq!(once.next_after(on("2026-12-01")), None);
        let ends = When::Every(Rhythm::Weekly, on("2026-11-23"), Some(on("2026-11-30")));
        assert_eq!(ends.next_after(on("2026-11-23")), Some(on("2026-11-30")));
        assert_eq!(ends.next_after(on("2026-11-30")), None);
    }

    #[test]
    fn days_that_are_none_or_past_or_far_away_are_refused() {
        let today = on("2026-11-21");
        for (when, first, last, field) in [
            ("sometimes", "", "", "when"),
            ("on", "", "", "first"),
            ("on", "2026-02-30", "", "first"),
            ("on", "2026-13-01", "", "first"),
            ("on", "26-12-01", "", "first"),
            ("on", "2026-12-1", "", "first"),
            ("on", "２026-12-01", "", "first"),
            ("on", "2026-11-21", "", "first"),
            ("on", "2027-11-23", "", "first"),
            ("weekly", "2026-12-01", "2026-11-30", "last"),
            ("weekly", "2026-12-01", "x", "last"),
        ] {
            let refused = When::parse(when, first, last).and_then(|when| when.check(today)).unwrap_err();
            assert_eq!((refused.code, refused.fields.get("field")), ("payments.when_invalid", Some(&field.into())));
        }
        for (when, first, last) in [
            ("", "", ""),
            ("now", "", ""),
            ("delayed", "", ""),
            ("on", "2026-11-22", ""),
            ("monthly", "2027-11-22", " "),
        ] {
            let parsed = When::parse(when, first, last).unwrap();
            parsed.check(today).unwrap();
            let (first, last) = parsed.days();
            assert_eq!(When::from_parts(parsed.code(), first, last), Some(parsed));
        }
    }
}
