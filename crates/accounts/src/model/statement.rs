//! Which movements a person wants to see, and what they come to by month.

use kit::BankDay;

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Into the account.
    In,
    /// Out of it.
    Out,
}

/// Which movements to show; the default is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MovementFilter {
    /// The first bank day.
    pub from: Option<BankDay>,
    /// The last bank day.
    pub to: Option<BankDay>,
    /// Which way.
    pub direction: Option<Way>,
    /// The least amount, whichever way, minor units.
    pub least_minor: Option<i64>,
    /// The greatest amount.
    pub most_minor: Option<i64>,
}

/// What went in and out in a calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSummary {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u8,
    /// What came in, minor units.
    pub received_minor: i64,
    /// What went out, not negative.
    pub paid_minor: i64,
    /// How many movements came in.
    pub received_count: i64,
    /// How many went out.
    pub paid_count: i64,
}

/// A calendar month of an account: where it began, what moved, where it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMonth {
    /// Its first day.
    pub first: BankDay,
    /// Its last day.
    pub last: BankDay,
    /// The balance at the end of the day before, minor units.
    pub opening_minor: i64,
    /// What came in and went out.
    pub summary: MonthSummary,
    /// The days on which something moved, in order.
    pub days: Vec<DayBalance>,
}

/// What a day came to, and the balance at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBalance {
    /// The bank day.
    pub day: BankDay,
    /// What came in, minor units.
    pub received_minor: i64,
    /// What went out, not negative.
    pub paid_minor: i64,
    /// How many movements there were.
    pub count: i64,
    /// The balance at its end.
    pub closing_minor: i64,
}

impl AccountMonth {
    /// The balance at the end of the last day on which something moved, or at the beginning if there is none.
    pub fn closing_minor(&self) -> i64 {
        self.days.last().map_or(self.opening_minor, |day| day.closing_minor)
    }

    /// The balance at the end of each day of the month up to this one.
    pub fn closings(&self, until: BankDay) -> Vec<i64> {
        let mut balance = self.opening_minor;
        let mut moved = self.days.iter().peekable();
        let mut closings = Vec::with_capacity(31);
        for day in self.first.0..=self.last.0.min(until.0) {
            if let Some(day) = moved.next_if(|moved| moved.day.0 == day) {
                balance = day.closing_minor;
            }
            closings.push(balance);
        }
        closings
    }
}

/// The first and the last day of a month, from 1 to 12.
pub(crate) fn month_days(year: i32, month: u8) -> (BankDay, BankDay) {
    let next = if month >= 12 { BankDay::from_ymd(year + 1, 1, 1) } else { BankDay::from_ymd(year, month + 1, 1) };
    (BankDay::from_ymd(year, month, 1), BankDay(next.0 - 1))
}

/// What went in and out on a bank day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DaySums {
    /// What came in, minor units.
    pub in_minor: i64,
    /// How many movements came in.
    pub in_count: i64,
    /// What went out, not negative.
    pub out_minor: i64,
    /// How many went out.
    pub out_count: i64,
}

/// What a day came to: the day, what came in and how often, what went out and how often.
pub(crate) type DayFlow = (BankDay, [i64; 4]);

/// The first day of the month that lies so many months before this day's.
pub(crate) fn month_begin(day: BankDay, months_before: u32) -> BankDay {
    let (year, month, _) = day.ymd();
    let index = year * 12 + i32::from(month) - 1 - months_before as i32;
    BankDay::from_ymd(index.div_euclid(12), index.rem_euclid(12) as u8 + 1, 1)
}

/// The months up to this day's, oldest first; one without a movement is there, too.
pub(crate) fn by_month(today: BankDay, count: u32, flows: &[DayFlow]) -> Vec<MonthSummary> {
    let month_of = |day: BankDay| (day.ymd().0, day.ymd().1);
    let summary = |before: u32| {
        let (year, month) = month_of(month_begin(today, before));
        let mut sums = [0_i64; 4];
        for (_, flow) in flows.iter().filter(|(day, _)| month_of(*day) == (year, month)) {
            for (sum, part) in sums.iter_mut().zip(flow) {
                *sum += part;
            }
        }
        let [received_minor, received_count, paid_minor, paid_count] = sums;
        MonthSummary { year, month, received_minor, paid_minor, received_count, paid_count }
    };
    (0..count).rev().map(summary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_over_the_turn_of_a_year() {
        let today = BankDay::from_ymd(2024, 2, 29);
        let day = |year, month, day| BankDay::from_ymd(year, month, day);
        let flows =
            [(day(2023, 12, 31), [100, 1, 30, 2]), (day(2024, 2, 1), [5, 1, 0, 0]), (day(2024, 2, 29), [7, 1, 9, 1])];
        let months = by_month(today, 3, &flows);
        let short: Vec<_> =
            months.iter().map(|one| (one.year, one.month, one.received_minor, one.paid_minor)).collect();
        assert_eq!(short, [(2023, 12, 100, 30), (2024, 1, 0, 0), (2024, 2, 12, 9)]);
        assert_eq!((months[2].received_count, months[2].paid_count), (2, 1));
        assert_eq!(month_begin(today, 2), day(2023, 12, 1));
        assert_eq!(month_begin(day(2024, 12, 31), 0), day(2024, 12, 1));
    }

    #[test]
    fn a_month_has_a_balance_at_the_end_of_each_day_up_to_now() {
        let (first, last) = month_days(2024, 2);
        assert_eq!((first.iso().as_str(), last.iso().as_str()), ("2024-02-01", "2024-02-29"));
        assert_eq!(month_days(2023, 12).1.iso(), "2023-12-31");
        let moved = |date: i32, closing_minor| DayBalance {
            day: BankDay(first.0 + date - 1),
            received_minor: 0,
            paid_minor: 0,
            count: 1,
            closing_minor,
        };
        let summary = by_month(first, 1, &[])[0];
        let month = AccountMonth { first, last, opening_minor: 5, summary, days: vec![moved(2, 9), moved(4, 1)] };
        assert_eq!(month.closings(BankDay(first.0 + 4)), [5, 9, 9, 1, 1]);
        assert_eq!(month.closings(BankDay(last.0 + 100)).len(), 29);
        assert_eq!((month.closing_minor(), month.closings(BankDay(first.0 - 1))), (1, vec![]));
    }
}
