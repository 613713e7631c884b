//! One run of several partitions: trades across them while machines stop, whoever carries a trade through dies, and messages
//! come late, twice or never. Afterwards a sweep must have finished everything, and everything must be as it was answered.

use crate::disk::{Faults, SimDisk};
use crate::office::{Office, Returning, Waiting};
use crate::random::Random;
use crate::small;
use crate::world::Seen;
use cloud::Driver;
use ledger::disk::Disk;
use ledger::machine::{self, Machine, Step};
use ledger::*;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

const MINUTE: i64 = 60_000;
/// A morning in the middle of a year.
const START_MS: i64 = 1_782_000_000_000;
const TRANSIT: u32 = 1999;

type Task<T> = Pin<Box<dyn Future<Output = T>>>;
type Answers = Result<Vec<Answer>, SubmitError>;

/// A partition and the machine that it is on.
struct Site {
    disk: SimDisk,
    fatal: Arc<AtomicBool>,
    options: Options,
    machine: Option<Machine>,
    waiting: Vec<Waiting>,
}

struct Client {
    commands: Vec<Command>,
    task: Task<Answers>,
}

struct Trades {
    random: Random,
    office: Office,
    driver: Arc<Driver<Office>>,
    sites: Vec<Site>,
    returning: Vec<Returning>,
    clients: Vec<Client>,
    now_ms: i64,
    next_id: u128,
    /// Whether anything goes wrong.
    is_calm: bool,
    customers: Vec<AccountId>,
    counters: Vec<CounterId>,
    holds: Vec<CommandId>,
    asked: Vec<Vec<Command>>,
    answered: HashMap<CommandId, Outcome>,
    /// In which record each answer said that its command is, with the partition.
    told: HashMap<CommandId, Vec<u64>>,
    seen: Seen,
}

fn dir(partition: usize) -> PathBuf {
    partition_folder("/data".as_ref(), partition as u16)
}

/// Runs a seed to its end; says what was wrong.
pub(crate) fn run(seed: u64) -> Result<Seen, String> {
    let mut trades = Trades::new(seed);
    trades.all().map_err(|what| format!("seed {seed} (trades): {what}"))?;
    Ok(trades.seen)
}

impl Site {
    fn new(random: &mut Random, seed: u64) -> Self {
        let (options, fatal) = small::ledger(random, seed);
        Self { disk: SimDisk::new(random.fork()), fatal, options, machine: None, waiting: Vec::new() }
    }

    fn open(&mut self, partition: usize) -> Result<&mut Machine, String> {
        self.fatal.store(false, Ordering::Relaxed);
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let opened = Machine::open(&disk, &dir(partition), self.options.clone());
        let machine = opened.map_err(|error| format!("partition {partition} does not open: {error}"))?;
        Ok(self.machine.insert(machine))
    }

    /// The machine stops: nobody gets an answer to what is not answered yet.
    fn stop(&mut self, machine_too: bool) {
        self.machine = None;
        self.waiting.clear();
        if machine_too || self.disk.is_down() {
            self.disk.restart();
        }
    }
}

impl Trades {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x7472_6164_6573);
        let partitions = 2 + random.below(3) as u16;
        let sites = (0..partitions).map(|partition| Site::new(&mut random, seed + u64::from(partition))).collect();
        let office = Office::new(partitions);
        let is_calm = random.one_in(6);
        Self {
            random,
            driver: Arc::new(Driver::new(office.clone(), TRANSIT, 64)),
            office,
            sites,
            returning: Vec::new(),
            clients: Vec::new(),
            now_ms: START_MS,
            next_id: 1,
            is_calm,
            customers: Vec::new(),
            counters: Vec::new(),
            holds: Vec::new(),
            asked: Vec::new(),
            answered: HashMap::new(),
            told: HashMap::new(),
            seen: Seen::default(),
        }
    }

    fn all(&mut self) -> Result<(), String> {
        self.prepare()?;
        for _ in 0..1 + self.random.below(3) {
            self.round()?;
        }
        self.heal()?;
        self.swept()?;
        self.decided_again()?;
        self.swept()?;
        self.as_answered()?;
        self.as_shown()?;
        self.whole()
    }

    fn command(&mut self, action: Action) -> Command {
        self.next_id += 1;
        let document = vec![self.random.any() as u8; self.random.below(60) as usize];
        Command { id: CommandId(self.next_id << 64), time_ms: self.now_ms, action, document }
    }

    /// Customers in every partition, with money.
    fn prepare(&mut self) -> Result<(), String> {
        for partition in 0..self.sites.len() {
            self.sites[partition].open(partition)?;
            self.seen.opened += 1;
            let Effect::HolderOpened(holder) = self.at_once(partition, Action::OpenHolder)? else { continue };
            let mut own = Vec::new();
            for place in 0..4 {
                let ceiling = (place == 3).then(|| 5_000 + self.random.below(3_000) as i64);
                let terms = OpenAccount {
                    holder,
                    institution: 1,
                    currency: 156,
                    kind: 2011,
                    normal_side: Side::Credit,
                    floor: (place > 0).then_some(0),
                    ceiling,
                };
                let Effect::AccountOpened(id) = self.at_once(partition, Action::OpenAccount(terms))? else { continue };
                own.push(id);
            }
            for customer in own.iter().skip(1) {
                let transfer = transfer(own[0], *customer, 5_000);
                self.at_once(partition, Action::Transfer(transfer))?;
            }
            let cap_amount = self.random.one_in(2).then(|| 2_000 + self.random.below(20_000) as i64);
            let terms = OpenCounter { institution: 1, window: Window::Year, cap_amount, cap_count: None };
            let Effect::CounterOpened(counter) = self.at_once(partition, Action::OpenCounter(terms))? else { continue };
            self.counters.push(counter);
            self.customers.extend(own);
        }
        Ok(())
    }

    fn at_once(&mut self, partition: usize, action: Action) -> Result<Effect, String> {
        let command = self.command(action);
        let id = command.id;
        let Some(machine) = &mut self.sites[partition].machine else { return Err("a partition is closed".to_owned()) };
        let mut pending = machine.submit(vec![command.clone()]).map_err(|error| error.to_string())?;
        machine.settle().map_err(|error| error.to_string())?;
        let answers = pending.now().and_then(Result::ok).unwrap_or_default();
        let Some(Answer { outcome: Outcome::Done(effect), .. }) = answers.into_iter().next() else {
            return Err(format!("the preparation is refused: {command:?}"));
        };
        if matches!(command.action, Action::Transfer(_)) {
            self.asked.push(vec![command]);
            self.answered.insert(id, Outcome::Done(effect.clone()));
        }
        Ok(effect)
    }

    fn transfer(&mut self) -> Transfer {
        let random = &mut self.random;
        let mut account = || self.customers[random.below(self.customers.len() as u64) as usize];
        let (debit, credit) = (account(), account());
        let amount = if random.one_in(12) { 5_000 } else { 1 + random.below(900) as i64 };
        let mut transfer = transfer(debit, credit, amount);
        transfer.mode = match random.below(6) {
            0 => Mode::Hold { expires_ms: None },
            1 => Mode::Hold { expires_ms: Some(self.now_ms + random.below(40) as i64 * MINUTE) },
            _ => Mode::Immediate,
        };
        for (account, side) in [(debit, Side::Debit), (credit, Side::Credit)] {
            let counter = self.counters[usize::from(account.partition())];
            if random.one_in(3) && transfer.limits.iter().all(|limit| limit.counter != counter) {
                transfer.limits.push(LimitUse { counter, side });
            }
        }
        if random.one_in(20) {
            transfer.balancing = Some(Side::Debit);
        }
        transfer
    }

    /// What a client may ask for.
    fn wish(&mut self) -> Vec<Command> {
        let hold = |this: &mut Self| {
            let place = this.random.below(this.holds.len() as u64) as usize;
            this.holds.get(place).copied().unwrap_or(CommandId(3))
        };
        let action = match self.random.below(20) {
            0..9 => Action::Transfer(self.transfer()),
            9 | 10 => Action::Post { hold: hold(self), amount: self.random.one_in(2).then_some(150) },
            11 => Action::Void { hold: hold(self) },
            12 => Action::Tick,
            13 => {
                let account = self.customers[self.random.below(self.customers.len() as u64) as usize];
                let (debits, credits) = (self.random.one_in(4), self.random.one_in(3));
                Action::SetFreeze { account, debits, credits }
            }
            14 if !self.asked.is_empty() => {
                return self.asked[self.random.below(self.asked.len() as u64) as usize].clone();
            }
            15 => {
                let ended = Action::Void { hold: hold(self) };
                let paid = Action::Transfer(self.transfer());
                return vec![self.command(ended), self.command(paid)];
            }
            _ => {
                let mut legs: Vec<Transfer> = (0..2 + self.random.below(3)).map(|_| self.transfer()).collect();
                if let [first, rest @ ..] = legs.as_mut_slice() {
                    // The payee pays the others out of what it got, now and then.
                    rest.iter_mut().for_each(|leg| leg.balancing = None);
                    first.balancing = None;
                    for leg in rest {
                        if self.random.one_in(2) {
                            leg.debit = first.credit;
                            leg.limits.clear();
                        }
                    }
                }
                return legs.into_iter().map(|leg| self.command(Action::Transfer(leg))).collect();
            }
        };
        vec![self.command(action)]
    }

    fn ask(&mut self, commands: Vec<Command>) {
        let driver = self.driver.clone();
        let asked = commands.clone();
        let task = Box::pin(async move { driver.submit(asked, true).await });
        self.clients.push(Client { commands, task });
    }

    fn round(&mut self) -> Result<(), String> {
        let length = 200 + self.random.below(900);
        for _ in 0..length {
            if self.random.one_in(6) && self.clients.len() < 8 {
                self.now_ms += self.random.below(MINUTE as u64) as i64;
                let commands = self.wish();
                for command in &commands {
                    if matches!(command.action, Action::Transfer(_)) && !self.holds.contains(&command.id) {
                        self.holds.push(command.id);
                    }
                }
                if !self.asked.contains(&commands) {
                    self.asked.push(commands.clone());
                }
                self.ask(commands);
            }
            self.step()?;
            if !self.is_calm {
                self.trouble()?;
            }
        }
        Ok(())
    }

    /// A machine takes a step, a letter arrives, somebody hears an answer.
    fn step(&mut self) -> Result<(), String> {
        if let Some(letter) = self.office.any(&mut self.random) {
            let is_lost = !self.is_calm && self.random.one_in(60);
            let site = &mut self.sites[usize::from(letter.to)];
            match &mut site.machine {
                _ if is_lost => {}
                None => {}
                Some(machine) => match letter.deliver(machine, &mut self.random) {
                    Ok(waiting) => site.waiting.push(waiting),
                    Err(Some(letter)) => self.office.put_back(letter),
                    Err(None) => {}
                },
            }
        }
        for _ in 0..4 {
            let place = self.random.below(self.sites.len() as u64) as usize;
            let step = Step::ALL[self.random.below(Step::ALL.len() as u64) as usize];
            let site = &mut self.sites[place];
            let Some(machine) = &mut site.machine else { continue };
            if machine.step(step).is_err() || site.fatal.load(Ordering::Relaxed) || site.disk.is_down() {
                site.stop(false);
            }
        }
        for site in &mut self.sites {
            for waiting in std::mem::take(&mut site.waiting) {
                match waiting.answer() {
                    Ok(answer) => self.returning.push(answer),
                    Err(waiting) => site.waiting.push(waiting),
                }
            }
        }
        for _ in 0..2 {
            let place = self.random.below(self.returning.len() as u64) as usize;
            if place < self.returning.len() {
                let answer = self.returning.swap_remove(place);
                if self.is_calm || !self.random.one_in(60) {
                    answer();
                }
            }
        }
        self.hear()
    }

    /// Lets all clients go on as far as they can.
    fn hear(&mut self) -> Result<(), String> {
        let mut context = Context::from_waker(Waker::noop());
        let mut open = Vec::new();
        for mut client in std::mem::take(&mut self.clients) {
            match client.task.as_mut().poll(&mut context) {
                Poll::Pending => open.push(client),
                Poll::Ready(answers) => self.answered(&client.commands, answers)?,
            }
        }
        self.clients = open;
        Ok(())
    }

    fn answered(&mut self, commands: &[Command], answers: Answers) -> Result<(), String> {
        let answers = match answers {
            Ok(answers) => answers,
            Err(error @ SubmitError::Conflict { .. }) => return Err(format!("{commands:?} conflict: {error}")),
            Err(_) => return Ok(()),
        };
        if answers.len() != commands.len() {
            return Err(format!("{} answers to {commands:?}", answers.len()));
        }
        for (command, answer) in commands.iter().zip(answers) {
            self.seen.answers += 1;
            self.told.entry(command.id).or_default().push(answer.position);
            let known = self.answered.entry(command.id).or_insert_with(|| answer.outcome.clone());
            if *known != answer.outcome {
                return Err(format!("{command:?} was answered {known:?}, then {:?}", answer.outcome));
            }
        }
        Ok(())
    }

    /// Machines stop and start; whoever carries trades through dies and forgets.
    fn trouble(&mut self) -> Result<(), String> {
        let place = self.random.below(self.sites.len() as u64) as usize;
        if self.sites[place].machine.is_none() && self.random.one_in(10) {
            self.sites[place].disk.set(Faults { short_reads: true, ..Faults::default() });
            self.sites[place].open(place)?;
            self.seen.opened += 1;
            if self.random.one_in(2) {
                let crash_at = self.random.one_in(2).then(|| 1 + self.random.below(400));
                let fail_at = crash_at.is_none().then(|| 1 + self.random.below(400));
                self.sites[place].disk.set(Faults { short_reads: true, crash_at, fail_at, ..Faults::default() });
            }
        }
        match self.random.below(400) {
            0 => {
                let machine_too = self.random.one_in(2);
                self.sites[place].stop(machine_too);
            }
            1 => {
                // The process that carries trades through; the partitions do not notice.
                self.clients.clear();
                self.driver = Arc::new(Driver::new(self.office.clone(), TRANSIT, 64));
            }
            2 => {
                self.clients.clear();
                self.driver = Arc::new(Driver::new(self.office.clone(), TRANSIT, 64));
                let machine_too = self.random.one_in(2);
                self.sites.iter_mut().for_each(|site| site.stop(machine_too));
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing goes wrong from here on.
    fn heal(&mut self) -> Result<(), String> {
        if self.random.one_in(2) {
            self.clients.clear();
        }
        self.is_calm = true;
        self.driver = Arc::new(Driver::new(self.office.clone(), TRANSIT, 64));
        for partition in 0..self.sites.len() {
            let site = &mut self.sites[partition];
            site.disk.set(Faults { short_reads: true, ..Faults::default() });
            if site.machine.is_none() {
                site.open(partition)?;
                self.seen.opened += 1;
            }
        }
        for _ in 0..20_000 {
            let is_busy = |site: &Site| !site.waiting.is_empty();
            if self.clients.is_empty() && self.office.is_empty() && !self.sites.iter().any(is_busy) {
                // What was sent twice may still be on its way to a journal.
                let settled =
                    self.sites.iter_mut().filter_map(|site| site.machine.as_mut()).try_for_each(Machine::settle);
                return settled.map_err(|error| error.to_string());
            }
            self.step()?;
        }
        Err(format!("{} clients wait for ever", self.clients.len()))
    }

    fn done<T: 'static>(&mut self, mut task: Task<T>) -> Result<T, String> {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..200_000 {
            if let Poll::Ready(value) = task.as_mut().poll(&mut context) {
                return Ok(value);
            }
            self.step()?;
        }
        Err("a task never ends".to_owned())
    }

    /// A sweep leaves nothing under way: what is held on one side is held on the other, and transit accounts mirror each other.
    fn swept(&mut self) -> Result<(), String> {
        let driver = self.driver.clone();
        let swept = self.done(Box::pin(async move { driver.sweep().await }))?;
        let swept = swept.map_err(|error| format!("the sweep fails: {error}"))?;
        if swept.failed > 0 {
            return Err(format!("the sweep fails: {swept:?}"));
        }
        let mut transit = [0_i64; 3];
        for view in self.accounts().into_iter().filter(|view| view.terms.kind == TRANSIT) {
            transit[0] += view.balance();
            transit[1] += view.debits_pending - view.credits_pending;
            transit[2] += 1;
        }
        if transit[..2] != [0, 0] {
            return Err(format!("after a sweep transit accounts are off by {} and {} held", transit[0], transit[1]));
        }
        self.seen.reads += transit[2] as u64;
        Ok(())
    }

    fn accounts(&self) -> Vec<AccountView> {
        self.sites.iter().filter_map(|site| site.machine.as_ref()).flat_map(Machine::accounts).collect()
    }

    /// All that was ever asked, asked again: what was answered is answered so.
    fn decided_again(&mut self) -> Result<(), String> {
        for commands in self.asked.clone() {
            let (driver, again) = (self.driver.clone(), commands.clone());
            let answers = self.done(Box::pin(async move { driver.submit(again, true).await }))?;
            if let Err(error) = &answers
                && (!matches!(error, SubmitError::Malformed(_)) || self.answered.contains_key(&commands[0].id))
            {
                return Err(format!("asked again, {commands:?} gets {error}"));
            }
            self.answered(&commands, answers)?;
            if self.random.one_in(4) {
                let (driver, id) = (self.driver.clone(), commands[0].id);
                let entry = self.done(Box::pin(async move { driver.entry(id).await }))?;
                let entry = entry.map_err(|error| format!("{id} cannot be looked up: {error}"))?;
                let is_so = entry.as_ref().is_some_and(|entry| {
                    (&entry.command.action, &entry.command.document) == (&commands[0].action, &commands[0].document)
                        && (self.answered.get(&id) == Some(&entry.outcome) || commands[0].action == Action::Tick)
                });
                // Of a trade that was refused, what came after the refusal reached no journal.
                let is_refused = matches!(self.answered.get(&id), Some(Outcome::Refused(_)));
                let never_came = entry.is_none() && is_refused && commands.len() > 1;
                if !(is_so || never_came) && self.answered.contains_key(&id) {
                    return Err(format!("{:?} is {entry:?}, was {:?}", commands[0], self.answered.get(&id)));
                }
            }
        }
        Ok(())
    }

    /// Balances, holds and counters are what the answers add up to.
    fn as_answered(&mut self) -> Result<(), String> {
        let mut accounts: BTreeMap<AccountId, [i64; 4]> = BTreeMap::new();
        let mut counters: BTreeMap<CounterId, (i64, u32)> = BTreeMap::new();
        let mut open: BTreeMap<CommandId, (&Transfer, i64)> = BTreeMap::new();
        let all: Vec<&Command> = self.asked.iter().flatten().collect();
        let mut charge = |transfer: &Transfer, amount: i64| {
            for limit in &transfer.limits {
                let (used, count) = counters.entry(limit.counter).or_default();
                *used += amount;
                *count += 1;
            }
        };
        for command in &all {
            if let (Action::Transfer(transfer), Some(Outcome::Done(Effect::Held { amount }))) =
                (&command.action, self.answered.get(&command.id))
            {
                open.insert(command.id, (transfer, *amount));
            }
        }
        for command in &all {
            let (transfer, posted) = match (&command.action, self.answered.get(&command.id)) {
                (Action::Transfer(transfer), Some(Outcome::Done(Effect::Posted(posted)))) => (transfer, posted),
                (Action::Post { hold, .. }, Some(Outcome::Done(Effect::Posted(posted)))) => {
                    let held = open.remove(hold).ok_or_else(|| format!("{hold} was ended twice, or never held"))?;
                    (held.0, posted)
                }
                (Action::Void { hold }, Some(Outcome::Done(_))) => {
                    open.remove(hold).ok_or_else(|| format!("{hold} was ended twice, or never held"))?;
                    continue;
                }
                (Action::Tick, Some(Outcome::Done(Effect::Ticked { expired }))) => {
                    for hold in expired {
                        // A trade that was refused in the end may have been held when its time came.
                        let is_refused = matches!(self.answered.get(hold), Some(Outcome::Refused(_)));
                        if open.remove(hold).is_none() && !is_refused {
                            return Err(format!("{hold} ran out twice, or was never held"));
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            if (posted.debit, posted.credit) != (transfer.debit, transfer.credit) {
                return Err(format!("{command:?} moved {posted:?}"));
            }
            accounts.entry(posted.debit).or_default()[0] += posted.amount;
            accounts.entry(posted.credit).or_default()[1] += posted.amount;
            charge(transfer, posted.amount);
        }
        for (transfer, amount) in open.values() {
            accounts.entry(transfer.debit).or_default()[2] += amount;
            accounts.entry(transfer.credit).or_default()[3] += amount;
            charge(transfer, *amount);
        }
        for chain in &self.asked {
            let done = chain.iter().filter(|one| matches!(self.answered.get(&one.id), Some(Outcome::Done(_)))).count();
            if done != 0 && done != chain.len() {
                return Err(format!("half of {chain:?} took effect"));
            }
        }
        for view in self.accounts().into_iter().filter(|view| view.terms.kind != TRANSIT) {
            let due = accounts.remove(&view.id).unwrap_or_default();
            let shown = [view.debits_posted, view.credits_posted, view.debits_pending, view.credits_pending];
            let is_within = view.terms.floor.is_none_or(|floor| view.balance() - view.debits_pending >= floor)
                && view.terms.ceiling.is_none_or(|ceiling| view.balance() + view.credits_pending <= ceiling);
            if shown != due || !is_within {
                return Err(format!("account {} shows {shown:?}, the answers say {due:?}: {view:?}", view.id));
            }
            self.seen.reads += 1;
        }
        self.counters_are(&counters)
    }

    fn counters_are(&mut self, due: &BTreeMap<CounterId, (i64, u32)>) -> Result<(), String> {
        for counter in self.counters.clone() {
            let site = &mut self.sites[usize::from(counter.partition())];
            let Some(machine) = &mut site.machine else { continue };
            let mut looked = machine.look(Vec::new(), vec![counter]).map_err(|error| error.to_string())?;
            machine.settle().map_err(|error| error.to_string())?;
            let Some(Ok((_, views))) = looked.now() else { return Err("a counter cannot be read".to_owned()) };
            let Some(Some(view)) = views.first() else { return Err(format!("there is no counter {counter}")) };
            let (amount, count) = due.get(&counter).copied().unwrap_or_default();
            if (view.used_amount, view.used_count) != (amount, count) {
                return Err(format!("counter {counter} shows {view:?}; the answers add up to {amount} in {count}"));
            }
        }
        Ok(())
    }

    /// What the journals show to those who make tables of them: each command once, as it was answered; and each movement of
    /// every account.
    fn as_shown(&mut self) -> Result<(), String> {
        let mut shown: HashMap<CommandId, Vec<Outcome>> = HashMap::new();
        let mut places: HashMap<CommandId, u64> = HashMap::new();
        let mut moved: BTreeMap<AccountId, (i64, i64)> = BTreeMap::new();
        let mut asked: HashMap<CommandId, Vec<&Command>> = HashMap::new();
        for command in self.asked.iter().flatten() {
            asked.entry(command.id).or_default().push(command);
        }
        for (partition, site) in self.sites.iter_mut().enumerate() {
            let Some(machine) = &mut site.machine else { continue };
            machine.settle().map_err(|error| error.to_string())?;
            let batches = machine.batches(0).map_err(|error| error.to_string())?;
            let number = |number| numbered(partition as u16, number);
            let mut past: HashMap<CommandId, Entry> = HashMap::new();
            for entry in batches.into_iter().flat_map(|batch| batch.entries) {
                let entry = Entry { sequence: number(entry.sequence), position: number(entry.position), ..entry };
                past.insert(entry.command.id, entry.clone());
                let made = match &entry.command.action {
                    Action::Post { hold, .. } | Action::Void { hold } => past.get(hold),
                    _ => None,
                };
                let Some(one) = cloud::show(entry, made) else { continue };
                let asked = asked.get(&one.command.id).map(Vec::as_slice).unwrap_or_default();
                let is_so =
                    |asked: &&Command| asked.action == one.command.action && asked.document == one.command.document;
                if !asked.is_empty() && !asked.iter().any(is_so) {
                    return Err(format!("asked was one of {asked:?}, the journals show {one:?}"));
                }
                if let Outcome::Done(Effect::Posted(posted)) = &one.outcome {
                    moved.entry(posted.debit).or_default().0 += posted.amount;
                    moved.entry(posted.credit).or_default().1 += posted.amount;
                }
                places.insert(one.command.id, one.position);
                shown.entry(one.command.id).or_default().push(one.outcome);
            }
        }
        for view in self.accounts() {
            if moved.remove(&view.id).unwrap_or_default() != (view.debits_posted, view.credits_posted) {
                return Err(format!("the journals do not show all movements of {view:?}"));
            }
        }
        for (id, place) in places {
            // Who was answered finds in the tables what they were answered, once these have come so far.
            if let Some(told) = self.told.get(&id).and_then(|told| told.iter().find(|told| **told != place)) {
                let outcomes = (self.answered.get(&id), shown.get(&id));
                return Err(format!(
                    "{id} was answered to be in record {told:x}, it is shown in {place:x}: {outcomes:?}"
                ));
            }
        }
        for (id, answered) in &self.answered {
            let outcomes = shown.get(id).map(Vec::as_slice).unwrap_or_default();
            let is_so = match (answered, outcomes) {
                (Outcome::Done(Effect::Posted(answered)), [Outcome::Done(Effect::Posted(shown))]) => {
                    (answered.amount, answered.debit, answered.debit_balance)
                        == (shown.amount, shown.debit, shown.debit_balance)
                }
                // A tick's list is apart in each partition.
                (Outcome::Done(Effect::Ticked { .. }), [Outcome::Done(Effect::Ticked { .. })]) => true,
                // What came after the refusal reached no journal.
                (Outcome::Refused(_), []) => true,
                // A hold that was asked for stands until another partition refuses its part.
                (answered, [Outcome::Done(Effect::Held { .. }), shown]) => answered == shown,
                (answered, [shown]) => answered == shown,
                _ => false,
            };
            if !is_so {
                return Err(format!("{id} was answered {answered:?}, the journals show {outcomes:?}"));
            }
        }
        Ok(())
    }

    /// Every partition's journal is whole.
    fn whole(&mut self) -> Result<(), String> {
        for (partition, site) in self.sites.iter_mut().enumerate() {
            if let Some(machine) = &mut site.machine {
                machine.settle().map_err(|error| error.to_string())?;
                self.seen.commands += machine.durable().sequence;
            }
            let disk: Arc<dyn Disk> = Arc::new(site.disk.clone());
            let report = machine::verify(&disk, &dir(partition)).map_err(|error| error.to_string())?;
            if !report.problems.is_empty() {
                return Err(format!("the verifier says of partition {partition}: {:?}", report.problems));
            }
        }
        Ok(())
    }
}

fn transfer(debit: AccountId, credit: AccountId, amount: i64) -> Transfer {
    Transfer {
        debit,
        credit,
        amount,
        code: 1,
        reference: 0,
        mode: Mode::Immediate,
        balancing: None,
        limits: Vec::new(),
        epoch: None,
    }
}
