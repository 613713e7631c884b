//! A pattern on a bound device opens the bank to look.

use super::keys::pattern;
use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use passport::Unlockable;
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Html, Page, Session};

#[derive(Template)]
#[template(path = "retail/keys/unlock.html")]
struct UnlockPage<'a> {
    page: &'a Page,
    found: Option<Unlockable>,
    text: String,
    errors: FormErrors,
    gesture: Field,
}

async fn shown(pages: &PageState, page: &Page, errors: FormErrors, status: StatusCode) -> web::Result<Response> {
    let found = pages.passport.unlockable(&view::visitor(page)).await?;
    let mobile = found.as_ref().map(|found| found.mobile.clone()).unwrap_or_default();
    let shown = UnlockPage {
        page,
        text: page.tx("retail-unlock-text", &[("mobile", (&mobile).into())]),
        found,
        gesture: pattern(page, "gesture", "retail-gesture", &errors),
        errors,
    };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    session: Option<Session>,
) -> web::Result<Response> {
    if session.is_some() {
        return Ok(Redirect::to("/home").into_response());
    }
    shown(&pages, &page, FormErrors::none(), StatusCode::OK).await
}

#[derive(Deserialize, Default)]
pub(crate) struct Drawn {
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    device_proof: String,
    #[serde(default)]
    gesture: String,
}

pub(crate) async fn unlock(
    State(pages): State<PageState>,
    page: Page,
    Form(drawn): Form<Drawn>,
) -> web::Result<Response> {
    let visitor = view::visitor(&page);
    match pages.passport.unlock(&visitor, &drawn.sealed, &drawn.device_proof, &drawn.gesture).await {
        Ok(signed_in) => Ok((view::entered(&page, &signed_in), Redirect::to("/home")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.fields.contains_key("field") => {
            let errors = FormErrors::one("gesture", view::sentences(&page, &refusal));
            shown(&pages, &page, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}
