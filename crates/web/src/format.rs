//! How amounts and times are written on a page in each language.

use crate::Locale;
use askama::filters::HtmlSafe;
use kit::{BankDay, Calendar, Timestamp};
use money::{Amount, Currency};
use std::fmt;

/// The formats of a visit: its language, the bank's calendar, and the moment "today" is measured from.
#[derive(Debug, Clone)]
pub struct Formats {
    locale: Locale,
    calendar: Calendar,
    now: Timestamp,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const MONTHS_LONG: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Formats {
    /// The formats of a language at a moment.
    pub fn new(locale: Locale, calendar: Calendar, now: Timestamp) -> Self {
        Self { locale, calendar, now }
    }

    /// An amount inside a sentence: `12,846.30 元`, `CNY 12,846.30`. Other currencies carry their code in both
    /// languages. The space does not break.
    pub fn in_sentence(&self, amount: Amount) -> String {
        if self.locale == Locale::Zh && amount.currency == Currency::CNY {
            format!("{}\u{A0}元", amount.grouped())
        } else {
            format!("{}\u{A0}{}", amount.currency.code(), amount.grouped())
        }
    }

    /// A moment in a list: with the time of day if it is today, else the day: `今天 13:26`, `11月20日`, `20 Nov`.
    pub fn when(&self, at: Timestamp) -> When {
        let text = if self.calendar.day(at) == self.calendar.day(self.now) {
            let today = if self.locale == Locale::Zh { "今天" } else { "Today" };
            format!("{today} {}", self.time_text(at))
        } else {
            self.day_text(at)
        };
        self.tag(at, text)
    }

    /// The day alone, with its year if that is not this year: `11月21日`, `21 Nov 2025`.
    pub fn day(&self, at: Timestamp) -> When {
        let text = self.day_text(at);
        self.tag(at, text)
    }

    /// The day with its year: `2026年11月21日`, `21 Nov 2026`.
    pub fn date(&self, at: Timestamp) -> When {
        let local = self.calendar.local(at);
        let text = match self.locale {
            Locale::Zh => format!("{}年{}月{}日", local.year(), local.month(), local.day()),
            Locale::En => format!("{} {} {}", local.day(), month(local), local.year()),
        };
        self.tag(at, text)
    }

    /// A day of the bank's calendar, with its year if that is not this year: `11月21日`, `21 Nov 2025`.
    pub fn bank_day(&self, day: BankDay) -> When {
        let (year, month, date) = day.ymd();
        let year = (year != i32::from(self.calendar.local(self.now).year())).then_some(year);
        let text = match (self.locale, year) {
            (Locale::Zh, None) => format!("{month}月{date}日"),
            (Locale::Zh, Some(year)) => format!("{year}年{month}月{date}日"),
            (Locale::En, None) => format!("{date} {}", month_short(month)),
            (Locale::En, Some(year)) => format!("{date} {} {year}", month_short(month)),
        };
        When { machine: day.iso(), text }
    }

    /// A month: `2026年11月`, `November 2026`.
    pub fn month(&self, year: i32, month: u8) -> String {
        match self.locale {
            Locale::Zh => format!("{year}年{month}月"),
            Locale::En => format!("{} {year}", MONTHS_LONG[usize::from(month.clamp(1, 12) - 1)]),
        }
    }

    /// A month below a chart: `11月`, `Nov`.
    pub fn month_short(&self, month: u8) -> String {
        match self.locale {
            Locale::Zh => format!("{month}月"),
            Locale::En => month_short(month).to_owned(),
        }
    }

    /// A day of the bank's calendar with its year: `2026年11月21日`, `21 Nov 2026`.
    pub fn bank_date(&self, day: BankDay) -> String {
        let (year, month, date) = day.ymd();
        match self.locale {
            Locale::Zh => format!("{year}年{month}月{date}日"),
            Locale::En => format!("{date} {} {year}", month_short(month)),
        }
    }

    /// The bank's day of a moment.
    pub fn bank_day_of(&self, at: Timestamp) -> BankDay {
        self.calendar.day(at)
    }

    /// The bank's day now.
    pub fn today(&self) -> BankDay {
        self.calendar.day(self.now)
    }

    /// A day and the time on it, in words alone, for a moment to come: `11月22日 13:26`, `22 Nov, 13:26`.
    pub fn moment(&self, at: Timestamp) -> String {
        let comma = if self.locale == Locale::Zh { "" } else { "," };
        format!("{}{comma} {}", self.day_text(at), self.time_text(at))
    }

    /// As a field for day and time takes it: `2026-11-21T13:26`.
    pub fn field_minute(&self, at: Timestamp) -> String {
        self.calendar.local(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// The time of day, `13:26`.
    pub fn time(&self, at: Timestamp) -> When {
        let text = self.time_text(at);
        self.tag(at, text)
    }

    /// Day, year and time to the second: `2026年11月21日 13:26:08`, `21 Nov 2026, 13:26:08`.
    pub fn full(&self, at: Timestamp) -> When {
        let local = self.calendar.local(at);
        let clock = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
        let text = match self.locale {
            Locale::Zh => format!("{}年{}月{}日 {clock}", local.year(), local.month(), local.day()),
            Locale::En => format!("{} {} {}, {clock}", local.day(), month(local), local.year()),
        };
        self.tag(at, text)
    }

    /// The day of the week now, Monday being 1, and the minutes since midnight: for opening hours.
    pub fn week_and_minute(&self) -> (i8, i32) {
        let local = self.calendar.local(self.now);
        (local.weekday().to_monday_one_offset(), i32::from(local.hour()) * 60 + i32::from(local.minute()))
    }

    /// The part of the day, for a greeting: `morning`, `afternoon` or `evening`.
    pub fn part_of_day(&self) -> &'static str {
        match self.calendar.local(self.now).hour() {
            5..=11 => "morning",
            12..=17 => "afternoon",
            _ => "evening",
        }
    }

    fn time_text(&self, at: Timestamp) -> String {
        let local = self.calendar.local(at);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    fn day_text(&self, at: Timestamp) -> String {
        let local = self.calendar.local(at);
        let is_this_year = local.year() == self.calendar.local(self.now).year();
        match (self.locale, is_this_year) {
            (Locale::Zh, true) => format!("{}月{}日", local.month(), local.day()),
            (Locale::Zh, false) => format!("{}年{}月{}日", local.year(), local.month(), local.day()),
            (Locale::En, true) => format!("{} {}", local.day(), month(local)),
            (Locale::En, false) => format!("{} {} {}", local.day(), month(local), local.year()),
        }
    }

    fn tag(&self, at: Timestamp, text: String) -> When {
        When { machine: self.calendar.rfc3339(at), text }
    }
}

fn month(local: jiff::civil::DateTime) -> &'static str {
    month_short(local.month().unsigned_abs())
}

fn month_short(month: u8) -> &'static str {
    MONTHS[usize::from(month.clamp(1, 12) - 1)]
}

/// A moment as a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    machine: String,
    text: String,
}

impl When {
    /// The words alone.
    pub fn text(&self) -> &str {
        &self.text
    }
}

// Both parts are made of digits, our own words and ASCII signs.
impl HtmlSafe for When {}

impl fmt::Display for When {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<time datetime=\"{}\">{}</time>", self.machine, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_look_says() {
        // 2026-11-21 13:26:08 in Shanghai.
        let now = Timestamp(1_795_238_768_000);
        let calendar = Calendar::try_new("Asia/Shanghai").expect("zone");
        let zh = Formats::new(Locale::Zh, calendar.clone(), now);
        let en = Formats::new(Locale::En, calendar, now);
        let yesterday = now.plus_ms(-24 * 60 * 60 * 1000);
        let last_year = now.plus_ms(-366 * 24 * 60 * 60 * 1000);
        assert_eq!(zh.when(now).text(), "今天 13:26");
        assert_eq!(en.when(now).text(), "Today 13:26");
        assert_eq!(zh.when(yesterday).text(), "11月20日");
        assert_eq!(en.when(yesterday).text(), "20 Nov");
        assert_eq!(zh.day(last_year).text(), "2025年11月20日");
        assert_eq!(en.day(last_year).text(), "20 Nov 2025");
        assert_eq!(en.date(now).text(), "21 Nov 2026");
        assert_eq!((zh.moment(now).as_str(), en.moment(now).as_str()), ("11月21日 13:26", "21 Nov, 13:26"));
        assert_eq!(zh.full(now).text(), "2026年11月21日 13:26:08");
        assert_eq!(en.full(now).text(), "21 Nov 2026, 13:26:08");
        assert_eq!(en.time(now).to_string(), "<time datetime=\"2026-11-21T13:26:08.000+08:00\">13:26</time>");
        assert_eq!(zh.part_of_day(), "afternoon");
        assert_eq!((zh.today().iso(), zh.bank_day(zh.today()).text()), ("2026-11-21".to_owned(), "11月21日"));
        let march = BankDay::from_ymd(2024, 3, 1);
        assert_eq!(en.bank_day(march).to_string(), "<time datetime=\"2024-03-01\">1 Mar 2024</time>");
        assert_eq!((zh.month(2026, 11), en.month(2026, 11)), ("2026年11月".to_owned(), "November 2026".to_owned()));
    }

    #[test]
    fn amounts_in_sentences_name_their_currency() {
        let calendar = Calendar::try_new("Asia/Shanghai").expect("zone");
        let zh = Formats::new(Locale::Zh, calendar.clone(), Timestamp(0));
        let en = Formats::new(Locale::En, calendar, Timestamp(0));
        let yuan = Amount::new(1_284_630, Currency::CNY);
        assert_eq!(zh.in_sentence(yuan), "12,846.30\u{A0}元");
        assert_eq!(en.in_sentence(yuan), "CNY\u{A0}12,846.30");
        assert_eq!(zh.in_sentence(Amount::new(5, Currency::USD)), "USD\u{A0}0.05");
    }
}
