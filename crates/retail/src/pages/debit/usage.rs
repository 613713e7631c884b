//! One use of a card: what was asked, what became of it, and, where it was refused, why and what to do.

use super::{card_id, task};
use crate::pages::PageState;
use crate::pages::caller::Caller;
use accounts::{CardUse, Country, Division, UseChannel};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use money::Amount;
use payments::{AuthorisationState, CardPurchase};
use web::ui::{Banner, CoinMark, Figure, FigureSize, HtmlFragment, Row, Tone};
use web::{Html, Icon, Page};

#[derive(Template)]
#[template(path = "retail/debit/use.html")]
struct UsePage {
    page: Page,
    mark: CoinMark,
    state: String,
    amount: HtmlFragment,
    /// Why it was refused, and what to do; none if it was not.
    why: Option<Banner>,
    facts: Vec<(String, HtmlFragment)>,
    locks: Option<String>,
    receipt: Option<String>,
}

/// A use as a row of a list.
pub(super) fn row(page: &Page, purchase: &CardPurchase) -> Row {
    let icon = match purchase.state {
        AuthorisationState::Declined => Icon::Warn,
        _ => Icon::Cart,
    };
    let state = page.tx("retail-use-state", &[("state", purchase.state.code().into())]);
    let caption = [page.formats().when(purchase.asked).into(), HtmlFragment::text(&state)];
    Row::new(CoinMark::thing(icon), page.words(&purchase.merchant)).caption(caption).end(amount(page, purchase))
}

/// What it costs in yuan, or, where there is no rate, in the shop's currency.
fn amount(page: &Page, purchase: &CardPurchase) -> HtmlFragment {
    match purchase.billed {
        Some(billed) => Figure::new(page, billed).into(),
        None => HtmlFragment::text(&in_code(purchase.amount)),
    }
}

/// An amount with the code of its currency.
pub(crate) fn in_code(amount: Amount) -> String {
    format!("{} {}", amount.currency.code(), amount.grouped())
}

/// How a card was used, in words.
pub(crate) fn channel(page: &Page, card_use: &CardUse) -> String {
    if card_use.channel == UseChannel::Pos && !card_use.is_present {
        return page.t("retail-channel-by-phone");
    }
    page.tx("retail-channel", &[("channel", card_use.channel.code().into())])
}

/// Where a card was used, in words; empty if nobody said.
pub(crate) fn place(page: &Page, card_use: &CardUse) -> String {
    if card_use.country != Country::CHINA {
        let country = card_use.country.code();
        return page.tx("retail-use-abroad", &[("country", (&country).into())]);
    }
    card_use.division.map(|division| division_name(page, division)).unwrap_or_default()
}

/// A province, or a city with its province.
pub(crate) fn division_name(page: &Page, division: Division) -> String {
    let name = |division: Division| {
        let entry = division.entry();
        entry.map(|entry| if page.is_zh() { entry.name_zh } else { entry.name_en }).unwrap_or_default()
    };
    let (province, own) = (name(division.province()), name(division));
    match (division.is_province() || province == own, page.is_zh()) {
        (true, _) => own.to_owned(),
        (false, true) => format!("{province}{own}"),
        (false, false) => format!("{own}, {province}"),
    }
}

pub(crate) async fn show(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path((card, id)): Path<(String, String)>,
) -> web::Result<Response> {
    let card = card_id(&card)?;
    let id = id.parse().map_err(|_| Refusal::new("payments.not_found", 404))?;
    let purchase = pages.payments.card_purchase(&caller.acting(), id).await?;
    if purchase.card != Some(card) {
        return Err(Refusal::new("payments.not_found", 404).into());
    }
    let page = task(page, "retail-use", format!("/cards/own/{card}"));
    let card_use = &purchase.card_use;
    let fact = |key: &str, value: HtmlFragment| (page.t(key), value);
    let mut facts = vec![
        fact("retail-use-merchant", page.words(&purchase.merchant)),
        fact("retail-receipt-card", HtmlFragment::unbroken(&purchase.shown)),
        fact("retail-use-channel", HtmlFragment::text(&channel(&page, card_use))),
    ];
    let place = place(&page, card_use);
    if !place.is_empty() {
        facts.push(fact("retail-use-place", page.words(&place)));
    }
    let local_time = purchase.local_time.replacen('T', " ", 1);
    facts.push(fact("retail-use-local-time", HtmlFragment::text(&local_time)));
    facts.extend(conversion(&page, &purchase));
    if purchase.refunded_minor > 0 {
        let refunded = Amount::new(purchase.refunded_minor, purchase.amount.currency);
        facts.push(fact("retail-use-refunded", HtmlFragment::text(&in_code(refunded))));
    }
    let refusal = purchase.refusal.as_deref();
    let is_lock = refusal.is_some_and(|code| code.starts_with("accounts.lock_"));
    let is_paid = matches!(purchase.state, AuthorisationState::Approved | AuthorisationState::Captured);
    let shown = UsePage {
        mark: match purchase.state {
            AuthorisationState::Declined => CoinMark::refused(),
            AuthorisationState::Captured => CoinMark::done(),
            _ => CoinMark::pending(),
        }
        .huge(),
        state: page.tx("retail-use-state", &[("state", purchase.state.code().into())]),
        amount: match purchase.billed {
            Some(billed) => Figure::new(&page, billed).sized(FigureSize::Xl).always().into(),
            None => HtmlFragment::text(&in_code(purchase.amount)),
        },
        why: refusal
            .map(|code| why(&page, code))
            .map(|(title, text)| Banner::new(Tone::Warn, Icon::Warn, crate::pages::view::ended(&page, title), text)),
        facts,
        locks: is_lock.then(|| format!("/cards/own/{card}/locks")),
        receipt: purchase.order.filter(|_| is_paid).map(|order| format!("/payments/{order}")),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

/// The shop's price and the rate, where something was converted.
pub(crate) fn conversion(page: &Page, purchase: &CardPurchase) -> Vec<(String, HtmlFragment)> {
    let Some(rate) = &purchase.rate else { return Vec::new() };
    let (currency, source) = (purchase.amount.currency.code(), &purchase.rate_source);
    let args = [("currency", currency.into()), ("rate", rate.into()), ("source", source.into())];
    vec![
        (page.t("retail-receipt-card-original"), HtmlFragment::text(&in_code(purchase.amount))),
        (page.t("retail-receipt-card-rate"), HtmlFragment::text(&page.tx("retail-receipt-card-rate-text", &args))),
    ]
}

/// Why a use was refused and what to do. A code that has no words of its own gets the general ones.
fn why(page: &Page, code: &str) -> (String, String) {
    // The words of these for one's own payments name figures that a shop's answer has not.
    let key = match code {
        "payments.insufficient_funds" => Some("retail-use-why-funds"),
        code if code.starts_with("payments.limit_") => Some("retail-use-why-limit"),
        _ => None,
    };
    if let Some(key) = key {
        return (page.t(key), page.t(&format!("{key}.text")));
    }
    page.refusal_texts(&known(code))
}

fn known(code: &str) -> Refusal {
    const WORDED: [&str; 17] = [
        "accounts.lock_overseas",
        "accounts.lock_region",
        "accounts.lock_night",
        "accounts.lock_overseas_not_present",
        "accounts.lock_terminal_day",
        "accounts.debit_card_frozen",
        "accounts.debit_card_lost",
        "accounts.debit_card_replaced",
        "accounts.debit_card_closed",
        "accounts.debit_card_expired",
        "accounts.debit_card_expiry_wrong",
        "accounts.debit_card_offline",
        "accounts.debit_card_code_missing",
        "accounts.debit_card_code_wrong",
        "accounts.debit_card_code_blocked",
        "payments.card_currency_unknown",
        "payments.payer_frozen",
    ];
    let code = WORDED.into_iter().find(|worded| *worded == code).unwrap_or("payments.refused");
    Refusal::new(code, 403)
}
