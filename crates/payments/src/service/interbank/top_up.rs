//! Bringing money in from a bound card: collected from the other bank, credited on the network's word.

use crate::Payments;
use crate::model::channel::{Channel, Factor, PaymentKind};
use crate::model::elsewhere::{Service, TopUpForm};
use crate::model::hold::{HoldReason, HoldTerms};
use crate::model::idempotency::{body_hash, check_key, command_of};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::interbank::{Ending, InterbankState, InterbankWay};
use crate::model::receipt::Receipt;
use crate::service::draft::amount_invalid;
use crate::service::submit::{Decided, is_conflict};
use crate::service::transfer::{by_customer, with_order};
use crate::store;
use crate::store::interbank::StoredInterbank;
use kit::{Fault, Refusal, Result};
use ledger::EpochCheck;
use money::Amount;
use passport::Acting;

/// How soon a collection is looked at that was set aside by a process that ended right then, in milliseconds.
const LOOK_MS: i64 = 5_000;

impl Payments {
    /// Collects money from a bound card into one of the customer's accounts, once for a key; asked again it gives the same.
    ///
    /// Refuses with `idempotency.key_missing`, `idempotency.key_invalid`, `idempotency.conflict`,
    /// `idempotency.in_progress`, `payments.network_unavailable`, `payments.card_not_found`, `accounts.not_found`,
    /// `payments.amount_invalid`, `payments.amount_zero`, `payments.real_time_exceeded`, and for every reason of the ledger.
    pub async fn top_up(&self, who: &Acting, key: Option<&str>, form: TopUpForm) -> Result<Receipt> {
        let command = command_of(who.customer, check_key(key)?);
        let _working = self.inner.in_progress.begin(command)?;
        let (account, card) = (form.account.0.to_be_bytes(), form.card.0.to_be_bytes());
        let hash = body_hash(&[b"top_up", &account, &card, form.amount.trim().as_bytes()]);
        if let Some(decided) = self.decided(command).await? {
            return self.topped_up(who, decided, &hash).await;
        }
        let view = self.inner.accounts.view(who, form.account).await?;
        let payee = self.inner.accounts.payer(who, form.account).await?;
        let card = self.own_card(who.customer, form.card).await?;
        let amount = Amount::parse(form.amount.trim(), view.balance.currency).map_err(amount_invalid)?;
        if !amount.is_positive() {
            return Err(Refusal::new("payments.amount_zero", 422).with("field", "amount").into());
        }
        self.service_for(Some(Service::RealTime), amount)?;
        let now = self.inner.clock.now();
        let (order, clearing) = (OrderNumber(self.inner.ids.next()), self.clearing_account().await?);
        let expected = self.expected(Service::RealTime, now)?;
        let payment = StoredInterbank {
            order,
            way: InterbankWay::TopUp,
            service: Service::RealTime,
            tx_id: self.transaction_id(order)?,
            end_to_end_id: order.to_string(),
            bank: card.bank,
            account_text: card.number,
            name: self.full_name(who.customer).await?,
            account: payee.id,
            customer: Some(who.customer),
            person: Some(who.person),
            amount_minor: amount.minor,
            currency: payee.currency,
            memo: String::new(),
            command,
            state: InterbankState::Written,
            ending: Ending::default(),
            expected: Some(expected),
            next: now.plus_ms(LOOK_MS),
            tries: 0,
            message: None,
            related: None,
            card: Some(card.id),
            mandate: Some(card.mandate),
            name_match: None,
            created: now,
            sent: None,
            checking: None,
            ended: None,
            returned: None,
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::interbank::insert(&mut tx, &[payment]).await?;
        tx.commit().await?;
        self.settle_epoch(who, &payee).await?;
        let (kind, channel) = (PaymentKind::TopUp, Channel::from(who.kind));
        let base = PaymentInstruction::new(command, order, kind, channel, clearing, payee, amount.minor, now);
        let base = by_customer(channel, Factor::Password, who.person, String::new())(base);
        let instruction = PaymentInstruction {
            body_hash: Some(hash),
            epoch: Some(EpochCheck { holder: payee.holder, epoch: who.epoch }),
            hold: Some(HoldTerms { reason: HoldReason::Clearing, until: expected }),
            is_own_card: true,
            ..base
        };
        match self.submit_collection(&instruction)?.await {
            Ok(result) => match result.refusal.clone() {
                Some(refusal) => Err(with_order(refusal, order).into()),
                None => {
                    self.wake_interbank(order);
                    self.fresh_receipt(who, &instruction, &result).await
                }
            },
            Err(error) if is_conflict(&error) => {
                let decided = self.decided(command).await?.ok_or(error)?;
                self.topped_up(who, decided, &hash).await
            }
            Err(error) => Err(error),
        }
    }

    async fn topped_up(&self, who: &Acting, decided: Decided, hash: &[u8; 16]) -> Result<Receipt> {
        if !decided.answers(hash) {
            return Err(Refusal::new("idempotency.conflict", 409).into());
        }
        if let Some(refusal) = decided.result.refusal {
            return Err(with_order(refusal, decided.result.order).into());
        }
        if !decided.result.held {
            return Err(Fault::new("a collection was not set aside").into());
        }
        self.inner.accounts.fresh().await;
        self.receipt(who, decided.result.order).await
    }
}
