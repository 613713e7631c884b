//! Whom the person has paid, to pay again or to take off the list.

use super::{PayeeChoice, payee_choice};
use crate::pages::PageState;
use crate::pages::caller::Caller;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kit::Refusal;
use payments::SavedPayeeId;
use web::{Bar, Html, Page};

#[derive(Template)]
#[template(path = "retail/payees.html")]
struct PayeesPage {
    page: Page,
    payees: Vec<(String, PayeeChoice)>,
}

pub(crate) async fn payees(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-payees"), back: "/transfer".to_owned(), is_heading: true };
    let page = page.task("pay", bar);
    let saved = pages.payments.saved_payees(&caller.acting()).await?;
    let payees = saved.iter().map(|saved| (saved.id.to_string(), payee_choice(&page, saved)));
    let shown = PayeesPage { payees: payees.collect(), page: page.clone() };
    Ok(Html(shown).into_response())
}

pub(crate) async fn remove(
    State(pages): State<PageState>,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id.parse().map_err(|_| Refusal::new("payments.saved_payee_not_found", 404))?;
    pages.payments.remove_saved_payee(&caller.acting(), SavedPayeeId(id)).await?;
    Ok(Redirect::to("/transfer/payees").into_response())
}
