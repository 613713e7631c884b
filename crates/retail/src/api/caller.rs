//! Who calls.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kit::Fault;
use passport::{Acting, Session};

/// The session of who calls; without one the answer is 401.
pub(super) struct Caller(pub(super) Session);

impl Caller {
    pub(super) fn acting(&self) -> Acting {
        self.0.acting()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = web::Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, web::Failure> {
        let session = <web::Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let details = session.details::<Session>().cloned();
        let session = details.ok_or_else(|| Fault::new("the session was not found by the passport"))?;
        // Who came in by a pattern looks; stopping everything they may.
        if !parts.method.is_safe() && parts.uri.path() != super::safety::KILL_SWITCH {
            session.must_act()?;
        }
        Ok(Self(session))
    }
}
