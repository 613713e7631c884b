//! Tokens (电子密码器) of their owner, and the second step at sign-in.

use super::{Caller, PageState, below, in_field, number, proof_first, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use passport::TokenAsks;
use serde::Deserialize;
use web::ui::{Banner, Field, FormErrors, Tone};
use web::{Html, Icon, Page, When};

const LIST: &str = "/me/security/tokens";
const ADD: &str = "/me/security/tokens/add";
const UNKNOWN: &str = "passport.token_not_found";
/// What was done a moment ago, in the address and in words.
const DONE: [(&str, &str); 5] = [
    ("added", "retail-token-done-added"),
    ("set", "retail-token-done-set"),
    ("removed", "retail-token-done-removed"),
    ("on", "retail-token-done-on"),
    ("off", "retail-token-done-off"),
];

struct TokenRow {
    id: i64,
    tail: String,
    added: When,
    used: Option<When>,
    is_locked: bool,
    has_codes: bool,
}

#[derive(Template)]
#[template(path = "retail/tokens.html")]
struct TokensPage {
    page: Page,
    notice: Option<Banner>,
    tokens: Vec<TokenRow>,
    has_second_step: bool,
    may_have_second_step: bool,
}

#[derive(Template)]
#[template(path = "retail/token-add.html")]
struct AddPage {
    page: Page,
    errors: FormErrors,
    serial: Field,
    /// What is asked of the token with this number.
    asked: Option<Asked>,
    demo: Option<&'static str>,
}

struct Asked {
    serial: String,
    /// In two groups.
    question: Option<String>,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "retail/token.html")]
struct TokenPage {
    page: Page,
    token: TokenRow,
    errors: FormErrors,
    first: Field,
    second: Field,
    demo: Option<&'static str>,
}

#[derive(Deserialize, Default)]
pub(crate) struct Arrival {
    /// What was done a moment ago.
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    serial: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    second: String,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    on: String,
}

fn row(page: &Page, token: &passport::TokenView) -> TokenRow {
    let skipped = token.serial.chars().count().saturating_sub(4);
    TokenRow {
        id: token.id.0,
        tail: token.serial.chars().skip(skipped).collect(),
        added: page.formats().day(token.added),
        used: token.last_used.map(|time| page.formats().when(time)),
        is_locked: token.is_locked,
        has_codes: token.has_codes,
    }
}

/// The demonstration's token, for who has no other.
fn demo(pages: &PageState) -> Option<&'static str> {
    (!pages.tokens.is_empty()).then_some(super::super::keypad::ADDRESS)
}

pub(crate) async fn tokens(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(arrival): Query<Arrival>,
) -> web::Result<Response> {
    let page = below(page, "retail-tokens", "/me/security");
    let tokens = pages.passport.tokens(&caller.0).await?;
    let done = DONE.into_iter().find(|(word, _)| *word == arrival.done);
    let shown = TokensPage {
        notice: done.map(|(_, key)| Banner::new(Tone::Done, Icon::Check, page.t(key), page.t(&format!("{key}.text")))),
        may_have_second_step: tokens.iter().any(|token| token.has_codes && !token.is_locked),
        tokens: tokens.iter().map(|token| row(&page, token)).collect(),
        has_second_step: pages.passport.has_second_step(&caller.0).await?,
        page,
    };
    Ok(Html(shown).into_response())
}

fn add_page(pages: &PageState, page: &Page, typed: &str, asked: Option<Asked>, errors: FormErrors) -> AddPage {
    AddPage {
        serial: Field::new("serial", page.t("retail-token-serial"))
            .hint(page.t("retail-token-serial-hint"))
            .max_length(40)
            .value(typed)
            .errors(&errors),
        asked,
        errors,
        demo: demo(pages),
        page: page.clone(),
    }
}

pub(crate) async fn add_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    if let Err(error) = pages.passport.require_strong(&caller.0).await {
        return proof_first(&error, ADD).ok_or_else(|| error.into());
    }
    let page = below(page, "retail-token-add", LIST);
    Ok(Html(add_page(&pages, &page, "", None, FormErrors::none())).into_response())
}

/// First the number on the token, then what it shows.
pub(crate) async fn add(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let page = below(page, "retail-token-add", LIST);
    let mut errors = FormErrors::none();
    let mut status = StatusCode::OK;
    if !typed.code.is_empty() {
        let codes = [typed.code.as_str(), typed.second.as_str()];
        let codes = if typed.second.is_empty() { &codes[..1] } else { &codes[..] };
        match pages.passport.add_token(&view::visitor(&page), &caller.0, &typed.serial, codes).await {
            Ok(_) => return Ok(Redirect::to("/me/security/tokens?done=added").into_response()),
            Err(error) => match (proof_first(&error, ADD), in_field(&page, &error)) {
                (Some(first), _) => return Ok(first),
                (None, Some((about, code))) => {
                    errors = about;
                    status = StatusCode::from_u16(code).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                }
                (None, None) => return Err(error.into()),
            },
        }
    }
    match pages.passport.ask_new_token(&caller.0, &typed.serial).await {
        Ok(asks) => {
            let asked = asked(&page, &typed.serial, asks, &errors);
            Ok((status, Html(add_page(&pages, &page, &typed.serial, Some(asked), errors))).into_response())
        }
        Err(error) => match (proof_first(&error, ADD), in_field(&page, &error)) {
            (Some(first), _) => Ok(first),
            (None, Some((about, code))) => {
                let status = StatusCode::from_u16(code).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                Ok((status, Html(add_page(&pages, &page, &typed.serial, None, about))).into_response())
            }
            (None, None) => Err(error.into()),
        },
    }
}

fn asked(page: &Page, serial: &str, asks: TokenAsks, errors: &FormErrors) -> Asked {
    let code = |name, key| Field::digits(name, page.t(key), 10).autocomplete("one-time-code").errors(errors);
    let (question, fields) = match asks {
        TokenAsks::Question(question) => (Some(in_groups(&question)), vec![code("code", "retail-token-answer")]),
        TokenAsks::TwoCodes => (None, two_codes(page, errors).into()),
    };
    Asked { serial: serial.trim().to_owned(), question, fields }
}

fn two_codes(page: &Page, errors: &FormErrors) -> [Field; 2] {
    let code = |name, key| Field::digits(name, page.t(key), 10).autocomplete("one-time-code").errors(errors);
    [code("code", "retail-token-first"), code("second", "retail-token-second")]
}

/// Digits to be typed, four by four.
fn in_groups(digits: &str) -> String {
    digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(" ")
}

pub(crate) async fn token(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    one(&pages, page, &caller, &id, FormErrors::none(), StatusCode::OK).await
}

async fn one(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    id: &str,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let id = number(id, UNKNOWN)?;
    let page = below(page, "retail-token", LIST);
    let tokens = pages.passport.tokens(&caller.0).await?;
    let found = tokens.iter().find(|token| token.id == id);
    let found = found.ok_or_else(|| kit::Refusal::new("passport.token_not_found", 404))?;
    let [first, second] = two_codes(&page, &errors);
    let shown = TokenPage { token: row(&page, found), errors, first, second, demo: demo(pages), page };
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn resync(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    match pages.passport.resync_token(&caller.0, number(&id, UNKNOWN)?, &typed.code, &typed.second).await {
        Ok(()) => Ok(Redirect::to("/me/security/tokens?done=set").into_response()),
        Err(error) => match in_field(&page, &error) {
            Some((errors, code)) => {
                let status = StatusCode::from_u16(code).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                one(&pages, page, &caller, &id, errors, status).await
            }
            None => Err(error.into()),
        },
    }
}

pub(crate) async fn remove(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    match pages.passport.remove_token(&view::visitor(&page), &caller.0, number(&id, UNKNOWN)?).await {
        Ok(()) => Ok(Redirect::to("/me/security/tokens?done=removed").into_response()),
        Err(error) => proof_first(&error, &format!("{LIST}/{id}")).ok_or_else(|| error.into()),
    }
}

pub(crate) async fn second_step(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(choice): Form<Choice>,
) -> web::Result<Response> {
    let visitor = view::visitor(&page);
    let (done, next) = match choice.on == "1" {
        true => (pages.passport.set_second_step(&visitor, &caller.0).await, "/me/security/tokens?done=on"),
        false => (pages.passport.clear_second_step(&visitor, &caller.0).await, "/me/security/tokens?done=off"),
    };
    match done {
        Ok(()) => Ok(Redirect::to(next).into_response()),
        Err(error) => proof_first(&error, LIST).ok_or_else(|| error.into()),
    }
}
