//! Moving money.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, NewTransfer, Problem, account_id};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use money::Amount;
use payments::{OrderNumber, TransferOptions, TransferRequest, When, Written};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Make a transfer
///
/// From one of the person's accounts to a mobile number, account number or saved payee of this bank. A person's transfer is
/// confirmed by a code from their phone: the answer is then 202 with a draft, to be confirmed under `/api/v1/drafts`. Send
/// the same `Idempotency-Key` again when there was no answer: it stands for one transfer for ever, and gives the draft, or
/// what became of it. With `delayed` the money waits 24 hours and can be
/// recalled; with `draft` it is a draft also where the bank asks programs for no code; with `invite` a mobile number that is no customer's yet gets a text, and the money waits three days for them.
#[utoipa::path(
    post,
    path = "/api/v1/transfers",
    operation_id = "makeTransfer",
    tag = "Transfers",
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
        description = "Names this transfer among those of the person, for ever.")),
    request_body = NewTransfer,
    responses(
        (status = 200, description = "Paid, or set aside, by an earlier request with this key.", body = wire::Transfer),
        (status = 201, description = "Paid, where the bank asks programs for no code.", body = wire::Transfer, headers(
            ("Location" = String, description = "Where the transfer is found."),
        )),
        (status = 202, description = "Written; nothing has moved. It waits ten minutes to be confirmed.", body = wire::Draft,
            headers(("Location" = String, description = "Where the draft is found."))),
        (status = 400, description = "No or no proper Idempotency-Key, or the body is not JSON.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came with another request before (`idempotency.conflict`), or its request is \
            still being worked on (`idempotency.in_progress`; see Retry-After).",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The bank refuses; `code` and `fields` say why. No money has moved.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The bank is busy. Nothing was decided; send it again with the same key after \
            Retry-After.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pay(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<NewTransfer>,
) -> web::Result<Response> {
    let key = idempotency_key(&headers)?;
    let amount = Amount::try_from(&request.amount).map_err(payments::amount_invalid)?;
    let when = if request.delayed { When::Delayed } else { When::Now };
    let options = TransferOptions { when, invite: request.invite };
    let wish = TransferRequest { payer: account_id(&request.from)?, payee: request.to, amount, memo: request.memo };
    let (who, payments) = (caller.acting(), &state.payments);
    let written = match request.draft {
        true => payments.write_to_confirm(&who, key.as_deref(), wish, options).await?,
        false => payments.write(&who, key.as_deref(), wish, options).await?,
    };
    Ok(answered(&state, written))
}

/// What a program is answered about what it asked to be written.
pub(super) fn answered(state: &ApiState, written: Written) -> Response {
    match written {
        Written::Paid(paid) if paid.replayed => Json(state.transfer(paid.receipt)).into_response(),
        Written::Paid(paid) => {
            let place = format!("/api/v1/transfers/{}", paid.receipt.order);
            (StatusCode::CREATED, [(header::LOCATION, place)], Json(state.transfer(paid.receipt))).into_response()
        }
        Written::Draft(draft) => {
            let place = format!("/api/v1/drafts/{}", draft.id);
            (StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(state.draft(draft))).into_response()
        }
        Written::Scheduled(schedule) => Json(state.schedule(schedule)).into_response(),
    }
}

/// List waiting transfers
///
/// The person's transfers whose money is set aside, what ends soonest first. Each can be recalled.
#[utoipa::path(
    get,
    path = "/api/v1/transfers/waiting",
    operation_id = "listWaitingTransfers",
    tag = "Transfers",
    security(("session" = [])),
    responses(
        (status = 200, description = "The transfers that wait.", body = wire::Transfers),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn waiting(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<wire::Transfers>> {
    let waiting = state.payments.waiting(&caller.acting()).await?;
    Ok(Json(wire::Transfers { items: waiting.into_iter().map(|receipt| state.transfer(receipt)).collect() }))
}

/// Show a transfer
///
/// The receipt, for payer and payee.
#[utoipa::path(
    get,
    path = "/api/v1/transfers/{id}",
    operation_id = "showTransfer",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The transfer's `id`.")),
    responses(
        (status = 200, description = "The transfer.", body = wire::Transfer),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no part in such a transfer.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn receipt(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::Transfer>> {
    let receipt = state.payments.receipt(&caller.acting(), OrderNumber::parse(&id)?).await?;
    Ok(Json(state.transfer(receipt)))
}

/// Recall a transfer
///
/// Takes the money of a transfer back that is still waiting. Recalling again gives the same answer.
#[utoipa::path(
    post,
    path = "/api/v1/transfers/{id}/recall",
    operation_id = "recallTransfer",
    tag = "Transfers",
    security(("session" = [])),
    params(("id" = String, Path, description = "The transfer's `id`.")),
    responses(
        (status = 200, description = "Recalled.", body = wire::Transfer),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person pays no such transfer that could wait.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has been paid already (`payments.recall_too_late`).",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn recall(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<wire::Transfer>> {
    let receipt = state.payments.recall(&caller.acting(), OrderNumber::parse(&id)?).await?;
    Ok(Json(state.transfer(receipt)))
}

/// The key that came with the request; two of them are none.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = keys.next();
    let invalid = || Refusal::new("idempotency.key_invalid", 400);
    if keys.next().is_some() {
        return Err(invalid());
    }
    key.map(|key| key.to_str().map(str::to_owned).map_err(|_| invalid())).transpose()
}
