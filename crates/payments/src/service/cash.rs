//! Cash over the counter, and between the bank's own boxes.

use crate::Payments;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::memo::check_memo;
use crate::service::submit::{PaymentResult, is_conflict};
use accounts::AccountRef;
use kit::{Refusal, Result};
use ledger::CommandId;

/// Cash that changes hands. The caller has seen to authority and audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterCash {
    /// Changes hands at most once for ever under this id.
    pub id: CommandId,
    /// [`PaymentKind::CashIn`], [`PaymentKind::CashOut`] or [`PaymentKind::CashMove`].
    pub kind: PaymentKind,
    /// Whose balance it takes from: a customer's account for cash out, else a box. In the books cash paid in is a
    /// debit to the box.
    pub payer: AccountRef,
    /// Whose balance it goes to.
    pub payee: AccountRef,
    /// How much, minor units.
    pub amount_minor: i64,
    /// For the statement; may be empty.
    pub memo: String,
}

impl Payments {
    /// Books cash that changed hands, once, and gives the result; asked again it gives the same.
    ///
    /// Refuses with `idempotency.conflict` when the id booked something else, `payments.memo_invalid`, `ledger.busy`. A refusal
    /// of the ledger, such as too little in the account or in the box, is part of the result.
    pub async fn counter_cash(&self, cash: CounterCash) -> Result<PaymentResult> {
        let memo = check_memo(&cash.memo)?;
        let (order, now) = (OrderNumber(self.inner.ids.next()), self.inner.clock.now());
        let (payer, payee, amount_minor) = (cash.payer, cash.payee, cash.amount_minor);
        let channel = Channel::Counter;
        let base = PaymentInstruction::new(cash.id, order, cash.kind, channel, payer, payee, amount_minor, now);
        let instruction = PaymentInstruction { memo, ..base };
        let submitted = match self.decided(cash.id).await? {
            // The same cash was booked before, under the order number that it was given then.
            Some(decided) => Err(decided),
            None => Ok(self.submit(&instruction)?.await),
        };
        let decided = match submitted {
            Ok(Err(error)) if is_conflict(&error) => self.decided(cash.id).await?.ok_or(error)?,
            Ok(result) => return result,
            Err(decided) => decided,
        };
        let transfer = &decided.transfer;
        if transfer.debit != payer.id || transfer.credit != payee.id || transfer.amount != amount_minor {
            return Err(Refusal::new("idempotency.conflict", 409).into());
        }
        Ok(PaymentResult { replayed: true, ..decided.result })
    }
}
