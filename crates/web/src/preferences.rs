//! What a person chooses about pages: language, theme, size of print, hidden amounts. Plain forms, kept in cookies.

use crate::page::{Page, Theme, local_path};
use crate::{Area, Locale, cookie};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;

pub(crate) fn routes() -> Router {
    // A form's token belongs to the session of its part of the site, so each part has its own address.
    [Area::Customers, Area::Staff].into_iter().fold(Router::new(), |routes, area| {
        let address = |what: &str| format!("{}/preferences/{what}", area.path());
        routes
            .route(&address("language"), post(language))
            .route(&address("theme"), post(theme))
            .route(&address("print"), post(print))
            .route(&address("amounts"), post(amounts))
    })
}

/// The chosen value and the page to return to.
#[derive(Deserialize)]
struct Choice {
    value: String,
    #[serde(default)]
    back: String,
}

impl Choice {
    fn redirect(&self) -> Redirect {
        Redirect::to(local_path(&self.back).unwrap_or("/"))
    }
}

async fn language(page: Page, Form(choice): Form<Choice>) -> Response {
    let locale = Locale::from_word(&choice.value).unwrap_or(page.locale());
    if let Some(session) = page.session() {
        // The page changes its language whatever becomes of the person's own record.
        if let Err(error) = page.web().sessions(page.area()).language_chosen(session, locale).await {
            tracing::warn!(%error, "the language of a person was not kept");
        }
    }
    (page.preference(cookie::LANGUAGE, locale.word()), choice.redirect()).into_response()
}

async fn print(page: Page, Form(choice): Form<Choice>) -> Response {
    let value = if choice.value == "large" { "large" } else { "normal" };
    (page.preference(cookie::PRINT, value), choice.redirect()).into_response()
}

async fn theme(page: Page, Form(choice): Form<Choice>) -> Response {
    let theme = Theme::from_word(&choice.value);
    (page.preference(cookie::THEME, theme.word()), choice.redirect()).into_response()
}

async fn amounts(page: Page, Form(choice): Form<Choice>) -> Response {
    let value = if choice.value == "hidden" { "hidden" } else { "shown" };
    (page.preference(cookie::AMOUNTS, value), choice.redirect()).into_response()
}
