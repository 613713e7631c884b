//! The security centre: what we never ask, what to do at once, how we guard.

use super::{Saying, saying};
use askama::Template;
use axum::response::{IntoResponse, Response};
use web::{Html, Page};

#[derive(Template)]
#[template(path = "retail/guide/security.html")]
struct SecurityPage {
    page: Page,
    never: Vec<String>,
    now: Vec<Saying>,
    guard: Vec<Saying>,
}

pub(crate) async fn security(page: Page) -> Response {
    let page = page.public("security");
    let never = [
        "retail-never-code",
        "retail-never-password",
        "retail-never-safe-account",
        "retail-never-screen",
        "retail-never-fee",
    ];
    let now = ["retail-now-paid", "retail-now-told", "retail-now-lost"];
    let guard = ["retail-guard-name", "retail-guard-once", "retail-guard-books", "retail-guard-code"];
    let shown = SecurityPage {
        never: never.map(|key| page.t(key)).into(),
        now: now.map(|key| saying(&page, key)).into(),
        guard: guard.map(|key| saying(&page, key)).into(),
        page: page.clone(),
    };
    Html(shown).into_response()
}
