//! Who of the staff asks for a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Fault;
use staff::StaffSession;
use web::Failure;

/// Where the first password is replaced.
const PASSWORD: &str = "/staff/password";

/// The signed-in member of staff. Without one the visitor is led to the staff's sign-in; one whose password the bank made
/// is led to choosing another.
pub(crate) struct Clerk(pub(crate) StaffSession);

/// The same, whatever their password.
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
        if session.member.must_change {
            return Err(Redirect::to(PASSWORD).into_response());
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
