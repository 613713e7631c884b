//! From alias and number to account: first in this process, then in SQL.

use crate::model::account::AccountRef;
use crate::model::number::AccountNumber;
use crate::store::account::StoredAccount;
use crate::{Accounts, store};
use kit::{Error, Fault, Refusal};
use ledger::AccountId;
use passport::Acting;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Accounts remembered; beyond that all are forgotten and looked up again.
const REMEMBER: usize = 1_000_000;
/// How long a look-up waits for the tables to catch up with the journal.
const FRESH_WITHIN: Duration = Duration::from_secs(2);

/// What never or seldom changes about accounts. Who changes it takes it in here, too.
#[derive(Default)]
pub(crate) struct Directory {
    by_alias: RwLock<HashMap<Box<str>, AccountRef>>,
    by_id: RwLock<HashMap<u64, AccountRef>>,
}

impl Directory {
    fn alias(&self, alias: &str) -> Option<AccountRef> {
        self.by_alias.read().unwrap_or_else(PoisonError::into_inner).get(alias).copied()
    }

    fn id(&self, id: AccountId) -> Option<AccountRef> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id.0).copied()
    }

    /// Remembers an account that was looked up. What is known already stays known, for it may have changed while the rest
    /// was being looked up: a limit that is forgotten is a limit that does not bind.
    pub(crate) fn remember(&self, alias: Option<&str>, account: AccountRef) {
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        if by_id.len() >= REMEMBER {
            by_id.clear();
        }
        let known = by_id.entry(account.id.0).or_insert(account);
        known.day_counter = account.day_counter.or(known.day_counter);
        let account = *known;
        if let Some(alias) = alias {
            let mut by_alias = self.by_alias.write().unwrap_or_else(PoisonError::into_inner);
            if by_alias.len() >= REMEMBER {
                by_alias.clear();
            }
            by_alias.insert(alias.into(), account);
        }
    }

    /// Takes in what changed about an account that has no alias: those with class limits have none.
    pub(crate) fn update(&self, account: AccountRef) {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(account.id.0, account);
    }

    /// Takes in what is new about these accounts under every name that is remembered.
    pub(crate) fn update_all(&self, accounts: &[AccountRef]) {
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        by_id.extend(accounts.iter().map(|account| (account.id.0, *account)));
        let mut by_alias = self.by_alias.write().unwrap_or_else(PoisonError::into_inner);
        for known in by_alias.values_mut() {
            if let Some(account) = by_id.get(&known.id.0) {
                *known = *account;
            }
        }
    }
}

impl Accounts {
    /// The account with this alias, if it is remembered: one look into a hash map, for those who pay a million times.
    pub fn by_alias_cached(&self, alias: &str) -> Option<AccountRef> {
        self.inner.directory.alias(alias)
    }

    /// The account with this alias.
    pub async fn by_alias(&self, alias: &str) -> Result<Option<AccountRef>, Fault> {
        if let Some(account) = self.inner.directory.alias(alias) {
            return Ok(Some(account));
        }
        let whole = self.up_to_date().await;
        let found = store::account::by_alias(&self.inner.db, alias).await?;
        Ok(self.found(found, Some(alias), whole))
    }

    /// The account with this number.
    pub async fn by_number(&self, number: AccountNumber) -> Result<Option<AccountRef>, Fault> {
        let account = self.by_id(number.account()).await?;
        Ok(account.filter(|account| account.institution == number.institution()))
    }

    /// The account with this id. While the tables are catching up after a start, its day counter may be missing: who is
    /// about to pay from it asks for [`Accounts::payer`].
    pub async fn by_id(&self, id: AccountId) -> Result<Option<AccountRef>, Fault> {
        if let Some(account) = self.inner.directory.id(id) {
            return Ok(Some(account));
        }
        let whole = self.up_to_date().await;
        let found = store::account::by_id(&self.inner.db, id).await?;
        Ok(self.found(found, None, whole))
    }

    /// One account of the customer for whom somebody acts, with everything that limits what is paid from it. Refuses with
    /// `accounts.not_found`, and with `ledger.busy` while the tables are too far behind to know its limits.
    pub async fn payer(&self, who: &Acting, id: AccountId) -> Result<AccountRef, Error> {
        let account = self.own(who, id).await?;
        if self.inner.directory.id(id).is_none() {
            return Err(Refusal::new("ledger.busy", 503).with("retry_after_s", 2).into());
        }
        Ok(account)
    }

    /// What was read is remembered only if the tables had seen everything that was durable when the look-up began.
    fn found(&self, found: Option<StoredAccount>, alias: Option<&str>, whole: bool) -> Option<AccountRef> {
        let account = found?.account;
        if !whole {
            return Some(account);
        }
        self.inner.directory.remember(alias, account);
        self.inner.directory.id(account.id).or(Some(account))
    }

    pub(crate) async fn up_to_date(&self) -> bool {
        self.inner.projections.caught_up_within(FRESH_WITHIN).await
    }

    /// Waits a moment for the tables to show what is durable now, so that people find what they just did; says whether
    /// there was anything to wait for and it came.
    pub async fn fresh(&self) -> bool {
        let behind = self.inner.projections.lag() > 0;
        behind && self.inner.projections.caught_up_within(FRESH_WITHIN).await
    }
}
