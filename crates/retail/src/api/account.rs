//! Balances and movements.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem, account_id};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

/// Rows of a page if the request does not say.
const PAGE_DEFAULT: u32 = 20;

/// List accounts
///
/// All accounts of the person, oldest first, with their balances of this moment.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "listAccounts",
    tag = "Accounts",
    security(("session" = [])),
    responses(
        (status = 200, description = "The accounts.", body = wire::Accounts),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<wire::Accounts>> {
    let accounts = state.accounts.list(&caller.acting()).await?;
    Ok(Json(wire::Accounts { items: accounts.into_iter().map(|account| state.account(account)).collect() }))
}

/// Show an account
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}",
    operation_id = "showAccount",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`.")),
    responses(
        (status = 200, description = "The account.", body = wire::Account),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::Account>> {
    let account = state.accounts.view(&caller.acting(), account_id(&id)?).await?;
    Ok(Json(state.account(account)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageWish {
    /// The `next` of the page before; without it the newest page.
    #[param(max_length = 32)]
    cursor: Option<String>,
    /// Rows of the page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// List movements
///
/// The booked movements of an account, newest first, each with the balance after it.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/movements",
    operation_id = "listMovements",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`."), PageWish),
    responses(
        (status = 200, description = "A page of movements.", body = wire::Movements),
        (status = 400, description = "The cursor or the limit is none.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn movements(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Query(wish): Query<PageWish>,
) -> web::Result<Json<wire::Movements>> {
    let limit = wish.limit.unwrap_or(PAGE_DEFAULT);
    let page = state.payments.statement(&caller.acting(), account_id(&id)?, wish.cursor.as_deref(), limit).await?;
    let items = page.items.into_iter().map(|line| state.movement(line)).collect();
    Ok(Json(wire::Movements { items, next: page.next }))
}
