//! Movements: two rows for each booked transfer, one on each account, with the balance after it.

use super::facts::{AccountFacts, Purpose, SharedFacts, postings};
use super::{BoxFuture, Projection};
use crate::store;
use db::{Tx, Value, params};
use kit::Fault;
use ledger::{AccountId, Entry, Posted, Side};

pub(crate) struct MovementProjection {
    pub(crate) facts: SharedFacts,
}

impl Projection for MovementProjection {
    fn name(&self) -> &'static str {
        "accounts.movement"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[store::movement::CLEAR]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut facts = self.facts.lock().await;
            facts.learn(entries).await?;
            let mut rows = Vec::new();
            for (entry, posted) in postings(entries) {
                let purpose = facts.purpose(entry)?;
                for side in [Side::Debit, Side::Credit] {
                    rows.push((row(&facts, entry, posted, side, purpose)?, account_on(posted, side), entry.sequence));
                }
            }
            // In the order of the key, neighbours in the table are written together.
            rows.sort_unstable_by_key(|(_, account, sequence)| (*account, *sequence));
            let rows = rows.into_iter().map(|(row, _, _)| row).collect();
            tx.bulk_insert(store::movement::INSERT, rows).await?;
            Ok(())
        })
    }
}

fn account_on(posted: &Posted, side: Side) -> AccountId {
    match side {
        Side::Debit => posted.debit,
        Side::Credit => posted.credit,
    }
}

fn row(
    facts: &AccountFacts,
    entry: &Entry,
    posted: &Posted,
    side: Side,
    Purpose { code, reference, debit, credit }: Purpose,
) -> Result<Vec<Value>, Fault> {
    let account = account_on(posted, side);
    let (balance_after, counterparty) = match side {
        Side::Debit => (posted.debit_balance, credit),
        Side::Credit => (posted.credit_balance, debit),
    };
    let rises = facts.of(account)?.normal_side == side;
    let signed = if rises { posted.amount } else { -posted.amount };
    Ok(params![
        account.0 as i64,
        entry.sequence as i64,
        signed,
        balance_after,
        entry.command.time_ms,
        entry.resolved.day,
        code,
        reference,
        counterparty.0 as i64,
    ])
}
