//! The routes of a clearing house, for programs. Whoever asks shows a bearer key: a participant's, or the operator's.
//!
//! | route | does |
//! |---|---|
//! | `POST /v1/messages` | takes a message: 202 when it is durable, also when it came before; 409 for the same id with other bytes |
//! | `GET /v1/messages?after=N&limit=M&wait=S` | the participant's mailbox from there on; waits up to so many seconds for something |
//! | `GET /v1/banks` | the directory |
//! | `POST /v1/cards/check`, `confirm`, `release` | binding a card of a bank that lives here |
//! | `GET`, `PUT /admin/faults` | what goes wrong |
//! | `GET /admin/positions`, `GET /admin/transfers`, `GET /admin/transfers/{id}` | the books, and the story of a payment |
//! | `POST /admin/pay`, `cards`, `day-end`, `return` | acts of the operator |
//! | `GET /healthz` | whether it is there, for anybody |

mod admin;
mod card;
mod message;

use crate::model::fault::{FaultKind, Subject};
use crate::{Network, Participant};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kit::{Error, Fault};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// No message is longer, bytes.
const MESSAGE_BYTES: usize = 8 << 20;
/// No JSON is longer, bytes.
const JSON_BYTES: usize = 16 << 10;

pub(crate) fn router(network: Network) -> Router {
    let messages = Router::new()
        .route("/v1/messages", get(message::mailbox).post(message::take))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES));
    let others = Router::new()
        .route("/v1/banks", get(card::banks))
        .route("/v1/cards/check", post(card::check))
        .route("/v1/cards/confirm", post(card::confirm))
        .route("/v1/cards/release", post(card::release))
        .route("/admin/faults", get(admin::faults).put(admin::set_faults))
        .route("/admin/positions", get(admin::positions))
        .route("/admin/transfers", get(admin::transfers))
        .route("/admin/transfers/{id}", get(admin::story))
        .route("/admin/pay", post(admin::pay))
        .route("/admin/cards", post(admin::issue))
        .route("/admin/day-end", post(admin::close_day))
        .route("/admin/return", post(admin::give_back))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(JSON_BYTES));
    messages.merge(others).with_state(network)
}

/// A "no", in words.
pub(crate) struct No(StatusCode, String);

impl No {
    fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self(status, words.into())
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (self.0, format!("{}\n", self.1)).into_response()
    }
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "a request of the clearing house failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the clearing house cannot do this now; try again")
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        match error {
            Error::Fault(fault) => fault.into(),
            Error::Refusal(refusal) => {
                let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::CONFLICT);
                let facts = refusal.fields.iter().map(|(name, value)| match value {
                    kit::FieldValue::Integer(number) => format!(" {name}={number}"),
                    kit::FieldValue::Text(text) => format!(" {name}={text}"),
                });
                Self::new(status, format!("{}{}", refusal.code, facts.collect::<String>()))
            }
        }
    }
}

/// The key that came. Keys are compared by their hashes, in a time that tells nothing.
fn has_key(headers: &HeaderMap, expected: &str) -> bool {
    let sent = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let sent = sent.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    is_key(sent, expected)
}

/// Whether a key is the expected one; an empty one never is.
pub(crate) fn is_key(sent: &[u8], expected: &str) -> bool {
    !expected.is_empty() && blake3::hash(sent) == blake3::hash(expected.as_bytes())
}

/// Which participant asks.
fn participant<'n>(network: &'n Network, headers: &HeaderMap) -> Result<&'n Participant, No> {
    let found = network.inner.participants.iter().find(|one| has_key(headers, &one.api_key));
    found.ok_or_else(|| No::new(StatusCode::UNAUTHORIZED, "this key is not a participant's"))
}

/// That the operator asks.
fn operator(network: &Network, headers: &HeaderMap) -> Result<(), No> {
    let is_operator = has_key(headers, &network.inner.admin_key);
    is_operator.then_some(()).ok_or_else(|| No::new(StatusCode::UNAUTHORIZED, "this key is not the operator's"))
}

fn down() -> No {
    No::new(StatusCode::SERVICE_UNAVAILABLE, "the clearing house is down")
}

/// That the clearing house is not down for everybody.
fn up(network: &Network) -> Result<(), No> {
    let nothing = Subject { account: "", amount_minor: 0, occurrence: 0, attempt: 0 };
    match network.faults().draw(FaultKind::Down, nothing) {
        Some(chance) if chance.per_mille >= crate::Chance::ALWAYS => Err(down()),
        _ => Ok(()),
    }
}

/// How often each message was tried, so that a connection that is drawn to break does not break for ever.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<[u8; 32], i64>>);

/// Beyond this all are forgotten.
const ATTEMPTS_MOST: usize = 100_000;

impl Attempts {
    /// Counts one; the first is 0.
    fn next(&self, bank: &str, message_id: &str) -> i64 {
        let key = *blake3::hash(format!("{bank}/{message_id}").as_bytes()).as_bytes();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ATTEMPTS_MOST {
            counts.clear();
        }
        let count = counts.entry(key).or_insert(-1);
        *count += 1;
        *count
    }
}
