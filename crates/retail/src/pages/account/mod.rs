//! One account of one's own: its number, its limits, what can be done with it and what happened to it.

pub(super) mod step;

use super::caller::Caller;
use super::certificate::account_id;
use super::{PageState, view};
use accounts::{AccountSummary, Bound, EventKind, NICKNAME_MAX, Product, SmsUsage, Usage, Used};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use money::{Amount, Currency};
use serde::Deserialize;
use step::Step;
use web::ui::{
    AccountCard, Banner, ChartWords, CoinMark, Field, Figure, FormErrors, HtmlFragment, Meter, MonthBars, MonthsChart,
    Row, Tone,
};
use web::{Bar, Html, Icon, Page};

/// Months in the picture of what came and went.
const MONTHS: u32 = 4;

struct MonthRow {
    name: String,
    received: Figure,
    paid: Figure,
}

#[derive(Template)]
#[template(path = "retail/account.html")]
struct AccountPage {
    page: Page,
    id: String,
    card: AccountCard,
    owner: String,
    number: String,
    facts: Vec<(String, HtmlFragment)>,
    notes: Vec<Banner>,
    limits: Vec<Meter>,
    ceiling: Option<Figure>,
    text_limits: Vec<Meter>,
    text_payment: Figure,
    months: Vec<MonthRow>,
    chart: Option<MonthsChart>,
    steps: Vec<Row>,
    events: Vec<Row>,
    is_closed: bool,
    certificate_key: String,
    errors: FormErrors,
    nickname: Field,
}

pub(crate) async fn account(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    drawn(&pages, page, &caller, &id, None).await
}

#[derive(Deserialize)]
pub(crate) struct NewName {
    #[serde(default)]
    nickname: String,
}

pub(crate) async fn rename(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Form(name): Form<NewName>,
) -> web::Result<Response> {
    match pages.accounts.rename(&caller.acting(), account_id(&id)?, &name.nickname).await {
        Ok(()) => Ok(Redirect::to(&format!("/accounts/{id}")).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "accounts.nickname_invalid" => {
            let errors = FormErrors::one("nickname", view::sentences(&page, &refusal));
            drawn(&pages, page, &caller, &id, Some((name.nickname, errors))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn drawn(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    id: &str,
    wrong: Option<(String, FormErrors)>,
) -> web::Result<Response> {
    let (who, account_id) = (caller.acting(), account_id(id)?);
    let account = pages.accounts.view(&who, account_id).await?;
    let bound = match account.account.bound {
        Some(Bound::Here(to)) => Some(pages.accounts.view(&who, to).await?),
        Some(Bound::Elsewhere(_)) | None => None,
    };
    let usage = pages.accounts.usage(&who, account_id).await?;
    let texts = pages.accounts.sms_usage(&who).await?;
    let months = pages.accounts.months(&who, account_id, MONTHS).await?;
    let events = pages.accounts.events(&who, account_id).await?;
    let currency = account.balance.currency;
    let bar = Bar { title: view::account_name(&page, &account), back: "/accounts".to_owned(), is_heading: true };
    let page = page.task("accounts", bar);
    let figure = |minor| Figure::new(&page, Amount::new(minor, currency));
    let event_row = |kind: Option<EventKind>, time| {
        let (icon, key) = event_words(kind);
        Row::new(CoinMark::thing(icon), HtmlFragment::text(&page.t(key))).caption([page.formats().full(time).into()])
    };
    let mut history: Vec<Row> = vec![event_row(None, account.opened)];
    history.extend(events.iter().map(|event| event_row(Some(event.kind), event.time)));
    history.reverse();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (typed, errors) = wrong.unwrap_or_else(|| (account.nickname.clone(), FormErrors::none()));
    let shown = AccountPage {
        id: id.to_owned(),
        card: view::card(&page, &account),
        owner: caller.0.name.full().to_owned(),
        number: account.number.grouped(),
        facts: facts(&page, &account, bound.as_ref()),
        notes: notes(&page, &account),
        limits: usage.as_ref().map(|usage| limits(&page, usage, currency)).unwrap_or_default(),
        ceiling: usage.and_then(|usage| usage.ceiling_minor).map(figure),
        text_limits: text_limits(&page, &texts, currency),
        text_payment: figure(texts.cap_payment_minor),
        chart: Some(months_chart(&page, &months, currency)).filter(|_| !page.hides_amounts()),
        months: months
            .iter()
            .map(|month| MonthRow {
                name: page.formats().month(month.year, month.month),
                received: figure(month.received_minor),
                paid: figure(month.paid_minor),
            })
            .collect(),
        steps: Step::ALL.into_iter().filter(|step| step.fits(&account)).map(|step| step.row(&page, id)).collect(),
        events: history,
        is_closed: account.closed,
        certificate_key: view::fresh_key(),
        nickname: Field::new("nickname", page.t("retail-account-rename"))
            .hint(page.t("retail-open-nickname-hint"))
            .max_length(NICKNAME_MAX as u16)
            .value(&typed)
            .optional()
            .errors(&errors),
        errors,
        page: page.clone(),
    };
    Ok((status, Html(shown)).into_response())
}

fn facts(page: &Page, account: &AccountSummary, bound: Option<&AccountSummary>) -> Vec<(String, HtmlFragment)> {
    let mut facts = vec![
        (page.t("retail-account-product"), HtmlFragment::text(&view::product_word(page, account.account.product))),
        (page.t("retail-account-bank"), HtmlFragment::text(&page.t("retail-bank"))),
    ];
    if let Some(purpose) = account.purpose {
        facts.push((page.t("retail-open-purpose"), HtmlFragment::text(&page.t(super::open::purpose_key(purpose)))));
    }
    if let Some(bound) = bound {
        facts.push((page.t("retail-account-bound"), page.words(&view::account_with_tail(page, bound))));
    }
    facts.push((page.t("retail-account-opened"), page.formats().date(account.opened).into()));
    facts.push((page.t("retail-account-balance"), Figure::new(page, account.balance).into()));
    facts
}

/// What stands against movements, each with what can be done about it.
fn notes(page: &Page, account: &AccountSummary) -> Vec<Banner> {
    let note = |icon, key: &str| Banner::new(Tone::Warn, icon, page.t(key), page.t(&format!("{key}.text")));
    let restrictions = account.restrictions;
    let mut notes = Vec::new();
    if account.closed {
        notes.push(note(Icon::Stop, "retail-account-is-closed"));
        return notes;
    }
    if restrictions.staff_credits {
        notes.push(note(Icon::Lock, "retail-account-is-frozen-both"));
    } else if restrictions.staff_debits {
        notes.push(note(Icon::Lock, "retail-account-is-frozen"));
    }
    let step = |step: Step| (page.t(step.words().title), step.address(&account.account.id.to_string()));
    if restrictions.lost {
        let (words, href) = step(Step::Found);
        notes.push(note(Icon::Shield, "retail-account-is-lost").action(words, href));
    }
    if restrictions.dormant {
        let (words, href) = step(Step::Wake);
        notes.push(note(Icon::Clock, "retail-account-is-dormant").action(words, href));
    }
    notes
}

fn limits(page: &Page, usage: &Usage, currency: Currency) -> Vec<Meter> {
    let meter = |key: &str, used: Used| meter(page, page.t(key), used, currency);
    vec![
        meter("retail-limit-paid-day", usage.paid_day),
        meter("retail-limit-paid-year", usage.paid_year),
        meter("retail-limit-received-day", usage.received_day),
        meter("retail-limit-received-year", usage.received_year),
    ]
}

fn text_limits(page: &Page, usage: &SmsUsage, currency: Currency) -> Vec<Meter> {
    vec![
        meter(page, page.t("retail-limit-text-day"), usage.day, currency),
        meter(page, page.t("retail-limit-text-month"), usage.month, currency),
    ]
}

fn meter(page: &Page, label: String, used: Used, currency: Currency) -> Meter {
    let amount = |minor| Amount::new(minor, currency);
    Meter::new(page, label, amount(used.used_minor), amount(used.cap_minor))
}

fn months_chart(page: &Page, months: &[accounts::MonthSummary], currency: Currency) -> MonthsChart {
    let sum = |value: fn(&accounts::MonthSummary) -> i64| {
        page.formats().in_sentence(Amount::new(months.iter().map(value).sum(), currency))
    };
    let (received, paid) = (sum(|month| month.received_minor), sum(|month| month.paid_minor));
    let finding = [("n", i64::from(MONTHS).into()), ("received", (&received).into()), ("paid", (&paid).into())];
    let words = ChartWords {
        id: "months",
        title: page.t("retail-account-months"),
        finding: page.tx("retail-account-months.text", &finding),
    };
    let bars = months.iter().map(|month| MonthBars {
        name: page.formats().month_short(month.month),
        received_minor: month.received_minor,
        paid_minor: month.paid_minor,
    });
    MonthsChart::new(page, words, currency, bars.collect())
}

/// The drawing and the words of an event; none is the opening.
fn event_words(kind: Option<EventKind>) -> (Icon, &'static str) {
    match kind {
        None => (Icon::Plus, "retail-event-opened"),
        Some(EventKind::Frozen) => (Icon::Lock, "retail-event-frozen"),
        Some(EventKind::Unfrozen) => (Icon::Unlock, "retail-event-unfrozen"),
        Some(EventKind::Lost) => (Icon::Shield, "retail-event-lost"),
        Some(EventKind::Found) => (Icon::Check, "retail-event-found"),
        Some(EventKind::Dormant) => (Icon::Clock, "retail-event-dormant"),
        Some(EventKind::Woken) => (Icon::Check, "retail-event-woken"),
        Some(EventKind::Closed) => (Icon::Stop, "retail-event-closed"),
        Some(EventKind::Upgraded) => (Icon::Arrow, "retail-event-upgraded"),
        Some(EventKind::Bound) => (Icon::Wallet, "retail-event-bound"),
    }
}

/// Whether a person's own class of account may move up.
pub(super) fn may_upgrade(account: &AccountSummary) -> bool {
    account.account.product == Product::ClassThree && !account.closed
}
