//! Every id that was ever spent, as the engine asks for it: the newest in tables in memory, the rest in runs.

use super::table::{Keys, Said, Table};
use super::{Index, Runs};
use crate::model::types::{Action, Command, CommandId, Effect, HoldLookup, Outcome};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

pub(crate) struct Ids {
    index: Index,
    keys: Keys,
    fresh: Table,
    /// Tables that are being made into runs, with the sequence that they go up to.
    cuts: VecDeque<(u64, Arc<Table>)>,
    runs: Arc<Runs>,
    version: u64,
    /// Lines in memory from which on they are cut into a run.
    most: usize,
}

impl Ids {
    pub(crate) fn new(index: Index, most: usize) -> Self {
        let (keys, version, runs) = (index.keys(), index.version(), index.runs());
        Self { index, keys, fresh: Table::new(), cuts: VecDeque::new(), runs, version, most }
    }

    /// Notes a command that was decided with this sequence.
    pub(crate) fn note(&mut self, command: &Command, outcome: &Outcome, sequence: u64) {
        self.fresh.add_id(self.keys, command.id, sequence);
        match (&command.action, outcome) {
            (Action::Post { hold, .. }, Outcome::Done(_)) => self.end(*hold, Said::Posted, sequence),
            (Action::Void { hold }, Outcome::Done(_)) => self.end(*hold, Said::Voided, sequence),
            (_, Outcome::Done(Effect::Ticked { expired })) => {
                expired.iter().for_each(|hold| self.end(*hold, Said::Expired, sequence));
            }
            _ => {}
        }
    }

    fn end(&mut self, hold: CommandId, said: Said, sequence: u64) {
        self.fresh.add_end(self.keys, hold, said, sequence);
    }

    /// Reads where the id would stand, so that it is near when it is asked for.
    pub(crate) fn touch(&self, id: CommandId) -> u64 {
        self.fresh.touch(self.keys.id(id.0))
    }

    /// Sequences of the commands that may have this id; whoever asks reads them to know.
    pub(crate) fn commands(&self, id: CommandId) -> io::Result<Vec<u64>> {
        let mut found = self.commands_in_memory(id);
        found.extend(self.runs.commands(self.keys, id)?);
        Ok(found)
    }

    /// Those of them that are not in a run yet.
    pub(crate) fn commands_in_memory(&self, id: CommandId) -> Vec<u64> {
        let hash = self.keys.id(id.0);
        let mut found = Vec::new();
        let mut note = |line| found.extend(Said::command(line));
        self.fresh.each(hash, &mut note);
        for (_, table) in &self.cuts {
            table.each(hash, &mut note);
        }
        found
    }

    /// The runs as the engine knows them: with what is in memory they have every id.
    pub(crate) fn runs(&self) -> Arc<Runs> {
        self.runs.clone()
    }

    /// What may have become of a hold, and by which command; whoever asks reads them to know.
    pub(crate) fn ends(&self, hold: CommandId) -> io::Result<Vec<(HoldLookup, u64)>> {
        let hash = self.keys.end(hold.0);
        let mut found = Vec::new();
        let mut note = |line| {
            found.extend(Said::unpack(line).and_then(|(said, sequence)| Some((said.end()?, sequence))));
        };
        self.fresh.each(hash, &mut note);
        for (_, table) in &self.cuts {
            table.each(hash, &mut note);
        }
        for run in self.runs.list.iter().rev() {
            run.each(hash, &mut note)?;
        }
        Ok(found)
    }

    /// Whether there are enough lines in memory for a run.
    pub(crate) fn full(&self) -> bool {
        self.fresh.len() >= self.most
    }

    /// Takes the lines up to `sequence` for a run; they are found until the run is.
    pub(crate) fn cut(&mut self, sequence: u64) -> Arc<Table> {
        let table = Arc::new(std::mem::replace(&mut self.fresh, Table::new()));
        self.cuts.push_back((sequence, table.clone()));
        table
    }

    /// Takes note of new runs.
    pub(crate) fn refresh(&mut self) {
        let version = self.index.version();
        if version != self.version {
            self.version = version;
            self.runs = self.index.runs();
            let covered = self.runs.covered;
            self.cuts.retain(|(sequence, _)| *sequence > covered);
        }
    }
}
