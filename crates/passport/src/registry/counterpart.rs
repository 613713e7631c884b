//! A registry to try the bank with. It knows nobody: how it answers is set from outside.

use super::{Checking, Finding, IdRegistry};
use crate::model::citizen::check_character;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use kit::{Fault, FaultContext};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// Longer than any bank waits.
const SLOW: Duration = Duration::from_secs(60);
const BODY_BYTES: usize = 4 * 1024;

/// How the counterpart answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Every name belongs to every well-formed number, unless the number ends in `999` before its check character: so a
    /// demonstration can show a refusal too.
    #[default]
    Yes,
    /// No name belongs to any number.
    No,
    /// It can never tell.
    NotSure,
    /// It answers after a minute.
    Slow,
    /// It answers with a failure.
    Down,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 5] = [Self::Yes, Self::No, Self::NotSure, Self::Slow, Self::Down];

    /// The word on a command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSure => "not-sure",
            Self::Slow => "slow",
            Self::Down => "down",
        }
    }

    /// The mode of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// The counterpart. Clones share the mode.
#[derive(Clone)]
pub struct Counterpart {
    mode: Arc<Mutex<Mode>>,
    api_key: Arc<str>,
}

#[derive(Deserialize)]
struct Question {
    name: String,
    citizen_number: String,
}

impl Counterpart {
    /// A counterpart that expects this key.
    pub fn new(mode: Mode, api_key: &str) -> Self {
        Self { mode: Arc::new(Mutex::new(mode)), api_key: api_key.into() }
    }

    /// Answers otherwise from now on.
    pub fn set_mode(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `POST /check`, and `GET /healthz` for who starts it.
    pub fn router(&self) -> Router {
        let routes = Router::new().route("/check", post(check)).route("/healthz", get(|| async { "ok\n" }));
        routes.layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(self.clone())
    }

    /// Serves on a free port of the loopback; gives the address to post to. It ends with the process.
    pub async fn start(&self) -> Result<String, Fault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.fault("opening the registry's counterpart")?;
        let address = listener.local_addr()?;
        let router = self.router();
        kit::spawn("registry counterpart", async move { axum::serve(listener, router).await });
        Ok(format!("http://{address}/check"))
    }
}

/// Without HTTP in between. A slow registry is one that gave no answer.
impl IdRegistry for Counterpart {
    fn check<'a>(&'a self, _: &'a str, citizen_number: &'a str) -> Checking<'a> {
        let found = found(self.mode(), citizen_number).ok_or_else(|| Fault::new("the registry gave no answer"));
        Box::pin(async move { found })
    }
}

fn found(mode: Mode, citizen_number: &str) -> Option<Finding> {
    match mode {
        Mode::Yes if citizen_number.get(14..17) == Some("999") => Some(Finding::Mismatch),
        Mode::Yes => Some(Finding::Match),
        Mode::No => Some(Finding::Mismatch),
        Mode::NotSure => Some(Finding::Unsure),
        Mode::Slow | Mode::Down => None,
    }
}

async fn check(
    State(counterpart): State<Counterpart>,
    headers: HeaderMap,
    Json(question): Json<Question>,
) -> (StatusCode, Json<Value>) {
    let expected = format!("Bearer {}", counterpart.api_key);
    if headers.get(header::AUTHORIZATION).is_none_or(|key| key.as_bytes() != expected.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let mode = counterpart.mode();
    if mode == Mode::Slow {
        tokio::time::sleep(SLOW).await;
    }
    match found(mode, &question.citizen_number).filter(|_| !question.name.is_empty()) {
        Some(finding) => (StatusCode::OK, Json(json!({ "result": finding.word() }))),
        None => (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null)),
    }
}

/// A well-formed citizen number of nobody: no province has the number 99. The same seed gives the same number, of somebody
/// born between 1960 and 1999.
pub fn made_up_number(seed: u32) -> String {
    let (year, month, day) = (1960 + seed % 40, 1 + seed / 40 % 12, 1 + seed / 480 % 28);
    let digits = format!("990000{year}{month:02}{day:02}{:03}", seed / 13_440 % 999);
    format!("{digits}{}", check_character(&digits))
}
