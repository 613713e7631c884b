//! Who asks for a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kit::Fault;
use passport::Acting;
use web::Failure;

/// What a session that may only look may do all the same: end itself, and everything.
const ALWAYS: [&str; 2] = ["/sign-out", "/me/stop"];

/// The signed-in person. Without one the visitor is led to sign-in.
pub(crate) struct Caller(pub(crate) passport::Session);

impl Caller {
    pub(crate) fn acting(&self) -> Acting {
        self.0.acting()
    }

    /// The person's own mobile number in groups.
    pub(crate) fn mobile(&self) -> String {
        let number = self.0.mobile.e164();
        web::mobile_in_groups(number.strip_prefix("+86").unwrap_or(number))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let session = <web::Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let details = session.details::<passport::Session>().cloned();
        // Who came in by a pattern looks, and may go.
        let session = details.ok_or_else(|| Fault::new("a session without the passport's details"))?;
        if !parts.method.is_safe() && !ALWAYS.contains(&parts.uri.path()) {
            session.must_act()?;
        }
        Ok(Self(session))
    }
}
