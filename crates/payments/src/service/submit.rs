//! From an instruction to its outcome: the path of every payment.
//!
//! 1. **policy** (caller, no waiting): the channel's least factor and cap;
//! 2. **queue** (caller, no waiting): the ledger takes the command in call order, its document with it;
//! 3. **ledger**: floor, freeze, limits, epoch and posting in one step, durable before it is answered;
//! 4. **answer**: the outcome, a reason translated into a refusal.
//!
//! No SQL and no lock of this room is on the path; orders and attempts are projected afterwards.

use crate::Payments;
use crate::model::channel::Factor;
use crate::model::document::PaymentDocument;
use crate::model::idempotency::BodyHash;
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::refusal::refusal_of;
use accounts::ledger_error;
use kit::{Error, Fault, Refusal, Result, Timestamp};
use ledger::{Action, Answer, CommandId, Effect, Entry, LimitUse, Outcome, Pending};
use money::{Amount, Currency};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What became of an attempt. Final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentResult {
    /// The order that it was to pay.
    pub order: OrderNumber,
    /// Whether the command was decided before, and this is its stored outcome.
    pub replayed: bool,
    /// Number of the command in the ledger.
    pub sequence: u64,
    /// Position of its journal record.
    pub position: u64,
    /// Why it was refused; none if it was paid or set aside.
    pub refusal: Option<Refusal>,
    /// Whether the money is set aside instead of moved.
    pub held: bool,
}

impl PaymentResult {
    /// Whether the money moved.
    pub fn is_paid(&self) -> bool {
        self.refusal.is_none() && !self.held
    }
}

/// A payment on its way through the ledger.
pub struct Submitted {
    pending: Pending,
    order: OrderNumber,
    amount: Amount,
    limits: Vec<LimitUse>,
    factor: Factor,
}

/// Resolves to the outcome. An id that is spent on another payment is the refusal `idempotency.conflict`.
impl Future for Submitted {
    type Output = Result<PaymentResult>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answers = match ready!(Pin::new(&mut self.pending).poll(context)) {
            Ok(answers) => answers,
            Err(error) => return Poll::Ready(Err(ledger_error(error))),
        };
        let Some(answer) = answers.into_iter().next() else {
            return Poll::Ready(Err(Fault::new("the ledger gave no answer").into()));
        };
        Poll::Ready(Ok(result_of(self.order, self.amount, &self.limits, self.factor, &answer)))
    }
}

impl Payments {
    /// Puts a payment into the ledger's queue, in call order, without waiting.
    ///
    /// Refuses by policy (`payments.channel_closed`, `payments.factor_too_weak`, `payments.limit_payment_exceeded`), and with
    /// `ledger.busy` when the queue is full.
    pub fn submit(&self, instruction: &PaymentInstruction) -> Result<Submitted> {
        let amount = self.check_policy(instruction)?;
        let pending = self.inner.ledger.submit(vec![instruction.command()]).map_err(ledger_error)?;
        Ok(submitted(pending, instruction, amount))
    }

    /// Like [`Self::submit`], but waits while the queue is full.
    pub async fn submit_waiting(&self, instruction: &PaymentInstruction) -> Result<Submitted> {
        let amount = self.check_policy(instruction)?;
        let pending = self.inner.ledger.submit_waiting(vec![instruction.command()]).await.map_err(ledger_error)?;
        Ok(submitted(pending, instruction, amount))
    }

    /// Like [`Self::submit`], for what a customer collects from their own account elsewhere: a session is proof enough to
    /// bring money in.
    pub(crate) fn submit_collection(&self, instruction: &PaymentInstruction) -> Result<Submitted> {
        let amount = instruction.amount()?;
        let pending = self.inner.ledger.submit(vec![instruction.command()]).map_err(ledger_error)?;
        Ok(submitted(pending, instruction, amount))
    }

    /// The stored outcome of a command, if it was decided.
    pub(crate) async fn decided(&self, id: CommandId) -> Result<Option<Decided>, Fault> {
        self.inner.ledger.entry(id).await?.map(Decided::of).transpose()
    }

    fn check_policy(&self, instruction: &PaymentInstruction) -> Result<Amount> {
        let amount = instruction.amount()?;
        self.inner.policy.check(instruction.channel, instruction.factor, amount)?;
        Ok(amount)
    }
}

fn submitted(pending: Pending, instruction: &PaymentInstruction, amount: Amount) -> Submitted {
    let (limits, factor) = (instruction.limits(), instruction.factor);
    Submitted { pending, order: instruction.order, amount, limits, factor }
}

/// A payment as the journal has it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub(crate) result: PaymentResult,
    pub(crate) document: PaymentDocument,
    pub(crate) transfer: ledger::Transfer,
    pub(crate) time: Timestamp,
}

impl Decided {
    fn of(entry: Entry) -> Result<Self, Fault> {
        let not_ours = || Fault::new(format!("command {} is not a payment", entry.command.id));
        let Action::Transfer(transfer) = &entry.command.action else { return Err(not_ours()) };
        let document = PaymentDocument::decode(&entry.command.document)?.ok_or_else(not_ours)?;
        let currency = Currency::from_numeric(document.currency).ok_or_else(not_ours)?;
        let order = OrderNumber(transfer.reference as i64);
        let answer = Answer {
            outcome: entry.outcome.clone(),
            replayed: true,
            sequence: entry.sequence,
            position: entry.position,
        };
        let result =
            result_of(order, Amount::new(transfer.amount, currency), &transfer.limits, document.factor, &answer);
        let time = Timestamp(entry.command.time_ms);
        Ok(Self { result, document, transfer: transfer.clone(), time })
    }

    /// Whether the request that came with the same key was the same.
    pub(crate) fn answers(&self, body_hash: &BodyHash) -> bool {
        self.document.body_hash.as_ref() == Some(body_hash)
    }
}

fn result_of(
    order: OrderNumber,
    amount: Amount,
    limits: &[LimitUse],
    factor: Factor,
    answer: &Answer,
) -> PaymentResult {
    let refusal = match &answer.outcome {
        Outcome::Done(Effect::Posted(_) | Effect::Held { .. }) => None,
        Outcome::Refused(reason) => Some(refusal_of(reason, amount, limits, factor)),
        // A payment is a transfer, which the ledger posts, sets aside or refuses.
        Outcome::Done(_) => Some(Refusal::new("payments.refused", 422)),
    };
    let held = matches!(answer.outcome, Outcome::Done(Effect::Held { .. }));
    let Answer { replayed, sequence, position, .. } = *answer;
    PaymentResult { order, replayed, sequence, position, refusal, held }
}

/// Tells the refusal of a spent id from all others.
pub(crate) fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Refusal(refusal) if refusal.code == "idempotency.conflict")
}
