//! Receipts: for payer and payee, for nobody else.

use crate::Payments;
use crate::model::channel::PaymentKind;
use crate::model::hold::{HoldReason, HoldTerms};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::order::OrderState;
use crate::model::receipt::{Direction, Held, OrderFacts, Receipt};
use crate::service::authorisation::shop;
use crate::service::elsewhere::party_elsewhere;
use crate::service::invite::invited_party;
use crate::service::payee::party;
use crate::service::submit::PaymentResult;
use crate::store;
use crate::store::order::StoredOrder;
use accounts::AccountRef;
use kit::{Fault, Refusal, Result};
use money::{Amount, Currency};
use passport::Acting;

impl Payments {
    /// The receipt of an order, as payer or payee sees it. A refused payment is the payer's affair alone. For anybody else
    /// there is no such order: `payments.not_found`.
    pub async fn receipt(&self, who: &Acting, order: OrderNumber) -> Result<Receipt> {
        let mut stored = store::order::by_id(&self.inner.db, order).await?;
        if stored.is_none() {
            // The tables may have caught up between the look and the question whether they lag: look again in any case.
            self.inner.accounts.fresh().await;
            stored = store::order::by_id(&self.inner.db, order).await?;
        }
        let stored = stored.ok_or_else(not_found)?;
        let hold = match stored.state {
            OrderState::Held => store::hold::of_order(&self.inner.db, order).await?,
            _ => None,
        };
        let hold = hold.map(|hold| HoldTerms { reason: hold.reason, until: hold.until });
        self.receipt_of(who, stored, hold).await
    }

    /// An order for the bank's staff; authority and audit are the caller's. Refuses with `payments.not_found`.
    pub async fn order_for_staff(&self, order: OrderNumber) -> Result<OrderFacts> {
        self.inner.accounts.fresh().await;
        let stored = store::order::by_id(&self.inner.db, order).await?.ok_or_else(not_found)?;
        let (payer, payee) = (self.account(stored.payer).await?, self.account(stored.payee).await?);
        let names = self.names(&[payer, payee]).await?;
        let unknown = || Fault::new(format!("no currency has the number {}", stored.currency));
        let currency = Currency::from_numeric(stored.currency).ok_or_else(unknown)?;
        Ok(OrderFacts {
            order: stored.order,
            state: stored.state,
            kind: stored.kind,
            channel: stored.channel,
            payer: (payer, party(&payer, &names)),
            payee: (payee, party(&payee, &names)),
            amount: Amount::new(stored.amount_minor, currency),
            memo: stored.memo,
            time: stored.decided,
            refusal: stored.refusal,
            related: stored.related,
            reason: stored.reason,
        })
    }

    /// The receipt of a payment that was decided just now, before the tables know it.
    pub(crate) async fn fresh_receipt(
        &self,
        who: &Acting,
        instruction: &PaymentInstruction,
        result: &PaymentResult,
    ) -> Result<Receipt> {
        let state = match (&result.refusal, result.held) {
            (Some(_), _) => OrderState::Refused,
            (None, true) => OrderState::Held,
            (None, false) => OrderState::Paid,
        };
        let stored = StoredOrder {
            order: instruction.order,
            state,
            kind: instruction.kind,
            channel: instruction.channel,
            payer: instruction.payer.id,
            payee: instruction.payee.id,
            amount_minor: instruction.amount_minor,
            currency: instruction.payer.currency,
            memo: instruction.memo.clone(),
            decided: instruction.time,
            bank_day: self.inner.accounts.terms().calendar.day(instruction.time),
            refusal: result.refusal.as_ref().map(|refusal| refusal.code.to_owned()),
            related: None,
            reason: None,
        };
        self.receipt_of(who, stored, instruction.hold).await
    }

    async fn receipt_of(&self, who: &Acting, order: StoredOrder, hold: Option<HoldTerms>) -> Result<Receipt> {
        let payer = self.account(order.payer).await?;
        let payee = self.account(order.payee).await?;
        let is = |account: &AccountRef| account.customer == Some(who.customer);
        let (direction, own, other) = if is(&payer) {
            (Direction::Out, payer, payee)
        } else if is(&payee)
            && (matches!(order.state, OrderState::Paid | OrderState::Corrected) || order.kind == PaymentKind::TopUp)
        {
            (Direction::In, payee, payer)
        } else {
            return Err(not_found().into());
        };
        let names = self.names(&[other]).await?;
        let mut counterparty = party(&other, &names);
        if counterparty.is_bank
            && order.kind == PaymentKind::Transfer
            && let Some(mobile) = store::invitation::mobile(&self.inner.db, order.order).await?
        {
            // Nobody came for it yet, or ever: the number is all that is known.
            counterparty = invited_party(&mobile)?;
        }
        let mut elsewhere = None;
        if order.kind.is_interbank()
            && let Some(payment) = self.interbank_of(order.order).await?
        {
            counterparty = party_elsewhere(&payment);
            elsewhere = Some(self.elsewhere_of(&payment).await?);
        }
        let card = match order.kind {
            PaymentKind::CardPayment | PaymentKind::CardRefund => self.purchase_of(order.order).await?,
            _ => None,
        };
        if let Some(card) = &card {
            counterparty = shop(&card.merchant);
        }
        let unknown = || Fault::new(format!("no currency has the number {}", order.currency));
        let currency = Currency::from_numeric(order.currency).ok_or_else(unknown)?;
        Ok(Receipt {
            order: order.order,
            state: order.state,
            kind: order.kind,
            direction,
            account: own.id,
            number: own.number().ok_or_else(|| Fault::new("an account has no number"))?,
            counterparty,
            amount: Amount::new(order.amount_minor, currency),
            fee: Amount::zero(currency),
            memo: order.memo,
            time: order.decided,
            bank_day: order.bank_day,
            channel: order.channel,
            refusal: order.refusal,
            related: order.related,
            reason: order.reason,
            held: hold.map(|hold| Held {
                why: hold.reason,
                until: hold.until,
                can_recall: direction == Direction::Out
                    && !matches!(hold.reason, HoldReason::Clearing | HoldReason::Card),
            }),
            elsewhere,
            card,
        })
    }

    pub(crate) async fn account(&self, id: ledger::AccountId) -> Result<AccountRef, Fault> {
        let account = self.inner.accounts.by_id(id).await?;
        account.ok_or_else(|| Fault::new(format!("account {id} of a payment is not known")))
    }
}

pub(crate) fn not_found() -> Refusal {
    Refusal::new("payments.not_found", 404)
}
