//! An amount as a picture: tabular, two decimals, never abbreviated, never broken over lines.

use crate::Page;
use askama::filters::HtmlSafe;
use money::{Amount, Currency};
use std::fmt;

/// How big an amount is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureSize {
    /// In rows and sentences.
    M,
    /// In summaries.
    L,
    /// A balance.
    Xl,
}

/// An amount on a page. It shows dots when the person hides amounts, and is read aloud with its currency.
#[derive(Debug, Clone)]
pub struct Figure {
    amount: Amount,
    size: FigureSize,
    is_signed: bool,
    has_unit: bool,
    /// What a reader hears instead of dots, when amounts are hidden.
    hidden: Option<String>,
    spoken: String,
}

impl Figure {
    /// In a row, without the sign of its currency.
    pub fn new(page: &Page, amount: Amount) -> Self {
        let spoken =
            if amount.currency == Currency::CNY { page.t("web-yuan") } else { amount.currency.code().to_owned() };
        let hidden = page.hides_amounts().then(|| page.t("web-amount-hidden"));
        Self { amount, size: FigureSize::M, is_signed: false, has_unit: false, hidden, spoken }
    }

    /// At this size; the two larger ones carry the sign of their currency.
    #[must_use]
    pub fn sized(mut self, size: FigureSize) -> Self {
        self.size = size;
        self.has_unit = size != FigureSize::M;
        self
    }

    /// Without the sign of its currency, whatever its size: in a row of figures of one currency.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.has_unit = false;
        self
    }

    /// With + or −: a movement.
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.is_signed = true;
        self
    }

    /// Shown even when amounts are hidden: what the person is about to pay.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.hidden = None;
        self
    }
}

impl HtmlSafe for Figure {}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.size {
            FigureSize::M => "figure-m",
            FigureSize::L => "figure-l",
            FigureSize::Xl => "figure-xl",
        };
        let direction =
            if self.is_signed && self.amount.is_positive() && self.hidden.is_none() { " figure-in" } else { "" };
        write!(out, "<span class=\"figure {size}{direction}\">")?;
        if self.has_unit {
            let unit = if self.amount.currency == Currency::CNY {
                "¥".to_owned()
            } else {
                format!("{}\u{A0}", self.amount.currency.code())
            };
            write!(out, "<span class=\"unit\" aria-hidden=\"true\">{unit}</span>")?;
        }
        match &self.hidden {
            Some(words) => {
                write!(out, "<span class=\"dots\" aria-hidden=\"true\">••••</span><span class=\"sr\">{words}</span>")?
            }
            None => {
                let text = if self.is_signed { self.amount.signed_grouped() } else { self.amount.grouped() };
                match text.split_once('.') {
                    Some((whole, cents)) => write!(out, "{whole}<span class=\"cents\">.{cents}</span>")?,
                    None => out.write_str(&text)?,
                }
                write!(out, "<span class=\"sr\"> {}</span>", self.spoken)?;
            }
        }
        out.write_str("</span>")
    }
}
