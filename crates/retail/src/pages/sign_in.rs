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
use passport::{KeyQuestion, SessionKind, SignInStep, SignedIn};
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
    /// For a passkey, where browsers know such.
    question: Option<KeyQuestion>,
    passkey_error: Option<String>,
    /// Whether a pattern opens this browser.
    can_unlock: bool,
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
    async fn new<'a>(
        pages: &PageState,
        page: &'a Page,
        next: &str,
        mobile: &str,
        errors: FormErrors,
    ) -> web::Result<SignInPage<'a>> {
        Ok(SignInPage {
            page,
            next: local_path(next).unwrap_or("/home").to_owned(),
            notice: None,
            mobile: mobile_field(page, mobile, &errors).autocomplete("username webauthn"),
            password: Field::password("password", page.t("retail-sign-in-secret")).errors(&errors),
            people: pages.demo.clone(),
            question: pages.passport.ask_sign_in()?,
            passkey_error: None,
            can_unlock: pages.passport.unlockable(&view::visitor(page)).await?.is_some(),
            errors,
        })
    }
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    session: Option<Session>,
    Query(arrival): Query<Arrival>,
) -> web::Result<Response> {
    // Who came in by a pattern signs in here for more than looking.
    let is_in = |session: &Session| !session.details::<passport::Session>().is_some_and(|session| session.looking);
    if session.as_ref().is_some_and(is_in) {
        return Ok(Redirect::to(local_path(&arrival.next).unwrap_or("/home")).into_response());
    }
    let mut shown = SignInPage::new(&pages, &page, &arrival.next, "", FormErrors::none()).await?;
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
    Ok(Html(shown).into_response())
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
            entered(&pages, &page, former.as_ref(), &signed_in, &credentials.next).await
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            again(&pages, &page, &credentials, &refusal).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Who signs in over an open session leaves that one.
async fn entered(
    pages: &PageState,
    page: &Page,
    former: Option<&Session>,
    signed_in: &SignedIn,
    next: &str,
) -> web::Result<Response> {
    if let Some(former) = former.and_then(Session::details) {
        pages.passport.sign_out(former).await?;
    }
    let next = Redirect::to(local_path(next).unwrap_or("/home"));
    Ok((view::entered(page, signed_in), next).into_response())
}

#[derive(Deserialize, Default)]
pub(crate) struct ByPasskey {
    #[serde(default)]
    sealed: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn by_passkey(
    State(pages): State<PageState>,
    page: Page,
    former: Option<Session>,
    Form(given): Form<ByPasskey>,
) -> web::Result<Response> {
    match pages.passport.sign_in_by_passkey(&view::visitor(&page), &given.sealed, &given.answer).await {
        Ok(signed_in) => entered(&pages, &page, former.as_ref(), &signed_in, &given.next).await,
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let mut shown = SignInPage::new(&pages, &page, &given.next, "", FormErrors::none()).await?;
            shown.passkey_error = Some(view::sentences(&page, &refusal));
            Ok((status_of(&refusal), Html(shown)).into_response())
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
        demo: (!pages.tokens.is_empty()).then_some(super::keypad::ADDRESS),
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
        Ok(signed_in) => entered(&pages, &page, former.as_ref(), &signed_in, &typed.next).await,
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(second(&pages, page, &typed.half, &typed.next, errors, status))
        }
        Err(error) => Err(error.into()),
    }
}

/// The form once more: the number kept, the password not.
async fn again(pages: &PageState, page: &Page, credentials: &Credentials, refusal: &Refusal) -> web::Result<Response> {
    let errors = FormErrors::one("password", view::sentences(page, refusal));
    let shown = SignInPage::new(pages, page, &credentials.next, &credentials.mobile, errors).await?;
    Ok((status_of(refusal), Html(shown)).into_response())
}

fn status_of(refusal: &Refusal) -> StatusCode {
    // 401 would ask for a scheme of HTTP's own; a form that was not accepted is 422.
    match refusal.status {
        429 => StatusCode::TOO_MANY_REQUESTS,
        503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

pub(crate) async fn sign_out(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    pages.passport.sign_out(&caller.0).await?;
    Ok((page.end_session(), Redirect::to("/sign-in?out=1")).into_response())
}
