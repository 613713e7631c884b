//! Without a network: a service worker that keeps the site's own files and one page that says what to do.
//!
//! Pages of the bank are never kept: what stands on them was true once, and they belong to whoever is signed in.

use crate::{Html, Page, Web};
use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

const WORKER: &str = include_str!("../assets/worker.js");

pub(crate) fn routes() -> Router {
    Router::new().route("/offline", get(offline)).route("/worker.js", get(worker))
}

/// In both languages and without a form: it is kept on the device and shown to whoever sits there.
#[derive(Template)]
#[template(path = "web/offline.html")]
struct Offline {
    page: Page,
}

async fn offline(page: Page) -> Response {
    Html(Offline { page }).into_response()
}

/// The worker names the files by their hashes, so that it changes whenever one of them does.
async fn worker(Extension(web): Extension<Web>) -> Response {
    let files: Vec<&str> = web.assets().all();
    let list = serde_json::to_string(&files).unwrap_or_else(|_| "[]".to_owned());
    let edition = blake3::hash(list.as_bytes()).to_hex();
    let text = WORKER.replace("[\"FILES\"]", &list).replace("EDITION", &edition[..12]);
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}
