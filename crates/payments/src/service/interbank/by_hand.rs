//! What two members of staff decide about a payment between banks: its end where the network's word does not come, and giving
//! back what came in. Who decided it, why, and on what paper stands in a case of its own; the ledger ends a hold once, so the
//! network's word may still come first, and what it says later is held against the decision.

use super::receive::{refused_notice, settled_notice};
use super::staff::not_returnable;
use super::{NewCase, notice};
use crate::Payments;
use crate::model::case::Case;
use crate::model::hold::{End, post_command_id, return_command_id};
use crate::model::instruction::OrderNumber;
use crate::model::interbank::{CaseKind, Ending, InterbankState, ReasonCode, not_to_end_by_hand};
use crate::service::hold::Ended;
use crate::service::receipt::not_found;
use crate::store;
use crate::store::interbank::StoredInterbank;
use kit::{BankDay, Fault, Refusal, Result};
use ledger::Action;
use money::Amount;

/// Most characters of a reason, of what proves it, and of who decided.
const WORDS_MAX: usize = 400;
/// What the case of a decision is known by.
const DECISION: &str = "decision";
/// The order of a return.
const RETURN: &str = "return";

/// A decision of two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Their staff numbers.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What proves it: a message, a line of a statement, a letter of the network.
    pub evidence: String,
    /// What names the decision: the same again does nothing more.
    pub decision: String,
}

impl ByHand {
    fn check(&self) -> Result<(), Refusal> {
        let wrong = |field| Refusal::new("payments.reason_invalid", 422).with("field", field);
        for (text, field) in [(&self.by, "reason"), (&self.reason, "reason"), (&self.evidence, "evidence")] {
            if text.chars().count() > WORDS_MAX || text.contains(char::is_control) {
                return Err(wrong(field));
            }
        }
        if self.reason.trim().is_empty() { Err(wrong("reason")) } else { Ok(()) }
    }

    fn case(&self, payment: &StoredInterbank, what: &str) -> NewCase {
        let case = NewCase::about(CaseKind::ByHand, payment).fact("what", what).fact("by", &self.by);
        let case = case.fact("reason_given", &self.reason).fact("evidence", &self.evidence);
        case.fact(DECISION, &self.decision)
    }
}

/// Name and account of the other side of a payment between banks, whole, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSide {
    /// Who holds the account there.
    pub name: String,
    /// The account.
    pub account: String,
    /// How much the payment is.
    pub amount: Amount,
}

impl Payments {
    /// Name and account of the other side, whole. Refuses with `payments.not_found`.
    pub async fn other_side(&self, order: OrderNumber) -> Result<OtherSide> {
        let payment = self.interbank_of(order).await?.ok_or_else(not_found)?;
        let amount = super::send::amount(&payment)?;
        Ok(OtherSide { name: payment.name, account: payment.account_text, amount })
    }

    /// Why a payment cannot be ended by hand; none if it can. Refuses with `payments.not_found`.
    pub async fn by_hand_refusal(&self, order: OrderNumber) -> Result<Option<Refusal>> {
        let payment = self.interbank_of(order).await?.ok_or_else(not_found)?;
        Ok(self.not_to_end(&payment))
    }

    /// Books a payment as settled on a day, on the network's paper. Only one whose end is overdue.
    ///
    /// Refuses with `payments.not_found`, `payments.interbank_over`, `payments.not_stuck`, `payments.settlement_day_invalid`,
    /// `payments.reason_invalid`.
    pub async fn settle_by_hand(&self, order: OrderNumber, day: BankDay, hand: &ByHand) -> Result<()> {
        if hand.evidence.trim().is_empty() {
            return Err(Refusal::new("payments.reason_invalid", 422).with("field", "evidence").into());
        }
        let Some(payment) = self.to_end(order, hand).await? else { return Ok(()) };
        let calendar = &self.inner.accounts.terms().calendar;
        let now = self.inner.clock.now();
        if day < calendar.day(payment.created) || day > calendar.day(now) {
            return Err(Refusal::new("payments.settlement_day_invalid", 422).with("field", "day").into());
        }
        let id = post_command_id(payment.command);
        let action = Action::Post { hold: payment.command, amount: None };
        if self.end_hold(id, action, End::Settled(day), now).await? == Ended::Otherwise {
            return Err(Refusal::new("payments.interbank_over", 409).into());
        }
        // Had the network's word posted it a moment before, its day stands.
        let entry = self.inner.ledger.entry(id).await?;
        let end = entry.and_then(|entry| End::decode(&entry.command.document).ok().flatten());
        let day = if let Some(End::Settled(day)) = end { day } else { day };
        let ending = Ending { day: Some(day), reason: None };
        self.ended_by_hand(payment, InterbankState::Settled, ending, hand, "settle").await
    }

    /// Gives back the money of a payment that the network says nothing about. Only one whose end is overdue.
    ///
    /// Refuses with `payments.not_found`, `payments.interbank_over`, `payments.not_stuck`, `payments.reason_invalid`.
    pub async fn release_by_hand(&self, order: OrderNumber, hand: &ByHand) -> Result<()> {
        if hand.evidence.trim().is_empty() {
            return Err(Refusal::new("payments.reason_invalid", 422).with("field", "evidence").into());
        }
        let Some(payment) = self.to_end(order, hand).await? else { return Ok(()) };
        let (id, code) = (return_command_id(payment.command), ReasonCode::NOT_SAID);
        let action = Action::Void { hold: payment.command };
        if self.end_hold(id, action, End::Refused(code), self.inner.clock.now()).await? == Ended::Otherwise {
            return Err(Refusal::new("payments.interbank_over", 409).into());
        }
        let ending = Ending { day: None, reason: Some(code) };
        self.ended_by_hand(payment, InterbankState::Refused, ending, hand, "release").await
    }

    /// Gives money that came in back to the bank that it came from, out of the account that has it; `code` says why in the
    /// network's words. Gives the order of the return.
    ///
    /// Refuses with `payments.not_found`, `payments.not_returnable`, `payments.returned_already`, `payments.reason_invalid`, and
    /// for every reason of the ledger, such as that the money is spent.
    pub async fn return_by_hand(&self, order: OrderNumber, code: ReasonCode, hand: &ByHand) -> Result<OrderNumber> {
        hand.check()?;
        let db = &self.inner.db;
        let payment = self.interbank_of(order).await?.ok_or_else(not_found)?;
        if let Some(case) = self.decided_by_hand(order, hand).await? {
            return self.own_return(&case).await;
        }
        let returns = store::interbank::of_related(db, order).await?;
        if let Some(refusal) = not_returnable(&payment, &returns) {
            return Err(refusal.into());
        }
        let now = self.inner.clock.now();
        let returned = self.new_return(&payment, payment.account, code, now)?;
        let mut tx = db.begin_write(&[format!("interbank/return/{order}").as_str()]).await?;
        // Two at once: the second sees the first.
        if store::interbank::has_return(&mut tx, order).await? {
            return Err(Refusal::new("payments.returned_already", 409).into());
        }
        store::interbank::insert(&mut tx, std::slice::from_ref(&returned)).await?;
        let case = hand.case(&payment, "return").fact(RETURN, returned.order.to_string());
        self.open_cases(&mut tx, vec![case], now).await?;
        tx.commit().await?;
        let Some(refusal) = self.hold_return(&returned, now).await? else {
            self.wake_interbank(returned.order);
            return Ok(returned.order);
        };
        let from = returned.state;
        let abandoned = StoredInterbank { state: InterbankState::Abandoned, ended: Some(now), ..returned };
        let case = self.decided_by_hand(order, hand).await?;
        let mut tx = db.begin_write(&[]).await?;
        store::interbank::update(&mut tx, from, &abandoned).await?;
        if let Some(case) = case {
            store::reconcile::add_fact(&mut tx, case.id, "refused", refusal.code).await?;
        }
        tx.commit().await?;
        Err(refusal.into())
    }

    /// The return that a decision led to, when it is carried out again after a stop.
    async fn own_return(&self, case: &Case) -> Result<OrderNumber> {
        let order = case.facts.get(RETURN).and_then(|order| order.parse().ok()).map(OrderNumber);
        let order = order.ok_or_else(|| Fault::new("the case of a return names none"))?;
        match self.interbank_of(order).await? {
            Some(returned) if returned.state != InterbankState::Abandoned => Ok(order),
            _ => Err(Refusal::new("payments.not_returnable", 422).into()),
        }
    }

    /// The payment that a decision is about; none if the decision is carried out already.
    async fn to_end(&self, order: OrderNumber, hand: &ByHand) -> Result<Option<StoredInterbank>> {
        hand.check()?;
        let payment = self.interbank_of(order).await?.ok_or_else(not_found)?;
        if self.decided_by_hand(order, hand).await?.is_some() {
            return Ok(None);
        }
        match self.not_to_end(&payment) {
            Some(refusal) => Err(refusal.into()),
            None => Ok(Some(payment)),
        }
    }

    async fn decided_by_hand(&self, order: OrderNumber, hand: &ByHand) -> Result<Option<Case>, Fault> {
        let cases = store::message::cases_of(&self.inner.db, order).await?;
        let is_it = |case: &Case| {
            case.kind == CaseKind::ByHand && case.facts.get(DECISION).is_some_and(|named| *named == hand.decision)
        };
        Ok(cases.into_iter().find(is_it))
    }

    fn not_to_end(&self, payment: &StoredInterbank) -> Option<Refusal> {
        let is_late = super::staff::is_late(payment, self.inner.clock.now());
        not_to_end_by_hand(payment.state, is_late).map(|code| Refusal::new(code, 409))
    }

    async fn ended_by_hand(
        &self,
        payment: StoredInterbank,
        state: InterbankState,
        ending: Ending,
        hand: &ByHand,
        what: &'static str,
    ) -> Result<()> {
        let (order, now) = (payment.order, self.inner.clock.now());
        let over = StoredInterbank { state, ending, ended: Some(now), ..payment };
        let told = match state {
            InterbankState::Settled => Some(settled_notice(&over)),
            _ => refused_notice(&over),
        };
        let mut tx = self.inner.db.begin_write(&[format!("interbank/by-hand/{order}").as_str()]).await?;
        let mut is_written = false;
        // Who asks the network may have moved it meanwhile.
        for from in [InterbankState::Sent, InterbankState::Checking] {
            is_written = is_written || store::interbank::update(&mut tx, from, &over).await?;
        }
        if is_written && let Some((person, notice)) = told.and_then(|kind| notice(kind, &over)) {
            notify::tell_in(&mut tx, &self.inner.ids, now, person, &notice).await?;
        }
        self.open_cases(&mut tx, vec![hand.case(&over, what)], now).await?;
        Ok(tx.commit().await?)
    }
}
