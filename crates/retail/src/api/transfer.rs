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
use payments::{OrderNumber, TransferRequest};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Make a transfer
///
/// Pays at once from one of the person's accounts to a mobile number or account number of this bank. Send the same
/// `Idempotency-Key` again when there was no answer: the money moves once, and the first answer is given again, a
/// refusal by the ledger too.
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
        (status = 200, description = "Paid by an earlier request with this key.", body = wire::Transfer),
        (status = 201, description = "Paid.", body = wire::Transfer, headers(
            ("Location" = String, description = "Where the transfer is found."),
        )),
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
    let wish = TransferRequest { payer: account_id(&request.from)?, payee: request.to, amount, memo: request.memo };
    let paid = state.payments.pay(&caller.acting(), key.as_deref(), wish).await?;
    let place = format!("/api/v1/transfers/{}", paid.receipt.order);
    let answer = Json(state.transfer(paid.receipt));
    Ok(if paid.replayed {
        (StatusCode::OK, answer).into_response()
    } else {
        (StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response()
    })
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
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = keys.next();
    let invalid = || Refusal::new("idempotency.key_invalid", 400);
    if keys.next().is_some() {
        return Err(invalid());
    }
    key.map(|key| key.to_str().map(str::to_owned).map_err(|_| invalid())).transpose()
}
