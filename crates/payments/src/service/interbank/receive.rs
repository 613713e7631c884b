//! Reading the mailbox: the network's words about payments, payments that come in, returns, questions and statements.

use super::arrived::Verdict;
use super::send::{answer_due, ready};
use super::{InterbankReport, NewCase, moved, notice};
use crate::Payments;
use crate::model::elsewhere::Service;
use crate::model::hold::{End, post_command_id, return_command_id};
use crate::model::interbank::{Act, Answer, CaseKind, Event, InterbankState, InterbankWay, ReasonCode};
use crate::network::{Clearing, Mail};
use crate::store;
use crate::store::interbank::StoredInterbank;
use crate::store::message::{Link, MessageState, StoredMessage, StoredStatement};
use accounts::ledger_error;
use iso20022::{CreditTransfer, DirectDebit, Header, Kind, Limits, Message, Reason, Report, Status, TransactionStatus};
use kit::{Fault, Timestamp};
use ledger::{Action, Command, Effect, Outcome, Pending, Reason as LedgerReason, SubmitError};
use notify::Notice;
use std::collections::HashMap;
use std::time::Duration;

/// Messages that are read in one go.
const MAIL_AT_ONCE: u32 = 500;

/// A payment that one reading of the mailbox looks at.
pub(super) struct Touched {
    /// Its state in SQL; none if it is new.
    pub(super) before: Option<InterbankState>,
    pub(super) payment: StoredInterbank,
    is_changed: bool,
}

/// What one reading of the mailbox knows and is going to write down.
pub(super) struct Reading<'a> {
    pub(super) payments: &'a Payments,
    pub(super) clearing: &'a Clearing,
    pub(super) now: Timestamp,
    /// By what names them for all banks.
    pub(super) touched: HashMap<String, Touched>,
    /// What was decided about payments that come in.
    pub(super) verdicts: HashMap<String, Verdict>,
    /// Ends of holds that are on their way through the ledger.
    ends: Vec<(String, ledger::CommandId, bool, Pending)>,
    messages: Vec<StoredMessage>,
    links: Vec<Link>,
    statements: Vec<StoredStatement>,
    pub(super) cases: Vec<NewCase>,
    pub(super) notices: Vec<(i64, Notice)>,
    /// Whether there is something to hand over because of it.
    pub(super) wakes: bool,
}

impl Payments {
    /// Reads what is new in the mailbox, waiting so long for it, and does what it says. One reads at a time; what is read
    /// again after a stop counts once.
    pub async fn receive_interbank(&self, wait: Duration) -> Result<InterbankReport, Fault> {
        let Ok(clearing) = self.clearing() else { return Ok(InterbankReport::default()) };
        let _reading = self.inner.interbank.reading.lock().await;
        let after = store::message::cursor(&self.inner.db).await?;
        let mail = clearing.network.messages(after, MAIL_AT_ONCE, wait).await?;
        let mail: Vec<Mail> = mail.into_iter().filter(|mail| mail.sequence > after).collect();
        let Some(last) = mail.iter().map(|mail| mail.sequence).max() else { return Ok(InterbankReport::default()) };
        let now = self.inner.clock.now();
        let received = mail.len() as u64;
        let read: Vec<(Mail, Result<Message, String>)> = mail.into_iter().map(parsed).collect();
        let mut reading = Reading {
            payments: self,
            clearing,
            now,
            touched: HashMap::new(),
            verdicts: HashMap::new(),
            ends: Vec::new(),
            messages: Vec::new(),
            links: Vec::new(),
            statements: Vec::new(),
            cases: Vec::new(),
            notices: Vec::new(),
            wakes: false,
        };
        reading.load(&read).await?;
        reading.decide_arrivals(&read).await?;
        for (mail, message) in read {
            reading.take(mail, message).await?;
        }
        reading.finish_returns().await?;
        reading.settle_ends().await?;
        let wakes = reading.wakes;
        reading.write(last).await?;
        if wakes {
            self.inner.interbank.woken.notify_one();
        }
        Ok(InterbankReport { received, ..InterbankReport::default() })
    }
}

fn parsed(mail: Mail) -> (Mail, Result<Message, String>) {
    let message = Message::read(mail.xml.as_bytes(), &Limits::default());
    let message = message.map(|document| document.message).map_err(|refused| refused.to_string());
    (mail, message)
}

/// The payments that a message names.
fn named(message: &Message) -> Vec<&str> {
    fn texts(ids: Vec<Option<&String>>) -> Vec<&str> {
        ids.into_iter().flatten().map(String::as_str).collect()
    }
    match message {
        Message::CreditTransfer(_, transfers) => {
            texts(transfers.iter().map(|transfer| transfer.transaction_id.as_ref()).collect())
        }
        Message::DirectDebit(_, debits) => texts(debits.iter().map(|debit| debit.transaction_id.as_ref()).collect()),
        Message::Report(_, report) => {
            texts(report.transactions.iter().map(|status| status.original_transaction_id.as_ref()).collect())
        }
        Message::Enquiry(_, questions) => {
            texts(questions.iter().map(|question| question.original_transaction_id.as_ref()).collect())
        }
        Message::Return(_, returns) => returns
            .iter()
            .flat_map(|one| [Some(one.return_id.as_str()), one.original_transaction_id.as_deref()])
            .flatten()
            .collect(),
        Message::Statement(..) | Message::Notification(..) => Vec::new(),
    }
}

impl Reading<'_> {
    async fn load(&mut self, read: &[(Mail, Result<Message, String>)]) -> Result<(), Fault> {
        let mut ids: Vec<String> = Vec::new();
        for message in read.iter().filter_map(|(_, message)| message.as_ref().ok()) {
            ids.extend(named(message).into_iter().map(str::to_owned));
        }
        ids.sort_unstable();
        ids.dedup();
        for payment in store::interbank::by_tx_ids(&self.payments.inner.db, &ids).await? {
            self.known(payment);
        }
        Ok(())
    }

    pub(super) fn known(&mut self, payment: StoredInterbank) {
        let touched = Touched { before: Some(payment.state), payment, is_changed: false };
        self.touched.entry(touched.payment.tx_id.clone()).or_insert(touched);
    }

    /// A payment that this reading begins.
    pub(super) fn begin(&mut self, payment: StoredInterbank, message: Option<i64>, says: &str) {
        if let Some(message) = message {
            self.link(message, &payment, says);
        }
        let touched = Touched { before: None, payment, is_changed: true };
        self.touched.insert(touched.payment.tx_id.clone(), touched);
    }

    pub(super) fn link(&mut self, message: i64, payment: &StoredInterbank, says: &str) {
        self.links.push(Link { message, order: payment.order, note: says.to_owned() });
    }

    pub(super) fn changed(&mut self, transaction_id: &str) -> Option<&mut StoredInterbank> {
        let touched = self.touched.get_mut(transaction_id)?;
        touched.is_changed = true;
        Some(&mut touched.payment)
    }

    pub(super) fn payment(&self, transaction_id: Option<&str>) -> Option<StoredInterbank> {
        Some(self.touched.get(transaction_id?)?.payment.clone())
    }

    async fn take(&mut self, mail: Mail, message: Result<Message, String>) -> Result<(), Fault> {
        let id = self.payments.inner.ids.next();
        let mut stored = StoredMessage {
            id,
            is_received: true,
            kind: String::new(),
            message_id: String::new(),
            mailbox: Some(mail.sequence),
            // A text that a database cannot keep is none.
            xml: mail.xml.replace('\0', ""),
            state: MessageState::Taken,
            tries: 0,
            next: self.now,
            at: self.now,
            note: String::new(),
        };
        let message = match message {
            Ok(message) => message,
            Err(why) => {
                stored.note.clone_from(&why);
                self.messages.push(stored);
                let case = NewCase::new(CaseKind::Unreadable).message(id).fact("why", why);
                self.cases.push(case.fact("mailbox", mail.sequence.to_string()));
                return Ok(());
            }
        };
        stored.kind = message.kind().code().to_owned();
        stored.message_id.clone_from(&message.header().message_id);
        self.messages.push(stored);
        match message {
            Message::Report(_, report) => self.report(id, report).await,
            Message::CreditTransfer(header, transfers) => self.transfers(id, &header, transfers).await,
            Message::DirectDebit(header, debits) => self.debits(&header, &debits),
            Message::Return(_, returns) => {
                for one in returns {
                    self.came_back(id, one).await?;
                }
                Ok(())
            }
            Message::Enquiry(header, questions) => {
                let ids = questions.into_iter().map(|question| question.original_transaction_id);
                self.questions(id, &header, ids.collect())
            }
            Message::Statement(_, statements) => {
                for one in statements {
                    self.statement("camt.053", one.id, one.day, id);
                }
                Ok(())
            }
            Message::Notification(_, notifications) => {
                for one in notifications {
                    let day = one.entries.iter().find_map(|entry| entry.booked);
                    self.statement("camt.054", one.id, day, id);
                }
                Ok(())
            }
        }
    }

    fn statement(&mut self, kind: &'static str, statement_id: String, day: Option<kit::BankDay>, message: i64) {
        let id = self.payments.inner.ids.next();
        self.statements.push(StoredStatement { id, kind, statement_id, day, message, received: self.now });
    }

    /// The network's word about payments; about a whole message it is its word about each payment in it.
    async fn report(&mut self, message: i64, report: Report) -> Result<(), Fault> {
        if report.transactions.is_empty() {
            return self.group(message, &report).await;
        }
        for status in report.transactions {
            let Some(payment) = self.payment(status.original_transaction_id.as_deref()) else {
                let id = status.original_transaction_id.clone().unwrap_or_default();
                let case = NewCase::new(CaseKind::UnknownPayment).message(message).fact("transaction", id);
                self.cases.push(case.fact("says", says(&status)));
                continue;
            };
            self.said(message, payment, &status)?;
        }
        Ok(())
    }

    async fn group(&mut self, message: i64, report: &Report) -> Result<(), Fault> {
        let (Some(original), Some(status)) = (&report.original_message_id, report.group_status) else { return Ok(()) };
        let id = original.strip_prefix('M').and_then(|id| id.parse().ok());
        let orders = match id {
            Some(id) => store::message::payments_of(&self.payments.inner.db, id).await?,
            None => Vec::new(),
        };
        for payment in store::interbank::by_orders(&self.payments.inner.db, &orders).await? {
            let transaction_id = payment.tx_id.clone();
            self.known(payment);
            let Some(payment) = self.payment(Some(&transaction_id)) else { continue };
            // The answer to a question is no word about the payments that it asked about.
            if payment.message != id {
                continue;
            }
            let status = TransactionStatus {
                original_end_to_end_id: None,
                original_transaction_id: Some(transaction_id),
                status,
                reason: report.group_reason.clone(),
                amount: None,
                settlement_day: None,
            };
            self.said(message, payment, &status)?;
        }
        Ok(())
    }

    fn said(&mut self, message: i64, payment: StoredInterbank, status: &TransactionStatus) -> Result<(), Fault> {
        self.link(message, &payment, &says(status));
        if let Some(amount) = status.amount
            && (amount.minor, amount.currency.numeric()) != (payment.amount_minor, payment.currency)
        {
            let case = NewCase::about(CaseKind::AmountDiffers, &payment).message(message);
            self.cases.push(case.fact("says", says(status)).fact("said_minor", amount.minor.to_string()));
            return Ok(());
        }
        let answer = match (status.status, status.settlement_day) {
            (Status::Settled | Status::Credited, Some(day)) => Answer::Settled(day),
            (Status::Rejected, _) => {
                let code = status.reason.as_ref().map_or("", |reason| reason.code.as_str());
                Answer::Rejected(ReasonCode::read(code))
            }
            _ => Answer::Open,
        };
        let (now, clearing) = (self.now, self.clearing);
        // What is still open after its window goes with the next one, and its payer is told so.
        let missed = payment.service == Service::Batch && payment.expected.is_some_and(|expected| expected < now);
        let next_window = match missed && payment.way.is_ours() && answer == Answer::Open {
            true => Some(clearing.terms.windows.next(&self.payments.inner.accounts.terms().calendar, now)?.at),
            false => None,
        };
        let Some(payment) = self.changed(&payment.tx_id) else { return Ok(()) };
        let step = moved(payment, Event::Said(answer));
        let mut told = None;
        match step.act {
            Act::Post(day) => {
                (payment.ending.day, payment.ending.reason, payment.ended) = (Some(day), None, Some(now));
                told = Some(settled_notice(payment));
            }
            Act::Void(code) => {
                (payment.ending.reason, payment.ended) = (Some(code), Some(now));
                told = refused_notice(payment);
            }
            Act::None | Act::Enquire => {
                if payment.state == InterbankState::Sent {
                    payment.sent = payment.sent.or(Some(now));
                    payment.next = match answer {
                        // Questions go on, less and less often.
                        Answer::Open if payment.tries > 0 => answer_due(clearing, payment, now).max(payment.next),
                        _ => payment.next,
                    };
                    // Questions go on at their own pace.
                    payment.expected = next_window.or(payment.expected);
                }
            }
        }
        let payment = payment.clone();
        self.notices.extend(told.and_then(|kind| notice(kind, &payment)));
        if let Some(kind) = step.case {
            self.cases.push(NewCase::about(kind, &payment).message(message).fact("says", says(status)));
        }
        match step.act {
            Act::Post(day) => self.end(&payment, End::Settled(day)),
            Act::Void(code) => self.end(&payment, End::Refused(code)),
            Act::None | Act::Enquire => Ok(()),
        }
    }

    /// Sends the end of a payment's hold to the ledger.
    fn end(&mut self, payment: &StoredInterbank, end: End) -> Result<(), Fault> {
        let hold = payment.command;
        let (id, action, is_post) = match end {
            End::Settled(_) => (post_command_id(hold), Action::Post { hold, amount: None }, true),
            _ => (return_command_id(hold), Action::Void { hold }, false),
        };
        let command = Command { id, time_ms: self.now.as_ms(), action, document: end.encode() };
        match self.payments.inner.ledger.submit(vec![command]) {
            Ok(pending) => {
                self.ends.push((payment.tx_id.clone(), id, is_post, pending));
                Ok(())
            }
            Err(error) => Err(later(error)),
        }
    }

    /// Waits for the ends of holds that are on their way. The ledger ends a hold once; should it have ended it the other way,
    /// that stands, and staff look at it.
    pub(super) async fn settle_ends(&mut self) -> Result<(), Fault> {
        for (transaction_id, id, is_post, pending) in std::mem::take(&mut self.ends) {
            let outcome = match pending.await {
                Ok(answers) => answers.into_iter().next().map(|answer| answer.outcome),
                Err(SubmitError::Conflict { .. }) => {
                    self.payments.inner.ledger.entry(id).await?.map(|entry| entry.outcome)
                }
                Err(error) => return Err(later(error)),
            };
            match outcome {
                Some(Outcome::Done(Effect::Posted(_) | Effect::Voided { .. })) => {}
                Some(Outcome::Refused(LedgerReason::HoldPosted | LedgerReason::HoldVoided)) => {
                    let Some(payment) = self.changed(&transaction_id) else { continue };
                    payment.state = if is_post { InterbankState::Refused } else { InterbankState::Settled };
                    let payment = payment.clone();
                    let kind = if is_post { CaseKind::LateAccepted } else { CaseKind::LateRefused };
                    self.cases.push(NewCase::about(kind, &payment));
                }
                other => return Err(Fault::new(format!("a hold was to be ended, and the ledger answered {other:?}"))),
            }
        }
        Ok(())
    }

    /// Others may not collect from accounts here.
    fn debits(&mut self, header: &Header, debits: &[DirectDebit]) -> Result<(), Fault> {
        let reason = Some(ReasonCode::NOT_ALLOWED);
        let statuses = debits.iter().map(|debit| {
            status_of(debit.transaction_id.clone(), Some(debit.end_to_end_id.clone()), Status::Rejected, reason)
        });
        self.answer(header, Kind::DirectDebit, statuses.collect(), &[])
    }

    /// Payments that come in; what was decided about each is known.
    async fn transfers(&mut self, message: i64, header: &Header, transfers: Vec<CreditTransfer>) -> Result<(), Fault> {
        let mut statuses = Vec::new();
        let mut orders = Vec::new();
        for transfer in transfers {
            let end_to_end_id = transfer.end_to_end_id.clone();
            let transaction_id = transfer.transaction_id.clone();
            let is_settled = transfer.settlement_day.is_some();
            if let Some((order, status, reason)) = self.arrived(message, transfer).await?
                && !is_settled
            {
                orders.extend(order);
                statuses.push(status_of(transaction_id, Some(end_to_end_id), status, reason));
            }
        }
        if statuses.is_empty() { Ok(()) } else { self.answer(header, Kind::CreditTransfer, statuses, &orders) }
    }

    /// What stands about payments that the network asks about.
    fn questions(&mut self, message: i64, header: &Header, ids: Vec<Option<String>>) -> Result<(), Fault> {
        let mut statuses = Vec::new();
        let mut orders = Vec::new();
        for id in ids {
            let payment = self.payment(id.as_deref());
            if let Some(payment) = &payment {
                self.link(message, payment, "");
                orders.push(payment.order);
            }
            let (status, reason) = match &payment {
                None => (Status::Rejected, Some(ReasonCode::NEVER_RECEIVED)),
                Some(payment) => standing(payment),
            };
            let mut status = status_of(id, None, status, reason);
            status.settlement_day = payment.and_then(|payment| payment.ending.day);
            statuses.push(status);
        }
        self.answer(header, Kind::Enquiry, statuses, &orders)
    }

    /// A report of ours that answers a message.
    fn answer(
        &mut self,
        to: &Header,
        kind: Kind,
        transactions: Vec<TransactionStatus>,
        orders: &[crate::OrderNumber],
    ) -> Result<(), Fault> {
        let (id, mut header) = self.payments.header(self.clearing, None, self.now);
        header.to.clone_from(&to.from);
        let says: Vec<String> = transactions.iter().map(says).collect();
        let report = Report {
            original_message_id: Some(to.message_id.clone()),
            original_message_name: Some(kind.name(kind.written())),
            transactions,
            ..Report::default()
        };
        let message = Message::Report(header, report);
        let xml = message.write()?;
        self.messages.push(ready(id, &message, xml, self.now));
        for (order, says) in orders.iter().zip(says) {
            self.links.push(Link { message: id, order: *order, note: says });
        }
        self.wakes = true;
        Ok(())
    }

    async fn write(self, last: i64) -> Result<(), Fault> {
        let db = &self.payments.inner.db;
        let mut tx = db.begin_write(&["interbank/mailbox"]).await?;
        store::message::insert(&mut tx, &self.messages).await?;
        let mut new = Vec::new();
        for touched in self.touched.into_values().filter(|touched| touched.is_changed) {
            match touched.before {
                None => new.push(touched.payment),
                Some(before) => {
                    let mut is_written = store::interbank::update(&mut tx, before, &touched.payment).await?;
                    for from in OVERTAKEN {
                        // Who hands messages over may have moved it by a step that the network's word overtakes.
                        is_written = is_written || store::interbank::update(&mut tx, from, &touched.payment).await?;
                    }
                    if !is_written {
                        return Err(Fault::new("a payment between banks was moved by somebody else"));
                    }
                }
            }
        }
        store::interbank::insert(&mut tx, &new).await?;
        store::message::link(&mut tx, &self.links).await?;
        for statement in &self.statements {
            store::message::keep_statement(&mut tx, statement).await?;
        }
        self.payments.open_cases(&mut tx, self.cases, self.now).await?;
        for (person, notice) in &self.notices {
            notify::tell_in(&mut tx, &self.payments.inner.ids, self.now, *person, notice).await?;
        }
        store::message::move_cursor(&mut tx, last).await?;
        tx.commit().await
    }
}

/// States into which who hands messages over may have moved a payment while the mailbox was read.
const OVERTAKEN: [InterbankState; 4] =
    [InterbankState::Sent, InterbankState::Checking, InterbankState::Sending, InterbankState::Waiting];

/// What is answered about a payment that came in.
pub(super) fn standing(payment: &StoredInterbank) -> (Status, Option<ReasonCode>) {
    match payment.state {
        InterbankState::Settled | InterbankState::Returned => (Status::Settled, None),
        InterbankState::Refused | InterbankState::Abandoned => {
            (Status::Rejected, Some(payment.ending.reason.unwrap_or(ReasonCode::NOT_SAID)))
        }
        _ if payment.way == InterbankWay::In => (Status::InProcess, None),
        _ => (Status::Pending, None),
    }
}

fn status_of(
    transaction_id: Option<String>,
    end_to_end_id: Option<String>,
    status: Status,
    reason: Option<ReasonCode>,
) -> TransactionStatus {
    TransactionStatus {
        original_end_to_end_id: end_to_end_id,
        original_transaction_id: transaction_id,
        status,
        reason: reason.map(|code| Reason { code: code.text().to_owned(), words: String::new() }),
        amount: None,
        settlement_day: None,
    }
}

/// `ACSC 2026-11-22` or `RJCT AC04`, for the story.
fn says(status: &TransactionStatus) -> String {
    let word = status.status.code();
    let day = status.settlement_day.map(|day| format!(" {}", day.iso())).unwrap_or_default();
    let reason = status.reason.as_ref().map(|reason| format!(" {} {}", reason.code, reason.words)).unwrap_or_default();
    format!("{word}{day}{}", reason.trim_end())
}

pub(super) fn settled_notice(payment: &StoredInterbank) -> &'static str {
    match payment.way {
        InterbankWay::TopUp => "top_up_settled",
        InterbankWay::In => "elsewhere_received",
        _ => "elsewhere_settled",
    }
}

/// Who asked for nothing here is not told that it did not come.
pub(super) fn refused_notice(payment: &StoredInterbank) -> Option<&'static str> {
    match payment.way {
        InterbankWay::TopUp => Some("top_up_refused"),
        InterbankWay::Out => Some("elsewhere_refused"),
        InterbankWay::In | InterbankWay::Return | InterbankWay::Returned => None,
    }
}

/// The ledger gave no answer: the mailbox is read again.
pub(super) fn later(error: SubmitError) -> Fault {
    match ledger_error(error) {
        kit::Error::Fault(fault) => fault,
        kit::Error::Refusal(refusal) => Fault::new(format!("the mailbox has to wait: {refusal}")),
    }
}
