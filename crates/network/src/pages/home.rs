//! The first page: switches, positions, accounts to try, recent payments.

use super::PageState;
use super::view::{self, Tag};
use crate::model::bank::AccountState;
use crate::model::fault::{Chance, FaultKind, Faults};
use crate::store;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use serde::Deserialize;
use std::collections::HashMap;
use web::ui::{Banner, Field, Figure, HtmlFragment, Tone};
use web::{Html, Icon, Page, When};

/// Payments that the page shows.
const RECENT: u32 = 30;
/// What a switch offers, of a thousand.
const OFFERED: [u16; 5] = [0, 50, 200, 500, Chance::ALWAYS];
/// Codes that a refusal may be given.
pub(super) const CODES: [&str; 6] = ["AC01", "AC04", "AC06", "AM04", "BE01", "MS03"];

/// What a switch has besides how often.
enum Detail {
    None,
    Seconds(u32),
    Days(u16),
    Codes(Vec<(String, String, bool)>),
}

struct Switch {
    word: &'static str,
    label: String,
    hint: String,
    choices: Vec<(u16, String, bool)>,
    detail: Detail,
    is_on: bool,
}

struct BankRow {
    name: String,
    code: String,
    position: Figure,
    is_debit: bool,
    reserved: Option<Figure>,
    cap: Figure,
    customers: Option<Figure>,
}

struct AccountRow {
    bank: String,
    number: String,
    name: HtmlFragment,
    balance: Figure,
    tag: Tag,
}

pub(super) struct PaymentRow {
    href: String,
    when: When,
    kind: String,
    way: String,
    who: HtmlFragment,
    amount: Figure,
    tag: Tag,
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "network/home.html")]
struct HomePage {
    page: Page,
    base: &'static str,
    notice: Option<Banner>,
    day: String,
    switches: Vec<Switch>,
    any_on: bool,
    seed: u64,
    key: Option<Field>,
    banks: Vec<BankRow>,
    accounts: Vec<AccountRow>,
    payments: Vec<PaymentRow>,
}

/// What was done, as an address says it.
#[derive(Deserialize, Default)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

pub(super) async fn home(
    State(pages): State<PageState>,
    page: Page,
    Query(done): Query<Done>,
) -> web::Result<Response> {
    let key = match done.done.as_str() {
        "faults" => Some("network-done-faults"),
        "day" => Some("network-done-day"),
        _ => None,
    };
    let notice = key.map(|key| Banner::new(Tone::Done, Icon::Check, page.t(key), String::new()));
    drawn(&pages, page, notice, StatusCode::OK).await
}

async fn refused(pages: &PageState, page: Page, refusal: &Refusal) -> web::Result<Response> {
    let (title, text) = view::sentences(&page, refusal);
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::CONFLICT);
    let notice = Banner::new(Tone::Warn, Icon::Attention, title, text);
    drawn(pages, page, Some(notice), status).await
}

async fn drawn(pages: &PageState, page: Page, notice: Option<Banner>, status: StatusCode) -> web::Result<Response> {
    let network = &pages.network;
    let (positions, faults) = (network.positions().await?, network.faults());
    let banks = positions.banks.iter().map(|bank| BankRow {
        name: if page.is_zh() { bank.name_zh.clone() } else { bank.name_en.clone() },
        code: bank.code.clone(),
        position: view::figure(&page, bank.position_minor).signed(),
        is_debit: bank.position_minor < 0,
        reserved: (bank.reserved_minor > 0).then(|| view::figure(&page, bank.reserved_minor)),
        cap: view::figure(&page, bank.cap_minor),
        customers: bank.is_local.then(|| view::figure(&page, bank.balance_minor)),
    });
    let banks = banks.collect();
    let samples = store::customer::samples(&network.inner.db).await?;
    let accounts = samples.iter().map(|one| AccountRow {
        bank: view::bank_name(pages, &page, &one.bank),
        number: web::account_in_fours(&one.account),
        name: page.words(&one.name),
        balance: view::figure(&page, one.balance_minor),
        tag: {
            let css = match one.state {
                AccountState::Open => "tag-done",
                AccountState::Blocked => "tag-warn",
                AccountState::Closed => "",
            };
            Tag { css, word: page.t(&format!("{}.{}", "network-account", one.state.word())) }
        },
    });
    let accounts = accounts.collect();
    let recent = store::transfer::recent(&network.inner.db, RECENT).await?;
    let payments = recent.iter().map(|one| PaymentRow {
        href: format!("{}/payments/{}", pages.base, one.id),
        when: page.formats().when(one.created),
        kind: view::kind_word(&page, one.kind),
        way: page.tx(
            "network-way",
            &[
                ("from", view::bank_name(pages, &page, &one.payer_bank).into()),
                ("to", view::bank_name(pages, &page, &one.payee_bank).into()),
            ],
        ),
        who: view::party(&page, &one.payee_name, &one.payee_account),
        amount: view::figure(&page, one.amount_minor),
        tag: view::state_tag(&page, one),
        reason: one.reason.as_deref().map(|code| view::reason(&page, code)),
    });
    let payments = payments.collect();
    let shown = HomePage {
        base: pages.base,
        notice,
        day: page.formats().bank_date(positions.day),
        switches: FaultKind::ALL.into_iter().map(|kind| switch(&page, &faults, kind)).collect(),
        any_on: faults.any(),
        seed: faults.seed,
        key: view::key_field(pages, &page),
        banks,
        accounts,
        payments,
        page,
    };
    Ok((status, Html(shown)).into_response())
}

fn switch(page: &Page, faults: &Faults, kind: FaultKind) -> Switch {
    let usual = Chance::new(0);
    let chance = faults.get(kind).unwrap_or(&usual);
    let word = |per_mille: u16| match per_mille {
        0 => page.t("network-often-never"),
        Chance::ALWAYS => page.t("network-often-always"),
        some => format!("{}.{}%", some / 10, some % 10).replace(".0%", "%"),
    };
    let mut offered: Vec<u16> = OFFERED.to_vec();
    if !offered.contains(&chance.per_mille) {
        offered.push(chance.per_mille);
        offered.sort_unstable();
    }
    let detail = match kind {
        FaultKind::Delay | FaultKind::Late | FaultKind::Contradict => Detail::Seconds(chance.ms / 1_000),
        FaultKind::Return => Detail::Days(chance.days),
        FaultKind::Refuse => {
            let mut codes: Vec<String> = CODES.map(str::to_owned).to_vec();
            if !codes.contains(&chance.code) {
                codes.push(chance.code.clone());
            }
            let shown = |code: String| {
                let words = view::reason(page, &code);
                let is_chosen = code == chance.code;
                (code, words, is_chosen)
            };
            Detail::Codes(codes.into_iter().map(shown).collect())
        }
        _ => Detail::None,
    };
    Switch {
        word: kind.word(),
        label: page.t(&format!("{}.{}", "network-fault", kind.word())),
        hint: page.t(&format!("{}.{}", "network-fault-hint", kind.word())),
        choices: offered.into_iter().map(|one| (one, word(one), one == chance.per_mille)).collect(),
        detail,
        is_on: chance.per_mille > 0,
    }
}

/// What the form of switches says; none where a number is none.
fn read(typed: &HashMap<String, String>) -> Option<Faults> {
    let text = |name: &str| typed.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut faults = Faults { seed: text("seed").map_or(Some(0), |seed| seed.parse().ok())?, ..Faults::none() };
    for kind in FaultKind::ALL {
        let word = kind.word();
        let per_mille = text(word).map_or(Some(0), |often| often.parse().ok())?;
        let mut chance = Chance::new(per_mille);
        if let Some(seconds) = text(&format!("{word}_seconds")) {
            chance.ms = seconds.parse::<u32>().ok()?.checked_mul(1_000)?;
        }
        if let Some(days) = text(&format!("{word}_days")) {
            chance.days = days.parse().ok()?;
        }
        if let Some(code) = text(&format!("{word}_code")) {
            chance.code = code.to_owned();
        }
        if chance != Chance::new(0) {
            faults = faults.with(kind, chance);
        }
    }
    Some(faults)
}

pub(super) async fn set_faults(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<HashMap<String, String>>,
) -> web::Result<Response> {
    let set = async {
        pages.allow(typed.get("admin_key").map_or("", String::as_str))?;
        // The button that turns everything off sends nothing else.
        let faults = if typed.contains_key("off") {
            Some(Faults { seed: pages.network.faults().seed, ..Faults::none() })
        } else {
            read(&typed)
        };
        let faults = faults.ok_or_else(|| Refusal::new(crate::model::refusal::FAULTS_INVALID, 422))?;
        pages.network.set_faults(faults).await
    };
    after(&pages, page, set.await, "faults").await
}

/// A form with nothing to say but who sends it.
#[derive(Deserialize)]
pub(super) struct Bare {
    #[serde(default)]
    admin_key: String,
}

pub(super) async fn close_day(
    State(pages): State<PageState>,
    page: Page,
    Form(typed): Form<Bare>,
) -> web::Result<Response> {
    let closed = async {
        pages.allow(&typed.admin_key)?;
        pages.network.close_day().await
    };
    after(&pages, page, closed.await, "day").await
}

async fn after(pages: &PageState, page: Page, done: kit::Result<()>, word: &str) -> web::Result<Response> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}?done={word}", pages.home())).into_response()),
        Err(Error::Refusal(refusal)) => refused(pages, page, &refusal).await,
        Err(error) => Err(error.into()),
    }
}
