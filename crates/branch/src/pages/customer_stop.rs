//! The kill switch for a customer: what it will end, on what ground, and what it ended.

use super::PageState;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::view;
use crate::model::act as acts;
use crate::service::customer::of_person;
use crate::{CustomerView, StopGround};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, FieldValue, Refusal};
use passport::{KeyKind, PersonId, SessionKind};
use payments::KillId;
use serde::Deserialize;
use staff::{SecurityCase, SecurityCaseId};
use web::ui::{Banner, CoinMark, Field, FormErrors, HtmlFragment, Tone};
use web::{Html, Icon, Page};

/// The ground of somebody who stands at the counter.
const CARD: &str = "card";
/// The ground of somebody who called.
const CALL: &str = "call";

struct Ground {
    value: String,
    title: String,
    text: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "branch/customer-stop.html")]
struct StopPage {
    page: Page,
    customer: (String, String),
    facts: Vec<(String, HtmlFragment)>,
    /// What will end, and how many there are.
    what: Vec<(String, u64)>,
    also: Vec<String>,
    grounds: Vec<Ground>,
    has_card: bool,
    number: Field,
    seen: bool,
    seen_error: Option<String>,
    checked: Field,
    reason: Field,
    key: String,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "branch/customer-stopped.html")]
struct StoppedPage {
    page: Page,
    customer: (String, String),
    coin: CoinMark,
    began: web::When,
    by: String,
    ended: Vec<(String, u64)>,
    /// How many cannot be stopped, in a sentence.
    on_their_way: Option<String>,
    /// While it is not done.
    waits: Option<Banner>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    /// From which security case.
    case: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    ground: String,
    citizen_number: String,
    seen: String,
    evidence: String,
    reason: String,
    key: String,
}

/// What will be ended, in the order in which the next page tells what was.
fn what(page: &Page, security: &crate::CustomerSecurity) -> Vec<(String, u64)> {
    let overview = &security.overview;
    let sessions = |kind| overview.sessions.iter().filter(|one| one.kind == kind).count();
    let passkeys = overview.keys.iter().filter(|key| key.kind == KeyKind::Passkey).count();
    let cards = security.cards.iter().filter(|card| card.state.is_alive() && card.is_online).count();
    let lines = [
        ("branch-stop-sessions", sessions(SessionKind::Web)),
        ("branch-stop-tokens", sessions(SessionKind::Api)),
        ("branch-stop-devices", overview.devices.len()),
        ("branch-stop-passkeys", passkeys),
        ("branch-stop-cards", cards),
    ];
    lines.into_iter().map(|(key, count)| (page.t(key), count as u64)).collect()
}

fn grounds(page: &Page, customer: &CustomerView, cases: &[SecurityCase], chosen: &str) -> Vec<Ground> {
    let ground = |value: String, title: String, text: String| Ground { is_chosen: value == chosen, value, title, text };
    let mut all = Vec::new();
    for case in super::security::rows(page, cases) {
        let id = case.href.rsplit('/').next().unwrap_or_default();
        all.push(ground(format!("case-{id}"), page.t("branch-stop-ground-case"), case.what));
    }
    if customer.identity.is_some() {
        all.push(ground(CARD.to_owned(), page.t("branch-stop-ground-card"), page.t("branch-stop-ground-card.text")));
    }
    all.push(ground(CALL.to_owned(), page.t("branch-stop-ground-call"), page.t("branch-stop-ground-call.text")));
    if !all.iter().any(|ground| ground.is_chosen)
        && let Some(first) = all.first_mut()
    {
        first.is_chosen = true;
    }
    all
}

async fn drawn(
    pages: &PageState,
    page: Page,
    id: PersonId,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = page.member("staff-customers");
    let customer = pages.desk.customer_view(id).await?;
    let security = pages.desk.customer_security(&customer).await?;
    let cases = pages.desk.staff().open_cases_about(&of_person(id)).await?;
    let field_of = |refusal: &Refusal| match refusal.fields.get("field") {
        Some(FieldValue::Text(field)) => field.clone(),
        _ => "reason".to_owned(),
    };
    let errors = match refusal {
        Some(refusal) => FormErrors::one(&field_of(refusal), view::sentences(&page, refusal)),
        None => FormErrors::none(),
    };
    let field = |name, label: &str, value: &str| Field::new(name, page.t(label)).value(value).errors(&errors);
    let mut facts = vec![view::fact(page.t("branch-mobile"), &customer.person.mobile.masked())];
    if let Some(identity) = &customer.identity {
        facts.push(view::fact(page.t("branch-citizen-number"), &identity.number_masked));
    }
    let shown = StopPage {
        customer: (format!("/staff/customers/{id}"), view::name(&page, &customer.person)),
        facts,
        what: what(&page, &security),
        also: ["branch-stop-payments", "branch-stop-schedules", "branch-stop-stays"].map(|key| page.t(key)).into(),
        grounds: grounds(&page, &customer, &cases, &typed.ground),
        has_card: customer.identity.is_some(),
        number: field("citizen_number", "branch-citizen-number", &typed.citizen_number)
            .optional()
            .max_length(18)
            .hint(page.t("branch-citizen-number-hint")),
        seen: !typed.seen.is_empty(),
        seen_error: errors.get("seen").map(str::to_owned),
        checked: field("evidence", "branch-checked", &typed.evidence)
            .optional()
            .max_length(150)
            .hint(page.t("branch-stop-checked-hint")),
        reason: field("reason", "branch-reason", &typed.reason).max_length(150).hint(page.t("branch-reason-hint")),
        key: pages.desk.form_key(),
        errors,
        page: page.clone(),
    };
    let status = refusal.and_then(|refusal| StatusCode::from_u16(refusal.status).ok()).unwrap_or(StatusCode::OK);
    Ok((status, Html(shown)).into_response())
}

pub(crate) async fn form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let id = PersonId(id);
    pages.desk.staff().looked(&clerk.0, &acts::STOP, &of_person(id), "form").await?;
    let ground = came.case.map(|case| format!("case-{case}")).unwrap_or_default();
    drawn(&pages, page, id, &Typed { ground, ..Typed::default() }, None).await
}

/// What the form says, as it was typed. None for a ground that there is not.
fn ground_of(typed: &Typed) -> Option<StopGround> {
    match typed.ground.as_str() {
        CARD => Some(StopGround::Card { citizen_number: typed.citizen_number.clone(), seen: !typed.seen.is_empty() }),
        CALL => Some(StopGround::Call(typed.evidence.clone())),
        other => other.strip_prefix("case-")?.parse().ok().map(|case| StopGround::Case(SecurityCaseId(case))),
    }
}

pub(crate) async fn stop(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(id): Path<i64>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let id = PersonId(id);
    let stopped = match ground_of(&typed) {
        Some(ground) => pages.desk.stop_everything(&clerk.0, id, &ground, &typed.reason, &typed.key).await,
        None => Err(Refusal::new("branch.ground_invalid", 422).with("field", "ground").into()),
    };
    match stopped {
        Ok(kill) => Ok(Redirect::to(&format!("/staff/customers/{id}/stops/{kill}")).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            drawn(&pages, page, id, &typed, Some(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn stopped(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, kill)): Path<(i64, i64)>,
) -> web::Result<Response> {
    let id = PersonId(id);
    let record = pages.desk.stopped(&clerk.0, id, KillId(kill)).await?;
    let customer = pages.desk.customer_view(id).await?;
    let page = page.member("staff-customers");
    let ended = record.killed.as_ref().map_or_else(Vec::new, |killed| {
        let lines = [
            ("branch-stop-sessions", killed.sessions),
            ("branch-stop-tokens", killed.tokens),
            ("branch-stop-devices", killed.devices),
            ("branch-stop-passkeys", killed.passkeys),
            ("branch-stop-cards", killed.cards),
            ("branch-stopped-drafts", killed.drafts),
            ("branch-stopped-recalled", killed.recalled),
            ("branch-stopped-schedules", killed.schedules),
        ];
        lines.into_iter().map(|(key, count)| (page.t(key), count)).collect()
    });
    let way = record.killed.as_ref().map_or(0, |killed| killed.on_their_way.len() as i64);
    let shown = StoppedPage {
        customer: (format!("/staff/customers/{id}"), view::name(&page, &customer.person)),
        coin: CoinMark::done().huge(),
        began: page.formats().full(record.began),
        by: record.by_staff.unwrap_or_else(|| page.t("branch-by-owner")),
        ended,
        on_their_way: (way > 0).then(|| page.tx("branch-stopped-way", &[("n", way.into())])),
        waits: record.done.is_none().then(|| {
            let (lead, text) = (page.t("branch-stopped-waits"), page.t("branch-stopped-waits.text"));
            Banner::new(Tone::Info, Icon::Clock, lead, text)
        }),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}
