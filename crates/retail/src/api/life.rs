//! What a program reads and does about an account beyond its balance: limits, history, opening, steps, certificates.

use super::ApiState;
use super::caller::Caller;
use super::transfer::idempotency_key;
use super::wire::{self, Problem, account_id};
use accounts::{ClassOpening, Product, Purpose, Used};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use kit::Refusal;
use money::{Amount, AmountWire, Currency};
use payments::KEY_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// `class_2` or `class_3`.
    #[schema(example = "class_2", max_length = 32)]
    product: String,
    /// `daily`, `savings`, `salary`, `shopping`, `travel`, `family` or `other`.
    #[schema(example = "daily", max_length = 32)]
    purpose: String,
    /// What its owner calls it; may be empty.
    #[serde(default)]
    #[schema(max_length = 20)]
    nickname: String,
}

/// Another name of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewName {
    /// May be empty.
    #[schema(max_length = 20)]
    nickname: String,
}

/// Something to do with an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStep {
    /// Which.
    step: Step,
    /// The person's password, for `lift_loss`, `wake` and `close`.
    #[serde(default)]
    #[schema(format = Password, max_length = 512)]
    password: Option<String>,
}

/// What can be done with an account.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// From Class III to Class II.
    Upgrade,
    /// Nothing leaves it from now on.
    ReportLoss,
    /// The owner has it back.
    LiftLoss,
    /// Out of dormancy.
    Wake,
    /// For ever; only with nothing on it.
    Close,
}

/// How much of a limit is used.
#[derive(Serialize, ToSchema)]
pub(super) struct Limit {
    /// The most, inclusive.
    cap: AmountWire,
    /// What went through.
    used: AmountWire,
    /// What still may.
    left: AmountWire,
}

/// The limits of an account's class.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassLimits {
    /// Out in this bank day.
    paid_day: Limit,
    /// Out in this calendar year.
    paid_year: Limit,
    /// In in this bank day.
    received_day: Limit,
    /// In in this calendar year.
    received_year: Limit,
    /// The greatest balance at any instant; null for none.
    ceiling: Option<AmountWire>,
}

/// What may be confirmed by a text code.
#[derive(Serialize, ToSchema)]
pub(super) struct TextLimits {
    /// The most of one payment, inclusive.
    payment_cap: AmountWire,
    /// In this bank day.
    day: Limit,
    /// In this calendar month.
    month: Limit,
}

/// The limits that bind an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Limits {
    /// Null for an account without class limits.
    class: Option<ClassLimits>,
    /// Of the person, over all accounts.
    text_code: TextLimits,
}

/// What happened to an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Events {
    /// Oldest first.
    items: Vec<Event>,
}

/// One thing that happened to an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    /// `frozen`, `unfrozen`, `lost`, `found`, `dormant`, `woken`, `closed`, `upgraded` or `bound`.
    #[schema(example = "lost")]
    kind: &'static str,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// A certificate of an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Certificate {
    /// Opaque.
    id: String,
    /// Anybody checks it at `/verify`.
    #[schema(example = "JYDG-5M9X-2ZAM-7NY4-AKEE")]
    code: String,
    /// The account's number.
    number: String,
    /// What it held.
    balance: AmountWire,
    /// At which moment.
    #[schema(format = DateTime)]
    at: String,
}

fn limit(used: Used, currency: Currency) -> Limit {
    let amount = |minor| Amount::new(minor, currency).into();
    Limit { cap: amount(used.cap_minor), used: amount(used.used_minor), left: amount(used.left_minor) }
}

fn required_key(headers: &HeaderMap) -> Result<String, Refusal> {
    let key = idempotency_key(headers)?.ok_or_else(|| Refusal::new("idempotency.key_missing", 400))?;
    if (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    Err(Refusal::new("idempotency.key_invalid", 400).with("most", KEY_MAX as i64))
}

/// Open an account
///
/// Of Class II or III, for a person whose name is proven. The same `Idempotency-Key` gives the same account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    operation_id = "openAccount",
    tag = "Accounts",
    security(("session" = [])),
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
        description = "Names this opening among those of the person, for ever.")),
    request_body = NewAccount,
    responses(
        (status = 201, description = "The account.", body = wire::Account),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The person's name is not proven.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are as many of this class as may be, or the key opened something else.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    Json(wish): Json<NewAccount>,
) -> web::Result<(StatusCode, Json<wire::Account>)> {
    let key = required_key(&headers)?;
    let products = [Product::ClassTwo, Product::ClassThree];
    let product = products.into_iter().find(|product| product.code() == wish.product);
    let opening = ClassOpening {
        key,
        product: product.ok_or_else(|| Refusal::new("accounts.product_invalid", 422).with("field", "product"))?,
        nickname: wish.nickname,
        purpose: Purpose::from_code(&wish.purpose)
            .ok_or_else(|| Refusal::new("accounts.purpose_invalid", 422).with("field", "purpose"))?,
    };
    let opened = state.accounts.open_class(&caller.acting(), opening).await?;
    state.payments.claim_in_passing(&caller.acting()).await;
    let account = state.accounts.view(&caller.acting(), opened.id).await?;
    Ok((StatusCode::CREATED, Json(state.account(account))))
}

/// Show limits
///
/// What may still go out of and into an account, and what may still be confirmed by text codes.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/limits",
    operation_id = "showLimits",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`.")),
    responses(
        (status = 200, description = "The limits.", body = Limits),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn limits(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<Limits>> {
    let (who, id) = (caller.acting(), account_id(&id)?);
    let currency = state.accounts.view(&who, id).await?.balance.currency;
    let class = state.accounts.usage(&who, id).await?.map(|usage| ClassLimits {
        paid_day: limit(usage.paid_day, currency),
        paid_year: limit(usage.paid_year, currency),
        received_day: limit(usage.received_day, currency),
        received_year: limit(usage.received_year, currency),
        ceiling: usage.ceiling_minor.map(|minor| Amount::new(minor, currency).into()),
    });
    let texts = state.accounts.sms_usage(&who).await?;
    let text_code = TextLimits {
        payment_cap: Amount::new(texts.cap_payment_minor, currency).into(),
        day: limit(texts.day, currency),
        month: limit(texts.month, currency),
    };
    Ok(Json(Limits { class, text_code }))
}

/// List events
///
/// What happened to an account since it was opened.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/events",
    operation_id = "listAccountEvents",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`.")),
    responses(
        (status = 200, description = "The events.", body = Events),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Json<Events>> {
    let events = state.accounts.events(&caller.acting(), account_id(&id)?).await?;
    let items = events.iter().map(|event| Event { kind: event.kind.code(), at: state.expires(event.time) });
    Ok(Json(Events { items: items.collect() }))
}

/// Name an account
#[utoipa::path(
    put,
    path = "/api/v1/accounts/{id}/nickname",
    operation_id = "nameAccount",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`.")),
    request_body = NewName,
    responses(
        (status = 200, description = "The account.", body = wire::Account),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rename(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(name): Json<NewName>,
) -> web::Result<Json<wire::Account>> {
    let (who, id) = (caller.acting(), account_id(&id)?);
    state.accounts.rename(&who, id, &name.nickname).await?;
    Ok(Json(state.account(state.accounts.view(&who, id).await?)))
}

/// Do something with an account
///
/// Asking again for what is done already is harmless.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/steps",
    operation_id = "takeAccountStep",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`.")),
    request_body = NewStep,
    responses(
        (status = 200, description = "The account as it is now.", body = wire::Account),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The account stands against it; `code` and `fields` say why.",
            body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The password is not right, or the body is not such a step.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Json(wish): Json<NewStep>,
) -> web::Result<Json<wire::Account>> {
    let (who, id) = (caller.acting(), account_id(&id)?);
    state.accounts.own(&who, id).await?;
    if matches!(wish.step, Step::LiftLoss | Step::Wake | Step::Close) {
        let password = wish.password.as_deref().unwrap_or_default();
        state.passport.confirm_password(&caller.0, password).await?;
    }
    match wish.step {
        Step::Upgrade => drop(state.accounts.upgrade(&who, id).await?),
        Step::ReportLoss => state.accounts.report_loss(&who, id).await?,
        Step::LiftLoss => state.accounts.lift_loss(&who, id).await?,
        Step::Wake => state.accounts.wake(&who, id).await?,
        Step::Close => state.accounts.close(&who, id).await?,
    }
    if matches!(wish.step, Step::Upgrade | Step::LiftLoss | Step::Wake) {
        state.payments.claim_in_passing(&who).await;
    }
    Ok(Json(state.account(state.accounts.view(&who, id).await?)))
}

/// Certify an account
///
/// A certificate of what the account holds at this moment, with a code that anybody checks at `/verify`. The same
/// `Idempotency-Key` gives the same certificate.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/certificates",
    operation_id = "certifyAccount",
    tag = "Accounts",
    security(("session" = [])),
    params(("id" = String, Path, description = "The account's `id`."),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$",
            description = "Names this certificate among those of the account.")),
    responses(
        (status = 201, description = "The certificate.", body = Certificate),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no such account.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn certify(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> web::Result<(StatusCode, Json<Certificate>)> {
    let key = required_key(&headers)?;
    let given = state.accounts.certify(&caller.acting(), account_id(&id)?, &key).await?;
    let certificate = Certificate {
        id: given.id.to_string(),
        code: state.accounts.certificate_code(given.id),
        number: given.number.plain(),
        balance: given.balance.into(),
        at: state.expires(given.time),
    };
    Ok((StatusCode::CREATED, Json(certificate)))
}
