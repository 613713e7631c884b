//! What protects a customer, as parts of their page: factors, devices, sessions, refusals, what happened, what waits.

use super::proposal::{self, ProposalRow};
use super::security::{self, CaseRow};
use super::view::{self, Tag};
use passport::{EventKind, SecurityEvent, SecurityOverview, SessionKind};
use staff::{Proposal, SecurityCase, StaffSession};
use web::{Page, When};

/// Refusals, and other events, that the page shows.
const ROWS: usize = 8;

pub(crate) struct FactorRow {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) added: When,
    pub(crate) used: Option<When>,
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

/// What protects a customer.
pub(crate) struct Safety {
    pub(crate) cases: Vec<CaseRow>,
    pub(crate) sees_cases: bool,
    pub(crate) factors: Vec<FactorRow>,
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
    EventRow {
        when: page.formats().when(event.time),
        what: view::action(page, &format!("passport.{}", event.kind.code())),
        detail: if is_known { title } else { String::new() },
        code: event.detail.clone(),
        place: event.device.clone(),
    }
}

fn is_refusal(event: &SecurityEvent) -> bool {
    matches!(event.kind, EventKind::PaymentRefused | EventKind::CardRefused)
}

/// The parts of the page.
pub(crate) fn safety(
    page: &Page,
    session: &StaffSession,
    overview: &SecurityOverview,
    cases: &[SecurityCase],
    waiting: &[Proposal],
) -> Safety {
    let factor = |holding: &passport::Holding| FactorRow {
        name: page.t(&format!("{}.{}", "branch-factor", holding.factor.code())),
        label: holding.label.clone(),
        added: page.formats().when(holding.added),
        used: holding.last_used.map(|used| page.formats().when(used)),
    };
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
        tag: Tag::new("", page.t("branch-device-known")),
    };
    let devices = overview.sessions.iter().map(of_session).chain(overview.devices.iter().map(of_device));
    let (refused, other): (Vec<_>, Vec<_>) = overview.events.iter().partition(|event| is_refusal(event));
    let rows = |events: &[&SecurityEvent]| events.iter().take(ROWS).map(|one| event(page, one)).collect();
    Safety {
        cases: security::rows(page, cases),
        sees_cases: session.may(&staff::acts::SECURITY_CASES),
        factors: overview.holdings.iter().map(factor).collect(),
        devices: devices.take(2 * ROWS).collect(),
        refusals: rows(&refused),
        events: rows(&other),
        waiting: proposal::rows(page, waiting),
    }
}
