//! The teller's cash box.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Line};
use crate::model::act as acts;
use crate::{BoxView, MoveForm, MoveWay};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use money::{Amount, Currency};
use web::ui::{Figure, FigureSize};
use web::{Failure, Html, Page};

#[derive(Template)]
#[template(path = "branch/cash.html")]
struct CashPage {
    page: Page,
    balance: Figure,
    received: Figure,
    received_count: i64,
    paid: Figure,
    paid_count: i64,
    limit: String,
    lines: Vec<Line>,
    sees_orders: bool,
}

fn way_of(word: &str) -> Result<(MoveWay, &'static str), Failure> {
    match word {
        "from-vault" => Ok((MoveWay::FromVault, "branch-act-from-vault")),
        "to-vault" => Ok((MoveWay::ToVault, "branch-act-to-vault")),
        _ => Err(Failure::not_found()),
    }
}

pub(crate) async fn cash(State(pages): State<PageState>, page: Page, clerk: Clerk) -> web::Result<Response> {
    let BoxView { balance, today, movements } = pages.desk.own_box(&clerk.0).await?;
    let page = page.member("staff-cash");
    let figure = |minor| Figure::new(&page, Amount::new(minor, Currency::CNY)).always();
    let limit = Amount::new(pages.desk.rules().cash_limit_minor, Currency::CNY);
    let shown = CashPage {
        balance: Figure::new(&page, balance).sized(FigureSize::Xl).always(),
        received: figure(today.in_minor),
        received_count: today.in_count,
        paid: figure(today.out_minor),
        paid_count: today.out_count,
        limit: page.tx("branch-cash-limit", &[("limit", view::money(&page, limit).into())]),
        lines: view::lines(&page, &movements),
        sees_orders: clerk.0.may(&acts::ORDER),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

fn form_of(page: &Page, word: &str, key: &'static str) -> ActForm {
    ActForm {
        key,
        action: format!("/staff/cash/{word}"),
        back: ("/staff/cash".to_owned(), page.t("branch-place-cash")),
        facts: Vec::new(),
        asks: &[Ask::Amount, Ask::Reason],
        moves_money: false,
        is_grave: false,
    }
}

pub(crate) async fn move_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(word): Path<String>,
) -> web::Result<Response> {
    let (_, key) = way_of(&word)?;
    pages.desk.staff().allow(&clerk.0, &acts::CASH_BOX, "").await?;
    let page = page.member("staff-cash");
    Ok(form::draw(&page, &pages.desk, &form_of(&page, &word, key), &Typed::default()))
}

pub(crate) async fn move_cash(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path(word): Path<String>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (way, key) = way_of(&word)?;
    let wish = MoveForm { way, amount: typed.amount.clone(), reason: typed.reason.clone(), key: typed.key.clone() };
    match pages.desk.move_cash(&clerk.0, &wish).await {
        Ok(done) => Ok(Redirect::to(&next(done, "/staff/cash")).into_response()),
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-cash");
            Ok(form::refused(&page, &pages.desk, &form_of(&page, &word, key), &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}
