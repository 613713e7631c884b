//! The demonstration's provider of texts: it speaks the HTTP of a real one and keeps what it was given, so that a page
//! can show each text as a phone would. In memory alone, and only so many.

use crate::gateway::{Sending, SmsGateway, SmsMessage};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use kit::{Clock, Fault, FaultContext, Random, Timestamp};
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// Older texts are forgotten.
const KEPT: usize = 500;
const BODY_BYTES: usize = 4 * 1024;

/// A text that arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneText {
    /// The sender's id of it.
    pub id: String,
    /// E.164.
    pub to: String,
    /// The words.
    pub text: String,
    /// When it arrived.
    pub time: Timestamp,
}

/// Every phone of the demonstration. Clones share the texts.
#[derive(Clone)]
pub struct Phone {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    api_key: String,
    texts: Mutex<VecDeque<PhoneText>>,
}

#[derive(Deserialize)]
struct Incoming {
    id: String,
    to: String,
    text: String,
}

impl Phone {
    /// Phones without texts.
    pub fn new(clock: Arc<dyn Clock>, random: &Random) -> Self {
        let api_key = format!("{:032x}", random.u128());
        Self { inner: Arc::new(Inner { clock, api_key, texts: Mutex::new(VecDeque::new()) }) }
    }

    /// The texts of a number, newest first.
    pub fn texts(&self, mobile_e164: &str) -> Vec<PhoneText> {
        let texts = self.inner.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.iter().rev().filter(|text| text.to == mobile_e164).cloned().collect()
    }

    /// The numbers that have texts, the one with the newest first.
    pub fn numbers(&self) -> Vec<String> {
        let texts = self.inner.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut numbers: Vec<String> = Vec::new();
        for text in texts.iter().rev() {
            if !numbers.contains(&text.to) {
                numbers.push(text.to.clone());
            }
        }
        numbers
    }

    /// The six digits of the newest text to a number, if it has any.
    pub fn latest_code(&self, mobile_e164: &str) -> Option<String> {
        let texts = self.texts(mobile_e164);
        let digits = |word: &&str| word.len() == 6;
        let code = texts.first()?.text.split(|char: char| !char.is_ascii_digit()).find(digits);
        code.map(str::to_owned)
    }

    /// The key that the provider expects.
    pub fn api_key(&self) -> &str {
        &self.inner.api_key
    }

    /// The provider's one route, `POST /messages`.
    pub fn router(&self) -> Router {
        let routes = Router::new().route("/messages", post(take));
        routes.layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(self.clone())
    }

    /// Serves the provider on a free port of the loopback; gives the address to post to. It ends with the process.
    pub async fn start(&self) -> Result<String, Fault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.fault("opening the demonstration's phone")?;
        let address = listener.local_addr()?;
        let router = self.router();
        kit::spawn("demo phone", async move { axum::serve(listener, router).await });
        Ok(format!("http://{address}/messages"))
    }

    fn keep(&self, incoming: PhoneText) {
        let mut texts = self.inner.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.iter().any(|text| text.id == incoming.id) {
            return;
        }
        if texts.len() == KEPT {
            texts.pop_front();
        }
        texts.push_back(incoming);
    }
}

/// Without HTTP in between: for tests of what is sent rather than of how.
impl SmsGateway for Phone {
    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a> {
        let SmsMessage { id, to, text } = message.clone();
        self.keep(PhoneText { id, to, text, time: self.inner.clock.now() });
        Box::pin(async { Ok(()) })
    }
}

async fn take(State(phone): State<Phone>, headers: HeaderMap, Json(incoming): Json<Incoming>) -> StatusCode {
    let expected = format!("Bearer {}", phone.inner.api_key);
    if headers.get(header::AUTHORIZATION).is_none_or(|key| key.as_bytes() != expected.as_bytes()) {
        return StatusCode::UNAUTHORIZED;
    }
    let Incoming { id, to, text } = incoming;
    phone.keep(PhoneText { id, to, text, time: phone.inner.clock.now() });
    StatusCode::ACCEPTED
}
