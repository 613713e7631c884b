//! What happened to the account's safety, and saying that something of it was somebody else.

use super::below;
use super::stop::stopped;
use crate::pages::PageState;
use crate::pages::caller::Caller;
use crate::pages::proof;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use passport::{EventId, EventKind, Factor, SecurityEvent};
use payments::KilledBy;
use serde::Deserialize;
use web::ui::CoinMark;
use web::{Html, Icon, Page, When};

/// Events on a page.
const MOST: u32 = 30;

struct EventView {
    id: i64,
    mark: CoinMark,
    title: String,
    /// Device, address, and what it was about.
    caption: String,
    time: When,
    /// Whether its owner can say that it was not them.
    can_deny: bool,
}

#[derive(Template)]
#[template(path = "retail/guard/activity.html")]
struct ActivityPage {
    page: Page,
    events: Vec<EventView>,
    older: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Older {
    #[serde(default)]
    before: Option<i64>,
}

pub(crate) async fn activity(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Query(older): Query<Older>,
) -> web::Result<Response> {
    let page = below(page, "retail-activity");
    let events = pages.passport.own_events(&caller.0, older.before.map(EventId), MOST).await?;
    let next = (events.len() == MOST as usize).then(|| events.last().map(|event| event.id.0)).flatten();
    let events = events.iter().map(|event| view(&page, event)).collect();
    Ok(Html(ActivityPage { events, older: next, page }).into_response())
}

fn view(page: &Page, event: &SecurityEvent) -> EventView {
    let is_bad = matches!(
        event.kind,
        EventKind::SignInFailed
            | EventKind::ProofWrong
            | EventKind::PaymentRefused
            | EventKind::CardRefused
            | EventKind::FactorLocked
            | EventKind::NotMe
            | EventKind::KillSwitch
    );
    let icon = if is_bad { Icon::Warn } else { Icon::Shield };
    let title = page.t(words(event.kind));
    let is_of_card = matches!(
        event.kind,
        EventKind::CardShown | EventKind::CardChanged | EventKind::LockClosed | EventKind::LockOpened
    );
    // A refusal's code has what it was about beside it, what happened to a card its last digits.
    let (word, rest) = event.detail.split_once(' ').unwrap_or((&event.detail, ""));
    let about = match word {
        _ if is_of_card && !rest.is_empty() => page.tx("retail-event-card-tail", &[("tail", rest.into())]),
        word if Factor::CONFIRMING.iter().any(|factor| factor.code() == word) => {
            Factor::from_code(word).map(|factor| proof::name(page, factor)).unwrap_or_default()
        }
        code if page.has(&format!("refusal-{}", code.replace('.', "-"))) => {
            page.t(&format!("refusal-{}", code.replace('.', "-")))
        }
        detail if event.kind == EventKind::ByStaff => {
            let key = format!("{}.{}", "retail-event-by-staff", detail.split(' ').next().unwrap_or_default());
            if page.has(&key) { page.t(&key) } else { String::new() }
        }
        _ => String::new(),
    };
    let parts = [about, event.device.clone(), event.address.clone()];
    let caption = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    EventView {
        id: event.id.0,
        mark: CoinMark::thing(icon),
        title,
        caption,
        time: page.formats().when(event.time),
        can_deny: !matches!(event.kind, EventKind::NotMe | EventKind::KillSwitch | EventKind::ByStaff),
    }
}

/// What happened, in words.
fn words(kind: EventKind) -> &'static str {
    match kind {
        EventKind::SignedIn => "retail-event-signed-in",
        EventKind::SignInFailed => "retail-event-sign-in-failed",
        EventKind::SessionsEnded => "retail-event-sessions-ended",
        EventKind::DeviceBound => "retail-event-device-bound",
        EventKind::DeviceEnded => "retail-event-device-ended",
        EventKind::FactorAdded => "retail-event-factor-added",
        EventKind::FactorRemoved => "retail-event-factor-removed",
        EventKind::FactorLocked => "retail-event-factor-locked",
        EventKind::ProofWrong => "retail-event-proof-wrong",
        EventKind::WindowOpened => "retail-event-window-opened",
        EventKind::PaymentRefused => "retail-event-payment-refused",
        EventKind::LimitLowered => "retail-event-limit-lowered",
        EventKind::LimitRaised => "retail-event-limit-raised",
        EventKind::LockClosed => "retail-event-lock-closed",
        EventKind::LockOpened => "retail-event-lock-opened",
        EventKind::CardShown => "retail-event-card-shown",
        EventKind::CardChanged => "retail-event-card-changed",
        EventKind::CardRefused => "retail-event-card-refused",
        EventKind::PasswordChanged => "retail-event-password-changed",
        EventKind::MobileChanged => "retail-event-mobile-changed",
        EventKind::KillSwitch => "retail-event-kill-switch",
        EventKind::NotMe => "retail-event-not-me",
        EventKind::ByStaff => "retail-event-by-staff",
    }
}

/// The owner says that this was not them: it is written down for staff, and everything is stopped.
pub(crate) async fn not_me(
    State(pages): State<PageState>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> web::Result<Response> {
    let id = id.parse().map(EventId).map_err(|_| Refusal::new("passport.event_not_found", 404))?;
    let event = pages.passport.own_event(&caller.0, id).await?;
    let session = &caller.0;
    let detail = format!("{} {}", event.id, event.kind.code());
    pages.passport.note(session.person, EventKind::NotMe, Some(session.id), &detail).await?;
    let by = KilledBy::Owner(session.id);
    let killed = pages.payments.kill(session.person, session.customer, by).await?;
    Ok(stopped(page, &killed, true))
}
