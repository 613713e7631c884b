//! The person: how pages look, and this session.

use super::caller::Caller;
use super::view;
use askama::Template;
use axum::response::{IntoResponse, Response};
use web::ui::{CoinMark, HtmlFragment, Row};
use web::{Html, Icon, Page, When};

#[derive(Template)]
#[template(path = "retail/me.html")]
struct MePage {
    page: Page,
    coin: CoinMark,
    name: String,
    mobile: String,
    since: When,
    until: When,
    links: [Row; 8],
}

pub(crate) async fn me(page: Page, caller: Caller) -> Response {
    let name = caller.0.name.full();
    let initial: String = name.chars().take(1).collect();
    let shown = MePage {
        coin: if initial.is_empty() { CoinMark::bronze(Icon::Me) } else { CoinMark::person(&initial) }.big(),
        name: if name.is_empty() { page.t("retail-me-visitor") } else { name.to_owned() },
        mobile: caller.mobile(),
        since: page.formats().when(caller.0.created),
        until: page.formats().when(caller.0.expires),
        links: [
            (Icon::Me, "retail-profile", "/me/profile"),
            (Icon::Check, view::identity_key(&caller), "/me/identity"),
            (Icon::Wallet, "retail-cards", "/cards"),
            (Icon::Shield, "retail-safety", "/me/security"),
            (Icon::Check, "retail-own-limits", "/me/limits"),
            (Icon::List, "retail-activity", "/me/activity"),
            (Icon::Stop, "retail-stop", "/me/stop"),
            (Icon::Bell, "retail-notices", "/notices"),
        ]
        .map(|(icon, key, href)| {
            Row::new(CoinMark::bronze(icon), HtmlFragment::text(&page.t(key))).link(href.to_owned())
        }),
        page: page.member("me"),
    };
    Html(shown).into_response()
}
