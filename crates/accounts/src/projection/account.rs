//! Accounts and counters, from the documents of their opening and of what happened to them since.

use super::{BoxFuture, Projection};
use crate::model::document::Document;
use crate::model::restriction::EventKind;
use crate::store;
use crate::store::account::bound_columns;
use cache::Cache;
use db::{Tx, Value, params};
use kit::Fault;
use ledger::{AccountId, Action, Effect, Entry, Outcome, Side, Window};

pub(crate) struct AccountProjection {
    cache: Cache,
}

impl AccountProjection {
    pub(crate) fn new(cache: &Cache) -> Self {
        Self { cache: cache.clone() }
    }
}

impl Projection for AccountProjection {
    fn name(&self) -> &'static str {
        "accounts.account"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[store::account::CLEAR_ACCOUNTS, store::account::CLEAR_COUNTERS, store::account::CLEAR_EVENTS]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut accounts = Vec::new();
            let mut customers = Vec::new();
            let mut counters = Vec::new();
            let mut events = Vec::new();
            for entry in entries {
                match (&entry.command.action, &entry.outcome) {
                    (Action::OpenAccount(_), Outcome::Done(_)) => {
                        if let Some(Opened { customer, row }) = account_row(entry)? {
                            accounts.push(row);
                            customers.extend(customer);
                        }
                    }
                    (Action::OpenCounter(_), Outcome::Done(_)) => counters.extend(counter_row(entry)?),
                    (
                        Action::SetFreeze { .. } | Action::SetBounds { .. } | Action::CloseAccount { .. },
                        Outcome::Done(_),
                    ) => events.push(entry),
                    _ => {}
                }
            }
            tx.bulk_insert(store::account::INSERT_ACCOUNT, accounts).await?;
            let cache = self.cache.clone();
            tx.after_commit(move || {
                customers.iter().for_each(|customer: &i64| cache.forget(crate::HOLDINGS, &customer.to_string()));
            });
            tx.bulk_insert(store::account::INSERT_COUNTER, counters).await?;
            for entry in events {
                if let Some(account) = apply_event(tx, entry).await? {
                    let cache = self.cache.clone();
                    tx.after_commit(move || cache.forget(crate::FACES, &account.to_string()));
                }
            }
            Ok(())
        })
    }
}

/// An account that was opened.
struct Opened {
    customer: Option<i64>,
    row: Vec<Value>,
}

fn account_row(entry: &Entry) -> Result<Option<Opened>, Fault> {
    let Action::OpenAccount(terms) = &entry.command.action else { return Ok(None) };
    let Outcome::Done(Effect::AccountOpened(id)) = &entry.outcome else { return Ok(None) };
    let mut purpose = None;
    let mut bound = (None, None);
    let mut counters = [None; 4];
    let (customer, product, alias, nickname) = match Document::decode(&entry.command.document)? {
        Some(Document::Account { customer, product, alias, nickname }) => (customer, product, alias, nickname),
        Some(Document::ClassAccount { customer, product, purpose: wanted, nickname, bound: to, counters: class }) => {
            purpose = Some(wanted.code());
            bound = bound_columns(to);
            counters = class.all().map(|counter| Some(counter.0 as i64));
            (Some(customer), product, None, nickname)
        }
        // An account opened by a room of its own, with its own document, has no row here.
        _ => return Ok(None),
    };
    let (customer, product) = (customer.map(|customer| customer.0), product.code());
    let [paid_day, paid_year, received_day, received_year] = counters;
    let row = params![
        id.0 as i64,
        terms.holder.0 as i64,
        customer,
        terms.institution,
        terms.currency,
        terms.kind,
        product,
        alias,
        nickname,
        entry.command.time_ms,
        purpose,
        bound.0,
        bound.1,
        paid_day,
        paid_year,
        received_day,
        received_year,
    ];
    Ok(Some(Opened { customer, row }))
}

/// What changed about an account. These are few, so they are written one by one, in order.
async fn apply_event(tx: &mut Tx, entry: &Entry) -> Result<Option<AccountId>, Fault> {
    let document = Document::decode(&entry.command.document)?;
    let Some(Document::Event { account, kind, restrictions, product, bound, by, reason }) = document else {
        return Ok(None);
    };
    let (id, time_ms) = (account.0 as i64, entry.command.time_ms);
    let row = params![entry.sequence as i64, id, time_ms, kind.code(), by, reason];
    tx.execute(store::account::INSERT_EVENT, row).await?;
    let (here, elsewhere) = bound_columns(bound);
    let change = params![id, i64::from(restrictions.number()), product.code(), here, elsewhere];
    tx.execute(store::account::CHANGE, change).await?;
    match kind {
        EventKind::Woken => tx.execute(store::account::SET_WOKEN, params![id, time_ms]).await?,
        EventKind::Closed => tx.execute(store::account::SET_CLOSED, params![id, time_ms]).await?,
        _ => 0,
    };
    Ok(Some(account))
}

fn counter_row(entry: &Entry) -> Result<Option<Vec<Value>>, Fault> {
    let Action::OpenCounter(terms) = &entry.command.action else { return Ok(None) };
    let Outcome::Done(Effect::CounterOpened(id)) = &entry.outcome else { return Ok(None) };
    let Some(Document::Counter { account, side }) = Document::decode(&entry.command.document)? else { return Ok(None) };
    Ok(Some(params![id.0 as i64, account.0 as i64, side_word(side), window_word(terms.window)]))
}

pub(crate) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

pub(crate) fn window_word(window: Window) -> &'static str {
    match window {
        Window::Payment => "payment",
        Window::Day => "day",
        Window::Month => "month",
        Window::Year => "year",
    }
}
