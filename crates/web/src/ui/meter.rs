//! How much of a limit is used.

use super::Figure;
use crate::Page;
use askama::Template;
use askama::filters::HtmlSafe;
use money::Amount;

/// A limit: what is used as a bar, what is left in figures.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/meter.html")]
pub struct Meter {
    label: String,
    left: Figure,
    cap: Figure,
    left_word: String,
    of_word: String,
    /// Of 100; none when amounts are hidden, since a bar would tell.
    share: Option<i128>,
}

impl HtmlSafe for Meter {}

impl Meter {
    /// A limit of this name; what is used beyond it counts as all of it.
    pub fn new(page: &Page, label: String, used: Amount, cap: Amount) -> Self {
        let used_minor = used.minor.clamp(0, cap.minor.max(0));
        let share = i128::from(used_minor) * 100 / i128::from(cap.minor.max(1));
        // A little is used when anything is.
        let share = if used_minor > 0 { share.max(1) } else { 0 };
        let left = Amount::new(cap.minor.saturating_sub(used_minor), cap.currency);
        Self {
            label,
            left: Figure::new(page, left),
            cap: Figure::new(page, cap),
            left_word: page.t("web-meter-left"),
            of_word: page.t("web-meter-of"),
            share: (!page.hides_amounts()).then_some(share),
        }
    }
}
