//! Whom a person has paid before.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kit::Refusal;
use payments::SavedPayeeId;

/// List saved payees
///
/// Whom the person has paid before, the latest first. `to` of a transfer takes their `to`.
#[utoipa::path(
    get,
    path = "/api/v1/payees",
    operation_id = "listPayees",
    tag = "Transfers",
    security(("session" = [])),
    responses(
        (status = 200, description = "The payees.", body = wire::Payees),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<wire::Payees>> {
    let payees = state.payments.saved_payees(&caller.acting()).await?;
    Ok(Json(wire::Payees { items: payees.into_iter().map(|payee| state.payee(payee)).collect() }))
}

/// Remove a saved payee
///
/// The next payment to them puts them on the list again.
#[utoipa::path(
    delete,
    path = "/api/v1/payees/{id}",
    operation_id = "removePayee",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The payee's `id`.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such payee.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<StatusCode> {
    let id = wire::number(&id).ok_or_else(|| Refusal::new("payments.saved_payee_not_found", 404))?;
    state.payments.remove_saved_payee(&caller.acting(), SavedPayeeId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
