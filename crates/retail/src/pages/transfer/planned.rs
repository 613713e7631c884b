//! What is still to come: money that waits, and transfers that the bank's clock starts.

use crate::pages::caller::Caller;
use crate::pages::{PageState, view};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Refusal;
use payments::{HoldReason, OrderNumber, Receipt, Schedule, ScheduleId, ScheduleState};
use web::ui::{CoinMark, Figure, HtmlFragment};
use web::{Bar, Html, Icon, Page};

struct WaitingView {
    order: String,
    coin: CoinMark,
    name: HtmlFragment,
    what: HtmlFragment,
    amount: Figure,
    can_recall: bool,
}

struct ScheduleView {
    id: String,
    coin: CoinMark,
    name: HtmlFragment,
    rhythm: String,
    next: HtmlFragment,
    /// What came of the last try, and where its receipt is.
    last: Option<(String, String)>,
    amount: Figure,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "retail/planned.html")]
struct PlannedPage {
    page: Page,
    waiting: Vec<WaitingView>,
    schedules: Vec<ScheduleView>,
}

pub(crate) async fn planned(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-planned"), back: "/transfer".to_owned(), is_heading: true };
    let page = page.task("pay", bar);
    let waiting = pages.payments.waiting(&caller.acting()).await?;
    let schedules = pages.payments.schedules(&caller.acting()).await?;
    let shown = PlannedPage {
        waiting: waiting.iter().map(|receipt| waiting_view(&page, receipt)).collect(),
        schedules: schedules.iter().map(|schedule| schedule_view(&page, schedule)).collect(),
        page,
    };
    Ok(Html(shown).into_response())
}

fn waiting_view(page: &Page, receipt: &Receipt) -> WaitingView {
    let (why, until) = match &receipt.held {
        Some(held) if held.why == HoldReason::Clearing => ("retail-waiting-clearing", Some(held.until)),
        Some(held) if held.why == HoldReason::Invitation => ("retail-waiting-invitation", Some(held.until)),
        Some(held) if held.why == HoldReason::Card => ("retail-waiting-card", Some(held.until)),
        Some(held) => ("retail-waiting-delayed", Some(held.until)),
        None => ("retail-waiting-delayed", None),
    };
    let day = until.map(|until| page.formats().moment(until)).unwrap_or_default();
    let initial = &receipt.counterparty.initial;
    WaitingView {
        order: receipt.order.to_string(),
        coin: if initial.is_empty() { CoinMark::bronze(Icon::Phone) } else { CoinMark::person(initial) },
        name: page.words(&receipt.counterparty.name),
        what: HtmlFragment::text(&page.tx(why, &[("until", (&day).into())])),
        amount: Figure::new(page, receipt.amount),
        can_recall: receipt.held.is_some_and(|held| held.can_recall),
    }
}

fn schedule_view(page: &Page, schedule: &Schedule) -> ScheduleView {
    let next = match (schedule.state, schedule.next) {
        (ScheduleState::Active, Some(next)) => {
            page.tx("retail-schedule-next", &[("day", (&page.formats().moment(next)).into())])
        }
        (ScheduleState::Cancelled, _) => page.t("retail-schedule-stopped"),
        _ => page.t("retail-schedule-ended"),
    };
    let last = schedule.last_order.map(|order| {
        let words = match &schedule.last_refusal {
            Some(code) => {
                let reason = page.refusal_texts(&crate::pages::receipt::known_refusal(code)).0;
                page.tx("retail-schedule-refused", &[("reason", (&reason).into())])
            }
            None => page.tx("retail-schedule-paid", &[("n", schedule.runs.into())]),
        };
        (words, format!("/payments/{order}"))
    });
    ScheduleView {
        id: schedule.id.to_string(),
        coin: CoinMark::person(&schedule.payee.initial),
        name: page.words(&schedule.payee.name),
        rhythm: view::rhythm(page, schedule.when),
        next: HtmlFragment::text(&next),
        last,
        amount: Figure::new(page, schedule.amount),
        is_active: schedule.state == ScheduleState::Active,
    }
}

/// Takes back what waits, and shows what became of it.
pub(crate) async fn recall(
    State(pages): State<PageState>,
    caller: Caller,
    Path(order): Path<String>,
) -> web::Result<Response> {
    let receipt = pages.payments.recall(&caller.acting(), OrderNumber::parse(&order)?).await?;
    Ok(Redirect::to(&format!("/payments/{}", receipt.order)).into_response())
}

pub(crate) async fn stop(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id.parse().map_err(|_| Refusal::new("payments.schedule_not_found", 404))?;
    pages.payments.cancel_schedule(&caller.acting(), ScheduleId(id)).await?;
    Ok(Redirect::to("/transfer/planned").into_response())
}
