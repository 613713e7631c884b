//! The month on top of a statement: where it began, what came and went, the balance as a picture and as a table.

use super::filter::{Wanted, Wish, month_after, month_of, month_word};
use accounts::AccountMonth;
use kit::BankDay;
use money::{Amount, Currency};
use web::ui::{BalanceChart, ChartWords, Figure, FigureSize};
use web::{Page, When};

/// A figure of the month and what it is.
pub(super) struct Sum {
    pub(super) label: String,
    pub(super) figure: Figure,
}

/// A day on which something moved.
pub(super) struct DayRow {
    pub(super) day: When,
    pub(super) received: Figure,
    pub(super) paid: Figure,
    pub(super) closing: Figure,
}

/// The month as it is shown.
pub(super) struct MonthView {
    pub(super) name: String,
    pub(super) count: i64,
    pub(super) sums: [Sum; 4],
    pub(super) chart: Option<BalanceChart>,
    pub(super) days: Vec<DayRow>,
    pub(super) before: Option<(String, String)>,
    pub(super) after: Option<(String, String)>,
}

/// Draws the month of a wish for an account opened on a day.
pub(super) fn drawn(
    page: &Page,
    wanted: &Wanted,
    wish: &Wish,
    month: &AccountMonth,
    currency: Currency,
    opened: BankDay,
) -> MonthView {
    let formats = page.formats();
    let today = formats.today();
    let runs = month.last >= today;
    let sum = |label: String, minor: i64, signed: bool| {
        let figure = Figure::new(page, Amount::new(minor, currency)).sized(FigureSize::L).bare();
        Sum { label, figure: if signed { figure.signed() } else { figure } }
    };
    let begins = page.tx("retail-month-opening", &[("day", formats.bank_day(month.first).text().into())]);
    let ends = page.t(if runs { "retail-month-now" } else { "retail-month-closing" });
    let neighbour = |first: BankDay| {
        let (year, number, _) = first.ymd();
        (
            wanted.address("/statement", &[("month", &month_word(first)), ("from", ""), ("to", "")]),
            formats.month(year, number),
        )
    };
    let earlier = month_of(BankDay(wish.month.0 - 1));
    let later = month_after(wish.month);
    let figure = |minor| Figure::new(page, Amount::new(minor, currency));
    MonthView {
        name: formats.month(month.summary.year, month.summary.month),
        count: month.summary.received_count + month.summary.paid_count,
        sums: [
            sum(begins, month.opening_minor, false),
            sum(page.t("retail-month-in"), month.summary.received_minor, true),
            sum(page.t("retail-month-out"), -month.summary.paid_minor, true),
            sum(ends, month.closing_minor(), false),
        ],
        chart: (!page.hides_amounts()).then(|| chart(page, month, currency, today, opened)),
        days: month
            .days
            .iter()
            .map(|day| DayRow {
                day: formats.bank_day(day.day),
                received: figure(day.received_minor),
                paid: figure(day.paid_minor),
                closing: figure(day.closing_minor),
            })
            .collect(),
        before: (earlier >= month_of(opened)).then(|| neighbour(earlier)),
        after: (later <= month_of(today)).then(|| neighbour(later)),
    }
}

fn chart(page: &Page, month: &AccountMonth, currency: Currency, today: BankDay, opened: BankDay) -> BalanceChart {
    let formats = page.formats();
    let closings = month.closings(today);
    // Before its first day an account has no balance, not even zero.
    let begins = month.days.first().map_or(opened, |first| first.day.min(opened));
    let begins = if opened < month.first { 0 } else { (begins.0 - month.first.0).unsigned_abs() as usize };
    let lowest = (begins..closings.len()).min_by_key(|day| closings[*day]).unwrap_or(begins);
    let sentence = |minor| formats.in_sentence(Amount::new(minor, currency));
    let finding = page.tx(
        "retail-month-finding",
        &[
            ("from", (&sentence(month.opening_minor)).into()),
            ("to", (&sentence(month.closing_minor())).into()),
            ("lowest", (&sentence(closings.get(lowest).copied().unwrap_or(month.opening_minor))).into()),
            ("day", formats.bank_day(BankDay(month.first.0 + lowest as i32)).text().into()),
        ],
    );
    let name = formats.month(month.summary.year, month.summary.month);
    let title = page.tx("retail-month-chart", &[("month", (&name).into())]);
    let words = ChartWords { id: "balance", title, finding };
    let days = (month.last.0 - month.first.0 + 1).unsigned_abs() as usize;
    let chart = BalanceChart::new(page, words, currency, closings, days, page.t("retail-month-lowest")).begins(begins);
    if month.last >= today { chart.runs(page.t("retail-month-today")) } else { chart }
}
