//! The bookkeeper (记账): vouchers and slices of the general ledger, from the journal alone.
//!
//! Cost: two bulk statements a chunk with a row for each voucher and slice that the chunk touches, not for each transfer: a
//! chunk of 25,000 transfers of one sort within a slice writes two rows. What a voucher is made of is read from the journal,
//! between its first and its last record.

use super::facts::{SharedFacts, postings};
use super::{BoxFuture, Projection};
use crate::model::slice::Slicing;
use crate::model::voucher::Bookkeeper;
use crate::store;
use db::Tx;
use kit::Fault;
use ledger::Entry;

pub(crate) struct VoucherProjection {
    pub(crate) facts: SharedFacts,
    pub(crate) slicing: Slicing,
}

impl Projection for VoucherProjection {
    fn name(&self) -> &'static str {
        "accounts.voucher"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[store::voucher::CLEAR_VOUCHERS, store::voucher::CLEAR_SLICES]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut facts = self.facts.lock().await;
            facts.learn(entries).await?;
            let mut keeper = Bookkeeper::new(self.slicing.clone());
            for (entry, posted) in postings(entries) {
                keeper.post(&facts.item(entry, posted)?)?;
            }
            store::voucher::add(tx, &keeper).await
        })
    }
}
