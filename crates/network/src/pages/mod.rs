//! The operator's pages: what goes wrong, positions, payments with their stories, and acts.

mod form;
mod home;
mod story;
pub mod terminal;
mod view;

use crate::Network;
use axum::Router;
use axum::routing::{get, post};
use kit::Refusal;
use web::{Room, RoomTexts};

/// What the pages need. Clones are cheap.
#[derive(Clone)]
pub struct PageState {
    /// The network.
    pub network: Network,
    /// What their paths begin with: `""`, or such as `/demo/network`.
    pub base: &'static str,
    /// Whether an act asks for the operator's key. In a demonstration anybody may be the operator.
    pub asks_key: bool,
}

impl PageState {
    /// The first page.
    fn home(&self) -> &'static str {
        if self.base.is_empty() { "/" } else { self.base }
    }

    /// Lets the operator pass.
    fn allow(&self, key: &str) -> Result<(), Refusal> {
        let is_operator = !self.asks_key || crate::api::is_key(key.as_bytes(), &self.network.inner.admin_key);
        is_operator
            .then_some(())
            .ok_or_else(|| Refusal::new(crate::model::refusal::OPERATOR_KEY_WRONG, 403).with("field", "admin_key"))
    }
}

/// The texts and the style.
pub const ROOM: Room = Room {
    texts: RoomTexts {
        room: "network",
        zh: include_str!("../../locales/zh.ftl"),
        en: include_str!("../../locales/en.ftl"),
    },
    style: include_str!("../../assets/network.css"),
    assets: &[],
    places: &[],
};

/// The routes, to be put into `web::Web::serve`.
pub fn router(pages: PageState) -> Router {
    let at = |rest: &str| format!("{}{rest}", pages.base);
    Router::new()
        .route(pages.home(), get(home::home))
        .route(&at("/faults"), post(home::set_faults))
        .route(&at("/day-end"), post(home::close_day))
        .route(&at("/pay"), get(form::pay_form).post(form::pay))
        .route(&at("/card"), get(form::card_form).post(form::issue))
        .route(&at("/payments/{id}"), get(story::payment))
        .route(&at("/payments/{id}/return"), post(story::give_back))
        .with_state(pages)
}
