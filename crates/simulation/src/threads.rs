//! The same load on the ledger's real threads and the system's files: who waits for whom there, no simulation steps through.
//!
//! What comes when is up to the threads, so a seed says the load and not the run. Whatever order came about, the model must
//! come to every outcome in the journal, and the ledger to what the model has.

use crate::load::Load;
use crate::model::{Model, bank_day};
use crate::random::Random;
use ledger::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most requests on their way at once.
const FLIGHT: usize = 24;

enum Waiting {
    Chain(Pending),
    Many(Pending<Decisions>),
}

struct Threads {
    random: Random,
    options: Options,
    load: Load,
    flight: Vec<(Vec<Command>, Waiting)>,
    sent: Vec<Command>,
    answered: HashMap<u128, (u64, Outcome)>,
}

/// Runs so many steps in an empty folder, with restarts between them; gives the number of commands in the journal, or what was
/// wrong.
pub async fn run_threads(seed: u64, dir: &Path, steps: u64) -> Result<u64, String> {
    let mut random = Random::new(seed);
    let fatal = Arc::new(AtomicBool::new(false));
    let mut options = Options::new(Arc::new(bank_day));
    (options.batch_bytes, options.segment_bytes) = (1 << 13, 1);
    options.queue_capacity = 2 + random.below(30) as usize;
    (options.snapshot_every, options.index_lines) = (20 + random.below(200), 10 + random.below(100) as usize);
    let stopped = fatal.clone();
    options.on_fatal = Arc::new(move |_| stopped.store(true, Ordering::Relaxed));
    let load = Load::new(random.fork());
    let mut this = Threads { random, options, load, flight: Vec::new(), sent: Vec::new(), answered: HashMap::new() };
    let mut ledger = this.open(dir)?;
    for command in this.load.opening() {
        this.ask(&ledger, vec![command], false).await?;
    }
    for _ in 0..steps {
        this.load.tick_clock();
        this.step(&ledger).await?;
        if this.random.one_in(80) {
            if this.random.one_in(2) {
                ledger.close().await;
            } else {
                ledger.halt().await;
            }
            this.land(0).await?;
            drop(ledger);
            ledger = this.open(dir)?;
        }
    }
    this.land(0).await?;
    let commands = this.compare(&ledger).await?;
    ledger.close().await;
    let report = verify(dir).map_err(|error| error.to_string())?;
    let problems = [report.problems, report.index.problems].concat();
    if !problems.is_empty() || fatal.load(Ordering::Relaxed) {
        return Err(format!("seed {seed}: the verifier says {problems:?}"));
    }
    Ok(commands)
}

impl Threads {
    fn open(&self, dir: &Path) -> Result<Ledger, String> {
        Ledger::open(dir, self.options.clone()).map_err(|error| format!("it does not open: {error}"))
    }

    async fn step(&mut self, ledger: &Ledger) -> Result<(), String> {
        match self.random.below(10) {
            0..5 => {
                let command = self.load.new_command();
                self.ask(ledger, vec![command], false).await
            }
            5 => {
                let chain = self.load.chain();
                self.ask(ledger, chain, false).await
            }
            6 => {
                let many = (0..2 + self.random.below(20)).map(|_| self.load.new_command()).collect();
                self.ask(ledger, many, true).await
            }
            7 => {
                let again = self.sent[self.random.below(self.sent.len() as u64) as usize].clone();
                self.ask(ledger, vec![again], false).await
            }
            8 => {
                let place = self.random.below(self.sent.len() as u64) as usize;
                let changed = self.load.changed(&self.sent[place]);
                match ledger.execute_waiting(changed).await {
                    Err(SubmitError::Conflict { .. } | SubmitError::Malformed(_)) => Ok(()),
                    // A transfer of a broken chain has not reached the journal, and its id is free.
                    Ok(answer) if !answer.replayed => Ok(()),
                    other => Err(format!("the same id with another body got {other:?}")),
                }
            }
            _ => {
                let left = self.random.below(FLIGHT as u64) as usize;
                self.land(left).await
            }
        }
    }

    async fn ask(&mut self, ledger: &Ledger, commands: Vec<Command>, many: bool) -> Result<(), String> {
        let waiting = if many {
            ledger.submit_many(commands.clone()).await.map(Waiting::Many)
        } else {
            ledger.submit_waiting(commands.clone()).await.map(Waiting::Chain)
        };
        match waiting {
            Ok(waiting) => {
                self.sent.extend(commands.iter().cloned());
                self.flight.push((commands, waiting));
                self.land(FLIGHT).await
            }
            Err(SubmitError::Malformed(_)) => Ok(()),
            Err(error) => Err(format!("refused at the door: {error}")),
        }
    }

    /// Waits for answers until no more than so many are left on their way.
    async fn land(&mut self, left: usize) -> Result<(), String> {
        while self.flight.len() > left {
            let place = self.random.below(self.flight.len() as u64) as usize;
            let (commands, waiting) = self.flight.swap_remove(place);
            let answers = match waiting {
                Waiting::Chain(pending) => match pending.await {
                    Ok(answers) => answers.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error); commands.len()],
                },
                Waiting::Many(pending) => pending.await.map_err(|error| format!("many were refused: {error}"))?,
            };
            for (command, answer) in commands.iter().zip(answers) {
                match answer {
                    Ok(Answer { sequence, outcome, .. }) => {
                        let stored = self.answered.entry(command.id.0).or_insert((sequence, outcome.clone()));
                        if *stored != (sequence, outcome) {
                            return Err(format!("{} was answered twice, and not the same", command.id));
                        }
                    }
                    // What was decided under a changed body meanwhile.
                    Err(SubmitError::Conflict { .. }) => {}
                    Err(error) => return Err(format!("{} got {error}", command.id)),
                }
            }
        }
        Ok(())
    }

    async fn compare(&self, ledger: &Ledger) -> Result<u64, String> {
        let (mut reader, mut entries) = (ledger.reader(0), Vec::new());
        while let Some(batch) = reader.next_batch().map_err(|error| error.to_string())? {
            entries.extend(batch.entries);
        }
        let mut model = Model::default();
        for chain in entries.chunk_by(|entry, _| entry.linked) {
            model.follow(chain)?;
        }
        for (id, (sequence, outcome)) in &self.answered {
            let entry = entries.get(*sequence as usize);
            if entry.is_none_or(|entry| entry.command.id.0 != *id || entry.outcome != *outcome) {
                return Err(format!("{id:x} was answered {outcome:?} at {sequence}; there stands {entry:?}"));
            }
        }
        let asked = |error: SubmitError| format!("a read was refused: {error}");
        if ledger.all_accounts().await.map_err(asked)? != model.accounts()
            || ledger.open_holds().await.map_err(asked)? != model.open_holds()
            || !model.is_sound()
        {
            return Err("accounts or holds are not what the journal says".to_owned());
        }
        let counters: Vec<CounterId> = (0..=model.sizes().1).map(CounterId).collect();
        let views = ledger.counters(&counters).await.map_err(asked)?;
        if let Some((id, view)) = counters.iter().zip(&views).find(|(id, view)| !model.counter_is(**id, view.as_ref()))
        {
            return Err(format!("counter {id} shows {view:?}, which is not a recount"));
        }
        for entry in &entries {
            let found = ledger.entry(entry.command.id).await.map_err(|error| error.to_string())?;
            if found.as_ref() != Some(entry) {
                return Err(format!("the index gives {found:?} for {}", entry.command.id));
            }
        }
        for id in (0..model.sizes().0).map(AccountId) {
            let history = ledger.history(id, None, usize::MAX).await.map_err(|error| error.to_string())?;
            let found: Vec<u64> = history.iter().rev().map(|entry| entry.sequence).collect();
            if model.movements.get(&id.0).cloned().unwrap_or_default() != found {
                return Err(format!("the history of account {id} is {found:?}"));
            }
        }
        Ok(entries.len() as u64)
    }
}
