//! Another mobile number: the old one is proven by a code, then the new one.

use super::caller::Caller;
use super::guard::proof_first;
use super::{PageState, view};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use passport::{ChangeMobile, CodeSent, Mobile};
use serde::Deserialize;
use web::ui::{Field, FormErrors, Steps};
use web::{Bar, Html, Page};

#[derive(Template)]
#[template(path = "retail/mobile.html")]
struct MobilePage {
    page: Page,
    steps: Steps,
    sent: Option<String>,
    inbox: Option<String>,
    action: &'static str,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    button: String,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    old_code: String,
    mobile: String,
    new_code: String,
}

/// How far the change is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    OldProof,
    NewProof,
}

/// How the page is drawn.
struct Stand<'a> {
    stage: Stage,
    sent: Option<&'a CodeSent>,
    typed: &'a Typed,
    errors: FormErrors,
    status: StatusCode,
}

fn drawn(pages: &PageState, page: Page, caller: &Caller, stand: Stand<'_>) -> Response {
    let Stand { stage, sent, typed, errors, status } = stand;
    let bar = Bar { title: page.t("retail-mobile"), back: "/me/profile".to_owned(), is_heading: true };
    let page = page.task("me", bar);
    let steps = ["retail-mobile-step-old", "retail-mobile-step-new", "retail-mobile-step-done"].map(|key| page.t(key));
    let code = |name: &'static str, key: &str| Field::code(name, page.t(key)).errors(&errors);
    let old = || code("old_code", "retail-mobile-old-code").value(&typed.old_code);
    let (action, fields, button, to) = match stage {
        Stage::Begin => ("/me/mobile", Vec::new(), "retail-mobile-send", None),
        Stage::OldProof => {
            let mobile = Field::mobile("mobile", page.t("retail-mobile-number")).prefix("+86").value(&typed.mobile);
            let fields = vec![old(), mobile.errors(&errors)];
            ("/me/mobile/new", fields, "retail-mobile-next", Some(caller.0.mobile.clone()))
        }
        Stage::NewProof => {
            let mut fields = vec![code("new_code", "retail-mobile-new-code")];
            // A wrong code of the old number is typed again; a right one is only carried on.
            if errors.get("old_code").is_some() {
                fields.insert(0, old());
            }
            ("/me/mobile/finish", fields, "retail-mobile-do", Mobile::parse(&typed.mobile).ok())
        }
    };
    let carries_old = stage == Stage::NewProof && errors.get("old_code").is_none();
    let mut hidden = Vec::new();
    if carries_old {
        hidden.push(("old_code", typed.old_code.clone()));
    }
    if stage == Stage::NewProof {
        hidden.push(("mobile", typed.mobile.clone()));
    }
    let sent_to = sent.map(|sent| page.tx("retail-code-sent", &[("to", (&sent.to).into())]));
    let shown = MobilePage {
        steps: Steps::new(page.t("retail-mobile"), steps.into(), stage as usize),
        sent: sent_to,
        inbox: view::inbox_address(pages, to.as_ref()),
        action,
        hidden,
        fields,
        button: page.t(button),
        errors,
        page: page.clone(),
    };
    (status, Html(shown)).into_response()
}

pub(crate) async fn form(State(pages): State<PageState>, page: Page, caller: Caller) -> Response {
    let typed = Typed::default();
    let stand =
        Stand { stage: Stage::Begin, sent: None, typed: &typed, errors: FormErrors::none(), status: StatusCode::OK };
    drawn(&pages, page, &caller, stand)
}

/// Sends the code to the old number.
pub(crate) async fn start(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let sent = pages.passport.start_change_mobile(&view::visitor(&page), &caller.0).await;
    answer(&pages, page, &caller, Stage::OldProof, sent, &Typed::default())
}

/// Sends the code to the new number.
pub(crate) async fn prove_new(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let sent = pages.passport.prove_new_mobile(&view::visitor(&page), &caller.0, &typed.mobile).await;
    answer(&pages, page, &caller, Stage::NewProof, sent, &typed)
}

fn answer(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    stage: Stage,
    sent: kit::Result<CodeSent>,
    typed: &Typed,
) -> web::Result<Response> {
    match sent {
        Ok(sent) => {
            let errors = FormErrors::none();
            let stand = Stand { stage, sent: Some(&sent), typed, errors, status: StatusCode::OK };
            Ok(drawn(pages, page, caller, stand))
        }
        Err(error) => refused(pages, page, caller, Stage::OldProof, typed, error),
    }
}

/// What was refused, at its field; who has to show first that it is them is led there.
fn refused(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    stage: Stage,
    typed: &Typed,
    error: Error,
) -> web::Result<Response> {
    if let Some(response) = proof_first(&error, "/me/mobile") {
        return Ok(response);
    }
    match error {
        Error::Refusal(refusal) if refusal.code != "passport.texts_rest" => {
            Ok(again(pages, page, caller, stage, typed, &refusal))
        }
        error => Err(error.into()),
    }
}

fn again(pages: &PageState, page: Page, caller: &Caller, stage: Stage, typed: &Typed, refusal: &Refusal) -> Response {
    let field = match refusal.fields.get("field") {
        Some(kit::FieldValue::Text(field)) if field == "new_code" => "new_code",
        Some(kit::FieldValue::Text(field)) if field == "old_code" => "old_code",
        Some(kit::FieldValue::Text(field)) if field == "mobile" && stage == Stage::OldProof => "mobile",
        _ if stage == Stage::NewProof => "new_code",
        _ => "old_code",
    };
    let errors = FormErrors::one(field, view::sentences(&page, refusal));
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    drawn(pages, page, caller, Stand { stage, sent: None, typed, errors, status })
}

pub(crate) async fn finish(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let change = ChangeMobile {
        old_code: typed.old_code.clone(),
        mobile: typed.mobile.clone(),
        new_code: typed.new_code.clone(),
    };
    match pages.passport.finish_change_mobile(&caller.0, change).await {
        Ok(()) => Ok(Redirect::to("/notices").into_response()),
        Err(error) => refused(&pages, page, &caller, Stage::NewProof, &typed, error),
    }
}
