//! News for an open page: a word that changes with the movements, asked for by the page's script.
//!
//! Nothing stays open and no connection to the database is kept: each question is answered at once. It does not count as
//! a use of the session, so that a page left open still signs itself out.

use super::PageState;
use super::caller::Caller;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct News {
    pulse: String,
}

pub(crate) async fn live(State(pages): State<PageState>, caller: Caller) -> web::Result<Json<News>> {
    Ok(Json(News { pulse: pages.payments.pulse(&caller.acting()).await? }))
}
