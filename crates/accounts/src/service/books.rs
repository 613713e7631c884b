//! The bank's books, and all balances at once.

use crate::model::book::TrialBalance;
use crate::service::ledger_error;
use crate::{Accounts, store};
use kit::{BankDay, Fault, Result};
use ledger::AccountId;
use money::{Amount, Currency};
use std::collections::HashMap;

/// An account by its alias, with its booked balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasBalance {
    /// The name for machines.
    pub alias: String,
    /// The booked balance.
    pub balance: Amount,
}

impl Accounts {
    /// The trial balance of a day, drawn up when the tables have caught up with the journal.
    pub async fn trial_balance(&self, day: BankDay) -> Result<TrialBalance, Fault> {
        self.inner.projections.caught_up().await;
        let flows = store::book::flows(&self.inner.db, self.inner.terms.institution, day).await?;
        Ok(TrialBalance::of(day, &flows))
    }

    /// The newest day with a movement.
    pub async fn last_book_day(&self) -> Result<Option<BankDay>, Fault> {
        self.inner.projections.caught_up().await;
        store::book::last_day(&self.inner.db, self.inner.terms.institution).await
    }

    /// The balances of all accounts that have an alias, by alias, straight from the ledger and all of one instant.
    pub async fn balances_by_alias(&self) -> Result<Vec<AliasBalance>> {
        self.inner.projections.caught_up().await;
        let named = store::account::with_alias(&self.inner.db).await?;
        let ids: Vec<AccountId> = named.iter().map(|(_, id, _)| *id).collect();
        let views = self.inner.ledger.accounts(&ids).await.map_err(ledger_error)?;
        let mut currencies: HashMap<u16, Currency> = HashMap::new();
        let mut balances = Vec::with_capacity(named.len());
        for ((alias, id, numeric), view) in named.into_iter().zip(views) {
            let view = view.ok_or_else(|| Fault::new(format!("the ledger does not know account {id}")))?;
            let currency = match currencies.get(&numeric) {
                Some(currency) => *currency,
                None => *currencies.entry(numeric).or_insert(super::view::currency(numeric)?),
            };
            balances.push(AliasBalance { alias, balance: Amount::new(view.balance(), currency) });
        }
        Ok(balances)
    }
}
