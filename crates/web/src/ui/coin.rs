//! The coin mark: round outside, square inside, and what happened in the hole.

use super::escape;
use crate::Icon;
use askama::filters::HtmlSafe;
use std::fmt;

/// How big a coin is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoinSize {
    /// 44 px, in rows.
    Row,
    /// 72 px, over headlines and in empty states.
    Big,
    /// 88 px, on receipts.
    Huge,
}

/// A coin mark. It is hidden from readers, so that words must stand beside it.
#[derive(Debug, Clone)]
pub struct CoinMark {
    tone: &'static str,
    hole: String,
    size: CoinSize,
}

impl CoinMark {
    fn icon(tone: &'static str, icon: Icon) -> Self {
        Self { tone, hole: icon.to_string(), size: CoinSize::Row }
    }

    /// ✓ in patina: it is done.
    pub fn done() -> Self {
        Self::icon("coin-done", Icon::Check)
    }

    /// A thing in patina: help is at hand.
    pub fn done_with(icon: Icon) -> Self {
        Self::icon("coin-done", icon)
    }

    /// Two bars: it is being checked.
    pub fn pending() -> Self {
        Self::icon("coin-pending", Icon::Pause)
    }

    /// − in amber: the bank said no.
    pub fn refused() -> Self {
        Self::icon("coin-refused", Icon::Bar)
    }

    /// In rouge: something needs attention now.
    pub fn danger(icon: Icon) -> Self {
        Self::icon("coin-danger", icon)
    }

    /// A thing, in stone.
    pub fn thing(icon: Icon) -> Self {
        Self::icon("", icon)
    }

    /// An invitation to do something, in bronze.
    pub fn bronze(icon: Icon) -> Self {
        Self::icon("coin-bronze", icon)
    }

    /// A person, by the first character of the name as it is shown.
    pub fn person(initial: &str) -> Self {
        Self { tone: "coin-bronze", hole: escape(initial), size: CoinSize::Row }
    }

    /// A word of one character in patina, such as 薪 for a salary.
    pub fn word_in(word: &str) -> Self {
        Self { tone: "coin-done", hole: escape(word), size: CoinSize::Row }
    }

    /// The same at 72 px.
    #[must_use]
    pub fn big(mut self) -> Self {
        self.size = CoinSize::Big;
        self
    }

    /// The same at 88 px.
    #[must_use]
    pub fn huge(mut self) -> Self {
        self.size = CoinSize::Huge;
        self
    }
}

impl HtmlSafe for CoinMark {}

impl fmt::Display for CoinMark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.size {
            CoinSize::Row => "",
            CoinSize::Big => " coin-big",
            CoinSize::Huge => " coin-huge",
        };
        let space = if self.tone.is_empty() { "" } else { " " };
        write!(
            out,
            "<span class=\"coin{space}{}{size}\" aria-hidden=\"true\"><span class=\"hole\">{}</span></span>",
            self.tone, self.hole
        )
    }
}
