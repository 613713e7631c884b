//! Proof that a form was served to the browser that sends it back.
//!
//! A random *guard* lives in a cookie that scripts cannot read. The token inside a form is a hash of the guard and
//! of the session's token, so that it dies at sign-in and sign-out and nothing needs to be stored. It is masked
//! anew for every page: a compressed page that repeats a secret would give it away by its length.

use crate::Web;
use crate::body::LIMIT_BYTES;
use crate::error::Failure;
use crate::page::Visit;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use std::sync::Arc;

/// The hidden field's name.
pub(crate) const FIELD: &str = "csrf";

type Half = [u8; 16];

/// The token that belongs to a guard and a session, before masking.
fn token(guard: &str, session: &str) -> Half {
    let mut hasher = blake3::Hasher::new_derive_key("tongbao form token 1");
    // The guard has one length, so that the border between the two parts cannot move.
    hasher.update(guard.as_bytes()).update(session.as_bytes());
    let mut half = Half::default();
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    half
}

/// The token as a form carries it: a mask, and the token under that mask.
pub(crate) fn masked(guard: &str, session: &str, mask: Half) -> String {
    let token = token(guard, session);
    let bytes = mask.iter().copied().chain(mask.iter().zip(token).map(|(mask, token)| mask ^ token));
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn matches(sent: &str, guard: &str, session: &str) -> bool {
    let expected = token(guard, session);
    if sent.len() != 64 || !sent.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let byte = |index: usize| u8::from_str_radix(&sent[2 * index..2 * index + 2], 16).unwrap_or(0);
    // All bytes are looked at whatever the first ones say, so that time tells nothing.
    (0..16).fold(0, |different, index| different | (byte(index) ^ byte(index + 16) ^ expected[index])) == 0
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// Refuses a request that changes something unless it is JSON for the API or a form with its token.
pub(crate) async fn check(State(web): State<Web>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let Some(visit) = request.extensions().get::<Arc<Visit>>().cloned() else {
        return next.run(request).await;
    };
    let kind = content_type(request.headers()).to_ascii_lowercase();
    if visit.is_api {
        // A browser sends JSON to another site only after asking, and we never say yes; the three types that it
        // sends unasked are refused here.
        let json = kind == "application/json" || kind.ends_with("+json");
        return if kind.is_empty() || json {
            next.run(request).await
        } else {
            Failure::from(Refusal::new("web.unsupported_type", 415)).into_response()
        };
    }
    if kind != "application/x-www-form-urlencoded" {
        return Failure::from(Refusal::new("web.form_expired", 403)).into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let sent = text.split('&').find_map(|pair| pair.strip_prefix(FIELD)?.strip_prefix('='));
    let guard = crate::cookie::read(&parts.headers, crate::cookie::GUARD, web.settings().secure);
    let genuine = guard.zip(sent).is_some_and(|(guard, sent)| matches(sent, guard, visit.session_token()));
    if !genuine {
        return Failure::from(Refusal::new("web.form_expired", 403)).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_guard_and_session_alone_under_any_mask() {
        let guard = "00112233445566778899aabbccddeeff";
        let (one, two) = (masked(guard, "s", [7; 16]), masked(guard, "s", [9; 16]));
        assert_ne!(one, two);
        assert!(matches(&one, guard, "s") && matches(&two, guard, "s"));
        assert!(!matches(&one, guard, "") && !matches(&one, guard, "t"));
        assert!(!matches(&one, "ff112233445566778899aabbccddeeff", "s"));
        assert!(!matches("", guard, "s") && !matches(&one[..62], guard, "s") && !matches(&"é".repeat(32), guard, "s"));
        let flipped = format!("{}{}", &one[..63], if one.ends_with('0') { '1' } else { '0' });
        assert!(!matches(&flipped, guard, "s"));
    }
}
