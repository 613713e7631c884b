//! What clients ask for: every command, valid and not, again and changed.

use crate::random::Random;
use ledger::*;

const MINUTE: i64 = 60_000;
/// Ten at night before a month's end in the bank's time, so that days, months and years turn within a run.
const START_MS: i64 = 1_798_725_600_000;

/// Makes commands.
pub(crate) struct Load {
    random: Random,
    next_id: u128,
    pub(crate) now_ms: i64,
    /// Ids in order, or in none.
    ordered: bool,
    /// Longest document.
    document: u64,
    /// Transfers that may have made a hold.
    holds: Vec<CommandId>,
    /// Accounts, counters and holders that were asked for.
    pub(crate) asked: (u64, u64, u64),
}

impl Load {
    pub(crate) fn new(mut random: Random) -> Self {
        let document = [0, 40, 900, 16_384][random.below(4) as usize];
        let ordered = random.one_in(2);
        Self { random, next_id: 1, now_ms: START_MS, ordered, document, holds: Vec::new(), asked: (0, 0, 0) }
    }

    /// Time goes on, now and then by an hour back or a day forward, as clocks do.
    pub(crate) fn tick_clock(&mut self) {
        self.now_ms += match self.random.below(200) {
            0 => -60 * MINUTE,
            1 => 24 * 60 * MINUTE,
            2..10 => 20 * MINUTE,
            _ => self.random.below(20_000) as i64,
        };
    }

    fn id(&mut self) -> CommandId {
        self.next_id += 1;
        CommandId(if self.ordered {
            self.next_id << 40
        } else {
            (u128::from(self.random.any()) << 64 | u128::from(self.random.any())).clamp(1, u128::MAX - 1)
        })
    }

    pub(crate) fn command(&mut self, action: Action) -> Command {
        let length = if self.random.one_in(3) { 0 } else { self.random.below(self.document + 1) };
        let document = vec![self.random.any() as u8; length as usize];
        // What was asked a while ago may come now.
        let late = if self.random.one_in(20) { self.random.below(2 * 24 * 60) as i64 * MINUTE } else { 0 };
        Command { id: self.id(), time_ms: self.now_ms - late, action, document }
    }

    /// The accounts that a run begins with: cash of two institutions, and customers.
    pub(crate) fn opening(&mut self) -> Vec<Command> {
        let mut actions = vec![Action::OpenHolder, Action::OpenHolder];
        for place in 0..8 {
            let mut terms = self.terms();
            terms.holder = HolderId(place % 2);
            if place < 2 {
                (terms.institution, terms.currency, terms.normal_side) = (1, 156, Side::Debit);
                (terms.floor, terms.ceiling) = (None, None);
            } else if place < 6 {
                (terms.institution, terms.currency, terms.normal_side) = (1, 156, Side::Credit);
            }
            actions.push(Action::OpenAccount(terms));
        }
        for window in [Window::Day, Window::Month, Window::Year, Window::Payment, Window::Day] {
            actions.push(Action::OpenCounter(OpenCounter {
                institution: 1,
                window,
                cap_amount: Some(1_000 + self.random.below(20_000) as i64),
                cap_count: (self.random.one_in(2)).then(|| self.random.below(40) as u32),
            }));
        }
        for customer in 2..6 {
            let mut transfer = self.transfer();
            (transfer.debit, transfer.credit, transfer.amount) = (AccountId(0), AccountId(customer), 5_000);
            (transfer.mode, transfer.limits, transfer.epoch) = (Mode::Immediate, Vec::new(), None);
            actions.push(Action::Transfer(transfer));
        }
        self.asked = (8, 5, 2);
        actions.into_iter().map(|action| self.command(action)).collect()
    }

    fn terms(&mut self) -> OpenAccount {
        let random = &mut self.random;
        OpenAccount {
            holder: HolderId(random.below(self.asked.2 + 1)),
            institution: if random.one_in(4) { 2 } else { 1 },
            currency: if random.one_in(6) { 840 } else { 156 },
            kind: 2000 + random.below(3) as u32,
            normal_side: if random.one_in(3) { Side::Debit } else { Side::Credit },
            floor: (!random.one_in(4)).then(|| -(random.below(3) as i64 * 500)),
            ceiling: random.one_in(4).then(|| random.below(30_000) as i64 - 600),
        }
    }

    fn transfer(&mut self) -> Transfer {
        let random = &mut self.random;
        let (accounts, counters, holders) = self.asked;
        // Mostly among those that can pay each other.
        let mut account = || {
            AccountId(if random.one_in(12) { random.below(accounts + 1) } else { random.below(accounts.clamp(1, 6)) })
        };
        let (debit, credit) = (account(), account());
        let amount = match random.below(60) {
            0 => 0,
            1 => -5,
            2 => AMOUNT_MAX + 1,
            3 => AMOUNT_MAX,
            _ => 1 + random.below(900) as i64,
        };
        let count = if random.one_in(2) { 0 } else { random.below(4) };
        let mut limits: Vec<LimitUse> = Vec::new();
        for _ in 0..count {
            let strange = u64::from(random.one_in(20));
            let counter = CounterId(random.below(counters + strange));
            if limits.iter().all(|limit| limit.counter != counter) {
                limits.push(LimitUse { counter, side: if random.one_in(2) { Side::Debit } else { Side::Credit } });
            }
        }
        let mode = match random.below(5) {
            0 => Mode::Hold { expires_ms: None },
            1 => Mode::Hold { expires_ms: Some(self.now_ms + random.below(60) as i64 * MINUTE) },
            _ => Mode::Immediate,
        };
        let balancing = match random.below(12) {
            0 => Some(Side::Debit),
            1 => Some(Side::Credit),
            _ => None,
        };
        let epoch = random
            .one_in(6)
            .then(|| EpochCheck { holder: HolderId(random.below(holders + 1)), epoch: random.below(3) as u32 });
        let (code, reference) = (random.below(9) as u16, random.any());
        Transfer { debit, credit, amount, code, reference, mode, balancing, limits, epoch }
    }

    /// A new command.
    pub(crate) fn new_command(&mut self) -> Command {
        let account = AccountId(self.random.below(self.asked.0 + 1));
        let action = match self.random.below(100) {
            0..62 => Action::Transfer(self.transfer()),
            62..82 if !self.holds.is_empty() => {
                let hold = self.holds[self.random.below(self.holds.len() as u64) as usize];
                match self.random.below(5) {
                    0 | 1 => Action::Void { hold },
                    2 => Action::Post { hold, amount: Some(self.random.below(400) as i64) },
                    _ => Action::Post { hold, amount: None },
                }
            }
            82..84 => Action::Post { hold: CommandId(7), amount: None },
            84..88 => Action::Tick,
            88 => Action::OpenHolder,
            89 => Action::RaiseEpoch { holder: HolderId(self.random.below(self.asked.2 + 1)) },
            90 => Action::OpenAccount(self.terms()),
            91..93 => {
                let (floor, ceiling) = (self.random.below(900) as i64 - 600, self.random.below(40_000) as i64 - 200);
                let floor = (!self.random.one_in(3)).then_some(floor);
                Action::SetBounds { account, floor, ceiling: self.random.one_in(2).then_some(ceiling) }
            }
            93 => Action::SetFreeze { account, debits: self.random.one_in(3), credits: self.random.one_in(3) },
            94 if self.random.one_in(4) => Action::CloseAccount { account },
            95 => Action::OpenCounter(OpenCounter {
                institution: 1 + self.random.below(2) as u16,
                window: Window::Day,
                cap_amount: Some(self.random.below(9_000) as i64),
                cap_count: None,
            }),
            96 | 97 => Action::SetCaps {
                counter: CounterId(self.random.below(self.asked.1 + 1)),
                cap_amount: (!self.random.one_in(4)).then(|| self.random.below(60_000) as i64),
                cap_count: self.random.one_in(3).then(|| self.random.below(90) as u32),
            },
            _ => Action::Transfer(self.transfer()),
        };
        match &action {
            Action::OpenHolder => self.asked.2 += 1,
            Action::OpenAccount(_) => self.asked.0 += 1,
            Action::OpenCounter(_) => self.asked.1 += 1,
            _ => {}
        }
        let command = self.command(action);
        if matches!(command.action, Action::Transfer(_)) {
            self.holds.push(command.id);
            if self.holds.len() > 60 {
                let place = self.random.below(60) as usize;
                self.holds.swap_remove(place);
            }
        }
        command
    }

    /// A chain of new commands that can be chained.
    pub(crate) fn chain(&mut self) -> Vec<Command> {
        let length = 2 + self.random.below(4);
        let mut chain = Vec::new();
        while (chain.len() as u64) < length {
            let mut action = Action::Transfer(self.transfer());
            if self.random.one_in(4) {
                let account = AccountId(self.random.below(self.asked.0));
                action = Action::SetFreeze { account, debits: false, credits: false };
            }
            if self.random.one_in(3) && !self.holds.is_empty() {
                let hold = self.holds[self.random.below(self.holds.len() as u64) as usize];
                action = Action::Void { hold };
            }
            let command = self.command(action);
            if matches!(command.action, Action::Transfer(_)) {
                self.holds.push(command.id);
            }
            chain.push(command);
        }
        chain
    }

    /// The same id with another body.
    pub(crate) fn changed(&mut self, command: &Command) -> Command {
        let mut changed = command.clone();
        match &mut changed.action {
            Action::Transfer(transfer) if self.random.one_in(2) => transfer.amount ^= 1,
            _ => changed.document.push(1),
        }
        changed
    }
}
