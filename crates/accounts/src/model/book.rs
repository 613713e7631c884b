//! The trial balance (试算平衡): per kind of account what was there, what moved, what is there now.

use super::chart;
use kit::BankDay;
use ledger::Side;

/// A kind's gross flows up to a day, as the books keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindFlow {
    /// Kind in the chart of accounts.
    pub kind: u32,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Debits of all days before, minor units.
    pub debits_before: i64,
    /// Credits of all days before.
    pub credits_before: i64,
    /// Debits of the day.
    pub debits: i64,
    /// Credits of the day.
    pub credits: i64,
}

/// A line of the trial balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialLine {
    /// Kind in the chart of accounts.
    pub kind: u32,
    /// ISO 4217 numeric code.
    pub currency: u16,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// Where the balances below grow.
    pub side: Side,
    /// Balance at the start of the day, minor units.
    pub opening: i64,
    /// Debits of the day.
    pub debits: i64,
    /// Credits of the day.
    pub credits: i64,
    /// Balance at the end of the day.
    pub closing: i64,
}

/// The books of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalance {
    /// Which day.
    pub day: BankDay,
    /// One line per currency and kind that ever moved.
    pub lines: Vec<TrialLine>,
    /// Whether in every currency debits equal credits, those of the day and those of all days.
    pub balanced: bool,
}

impl TrialBalance {
    /// Draws up the balance from the flows.
    pub fn of(day: BankDay, flows: &[KindFlow]) -> Self {
        let lines = flows.iter().map(line).collect();
        let mut currencies: Vec<u16> = flows.iter().map(|flow| flow.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let balanced = currencies.into_iter().all(|currency| {
            let flows = || flows.iter().filter(|flow| flow.currency == currency);
            let day: i128 = flows().map(|flow| i128::from(flow.debits) - i128::from(flow.credits)).sum();
            let before: i128 =
                flows().map(|flow| i128::from(flow.debits_before) - i128::from(flow.credits_before)).sum();
            day == 0 && before == 0
        });
        Self { day, lines, balanced }
    }
}

fn line(flow: &KindFlow) -> TrialLine {
    let entry = chart::chart_entry(flow.kind);
    let side = entry.map_or(Side::Debit, |entry| entry.normal_side);
    let on_side = |debits: i64, credits: i64| match side {
        Side::Debit => debits - credits,
        Side::Credit => credits - debits,
    };
    let opening = on_side(flow.debits_before, flow.credits_before);
    TrialLine {
        kind: flow.kind,
        currency: flow.currency,
        name_zh: entry.map_or("", |entry| entry.name_zh),
        name_en: entry.map_or("", |entry| entry.name_en),
        side,
        opening,
        debits: flow.debits,
        credits: flow.credits,
        closing: opening + on_side(flow.debits, flow.credits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(kind: u32, before: (i64, i64), day: (i64, i64)) -> KindFlow {
        KindFlow {
            kind,
            currency: 156,
            debits_before: before.0,
            credits_before: before.1,
            debits: day.0,
            credits: day.1,
        }
    }

    #[test]
    fn balances_stand_on_the_side_where_they_grow() {
        let flows = [flow(1001, (1_000, 0), (200, 50)), flow(2011, (0, 1_000), (50, 200))];
        let trial = TrialBalance::of(BankDay(20_000), &flows);
        assert!(trial.balanced);
        assert_eq!((trial.lines[0].opening, trial.lines[0].closing), (1_000, 1_150));
        assert_eq!((trial.lines[1].opening, trial.lines[1].closing), (1_000, 1_150));
        assert_eq!(trial.lines[1].name_en, "Demand deposits of persons");
    }

    #[test]
    fn a_cent_too_much_on_any_side_or_in_any_currency_is_not_balanced() {
        let day = BankDay(20_000);
        assert!(!TrialBalance::of(day, &[flow(1001, (0, 0), (1, 0))]).balanced);
        assert!(!TrialBalance::of(day, &[flow(1001, (1, 0), (0, 1))]).balanced);
        let other = KindFlow { currency: 840, ..flow(2011, (0, 0), (0, 1)) };
        assert!(!TrialBalance::of(day, &[flow(1001, (0, 0), (1, 0)), other]).balanced);
    }
}
