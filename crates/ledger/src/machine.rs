//! The ledger without threads: every phase is a step that the caller takes, in an order of its choosing.
//!
//! The very engine, writer, index and snapshots that [`crate::Ledger`] runs in threads, so that a simulation can say
//! which step comes when, on a disk that it made, and repeat it. A step that fails has stopped the ledger for good: drop
//! it and open again.

use crate::engine::{Engine, Release, Request, Sealed};
use crate::index::{Index, Indexer, Merge, ToRows};
use crate::ledger::{Batch, Decisions, Options, Pending, SubmitError, begin, check_form, next_batch, walk};
use crate::model::types::*;
use crate::recovery::{Folders, OpenError};
use crate::snapshot::{self, Part};
use crate::threads::is_full;
use crate::verify::{Report, verify_on};
use kit::Fault;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use storage::disk::Disk;
use storage::journal::Head;
use storage::journal::segment::SegmentJournal;
use tokio::sync::oneshot;

/// What can be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Decide the request at the front of the queue.
    Take,
    /// Close the batch and hand it to the writer.
    Seal,
    /// Write and sync the oldest batch; its answers leave.
    Write,
    /// Take the oldest written batch into the index.
    Index,
    /// Merge runs of the index, if there are enough.
    Merge,
    /// Hand out or write the next part of a snapshot.
    Snapshot,
    /// Prepare the next segment.
    Space,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Take, Self::Seal, Self::Write, Self::Index, Self::Merge, Self::Snapshot, Self::Space];
}

/// A ledger that stands still until it is told to step.
pub struct Machine {
    folders: Folders,
    engine: Engine,
    index: Index,
    indexer: Indexer,
    journal: SegmentJournal,
    writer_epoch: u32,
    queue: VecDeque<Request>,
    capacity: usize,
    sealed: VecDeque<Outgoing>,
    written: VecDeque<(ToRows, Option<Arc<crate::index::table::Table>>)>,
    parts: VecDeque<Part>,
    writing: Option<snapshot::Writer>,
    merge: Option<Merge>,
    durable: Head,
    indexed: Head,
}

enum Outgoing {
    Batch(Box<Sealed>),
    Release(Vec<Release>),
}

impl Machine {
    /// Recovers the ledger in `dir` of a disk, or makes it.
    pub fn open(disk: &Arc<dyn Disk>, dir: &Path, options: Options) -> Result<Self, OpenError> {
        let folders = Folders::of(disk, dir);
        disk.create_dir_all(&folders.journal)?;
        let capacity = options.queue_capacity;
        let (start, journal, indexer) = begin(&folders, options)?;
        let (writer_epoch, durable, index) = (start.writer_epoch, start.head, start.index.clone());
        Ok(Self {
            folders,
            engine: Engine::new(start),
            index,
            indexer,
            journal,
            writer_epoch,
            queue: VecDeque::new(),
            capacity,
            sealed: VecDeque::new(),
            written: VecDeque::new(),
            parts: VecDeque::new(),
            writing: None,
            merge: None,
            durable,
            indexed: durable,
        })
    }

    /// Puts commands into the queue: one by itself, or several as a chain.
    pub fn submit(&mut self, commands: Vec<Command>) -> Result<Pending, SubmitError> {
        check_form(&commands)?;
        let (reply, answer) = oneshot::channel();
        self.enqueue(Request::Chain { commands, reply })?;
        Ok(Pending(answer))
    }

    /// Puts several commands into the queue, each to be decided by itself.
    pub fn submit_many(&mut self, commands: Vec<Command>) -> Result<Pending<Decisions>, SubmitError> {
        commands.iter().try_for_each(|command| check_form(std::slice::from_ref(command)))?;
        let (reply, answer) = oneshot::channel();
        self.enqueue(Request::Many { commands, reply })?;
        Ok(Pending(answer))
    }

    /// Asks for accounts and counters at one instant; answered when everything decided before is durable.
    pub fn look(&mut self, accounts: Vec<AccountId>, counters: Vec<CounterId>) -> Result<Pending<Looked>, SubmitError> {
        self.ask(move |engine| {
            let state = &engine.state;
            Ok((
                accounts.into_iter().map(|id| state.account_view(id)).collect(),
                counters.into_iter().map(|id| state.counter_view(id)).collect(),
            ))
        })
    }

    /// Asks for a command by its id, and for what ended the hold that it made, like [`Self::look`].
    pub fn look_up(&mut self, id: CommandId) -> Result<Pending<LookedUp>, SubmitError> {
        let partition = self.folders.partition;
        self.ask(move |engine| {
            let of = |entry: Option<Entry>| entry.map(|entry| entry.of(partition));
            Ok((of(engine.find(id)?), of(engine.ended(id)?)))
        })
    }

    /// Asks for the transfers that made the open holds, like [`Self::look`].
    pub fn look_for_holds(&mut self) -> Result<Pending<Result<Vec<CommandId>, SubmitError>>, SubmitError> {
        self.ask(|engine| Ok(engine.state.holds.ids()))
    }

    fn ask<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&mut Engine) -> Result<T, SubmitError> + Send + 'static,
    ) -> Result<Pending<Result<T, SubmitError>>, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let read = Box::new(move |engine: &mut Engine| {
            let seen = look(engine);
            let tell: Box<dyn FnOnce() + Send> = Box::new(move || drop(reply.send(seen)));
            tell
        });
        self.enqueue(Request::Read(read))?;
        Ok(Pending(answer))
    }

    fn enqueue(&mut self, request: Request) -> Result<(), SubmitError> {
        if self.queue.len() >= self.capacity {
            return Err(SubmitError::Busy);
        }
        self.queue.push_back(request);
        Ok(())
    }

    /// Takes a step; false if there was nothing to do for it.
    pub fn step(&mut self, step: Step) -> io::Result<bool> {
        match step {
            Step::Take => self.take(),
            Step::Seal => Ok(self.seal(false)),
            Step::Write => self.write(),
            Step::Index => self.add_to_index(),
            Step::Merge => self.merge(),
            Step::Snapshot => self.snapshot(),
            Step::Space => Ok(self.engine.space().prepare()),
        }
    }

    fn take(&mut self) -> io::Result<bool> {
        if !self.engine.has_room() || self.queue.is_empty() {
            return Ok(self.seal(false));
        }
        let Self { engine, queue, sealed, .. } = self;
        let Some(request) = queue.pop_front() else { return Ok(false) };
        engine.space().prepare();
        engine.take(request, |engine| {
            sealed.push_back(Outgoing::Batch(Box::new(engine.seal(false))));
            true
        });
        if engine.is_broken() { Err(io::Error::other("a look-up failed")) } else { Ok(true) }
    }

    fn seal(&mut self, closing: bool) -> bool {
        if !self.engine.has_entries() {
            let releases = self.engine.releases();
            let any = !releases.is_empty();
            if any {
                self.sealed.push_back(Outgoing::Release(releases));
            }
            return any;
        }
        let due = closing || self.engine.snapshot_due();
        let sealed = self.engine.seal(due);
        self.sealed.push_back(Outgoing::Batch(Box::new(sealed)));
        if due {
            self.parts.clear();
            self.writing = None;
            let part = self.engine.begin_snapshot();
            self.parts.push_back(part);
        }
        self.engine.prune(self.indexed.sequence);
        true
    }

    fn write(&mut self) -> io::Result<bool> {
        match self.sealed.pop_front() {
            None => return Ok(false),
            Some(Outgoing::Release(releases)) => releases.into_iter().for_each(Release::leave),
            Some(Outgoing::Batch(sealed)) => {
                let Sealed { record, before, head, places, releases, cut } = *sealed;
                let location = self.journal.append(self.writer_epoch, &before, &record, head)?;
                self.durable = head;
                releases.into_iter().for_each(Release::leave);
                let (position, first_sequence) = (before.position, before.sequence);
                self.written.push_back((ToRows { location, position, first_sequence, entries: places, head }, cut));
            }
        }
        Ok(true)
    }

    fn add_to_index(&mut self) -> io::Result<bool> {
        let Some((rows, cut)) = self.written.front() else { return Ok(false) };
        let added = if self.indexed == rows.head { Ok(()) } else { self.indexer.add(rows) };
        if added.is_ok() {
            self.indexed = rows.head;
        }
        match added.and_then(|()| cut.as_ref().map_or(Ok(()), |table| self.indexer.cut(table))) {
            Err(error) if is_full(&error) => self.engine.space().index_waits(true),
            result => {
                result?;
                self.engine.space().index_waits(false);
                self.written.pop_front();
                self.engine.prune(self.indexed.sequence);
            }
        }
        Ok(true)
    }

    fn merge(&mut self) -> io::Result<bool> {
        let Some(merge) = self.merge.take() else {
            self.merge = self.indexer.merge();
            return Ok(self.merge.is_some());
        };
        match merge.work(&self.index).and_then(|run| self.indexer.merged(&merge, run)) {
            Err(error) if is_full(&error) => self.indexer.not_merged(),
            result => result?,
        }
        self.engine.prune(self.indexed.sequence);
        Ok(true)
    }

    fn snapshot(&mut self) -> io::Result<bool> {
        if self.parts.is_empty() {
            self.parts.extend(self.engine.snapshot_part());
        }
        let (disk, dir) = (&*self.folders.disk, &self.folders.snapshots);
        // A snapshot that cannot be written is given up, as the snapshot's thread does; the journal has everything.
        match self.parts.pop_front() {
            None => return Ok(false),
            Some(Part::Begin(begin)) => self.writing = snapshot::Writer::begin(disk, dir, *begin).ok(),
            Some(Part::End) => {
                let Some(writing) = &self.writing else { return Ok(true) };
                if self.durable.position < writing.position() || self.indexer.durable().position < writing.position() {
                    self.parts.push_back(Part::End);
                    return Ok(false);
                }
                if let Some(mut writing) = self.writing.take() {
                    writing.add(&Part::End);
                    let _ = writing.finish().and_then(|()| writing.publish(disk, dir));
                }
            }
            Some(part) => {
                if let Some(writing) = &mut self.writing {
                    writing.add(&part);
                }
            }
        }
        Ok(true)
    }

    /// Takes steps until nothing is left to do.
    pub fn settle(&mut self) -> io::Result<()> {
        while !self.queue.is_empty() {
            self.take()?;
        }
        self.seal(false);
        loop {
            let mut any = false;
            for step in [Step::Write, Step::Index, Step::Snapshot, Step::Merge] {
                any |= self.step(step)?;
            }
            if !any {
                return Ok(());
            }
        }
    }

    /// How far the journal is durable.
    pub fn durable(&self) -> Head {
        self.durable
    }

    /// A command by its id, if it was decided.
    pub fn entry(&mut self, id: CommandId) -> Result<Option<Entry>, SubmitError> {
        Ok(self.engine.find(id)?.map(|entry| entry.of(self.folders.partition)))
    }

    /// An account's movements, newest first; call [`Self::settle`] before.
    pub fn history(&self, id: AccountId, before: Option<u64>, limit: usize) -> Result<Vec<Entry>, Fault> {
        let newest = self.engine.state.last_movement(id);
        walk(&self.folders, &self.index, id, newest, before, limit)
    }

    /// All accounts as they stand, decided but perhaps not durable yet.
    pub fn accounts(&self) -> Vec<AccountView> {
        self.engine.state.account_views()
    }

    /// Number of open holds.
    pub fn open_holds(&self) -> usize {
        self.engine.state.holds.len()
    }

    /// Hash of everything the state machine decides by.
    pub fn state_hash(&self) -> String {
        snapshot::state_hash(&self.engine.state).to_hex().to_string()
    }

    /// Every durable batch from a position on.
    pub fn batches(&self, from: u64) -> Result<Vec<Batch>, Fault> {
        let (mut cursor, mut batches) = (None, Vec::new());
        for position in from..self.durable.position {
            batches.push(next_batch(&self.folders, &mut cursor, position)?);
        }
        Ok(batches)
    }
}

/// What [`Machine::look`] sees.
pub type Looked = Result<(Vec<Option<AccountView>>, Vec<Option<CounterView>>), SubmitError>;

/// What [`Machine::look_up`] finds.
pub type LookedUp = Result<(Option<Entry>, Option<Entry>), SubmitError>;

impl<T> Pending<T> {
    /// The answer, if it is there.
    pub fn now(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

/// [`crate::verify`] on any disk.
pub fn verify(disk: &Arc<dyn Disk>, dir: &Path) -> io::Result<Report> {
    verify_on(disk, dir)
}
