//! The first page after sign-in: what waits, and where to go.

use super::clerk::Clerk;
use super::door::{Arrival, changed_banner};
use super::proposal::{ProposalRow, rows};
use super::{PageState, view};
use crate::model::act;
use crate::service::approval::is_waiting;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use staff::{Role, Roles};
use web::ui::{Banner, CoinMark, HtmlFragment, Row};
use web::{Html, Page};

/// Who decides what others propose.
const CHECKERS: Roles = Roles::of(&[Role::Supervisor, Role::Administrator]);

#[derive(Template)]
#[template(path = "branch/desk.html")]
struct DeskPage {
    page: Page,
    greeting: String,
    notice: Option<Banner>,
    finds: bool,
    decides: Vec<ProposalRow>,
    waits: Vec<ProposalRow>,
    checks: bool,
    ways: Vec<Row>,
}

pub(crate) async fn desk(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Query(arrival): Query<Arrival>,
) -> web::Result<Response> {
    let page = page.member("staff-desk");
    let member = &clerk.0.member;
    let has_proposals = clerk.0.may(&act::PROPOSALS);
    let proposals = if has_proposals { pages.desk.staff().proposals(&clerk.0).await? } else { Vec::new() };
    let waiting: Vec<_> = proposals.into_iter().filter(is_waiting).collect();
    let (own, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|proposal| proposal.maker == member.id);
    let way = |place: &web::Place| {
        let title = HtmlFragment::text(&page.t(place.label));
        Row::new(CoinMark::thing(view::desk_icon(place.key)), title).link(place.href.to_owned())
    };
    let shown = DeskPage {
        greeting: page.tx("branch-hello", &[("name", (&member.name).into())]),
        notice: changed_banner(&page, &arrival),
        finds: clerk.0.may(&act::FIND),
        decides: rows(&page, &others),
        waits: rows(&page, &own),
        checks: member.roles.meets(CHECKERS),
        ways: page.places().filter(|place| place.key != "staff-desk").map(way).collect(),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}
