//! Signing in and out.

use super::ApiState;
use super::caller::Caller;
use super::wire::{Problem, SessionShown, SignIn, SignedIn};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use passport::{SessionKind, Visitor};
use web::Page;

/// Sign in
///
/// Opens a session for a program that acts for this person. Every sign-in makes a new token. Who turned the second step
/// on sends the code that their token shows in `token_code`; without it the answer is `passport.second_step_needed`.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    operation_id = "signIn",
    tag = "Sessions",
    request_body = SignIn,
    responses(
        (status = 201, description = "Signed in.", body = SignedIn),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Number or password is wrong, or the number is not registered; which one is not told. Or the \
             password is right and a code of the token is missing.",
            body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many failures in a row; see Retry-After.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_in(
    State(state): State<ApiState>,
    page: Page,
    Json(request): Json<SignIn>,
) -> web::Result<impl IntoResponse> {
    // A program keeps no cookie by which it could be recognised.
    let visitor = Visitor { address: page.sender(), device: None, agent: page.agent().to_owned() };
    let (mobile, password) = (&request.mobile, &request.password);
    let code = request.token_code.as_deref();
    let signed_in = state.passport.sign_in_with(&visitor, mobile, password, code, SessionKind::Api).await?;
    let answer = SignedIn {
        token: signed_in.token.reveal().to_owned(),
        token_type: "Bearer",
        expires_at: state.expires(signed_in.session.expires),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

/// Show the session
///
/// Who is signed in by the token that is sent, and until when.
#[utoipa::path(
    get,
    path = "/api/v1/sessions/current",
    operation_id = "showSession",
    tag = "Sessions",
    security(("session" = [])),
    responses(
        (status = 200, description = "The session.", body = SessionShown),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(State(state): State<ApiState>, caller: Caller) -> Json<SessionShown> {
    let session = caller.0;
    Json(SessionShown {
        name: session.name.full().to_owned(),
        mobile: session.mobile.masked(),
        kind: session.kind.code(),
        signed_in_at: state.expires(session.created),
        expires_at: state.expires(session.expires),
    })
}

/// Sign out
///
/// Ends the session of the token that is sent.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/current",
    operation_id = "signOut",
    tag = "Sessions",
    security(("session" = [])),
    responses(
        (status = 204, description = "Signed out."),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign_out(State(state): State<ApiState>, caller: Caller) -> web::Result<StatusCode> {
    state.passport.sign_out(&caller.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
