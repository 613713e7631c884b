//! Orders, attempts, holds and postings on the clearing account, from the documents of payments in the journal.
//!
//! An order stands in the payer's partition of the ledger, and so do its attempts and the end of its hold: those come in order.
//! What a transfer of another order does to it (a claim, a correction) may stand in another partition's journal and come
//! before it; see `store::mark`.

use crate::model::document::PaymentDocument;
use crate::model::hold::{End, HoldReason};
use crate::model::order::{AttemptState, OrderState};
use crate::model::refusal::refusal_of;
use crate::store;
use crate::store::mark::Mark;
use accounts::Projection;
use accounts::projection::BoxFuture;
use db::{Tx, Value, params};
use kit::Fault;
use ledger::{Action, CommandId, Effect, Entry, Mode, Outcome, Transfer};
use money::{Amount, Currency};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The projections of this room.
pub fn projections() -> Vec<Arc<dyn Projection>> {
    vec![Arc::new(OrderProjection)]
}

struct OrderProjection;

impl Projection for OrderProjection {
    fn name(&self) -> &'static str {
        "payments.order"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[
            store::order::CLEAR_ORDERS,
            store::order::CLEAR_ATTEMPTS,
            store::hold::CLEAR,
            store::posting::CLEAR,
            store::mark::CLEAR,
        ]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut chunk = Chunk { refused: refused_holds(entries), ..Chunk::default() };
            for entry in entries {
                chunk.take(entry)?;
            }
            for command in &chunk.refused {
                store::hold::undo(tx, *command).await?;
            }
            let orders = chunk.orders.into_iter().map(|(_, row)| row).collect();
            tx.bulk_insert(store::order::PUT_ORDER, orders).await?;
            tx.bulk_insert(store::order::INSERT_ATTEMPT, chunk.attempts).await?;
            tx.bulk_insert(store::hold::INSERT, chunk.holds).await?;
            tx.bulk_insert(store::posting::INSERT, chunk.postings).await?;
            // What comes later touches rows of this chunk or of one before, each once and in the order of the journal.
            for (statement, values) in chunk.later {
                tx.execute(statement, values).await?;
            }
            for (sequence, order, mark) in chunk.marks {
                store::mark::put(tx, sequence, order, &mark).await?;
            }
            store::mark::settle(tx).await
        })
    }
}

/// Rows of one chunk. An order has one row even if it was tried more than once in the chunk.
#[derive(Default)]
struct Chunk {
    orders: Vec<(OrderState, Vec<Value>)>,
    place: HashMap<i64, usize>,
    attempts: Vec<Vec<Value>>,
    holds: Vec<Vec<Value>>,
    postings: Vec<Vec<Value>>,
    later: Vec<(&'static str, Vec<Value>)>,
    /// What was done to orders: number of the transfer, and which order.
    marks: Vec<(i64, i64, Mark)>,
    /// Holds that were asked for and refused: where the payee is in another partition, they may have been set aside before.
    refused: HashSet<CommandId>,
}

fn refused_holds(entries: &[Entry]) -> HashSet<CommandId> {
    let refused = entries.iter().filter(|entry| {
        let is_hold = matches!(&entry.command.action, Action::Transfer(transfer) if transfer.mode != Mode::Immediate);
        is_hold && matches!(entry.outcome, Outcome::Refused(_))
    });
    refused.map(|entry| entry.command.id).collect()
}

impl Chunk {
    fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        match (&entry.command.action, &entry.outcome) {
            (Action::Transfer(_), Outcome::Done(Effect::Held { .. })) if self.refused.contains(&entry.command.id) => {}
            (Action::Transfer(transfer), _) => {
                if let Some(document) = PaymentDocument::decode(&entry.command.document)? {
                    self.add(entry, transfer, &document)?;
                }
            }
            (Action::Post { hold, .. } | Action::Void { hold }, Outcome::Done(_)) => {
                // A hold of another room is ended with that room's document, or with none.
                if let Some(end) = End::decode(&entry.command.document)? {
                    if end == End::Reduced {
                        // Another hold of the same order takes its place in the same chain.
                        self.later
                            .push((store::hold::END, params![hold.0.to_be_bytes(), "returned", entry.command.time_ms]));
                        return Ok(());
                    }
                    if let (End::Captured, Outcome::Done(Effect::Posted(posted))) = (end, &entry.outcome) {
                        self.later.push((store::hold::SET_AMOUNT, params![hold.0.to_be_bytes(), posted.amount]));
                    }
                    let (state, effect) = match end {
                        End::Due | End::Claimed | End::Settled(_) | End::Captured => (OrderState::Paid, "posted"),
                        End::Recalled(_) => (OrderState::Recalled, "recalled"),
                        End::PayerFrozen | End::PayeeFrozen | End::Refused(_) | End::Reversed | End::Reduced => {
                            (OrderState::Returned, "returned")
                        }
                    };
                    let by = if let End::Recalled(person) = end { Some(person.0) } else { None };
                    self.end(entry, *hold, state, effect, by, end.refusal(), 0, end == End::Claimed);
                    if let End::Settled(day) = end {
                        let values = params![hold.0.to_be_bytes(), entry.sequence as i64, day];
                        self.later.push((store::posting::OF_HOLD, values));
                    }
                }
            }
            (Action::Tick, Outcome::Done(Effect::Ticked { expired })) => {
                for (place, hold) in expired.iter().enumerate() {
                    self.end(entry, *hold, OrderState::Returned, "expired", None, None, place, false);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The end of a hold. Only a hold that this room knows has rows that change.
    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    fn end(
        &mut self,
        entry: &Entry,
        hold: CommandId,
        state: OrderState,
        effect: &'static str,
        by: Option<i64>,
        refusal: Option<&'static str>,
        place: usize,
        is_claimed: bool,
    ) {
        let (hold, time_ms) = (hold.0.to_be_bytes(), entry.command.time_ms);
        // One tick ends many: only the first of them can have the number of the command, and a tick is no attempt. What
        // is claimed is told by the second half of the chain, which gives the money on.
        if place == 0 && effect != "expired" && !is_claimed {
            let id = entry.command.id.0.to_be_bytes();
            let values = params![hold, entry.sequence as i64, 1i64, id, by, time_ms, refusal, effect];
            self.later.push((store::hold::END_ATTEMPT, values));
        }
        let day = entry.resolved.day;
        self.later.push((store::hold::END_ORDER, params![hold, state.code(), time_ms, day, refusal]));
        self.later.push((store::hold::END, params![hold, effect, time_ms]));
    }

    fn add(&mut self, entry: &Entry, transfer: &Transfer, document: &PaymentDocument) -> Result<(), Fault> {
        let unknown = || Fault::new(format!("no currency has the number {}", document.currency));
        let currency = Currency::from_numeric(document.currency).ok_or_else(unknown)?;
        let (amount_minor, attempt, refusal) = match &entry.outcome {
            Outcome::Done(Effect::Posted(posted)) => (posted.amount, AttemptState::Paid, None),
            Outcome::Done(Effect::Held { amount }) => (*amount, AttemptState::Held, None),
            Outcome::Refused(reason) => {
                let code =
                    refusal_of(reason, Amount::new(transfer.amount, currency), &transfer.limits, document.factor).code;
                (transfer.amount, AttemptState::Refused, Some(code))
            }
            other => return Err(Fault::new(format!("a payment ended as {other:?}"))),
        };
        let order = transfer.reference as i64;
        let time_ms = entry.command.time_ms;
        let effect = match (document.claim, attempt) {
            (Some(_), AttemptState::Paid) => Some("claimed"),
            (_, AttemptState::Held) => Some("held"),
            _ => None,
        };
        self.attempts.push(params![
            entry.sequence as i64,
            order,
            document.attempt,
            entry.command.id.0.to_be_bytes(),
            document.factor.code(),
            document.initiator.map(|initiator| initiator.0),
            time_ms,
            refusal,
            effect,
        ]);
        if document.claim.is_some() {
            // The order is there already and was paid into the bank's account; now it is known who has the money.
            if attempt == AttemptState::Paid {
                self.marks.push((entry.sequence as i64, order, Mark::GivenOn(transfer.credit.0 as i64)));
            }
            return Ok(());
        }
        let known = self.place.get(&order).copied();
        let before = known.map(|place| self.orders[place].0);
        let state = OrderState::after_attempt(before, attempt);
        if before.is_none_or(|before| before == OrderState::Refused) {
            let correction = document.correction.as_ref();
            let row = params![
                order,
                state.code(),
                transfer.code,
                document.channel.code(),
                transfer.debit.0 as i64,
                transfer.credit.0 as i64,
                amount_minor,
                document.currency,
                document.memo.as_str(),
                time_ms,
                entry.resolved.day,
                refusal,
                correction.map(|correction| correction.order),
                correction.map(|correction| correction.reason.as_str()),
            ];
            match known {
                Some(place) => self.orders[place] = (state, row),
                None => {
                    self.place.insert(order, self.orders.len());
                    self.orders.push((state, row));
                }
            }
        }
        if let (Some(day), AttemptState::Paid) = (document.settlement, attempt) {
            // Money that is settled already only ever comes in; what goes out waits for the network's word.
            self.postings.push(params![entry.sequence as i64, order, day, amount_minor]);
        }
        if let (Some(hold), AttemptState::Held) = (&document.hold, attempt) {
            self.holds.push(params![
                entry.command.id.0.to_be_bytes(),
                order,
                hold.reason.code(),
                transfer.debit.0 as i64,
                transfer.credit.0 as i64,
                hold.until.as_ms(),
                OrderState::Held.code(),
            ]);
        }
        if document.attempt > 1 && document.hold.is_some_and(|hold| hold.reason == HoldReason::Card) {
            let command = entry.command.id.0.to_be_bytes();
            self.later.push((store::hold::SET_AMOUNT, params![command, amount_minor]));
        }
        if let (Some(correction), AttemptState::Paid) = (&document.correction, attempt) {
            let mark = Mark::Corrected(order, correction.reason.clone());
            self.marks.push((entry.sequence as i64, correction.order, mark));
        }
        Ok(())
    }
}
