//! Money between a bound card and an account here: brought in at once, sent out by way of the usual confirmation.

use super::{card_id, task};
use crate::pages::caller::Caller;
use crate::pages::statement::find;
use crate::pages::{PageState, view};
use ::accounts::AccountSummary;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use money::Currency;
use payments::{BoundCard, TopUpForm, WithdrawForm};
use serde::Deserialize;
use web::ui::{AmountField, Figure, FormErrors};
use web::{Html, Page};

/// Which way the money goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

struct Pick {
    id: String,
    name: String,
    more: String,
    available: Option<Figure>,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "retail/cards/money.html")]
struct MoneyPage {
    page: Page,
    title: String,
    action: &'static str,
    is_in: bool,
    /// Names this use of the form, so that sending it twice brings money in once.
    key: String,
    cards: Vec<Pick>,
    accounts: Vec<Pick>,
    amount: AmountField,
    expected: String,
    note: String,
    button: String,
    errors: FormErrors,
}

#[derive(Template)]
#[template(path = "retail/cards/money-none.html")]
struct NonePage {
    page: Page,
    title: String,
    text: String,
    href: &'static str,
    words: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Typed {
    card: String,
    account: String,
    amount: String,
    key: String,
}

impl Way {
    fn title(self) -> &'static str {
        match self {
            Self::In => "retail-top-up",
            Self::Out => "retail-withdraw",
        }
    }
}

pub(crate) async fn top_up_form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(typed): Query<Typed>,
) -> web::Result<Response> {
    shown(&pages, page, &caller, Way::In, typed, None).await
}

pub(crate) async fn withdraw_form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(typed): Query<Typed>,
) -> web::Result<Response> {
    shown(&pages, page, &caller, Way::Out, typed, None).await
}

async fn shown(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    way: Way,
    typed: Typed,
    refusal: Option<&Refusal>,
) -> web::Result<Response> {
    let page = task(page, way.title(), "/cards");
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let accounts: Vec<AccountSummary> = accounts.into_iter().filter(|account| !account.closed).collect();
    let cards = pages.payments.cards(&caller.acting()).await?;
    // What an address names is the person's own, or there is no such page.
    if !typed.account.is_empty() && find(&accounts, &typed.account).is_none() {
        return Err(Refusal::new("accounts.not_found", 404).into());
    }
    if !typed.card.is_empty() && !cards.iter().any(|card| card.id.to_string() == typed.card) {
        return Err(Refusal::new("payments.card_not_found", 404).into());
    }
    let title = page.t(way.title());
    if accounts.is_empty() || cards.is_empty() {
        let none = match cards.is_empty() {
            true => ("retail-cards-none", "/cards/bind", "retail-card-bind"),
            false => ("retail-home-no-account", "/accounts/open", "retail-open"),
        };
        let shown = NonePage { text: page.t(none.0), href: none.1, words: page.t(none.2), title, page };
        return Ok(Html(shown).into_response());
    }
    let key = if typed.key.is_empty() { view::fresh_key() } else { typed.key.clone() };
    let status = refusal.map_or(StatusCode::OK, |refusal| {
        StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    });
    let errors = match refusal {
        Some(refusal) => FormErrors::one("amount", view::sentences(&page, refusal)),
        None => FormErrors::none(),
    };
    let currency = accounts.first().map_or(Currency::CNY, |account| account.balance.currency);
    let services = pages.payments.services()?;
    let most = page.formats().in_sentence(services.real_time_max);
    let shown = MoneyPage {
        title,
        action: if way == Way::In { "/cards/top-up" } else { "/cards/withdraw" },
        is_in: way == Way::In,
        key,
        cards: card_picks(&page, &cards, &typed.card),
        accounts: account_picks(&page, &accounts, &typed.account),
        amount: AmountField::new(&page, "amount", page.t("retail-amount"), currency)
            .value(&typed.amount)
            .hint(page.tx("retail-money-hint", &[("most", (&most).into())]))
            .errors(&errors),
        expected: page.t("retail-arrival-seconds"),
        note: page.t(if way == Way::In { "retail-top-up-note" } else { "retail-withdraw-note" }),
        button: page.t(if way == Way::In { "retail-top-up-do" } else { "retail-next" }),
        errors,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

fn card_picks(page: &Page, cards: &[BoundCard], chosen: &str) -> Vec<Pick> {
    let known = cards.iter().any(|card| card.id.to_string() == chosen);
    let pick = |(place, card): (usize, &BoundCard)| Pick {
        id: card.id.to_string(),
        name: card.bank.name(page.is_zh()).to_owned(),
        more: view::tail(page, &card.tail),
        available: None,
        is_chosen: if known { card.id.to_string() == chosen } else { place == 0 },
    };
    cards.iter().enumerate().map(pick).collect()
}

fn account_picks(page: &Page, accounts: &[AccountSummary], chosen: &str) -> Vec<Pick> {
    let known = find(accounts, chosen).is_some();
    let pick = |(place, account): (usize, &AccountSummary)| Pick {
        id: account.account.id.to_string(),
        name: view::account_name(page, account),
        more: view::tail(page, &account.number.tail()),
        available: Some(Figure::new(page, account.available)),
        is_chosen: if known { account.account.id.to_string() == chosen } else { place == 0 },
    };
    accounts.iter().enumerate().map(pick).collect()
}

/// The account that was chosen; one that is not the person's is not found.
async fn account_of(pages: &PageState, caller: &Caller, typed: &Typed) -> web::Result<AccountSummary> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    Ok(find(&accounts, &typed.account).cloned().ok_or_else(|| Refusal::new("accounts.not_found", 404))?)
}

/// What can be mended where it was typed.
fn stays(refusal: &Refusal) -> bool {
    refusal.status != 404 && !refusal.code.starts_with("idempotency.")
}

pub(crate) async fn top_up(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let account = account_of(&pages, &caller, &typed).await?.account.id;
    let form = TopUpForm { account, card: card_id(&typed.card)?, amount: typed.amount.clone() };
    match pages.payments.top_up(&caller.acting(), Some(&typed.key), form).await {
        Ok(receipt) => Ok(Redirect::to(&format!("/payments/{}", receipt.order)).into_response()),
        Err(Error::Refusal(refusal)) if stays(&refusal) => {
            // What the ledger refused has used up the key of this form.
            let typed = Typed { key: String::new(), ..typed };
            shown(&pages, page, &caller, Way::In, typed, Some(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn withdraw(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let payer = account_of(&pages, &caller, &typed).await?.account.id;
    let form = WithdrawForm { payer, card: card_id(&typed.card)?, amount: typed.amount.clone() };
    match pages.payments.withdraw(&caller.acting(), form).await {
        Ok(draft) => Ok(Redirect::to(&format!("/transfer/{}", draft.id)).into_response()),
        Err(Error::Refusal(refusal)) if stays(&refusal) => {
            shown(&pages, page, &caller, Way::Out, typed, Some(&refusal)).await
        }
        Err(error) => Err(error.into()),
    }
}
