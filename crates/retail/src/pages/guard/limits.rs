//! How far each way of confirming reaches, the bank's limits and one's own lower ones.

use super::{below, proof_first};
use crate::pages::caller::Caller;
use crate::pages::proof;
use crate::pages::{PageState, view};
use accounts::OwnLimit;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use ledger::Window;
use money::{Amount, Currency};
use passport::{Channel, Factor};
use payments::{CapPart, CapReason};
use serde::Deserialize;
use web::ui::{FormErrors, Meter};
use web::{Html, Page};

/// A limit of one's own with its form.
struct OwnView {
    code: String,
    label: String,
    value: String,
    bank: String,
    error: Option<String>,
}

/// What one way reaches.
struct MethodView {
    name: String,
    is_held: bool,
    meters: Vec<Meter>,
    own: Vec<OwnView>,
}

#[derive(Template)]
#[template(path = "retail/guard/limits.html")]
struct LimitsPage {
    page: Page,
    /// For which channel these are.
    here: String,
    methods: Vec<MethodView>,
    total: OwnView,
    total_meter: Option<Meter>,
    later: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Setting {
    #[serde(default)]
    limit: String,
    #[serde(default)]
    cap: String,
}

pub(crate) async fn limits(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    shown(&pages, page, &caller, StatusCode::OK, ("", &FormErrors::none())).await
}

async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    status: StatusCode,
    (wrong, errors): (&str, &FormErrors),
) -> web::Result<Response> {
    let page = below(page, "retail-own-limits");
    let seen = pages.payments.limit_overview(&caller.acting()).await?;
    let own = &seen.own;
    let yuan = |minor| Amount::new(minor, Currency::CNY);
    let own_view = |limit: OwnLimit, label: &str, bank: Option<i64>| OwnView {
        error: errors.get("cap").filter(|_| wrong == limit.code()).map(str::to_owned),
        code: limit.code(),
        label: page.t(label),
        value: own.of(limit).map(|minor| yuan(minor).plain()).unwrap_or_default(),
        bank: bank.map(|minor| page.formats().in_sentence(yuan(minor))).unwrap_or_else(|| page.t("retail-own-none")),
    };
    let meter = |key: &str, part: &CapPart| {
        Meter::new(&page, page.t(key), yuan(part.used.used_minor), yuan(part.used.cap_minor))
    };
    let (mut methods, mut total_meter) = (Vec::new(), None);
    for line in seen.lines_here() {
        let factor = Factor::from_code(line.method.code()).unwrap_or(Factor::SmsCode);
        let mut meters = Vec::new();
        for window in [Window::Day, Window::Month] {
            let is_it = |part: &&CapPart| match part.reason {
                CapReason::Method(of) | CapReason::Own(of) => of == window,
                _ => false,
            };
            let key = if window == Window::Day { "retail-own-used-day" } else { "retail-own-used-month" };
            meters.extend(line.cap.parts.iter().find(is_it).filter(|_| line.is_held).map(|part| meter(key, part)));
        }
        let total = line.cap.parts.iter().find(|part| part.reason == CapReason::OwnTotal);
        total_meter = total.map(|part| meter("retail-own-used-day", part));
        methods.push(MethodView {
            name: proof::name(&page, factor),
            is_held: line.is_held,
            meters,
            own: vec![
                own_view(OwnLimit::Payment(line.method), "retail-own-payment", line.bank.payment_minor),
                own_view(OwnLimit::Day(line.method), "retail-own-day", line.bank.day_minor),
            ],
        });
    }
    let here = if seen.here == Channel::Mobile { "retail-own-here-mobile" } else { "retail-own-here-web" };
    let later = own.later.iter().map(|cap| {
        let (label, from) = (page.t(own_key(cap.limit)), page.formats().moment(cap.from));
        let amount = cap.cap_minor.map(|minor| page.formats().in_sentence(yuan(minor)));
        let amount = amount.unwrap_or_else(|| page.t("retail-own-none"));
        page.tx(
            "retail-own-later",
            &[("limit", (&label).into()), ("amount", (&amount).into()), ("time", (&from).into())],
        )
    });
    let later: Vec<String> = later.collect();
    let total = own_view(OwnLimit::Total, "retail-own-total", None);
    let here = page.t(here);
    Ok((status, Html(LimitsPage { here, methods, total, total_meter, later, page })).into_response())
}

fn own_key(limit: OwnLimit) -> &'static str {
    match limit {
        OwnLimit::Payment(_) => "retail-own-payment",
        OwnLimit::Day(_) => "retail-own-day",
        OwnLimit::Total => "retail-own-total",
    }
}

/// Sets one limit; an empty field takes it away.
pub(crate) async fn set_limit(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(setting): Form<Setting>,
) -> web::Result<Response> {
    let limit = pages.payments.own_limit(&setting.limit)?;
    let text = setting.cap.trim();
    let cap = match text {
        "" => Ok(None),
        text => Amount::parse(text, Currency::CNY).map(|amount| Some(amount.minor)).map_err(payments::amount_invalid),
    };
    let done = match cap {
        Ok(cap) => pages.payments.set_own_limit(&caller.0, limit, cap).await,
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(_) => Ok(Redirect::to("/me/limits").into_response()),
        Err(error) => {
            if let Some(response) = proof_first(&error, "/me/limits") {
                return Ok(response);
            }
            let Error::Refusal(refusal) = error else { return Err(error.into()) };
            let errors = FormErrors::one("cap", view::sentences(&page, &refusal));
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            shown(&pages, page, &caller, status, (&setting.limit, &errors)).await
        }
    }
}
