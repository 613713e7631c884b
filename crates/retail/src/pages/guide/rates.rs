//! What things cost, and what a balance earns.

use super::{Saying, saying};
use askama::Template;
use axum::response::{IntoResponse, Response};
use money::{Amount, Currency};
use web::ui::Figure;
use web::{Html, Page};

/// What is charged for each service, in minor units of yuan. The transfer's is what payments posts.
const FEES: [(&str, i64); 7] = [
    ("retail-rate-transfer", 0),
    ("retail-rate-elsewhere", 0),
    ("retail-rate-cards", 0),
    ("retail-rate-account", 0),
    ("retail-rate-cash", 0),
    ("retail-rate-paper", 0),
    ("retail-rate-texts", 0),
];

struct Fee {
    what: String,
    note: String,
    amount: Figure,
}

#[derive(Template)]
#[template(path = "retail/guide/rates.html")]
struct RatesPage {
    page: Page,
    fees: Vec<Fee>,
    notes: Vec<Saying>,
}

pub(crate) async fn rates(page: Page) -> Response {
    let page = page.public("rates");
    let fees = FEES.iter().map(|(key, minor)| Fee {
        what: page.t(key),
        note: page.t(&format!("{key}.text")),
        amount: Figure::new(&page, Amount::new(*minor, Currency::CNY)).always(),
    });
    let notes = ["retail-rates-interest", "retail-rates-absent", "retail-rates-change"];
    let shown =
        RatesPage { fees: fees.collect(), notes: notes.map(|key| saying(&page, key)).into(), page: page.clone() };
    Html(shown).into_response()
}
