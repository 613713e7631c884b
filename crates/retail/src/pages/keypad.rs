//! The demonstration's tokens: small calculators with a keypad that turn digits into a code, as the one in one's pocket does.
//! Without them there is no page.

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

/// A token of the demonstration, whose secret is none.
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

/// What one of the tokens shows.
struct Screen {
    serial: String,
    owner: String,
    /// The code for what was typed, in two halves.
    code: Option<(String, String)>,
    /// What the button shows now, in two halves.
    button: (String, String),
}

#[derive(Template)]
#[template(path = "retail/keypad.html")]
struct KeypadPage {
    page: Page,
    screens: Vec<Screen>,
    asked: String,
    question: Field,
    errors: FormErrors,
    /// Seconds until the buttons show other codes.
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

/// The tokens as they lie there, or with the digits typed that a page's link names.
pub(crate) async fn show(
    State(pages): State<PageState>,
    page: Page,
    Query(typed): Query<Typed>,
) -> web::Result<Response> {
    drawn(&pages, page, &typed)
}

pub(crate) async fn press(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    drawn(&pages, page, &typed)
}

fn drawn(pages: &PageState, page: Page, typed: &Typed) -> web::Result<Response> {
    let now_s = page.now().as_ms().div_euclid(1_000);
    let first = pages.tokens.first().ok_or_else(Failure::not_found)?;
    let most = first.suite.question_digits().unwrap_or(10) as u16;
    let asked: String = typed.question.chars().filter(|sign| !sign.is_whitespace()).take(64).collect();
    let input = OcraInput { questions: &[&asked], counter: None, pin: None, unix_s: Some(now_s) };
    let screens: Vec<Screen> = pages
        .tokens
        .iter()
        .map(|token| Screen {
            serial: token.serial.clone(),
            owner: token.owner.clone(),
            code: token
                .suite
                .code(&token.keypad_seed, &input)
                .ok()
                .filter(|_| !asked.is_empty())
                .map(|code| halves(&code)),
            button: halves(&hotp(OathHash::Sha256, &token.button_seed, totp_step(now_s, token.step_s), 6)),
        })
        .collect();
    let is_wrong = !asked.is_empty() && screens.iter().any(|screen| screen.code.is_none());
    let (status, errors) = match is_wrong {
        true => {
            let text = page.tx("retail-keypad-wrong", &[("most", i64::from(most).into())]);
            (StatusCode::UNPROCESSABLE_ENTITY, FormErrors::one("question", text))
        }
        false => (StatusCode::OK, FormErrors::none()),
    };
    let shown = KeypadPage {
        screens,
        question: Field::digits("question", page.t("retail-keypad-question"), most + 4)
            .hint(page.t("retail-keypad-question-hint"))
            .value(if errors.is_empty() { "" } else { &asked })
            .errors(&errors),
        asked,
        errors,
        left_s: first.step_s - now_s.rem_euclid(first.step_s),
        page: page.public("demo"),
    };
    Ok((status, Html(shown)).into_response())
}
