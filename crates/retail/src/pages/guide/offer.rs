//! The three classes of accounts and what each may do.

use super::{Saying, saying};
use accounts::sms_rule;
use askama::Template;
use axum::response::{IntoResponse, Response};
use kit::BankDay;
use money::{Amount, Currency};
use web::ui::CardClass;
use web::{Html, Page};

/// A class of accounts as it is offered. Amounts in minor units of yuan, bounds inclusive.
struct Offer {
    class: CardClass,
    key: &'static str,
    /// Out to accounts other than the bound one, and in from them, per bank day.
    day_minor: Option<i64>,
    /// The same per calendar year.
    year_minor: Option<i64>,
    /// The most that it ever holds.
    holds_minor: Option<i64>,
    /// How many a person may have.
    most: i64,
}

/// The central bank's three classes of personal accounts (2015 No. 392, 2016 No. 302).
const OFFERS: [Offer; 3] = [
    Offer {
        class: CardClass::One,
        key: "retail-offer-one",
        day_minor: None,
        year_minor: None,
        holds_minor: None,
        most: 1,
    },
    Offer {
        class: CardClass::Two,
        key: "retail-offer-two",
        day_minor: Some(1_000_000),
        year_minor: Some(20_000_000),
        holds_minor: None,
        most: 5,
    },
    Offer {
        class: CardClass::Three,
        key: "retail-offer-three",
        day_minor: Some(200_000),
        year_minor: Some(5_000_000),
        holds_minor: Some(200_000),
        most: 5,
    },
];

/// An offer on a page.
pub(crate) struct OfferView {
    pub(crate) is_ink: bool,
    pub(crate) roman: &'static str,
    pub(crate) title: String,
    pub(crate) opened: String,
    pub(crate) text: String,
    pub(crate) facts: Vec<(String, String)>,
}

/// The three classes as cards.
pub(crate) fn offers(page: &Page) -> Vec<OfferView> {
    OFFERS.iter().map(|offer| view(page, offer)).collect()
}

fn view(page: &Page, offer: &Offer) -> OfferView {
    let roman = match offer.class {
        CardClass::One => "I",
        CardClass::Two => "II",
        CardClass::Three => "III",
    };
    let yuan = |minor| page.formats().in_sentence(Amount::new(minor, Currency::CNY));
    let mut facts = Vec::new();
    let mut fact = |key: &str, minor: Option<i64>| {
        if let Some(minor) = minor {
            facts.push((page.t(key), yuan(minor)));
        }
    };
    fact("retail-offer-day", offer.day_minor);
    fact("retail-offer-year", offer.year_minor);
    fact("retail-offer-holds", offer.holds_minor);
    if offer.day_minor.is_none() {
        // The class itself has no caps; what is confirmed by text has.
        let by_text = sms_rule(BankDay(i32::MAX));
        fact("retail-offer-payment", Some(by_text.cap_payment_minor));
        fact("retail-offer-online-day", Some(by_text.cap_day_minor));
        fact("retail-offer-online-month", Some(by_text.cap_month_minor));
    }
    facts.push((page.t("retail-offer-most"), page.tx("retail-offer-most.text", &[("n", offer.most.into())])));
    OfferView {
        is_ink: offer.class == CardClass::One,
        roman,
        title: page.tx("web-class", &[("roman", roman.into())]),
        opened: page.t(&format!("{}.opened", offer.key)),
        text: page.t(&format!("{}.text", offer.key)),
        facts,
    }
}

#[derive(Template)]
#[template(path = "retail/guide/products.html")]
struct ProductsPage {
    page: Page,
    offers: Vec<OfferView>,
    rules: Vec<Saying>,
}

pub(crate) async fn products(page: Page) -> Response {
    let page = page.public("products");
    let rules =
        ["retail-products-counted", "retail-products-start", "retail-products-midnight", "retail-products-name"];
    let shown =
        ProductsPage { offers: offers(&page), rules: rules.map(|key| saying(&page, key)).into(), page: page.clone() };
    Html(shown).into_response()
}
