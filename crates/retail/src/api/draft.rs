//! Transfers that wait for their owner's confirmation.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::{Path, State};
use kit::Refusal;
use passport::Visitor;
use payments::{Confirmed, DraftId};
use web::Page;

fn draft_id(text: &str) -> Result<DraftId, Refusal> {
    wire::number(text).map(DraftId).ok_or_else(|| Refusal::new("payments.draft_not_found", 404))
}

/// Show a draft
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{id}",
    operation_id = "showDraft",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The draft's `id`.")),
    responses(
        (status = 200, description = "The draft.", body = wire::Draft),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such draft.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::Draft>> {
    let draft = state.payments.draft(&caller.acting(), draft_id(&id)?).await?;
    Ok(Json(state.draft(draft)))
}

/// Send the code of a draft
///
/// Sends six digits to the person's phone; the text names payee and amount. They live five minutes and five tries, and
/// confirm this draft alone. The next one can be sent after a minute.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/code",
    operation_id = "sendDraftCode",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The draft's `id`.")),
    responses(
        (status = 200, description = "Sent.", body = wire::CodeSent),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such draft.",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The draft waited too long.",
            body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "A code is fresh, or there were too many; see Retry-After.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn send_code(
    State(state): State<ApiState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::CodeSent>> {
    let visitor = Visitor { address: page.sender(), device: None, agent: page.agent().to_owned() };
    let sent = state.payments.send_code(&visitor, &caller.acting(), draft_id(&id)?).await?;
    Ok(Json(state.code_sent(sent)))
}

/// Confirm a draft
///
/// Does what the draft wishes, once however often it is asked: pays it, sets its money aside, or keeps it as a schedule.
/// Confirming again gives the first answer.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/confirm",
    operation_id = "confirmDraft",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The draft's `id`.")),
    request_body = wire::Confirmation,
    responses(
        (status = 200, description = "Confirmed.", body = wire::ConfirmedDraft),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "It needs the code (`payments.code_needed`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such draft.",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The draft waited too long.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The code is wrong, or the bank refuses; `code` and `fields` say why. No money has moved.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn confirm(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(confirmation): Json<wire::Confirmation>,
) -> web::Result<Json<wire::ConfirmedDraft>> {
    let code = confirmation.code.as_deref();
    let (transfer, schedule) = match state.payments.confirm_with(&caller.acting(), draft_id(&id)?, code).await? {
        Confirmed::Paid(receipt) | Confirmed::Held(receipt) => (Some(state.transfer(receipt)), None),
        Confirmed::Scheduled(schedule) => (None, Some(state.schedule(schedule))),
    };
    Ok(Json(wire::ConfirmedDraft { transfer, schedule }))
}
