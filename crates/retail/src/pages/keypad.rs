//! The demonstration's token: a small calculator with a keypad that turns digits into a code, as the one in one's pocket does.
//! Without it there is no page.

use super::PageState;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use credential::oath::{OathHash, OcraInput, OcraSuite, hotp, totp_step};
use serde::Deserialize;
use web::ui::{Field, FormErrors};
use web::{Failure, Html, Page};

pub(super) const ADDRESS: &str = "/demo/token";

/// The token of the demonstration, whose secret is none.
#[derive(Debug, Clone)]
pub struct DemoToken {
    /// The number on its back.
    pub serial: String,
    /// Whose it is.
    pub owner: String,
    /// The secret of its keypad.
    pub keypad_seed: Vec<u8>,
    /// How the keypad makes codes.
    pub suite: OcraSuite,
    /// The secret of its button.
    pub button_seed: Vec<u8>,
    /// Seconds for which the button shows a code, of six digits by SHA-256.
    pub step_s: i64,
}

#[derive(Template)]
#[template(path = "retail/keypad.html")]
struct KeypadPage {
    page: Page,
    serial: String,
    owner: String,
    /// The code for what was typed, in two halves.
    code: Option<(String, String)>,
    asked: String,
    question: Field,
    errors: FormErrors,
    /// What the button shows now, in two halves.
    button: (String, String),
    /// Seconds until it shows another.
    left_s: i64,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typed {
    #[serde(default)]
    question: String,
}

fn halves(code: &str) -> (String, String) {
    let (one, two) = code.split_at(code.len() / 2);
    (one.to_owned(), two.to_owned())
}

/// The token as it lies there, or with the digits typed that a page's link names.
pub(crate) async fn show(
    State(pages): State<PageState>,
    page: Page,
    Query(typed): Query<Typed>,
) -> web::Result<Response> {
    let token = pages.token.as_ref().ok_or_else(Failure::not_found)?;
    if !typed.question.is_empty() {
        return Ok(pressed(token, page, &typed));
    }
    Ok(drawn(token, page, "", None, FormErrors::none(), StatusCode::OK))
}

pub(crate) async fn press(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let token = pages.token.as_ref().ok_or_else(Failure::not_found)?;
    Ok(pressed(token, page, &typed))
}

fn pressed(token: &DemoToken, page: Page, typed: &Typed) -> Response {
    let question: String = typed.question.chars().filter(|sign| !sign.is_whitespace()).take(64).collect();
    let unix_s = Some(page.now().as_ms().div_euclid(1_000));
    let input = OcraInput { questions: &[&question], counter: None, pin: None, unix_s };
    match token.suite.code(&token.keypad_seed, &input) {
        Ok(code) => drawn(token, page, &question, Some(code), FormErrors::none(), StatusCode::OK),
        Err(_) => {
            let most = token.suite.question_digits().unwrap_or_default() as i64;
            let errors = FormErrors::one("question", page.tx("retail-keypad-wrong", &[("most", most.into())]));
            drawn(token, page, &question, None, errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn drawn(
    token: &DemoToken,
    page: Page,
    asked: &str,
    code: Option<String>,
    errors: FormErrors,
    status: StatusCode,
) -> Response {
    let now_s = page.now().as_ms().div_euclid(1_000);
    let button = hotp(OathHash::Sha256, &token.button_seed, totp_step(now_s, token.step_s), 6);
    let most = token.suite.question_digits().unwrap_or(10) as u16;
    let shown = KeypadPage {
        serial: token.serial.clone(),
        owner: token.owner.clone(),
        code: code.as_deref().map(halves),
        asked: asked.to_owned(),
        question: Field::digits("question", page.t("retail-keypad-question"), most + 4)
            .hint(page.t("retail-keypad-question-hint"))
            .value(if errors.is_empty() { "" } else { asked })
            .errors(&errors),
        errors,
        button: halves(&button),
        left_s: token.step_s - now_s.rem_euclid(token.step_s),
        page: page.public("demo"),
    };
    (status, Html(shown)).into_response()
}
