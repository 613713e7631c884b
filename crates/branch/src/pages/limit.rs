//! The matrix of limits: method by channel, versions with their first days, and the form that proposes another.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::proposal::{self, ProposalRow};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::service::limit::LimitsChange;
use crate::{LimitsForm, LimitsView};
use accounts::{Caps, LIMITED_CHANNELS, Matrix, MatrixVersion, Method};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{BankDay, Error, FieldValue, Refusal};
use money::{Amount, Currency};
use passport::Channel;
use serde::Deserialize;
use std::collections::BTreeMap;
use web::ui::{Banner, Field, FormErrors, HtmlFragment, Tone};
use web::{Failure, Html, Icon, Page, When};

/// The caps of a line in the order of the columns.
const WINDOWS: [&str; 3] = ["payment", "day", "month"];

struct Line {
    method: String,
    channel: String,
    caps: [String; 3],
}

struct VersionRow {
    href: String,
    title: String,
    from: String,
    tag: Tag,
    /// Who made and who checked it, and when; nobody made the first one.
    made: Option<(String, String, When)>,
}

#[derive(Template)]
#[template(path = "branch/limits.html")]
struct LimitsPage {
    page: Page,
    title: String,
    tag: Tag,
    from: Option<String>,
    lines: Vec<Line>,
    versions: Vec<VersionRow>,
    proposals: Vec<ProposalRow>,
    proposes: bool,
}

/// One cap of the form.
struct Input {
    name: String,
    label: String,
    value: String,
    error: Option<String>,
}

/// A method with its channels.
struct Group {
    method: String,
    channels: Vec<(String, Vec<Input>)>,
}

#[derive(Template)]
#[template(path = "branch/limits-form.html")]
struct FormPage<'a> {
    page: &'a Page,
    key: String,
    basis: i64,
    starts: String,
    from: Field,
    reason: Field,
    groups: Vec<Group>,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    version: Option<String>,
}

/// What the form carries: `key`, `basis`, `from`, `reason`, and `METHOD.CHANNEL.WINDOW` for each cap.
type Typed = BTreeMap<String, String>;

fn method_word(page: &Page, method: Method) -> String {
    page.t(&format!("{}.{}", "branch-method", method.code()))
}

fn channel_word(page: &Page, channel: Channel) -> String {
    page.t(&format!("{}.{}", "branch-channel", channel.code()))
}

fn window_word(page: &Page, window: &str) -> String {
    page.t(&format!("{}.{window}", "branch-limits-window"))
}

/// `Code by text, Web, one payment`.
fn cap_name(page: &Page, method: Method, channel: Channel, window: &str) -> String {
    let words = [method_word(page, method), channel_word(page, channel), window_word(page, window)];
    words.join(&page.t("branch-comma"))
}

fn caps_of(caps: Caps) -> [Option<i64>; 3] {
    [caps.payment_minor, caps.day_minor, caps.month_minor]
}

fn cap_word(page: &Page, cap: Option<i64>) -> String {
    match cap {
        Some(minor) => Amount::new(minor, Currency::CNY).grouped(),
        None => page.t("branch-limits-none"),
    }
}

fn version_word(page: &Page, version: i64) -> String {
    page.tx("branch-limits-version", &[("version", version.into())])
}

fn every_line() -> impl Iterator<Item = (Method, Channel)> {
    Method::ALL.into_iter().flat_map(|method| LIMITED_CHANNELS.map(|channel| (method, channel)))
}

fn lines(page: &Page, matrix: &Matrix) -> Vec<Line> {
    let line = |(method, channel, caps): (Method, Channel, Caps)| Line {
        method: method_word(page, method),
        channel: channel_word(page, channel),
        caps: caps_of(caps).map(|cap| cap_word(page, cap)),
    };
    matrix.lines().map(line).collect()
}

/// Where a version stands: the one of today, one to come, or one of the past. What has the same first day as a later version
/// never comes.
fn standing(page: &Page, today: i64, version: i64, from: Option<BankDay>, all: &[MatrixVersion]) -> Tag {
    let comes = |from: BankDay| {
        from > page.formats().today() && !all.iter().any(|other| other.from == from && other.version > version)
    };
    match from {
        _ if version == today => Tag::new("tag-done", page.t("branch-limits-today")),
        Some(from) if comes(from) => Tag::new("tag-pending", page.t("branch-limits-comes")),
        _ => Tag::new("", page.t("branch-limits-over")),
    }
}

pub(crate) async fn limits(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let version = wanted.version.map(|version| version.parse().map_err(|_| Failure::not_found())).transpose()?;
    let LimitsView { matrix, today, versions, proposals } = pages.desk.limits(&clerk.0, version).await?;
    let page = page.member("staff-limits");
    let row = |version: &MatrixVersion| VersionRow {
        href: format!("/staff/limits?version={}", version.version),
        title: version_word(&page, version.version),
        from: page.formats().bank_date(version.from),
        tag: standing(&page, today, version.version, Some(version.from), &versions),
        made: Some((version.made_by.clone(), version.checked_by.clone(), page.formats().when(version.made))),
    };
    let mut rows: Vec<VersionRow> = versions.iter().map(row).collect();
    rows.push(VersionRow {
        href: "/staff/limits?version=0".to_owned(),
        title: version_word(&page, 0),
        from: page.t("branch-limits-from-start"),
        tag: standing(&page, today, 0, None, &versions),
        made: None,
    });
    let from = (matrix.version > 0).then_some(matrix.from);
    let shown = LimitsPage {
        title: version_word(&page, matrix.version),
        tag: standing(&page, today, matrix.version, from, &versions),
        from: from.map(|from| page.formats().bank_date(from)),
        lines: lines(&page, &matrix),
        versions: rows,
        proposals: proposal::rows(&page, &proposals),
        proposes: clerk.0.may(&acts::CHANGE_LIMITS),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

fn name(method: Method, channel: Channel, window: &str) -> String {
    format!("{}.{}.{window}", method.code(), channel.code())
}

fn drawn(
    pages: &PageState,
    page: &Page,
    basis: (i64, &Matrix),
    typed: &Typed,
    errors: FormErrors,
    status: StatusCode,
) -> Response {
    let text = |name: &str| typed.get(name).map(String::as_str).unwrap_or_default();
    let input = |method: Method, channel: Channel, window: &str| {
        let name = name(method, channel, window);
        let (value, error) = (text(&name).to_owned(), errors.get(&name).map(str::to_owned));
        Input { label: window_word(page, window), value, error, name }
    };
    let group = |method: Method| {
        let inputs = |channel: Channel| WINDOWS.map(|window| input(method, channel, window)).into();
        Group {
            method: method_word(page, method),
            channels: LIMITED_CHANNELS.map(|channel| (channel_word(page, channel), inputs(channel))).into(),
        }
    };
    let (newest, matrix) = basis;
    let starts = match matrix.version {
        0 => page.t("branch-limits-starts-first"),
        version => {
            let (version, from) = (version_word(page, version), page.formats().bank_date(matrix.from));
            page.tx("branch-limits-starts", &[("version", version.into()), ("from", from.into())])
        }
    };
    let shown = FormPage {
        page,
        key: pages.desk.form_key(),
        basis: newest,
        starts,
        from: Field::new("from", page.t("branch-limits-from"))
            .date()
            .value(text("from"))
            .hint(page.t("branch-limits-from-hint"))
            .errors(&errors),
        reason: Field::new("reason", page.t("branch-reason"))
            .value(text("reason"))
            .max_length(150)
            .hint(page.t("branch-reason-hint"))
            .errors(&errors),
        groups: Method::ALL.map(group).into(),
        errors,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    let (newest, matrix) = pages.desk.limits_basis(&clerk.0).await?;
    let page = page.member("staff-limits");
    let mut typed = Typed::new();
    for (method, channel, caps) in matrix.lines() {
        for (window, cap) in WINDOWS.into_iter().zip(caps_of(caps)) {
            let value = cap.map_or(String::new(), |minor| Amount::new(minor, Currency::CNY).grouped());
            typed.insert(name(method, channel, window), value);
        }
    }
    // What follows today's limits holds after the last version that is to come.
    let first = matrix.from.max(page.formats().today());
    typed.insert("from".to_owned(), BankDay(first.0 + 1).iso());
    Ok(drawn(&pages, &page, (newest, &matrix), &typed, FormErrors::none(), StatusCode::OK))
}

/// What was typed as a proposal, or what is wrong in it, field by field.
fn read(page: &Page, typed: &Typed) -> Result<LimitsForm, FormErrors> {
    let text = |name: &str| typed.get(name).map(|text| text.trim()).unwrap_or_default();
    let mut errors = FormErrors::none();
    let from = BankDay::from_iso(text("from"));
    if from.is_none() {
        errors.add("from", page.t("branch-limits-from-wrong"));
    }
    let mut lines = Vec::new();
    for (method, channel) in every_line() {
        let wrong = |key: &str, window: &str| page.tx(key, &[("cap", cap_name(page, method, channel, window).into())]);
        let caps = WINDOWS.map(|window| {
            let name = name(method, channel, window);
            // A cap that the form does not say at all is not the same as one that was emptied.
            if typed.get(&name).is_some_and(|typed| typed.trim().is_empty()) {
                return None;
            }
            let amount = Amount::parse(text(&name), Currency::CNY).ok().filter(|amount| amount.minor > 0);
            if amount.is_none() {
                errors.add(&name, wrong("branch-limits-cap-wrong", window));
            }
            amount.map(|amount| amount.minor)
        });
        for (place, window) in WINDOWS.into_iter().enumerate() {
            let longer = caps[place + 1..].iter().flatten().min();
            if caps[place].zip(longer).is_some_and(|(cap, longer)| cap > *longer) {
                errors.add(&name(method, channel, window), wrong("branch-limits-order-wrong", window));
            }
        }
        let [payment_minor, day_minor, month_minor] = caps;
        lines.push((method, channel, Caps { payment_minor, day_minor, month_minor }));
    }
    match from {
        Some(from) if errors.is_empty() => Ok(LimitsForm {
            // Another number than the newest, such as none, is refused as stale.
            basis: text("basis").parse().unwrap_or(-1),
            from,
            lines,
            reason: text("reason").to_owned(),
            key: text("key").to_owned(),
        }),
        _ => Err(errors),
    }
}

pub(crate) async fn propose(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let page = page.member("staff-limits");
    let (status, errors) = match read(&page, &typed) {
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Ok(form) => match pages.desk.propose_limits(&clerk.0, &form).await {
            Ok(done) => return Ok(Redirect::to(&next(done, "/staff/limits")).into_response()),
            Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
                let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                (status, FormErrors::one(field_of(&refusal), view::sentences(&page, &refusal)))
            }
            Err(error) => return Err(error.into()),
        },
    };
    let (newest, matrix) = pages.desk.limits_basis(&clerk.0).await?;
    Ok(drawn(&pages, &page, (newest, &matrix), &typed, errors, status))
}

/// The field that a refusal is about; the first day for what is wrong with the whole.
fn field_of(refusal: &Refusal) -> &'static str {
    match refusal.fields.get("field") {
        Some(FieldValue::Text(field)) if field == "reason" => "reason",
        _ => "from",
    }
}

/// What a proposed matrix changes, line by line.
pub(crate) fn changes(page: &Page, change: &LimitsChange) -> Vec<(String, HtmlFragment)> {
    let mut facts = vec![view::fact(page.t("branch-limits-from"), &page.formats().bank_date(change.after.from))];
    if let Some((day, version)) = change.until {
        let (day, version) = (page.formats().bank_date(day), version_word(page, version));
        let until = page.tx("branch-limits-until.text", &[("day", day.into()), ("version", version.into())]);
        facts.push(view::fact(page.t("branch-limits-until"), &until));
    }
    for ((method, channel, new), (_, _, old)) in change.after.lines().zip(change.before.lines()) {
        for (window, (new, old)) in WINDOWS.into_iter().zip(caps_of(new).into_iter().zip(caps_of(old))) {
            if new != old {
                let change = format!("{} → {}", cap_word(page, old), cap_word(page, new));
                facts.push(view::fact(cap_name(page, method, channel, window), &change));
            }
        }
    }
    facts
}

/// Said to whoever may still decide a proposal that another version has overtaken.
pub(crate) fn stale(page: &Page) -> Banner {
    let refusal = Refusal::new("accounts.matrix_stale", 409);
    let (title, text) = page.refusal_texts(&refusal);
    Banner::new(Tone::Warn, Icon::Warn, title, text)
}
