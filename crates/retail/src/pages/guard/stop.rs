//! The kill switch: what it does, the button, and what it ended.

use super::below;
use crate::pages::PageState;
use crate::pages::caller::Caller;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use payments::{Killed, KilledBy};
use web::{Html, Page};

#[derive(Template)]
#[template(path = "retail/guard/stop.html")]
struct StopPage {
    page: Page,
    what: [String; 5],
}

#[derive(Template)]
#[template(path = "retail/guard/stopped.html")]
struct StoppedPage {
    page: Page,
    ended: Vec<(String, u64)>,
    /// How many cannot be stopped, in a sentence.
    on_their_way: Option<String>,
    is_case: bool,
}

pub(crate) async fn stop(page: Page, _caller: Caller) -> Response {
    let page = below(page, "retail-stop");
    let what = [
        "retail-stop-sessions",
        "retail-stop-devices",
        "retail-stop-cards",
        "retail-stop-payments",
        "retail-stop-money",
    ]
    .map(|key| page.t(key));
    Html(StopPage { what, page }).into_response()
}

/// Ends everything, this session too.
pub(crate) async fn stop_now(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let session = &caller.0;
    let by = KilledBy::Owner(session.id);
    let killed = pages.payments.kill(session.person, session.customer, by).await?;
    Ok(stopped(page, &killed, false))
}

/// What was ended; shown to who is no longer signed in.
pub(super) fn stopped(page: Page, killed: &Killed, is_case: bool) -> Response {
    let page = page.public("");
    let ended = [
        ("retail-stopped-sessions", killed.sessions),
        ("retail-stopped-tokens", killed.tokens),
        ("retail-stopped-devices", killed.devices),
        ("retail-stopped-passkeys", killed.passkeys),
        ("retail-stopped-cards", killed.cards),
        ("retail-stopped-drafts", killed.drafts),
        ("retail-stopped-recalled", killed.recalled),
        ("retail-stopped-schedules", killed.schedules),
        ("retail-stopped-raises", killed.raises),
    ];
    let ended = ended.into_iter().map(|(key, count)| (page.t(key), count)).collect();
    let count = killed.on_their_way.len() as i64;
    let on_their_way = (count > 0).then(|| page.tx("retail-stopped-way", &[("n", count.into())]));
    Html(StoppedPage { ended, on_their_way, is_case, page }).into_response()
}
