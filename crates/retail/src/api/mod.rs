//! The JSON API under `/api/v1`, for programs that act for one person.
//!
//! A program signs in with `POST /api/v1/sessions` and sends the token as `Authorization: Bearer`. Errors are RFC 9457
//! problem documents with a stable `code`; lists come in pages with a cursor; instants are RFC 3339 with the bank's
//! offset, days ISO 8601; amounts are `{"value": "12.34", "currency": "CNY"}`. Another customer's object answers 404.
//!
//! The routes and their description are declared together, so that one cannot be changed without the other.

mod account;
mod caller;
mod card;
mod debit;
mod draft;
mod elsewhere;
mod life;
mod limits;
mod payee;
mod safety;
mod schedule;
mod session;
mod transfer;
mod wire;

use accounts::Accounts;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use kit::Calendar;
use passport::Passport;
use payments::Payments;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest body that any of these requests needs, many times over.
const BODY_LIMIT_BYTES: usize = 16 * 1024;

/// The services that the API calls.
#[derive(Clone)]
pub struct ApiState {
    /// People and sessions.
    pub passport: Passport,
    /// Accounts and movements.
    pub accounts: Accounts,
    /// Payments.
    pub payments: Payments,
    /// The bank's calendar, for instants in answers.
    pub calendar: Calendar,
}

/// All routes of the API; to be put inside the frame of `web`, which draws its errors and finds its sessions.
pub fn router(state: ApiState) -> Router {
    let (router, _) = described().split_for_parts();
    router.layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES)).with_state(state)
}

/// The OpenAPI 3.1 document of all routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut document) = described().split_for_parts();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token that `POST /api/v1/sessions` answers."))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::Http(bearer));
    document
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tongbao 通宝 API",
        description = "Accounts, movements and transfers of one person at a Tongbao bank.\n\n\
            Amounts are decimal strings with their currency. Instants are RFC 3339. Errors are RFC 9457 problem documents: \
            `code` is stable, `fields` holds the facts of the case, and `request_id` is what to tell the bank's support.\n\n\
            `POST /api/v1/transfers` needs an `Idempotency-Key`: repeat the request with the same key until there is an \
            answer, and the money moves once. A transfer is written as a draft, `POST /api/v1/drafts/{id}/code` sends a code \
            to the person's phone, and `POST /api/v1/drafts/{id}/confirm` with that code moves the money.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact()
    ),
    tags(
        (name = "Sessions", description = "Signing in and out."),
        (name = "Accounts", description = "Balances and movements."),
        (name = "Transfers", description = "Moving money."),
        (name = "Cards", description = "The person's own debit cards."),
        (name = "Safety", description = "Limits, proofs, and stopping everything."),
        (name = "Other banks", description = "Cards of other banks, and money to and from there."),
    )
)]
struct Described;

fn described() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(session::sign_in))
        .routes(routes!(session::show, session::sign_out))
        .routes(routes!(account::list))
        .routes(routes!(life::open))
        .routes(routes!(account::view))
        .routes(routes!(life::limits))
        .routes(routes!(life::events))
        .routes(routes!(life::rename))
        .routes(routes!(life::step))
        .routes(routes!(life::certify))
        .routes(routes!(account::movements))
        .routes(routes!(transfer::pay))
        .routes(routes!(transfer::waiting))
        .routes(routes!(transfer::receipt))
        .routes(routes!(transfer::recall))
        .routes(routes!(draft::show))
        .routes(routes!(draft::ask))
        .routes(routes!(draft::confirm))
        .routes(routes!(payee::list))
        .routes(routes!(payee::remove))
        .routes(routes!(schedule::list))
        .routes(routes!(schedule::make))
        .routes(routes!(schedule::stop))
        .routes(routes!(card::banks))
        .routes(routes!(card::list))
        .routes(routes!(card::check))
        .routes(routes!(card::confirm))
        .routes(routes!(card::unbind))
        .routes(routes!(elsewhere::pay))
        .routes(routes!(elsewhere::top_up))
        .routes(routes!(elsewhere::withdraw))
        .routes(routes!(limits::show))
        .routes(routes!(limits::set))
        .routes(routes!(safety::ask))
        .routes(routes!(safety::open))
        .routes(routes!(safety::kill))
        .routes(routes!(debit::list))
        .routes(routes!(debit::freeze))
        .routes(routes!(debit::unfreeze))
        .routes(routes!(debit::report_lost))
        .routes(routes!(debit::set_online))
        .routes(routes!(debit::set_lock))
}
