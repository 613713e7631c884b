//! How far each way of confirming reaches, why not further, and limits of one's own.

use super::ApiState;
use super::caller::Caller;
use super::wire::Problem;
use accounts::OwnCap;
use axum::Json;
use axum::extract::{Path, State};
use kit::Refusal;
use money::{Amount, AmountWire, Currency};
use payments::{CapPart, LimitLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All limits of what a person confirms.
#[derive(Serialize, ToSchema)]
pub(super) struct LimitOverview {
    /// The channel of this session: `api`, or `web` and `mobile` in browsers.
    #[schema(example = "api")]
    channel: &'static str,
    /// By method and channel, the weakest method first.
    lines: Vec<Line>,
    /// Limits of one's own that hold now.
    own: Vec<OwnLimit>,
    /// Limits of one's own that hold later, the next first.
    waiting: Vec<OwnLimit>,
}

/// One method on one channel.
#[derive(Serialize, ToSchema)]
struct Line {
    /// `sms_code`, `passkey`, `otp_token` or `signing_key`.
    #[schema(example = "sms_code")]
    method: &'static str,
    /// `web`, `mobile` or `api`.
    #[schema(example = "api")]
    channel: &'static str,
    /// Whether the person holds something of the kind.
    held: bool,
    /// The bank's cap of one payment; null for none.
    payment_cap: Option<AmountWire>,
    /// The bank's cap of a bank day.
    day_cap: Option<AmountWire>,
    /// The bank's cap of a calendar month.
    month_cap: Option<AmountWire>,
    /// The most that one payment may be now; null for no bound.
    left: Option<AmountWire>,
    /// The bound that leaves least, the `reason` of the first of `bounds`; null if nothing bounds.
    #[schema(example = "tier_day")]
    because: Option<&'static str>,
    /// Every bound, the tightest first.
    bounds: Vec<Bound>,
}

/// One bound.
#[derive(Serialize, ToSchema)]
struct Bound {
    /// `method_payment`, `method_day`, `method_month`: the bank's; `own_payment`, `own_day`, `own_total`: the person's own;
    /// `tier_day`, `tier_month`: the bank's over all methods worth as much.
    #[schema(example = "tier_day")]
    reason: &'static str,
    /// The most, inclusive.
    cap: AmountWire,
    /// What went through.
    used: AmountWire,
    /// What still may.
    left: AmountWire,
}

/// A limit of one's own.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnLimit {
    /// `payment.` or `day.` and a method, or `total`.
    #[schema(example = "day.sms_code")]
    limit: String,
    /// The most, inclusive; null: the bank's alone.
    cap: Option<AmountWire>,
    /// From when on it holds; null: it does.
    #[schema(format = DateTime)]
    from: Option<String>,
}

/// Another limit of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOwnLimit {
    /// The most, inclusive; null takes the limit away.
    cap: Option<AmountWire>,
}

fn wire(minor: i64) -> AmountWire {
    Amount::new(minor, Currency::CNY).into()
}

fn bound(part: &CapPart) -> Bound {
    Bound {
        reason: part.reason.code(),
        cap: wire(part.used.cap_minor),
        used: wire(part.used.used_minor),
        left: wire(part.used.left_minor),
    }
}

fn line(line: &LimitLine) -> Line {
    Line {
        method: line.method.code(),
        channel: line.channel.code(),
        held: line.is_held,
        payment_cap: line.bank.payment_minor.map(wire),
        day_cap: line.bank.day_minor.map(wire),
        month_cap: line.bank.month_minor.map(wire),
        left: line.cap.left_minor().map(wire),
        because: line.cap.binding().map(|part| part.reason.code()),
        bounds: line.cap.parts.iter().map(bound).collect(),
    }
}

impl ApiState {
    fn own_limit(&self, cap: &OwnCap, is_later: bool) -> OwnLimit {
        let from = is_later.then(|| self.expires(cap.from));
        OwnLimit { limit: cap.limit.code(), cap: cap.cap_minor.map(wire), from }
    }
}

/// Show how far each way of confirming reaches
///
/// By method and channel: the bank's caps, what is used of every bound, and which one binds. Payments that are confirmed
/// count per method and channel, per tier over all channels, and in total.
#[utoipa::path(
    get,
    path = "/api/v1/limits",
    operation_id = "showPaymentLimits",
    tag = "Safety",
    security(("session" = [])),
    responses(
        (status = 200, description = "The limits.", body = LimitOverview),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(State(state): State<ApiState>, caller: Caller) -> web::Result<Json<LimitOverview>> {
    let seen = state.payments.limit_overview(&caller.acting()).await?;
    let own = accounts::OwnLimit::all().filter_map(|limit| {
        let cap = seen.own.of(limit)?;
        Some(OwnLimit { limit: limit.code(), cap: Some(wire(cap)), from: None })
    });
    Ok(Json(LimitOverview {
        channel: seen.here.code(),
        lines: seen.lines.iter().map(line).collect(),
        own: own.collect(),
        waiting: seen.own.later.iter().map(|cap| state.own_limit(cap, true)).collect(),
    }))
}

/// Set a limit of one's own
///
/// What is lower holds when this answers. What is higher, or no limit any more, needs the security window of this session
/// (`POST /api/v1/security-window`) and holds after the bank's waiting time; until then the old one holds. Setting a limit
/// drops what waited for it.
#[utoipa::path(
    put,
    path = "/api/v1/limits/{limit}",
    operation_id = "setOwnLimit",
    tag = "Safety",
    security(("session" = [])),
    params(("limit" = String, Path, description = "`payment.` or `day.` and a method, or `total`.", example = "day.sms_code")),
    request_body = NewOwnLimit,
    responses(
        (status = 200, description = "The limit, with `from` if it holds later.", body = OwnLimit),
        (status = 400, description = "The body is not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No living session.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "It is higher than now: a proof is needed first (`passport.step_up_needed`, with the \
            `least_tier`).", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "There is no such limit, or the amount is none.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Anything else.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set(
    State(state): State<ApiState>,
    caller: Caller,
    Path(limit): Path<String>,
    Json(new): Json<NewOwnLimit>,
) -> web::Result<Json<OwnLimit>> {
    let limit = state.payments.own_limit(&limit)?;
    let invalid = || Refusal::new("accounts.own_limit_invalid", 422).with("field", "cap");
    let cap_minor = match &new.cap {
        None => None,
        Some(wire) => {
            let amount = Amount::try_from(wire).map_err(payments::amount_invalid)?;
            Some((amount.currency == Currency::CNY).then_some(amount.minor).ok_or_else(invalid)?)
        }
    };
    let set = state.payments.set_own_limit(&caller.0, limit, cap_minor).await?;
    let is_later = state.accounts.own_limits(&caller.acting()).await?.later.contains(&set);
    Ok(Json(state.own_limit(&set, is_later)))
}
