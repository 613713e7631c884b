//! A unit of work: what one write transaction of the clearing house knows and changes. Several messages share one.
//!
//! Rows are read when they are first needed and written together at the end, so that a payment costs few statements.

use super::House;
use crate::model::bank::{Bank, Customer};
use crate::model::fault::{FaultKind, Faults, Subject};
use crate::model::transfer::{Kind, State, Transfer};
use crate::model::{reason, window};
use crate::store;
use crate::store::entry::Entry;
use crate::store::later::Later;
use crate::store::message::{NewLine, Received};
use crate::store::scheme::Counters;
use crate::store::story::Told;
use db::{Db, Tx};
use iso20022::{Agent, Header, Message, Reason, Report, Status, TransactionStatus};
use kit::{BankDay, Fault, FaultContext, Timestamp};
use money::{Amount, Currency};
use std::collections::{BTreeMap, HashMap};

/// Answers of one message.
const ANSWERS_MOST: usize = 500;
/// Added to the attempt of a draw about what the payee's bank hears, so that it is drawn apart from the sender's answer.
const PAYEE_ATTEMPT: i64 = 1_000_000;

/// A row and whether it differs from what is stored.
struct Slot<T> {
    value: Option<T>,
    is_changed: bool,
}

/// Something to say about a payment, in a `pacs.002`.
#[derive(Clone)]
struct Answer {
    to: String,
    transfer: String,
    end_to_end_id: String,
    /// The message that is answered and its name, for who sent it.
    original: Option<(String, String)>,
    status: Status,
    reason: Option<String>,
    amount_minor: i64,
    day: Option<BankDay>,
    fate: &'static str,
}

/// Why something is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// It has become so.
    Final,
    /// It was asked.
    Enquiry,
}

/// See the module.
pub(crate) struct Unit<'h> {
    pub(crate) tx: Tx,
    pub(crate) house: &'h House,
    pub(crate) now: Timestamp,
    pub(crate) faults: Faults,
    counters: Counters,
    banks: BTreeMap<String, Bank>,
    transfers: HashMap<String, Slot<Transfer>>,
    customers: HashMap<(String, String), Slot<Customer>>,
    same: HashMap<(String, i64), i64>,
    received: Vec<Received>,
    answers: Vec<Answer>,
    lines: Vec<NewLine>,
    later: Vec<Later>,
    entries: Vec<Entry>,
    story: Vec<Told>,
}

impl<'h> Unit<'h> {
    pub(crate) async fn begin(db: &Db, house: &'h House, faults: Faults, now: Timestamp) -> Result<Self, Fault> {
        let mut tx = db.begin_write(&["network"]).await?;
        let counters = store::scheme::counters(&mut tx).await?;
        let banks = store::bank::all(&mut tx).await?.into_iter().map(|bank| (bank.code.clone(), bank)).collect();
        Ok(Self {
            tx,
            house,
            now,
            faults,
            counters,
            banks,
            transfers: HashMap::new(),
            customers: HashMap::new(),
            same: HashMap::new(),
            received: Vec::new(),
            answers: Vec::new(),
            lines: Vec::new(),
            later: Vec::new(),
            entries: Vec::new(),
            story: Vec::new(),
        })
    }

    /// The open settlement day.
    pub(crate) fn day(&self) -> BankDay {
        self.counters.day.unwrap_or_else(|| self.house.calendar.day(self.now))
    }

    pub(crate) fn set_day(&mut self, day: BankDay) {
        self.counters.day = Some(day);
    }

    /// Whether there was a day before.
    pub(crate) fn is_new(&self) -> bool {
        self.counters.day.is_none()
    }

    /// A number that nothing else has.
    pub(crate) fn number(&mut self) -> i64 {
        self.counters.number += 1;
        self.counters.number
    }

    pub(crate) fn bank(&self, code: &str) -> Option<&Bank> {
        self.banks.get(code)
    }

    pub(crate) fn banks(&self) -> impl Iterator<Item = &Bank> {
        self.banks.values()
    }

    pub(crate) fn put_bank(&mut self, bank: Bank) {
        self.banks.insert(bank.code.clone(), bank);
    }

    pub(crate) fn is_local(&self, code: &str) -> bool {
        self.bank(code).is_some_and(|bank| bank.is_local)
    }

    /// More, or below 0 less, is reserved for what a bank pays.
    pub(crate) fn reserve(&mut self, code: &str, amount_minor: i64) {
        if let Some(bank) = self.banks.get_mut(code) {
            bank.reserved_minor += amount_minor;
        }
    }

    /// A payment as it stands within this unit.
    pub(crate) async fn transfer(&mut self, id: &str) -> Result<Option<Transfer>, Fault> {
        if let Some(slot) = self.transfers.get(id) {
            return Ok(slot.value.clone());
        }
        let value = store::transfer::one(&mut self.tx, id).await?;
        self.transfers.insert(id.to_owned(), Slot { value: value.clone(), is_changed: false });
        Ok(value)
    }

    /// Keeps a payment.
    pub(crate) fn put(&mut self, transfer: Transfer) {
        self.transfers.insert(transfer.id.clone(), Slot { value: Some(transfer), is_changed: true });
    }

    /// A customer as they stand within this unit.
    pub(crate) async fn customer(&mut self, bank: &str, account: &str) -> Result<Option<Customer>, Fault> {
        let key = (bank.to_owned(), account.to_owned());
        if let Some(slot) = self.customers.get(&key) {
            return Ok(slot.value.clone());
        }
        let value = store::customer::one(&mut self.tx, bank, account).await?;
        self.customers.insert(key, Slot { value: value.clone(), is_changed: false });
        Ok(value)
    }

    /// Keeps a customer.
    pub(crate) fn put_customer(&mut self, customer: Customer) {
        let key = (customer.bank.clone(), customer.account.clone());
        self.customers.insert(key, Slot { value: Some(customer), is_changed: true });
    }

    /// Adds to what a customer has and to what of it is held.
    pub(crate) async fn book(&mut self, bank: &str, account: &str, balance: i64, held: i64) -> Result<(), Fault> {
        let missing = || Fault::new("an account of a payment is gone");
        let mut customer = self.customer(bank, account).await?.ok_or_else(missing)?;
        customer.balance_minor += balance;
        customer.held_minor += held;
        self.put_customer(customer);
        Ok(())
    }

    /// The how-manieth payment of this amount to this account comes now. Asked only when a fault is drawn by it.
    pub(crate) async fn occurrence(&mut self, account: &str, amount_minor: i64) -> Result<i64, Fault> {
        if !self.faults.any() {
            return Ok(1);
        }
        let key = (account.to_owned(), amount_minor);
        let before = match self.same.get(&key) {
            Some(before) => *before,
            None => store::transfer::same(&mut self.tx, account, amount_minor).await?,
        };
        self.same.insert(key, before + 1);
        Ok(before + 1)
    }

    /// Whether a fault strikes a payment.
    pub(crate) fn strikes(&self, kind: FaultKind, transfer: &Transfer, attempt: i64) -> Option<crate::Chance> {
        let subject = Subject {
            account: &transfer.payee_account,
            amount_minor: transfer.amount_minor,
            occurrence: transfer.occurrence,
            attempt,
        };
        self.faults.draw(kind, subject).cloned()
    }

    /// A message was taken.
    pub(crate) fn receive(&mut self, message: Received) {
        self.received.push(message);
    }

    /// A message that came before under this id: its digest.
    pub(crate) async fn digest_of(&mut self, bank: &str, message_id: &str) -> Result<Option<Vec<u8>>, Fault> {
        let here = self.received.iter().find(|one| one.bank == bank && one.message_id == message_id);
        match here {
            Some(one) => Ok(Some(one.digest.clone())),
            None => store::message::digest(&mut self.tx, bank, message_id).await,
        }
    }

    /// A line for the story of a payment.
    pub(crate) fn told(&mut self, transfer: &str, from: &str, to: &str, message: &str, said: &str, reason: &str) {
        self.tell_story(transfer, (from, to), message, (said, reason), "sent");
    }

    fn tell_story(
        &mut self,
        transfer: &str,
        (from, to): (&str, &str),
        message: &str,
        (said, reason): (&str, &str),
        fate: &str,
    ) {
        let number = self.number();
        self.story.push(Told {
            number,
            transfer: transfer.to_owned(),
            at: self.now,
            from: from.to_owned(),
            to: to.to_owned(),
            message: message.to_owned(),
            said: said.to_owned(),
            reason: reason.to_owned(),
            fate: fate.to_owned(),
        });
    }

    /// Moves the positions of both banks, writes both entries, and makes the payment final on this day. Customers are the
    /// caller's.
    pub(crate) fn settle(&mut self, mut transfer: Transfer, day: BankDay) -> Result<Transfer, Fault> {
        if !transfer.state.leads_to(State::Settled) {
            return Err(Fault::new("a payment that is final was to be settled"));
        }
        let words = match transfer.kind {
            Kind::Return => format!("return of {}", transfer.original.as_deref().unwrap_or_default()),
            _ => transfer.memo.clone(),
        };
        let sides = [(&transfer.payer_bank, -transfer.amount_minor), (&transfer.payee_bank, transfer.amount_minor)];
        for (code, amount_minor) in sides {
            let bank = self.banks.get_mut(code).ok_or_else(|| Fault::new("a bank of a payment is gone"))?;
            let moved = bank.position_minor.checked_add(amount_minor);
            bank.position_minor = moved.ok_or_else(|| Fault::new("a position leaves 64 bits"))?;
            self.counters.number += 1;
            self.entries.push(Entry {
                bank: code.clone(),
                transfer: transfer.id.clone(),
                number: self.counters.number,
                day,
                amount_minor,
                words: words.clone(),
                at: self.now,
            });
        }
        transfer.state = State::Settled;
        transfer.settlement_day = Some(day);
        self.end(&mut transfer);
        Ok(transfer)
    }

    /// Makes the payment final: nothing moved.
    pub(crate) fn reject(&mut self, mut transfer: Transfer, code: &str) -> Result<Transfer, Fault> {
        if !transfer.state.leads_to(State::Rejected) {
            return Err(Fault::new("a payment that is final was to be rejected"));
        }
        transfer.state = State::Rejected;
        transfer.reason = Some(code.to_owned());
        self.end(&mut transfer);
        Ok(transfer)
    }

    fn end(&mut self, transfer: &mut Transfer) {
        transfer.due = None;
        transfer.ended = Some(self.now);
        self.put(transfer.clone());
    }

    /// The day on which what settles now settles.
    pub(crate) fn settlement_day(&self) -> BankDay {
        window::settlement_day(self.day(), &self.house.calendar, self.now)
    }

    /// Tells a participant where a payment stands, unless a fault keeps it from that. Banks that live here know without a message.
    pub(crate) fn tell(&mut self, to: &str, transfer: &Transfer, occasion: Occasion) {
        if self.is_local(to) {
            let answer = self.answer(to, transfer, transfer.state.status(), transfer.settlement_day);
            return self.remember(&answer);
        }
        let is_sender = to == transfer.sender;
        let attempt = transfer.enquiries + if is_sender { 0 } else { PAYEE_ATTEMPT };
        let answer = self.answer(to, transfer, transfer.state.status(), transfer.settlement_day);
        if occasion == Occasion::Final && is_sender {
            self.stray(&answer, transfer);
        }
        if self.strikes(FaultKind::Drop, transfer, attempt).is_some() {
            self.remember(&Answer { fate: "dropped", ..answer });
        } else if occasion == Occasion::Enquiry {
            self.answers.push(answer);
        } else if let Some(chance) = self.strikes(FaultKind::Late, transfer, attempt) {
            self.put_off("answer", &answer, i64::from(chance.ms));
        } else {
            self.answers.push(answer.clone());
            // Only after the truth: who hears the untruth alone cannot know.
            if occasion == Occasion::Final
                && is_sender
                && transfer.state == State::Rejected
                && let Some(chance) = self.strikes(FaultKind::Contradict, transfer, attempt)
            {
                let day = Some(self.settlement_day());
                let untrue = Answer { status: Status::Settled, reason: None, day, ..answer.clone() };
                self.put_off("untrue", &untrue, i64::from(chance.ms));
            }
            if self.strikes(FaultKind::Twice, transfer, attempt).is_some() {
                self.answers.push(Answer { fate: "twice", ..answer });
            }
        }
    }

    /// Says what was put off.
    pub(crate) fn tell_late(&mut self, later: &Later, transfer: &Transfer) {
        let status = Status::from_code(&later.status).unwrap_or(Status::Pending);
        let mut answer = self.answer(&later.bank, transfer, status, later.settlement_day);
        answer.reason = Some(later.reason.clone()).filter(|reason| !reason.is_empty());
        answer.fate = if later.what == "untrue" { "untrue" } else { "late" };
        self.answers.push(answer);
    }

    fn answer(&self, to: &str, transfer: &Transfer, status: Status, day: Option<BankDay>) -> Answer {
        let is_sender = to == transfer.sender && !transfer.message_id.is_empty();
        let original = is_sender.then(|| (transfer.message_id.clone(), name_of(transfer.kind)));
        Answer {
            to: to.to_owned(),
            transfer: transfer.id.clone(),
            end_to_end_id: transfer.end_to_end_id.clone(),
            original,
            status,
            reason: transfer.reason.clone().filter(|_| status == Status::Rejected),
            amount_minor: transfer.amount_minor,
            day: day.filter(|_| status == Status::Settled),
            fate: "sent",
        }
    }

    /// Says something about a payment without faults: a refusal to take it at all.
    pub(crate) fn refuse_id(&mut self, to: &str, refused: &Transfer, code: &str) {
        let mut answer = self.answer(to, refused, Status::Rejected, None);
        answer.reason = Some(code.to_owned());
        self.answers.push(answer);
    }

    /// With an answer, another one about a payment that nobody sent.
    fn stray(&mut self, answer: &Answer, transfer: &Transfer) {
        if self.strikes(FaultKind::Stray, transfer, 0).is_none() {
            return;
        }
        let hash = blake3::derive_key("tongbao network stray 1", transfer.id.as_bytes());
        let name: String = hash.iter().take(12).map(|byte| format!("{byte:02X}")).collect();
        let day = Some(self.settlement_day());
        let name = format!("STRAY{name}");
        let end_to_end_id = name.clone();
        let (status, reason, original) = (Status::Settled, None, None);
        let stray = Answer { transfer: name, end_to_end_id, status, reason, original, day, ..answer.clone() };
        self.answers.push(stray);
    }

    fn put_off(&mut self, what: &str, answer: &Answer, ms: i64) {
        let number = self.number();
        self.later.push(Later {
            number,
            due: self.now.plus_ms(ms),
            what: what.to_owned(),
            bank: answer.to.clone(),
            transfer: answer.transfer.clone(),
            status: answer.status.code().to_owned(),
            reason: answer.reason.clone().unwrap_or_default(),
            settlement_day: answer.day,
        });
    }

    /// Returns a settled payment so much later.
    pub(crate) fn plan_return(&mut self, transfer: &Transfer, days: u16, code: &str) {
        let number = self.number();
        self.later.push(Later {
            number,
            due: self.now.plus_ms(i64::from(days) * 86_400_000),
            what: "return".to_owned(),
            bank: transfer.payee_bank.clone(),
            transfer: transfer.id.clone(),
            status: String::new(),
            reason: code.to_owned(),
            settlement_day: None,
        });
    }

    fn remember(&mut self, answer: &Answer) {
        let reason = answer.reason.clone().unwrap_or_default();
        let said = answer.status.code().to_owned();
        self.tell_story(&answer.transfer, ("", &answer.to), "pacs.002", (&said, &reason), answer.fate);
    }

    /// Puts a message into a mailbox; what was answered before it goes before it.
    pub(crate) fn line(
        &mut self,
        bank: &str,
        kind: &'static str,
        message: impl FnOnce(Header) -> Message,
    ) -> Result<(), Fault> {
        self.flush_answers()?;
        self.add_line(bank, kind, message)
    }

    fn add_line(
        &mut self,
        code: &str,
        kind: &'static str,
        message: impl FnOnce(Header) -> Message,
    ) -> Result<(), Fault> {
        let message_id = format!("N{:015}", self.number());
        let header = Header {
            message_id: message_id.clone(),
            created: self.now,
            from: Some(agent(&self.house.code)),
            to: Some(agent(code)),
        };
        let xml = message(header).write().fault(format!("writing a {kind}"))?;
        let bank = self.banks.get_mut(code).ok_or_else(|| Fault::new("a mailbox of no bank"))?;
        bank.sequence += 1;
        let (bank, sequence) = (code.to_owned(), bank.sequence);
        self.lines.push(NewLine { bank, sequence, message_id, kind, at: self.now, xml });
        Ok(())
    }

    fn flush_answers(&mut self) -> Result<(), Fault> {
        let mut groups: Vec<Vec<Answer>> = Vec::new();
        for answer in std::mem::take(&mut self.answers) {
            // Only the last group of a bank may still grow: the order of what it hears stays.
            let last = groups.iter().rposition(|group| group.first().is_some_and(|one| one.to == answer.to));
            match last.and_then(|last| groups.get_mut(last)) {
                Some(group) if fits(group, &answer) => group.push(answer),
                _ => groups.push(vec![answer]),
            }
        }
        for group in groups {
            let Some(first) = group.first() else { continue };
            let (to, original) = (first.to.clone(), first.original.clone());
            group.iter().for_each(|answer| self.remember(answer));
            let transactions = group.into_iter().map(status_of).collect();
            let (original_message_id, original_message_name) = original.unzip();
            let report = Report { original_message_id, original_message_name, transactions, ..Report::default() };
            self.add_line(&to, "pacs.002", |header| Message::Report(header, report))?;
        }
        Ok(())
    }

    /// Writes everything; the unit can go on.
    pub(crate) async fn flush(&mut self) -> Result<(), Fault> {
        self.flush_answers()?;
        store::message::receive(&mut self.tx, std::mem::take(&mut self.received)).await?;
        let changed: Vec<&mut Slot<Transfer>> = self.transfers.values_mut().filter(|slot| slot.is_changed).collect();
        let mut rows: Vec<&Transfer> = Vec::with_capacity(changed.len());
        for slot in changed {
            slot.is_changed = false;
            rows.extend(slot.value.as_ref());
        }
        store::transfer::put(&mut self.tx, rows.into_iter()).await?;
        let changed = self.customers.values().filter(|slot| slot.is_changed).filter_map(|slot| slot.value.as_ref());
        store::customer::put(&mut self.tx, changed, self.counters.number).await?;
        self.customers.values_mut().for_each(|slot| slot.is_changed = false);
        store::entry::insert(&mut self.tx, std::mem::take(&mut self.entries)).await?;
        store::story::insert(&mut self.tx, std::mem::take(&mut self.story)).await?;
        store::later::insert(&mut self.tx, std::mem::take(&mut self.later)).await?;
        store::message::add_lines(&mut self.tx, std::mem::take(&mut self.lines)).await?;
        store::bank::put(&mut self.tx, self.banks.values()).await?;
        // Counts of equal payments are in the table now.
        self.same.clear();
        store::scheme::put_counters(&mut self.tx, self.counters).await
    }

    /// Makes all of it durable; gives the last sequence of each mailbox.
    pub(crate) async fn commit(mut self) -> Result<Vec<(String, i64)>, Fault> {
        self.flush().await?;
        let sequences = self.banks.values().map(|bank| (bank.code.clone(), bank.sequence)).collect();
        self.tx.commit().await?;
        Ok(sequences)
    }
}

/// Whether an answer may go into the same message as these: about the same message, and each payment once.
fn fits(group: &[Answer], answer: &Answer) -> bool {
    group.len() < ANSWERS_MOST
        && group.first().is_some_and(|first| first.original == answer.original)
        && group.iter().all(|one| one.transfer != answer.transfer)
}

/// A bank in a message.
pub(crate) fn agent(code: &str) -> Agent {
    Agent { member: Some(code.to_owned()), ..Agent::default() }
}

/// The name of the message that brings such a payment, as an answer repeats it.
fn name_of(kind: Kind) -> String {
    let kind = match kind {
        Kind::Credit => iso20022::Kind::CreditTransfer,
        Kind::Debit => iso20022::Kind::DirectDebit,
        Kind::Return => iso20022::Kind::Return,
        Kind::Unknown => iso20022::Kind::Enquiry,
    };
    kind.name(kind.written())
}

fn status_of(answer: Answer) -> TransactionStatus {
    TransactionStatus {
        original_end_to_end_id: Some(answer.end_to_end_id).filter(|id| !id.is_empty()),
        original_transaction_id: Some(answer.transfer),
        status: answer.status,
        reason: answer.reason.map(|code| Reason { code, words: String::new() }),
        amount: Some(Amount::new(answer.amount_minor, Currency::CNY)).filter(|amount| amount.is_positive()),
        settlement_day: answer.day,
    }
}

/// The code to reject with: one that was given, if it has the form of one.
pub(crate) fn code_or_unsaid(code: &str) -> &str {
    if reason::is_code(code) { code } else { reason::NOT_SAID }
}
