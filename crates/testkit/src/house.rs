//! A clearing house with two other banks behind it, in the test's hand: it does what it is told, when it is told.

use crate::OtherBanks;
use iso20022::{
    AccountId, Agent, CreditTransfer, Enquiry, Entry, EntryState, Header, Limits, Mark, Message, Party, PaymentReturn,
    Reason, Report, Statement, Status, TransactionStatus,
};
use kit::{BankDay, Calendar, Clock, FakeClock, Fault};
use money::{Amount, Currency};
use payments::{Asking, CardAnswer, CardNetwork, CardQuestion, ClearingNetwork, CodeAnswer, Handed, Mail, OtherBank};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// This bank's participant code in tests.
pub const OWN_CODE: &str = "990290010001";
/// The first of the other banks.
pub const BANK_A: &str = "990310020002";

/// What becomes of the next message that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// It is taken.
    None,
    /// There is no connection.
    Down,
    /// The connection breaks before the house has read it.
    LostBefore,
    /// The connection breaks after the house has taken it.
    LostAfter,
    /// The house refuses it as such.
    Refused,
}

/// How a payment stands with the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Taken, and not decided.
    Pending,
    /// Settled on this day.
    Settled(BankDay),
    /// Rejected.
    Rejected(&'static str),
}

/// A payment as the house knows it.
#[derive(Debug, Clone)]
pub struct HouseTransfer {
    /// What it does to this bank's balance there once it is settled, in minor units.
    pub signed_minor: i64,
    /// How it stands.
    pub standing: Standing,
    /// Whether it waits for the next window.
    is_batch: bool,
    /// The message that would settle it with this bank, if it goes there.
    incoming: Option<CreditTransfer>,
}

#[derive(Default)]
struct State {
    mailbox: Vec<String>,
    taken: BTreeMap<String, String>,
    transfers: BTreeMap<String, HouseTransfer>,
    mishaps: VecDeque<Mishap>,
    rejections: VecDeque<&'static str>,
    /// Answers are put into the mailbox so many times; 0: dropped.
    copies: usize,
    /// Answers are kept back until they are let go.
    keeps_back: bool,
    kept: Vec<String>,
    balance_minor: i64,
    made: u64,
}

/// The clearing house. Clones share everything.
#[derive(Clone)]
pub struct House {
    state: Arc<Mutex<State>>,
    cards: OtherBanks,
    clock: FakeClock,
    calendar: Calendar,
}

impl House {
    /// A house; the one that was there before goes on, whatever became of the bank meanwhile.
    pub(crate) fn new(before: Option<Self>, cards: OtherBanks, clock: FakeClock, calendar: Calendar) -> Self {
        let fresh = || Arc::new(Mutex::new(State { copies: 1, ..State::default() }));
        let state = before.map_or_else(fresh, |before| before.state);
        Self { state, cards, clock, calendar }
    }

    /// What becomes of the next messages, one after the other; then all are taken.
    pub fn mishap(&self, mishaps: &[Mishap]) {
        self.state().mishaps.extend(mishaps.iter().cloned());
    }

    /// The next payments are rejected with these codes.
    pub fn reject(&self, codes: &[&'static str]) {
        self.state().rejections.extend(codes);
    }

    /// Each answer comes so many times; 0 drops them.
    pub fn answer_times(&self, copies: usize) {
        self.state().copies = copies;
    }

    /// Answers are kept back, or let go.
    pub fn keep_back(&self, keeps_back: bool) {
        let mut state = self.state();
        state.keeps_back = keeps_back;
        if !keeps_back {
            let kept = std::mem::take(&mut state.kept);
            state.mailbox.extend(kept);
        }
    }

    /// This bank's balance with the house, in minor units.
    pub fn balance(&self) -> i64 {
        self.state().balance_minor
    }

    /// Every payment that the house ever took.
    pub fn transfers(&self) -> BTreeMap<String, HouseTransfer> {
        self.state().transfers.clone()
    }

    /// How one stands.
    pub fn standing(&self, transaction_id: &str) -> Option<Standing> {
        self.state().transfers.get(transaction_id).map(|transfer| transfer.standing)
    }

    /// Puts a document into this bank's mailbox.
    pub fn put(&self, xml: impl Into<String>) {
        self.state().mailbox.push(xml.into());
    }

    /// Says something about a payment, whatever the truth.
    pub fn say(&self, transaction_id: &str, status: Status, reason: &str, day: Option<BankDay>) {
        let reason = (!reason.is_empty()).then(|| Reason { code: reason.to_owned(), words: String::new() });
        let status = TransactionStatus {
            original_end_to_end_id: None,
            original_transaction_id: Some(transaction_id.to_owned()),
            status,
            reason,
            amount: None,
            settlement_day: day,
        };
        let xml = self.report(&mut self.state(), None, vec![status]);
        self.put(xml);
    }

    /// Somebody at another bank pays an account here; gives what names the payment. In real time it waits for this bank's
    /// word; in a batch it is settled already.
    pub fn pay_in(&self, account: &str, name: &str, minor: i64, is_batch: bool) -> String {
        let mut state = self.state();
        state.made += 1;
        let transaction_id = format!("{BANK_A}{:019}", state.made);
        let day = self.today();
        let transfer = CreditTransfer {
            instruction_id: None,
            end_to_end_id: format!("E{}", state.made),
            transaction_id: Some(transaction_id.clone()),
            amount: Amount::new(minor, Currency::CNY),
            settlement_day: is_batch.then_some(day),
            service: Some(if is_batch { iso20022::Service::Batch } else { iso20022::Service::RealTime }),
            debtor: Party { name: "赵一凡".to_owned() },
            debtor_account: Some(AccountId::Other("6200010000000017".to_owned())),
            debtor_agent: agent(BANK_A),
            creditor_agent: agent(OWN_CODE),
            creditor: Party { name: name.to_owned() },
            creditor_account: Some(AccountId::Other(account.to_owned())),
            remittance: "货款".to_owned(),
        };
        let standing = if is_batch { Standing::Settled(day) } else { Standing::Pending };
        let known = HouseTransfer { signed_minor: minor, standing, is_batch, incoming: Some(transfer.clone()) };
        state.transfers.insert(transaction_id.clone(), known);
        if is_batch {
            state.balance_minor += minor;
        }
        let header = self.header(&mut state);
        let xml = written(&Message::CreditTransfer(header, vec![transfer]));
        state.mailbox.push(xml);
        transaction_id
    }

    /// Sends the same payment once more.
    pub fn pay_in_again(&self, transaction_id: &str) {
        let mut state = self.state();
        let incoming = state.transfers.get(transaction_id).and_then(|transfer| transfer.incoming.clone());
        let incoming = incoming.unwrap_or_else(|| panic!("{transaction_id} does not come in"));
        let header = self.header(&mut state);
        state.mailbox.push(written(&Message::CreditTransfer(header, vec![incoming])));
    }

    /// Asks this bank how a payment stands.
    pub fn ask(&self, transaction_id: &str) {
        let mut state = self.state();
        let header = self.header(&mut state);
        let question =
            Enquiry { original_end_to_end_id: None, original_transaction_id: Some(transaction_id.to_owned()) };
        state.mailbox.push(written(&Message::Enquiry(header, vec![question])));
    }

    /// The other bank gives back what it got; gives what names the return.
    pub fn give_back(&self, transaction_id: &str, code: &str, minor: i64) -> String {
        let mut state = self.state();
        state.made += 1;
        let return_id = format!("{BANK_A}R{:018}", state.made);
        let day = self.today();
        let known =
            HouseTransfer { signed_minor: minor, standing: Standing::Settled(day), is_batch: false, incoming: None };
        state.transfers.insert(return_id.clone(), known);
        state.balance_minor += minor;
        let one = PaymentReturn {
            return_id: return_id.clone(),
            original_end_to_end_id: None,
            original_transaction_id: Some(transaction_id.to_owned()),
            amount: Amount::new(minor, Currency::CNY),
            settlement_day: Some(day),
            reason: Reason { code: code.to_owned(), words: "户名不符".to_owned() },
        };
        let header = self.header(&mut state);
        state.mailbox.push(written(&Message::Return(header, vec![one])));
        return_id
    }

    /// Settles everything that waits for the window.
    pub fn window(&self) {
        let mut state = self.state();
        let waiting: Vec<String> = state
            .transfers
            .iter()
            .filter(|(_, transfer)| transfer.is_batch && transfer.standing == Standing::Pending)
            .map(|(id, _)| id.clone())
            .collect();
        for id in waiting {
            self.decide(&mut state, &id);
        }
    }

    /// Ends a day: this bank gets its statement, as true as the test leaves it.
    pub fn day_end(&self, day: BankDay, change: impl FnOnce(&mut Statement)) {
        let mut state = self.state();
        let settled = |transfer: &HouseTransfer| match transfer.standing {
            Standing::Settled(on) => Some((on, transfer.signed_minor)),
            _ => None,
        };
        let sum_before = |end: BankDay| {
            let all = state.transfers.values().filter_map(settled).filter(|(on, _)| *on < end);
            Some(Amount::new(all.map(|(_, signed)| signed).sum(), Currency::CNY))
        };
        let entry = |(id, transfer): (&String, &HouseTransfer)| {
            let (_, signed) = settled(transfer).filter(|(on, _)| *on == day)?;
            Some(Entry {
                amount: Amount::new(signed.abs(), Currency::CNY),
                mark: if signed < 0 { Mark::Debit } else { Mark::Credit },
                state: EntryState::Booked,
                booked: Some(day),
                transaction_id: id.clone(),
                words: String::new(),
            })
        };
        let mut statement = Statement {
            id: format!("S{}-{}", day.iso(), state.mailbox.len()),
            account: AccountId::Other(OWN_CODE.to_owned()),
            day: Some(day),
            opening: sum_before(day),
            closing: sum_before(BankDay(day.0 + 1)),
            entries: state.transfers.iter().filter_map(entry).collect(),
        };
        change(&mut statement);
        let header = self.header(&mut state);
        state.mailbox.push(written(&Message::Statement(header, vec![statement])));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn today(&self) -> BankDay {
        self.calendar.day(self.clock.now())
    }

    fn header(&self, state: &mut State) -> Header {
        state.made += 1;
        Header {
            message_id: format!("H{}", state.made),
            created: self.clock.now(),
            from: Some(agent("990000000000")),
            to: Some(agent(OWN_CODE)),
        }
    }

    fn report(&self, state: &mut State, to: Option<String>, statuses: Vec<TransactionStatus>) -> String {
        let header = self.header(state);
        let original_message_id = Some(to.unwrap_or_else(|| "unknown".to_owned()));
        let original_message_name = Some("pacs.008.001.08".to_owned());
        let report = Report { original_message_id, original_message_name, transactions: statuses, ..Report::default() };
        written(&Message::Report(header, report))
    }

    /// Puts an answer about a payment into the mailbox, as often as it is told to.
    fn answer(&self, state: &mut State, id: &str, asked: bool) {
        let (status, reason, day) = match state.transfers.get(id).map(|transfer| transfer.standing) {
            Some(Standing::Pending) => (Status::Pending, None, None),
            Some(Standing::Settled(day)) => (Status::Settled, None, Some(day)),
            Some(Standing::Rejected(code)) => (Status::Rejected, Some(code), None),
            None => return,
        };
        let status = TransactionStatus {
            original_end_to_end_id: None,
            original_transaction_id: Some(id.to_owned()),
            status,
            reason: reason.map(|code| Reason { code: code.to_owned(), words: String::new() }),
            amount: None,
            settlement_day: day,
        };
        let copies = if asked { 1 } else { state.copies };
        for _ in 0..copies {
            let xml = self.report(state, None, vec![status.clone()]);
            if state.keeps_back { state.kept.push(xml) } else { state.mailbox.push(xml) }
        }
    }

    fn decide(&self, state: &mut State, id: &str) {
        let rejection = state.rejections.pop_front();
        let today = self.today();
        let Some(transfer) = state.transfers.get_mut(id).filter(|transfer| transfer.standing == Standing::Pending)
        else {
            return;
        };
        match rejection {
            Some(code) => transfer.standing = Standing::Rejected(code),
            None => {
                transfer.standing = Standing::Settled(today);
                let signed = transfer.signed_minor;
                state.balance_minor += signed;
            }
        }
        self.answer(state, id, false);
    }

    fn take(&self, xml: &str) {
        let message = Message::read(xml.as_bytes(), &Limits::default());
        let message = message.unwrap_or_else(|refused| panic!("{refused}\n{xml}")).message;
        let mut state = self.state();
        let message_id = message.header().message_id.clone();
        if let Some(before) = state.taken.insert(message_id.clone(), xml.to_owned()) {
            assert_eq!(before, xml, "another message under {message_id}");
            return;
        }
        match message {
            Message::CreditTransfer(_, transfers) => {
                for transfer in transfers {
                    let is_batch = transfer.service == Some(iso20022::Service::Batch);
                    self.begin(&mut state, transfer.transaction_id, -transfer.amount.minor, is_batch);
                }
            }
            Message::DirectDebit(_, debits) => {
                for debit in debits {
                    self.begin(&mut state, debit.transaction_id, debit.amount.minor, false);
                }
            }
            Message::Return(_, returns) => {
                for one in returns {
                    self.begin(&mut state, Some(one.return_id), -one.amount.minor, false);
                }
            }
            Message::Report(_, report) => {
                for status in report.transactions {
                    self.heard(&mut state, &status);
                }
            }
            Message::Enquiry(_, questions) => {
                for question in questions {
                    let id = question.original_transaction_id.unwrap_or_default();
                    let unknown = HouseTransfer {
                        signed_minor: 0,
                        standing: Standing::Rejected("NOOR"),
                        is_batch: false,
                        incoming: None,
                    };
                    // What it never took it refuses for ever after.
                    state.transfers.entry(id.clone()).or_insert(unknown);
                    self.answer(&mut state, &id, true);
                }
            }
            Message::Statement(..) | Message::Notification(..) => panic!("a bank sent a statement"),
        }
    }

    fn begin(&self, state: &mut State, id: Option<String>, signed_minor: i64, is_batch: bool) {
        let id = id.unwrap_or_else(|| panic!("a payment without a name"));
        if state.transfers.contains_key(&id) {
            // Refused before it came, by a question.
            self.answer(state, &id, false);
            return;
        }
        let known = HouseTransfer { signed_minor, standing: Standing::Pending, is_batch, incoming: None };
        state.transfers.insert(id.clone(), known);
        if !is_batch {
            self.decide(state, &id);
        }
    }

    /// This bank's word about a payment that goes to it.
    fn heard(&self, state: &mut State, status: &TransactionStatus) {
        let id = status.original_transaction_id.clone().unwrap_or_default();
        let today = self.today();
        let Some(transfer) = state.transfers.get_mut(&id) else { return };
        if transfer.incoming.is_none() || transfer.standing != Standing::Pending {
            return;
        }
        match status.status {
            Status::InProcess => {
                transfer.standing = Standing::Settled(today);
                let signed = transfer.signed_minor;
                state.balance_minor += signed;
            }
            Status::Rejected => {
                let code = status.reason.as_ref().map(|reason| reason.code.clone()).unwrap_or_default();
                transfer.standing = Standing::Rejected(Box::leak(code.into_boxed_str()));
            }
            _ => return,
        }
        self.answer(state, &id, false);
    }
}

impl ClearingNetwork for House {
    fn send<'a>(&'a self, xml: &'a str) -> Asking<'a, Handed> {
        let mishap = self.state().mishaps.pop_front().unwrap_or(Mishap::None);
        let handed = match mishap {
            Mishap::None => {
                self.take(xml);
                Handed::Taken
            }
            Mishap::Down => Handed::NotTaken,
            Mishap::LostBefore => Handed::Unknown,
            Mishap::LostAfter => {
                self.take(xml);
                Handed::Unknown
            }
            Mishap::Refused => Handed::Refused("422: no".to_owned()),
        };
        Box::pin(async move { Ok(handed) })
    }

    fn messages<'a>(&'a self, after: i64, most: u32, _: Duration) -> Asking<'a, Vec<Mail>> {
        let state = self.state();
        let mail = state.mailbox.iter().zip(1_i64..).skip(after as usize).take(most as usize);
        let mail: Vec<Mail> = mail.map(|(xml, sequence)| Mail { sequence, xml: xml.clone() }).collect();
        Box::pin(async move { Ok::<_, Fault>(mail) })
    }
}

impl CardNetwork for House {
    fn banks(&self) -> Asking<'_, Vec<OtherBank>> {
        self.cards.banks()
    }

    fn check_card<'a>(&'a self, question: &'a CardQuestion) -> Asking<'a, CardAnswer> {
        self.cards.check_card(question)
    }

    fn confirm_card<'a>(&'a self, reference: &'a str, code: &'a str) -> Asking<'a, CodeAnswer> {
        self.cards.confirm_card(reference, code)
    }

    fn release_card<'a>(&'a self, mandate: &'a str) -> Asking<'a, ()> {
        self.cards.release_card(mandate)
    }
}

fn agent(code: &str) -> Agent {
    Agent { member: Some(code.to_owned()), ..Agent::default() }
}

fn written(message: &Message) -> String {
    message.write().unwrap_or_else(|refused| panic!("{refused}: {message:?}"))
}
