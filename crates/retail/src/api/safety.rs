//! The security window of a session, and the kill switch.

use super::ApiState;
use super::caller::Caller;
use super::wire::{self, Problem};
use axum::Json;
use axum::extract::State;
use kit::Refusal;
use passport::{Channel, FactorId, Subject, Visitor};
use payments::KilledBy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Page;

/// Where the kill switch is.
pub(super) const KILL_SWITCH: &str = "/api/v1/kill-switch";

/// The window in which this session may change what protects the account.
#[derive(Serialize, ToSchema)]
pub(super) struct SecurityWindow {
    /// The worth of what opened it: `one`, `two` or `three`.
    #[schema(example = "one")]
    tier: &'static str,
    /// From when on it is shut.
    #[schema(format = DateTime)]
    until: String,
}

/// Pulling the switch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StopEverything {
    /// Must be true, so that nothing is stopped by accident.
    stop_everything: bool,
}

/// What was ended.
#[derive(Serialize, ToSchema)]
pub(super) struct Stopped {
    /// Sessions in browsers.
    sessions: u64,
    /// Tokens of programs, this one too.
    tokens: u64,
    /// Devices, strangers from now on.
    devices: u64,
    /// Passkeys.
    passkeys: u64,
    /// Debit cards whose payments without the card were stopped.
    cards: u64,
    /// Drafts that can no longer be confirmed.
    drafts: u64,
    /// Payments whose money waited and is back.
    recalled: u64,
    /// Schedules.
    schedules: u64,
    /// Limits of one's own that were to be raised later.
    raises: u64,
    /// Transfers that other banks have by now and that can no longer be stopped.
    on_their_way: Vec<String>,
}

/// Ask for a proof for the security window
///
/// By text, token or key. What is asked lives five minutes and five tries and belongs to this session.
#[utoipa::path(
    post,
    path = "/api/v1/security-window/challenge",
    operation_id = "askSecurityProof",
    tag = "Safety",
    security(("session" = [])),
    request_body = wire::Asking,
    responses(
        (status = 200, description = "Asked.", body = wire::Challenge),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person holds no such thing.",
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
    Json(asking): Json<wire::Asking>,
) -> web::Result<Json<wire::Challenge>> {
    let visitor = Visitor { address: page.sender(), device: None, agent: page.agent().to_owned() };
    let not_held = || Refusal::new("passport.factor_not_held", 404);
    let holding = asking.holding.map(|id| id.parse().map(FactorId).map_err(|_| not_held())).transpose()?;
    let (who, factor) = (caller.acting(), wire::factor(&asking.factor)?);
    let channel = Channel::from(who.kind);
    let asked = state.passport.ask_proof(&visitor, &who, channel, &Subject::Security, factor, holding).await?;
    Ok(Json(state.challenge(asked)))
}

/// Open the security window
///
/// With the answer to what was asked. For ten minutes this session may raise limits of one's own, open locks and turn cards
/// on, as far as the window is worth enough.
#[utoipa::path(
    post,
    path = "/api/v1/security-window",
    operation_id = "openSecurityWindow",
    tag = "Safety",
    security(("session" = [])),
    request_body = wire::Confirmation,
    responses(
        (status = 200, description = "Open.", body = SecurityWindow),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The proof is wrong, or none was asked for.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(state): State<ApiState>,
    caller: Caller,
    Json(confirmation): Json<wire::Confirmation>,
) -> web::Result<Json<SecurityWindow>> {
    let proof =
        confirmation.proof()?.ok_or_else(|| Refusal::new("passport.proof_none", 422).with("field", "answer"))?;
    let window = state.passport.open_window(&caller.0, &proof).await?;
    Ok(Json(SecurityWindow { tier: window.tier.code(), until: state.expires(window.until) }))
}

/// Stop everything
///
/// The kill switch: ends every session, token, device and passkey of the person, stops cards' payments without the card,
/// takes back what waits, and drops drafts, schedules and raises of limits. Nothing that was authorised before moves money
/// any more. Needs no proof. This token ends too; pulling the switch again, signed in anew, ends what is new.
#[utoipa::path(
    post,
    path = "/api/v1/kill-switch",
    operation_id = "stopEverything",
    tag = "Safety",
    security(("session" = [])),
    request_body = StopEverything,
    responses(
        (status = 200, description = "Everything is stopped; what that was.", body = Stopped),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`stop_everything` is not true; nothing was stopped.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn kill(
    State(state): State<ApiState>,
    caller: Caller,
    Json(wish): Json<StopEverything>,
) -> web::Result<Json<Stopped>> {
    if !wish.stop_everything {
        return Err(Refusal::new("payments.stop_not_meant", 422).with("field", "stop_everything").into());
    }
    let session = &caller.0;
    let killed = state.payments.kill(session.person, session.customer, KilledBy::Owner(session.id)).await?;
    Ok(Json(Stopped {
        sessions: killed.sessions,
        tokens: killed.tokens,
        devices: killed.devices,
        passkeys: killed.passkeys,
        cards: killed.cards,
        drafts: killed.drafts,
        recalled: killed.recalled,
        schedules: killed.schedules,
        raises: killed.raises,
        on_their_way: killed.on_their_way.iter().map(ToString::to_string).collect(),
    }))
}
