//! The audit trail, for auditors.

use super::clerk::Clerk;
use super::{PageState, view};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use staff::{AuditFilter, ChainCheck};
use web::ui::{Banner, Field, Tone};
use web::{Html, Icon, Page, When};

/// Rows of a page.
const ROWS: u32 = 50;

struct TrailRow {
    sequence: i64,
    when: When,
    who: String,
    action: String,
    code: String,
    subject: String,
    detail: String,
    outcome: String,
    is_refused: bool,
}

#[derive(Template)]
#[template(path = "branch/audit.html")]
struct AuditPage {
    page: Page,
    notice: Option<Banner>,
    number: Field,
    action: Field,
    subject: Field,
    rows: Vec<TrailRow>,
    older: Option<String>,
    is_filtered: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    number: String,
    action: String,
    subject: String,
    before: Option<i64>,
}

async fn drawn(
    pages: &PageState,
    page: Page,
    clerk: &Clerk,
    wanted: &Wanted,
    notice: Option<Banner>,
) -> web::Result<Response> {
    let page = page.member("staff-audit");
    let short = |text: &str| text.trim().chars().take(60).collect::<String>();
    let filter =
        AuditFilter { number: short(&wanted.number), action: short(&wanted.action), subject: short(&wanted.subject) };
    pages.desk.chain_customers_acts().await?;
    let found = pages.desk.staff().audit_rows(&clerk.0, &filter, wanted.before, ROWS).await?;
    let older = found.last().filter(|last| found.len() == ROWS as usize && last.sequence > 1).map(|last| {
        let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let (number, action, subject) = (encode(&filter.number), encode(&filter.action), encode(&filter.subject));
        format!("/staff/audit?number={number}&action={action}&subject={subject}&before={}", last.sequence)
    });
    let row = |row: &staff::AuditRow| TrailRow {
        sequence: row.sequence,
        when: page.formats().full(row.time),
        who: match row.number.as_str() {
            "" => page.t("branch-the-bank"),
            staff::CUSTOMER => page.t("branch-the-customer"),
            number => number.to_owned(),
        },
        action: view::action(&page, &row.action),
        code: row.action.clone(),
        subject: row.subject.clone(),
        detail: row.detail.clone(),
        is_refused: row.outcome.contains('.') || row.outcome == "fault",
        outcome: outcome(&page, &row.outcome),
    };
    let field = |name, label: &str, value: &str| Field::new(name, page.t(label)).value(value).optional().max_length(60);
    let shown = AuditPage {
        notice,
        number: field("number", "branch-number", &filter.number),
        action: field("action", "branch-audit-action", &filter.action),
        subject: field("subject", "branch-audit-subject", &filter.subject),
        rows: found.iter().map(row).collect(),
        older,
        is_filtered: filter != AuditFilter::default(),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

/// The word for an outcome; a refusal's code stays as it is.
fn outcome(page: &Page, code: &str) -> String {
    let key = format!("{}.{code}", "branch-outcome");
    if !code.contains('.') && page.has(&key) { page.t(&key) } else { code.to_owned() }
}

pub(crate) async fn audit(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    drawn(&pages, page, &clerk, &wanted, None).await
}

pub(crate) async fn check(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    pages.desk.chain_customers_acts().await?;
    let ChainCheck { rows, head, broken_at, .. } = pages.desk.staff().check_audit(&clerk.0).await?;
    let notice = match broken_at {
        None => Banner::new(
            Tone::Done,
            Icon::Check,
            page.tx("branch-audit-whole", &[("rows", rows.into())]),
            page.tx("branch-audit-head", &[("head", (&head).into())]),
        ),
        Some(row) => Banner::new(
            Tone::Danger,
            Icon::Warn,
            page.tx("branch-audit-broken", &[("row", row.to_string().into())]),
            page.t("branch-audit-broken.text"),
        ),
    };
    drawn(&pages, page, &clerk, &Wanted::default(), Some(notice)).await
}
