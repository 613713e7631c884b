//! The bank's routes, called in-process.

use crate::{Bank, Member};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use retail::api::ApiState;
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The stable code of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header's text, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Bank {
    /// The JSON API inside the frame that every page has.
    pub fn api(&self) -> Router {
        let state = ApiState {
            passport: self.passport.clone(),
            accounts: self.accounts.clone(),
            payments: self.payments.clone(),
            calendar: self.calendar.clone(),
        };
        let parts = web::Parts {
            settings: web::Settings { demo: false, secure: false, rates: None },
            rooms: vec![&web::ROOM],
            clock: Arc::new(self.clock.clone()),
            calendar: self.calendar.clone(),
            random: self.random.clone(),
            sessions: Arc::new(self.passport.clone()),
        };
        let web = web::Web::try_new(parts).unwrap_or_else(|fault| panic!("the frame did not open: {fault}"));
        web.serve(retail::api::router(state))
    }

    /// Sends a request to the API.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.api().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap_or_else(|error| panic!("the body broke off: {error}"));
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Reads as a member's program.
    pub async fn get(&self, member: &Member, path: &str) -> Answer {
        self.send(ask(Method::GET, path, Some(member)).body(Body::empty()).unwrap_or_else(bad_request)).await
    }

    /// Posts JSON as a member's program, or as nobody.
    pub async fn post(&self, member: Option<&Member>, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let mut request = ask(Method::POST, path, member).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap_or_else(bad_request)).await
    }

    /// Puts JSON as a member's program.
    pub async fn put(&self, member: &Member, path: &str, body: &Value) -> Answer {
        let request = ask(Method::PUT, path, Some(member)).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap_or_else(bad_request)).await
    }

    /// Deletes as a member's program.
    pub async fn delete(&self, member: &Member, path: &str) -> Answer {
        self.send(ask(Method::DELETE, path, Some(member)).body(Body::empty()).unwrap_or_else(bad_request)).await
    }
}

fn ask(method: Method, path: &str, member: Option<&Member>) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
    match member {
        Some(member) => request.header(header::AUTHORIZATION, format!("Bearer {}", member.token)),
        None => request,
    }
}

fn bad_request(error: axum::http::Error) -> Request<Body> {
    panic!("the test's request is malformed: {error}")
}
