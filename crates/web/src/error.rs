//! The faces of what goes wrong: an HTML page or an RFC 9457 problem document, made in one place.

use crate::page::{Page, Visit};
use crate::{Arg, Icon, Web};
use askama::Template;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Fault, FieldValue, Refusal};
use money::{Amount, Currency};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a handler returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A refusal or a fault on its way to the person or program that asked. It becomes a response with a bare status;
/// the frame draws the page or the problem document, because only the frame knows language and wishes.
#[derive(Debug, Clone)]
pub struct Failure(Arc<Error>);

/// The code of "you are not signed in", on which a page leads to sign-in.
const SIGN_IN_REQUIRED: &str = "web.sign_in_required";

impl Failure {
    /// Nobody is signed in and somebody must be.
    pub fn sign_in_required() -> Self {
        Refusal::new(SIGN_IN_REQUIRED, 401).into()
    }

    /// There is nothing here, or nothing that this person may know of.
    pub fn not_found() -> Self {
        Refusal::new("web.not_found", 404).into()
    }

    /// What went wrong.
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Error::from(refusal).into()
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Error::from(fault).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &*self.0 {
            Error::Refusal(refusal) => StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
            Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A page: a template rendered as HTML. `(StatusCode::UNPROCESSABLE_ENTITY, Html(form))` for a form with errors.
#[derive(Debug)]
pub struct Html<T>(pub T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => axum::response::Html(text).into_response(),
            Err(error) => Failure::from(Fault::from(error).context("rendering a page")).into_response(),
        }
    }
}

/// What is said about a failure, in the visitor's language.
struct Said {
    code: &'static str,
    title: String,
    text: String,
    /// What to do now and where, if the room that refused knows better than going home: the refusal's field `next` is
    /// a path, its message's attribute `.next` the words.
    next: Option<(String, String)>,
}

/// The generic code for a status that a library answered with.
fn code_of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => SIGN_IN_REQUIRED,
        403 => "web.forbidden",
        404 => "web.not_found",
        405 => "web.method_not_allowed",
        408 => "web.timeout",
        413 => "web.too_large",
        415 => "web.unsupported_type",
        429 => "web.too_many_requests",
        503 => "web.busy",
        500.. => "web.fault",
        _ => "web.bad_request",
    }
}

/// The amount of a field `…_minor`, in the refusal's currency.
fn amount_of(refusal: &Refusal, minor: i64) -> Amount {
    let currency = match refusal.fields.get("currency") {
        Some(FieldValue::Text(code)) => Currency::from_code(code).unwrap_or(Currency::CNY),
        _ => Currency::CNY,
    };
    Amount::new(minor, currency)
}

impl Page {
    /// Title and text of a refusal, its amounts written out. A code without a text of its own gets the general one.
    pub fn refusal_texts(&self, refusal: &Refusal) -> (String, String) {
        let amounts: Vec<(String, String)> = refusal
            .fields
            .iter()
            .filter_map(|(name, value)| match value {
                FieldValue::Integer(minor) => Some((
                    name.strip_suffix("_minor")?.to_owned(),
                    self.formats().in_sentence(amount_of(refusal, *minor)),
                )),
                FieldValue::Text(_) => None,
            })
            .collect();
        let mut args: Vec<(&str, Arg<'_>)> = amounts.iter().map(|(name, text)| (name.as_str(), text.into())).collect();
        for (name, value) in &refusal.fields {
            match value {
                FieldValue::Integer(number) => args.push((name, (*number).into())),
                FieldValue::Text(text) => args.push((name, text.into())),
            }
        }
        let key = format!("refusal-{}", refusal.code.replace('.', "-"));
        let text = format!("{key}.text");
        if self.has(&key) && self.has(&text) {
            (self.tx(&key, &args), self.tx(&text, &args))
        } else {
            (self.t("refusal-web-general"), self.t("refusal-web-general.text"))
        }
    }

    fn said(&self, failure: Option<&Failure>, status: StatusCode, is_safe: bool) -> Said {
        let refusal = match failure.map(Failure::error) {
            Some(Error::Refusal(refusal)) => refusal.clone(),
            _ => Refusal::new(code_of_status(status), status.as_u16()),
        };
        let (title, mut text) = self.refusal_texts(&refusal);
        // Whether money moved is known only for requests that cannot move any.
        if status.is_server_error() && !is_safe && refusal.code.starts_with("web.") {
            text = self.t("refusal-web-fault.after-sending");
        }
        let words = format!("refusal-{}.next", refusal.code.replace('.', "-"));
        let next = match refusal.fields.get("next") {
            Some(FieldValue::Text(path)) if self.has(&words) => Some((self.t(&words), path.clone())),
            _ => None,
        };
        Said { code: refusal.code, title, text, next }
    }
}

#[derive(Template)]
#[template(path = "web/failure.html")]
struct FailurePage {
    page: Page,
    said: Said,
    is_ours: bool,
    home: &'static str,
}

/// Gives a failed response its face. Responses that a handler drew itself pass unchanged.
pub(crate) async fn draw(web: &Web, visit: &Arc<Visit>, is_safe: bool, response: Response) -> Response {
    let status = response.status();
    let failure = response.extensions().get::<Failure>().cloned();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_plain = kind.is_empty() || kind.starts_with("text/plain");
    if failure.is_none() && !is_plain {
        return response;
    }
    let cross_origin = response.extensions().get::<tower_http::csrf::ProtectionError>().is_some();
    let failure = if cross_origin { Some(Refusal::new("web.cross_origin", 403).into()) } else { failure };
    if let Some(Error::Fault(fault)) = failure.as_ref().map(Failure::error) {
        tracing::error!(request_id = visit.id(), %fault, "a request failed");
    }
    let page = Page::new(web.clone(), visit.clone());
    let said = page.said(failure.as_ref(), status, is_safe);
    if said.code == SIGN_IN_REQUIRED && visit.wants_page {
        let next = if is_safe { visit.address() } else { visit.area.home() };
        return Redirect::to(&format!("{}?next={}", visit.area.sign_in(), encode(next))).into_response();
    }
    let refusal = match failure.as_ref().map(Failure::error) {
        Some(Error::Refusal(refusal)) => Some(refusal),
        _ => None,
    };
    // A header such as Allow stays; what described the old body goes.
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = refusal.and_then(|refusal| refusal.integer("retry_after_s")) {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(0)));
    }
    let face = if visit.wants_page {
        let home = if visit.session().is_some() { visit.area.home() } else { visit.area.front() };
        let page = if visit.session().is_some() { page.member("") } else { page };
        let drawn = FailurePage { page, said, is_ours: status.is_server_error(), home }.render();
        // A broken error page must not lead to itself.
        axum::response::Html(drawn.unwrap_or_else(|_| "<!doctype html><title>500</title><h1>500</h1>".to_owned()))
            .into_response()
    } else {
        let hint = if failure.is_none() { reason(status, body).await } else { None };
        problem(&page, status, &said, refusal, hint, &mut parts.headers)
    };
    let (face_parts, face_body) = face.into_parts();
    parts.headers.extend(face_parts.headers);
    parts.extensions.remove::<Failure>();
    Response::from_parts(parts, face_body)
}

/// What a library said about a malformed request ("missing field `amount`"): of use to whoever writes the client.
async fn reason(status: StatusCode, body: Body) -> Option<String> {
    if !matches!(status.as_u16(), 400 | 415 | 422) {
        return None;
    }
    let bytes = to_bytes(body, 2048).await.ok()?;
    String::from_utf8(bytes.to_vec()).ok().filter(|text| !text.trim().is_empty())
}

/// The problem document of RFC 9457.
fn problem(
    page: &Page,
    status: StatusCode,
    said: &Said,
    refusal: Option<&Refusal>,
    hint: Option<String>,
    headers: &mut HeaderMap,
) -> Response {
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let mut fields = Map::new();
    for (name, value) in refusal.iter().flat_map(|refusal| &refusal.fields) {
        match (value, name.strip_suffix("_minor"), refusal) {
            (FieldValue::Integer(minor), Some(name), Some(refusal)) => {
                let amount = amount_of(refusal, *minor);
                let wire = json!({ "value": amount.plain(), "currency": amount.currency.code() });
                fields.insert(name.to_owned(), wire);
            }
            (FieldValue::Integer(number), ..) => drop(fields.insert((*name).to_owned(), Value::from(*number))),
            (FieldValue::Text(text), ..) => drop(fields.insert((*name).to_owned(), Value::from(text.as_str()))),
        }
    }
    let document = json!({
        "type": format!("urn:tongbao:problem:{}", said.code),
        "title": said.title,
        "status": status.as_u16(),
        "detail": hint.as_deref().unwrap_or(&said.text),
        "code": said.code,
        "request_id": page.visit().id(),
        "fields": fields,
    });
    ([(header::CONTENT_TYPE, "application/problem+json")], Json(document).0.to_string()).into_response()
}

/// Percent-encodes an address for a query value.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl FailurePage {
    /// The mark of the page: rouge when we broke, amber when the bank says no.
    fn mark(&self) -> crate::ui::CoinMark {
        if self.is_ours {
            crate::ui::CoinMark::danger(Icon::Attention).big()
        } else {
            crate::ui::CoinMark::refused().big()
        }
    }
}
