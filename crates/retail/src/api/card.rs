//! Other banks, and the person's cards there.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use kit::Refusal;
use payments::{BoundCard, CardCheckId, CardForm, CardId, OtherBank};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The other banks.
#[derive(Serialize, ToSchema)]
pub(super) struct Banks {
    /// In no order.
    items: Vec<Bank>,
}

/// Another bank.
#[derive(Serialize, ToSchema)]
pub(super) struct Bank {
    /// Its number in the payment system.
    #[schema(example = "990310020002")]
    code: String,
    /// Its Chinese name.
    #[schema(example = "示范甲银行")]
    name_zh: String,
    /// Its English name.
    #[schema(example = "Demo Bank A")]
    name_en: String,
    /// With what the numbers of its cards begin.
    card_prefixes: Vec<String>,
}

impl From<&OtherBank> for Bank {
    fn from(bank: &OtherBank) -> Self {
        Self {
            code: bank.code.clone(),
            name_zh: bank.name_zh.clone(),
            name_en: bank.name_en.clone(),
            card_prefixes: bank.bins.clone(),
        }
    }
}

/// The person's bound cards.
#[derive(Serialize, ToSchema)]
pub(super) struct Cards {
    /// The oldest first.
    items: Vec<Card>,
}

/// A card of another bank.
#[derive(Serialize, ToSchema)]
pub(super) struct Card {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    id: String,
    /// The bank's number in the payment system.
    #[schema(example = "990310020002")]
    bank_code: String,
    /// The bank's Chinese name.
    #[schema(example = "示范甲银行")]
    bank_name_zh: String,
    /// The bank's English name.
    #[schema(example = "Demo Bank A")]
    bank_name_en: String,
    /// The number, masked.
    #[schema(example = "6200 **** **** 0005")]
    shown: String,
    /// When it was bound.
    #[schema(format = DateTime)]
    bound_at: String,
}

/// A card to be bound.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCard {
    /// The card number.
    #[schema(example = "6200010000000005", max_length = 40)]
    card: String,
    /// The mobile number that the card's bank knows; without a country code it is Chinese.
    #[schema(example = "13800005678", max_length = 24)]
    mobile: String,
}

/// A card that waits for the code of its bank.
#[derive(Serialize, ToSchema)]
pub(super) struct CardCheck {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    id: String,
    /// The bank's number in the payment system.
    #[schema(example = "990310020002")]
    bank_code: String,
    /// The number, masked.
    #[schema(example = "6200 **** **** 0005")]
    shown: String,
    /// Where its bank sent the code, masked.
    #[schema(example = "138 **** 5678")]
    to: String,
    /// Codes that may be told.
    tries: i64,
    /// When it is too late.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// The code of a card's bank.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CardCode {
    /// The digits from the text of the card's bank.
    #[schema(example = "402917", max_length = 16)]
    code: String,
}

impl ApiState {
    fn card(&self, card: BoundCard) -> Card {
        Card {
            id: card.id.to_string(),
            bank_code: card.bank.code,
            bank_name_zh: card.bank.name_zh,
            bank_name_en: card.bank.name_en,
            shown: card.shown,
            bound_at: self.expires(card.bound),
        }
    }
}

/// Reads a card's id. Anything else than its digits names no card.
pub(super) fn card_id(text: &str) -> Result<CardId, Refusal> {
    wire::number(text).map(CardId).ok_or_else(|| Refusal::new("payments.card_not_found", 404))
}

/// List other banks
///
/// The banks that money can be sent to, as the payment network's directory has them.
#[utoipa::path(
    get,
    path = "/api/v1/banks",
    operation_id = "listBanks",
    tag = "Other banks",
    security(("session" = [])),
    responses(
        (status = 200, description = "The banks.", body = Banks),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The network does not answer (`payments.network_unavailable`).",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn banks(State(state): State<ApiState>, _: Caller) -> web::Result<Json<Banks>> {
    let banks = state.payments.banks().await?;
    Ok(Json(Banks { items: banks.iter().map(Bank::from).collect() }))
}

/// List cards
///
/// The person's own cards of other banks.
#[utoipa::path(
    get,
    path = "/api/v1/cards",
    operation_id = "listCards",
    tag = "Other banks",
    security(("session" = [])),
    responses(
        (status = 200, description = "The cards.", body = Cards),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<Cards>> {
    let cards = state.payments.cards(&caller.acting()).await?;
    Ok(Json(Cards { items: cards.into_iter().map(|card| state.card(card)).collect() }))
}

/// Begin to bind a card
///
/// The card's bank is asked whether the card belongs to the person's proven name and citizen number and to this mobile
/// number; if so, it texts a code there, which binds the card at `POST /api/v1/cards/checks/{id}/confirm`.
#[utoipa::path(
    post,
    path = "/api/v1/cards/checks",
    operation_id = "checkCard",
    tag = "Other banks",
    security(("session" = [])),
    request_body = NewCard,
    responses(
        (status = 201, description = "The bank sent a code.", body = CardCheck),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The person's name is not proven (`payments.name_not_proven`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is bound already, there are enough cards, or the person's citizen number is not known.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is no card, no bank's card, or its bank says that it is not the person's.",
            body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries; see Retry-After.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The card's bank does not answer; no try is lost.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(
    State(state): State<ApiState>,
    caller: Caller,
    Json(request): Json<NewCard>,
) -> web::Result<(StatusCode, Json<CardCheck>)> {
    let form = CardForm { card: request.card, mobile: request.mobile };
    let check = state.payments.bind_card(&caller.acting(), form).await?;
    let answer = CardCheck {
        id: check.id.to_string(),
        bank_code: check.bank.code,
        shown: check.card_shown,
        to: check.mobile_shown,
        tries: check.left,
        expires_at: state.expires(check.expires),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Bind a card
///
/// Tells the card's bank the code that it texted. After the right code the same request gives the same card.
#[utoipa::path(
    post,
    path = "/api/v1/cards/checks/{id}/confirm",
    operation_id = "confirmCard",
    tag = "Other banks",
    security(("session" = [])),
    params(("id" = String, Path, description = "The `id` of the check.")),
    request_body = CardCode,
    responses(
        (status = 200, description = "Bound.", body = Card),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such check.",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Too late, or too many wrong codes.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The code is wrong; `fields.left` says how many tries there are.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The card's bank does not answer; no try is lost.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn confirm(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(request): Json<CardCode>,
) -> web::Result<Json<Card>> {
    let id = wire::number(&id).map(CardCheckId);
    let id = id.ok_or_else(|| Refusal::new("payments.card_check_not_found", 404))?;
    let card = state.payments.confirm_card(&caller.acting(), id, &request.code).await?;
    Ok(Json(state.card(card)))
}

/// Unbind a card
///
/// Nothing comes in from it any more.
#[utoipa::path(
    delete,
    path = "/api/v1/cards/{id}",
    operation_id = "unbindCard",
    tag = "Other banks",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    responses(
        (status = 204, description = "Unbound."),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn unbind(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<StatusCode> {
    state.payments.unbind_card(&caller.acting(), card_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
