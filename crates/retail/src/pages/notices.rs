//! What the bank has to tell a person: newest first, kept until they have read it and after.

use super::PageState;
use super::caller::Caller;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kit::FieldValue;
use money::{Amount, Currency};
use notify::StoredNotice;
use web::ui::{CoinMark, HtmlFragment};
use web::{Arg, Bar, Html, Icon, Page, When};

/// As many as one page shows.
const SHOWN: u32 = 50;

/// The kinds that have words of their own, with their drawings.
const KINDS: &[(&str, &str, Icon)] = &[
    ("kill_switch", "retail-notice-killed", Icon::Stop),
    ("limit_lowered", "retail-notice-limit-lowered", Icon::Shield),
    ("limit_raised", "retail-notice-limit-raised", Icon::Shield),
    ("factor_permitted", "retail-notice-permitted", Icon::Key),
    ("welcome", "retail-notice-welcome", Icon::Gift),
    ("device_new", "retail-notice-device", Icon::Laptop),
    ("device_bound", "retail-notice-device-bound", Icon::Phone),
    ("device_unbound", "retail-notice-device-unbound", Icon::Phone),
    ("factor_added", "retail-notice-factor-added", Icon::Key),
    ("factor_removed", "retail-notice-factor-removed", Icon::Key),
    ("gesture_set", "retail-notice-gesture", Icon::Finger),
    ("password_changed", "retail-notice-password", Icon::Key),
    ("password_taken", "retail-notice-taken", Icon::Key),
    ("texts_rest", "retail-notice-texts-rest", Icon::Shield),
    ("mobile_changed", "retail-notice-mobile", Icon::Phone),
    ("identity_verified", "retail-notice-identity", Icon::Check),
    ("token_added", "retail-notice-token-added", Icon::Token),
    ("token_removed", "retail-notice-token-removed", Icon::Token),
    ("token_locked", "retail-notice-token-locked", Icon::Lock),
    ("signing_key_added", "retail-notice-key-added", Icon::Key),
    ("signing_key_revoked", "retail-notice-key-revoked", Icon::Key),
    ("second_step_on", "retail-notice-second-step-on", Icon::Shield),
    ("second_step_off", "retail-notice-second-step-off", Icon::Shield),
    ("payment_received", "retail-notice-received", Icon::Receive),
    ("transfer_posted", "retail-notice-posted", Icon::Send),
    ("transfer_returned", "retail-notice-returned", Icon::Clock),
    ("invitation_claimed", "retail-notice-claimed", Icon::Gift),
    ("invitation_waits", "retail-notice-waits", Icon::Gift),
    ("card_bound", "retail-notice-card-bound", Icon::Wallet),
    ("card_unbound", "retail-notice-card-unbound", Icon::Wallet),
    ("elsewhere_settled", "retail-notice-elsewhere-settled", Icon::Send),
    ("elsewhere_refused", "retail-notice-elsewhere-refused", Icon::Warn),
    ("elsewhere_returned", "retail-notice-elsewhere-returned", Icon::Warn),
    ("elsewhere_checking", "retail-notice-elsewhere-checking", Icon::Pause),
    ("elsewhere_received", "retail-notice-elsewhere-received", Icon::Receive),
    ("top_up_settled", "retail-notice-top-up-settled", Icon::Receive),
    ("top_up_refused", "retail-notice-top-up-refused", Icon::Warn),
    ("schedule_paid", "retail-notice-scheduled", Icon::Calendar),
    ("schedule_refused", "retail-notice-schedule-refused", Icon::Calendar),
    ("card_issued", "retail-notice-own-card-issued", Icon::Wallet),
    ("card_frozen", "retail-notice-own-card-frozen", Icon::Lock),
    ("card_unfrozen", "retail-notice-own-card-unfrozen", Icon::Unlock),
    ("card_lost", "retail-notice-own-card-lost", Icon::Warn),
    ("card_closed", "retail-notice-own-card-closed", Icon::Wallet),
    ("card_online_on", "retail-notice-own-card-online", Icon::Unlock),
    ("card_code_blocked", "retail-notice-own-card-code", Icon::Shield),
    ("card_lock_widened", "retail-notice-own-card-lock", Icon::Unlock),
    ("card_paid", "retail-notice-card-paid", Icon::Cart),
    ("card_withdrawn", "retail-notice-card-withdrawn", Icon::Cart),
    ("card_refused", "retail-notice-card-refused", Icon::Warn),
    ("card_refunded", "retail-notice-card-refunded", Icon::Receive),
    ("card_reversed", "retail-notice-card-reversed", Icon::Clock),
];

struct NoticeView {
    coin: CoinMark,
    title: String,
    text: HtmlFragment,
    when: When,
    link: Option<String>,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "retail/notices.html")]
struct NoticesPage {
    page: Page,
    notices: Vec<NoticeView>,
    has_new: bool,
}

fn refusal_key(code: &str) -> String {
    format!("refusal-{}", code.replace('.', "-"))
}

/// The name of a fact; one that ends in `_zh` or `_en` is for readers of that language and has no ending for them.
fn in_language<'a>(page: &Page, name: &'a str) -> Option<&'a str> {
    let (own, other) = if page.is_zh() { ("_zh", "_en") } else { ("_en", "_zh") };
    match name.strip_suffix(own) {
        Some(name) => Some(name),
        None => Some(name).filter(|name| !name.ends_with(other)),
    }
}

fn view(page: &Page, notice: &StoredNotice) -> NoticeView {
    let known = KINDS.iter().find(|(kind, ..)| *kind == notice.kind);
    let (key, icon) = known.map_or(("retail-notice-other", Icon::Bell), |(_, key, icon)| (*key, *icon));
    let args: Vec<(&str, Arg<'_>)> = notice
        .fields
        .iter()
        .filter_map(|(name, value)| Some((in_language(page, name)?, value)))
        .map(|(name, value)| match (value, name.strip_suffix("_minor")) {
            (FieldValue::Integer(minor), Some(name)) => {
                (name, page.formats().in_sentence(Amount::new(*minor, Currency::CNY)).into())
            }
            (FieldValue::Integer(number), None) => (name, (*number).into()),
            // A reason is told as the title of its refusal.
            (FieldValue::Text(code), _) if name == "why" && page.has(&refusal_key(code)) => {
                (name, page.t(&refusal_key(code)).into())
            }
            (FieldValue::Text(text), _) => (name, text.into()),
        })
        .collect();
    NoticeView {
        coin: if notice.read.is_none() { CoinMark::bronze(icon) } else { CoinMark::thing(icon) },
        title: page.t(key),
        text: page.words(&page.tx(&format!("{key}.text"), &args)),
        when: page.formats().when(notice.time),
        link: notice.link.clone(),
        is_new: notice.read.is_none(),
    }
}

pub(crate) async fn notices(State(pages): State<PageState>, page: Page, caller: Caller) -> web::Result<Response> {
    let bar = Bar { title: page.t("retail-notices"), back: "/home".to_owned(), is_heading: true };
    let page = page.task("home", bar);
    let stored = pages.passport.notify().notices(caller.0.person.0, None, SHOWN).await?;
    let notices: Vec<NoticeView> = stored.iter().map(|notice| view(&page, notice)).collect();
    let shown = NoticesPage { has_new: notices.iter().any(|notice| notice.is_new), notices, page };
    Ok(Html(shown).into_response())
}

pub(crate) async fn read_all(State(pages): State<PageState>, caller: Caller) -> web::Result<Response> {
    pages.passport.notify().mark_all_read(caller.0.person.0).await?;
    Ok(Redirect::to("/notices").into_response())
}
