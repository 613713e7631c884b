//! What follows an authorisation: the shop collects, gives up, or gives back. The card itself may be frozen, lost or replaced by
//! then: what was set aside goes on.

use super::{answer, conflict, unknown};
use crate::model::authorisation::{Advice, AuthorisationAnswer, AuthorisationState, CardPurchase, check_reference};
use crate::model::channel::{Channel, PaymentKind};
use crate::model::hold::{End, HoldReason, HoldTerms, card_advice_command_id, card_hold_command_id};
use crate::model::instruction::{OrderNumber, PaymentInstruction};
use crate::model::order::OrderState;
use crate::model::refusal::refusal_of;
use crate::store::authorisation::{NewAdvice, StoredAdvice, StoredAuthorisation};
use crate::{Payments, store};
use accounts::ledger_error;
use kit::{Error, Fault, Refusal, Result, Timestamp};
use ledger::{Action, Command, CommandId, Effect, Outcome, Reason, SubmitError};
use money::{Amount, AmountWire, Currency};

impl Payments {
    /// Collects, gives up or gives back an amount of an authorisation, all that there is if none is named. A shop collects once;
    /// what it does not collect is free again. The same reference with the same content gives the same answer.
    ///
    /// Refuses with `payments.authorisation_invalid` and the field, `payments.authorisation_conflict`,
    /// `payments.authorisation_unknown`, `payments.authorisation_over`, `payments.capture_too_large`, the ledger's reasons against
    /// giving back, `ledger.busy`.
    pub async fn advise_card(
        &self,
        kind: Advice,
        reference: &str,
        authorisation: &str,
        amount: Option<&AmountWire>,
    ) -> Result<AuthorisationAnswer> {
        check_reference(reference)?;
        check_reference(authorisation)?;
        let (value, code) = amount.map_or(("", ""), |amount| (amount.value.as_str(), amount.currency.as_str()));
        let parts = [kind.code(), reference, authorisation, value, code].map(str::as_bytes);
        let body_hash = self.inner.accounts.card_message_hash(&parts)?;
        let _door = self.inner.card_desk.reference(authorisation).await;
        let now = self.inner.clock.now();
        let known = store::authorisation::advice(&self.inner.db, reference).await?;
        if known.as_ref().is_some_and(|known| known.body_hash != body_hash) {
            return Err(conflict().into());
        }
        let stored = store::authorisation::by_reference(&self.inner.db, authorisation, now).await?;
        let stored = match stored {
            Some(stored) if stored.purchase.state == AuthorisationState::Deciding => {
                self.decided_before(stored, now).await?
            }
            stored => stored,
        };
        let Some(mut stored) = stored else {
            if known.is_none() {
                // The question may still be on its way: given up before it came, it is refused when it comes.
                let new = NewAdvice {
                    reference,
                    authorisation,
                    kind,
                    body_hash: &body_hash,
                    amount_minor: 0,
                    billed_minor: 0,
                    order: OrderNumber(0),
                    now,
                };
                self.refuse_advice(&new, &unknown()).await?;
            }
            return Err(unknown().into());
        };
        let advice = match known {
            Some(StoredAdvice { done: Some(done), amount_minor, billed_minor, .. }) => {
                return match done {
                    Ok(()) => Ok(advised(&stored, reference, amount_minor, billed_minor, true)),
                    Err(code) => Err(refused_before(&code).into()),
                };
            }
            Some(advice) => advice,
            None => self.begin_advice(kind, reference, &stored, amount, &body_hash, now).await?,
        };
        match self.act_on(&mut stored, &advice, reference, now).await {
            Ok(()) => {}
            Err(Error::Refusal(refusal)) if refusal.status != 503 => {
                let mut tx = self.inner.db.begin_write(&[]).await?;
                store::authorisation::end_advice(&mut tx, reference, Some(refusal.code)).await?;
                tx.commit().await?;
                return Err(refusal.into());
            }
            Err(error) => return Err(error),
        }
        let billed = Amount::new(advice.billed_minor, self.inner.accounts.terms().currency);
        let notice = match kind {
            Advice::Refund => Some("card_refunded"),
            Advice::Reversal if stored.purchase.state == AuthorisationState::Reversed => Some("card_reversed"),
            Advice::Reversal | Advice::Capture => None,
        };
        let told = match notice {
            Some(notice) => self.card_notice(&stored, notice, Some(billed), reference).await?,
            None => None,
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::authorisation::update(&mut tx, &stored).await?;
        store::authorisation::end_advice(&mut tx, reference, None).await?;
        if let Some((person, notice)) = told {
            notify::tell_in(&mut tx, &self.inner.ids, now, person, &notice).await?;
        }
        tx.commit().await?;
        Ok(advised(&stored, reference, advice.amount_minor, advice.billed_minor, false))
    }

    /// A question whose answer was given by the ledger and not written down: what follows it comes first to know. None if the
    /// ledger was not asked either; then nothing is set aside, and the question is refused when it comes.
    async fn decided_before(
        &self,
        mut stored: StoredAuthorisation,
        now: Timestamp,
    ) -> Result<Option<StoredAuthorisation>> {
        let command = card_hold_command_id(&stored.reference, stored.attempt);
        let (Some(entry), Some(card)) = (self.inner.ledger.entry(command).await?, stored.purchase.card) else {
            return Ok(None);
        };
        let card = self.inner.accounts.debit_card_for_staff(card).await?;
        let decided = self.take_outcome(&mut stored, entry.outcome, card.terminal_counter);
        self.close_question(&mut stored, decided, now).await?;
        Ok(Some(stored))
    }

    async fn begin_advice(
        &self,
        kind: Advice,
        reference: &str,
        stored: &StoredAuthorisation,
        amount: Option<&AmountWire>,
        body_hash: &[u8],
        now: Timestamp,
    ) -> Result<StoredAdvice> {
        let purchase = &stored.purchase;
        let invalid = || Refusal::new("payments.authorisation_invalid", 400).with("field", "amount");
        let asked = match amount {
            None => None,
            Some(wire) => {
                let currency = Currency::from_code(&wire.currency).ok_or_else(invalid)?;
                if currency != purchase.amount.currency {
                    return Err(invalid().into());
                }
                Some(Amount::parse(&wire.value, currency).map_err(|_| invalid())?.minor)
            }
        };
        let order = match kind {
            Advice::Refund => OrderNumber(self.inner.ids.next()),
            Advice::Capture | Advice::Reversal => stored.order,
        };
        let authorisation = stored.reference.as_str();
        let new = NewAdvice { reference, authorisation, kind, body_hash, amount_minor: 0, billed_minor: 0, order, now };
        let (refunded_minor, refunded_billed_minor) =
            store::authorisation::refunded(&self.inner.db, authorisation).await?;
        let purchase = &CardPurchase { refunded_minor, ..purchase.clone() };
        let amount_minor = match kind.allowed(purchase, asked) {
            Ok(amount_minor) => amount_minor,
            Err(refusal) => {
                self.refuse_advice(&new, &refusal).await?;
                return Err(refusal.into());
            }
        };
        let no_price = || Fault::new("an approved use of a card has no price");
        let mut billed_minor = purchase.billed_of(amount_minor).ok_or_else(no_price)?.minor;
        if kind == Advice::Refund && purchase.refunded_minor + amount_minor == purchase.captured_minor {
            // The last part gives back what is left, so that parts never add up to more than was charged, or to less.
            let charged = purchase.billed_of(purchase.captured_minor).ok_or_else(no_price)?.minor;
            billed_minor = charged - refunded_billed_minor;
        }
        let new = NewAdvice { amount_minor, billed_minor, ..new };
        store::authorisation::insert_advice(&self.inner.db, &new).await?;
        let body_hash = body_hash.to_vec();
        Ok(StoredAdvice { kind, body_hash, amount_minor, billed_minor, order, done: None })
    }

    async fn refuse_advice(&self, new: &NewAdvice<'_>, refusal: &Refusal) -> Result<(), Fault> {
        store::authorisation::insert_advice(&self.inner.db, new).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::authorisation::end_advice(&mut tx, new.reference, Some(refusal.code)).await?;
        tx.commit().await
    }

    /// Moves the money, and the authorisation with it.
    async fn act_on(
        &self,
        stored: &mut StoredAuthorisation,
        advice: &StoredAdvice,
        reference: &str,
        now: Timestamp,
    ) -> Result<()> {
        let hold = card_hold_command_id(&stored.reference, stored.attempt);
        let id = card_advice_command_id(advice.kind, reference);
        match advice.kind {
            Advice::Capture => {
                let amount = Some(advice.billed_minor.min(stored.held_minor));
                self.end_card_hold(id, Action::Post { hold, amount }, End::Captured, now).await?;
                stored.purchase.state = AuthorisationState::Captured;
                stored.purchase.captured_minor = advice.amount_minor;
                stored.purchase.open_minor = 0;
                stored.held_minor = 0;
                stored.purchase.expires = None;
            }
            Advice::Reversal if advice.amount_minor == stored.purchase.open_minor => {
                self.end_card_hold(id, Action::Void { hold }, End::Reversed, now).await?;
                stored.purchase.state = AuthorisationState::Reversed;
                stored.purchase.open_minor = 0;
                stored.held_minor = 0;
                stored.purchase.expires = None;
            }
            Advice::Reversal => self.reduce(stored, advice, id, now).await?,
            Advice::Refund => {
                self.give_back_card(stored, advice, id, now).await?;
                stored.purchase.refunded_minor += advice.amount_minor;
            }
        }
        Ok(())
    }

    async fn end_card_hold(&self, id: CommandId, action: Action, end: End, now: Timestamp) -> Result<()> {
        let command = Command { id, time_ms: now.as_ms(), action, document: end.encode() };
        match self.ledger_decides(command).await? {
            Outcome::Done(Effect::Posted(_) | Effect::Voided { .. }) => Ok(()),
            Outcome::Refused(
                Reason::HoldPosted | Reason::HoldVoided | Reason::HoldExpired | Reason::HoldUnknown | Reason::NotAHold,
            ) => Err(Refusal::new("payments.authorisation_over", 409).into()),
            other => {
                Err(Fault::new(format!("a card's hold was to be ended, and the ledger answered {other:?}")).into())
            }
        }
    }

    /// Less is set aside, in one step. Where the ledger sets nothing aside any more, as from a frozen account, the hold stays
    /// as it is, and the shop may collect less of it.
    async fn reduce(
        &self,
        stored: &mut StoredAuthorisation,
        advice: &StoredAdvice,
        id: CommandId,
        now: Timestamp,
    ) -> Result<()> {
        let hold = card_hold_command_id(&stored.reference, stored.attempt);
        let next = stored.attempt.checked_add(1).ok_or_else(|| Refusal::new("payments.authorisation_over", 409))?;
        let open_minor = stored.purchase.open_minor - advice.amount_minor;
        let left = stored.purchase.billed_of(open_minor);
        let left = left.ok_or_else(|| Fault::new("an approved use of a card has no price"))?;
        let card = stored.purchase.card.ok_or_else(|| Fault::new("an approved use has no card"))?;
        let card = self.inner.accounts.debit_card_for_staff(card).await?;
        let (account, settlement) = (self.account(card.account).await?, self.card_settlement().await?);
        let (kind, channel) = (PaymentKind::CardPayment, Channel::CardTerminal);
        let hold_id = card_hold_command_id(&stored.reference, next);
        let base = PaymentInstruction::new(hold_id, stored.order, kind, channel, account, settlement, left.minor, now);
        let until = stored.purchase.expires.unwrap_or(now);
        let instruction = PaymentInstruction {
            attempt: next,
            hold: Some(HoldTerms { reason: HoldReason::Card, until }),
            more_limits: self.card_limits(&card, &stored.purchase.card_use).await?,
            ..base
        };
        let document = End::Reduced.encode();
        let void = Command { id, time_ms: now.as_ms(), action: Action::Void { hold }, document };
        let sent = self.inner.ledger.submit(vec![void, instruction.command()]).map_err(ledger_error)?.await;
        let outcome = match sent {
            Ok(answers) => answers.into_iter().next().map(|answer| answer.outcome),
            Err(SubmitError::Conflict { .. }) => self.inner.ledger.entry(id).await?.map(|entry| entry.outcome),
            Err(error) => return Err(ledger_error(error)),
        };
        match outcome {
            Some(Outcome::Done(_)) => {
                stored.attempt = next;
                stored.held_minor = left.minor;
            }
            Some(Outcome::Refused(Reason::HoldExpired | Reason::HoldPosted | Reason::HoldVoided)) => {
                return Err(Refusal::new("payments.authorisation_over", 409).into());
            }
            Some(Outcome::Refused(_)) => {}
            None => return Err(Fault::new("the ledger gave no answer").into()),
        }
        stored.purchase.open_minor = open_minor;
        Ok(())
    }

    async fn give_back_card(
        &self,
        stored: &StoredAuthorisation,
        advice: &StoredAdvice,
        id: CommandId,
        now: Timestamp,
    ) -> Result<()> {
        self.inner.accounts.fresh().await;
        let order = store::order::by_id(&self.inner.db, stored.order).await?;
        if order.is_some_and(|order| order.state == OrderState::Corrected) {
            // Staff took the payment back already.
            return Err(Refusal::new("payments.authorisation_over", 409).into());
        }
        let card = stored.purchase.card.ok_or_else(|| Fault::new("a paid use has no card"))?;
        let card = self.inner.accounts.debit_card_for_staff(card).await?;
        let (account, settlement) = (self.account(card.account).await?, self.card_settlement().await?);
        let (kind, channel, minor) = (PaymentKind::CardRefund, Channel::CardTerminal, advice.billed_minor);
        let instruction = PaymentInstruction::new(id, advice.order, kind, channel, settlement, account, minor, now);
        match self.ledger_decides(instruction.command()).await? {
            Outcome::Done(Effect::Posted(_)) => Ok(()),
            Outcome::Refused(reason) => {
                let amount = Amount::new(minor, self.inner.accounts.terms().currency);
                Err(refusal_of(&reason, amount, &[], instruction.factor).into())
            }
            other => Err(Fault::new(format!("a card's refund ended as {other:?}")).into()),
        }
    }
}

/// What was refused under a reference is refused again.
fn refused_before(code: &str) -> Refusal {
    const KNOWN: [&str; 6] = [
        "payments.authorisation_unknown",
        "payments.authorisation_over",
        "payments.capture_too_large",
        "payments.payee_frozen",
        "payments.payee_closed",
        "payments.payee_full",
    ];
    let code = KNOWN.into_iter().find(|known| *known == code).unwrap_or("payments.refused");
    Refusal::new(code, 409)
}

fn advised(
    stored: &StoredAuthorisation,
    reference: &str,
    amount_minor: i64,
    billed_minor: i64,
    is_repeated: bool,
) -> AuthorisationAnswer {
    let billed = stored.purchase.billed.map(|billed| Amount::new(billed_minor, billed.currency));
    let amount = Some(Amount::new(amount_minor, stored.purchase.amount.currency));
    AuthorisationAnswer { reference: reference.to_owned(), amount, billed, ..answer(stored, is_repeated) }
}
