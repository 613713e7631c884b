//! One payment: what it is, what was said about it, and giving it back.

use super::PageState;
use super::view::{self, Tag};
use crate::model::transfer::{self, Kind, State as Standing, Transfer};
use crate::{GiveBack, store};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use serde::Deserialize;
use web::ui::{Banner, Field, Figure, FigureSize, HtmlFragment, Tone};
use web::{Failure, Html, Icon, Page, When};

struct Line {
    when: When,
    way: String,
    message: String,
    said: String,
    fate: Option<Tag>,
}

#[derive(Template)]
#[template(path = "network/payment.html")]
struct PaymentPage {
    page: Page,
    home: &'static str,
    title: String,
    base: &'static str,
    notice: Option<Banner>,
    tag: Tag,
    amount: Figure,
    facts: Vec<(String, HtmlFragment)>,
    related: Vec<(String, String)>,
    story: Vec<Line>,
    /// Where the form that gives it back is sent, and the codes that it offers.
    gives_back: Option<(String, Vec<(String, String)>)>,
    key: Option<Field>,
}

async fn find(pages: &PageState, id: &str) -> web::Result<Transfer> {
    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::not_found());
    }
    store::transfer::look(&pages.network.inner.db, id).await?.ok_or_else(Failure::not_found)
}

pub(super) async fn payment(
    State(pages): State<PageState>,
    page: Page,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let known = find(&pages, &id).await?;
    drawn(&pages, page, known, None, StatusCode::OK).await
}

async fn drawn(
    pages: &PageState,
    page: Page,
    known: Transfer,
    notice: Option<Banner>,
    status: StatusCode,
) -> web::Result<Response> {
    let told = store::story::of_transfer(&pages.network.inner.db, &known.id).await?;
    let story = told.iter().map(|told| {
        let names = [
            ("from", view::bank_name(pages, &page, &told.from).into()),
            ("to", view::bank_name(pages, &page, &told.to).into()),
        ];
        let said = page.t(&format!(
            "{}.{}",
            "network-said",
            if told.said.is_empty() { "none" } else { &told.said }.to_ascii_lowercase()
        ));
        let reason = view::reason(&page, &told.reason);
        Line {
            when: page.formats().full(told.at),
            way: page.tx("network-way", &names),
            message: page.tx("network-message", &[("name", (&told.message).into())]),
            said: match (told.said.is_empty(), reason.is_empty()) {
                (true, true) => page.t(&format!("{}.{}", "network-message", told.message.replace('.', "-"))),
                (true, false) => reason,
                (false, true) => said,
                (false, false) => page.tx("network-because", &[("said", said.into()), ("reason", reason.into())]),
            },
            fate: fate(&page, &told.fate),
        }
    });
    let story = story.collect();
    let local = pages.network.positions().await?;
    let is_local = local.banks.iter().any(|bank| bank.is_local && bank.code == known.payee_bank);
    let is_returnable =
        is_local && known.kind != Kind::Return && known.state == Standing::Settled && known.returned_by.is_none();
    let codes = ["CUST", "AC04", "AC06", "MS03"].map(|code| (code.to_owned(), view::reason(&page, code))).to_vec();
    let gives_back = is_returnable.then(|| (format!("{}/payments/{}/return", pages.base, known.id), codes));
    let related = [("network-original", &known.original), ("network-returned-by", &known.returned_by)];
    let related = related.into_iter().filter_map(|(key, id)| Some((page.t(key), id.clone()?))).collect();
    let facts = facts(pages, &page, &known);
    let shown = PaymentPage {
        home: pages.home(),
        title: view::kind_word(&page, known.kind),
        base: pages.base,
        notice,
        tag: view::state_tag(&page, &known),
        amount: view::figure(&page, known.amount_minor).sized(FigureSize::L),
        facts,
        related,
        story,
        key: view::key_field(pages, &page).filter(|_| gives_back.is_some()),
        gives_back,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

fn facts(pages: &PageState, page: &Page, known: &Transfer) -> Vec<(String, HtmlFragment)> {
    let text = |text: &str| page.words(text);
    let at = |code: &str, name: &str, account: &str| {
        if code.is_empty() {
            return HtmlFragment::default();
        }
        HtmlFragment::caption([page.words(&view::bank_name(pages, page, code)), view::party(page, name, account)])
    };
    let service = page.t(&format!("{}.{}", "network-service", transfer::service_word(known.service)));
    let facts = [
        ("network-from", at(&known.payer_bank, &known.payer_name, &known.payer_account)),
        ("network-to", at(&known.payee_bank, &known.payee_name, &known.payee_account)),
        ("network-by", if known.kind == Kind::Unknown { HtmlFragment::default() } else { text(&service) }),
        ("network-memo", text(&known.memo)),
        ("network-day", known.settlement_day.map(|day| text(&page.formats().bank_date(day))).unwrap_or_default()),
        ("network-due", known.due.map(|due| text(&page.formats().moment(due))).unwrap_or_default()),
        ("network-why", known.reason.as_deref().map(|code| text(&view::reason(page, code))).unwrap_or_default()),
        ("network-id", HtmlFragment::text(&known.id)),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (page.t(key), value)).collect()
}

fn fate(page: &Page, fate: &str) -> Option<Tag> {
    let css = match fate {
        "dropped" | "untrue" => "tag-danger",
        "late" | "twice" => "tag-warn",
        _ => return None,
    };
    Some(Tag { css, word: page.t(&format!("{}.{fate}", "network-fate")) })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    reason: String,
    admin_key: String,
}

pub(super) async fn give_back(
    State(pages): State<PageState>,
    page: Page,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let known = find(&pages, &id).await?;
    let given = async {
        pages.allow(&typed.admin_key)?;
        pages.network.give_back(GiveBack { transaction_id: id, reason: typed.reason }).await
    };
    match given.await {
        Ok(id) => Ok(Redirect::to(&format!("{}/payments/{id}", pages.base)).into_response()),
        Err(Error::Refusal(refusal)) => {
            let (title, text) = view::sentences(&page, &refusal);
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::CONFLICT);
            let notice = Banner::new(Tone::Warn, Icon::Attention, title, text);
            drawn(&pages, page, known, Some(notice), status).await
        }
        Err(error) => Err(error.into()),
    }
}
