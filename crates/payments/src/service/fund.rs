//! Cash paid in: how money comes into the bank before it is connected to others.

use crate::Payments;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::service::submit::{PaymentResult, is_conflict};
use accounts::{AccountRef, command_id};
use kit::{Refusal, Result, Timestamp};

/// Cash to be paid in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funding {
    /// Pays in at most once for ever, however often it is asked.
    pub key: String,
    /// The order's number; none makes a new one.
    pub order: Option<OrderNumber>,
    /// Into which account.
    pub account: AccountRef,
    /// How much, minor units.
    pub amount_minor: i64,
}

impl Payments {
    /// Pays cash in from the bank's cash account. Refuses with `idempotency.conflict` when the key paid something else in.
    pub async fn fund(&self, funding: Funding, time: Timestamp) -> Result<PaymentResult> {
        let mut results = self.fund_bulk(vec![funding], time).await?;
        results.pop().ok_or_else(|| kit::Fault::new("cash was paid in without an answer").into())
    }

    /// Pays cash into many accounts, all on their way to the ledger at once; the answer is in the order of the wishes.
    pub async fn fund_bulk(&self, fundings: Vec<Funding>, time: Timestamp) -> Result<Vec<PaymentResult>> {
        let cash = self.inner.accounts.ensure_bank_accounts().await?.cash;
        let mut submitted = Vec::with_capacity(fundings.len());
        for funding in fundings {
            let id = command_id("payments.funding", funding.key.as_bytes());
            let order = funding.order.unwrap_or_else(|| OrderNumber(self.inner.ids.next()));
            let (kind, channel) = (PaymentKind::CashIn, Channel::Internal);
            let (account, amount_minor) = (funding.account, funding.amount_minor);
            let instruction = PaymentInstruction::new(id, order, kind, channel, cash, account, amount_minor, time);
            submitted.push((id, account, amount_minor, self.submit_waiting(&instruction).await?));
        }
        let mut results = Vec::with_capacity(submitted.len());
        for (id, account, amount_minor, submitted) in submitted {
            let result = match submitted.await {
                Err(error) if is_conflict(&error) => {
                    // The same cash under another order number is the same cash.
                    let decided = self.decided(id).await?.ok_or(error)?;
                    if decided.transfer.credit != account.id || decided.transfer.amount != amount_minor {
                        return Err(Refusal::new("idempotency.conflict", 409).into());
                    }
                    decided.result
                }
                result => result?,
            };
            results.push(result);
        }
        Ok(results)
    }
}
