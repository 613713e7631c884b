//! Transfers that the bank's clock starts.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::{Path, State};
use kit::Refusal;
use payments::ScheduleId;

/// List schedules
///
/// The person's scheduled and recurring transfers, the newest first, those that are over too.
#[utoipa::path(
    get,
    path = "/api/v1/schedules",
    operation_id = "listSchedules",
    tag = "Transfers",
    security(("session" = [])),
    responses(
        (status = 200, description = "The schedules.", body = wire::Schedules),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<wire::Schedules>> {
    let schedules = state.payments.schedules(&caller.acting()).await?;
    Ok(Json(wire::Schedules { items: schedules.into_iter().map(|schedule| state.schedule(schedule)).collect() }))
}

/// Stop a schedule
///
/// Nothing more is paid by it; what was paid stays paid. Stopping one that is over changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/schedules/{id}",
    operation_id = "stopSchedule",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The schedule's `id`.")),
    responses(
        (status = 200, description = "The schedule as it is now.", body = wire::Schedule),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such schedule.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn stop(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::Schedule>> {
    let id = wire::number(&id).ok_or_else(|| Refusal::new("payments.schedule_not_found", 404))?;
    let schedule = state.payments.cancel_schedule(&caller.acting(), ScheduleId(id)).await?;
    Ok(Json(state.schedule(schedule)))
}
