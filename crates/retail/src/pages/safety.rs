//! Where one is signed in, which devices are known, and the password: seen and ended by their owner.

use super::PageState;
use super::caller::Caller;
use super::guard::proof_first;
use super::keys::{KeyLists, OwnDevice};
use super::view;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{DeviceId, SessionId, SessionKind};
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Bar, Html, Page, When};

struct SessionRow {
    id: i64,
    name: String,
    seen: When,
    is_current: bool,
}

struct DeviceRow {
    id: i64,
    name: String,
    first: When,
    seen: When,
    is_bound: bool,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "retail/safety.html")]
struct SafetyPage {
    page: Page,
    sessions: Vec<SessionRow>,
    devices: Vec<DeviceRow>,
    keys: KeyLists,
    own: Option<OwnDevice>,
    errors: FormErrors,
    old: Field,
    new: Field,
}

#[derive(Deserialize)]
pub(crate) struct Passwords {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
}

async fn drawn(pages: &PageState, page: Page, caller: &Caller, errors: FormErrors) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-safety"), back: "/me".to_owned(), is_heading: true };
    let page = page.task("me", bar);
    let formats = page.formats();
    let named = |label: Option<&str>, kind| match (label.filter(|label| !label.is_empty()), kind) {
        (Some(label), _) => label.to_owned(),
        (None, SessionKind::Api) => page.t("retail-safety-program"),
        (None, SessionKind::Web) => page.t("retail-safety-unknown"),
    };
    let sessions = pages.passport.sessions(&caller.0).await?;
    let devices = pages.passport.devices(&caller.0).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = SafetyPage {
        sessions: sessions
            .iter()
            .map(|session| SessionRow {
                id: session.id.0,
                name: named(session.device.as_deref(), session.kind),
                seen: formats.when(session.last_seen),
                is_current: session.is_current,
            })
            .collect(),
        devices: devices
            .iter()
            .map(|device| DeviceRow {
                id: device.id.0,
                name: named(Some(&device.label), SessionKind::Web),
                first: formats.day(device.first_seen),
                seen: formats.when(device.last_seen),
                is_bound: device.bound.is_some(),
                is_current: device.is_current,
            })
            .collect(),
        keys: KeyLists::new(pages, &page, &pages.passport.keys(&caller.0).await?),
        own: OwnDevice::find(&devices),
        old: Field::password("old", page.t("retail-safety-old"))
            .optional()
            .hint(page.t("retail-safety-old-hint"))
            .errors(&errors),
        new: Field::password("password", page.t("retail-safety-new"))
            .autocomplete("new-password")
            .hint(page.t("retail-new-password-hint"))
            .errors(&errors),
        errors,
        page: page.clone(),
    };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn safety(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    drawn(&pages, page, &caller, FormErrors::none()).await
}

/// The number of an address; one that is none is not found, like one of somebody else.
fn number(text: &str, code: &'static str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::new(code, 404))
}

pub(crate) async fn end_session(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = SessionId(number(&id, "passport.session_not_found")?);
    pages.passport.end_session(&caller.0, id).await?;
    Ok(Redirect::to("/me/security").into_response())
}

pub(crate) async fn end_others(State(pages): State<PageState>, caller: Caller) -> web::Result<Response> {
    pages.passport.end_other_sessions(&caller.0).await?;
    Ok(Redirect::to("/me/security").into_response())
}

pub(crate) async fn forget_device(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = DeviceId(number(&id, "passport.device_not_found")?);
    pages.passport.forget_device(&caller.0, id).await?;
    Ok(Redirect::to("/me/security").into_response())
}

pub(crate) async fn change_password(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(passwords): Form<Passwords>,
) -> web::Result<Response> {
    // Who forgot the old one leaves it empty and proves themselves by something stronger.
    let changed = match passwords.old.is_empty() {
        true => pages.passport.set_password(&caller.0, &passwords.password).await,
        false => pages.passport.change_password(&caller.0, &passwords.old, &passwords.password).await,
    };
    if let Err(error) = &changed
        && let Some(response) = proof_first(error, "/me/security")
    {
        return Ok(response);
    }
    match changed {
        Ok(()) => Ok(Redirect::to("/notices").into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let is_new = ["too_short", "too_long", "common", "breached"];
            let weakness = refusal.code.strip_prefix("passport.password_").unwrap_or_default();
            let field = if is_new.contains(&weakness) { "password" } else { "old" };
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            drawn(&pages, page, &caller, errors).await
        }
        Err(error) => Err(error.into()),
    }
}
