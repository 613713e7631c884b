//! When a transfer is refused: what happened, that no money moved, and what works instead, with payee and amount kept.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::Refusal;
use money::Amount;
use web::ui::{Figure, HtmlFragment};
use web::{Html, Page};

/// What stays through a refusal.
pub(super) struct Kept {
    pub(super) amount: Amount,
    /// The payee's name as it is shown, and what stands beside it.
    pub(super) name: String,
    pub(super) shown: String,
    /// Everything but the amount, as hidden fields.
    pub(super) carried: HtmlFragment,
    /// Where something else can be typed.
    pub(super) change: &'static str,
    /// Where another amount is tried.
    pub(super) again: &'static str,
}

/// A bar: how far it is filled in ink, and how far beyond in amber, in hundredths.
struct Meter {
    label: String,
    figure: Figure,
    within: i64,
    beyond: i64,
}

#[derive(Template)]
#[template(path = "retail/refusal.html")]
struct RefusalPage<'a> {
    page: &'a Page,
    code: &'static str,
    title: String,
    text: String,
    meters: Vec<Meter>,
    kept: String,
    carried: HtmlFragment,
    amount_text: String,
    less: Option<(String, String)>,
    change: &'static str,
    again: &'static str,
}

/// The most that would have gone through, and what it is called.
fn bound(refusal: &Refusal) -> Option<(i64, &'static str)> {
    let (field, label) = match refusal.code {
        "payments.insufficient_funds" => ("available_minor", "retail-meter-available"),
        "payments.limit_payment_exceeded" => ("cap_minor", "retail-meter-payment"),
        "payments.sms_payment_exceeded" => ("cap_minor", "retail-meter-text-payment"),
        "payments.sms_day_exceeded" => ("left_minor", "retail-meter-text-day"),
        "payments.sms_month_exceeded" => ("left_minor", "retail-meter-text-month"),
        "payments.limit_day_exceeded" => ("left_minor", "retail-meter-day"),
        "payments.limit_month_exceeded" => ("left_minor", "retail-meter-month"),
        "payments.limit_year_exceeded" => ("left_minor", "retail-meter-year"),
        _ => return None,
    };
    Some((refusal.integer(field)?.max(0), label))
}

/// How much of `whole` the part is, in hundredths.
fn hundredths(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { i64::try_from(i128::from(part) * 100 / i128::from(whole)).unwrap_or(100).clamp(0, 100) }
}

/// The page of a refused transfer.
pub(super) fn refused(page: Page, refusal: &Refusal, kept: Kept) -> Response {
    let (title, text) = page.refusal_texts(refusal);
    let mut meters = Vec::new();
    let mut less = None;
    if let Some((most, label)) = bound(refusal).filter(|(most, _)| *most < kept.amount.minor) {
        let most = Amount::new(most, kept.amount.currency);
        let within = hundredths(most.minor, kept.amount.minor);
        let meter = |key: &str, amount, beyond| Meter {
            label: page.t(key),
            figure: Figure::new(&page, amount).always(),
            within,
            beyond,
        };
        meters = vec![meter(label, most, 0), meter("retail-meter-this", kept.amount, (99 - within).max(0))];
        less = most.is_positive().then(|| (page.formats().in_sentence(most), most.plain()));
    }
    let shown = RefusalPage {
        code: refusal.code,
        title,
        text,
        meters,
        kept: page.tx("retail-kept", &[("name", (&kept.name).into()), ("shown", (&kept.shown).into())]),
        carried: kept.carried,
        amount_text: kept.amount.plain(),
        less,
        change: kept.change,
        again: kept.again,
        page: &page,
    };
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    (status, Html(shown)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_keep_their_length_between_nothing_and_all() {
        assert_eq!(hundredths(10_000, 12_000), 83);
        assert_eq!(hundredths(0, 12_000), 0);
        assert_eq!(hundredths(i64::MAX, i64::MAX), 100);
        assert_eq!(hundredths(5, 0), 0);
    }

    #[test]
    fn what_would_go_through_is_read_from_the_refusal() {
        let refusal = Refusal::new("payments.insufficient_funds", 422).with("available_minor", 8_880);
        assert_eq!(bound(&refusal), Some((8_880, "retail-meter-available")));
        let overdrawn = Refusal::new("payments.insufficient_funds", 422).with("available_minor", -5);
        assert_eq!(bound(&overdrawn), Some((0, "retail-meter-available")));
        assert_eq!(bound(&Refusal::new("payments.payer_frozen", 422)), None);
    }
}
