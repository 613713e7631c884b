//! A correction by contra entry (冲正): the same money the other way, with a reason, at most once per payment.

use crate::Payments;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::document::Correction;
use crate::model::instruction::{OrderNumber, PaymentInstruction, correction_command_id};
use crate::model::receipt::not_correctable;
use crate::service::BEHIND;
use crate::service::receipt::not_found;
use crate::service::submit::{PaymentResult, is_conflict};
use crate::store;
use kit::{Fault, Refusal, Result};

/// Most characters of a reason, and of the name of who decided.
const REASON_MAX: usize = 200;

impl Payments {
    /// Takes a payment back. `by` names the member of staff who decided it. Gives the contra entry's order.
    ///
    /// Refuses with `payments.not_found`, `payments.not_paid`, `payments.already_corrected`,
    /// `payments.correction_of_correction`, `payments.reason_invalid`, `ledger.busy` while the tables follow the journals, and
    /// for every reason of the ledger, such as that the payee has spent the money. After a refusal it may be tried again.
    pub async fn correct(&self, by: &str, order: OrderNumber, reason: &str) -> Result<OrderNumber> {
        let reason = reason.trim();
        let sane =
            |text: &str| !text.is_empty() && text.chars().count() <= REASON_MAX && !text.contains(char::is_control);
        if !sane(reason) || !sane(by) {
            return Err(Refusal::new("payments.reason_invalid", 422).with("field", "reason").into());
        }
        // Who has the money now may stand in another partition's journal than that it was paid.
        if !self.inner.accounts.projections().caught_up_within(BEHIND).await {
            return Err(Refusal::new("ledger.busy", 503).with("retry_after_s", 2).into());
        }
        let stored = store::order::by_id(&self.inner.db, order).await?.ok_or_else(not_found)?;
        if let Some(refusal) = not_correctable(stored.kind, stored.state) {
            return Err(refusal.into());
        }
        let command = store::order::paid_by(&self.inner.db, order).await?;
        let command = command.ok_or_else(|| Fault::new("a paid order has no attempt that paid it"))?;
        let original = self.decided(command).await?.ok_or_else(|| Fault::new("a decided payment is gone"))?;
        if original.document.kind == PaymentKind::Correction {
            return Err(Refusal::new("payments.correction_of_correction", 422).into());
        }
        // The ids are in a row, and the next is used only after the one before was refused: so at most one succeeds,
        // however many try at once.
        for attempt in 1..=u8::MAX {
            let id = correction_command_id(command, attempt);
            match self.decided(id).await? {
                Some(decided) if decided.result.is_paid() => return Err(already_corrected()),
                Some(_) => continue,
                None => {}
            }
            // The order knows who has the money in the end, also when it came by way of an invitation.
            let payer = self.account(stored.payee).await?;
            let payee = self.account(stored.payer).await?;
            let new_order = OrderNumber(self.inner.ids.next());
            let (kind, channel, now) = (PaymentKind::Correction, Channel::Internal, self.inner.clock.now());
            let amount_minor = original.transfer.amount;
            let base = PaymentInstruction::new(id, new_order, kind, channel, payer, payee, amount_minor, now);
            let correction = Correction { order: order.0, command, by: by.to_owned(), reason: reason.to_owned() };
            let instruction = PaymentInstruction { attempt, correction: Some(correction), ..base };
            return match self.submit(&instruction)?.await {
                Ok(PaymentResult { refusal: None, .. }) => Ok(new_order),
                Ok(PaymentResult { refusal: Some(refusal), .. }) => Err(refusal.into()),
                // Somebody else tried at the same moment; whether it succeeded is theirs to say.
                Err(error) if is_conflict(&error) => Err(already_corrected()),
                Err(error) => Err(error),
            };
        }
        Err(Refusal::new("payments.refused", 422).into())
    }
}

fn already_corrected() -> kit::Error {
    Refusal::new("payments.already_corrected", 409).into()
}
