//! Payments between banks on their way: sending, hearing the network's word, and asking where it does not come.
//!
//! 1. **Written**: a row with everybody's names, before the ledger sets the money aside.
//! 2. **Set aside**: one hold in the ledger, under an id that follows from the order.
//! 3. **Stored**: the message, whole, in state *sending*, before its first byte leaves. What a stop leaves in that state is
//!    of unknown fate and is asked about, never sent again.
//! 4. **Heard**: the network's final word posts or voids the hold. The ledger's commands come first, since they count once
//!    however often they are sent; then one SQL transaction for everything that a look into the mailbox brought, and with it
//!    the mark how far was read.
//!
//! In one process there is one reader of the mailbox at a time, and one who prepares messages; those who hand them over are
//! many.

mod arrived;
pub(crate) mod by_hand;
mod receive;
mod returns;
mod send;
mod staff;
mod top_up;

pub(crate) use staff::shown;

use crate::Payments;
use crate::model::instruction::OrderNumber;
use crate::model::interbank::{CaseKind, Event, Step, step};
use crate::network::{CardNetwork, Clearing};
use crate::service::bank::unavailable;
use crate::store;
use crate::store::interbank::StoredInterbank;
use iso20022::{Agent, Header};
use kit::{Fault, Refusal, Timestamp};
use notify::Notice;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What goes between banks in this process.
#[derive(Default)]
pub(crate) struct Interbank {
    clearing: OnceLock<Clearing>,
    /// Orders whose money was set aside just now.
    fresh: Mutex<Vec<i64>>,
    woken: tokio::sync::Notify,
    /// Held while messages are prepared.
    preparing: tokio::sync::Mutex<()>,
    /// Whether what an earlier process left half-done was looked at.
    is_resumed: AtomicBool,
    /// Held while the mailbox is read.
    reading: tokio::sync::Mutex<()>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InterbankReport {
    /// Messages that were handed over.
    pub handed: u64,
    /// Of these, taken by the network.
    pub taken: u64,
    /// Messages that were read in the mailbox.
    pub received: u64,
}

/// Something to look at for staff, not yet written.
pub(crate) struct NewCase {
    pub(crate) kind: CaseKind,
    pub(crate) order: Option<OrderNumber>,
    pub(crate) message: Option<i64>,
    pub(crate) facts: BTreeMap<String, String>,
}

impl NewCase {
    pub(crate) fn new(kind: CaseKind) -> Self {
        Self { kind, order: None, message: None, facts: BTreeMap::new() }
    }

    /// A case about a payment, with what names it.
    pub(crate) fn about(kind: CaseKind, payment: &StoredInterbank) -> Self {
        let case = Self { order: Some(payment.order), ..Self::new(kind) };
        let case = case.fact("transaction", &payment.tx_id).fact("way", payment.way.code());
        let case = case.fact("amount_minor", payment.amount_minor.to_string()).fact("bank", &payment.bank.code);
        let case = case.fact("state", payment.state.code());
        let day = payment.ending.day.map(kit::BankDay::iso);
        let reason = payment.ending.reason.map(|code| code.text().to_owned());
        let case = day.into_iter().fold(case, |case, day| case.fact("settlement_day", day));
        reason.into_iter().fold(case, |case, reason| case.fact("reason", reason))
    }

    pub(crate) fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn message(self, message: i64) -> Self {
        Self { message: Some(message), ..self }
    }
}

impl Payments {
    /// Names the clearing network, and what was agreed with it; once, when the bank is put together. A bank without one has
    /// no way to other banks.
    pub fn set_clearing(&self, clearing: Clearing) {
        let cards: Arc<dyn CardNetwork> = clearing.network.clone();
        self.set_card_network(cards);
        // The first stands: a bank is put together once.
        let _ = self.inner.interbank.clearing.set(clearing);
    }

    /// The clearing network. Refuses with `payments.network_unavailable` in a bank that has none.
    pub(crate) fn clearing(&self) -> Result<&Clearing, Refusal> {
        let clearing = self.inner.interbank.clearing.get();
        clearing.ok_or_else(|| unavailable(&Fault::new("no clearing network is configured")))
    }

    /// Whether there is a way to other banks.
    pub fn has_clearing(&self) -> bool {
        self.inner.interbank.clearing.get().is_some()
    }

    /// Waits until there is something to hand over that was not there before.
    pub async fn interbank_woken(&self) {
        self.inner.interbank.woken.notified().await;
    }

    /// Money was set aside for an order.
    pub(crate) fn wake_interbank(&self, order: OrderNumber) {
        self.inner.interbank.fresh.lock().unwrap_or_else(PoisonError::into_inner).push(order.0);
        self.inner.interbank.woken.notify_one();
    }

    /// The row of a payment between banks, if an order is one.
    pub(crate) async fn interbank_of(&self, order: OrderNumber) -> Result<Option<StoredInterbank>, Fault> {
        store::interbank::by_order(&self.inner.db, order).await
    }

    /// What lies at another bank, as a customer here sees it.
    pub(crate) async fn elsewhere_of(&self, payment: &StoredInterbank) -> Result<crate::Elsewhere, Fault> {
        let returns = match payment.returned {
            Some(_) => store::interbank::of_related(&self.inner.db, payment.order).await?,
            None => Vec::new(),
        };
        let returned = returns.iter().rev().find(|returned| returned.ended.is_some());
        Ok(super::elsewhere::elsewhere(payment, returned))
    }

    /// The beginning of a message of ours, and its number.
    fn header(&self, clearing: &Clearing, to: Option<&str>, now: Timestamp) -> (i64, Header) {
        let id = self.inner.ids.next();
        let header = Header {
            message_id: format!("M{id}"),
            created: now,
            from: Some(agent(&clearing.terms.code)),
            to: to.map(agent),
        };
        (id, header)
    }
}

/// A participant by its code.
fn agent(code: &str) -> Agent {
    Agent { member: Some(code.to_owned()), ..Agent::default() }
}

/// Whether a message of this kind of ours moves money: then it is never sent a second time after its fate became unknown.
fn carries_money(kind: &str) -> bool {
    matches!(kind, "pacs.008" | "pacs.003" | "pacs.004")
}

/// Moves a payment by an event; what it leads to. Times and tries are the caller's.
fn moved(payment: &mut StoredInterbank, event: Event) -> Step {
    let step = step(payment.way, payment.state, payment.ending, event);
    payment.state = step.state;
    step
}

/// Something to tell a person about a payment between banks, once.
fn notice(kind: &'static str, payment: &StoredInterbank) -> Option<(i64, Notice)> {
    let person = payment.person?;
    let currency = money::Currency::from_numeric(payment.currency).map_or("", money::Currency::code);
    let notice = Notice::new(kind)
        .with("amount_minor", payment.amount_minor)
        .with("currency", currency)
        .with("other", super::elsewhere::masked_name(&payment.name))
        .with("bank_zh", payment.bank.name_zh.as_str())
        .with("bank_en", payment.bank.name_en.as_str())
        .with("why", payment.ending.reason.map_or("", |code| code.refusal()))
        .link(format!("/payments/{}", payment.order))
        .key(format!("order/{}/{kind}", payment.order));
    Some((person.0, notice))
}
