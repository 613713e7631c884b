//! One run: a bank's afternoon on a disk that fails, compared with the model whenever the ledger was opened.

use crate::books::{Books, BooksError};
use crate::disk::{Faults, Lie, SimDisk};
use crate::load::Load;
use crate::model::Model;
use crate::random::Random;
use crate::small;
use ledger::disk::Disk;
use ledger::machine::{self, Looked, Machine, Step};
use ledger::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a run saw, to know that it tried something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Commands in the journal at the end.
    pub commands: u64,
    /// Times that the ledger was opened.
    pub opened: u64,
    /// Answers that were compared.
    pub answers: u64,
    /// Reads that were compared.
    pub reads: u64,
    /// Damages that the ledger refused to go on with.
    pub detected: u64,
    /// Times that the tables were compared with the journal.
    pub books: u64,
}

impl Seen {
    /// Adds another run's.
    pub fn add(&mut self, other: Self) {
        self.commands += other.commands;
        self.opened += other.opened;
        self.answers += other.answers;
        self.reads += other.reads;
        self.detected += other.detected;
        self.books += other.books;
    }
}

/// What goes wrong in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Nothing but short reads and stops without a snapshot.
    Calm,
    /// The machine stops anywhere, while recovering too.
    Crash,
    /// A write or a sync fails.
    Fail,
    /// The disk fills up and is emptied again.
    Full,
    /// Reads fail.
    FailReads,
    /// The disk does not keep what it said it had.
    Lies,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::Calm,
    Trouble::Crash,
    Trouble::Crash,
    Trouble::Crash,
    Trouble::Fail,
    Trouble::Full,
    Trouble::FailReads,
    Trouble::Lies,
];

enum Waiting {
    Chain(Pending),
    Many(Pending<Decisions>),
}

struct Asked {
    commands: Vec<Command>,
    waiting: Waiting,
    /// The newest sequence that was answered when this was asked.
    after: Option<u64>,
    /// Ids that were answered when this was asked.
    known: Vec<bool>,
}

/// A read: what was seen, and the sequences between which it must have been so.
struct Glance {
    from: u64,
    to: u64,
    accounts: Vec<(AccountId, Option<AccountView>)>,
    counters: Vec<(CounterId, Option<CounterView>)>,
}

struct Looking {
    accounts: Vec<AccountId>,
    counters: Vec<CounterId>,
    from: u64,
    pending: Pending<Looked>,
}

struct World {
    random: Random,
    disk: SimDisk,
    load: Load,
    options: Options,
    fatal: Arc<AtomicBool>,
    trouble: Trouble,
    asked: Vec<Asked>,
    looking: Vec<Looking>,
    glances: Vec<Glance>,
    /// What was answered, by id.
    answered: HashMap<u128, (u64, Outcome)>,
    /// The body that was answered for.
    bodies: HashMap<u128, Command>,
    newest: Option<u64>,
    sent: Vec<Command>,
    unanswered: Vec<Vec<Command>>,
    damaged: bool,
    seen: Seen,
    /// The SQL side, in some of the seeds.
    books: Option<Books>,
}

/// Ends a run early: the damage was found.
enum End {
    Detected,
    Wrong(String),
}

impl From<BooksError> for End {
    fn from(error: BooksError) -> Self {
        match error {
            // What a lying disk took from the journal, SQL has seen.
            BooksError::OtherJournal(_) => Self::Detected,
            BooksError::Wrong(what) => Self::Wrong(what),
        }
    }
}

impl From<String> for End {
    fn from(what: String) -> Self {
        Self::Wrong(what)
    }
}

const DIR: &str = "/data";

/// Runs a seed to its end; says what was wrong.
pub(crate) fn run(seed: u64) -> Result<Seen, String> {
    let mut world = World::new(seed);
    match world.rounds() {
        Ok(()) => Ok(world.seen),
        Err(End::Detected) => {
            world.seen.detected += 1;
            Ok(world.seen)
        }
        Err(End::Wrong(what)) => Err(format!("seed {seed} ({:?}): {what}", world.trouble)),
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let disk = SimDisk::new(random.fork());
        let load = Load::new(random.fork());
        let (options, fatal) = small::ledger(&mut random, seed);
        let trouble = TROUBLES[random.below(TROUBLES.len() as u64) as usize];
        Self {
            random,
            disk,
            load,
            options,
            fatal,
            trouble,
            asked: Vec::new(),
            looking: Vec::new(),
            glances: Vec::new(),
            answered: HashMap::new(),
            bodies: HashMap::new(),
            newest: None,
            sent: Vec::new(),
            unanswered: Vec::new(),
            damaged: false,
            seen: Seen::default(),
            books: Books::of(seed),
        }
    }

    fn rounds(&mut self) -> Result<(), End> {
        let rounds = 2 + self.random.below(5);
        for round in 0..rounds {
            let mut machine = self.open()?;
            if round == 0 {
                let opening = self.load.opening();
                for command in opening {
                    self.ask(&mut machine, vec![command], false);
                    self.go_on(&mut machine, Step::ALL.len())?;
                }
            } else {
                self.check(&mut machine)?;
            }
            self.again(&mut machine);
            self.round(&mut machine)?;
            self.stop(machine)?;
        }
        self.disk.set(Faults::default());
        let mut machine = self.open()?;
        self.check(&mut machine)?;
        self.rebuilt(&mut machine)
    }

    /// Opens, through stops in the middle of recovery.
    fn open(&mut self) -> Result<Machine, End> {
        loop {
            let mut faults = Faults { short_reads: true, ..Faults::default() };
            if self.trouble == Trouble::Crash && self.random.one_in(2) {
                faults.crash_at = Some(1 + self.random.below(60));
            }
            if self.trouble == Trouble::Fail && self.random.one_in(3) {
                faults.fail_at = Some(1 + self.random.below(40));
            }
            self.disk.set(faults);
            self.fatal.store(false, Ordering::Relaxed);
            let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
            let opened = Machine::open(&disk, Path::new(DIR), self.options.clone());
            self.seen.opened += 1;
            match opened {
                Ok(machine) => {
                    if let Some(newest) = self.newest
                        && machine.durable().sequence <= newest
                    {
                        let durable = machine.durable().sequence;
                        return Err(End::Wrong(format!("sequence {newest} was answered; {durable} commands are left")));
                    }
                    return Ok(machine);
                }
                Err(_) if self.damaged => return Err(End::Detected),
                Err(_) if self.disk.is_down() => self.disk.restart(),
                Err(OpenError::Io(_)) if self.trouble == Trouble::Fail => {
                    if self.random.one_in(2) {
                        self.disk.restart();
                    }
                }
                Err(error) => return Err(End::Wrong(format!("it does not open: {error}"))),
            }
        }
    }

    fn round(&mut self, machine: &mut Machine) -> Result<(), End> {
        let length = 50 + self.random.below(400);
        let mut faults = Faults { short_reads: true, ..Faults::default() };
        match self.trouble {
            Trouble::Calm | Trouble::Lies => {}
            Trouble::Crash => faults.crash_at = Some(1 + self.random.below(length)),
            Trouble::Fail => faults.fail_at = Some(1 + self.random.below(length)),
            Trouble::FailReads => faults.fail_reads = Some(20 + self.random.below(500)),
            Trouble::Full => {}
        }
        self.disk.set(faults);
        for _ in 0..length {
            if let Some(books) = &mut self.books {
                books.follow(machine)?;
            }
            self.load.tick_clock();
            if self.trouble == Trouble::Full && self.random.one_in(40) {
                faults.full = !faults.full;
                self.disk.set(faults);
            }
            match self.random.below(10) {
                0..4 => {
                    let command = self.load.new_command();
                    self.ask(machine, vec![command], false);
                }
                4 => {
                    let chain = self.load.chain();
                    self.ask(machine, chain, false);
                }
                5 => {
                    let count = 1 + self.random.below(30);
                    let commands = (0..count).map(|_| self.load.new_command()).collect();
                    self.ask(machine, commands, true);
                }
                6 if !self.sent.is_empty() => {
                    let mut command = self.sent[self.random.below(self.sent.len() as u64) as usize].clone();
                    if self.random.one_in(4) {
                        command = self.load.changed(&command);
                    }
                    self.ask(machine, vec![command], false);
                }
                7 => self.look(machine),
                _ => {}
            }
            let steps = self.random.below(6) as usize;
            self.go_on(machine, steps)?;
            if self.fatal.load(Ordering::Relaxed) || self.disk.is_down() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes steps in an order of chance, and answers as they come.
    fn go_on(&mut self, machine: &mut Machine, steps: usize) -> Result<(), End> {
        for _ in 0..steps {
            let step = Step::ALL[self.random.below(Step::ALL.len() as u64) as usize];
            if machine.step(step).is_err() {
                self.fatal.store(true, Ordering::Relaxed);
                break;
            }
        }
        self.take_answers(machine)
    }

    fn ask(&mut self, machine: &mut Machine, commands: Vec<Command>, many: bool) {
        let known = commands.iter().map(|command| self.answered.contains_key(&command.id.0)).collect();
        let waiting = if many {
            machine.submit_many(commands.clone()).map(Waiting::Many)
        } else {
            machine.submit(commands.clone()).map(Waiting::Chain)
        };
        match waiting {
            Ok(waiting) => {
                self.sent.extend(commands.iter().cloned());
                self.asked.push(Asked { commands, waiting, after: self.newest, known });
            }
            Err(SubmitError::Busy) => self.unanswered.push(commands),
            Err(_) => {}
        }
    }

    /// Asks again for what got no answer, as clients do.
    fn again(&mut self, machine: &mut Machine) {
        for commands in std::mem::take(&mut self.unanswered) {
            if self.random.one_in(3) {
                continue;
            }
            self.ask(machine, commands, false);
            while machine.step(Step::Take).is_ok_and(|any| any) {}
        }
    }

    fn look(&mut self, machine: &mut Machine) {
        let (accounts, counters, _) = self.load.asked;
        let accounts: Vec<AccountId> =
            (0..2 + self.random.below(6)).map(|_| AccountId(self.random.below(accounts + 1))).collect();
        let counters: Vec<CounterId> =
            (0..self.random.below(3)).map(|_| CounterId(self.random.below(counters + 1))).collect();
        let from = self.newest.map_or(0, |newest| newest + 1);
        if let Ok(pending) = machine.look(accounts.clone(), counters.clone()) {
            self.looking.push(Looking { accounts, counters, from, pending });
        }
    }

    fn take_answers(&mut self, machine: &Machine) -> Result<(), End> {
        let durable = machine.durable().sequence;
        for mut asked in std::mem::take(&mut self.asked) {
            let answers = match &mut asked.waiting {
                Waiting::Chain(pending) => pending.now().map(|answer| match answer {
                    Ok(answers) => answers.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error); asked.commands.len()],
                }),
                Waiting::Many(pending) => pending.now().map(|answers| answers.unwrap_or_default()),
            };
            match answers {
                None => self.asked.push(asked),
                Some(answers) => self.judge(&asked, answers, durable)?,
            }
        }
        for mut looking in std::mem::take(&mut self.looking) {
            match looking.pending.now() {
                None => self.looking.push(looking),
                Some(Err(_)) => {}
                Some(Ok((accounts, counters))) => self.glances.push(Glance {
                    from: looking.from,
                    to: durable,
                    accounts: looking.accounts.into_iter().zip(accounts).collect(),
                    counters: looking.counters.into_iter().zip(counters).collect(),
                }),
            }
        }
        Ok(())
    }

    fn judge(&mut self, asked: &Asked, answers: Vec<Result<Answer, SubmitError>>, durable: u64) -> Result<(), End> {
        for ((command, answer), known) in asked.commands.iter().zip(answers).zip(&asked.known) {
            self.seen.answers += 1;
            let id = command.id;
            match answer {
                Ok(answer) => {
                    if answer.sequence >= durable {
                        return Err(End::Wrong(format!("{id} was answered before it was durable")));
                    }
                    if *known && !answer.replayed {
                        return Err(End::Wrong(format!("{id} was decided again")));
                    }
                    if !answer.replayed && asked.after.is_some_and(|after| answer.sequence <= after) {
                        return Err(End::Wrong(format!("{id} was decided before what was answered before it")));
                    }
                    if self.bodies.get(&id.0).is_some_and(|body| !same_body(body, command)) {
                        return Err(End::Wrong(format!("{id} was answered with two bodies")));
                    }
                    self.bodies.entry(id.0).or_insert_with(|| command.clone());
                    let stored = self.answered.entry(id.0).or_insert((answer.sequence, answer.outcome.clone()));
                    if *stored != (answer.sequence, answer.outcome.clone()) {
                        return Err(End::Wrong(format!("{id} was answered {stored:?}, then {answer:?}")));
                    }
                    self.newest = self.newest.max(Some(answer.sequence));
                }
                Err(SubmitError::StorageFull) if self.trouble != Trouble::Full && self.trouble != Trouble::Fail => {
                    return Err(End::Wrong(format!("{id} found no room on a disk that has some")));
                }
                Err(SubmitError::Conflict { .. } | SubmitError::StorageFull | SubmitError::Stopped) => {}
                Err(error) => return Err(End::Wrong(format!("{id} got {error}"))),
            }
        }
        Ok(())
    }

    /// The process ends, in one way or another.
    fn stop(&mut self, mut machine: Machine) -> Result<(), End> {
        let orderly = !self.fatal.load(Ordering::Relaxed) && !self.disk.is_down() && self.random.one_in(2);
        if orderly {
            self.disk.set(Faults { short_reads: true, ..Faults::default() });
            if machine.settle().is_err() {
                self.fatal.store(true, Ordering::Relaxed);
            }
            self.take_answers(&machine)?;
        }
        drop(machine);
        for asked in std::mem::take(&mut self.asked) {
            self.unanswered.push(asked.commands);
        }
        self.looking.clear();
        // A process that ends leaves what it wrote to the system; a machine that stops may lose it.
        if self.disk.is_down() || self.random.one_in(2) {
            self.disk.restart();
        }
        if self.trouble == Trouble::Lies {
            if self.random.one_in(2) {
                self.disk.remember();
            } else {
                let lies = [Lie::Flip, Lie::Lost, Lie::Misdirected, Lie::Older, Lie::Forged];
                let lie = lies[self.random.below(lies.len() as u64) as usize];
                let part = ["/journal/", "/journal/", "/snapshots/", "/index/"][self.random.below(4) as usize];
                self.damaged |= self.disk.lie(part, lie).is_some();
            }
        }
        Ok(())
    }

    /// Everything that the journal says against the model, and everything that the ledger says against the journal.
    fn check(&mut self, machine: &mut Machine) -> Result<(), End> {
        self.disk.set(Faults { short_reads: true, ..Faults::default() });
        let batches = match machine.batches(0) {
            Ok(batches) => batches,
            Err(_) if self.damaged => return Err(End::Detected),
            Err(error) => return Err(End::Wrong(format!("the journal cannot be read: {error}"))),
        };
        self.check_books(&batches)?;
        let entries: Vec<Entry> = batches.into_iter().flat_map(|batch| batch.entries).collect();
        let mut model = Model::default();
        self.glances.retain(|glance| glance.from != glance.to || glance.to > 0);
        let mut open: Vec<Glance> = std::mem::take(&mut self.glances);
        settle_glances(&mut open, &model, &mut self.seen);
        let mut rest = entries.as_slice();
        while !rest.is_empty() {
            let length = rest.iter().position(|entry| !entry.linked).map_or(rest.len(), |last| last + 1);
            let (chain, after) = rest.split_at(length);
            model.follow(chain)?;
            settle_glances(&mut open, &model, &mut self.seen);
            rest = after;
        }
        if let Some(glance) = open.first() {
            let (from, to) = (glance.from, glance.to);
            return Err(End::Wrong(format!(
                "a read saw what was never so between {from} and {to}: {:?}",
                glance.accounts
            )));
        }
        if !model.is_sound() {
            return Err(End::Wrong("debits and credits differ, or a counter is below zero".to_owned()));
        }
        self.seen.commands = model.sequence();
        for (id, (sequence, outcome)) in &self.answered {
            let entry = entries.get(*sequence as usize);
            let body = self.bodies.get(id);
            let is_so = |entry: &Entry| {
                entry.outcome == *outcome
                    && body.is_some_and(|body| body.id.0 == *id && same_body(body, &entry.command))
            };
            if !entry.is_some_and(is_so) {
                return Err(End::Wrong(format!(
                    "{id:x} was answered {outcome:?} at {sequence}; there stands {entry:?}"
                )));
            }
        }
        if machine.accounts() != model.accounts() || machine.open_holds() != model.open_holds() {
            return Err(End::Wrong("accounts or holds are not what the journal says".to_owned()));
        }
        self.check_counters(machine, &model)?;
        self.check_index(machine, &model, &entries)
    }

    /// The tables follow the journal to its end, and say what it says.
    fn check_books(&mut self, batches: &[Batch]) -> Result<(), End> {
        let Some(books) = &mut self.books else { return Ok(()) };
        self.seen.books += 1;
        match books.check(batches) {
            Err(BooksError::OtherJournal(what)) if !self.damaged => Err(End::Wrong(what)),
            result => Ok(result?),
        }
    }

    fn check_counters(&mut self, machine: &mut Machine, model: &Model) -> Result<(), End> {
        let ids: Vec<CounterId> = (0..=model.sizes().1).map(CounterId).collect();
        let Ok(mut looked) = machine.look(Vec::new(), ids.clone()) else { return Ok(()) };
        if machine.settle().is_err() {
            return if self.damaged { Err(End::Detected) } else { Err(End::Wrong("it stops when asked".to_owned())) };
        }
        let Some(Ok((_, views))) = looked.now() else { return Err(End::Wrong("a read was not answered".to_owned())) };
        match ids.iter().zip(&views).find(|(id, view)| !model.counter_is(**id, view.as_ref())) {
            Some((id, view)) => Err(End::Wrong(format!("counter {id} shows {view:?}, which is not a recount"))),
            None => Ok(()),
        }
    }

    fn check_index(&mut self, machine: &mut Machine, model: &Model, entries: &[Entry]) -> Result<(), End> {
        let damaged = self.damaged;
        let wrong = |what: String| if damaged { End::Detected } else { End::Wrong(what) };
        for _ in 0..entries.len().min(60) {
            let entry = &entries[self.random.below(entries.len() as u64) as usize];
            match machine.entry(entry.command.id) {
                Ok(Some(found)) if found == *entry => {}
                Ok(found) => {
                    return Err(End::Wrong(format!("the index gives {found:?} for {}", entry.command.id)));
                }
                Err(error) => return Err(wrong(format!("the index cannot be asked: {error}"))),
            }
            let strange = CommandId(u128::from(self.random.any()) << 20 | 0xfffff);
            match machine.entry(strange) {
                Ok(None) => {}
                Ok(found) => return Err(End::Wrong(format!("the index gives {found:?} for an id that nobody sent"))),
                Err(error) => return Err(wrong(format!("the index cannot be asked: {error}"))),
            }
        }
        for id in (0..=model.sizes().0).map(AccountId) {
            let mut expected = model.movements.get(&id.0).cloned().unwrap_or_default();
            expected.reverse();
            let mut found = Vec::new();
            let page = 1 + self.random.below(40) as usize;
            loop {
                let before = found.last().copied();
                let entries =
                    machine.history(id, before, page).map_err(|error| wrong(format!("no history: {error}")))?;
                if entries.is_empty() {
                    break;
                }
                found.extend(entries.iter().map(|entry| entry.sequence));
            }
            if found != expected {
                return Err(End::Wrong(format!("the history of account {id} is {found:?}, not {expected:?}")));
            }
            if !expected.is_empty() {
                let before = self.random.below(entries.len() as u64 + 1);
                let found =
                    machine.history(id, Some(before), 5).map_err(|error| wrong(format!("no history: {error}")))?;
                let found: Vec<u64> = found.iter().map(|entry| entry.sequence).collect();
                let due: Vec<u64> = expected.into_iter().filter(|sequence| *sequence < before).take(5).collect();
                if found != due {
                    return Err(End::Wrong(format!("account {id} before {before} gives {found:?}, not {due:?}")));
                }
            }
        }
        Ok(())
    }

    /// Without snapshots and index all comes out the same; and the verifier finds nothing.
    fn rebuilt(&mut self, machine: &mut Machine) -> Result<(), End> {
        let hash = machine.state_hash();
        let disk: Arc<dyn Disk> = Arc::new(self.disk.fork(self.random.fork()));
        if !self.damaged {
            let report = machine::verify(&disk, Path::new(DIR)).map_err(|error| error.to_string())?;
            let problems = [report.problems, report.index.problems].concat();
            if !problems.is_empty() || report.state_hash != hash {
                return Err(End::Wrong(format!("the verifier says {problems:?}")));
            }
        }
        for folder in ["snapshots", "index"] {
            disk.remove_dir_all(&Path::new(DIR).join(folder)).map_err(|error| error.to_string())?;
        }
        let mut again = match Machine::open(&disk, Path::new(DIR), self.options.clone()) {
            Ok(again) => again,
            Err(_) if self.damaged => return Err(End::Detected),
            Err(error) => return Err(End::Wrong(format!("it does not open from the journal alone: {error}"))),
        };
        if again.state_hash() != hash {
            return Err(End::Wrong("the journal alone gives another state".to_owned()));
        }
        self.check(&mut again)
    }
}

/// Whether a repeat is the same command; the time is when a client asked, and is no part of it.
fn same_body(one: &Command, other: &Command) -> bool {
    (one.id, &one.action, &one.document) == (other.id, &other.action, &other.document)
}

/// Strikes out the reads that saw what is so now.
fn settle_glances(open: &mut Vec<Glance>, model: &Model, seen: &mut Seen) {
    let now = model.sequence();
    let before = open.len();
    open.retain(|glance| {
        let is_so = (glance.from..=glance.to).contains(&now)
            && glance.accounts.iter().all(|(id, view)| model.account(*id) == *view)
            && glance.counters.iter().all(|(id, view)| model.counter_is(*id, view.as_ref()));
        !is_so
    });
    seen.reads += (before - open.len()) as u64;
}
