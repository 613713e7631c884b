//! A transfer in one step, for programs: the idempotency key names the command, so a repeat finds the ledger's answer.

use crate::Payments;
use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::idempotency::{BodyHash, body_hash, check_key, command_of};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::memo::check_memo;
use crate::model::receipt::Receipt;
use crate::service::draft::TransferOptions;
use crate::service::submit::{Decided, is_conflict};
use crate::service::transfer::{by_customer, check_pair, with_order};
use kit::{Refusal, Result};
use ledger::{AccountId, CommandId, EpochCheck};
use money::Amount;
use passport::Acting;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// A transfer as a program asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// From which of the customer's accounts.
    pub payer: AccountId,
    /// Mobile number or account number.
    pub payee: String,
    /// How much.
    pub amount: Amount,
    /// For the payee to read; may be empty.
    pub memo: String,
}

/// A payment that was made, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Its receipt.
    pub receipt: Receipt,
    /// Whether it was made by an earlier request with the same key.
    pub replayed: bool,
}

/// Keys being worked on in this process.
#[derive(Default)]
pub(crate) struct InProgress(Mutex<HashSet<u128>>);

/// Takes its key out again when the request ends, however it ends.
pub(crate) struct Working<'a> {
    keys: &'a InProgress,
    id: u128,
}

impl InProgress {
    pub(crate) fn begin(&self, id: CommandId) -> Result<Working<'_>, Refusal> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.insert(id.0) { Ok(Working { keys: self, id: id.0 }) } else { Err(in_progress()) }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

fn in_progress() -> Refusal {
    Refusal::new("idempotency.in_progress", 409).with("retry_after_s", 1)
}

impl Payments {
    /// Pays at once where policy lets a password do. The same customer's same key with the same request gives the first answer again, also a refusal by
    /// the ledger; with another request it is refused.
    ///
    /// Refuses with `idempotency.key_missing`, `idempotency.key_invalid`, `idempotency.conflict`,
    /// `idempotency.in_progress`, as [`Payments::prepare`] does, and for every reason of the ledger. A refusal by the
    /// ledger spends the key; one before it does not.
    pub async fn pay(&self, who: &Acting, key: Option<&str>, request: TransferRequest) -> Result<Paid> {
        let id = command_of(who.customer, check_key(key)?);
        let _working = self.inner.in_progress.begin(id)?;
        let hash = hash_of(&request, &TransferOptions::default());
        if let Some(decided) = self.decided(id).await? {
            return self.paid_before(who, decided, &hash).await;
        }
        let instruction = self.instruction_of(who, id, hash, request).await?;
        match self.submit(&instruction)?.await {
            Ok(result) => match result.refusal.clone() {
                Some(refusal) => {
                    let refused = Err(with_order(refusal, result.order).into());
                    self.note_payment(who, result.order, refused).await
                }
                None => {
                    let receipt = self.fresh_receipt(who, &instruction, &result).await?;
                    Ok(Paid { receipt, replayed: result.replayed })
                }
            },
            // Another process, or a request that was given up half-way, was faster.
            Err(error) if is_conflict(&error) => match self.decided(id).await? {
                Some(decided) => self.paid_before(who, decided, &hash).await,
                None => Err(in_progress().into()),
            },
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn paid_before(&self, who: &Acting, decided: Decided, hash: &BodyHash) -> Result<Paid> {
        if !decided.answers(hash) {
            return Err(Refusal::new("idempotency.conflict", 409).into());
        }
        if let Some(refusal) = decided.result.refusal {
            return Err(with_order(refusal, decided.result.order).into());
        }
        let payer = self.account(decided.transfer.debit).await?;
        let payee = self.account(decided.transfer.credit).await?;
        let kind = PaymentKind::Transfer;
        let channel = decided.document.channel;
        let (order, amount_minor) = (decided.result.order, decided.transfer.amount);
        let base =
            PaymentInstruction::new(CommandId(0), order, kind, channel, payer, payee, amount_minor, decided.time);
        let instruction = PaymentInstruction { memo: decided.document.memo, ..base };
        let receipt = self.fresh_receipt(who, &instruction, &decided.result).await?;
        Ok(Paid { receipt, replayed: true })
    }

    async fn instruction_of(
        &self,
        who: &Acting,
        id: CommandId,
        hash: BodyHash,
        request: TransferRequest,
    ) -> Result<PaymentInstruction> {
        let payer = self.inner.accounts.payer(who, request.payer).await?;
        let currency = request.amount.currency.numeric();
        if payer.currency != currency {
            return Err(Refusal::new("payments.currency_differs", 422).with("field", "amount").into());
        }
        if !request.amount.is_positive() {
            return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount").into());
        }
        let memo = check_memo(&request.memo)?;
        let payee = self.payee_named(who, &request.payee, currency).await?.account;
        check_pair(&payer, &payee)?;
        let order = OrderNumber(self.inner.ids.next());
        let (kind, channel) = (PaymentKind::Transfer, Channel::from(who.kind));
        let now = self.inner.clock.now();
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, request.amount.minor, now);
        self.settle_epoch(who, &payer).await?;
        let epoch = Some(EpochCheck { holder: payer.holder, epoch: who.epoch });
        Ok(PaymentInstruction {
            body_hash: Some(hash),
            epoch,
            ..by_customer(channel, Factor::Password, who.person, memo)(base)
        })
    }
}

/// Hash of what was asked. An ordinary transfer's is that of its own fields alone.
pub(crate) fn hash_of(request: &TransferRequest, options: &TransferOptions) -> BodyHash {
    let (payer, amount) = (request.payer.0.to_be_bytes(), request.amount.minor.to_be_bytes());
    let currency = request.amount.currency.numeric().to_be_bytes();
    let mut fields: Vec<&[u8]> = vec![&payer, request.payee.as_bytes(), &amount, &currency, request.memo.as_bytes()];
    let (first, last) = options.when.days();
    let days = [first, last].map(|day| day.map_or(i32::MIN, |day| day.0).to_be_bytes());
    if *options != TransferOptions::default() {
        fields.push(options.when.code().as_bytes());
        fields.extend(days.iter().map(<[u8; 4]>::as_slice));
        fields.push(if options.invite { b"invite" } else { b"" });
    }
    body_hash(&fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_worked_on_once_at_a_time() {
        let keys = InProgress::default();
        let first = keys.begin(CommandId(7)).unwrap();
        let second = keys.begin(CommandId(7)).err().unwrap();
        assert_eq!((second.code, second.status), ("idempotency.in_progress", 409));
        assert_eq!(second.integer("retry_after_s"), Some(1));
        assert!(keys.begin(CommandId(8)).is_ok());
        drop(first);
        assert!(keys.begin(CommandId(7)).is_ok());
    }
}
