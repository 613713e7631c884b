//! Transfers that the bank's clock starts.

use super::ApiState;
use super::caller::Caller;
use super::transfer::{answered, idempotency_key};
use super::wire::{self, Problem, account_id};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use kit::Refusal;
use money::Amount;
use payments::{ScheduleId, TransferOptions, TransferRequest, When};

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

/// Make a schedule
///
/// A transfer that is paid at 9:00 of the bank's clock on a day, or again and again from a day on. It is confirmed once, like
/// a transfer; each payment it makes counts among what its owner confirms by text. The same `Idempotency-Key` gives the
/// draft, or the schedule that it became.
#[utoipa::path(
    post,
    path = "/api/v1/schedules",
    operation_id = "makeSchedule",
    tag = "Transfers",
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
        description = "Names this schedule among the transfers of the person, for ever.")),
    request_body = wire::NewSchedule,
    responses(
        (status = 200, description = "Confirmed before.", body = wire::Schedule),
        (status = 202, description = "Written. It waits ten minutes to be confirmed.", body = wire::Draft,
            headers(("Location" = String, description = "Where the draft is found."))),
        (status = 400, description = "No or no proper Idempotency-Key, or the body is not JSON.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came with another request before, or its request is still being worked on.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The bank refuses; `code` and `fields` say why.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<wire::NewSchedule>,
) -> web::Result<Response> {
    let key = idempotency_key(&headers)?;
    let amount = Amount::try_from(&request.amount).map_err(payments::amount_invalid)?;
    let when = When::parse(&request.rhythm, &request.first_day, request.last_day.as_deref().unwrap_or_default())?;
    if !when.is_scheduled() {
        return Err(Refusal::new("payments.when_invalid", 422).with("field", "rhythm").into());
    }
    let wish = TransferRequest { payer: account_id(&request.from)?, payee: request.to, amount, memo: request.memo };
    let written = state
        .payments
        .write(&caller.acting(), key.as_deref(), wish, TransferOptions { when, ..TransferOptions::default() })
        .await?;
    Ok(answered(&state, written))
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
