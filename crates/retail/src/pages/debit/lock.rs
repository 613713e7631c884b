//! The locks of a card, each with what it does in plain words. Locking is one tap; what lets more through leads to proving first.

use super::usage::division_name;
use super::{card_id, or_prove, task};
use crate::pages::PageState;
use crate::pages::caller::Caller;
use crate::pages::view;
use accounts::{Division, HomePlaces, LockChange, LockKind, NightHours};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Error, Refusal};
use money::Amount;
use serde::Deserialize;
use web::ui::{AmountField, FormErrors};
use web::{Html, Page};

struct SwitchView {
    kind: &'static str,
    title: String,
    text: String,
    is_on: bool,
}

struct PlaceView {
    code: String,
    name: String,
    remove: String,
}

struct ProvinceView {
    code: String,
    name: &'static str,
    cities: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "retail/debit/locks.html")]
struct LocksPage {
    page: Page,
    base: String,
    card: String,
    overseas: SwitchView,
    overseas_not_present: SwitchView,
    places: Vec<PlaceView>,
    provinces: Vec<ProvinceView>,
    night: Option<String>,
    night_from: String,
    night_until: String,
    terminal: Option<String>,
    terminal_used: String,
    terminal_field: AmountField,
    errors: FormErrors,
}

#[derive(Deserialize, Default)]
pub(crate) struct Typed {
    /// `on`, `off`, `add` or `remove`.
    #[serde(default, rename = "do")]
    act: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    cap: String,
}

pub(crate) async fn show(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(card): Path<String>,
) -> web::Result<Response> {
    drawn(&pages, page, &caller, &card, FormErrors::none(), StatusCode::OK).await
}

async fn drawn(
    pages: &PageState,
    page: Page,
    caller: &Caller,
    card: &str,
    errors: FormErrors,
    status: StatusCode,
) -> web::Result<Response> {
    let who = caller.acting();
    let card = pages.accounts.debit_card(&who, card_id(card)?).await?;
    if !card.state.is_alive() {
        return Ok(Redirect::to(&format!("/cards/own/{}", card.id)).into_response());
    }
    let day = pages.accounts.terminal_day(&who, card.id).await?;
    let page = task(page, "retail-locks", format!("/cards/own/{}", card.id));
    let locks = &card.locks;
    let switch = |kind: LockKind, title: &str, text: &str| SwitchView {
        kind: kind.code(),
        title: page.t(title),
        text: page.t(text),
        is_on: locks.has(kind),
    };
    let currency = pages.accounts.terms().currency;
    let money = |minor: i64| page.formats().in_sentence(Amount::new(minor, currency));
    let place = |place: &Division| {
        let name = division_name(&page, *place);
        let remove = page.tx("retail-lock-region-remove", &[("place", (&name).into())]);
        PlaceView { code: place.code(), name, remove }
    };
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let cap = day.cap_minor.map(|cap| Amount::new(cap, currency).plain()).unwrap_or_default();
    let shown = LocksPage {
        base: format!("/cards/own/{}/locks", card.id),
        card: view::tail(&page, &card.tail),
        overseas: switch(LockKind::Overseas, "retail-lock-overseas", "retail-lock-overseas-text"),
        overseas_not_present: switch(
            LockKind::OverseasNotPresent,
            "retail-lock-overseas-not-present",
            "retail-lock-overseas-not-present-text",
        ),
        places: locks.region.iter().flat_map(HomePlaces::places).map(place).collect(),
        provinces: provinces(&page),
        night: locks.night.map(|hours| {
            let (from, until) = (clock(hours.from()), clock(hours.until()));
            page.tx("retail-lock-night-shown", &[("from", (&from).into()), ("until", (&until).into())])
        }),
        night_from: locks.night.map_or_else(|| "23:00".to_owned(), |hours| clock(hours.from())),
        night_until: locks.night.map_or_else(|| "06:00".to_owned(), |hours| clock(hours.until())),
        terminal: day.cap_minor.map(|cap| {
            let cap = money(cap);
            page.tx("retail-lock-terminal-day-shown", &[("cap", (&cap).into())])
        }),
        terminal_used: {
            let used = money(day.used_minor);
            page.tx("retail-lock-terminal-day-used", &[("used", (&used).into())])
        },
        terminal_field: AmountField::new(&page, "cap", page.t("retail-lock-terminal-day-cap"), currency)
            .value(&cap)
            .errors(&errors),
        errors,
        page: page.clone(),
    };
    Ok((status, Html(shown)).into_response())
}

/// The provinces and cities in which a card can be at home.
fn provinces(page: &Page) -> Vec<ProvinceView> {
    let name = |entry: accounts::DivisionEntry| if page.is_zh() { entry.name_zh } else { entry.name_en };
    let mainland = Division::provinces().filter(|entry| !entry.division.is_abroad_for_cards());
    let province = |entry: accounts::DivisionEntry| ProvinceView {
        code: entry.division.code(),
        name: name(entry),
        cities: entry.division.cities().map(|city| (city.division.code(), name(city))).collect(),
    };
    mainland.map(province).collect()
}

pub(crate) async fn set(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path((card, kind)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> web::Result<Response> {
    let kind = LockKind::from_code(&kind).ok_or_else(|| Refusal::new("web.not_found", 404))?;
    let now = pages.accounts.debit_card(&caller.acting(), card_id(&card)?).await?;
    let change = match change(&pages, kind, &typed, now.locks.region.as_ref()) {
        Ok(change) => change,
        Err(field) => {
            let refusal = Refusal::new("accounts.lock_invalid", 422);
            let errors = FormErrors::one(field, view::sentences(&page, &refusal));
            return drawn(&pages, page, &caller, &card, errors, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let back = format!("/cards/own/{}/locks", now.id);
    match pages.accounts.set_card_lock(&caller.0, now.id, &change).await {
        Ok(_) => Ok(Redirect::to(&back).into_response()),
        Err(Error::Refusal(refusal)) if refusal.code == "accounts.lock_invalid" => {
            let errors = FormErrors::one("cap", view::sentences(&page, &refusal));
            drawn(&pages, page, &caller, &card, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => or_prove(error, &back),
    }
}

/// What a form asks for, or the field that cannot be read.
fn change(
    pages: &PageState,
    kind: LockKind,
    typed: &Typed,
    places: Option<&HomePlaces>,
) -> Result<LockChange, &'static str> {
    let is_on = typed.act == "on";
    Ok(match kind {
        LockKind::Overseas => LockChange::Overseas(is_on),
        LockKind::OverseasNotPresent => LockChange::OverseasNotPresent(is_on),
        LockKind::Region => {
            let known = places.map(|places| places.places().to_vec()).unwrap_or_default();
            let meant = || Division::parse(&typed.place).ok_or("place");
            match typed.act.as_str() {
                "add" => {
                    let added = known.into_iter().chain([meant()?]);
                    LockChange::Region(Some(HomePlaces::try_new(added).ok_or("place")?))
                }
                "remove" => {
                    let gone = meant()?;
                    LockChange::Region(HomePlaces::try_new(known.into_iter().filter(|place| *place != gone)))
                }
                _ => LockChange::Region(None),
            }
        }
        LockKind::Night if is_on => {
            let hours = crate::minute_of_day(&typed.from).zip(crate::minute_of_day(&typed.until));
            let hours = hours.and_then(|(from, until)| NightHours::try_new(from, until));
            LockChange::Night(Some(hours.ok_or("from")?))
        }
        LockKind::Night => LockChange::Night(None),
        LockKind::TerminalDay if is_on => {
            let amount = Amount::parse(typed.cap.trim(), pages.accounts.terms().currency).map_err(|_| "cap")?;
            LockChange::TerminalDay(Some(amount.minor))
        }
        LockKind::TerminalDay => LockChange::TerminalDay(None),
    })
}
