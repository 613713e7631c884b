//! The account card.

use super::{Figure, FigureSize, HtmlFragment};
use crate::Page;
use askama::Template;
use askama::filters::HtmlSafe;
use money::Amount;

/// The class of an account, which its card shows in the hole of the coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardClass {
    /// Ⅰ类, ink.
    One,
    /// Ⅱ类, patina.
    Two,
    /// Ⅲ类, paper with a bronze rim.
    Three,
}

impl CardClass {
    fn css(self) -> &'static str {
        match self {
            Self::One => "class-1",
            Self::Two => "class-2",
            Self::Three => "class-3",
        }
    }

    fn roman(self) -> &'static str {
        match self {
            Self::One => "I",
            Self::Two => "II",
            Self::Three => "III",
        }
    }
}

/// The art never crosses a number: beside more characters than `99,999.99` the outer rims are left out.
const ROOM_FOR_RIMS: usize = 9;

/// An account: its name, its tail, its balance, and what went in and out.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/account-card.html")]
pub struct AccountCard {
    class: CardClass,
    class_word: String,
    hole: String,
    has_room_for_rims: bool,
    name: HtmlFragment,
    tail: String,
    label: String,
    balance: Figure,
    flows: Vec<(String, Figure)>,
    href: Option<String>,
}

impl AccountCard {
    /// A card with the account's own name, the last four digits of its number, a label such as 可用余额, and the sum.
    pub fn new(page: &Page, class: CardClass, name: &str, tail: &str, label: String, balance: Amount) -> Self {
        Self {
            class,
            hole: if page.is_zh() { format!("{}类", class.roman()) } else { class.roman().to_owned() },
            class_word: page.tx("web-class", &[("roman", class.roman().into())]),
            has_room_for_rims: page.hides_amounts() || balance.grouped().len() <= ROOM_FOR_RIMS,
            name: page.words(name),
            tail: page.tx("web-tail", &[("tail", tail.into())]),
            label,
            balance: Figure::new(page, balance).sized(FigureSize::Xl),
            flows: Vec::new(),
            href: None,
        }
    }

    /// With one more small figure below the balance.
    #[must_use]
    pub fn flow(mut self, page: &Page, label: String, amount: Amount) -> Self {
        self.flows.push((label, Figure::new(page, amount)));
        self
    }

    /// The whole card leads somewhere.
    #[must_use]
    pub fn link(mut self, href: String) -> Self {
        self.href = Some(href);
        self
    }
}

impl HtmlSafe for AccountCard {}
