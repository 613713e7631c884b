//! The statement: every movement with the balance right after it.

use super::caller::Caller;
use super::{PageState, view};
use ::accounts::AccountSummary;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use payments::StatementLine;
use serde::Deserialize;
use web::ui::{CoinMark, Figure};
use web::{Html, Page, When};

/// Movements on a page.
const LINES: u32 = 20;

struct LineView {
    day: When,
    time: When,
    coin: CoinMark,
    title: String,
    memo: String,
    href: Option<String>,
    amount: Figure,
    balance: Figure,
}

#[derive(Template)]
#[template(path = "retail/statement.html")]
struct StatementPage {
    page: Page,
    account: Option<String>,
    choices: Vec<(String, String, bool)>,
    currency: &'static str,
    lines: Vec<LineView>,
    first: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    account: Option<String>,
    before: Option<String>,
}

pub(crate) async fn statement(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let page = page.member("statement");
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let account = match &wanted.account {
        // An account of somebody else is not found, like one that does not exist.
        Some(id) => Some(find(&accounts, id).ok_or_else(|| Refusal::new("accounts.not_found", 404))?),
        None => accounts.first(),
    };
    let mut shown = StatementPage {
        account: account.map(|account| described(&page, account)),
        choices: accounts.iter().map(|one| choice(&page, one, account)).collect(),
        currency: account.map_or("", |account| account.balance.currency.code()),
        lines: Vec::new(),
        first: None,
        next: None,
        page: page.clone(),
    };
    if let Some(account) = account {
        let before = wanted.before.as_deref();
        let lines = pages.payments.statement(&caller.acting(), account.account.id, before, LINES).await?;
        let address = format!("/statement?account={}", account.account.id);
        shown.lines = lines.items.iter().map(|line| line_view(&page, line)).collect();
        shown.next = lines.next.map(|next| format!("{address}&before={next}"));
        shown.first = before.map(|_| address);
    }
    Ok(Html(shown).into_response())
}

/// The account with this id among one's own.
pub(crate) fn find<'a>(accounts: &'a [AccountSummary], id: &str) -> Option<&'a AccountSummary> {
    accounts.iter().find(|account| account.account.id.to_string() == id)
}

/// `工资账户 9001 **** **** 6027，I类`.
fn described(page: &Page, account: &AccountSummary) -> String {
    let (name, class) = (view::account_name(page, account), view::class_word(page, account));
    let number = account.number.masked();
    page.tx(
        "retail-statement-of",
        &[("name", (&name).into()), ("number", (&number).into()), ("class", (&class).into())],
    )
}

fn choice(page: &Page, account: &AccountSummary, current: Option<&AccountSummary>) -> (String, String, bool) {
    let is_current = current.is_some_and(|current| current.account.id == account.account.id);
    (format!("/statement?account={}", account.account.id), view::account_name(page, account), is_current)
}

fn line_view(page: &Page, line: &StatementLine) -> LineView {
    let formats = page.formats();
    LineView {
        day: formats.day(line.movement.time),
        time: formats.time(line.movement.time),
        coin: view::coin(line),
        title: view::title(page, line),
        memo: line.memo.clone(),
        href: view::receipt_address(line),
        amount: Figure::new(page, line.amount).signed(),
        balance: Figure::new(page, line.balance_after),
    }
}
