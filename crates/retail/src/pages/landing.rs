//! The page that everybody sees first.

use super::PageState;
use super::guide::{OfferView, offers};
use super::join::mobile_field;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use web::ui::{CoinMark, Field, FormErrors, GreatCoin};
use web::{Html, Icon, Page};

#[derive(Template)]
#[template(path = "retail/landing.html")]
struct Landing {
    page: Page,
    coin: GreatCoin,
    mobile: Field,
    facts: Vec<(String, String, String)>,
    cans: Vec<(CoinMark, String, String)>,
    offers: Vec<OfferView>,
}

pub(crate) async fn landing(State(pages): State<PageState>, page: Page) -> web::Result<Response> {
    let matrix = pages.accounts.matrix().await?;
    let t = |key: &str| page.t(key);
    let fact = |key: &str| (t(key), t(&format!("{key}.title")), t(&format!("{key}.text")));
    let can = |icon, key: &str| (CoinMark::bronze(icon), t(key), t(&format!("{key}.text")));
    let landing = Landing {
        coin: GreatCoin {
            description: t("retail-coin-description"),
            who: t("retail-coin-who"),
            amount: "¥88.80".to_owned(),
            done: t("retail-coin-done"),
        },
        mobile: mobile_field(&page, "", &FormErrors::none()),
        facts: vec![fact("retail-fact-fee"), fact("retail-fact-once"), fact("retail-fact-always")],
        cans: vec![
            can(Icon::Send, "retail-can-pay"),
            can(Icon::List, "retail-can-statement"),
            can(Icon::Bill, "retail-can-receipt"),
        ],
        offers: offers(&page, &matrix),
        page: page.clone(),
    };
    Ok(Html(landing).into_response())
}
