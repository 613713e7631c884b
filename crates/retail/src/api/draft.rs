//! Transfers that wait for their owner's confirmation.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::{Path, State};
use kit::Refusal;
use passport::{FactorId, Visitor};
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

/// Ask for a proof of a draft
///
/// By text, token or key. What is asked lives five minutes and five tries, belongs to this session, and proves this draft
/// alone; asking by another factor ends what was asked before and keeps payee and amount. The next text can be sent after a
/// minute.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/challenge",
    operation_id = "askDraftProof",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The draft's `id`.")),
    request_body = wire::Asking,
    responses(
        (status = 200, description = "Asked.", body = wire::Challenge),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such draft.",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The draft waited too long.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "There is no such factor, or this person cannot use it here.",
            body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "A code is fresh, or there were too many; see Retry-After.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ask(
    State(state): State<ApiState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Json(asking): Json<wire::Asking>,
) -> web::Result<Json<wire::Challenge>> {
    let visitor = Visitor { address: page.sender(), device: None, agent: page.agent().to_owned() };
    let not_held = || Refusal::new("passport.factor_not_held", 404);
    let holding = asking.holding.map(|id| id.parse().map(FactorId).map_err(|_| not_held())).transpose()?;
    let (factor, id) = (wire::factor(&asking.factor)?, draft_id(&id)?);
    let challenge = state.payments.ask_proof(&visitor, &caller.acting(), id, factor, holding, "").await?;
    Ok(Json(state.challenge(challenge)))
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
        (status = 403, description = "It needs a proof (`payments.code_needed`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such draft.",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The draft waited too long.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The proof is wrong, or the bank refuses; `code` and `fields` say why. No money has moved.",
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
    let (id, proof) = (draft_id(&id)?, confirmation.proof()?);
    let (transfer, schedule) = match state.payments.confirm_with(&caller.acting(), id, proof.as_ref()).await? {
        Confirmed::Paid(receipt) | Confirmed::Held(receipt) => (Some(state.transfer(receipt)), None),
        Confirmed::Scheduled(schedule) => (None, Some(state.schedule(schedule))),
    };
    Ok(Json(wire::ConfirmedDraft { transfer, schedule }))
}
