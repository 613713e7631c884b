//! Deciding: who may ask, in which order, and what an answer waits for. No thread and no file is begun here; see
//! [`crate::threads`] for who calls whom.
//!
//! Phases of a command:
//!
//! 1. **queue** (caller): a bounded queue in call order; full means *busy*.
//! 2. **prefetch** (engine): is the id known? which hold is meant? which bank day is it?
//! 3. **apply** (engine): [`State::apply`], then the entry is encoded into the batch's record.
//! 4. **durable** (writer): one write and one sync for the batch, then the head file. While it syncs, the engine
//!    fills the next batch: group commit without a timer.
//! 5. **answer** (writer): only now do answers leave, reads included, so nobody sees what a crash could undo.
//! 6. **index** (indexer): place and links of each sequence; full tables of ids become runs.
//!
//! An error in phase 4 stops the ledger for good: nothing is answered, nothing is tried again on that file.

use crate::entries;
use crate::index::ids::Ids;
use crate::index::table::Table;
use crate::index::{Index, Runs};
use crate::ledger::{Answer, Decisions, Options, SubmitError};
use crate::model::codec::put_entry;
use crate::model::state::{Decided, State};
use crate::model::types::*;
use crate::recovery::Folders;
use crate::snapshot::{self, Part};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use storage::journal::Head;
use storage::journal::record::{RECORD_MAX, RecordBuilder, entry_at};
use storage::journal::space::Space;
use tokio::sync::oneshot;

/// Most commands in one batch.
pub(crate) const BATCH_COMMANDS: usize = 8_192;
/// Commands whose places in memory are read ahead of deciding them.
const AHEAD: usize = 32;

/// What was decided, or why nothing was.
pub(crate) type Decision = Result<Answer, SubmitError>;
/// Computes on what the engine knows; what it gives is run when everything before it is durable.
pub(crate) type Read = Box<dyn FnOnce(&mut Engine) -> Box<dyn FnOnce() + Send> + Send>;

/// Who waits for the end, and whether a snapshot is taken before.
pub(crate) type Stop = (oneshot::Sender<()>, bool);

pub(crate) enum Request {
    One {
        command: Command,
        reply: oneshot::Sender<Decision>,
    },
    Chain {
        commands: Vec<Command>,
        reply: oneshot::Sender<Result<Vec<Answer>, SubmitError>>,
    },
    Many {
        commands: Vec<Command>,
        reply: oneshot::Sender<Decisions>,
    },
    Read(Read),
    /// With a snapshot at the end, or without.
    Stop {
        done: oneshot::Sender<()>,
        snapshot: bool,
    },
}

/// An answer that waits for its batch to be durable. Whoever asked may have gone away; what was decided stands.
pub(crate) enum Release {
    One(oneshot::Sender<Decision>, Decision),
    Chain(oneshot::Sender<Result<Vec<Answer>, SubmitError>>, Result<Vec<Answer>, SubmitError>),
    Many(oneshot::Sender<Decisions>, Vec<Decision>),
    Read(Box<dyn FnOnce() + Send>),
}

impl Release {
    pub(crate) fn leave(self) {
        match self {
            Self::One(reply, decision) => drop(reply.send(decision)),
            Self::Chain(reply, answers) => drop(reply.send(answers)),
            Self::Many(reply, decisions) => drop(reply.send(Ok(decisions))),
            Self::Read(tell) => tell(),
        }
    }
}

/// Offset of each entry in its record, and its links.
pub(crate) type Places = Arc<Vec<(u32, [u64; 2])>>;

/// A batch whose record is sealed.
pub(crate) struct Sealed {
    pub(crate) record: Arc<Vec<u8>>,
    pub(crate) before: Head,
    pub(crate) head: Head,
    pub(crate) places: Places,
    pub(crate) releases: Vec<Release>,
    /// The ids up to the end of this batch, to be made into a run.
    pub(crate) cut: Option<Arc<Table>>,
}

/// A sealed batch that the index does not have yet.
struct Unindexed {
    first_sequence: u64,
    position: u64,
    record: Arc<Vec<u8>>,
    places: Places,
}

pub(crate) struct Engine {
    pub(crate) state: State,
    /// After the last sealed batch.
    head: Head,
    writer_epoch: u32,
    record: RecordBuilder,
    places: Vec<(u32, [u64; 2])>,
    releases: Vec<Release>,
    ids: Ids,
    index: Index,
    /// Sequences below are indexed.
    indexed: u64,
    unindexed: VecDeque<Unindexed>,
    folders: Folders,
    space: Arc<Space>,
    /// Whether the journal has room for this batch.
    admitted: bool,
    options: Options,
    /// Commands up to the newest snapshot.
    snapshot_sequence: u64,
    snapshot: Option<snapshot::Source>,
    record_room: usize,
    /// A read of the index or of the journal failed: nothing can be decided any more.
    broken: bool,
}

/// What recovery found.
pub(crate) struct Start {
    pub(crate) state: State,
    pub(crate) head: Head,
    pub(crate) writer_epoch: u32,
    pub(crate) ids: Ids,
    pub(crate) index: Index,
    pub(crate) folders: Folders,
    pub(crate) space: Arc<Space>,
    pub(crate) options: Options,
    pub(crate) snapshot_sequence: u64,
}

impl Engine {
    pub(crate) fn new(start: Start) -> Self {
        let Start { state, head, writer_epoch, ids, index, folders, space, options, snapshot_sequence } = start;
        Self {
            record: RecordBuilder::new(head, writer_epoch, 0),
            indexed: head.sequence,
            state,
            head,
            writer_epoch,
            places: Vec::new(),
            releases: Vec::new(),
            ids,
            index,
            unindexed: VecDeque::new(),
            folders,
            space,
            admitted: false,
            options,
            snapshot_sequence,
            snapshot: None,
            record_room: 0,
            broken: false,
        }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.places.len() < BATCH_COMMANDS && self.record.size() < self.options.batch_bytes.min(1 << 20)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Takes a request. `full` is called when a batch must go before the request is done; it says whether it could.
    pub(crate) fn take(&mut self, request: Request, mut full: impl FnMut(&mut Self) -> bool) -> Option<Stop> {
        match request {
            Request::One { command, reply } => {
                let decision = self.decide(&command);
                self.releases.push(Release::One(reply, decision));
            }
            Request::Chain { commands, reply } => {
                let answers = self.decide_chain(&commands);
                self.releases.push(Release::Chain(reply, answers));
            }
            Request::Many { commands, reply } => {
                let mut decisions = Vec::with_capacity(commands.len());
                for commands in commands.chunks(AHEAD) {
                    self.touch(commands);
                    for command in commands {
                        if !self.has_room() && !full(self) {
                            return None;
                        }
                        decisions.push(self.decide(command));
                    }
                }
                self.releases.push(Release::Many(reply, decisions));
            }
            Request::Read(read) => {
                let tell = read(self);
                self.releases.push(Release::Read(tell));
            }
            Request::Stop { done, snapshot } => return Some((done, snapshot)),
        }
        None
    }

    /// Reads what these commands will need, so that the processor fetches all of it at once.
    fn touch(&self, commands: &[Command]) {
        let mut seen = 0;
        for command in commands {
            seen ^= self.ids.touch(command.id);
            if let Action::Transfer(transfer) = &command.action {
                seen ^= self.state.touch(transfer.debit) ^ self.state.touch(transfer.credit);
            }
        }
        std::hint::black_box(seen);
    }

    fn decide(&mut self, command: &Command) -> Decision {
        if let Some(entry) = self.find(command.id)? {
            if let Some(field) = differing_field(&entry.command, command) {
                return Err(SubmitError::Conflict { field });
            }
            if entry.linked {
                return Err(SubmitError::Conflict { field: "chain" });
            }
            return Ok(self.replayed(entry));
        }
        self.admit()?;
        let mut failed = None;
        let (state, options, past) = self.parts();
        let decided = state.apply(command, |state, command| resolve(state, command, options, &past, &mut failed));
        if let Some(error) = failed {
            return Err(self.fail(&error));
        }
        Ok(self.enter(command, false, decided))
    }

    fn decide_chain(&mut self, commands: &[Command]) -> Result<Vec<Answer>, SubmitError> {
        if let Some(answers) = self.known(commands)? {
            return Ok(answers);
        }
        self.admit()?;
        let mut failed = None;
        let (state, options, past) = self.parts();
        let mut earlier = 0;
        let results = state.apply_chain(commands, |state, command| {
            earlier += 1;
            let resolved = resolve(state, command, options, &past, &mut failed);
            // A member that came before in this chain is known, though the past does not have it yet.
            let before = |hold: &CommandId| commands[..earlier - 1].iter().any(|command| command.id == *hold);
            match (&command.action, resolved.hold) {
                (Action::Post { hold, .. } | Action::Void { hold }, Some(HoldLookup::Unknown)) if before(hold) => {
                    Resolved { hold: Some(HoldLookup::NotAHold), ..resolved }
                }
                _ => resolved,
            }
        });
        if let Some(error) = failed {
            return Err(self.fail(&error));
        }
        let last = commands.len().saturating_sub(1);
        let entries = commands.iter().zip(results).enumerate();
        Ok(entries.map(|(place, (command, decided))| self.enter(command, place < last, decided)).collect())
    }

    /// Writes what was decided into the batch.
    fn enter(&mut self, command: &Command, linked: bool, decided: Decided) -> Answer {
        let sequence = self.head.sequence + self.places.len() as u64;
        let offset = self.record.push(|out| put_entry(out, linked, command, &decided));
        self.ids.note(command, &decided.outcome, sequence);
        self.places.push((offset, decided.links));
        self.answer(decided.outcome, false, (sequence, self.head.position))
    }

    fn replayed(&self, entry: Entry) -> Answer {
        self.answer(entry.outcome, true, (entry.sequence, entry.position))
    }

    fn answer(&self, outcome: Outcome, replayed: bool, (sequence, position): (u64, u64)) -> Answer {
        let number = |number| numbered(self.folders.partition, number);
        Answer { outcome, replayed, sequence: number(sequence), position: number(position) }
    }

    fn admit(&mut self) -> Result<(), SubmitError> {
        if !self.admitted {
            self.admitted = self.space.admit();
        }
        if self.admitted { Ok(()) } else { Err(SubmitError::StorageFull) }
    }

    /// The stored answers if the ids are known. A chain is known as a whole or not at all.
    fn known(&mut self, commands: &[Command]) -> Result<Option<Vec<Answer>>, SubmitError> {
        let mut answers = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            match self.find(command.id)? {
                Some(entry) => {
                    if place != answers.len() {
                        return Err(SubmitError::Conflict { field: "chain" });
                    }
                    if let Some(field) = differing_field(&entry.command, command) {
                        return Err(SubmitError::Conflict { field });
                    }
                    if entry.linked != (place + 1 < commands.len()) {
                        return Err(SubmitError::Conflict { field: "chain" });
                    }
                    answers.push(self.replayed(entry));
                }
                None if answers.is_empty() => {}
                None => return Err(SubmitError::Conflict { field: "chain" }),
            }
        }
        Ok((!answers.is_empty()).then_some(answers))
    }

    /// The state to change, and apart from it what deciding looks at.
    fn parts(&mut self) -> (&mut State, &Options, Past<'_>) {
        let past = Past {
            index: &self.index,
            ids: &self.ids,
            unindexed: &self.unindexed,
            folders: &self.folders,
            record: &self.record,
            places: &self.places,
            indexed: self.indexed,
            head: self.head,
        };
        (&mut self.state, &self.options, past)
    }

    /// A command by its id, decided but perhaps not durable yet.
    pub(crate) fn find(&mut self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        if self.broken {
            return Err(SubmitError::Stopped);
        }
        match self.parts().2.command(id) {
            Ok(found) => Ok(found),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// How a hold was ended: the post, the void, or the tick. Blocks while the journal is read.
    pub(crate) fn ended(&mut self, hold: CommandId) -> Result<Option<Entry>, SubmitError> {
        if self.broken {
            return Err(SubmitError::Stopped);
        }
        match self.parts().2.end(hold) {
            Ok(found) => Ok(found.map(|(_, entry)| entry)),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// The same for who may wait: what is in memory is looked up here, for the rest it says where to look.
    pub(crate) fn near(&mut self, id: CommandId) -> Result<Near, SubmitError> {
        let mut sequences = Vec::new();
        for sequence in self.ids.commands_in_memory(id) {
            if sequence < self.indexed {
                sequences.push(sequence);
                continue;
            }
            let entry = self.parts().2.entry(sequence).map_err(|_| SubmitError::Stopped)?;
            if entry.command.id == id {
                return Ok(Near::Found(Box::new(entry)));
            }
        }
        Ok(Near::Elsewhere { sequences, runs: self.ids.runs() })
    }

    /// A read error of the index or the journal: the question cannot be answered rightly, so nothing is answered.
    fn fail(&mut self, error: &io::Error) -> SubmitError {
        self.broken = true;
        let mut what = format!("the ledger cannot look up a past command: {error}");
        if error.kind() == io::ErrorKind::InvalidData {
            match self.index.condemn() {
                Ok(()) => what.push_str("; the next start builds the index again"),
                Err(error) => what.push_str(&format!("; and the index cannot be set aside: {error}")),
            }
        }
        (self.options.on_fatal)(&what);
        SubmitError::Stopped
    }

    /// Whether something was decided since the last batch.
    pub(crate) fn has_entries(&self) -> bool {
        !self.places.is_empty()
    }

    /// The answers that wait, when nothing was decided: they need no record, only all before them to be durable.
    pub(crate) fn releases(&mut self) -> Vec<Release> {
        std::mem::take(&mut self.releases)
    }

    /// Closes the batch; `cut` says to end the table of ids here in any case.
    pub(crate) fn seal(&mut self, cut: bool) -> Sealed {
        let before = self.head;
        let room = self.record_room;
        let next = |head| RecordBuilder::new(head, self.writer_epoch, room);
        let record = std::mem::replace(&mut self.record, next(before));
        self.record_room = record.size() + record.size() / 8;
        let (record, head) = record.seal();
        assert!(record.len() <= RECORD_MAX, "a batch of {} bytes", record.len());
        self.space.take(record.len());
        self.admitted = false;
        self.head = head;
        self.record = next(head);
        let record = Arc::new(record);
        let places: Places = Arc::new(std::mem::take(&mut self.places));
        self.places.reserve(places.len().min(BATCH_COMMANDS));
        self.unindexed.push_back(Unindexed {
            first_sequence: before.sequence,
            position: before.position,
            record: record.clone(),
            places: places.clone(),
        });
        let cut = (cut || self.ids.full()).then(|| self.ids.cut(head.sequence));
        Sealed { record, before, head, places, releases: self.releases(), cut }
    }

    /// Takes the ids up to the last sealed batch for a run.
    pub(crate) fn cut(&mut self) -> Arc<Table> {
        self.ids.cut(self.head.sequence)
    }

    /// Whether the batch that is closed next should be one to take a snapshot after.
    pub(crate) fn snapshot_due(&self) -> bool {
        // No more is written for snapshots than for the journal, however many accounts there are.
        let accounts = self.state.accounts.len() as u64 / 2;
        self.snapshot.is_none()
            && self.state.sequence - self.snapshot_sequence >= self.options.snapshot_every.max(accounts)
    }

    pub(crate) fn snapshot_sequence(&self) -> u64 {
        self.snapshot_sequence
    }

    /// Freezes the state after the last sealed batch.
    pub(crate) fn begin_snapshot(&mut self) -> Part {
        self.snapshot_sequence = self.state.sequence;
        let (source, part) = snapshot::Source::begin(&mut self.state, self.head);
        self.snapshot = Some(source);
        part
    }

    /// The next part of the snapshot, if one is being taken.
    pub(crate) fn snapshot_part(&mut self) -> Option<Part> {
        let part = self.snapshot.as_mut()?.next(&mut self.state);
        if matches!(part, Part::End) {
            self.snapshot = None;
        }
        Some(part)
    }

    pub(crate) fn is_taking_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    pub(crate) fn space(&self) -> &Space {
        &self.space
    }

    /// Forgets what the index knows by now.
    pub(crate) fn prune(&mut self, indexed: u64) {
        self.indexed = self.indexed.max(indexed);
        while self
            .unindexed
            .front()
            .is_some_and(|batch| batch.first_sequence + batch.places.len() as u64 <= self.indexed)
        {
            self.unindexed.pop_front();
        }
        self.ids.refresh();
    }
}

/// Where a command by its id is to be found.
pub(crate) enum Near {
    Found(Box<Entry>),
    /// At one of these sequences, or in one of the runs, or nowhere.
    Elsewhere {
        sequences: Vec<u64>,
        runs: Arc<Runs>,
    },
}

/// Past commands, wherever they are: in the batch that is being filled, in one that is not indexed yet, in the journal.
struct Past<'a> {
    index: &'a Index,
    ids: &'a Ids,
    unindexed: &'a VecDeque<Unindexed>,
    folders: &'a Folders,
    record: &'a RecordBuilder,
    places: &'a [(u32, [u64; 2])],
    indexed: u64,
    head: Head,
}

impl Past<'_> {
    fn command(&self, id: CommandId) -> io::Result<Option<Entry>> {
        for sequence in self.ids.commands(id)? {
            let entry = self.entry(sequence)?;
            if entry.command.id == id {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// What ended a hold, and how.
    fn end(&self, hold: CommandId) -> io::Result<Option<(HoldLookup, Entry)>> {
        for (end, sequence) in self.ids.ends(hold)? {
            let entry = self.entry(sequence)?;
            let ended = match (&entry.command.action, &entry.outcome) {
                (Action::Post { hold: named, .. } | Action::Void { hold: named }, _) => *named == hold,
                (_, Outcome::Done(Effect::Ticked { expired })) => expired.contains(&hold),
                _ => false,
            };
            if ended {
                return Ok(Some((end, entry)));
            }
        }
        Ok(None)
    }

    fn hold_end(&self, hold: CommandId) -> io::Result<HoldLookup> {
        if let Some((end, _)) = self.end(hold)? {
            return Ok(end);
        }
        Ok(if self.command(hold)?.is_some() { HoldLookup::NotAHold } else { HoldLookup::Unknown })
    }

    fn entry(&self, sequence: u64) -> io::Result<Entry> {
        let text = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        if sequence >= self.head.sequence {
            let place = self.places.get((sequence - self.head.sequence) as usize);
            let (offset, _) = place.ok_or_else(|| text(format!("no command has sequence {sequence} yet")))?;
            return entries::in_memory(self.record.entry(*offset), sequence, self.record.position());
        }
        let after = self.unindexed.partition_point(|batch| batch.first_sequence <= sequence);
        if let Some(batch) = after.checked_sub(1).and_then(|place| self.unindexed.get(place))
            && let Some((offset, _)) = batch.places.get((sequence - batch.first_sequence) as usize)
        {
            return entries::in_memory(entry_at(&batch.record, *offset), sequence, batch.position);
        }
        debug_assert!(sequence < self.indexed);
        entries::on_disk(self.folders, self.index, sequence).map(|(entry, _)| entry)
    }
}

/// The prefetch: everything that `apply` must not look up itself.
fn resolve(
    state: &State,
    command: &Command,
    options: &Options,
    past: &Past<'_>,
    failed: &mut Option<io::Error>,
) -> Resolved {
    let day = (options.bank_day)(state.institution(command), command.time_ms);
    let hold = match &command.action {
        Action::Post { hold, .. } | Action::Void { hold } => Some(match state.holds.slot_of(*hold) {
            Some(slot) => HoldLookup::Open(slot),
            None => state.ended_in_chain(*hold).unwrap_or_else(|| {
                past.hold_end(*hold).unwrap_or_else(|error| {
                    *failed = Some(error);
                    HoldLookup::Unknown
                })
            }),
        }),
        _ => None,
    };
    Resolved { day, hold }
}

/// The first field in which a repeat differs from what was stored. The time is when the client asked, and asking
/// again is later: it is not part of the body.
pub fn differing_field(stored: &Command, repeat: &Command) -> Option<&'static str> {
    if let (Action::Transfer(stored), Action::Transfer(repeat)) = (&stored.action, &repeat.action) {
        let fields = [
            ("debit", stored.debit == repeat.debit),
            ("credit", stored.credit == repeat.credit),
            ("amount", stored.amount == repeat.amount),
            ("code", stored.code == repeat.code),
            ("reference", stored.reference == repeat.reference),
            ("mode", stored.mode == repeat.mode),
            ("balancing", stored.balancing == repeat.balancing),
            ("limits", stored.limits == repeat.limits),
            ("epoch", stored.epoch == repeat.epoch),
        ];
        if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
            return Some(field);
        }
    } else if stored.action != repeat.action {
        return Some("action");
    }
    (stored.document != repeat.document).then_some("document")
}
