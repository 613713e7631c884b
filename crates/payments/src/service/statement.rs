//! The statement of an account: movements, with who and why.

use crate::model::channel::PaymentKind;
use crate::model::instruction::OrderNumber;
use crate::model::receipt::{Party, StatementLine};
use crate::service::authorisation::shop;
use crate::service::elsewhere::party_elsewhere;
use crate::service::payee::party;
use crate::{Payments, store};
use accounts::{AccountRef, CsvWriter, Movement, MovementFilter, PAGE_MAX, Page};
use kit::{Fault, Result};
use ledger::AccountId;
use money::{Amount, Currency};
use passport::Acting;
use std::collections::HashMap;

/// Pages of movements that one request looks through for a text.
const SEARCHED_PAGES: usize = 20;
/// Most lines of one table, but for the last page in it.
const CSV_LINES: usize = 10_000;

/// Which lines of a statement to show; the default is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementFilter {
    /// By day, direction and amount.
    pub movements: MovementFilter,
    /// By what stands in the memo, the other side's name as it is shown, or the end of its account; empty is all.
    pub text: String,
}

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
        Ok(self.lines(account, page).await?)
    }

    /// A page of what a filter lets through. It may hold fewer lines than asked for and still have a next page: a text is
    /// looked for in a bounded number of movements at a time. Refuses as [`Payments::statement`] does.
    pub async fn statement_of(
        &self,
        who: &Acting,
        account: AccountId,
        filter: &StatementFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StatementLine>> {
        let text = filter.text.trim().to_lowercase();
        let movements = &filter.movements;
        if text.is_empty() {
            let page = self.inner.accounts.movements_of(who, account, movements, cursor, limit).await?;
            return Ok(self.lines(account, page).await?);
        }
        let mut items: Vec<StatementLine> = Vec::new();
        let mut next = cursor.map(str::to_owned);
        for _ in 0..SEARCHED_PAGES {
            // Never more than still fit, so that the cursor stands behind the last line that is shown.
            let most = limit.saturating_sub(items.len() as u32);
            let page = self.inner.accounts.movements_of(who, account, movements, next.as_deref(), most).await?;
            let page = self.lines(account, page).await?;
            items.extend(page.items.into_iter().filter(|line| says(line, &text)));
            next = page.next;
            if next.is_none() || items.len() >= limit as usize {
                break;
            }
        }
        Ok(Page { items, next })
    }

    /// What a filter lets through as a table for spreadsheets, newest first, at most 10,000 lines; the titles are those of
    /// time, kind, other side, its account, received, paid, balance, memo and order. Says whether that was all. Refuses as
    /// [`Payments::statement`] does.
    pub async fn statement_csv(
        &self,
        who: &Acting,
        account: AccountId,
        filter: &StatementFilter,
        titles: &[String; 9],
        kind_word: impl Fn(Option<PaymentKind>) -> String,
    ) -> Result<(String, bool)> {
        let calendar = &self.inner.accounts.terms().calendar;
        let mut csv = CsvWriter::default();
        titles.iter().for_each(|title| csv.text(title));
        csv.end_row();
        let (mut cursor, mut left) = (None, CSV_LINES);
        loop {
            let page = self.statement_of(who, account, filter, cursor.as_deref(), PAGE_MAX).await?;
            for line in &page.items {
                csv.text(&calendar.local(line.movement.time).strftime("%Y-%m-%d %H:%M:%S").to_string());
                csv.text(&kind_word(line.kind));
                csv.text(&line.counterparty.name);
                csv.digits(&line.counterparty.tail);
                let figure = Amount::new(line.amount.minor.saturating_abs(), line.amount.currency).plain();
                let received = line.amount.minor > 0;
                csv.number(if received { &figure } else { "" });
                csv.number(if received { "" } else { &figure });
                csv.text(&line.balance_after.plain());
                csv.text(&line.memo);
                csv.digits(&line.order.map(|order| order.to_string()).unwrap_or_default());
                csv.end_row();
            }
            left = left.saturating_sub(page.items.len());
            cursor = page.next;
            if cursor.is_none() || left == 0 {
                return Ok((csv.done(), cursor.is_none()));
            }
        }
    }

    async fn lines(&self, account: AccountId, page: Page<Movement>) -> Result<Page<StatementLine>, Fault> {
        let account = self.account(account).await?;
        let unknown = || Fault::new(format!("no currency has the number {}", account.currency));
        let currency = Currency::from_numeric(account.currency).ok_or_else(unknown)?;
        let orders: Vec<i64> = page.items.iter().filter_map(order_of).map(|order| order.0).collect();
        let mut memos = store::order::memos(&self.inner.db, &orders).await?;
        let counterparties = self.counterparties(account.id, &page.items).await?;
        let refs: Vec<AccountRef> = counterparties.values().copied().collect();
        let names = self.names(&refs).await?;
        let mut elsewhere = self.parties_elsewhere(&page.items).await?;
        elsewhere.extend(self.shops(&page.items).await?);
        let mut items = Vec::with_capacity(page.items.len());
        for movement in page.items {
            let other = counterparties.get(&movement.sequence);
            let other = other.ok_or_else(|| Fault::new("a movement's other side is not known"))?;
            items.push(StatementLine {
                movement,
                amount: Amount::new(movement.amount_minor, currency),
                balance_after: Amount::new(movement.balance_after_minor, currency),
                order: order_of(&movement),
                kind: PaymentKind::from_number(movement.code),
                memo: memos.remove(&movement.reference).unwrap_or_default(),
                counterparty: elsewhere.get(&movement.reference).cloned().unwrap_or_else(|| party(other, &names)),
            });
        }
        Ok(Page { items, next: page.next })
    }

    /// Who is at another bank, by order, of those movements that went there or came from there.
    async fn parties_elsewhere(&self, movements: &[Movement]) -> Result<HashMap<i64, Party>, Fault> {
        let is_interbank =
            |movement: &&Movement| PaymentKind::from_number(movement.code).is_some_and(PaymentKind::is_interbank);
        let orders: Vec<i64> = movements.iter().filter(is_interbank).map(|movement| movement.reference).collect();
        let payments = store::interbank::by_orders(&self.inner.db, &orders).await?;
        Ok(payments.iter().map(|payment| (payment.order.0, party_elsewhere(payment))).collect())
    }

    /// The shops, by order, of those movements that a card of ours made.
    async fn shops(&self, movements: &[Movement]) -> Result<Vec<(i64, Party)>, Fault> {
        let by_card = |movement: &&Movement| {
            let kind = PaymentKind::from_number(movement.code);
            matches!(kind, Some(PaymentKind::CardPayment | PaymentKind::CardRefund))
        };
        let orders: Vec<i64> = movements.iter().filter(by_card).map(|movement| movement.reference).collect();
        let found = store::authorisation::merchants(&self.inner.db, &orders).await?;
        Ok(found.into_iter().map(|(order, merchant)| (order, shop(&merchant))).collect())
    }

    /// Who stood on the other side of each movement. Money that waited for an invited person went by way of the bank's own
    /// account: the order knows from whom and to whom.
    async fn counterparties(&self, own: AccountId, movements: &[Movement]) -> Result<HashMap<u64, AccountRef>, Fault> {
        let suspense = self.suspense().await?.id;
        let mut known: HashMap<AccountId, AccountRef> = HashMap::new();
        let mut found = HashMap::with_capacity(movements.len());
        for movement in movements {
            let mut other = movement.counterparty;
            if other == suspense
                && let Some(order) = order_of(movement)
                && let Some(order) = store::order::by_id(&self.inner.db, order).await?
            {
                other = if order.payer == own { order.payee } else { order.payer };
            }
            let account = match known.get(&other) {
                Some(account) => *account,
                None => self.account(other).await?,
            };
            known.insert(other, account);
            found.insert(movement.sequence, account);
        }
        Ok(found)
    }
}

/// Whether a line has this lower-case text in its memo, in the name of the other side, or in the end of its account.
fn says(line: &StatementLine, text: &str) -> bool {
    let has = |field: &str| field.to_lowercase().contains(text);
    has(&line.memo) || has(&line.counterparty.name) || has(&line.counterparty.tail)
}

/// The order behind a movement, if a payment of this room made it.
fn order_of(movement: &Movement) -> Option<OrderNumber> {
    PaymentKind::from_number(movement.code).map(|_| OrderNumber(movement.reference))
}
