//! Security cases: what customers said was not them.

use super::PageState;
use super::clerk::Clerk;
use super::view::{self, Tag};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use serde::Deserialize;
use staff::{CaseNote, SecurityCase, SecurityCaseId};
use web::ui::{FormErrors, HtmlFragment};
use web::{Html, Page, When};

/// A line of a list of cases.
pub(crate) struct CaseRow {
    pub(crate) href: String,
    pub(crate) what: String,
    pub(crate) subject: String,
    pub(crate) opened: When,
    pub(crate) tag: Tag,
}

struct NoteRow {
    when: When,
    who: String,
    note: String,
}

#[derive(Template)]
#[template(path = "branch/security-cases.html")]
struct ListPage {
    page: Page,
    is_open: bool,
    rows: Vec<CaseRow>,
}

#[derive(Template)]
#[template(path = "branch/security-case.html")]
struct CasePage {
    page: Page,
    id: String,
    title: String,
    tag: Tag,
    facts: Vec<(String, HtmlFragment)>,
    customer: Option<String>,
    notes: Vec<NoteRow>,
    is_open: bool,
    typed: String,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    closed: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Note {
    reason: String,
    close: Option<String>,
}

/// What somebody said was not them.
fn what(page: &Page, case: &SecurityCase) -> String {
    let key = format!("{}.{}", "branch-security-what", case.what);
    if page.has(&key) { page.t(&key) } else { case.what.clone() }
}

fn tag(page: &Page, case: &SecurityCase) -> Tag {
    match case.closed {
        Some(_) => Tag::new("tag-done", page.t("branch-security-closed")),
        None => Tag::new("tag-warn", page.t("branch-security-open")),
    }
}

/// Cases as lines.
pub(crate) fn rows(page: &Page, cases: &[SecurityCase]) -> Vec<CaseRow> {
    let row = |case: &SecurityCase| CaseRow {
        href: format!("/staff/security-cases/{}", case.id),
        what: what(page, case),
        subject: case.subject.clone(),
        opened: page.formats().when(case.opened),
        tag: tag(page, case),
    };
    cases.iter().map(row).collect()
}

pub(crate) async fn list(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let is_open = wanted.closed.is_none();
    let cases = pages.desk.staff().security_cases(&clerk.0, is_open).await?;
    let page = page.member("staff-security");
    Ok(Html(ListPage { rows: rows(&page, &cases), is_open, page }).into_response())
}

fn drawn(page: Page, case: &SecurityCase, notes: &[CaseNote], typed: &str, errors: FormErrors) -> CasePage {
    let page = page.member("staff-security");
    let mut facts = vec![
        view::fact(page.t("branch-audit-subject"), &case.subject),
        view::fact(page.t("branch-security-opened"), page.formats().full(case.opened).text()),
    ];
    if !case.detail.is_empty() {
        facts.push((page.t("branch-audit-detail"), page.words(&case.detail)));
    }
    if let (Some(closed), Some(by)) = (case.closed, &case.closed_by) {
        facts.push(view::fact(page.t("branch-security-closed"), page.formats().full(closed).text()));
        facts.push(view::fact(page.t("branch-col-who"), by));
    }
    let note = |note: &CaseNote| NoteRow {
        when: page.formats().full(note.time),
        who: note.number.clone(),
        note: note.note.clone(),
    };
    CasePage {
        id: case.id.to_string(),
        title: what(&page, case),
        tag: tag(&page, case),
        facts,
        customer: case.subject.strip_prefix("person:").map(|id| format!("/staff/customers/{id}")),
        notes: notes.iter().map(note).collect(),
        is_open: case.closed.is_none(),
        typed: typed.to_owned(),
        errors,
        page,
    }
}

pub(crate) async fn case(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
) -> web::Result<Response> {
    let (case, notes) = pages.desk.staff().security_case(&clerk.0, SecurityCaseId(id)).await?;
    Ok(Html(drawn(page, &case, &notes, "", FormErrors::none())).into_response())
}

pub(crate) async fn note(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Form(typed): Form<Note>,
) -> web::Result<Response> {
    let (staff, id) = (pages.desk.staff(), SecurityCaseId(id));
    match staff.note_security_case(&clerk.0, id, &typed.reason, typed.close.is_some()).await {
        Ok(()) => Ok(Redirect::to(&format!("/staff/security-cases/{id}")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "staff.reason_invalid" => {
            let (case, notes) = staff.security_case(&clerk.0, id).await?;
            let errors = FormErrors::one("reason", view::sentences(&page, &refusal));
            let shown = drawn(page, &case, &notes, &typed.reason, errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
