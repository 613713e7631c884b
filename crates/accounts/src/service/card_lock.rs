//! Setting the locks of a card. Locking is one tap; what lets more through needs the security window, or the counter.

use crate::model::debit_card::{DebitCard, DebitCardId};
use crate::model::document::{Document, command_id};
use crate::model::lock::{LockChange, LockKind};
use crate::model::usage::Used;
use crate::service::debit_card::{Hand, LOCK_WIDENED, by_owner};
use crate::service::ledger_error;
use crate::{Accounts, store};
use kit::{Fault, Refusal, Result};
use ledger::{Action, Command, Outcome};
use passport::{Acting, CustomerId, Session, Tier};

/// Most that a day cap at terminals may be, minor units; whoever wants more wants none.
const TERMINAL_DAY_MOST: i64 = 1_000_000_000_000;

/// What is used of a card's day cap at terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalDay {
    /// The cap; none is no cap.
    pub cap_minor: Option<i64>,
    /// Paid, or set aside, at terminals in this bank day.
    pub used_minor: i64,
}

impl LockChange {
    /// The lock that it sets.
    pub fn kind(&self) -> LockKind {
        match self {
            Self::Overseas(_) => LockKind::Overseas,
            Self::Region(_) => LockKind::Region,
            Self::Night(_) => LockKind::Night,
            Self::OverseasNotPresent(_) => LockKind::OverseasNotPresent,
            Self::TerminalDay(_) => LockKind::TerminalDay,
        }
    }
}

impl Accounts {
    /// Sets a lock of one of the customer's cards; at once if it lets nothing more through.
    ///
    /// Refuses with `accounts.debit_card_not_found`, the refusals of a card that is over, `accounts.lock_invalid`, and with
    /// `passport.step_up_needed` where it lets more through.
    pub async fn set_card_lock(&self, session: &Session, id: DebitCardId, change: &LockChange) -> Result<DebitCard> {
        let customer = session.acting().customer;
        let card = self.own_card(customer, id).await?.card;
        let is_wider = card.locks.is_widened_by(&card.locks.with(change));
        if is_wider {
            self.stepped_up(session, Tier::Two).await?;
        }
        self.put_lock(customer, id, change, is_wider, by_owner(session)).await
    }

    /// The same at the counter, for customers with and without a sign-in. Refuses with `accounts.debit_card_not_found`,
    /// the refusals of a card that is over, `accounts.lock_invalid`.
    pub async fn set_card_lock_at_counter(
        &self,
        by: &str,
        reason: &str,
        id: DebitCardId,
        change: &LockChange,
    ) -> Result<DebitCard> {
        let card = self.debit_card_for_staff(id).await?;
        self.put_lock(card.customer, id, change, true, Hand { staff: Some(by), reason, session: None }).await
    }

    /// What is used of the day cap at terminals. Refuses with `accounts.debit_card_not_found`.
    pub async fn terminal_day(&self, who: &Acting, id: DebitCardId) -> Result<TerminalDay> {
        let card = self.own_card(who.customer, id).await?.card;
        self.terminal_day_of(&card).await
    }

    /// The same of any customer's card, for staff who may look.
    pub async fn terminal_day_of(&self, card: &DebitCard) -> Result<TerminalDay> {
        let [Used { used_minor, .. }] = self.used([card.terminal_counter]).await?;
        Ok(TerminalDay { cap_minor: card.locks.terminal_day_minor, used_minor })
    }

    async fn put_lock(
        &self,
        customer: CustomerId,
        id: DebitCardId,
        change: &LockChange,
        may_widen: bool,
        hand: Hand<'_>,
    ) -> Result<DebitCard> {
        if let LockChange::TerminalDay(Some(cap)) = change
            && !(0..=TERMINAL_DAY_MOST).contains(cap)
        {
            return Err(Refusal::new("accounts.lock_invalid", 422).with("field", "cap").into());
        }
        let _door = self.inner.doors.enter(customer).await;
        let card = self.own_card(customer, id).await?.card;
        if !card.state.is_alive() {
            let over = card.state.refusal();
            return Err(over.unwrap_or_else(|| Refusal::new("accounts.debit_card_closed", 409)).into());
        }
        let locks = card.locks.with(change);
        if locks == card.locks {
            return Ok(card);
        }
        // Somebody else may have set it meanwhile: what was narrower before may be wider now.
        if !may_widen && card.locks.is_widened_by(&locks) {
            return Err(Refusal::new("passport.step_up_needed", 403).with("least_tier", Tier::Two.code()).into());
        }
        if let LockChange::TerminalDay(cap) = change {
            self.cap_terminals(&card, *cap).await?;
        }
        let kind = change.kind();
        let event = format!("lock_{}_{}", kind.code(), if locks.has(kind) { "on" } else { "off" });
        let notice = if card.locks.is_widened_by(&locks) { Some(LOCK_WIDENED) } else { None };
        let owner = self.owner_of(customer).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::debit_card::set_locks(&mut tx, id, &locks, self.inner.clock.now()).await?;
        self.told(&mut tx, &card, &event, hand, notice, owner).await?;
        tx.commit().await?;
        Ok(DebitCard { locks, ..card })
    }

    async fn cap_terminals(&self, card: &DebitCard, cap_amount: Option<i64>) -> Result<()> {
        let name = self.desk()?.ids.next();
        let command = Command {
            id: command_id("accounts.card_cap", &name.to_be_bytes()),
            time_ms: self.inner.clock.now().as_ms(),
            action: Action::SetCaps { counter: card.terminal_counter, cap_amount, cap_count: None },
            document: Document::CardCounter { customer: card.customer }.encode(),
        };
        match self.inner.ledger.execute(command).await.map_err(ledger_error)?.outcome {
            Outcome::Done(_) => Ok(()),
            Outcome::Refused(reason) => {
                Err(Fault::new(format!("the day cap of a card was not set: {reason:?}")).into())
            }
        }
    }
}
