//! Money that waits: what waits, taking it back, and its end when it is due.

use crate::Payments;
use crate::model::hold::{End, HoldReason, post_command_id, recall_command_id, return_command_id};
use crate::model::instruction::OrderNumber;
use crate::model::order::OrderState;
use crate::model::receipt::Receipt;
use crate::service::receipt::not_found;
use crate::store;
use crate::store::hold::StoredHold;
use accounts::ledger_error;
use kit::{Fault, Refusal, Result, Timestamp};
use ledger::{AccountView, Action, Command, CommandId, Effect, Outcome, Reason, SubmitError};
use passport::Acting;

/// How a hold ended, or had ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By this very command, now or when it was sent before.
    ByThis,
    /// By another one.
    Otherwise,
}

impl Payments {
    /// What of the customer's waits, what ends soonest first.
    pub async fn waiting(&self, who: &Acting) -> Result<Vec<Receipt>> {
        let accounts = self.inner.accounts.list(who).await?;
        let accounts: Vec<i64> = accounts.iter().map(|account| account.account.id.0 as i64).collect();
        let mut receipts = Vec::new();
        for order in store::hold::waiting(&self.inner.db, &accounts).await? {
            let receipt = self.receipt(who, order).await?;
            // It may have ended between the two looks.
            receipts.extend(Some(receipt).filter(|receipt| receipt.state == OrderState::Held));
        }
        Ok(receipts)
    }

    /// Takes money back that waits; the payer may until it is paid. Asking again gives the same.
    ///
    /// Refuses with `payments.not_found`, `payments.recall_too_late`.
    pub async fn recall(&self, who: &Acting, order: OrderNumber) -> Result<Receipt> {
        self.inner.accounts.fresh().await;
        let hold = store::hold::of_order(&self.inner.db, order).await?.ok_or_else(not_found)?;
        self.inner.accounts.own(who, hold.payer).await.map_err(|_| not_found())?;
        if matches!(hold.reason, HoldReason::Clearing | HoldReason::Card) {
            // On its way to another bank, or promised to a shop: only their network's word ends it.
            return Err(Refusal::new("payments.recall_too_late", 409).into());
        }
        let end = End::Recalled(who.person);
        let action = Action::Void { hold: hold.command };
        match self.end_hold(recall_command_id(hold.command), action, end, self.inner.clock.now()).await? {
            Ended::ByThis => {
                self.inner.accounts.fresh().await;
                self.receipt(who, order).await
            }
            Ended::Otherwise => Err(Refusal::new("payments.recall_too_late", 409).into()),
        }
    }

    /// Pays the delayed transfers whose time has come; gives how many were paid and how many went back. Where an account
    /// was frozen meanwhile the money goes back to the payer.
    pub(crate) async fn post_due(&self, now: Timestamp) -> Result<(u64, u64)> {
        let (mut posted, mut returned) = (0, 0);
        for hold in store::hold::due(&self.inner.db, now).await? {
            debug_assert_eq!(hold.reason, HoldReason::Delayed);
            let end = self.end_of_delay(&hold).await?;
            let (id, action) = match end {
                End::Due => (post_command_id(hold.command), Action::Post { hold: hold.command, amount: None }),
                _ => (return_command_id(hold.command), Action::Void { hold: hold.command }),
            };
            match (self.end_hold(id, action, end, now).await?, end) {
                (Ended::Otherwise, _) => {}
                (Ended::ByThis, End::Due) => posted += 1,
                (Ended::ByThis, _) => returned += 1,
            }
        }
        Ok((posted, returned))
    }

    async fn end_of_delay(&self, hold: &StoredHold) -> Result<End> {
        let views = self.inner.ledger.accounts(&[hold.payer, hold.payee]).await.map_err(ledger_error)?;
        let frozen = |view: Option<&Option<AccountView>>, is: fn(&AccountView) -> bool| {
            view.and_then(Option::as_ref).is_some_and(is)
        };
        if frozen(views.first(), |payer| payer.debits_frozen) {
            return Ok(End::PayerFrozen);
        }
        if frozen(views.get(1), |payee| payee.credits_frozen) {
            return Ok(End::PayeeFrozen);
        }
        Ok(End::Due)
    }

    /// Sends a command that ends a hold. The ledger ends a hold once, whoever is first; sent again after a crash, with
    /// another time, the command is the same.
    pub(crate) async fn end_hold(&self, id: CommandId, action: Action, end: End, now: Timestamp) -> Result<Ended> {
        let command = Command { id, time_ms: now.as_ms(), action, document: end.encode() };
        let outcome = match self.inner.ledger.execute(command).await {
            Ok(answer) => answer.outcome,
            Err(SubmitError::Conflict { .. }) => {
                let entry = self.inner.ledger.entry(id).await?;
                entry.ok_or_else(|| Fault::new("the end of a hold is gone"))?.outcome
            }
            Err(error) => return Err(ledger_error(error)),
        };
        match outcome {
            Outcome::Done(Effect::Posted(_) | Effect::Voided { .. }) => Ok(Ended::ByThis),
            Outcome::Refused(Reason::HoldPosted | Reason::HoldVoided | Reason::HoldExpired) => Ok(Ended::Otherwise),
            other => Err(Fault::new(format!("a hold was to be ended, and the ledger answered {other:?}")).into()),
        }
    }
}
