//! Who of the staff asks for a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Fault;
use staff::{SignInStep, StaffSession};
use web::Failure;

/// Where what is missing for a whole sign-in is done.
pub(crate) fn step_address(step: SignInStep) -> &'static str {
    match step {
        SignInStep::Code => "/staff/second-step",
        SignInStep::Password => "/staff/password",
        SignInStep::Token => "/staff/token",
    }
}

/// The signed-in member of staff. Without one the visitor is led to the staff's sign-in; one whose sign-in is not whole is
/// led to what is missing.
pub(crate) struct Clerk(pub(crate) StaffSession);

/// The same, whatever is missing.
pub(crate) struct AnyClerk(pub(crate) StaffSession);

async fn session<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<StaffSession, Failure> {
    let session = <web::Session as FromRequestParts<S>>::from_request_parts(parts, state).await?;
    let details = session.details::<StaffSession>().cloned();
    details.ok_or_else(|| Fault::new("a staff page was asked for with a session that is no staff's").into())
}

impl<S: Send + Sync> FromRequestParts<S> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let session = session(parts, state).await.map_err(IntoResponse::into_response)?;
        if let Some(step) = session.missing() {
            return Err(Redirect::to(step_address(step)).into_response());
        }
        Ok(Self(session))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AnyClerk {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        session(parts, state).await.map(Self)
    }
}
