//! The receipt of a payment.

use super::caller::Caller;
use super::debit::usage;
use super::way::WayView;
use super::{PageState, view, way};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use payments::{Direction, HoldReason, OrderNumber, OrderState, Receipt};
use web::ui::{CoinMark, Figure, FigureSize, HtmlFragment, Stamp};
use web::{Bar, Html, Page};

#[derive(Template)]
#[template(path = "retail/receipt.html")]
struct ReceiptPage {
    page: Page,
    mark: CoinMark,
    state: String,
    is_refused: bool,
    amount: Figure,
    words: String,
    facts: Vec<(String, HtmlFragment, String)>,
    /// None for a payment that never was.
    code: Option<String>,
    stamp: Stamp,
    /// The order, while its money can be taken back.
    recall: Option<String>,
    /// How far it is, if it goes to another bank or comes from a card there.
    way: Option<WayView>,
    /// Whether it is still on its way.
    is_open: bool,
    /// Whether it is a paper that proves something.
    has_stub: bool,
    pulse: Option<String>,
}

pub(crate) async fn receipt(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(order): Path<String>,
) -> web::Result<Response> {
    // The pulse is taken before the receipt: what happens in between is shown by the next question.
    let pulse = pages.payments.pulse(&caller.acting()).await?;
    let receipt = pages.payments.receipt(&caller.acting(), OrderNumber::parse(&order)?).await?;
    let bar = Bar { title: page.t("retail-receipt"), back: "/home".to_owned(), is_heading: true };
    let page = page.task("statement", bar);
    let code = (receipt.state != OrderState::Refused).then(|| pages.payments.receipt_code(receipt.order));
    Ok(Html(drawn(page, &caller, &receipt, code, pulse)).into_response())
}

fn drawn(page: Page, caller: &Caller, receipt: &Receipt, code: Option<String>, pulse: String) -> ReceiptPage {
    let elsewhere = receipt.elsewhere.as_ref();
    let is_refused = receipt.state == OrderState::Refused || elsewhere.is_some_and(way::is_bad);
    let state = match (receipt.state, receipt.direction) {
        (OrderState::Refused, _) => "retail-receipt-refused",
        (OrderState::Corrected, _) => "retail-receipt-corrected",
        (OrderState::Held, _) => "retail-receipt-held",
        (OrderState::Recalled, _) => "retail-receipt-recalled",
        (OrderState::Returned, _) => "retail-receipt-returned",
        (OrderState::Paid, Direction::Out) => "retail-receipt-paid",
        (OrderState::Paid, Direction::In) => "retail-receipt-received",
    };
    let state = elsewhere.and_then(way::state_key).unwrap_or(state);
    let mark = match receipt.state {
        OrderState::Refused | OrderState::Recalled | OrderState::Returned => CoinMark::refused(),
        OrderState::Held => CoinMark::pending(),
        OrderState::Paid | OrderState::Corrected => CoinMark::done(),
    };
    let above = if page.is_demo() { page.t("web-seal-above") } else { page.t("web-seal-above.real") };
    ReceiptPage {
        mark: elsewhere.and_then(way::mark).unwrap_or(mark).huge(),
        way: elsewhere.and_then(|elsewhere| way::way(&page, elsewhere)),
        is_open: elsewhere.is_some_and(way::is_open),
        has_stub: elsewhere.is_none_or(way::is_paid),
        pulse: elsewhere.map(|_| pulse),
        recall: receipt.held.filter(|held| held.can_recall).map(|_| receipt.order.to_string()),
        state: page.t(state),
        is_refused,
        amount: Figure::new(&page, receipt.amount).sized(FigureSize::Xl).always(),
        words: receipt.amount.words_zh(),
        facts: facts(&page, caller, receipt),
        code,
        stamp: Stamp::new(above, page.t("web-seal-below")),
        page,
    }
}

fn facts(page: &Page, caller: &Caller, receipt: &Receipt) -> Vec<(String, HtmlFragment, String)> {
    let other = (view::party_name(page, &receipt.counterparty), view::tail(page, &receipt.counterparty.tail));
    let own = (caller.0.name.masked(), view::tail(page, &receipt.number.tail()));
    let (payee, payer) = match receipt.direction {
        Direction::Out => (other, own),
        Direction::In => (own, other),
    };
    let text = |text: &str| page.words(text);
    let fact = |key: &str, value: HtmlFragment| (page.t(key), value, String::new());
    let mut facts = vec![
        (page.t("retail-receipt-payee"), text(&payee.0), payee.1),
        (page.t("retail-receipt-payer"), text(&payer.0), payer.1),
        fact("retail-receipt-time", page.formats().full(receipt.time).into()),
        fact("retail-fee", text(&receipt.fee.grouped())),
    ];
    if let Some(elsewhere) = &receipt.elsewhere {
        let key = match receipt.direction {
            Direction::Out => "retail-elsewhere-bank",
            Direction::In => "retail-elsewhere-bank-payer",
        };
        facts.push(fact(key, text(elsewhere.bank.name(page.is_zh()))));
    }
    if let Some(held) = receipt.held.as_ref().filter(|_| receipt.elsewhere.as_ref().is_none_or(way::is_open)) {
        let key = match held.why {
            HoldReason::Delayed => "retail-receipt-arrives",
            HoldReason::Invitation => "retail-receipt-runs-out",
            HoldReason::Clearing => "retail-receipt-expected",
            HoldReason::Card => "retail-receipt-card-until",
        };
        facts.push(fact(key, page.formats().full(held.until).into()));
    }
    if let Some(card) = &receipt.card {
        facts.push(fact("retail-receipt-card", HtmlFragment::unbroken(&card.shown)));
        facts.push(fact("retail-use-channel", text(&usage::channel(page, &card.card_use))));
        let place = usage::place(page, &card.card_use);
        if !place.is_empty() {
            facts.push(fact("retail-receipt-card-place", text(&place)));
        }
        let conversion = usage::conversion(page, card).into_iter();
        facts.extend(conversion.map(|(name, value)| (name, value, String::new())));
    }
    if !receipt.memo.is_empty() {
        facts.push(fact("retail-memo", text(&receipt.memo)));
    }
    if let Some(reason) = &receipt.reason {
        facts.push(fact("retail-receipt-reason", text(reason)));
    }
    if receipt.state == OrderState::Refused {
        let refusal = receipt.refusal.as_deref().map(known_refusal);
        let reason = refusal.map(|refusal| page.refusal_texts(&refusal).0).unwrap_or_default();
        facts.push(fact("retail-receipt-reason", text(&reason)));
    }
    facts.push(fact("retail-receipt-order", text(&web::account_in_fours(&receipt.order.to_string()))));
    facts
}

/// A stored code as a refusal again, for its title. A code that texts do not know gets the general one.
pub(super) fn known_refusal(code: &str) -> Refusal {
    const TITLED: [&str; 10] = [
        "payments.sms_day_exceeded",
        "payments.sms_month_exceeded",
        "payments.payee_limit_exceeded",
        "payments.authorisation_stale",
        "payments.insufficient_funds",
        "payments.limit_payment_exceeded",
        "payments.limit_day_exceeded",
        "payments.payer_frozen",
        "payments.payee_frozen",
        "payments.payee_closed",
    ];
    let code = TITLED.into_iter().find(|titled| *titled == code).unwrap_or("payments.refused");
    Refusal::new(code, 422)
}
