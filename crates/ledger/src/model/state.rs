//! The deterministic state machine: `apply(state, command) → outcome`.
//!
//! Every check of a command stands before its first change, so a refused command changes nothing. A chain is
//! applied member by member with an undo list; if one member is refused, everything before it is undone. A command
//! on its own needs no such list.

use super::counter::{Counter, Exceeded};
use super::hold::{Hold, Holds};
use super::slab::Slab;
use super::types::*;
use kit::BankDay;
use std::collections::HashMap;

/// Most holds that one tick expires.
pub const EXPIRE_MAX: usize = 1_000;

const DEBITS_FROZEN: u32 = 1 << 29;
const CREDITS_FROZEN: u32 = 1 << 30;
const CLOSED: u32 = 1 << 31;
const DEBIT_NORMAL: u32 = 1 << 28;
/// The bits of [`Account::class`] that number a [`Class`].
const CLASS: u32 = DEBIT_NORMAL - 1;
/// No movement before.
pub(crate) const NONE: u64 = u64::MAX;

/// An account in 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Account {
    pub(crate) debits_pending: i64,
    pub(crate) debits_posted: i64,
    pub(crate) credits_pending: i64,
    pub(crate) credits_posted: i64,
    /// `i64::MIN` is no floor.
    pub(crate) floor: i64,
    /// `i64::MAX` is no ceiling.
    pub(crate) ceiling: i64,
    /// Sequence of the command that moved it last, or [`NONE`]: where its history begins.
    pub(crate) last: u64,
    pub(crate) holder: u32,
    /// Number of its class, and the flags.
    class: u32,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            debits_pending: 0,
            debits_posted: 0,
            credits_pending: 0,
            credits_posted: 0,
            floor: i64::MIN,
            ceiling: i64::MAX,
            last: NONE,
            holder: 0,
            class: 0,
        }
    }
}

/// What many accounts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    pub(crate) institution: u16,
    pub(crate) currency: u16,
    pub(crate) kind: u32,
}

/// All classes of accounts, numbered as they first came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    list: Vec<Class>,
    numbers: HashMap<Class, u32>,
}

impl Classes {
    fn number(&mut self, class: Class) -> Option<u32> {
        if let Some(number) = self.numbers.get(&class) {
            return Some(*number);
        }
        let number = u32::try_from(self.list.len()).ok().filter(|number| *number <= CLASS)?;
        self.list.push(class);
        self.numbers.insert(class, number);
        Some(number)
    }

    pub(crate) fn of(&self, account: &Account) -> Class {
        let class = self.list.get((account.class & CLASS) as usize).copied();
        class.unwrap_or(Class { institution: 0, currency: 0, kind: 0 })
    }
}

/// An account and its class apart, as a snapshot has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) account: Account,
    pub(crate) class: Class,
    /// As they were always written: debits frozen, credits frozen, closed, debit is the normal side.
    pub(crate) flags: u32,
}

impl Classes {
    pub(crate) fn stored(&self, account: &Account) -> Stored {
        let bits = [DEBITS_FROZEN, CREDITS_FROZEN, CLOSED, DEBIT_NORMAL].into_iter().enumerate();
        let flags = bits.fold(0, |flags, (place, bit)| flags | u32::from(account.has(bit)) << place);
        Stored { account: *account, class: self.of(account), flags }
    }

    /// The account to keep; none if there are too many classes.
    pub(crate) fn restore(&mut self, stored: Stored) -> Option<Account> {
        let mut account = stored.account;
        account.class = self.number(stored.class)?;
        for (place, bit) in [DEBITS_FROZEN, CREDITS_FROZEN, CLOSED, DEBIT_NORMAL].into_iter().enumerate() {
            account.set(bit, stored.flags & 1 << place != 0);
        }
        Some(account)
    }
}

impl Account {
    fn has(&self, flag: u32) -> bool {
        self.class & flag != 0
    }

    fn set(&mut self, flag: u32, on: bool) {
        self.class = if on { self.class | flag } else { self.class & !flag };
    }

    /// Booked balance on the normal side.
    fn balance(&self) -> i64 {
        let credit = self.credits_posted - self.debits_posted;
        if self.has(DEBIT_NORMAL) { -credit } else { credit }
    }

    /// The most that may still be taken off the normal side without passing the floor.
    fn can_fall_by(&self) -> i128 {
        let held = if self.has(DEBIT_NORMAL) { self.credits_pending } else { self.debits_pending };
        if self.floor == i64::MIN {
            return i128::from(i64::MAX);
        }
        i128::from(self.balance()) - i128::from(held) - i128::from(self.floor)
    }

    /// The most that may still be put on the normal side without passing the ceiling.
    fn can_rise_by(&self) -> i128 {
        let held = if self.has(DEBIT_NORMAL) { self.debits_pending } else { self.credits_pending };
        if self.ceiling == i64::MAX {
            return i128::from(i64::MAX);
        }
        i128::from(self.ceiling) - i128::from(self.balance()) - i128::from(held)
    }

    /// How much a debit may take: by the floor where a debit lowers the balance, by the ceiling where it raises it.
    fn debit_room(&self) -> i128 {
        if self.has(DEBIT_NORMAL) { self.can_rise_by() } else { self.can_fall_by() }
    }

    fn credit_room(&self) -> i128 {
        if self.has(DEBIT_NORMAL) { self.can_fall_by() } else { self.can_rise_by() }
    }

    fn view(&self, id: AccountId, class: Class) -> AccountView {
        AccountView {
            id,
            terms: OpenAccount {
                holder: HolderId::from_slot(id.partition(), self.holder as usize),
                institution: class.institution,
                currency: class.currency,
                kind: class.kind,
                normal_side: if self.has(DEBIT_NORMAL) { Side::Debit } else { Side::Credit },
                floor: (self.floor != i64::MIN).then_some(self.floor),
                ceiling: (self.ceiling != i64::MAX).then_some(self.ceiling),
            },
            debits_posted: self.debits_posted,
            credits_posted: self.credits_posted,
            debits_pending: self.debits_pending,
            credits_pending: self.credits_pending,
            debits_frozen: self.has(DEBITS_FROZEN),
            credits_frozen: self.has(CREDITS_FROZEN),
            closed: self.has(CLOSED),
        }
    }
}

/// Everything the ledger knows.
#[derive(Debug)]
pub(crate) struct State {
    /// Which part of all accounts this is; ids of another's are unknown here.
    partition: u16,
    /// Ledger time; never goes back.
    pub(crate) time_ms: i64,
    /// Commands applied so far.
    pub(crate) sequence: u64,
    pub(crate) classes: Classes,
    pub(crate) accounts: Slab<Account>,
    pub(crate) counters: Slab<Counter>,
    /// Security epochs by holder.
    pub(crate) holders: Slab<u32>,
    pub(crate) holds: Holds,
    /// How to take back what a chain has done so far.
    undo: Vec<Undo>,
    /// Holds that the chain has ended so far.
    ended: Vec<(u128, HoldLookup)>,
    in_chain: bool,
}

#[derive(Debug)]
enum Undo {
    Account(usize, Account),
    Counter(usize, Counter),
    HoldInserted(u32),
    HoldRemoved(u32, Hold),
}

/// What a transfer will do once nothing speaks against it.
struct Movement {
    debit: usize,
    credit: usize,
    amount: i64,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) resolved: Resolved,
    /// Ledger time.
    pub(crate) time_ms: i64,
    pub(crate) outcome: Outcome,
    /// Sequences of the commands that moved the debit and the credit account before.
    pub(crate) links: [u64; 2],
}

impl State {
    pub(crate) fn new(partition: u16) -> Self {
        Self {
            partition,
            time_ms: i64::MIN,
            sequence: 0,
            classes: Classes::default(),
            accounts: Slab::new(),
            counters: Slab::new(),
            holders: Slab::new(),
            holds: Holds::new(),
            undo: Vec::new(),
            ended: Vec::new(),
            in_chain: false,
        }
    }

    /// Applies one command. `resolve` looks up what it needs just before; a replay passes what the journal recorded.
    pub(crate) fn apply(&mut self, command: &Command, resolve: impl FnOnce(&State, &Command) -> Resolved) -> Decided {
        self.time_ms = self.time_ms.max(command.time_ms);
        let resolved = resolve(self, command);
        let mut links = [NONE; 2];
        let outcome = match self.apply_one(command, &resolved, &mut links) {
            Ok(effect) => Outcome::Done(effect),
            Err(reason) => Outcome::Refused(reason),
        };
        self.sequence += 1;
        Decided { resolved, time_ms: self.time_ms, outcome, links }
    }

    /// Applies several commands as a chain of which all or none takes effect.
    pub(crate) fn apply_chain(
        &mut self,
        commands: &[Command],
        mut resolve: impl FnMut(&State, &Command) -> Resolved,
    ) -> Vec<Decided> {
        if let [command] = commands {
            return vec![self.apply(command, resolve)];
        }
        self.in_chain = true;
        let mut results: Vec<Decided> = Vec::with_capacity(commands.len());
        let mut broken = false;
        for command in commands {
            if broken {
                self.time_ms = self.time_ms.max(command.time_ms);
                let resolved = resolve(self, command);
                self.sequence += 1;
                let outcome = Outcome::Refused(Reason::ChainBroken);
                results.push(Decided { resolved, time_ms: self.time_ms, outcome, links: [NONE; 2] });
                continue;
            }
            let decided = self.apply(command, &mut resolve);
            broken = matches!(decided.outcome, Outcome::Refused(_));
            results.push(decided);
        }
        self.in_chain = false;
        let undo = std::mem::take(&mut self.undo);
        self.ended.clear();
        if broken {
            for step in undo.into_iter().rev() {
                self.undo(step);
            }
            for decided in &mut results {
                if matches!(decided.outcome, Outcome::Done(_)) {
                    decided.outcome = Outcome::Refused(Reason::ChainBroken);
                    decided.links = [NONE; 2];
                }
            }
        }
        results
    }

    fn apply_one(&mut self, command: &Command, resolved: &Resolved, links: &mut [u64; 2]) -> Result<Effect, Reason> {
        match &command.action {
            Action::OpenHolder => Ok(Effect::HolderOpened(HolderId::from_slot(self.partition, self.holders.push(0)))),
            Action::RaiseEpoch { holder } => {
                let slot = holder.slot(self.partition).ok_or(Reason::HolderUnknown)?;
                let epoch = self.holders.get_mut(slot).ok_or(Reason::HolderUnknown)?;
                *epoch = epoch.checked_add(1).ok_or(Reason::Overflow)?;
                Ok(Effect::EpochRaised(*epoch))
            }
            Action::OpenAccount(terms) => self.open_account(terms),
            Action::SetBounds { account, floor, ceiling } => {
                check_bounds(*floor, *ceiling)?;
                let slot = self.open_account_slot(*account)?;
                self.change_account(slot, |account| {
                    account.floor = floor.unwrap_or(i64::MIN);
                    account.ceiling = ceiling.unwrap_or(i64::MAX);
                });
                Ok(Effect::Updated)
            }
            Action::SetFreeze { account, debits, credits } => {
                let slot = self.open_account_slot(*account)?;
                self.change_account(slot, |account| {
                    account.set(DEBITS_FROZEN, *debits);
                    account.set(CREDITS_FROZEN, *credits);
                });
                Ok(Effect::Updated)
            }
            Action::CloseAccount { account } => {
                let slot = self.open_account_slot(*account)?;
                let empty = |account: &Account| {
                    account.balance() == 0 && account.debits_pending == 0 && account.credits_pending == 0
                };
                if !self.accounts.get(slot).is_some_and(empty) {
                    return Err(Reason::AccountNotEmpty);
                }
                self.change_account(slot, |account| account.set(CLOSED, true));
                Ok(Effect::Updated)
            }
            Action::OpenCounter(terms) => Ok(Effect::CounterOpened(CounterId::from_slot(
                self.partition,
                self.counters.push(Counter::open(terms)),
            ))),
            Action::SetCaps { counter, cap_amount, cap_count } => {
                let slot = counter.slot(self.partition).ok_or(Reason::CounterUnknown)?;
                self.counters.get(slot).ok_or(Reason::CounterUnknown)?;
                self.change_counter(*counter, |counter| {
                    counter.cap_amount = cap_amount.unwrap_or(i64::MAX);
                    counter.cap_count = cap_count.unwrap_or(u32::MAX);
                });
                Ok(Effect::Updated)
            }
            Action::Transfer(transfer) => self.transfer(command.id, transfer, resolved.day, links),
            Action::Post { amount, .. } => self.post(*amount, resolved.hold, links),
            Action::Void { .. } => self.void(resolved.hold),
            Action::Tick => Ok(self.tick()),
        }
    }

    fn open_account(&mut self, terms: &OpenAccount) -> Result<Effect, Reason> {
        let holder =
            terms.holder.slot(self.partition).filter(|slot| *slot < self.holders.len()).ok_or(Reason::HolderUnknown)?;
        check_bounds(terms.floor, terms.ceiling)?;
        let class = Class { institution: terms.institution, currency: terms.currency, kind: terms.kind };
        let mut account = Account {
            floor: terms.floor.unwrap_or(i64::MIN),
            ceiling: terms.ceiling.unwrap_or(i64::MAX),
            holder: u32::try_from(holder).map_err(|_| Reason::Overflow)?,
            class: self.classes.number(class).ok_or(Reason::Overflow)?,
            ..Account::default()
        };
        account.set(DEBIT_NORMAL, terms.normal_side == Side::Debit);
        Ok(Effect::AccountOpened(AccountId::from_slot(self.partition, self.accounts.push(account))))
    }

    fn open_account_slot(&self, id: AccountId) -> Result<usize, Reason> {
        let slot = id.slot(self.partition).ok_or(Reason::AccountUnknown)?;
        let account = self.accounts.get(slot).ok_or(Reason::AccountUnknown)?;
        if account.has(CLOSED) { Err(Reason::AccountClosed) } else { Ok(slot) }
    }

    fn transfer(
        &mut self,
        id: CommandId,
        transfer: &Transfer,
        day: BankDay,
        links: &mut [u64; 2],
    ) -> Result<Effect, Reason> {
        let movement = self.check_transfer(transfer, day)?;
        for limit in &transfer.limits {
            self.change_counter(limit.counter, |counter| counter.charge(day, movement.amount));
        }
        match transfer.mode {
            Mode::Immediate => Ok(self.move_money(&movement, links)),
            Mode::Hold { expires_ms } => {
                self.change_account(movement.debit, |account| account.debits_pending += movement.amount);
                self.change_account(movement.credit, |account| account.credits_pending += movement.amount);
                let slot = self.holds.insert(Hold {
                    id: id.0,
                    debit: movement.debit as u64,
                    credit: movement.credit as u64,
                    amount: movement.amount,
                    expires_ms: expires_ms.unwrap_or(i64::MAX),
                    day,
                    counters: transfer.limits.iter().map(|limit| limit.counter.0).collect(),
                });
                self.remember(Undo::HoldInserted(slot));
                Ok(Effect::Held { amount: movement.amount })
            }
        }
    }

    /// All that can speak against a transfer, in the order of [`Reason`].
    fn check_transfer(&self, transfer: &Transfer, day: BankDay) -> Result<Movement, Reason> {
        if transfer.amount <= 0 || transfer.amount > AMOUNT_MAX {
            return Err(Reason::AmountOutOfRange);
        }
        let find = |id: AccountId| id.slot(self.partition).and_then(|slot| Some((slot, self.accounts.get(slot)?)));
        let (debit_slot, debit) = find(transfer.debit).ok_or(Reason::DebitAccountUnknown)?;
        let (credit_slot, credit) = find(transfer.credit).ok_or(Reason::CreditAccountUnknown)?;
        if let Some(check) = transfer.epoch {
            check.holder.slot(self.partition).and_then(|slot| self.holders.get(slot)).ok_or(Reason::HolderUnknown)?;
        }
        for limit in &transfer.limits {
            limit
                .counter
                .slot(self.partition)
                .and_then(|slot| self.counters.get(slot))
                .ok_or(Reason::CounterUnknown)?;
        }
        if debit_slot == credit_slot {
            return Err(Reason::SameAccount);
        }
        let counters =
            || transfer.limits.iter().filter_map(|limit| self.counters.get(limit.counter.slot(self.partition)?));
        let class = self.classes.of(debit);
        if (debit.class ^ credit.class) & CLASS != 0 {
            let other = self.classes.of(credit);
            if class.institution != other.institution {
                return Err(Reason::InstitutionDiffers);
            }
            if class.currency != other.currency && !counters().any(|counter| counter.institution != class.institution) {
                return Err(Reason::CurrencyDiffers);
            }
        }
        if counters().any(|counter| counter.institution != class.institution) {
            return Err(Reason::InstitutionDiffers);
        }
        if debit.has(CLOSED) {
            return Err(Reason::DebitAccountClosed);
        }
        if credit.has(CLOSED) {
            return Err(Reason::CreditAccountClosed);
        }
        if debit.has(DEBITS_FROZEN) {
            return Err(Reason::DebitFrozen);
        }
        if credit.has(CREDITS_FROZEN) {
            return Err(Reason::CreditFrozen);
        }
        if let Some(check) = transfer.epoch {
            let epoch = check.holder.slot(self.partition).and_then(|slot| self.holders.get(slot));
            if epoch != Some(&check.epoch) {
                return Err(Reason::EpochStale);
            }
        }
        let amount = balanced_amount(transfer, debit, credit);
        for (limit, counter) in transfer.limits.iter().zip(counters()) {
            counter.check(day, amount).map_err(|exceeded| limit_reason(limit.counter, counter.window, exceeded))?;
        }
        if i128::from(amount) > debit.debit_room() {
            let available = debit.debit_room().max(0) as i64;
            return Err(if debit.has(DEBIT_NORMAL) {
                Reason::CeilingExceeded { room: available }
            } else {
                Reason::InsufficientFunds { available }
            });
        }
        if i128::from(amount) > credit.credit_room() {
            let room = credit.credit_room().max(0) as i64;
            return Err(if credit.has(DEBIT_NORMAL) {
                Reason::InsufficientFunds { available: room }
            } else {
                Reason::CeilingExceeded { room }
            });
        }
        let debits = debit.debits_posted.checked_add(debit.debits_pending).and_then(|sum| sum.checked_add(amount));
        let credits = credit.credits_posted.checked_add(credit.credits_pending).and_then(|sum| sum.checked_add(amount));
        if debits.is_none_or(|sum| sum > AMOUNT_MAX) || credits.is_none_or(|sum| sum > AMOUNT_MAX) {
            return Err(Reason::Overflow);
        }
        Ok(Movement { debit: debit_slot, credit: credit_slot, amount })
    }

    fn post(
        &mut self,
        amount: Option<i64>,
        lookup: Option<HoldLookup>,
        links: &mut [u64; 2],
    ) -> Result<Effect, Reason> {
        let slot = open_hold(lookup)?;
        let held = self.holds.get(slot).ok_or(Reason::HoldUnknown)?;
        let amount = amount.unwrap_or(held.amount);
        if amount <= 0 {
            return Err(Reason::AmountOutOfRange);
        }
        if amount > held.amount {
            return Err(Reason::HoldExceeded);
        }
        let hold = self.release(slot, amount).ok_or(Reason::HoldUnknown)?;
        self.end(hold.id, HoldLookup::Posted);
        let movement = Movement { debit: hold.debit as usize, credit: hold.credit as usize, amount };
        Ok(self.move_money(&movement, links))
    }

    fn void(&mut self, lookup: Option<HoldLookup>) -> Result<Effect, Reason> {
        let hold = self.release(open_hold(lookup)?, 0).ok_or(Reason::HoldUnknown)?;
        self.end(hold.id, HoldLookup::Voided);
        Ok(Effect::Voided { amount: hold.amount })
    }

    fn tick(&mut self) -> Effect {
        let mut expired = Vec::new();
        for slot in self.holds.due(self.time_ms, EXPIRE_MAX) {
            if let Some(hold) = self.release(slot, 0) {
                expired.push(CommandId(hold.id));
            }
        }
        Effect::Ticked { expired }
    }

    /// Takes a hold out, of which `used` is about to be posted, and gives the rest back to its counters.
    fn release(&mut self, slot: u32, used: i64) -> Option<Hold> {
        let hold = self.holds.remove(slot)?;
        if self.in_chain {
            self.undo.push(Undo::HoldRemoved(slot, hold.clone()));
        }
        self.change_account(hold.debit as usize, |account| account.debits_pending -= hold.amount);
        self.change_account(hold.credit as usize, |account| account.credits_pending -= hold.amount);
        let unused = hold.amount - used;
        if unused > 0 {
            for counter in &hold.counters {
                let give_back = |counter: &mut Counter| counter.give_back(hold.day, unused, used == 0);
                self.change_counter(CounterId(*counter), give_back);
            }
        }
        Some(hold)
    }

    fn move_money(&mut self, movement: &Movement, links: &mut [u64; 2]) -> Effect {
        let Movement { debit, credit, amount } = *movement;
        let sequence = self.sequence;
        let [debit_link, credit_link] = links;
        let debit_balance = self.change_account(debit, |account| {
            *debit_link = std::mem::replace(&mut account.last, sequence);
            account.debits_posted += amount;
        });
        let credit_balance = self.change_account(credit, |account| {
            *credit_link = std::mem::replace(&mut account.last, sequence);
            account.credits_posted += amount;
        });
        Effect::Posted(Posted {
            debit: AccountId::from_slot(self.partition, debit),
            credit: AccountId::from_slot(self.partition, credit),
            amount,
            debit_balance,
            credit_balance,
        })
    }

    fn end(&mut self, hold: u128, how: HoldLookup) {
        if self.in_chain {
            self.ended.push((hold, how));
        }
    }

    /// What the chain that is being applied has made of a hold.
    pub(crate) fn ended_in_chain(&self, hold: CommandId) -> Option<HoldLookup> {
        self.ended.iter().find(|(id, _)| *id == hold.0).map(|(_, how)| *how)
    }

    fn remember(&mut self, step: Undo) {
        if self.in_chain {
            self.undo.push(step);
        }
    }

    /// Changes an account that the checks have found, and gives its balance after.
    fn change_account(&mut self, slot: usize, change: impl FnOnce(&mut Account)) -> i64 {
        let Some(account) = self.accounts.get_mut(slot) else {
            unreachable!("the checks found account {slot}");
        };
        if self.in_chain {
            self.undo.push(Undo::Account(slot, *account));
        }
        change(account);
        account.balance()
    }

    fn change_counter(&mut self, id: CounterId, change: impl FnOnce(&mut Counter)) {
        let slot = id.slot(self.partition).unwrap_or(usize::MAX);
        let Some(counter) = self.counters.get_mut(slot) else {
            unreachable!("the checks found counter {id}");
        };
        if self.in_chain {
            self.undo.push(Undo::Counter(slot, *counter));
        }
        change(counter);
    }

    fn undo(&mut self, step: Undo) {
        match step {
            Undo::Account(slot, before) => {
                if let Some(account) = self.accounts.get_mut(slot) {
                    *account = before;
                }
            }
            Undo::Counter(slot, before) => {
                if let Some(counter) = self.counters.get_mut(slot) {
                    *counter = before;
                }
            }
            Undo::HoldInserted(slot) => {
                self.holds.remove(slot);
            }
            Undo::HoldRemoved(slot, hold) => self.holds.put(slot, hold),
        }
    }

    /// Reads an account, so that it is near when it is asked for.
    pub(crate) fn touch(&self, id: AccountId) -> u64 {
        id.slot(self.partition).and_then(|slot| self.accounts.get(slot)).map_or(0, |account| account.last)
    }

    /// Sequence of the command that moved an account last.
    pub(crate) fn last_movement(&self, id: AccountId) -> Option<u64> {
        let account = self.accounts.get(id.slot(self.partition)?)?;
        (account.last != NONE).then_some(account.last)
    }

    pub(crate) fn account_view(&self, id: AccountId) -> Option<AccountView> {
        let account = self.accounts.get(id.slot(self.partition)?)?;
        Some(account.view(id, self.classes.of(account)))
    }

    pub(crate) fn account_views(&self) -> Vec<AccountView> {
        let slots = self.accounts.iter().enumerate();
        slots
            .map(|(slot, account)| account.view(AccountId::from_slot(self.partition, slot), self.classes.of(account)))
            .collect()
    }

    pub(crate) fn counter_view(&self, id: CounterId) -> Option<CounterView> {
        let counter = self.counters.get(id.slot(self.partition)?)?;
        Some(CounterView {
            id,
            terms: counter.terms(),
            window_index: counter.newest,
            used_amount: counter.amounts[0],
            used_count: counter.counts[0],
            previous_amount: counter.amounts[1],
            previous_count: counter.counts[1],
        })
    }

    pub(crate) fn epoch(&self, id: HolderId) -> Option<u32> {
        self.holders.get(id.slot(self.partition)?).copied()
    }

    /// The institution whose calendar dates a command.
    pub(crate) fn institution(&self, command: &Command) -> u16 {
        let of = |id: AccountId| {
            let account = self.accounts.get(id.slot(self.partition)?)?;
            Some(self.classes.of(account).institution)
        };
        let of_hold = |id: &CommandId| {
            let hold = self.holds.get(self.holds.slot_of(*id)?)?;
            of(AccountId::from_slot(self.partition, hold.debit as usize))
        };
        let found = match &command.action {
            Action::Transfer(transfer) => of(transfer.debit),
            Action::OpenAccount(terms) => Some(terms.institution),
            Action::OpenCounter(terms) => Some(terms.institution),
            Action::SetBounds { account, .. }
            | Action::SetFreeze { account, .. }
            | Action::CloseAccount { account } => of(*account),
            Action::Post { hold, .. } | Action::Void { hold } => of_hold(hold),
            Action::OpenHolder | Action::RaiseEpoch { .. } | Action::SetCaps { .. } | Action::Tick => None,
        };
        found.unwrap_or(0)
    }
}

fn check_bounds(floor: Option<i64>, ceiling: Option<i64>) -> Result<(), Reason> {
    match (floor, ceiling) {
        (Some(floor), Some(ceiling)) if floor > ceiling => Err(Reason::BoundsCrossed),
        _ => Ok(()),
    }
}

fn open_hold(lookup: Option<HoldLookup>) -> Result<u32, Reason> {
    match lookup {
        Some(HoldLookup::Open(slot)) => Ok(slot),
        Some(HoldLookup::NotAHold) => Err(Reason::NotAHold),
        Some(HoldLookup::Posted) => Err(Reason::HoldPosted),
        Some(HoldLookup::Voided) => Err(Reason::HoldVoided),
        Some(HoldLookup::Expired) => Err(Reason::HoldExpired),
        Some(HoldLookup::Unknown) | None => Err(Reason::HoldUnknown),
    }
}

/// What a balancing transfer moves. Where there is no room at all the whole amount stands, and the check of funds
/// gives the refusal.
fn balanced_amount(transfer: &Transfer, debit: &Account, credit: &Account) -> i64 {
    let room = match transfer.balancing {
        None => return transfer.amount,
        Some(Side::Debit) => debit.debit_room(),
        Some(Side::Credit) => credit.credit_room(),
    };
    if room <= 0 { transfer.amount } else { i128::from(transfer.amount).min(room) as i64 }
}

fn limit_reason(counter: CounterId, window: Window, exceeded: Exceeded) -> Reason {
    match exceeded {
        Exceeded::WindowClosed => Reason::WindowClosed { counter },
        Exceeded::Amount { cap, used } => Reason::LimitExceeded { counter, window, by_count: false, cap, used },
        Exceeded::Count { cap, used } => Reason::LimitExceeded { counter, window, by_count: true, cap, used },
    }
}
