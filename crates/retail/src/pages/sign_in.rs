//! Coming in and going out.

use super::caller::Caller;
use super::join::mobile_field;
use super::{DemoPerson, PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{SessionKind, SignInStep};
use serde::Deserialize;
use std::sync::Arc;
use web::ui::{Banner, Field, FormErrors, Tone};
use web::{Html, Icon, Page, Session, local_path};

#[derive(Template)]
#[template(path = "retail/sign-in.html")]
struct SignInPage<'a> {
    page: &'a Page,
    next: String,
    notice: Option<Banner>,
    errors: FormErrors,
    mobile: Field,
    password: Field,
    people: Arc<[DemoPerson]>,
}

#[derive(Template)]
#[template(path = "retail/sign-in-code.html")]
struct SecondPage {
    page: Page,
    half: String,
    next: String,
    errors: FormErrors,
    code: Field,
    demo: Option<&'static str>,
}

#[derive(Deserialize)]
pub(crate) struct SecondStep {
    /// Stands for the password that was right.
    #[serde(default)]
    half: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Arrival {
    /// Where the visitor wanted to go.
    #[serde(default)]
    next: String,
    /// Present after a sign-out.
    out: Option<String>,
    /// Present after the relationship with the bank was ended, here and by who sits here.
    closed: Option<String>,
    /// Present after a new password was set.
    reset: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    mobile: String,
    password: String,
    #[serde(default)]
    next: String,
}

impl SignInPage<'_> {
    fn new<'a>(pages: &PageState, page: &'a Page, next: &str, mobile: &str, errors: FormErrors) -> SignInPage<'a> {
        SignInPage {
            page,
            next: local_path(next).unwrap_or("/home").to_owned(),
            notice: None,
            mobile: mobile_field(page, mobile, &errors),
            password: Field::password("password", page.t("retail-sign-in-secret")).errors(&errors),
            people: pages.demo.clone(),
            errors,
        }
    }
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    session: Option<Session>,
    Query(arrival): Query<Arrival>,
) -> Response {
    if session.is_some() {
        return Redirect::to(local_path(&arrival.next).unwrap_or("/home")).into_response();
    }
    let mut shown = SignInPage::new(&pages, &page, &arrival.next, "", FormErrors::none());
    let notice = match (&arrival.out, &arrival.closed, &arrival.reset) {
        (Some(_), ..) => Some("retail-signed-out"),
        (None, Some(_), _) => Some("retail-left"),
        (None, None, Some(_)) => Some("retail-was-reset"),
        (None, None, None) => None,
    };
    if let Some(key) = notice {
        let (lead, text) = (page.t(key), page.t(&format!("{key}.text")));
        shown.notice = Some(Banner::new(Tone::Done, Icon::Check, lead, text));
    }
    Html(shown).into_response()
}

pub(crate) async fn sign_in(
    State(pages): State<PageState>,
    page: Page,
    former: Option<Session>,
    Form(credentials): Form<Credentials>,
) -> web::Result<Response> {
    let visitor = view::visitor(&page);
    let (mobile, password) = (&credentials.mobile, &credentials.password);
    match pages.passport.sign_in_in_steps(&visitor, mobile, password, SessionKind::Web).await {
        Ok(SignInStep::NeedsCode(half)) => {
            Ok(second(&pages, page, half.reveal(), &credentials.next, FormErrors::none(), StatusCode::OK))
        }
        Ok(SignInStep::Entered(signed_in)) => {
            // Who signs in over an open session leaves that one.
            if let Some(former) = former.as_ref().and_then(Session::details) {
                pages.passport.sign_out(former).await?;
            }
            let next = Redirect::to(local_path(&credentials.next).unwrap_or("/home"));
            Ok((view::entered(&page, &signed_in), next).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            Ok(again(&pages, &page, &credentials, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that asks for a code of the token.
fn second(pages: &PageState, page: Page, half: &str, next: &str, errors: FormErrors, status: StatusCode) -> Response {
    let shown = SecondPage {
        half: half.to_owned(),
        next: local_path(next).unwrap_or("/home").to_owned(),
        code: Field::digits("code", page.t("retail-second-step-code"), 10)
            .autocomplete("one-time-code")
            .errors(&errors),
        errors,
        demo: pages.token.as_ref().map(|_| super::keypad::ADDRESS),
        page,
    };
    (status, Html(shown)).into_response()
}

/// The second half of a sign-in.
pub(crate) async fn finish(
    State(pages): State<PageState>,
    page: Page,
    former: Option<Session>,
    Form(typed): Form<SecondStep>,
) -> web::Result<Response> {
    match pages.passport.finish_sign_in(&view::visitor(&page), &typed.half, &typed.code).await {
        Ok(signed_in) => {
            if let Some(former) = former.as_ref().and_then(Session::details) {
                pages.passport.sign_out(former).await?;
            }
            let next = Redirect::to(local_path(&typed.next).unwrap_or("/home"));
            Ok((view::entered(&page, &signed_in), next).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(second(&pages, page, &typed.half, &typed.next, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

/// The form once more: the number kept, the password not.
fn again(pages: &PageState, page: &Page, credentials: &Credentials, refusal: &Refusal) -> Response {
    let errors = FormErrors::one("password", view::sentences(page, refusal));
    let shown = SignInPage::new(pages, page, &credentials.next, &credentials.mobile, errors);
    // 401 would ask for a scheme of HTTP's own; a form that was not accepted is 422.
    let status = match refusal.status {
        429 => StatusCode::TOO_MANY_REQUESTS,
        503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn sign_out(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    pages.passport.sign_out(&caller.0).await?;
    Ok((page.end_session(), Redirect::to("/sign-in?out=1")).into_response())
}
