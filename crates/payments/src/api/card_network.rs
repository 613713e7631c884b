//! The door of the card network. Whoever asks shows the network's bearer key; without one the door is shut.
//!
//! | route | does |
//! |---|---|
//! | `POST /card-network/v1/authorisations` | decides a use of a card: [`AuthorisationRequest`] |
//! | `GET /card-network/v1/authorisations/{reference}` | what became of it |
//! | `POST /card-network/v1/captures`, `reversals`, `refunds` | what follows: `reference`, `authorisation`, `amount` |
//!
//! A decision is 200, a decline too: `response_code` has the two digits after ISO 8583 (field 39), `reason` our own code. 400 is a
//! question that cannot be read, 404 an authorisation that is not there, 409 what cannot follow and a reference that named
//! something else before. After no answer the same question comes again under the same reference: it is decided once.
//!
//! The key is looked at before anything of the body is read. Of those that have it a bounded number is worked on at once; one
//! more is told 503 and 91, and nothing was decided. What was begun is brought to its end, whether the network waits for it or
//! not: what follows comes after it.

use crate::Payments;
use crate::model::authorisation::{Advice, AuthorisationAnswer, AuthorisationRequest, response_code};
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use kit::{Error, Fault, Refusal};
use money::AmountWire;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What all paths begin with.
pub const BASE: &str = "/card-network/v1";
/// The longest question, in bytes.
const BODY_BYTES: usize = 8 * 1024;
/// The shortest key that opens.
const KEY_BYTES: usize = 16;

/// Questions that are worked on at once.
const AT_ONCE: usize = 256;

/// What the door needs. Clones are cheap.
#[derive(Clone)]
pub struct CardNetworkState {
    /// Decides.
    pub payments: Payments,
    /// The network's bearer key; a key of fewer than 16 characters opens nothing.
    pub api_key: Arc<str>,
}

/// The routes.
pub fn router(state: CardNetworkState) -> Router {
    let at = |rest: &str| format!("{BASE}{rest}");
    Router::new()
        .route(&at("/authorisations"), post(authorise))
        .route(&at("/authorisations/{reference}"), get(found))
        .route(&at("/captures"), post(capture))
        .route(&at("/reversals"), post(reverse))
        .route(&at("/refunds"), post(refund))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(Guard { api_key: state.api_key.clone(), places: places(AT_ONCE) }, guard))
        .with_state(state)
}

/// What stands before the door.
#[derive(Clone)]
struct Guard {
    api_key: Arc<str>,
    places: Arc<Semaphore>,
}

fn places(most: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(most))
}

/// Lets the network in, as many questions at once as there are places.
async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if let Err(refused) = allow(&guard.api_key, request.headers()) {
        return refused.into_response();
    }
    let Ok(_place) = guard.places.try_acquire() else {
        return Answer::refused(&Refusal::new("ledger.busy", 503)).into_response();
    };
    next.run(request).await
}

/// An answer, whatever it says.
struct Answer(StatusCode, Value);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(self.1)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        match error {
            Error::Refusal(refusal) => Self::refused(&refusal),
            Error::Fault(fault) => {
                tracing::error!(%fault, "a question of the card network failed");
                let body = json!({ "approved": false, "response_code": "96", "reason": "system_malfunction" });
                Self(StatusCode::INTERNAL_SERVER_ERROR, body)
            }
        }
    }
}

impl Answer {
    fn refused(refusal: &Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let code = if refusal.status == 503 { "91" } else { response_code(Some(refusal.code)) };
        let field = match refusal.fields.get("field") {
            Some(kit::FieldValue::Text(field)) => Some(field.clone()),
            _ => None,
        };
        Self(status, json!({ "approved": false, "response_code": code, "reason": refusal.code, "field": field }))
    }

    fn of(answer: &AuthorisationAnswer) -> Self {
        let amount = |amount: Option<money::Amount>| amount.map(AmountWire::from);
        let body = json!({
            "reference": answer.reference,
            "approved": answer.is_approved(),
            "response_code": answer.response_code(),
            "reason": answer.reason,
            "approval_code": answer.approval,
            "state": answer.state.code(),
            "amount": amount(answer.amount),
            "billed": amount(answer.billed),
            "rate": answer.rate.as_ref().map(|(per_hundred, source)| json!({ "per_100": per_hundred, "source": source })),
            "expires_at_ms": answer.expires.map(kit::Timestamp::as_ms),
            "repeated": answer.is_repeated,
        });
        Self(StatusCode::OK, body)
    }
}

fn allow(key: &str, headers: &HeaderMap) -> Result<(), Answer> {
    let sent = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let sent = sent.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    let is_key = key.len() >= KEY_BYTES && blake3::hash(sent) == blake3::hash(key.as_bytes());
    let body = || json!({ "approved": false, "response_code": "58", "reason": "key_wrong" });
    is_key.then_some(()).ok_or_else(|| Answer(StatusCode::UNAUTHORIZED, body()))
}

/// Works on a question to its end, also when whoever asked has gone.
async fn to_its_end(
    work: impl Future<Output = kit::Result<AuthorisationAnswer>> + Send + 'static,
) -> Result<Answer, Answer> {
    let done = kit::spawn("a question of the card network", work).await;
    let done = done.ok().flatten().ok_or_else(|| Fault::new("a question of the card network was not worked on"));
    Ok(Answer::of(&done.map_err(Error::from)??))
}

fn body_of<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Answer> {
    // The words of the rejection could repeat what was sent.
    body.map(|Json(value)| value).map_err(|rejection| {
        let body = json!({ "approved": false, "response_code": "30", "reason": "payments.authorisation_invalid" });
        Answer(rejection.status(), body)
    })
}

async fn authorise(
    State(state): State<CardNetworkState>,
    body: Result<Json<AuthorisationRequest>, JsonRejection>,
) -> Result<Answer, Answer> {
    let request = body_of(body)?;
    to_its_end(async move { state.payments.authorise_card(&request).await }).await
}

async fn found(State(state): State<CardNetworkState>, Path(reference): Path<String>) -> Result<Answer, Answer> {
    Ok(Answer::of(&state.payments.authorisation(&reference).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdviceBody {
    /// Names this step once for ever.
    reference: String,
    /// The reference of the question.
    authorisation: String,
    /// In the shop's currency; all that there is if none.
    #[serde(default)]
    amount: Option<AmountWire>,
}

async fn advise(
    state: CardNetworkState,
    kind: Advice,
    body: Result<Json<AdviceBody>, JsonRejection>,
) -> Result<Answer, Answer> {
    let AdviceBody { reference, authorisation, amount } = body_of(body)?;
    to_its_end(async move { state.payments.advise_card(kind, &reference, &authorisation, amount.as_ref()).await }).await
}

async fn capture(
    State(state): State<CardNetworkState>,
    body: Result<Json<AdviceBody>, JsonRejection>,
) -> Result<Answer, Answer> {
    advise(state, Advice::Capture, body).await
}

async fn reverse(
    State(state): State<CardNetworkState>,
    body: Result<Json<AdviceBody>, JsonRejection>,
) -> Result<Answer, Answer> {
    advise(state, Advice::Reversal, body).await
}

async fn refund(
    State(state): State<CardNetworkState>,
    body: Result<Json<AdviceBody>, JsonRejection>,
) -> Result<Answer, Answer> {
    advise(state, Advice::Refund, body).await
}
