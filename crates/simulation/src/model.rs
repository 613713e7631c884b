//! What the ledger must decide, written from its documentation and in the plainest way: lists, maps, and a copy of
//! everything before a chain.

use kit::BankDay;
use ledger::*;
use std::collections::{BTreeMap, HashMap};

/// The calendar of the simulated bank: midnight eight hours before UTC's.
pub fn bank_day(_institution: u16, time_ms: i64) -> BankDay {
    BankDay((time_ms + 8 * 3_600_000).div_euclid(86_400_000) as i32)
}

#[derive(Debug, Clone)]
struct Account {
    terms: OpenAccount,
    debits: i64,
    credits: i64,
    debits_held: i64,
    credits_held: i64,
    debits_frozen: bool,
    credits_frozen: bool,
    closed: bool,
}

impl Account {
    fn balance(&self) -> i64 {
        match self.terms.normal_side {
            Side::Debit => self.debits - self.credits,
            Side::Credit => self.credits - self.debits,
        }
    }

    /// How far a movement on `side` may go; none is without end.
    fn room(&self, side: Side) -> Option<i128> {
        let raises = side == self.terms.normal_side;
        let held = i128::from(match side {
            Side::Debit => self.debits_held,
            Side::Credit => self.credits_held,
        });
        let balance = i128::from(self.balance());
        if raises {
            self.terms.ceiling.map(|ceiling| i128::from(ceiling) - balance - held)
        } else {
            self.terms.floor.map(|floor| balance - held - i128::from(floor))
        }
    }

    fn refusal(&self, side: Side, amount: i64) -> Option<Reason> {
        let room = self.room(side)?;
        if i128::from(amount) <= room {
            return None;
        }
        let left = i64::try_from(room.max(0)).unwrap_or(i64::MAX);
        Some(if side == self.terms.normal_side {
            Reason::CeilingExceeded { room: left }
        } else {
            Reason::InsufficientFunds { available: left }
        })
    }
}

#[derive(Debug, Clone)]
struct Counter {
    terms: OpenCounter,
    used: BTreeMap<i32, (i64, u32)>,
    newest: Option<i32>,
}

impl Counter {
    fn window(&self, day: BankDay) -> i32 {
        let (year, month, _) = day.ymd();
        match self.terms.window {
            Window::Payment => 0,
            Window::Day => day.0,
            Window::Month => year * 12 + i32::from(month) - 1,
            Window::Year => year,
        }
    }

    fn is_kept(&self, window: i32) -> bool {
        self.newest.is_none_or(|newest| window >= newest - 1)
    }

    fn refusal(&self, id: CounterId, day: BankDay, amount: i64) -> Option<Reason> {
        let Counter { terms: OpenCounter { window: kind, cap_amount, cap_count, .. }, .. } = *self;
        let exceeded = |by_count, cap, used| Reason::LimitExceeded { counter: id, window: kind, by_count, cap, used };
        if kind == Window::Payment {
            return cap_amount.filter(|cap| amount > *cap).map(|cap| exceeded(false, cap, 0));
        }
        let window = self.window(day);
        if !self.is_kept(window) {
            return Some(Reason::WindowClosed { counter: id });
        }
        let (used, count) = self.used.get(&window).copied().unwrap_or_default();
        if let Some(cap) = cap_amount.filter(|cap| i128::from(used) + i128::from(amount) > i128::from(*cap)) {
            return Some(exceeded(false, cap, used));
        }
        cap_count.filter(|cap| count >= *cap).map(|cap| exceeded(true, i64::from(cap), i64::from(count)))
    }

    fn charge(&mut self, day: BankDay, amount: i64) {
        if self.terms.window != Window::Payment {
            let window = self.window(day);
            self.newest = self.newest.max(Some(window));
            let used = self.used.entry(window).or_default();
            used.0 += amount;
            used.1 += 1;
        }
    }

    fn give_back(&mut self, day: BankDay, amount: i64, whole: bool) {
        let window = self.window(day);
        if self.terms.window != Window::Payment
            && self.is_kept(window)
            && let Some(used) = self.used.get_mut(&window)
        {
            used.0 -= amount;
            used.1 -= u32::from(whole);
        }
    }
}

#[derive(Debug, Clone)]
struct Hold {
    transfer: Transfer,
    amount: i64,
    day: BankDay,
}

/// The whole ledger.
#[derive(Debug, Clone, Default)]
pub struct Model {
    time_ms: Option<i64>,
    accounts: Vec<Account>,
    counters: Vec<Counter>,
    epochs: Vec<u32>,
    holds: BTreeMap<u128, Hold>,
    ended: HashMap<u128, HoldLookup>,
    /// Every id and the sequence that it was decided with.
    pub decided: HashMap<u128, u64>,
    /// Sequences of the movements of each account, oldest first.
    pub movements: HashMap<u64, Vec<u64>>,
    sequence: u64,
}

impl Model {
    /// Decides the entries of one chain, as the journal has them; says what differs.
    pub fn follow(&mut self, chain: &[Entry]) -> Result<(), String> {
        let mut scratch = self.clone_for(chain.len());
        let mut outcomes = Vec::new();
        let mut broken = false;
        for entry in chain {
            self.time_ms = Some(self.time_ms.map_or(entry.command.time_ms, |time| time.max(entry.command.time_ms)));
            if self.time_ms != Some(entry.ledger_time_ms) {
                return Err(format!(
                    "ledger time {} at {}, not {:?}",
                    entry.ledger_time_ms, entry.sequence, self.time_ms
                ));
            }
            if entry.sequence != self.sequence {
                return Err(format!("sequence {} where {} was due", entry.sequence, self.sequence));
            }
            self.sequence += 1;
            outcomes.push(if broken {
                Outcome::Refused(Reason::ChainBroken)
            } else {
                match self.decide(&entry.command, entry.sequence) {
                    Ok(effect) => Outcome::Done(effect),
                    Err(reason) => {
                        broken = true;
                        Outcome::Refused(reason)
                    }
                }
            });
            if self.decided.insert(entry.command.id.0, entry.sequence).is_some() {
                return Err(format!("id {} stands in the journal twice", entry.command.id));
            }
        }
        if broken && let Some(before) = &mut scratch {
            before.time_ms = self.time_ms;
            before.sequence = self.sequence;
            before.decided = std::mem::take(&mut self.decided);
            *self = std::mem::take(before);
            for outcome in &mut outcomes {
                if matches!(outcome, Outcome::Done(_)) {
                    *outcome = Outcome::Refused(Reason::ChainBroken);
                }
            }
        }
        for (entry, expected) in chain.iter().zip(&outcomes) {
            if !same(&entry.outcome, expected) {
                let (command, was) = (&entry.command, &entry.outcome);
                return Err(format!("{command:?} was decided {was:?}, the model says {expected:?}"));
            }
        }
        Ok(())
    }

    /// What a chain may have to go back to; a command on its own changes nothing when it is refused.
    fn clone_for(&mut self, length: usize) -> Option<Self> {
        (length > 1).then(|| {
            let decided = std::mem::take(&mut self.decided);
            let copy = self.clone();
            self.decided = decided;
            copy
        })
    }

    fn decide(&mut self, command: &Command, sequence: u64) -> Result<Effect, Reason> {
        match &command.action {
            Action::OpenHolder => {
                self.epochs.push(0);
                Ok(Effect::HolderOpened(HolderId(self.epochs.len() as u64 - 1)))
            }
            Action::RaiseEpoch { holder } => {
                let epoch = self.epochs.get_mut(holder.0 as usize).ok_or(Reason::HolderUnknown)?;
                *epoch += 1;
                Ok(Effect::EpochRaised(*epoch))
            }
            Action::OpenAccount(terms) => {
                self.epochs.get(terms.holder.0 as usize).ok_or(Reason::HolderUnknown)?;
                in_order(terms.floor, terms.ceiling)?;
                self.accounts.push(Account {
                    terms: *terms,
                    debits: 0,
                    credits: 0,
                    debits_held: 0,
                    credits_held: 0,
                    debits_frozen: false,
                    credits_frozen: false,
                    closed: false,
                });
                Ok(Effect::AccountOpened(AccountId(self.accounts.len() as u64 - 1)))
            }
            Action::SetBounds { account, floor, ceiling } => {
                in_order(*floor, *ceiling)?;
                let account = self.open_account(*account)?;
                account.terms.floor = *floor;
                account.terms.ceiling = *ceiling;
                Ok(Effect::Updated)
            }
            Action::SetFreeze { account, debits, credits } => {
                let account = self.open_account(*account)?;
                account.debits_frozen = *debits;
                account.credits_frozen = *credits;
                Ok(Effect::Updated)
            }
            Action::CloseAccount { account } => {
                let account = self.open_account(*account)?;
                if account.balance() != 0 || account.debits_held != 0 || account.credits_held != 0 {
                    return Err(Reason::AccountNotEmpty);
                }
                account.closed = true;
                Ok(Effect::Updated)
            }
            Action::OpenCounter(terms) => {
                self.counters.push(Counter { terms: *terms, used: BTreeMap::new(), newest: None });
                Ok(Effect::CounterOpened(CounterId(self.counters.len() as u64 - 1)))
            }
            Action::SetCaps { counter, cap_amount, cap_count } => {
                let counter = self.counters.get_mut(counter.0 as usize).ok_or(Reason::CounterUnknown)?;
                counter.terms.cap_amount = *cap_amount;
                counter.terms.cap_count = *cap_count;
                Ok(Effect::Updated)
            }
            Action::Transfer(transfer) => self.transfer(command, transfer, sequence),
            Action::Post { hold, amount } => {
                let held = self.holds.get(&hold.0).cloned().ok_or_else(|| self.why_no_hold(*hold))?;
                let amount = amount.unwrap_or(held.amount);
                if amount <= 0 {
                    return Err(Reason::AmountOutOfRange);
                }
                if amount > held.amount {
                    return Err(Reason::HoldExceeded);
                }
                self.release(*hold, amount, HoldLookup::Posted);
                Ok(self.book(held.transfer.debit, held.transfer.credit, amount, sequence))
            }
            Action::Void { hold } => {
                let held = self.holds.get(&hold.0).cloned().ok_or_else(|| self.why_no_hold(*hold))?;
                self.release(*hold, 0, HoldLookup::Voided);
                Ok(Effect::Voided { amount: held.amount })
            }
            Action::Tick => {
                let now = self.time_ms.unwrap_or(i64::MIN);
                let is_due =
                    |hold: &Hold| matches!(hold.transfer.mode, Mode::Hold { expires_ms: Some(at) } if at <= now);
                let expired: Vec<CommandId> =
                    self.holds.iter().filter(|(_, hold)| is_due(hold)).map(|(id, _)| CommandId(*id)).collect();
                expired.iter().for_each(|hold| self.release(*hold, 0, HoldLookup::Expired));
                Ok(Effect::Ticked { expired })
            }
        }
    }

    fn open_account(&mut self, id: AccountId) -> Result<&mut Account, Reason> {
        let account = self.accounts.get_mut(id.0 as usize).ok_or(Reason::AccountUnknown)?;
        if account.closed { Err(Reason::AccountClosed) } else { Ok(account) }
    }

    fn transfer(&mut self, command: &Command, transfer: &Transfer, sequence: u64) -> Result<Effect, Reason> {
        if transfer.amount <= 0 || transfer.amount > AMOUNT_MAX {
            return Err(Reason::AmountOutOfRange);
        }
        let debit = self.accounts.get(transfer.debit.0 as usize).ok_or(Reason::DebitAccountUnknown)?;
        let credit = self.accounts.get(transfer.credit.0 as usize).ok_or(Reason::CreditAccountUnknown)?;
        if let Some(check) = transfer.epoch {
            self.epochs.get(check.holder.0 as usize).ok_or(Reason::HolderUnknown)?;
        }
        let mut counters = Vec::new();
        for limit in &transfer.limits {
            counters.push(self.counters.get(limit.counter.0 as usize).ok_or(Reason::CounterUnknown)?);
        }
        if transfer.debit == transfer.credit {
            return Err(Reason::SameAccount);
        }
        let institution = debit.terms.institution;
        if institution != credit.terms.institution
            || counters.iter().any(|counter| counter.terms.institution != institution)
        {
            return Err(Reason::InstitutionDiffers);
        }
        let refusals = [
            (debit.terms.currency != credit.terms.currency, Reason::CurrencyDiffers),
            (debit.closed, Reason::DebitAccountClosed),
            (credit.closed, Reason::CreditAccountClosed),
            (debit.debits_frozen, Reason::DebitFrozen),
            (credit.credits_frozen, Reason::CreditFrozen),
            (
                transfer.epoch.is_some_and(|check| self.epochs[check.holder.0 as usize] != check.epoch),
                Reason::EpochStale,
            ),
        ];
        if let Some((_, reason)) = refusals.into_iter().find(|(holds, _)| *holds) {
            return Err(reason);
        }
        let room = match transfer.balancing {
            None => None,
            Some(Side::Debit) => debit.room(Side::Debit),
            Some(Side::Credit) => credit.room(Side::Credit),
        };
        let amount = match room {
            Some(room) if room > 0 && room < i128::from(transfer.amount) => room as i64,
            _ => transfer.amount,
        };
        let day = bank_day(institution, command.time_ms);
        for (limit, counter) in transfer.limits.iter().zip(&counters) {
            if let Some(reason) = counter.refusal(limit.counter, day, amount) {
                return Err(reason);
            }
        }
        if let Some(reason) = debit.refusal(Side::Debit, amount).or_else(|| credit.refusal(Side::Credit, amount)) {
            return Err(reason);
        }
        let flow = |posted: i64, held: i64| i128::from(posted) + i128::from(held) + i128::from(amount);
        if flow(debit.debits, debit.debits_held) > i128::from(AMOUNT_MAX)
            || flow(credit.credits, credit.credits_held) > i128::from(AMOUNT_MAX)
        {
            return Err(Reason::Overflow);
        }
        for limit in &transfer.limits {
            self.counters[limit.counter.0 as usize].charge(day, amount);
        }
        if transfer.mode == Mode::Immediate {
            return Ok(self.book(transfer.debit, transfer.credit, amount, sequence));
        }
        self.accounts[transfer.debit.0 as usize].debits_held += amount;
        self.accounts[transfer.credit.0 as usize].credits_held += amount;
        self.holds.insert(command.id.0, Hold { transfer: transfer.clone(), amount, day });
        Ok(Effect::Held { amount })
    }

    fn book(&mut self, debit: AccountId, credit: AccountId, amount: i64, sequence: u64) -> Effect {
        self.accounts[debit.0 as usize].debits += amount;
        self.accounts[credit.0 as usize].credits += amount;
        for account in [debit, credit] {
            self.movements.entry(account.0).or_default().push(sequence);
        }
        Effect::Posted(Posted {
            debit,
            credit,
            amount,
            debit_balance: self.accounts[debit.0 as usize].balance(),
            credit_balance: self.accounts[credit.0 as usize].balance(),
        })
    }

    fn release(&mut self, id: CommandId, used: i64, end: HoldLookup) {
        let Some(hold) = self.holds.remove(&id.0) else { return };
        self.accounts[hold.transfer.debit.0 as usize].debits_held -= hold.amount;
        self.accounts[hold.transfer.credit.0 as usize].credits_held -= hold.amount;
        if hold.amount > used {
            for limit in &hold.transfer.limits {
                self.counters[limit.counter.0 as usize].give_back(hold.day, hold.amount - used, used == 0);
            }
        }
        self.ended.insert(id.0, end);
    }

    fn why_no_hold(&self, id: CommandId) -> Reason {
        match self.ended.get(&id.0) {
            Some(HoldLookup::Posted) => Reason::HoldPosted,
            Some(HoldLookup::Voided) => Reason::HoldVoided,
            Some(_) => Reason::HoldExpired,
            None if self.decided.contains_key(&id.0) => Reason::NotAHold,
            None => Reason::HoldUnknown,
        }
    }

    /// Number of commands so far.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Number of open holds.
    pub fn open_holds(&self) -> usize {
        self.holds.len()
    }

    /// An account as the ledger shows it.
    pub fn account(&self, id: AccountId) -> Option<AccountView> {
        let account = self.accounts.get(id.0 as usize)?;
        Some(AccountView {
            id,
            terms: account.terms,
            debits_posted: account.debits,
            credits_posted: account.credits,
            debits_pending: account.debits_held,
            credits_pending: account.credits_held,
            debits_frozen: account.debits_frozen,
            credits_frozen: account.credits_frozen,
            closed: account.closed,
        })
    }

    /// All accounts.
    pub fn accounts(&self) -> Vec<AccountView> {
        (0..self.accounts.len() as u64).filter_map(|id| self.account(AccountId(id))).collect()
    }

    /// Whether a counter shows what it must.
    pub fn counter_is(&self, id: CounterId, view: Option<&CounterView>) -> bool {
        let (Some(counter), Some(view)) = (self.counters.get(id.0 as usize), view) else {
            return view.is_none() && self.counters.len() as u64 <= id.0;
        };
        let used = |window: i32| counter.used.get(&window).copied().unwrap_or_default();
        let newest = counter.newest.map_or((0, 0), used);
        let previous = counter.newest.map_or((0, 0), |window| used(window - 1));
        view.terms == counter.terms
            && (view.used_amount, view.used_count) == newest
            && (view.previous_amount, view.previous_count) == previous
    }

    /// How many accounts, counters and holders there are.
    pub fn sizes(&self) -> (u64, u64, u64) {
        (self.accounts.len() as u64, self.counters.len() as u64, self.epochs.len() as u64)
    }

    /// Debits equal credits in each currency, and no counter is below zero.
    pub fn is_sound(&self) -> bool {
        let mut sums: BTreeMap<(u16, u16), i128> = BTreeMap::new();
        for account in &self.accounts {
            *sums.entry((account.terms.institution, account.terms.currency)).or_default() +=
                i128::from(account.debits) - i128::from(account.credits);
        }
        sums.values().all(|sum| *sum == 0)
            && self.counters.iter().all(|counter| counter.used.values().all(|(amount, _)| *amount >= 0))
    }
}

fn in_order(floor: Option<i64>, ceiling: Option<i64>) -> Result<(), Reason> {
    match (floor, ceiling) {
        (Some(floor), Some(ceiling)) if floor > ceiling => Err(Reason::BoundsCrossed),
        _ => Ok(()),
    }
}

/// Equal, but for the order in which a tick names what ran out at one instant.
fn same(was: &Outcome, expected: &Outcome) -> bool {
    match (was, expected) {
        (Outcome::Done(Effect::Ticked { expired: was }), Outcome::Done(Effect::Ticked { expired })) => {
            let sorted = |ids: &[CommandId]| {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids
            };
            sorted(was) == sorted(expired)
        }
        _ => was == expected,
    }
}
