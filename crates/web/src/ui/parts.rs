//! Rows, steps and banners.

use super::{CoinMark, HtmlFragment};
use crate::Icon;
use askama::Template;
use askama::filters::HtmlSafe;

/// A row of a list: a coin, who and what for, and an amount or an arrow.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/row.html")]
pub struct Row {
    coin: CoinMark,
    title: HtmlFragment,
    caption: HtmlFragment,
    end: HtmlFragment,
    href: Option<String>,
}

impl HtmlSafe for Row {}

impl Row {
    /// A row with a coin and a title.
    pub fn new(coin: CoinMark, title: HtmlFragment) -> Self {
        let empty = HtmlFragment::default;
        Self { coin, title, caption: empty(), end: empty(), href: None }
    }

    /// What stands under the title, with a dot between the parts; empty parts are left out.
    #[must_use]
    pub fn caption(mut self, parts: impl IntoIterator<Item = HtmlFragment>) -> Self {
        self.caption = HtmlFragment::caption(parts);
        self
    }

    /// What stands at the end.
    #[must_use]
    pub fn end(mut self, end: impl Into<HtmlFragment>) -> Self {
        self.end = end.into();
        self
    }

    /// The row leads somewhere.
    #[must_use]
    pub fn link(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }
}

/// The steps of a task, as squares on a line.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/steps.html")]
pub struct Steps {
    label: String,
    steps: Vec<String>,
    now: usize,
}

impl HtmlSafe for Steps {}

impl Steps {
    /// Steps under this name, standing at the one with this index.
    pub fn new(label: String, steps: Vec<String>, now: usize) -> Self {
        Self { label, steps, now }
    }
}

/// What a banner is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neutral, or waiting.
    Info,
    /// Done, or money in.
    Done,
    /// A refusal, or something to look at.
    Warn,
    /// An error.
    Danger,
    /// People, and the demonstration.
    Bronze,
}

/// A notice: a bold first sentence, what follows from it, and up to two things to do.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/banner.html")]
pub struct Banner {
    tone: Tone,
    icon: Icon,
    lead: String,
    text: String,
    actions: Vec<(String, String)>,
}

impl HtmlSafe for Banner {}

impl Banner {
    /// A banner of this tone.
    pub fn new(tone: Tone, icon: Icon, lead: String, text: String) -> Self {
        Self { tone, icon, lead, text, actions: Vec::new() }
    }

    /// With one more thing to do.
    #[must_use]
    pub fn action(mut self, label: String, href: String) -> Self {
        self.actions.push((label, href));
        self
    }

    /// A full-width stop brings its own space.
    fn gap(&self) -> &'static str {
        if self.lead.ends_with(|char: char| !char.is_ascii()) { "" } else { " " }
    }

    fn css(&self) -> &'static str {
        match self.tone {
            Tone::Info => "",
            Tone::Done => " banner-done",
            Tone::Warn => " banner-warn",
            Tone::Danger => " banner-danger",
            Tone::Bronze => " banner-bronze",
        }
    }
}
