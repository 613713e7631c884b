//! Cards of other banks: what is bound, binding one, giving one up.

pub(crate) mod bind;
pub(crate) mod money;

use super::PageState;
use super::caller::Caller;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Refusal;
use payments::{BoundCard, CARDS_MOST, CardId};
use web::{Bar, Html, Page, When};

/// A bound card on a page.
struct CardView {
    id: String,
    bank: String,
    shown: String,
    since: When,
}

impl CardView {
    fn of(page: &Page, card: &BoundCard) -> Self {
        Self {
            id: card.id.to_string(),
            bank: card.bank.name(page.is_zh()).to_owned(),
            shown: card.shown.clone(),
            since: page.formats().date(card.bound),
        }
    }
}

#[derive(Template)]
#[template(path = "retail/cards/list.html")]
struct CardsPage {
    page: Page,
    own: Vec<crate::pages::debit::CardView>,
    cards: Vec<CardView>,
    may_bind: bool,
}

#[derive(Template)]
#[template(path = "retail/cards/unbind.html")]
struct UnbindPage {
    page: Page,
    card: CardView,
}

/// A page about cards, in the language of its visitor, with the way back.
fn task(page: Page, key: &str, back: &str) -> Page {
    let bar = Bar { title: page.t(key), back: back.to_owned(), is_heading: true };
    page.task("accounts", bar)
}

/// The number of a card in an address; one that cannot be a number is nobody's.
fn card_id(text: &str) -> Result<CardId, Refusal> {
    text.parse().map(CardId).map_err(|_| Refusal::new("payments.card_not_found", 404))
}

pub(crate) async fn cards(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let page = task(page, "retail-cards", "/accounts");
    let cards = pages.payments.cards(&caller.acting()).await?;
    let own = crate::pages::debit::own_cards(&pages, &page, &caller).await?;
    let may_bind = (cards.len() as i64) < CARDS_MOST;
    let cards = cards.iter().map(|card| CardView::of(&page, card)).collect();
    Ok(Html(CardsPage { own, cards, may_bind, page }).into_response())
}

pub(crate) async fn unbind_form(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let card = pages.payments.card(&caller.acting(), card_id(&id)?).await?;
    let page = task(page, "retail-card-unbind", "/cards");
    Ok(Html(UnbindPage { card: CardView::of(&page, &card), page }).into_response())
}

/// Gives the card up. Sent twice, the second finds it gone, which is what was wanted.
pub(crate) async fn unbind(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    pages.payments.unbind_card(&caller.acting(), card_id(&id)?).await?;
    Ok(Redirect::to("/cards").into_response())
}
