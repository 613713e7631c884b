//! The person: how pages look, and this session.

use super::caller::Caller;
use askama::Template;
use axum::response::{IntoResponse, Response};
use web::ui::CoinMark;
use web::{Html, Page, When};

#[derive(Template)]
#[template(path = "retail/me.html")]
struct MePage {
    page: Page,
    coin: CoinMark,
    name: String,
    mobile: String,
    since: When,
    until: When,
}

pub(crate) async fn me(page: Page, caller: Caller) -> Response {
    let name = caller.0.name.full();
    let shown = MePage {
        coin: CoinMark::person(&name.chars().take(1).collect::<String>()).big(),
        name: name.to_owned(),
        mobile: caller.mobile(),
        since: page.formats().when(caller.0.created),
        until: page.formats().when(caller.0.expires),
        page: page.member("me"),
    };
    Html(shown).into_response()
}
