//! Reading and setting cookies. Over TLS every cookie of ours has the `__Host-` prefix, which binds it to this very
//! host; the loopback demo over plain HTTP cannot use it.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use std::convert::Infallible;

/// The session's token.
pub(crate) const SESSION: &str = "session";
/// The secret by which a browser is recognised at the next sign-in.
pub(crate) const DEVICE: &str = "device";
/// The same two for the bank's staff.
pub(crate) const STAFF_SESSION: &str = "staff-session";
pub(crate) const STAFF_DEVICE: &str = "staff-device";
/// The secret half of the form token.
pub(crate) const GUARD: &str = "guard";
/// `zh` or `en`.
pub(crate) const LANGUAGE: &str = "language";
/// `light` or `dark`.
pub(crate) const THEME: &str = "theme";
/// `hidden` when amounts are not to be shown.
pub(crate) const AMOUNTS: &str = "amounts";
/// `large` for large print.
pub(crate) const PRINT: &str = "print";

/// A year, for preferences.
pub(crate) const YEAR_S: i64 = 365 * 24 * 60 * 60;

/// The full name of a cookie.
fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of a cookie in a request. Of two with one name the first counts.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> Option<&'a str> {
    let name = full_name(name, secure);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A `Set-Cookie` header, to put before a response: `(page.start_session(..), Redirect::to("/home"))`.
#[derive(Debug, Clone)]
pub struct SetCookie(HeaderValue);

impl SetCookie {
    /// A cookie that scripts cannot read and other sites cannot send along, for so many seconds; 0 deletes it.
    /// Values are our own tokens and words; any other value is not set at all.
    pub(crate) fn new(name: &str, value: &str, max_age_s: i64, secure: bool) -> Self {
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        let (value, max_age_s) = if plain { (value, max_age_s) } else { ("", 0) };
        let tls = if secure { "; Secure" } else { "" };
        let name = full_name(name, secure);
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{tls}");
        // The line is ASCII by now, so that the fallback is never taken.
        Self(HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static("session=; Max-Age=0; Path=/")))
    }

    pub(crate) fn header(self) -> HeaderValue {
        self.0
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.headers_mut().append(header::SET_COOKIE, self.0);
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_the_prefixed_cookie_alone_counts() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; session=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-session=bound; session=second"));
        assert_eq!(read(&headers, SESSION, true), Some("bound"));
        assert_eq!(read(&headers, SESSION, false), Some("plain"));
        assert_eq!(read(&headers, THEME, false), None);
    }

    #[test]
    fn a_value_cannot_smuggle_another_attribute() {
        let line = SetCookie::new(SESSION, "x; Domain=evil.example", 60, true).header();
        assert_eq!(line, "__Host-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
    }
}
