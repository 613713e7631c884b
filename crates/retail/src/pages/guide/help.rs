//! Help: how to do things, and what to do when something is not as it should be.

use super::{Saying, saying};
use askama::Template;
use axum::response::{IntoResponse, Response};
use web::{Html, Page};

/// Groups of questions.
const GROUPS: [(&str, &[&str]); 3] = [
    (
        "retail-help-do",
        &[
            "retail-help-join",
            "retail-help-name",
            "retail-help-pay",
            "retail-help-receive",
            "retail-help-elsewhere",
            "retail-help-cards",
            "retail-help-receipt",
            "retail-help-print",
        ],
    ),
    (
        "retail-help-when",
        &[
            "retail-help-no-code",
            "retail-help-forgot",
            "retail-help-wrong-payee",
            "retail-help-refused",
            "retail-help-network",
            "retail-help-strange",
            "retail-help-not-arrived",
            "retail-help-checking",
            "retail-help-sent-back",
        ],
    ),
    ("retail-help-look", &["retail-help-language", "retail-help-large", "retail-help-hide", "retail-help-install"]),
];

#[derive(Template)]
#[template(path = "retail/guide/help.html")]
struct HelpPage {
    page: Page,
    groups: Vec<(String, Vec<Saying>)>,
}

pub(crate) async fn help(page: Page) -> Response {
    let page = page.public("help");
    let groups = GROUPS
        .iter()
        .map(|(group, keys)| (page.t(group), keys.iter().map(|key| saying(&page, key)).collect()))
        .collect();
    Html(HelpPage { groups, page }).into_response()
}
