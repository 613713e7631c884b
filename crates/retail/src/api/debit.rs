//! The person's own debit cards: listed, frozen, locked. Their numbers are shown on a page alone.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use accounts::{CardAct, CardLocks, DebitCard, DebitCardId, HomePlaces, LockChange, NightHours};
use axum::Json;
use axum::extract::{Path, State};
use kit::Refusal;
use money::{Amount, AmountWire};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The person's debit cards.
#[derive(Serialize, ToSchema)]
pub(super) struct DebitCards {
    /// Those that can be used first, then the newest first.
    items: Vec<DebitCardView>,
}

/// A debit card, without its number.
#[derive(Serialize, ToSchema)]
pub(super) struct DebitCardView {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    id: String,
    /// The account that it pays from.
    #[schema(example = "281474976710656")]
    account_id: String,
    /// The number, masked.
    #[schema(example = "6200 **** **** 0005")]
    shown: String,
    /// The last month in which it is good.
    #[schema(example = "11/31")]
    expiry: String,
    /// `active`, `frozen`, `lost`, `replaced`, `closed` or `expired`.
    #[schema(example = "active")]
    state: &'static str,
    /// Whether it pays without being there.
    online: bool,
    /// What it is kept from.
    locks: Locks,
}

/// Whether a card pays without being there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Online {
    online: bool,
}

/// The locks of a card.
#[derive(Serialize, ToSchema)]
pub(super) struct Locks {
    /// Nothing at terminals abroad.
    overseas: bool,
    /// Nothing abroad without the card.
    overseas_not_present: bool,
    /// At terminals only in these provinces and cities (GB/T 2260); empty is anywhere.
    #[schema(example = json!(["3301", "44"]))]
    region: Vec<String>,
    /// Nothing in these hours.
    night: Option<Night>,
    /// The most a bank day at terminals.
    terminal_day: Option<AmountWire>,
}

/// Hours by the clock where the card is used; over midnight if the first is later.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Night {
    /// The first minute inside.
    #[schema(example = "23:00", min_length = 5, max_length = 5)]
    from: String,
    /// The first minute outside.
    #[schema(example = "06:00", min_length = 5, max_length = 5)]
    until: String,
}

/// One lock, set anew: one of these alone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewLock {
    /// On or off.
    Overseas(bool),
    /// On or off.
    OverseasNotPresent(bool),
    /// Other places; none is off.
    Region(Vec<String>),
    /// Other hours; null is off.
    Night(Option<Night>),
    /// Another cap; null is off.
    TerminalDay(Option<AmountWire>),
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl ApiState {
    fn debit_card(&self, card: &DebitCard) -> DebitCardView {
        let CardLocks { overseas, region, night, overseas_not_present, terminal_day_minor } = &card.locks;
        let currency = self.accounts.terms().currency;
        DebitCardView {
            id: card.id.to_string(),
            account_id: card.account.to_string(),
            shown: card.shown.clone(),
            expiry: card.expiry.shown(),
            state: card.state.code(),
            online: card.is_online && !card.is_code_blocked,
            locks: Locks {
                overseas: *overseas,
                overseas_not_present: *overseas_not_present,
                region: region.iter().flat_map(HomePlaces::places).map(|place| place.code()).collect(),
                night: night.map(|hours| Night { from: clock(hours.from()), until: clock(hours.until()) }),
                terminal_day: terminal_day_minor.map(|cap| AmountWire::from(Amount::new(cap, currency))),
            },
        }
    }

    fn lock_change(&self, new: &NewLock) -> Result<LockChange, Refusal> {
        let invalid = || Refusal::new("accounts.lock_invalid", 422);
        Ok(match new {
            NewLock::Overseas(on) => LockChange::Overseas(*on),
            NewLock::OverseasNotPresent(on) => LockChange::OverseasNotPresent(*on),
            NewLock::Region(codes) if codes.is_empty() => LockChange::Region(None),
            NewLock::Region(codes) => {
                let places = codes.iter().map(|code| accounts::Division::parse(code)).collect::<Option<Vec<_>>>();
                LockChange::Region(Some(places.and_then(HomePlaces::try_new).ok_or_else(invalid)?))
            }
            NewLock::Night(None) => LockChange::Night(None),
            NewLock::Night(Some(night)) => {
                let minutes = crate::minute_of_day(&night.from).zip(crate::minute_of_day(&night.until));
                let hours = minutes.and_then(|(from, until)| NightHours::try_new(from, until));
                LockChange::Night(Some(hours.ok_or_else(invalid)?))
            }
            NewLock::TerminalDay(None) => LockChange::TerminalDay(None),
            NewLock::TerminalDay(Some(cap)) => {
                let cap = Amount::try_from(cap).map_err(|_| invalid())?;
                let is_own = cap.currency == self.accounts.terms().currency;
                LockChange::TerminalDay(Some(is_own.then_some(cap.minor).ok_or_else(invalid)?))
            }
        })
    }
}

/// Reads a card's id. Anything else than its digits names no card.
fn card_id(text: &str) -> Result<DebitCardId, Refusal> {
    wire::number(text).map(DebitCardId).ok_or_else(|| Refusal::new("accounts.debit_card_not_found", 404))
}

/// List debit cards
///
/// The person's own debit cards, with their locks. Numbers are masked.
#[utoipa::path(
    get,
    path = "/api/v1/debit-cards",
    operation_id = "listDebitCards",
    tag = "Cards",
    security(("session" = [])),
    responses(
        (status = 200, description = "The cards.", body = DebitCards),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<DebitCards>> {
    let cards = state.accounts.debit_cards(&caller.acting()).await?;
    Ok(Json(DebitCards { items: cards.iter().map(|card| state.debit_card(card)).collect() }))
}

async fn changed(state: &ApiState, caller: &Caller, id: &str, act: CardAct) -> web::Result<Json<DebitCardView>> {
    let id = card_id(id)?;
    state.accounts.change_debit_card(&caller.0, id, act).await?;
    Ok(Json(state.debit_card(&state.accounts.debit_card(&caller.acting(), id).await?)))
}

/// Freeze a debit card
///
/// At once nothing can be paid with it. Freezing again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/debit-cards/{id}/freeze",
    operation_id = "freezeDebitCard",
    tag = "Cards",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    responses(
        (status = 200, description = "The card as it is now.", body = DebitCardView),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is over.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn freeze(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<DebitCardView>> {
    changed(&state, &caller, &id, CardAct::Freeze).await
}

/// Unfreeze a debit card
///
/// It works as before; locks stay. Needs the security window of this session.
#[utoipa::path(
    post,
    path = "/api/v1/debit-cards/{id}/unfreeze",
    operation_id = "unfreezeDebitCard",
    tag = "Cards",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    responses(
        (status = 200, description = "The card as it is now.", body = DebitCardView),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A proof is needed first (`passport.step_up_needed`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is over.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn unfreeze(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<DebitCardView>> {
    changed(&state, &caller, &id, CardAct::Unfreeze).await
}

/// Report a debit card lost
///
/// The number is dead at once and for ever. What shops have set aside is still settled.
#[utoipa::path(
    post,
    path = "/api/v1/debit-cards/{id}/loss",
    operation_id = "reportDebitCardLost",
    tag = "Cards",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    responses(
        (status = 200, description = "The card as it is now.", body = DebitCardView),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is over.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report_lost(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<DebitCardView>> {
    changed(&state, &caller, &id, CardAct::ReportLost).await
}

/// Turn paying without the card on or off
///
/// Off at once. On needs the security window of this session, as strong as the person can open it up to the second tier; what
/// is paid without the card then counts into the limits of what opened the window.
#[utoipa::path(
    put,
    path = "/api/v1/debit-cards/{id}/online",
    operation_id = "setDebitCardOnline",
    tag = "Cards",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    request_body = Online,
    responses(
        (status = 200, description = "The card as it is now.", body = DebitCardView),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A proof is needed first (`passport.step_up_needed`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is over.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_online(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(wish): Json<Online>,
) -> web::Result<Json<DebitCardView>> {
    let id = card_id(&id)?;
    state.accounts.set_card_online(&caller.0, id, wish.online).await?;
    Ok(Json(state.debit_card(&state.accounts.debit_card(&caller.acting(), id).await?)))
}

/// Set a lock of a debit card
///
/// At once where nothing more gets through; what lets more through needs the security window of this session.
#[utoipa::path(
    post,
    path = "/api/v1/debit-cards/{id}/locks",
    operation_id = "setDebitCardLock",
    tag = "Cards",
    security(("session" = [])),
    params(("id" = String, Path, description = "The card's `id`.")),
    request_body = NewLock,
    responses(
        (status = 200, description = "The card as it is now.", body = DebitCardView),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "A proof is needed first (`passport.step_up_needed`).",
            body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such card.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is over.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The lock cannot be set like this.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_lock(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(new): Json<NewLock>,
) -> web::Result<Json<DebitCardView>> {
    let change = state.lock_change(&new)?;
    let card = state.accounts.set_card_lock(&caller.0, card_id(&id)?, &change).await?;
    Ok(Json(state.debit_card(&card)))
}
