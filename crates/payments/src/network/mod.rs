//! The network between banks, as far as this room asks it things at once: which banks there are, and whose a card is.

pub(crate) mod clearing;
pub(crate) mod http;

pub(crate) use clearing::{Clearing, Handed, Mail};

use crate::model::card::OtherBank;
use kit::Fault;
use std::future::Future;
use std::pin::Pin;

/// An answer that is on its way. A fault is an outage: whether the question arrived is not known.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// A card, and who says that it is theirs: four facts that the card's bank compares. It has no `Debug` form.
#[derive(Clone)]
pub struct CardQuestion {
    /// All digits.
    pub card: String,
    /// The proven name.
    pub name: String,
    /// The proven citizen number.
    pub citizen_number: String,
    /// The mobile number that the card's bank should know, E.164.
    pub mobile: String,
}

/// What the card's bank says about a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardAnswer {
    /// All four facts fit, and it texted a code to that number.
    CodeSent {
        /// Names this question when the code is told.
        reference: String,
    },
    /// It cannot be bound.
    Refused(CardRefusal),
}

/// Why a card cannot be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardRefusal {
    /// Name, citizen number or mobile number are not those of the card.
    Mismatch,
    /// The bank has no such card.
    UnknownCard,
    /// The card is closed.
    CardClosed,
    /// The bank was asked too often about this card.
    TooMany,
}

/// What the card's bank says to a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeAnswer {
    /// It was right. Told again it is right again.
    Bound {
        /// Names the owner's consent that this bank may collect from the card.
        mandate: String,
    },
    /// It was wrong.
    WrongCode {
        /// Codes that may still be told.
        left: i64,
    },
    /// It is too late, or there were too many wrong ones.
    Expired,
}

/// The network's directory, and cards at other banks.
pub trait CardNetwork: Send + Sync + 'static {
    /// The other banks.
    fn banks(&self) -> Asking<'_, Vec<OtherBank>>;

    /// Asks the card's bank whether a card is a person's; if so, it texts them a code.
    fn check_card<'a>(&'a self, question: &'a CardQuestion) -> Asking<'a, CardAnswer>;

    /// Tells the card's bank the code that the person typed.
    fn confirm_card<'a>(&'a self, reference: &'a str, code: &'a str) -> Asking<'a, CodeAnswer>;

    /// Gives a mandate up. Doing it again changes nothing.
    fn release_card<'a>(&'a self, mandate: &'a str) -> Asking<'a, ()>;
}
