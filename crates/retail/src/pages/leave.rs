//! Ending the relationship with the bank: only with no account open, and with a code.

use super::caller::Caller;
use super::guard::proof_first;
use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use web::ui::{Banner, Field, FormErrors, Tone};
use web::{Bar, Html, Icon, Page};

#[derive(Template)]
#[template(path = "retail/leave.html")]
struct LeavePage {
    page: Page,
    blocked: Option<Banner>,
    sent: Option<String>,
    inbox: Option<String>,
    errors: FormErrors,
    code: Field,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    code: String,
}

/// How the page is drawn: before a code was sent, or after.
struct Stand {
    sent: Option<String>,
    errors: FormErrors,
    status: StatusCode,
}

async fn drawn(pages: &PageState, page: Page, caller: &Caller, stand: Stand) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-leave"), back: "/me/profile".to_owned(), is_heading: true };
    let page = page.task("me", bar);
    let open = pages.accounts.open_count(caller.0.customer).await?;
    let blocked = (open > 0).then(|| {
        let refusal = Refusal::new("passport.accounts_open", 409).with("open", open);
        let (title, text) = page.refusal_texts(&refusal);
        Banner::new(Tone::Warn, Icon::Info, view::ended(&page, title), text)
            .action(page.t("retail-accounts"), "/accounts".to_owned())
    });
    let shown = LeavePage {
        blocked,
        inbox: view::inbox_address(pages, Some(&caller.0.mobile)).filter(|_| stand.sent.is_some()),
        code: Field::code("code", page.t("retail-leave-code")).errors(&stand.errors),
        sent: stand.sent,
        errors: stand.errors,
        page: page.clone(),
    };
    Ok((stand.status, Html(shown)).into_response())
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let stand = Stand { sent: None, errors: FormErrors::none(), status: StatusCode::OK };
    drawn(&pages, page, &caller, stand).await
}

/// Sends the code.
pub(crate) async fn start(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    match pages.passport.send_close_code(&view::visitor(&page), &caller.0).await {
        Ok(sent) => {
            let sent = Some(page.tx("retail-code-sent", &[("to", (&sent.to).into())]));
            let stand = Stand { sent, errors: FormErrors::none(), status: StatusCode::OK };
            drawn(&pages, page, &caller, stand).await
        }
        Err(error) => refused(&pages, page, &caller, error).await,
    }
}

pub(crate) async fn finish(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.passport.close_relationship(&caller.0, &typed.code).await {
        Ok(()) => {
            // A consent to collect from another bank does not outlive the relationship.
            pages.payments.unbind_cards(&caller.acting()).await?;
            Ok((page.end_session(), Redirect::to("/sign-in?closed=1")).into_response())
        }
        Err(error) => refused(&pages, page, &caller, error).await,
    }
}

/// What was refused, at the code; who has to show first that it is them is led there.
async fn refused(pages: &PageState, page: Page, caller: &Caller, error: Error) -> web::Result<Response> {
    match error {
        Error::Refusal(refusal) if refusal.code == "passport.texts_rest" => Err(refusal.into()),
        Error::Refusal(refusal) if refusal.code == "passport.step_up_needed" => {
            let error = Error::Refusal(refusal);
            proof_first(&error, "/me/close").ok_or_else(|| error.into())
        }
        Error::Refusal(refusal) => again(pages, page, caller, &refusal).await,
        error => Err(error.into()),
    }
}

async fn again(pages: &PageState, page: Page, caller: &Caller, refusal: &Refusal) -> web::Result<Response> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let errors = FormErrors::one("code", view::sentences(&page, refusal));
    let sent = Some(page.t("retail-leave-code-hint"));
    drawn(pages, page, caller, Stand { sent, errors, status }).await
}
