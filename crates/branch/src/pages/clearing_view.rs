//! What goes between banks, in words.

use super::view::Tag;
use payments::{DayState, InterbankState, InterbankWay, NameMatch, OtherBank, Service, StoryLine};
use web::Page;

/// Which way a payment goes.
pub(crate) fn way(page: &Page, way: InterbankWay) -> String {
    page.t(&format!("{}.{}", "branch-way", way.code()))
}

/// By which service.
pub(crate) fn service(page: &Page, service: Service) -> String {
    page.t(&format!("{}.{}", "branch-service", service.code()))
}

/// A bank's name.
pub(crate) fn bank(page: &Page, bank: &OtherBank) -> String {
    let name = if page.is_zh() { &bank.name_zh } else { &bank.name_en };
    if name.is_empty() { bank.code.clone() } else { name.clone() }
}

/// Where a payment stands.
pub(crate) fn state_tag(page: &Page, state: InterbankState) -> Tag {
    let css = match state {
        InterbankState::Settled => "tag-done",
        InterbankState::Refused => "tag-danger",
        InterbankState::Returned => "tag-warn",
        InterbankState::Checking => "tag-warn",
        InterbankState::Abandoned => "",
        InterbankState::Written | InterbankState::Waiting | InterbankState::Sending | InterbankState::Sent => {
            "tag-pending"
        }
    };
    Tag::new(css, page.t(&format!("{}.{}", "branch-interbank", state.code())))
}

/// How a settlement day stands.
pub(crate) fn day_tag(page: &Page, state: DayState) -> Tag {
    let (css, key) = match state {
        DayState::Even => ("tag-done", "branch-day-even"),
        DayState::Carried => ("tag-warn", "branch-day-carried"),
        DayState::Differs => ("tag-danger", "branch-day-differs"),
    };
    Tag::new(css, page.t(key))
}

/// How well a name fitted.
pub(crate) fn name_match(page: &Page, fit: NameMatch) -> String {
    page.t(&format!("{}.{}", "branch-name-match", fit.code()))
}

/// A reason's code with its words: `账户已销户 AC04`.
pub(crate) fn code(page: &Page, code: &str) -> String {
    let key = format!("{}.{code}", "branch-code");
    let is_code = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_code && page.has(&key) { format!("{} {code}", page.t(&key)) } else { code.to_owned() }
}

/// What a message says about a payment.
pub(crate) fn says(page: &Page, line: &StoryLine) -> String {
    let side = if line.is_received { "got" } else { "sent" };
    let kind = line.kind.replace('.', "");
    let key = format!("{}.{kind}-{side}", "branch-message");
    let what = if page.has(&key) { page.t(&key) } else { page.t("branch-message.unknown") };
    let mut words = vec![what];
    words.extend(status(page, &line.says));
    if !line.is_received {
        words.push(page.t(&format!("{}.{}", "branch-message-state", line.state)));
    }
    words.join(page.t("branch-clearing-then").as_str())
}

/// `RJCT AC04 words` and `ACSC 2026-11-22` in words.
fn status(page: &Page, says: &str) -> Option<String> {
    let mut parts = says.splitn(3, ' ');
    let word = parts.next().filter(|word| !word.is_empty())?;
    let key = format!("{}.{word}", "branch-status");
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let known = if is_word && page.has(&key) { format!("{} {word}", page.t(&key)) } else { word.to_owned() };
    let detail = parts.next().unwrap_or_default();
    let detail = match kit::BankDay::from_iso(detail) {
        Some(day) => page.formats().bank_date(day),
        None => code(page, detail),
    };
    let rest = parts.next().unwrap_or_default();
    Some([known, detail, rest.to_owned()].join(" ").trim_end().to_owned())
}
