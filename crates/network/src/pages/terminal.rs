//! A shop's terminal, anywhere in the world, for trying the bank's cards with.

use crate::model::sale::{BankWord, Sale, SaleStep, Trouble};
use crate::terminal::{NewSale, Terminal};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use kit::Refusal;
use money::Currency;
use serde::Deserialize;
use web::ui::Field;
use web::{Html, Page, When};

/// Where it has its pages.
pub const BASE: &str = "/demo/terminal";
/// Countries to choose from; what the bank thinks of them is its own affair.
const COUNTRIES: [&str; 16] =
    ["CN", "HK", "MO", "TW", "JP", "KR", "SG", "TH", "US", "CA", "GB", "FR", "DE", "AU", "NZ", "AE"];
/// Places in China to choose from, by code.
const PLACES: [(&str, &str, &str); 10] = [
    ("3301", "浙江杭州", "Hangzhou"),
    ("3302", "浙江宁波", "Ningbo"),
    ("33", "浙江省", "Zhejiang"),
    ("3101", "上海", "Shanghai"),
    ("1101", "北京", "Beijing"),
    ("4403", "广东深圳", "Shenzhen"),
    ("4401", "广东广州", "Guangzhou"),
    ("5101", "四川成都", "Chengdu"),
    ("6501", "新疆乌鲁木齐", "Ürümqi"),
    ("5401", "西藏拉萨", "Lhasa"),
];
const CURRENCIES: [&str; 8] = ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "KRW", "SEK"];
const OFFSETS: [&str; 11] =
    ["+08:00", "+09:00", "+07:00", "+05:45", "+04:00", "+01:00", "+00:00", "-04:00", "-05:00", "-08:00", "+13:00"];
const CHANNELS: [&str; 5] = ["pos", "contactless", "atm", "online", "phone"];

/// A choice: value, word, whether it is chosen.
type Choice = (String, String, bool);

struct SaleView {
    reference: String,
    title: String,
    amount: String,
    when: When,
    word: String,
    is_approved: bool,
}

#[derive(Template)]
#[template(path = "network/terminal.html")]
struct TerminalPage {
    page: Page,
    sales: Vec<SaleView>,
    channels: Vec<Choice>,
    countries: Vec<Choice>,
    places: Vec<Choice>,
    currencies: Vec<Choice>,
    offsets: Vec<Choice>,
    troubles: Vec<Choice>,
    local_time: String,
    merchant: Field,
    amount: Field,
    number: Field,
    expiry: Field,
    cvv: Field,
}

#[derive(Template)]
#[template(path = "network/sale.html")]
struct SalePage {
    page: Page,
    sale: SaleView,
    facts: Vec<(String, String)>,
    reason: String,
    steps: Vec<(String, String)>,
    is_unanswered: bool,
    acts: Vec<(&'static str, String)>,
    amount: Field,
}

/// The routes.
pub fn router(terminal: Terminal) -> Router {
    let at = |rest: &str| format!("{BASE}{rest}");
    Router::new()
        .route(&at(""), get(home).post(sell))
        .route(&at("/{sale}"), get(show))
        .route(&at("/{sale}/again"), post(again))
        .route(&at("/{sale}/{step}"), post(follow))
        .with_state(terminal)
}

fn chosen(values: &[&str], word: impl Fn(&str) -> String) -> Vec<Choice> {
    values.iter().enumerate().map(|(place, value)| ((*value).to_owned(), word(value), place == 0)).collect()
}

/// What the bank said, in words.
fn said(page: &Page, word: Option<&BankWord>) -> String {
    match word {
        None => page.t("network-terminal-no-answer"),
        Some(word) if word.is_approved() => page.tx("network-terminal-approved", &[("code", (&word.approval).into())]),
        Some(word) => {
            page.tx("network-terminal-refused", &[("code", (&word.code).into()), ("reason", (&word.reason).into())])
        }
    }
}

fn view(page: &Page, sale: &Sale) -> SaleView {
    SaleView {
        reference: sale.reference.clone(),
        title: format!("{} · {}", sale.merchant, page.tx("network-terminal-tail", &[("tail", (&sale.tail).into())])),
        amount: format!("{} {}", sale.amount.0, sale.amount.1),
        when: page.formats().when(sale.asked),
        word: said(page, sale.word.as_ref()),
        is_approved: sale.word.as_ref().is_some_and(BankWord::is_approved),
    }
}

async fn home(State(terminal): State<Terminal>, page: Page) -> web::Result<Response> {
    let now = page.formats().field_minute(terminal.now());
    let key_of = |begin: &str, value: &str| page.t(&format!("{begin}.{value}"));
    let own = |name: &'static str, key: &str| Field::new(name, page.t(key));
    let shown = TerminalPage {
        sales: terminal.sales().iter().map(|sale| view(&page, sale)).collect(),
        channels: chosen(&CHANNELS, |value| key_of("network-terminal-channel", value)),
        countries: chosen(&COUNTRIES, |value| key_of("network-terminal-country", value)),
        places: PLACES
            .iter()
            .enumerate()
            .map(|(place, (code, zh, en))| {
                ((*code).to_owned(), (if page.is_zh() { *zh } else { *en }).to_owned(), place == 0)
            })
            .chain([(String::new(), page.t("network-terminal-nowhere"), false)])
            .collect(),
        currencies: chosen(&CURRENCIES, |value| {
            let currency = Currency::from_code(value);
            let name = currency.map(|one| if page.is_zh() { one.name_zh() } else { one.name_en() });
            format!("{value} {}", name.unwrap_or_default())
        }),
        offsets: chosen(&OFFSETS, str::to_owned),
        troubles: chosen(&Trouble::ALL.map(Trouble::code), |value| key_of("network-terminal-trouble", value)),
        local_time: now,
        merchant: own("merchant", "network-terminal-merchant").value("西湖茶馆").max_length(60),
        amount: own("amount", "network-terminal-amount").value("88.80").keyboard("decimal").max_length(20),
        number: own("number", "network-terminal-number").keyboard("numeric").max_length(30).autocomplete("off"),
        expiry: own("expiry", "network-terminal-expiry").max_length(5).autocomplete("off"),
        cvv: own("cvv", "network-terminal-cvv").keyboard("numeric").max_length(3).autocomplete("off").optional(),
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

async fn sell(State(terminal): State<Terminal>, Form(new): Form<NewSale>) -> Redirect {
    let reference = terminal.sell(&new).await;
    Redirect::to(&format!("{BASE}/{reference}"))
}

fn not_found() -> Refusal {
    Refusal::new("web.not_found", 404)
}

async fn show(State(terminal): State<Terminal>, page: Page, Path(reference): Path<String>) -> web::Result<Response> {
    let sale = terminal.sale(&reference).ok_or_else(not_found)?;
    let fact = |key: &str, value: &str| (page.t(key), value.to_owned());
    let mut facts = vec![
        fact("network-terminal-reference", &sale.reference),
        (page.t("network-terminal-channel"), page.t(&channel_key(&sale.channel))),
        fact("network-terminal-country", &sale.country),
        fact("network-terminal-local-time", &sale.local_time.replacen('T', " ", 1)),
    ];
    if let Some(word) = &sale.word {
        facts.push(fact("network-terminal-code", &word.code));
        if !word.billed.is_empty() {
            facts.push(fact("network-terminal-billed", &word.billed));
        }
        if let Some(expires) = word.expires {
            facts.push((page.t("network-terminal-expires"), page.formats().moment(expires)));
        }
    }
    let steps = sale.steps.iter().map(|(step, amount, word)| {
        let amount = if amount.is_empty() { page.t("network-terminal-all") } else { amount.clone() };
        let title = format!("{} {amount}", page.t(&format!("network-terminal-step.{}", step.code())));
        (title, said(&page, word.as_ref()))
    });
    let view = view(&page, &sale);
    let acts = SaleStep::ALL.into_iter().filter(|_| view.is_approved);
    let shown = SalePage {
        facts,
        reason: sale.word.as_ref().map(|word| word.reason.clone()).unwrap_or_default(),
        steps: steps.collect(),
        is_unanswered: terminal.is_unanswered(&reference),
        acts: acts.map(|step| (step.code(), page.t(&format!("network-terminal-step.{}", step.code())))).collect(),
        amount: Field::new("amount", page.t("network-terminal-part"))
            .keyboard("decimal")
            .max_length(20)
            .optional()
            .hint(page.t("network-terminal-part-hint")),
        sale: view,
        page: page.clone(),
    };
    Ok(Html(shown).into_response())
}

/// The text of a channel; of one that was never offered, the first one's.
fn channel_key(channel: &str) -> String {
    let known = CHANNELS.iter().find(|known| **known == channel).unwrap_or(&CHANNELS[0]);
    format!("network-terminal-channel.{known}")
}

async fn again(State(terminal): State<Terminal>, Path(reference): Path<String>) -> web::Result<Response> {
    terminal.sale(&reference).ok_or_else(not_found)?;
    terminal.ask_again(&reference).await;
    Ok(Redirect::to(&format!("{BASE}/{reference}")).into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Part {
    amount: String,
}

async fn follow(
    State(terminal): State<Terminal>,
    Path((reference, step)): Path<(String, String)>,
    Form(part): Form<Part>,
) -> web::Result<Response> {
    terminal.sale(&reference).ok_or_else(not_found)?;
    let step = SaleStep::from_code(&step).ok_or_else(not_found)?;
    terminal.follow(&reference, step, &part.amount).await;
    Ok(Redirect::to(&format!("{BASE}/{reference}")).into_response())
}
