//! A payment: its slip, and taking it back.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Tag};
use crate::model::act as acts;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use payments::{OrderFacts, OrderNumber};
use serde::Deserialize;
use web::ui::{Banner, Figure, FigureSize, HtmlFragment, Tone};
use web::{Html, Icon, Page};

#[derive(Template)]
#[template(path = "branch/order.html")]
struct OrderPage {
    page: Page,
    order: String,
    title: String,
    amount: Figure,
    words: String,
    tag: Tag,
    facts: Vec<(String, HtmlFragment)>,
    notice: Option<Banner>,
    related: Option<String>,
    account: Option<String>,
    corrects: bool,
    is_interbank: bool,
    clerk: String,
    printed: web::When,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    order: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    slip: Option<String>,
}

pub(crate) async fn find(clerk: Clerk, Form(wanted): Form<Wanted>) -> web::Result<Response> {
    acts::ORDER.check(clerk.0.member.roles)?;
    let order = OrderNumber::parse(wanted.order.trim())?;
    Ok(Redirect::to(&format!("/staff/orders/{order}")).into_response())
}

pub(crate) async fn order(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(order): Path<String>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let facts = pages.desk.order(&clerk.0, OrderNumber::parse(&order)?).await?;
    let page = page.member("staff-customers");
    let notice = came
        .slip
        .map(|_| Banner::new(Tone::Done, Icon::Check, page.t("branch-order-done"), page.t("branch-order-done.text")));
    let theirs = [&facts.payer.0, &facts.payee.0].into_iter().find(|account| account.customer.is_some());
    let member = &clerk.0.member;
    let shown = OrderPage {
        order: facts.order.to_string(),
        title: view::kind(&page, Some(facts.kind)),
        amount: Figure::new(&page, facts.amount).sized(FigureSize::Xl).always(),
        words: facts.amount.words_zh(),
        tag: view::order_tag(&page, facts.state),
        facts: view::order_facts(&page, &facts),
        notice,
        related: facts.related.map(|related| related.to_string()),
        account: theirs.map(|account| format!("/staff/accounts/{}", account.id)),
        is_interbank: pages.desk.sees_interbank(&clerk.0, facts.order).await,
        corrects: clerk.0.may(&acts::CORRECT) && facts.correction_refusal().is_none(),
        clerk: page.tx("branch-slip-by", &[("number", (&member.number).into()), ("branch", (&member.branch).into())]),
        printed: page.formats().full(page.now()),
        page,
    };
    Ok(Html(shown).into_response())
}

fn form_of(page: &Page, facts: &OrderFacts) -> ActForm {
    let mut known = view::order_facts(page, facts);
    known.insert(1, view::fact(page.t("branch-amount"), &view::money(page, facts.amount)));
    ActForm {
        key: "branch-act-correct",
        action: format!("/staff/orders/{}/correct", facts.order),
        back: (format!("/staff/orders/{}", facts.order), facts.order.to_string()),
        facts: known,
        asks: &[Ask::Reason],
        moves_money: false,
        is_grave: true,
    }
}

pub(crate) async fn correct_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(order): Path<String>,
) -> web::Result<Response> {
    let page = page.member("staff-customers");
    let facts = pages.desk.order(&clerk.0, OrderNumber::parse(&order)?).await?;
    Ok(form::draw(&page, &pages.desk, &form_of(&page, &facts), &Typed::default()))
}

pub(crate) async fn correct(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(order): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let order = OrderNumber::parse(&order)?;
    match pages.desk.correct(&clerk.0, order, &typed.reason, &typed.key).await {
        Ok(done) => Ok(Redirect::to(&next(done, &format!("/staff/orders/{order}"))).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-customers");
            let facts = pages.desk.order(&clerk.0, order).await?;
            Ok(form::refused(&page, &pages.desk, &form_of(&page, &facts), &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
