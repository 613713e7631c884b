//! Accounts and counters, from the documents of their opening.

use super::{BoxFuture, Projection};
use crate::model::document::Document;
use crate::store;
use db::{Tx, Value, params};
use kit::Fault;
use ledger::{Action, Effect, Entry, Outcome, Side, Window};

pub(crate) struct AccountProjection;

impl Projection for AccountProjection {
    fn name(&self) -> &'static str {
        "accounts.account"
    }

    fn clear(&self) -> &'static [&'static str] {
        &[store::account::CLEAR_ACCOUNTS, store::account::CLEAR_COUNTERS]
    }

    fn project<'a>(&'a self, tx: &'a mut Tx, entries: &'a [Entry]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut accounts = Vec::new();
            let mut counters = Vec::new();
            for entry in entries {
                match (&entry.command.action, &entry.outcome) {
                    (Action::OpenAccount(_), Outcome::Done(_)) => accounts.extend(account_row(entry)?),
                    (Action::OpenCounter(_), Outcome::Done(_)) => counters.extend(counter_row(entry)?),
                    _ => {}
                }
            }
            tx.bulk_insert(store::account::INSERT_ACCOUNT, accounts).await?;
            tx.bulk_insert(store::account::INSERT_COUNTER, counters).await?;
            Ok(())
        })
    }
}

fn account_row(entry: &Entry) -> Result<Option<Vec<Value>>, Fault> {
    let Action::OpenAccount(terms) = &entry.command.action else { return Ok(None) };
    let Outcome::Done(Effect::AccountOpened(id)) = &entry.outcome else { return Ok(None) };
    // An account opened by a room of its own, with its own document, has no row here.
    let Some(Document::Account { customer, product, alias, nickname }) = Document::decode(&entry.command.document)?
    else {
        return Ok(None);
    };
    let (customer, product) = (customer.map(|customer| customer.0), product.code());
    Ok(Some(params![
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
    ]))
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
