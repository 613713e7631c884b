//! Home: the balance, what is done most often, and what happened last.

use super::caller::Caller;
use super::{PageState, view};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Amount;
use web::ui::{AccountCard, Banner, CoinMark, HtmlFragment, Row, Tone};
use web::{Html, Icon, Page};

/// How many movements home shows.
const RECENT: u32 = 5;

#[derive(Template)]
#[template(path = "retail/home.html")]
struct HomePage {
    page: Page,
    greeting: String,
    pulse: String,
    card: Option<AccountCard>,
    tasks: [(&'static str, Icon, String); 4],
    large_tasks: [(&'static str, Icon, String, String); 4],
    rows: Vec<Row>,
    news: Option<Banner>,
    /// Whether a pattern opened this session.
    is_looking: bool,
}

/// The home of somebody who proved a number and nothing else.
#[derive(Template)]
#[template(path = "retail/newcomer.html")]
struct Newcomer {
    page: Page,
    steps: Vec<Row>,
    news: Option<Banner>,
}

fn newcomer_steps(page: &Page) -> Vec<Row> {
    let step = |icon, key: &str, href: &str| {
        Row::new(CoinMark::bronze(icon), HtmlFragment::text(&page.t(key)))
            .caption([HtmlFragment::text(&page.t(&format!("{key}.text")))])
            .link(href.to_owned())
    };
    vec![
        step(Icon::Me, "retail-newcomer-identity", "/me/identity"),
        step(Icon::Wallet, "retail-newcomer-products", "/products"),
        step(Icon::Bill, "retail-newcomer-rates", "/rates"),
        step(Icon::Branch, "retail-newcomer-branch", "/branches"),
        step(Icon::Shield, "retail-newcomer-security", "/security"),
    ]
}

/// Money that waits for a person who has no account, or whose account does not take it.
async fn waiting_banner(
    pages: &PageState,
    page: &Page,
    caller: &Caller,
    has_account: bool,
) -> web::Result<Option<Banner>> {
    let waiting = pages.payments.waiting_for(&caller.acting()).await?;
    let Some(first) = waiting.first() else { return Ok(None) };
    let (amount, until) = (page.formats().in_sentence(first.amount), page.formats().moment(first.until));
    let lead = page.tx("retail-for-you", &[("amount", (&amount).into()), ("name", (&first.payer).into())]);
    let text = page.tx(
        if has_account { "retail-for-you-limits" } else { "retail-for-you-open" },
        &[("until", (&until).into()), ("n", (waiting.len() as i64).into())],
    );
    let href = if caller.0.verified || has_account { "/accounts/open" } else { "/me/identity" };
    let action = if caller.0.verified || has_account { "retail-open" } else { "retail-newcomer-identity" };
    Ok(Some(Banner::new(Tone::Bronze, Icon::Gift, lead, text).action(page.t(action), href.to_owned())))
}

pub(crate) async fn home(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let page = page.member("home");
    // The pulse is taken before the balances: what moves in between is shown by the next question.
    let pulse = pages.payments.pulse(&caller.acting()).await?;
    let accounts = pages.accounts.list(&caller.acting()).await?;
    let first = accounts.first();
    let mut rows = Vec::new();
    let mut card = first.map(|account| view::card(&page, account).link(format!("/accounts/{}", account.account.id)));
    if let Some(account) = first {
        let months = pages.accounts.months(&caller.acting(), account.account.id, 1).await?;
        let currency = account.balance.currency;
        for month in months {
            let (received, paid) = (page.t("retail-card-in"), page.t("retail-card-out"));
            card = card.map(|card| {
                card.flow(&page, received, Amount::new(month.received_minor, currency)).flow(
                    &page,
                    paid,
                    Amount::new(month.paid_minor, currency),
                )
            });
        }
        let lines = pages.payments.statement(&caller.acting(), account.account.id, None, RECENT).await?;
        rows = lines.items.iter().map(|line| view::row(&page, line)).collect();
    }
    let waits = waiting_banner(&pages, &page, &caller, !accounts.is_empty()).await?;
    let on_the_way = pages.payments.on_the_way(&caller.acting()).await?;
    let travels = on_the_way.first().map(|order| {
        let lead = page.tx("retail-on-the-way", &[("n", (on_the_way.len() as i64).into())]);
        Banner::new(Tone::Info, Icon::Pause, lead, String::new())
            .action(page.t("retail-on-the-way-see"), format!("/payments/{order}"))
    });
    let unread = pages.passport.notify().unread(caller.0.person.0).await?;
    let news = (unread > 0).then(|| {
        let lead = page.tx("retail-news", &[("n", unread.into())]);
        Banner::new(Tone::Info, Icon::Bell, lead, String::new())
            .action(page.t("retail-news-open"), "/notices".to_owned())
    });
    let news = waits.or(travels).or(news);
    if accounts.is_empty() && !caller.0.verified {
        return Ok(Html(Newcomer { steps: newcomer_steps(&page), news, page }).into_response());
    }
    let greeting = match page.formats().part_of_day() {
        "morning" => "retail-hello-morning",
        "afternoon" => "retail-hello-afternoon",
        _ => "retail-hello-evening",
    };
    let home = HomePage {
        is_looking: caller.0.looking,
        greeting: page.tx(greeting, &[("name", caller.0.name.full().into())]),
        card,
        pulse,
        tasks: [
            ("/transfer", Icon::Send, page.t("retail-task-transfer")),
            ("/statement", Icon::List, page.t("retail-task-statement")),
            ("/receive", Icon::Receive, page.t("retail-task-receive")),
            ("/cards", Icon::Wallet, page.t("retail-task-cards")),
        ],
        large_tasks: [
            ("/transfer", Icon::Send, "retail-large-pay"),
            ("/receive", Icon::Receive, "retail-large-receive"),
            ("/statement", Icon::List, "retail-large-statement"),
            ("/security", Icon::Shield, "retail-large-fraud"),
        ]
        .map(|(href, icon, key)| (href, icon, page.t(key), page.t(&format!("{key}.text")))),
        rows,
        news,
        page,
    };
    Ok(Html(home).into_response())
}
