//! Opening accounts: customers' one by one or in bulk, and the bank's own.

use crate::model::account::{AccountRef, Opening};
use crate::model::chart;
use crate::model::document::{Document, command_id};
use crate::model::product::Product;
use crate::service::ledger_error;
use crate::{Accounts, BankAccounts, store};
use kit::{Error, Fault, Refusal, Result, Timestamp};
use ledger::{
    AccountId, Action, Answer, Command, CommandId, CounterId, Effect, HolderId, OpenAccount, OpenCounter, Outcome,
    Pending, Side, SubmitError, Window,
};
use passport::CustomerId;
use std::collections::HashMap;

/// Counters of more accounts than this are read in one go.
const ONE_BY_ONE: usize = 64;

/// An account about to be opened.
struct Planned {
    id: CommandId,
    customer: Option<CustomerId>,
    product: Product,
    kind: u32,
    alias: Option<String>,
    nickname: String,
    floor: Option<i64>,
}

impl Accounts {
    /// Opens an account, or gives the one that this key opened before. It is found by every look-up afterwards.
    ///
    /// Refuses with `accounts.opening_conflict` when the key opened something else.
    pub async fn open(&self, opening: Opening) -> Result<AccountRef> {
        let opened = self.open_bulk(vec![opening], self.inner.clock.now()).await?;
        self.fresh().await;
        opened.into_iter().next().ok_or_else(|| Fault::new("an account was opened without an answer").into())
    }

    /// Opens a person's Class I account, or gives the one they have: there is one per person and bank.
    pub async fn open_class_one(&self, customer: CustomerId, nickname: &str) -> Result<AccountRef> {
        let key = format!("class_1/{customer}");
        let nickname = nickname.to_owned();
        self.open(Opening { key, customer, product: Product::ClassOne, alias: None, nickname }).await
    }

    /// Opens many accounts, all on their way to the ledger at once; the answer is in the order of the wishes.
    pub async fn open_bulk(&self, openings: Vec<Opening>, time: Timestamp) -> Result<Vec<AccountRef>> {
        let planned = openings.into_iter().map(plan).collect::<Result<Vec<Planned>>>()?;
        self.open_planned(planned, time).await
    }

    /// Opens the bank's own accounts, or gives them. To be called at every start.
    pub async fn ensure_bank_accounts(&self) -> Result<BankAccounts> {
        self.ensure_bank_accounts_at(self.inner.clock.now()).await
    }

    /// The same, opened at this business time if they are not there yet: ledger time does not go back behind it.
    pub async fn ensure_bank_accounts_at(&self, time: Timestamp) -> Result<BankAccounts> {
        let kinds = [
            chart::CASH,
            chart::CENTRAL_BANK,
            chart::CLEARING,
            chart::CAPITAL,
            chart::FEE_INCOME,
            chart::SUSPENSE,
            chart::CARD_SETTLEMENT,
        ];
        let planned = kinds.iter().map(|kind| Planned {
            id: command_id("accounts.bank", format!("{}/{kind}", self.inner.terms.currency.code()).as_bytes()),
            customer: None,
            product: Product::BankInternal,
            kind: *kind,
            alias: Some(format!("bank:{kind}")),
            nickname: String::new(),
            floor: Product::BankInternal.floor_minor(),
        });
        let opened = self.open_planned(planned.collect(), time).await?;
        let [cash, central_bank, clearing, capital, fee_income, suspense, card_settlement] = opened[..] else {
            return Err(Fault::new("the bank's own accounts were not all opened").into());
        };
        Ok(BankAccounts { cash, central_bank, clearing, capital, fee_income, suspense, card_settlement })
    }

    /// Opens a cash box (钱箱) of the bank's own, or gives it: cash on hand that somebody answers for. There is never less
    /// than nothing in it.
    pub async fn cash_box(&self, name: &str) -> Result<AccountRef> {
        let alias = format!("bank:{}:{name}", chart::CASH);
        if let Some(known) = self.by_alias(&alias).await? {
            return Ok(known);
        }
        let planned = Planned {
            id: command_id("accounts.cash_box", format!("{}/{name}", self.inner.terms.currency.code()).as_bytes()),
            customer: None,
            product: Product::BankInternal,
            kind: chart::CASH,
            alias: Some(alias),
            nickname: String::new(),
            floor: Some(0),
        };
        let opened = self.open_planned(vec![planned], self.inner.clock.now()).await?;
        opened.into_iter().next().ok_or_else(|| Fault::new("a cash box was opened without an answer").into())
    }

    /// Gives each of these accounts an inclusive cap on what is paid from it in a bank day; every later payment names
    /// the counter. Accounts that have it already are given back as they are.
    ///
    /// Refuses with `accounts.day_cap_differs` when one has another cap.
    pub async fn open_day_counters(
        &self,
        accounts: &[AccountRef],
        cap_minor: i64,
        time: Timestamp,
    ) -> Result<Vec<AccountRef>> {
        let mut pending = Vec::with_capacity(accounts.len());
        for account in accounts {
            let document = Document::Counter { account: account.id, side: Side::Debit };
            let command = Command {
                id: command_id("accounts.day_counter", &account.id.0.to_be_bytes()),
                time_ms: time.as_ms(),
                action: Action::OpenCounter(OpenCounter {
                    institution: account.institution,
                    window: Window::Day,
                    cap_amount: Some(cap_minor),
                    cap_count: None,
                }),
                document: document.encode(),
            };
            let nearby = self.inner.ledger.beside(account.holder).map_err(ledger_error)?;
            pending.push(nearby.submit_waiting(vec![command]).await.map_err(ledger_error)?);
        }
        let mut limited = Vec::with_capacity(accounts.len());
        for (account, pending) in accounts.iter().zip(pending) {
            let differs = || Refusal::new("accounts.day_cap_differs", 409).with("cap_minor", cap_minor);
            let answer = answer(pending, differs).await?;
            let account = AccountRef { day_counter: Some(opened_counter(&answer.outcome)?), ..*account };
            limited.push(account);
        }
        self.inner.directory.update_all(&limited);
        Ok(limited)
    }

    async fn open_planned(&self, planned: Vec<Planned>, time: Timestamp) -> Result<Vec<AccountRef>> {
        let holders = self.ensure_holders(planned.iter().map(|planned| planned.customer), time).await?;
        let (institution, currency) = (self.inner.terms.institution, self.inner.terms.currency.numeric());
        let mut pending = Vec::with_capacity(planned.len());
        for plan in &planned {
            let holder = *holders.get(&plan.customer).ok_or_else(|| Fault::new("a holder was not opened"))?;
            let document = Document::Account {
                customer: plan.customer,
                product: plan.product,
                alias: plan.alias.clone(),
                nickname: plan.nickname.clone(),
            };
            let terms = OpenAccount {
                holder,
                institution,
                currency,
                kind: plan.kind,
                normal_side: Product::side_of(plan.kind),
                floor: plan.floor,
                ceiling: None,
            };
            let action = Action::OpenAccount(terms);
            let command = Command { id: plan.id, time_ms: time.as_ms(), action, document: document.encode() };
            pending.push((holder, self.inner.ledger.submit_waiting(vec![command]).await.map_err(ledger_error)?));
        }
        let mut opened = Vec::with_capacity(planned.len());
        let mut known_before = false;
        for (plan, (holder, pending)) in planned.iter().zip(pending) {
            let answer = answer(pending, || Refusal::new("accounts.opening_conflict", 409)).await?;
            // The bank's own accounts have no limits, and a start must not wait for the tables.
            known_before |= answer.replayed && plan.customer.is_some();
            let id = opened_account(&answer)?;
            let (customer, product) = (plan.customer, plan.product);
            let account = AccountRef {
                id,
                customer,
                holder,
                institution,
                currency,
                product,
                day_counter: None,
                class: None,
                bound: None,
            };
            account.number().ok_or_else(|| Fault::new("the range of account numbers is used up"))?;
            opened.push(account);
        }
        if known_before {
            self.find_day_counters(&mut opened).await?;
        }
        for (plan, account) in planned.iter().zip(&opened) {
            self.inner.directory.remember(plan.alias.as_deref(), *account);
        }
        Ok(opened)
    }

    /// Fills in the day counters of accounts that were there before.
    async fn find_day_counters(&self, accounts: &mut [AccountRef]) -> Result<(), Fault> {
        self.inner.projections.caught_up().await;
        let counters = if accounts.len() > ONE_BY_ONE {
            store::account::day_counters(&self.inner.db).await?
        } else {
            let mut counters = HashMap::new();
            for account in accounts.iter() {
                let stored = store::account::by_id(&self.inner.db, account.id).await?;
                counters.extend(stored.and_then(|stored| Some((account.id, stored.account.day_counter?))));
            }
            counters
        };
        for account in accounts {
            account.day_counter = counters.get(&account.id).copied();
        }
        Ok(())
    }

    /// The ledger's holder of a customer, opened where it is missing.
    pub(crate) async fn ensure_holder(&self, customer: CustomerId) -> Result<HolderId> {
        let holders = self.ensure_holders([Some(customer)].into_iter(), self.inner.clock.now()).await?;
        let holder = holders.into_values().next().ok_or_else(|| Fault::new("a holder was not opened"))?;
        Ok(holder)
    }

    /// The ledger's holder of each of these customers, opened where it is missing. The same customer always has the same.
    pub(crate) async fn ensure_holders(
        &self,
        customers: impl Iterator<Item = Option<CustomerId>>,
        time: Timestamp,
    ) -> Result<HashMap<Option<CustomerId>, HolderId>> {
        let mut pending = HashMap::new();
        for customer in customers {
            if pending.contains_key(&customer) {
                continue;
            }
            let key = customer.map_or(0, |customer| customer.0).to_be_bytes();
            let command = Command {
                id: command_id("accounts.holder", &key),
                time_ms: time.as_ms(),
                action: Action::OpenHolder,
                document: Document::Holder { customer }.encode(),
            };
            pending.insert(customer, self.inner.ledger.submit_waiting(vec![command]).await.map_err(ledger_error)?);
        }
        let mut holders = HashMap::with_capacity(pending.len());
        for (customer, pending) in pending {
            let answer = answer(pending, || Refusal::new("accounts.opening_conflict", 409)).await?;
            match answer.outcome {
                Outcome::Done(Effect::HolderOpened(holder)) => holders.insert(customer, holder),
                other => return Err(Fault::new(format!("a holder was not opened: {other:?}")).into()),
            };
        }
        Ok(holders)
    }
}

fn plan(opening: Opening) -> Result<Planned> {
    let Opening { key, customer, product, alias, nickname } = opening;
    if product.is_limited_class() {
        return Err(Fault::new("accounts with class limits are opened with their counters").into());
    }
    let kind = product.kind().ok_or_else(|| Fault::new("the bank's own accounts are not opened for customers"))?;
    let id = match &alias {
        Some(alias) => command_id("accounts.alias", alias.as_bytes()),
        None => command_id("accounts.key", key.as_bytes()),
    };
    Ok(Planned { id, customer: Some(customer), product, kind, alias, nickname, floor: product.floor_minor() })
}

/// The answer to one command; an id that is spent on something else is the refusal given.
pub(crate) async fn answer(pending: Pending, conflict: impl FnOnce() -> Refusal) -> Result<Answer> {
    match pending.await {
        Ok(answers) => answers.into_iter().next().ok_or_else(|| Fault::new("the ledger gave no answer").into()),
        Err(SubmitError::Conflict { .. }) => Err(Error::from(conflict())),
        Err(error) => Err(ledger_error(error)),
    }
}

pub(crate) fn opened_account(answer: &Answer) -> Result<AccountId, Fault> {
    match answer.outcome {
        Outcome::Done(Effect::AccountOpened(id)) => Ok(id),
        ref other => Err(Fault::new(format!("an account was not opened: {other:?}"))),
    }
}

pub(crate) fn opened_counter(outcome: &Outcome) -> Result<CounterId, Fault> {
    match outcome {
        Outcome::Done(Effect::CounterOpened(id)) => Ok(*id),
        other => Err(Fault::new(format!("a counter was not opened: {other:?}"))),
    }
}
