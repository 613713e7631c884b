//! 账簿: days of the general ledger with their trial balance, their end and their slices.

use super::PageState;
use super::book_slice::{self, SliceRow, slice_rows};
use super::clearing_case::{CaseRow, case_rows};
use super::clerk::Clerk;
use super::form::Before;
use super::view::Tag;
use crate::model::act as acts;
use crate::service::book::BOOK_DAYS;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::BankDay;
use money::{Amount, Currency};
use payments::{DayEnd, DayEndState};
use serde::Deserialize;
use web::ui::{Banner, Figure, Tone};
use web::{Failure, Html, Icon, Page, When};

/// The last day that is shown, far beyond all that will be: days after it have no midnight to end at.
const LAST_DAY: BankDay = BankDay(1_000_000);

struct BookDayRow {
    href: String,
    day: When,
    tag: Tag,
    transfers: i64,
    vouchers: i64,
    slices: usize,
}

#[derive(Template)]
#[template(path = "branch/books.html")]
struct BooksPage {
    page: Page,
    rows: Vec<BookDayRow>,
    older: Option<String>,
    cases: Vec<CaseRow>,
}

struct TrialRow {
    kind: u32,
    name: String,
    side: String,
    opening: Figure,
    debits: Figure,
    credits: Figure,
    closing: Figure,
}

#[derive(Template)]
#[template(path = "branch/books-day.html")]
struct DayPage {
    page: Page,
    day: When,
    iso: String,
    tag: Tag,
    notice: Option<Banner>,
    lead: String,
    left: Vec<(String, Option<String>)>,
    is_balanced: bool,
    lines: Vec<TrialRow>,
    slices: Vec<SliceRow>,
    compares: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Compared {
    compared: Option<String>,
}

/// The address of a day.
pub(crate) fn address(day: BankDay) -> String {
    format!("/staff/books/days/{}", day.iso())
}

/// How a day's end stands.
fn end_tag(page: &Page, state: DayEndState) -> Tag {
    let (css, key) = match state {
        DayEndState::Open => ("", "branch-book-end-open"),
        DayEndState::Pending => ("tag-warn", "branch-book-end-pending"),
        DayEndState::Closed => ("tag-done", "branch-book-end-closed"),
    };
    Tag::new(css, page.t(key))
}

pub(crate) async fn books(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Before>,
) -> web::Result<Response> {
    let page = page.member("staff-books");
    let view = pages.desk.books(&clerk.0, BankDay::from_iso(&wanted.before)).await?;
    let older = view.days.last().filter(|_| view.days.len() == usize::from(BOOK_DAYS));
    let older = older.map(|(end, ..)| format!("/staff/books?before={}", end.day.iso()));
    let row = |(end, transfers, vouchers): &(DayEnd, i64, i64)| BookDayRow {
        href: address(end.day),
        day: page.formats().bank_day(end.day),
        tag: end_tag(&page, end.state()),
        transfers: *transfers,
        vouchers: *vouchers,
        slices: end.slices,
    };
    let rows = view.days.iter().map(row).collect();
    let cases = case_rows(&page, &view.cases);
    Ok(Html(BooksPage { rows, older, cases, page }).into_response())
}

fn day_of(text: &str) -> Result<BankDay, Failure> {
    BankDay::from_iso(text).filter(|day| (0..=LAST_DAY.0).contains(&day.0)).ok_or_else(Failure::not_found)
}

/// What is left to do before a day is closed, with where to look.
fn left(page: &Page, end: &DayEnd) -> Vec<(String, Option<String>)> {
    let mut left = Vec::new();
    if end.lag > 0 {
        left.push((page.tx("branch-book-left-lag", &[("n", i64::try_from(end.lag).unwrap_or(i64::MAX).into())]), None));
    }
    if !end.unchecked.is_empty() {
        left.push((page.tx("branch-book-left-unchecked", &[("n", end.unchecked.len().into())]), None));
    }
    for start in &end.differing {
        let time = page.formats().moment(*start);
        let text = page.tx("branch-book-left-differs", &[("slice", (&time).into())]);
        left.push((text, Some(book_slice::address(*start))));
    }
    if !end.is_balanced {
        left.push((page.t("branch-book-left-balance"), None));
    }
    if !end.is_of_vouchers {
        left.push((page.t("branch-book-left-vouchers"), None));
    }
    left
}

pub(crate) async fn day(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(day): Path<String>,
    Query(query): Query<Compared>,
) -> web::Result<Response> {
    let day = day_of(&day)?;
    let shown = pages.desk.book_day(&clerk.0, day).await?;
    let page = page.member("staff-books");
    let state = shown.end.state();
    let lead = match state {
        DayEndState::Open => page.t("branch-book-end-open.text"),
        DayEndState::Pending => page.t("branch-book-end-pending.text"),
        DayEndState::Closed => page.t("branch-book-end-closed.text"),
    };
    let carried = shown.end.carried_after;
    let carried = (carried.count > 0).then(|| {
        let amount = super::view::money(&page, Amount::new(carried.minor, Currency::CNY));
        page.tx("branch-book-carried-after", &[("n", carried.count.into()), ("amount", (&amount).into())])
    });
    let lead = [lead].into_iter().chain(carried).collect::<Vec<_>>().join(if page.is_zh() { "" } else { " " });
    let row = |line: &accounts::TrialLine| {
        let currency = Currency::from_numeric(line.currency).unwrap_or(Currency::CNY);
        let figure = |minor| Figure::new(&page, Amount::new(minor, currency)).always();
        let side = match line.side {
            ledger::Side::Debit => "branch-book-debit",
            ledger::Side::Credit => "branch-book-credit",
        };
        TrialRow {
            kind: line.kind,
            name: if page.is_zh() { line.name_zh } else { line.name_en }.to_owned(),
            side: page.t(side),
            opening: figure(line.opening),
            debits: figure(line.debits),
            credits: figure(line.credits),
            closing: figure(line.closing),
        }
    };
    let done =
        query.compared.map(|_| Banner::new(Tone::Done, Icon::Check, page.t("branch-book-compared"), String::new()));
    let drawn = DayPage {
        day: page.formats().bank_day(day),
        iso: day.iso(),
        tag: end_tag(&page, state),
        notice: done,
        lead,
        left: left(&page, &shown.end),
        is_balanced: shown.trial.balanced,
        lines: shown.trial.lines.iter().map(row).collect(),
        slices: slice_rows(&page, day, &shown.slices),
        compares: clerk.0.may(&acts::BOOKS_COMPARE),
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
    pages.desk.compare_book_day(&clerk.0, day).await?;
    Ok(Redirect::to(&format!("{}?compared=1", address(day))).into_response())
}
