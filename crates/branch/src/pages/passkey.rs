//! A member's own passkeys: added after a token's code, named, removed, and used in place of that code at sign-in.

use super::PageState;
use super::clerk::{AnyClerk, Clerk};
use super::door::{self, code_field, entered, visitor, way_on};
use super::view;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use staff::{KEY_LABEL_MAX, StaffKey, StaffKeyId};
use web::ui::{Field, FormErrors};
use web::{Html, Page};

/// Where all of them are listed.
const LIST: &str = "/staff/me";
/// Where one is added.
const NEW: &str = "/staff/me/passkeys/new";

/// A passkey in the list.
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) facts: String,
    pub(crate) error: Option<String>,
}

/// Passkeys as lines; `wrong` is the one whose new name was refused, with what was typed and why.
pub(crate) fn rows(page: &Page, keys: &[StaffKey], wrong: Option<&(StaffKeyId, String, String)>) -> Vec<KeyRow> {
    let row = |key: &StaffKey| {
        let added = page.tx("branch-passkey-added", &[("day", page.formats().day(key.added).text().into())]);
        let used = match key.last_used {
            Some(used) => page.tx("branch-passkey-used", &[("day", page.formats().day(used).text().into())]),
            None => page.t("branch-never"),
        };
        let wrong = wrong.filter(|(id, _, _)| *id == key.id);
        KeyRow {
            id: key.id.to_string(),
            label: wrong.map_or_else(|| key.label.clone(), |(_, typed, _)| typed.clone()),
            facts: format!("{added} · {used}"),
            error: wrong.map(|(_, _, why)| why.clone()),
        }
    };
    keys.iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "branch/passkey.html")]
struct NewKeyPage {
    page: Page,
    options: String,
    label: Field,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "branch/passkey-code.html")]
struct CodePage {
    page: Page,
    is_demo: bool,
    code: Field,
    errors: FormErrors,
}

/// What the forms about passkeys carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    code: String,
    answer: String,
    label: String,
    next: String,
}

fn status_of(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

fn code_page(pages: &PageState, page: &Page, errors: FormErrors, status: StatusCode) -> Response {
    let code = code_field(page, &errors);
    let shown = CodePage { page: page.clone(), is_demo: !pages.demo.is_empty(), code, errors };
    (status, Html(shown)).into_response()
}

async fn new_key(
    pages: &PageState,
    page: &Page,
    clerk: &Clerk,
    typed: Option<&str>,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let options = match pages.desk.staff().ask_new_key(&clerk.0).await {
        Ok(options) => options,
        Err(Error::Refusal(refusal)) if refusal.code == "staff.token_first" => {
            return Ok(code_page(pages, page, FormErrors::none(), StatusCode::OK));
        }
        Err(error) => return Err(error.into()),
    };
    let label = Field::new("label", page.t("branch-passkey-label"))
        .max_length(KEY_LABEL_MAX as u16)
        .hint(page.t("branch-passkey-label-hint"))
        .value(typed.unwrap_or(&page.t("branch-passkey-name")))
        .errors(&errors);
    Ok((status, Html(NewKeyPage { page: page.clone(), options, label, errors })).into_response())
}

pub(crate) async fn new_form(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    let page = page.member("staff-me");
    new_key(&pages, &page, &clerk, None, FormErrors::none(), StatusCode::OK).await
}

/// The token's code, before a passkey is added.
pub(crate) async fn prove(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let page = page.member("staff-me");
    match pages.desk.staff().prove_token(&clerk.0, &typed.code).await {
        Ok(()) => Ok(Redirect::to(NEW).into_response()),
        Err(Error::Refusal(refusal)) if refusal.status != 403 => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            Ok(code_page(&pages, &page, errors, status_of(&refusal)))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn add(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let page = page.member("staff-me");
    match pages.desk.staff().add_key(&clerk.0, &typed.answer, &typed.label).await {
        Ok(_) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.fields.contains_key("field") => {
            let field = if refusal.code == "staff.label_invalid" { "label" } else { "answer" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            new_key(&pages, &page, &clerk, Some(&typed.label), errors, status_of(&refusal)).await
        }
        Err(Error::Refusal(refusal)) if refusal.code == "staff.token_first" => Ok(Redirect::to(NEW).into_response()),
        Err(error) => Err(error.into()),
    }
}

fn id_of(text: &str) -> Result<StaffKeyId, Refusal> {
    text.parse().map(StaffKeyId).map_err(|_| Refusal::new("staff.key_not_found", 404))
}

pub(crate) async fn rename(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let id = id_of(&id)?;
    match pages.desk.staff().rename_key(&clerk.0, id, &typed.label).await {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "staff.label_invalid" => {
            let wrong = (id, typed.label, view::sentences(&page, &refusal));
            door::own_page(&pages, page, &clerk, Some(&wrong)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn remove(
    State(pages): State<PageState>,
    clerk: Clerk,
    Path(id): Path<String>,
) -> web::Result<Response> {
    pages.desk.staff().remove_key(&clerk.0, id_of(&id)?).await?;
    Ok(Redirect::to(LIST).into_response())
}

/// The second step of a sign-in by a passkey.
pub(crate) async fn second_step(
    State(pages): State<PageState>,
    page: Page,
    clerk: AnyClerk,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.desk.staff().prove_by_key(&visitor(&page), &clerk.0, &typed.answer).await {
        Ok(signed_in) => Ok(entered(&page, &signed_in, &typed.next)),
        Err(Error::Refusal(refusal)) if refusal.code == "staff.second_step_over" => {
            Ok(Redirect::to(way_on(&typed.next)).into_response())
        }
        Err(Error::Refusal(refusal)) => {
            let errors = FormErrors::one("answer", view::sentences(&page, &refusal));
            door::second_step_page(&pages, page, &clerk, &typed.next, errors, status_of(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}
