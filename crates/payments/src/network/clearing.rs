//! The clearing network (清算网络): the port through which this bank reaches the others.

use super::{Asking, CardNetwork};
use crate::model::window::Windows;
use std::sync::Arc;
use std::time::Duration;

/// What became of a message that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The network has it, and will not forget it.
    Taken,
    /// The network surely does not have it, and may take it later.
    NotTaken,
    /// The network surely does not have it and never will; in its words why.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

/// A message in the bank's mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its number in the mailbox; rises.
    pub sequence: i64,
    /// The document.
    pub xml: String,
}

/// A network through which banks pay each other. Messages are ISO 20022 documents.
pub trait ClearingNetwork: CardNetwork {
    /// Hands a message over. The same message may be handed over again: it counts once. A fault is [`Handed::Unknown`].
    fn send<'a>(&'a self, xml: &'a str) -> Asking<'a, Handed>;

    /// The messages in this bank's mailbox after a number, at most so many, the oldest first; waits so long for one to come.
    fn messages<'a>(&'a self, after: i64, most: u32, wait: Duration) -> Asking<'a, Vec<Mail>>;
}

/// A clearing network, and what was agreed with it.
#[derive(Clone)]
pub struct Clearing {
    /// The way there.
    pub network: Arc<dyn ClearingNetwork>,
    /// What was agreed.
    pub terms: ClearingTerms,
}

/// What was agreed with a clearing network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingTerms {
    /// This bank's participant code, 12 digits.
    pub code: String,
    /// The most that one real-time payment may be, minor units, inclusive.
    pub real_time_max_minor: i64,
    /// When batches are settled.
    pub windows: Windows,
    /// After how many milliseconds without an answer the network is asked.
    pub answer_within_ms: i64,
    /// How far this bank's position may fall below 0, minor units.
    pub net_debit_cap_minor: i64,
}

impl ClearingTerms {
    /// For a participant with this code: up to a million yuan in real time, the usual windows, ten seconds for an answer,
    /// fifty million yuan of net debit.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            real_time_max_minor: 100_000_000,
            windows: Windows::default(),
            answer_within_ms: 10_000,
            net_debit_cap_minor: 5_000_000_000,
        }
    }
}
