//! Tokens and signing keys: what their owner has, adds, sets anew and gives up.

pub(super) mod key;
pub(super) mod token;

use super::PageState;
use super::caller::Caller;
use super::guard::proof_first;
use super::view;
use kit::{Error, Refusal};
use passport::FactorId;
use web::ui::FormErrors;
use web::{Bar, Page};

/// A page below the one for safety.
fn below(page: Page, title: &str, back: &str) -> Page {
    let bar = Bar { title: page.t(title), back: back.to_owned(), is_heading: true };
    page.task("me", bar)
}

/// The number of an address; one that is none is not found, like one of somebody else.
fn number(text: &str, code: &'static str) -> Result<FactorId, Refusal> {
    text.parse().map(FactorId).map_err(|_| Refusal::new(code, 404))
}

/// What is said about a field of the form, if the refusal is about one.
fn in_field(page: &Page, error: &Error) -> Option<(FormErrors, u16)> {
    let Error::Refusal(refusal) = error else { return None };
    let kit::FieldValue::Text(field) = refusal.fields.get("field")? else { return None };
    Some((FormErrors::one(field, view::sentences(page, refusal)), refusal.status))
}
