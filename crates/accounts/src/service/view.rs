//! What a customer sees of their own accounts. Another customer's account is not found.

use crate::model::account::{AccountRef, AccountSummary, Movement};
use crate::model::page::{Page, check_limit, read_cursor, write_cursor};
use crate::model::product::Product;
use crate::model::purpose::Purpose;
use crate::model::restriction::Restrictions;
use crate::model::statement::{
    AccountMonth, DayBalance, MonthSummary, MovementFilter, by_month, month_begin, month_days,
};
use crate::service::class::not_found;
use crate::service::ledger_error;
use crate::store::account::StoredAccount;
use crate::{Accounts, store};
use kit::{Fault, Result, Timestamp};
use ledger::{AccountId, AccountView};
use money::{Amount, Currency};
use passport::{Acting, CustomerId};

impl Accounts {
    /// The accounts of the customer for whom somebody acts, oldest first, with their balances of this moment.
    pub async fn list(&self, who: &Acting) -> Result<Vec<AccountSummary>> {
        self.fresh().await;
        let stored = store::account::of_customer(&self.inner.db, who.customer).await?;
        self.with_balances(stored).await
    }

    /// A word that changes whenever something moves on, or is set aside from, one of the customer's accounts; the balances
    /// are not to be read from it.
    pub async fn pulse(&self, who: &Acting) -> Result<String> {
        let stored = store::account::of_customer(&self.inner.db, who.customer).await?;
        let ids: Vec<AccountId> = stored.iter().map(|stored| stored.account.id).collect();
        let views = self.inner.ledger.accounts(&ids).await.map_err(ledger_error)?;
        let mut hasher = blake3::Hasher::new_derive_key("tongbao accounts v1 pulse");
        // The session keeps two people's equal balances, and yesterday's and today's, from looking equal.
        hasher.update(&who.session.0.to_le_bytes());
        for view in views.into_iter().flatten() {
            let sums = [view.debits_posted, view.credits_posted, view.debits_pending, view.credits_pending];
            hasher.update(&view.id.0.to_le_bytes());
            for sum in sums {
                hasher.update(&sum.to_le_bytes());
            }
        }
        Ok(hasher.finalize().to_hex()[..16].to_owned())
    }

    /// One account of the customer for whom somebody acts. Refuses with `accounts.not_found`.
    pub async fn view(&self, who: &Acting, id: AccountId) -> Result<AccountSummary> {
        let account = self.own(who, id).await?;
        let load = async {
            let stored: Result<_, Fault> = store::account::by_id(&self.inner.db, id).await;
            Ok(stored?.map(|stored| {
                let (purpose, closed) = (stored.purpose.map(|purpose| purpose.code().to_owned()), stored.closed);
                let (opened, closed) = (stored.opened.as_ms(), closed.map(|closed| closed.as_ms()));
                (stored.nickname, purpose, opened, stored.restrictions.number(), closed)
            }))
        };
        let known: Result<_, Fault> = self.inner.shelves.faces.get_or_load(&id.to_string(), load).await;
        let (nickname, purpose, opened, restrictions, closed) = known?.ok_or_else(not_found)?;
        let odd = || Fault::new("an account's restrictions cannot be read");
        let stored = StoredAccount {
            account,
            nickname,
            purpose: purpose.as_deref().and_then(Purpose::from_code),
            opened: Timestamp(opened),
            restrictions: Restrictions::from_number(restrictions).ok_or_else(odd)?,
            closed: closed.map(Timestamp),
        };
        // Balances, and whether money may leave, are the ledger's, asked for each time.
        self.with_balances(vec![stored]).await?.pop().ok_or_else(|| not_found().into())
    }

    /// What is fixed about one account of the customer for whom somebody acts. Refuses with `accounts.not_found`.
    pub async fn own(&self, who: &Acting, id: AccountId) -> Result<AccountRef> {
        let account = self.by_id(id).await?.filter(|account| account.customer == Some(who.customer));
        account.ok_or_else(|| not_found().into())
    }

    /// A page of an account's movements, newest first. Refuses with `accounts.not_found`, `accounts.cursor_invalid`,
    /// `accounts.limit_invalid`.
    pub async fn movements(
        &self,
        who: &Acting,
        id: AccountId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Movement>> {
        let limit = check_limit(limit)?;
        let before = read_cursor(cursor)?;
        self.own(who, id).await?;
        self.fresh().await;
        // One row more than asked for tells whether there is a next page.
        let mut items = store::movement::page(&self.inner.db, id, before, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|last| write_cursor(last.sequence));
        Ok(Page { items, next })
    }

    /// A page of the movements that a filter lets through, newest first. Refuses as [`Accounts::movements`] does.
    pub async fn movements_of(
        &self,
        who: &Acting,
        id: AccountId,
        filter: &MovementFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Movement>> {
        let limit = check_limit(limit)?;
        let before = read_cursor(cursor)?;
        self.own(who, id).await?;
        self.fresh().await;
        let mut items = store::movement::filtered(&self.inner.db, id, filter, before, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|last| write_cursor(last.sequence));
        Ok(Page { items, next })
    }

    /// What went in and out in each of the last months, at most 24, oldest first, this one last. Refuses with
    /// `accounts.not_found`.
    pub async fn months(&self, who: &Acting, id: AccountId, last: u32) -> Result<Vec<MonthSummary>> {
        self.own(who, id).await?;
        self.fresh().await;
        let last = last.clamp(1, 24);
        let today = self.inner.terms.calendar.day(self.inner.clock.now());
        let flows = store::movement::days(&self.inner.db, id, month_begin(today, last - 1)).await?;
        Ok(by_month(today, last, &flows))
    }

    /// A calendar month of an account, the month counted from 1 to 12. Refuses with `accounts.not_found`.
    pub async fn month(&self, who: &Acting, id: AccountId, year: i32, month: u8) -> Result<AccountMonth> {
        self.own(who, id).await?;
        self.fresh().await;
        let month = month.clamp(1, 12);
        let (first, last) = month_days(year, month);
        let days = store::movement::balances(&self.inner.db, id, first, last).await?;
        let opening_minor = store::movement::balance_before(&self.inner.db, id, first).await?;
        let sum = |value: fn(&(DayBalance, i64)) -> i64| days.iter().map(value).sum();
        let received_count: i64 = sum(|(_, received)| *received);
        let summary = MonthSummary {
            year,
            month,
            received_minor: sum(|(day, _)| day.received_minor),
            paid_minor: sum(|(day, _)| day.paid_minor),
            received_count,
            paid_count: sum(|(day, _)| day.count) - received_count,
        };
        let days = days.into_iter().map(|(day, _)| day).collect();
        Ok(AccountMonth { first, last, opening_minor, summary, days })
    }

    /// The account into which money for a customer goes: an open one in this currency, of the class with the widest
    /// limits, the oldest of these.
    pub async fn receiving(&self, customer: CustomerId, currency: u16) -> Result<Option<AccountRef>> {
        let load = async {
            let stored: Result<_, Fault> = store::account::of_customer(&self.inner.db, customer).await;
            let of = |stored: &StoredAccount| (stored.account.id.0, stored.account.currency);
            // Who has none may get one at any time.
            Ok(Some(stored?.iter().map(of).collect::<Vec<_>>()).filter(|all| !all.is_empty()))
        };
        let known: Result<_, Fault> = self.inner.shelves.holdings.get_or_load(&customer.to_string(), load).await;
        let in_currency = known?.unwrap_or_default().into_iter().filter(|(_, of)| *of == currency);
        let ids: Vec<AccountId> = in_currency.map(|(id, _)| AccountId(id)).collect();
        let views = self.inner.ledger.accounts(&ids).await.map_err(ledger_error)?;
        let mut found = Vec::new();
        for (id, view) in ids.iter().zip(&views) {
            if view.as_ref().is_some_and(|view| !view.closed) {
                found.extend(self.by_id(*id).await?);
            }
        }
        let narrow = |account: &AccountRef| match account.product {
            Product::ClassTwo => 1,
            Product::ClassThree => 2,
            Product::ClassOne | Product::MerchantSettlement | Product::BankInternal => 0,
        };
        Ok(found.into_iter().min_by_key(narrow))
    }

    pub(crate) async fn with_balances(&self, stored: Vec<StoredAccount>) -> Result<Vec<AccountSummary>> {
        let ids: Vec<AccountId> = stored.iter().map(|stored| stored.account.id).collect();
        let views = self.inner.ledger.accounts(&ids).await.map_err(ledger_error)?;
        stored.into_iter().zip(views).map(|(stored, view)| Ok(summary(stored, view)?)).collect()
    }
}

fn summary(stored: StoredAccount, view: Option<AccountView>) -> Result<AccountSummary, Fault> {
    let account = stored.account;
    let unknown = || Fault::new(format!("the ledger does not know account {}", account.id));
    let view = view.ok_or_else(unknown)?;
    let currency = currency(account.currency)?;
    Ok(AccountSummary {
        account,
        number: account.number().ok_or_else(unknown)?,
        nickname: stored.nickname,
        purpose: stored.purpose,
        balance: Amount::new(view.balance(), currency),
        available: Amount::new(view.available(), currency),
        opened: stored.opened,
        frozen: view.debits_frozen,
        restrictions: stored.restrictions,
        closed: view.closed,
    })
}

/// The currency with this ISO 4217 number.
pub(crate) fn currency(numeric: u16) -> Result<Currency, Fault> {
    Currency::from_numeric(numeric).ok_or_else(|| Fault::new(format!("no currency has the number {numeric}")))
}
