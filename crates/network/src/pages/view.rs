//! What several pages show.

use super::PageState;
use crate::model::transfer::{Kind, State, Transfer};
use crate::service::seed::LOCAL_BANKS;
use kit::{FieldValue, Refusal};
use money::{Amount, Currency};
use web::Page;
use web::ui::{Field, Figure, HtmlFragment};

pub(super) struct Tag {
    pub(super) css: &'static str,
    pub(super) word: String,
}

/// Every bank with its name in the language of the page.
pub(super) fn banks(pages: &PageState, page: &Page) -> Vec<(String, String)> {
    let name = |zh: &str, en: &str| if page.is_zh() { zh.to_owned() } else { en.to_owned() };
    let elsewhere =
        pages.network.inner.participants.iter().map(|one| (one.code.clone(), name(&one.name_zh, &one.name_en)));
    let local = LOCAL_BANKS.iter().map(|one| (one.code.to_owned(), name(one.name_zh, one.name_en)));
    elsewhere.chain(local).collect()
}

/// A bank's name; of the clearing house for nobody's code, and the code itself where no bank has it.
pub(super) fn bank_name(pages: &PageState, page: &Page, code: &str) -> String {
    if code.is_empty() {
        return page.t("network-house");
    }
    banks(pages, page).into_iter().find(|(known, _)| known == code).map_or_else(|| code.to_owned(), |(_, name)| name)
}

pub(super) fn figure(page: &Page, minor: i64) -> Figure {
    Figure::new(page, Amount::new(minor, Currency::CNY)).always()
}

/// Somebody at a bank: masked name, the end of the account's number.
pub(super) fn party(page: &Page, name: &str, account: &str) -> HtmlFragment {
    if name.is_empty() && account.is_empty() {
        return HtmlFragment::default();
    }
    let (name, tail) = (web::mask_name(name, None, page.locale()), web::account_tail(account));
    page.words(&page.tx("network-party", &[("name", name.into()), ("tail", tail.into())]))
}

pub(super) fn state_tag(page: &Page, transfer: &Transfer) -> Tag {
    let (css, word) = match (transfer.state, &transfer.returned_by) {
        (State::Settled, Some(_)) => ("tag-warn", "returned"),
        (State::Settled, None) => ("tag-done", transfer.state.word()),
        (State::Rejected, _) => ("tag-danger", transfer.state.word()),
        (State::Asked | State::Waiting | State::Deciding, _) => ("tag-pending", transfer.state.word()),
    };
    let word = page.t(&format!("{}.{word}", "network-state"));
    Tag { css, word }
}

pub(super) fn kind_word(page: &Page, kind: Kind) -> String {
    page.t(&format!("{}.{}", "network-kind", kind.word()))
}

/// A code of a reason, with what it means where that is known.
pub(super) fn reason(page: &Page, code: &str) -> String {
    let key = format!("{}.{}", "network-reason", code.to_ascii_lowercase());
    if page.has(&key) {
        page.tx("network-coded", &[("code", code.into()), ("word", page.t(&key).into())])
    } else {
        code.to_owned()
    }
}

/// What a refusal says: what happened and what to do.
pub(super) fn sentences(page: &Page, refusal: &Refusal) -> (String, String) {
    let key = format!("refusal-{}", refusal.code.replace('.', "-"));
    (page.t(&key), page.t(&format!("{key}.text")))
}

/// The field that a refusal is about.
pub(super) fn field_of(refusal: &Refusal) -> &str {
    match refusal.fields.get("field") {
        Some(FieldValue::Text(field)) => field,
        _ => "",
    }
}

/// The field for the operator's key, where it is asked for.
pub(super) fn key_field(pages: &PageState, page: &Page) -> Option<Field> {
    pages.asks_key.then(|| Field::password("admin_key", page.t("network-key")).hint(page.t("network-key-hint")))
}
