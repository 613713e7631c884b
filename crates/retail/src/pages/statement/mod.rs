//! The statement: the month in sight, every movement with the balance right after it, filters, a table to take along and
//! a paper to print.

mod filter;
mod month;

use super::caller::Caller;
use super::{PageState, view};
use ::accounts::{AccountSummary, PAGE_MAX};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use filter::{Chip, TEXT_MAX, Wanted, Wish};
use kit::Refusal;
use month::MonthView;
use payments::{PaymentKind, StatementLine};
use web::ui::{CoinMark, Field, Figure, FormErrors};
use web::{Html, Page, When};

/// Movements on a page.
const LINES: u32 = 20;
/// Movements on a paper; a longer statement is asked for month by month.
const PAPER_LINES: usize = 500;

/// The columns of the table, in the order of `Payments::statement_csv`.
const CSV_TITLES: [&str; 9] = [
    "retail-csv-time",
    "retail-csv-kind",
    "retail-csv-other",
    "retail-csv-account",
    "retail-csv-received",
    "retail-csv-paid",
    "retail-csv-balance",
    "retail-csv-memo",
    "retail-csv-order",
];

struct LineView {
    bank_day: kit::BankDay,
    day: When,
    time: When,
    coin: CoinMark,
    title: String,
    memo: String,
    href: Option<String>,
    amount: Figure,
    balance: Figure,
}

/// One of a few choices, each a link.
struct Choice {
    href: String,
    name: String,
    is_current: bool,
}

/// What stands around the lines when there is an account.
struct Filters {
    chips: Vec<Chip>,
    clear: String,
    ways: [Choice; 3],
    kept: Vec<(&'static str, String)>,
    text: String,
    fields: [Field; 4],
    is_open: bool,
    errors: FormErrors,
    download: String,
    paper: String,
}

#[derive(Template)]
#[template(path = "retail/statement.html")]
struct StatementPage {
    page: Page,
    account: Option<String>,
    choices: Vec<Choice>,
    currency: &'static str,
    month: Option<MonthView>,
    filters: Option<Filters>,
    lines: Vec<LineView>,
    first: Option<String>,
    next: Option<String>,
    /// Empty on an older page, on which nothing new appears.
    pulse: String,
}

impl StatementPage {
    fn is_filtered(&self) -> bool {
        self.filters.as_ref().is_some_and(|filters| !filters.chips.is_empty() || !filters.errors.is_empty())
    }
}

/// The account that an address names, or the first. One of somebody else is not found, like one that does not exist.
fn chosen<'a>(accounts: &'a [AccountSummary], id: &str) -> Result<Option<&'a AccountSummary>, Refusal> {
    if id.is_empty() {
        return Ok(accounts.first());
    }
    find(accounts, id).map(Some).ok_or_else(|| Refusal::new("accounts.not_found", 404))
}

pub(crate) async fn statement(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let page = page.member("statement");
    // The pulse is taken before the lines: what moves in between is shown by the next question.
    let pulse = match wanted.before.is_empty() {
        true => pages.payments.pulse(&caller.acting()).await?,
        false => String::new(),
    };
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let account = chosen(&accounts, &wanted.account)?;
    let mut shown = StatementPage {
        account: account.map(|account| described(&page, account)),
        choices: accounts.iter().map(|one| choice(&page, one, account)).collect(),
        currency: account.map_or("", |account| account.balance.currency.code()),
        month: None,
        filters: None,
        lines: Vec::new(),
        first: None,
        next: None,
        pulse,
        page: page.clone(),
    };
    let Some(account) = account else { return Ok(Html(shown).into_response()) };
    let wanted = Wanted { account: account.account.id.to_string(), ..wanted };
    let (id, currency) = (account.account.id, account.balance.currency);
    let opened = page.formats().bank_day_of(account.opened);
    let wish = wanted.read(&page, currency, opened);
    let (year, number, _) = wish.month.ymd();
    let month = pages.accounts.month(&caller.acting(), id, year, number).await?;
    shown.month = Some(month::drawn(&page, &wanted, &wish, &month, currency, opened));
    let status = if wish.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    if wish.errors.is_empty() {
        let before = Some(wanted.before.as_str()).filter(|before| !before.is_empty());
        let lines = pages.payments.statement_of(&caller.acting(), id, &wish.filter, before, LINES).await?;
        shown.lines = lines.items.iter().map(|line| line_view(&page, line)).collect();
        shown.next = lines.next.map(|next| wanted.address("/statement", &[("before", &next)]));
        shown.first = before.map(|_| wanted.address("/statement", &[]));
    }
    shown.filters = Some(filters(&page, &wanted, wish, account));
    Ok((status, Html(shown)).into_response())
}

fn filters(page: &Page, wanted: &Wanted, wish: Wish, account: &AccountSummary) -> Filters {
    let way = |word: &'static str, key: &str| Choice {
        href: wanted.address("/statement", &[("way", word)]),
        name: page.t(key),
        is_current: match wish.filter.movements.direction {
            None => word.is_empty(),
            Some(accounts::Way::In) => word == "in",
            Some(accounts::Way::Out) => word == "out",
        },
    };
    let field = |name: &'static str, key: &str, value: &str| {
        Field::new(name, page.t(key)).value(value.trim()).optional().errors(&wish.errors)
    };
    let kept = [("account", &wanted.account), ("month", &wanted.month), ("way", &wanted.way)];
    Filters {
        chips: wanted.chips(page, &wish, account.balance.currency),
        clear: view::address("/statement", [("account", wanted.account.as_str())]),
        ways: [way("", "retail-filter-all"), way("in", "retail-filter-in"), way("out", "retail-filter-out")],
        kept: kept
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.clone()))
            .collect(),
        text: wish.filter.text.clone(),
        fields: [
            field("from", "retail-filter-from", &wanted.from).date(),
            field("to", "retail-filter-to", &wanted.to).date(),
            field("least", "retail-filter-least", &wanted.least).keyboard("decimal").max_length(24),
            field("most", "retail-filter-most", &wanted.most).keyboard("decimal").max_length(24),
        ],
        is_open: [&wanted.from, &wanted.to, &wanted.least, &wanted.most].iter().any(|value| !value.trim().is_empty()),
        download: wanted.address("/statement/download", &[]),
        paper: wanted.address("/statement/paper", &[]),
        errors: wish.errors,
    }
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

fn choice(page: &Page, account: &AccountSummary, current: Option<&AccountSummary>) -> Choice {
    Choice {
        href: format!("/statement?account={}", account.account.id),
        name: view::account_name(page, account),
        is_current: current.is_some_and(|current| current.account.id == account.account.id),
    }
}

fn line_view(page: &Page, line: &StatementLine) -> LineView {
    let formats = page.formats();
    LineView {
        bank_day: line.movement.bank_day,
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

/// The account and the wish of a table or a paper; a filter that cannot be read has no table.
async fn asked(
    pages: &PageState,
    page: &Page,
    caller: &Caller,
    wanted: &Wanted,
) -> web::Result<(AccountSummary, Wish)> {
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let account = chosen(&accounts, &wanted.account)?.ok_or_else(|| Refusal::new("accounts.not_found", 404))?;
    let wish = wanted.read(page, account.balance.currency, page.formats().bank_day_of(account.opened));
    if !wish.errors.is_empty() {
        return Err(Refusal::new("retail.filter_invalid", 422).into());
    }
    Ok((account.clone(), wish))
}

/// The lines that the filters let through, as a table for spreadsheets. A table that is not complete says so in its name
/// and in its last row.
pub(crate) async fn download(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let (account, wish) = asked(&pages, &page, &caller, &wanted).await?;
    let titles = CSV_TITLES.map(|key| page.t(key));
    let kind = |kind: Option<PaymentKind>| page.t(kind_key(kind));
    let id = account.account.id;
    let table = pages.payments.statement_csv(&caller.acting(), id, &wish.filter, &titles, kind).await?;
    let (mut text, is_complete) = table;
    if !is_complete {
        text.push_str(&page.t("retail-csv-incomplete"));
        text.push_str("\r\n");
    }
    let part = if is_complete { "" } else { "-part" };
    let day = page.formats().today().iso();
    let name = format!("attachment; filename=\"tongbao-{}-{day}{part}.csv\"", account.number.tail());
    let disposition = HeaderValue::from_str(&name).map_err(kit::Fault::from)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, text).into_response())
}

fn kind_key(kind: Option<PaymentKind>) -> &'static str {
    match kind {
        Some(PaymentKind::Transfer) => "retail-kind-transfer",
        Some(PaymentKind::CardPayment) => "retail-kind-card",
        Some(PaymentKind::CashIn) => "retail-kind-cash",
        Some(PaymentKind::Correction) => "retail-kind-correction",
        Some(PaymentKind::CashOut) => "retail-kind-cash-out",
        Some(PaymentKind::InterbankOut) => "retail-kind-interbank-out",
        Some(PaymentKind::InterbankIn) => "retail-kind-interbank-in",
        Some(PaymentKind::TopUp) => "retail-kind-top-up",
        Some(PaymentKind::Return) => "retail-kind-return",
        Some(PaymentKind::CardRefund) => "retail-kind-card-refund",
        // Between the bank's own boxes: no customer's statement has it.
        Some(PaymentKind::CashMove) | None => "retail-kind-other",
    }
}

#[derive(Template)]
#[template(path = "retail/statement-paper.html")]
struct PaperPage {
    page: Page,
    owner: String,
    number: String,
    product: String,
    period: String,
    filter: Vec<String>,
    made: When,
    currency: &'static str,
    lines: Vec<LineView>,
    is_complete: bool,
    back: String,
}

/// The lines that the filters let through, as a paper.
pub(crate) async fn paper(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> web::Result<Response> {
    let (account, wish) = asked(&pages, &page, &caller, &wanted).await?;
    let formats = page.formats();
    let (who, id) = (caller.acting(), account.account.id);
    let (mut lines, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let more = pages.payments.statement_of(&who, id, &wish.filter, cursor.as_deref(), PAGE_MAX).await?;
        lines.extend(more.items.iter().map(|line| line_view(&page, line)));
        cursor = more.next;
        if cursor.is_none() || lines.len() >= PAPER_LINES {
            break;
        }
    }
    let movements = &wish.filter.movements;
    let opened = formats.bank_day_of(account.opened);
    let oldest = lines.iter().map(|line| line.bank_day).min().unwrap_or(opened);
    let from = movements.from.unwrap_or(opened.min(oldest));
    let to = movements.to.unwrap_or(formats.today()).min(formats.today());
    let period = [("from", formats.bank_date(from)), ("to", formats.bank_date(to))];
    let period = page.tx("retail-paper-period.of", &[("from", (&period[0].1).into()), ("to", (&period[1].1).into())]);
    let chips = wanted.chips(&page, &wish, account.balance.currency);
    let bar = web::Bar { title: page.t("retail-paper"), back: wanted.address("/statement", &[]), is_heading: true };
    let shown = PaperPage {
        owner: caller.0.name.full().to_owned(),
        number: account.number.grouped(),
        product: view::class_word(&page, &account),
        period,
        filter: chips.into_iter().map(|chip| chip.text).collect(),
        made: formats.full(page.now()),
        currency: account.balance.currency.code(),
        lines,
        is_complete: cursor.is_none(),
        back: bar.back.clone(),
        page: page.clone().task("statement", bar),
    };
    Ok(Html(shown).into_response())
}
