//! 对账: settlement days against the clearing house's statements.

use super::PageState;
use super::clearing::{PaymentRow, payment_rows};
use super::clearing_view as words;
use super::clerk::Clerk;
use super::form::{Before, pager};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::service::clearing::{DAYS_SHOWN, LINES_SHOWN};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::BankDay;
use money::{Amount, Currency};
use payments::Difference;
use serde::Deserialize;
use web::ui::{Banner, Figure, HtmlFragment, Tone};
use web::{Failure, Html, Icon, Page, When};

struct DayRow {
    href: String,
    day: When,
    tag: Tag,
    matched: i64,
    differences: i64,
    closing_here: Figure,
    closing_there: Option<Figure>,
}

#[derive(Template)]
#[template(path = "branch/clearing-days.html")]
struct DaysPage {
    page: Page,
    rows: Vec<DayRow>,
    older: Option<String>,
}

struct DifferenceRow {
    what: String,
    id: String,
    here: Option<Figure>,
    there: Option<Figure>,
    payment: Option<String>,
    line: Option<(String, String)>,
    case: String,
    other_day: Option<String>,
    gone: Option<When>,
}

struct LineRow {
    place: i64,
    id: String,
    amount: Figure,
    words: String,
}

#[derive(Template)]
#[template(path = "branch/clearing-day.html")]
struct DayPage {
    page: Page,
    day: When,
    iso: String,
    tag: Tag,
    notice: Option<Banner>,
    lead: String,
    facts: Vec<(String, HtmlFragment)>,
    balances: Vec<(String, Figure, Option<Figure>)>,
    differences: Vec<DifferenceRow>,
    awaiting: Vec<PaymentRow>,
    lines: Vec<LineRow>,
    lines_count: usize,
    pager: (Option<String>, Option<String>),
    compares: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct From {
    from: String,
    compared: Option<String>,
}

/// The address of a day, and of a line of its statement.
pub(crate) fn address(iso: &str, line: Option<usize>) -> String {
    match line {
        None => format!("/staff/clearing/days/{iso}"),
        Some(line) => {
            let from = line.saturating_sub(1) / LINES_SHOWN * LINES_SHOWN;
            format!("/staff/clearing/days/{iso}?from={from}#line-{line}")
        }
    }
}

fn yuan(page: &Page, minor: i64) -> Figure {
    Figure::new(page, Amount::new(minor, Currency::CNY)).always().signed()
}

pub(crate) async fn list(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Before>,
) -> web::Result<Response> {
    let page = page.member("staff-clearing");
    let days = pages.desk.days(&clerk.0, BankDay::from_iso(&wanted.before)).await?;
    let older = days.last().filter(|_| days.len() == usize::from(DAYS_SHOWN));
    let older = older.map(|day| format!("/staff/clearing/days?before={}", day.day.iso()));
    let row = |day: &payments::Reconciliation| DayRow {
        href: address(&day.day.iso(), None),
        day: page.formats().bank_day(day.day),
        tag: words::day_tag(&page, day.state()),
        matched: day.matched,
        differences: day.differences,
        closing_here: yuan(&page, day.closing_here_minor),
        closing_there: day.closing_there_minor.map(|minor| yuan(&page, minor)),
    };
    Ok(Html(DaysPage { rows: days.iter().map(row).collect(), older, page }).into_response())
}

fn day_of(text: &str) -> Result<BankDay, Failure> {
    BankDay::from_iso(text).ok_or_else(Failure::not_found)
}

fn difference_row(page: &Page, iso: &str, difference: &Difference) -> DifferenceRow {
    let line = difference
        .place
        .map(|place| (page.tx("branch-day-line", &[("n", place.into())]), address(iso, usize::try_from(place).ok())));
    DifferenceRow {
        what: page.t(&format!("{}.{}", "branch-difference", difference.kind.code())),
        id: difference.transaction_id.clone(),
        here: difference.here_minor.map(|minor| yuan(page, minor)),
        there: difference.there_minor.map(|minor| yuan(page, minor)),
        payment: difference.order.map(|order| format!("/staff/clearing/payments/{order}")),
        line,
        case: format!("/staff/clearing/cases/{}", difference.case),
        other_day: difference.other_day.map(|day| page.formats().bank_date(day)),
        gone: difference.gone.map(|gone| page.formats().when(gone)),
    }
}

pub(crate) async fn day(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(day): Path<String>,
    Query(from): Query<From>,
) -> web::Result<Response> {
    let day = day_of(&day)?;
    let skip = from.from.parse::<usize>().unwrap_or_default() / LINES_SHOWN * LINES_SHOWN;
    let shown = pages.desk.day(&clerk.0, day, skip).await?;
    let page = page.member("staff-clearing");
    let (result, iso) = (&shown.result, day.iso());
    let state = result.state();
    let standing = |minor: Option<i64>| minor.map(|minor| yuan(&page, minor));
    let at = |from: usize| format!("/staff/clearing/days/{iso}?from={from}#lines");
    let lead = match state {
        payments::DayState::Even => page.t("branch-day-even.text"),
        payments::DayState::Carried => page.t("branch-day-carried.text"),
        payments::DayState::Differs => page.tx("branch-day-differs-text", &[("n", result.differences.into())]),
    };
    let full = |at| HtmlFragment::text(page.formats().full(at).text());
    let money = |minor| view::money(&page, Amount::new(minor, Currency::CNY));
    let done =
        from.compared.map(|_| Banner::new(Tone::Done, Icon::Check, page.t("branch-day-compared"), String::new()));
    let drawn = DayPage {
        day: page.formats().bank_day(day),
        tag: words::day_tag(&page, state),
        notice: done,
        lead,
        facts: vec![
            view::fact(page.t("branch-day-matched"), &result.matched.to_string()),
            view::fact(page.t("branch-day-in"), &money(result.matched_in_minor)),
            view::fact(page.t("branch-day-out"), &money(result.matched_out_minor)),
            view::fact(page.t("branch-day-statement"), &result.statement_id),
            (page.t("branch-day-received"), full(result.received)),
            (page.t("branch-day-last"), full(result.compared)),
        ],
        balances: vec![
            (
                page.t("branch-difference.opening"),
                yuan(&page, result.opening_here_minor),
                standing(result.opening_there_minor),
            ),
            (
                page.t("branch-difference.closing"),
                yuan(&page, result.closing_here_minor),
                standing(result.closing_there_minor),
            ),
        ],
        differences: shown.differences.iter().map(|one| difference_row(&page, &iso, one)).collect(),
        awaiting: payment_rows(&page, &shown.awaiting),
        lines: shown
            .lines
            .iter()
            .map(|line| LineRow {
                place: line.place,
                id: line.transaction_id.clone(),
                amount: yuan(&page, line.amount_minor),
                words: line.words.clone(),
            })
            .collect(),
        lines_count: shown.lines_count,
        pager: pager(skip, LINES_SHOWN, shown.lines_count, at),
        compares: clerk.0.may(&acts::RECONCILE),
        iso,
        page,
    };
    Ok(Html(drawn).into_response())
}

pub(crate) async fn compare(
    State(pages): State<PageState>,
    clerk: Clerk,
    Path(day): Path<String>,
) -> web::Result<Response> {
    let day = day_of(&day)?;
    match pages.desk.reconcile(&clerk.0, day).await {
        Ok(_) => Ok(Redirect::to(&format!("/staff/clearing/days/{}?compared=1", day.iso())).into_response()),
        Err(error) => Err(error.into()),
    }
}
