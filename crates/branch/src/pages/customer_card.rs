//! A customer's debit card: how it stands, its locks, its uses, what happened to it.

use super::PageState;
use super::account::next;
use super::clerk::Clerk;
use super::customer::is_about_form;
use super::form::{self, ActForm, Ask, Typed};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::service::customer::of_person;
use crate::{CounterCardAct, CustomerView, IdentityCheck, StaffCardView};
use accounts::{
    CardLocks, CardUse, Country, DebitCard, DebitCardId, DebitCardState, Division, HomePlaces, LockKind, UseChannel,
};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::Error;
use money::{Amount, Currency};
use passport::PersonId;
use payments::{AuthorisationState, CardPurchase};
use serde::Deserialize;
use staff::{Act, StaffSession};
use web::ui::{Banner, CoinMark, Figure, FormErrors, HtmlFragment, Row, Tone};
use web::{Failure, Html, Icon, Page, When};

/// A line of the list of cards.
pub(crate) struct CardRow {
    pub(crate) href: String,
    pub(crate) shown: String,
    pub(crate) account: String,
    pub(crate) expiry: String,
    pub(crate) tags: Vec<Tag>,
    pub(crate) locks: Vec<String>,
}

/// A use of a card.
pub(crate) struct UseRow {
    pub(crate) when: When,
    pub(crate) card: String,
    pub(crate) merchant: String,
    pub(crate) how: String,
    pub(crate) amount: HtmlFragment,
    pub(crate) tag: Tag,
    pub(crate) why: String,
}

struct EventRow {
    when: When,
    what: String,
    by: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "branch/customer-card.html")]
struct CardPage {
    page: Page,
    customer: (String, String),
    base: String,
    shown: String,
    tags: Vec<Tag>,
    facts: Vec<(String, HtmlFragment)>,
    locks: Vec<(String, String)>,
    refused: Vec<UseRow>,
    sees_uses: bool,
    uses: Option<Vec<UseRow>>,
    events: Vec<EventRow>,
    ways: Vec<Row>,
    notice: Option<Banner>,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Why {
    reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Came {
    done: Option<String>,
}

/// The last words of paths, with the act that each needs.
pub(crate) fn words() -> Vec<(&'static str, Act)> {
    CounterCardAct::ALL.into_iter().map(|act| (word(act), act.act())).collect()
}

fn word(act: CounterCardAct) -> &'static str {
    match act {
        CounterCardAct::Freeze => "freeze",
        CounterCardAct::Unfreeze => "unfreeze",
        CounterCardAct::ReportLost => "report-lost",
        CounterCardAct::Replace => "replace",
    }
}

fn from_word(text: &str) -> Result<CounterCardAct, Failure> {
    CounterCardAct::ALL.into_iter().find(|act| word(*act) == text).ok_or_else(Failure::not_found)
}

fn key(act: CounterCardAct) -> &'static str {
    match act {
        CounterCardAct::Freeze => "branch-act-card-freeze",
        CounterCardAct::Unfreeze => "branch-act-card-unfreeze",
        CounterCardAct::ReportLost => "branch-act-card-lost",
        CounterCardAct::Replace => "branch-act-card-replace",
    }
}

fn icon(act: CounterCardAct) -> Icon {
    match act {
        CounterCardAct::Freeze => Icon::Lock,
        CounterCardAct::Unfreeze => Icon::Unlock,
        CounterCardAct::ReportLost => Icon::Warn,
        CounterCardAct::Replace => Icon::Wallet,
    }
}

fn asks(act: CounterCardAct) -> &'static [Ask] {
    match act {
        CounterCardAct::Freeze => &[Ask::Reason],
        CounterCardAct::ReportLost => &[Ask::CitizenNumber, Ask::Seen, Ask::Reason],
        CounterCardAct::Unfreeze | CounterCardAct::Replace => {
            &[Ask::CitizenNumber, Ask::Seen, Ask::Checked, Ask::Reason]
        }
    }
}

/// Whether it makes sense for the card as it is.
fn fits(act: CounterCardAct, card: &DebitCard) -> bool {
    let is_over = matches!(card.state, DebitCardState::Replaced | DebitCardState::Closed);
    match act {
        CounterCardAct::Freeze => card.state == DebitCardState::Active,
        CounterCardAct::Unfreeze => card.state == DebitCardState::Frozen,
        CounterCardAct::ReportLost => !is_over && card.state != DebitCardState::Lost,
        CounterCardAct::Replace => !is_over && card.replaced_by.is_none(),
    }
}

/// How a card stands, and whether it pays without being there.
fn tags(page: &Page, card: &DebitCard) -> Vec<Tag> {
    let css = match card.state {
        DebitCardState::Active => "tag-done",
        DebitCardState::Frozen | DebitCardState::Lost => "tag-warn",
        DebitCardState::Replaced | DebitCardState::Closed | DebitCardState::Expired => "",
    };
    let mut tags = vec![Tag::new(css, page.t(&format!("{}.{}", "branch-card-state", card.state.code())))];
    if card.state.is_alive() && card.is_code_blocked {
        tags.push(Tag::new("tag-danger", page.t("branch-card-code-blocked")));
    } else if card.state.is_alive() && !card.is_online {
        tags.push(Tag::new("tag-pending", page.t("branch-card-offline")));
    }
    tags
}

/// A province, or a city with its province.
fn division_name(page: &Page, division: Division) -> String {
    let name = |division: Division| {
        let entry = division.entry();
        entry.map(|entry| if page.is_zh() { entry.name_zh } else { entry.name_en }).unwrap_or_default()
    };
    let (province, own) = (name(division.province()), name(division));
    match (division.is_province() || province == own, page.is_zh()) {
        (true, _) => own.to_owned(),
        (false, true) => format!("{province}{own}"),
        (false, false) => format!("{own}, {province}"),
    }
}

/// The locks that are on: each with its name and what it lets through.
fn locks(page: &Page, locks: &CardLocks) -> Vec<(String, String)> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let told = |kind: &LockKind| match kind {
        LockKind::Overseas | LockKind::OverseasNotPresent => String::new(),
        LockKind::Region => {
            let places = locks.region.iter().flat_map(HomePlaces::places);
            let names: Vec<String> = places.map(|place| division_name(page, *place)).collect();
            page.tx("branch-lock-only-in", &[("places", (&names.join(&page.t("branch-comma"))).into())])
        }
        LockKind::Night => locks.night.map_or_else(String::new, |hours| {
            let (from, until) = (clock(hours.from()), clock(hours.until()));
            page.tx("branch-lock-hours", &[("from", (&from).into()), ("until", (&until).into())])
        }),
        LockKind::TerminalDay => locks.terminal_day_minor.map_or_else(String::new, |cap| {
            let cap = view::money(page, Amount::new(cap, Currency::CNY));
            page.tx("branch-lock-cap", &[("cap", (&cap).into())])
        }),
    };
    let is_on = LockKind::ALL.into_iter().filter(|kind| locks.has(*kind));
    is_on.map(|kind| (page.t(&format!("{}.{}", "branch-lock", kind.code())), told(&kind))).collect()
}

/// Cards as lines.
pub(crate) fn rows(page: &Page, customer: &CustomerView, cards: &[DebitCard]) -> Vec<CardRow> {
    let row = |card: &DebitCard| {
        let account = customer.accounts.iter().find(|account| account.account.id == card.account);
        CardRow {
            href: format!("/staff/customers/{}/cards/{}", customer.person.id, card.id),
            shown: card.shown.clone(),
            account: account.map(|account| view::account_name(page, account)).unwrap_or_default(),
            expiry: card.expiry.shown(),
            tags: tags(page, card),
            locks: locks(page, &card.locks).into_iter().map(|(name, _)| name).collect(),
        }
    };
    cards.iter().map(row).collect()
}

/// How and where a card was used.
fn how(page: &Page, card_use: &CardUse) -> String {
    let by_phone = card_use.channel == UseChannel::Pos && !card_use.is_present;
    let code = if by_phone { "by_phone" } else { card_use.channel.code() };
    let way = page.t(&format!("{}.{}", "branch-use", code));
    let place = match card_use.country == Country::CHINA {
        true => card_use.division.map(|division| division_name(page, division)).unwrap_or_default(),
        false => page.tx("branch-use-abroad", &[("country", (&card_use.country.code()).into())]),
    };
    if place.is_empty() { way } else { format!("{way} · {place}") }
}

/// A use as a line.
pub(crate) fn used(page: &Page, purchase: &CardPurchase) -> UseRow {
    let css = match purchase.state {
        AuthorisationState::Declined => "tag-danger",
        AuthorisationState::Captured => "tag-done",
        AuthorisationState::Approved | AuthorisationState::Deciding => "tag-pending",
        AuthorisationState::Reversed | AuthorisationState::Expired => "",
    };
    UseRow {
        when: page.formats().when(purchase.asked),
        card: view::tail_of(page, &purchase.shown),
        merchant: purchase.merchant.clone(),
        how: how(page, &purchase.card_use),
        amount: match purchase.billed {
            Some(billed) => Figure::new(page, billed).always().into(),
            None => HtmlFragment::text(&format!("{} {}", purchase.amount.currency.code(), purchase.amount.grouped())),
        },
        tag: Tag::new(css, page.t(&format!("{}.{}", "branch-use-state", purchase.state.code()))),
        why: purchase.refusal.as_deref().map(|code| view::refusal_title(page, code)).unwrap_or_default(),
    }
}

fn drawn(
    page: Page,
    session: &StaffSession,
    view: &StaffCardView,
    uses: Option<&[CardPurchase]>,
    errors: FormErrors,
) -> CardPage {
    let page = page.member("staff-customers");
    let (card, money) = (&view.card, |minor| view::money(&page, Amount::new(minor, Currency::CNY)));
    let mut facts = vec![
        (page.t("branch-card-pays-from"), page.words(&view::account_name(&page, &view.account))),
        view::fact(page.t("branch-card-expiry"), &card.expiry.shown()),
        view::fact(page.t("branch-card-issued"), page.formats().full(card.issued).text()),
        view::fact(page.t("branch-card-terminals-today"), &money(view.terminal.used_minor)),
    ];
    if let Some(next) = card.replaced_by {
        facts.push(view::fact(page.t("branch-card-replaced-by"), &next.to_string()));
    }
    let event = |event: &accounts::CardEvent| EventRow {
        when: page.formats().when(event.time),
        what: card_event(&page, &event.kind),
        by: event.by.clone().unwrap_or_else(|| page.t("branch-by-owner")),
        reason: event.reason.clone(),
    };
    let person = &view.person;
    let base = format!("/staff/customers/{}/cards/{}", person.id, card.id);
    let can = |act: &CounterCardAct| session.may(&act.act()) && fits(*act, card);
    let way = |act: CounterCardAct| {
        let title = HtmlFragment::text(&page.t(key(act)));
        Row::new(CoinMark::thing(icon(act)), title).link(format!("{base}/{}", word(act)))
    };
    CardPage {
        ways: CounterCardAct::ALL.into_iter().filter(can).map(way).collect(),
        notice: None,
        customer: (format!("/staff/customers/{}", person.id), view::name(&page, person)),
        base,
        shown: card.shown.clone(),
        tags: tags(&page, card),
        facts,
        locks: locks(&page, &card.locks),
        refused: view.refused.iter().map(|one| used(&page, one)).collect(),
        sees_uses: session.may(&acts::MOVEMENTS),
        uses: uses.map(|uses| uses.iter().map(|one| used(&page, one)).collect()),
        events: view.events.iter().rev().map(event).collect(),
        errors,
        page,
    }
}

/// What happened to a card, in words; its code where there are none.
fn card_event(page: &Page, kind: &str) -> String {
    let lock = kind.strip_prefix("lock_").and_then(|rest| rest.rsplit_once('_'));
    if let Some((name, way)) = lock {
        let name = page.t(&format!("{}.{}", "branch-lock", name));
        let key = if way == "on" { "branch-lock-closed" } else { "branch-lock-opened" };
        return page.tx(key, &[("lock", (&name).into())]);
    }
    let key = format!("{}.{}", "branch-card-event", kind);
    if page.has(&key) { page.t(&key) } else { kind.to_owned() }
}

pub(crate) async fn card(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, card)): Path<(i64, i64)>,
    Query(came): Query<Came>,
) -> web::Result<Response> {
    let view = pages.desk.card(&clerk.0, PersonId(id), DebitCardId(card)).await?;
    let mut shown = drawn(page, &clerk.0, &view, None, FormErrors::none());
    let at_once = [CounterCardAct::Freeze, CounterCardAct::ReportLost];
    shown.notice = at_once.into_iter().find(|act| came.done.as_deref() == Some(word(*act))).map(|act| {
        let text = shown.page.t(&format!("{}.done", key(act)));
        Banner::new(Tone::Done, Icon::Check, text, String::new())
    });
    Ok(Html(shown).into_response())
}

async fn form_of(
    pages: &PageState,
    page: &Page,
    act: CounterCardAct,
    id: PersonId,
    card: DebitCardId,
) -> web::Result<ActForm> {
    let view = pages.desk.card_view(id, card).await?;
    let base = format!("/staff/customers/{id}/cards/{card}");
    Ok(ActForm {
        key: key(act),
        action: format!("{base}/{}", word(act)),
        back: (base, view.card.shown.clone()),
        facts: vec![
            (page.t("branch-customer"), page.words(&view::name(page, &view.person))),
            (page.t("branch-col-card"), HtmlFragment::unbroken(&view.card.shown)),
        ],
        asks: asks(act),
        moves_money: false,
        is_grave: act == CounterCardAct::ReportLost,
    })
}

pub(crate) async fn act_form(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, card, act)): Path<(i64, i64, String)>,
) -> web::Result<Response> {
    let (id, card, act) = (PersonId(id), DebitCardId(card), from_word(&act)?);
    pages.desk.staff().looked(&clerk.0, &act.act(), &of_person(id), "form").await?;
    let page = page.member("staff-customers");
    let form = form_of(&pages, &page, act, id, card).await?;
    Ok(form::draw(&page, &pages.desk, &form, &Typed::default()))
}

pub(crate) async fn act(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, card, act)): Path<(i64, i64, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let (id, card, act) = (PersonId(id), DebitCardId(card), from_word(&act)?);
    let check = IdentityCheck {
        citizen_number: typed.citizen_number.clone(),
        seen: typed.is_seen(),
        checked: typed.evidence.clone(),
        reason: typed.reason.clone(),
        key: typed.key.clone(),
    };
    match pages.desk.change_card(&clerk.0, id, card, act, &check).await {
        Ok(done) => {
            let back = format!("/staff/customers/{id}/cards/{card}?done={}", word(act));
            Ok(Redirect::to(&next(done, &back)).into_response())
        }
        Err(Error::Refusal(refusal)) if is_about_form(&refusal) => {
            let page = page.member("staff-customers");
            let form = form_of(&pages, &page, act, id, card).await?;
            Ok(form::refused(&page, &pages.desk, &form, &typed, &refusal))
        }
        Err(error) => Err(error.into()),
    }
}

/// All last uses, for a reason.
pub(crate) async fn uses(
    State(pages): State<PageState>,
    page: Page,
    clerk: Clerk,
    Path((id, card)): Path<(i64, i64)>,
    Form(typed): Form<Why>,
) -> web::Result<Response> {
    let (id, card) = (PersonId(id), DebitCardId(card));
    match pages.desk.card_uses(&clerk.0, id, card, &typed.reason).await {
        Ok(uses) => {
            let view = pages.desk.card_view(id, card).await?;
            Ok(Html(drawn(page, &clerk.0, &view, Some(&uses), FormErrors::none())).into_response())
        }
        Err(Error::Refusal(refusal)) if refusal.code == "branch.reason_invalid" => {
            let view = pages.desk.card(&clerk.0, id, card).await?;
            let errors = FormErrors::one("reason", view::sentences(&page, &refusal));
            let shown = drawn(page, &clerk.0, &view, None, errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
