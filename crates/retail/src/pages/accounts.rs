//! One's own accounts, with the whole number to give to others.

use super::caller::Caller;
use super::{PageState, view};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use web::ui::{AccountCard, Figure};
use web::{Html, Page, When};

struct AccountView {
    name: String,
    card: AccountCard,
    number: String,
    balance: Figure,
    opened: When,
    is_frozen: bool,
    is_closed: bool,
    statement: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "retail/accounts.html")]
struct AccountsPage {
    page: Page,
    owner: String,
    accounts: Vec<AccountView>,
}

pub(crate) async fn accounts(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let page = page.member("accounts");
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let accounts = accounts.iter().map(|account| AccountView {
        name: view::account_with_tail(&page, account),
        card: view::card(&page, account).link(format!("/accounts/{}", account.account.id)),
        number: account.number.grouped(),
        balance: Figure::new(&page, account.balance),
        opened: page.formats().date(account.opened),
        is_frozen: account.frozen,
        is_closed: account.closed,
        detail: format!("/accounts/{}", account.account.id),
        statement: format!("/statement?account={}", account.account.id),
    });
    let shown =
        AccountsPage { owner: caller.0.name.full().to_owned(), accounts: accounts.collect(), page: page.clone() };
    Ok(Html(shown).into_response())
}
