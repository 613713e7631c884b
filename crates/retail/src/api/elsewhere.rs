//! Money to and from other banks.

use super::ApiState;
use super::caller::Caller;
use super::card::card_id;
use super::transfer::{answered, idempotency_key};
use super::wire::{self, Problem, account_id};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::{Refusal, Timestamp};
use ledger::AccountId;
use money::{Amount, AmountWire};
use payments::{ElsewhereForm, InterbankWay, Service, TopUpForm, WithdrawForm};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A transfer to be made to another bank.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewElsewhere {
    /// The `id` of one of the person's accounts.
    #[schema(example = "17", max_length = 20)]
    from: String,
    /// The bank's number in the payment system, or its name; may be empty for a card, whose number tells it.
    #[serde(default)]
    #[schema(example = "990310020002", max_length = 100)]
    bank: String,
    /// The account or card number there.
    #[schema(example = "6200010000000005", max_length = 40)]
    account: String,
    /// The full name of who holds it.
    #[schema(example = "王建国", max_length = 60)]
    name: String,
    /// How much.
    amount: AmountWire,
    /// For the payee to read.
    #[serde(default)]
    #[schema(max_length = 60)]
    memo: String,
    /// `real_time` or `batch`; without it the amount decides.
    service: Option<ServiceWire>,
}

/// By which of the network's services a payment goes.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServiceWire {
    /// Within seconds, at any hour, up to an amount.
    RealTime,
    /// With the next settlement.
    Batch,
}

/// Money to be collected from a bound card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTopUp {
    /// The `id` of one of the person's accounts.
    #[schema(example = "17", max_length = 20)]
    to: String,
    /// How much.
    amount: AmountWire,
}

/// Money to be sent to a bound card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWithdrawal {
    /// The `id` of one of the person's accounts.
    #[schema(example = "17", max_length = 20)]
    from: String,
    /// How much.
    amount: AmountWire,
}

/// The side of a payment that lies at another bank.
#[derive(Serialize, ToSchema)]
pub(super) struct Elsewhere {
    /// `out`, `top_up`, `in`, `return` or `returned`.
    #[schema(example = "out")]
    way: &'static str,
    /// By which service.
    service: ServiceWire,
    /// The other bank's number in the payment system.
    #[schema(example = "990310020002")]
    bank_code: String,
    /// Its Chinese name.
    #[schema(example = "示范甲银行")]
    bank_name_zh: String,
    /// Its English name.
    #[schema(example = "Demo Bank A")]
    bank_name_en: String,
    /// The account there, masked.
    #[schema(example = "6200 **** 0005")]
    account_shown: String,
    /// `written`, `waiting`, `sending`, `sent`, `checking` while its outcome is not known; then `settled`, `refused`,
    /// `returned` or `abandoned`.
    #[schema(example = "sent")]
    state: &'static str,
    /// Whether nothing more is expected.
    is_final: bool,
    /// Why it was refused or returned: an external code of ISO 20022.
    #[schema(example = "AC04")]
    reason_code: Option<String>,
    /// The same as a stable code of this bank.
    #[schema(example = "payments.elsewhere_closed")]
    refusal: Option<&'static str>,
    /// When it is, or was, expected to be there.
    #[schema(format = DateTime)]
    expected_at: Option<String>,
    /// What happened, in order.
    steps: Vec<Step>,
}

/// Something that happened to a payment between banks.
#[derive(Serialize, ToSchema)]
struct Step {
    /// `asked`, `sent`, `checking`, `settled`, `refused` or `returned`.
    #[schema(example = "sent")]
    what: &'static str,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

impl ApiState {
    pub(super) fn elsewhere(&self, elsewhere: payments::Elsewhere) -> Elsewhere {
        let instant = |at: Timestamp| self.expires(at);
        Elsewhere {
            way: InterbankWay::code(elsewhere.way),
            service: match elsewhere.service {
                Service::RealTime => ServiceWire::RealTime,
                Service::Batch => ServiceWire::Batch,
            },
            bank_code: elsewhere.bank.code,
            bank_name_zh: elsewhere.bank.name_zh,
            bank_name_en: elsewhere.bank.name_en,
            account_shown: elsewhere.account_masked,
            state: elsewhere.state.code(),
            is_final: elsewhere.state.is_final(),
            reason_code: elsewhere.reason,
            refusal: elsewhere.reason_code,
            expected_at: elsewhere.expected.map(instant),
            steps: elsewhere.steps.into_iter().map(|(step, at)| Step { what: step.code(), at: instant(at) }).collect(),
        }
    }
}

/// The amount in the currency of the account that it moves on, as its digits. Refuses with `payments.currency_differs`.
async fn digits(state: &ApiState, caller: &Caller, account: AccountId, wire: &AmountWire) -> web::Result<String> {
    let amount = Amount::try_from(wire).map_err(payments::amount_invalid)?;
    let view = state.accounts.view(&caller.acting(), account).await?;
    if amount.currency != view.balance.currency {
        return Err(Refusal::new("payments.currency_differs", 422).with("field", "amount").into());
    }
    Ok(amount.plain())
}

/// Make a transfer to another bank
///
/// Answered and confirmed as a transfer within the bank is. Its outcome is told by `GET /api/v1/transfers/{id}`: what is
/// `held` is on its way, and `elsewhere` says how far. When the other bank does not take it, all of it comes back.
#[utoipa::path(
    post,
    path = "/api/v1/transfers/elsewhere",
    operation_id = "makeTransferElsewhere",
    tag = "Other banks",
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
        description = "Names this transfer among those of the person, for ever.")),
    request_body = NewElsewhere,
    responses(
        (status = 200, description = "Set aside by an earlier request with this key.", body = wire::Transfer),
        (status = 201, description = "Set aside, where the bank asks programs for no code.", body = wire::Transfer, headers(
            ("Location" = String, description = "Where the transfer is found."),
        )),
        (status = 202, description = "Written; nothing has moved. It waits ten minutes to be confirmed.", body = wire::Draft,
            headers(("Location" = String, description = "Where the draft is found."))),
        (status = 400, description = "No or no proper Idempotency-Key, or the body is not JSON.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came with another request before, or its request is still being worked on.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The bank refuses; `code` and `fields` say why. No money has moved.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The network between banks does not answer, or the bank is busy. Nothing was decided.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pay(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<NewElsewhere>,
) -> web::Result<Response> {
    let key = idempotency_key(&headers)?;
    let payer = account_id(&request.from)?;
    let amount = digits(&state, &caller, payer, &request.amount).await?;
    let service = request.service.map(|service| match service {
        ServiceWire::RealTime => Service::RealTime,
        ServiceWire::Batch => Service::Batch,
    });
    let NewElsewhere { bank, account, name, memo, .. } = request;
    let form = ElsewhereForm { payer, bank, account, name, amount, memo, service };
    let written = state.payments.write_elsewhere(&caller.acting(), key.as_deref(), form).await?;
    Ok(answered(&state, written))
}

/// Top up
///
/// Collects money from a bound card into one of the person's accounts. No code is needed, since it can only reach an account
/// of theirs. It usually arrives within seconds; `GET /api/v1/transfers/{id}` tells.
#[utoipa::path(
    post,
    path = "/api/v1/cards/{id}/top-ups",
    operation_id = "topUp",
    tag = "Other banks",
    security(("session" = [])),
    params(
        ("id" = String, Path, description = "The card's `id`."),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
            description = "Names this among the person's transfers, for ever."),
    ),
    request_body = NewTopUp,
    responses(
        (status = 202, description = "Begun, by this request or an earlier one with this key.", body = wire::Transfer, headers(
            ("Location" = String, description = "Where the transfer is found."),
        )),
        (status = 400, description = "No or no proper Idempotency-Key, or the body is not JSON.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card or account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came with another request before, or its request is still being worked on.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The bank refuses; `code` and `fields` say why. No money has moved.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The network between banks does not answer, or the bank is busy. Nothing was decided.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn top_up(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<NewTopUp>,
) -> web::Result<Response> {
    let key = idempotency_key(&headers)?;
    let card = state.payments.card(&caller.acting(), card_id(&id)?).await?.id;
    let account = account_id(&request.to)?;
    let amount = digits(&state, &caller, account, &request.amount).await?;
    let form = TopUpForm { account, card, amount };
    let receipt = state.payments.top_up(&caller.acting(), key.as_deref(), form).await?;
    let place = format!("/api/v1/transfers/{}", receipt.order);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(state.transfer(receipt))).into_response())
}

/// Withdraw
///
/// Sends money to a bound card; answered and confirmed as any transfer is.
#[utoipa::path(
    post,
    path = "/api/v1/cards/{id}/withdrawals",
    operation_id = "withdraw",
    tag = "Other banks",
    security(("session" = [])),
    params(
        ("id" = String, Path, description = "The card's `id`."),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
            description = "Names this among the person's transfers, for ever."),
    ),
    request_body = NewWithdrawal,
    responses(
        (status = 200, description = "Set aside by an earlier request with this key.", body = wire::Transfer),
        (status = 201, description = "Set aside, where the bank asks programs for no code.", body = wire::Transfer, headers(
            ("Location" = String, description = "Where the transfer is found."),
        )),
        (status = 202, description = "Written; nothing has moved. It waits ten minutes to be confirmed.", body = wire::Draft,
            headers(("Location" = String, description = "Where the draft is found."))),
        (status = 400, description = "No or no proper Idempotency-Key, or the body is not JSON.",
            body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card or account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key came with another request before, or its request is still being worked on.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The bank refuses; `code` and `fields` say why. No money has moved.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The network between banks does not answer, or the bank is busy. Nothing was decided.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn withdraw(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<NewWithdrawal>,
) -> web::Result<Response> {
    let key = idempotency_key(&headers)?;
    let card = state.payments.card(&caller.acting(), card_id(&id)?).await?.id;
    let payer = account_id(&request.from)?;
    let amount = digits(&state, &caller, payer, &request.amount).await?;
    let form = WithdrawForm { payer, card, amount };
    let written = state.payments.write_withdrawal(&caller.acting(), key.as_deref(), form).await?;
    Ok(answered(&state, written))
}
