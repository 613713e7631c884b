//! What protects a customer, as parts of their page: cards, limits, factors, devices, refusals, what happened, what waits.

use super::customer_card::{self, CardRow, UseRow};
use super::proposal::{self, ProposalRow};
use super::security::{self, CaseRow};
use super::view::{self, Tag};
use crate::model::act as acts;
use crate::{CustomerSecurity, CustomerView};
use accounts::{OwnCap, OwnLimit, Used};
use ledger::Window;
use money::{Amount, Currency};
use passport::{EventKind, Factor, KeyKind, SecurityEvent, SecurityOverview, SessionKind};
use payments::MethodReach;
use staff::{Proposal, SecurityCase, StaffSession};
use web::ui::Figure;
use web::{Page, When};

/// Refusals, and other events, that the page shows.
const ROWS: usize = 8;

pub(crate) struct FactorRow {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) added: When,
    pub(crate) used: Option<When>,
    pub(crate) tag: Tag,
    /// Where it can be taken away; none for who may not.
    pub(crate) href: Option<String>,
    /// Whether it goes only with all others of its kind.
    pub(crate) is_one_of_all: bool,
}

pub(crate) struct DeviceRow {
    pub(crate) name: String,
    pub(crate) seen: When,
    pub(crate) tag: Tag,
}

pub(crate) struct EventRow {
    pub(crate) when: When,
    pub(crate) what: String,
    pub(crate) detail: String,
    pub(crate) code: String,
    pub(crate) place: String,
}

/// How far a method reaches on a channel. Without a figure there is no cap.
pub(crate) struct LimitRow {
    pub(crate) method: String,
    pub(crate) channel: String,
    pub(crate) is_held: bool,
    pub(crate) payment: Option<Figure>,
    pub(crate) day: Option<Figure>,
    pub(crate) used: Figure,
    pub(crate) left: Option<Figure>,
    /// Which bound leaves least.
    pub(crate) why: String,
}

/// What is used of the limits of an account's class.
pub(crate) struct ClassRow {
    pub(crate) account: String,
    pub(crate) window: String,
    pub(crate) cap: Figure,
    pub(crate) used: Figure,
    pub(crate) left: Figure,
}

/// What protects a customer.
pub(crate) struct Safety {
    pub(crate) cases: Vec<CaseRow>,
    pub(crate) sees_cases: bool,
    pub(crate) cards: Vec<CardRow>,
    pub(crate) refused_uses: Vec<UseRow>,
    pub(crate) limits: Vec<LimitRow>,
    pub(crate) own: Vec<String>,
    pub(crate) classes: Vec<ClassRow>,
    pub(crate) factors: Vec<FactorRow>,
    pub(crate) may_remove: bool,
    /// Until when a strong factor may be added, in a sentence.
    pub(crate) permitted: Option<String>,
    pub(crate) devices: Vec<DeviceRow>,
    pub(crate) refusals: Vec<EventRow>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) waiting: Vec<ProposalRow>,
}

fn event(page: &Page, event: &SecurityEvent) -> EventRow {
    // A detail is one or more words; the code of a refusal has its title beside it.
    let code = event.detail.split(' ').find(|word| word.contains('.') && !word.starts_with('.')).unwrap_or_default();
    let title = if code.is_empty() { String::new() } else { view::refusal_title(page, code) };
    let is_known = !title.is_empty() && title != code;
    let factor = Factor::CONFIRMING.iter().find(|factor| factor.code() == event.detail);
    // How a session was opened is told by its device.
    let is_told = factor.is_some() || event.kind == EventKind::SignedIn;
    EventRow {
        when: page.formats().when(event.time),
        what: view::action(page, &format!("passport.{}", event.kind.code())),
        detail: match factor {
            Some(factor) => factor_name(page, factor.code()),
            None if is_known => title,
            None => String::new(),
        },
        code: if is_told { String::new() } else { event.detail.clone() },
        place: event.device.clone(),
    }
}

fn is_refusal(event: &SecurityEvent) -> bool {
    matches!(event.kind, EventKind::PaymentRefused | EventKind::CardRefused)
}

/// The name of a factor or a method.
pub(crate) fn factor_name(page: &Page, code: &str) -> String {
    page.t(&format!("{}.{}", "branch-factor", code))
}

fn factors(
    page: &Page,
    session: &StaffSession,
    customer: &CustomerView,
    overview: &SecurityOverview,
) -> Vec<FactorRow> {
    let when = |at| page.formats().when(at);
    let tag = |css, key: &str| Tag::new(css, page.t(key));
    let in_use = || tag("tag-done", "branch-factor-in-use");
    let may = session.may(&acts::FACTOR) && customer.identity.is_some();
    let way = |word: String| may.then(|| format!("/staff/customers/{}/factors/{word}", customer.person.id));
    let mut rows = Vec::new();
    for key in &overview.keys {
        let code = if key.kind == KeyKind::Passkey { "passkey" } else { "security_key" };
        rows.push(FactorRow {
            name: factor_name(page, code),
            label: key.label.clone(),
            added: when(key.added),
            used: key.last_used.map(when),
            tag: in_use(),
            href: way(if code == "passkey" { "passkeys".to_owned() } else { format!("{code}-{}", key.id) }),
            is_one_of_all: code == "passkey",
        });
    }
    for token in &overview.tokens {
        rows.push(FactorRow {
            name: factor_name(page, "otp_token"),
            label: view::tail_of(page, &token.serial),
            added: when(token.added),
            used: token.last_used.map(when),
            tag: match (token.is_locked, token.has_keypad) {
                (true, _) => tag("tag-danger", "branch-factor-locked"),
                (false, false) => tag("tag-pending", "branch-factor-sign-in-only"),
                (false, true) => in_use(),
            },
            href: way(format!("otp_token-{}", token.id)),
            is_one_of_all: false,
        });
    }
    for key in &overview.signing_keys {
        rows.push(FactorRow {
            name: factor_name(page, "signing_key"),
            label: key.label.clone(),
            added: when(key.added),
            used: key.last_used.map(when),
            tag: if key.is_over { tag("tag-warn", "branch-factor-over") } else { in_use() },
            href: way(format!("signing_key-{}", key.id)),
            is_one_of_all: false,
        });
    }
    rows
}

fn limit(page: &Page, reach: &MethodReach) -> LimitRow {
    let figure = |minor| Figure::new(page, Amount::new(minor, Currency::CNY)).always();
    let capped = |used: Used| (used.cap_minor < i64::MAX).then(|| figure(used.cap_minor));
    let [payment, day, ..] = &reach.limits;
    let why = match reach.cap.binding().filter(|_| reach.is_held) {
        Some(part) => {
            let money = |minor| view::money(page, Amount::new(minor, Currency::CNY));
            let (cap, left) = (money(part.used.cap_minor), money(part.used.left_minor));
            let key = format!("{}.{}", "branch-cap", part.reason.code());
            match page.has(&key) {
                true => page.tx(&key, &[("cap", (&cap).into()), ("left", (&left).into())]),
                false => part.reason.code().to_owned(),
            }
        }
        None if reach.is_held => page.t("branch-cap-none"),
        None => page.t("branch-reach-not-held"),
    };
    LimitRow {
        method: factor_name(page, reach.method.code()),
        channel: page.t(&format!("{}.{}", "branch-reach-channel", reach.channel.code())),
        is_held: reach.is_held,
        payment: capped(payment.used),
        day: capped(day.used),
        used: figure(day.used.used_minor),
        left: reach.cap.left_minor().filter(|_| reach.is_held).map(|left| figure(left.max(0))),
        why,
    }
}

fn own_name(page: &Page, limit: OwnLimit) -> String {
    let of =
        |key: &str, method: accounts::Method| page.tx(key, &[("method", (&factor_name(page, method.code())).into())]);
    match limit {
        OwnLimit::Payment(method) => of("branch-own-payment", method),
        OwnLimit::Day(method) => of("branch-own-day", method),
        OwnLimit::Total => page.t("branch-own-total"),
    }
}

/// Limits of one's own that hold, and those that will.
fn own(page: &Page, caps: &accounts::OwnCaps) -> Vec<String> {
    let money = |minor| view::money(page, Amount::new(minor, Currency::CNY));
    let now = OwnLimit::all().filter_map(|limit| {
        let (name, cap) = (own_name(page, limit), money(caps.of(limit)?));
        Some(page.tx("branch-own-now", &[("limit", (&name).into()), ("cap", (&cap).into())]))
    });
    let later = caps.later.iter().map(|OwnCap { limit, cap_minor, from }| {
        let (name, from) = (own_name(page, *limit), page.formats().moment(*from));
        let cap = cap_minor.map_or_else(|| page.t("branch-own-none"), money);
        let args = [("limit", (&name).into()), ("cap", (&cap).into()), ("time", (&from).into())];
        page.tx("branch-own-later", &args)
    });
    now.chain(later).collect()
}

fn classes(page: &Page, customer: &CustomerView, security: &CustomerSecurity) -> Vec<ClassRow> {
    let figure = |minor| Figure::new(page, Amount::new(minor, Currency::CNY)).always();
    let mut rows = Vec::new();
    for (id, usage) in &security.classes {
        let Some(account) = customer.accounts.iter().find(|account| account.account.id == *id) else { continue };
        let class = view::class_word(page, account.account.product);
        let windows = [(Window::Day, usage.paid_day), (Window::Year, usage.paid_year)];
        for (window, used) in windows.into_iter().filter(|(_, used)| used.cap_minor < i64::MAX) {
            rows.push(ClassRow {
                account: format!("{class} {}", view::account_name(page, account)),
                window: page.t(if window == Window::Day { "branch-window-day" } else { "branch-window-year" }),
                cap: figure(used.cap_minor),
                used: figure(used.used_minor),
                left: figure(used.left_minor.max(0)),
            });
        }
    }
    rows
}

/// The parts of the page.
pub(crate) fn safety(
    page: &Page,
    session: &StaffSession,
    customer: &CustomerView,
    security: &CustomerSecurity,
    cases: &[SecurityCase],
    waiting: &[Proposal],
) -> Safety {
    let overview = &security.overview;
    let unnamed = |label: &str| if label.is_empty() { page.t("branch-device-unknown") } else { label.to_owned() };
    let of_session = |one: &passport::SessionView| DeviceRow {
        name: match one.kind {
            SessionKind::Api => page.t("branch-device-program"),
            SessionKind::Web => unnamed(one.device.as_deref().unwrap_or_default()),
        },
        seen: page.formats().when(one.last_seen),
        tag: Tag::new("tag-done", page.t("branch-device-signed-in")),
    };
    let of_device = |one: &passport::DeviceView| DeviceRow {
        name: unnamed(&one.label),
        seen: page.formats().when(one.last_seen),
        tag: match one.bound {
            Some(_) => Tag::new("tag-pending", page.t("branch-device-bound")),
            None => Tag::new("", page.t("branch-device-known")),
        },
    };
    let devices = overview.sessions.iter().map(of_session).chain(overview.devices.iter().map(of_device));
    let (refused, other): (Vec<_>, Vec<_>) = overview.events.iter().partition(|event| is_refusal(event));
    let rows = |events: &[&SecurityEvent]| events.iter().take(ROWS).map(|one| event(page, one)).collect();
    let permitted = overview.permitted_until.map(|until| {
        let until = page.formats().moment(until);
        page.tx("branch-factor-permitted", &[("time", (&until).into())])
    });
    Safety {
        cases: security::rows(page, cases),
        sees_cases: session.may(&staff::acts::SECURITY_CASES),
        cards: customer_card::rows(page, customer, &security.cards),
        refused_uses: security.refused.iter().take(ROWS).map(|one| customer_card::used(page, one)).collect(),
        limits: security.reach.iter().map(|reach| limit(page, reach)).collect(),
        own: own(page, &security.own),
        classes: classes(page, customer, security),
        factors: factors(page, session, customer, overview),
        may_remove: session.may(&acts::FACTOR) && customer.identity.is_some(),
        permitted,
        devices: devices.take(2 * ROWS).collect(),
        refusals: rows(&refused),
        events: rows(&other),
        waiting: proposal::rows(page, waiting),
    }
}
