//! The three classes of accounts and what each may do.

use super::{Saying, saying};
use crate::pages::PageState;
use accounts::{Matrix, Method, Product, class_rule};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::{Amount, Currency};
use passport::Channel;
use web::ui::CardClass;
use web::{Html, Page};

/// A class of accounts as it is offered.
struct Offer {
    class: CardClass,
    product: Product,
    key: &'static str,
}

/// What is offered; the figures of Class II and III are those by which the ledger decides.
const OFFERS: [Offer; 3] = [
    Offer { class: CardClass::One, product: Product::ClassOne, key: "retail-offer-one" },
    Offer { class: CardClass::Two, product: Product::ClassTwo, key: "retail-offer-two" },
    Offer { class: CardClass::Three, product: Product::ClassThree, key: "retail-offer-three" },
];

/// One Class I account per person and bank.
const MOST_CLASS_ONE: i64 = 1;

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
pub(crate) fn offers(page: &Page, matrix: &Matrix) -> Vec<OfferView> {
    OFFERS.iter().map(|offer| view(page, matrix, offer)).collect()
}

fn view(page: &Page, matrix: &Matrix, offer: &Offer) -> OfferView {
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
    let rule = class_rule(offer.product, page.formats().today());
    fact("retail-offer-day", rule.map(|rule| rule.day_minor));
    fact("retail-offer-year", rule.map(|rule| rule.year_minor));
    fact("retail-offer-holds", rule.and_then(|rule| rule.ceiling_minor));
    if rule.is_none() {
        // The class itself has no caps; what is confirmed by text has.
        let by_text = matrix.caps(Method::SmsCode, Channel::Web);
        fact("retail-offer-payment", by_text.payment_minor);
        fact("retail-offer-online-day", by_text.day_minor);
        fact("retail-offer-online-month", by_text.month_minor);
    }
    facts.push((
        page.t("retail-offer-most"),
        page.tx("retail-offer-most.text", &[("n", rule.map_or(MOST_CLASS_ONE, |rule| rule.most).into())]),
    ));
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

pub(crate) async fn products(State(pages): State<PageState>, page: Page) -> web::Result<Response> {
    let matrix = pages.accounts.matrix().await?;
    let page = page.public("products");
    let rules =
        ["retail-products-counted", "retail-products-start", "retail-products-midnight", "retail-products-name"];
    let shown = ProductsPage {
        offers: offers(&page, &matrix),
        rules: rules.map(|key| saying(&page, key)).into(),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}
