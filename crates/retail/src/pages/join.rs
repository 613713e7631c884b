//! Coming in for the first time, and coming back without the password: a number, the code sent to it, a password.
//!
//! Both look the same whether the number is known or not; only the text on the phone tells its owner.

use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{CodeSent, Registration, Reset, SessionKind};
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Html, Page, Session};

/// Which of the two is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Register,
    Reset,
}

impl Task {
    /// The address that takes the number; the code goes to `…/finish`.
    fn address(self) -> &'static str {
        match self {
            Self::Register => "/register",
            Self::Reset => "/reset",
        }
    }

    fn title(self, page: &Page) -> String {
        page.t(match self {
            Self::Register => "retail-register",
            Self::Reset => "retail-reset",
        })
    }

    fn lead(self, page: &Page) -> String {
        page.t(match self {
            Self::Register => "retail-register.text",
            Self::Reset => "retail-reset.text",
        })
    }

    fn done(self, page: &Page) -> String {
        page.t(match self {
            Self::Register => "retail-register-done",
            Self::Reset => "retail-reset-done",
        })
    }
}

#[derive(Template)]
#[template(path = "retail/join-mobile.html")]
struct MobilePage<'a> {
    page: &'a Page,
    title: String,
    lead: String,
    action: &'static str,
    errors: FormErrors,
    mobile: Field,
}

#[derive(Template)]
#[template(path = "retail/join-code.html")]
struct CodePage<'a> {
    page: &'a Page,
    title: String,
    sent: String,
    done: String,
    action: &'static str,
    mobile_text: &'a str,
    inbox: Option<String>,
    errors: FormErrors,
    code: Field,
    password: Field,
}

#[derive(Deserialize)]
pub(crate) struct Number {
    mobile: String,
}

#[derive(Deserialize)]
pub(crate) struct Proof {
    mobile: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    password: String,
}

/// The field of a mobile number, on the landing page too.
pub(crate) fn mobile_field(page: &Page, value: &str, errors: &FormErrors) -> Field {
    let field = Field::mobile("mobile", page.t("retail-sign-in-mobile")).autocomplete("username");
    field.prefix("+86").value(value).errors(errors)
}

fn mobile_page(page: &Page, task: Task, mobile: &str, errors: FormErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = MobilePage {
        title: task.title(page),
        lead: task.lead(page),
        action: task.address(),
        mobile: mobile_field(page, mobile, &errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

/// The second page. `sent` is missing when the code went out before.
fn code_page(
    pages: &PageState,
    page: &Page,
    task: Task,
    mobile: &str,
    sent: Option<&CodeSent>,
    errors: FormErrors,
) -> Response {
    let number = passport::Mobile::parse(mobile).ok();
    let to = sent.map(|sent| sent.to.clone()).or_else(|| number.as_ref().map(passport::Mobile::masked));
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = CodePage {
        title: task.title(page),
        sent: page.tx("retail-code-sent", &[("to", to.unwrap_or_default().into())]),
        done: task.done(page),
        action: task.address(),
        mobile_text: mobile,
        inbox: view::inbox_address(pages, number.as_ref()),
        code: Field::code("code", page.t("retail-code")).hint(page.t("retail-code-hint")).errors(&errors),
        password: Field::password("password", page.t("retail-new-password"))
            .autocomplete("new-password")
            .hint(page.t("retail-new-password-hint"))
            .errors(&errors),
        errors,
        page,
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn register_form(page: Page, session: Option<Session>) -> Response {
    match session {
        Some(_) => Redirect::to("/home").into_response(),
        None => mobile_page(&page, Task::Register, "", FormErrors::none()),
    }
}

pub(crate) async fn reset_form(page: Page) -> Response {
    mobile_page(&page, Task::Reset, "", FormErrors::none())
}

pub(crate) async fn register(
    State(pages): State<PageState>,
    page: Page,
    Form(number): Form<Number>,
) -> web::Result<Response> {
    send(&pages, page, Task::Register, &number.mobile).await
}

pub(crate) async fn reset(
    State(pages): State<PageState>,
    page: Page,
    Form(number): Form<Number>,
) -> web::Result<Response> {
    send(&pages, page, Task::Reset, &number.mobile).await
}

async fn send(pages: &PageState, page: Page, task: Task, mobile: &str) -> web::Result<Response> {
    let (visitor, language) = (view::visitor(&page), page.locale().word());
    let sent = match task {
        Task::Register => pages.passport.start_registration(&visitor, mobile, language).await,
        Task::Reset => pages.passport.start_reset(&visitor, mobile, language).await,
    };
    match sent {
        Ok(sent) => Ok(code_page(pages, &page, task, mobile, Some(&sent), FormErrors::none())),
        // The code that went out a moment ago still works: the page for it, and why there is no second one.
        Err(Error::Refusal(refusal)) if refusal.code == "passport.code_too_soon" => {
            let errors = FormErrors::one("code", view::sentences(&page, &refusal));
            Ok(code_page(pages, &page, task, mobile, None, errors))
        }
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            let errors = FormErrors::one("mobile", view::sentences(&page, &refusal));
            Ok(mobile_page(&page, task, mobile, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// The second page once more, with what is wrong at its field. The code is kept unless it is what is wrong.
fn again(pages: &PageState, page: &Page, task: Task, proof: &Proof, refusal: &Refusal) -> Response {
    let field = if refusal.code.starts_with("passport.password_") { "password" } else { "code" };
    let errors = FormErrors::one(field, view::sentences(page, refusal));
    code_page(pages, page, task, &proof.mobile, None, errors)
}

pub(crate) async fn finish_registration(
    State(pages): State<PageState>,
    page: Page,
    Form(proof): Form<Proof>,
) -> web::Result<Response> {
    let registration = Registration {
        mobile: proof.mobile.clone(),
        code: proof.code.trim().to_owned(),
        password: proof.password.clone(),
        language: page.locale().word().to_owned(),
    };
    match pages.passport.finish_registration(&view::visitor(&page), registration, SessionKind::Web).await {
        Ok(signed_in) => Ok((view::entered(&page, &signed_in), Redirect::to("/home")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            Ok(again(&pages, &page, Task::Register, &proof, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn finish_reset(
    State(pages): State<PageState>,
    page: Page,
    Form(proof): Form<Proof>,
) -> web::Result<Response> {
    let reset =
        Reset { mobile: proof.mobile.clone(), code: proof.code.trim().to_owned(), password: proof.password.clone() };
    match pages.passport.finish_reset(reset).await {
        Ok(()) => Ok(Redirect::to("/sign-in?reset=1").into_response()),
        Err(Error::Refusal(refusal)) if refusal.code.starts_with("passport.") => {
            Ok(again(&pages, &page, Task::Reset, &proof, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
