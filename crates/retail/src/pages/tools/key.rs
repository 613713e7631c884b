//! Signing keys (U盾) of their owner.

use super::{Caller, PageState, below, in_field, number, proof_first, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use passport::SigningAlgorithm;
use serde::Deserialize;
use web::ui::{Banner, Field, FormErrors, Tone};
use web::{Html, Icon, Page, When};

const LIST: &str = "/me/security/keys";
const ADD: &str = "/me/security/keys/add";
const UNKNOWN: &str = "passport.signing_key_not_found";
/// What was done a moment ago, in the address and in words.
const DONE: [(&str, &str); 2] = [("added", "retail-key-done-added"), ("revoked", "retail-key-done-revoked")];

struct KeyRow {
    id: i64,
    label: String,
    algorithm: &'static str,
    fingerprint: String,
    added: When,
    until: When,
    used: Option<When>,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "retail/keys.html")]
struct KeysPage {
    page: Page,
    notice: Option<Banner>,
    keys: Vec<KeyRow>,
}

#[derive(Template)]
#[template(path = "retail/key-add.html")]
struct AddPage {
    page: Page,
    errors: FormErrors,
    label: Field,
    request: String,
    wrong: Option<String>,
}

#[derive(Deserialize, Default)]
pub(crate) struct Arrival {
    /// What was done a moment ago.
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    #[serde(default)]
    label: String,
    #[serde(default)]
    request: String,
}

pub(crate) async fn keys(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(arrival): Query<Arrival>,
) -> web::Result<Response> {
    let page = below(page, "retail-keys", "/me/security");
    let formats = page.formats();
    let keys = pages.passport.signing_keys(&caller.0).await?;
    let done = DONE.into_iter().find(|(word, _)| *word == arrival.done);
    let shown = KeysPage {
        notice: done.map(|(_, key)| Banner::new(Tone::Done, Icon::Check, page.t(key), page.t(&format!("{key}.text")))),
        keys: keys
            .into_iter()
            .map(|key| KeyRow {
                id: key.id.0,
                algorithm: match key.algorithm {
                    SigningAlgorithm::P256 => "P-256",
                    SigningAlgorithm::Ed25519 => "Ed25519",
                    SigningAlgorithm::Sm2 => "SM2",
                },
                fingerprint: in_groups(&key.fingerprint),
                added: formats.day(key.added),
                until: formats.day(key.expires),
                used: key.last_used.map(|time| formats.when(time)),
                is_over: key.is_over,
                label: key.label,
            })
            .collect(),
        page,
    };
    Ok(Html(shown).into_response())
}

fn in_groups(digits: &str) -> String {
    digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(" ")
}

fn add_page(page: Page, label: &str, request: &str, errors: FormErrors) -> AddPage {
    AddPage {
        label: Field::new("label", page.t("retail-key-label"))
            .hint(page.t("retail-key-label-hint"))
            .max_length(40)
            .value(label)
            .errors(&errors),
        request: request.to_owned(),
        wrong: errors.get("request").map(str::to_owned),
        errors,
        page,
    }
}

pub(crate) async fn add_form(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    if let Err(error) = pages.passport.require_strong(&caller.0).await {
        return proof_first(&error, ADD).ok_or_else(|| error.into());
    }
    let page = below(page, "retail-key-add", LIST);
    Ok(Html(add_page(page, "", "", FormErrors::none())).into_response())
}

pub(crate) async fn add(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Request>,
) -> web::Result<Response> {
    let visitor = view::visitor(&page);
    match pages.passport.add_signing_key(&visitor, &caller.0, &typed.label, &typed.request).await {
        Ok(_) => Ok(Redirect::to("/me/security/keys?done=added").into_response()),
        Err(error) => match (proof_first(&error, ADD), in_field(&page, &error)) {
            (Some(first), _) => Ok(first),
            (None, Some((errors, status))) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
                let page = below(page, "retail-key-add", LIST);
                Ok((status, Html(add_page(page, &typed.label, &typed.request, errors))).into_response())
            }
            (None, None) => Err(error.into()),
        },
    }
}

pub(crate) async fn certificate(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let chain = pages.passport.certificate_chain(&caller.0, number(&id, UNKNOWN)?).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"tongbao-key.pem\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, chain).into_response())
}

pub(crate) async fn revoke(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    match pages.passport.revoke_signing_key(&view::visitor(&page), &caller.0, number(&id, UNKNOWN)?).await {
        Ok(()) => Ok(Redirect::to("/me/security/keys?done=revoked").into_response()),
        Err(error) => proof_first(&error, LIST).ok_or_else(|| error.into()),
    }
}
