//! Handing messages over: what is new, what the network did not take before, and questions about what it did not answer.

use super::{InterbankReport, NewCase, agent, carries_money, moved, notice};
use crate::Payments;
use crate::model::case::CaseId;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::elsewhere::Service;
use crate::model::hold::{End, HoldReason, HoldTerms, return_command_id};
use crate::model::instruction::PaymentInstruction;
use crate::model::interbank::{Act, Event, InterbankState, InterbankWay, ReasonCode, delay_ms};
use crate::network::{Clearing, Handed};
use crate::service::submit::is_conflict;
use crate::store;
use crate::store::interbank::StoredInterbank;
use crate::store::message::{Link, MessageState, StoredMessage};
use accounts::AccountNumber;
use futures_util::StreamExt;
use iso20022::{AccountId, CreditTransfer, DirectDebit, Enquiry, Message, Party, PaymentReturn, Reason};
use kit::{Fault, Result, Timestamp};
use ledger::Action;
use money::{Amount, Currency};
use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// Payments that one run looks at.
const AT_ONCE: i64 = 500;
/// Messages that are handed over at the same time.
const AT_THE_SAME_TIME: usize = 16;
/// Outcomes that are written down together.
const TOGETHER: usize = 64;
/// How long payments of the batch service are collected for one message, in milliseconds.
const COLLECT_MS: i64 = 2_000;
/// Questions in one message.
const QUESTIONS: usize = 50;
/// How soon a payment that was written, and whose money may still be set aside, is looked at again, at most.
const LOOK_AGAIN_MS: i64 = 60_000;
/// After this a payment whose money was never set aside is given up: its draft expired long ago.
const GIVE_UP_MS: i64 = 24 * 3_600_000;

/// A message that is about to be handed over, with the payments that it moves.
struct Outgoing {
    message: StoredMessage,
    payments: Vec<StoredInterbank>,
}

/// What one preparation writes down before anything leaves.
#[derive(Default)]
struct Prepared {
    outgoing: Vec<Outgoing>,
    /// Messages that are sent again, as they stood.
    again: Vec<StoredMessage>,
    links: Vec<Link>,
    /// Payments that changed, and the state that they had.
    changed: Vec<(InterbankState, StoredInterbank)>,
    notices: Vec<(i64, notify::Notice)>,
}

impl Payments {
    /// Hands over what is to be handed over, and asks about what was not answered in time. To be called about each 200 ms and
    /// whenever [`Payments::interbank_woken`] says so; several may run at once.
    pub async fn run_interbank(&self, now: Timestamp) -> std::result::Result<InterbankReport, Fault> {
        let Ok(clearing) = self.clearing() else { return Ok(InterbankReport::default()) };
        let outgoing = {
            let _preparing = self.inner.interbank.preparing.lock().await;
            if !self.inner.interbank.is_resumed.load(Ordering::SeqCst) {
                self.resume_interbank(now).await?;
                self.inner.interbank.is_resumed.store(true, Ordering::SeqCst);
            }
            self.prepare_messages(clearing, now).await?
        };
        let done = self.hand_over(clearing, outgoing).await;
        if done.is_err() {
            // What could not be written down is found again as what a stop would have left.
            self.inner.interbank.is_resumed.store(false, Ordering::SeqCst);
        }
        done
    }

    /// What was being handed over when an earlier process ended may have arrived: what carries money is asked about, the rest
    /// is sent again under the same id.
    async fn resume_interbank(&self, now: Timestamp) -> std::result::Result<(), Fault> {
        let messages = store::message::broken_off(&self.inner.db).await?;
        let payments = store::interbank::broken_off(&self.inner.db).await?;
        if messages.is_empty() && payments.is_empty() {
            return Ok(());
        }
        let mut tx = self.inner.db.begin_write(&[]).await?;
        for message in messages {
            let state = if carries_money(&message.kind) { MessageState::Unknown } else { MessageState::Ready };
            let broken = StoredMessage { state, next: now, ..message };
            store::message::moved(&mut tx, MessageState::Sending, &broken).await?;
        }
        for mut payment in payments {
            let from = payment.state;
            moved(&mut payment, Event::Unknown);
            (payment.next, payment.tries, payment.checking) = (now, 0, Some(now));
            store::interbank::update(&mut tx, from, &payment).await?;
        }
        tx.commit().await
    }

    async fn prepare_messages(&self, clearing: &Clearing, now: Timestamp) -> std::result::Result<Vec<Outgoing>, Fault> {
        let fresh = std::mem::take(&mut *self.inner.interbank.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        let prepared = self.prepared(clearing, &fresh, now).await;
        if prepared.is_err() {
            self.inner.interbank.fresh.lock().unwrap_or_else(PoisonError::into_inner).extend(fresh);
        }
        prepared
    }

    async fn prepared(
        &self,
        clearing: &Clearing,
        fresh: &[i64],
        now: Timestamp,
    ) -> std::result::Result<Vec<Outgoing>, Fault> {
        let fresh_ids: HashSet<i64> = fresh.iter().copied().collect();
        let mut due = store::interbank::by_orders(&self.inner.db, fresh).await?;
        let looked = store::interbank::due(&self.inner.db, now, AT_ONCE).await?;
        due.extend(looked.into_iter().filter(|payment| !fresh_ids.contains(&payment.order.0)));
        let ready = store::message::ready(&self.inner.db, now, AT_ONCE).await?;
        if due.is_empty() && ready.is_empty() {
            return Ok(Vec::new());
        }
        let mut prepared = Prepared::default();
        let (mut batch, mut asked): (BTreeMap<String, Vec<StoredInterbank>>, Vec<StoredInterbank>) = Default::default();
        for payment in due {
            let is_set_aside = match payment.state {
                InterbankState::Written | InterbankState::Abandoned => {
                    fresh_ids.contains(&payment.order.0) || self.is_set_aside(&payment, now, &mut prepared).await?
                }
                _ => true,
            };
            match payment.state {
                _ if !is_set_aside => {}
                InterbankState::Written | InterbankState::Abandoned if payment.service == Service::Batch => {
                    let collected = StoredInterbank {
                        state: InterbankState::Waiting,
                        next: now.plus_ms(COLLECT_MS),
                        ..payment.clone()
                    };
                    prepared.changed.push((payment.state, collected));
                }
                InterbankState::Written | InterbankState::Abandoned => {
                    self.carry(clearing, vec![payment], now, &mut prepared).await?;
                }
                InterbankState::Waiting => batch.entry(payment.bank.code.clone()).or_default().push(payment),
                InterbankState::Sent | InterbankState::Checking => asked.push(payment),
                _ => {}
            }
        }
        for payments in batch.into_values() {
            self.carry(clearing, payments, now, &mut prepared).await?;
        }
        for questions in asked.chunks(QUESTIONS) {
            self.ask(clearing, questions, now, &mut prepared)?;
        }
        for message in ready {
            self.again(message, now, &mut prepared).await?;
        }
        self.write_prepared(prepared, now).await
    }

    /// Whether the money of a payment that is only written is set aside; what the bank gives back is set aside now.
    async fn is_set_aside(
        &self,
        payment: &StoredInterbank,
        now: Timestamp,
        prepared: &mut Prepared,
    ) -> std::result::Result<bool, Fault> {
        let decided = match self.decided(payment.command).await? {
            None if payment.way == InterbankWay::Return => self.set_return_aside(payment, now).await?,
            // A command that another order was given for has set nothing aside for this one.
            decided => decided.map(|decided| decided.result.refusal.is_none() && decided.result.order == payment.order),
        };
        let mut later = payment.clone();
        match decided {
            Some(true) => return Ok(true),
            Some(false) => later.state = InterbankState::Abandoned,
            None if now >= payment.created.plus_ms(GIVE_UP_MS) => later.state = InterbankState::Abandoned,
            None => {
                let age_ms = now.as_ms() - payment.created.as_ms();
                later.next = now.plus_ms(age_ms.clamp(1_000, LOOK_AGAIN_MS));
            }
        }
        if later.state == InterbankState::Abandoned {
            later.ended = Some(now);
        }
        if later != *payment {
            prepared.changed.push((payment.state, later));
        }
        Ok(false)
    }

    /// Sets aside what the bank gives back; whether the ledger did, or nothing if it is too busy to say.
    async fn set_return_aside(
        &self,
        payment: &StoredInterbank,
        now: Timestamp,
    ) -> std::result::Result<Option<bool>, Fault> {
        match self.hold_return(payment, now).await {
            Ok(held) => Ok(Some(held.is_none())),
            Err(kit::Error::Refusal(refusal)) => {
                tracing::warn!(%refusal, "a return has to wait");
                Ok(None)
            }
            Err(kit::Error::Fault(fault)) => Err(fault),
        }
    }

    /// Sets aside what the bank gives back; the refusal of the ledger if it did not.
    pub(super) async fn hold_return(&self, payment: &StoredInterbank, now: Timestamp) -> Result<Option<kit::Refusal>> {
        let (payer, payee) = (self.account(payment.account).await?, self.clearing_account().await?);
        let (kind, channel) = (PaymentKind::Return, Channel::Clearing);
        let (id, order, amount_minor) = (payment.command, payment.order, payment.amount_minor);
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, amount_minor, now);
        let hold = Some(HoldTerms { reason: HoldReason::Clearing, until: payment.expected.unwrap_or(now) });
        let instruction = PaymentInstruction { hold, memo: payment.memo.clone(), ..base };
        match self.submit(&instruction)?.await {
            Ok(result) => Ok(result.refusal),
            Err(error) if is_conflict(&error) => Ok(self.decided(id).await?.ok_or(error)?.result.refusal),
            Err(error) => Err(error),
        }
    }

    /// A message that carries these payments of one way to one bank.
    async fn carry(
        &self,
        clearing: &Clearing,
        payments: Vec<StoredInterbank>,
        now: Timestamp,
        prepared: &mut Prepared,
    ) -> std::result::Result<(), Fault> {
        let Some(first) = payments.first() else { return Ok(()) };
        let (id, header) = self.header(clearing, Some(&first.bank.code), now);
        let message = match first.way {
            InterbankWay::Out => {
                let mut transfers = Vec::with_capacity(payments.len());
                for payment in &payments {
                    transfers.push(self.credit_transfer(clearing, payment).await?);
                }
                Message::CreditTransfer(header, transfers)
            }
            InterbankWay::TopUp => {
                let mut debits = Vec::with_capacity(payments.len());
                for payment in &payments {
                    debits.push(self.direct_debit(clearing, payment).await?);
                }
                Message::DirectDebit(header, debits)
            }
            InterbankWay::Return => {
                let mut returns = Vec::with_capacity(payments.len());
                for payment in &payments {
                    returns.push(self.payment_return(payment).await?);
                }
                Message::Return(header, returns)
            }
            InterbankWay::In | InterbankWay::Returned => return Err(Fault::new("what came in is not sent on")),
        };
        let xml = match message.write() {
            Ok(xml) => xml,
            Err(refused) if payments.len() == 1 => {
                tracing::warn!(%refused, order = %first.order, "a payment has something that no message can say");
                return self.take_back(&payments, now, prepared).await;
            }
            // One of many: each by itself finds out which.
            Err(_) => {
                for payment in payments {
                    Box::pin(self.carry(clearing, vec![payment], now, prepared)).await?;
                }
                return Ok(());
            }
        };
        let message = stored(id, &message, xml, now);
        let mut moving = payments;
        for payment in &mut moving {
            let from = payment.state;
            // What had been given up for lost begins anew.
            if payment.state == InterbankState::Abandoned {
                payment.state = InterbankState::Written;
            }
            moved(payment, Event::Sending);
            payment.message = Some(id);
            prepared.links.push(Link { message: id, order: payment.order, note: String::new() });
            prepared.changed.push((from, payment.clone()));
        }
        prepared.outgoing.push(Outgoing { message, payments: moving });
        Ok(())
    }

    /// Gives back money of payments that no message can carry; nothing was sent.
    async fn take_back(
        &self,
        payments: &[StoredInterbank],
        now: Timestamp,
        prepared: &mut Prepared,
    ) -> std::result::Result<(), Fault> {
        for payment in payments {
            let reason = ReasonCode::read("FF01");
            let action = Action::Void { hold: payment.command };
            let ended = self.end_hold(return_command_id(payment.command), action, End::Refused(reason), now).await;
            if let Err(error) = ended {
                tracing::warn!(%error, order = %payment.order, "money is given back later");
                continue;
            }
            let mut over = payment.clone();
            (over.state, over.ending.reason, over.ended) = (InterbankState::Refused, Some(reason), Some(now));
            prepared.notices.extend(notice("elsewhere_refused", &over));
            prepared.changed.push((payment.state, over));
        }
        Ok(())
    }

    /// One question about several payments.
    fn ask(
        &self,
        clearing: &Clearing,
        payments: &[StoredInterbank],
        now: Timestamp,
        prepared: &mut Prepared,
    ) -> std::result::Result<(), Fault> {
        let (id, header) = self.header(clearing, None, now);
        let enquiry = |payment: &StoredInterbank| Enquiry {
            original_end_to_end_id: None,
            original_transaction_id: Some(payment.tx_id.clone()),
        };
        let message = Message::Enquiry(header, payments.iter().map(enquiry).collect());
        let xml = message.write()?;
        prepared.outgoing.push(Outgoing { message: stored(id, &message, xml, now), payments: Vec::new() });
        for payment in payments {
            let from = payment.state;
            let mut asked = payment.clone();
            if moved(&mut asked, Event::Due).act != Act::Enquire {
                continue;
            }
            if asked.checking.is_none() {
                asked.checking = Some(now);
                prepared.notices.extend(notice("elsewhere_checking", &asked).filter(|_| asked.way != InterbankWay::In));
            }
            (asked.next, asked.tries) = (now.plus_ms(delay_ms(asked.tries)), asked.tries + 1);
            prepared.links.push(Link { message: id, order: asked.order, note: String::new() });
            prepared.changed.push((from, asked));
        }
        Ok(())
    }

    /// The same message once more: the network surely did not take it.
    async fn again(
        &self,
        message: StoredMessage,
        now: Timestamp,
        prepared: &mut Prepared,
    ) -> std::result::Result<(), Fault> {
        let mut payments = Vec::new();
        if carries_money(&message.kind) {
            let orders = store::message::payments_of(&self.inner.db, message.id).await?;
            payments = store::interbank::by_orders(&self.inner.db, &orders).await?;
            payments.retain(|payment| payment.state == InterbankState::Waiting);
            for payment in &mut payments {
                let from = payment.state;
                moved(payment, Event::Sending);
                prepared.changed.push((from, payment.clone()));
            }
        }
        let sending = StoredMessage { state: MessageState::Sending, at: now.max(message.at), ..message };
        prepared.again.push(sending.clone());
        prepared.outgoing.push(Outgoing { message: sending, payments });
        Ok(())
    }

    async fn write_prepared(&self, prepared: Prepared, now: Timestamp) -> std::result::Result<Vec<Outgoing>, Fault> {
        let again: HashSet<i64> = prepared.again.iter().map(|message| message.id).collect();
        let new: Vec<StoredMessage> = prepared
            .outgoing
            .iter()
            .map(|outgoing| outgoing.message.clone())
            .filter(|message| !again.contains(&message.id))
            .collect();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let mut lost = HashSet::new();
        for (from, payment) in &prepared.changed {
            if !store::interbank::update(&mut tx, *from, payment).await? {
                lost.insert(payment.order.0);
            }
        }
        if lost.iter().any(|order| prepared.outgoing.iter().any(|out| out.payments.iter().any(|p| p.order.0 == *order)))
        {
            // Somebody moved a payment meanwhile: nothing was sent, and the next run looks anew.
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        store::message::insert(&mut tx, &new).await?;
        for message in &prepared.again {
            store::message::moved(&mut tx, MessageState::Ready, message).await?;
        }
        store::message::link(&mut tx, &prepared.links).await?;
        for (person, notice) in &prepared.notices {
            notify::tell_in(&mut tx, &self.inner.ids, now, *person, notice).await?;
        }
        tx.commit().await?;
        Ok(prepared.outgoing)
    }

    /// Hands messages over, several at the same time, and writes down what became of them, several together.
    async fn hand_over(
        &self,
        clearing: &Clearing,
        outgoing: Vec<Outgoing>,
    ) -> std::result::Result<InterbankReport, Fault> {
        let mut report = InterbankReport { handed: outgoing.len() as u64, ..InterbankReport::default() };
        let handing = outgoing.into_iter().map(|outgoing| async move {
            let handed = clearing.network.send(&outgoing.message.xml).await;
            let handed = handed.unwrap_or_else(|fault| {
                tracing::warn!(%fault, "a message may or may not have arrived at the clearing network");
                Handed::Unknown
            });
            (outgoing, handed)
        });
        let mut results = std::pin::pin!(
            futures_util::stream::iter(handing).buffer_unordered(AT_THE_SAME_TIME).ready_chunks(TOGETHER)
        );
        while let Some(results) = results.next().await {
            report.taken += results.iter().filter(|(_, handed)| *handed == Handed::Taken).count() as u64;
            self.write_handed(clearing, results).await?;
        }
        Ok(report)
    }

    async fn write_handed(
        &self,
        clearing: &Clearing,
        results: Vec<(Outgoing, Handed)>,
    ) -> std::result::Result<(), Fault> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let mut cases = Vec::new();
        for (outgoing, handed) in results {
            let mut message = outgoing.message;
            let money = carries_money(&message.kind);
            let event = match &handed {
                Handed::Taken => Event::Taken,
                Handed::NotTaken => Event::NotTaken,
                Handed::Unknown => Event::Unknown,
                Handed::Refused(_) => Event::MessageRefused,
            };
            (message.tries, message.next) = (message.tries + 1, now.plus_ms(delay_ms(message.tries)));
            message.state = match &handed {
                Handed::Taken => MessageState::Taken,
                // Of questions there will be new ones; everything else that is surely not there is sent again.
                Handed::NotTaken | Handed::Unknown if message.kind == "pacs.028" => MessageState::Unknown,
                Handed::NotTaken => MessageState::Ready,
                Handed::Unknown if money => MessageState::Unknown,
                Handed::Unknown => MessageState::Ready,
                Handed::Refused(_) => MessageState::Refused,
            };
            if let Handed::Refused(why) = &handed {
                message.note = why.clone();
                if outgoing.payments.is_empty() {
                    let case = NewCase::new(crate::CaseKind::MessageRefused).message(message.id);
                    cases.push(case.fact("message", &message.message_id).fact("why", why).fact("kind", &message.kind));
                }
            }
            store::message::moved(&mut tx, MessageState::Sending, &message).await?;
            for mut payment in outgoing.payments {
                let from = payment.state;
                let step = moved(&mut payment, event);
                match payment.state {
                    InterbankState::Sent => {
                        payment.sent = Some(now);
                        payment.next = answer_due(clearing, &payment, now);
                    }
                    InterbankState::Checking => {
                        (payment.checking, payment.tries) = (Some(now), 0);
                        payment.next = now;
                    }
                    _ => {}
                }
                // An answer that was faster than this has moved it already.
                let is_moved = store::interbank::update(&mut tx, from, &payment).await?;
                if let (Some(kind), true, Handed::Refused(why)) = (step.case, is_moved, &handed) {
                    cases.push(NewCase::about(kind, &payment).message(message.id).fact("why", why));
                }
            }
        }
        self.open_cases(&mut tx, cases, now).await?;
        tx.commit().await
    }

    /// Writes cases down.
    pub(super) async fn open_cases(
        &self,
        tx: &mut db::Tx,
        cases: Vec<NewCase>,
        now: Timestamp,
    ) -> std::result::Result<(), Fault> {
        for case in cases {
            tracing::warn!(kind = case.kind.code(), order = case.order.map(|order| order.0), "a case for staff");
            let (id, facts) = (CaseId(self.inner.ids.next()), serde_json::to_string(&case.facts)?);
            store::message::open_case(tx, id, case.kind, case.order, case.message, &facts, now).await?;
        }
        Ok(())
    }

    async fn credit_transfer(
        &self,
        clearing: &Clearing,
        payment: &StoredInterbank,
    ) -> std::result::Result<CreditTransfer, Fault> {
        Ok(CreditTransfer {
            instruction_id: None,
            end_to_end_id: payment.end_to_end_id.clone(),
            transaction_id: Some(payment.tx_id.clone()),
            amount: amount(payment)?,
            settlement_day: None,
            service: Some(payment.service.into()),
            debtor: self.own_party(payment).await?,
            debtor_account: self.own_account_id(payment).await?,
            debtor_agent: agent(&clearing.terms.code),
            creditor_agent: agent(&payment.bank.code),
            creditor: Party { name: payment.name.clone() },
            creditor_account: Some(AccountId::Other(payment.account_text.clone())),
            remittance: payment.memo.clone(),
        })
    }

    async fn direct_debit(
        &self,
        clearing: &Clearing,
        payment: &StoredInterbank,
    ) -> std::result::Result<DirectDebit, Fault> {
        Ok(DirectDebit {
            end_to_end_id: payment.end_to_end_id.clone(),
            transaction_id: Some(payment.tx_id.clone()),
            amount: amount(payment)?,
            settlement_day: None,
            service: Some(payment.service.into()),
            mandate: payment.mandate.clone(),
            creditor: self.own_party(payment).await?,
            creditor_account: self.own_account_id(payment).await?,
            creditor_agent: agent(&clearing.terms.code),
            debtor: Party { name: payment.name.clone() },
            debtor_account: Some(AccountId::Other(payment.account_text.clone())),
            debtor_agent: agent(&payment.bank.code),
            remittance: payment.memo.clone(),
        })
    }

    async fn payment_return(&self, payment: &StoredInterbank) -> std::result::Result<PaymentReturn, Fault> {
        let original = payment.related.ok_or_else(|| Fault::new("a return gives nothing back"))?;
        let original = self.interbank_of(original).await?.ok_or_else(|| Fault::new("what is given back is gone"))?;
        let code = payment.ending.reason.unwrap_or(ReasonCode::NOT_SAID);
        Ok(PaymentReturn {
            return_id: payment.tx_id.clone(),
            original_end_to_end_id: Some(original.end_to_end_id),
            original_transaction_id: Some(original.tx_id),
            amount: amount(payment)?,
            settlement_day: None,
            reason: Reason { code: code.text().to_owned(), words: String::new() },
        })
    }

    async fn own_party(&self, payment: &StoredInterbank) -> std::result::Result<Party, Fault> {
        let customer = payment.customer.ok_or_else(|| Fault::new("a payment to another bank has no payer"))?;
        Ok(Party { name: self.full_name(customer).await? })
    }

    async fn own_account_id(&self, payment: &StoredInterbank) -> std::result::Result<Option<AccountId>, Fault> {
        let number = self.account(payment.account).await?.number();
        Ok(number.map(AccountNumber::plain).map(AccountId::Other))
    }
}

/// When a payment that the network has should be answered.
pub(super) fn answer_due(clearing: &Clearing, payment: &StoredInterbank, now: Timestamp) -> Timestamp {
    let from = match payment.service {
        Service::RealTime => now,
        Service::Batch => payment.expected.unwrap_or(now).max(now),
    };
    from.plus_ms(clearing.terms.answer_within_ms)
}

pub(super) fn amount(payment: &StoredInterbank) -> std::result::Result<Amount, Fault> {
    let unknown = || Fault::new(format!("no currency has the number {}", payment.currency));
    Ok(Amount::new(payment.amount_minor, Currency::from_numeric(payment.currency).ok_or_else(unknown)?))
}

/// A message of ours that is about to be handed over.
fn stored(id: i64, message: &Message, xml: String, now: Timestamp) -> StoredMessage {
    StoredMessage {
        id,
        is_received: false,
        kind: message.kind().code().to_owned(),
        message_id: message.header().message_id.clone(),
        mailbox: None,
        xml,
        state: MessageState::Sending,
        tries: 0,
        next: now,
        at: now,
        note: String::new(),
    }
}

/// A message of ours for the next run to hand over.
pub(super) fn ready(id: i64, message: &Message, xml: String, now: Timestamp) -> StoredMessage {
    StoredMessage { state: MessageState::Ready, ..stored(id, message, xml, now) }
}
