//! 差错: cases, one of them with its facts, and closing it.

use super::PageState;
use super::clearing_view as words;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Tag};
use crate::model::act as acts;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{BankDay, Error};
use money::{Amount, Currency};
use payments::{Case, CaseId};
use serde::Deserialize;
use web::ui::HtmlFragment;
use web::{Html, Page, When};

/// A case as a line of a list.
pub(crate) struct CaseRow {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) opened: When,
    pub(crate) tag: Tag,
}

/// Cases as lines.
pub(crate) fn case_rows(page: &Page, cases: &[Case]) -> Vec<CaseRow> {
    let row = |case: &Case| CaseRow {
        href: format!("/staff/clearing/cases/{}", case.id),
        title: title(page, case),
        about: about(page, case),
        opened: page.formats().when(case.opened),
        tag: tag(page, case),
    };
    cases.iter().map(row).collect()
}

fn title(page: &Page, case: &Case) -> String {
    page.t(&format!("{}.{}", "branch-case", case.kind.code()))
}

fn tag(page: &Page, case: &Case) -> Tag {
    match (case.closed, case.facts.contains_key("gone")) {
        (Some(_), _) => Tag::new("", page.t("branch-case-closed")),
        (None, true) => Tag::new("tag-done", page.t("branch-case-gone")),
        (None, false) => Tag::new("tag-warn", page.t("branch-case-open")),
    }
}

/// What a case is about, on one line: the amount and what names it.
fn about(page: &Page, case: &Case) -> String {
    let amount = ["there_minor", "here_minor", "amount_minor", "journal_minor", "network_minor", "voucher_minor"]
        .iter()
        .find_map(|name| minor(case.facts.get(*name)?));
    let amount = amount.map(|minor| view::money(page, Amount::new(minor, Currency::CNY)));
    let names = ["transaction", "message", "day", "reference", "voucher"]
        .iter()
        .find_map(|name| case.facts.get(*name).cloned());
    amount.into_iter().chain(names).collect::<Vec<_>>().join(" ")
}

fn minor(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[derive(Template)]
#[template(path = "branch/clearing-cases.html")]
struct CasesPage {
    page: Page,
    rows: Vec<CaseRow>,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "branch/clearing-case.html")]
struct CasePage {
    page: Page,
    id: String,
    title: String,
    tag: Tag,
    what: String,
    todo: String,
    facts: Vec<(String, HtmlFragment)>,
    links: Vec<(String, String)>,
    closes: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    closed: Option<String>,
}

pub(crate) async fn list(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let page = page.member("staff-clearing");
    let is_open = wanted.closed.is_none();
    let cases = pages.desk.cases(&clerk.0, is_open).await?;
    Ok(Html(CasesPage { rows: case_rows(&page, &cases), is_open, page }).into_response())
}

/// A fact in words: amounts as money, days and codes as they are read.
fn fact(page: &Page, name: &str, value: &str) -> (String, HtmlFragment) {
    let key = format!("{}.{name}", "branch-fact");
    let label = if page.has(&key) { page.t(&key) } else { name.to_owned() };
    let known = |prefix: &str| {
        let key = format!("{prefix}.{value}");
        let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if is_word && page.has(&key) { page.t(&key) } else { value.to_owned() }
    };
    let words = match name {
        _ if name.ends_with("_minor") => match minor(value) {
            Some(minor) => view::money(page, Amount::new(minor, Currency::CNY)),
            None => value.to_owned(),
        },
        "day" | "settlement_day" | "other_day" => {
            BankDay::from_iso(value).map_or_else(|| value.to_owned(), |day| page.formats().bank_date(day))
        }
        "reason" => words::code(page, value),
        "state" => known("branch-interbank"),
        "way" => known("branch-way"),
        "what" => known("branch-by-hand"),
        "difference" => known("branch-difference"),
        "slice_difference" => known("branch-slice-difference"),
        "network" => known("branch-slice-network"),
        "refused" => view::refusal_title(page, value),
        _ => value.to_owned(),
    };
    (label, page.words(&words))
}

fn facts_of(page: &Page, case: &Case) -> Vec<(String, HtmlFragment)> {
    let mut facts = vec![view::fact(page.t("branch-case-opened"), page.formats().full(case.opened).text())];
    let shown = case.facts.iter().filter(|(name, _)| name.as_str() != "slice");
    facts.extend(shown.map(|(name, value)| fact(page, name, value)));
    if let Some(closed) = case.closed {
        facts.push(view::fact(page.t("branch-case-closed-at"), page.formats().full(closed).text()));
    }
    facts.extend(case.closed_by.iter().map(|by| view::fact(page.t("branch-case-closed-by"), by)));
    facts.extend(case.note.iter().map(|note| (page.t("branch-case-note"), page.words(note))));
    facts
}

pub(crate) async fn case(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
) -> web::Result<Response> {
    let case = pages.desk.case(&clerk.0, CaseId(id)).await?;
    let page = page.member("staff-clearing");
    let mut links = super::book_slice::case_links(&page, &case);
    if let Some(order) = case.order {
        links.push((page.t("branch-case-payment"), format!("/staff/clearing/payments/{order}")));
    }
    if let Some(returned) = case.facts.get("return").filter(|order| order.bytes().all(|byte| byte.is_ascii_digit())) {
        links.push((page.t("branch-case-return"), format!("/staff/clearing/payments/{returned}")));
    }
    if let (Some(day), true) = (case.facts.get("day"), case.facts.contains_key("difference"))
        && BankDay::from_iso(day).is_some()
    {
        let line = case.facts.get("line").and_then(|line| line.parse::<usize>().ok());
        links.push((page.t("branch-case-day"), super::clearing_day::address(day, line)));
    }
    let shown = CasePage {
        id: case.id.to_string(),
        title: title(&page, &case),
        tag: tag(&page, &case),
        what: page.t(&format!("{}.{}", "branch-case-what", case.kind.code())),
        todo: page.t(&format!("{}.{}", "branch-case-todo", case.kind.code())),
        facts: facts_of(&page, &case),
        links,
        closes: case.closed.is_none() && clerk.0.may(&acts::CASE_CLOSE),
        page,
    };
    Ok(Html(shown).into_response())
}

fn form_of(page: &Page, case: &Case) -> ActForm {
    ActForm {
        key: "branch-act-case-close",
        action: format!("/staff/clearing/cases/{}/close", case.id),
        back: (format!("/staff/clearing/cases/{}", case.id), title(page, case)),
        facts: facts_of(page, case),
        asks: &[Ask::Note],
        moves_money: false,
        is_grave: false,
    }
}

pub(crate) async fn close_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
) -> web::Result<Response> {
    pages.desk.staff().allow(&clerk.0, &acts::CASE_CLOSE, "").await?;
    let case = pages.desk.case(&clerk.0, CaseId(id)).await?;
    let page = page.member("staff-clearing");
    Ok(form::draw(&page, &pages.desk, &form_of(&page, &case), &Typed::default()))
}

pub(crate) async fn close(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.desk.close_case(&clerk.0, CaseId(id), &typed.reason).await {
        Ok(case) => Ok(Redirect::to(&format!("/staff/clearing/cases/{}", case.id)).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-clearing");
            let case = pages.desk.case(&clerk.0, CaseId(id)).await?;
            Ok(form::refused(&page, &pages.desk, &form_of(&page, &case), &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
