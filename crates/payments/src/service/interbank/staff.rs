//! Payments between banks as the bank's staff see and mend them. Authority, audit and the second signature are the caller's.

use super::send::amount;
use crate::Payments;
use crate::model::case::{Case, CaseId, InTransit, Story, StoryLine};
use crate::model::elsewhere::masked_account;
use crate::model::instruction::OrderNumber;
use crate::model::interbank::{InterbankState, InterbankWay};
use crate::service::elsewhere::masked_name;
use crate::service::receipt::not_found;
use crate::store;
use crate::store::interbank::StoredInterbank;
use crate::store::posting::ClearingPosting;
use kit::{BankDay, Fault, Refusal, Result, Timestamp};

/// How long after its expected time a payment counts as stuck, in milliseconds.
const GRACE_MS: i64 = 30_000;
/// Payments and cases that one page shows at most.
const AT_ONCE: i64 = 500;
/// Most characters of what staff write to a case.
const NOTE_MAX: usize = 500;

impl Payments {
    /// Every payment between banks that is on its way: those that should have ended first, the oldest of them first.
    pub async fn interbank_in_transit(&self) -> Result<Vec<InTransit>, Fault> {
        let now = self.inner.clock.now();
        let payments = store::interbank::in_transit(&self.inner.db, AT_ONCE).await?;
        let mut shown = payments.iter().map(|payment| shown(payment, now)).collect::<Result<Vec<_>, Fault>>()?;
        // The order within each stays: by age.
        shown.sort_by_key(|payment| !payment.is_stuck);
        Ok(shown)
    }

    /// A payment between banks with every message about it. Refuses with `payments.not_found`.
    pub async fn interbank_story(&self, order: OrderNumber) -> Result<Story> {
        let db = &self.inner.db;
        let payment = store::interbank::by_order(db, order).await?.ok_or_else(not_found)?;
        let now = self.inner.clock.now();
        let line = |(message, says): (store::message::StoredMessage, String)| StoryLine {
            at: message.at,
            is_received: message.is_received,
            kind: message.kind,
            message_id: message.message_id,
            state: message.state.code(),
            tries: message.tries,
            says,
            note: message.note,
            xml: message.xml,
        };
        let returns = store::interbank::of_related(db, order).await?;
        Ok(Story {
            payment: shown(&payment, now)?,
            lines: store::message::story(db, order).await?.into_iter().map(line).collect(),
            cases: store::message::cases_of(db, order).await?,
            returns: returns.iter().map(|returned| shown(returned, now)).collect::<Result<_, Fault>>()?,
        })
    }

    /// Finds a payment between banks by what names it for all banks. Refuses with `payments.not_found`.
    pub async fn interbank_by_transaction(&self, transaction_id: &str) -> Result<OrderNumber> {
        let found = store::interbank::by_tx_id(&self.inner.db, transaction_id).await?;
        Ok(found.ok_or_else(not_found)?.order)
    }

    /// The cases that are open, or those that are closed, the newest first.
    pub async fn cases(&self, open: bool) -> Result<Vec<Case>, Fault> {
        store::message::cases(&self.inner.db, open, AT_ONCE).await
    }

    /// One case. Refuses with `payments.not_found`.
    pub async fn case(&self, id: CaseId) -> Result<Case> {
        Ok(store::message::case_by_id(&self.inner.db, id).await?.ok_or_else(not_found)?)
    }

    /// Closes a case; `by` is the staff number of who does, and `note` what was done. Refuses with `payments.not_found`,
    /// `payments.case_closed`, `payments.reason_invalid`.
    pub async fn close_case(&self, id: CaseId, by: &str, note: &str) -> Result<Case> {
        let note = note.trim();
        if note.is_empty() || note.chars().count() > NOTE_MAX || note.contains(char::is_control) {
            return Err(Refusal::new("payments.reason_invalid", 422).with("field", "note").into());
        }
        self.case(id).await?;
        if !store::message::close_case(&self.inner.db, id, by, note, self.inner.clock.now()).await? {
            return Err(Refusal::new("payments.case_closed", 409).into());
        }
        self.case(id).await
    }

    /// Asks the network about a payment now, instead of when it is due. Refuses with `payments.not_found`,
    /// `payments.interbank_over`.
    pub async fn enquire(&self, order: OrderNumber) -> Result<()> {
        let mut payment = store::interbank::by_order(&self.inner.db, order).await?.ok_or_else(not_found)?;
        if !matches!(payment.state, InterbankState::Sent | InterbankState::Checking) {
            return Err(Refusal::new("payments.interbank_over", 409).into());
        }
        payment.next = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::interbank::update(&mut tx, payment.state, &payment).await?;
        tx.commit().await?;
        self.inner.interbank.woken.notify_one();
        Ok(())
    }

    /// Why money that came in under an order cannot be given back; none if it can. Refuses with `payments.not_found`.
    pub async fn return_refusal(&self, order: OrderNumber) -> Result<Option<Refusal>> {
        let payment = store::interbank::by_order(&self.inner.db, order).await?.ok_or_else(not_found)?;
        let returns = store::interbank::of_related(&self.inner.db, order).await?;
        Ok(not_returnable(&payment, &returns))
    }

    /// The postings on the clearing account that the network settled on a day, in the order of the ledger.
    pub async fn clearing_postings(&self, day: BankDay) -> Result<Vec<ClearingPosting>, Fault> {
        self.inner.accounts.fresh().await;
        store::posting::of_day(&self.inner.db, day).await
    }

    /// What the clearing house owes after a settlement day by our books, in minor units; below 0 this bank owes.
    pub async fn clearing_balance(&self, day: BankDay) -> Result<i64, Fault> {
        self.inner.accounts.fresh().await;
        store::posting::sum_until(&self.inner.db, day).await
    }
}

pub(super) fn not_returnable(payment: &StoredInterbank, returns: &[StoredInterbank]) -> Option<Refusal> {
    if payment.way != InterbankWay::In || payment.state != InterbankState::Settled {
        return Some(Refusal::new("payments.not_returnable", 422));
    }
    let is_open =
        |returned: &&StoredInterbank| !matches!(returned.state, InterbankState::Refused | InterbankState::Abandoned);
    returns.iter().find(is_open).map(|_| Refusal::new("payments.returned_already", 409))
}

/// Whether a payment should have ended by now.
pub(super) fn is_late(payment: &StoredInterbank, now: Timestamp) -> bool {
    payment.expected.is_none_or(|expected| now > expected.plus_ms(GRACE_MS))
}

/// A payment as staff see it.
pub(crate) fn shown(payment: &StoredInterbank, now: Timestamp) -> Result<InTransit, Fault> {
    Ok(InTransit {
        order: payment.order,
        way: payment.way,
        service: payment.service,
        transaction_id: payment.tx_id.clone(),
        bank: payment.bank.clone(),
        name_masked: masked_name(&payment.name),
        account_masked: masked_account(&payment.account_text),
        amount: amount(payment)?,
        state: payment.state,
        reason: payment.ending.reason.map(|code| code.text().to_owned()),
        settlement_day: payment.ending.day,
        expected: payment.expected,
        enquiries: payment.tries,
        related: payment.related,
        name_match: payment.name_match,
        created: payment.created,
        ended: payment.ended,
        is_stuck: !payment.state.is_final() && is_late(payment, now),
    })
}
