//! Orders and attempts, from the documents of payments in the journal.

use crate::model::document::PaymentDocument;
use crate::model::order::{AttemptState, OrderState};
use crate::model::refusal::refusal_of;
use crate::store;
use accounts::Projection;
use accounts::projection::BoxFuture;
use db::{Tx, Value, params};
use kit::Fault;
use ledger::{Action, Effect, Entry, Outcome, Transfer};
use money::{Amount, Currency};
use std::collections::HashMap;
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
        &[store::order::CLEAR_ORDERS, store::order::CLEAR_ATTEMPTS]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut chunk = Chunk::default();
            for entry in entries {
                if let Action::Transfer(transfer) = &entry.command.action
                    && let Some(document) = PaymentDocument::decode(&entry.command.document)?
                {
                    chunk.add(entry, transfer, &document)?;
                }
            }
            let orders = chunk.orders.into_iter().map(|(_, row)| row).collect();
            tx.bulk_insert(store::order::PUT_ORDER, orders).await?;
            tx.bulk_insert(store::order::INSERT_ATTEMPT, chunk.attempts).await?;
            for corrected in chunk.corrected {
                tx.execute(store::order::MARK_CORRECTED, corrected).await?;
            }
            Ok(())
        })
    }
}

/// Rows of one chunk. An order has one row even if it was tried more than once in the chunk.
#[derive(Default)]
struct Chunk {
    orders: Vec<(OrderState, Vec<Value>)>,
    place: HashMap<i64, usize>,
    attempts: Vec<Vec<Value>>,
    corrected: Vec<Vec<Value>>,
}

impl Chunk {
    fn add(&mut self, entry: &Entry, transfer: &Transfer, document: &PaymentDocument) -> Result<(), Fault> {
        let unknown = || Fault::new(format!("no currency has the number {}", document.currency));
        let currency = Currency::from_numeric(document.currency).ok_or_else(unknown)?;
        let (amount_minor, attempt, refusal) = match &entry.outcome {
            Outcome::Done(Effect::Posted(posted)) => (posted.amount, AttemptState::Paid, None),
            Outcome::Refused(reason) => {
                let code = refusal_of(reason, Amount::new(transfer.amount, currency), &transfer.limits).code;
                (transfer.amount, AttemptState::Refused, Some(code))
            }
            other => return Err(Fault::new(format!("a payment ended as {other:?}"))),
        };
        let order = transfer.reference as i64;
        let known = self.place.get(&order).copied();
        let before = known.map(|place| self.orders[place].0);
        let state = OrderState::after_attempt(before, attempt);
        let time_ms = entry.command.time_ms;
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
        self.attempts.push(params![
            entry.sequence as i64,
            order,
            document.attempt,
            entry.command.id.0.to_be_bytes(),
            document.factor.code(),
            document.initiator.map(|initiator| initiator.0),
            time_ms,
            refusal,
        ]);
        if let (Some(correction), AttemptState::Paid) = (&document.correction, attempt) {
            self.corrected.push(params![correction.order, order, correction.reason.as_str()]);
        }
        Ok(())
    }
}
