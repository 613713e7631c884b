//! The books: debits and credits per institution, currency, bank day and kind of account.

use super::facts::{SharedFacts, postings};
use super::{BoxFuture, Projection};
use crate::store;
use db::{Tx, params};
use kit::Fault;
use ledger::{Entry, Side};
use std::collections::BTreeMap;

pub(crate) struct BookProjection {
    pub(crate) facts: SharedFacts,
}

impl Projection for BookProjection {
    fn name(&self) -> &'static str {
        "accounts.book"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[store::book::CLEAR]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut facts = self.facts.lock().await;
            facts.learn(entries).await?;
            let mut sums: BTreeMap<(u16, u16, i32, u32), (i64, i64)> = BTreeMap::new();
            for (entry, posted) in postings(entries) {
                for (side, account) in [(Side::Debit, posted.debit), (Side::Credit, posted.credit)] {
                    let terms = facts.of(account)?;
                    let key = (terms.institution, terms.currency, entry.resolved.day.0, terms.kind);
                    let (debits, credits) = sums.entry(key).or_default();
                    let sum = if side == Side::Debit { debits } else { credits };
                    *sum = sum.checked_add(posted.amount).ok_or_else(|| Fault::new("a book's sum leaves 64 bits"))?;
                }
            }
            let rows = sums
                .into_iter()
                .map(|((institution, currency, day, kind), (debits, credits))| {
                    params![institution, currency, day, kind, debits, credits]
                })
                .collect();
            tx.bulk_insert(store::book::ADD, rows).await?;
            Ok(())
        })
    }
}
