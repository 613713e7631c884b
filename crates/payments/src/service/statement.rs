//! The statement of an account: movements, with who and why.

use crate::model::channel::PaymentKind;
use crate::model::instruction::OrderNumber;
use crate::model::receipt::StatementLine;
use crate::service::payee::party;
use crate::{Payments, store};
use accounts::{AccountRef, Movement, Page};
use kit::{Fault, Result};
use ledger::AccountId;
use money::{Amount, Currency};
use passport::Acting;
use std::collections::HashMap;

impl Payments {
    /// A page of an account's movements, newest first, with the other side and the memo of each. Refuses as
    /// [`accounts::Accounts::movements`] does.
    pub async fn statement(
        &self,
        who: &Acting,
        account: AccountId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StatementLine>> {
        let page = self.inner.accounts.movements(who, account, cursor, limit).await?;
        let account = self.account(account).await?;
        let unknown = || Fault::new(format!("no currency has the number {}", account.currency));
        let currency = Currency::from_numeric(account.currency).ok_or_else(unknown)?;
        let orders: Vec<i64> = page.items.iter().filter_map(order_of).map(|order| order.0).collect();
        let mut memos = store::order::memos(&self.inner.db, &orders).await?;
        let counterparties = self.counterparties(&page.items).await?;
        let refs: Vec<AccountRef> = counterparties.values().copied().collect();
        let names = self.names(&refs).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for movement in page.items {
            let other = counterparties.get(&movement.counterparty);
            let other = other.ok_or_else(|| Fault::new("a movement's other side is not known"))?;
            items.push(StatementLine {
                movement,
                amount: Amount::new(movement.amount_minor, currency),
                balance_after: Amount::new(movement.balance_after_minor, currency),
                order: order_of(&movement),
                kind: PaymentKind::from_number(movement.code),
                memo: memos.remove(&movement.reference).unwrap_or_default(),
                counterparty: party(other, &names),
            });
        }
        Ok(Page { items, next: page.next })
    }

    async fn counterparties(&self, movements: &[Movement]) -> Result<HashMap<AccountId, AccountRef>, Fault> {
        let mut found = HashMap::new();
        for movement in movements {
            if let std::collections::hash_map::Entry::Vacant(place) = found.entry(movement.counterparty) {
                place.insert(self.account(movement.counterparty).await?);
            }
        }
        Ok(found)
    }
}

/// The order behind a movement, if a payment of this room made it.
fn order_of(movement: &Movement) -> Option<OrderNumber> {
    PaymentKind::from_number(movement.code).map(|_| OrderNumber(movement.reference))
}
