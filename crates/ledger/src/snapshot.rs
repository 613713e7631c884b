//! Snapshots: the state at one journal position, so that a restart costs what changed since.
//!
//! A file `<position>.snap` holds magic, format version, position, sequence and hash of the journal head, then the
//! state, then the BLAKE3 hash of all that. But for each account's place in its history, the same bytes of the state
//! are what [`state_hash`] hashes, so two machines can compare their states in one line. The engine hands the state
//! out in parts, between batches ([`Source`]); a file gets its name when all of it is durable.

use crate::model::codec::{put_window, take_window};
use crate::model::counter::Counter;
use crate::model::hold::{Hold, Holds};
use crate::model::slab::Slab;
use crate::model::state::{Account, Class, Classes, State, Stored};
use kit::BankDay;
use std::io;
use std::path::{Path, PathBuf};
use storage::bytes::{Put, Take, Undecodable};
use storage::disk::{Disk, DiskFile, OpenMode};
use storage::journal::Head;

const MAGIC: u64 = u64::from_le_bytes(*b"TBSNAP\0\x01");
const VERSION: u32 = 2;
/// How many are kept.
const KEEP: usize = 2;
/// Slots in one part.
const PART: usize = 1 << 14;
/// No item of a snapshot is longer.
const ITEM: usize = 256;
const PIECE: usize = 1 << 20;

/// What the engine hands out, in this order; an empty part ends its kind.
pub(crate) enum Part {
    Begin(Box<Begin>),
    Holders(Vec<u32>),
    Accounts(Vec<Account>),
    Counters(Vec<Counter>),
    Holds(Vec<Hold>),
    End,
}

pub(crate) struct Begin {
    head: Head,
    time_ms: i64,
    sequence: u64,
    classes: Classes,
    /// Of holders, accounts, counters and slots of holds.
    lengths: [usize; 4],
}

/// A snapshot that is being handed out.
pub(crate) struct Source {
    stage: usize,
}

impl Source {
    /// Freezes the state, which is the one after `head`.
    pub(crate) fn begin(state: &mut State, head: Head) -> (Self, Part) {
        let lengths = [state.holders.len(), state.accounts.len(), state.counters.len(), state.holds.slots().len()];
        state.holders.freeze();
        state.accounts.freeze();
        state.counters.freeze();
        state.holds.slots_mut().freeze();
        let (time_ms, sequence, classes) = (state.time_ms, state.sequence, state.classes.clone());
        (Self { stage: 0 }, Part::Begin(Box::new(Begin { head, time_ms, sequence, classes, lengths })))
    }

    /// The next part; [`Part::End`] is the last.
    pub(crate) fn next(&mut self, state: &mut State) -> Part {
        loop {
            let (part, empty) = match self.stage {
                0 => {
                    let part = state.holders.thaw(PART * 8);
                    let empty = part.is_empty();
                    (Part::Holders(part), empty)
                }
                1 => {
                    let part = state.accounts.thaw(PART);
                    let empty = part.is_empty();
                    (Part::Accounts(part), empty)
                }
                2 => {
                    let part = state.counters.thaw(PART);
                    let empty = part.is_empty();
                    (Part::Counters(part), empty)
                }
                3 => {
                    let part = state.holds.slots_mut().thaw(PART);
                    let empty = part.is_empty();
                    (Part::Holds(part), empty)
                }
                _ => return Part::End,
            };
            if !empty {
                return part;
            }
            self.stage += 1;
        }
    }
}

/// Where encoded bytes go.
trait Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

impl Sink for () {
    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

struct FileSink {
    file: Box<dyn DiskFile>,
    written: u64,
}

impl Sink for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// Gathers, hashes and writes; keeps the first error.
struct Hashing<S> {
    out: S,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    error: Option<io::Error>,
}

impl<S: Sink> Hashing<S> {
    fn new(out: S) -> Self {
        Self { out, buffer: Vec::with_capacity(PIECE + ITEM), hasher: blake3::Hasher::new(), error: None }
    }

    fn flush(&mut self) {
        self.hasher.update(&self.buffer);
        if self.error.is_none() {
            self.error = self.out.write(&self.buffer).err();
        }
        self.buffer.clear();
    }

    fn hash(&mut self) -> blake3::Hash {
        self.flush();
        self.hasher.finalize()
    }
}

impl<S: Sink> Put for Hashing<S> {
    fn put(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.flush();
        }
    }
}

/// A hash of everything the state machine decides by.
pub(crate) fn state_hash(state: &State) -> blake3::Hash {
    hash(state, false)
}

/// A hash of everything that a snapshot holds.
pub(crate) fn whole_hash(state: &State) -> blake3::Hash {
    hash(state, true)
}

fn hash(state: &State, whole: bool) -> blake3::Hash {
    let mut out = Hashing::new(());
    out.put_i64(state.time_ms);
    out.put_u64(state.sequence);
    out.put_u64(state.holders.len() as u64);
    state.holders.iter().for_each(|epoch| out.put_u32(*epoch));
    out.put_u64(state.accounts.len() as u64);
    for account in state.accounts.iter() {
        put_account(&mut out, &state.classes.stored(account));
        if whole {
            out.put_u64(account.last);
        }
    }
    out.put_u64(state.counters.len() as u64);
    state.counters.iter().for_each(|counter| put_counter(&mut out, counter));
    let holds = state.holds.slots();
    out.put_u64(holds.len() as u64);
    holds.iter().for_each(|hold| put_hold(&mut out, hold));
    out.hash()
}

fn put_account(out: &mut impl Put, stored: &Stored) {
    let Account { debits_pending, debits_posted, credits_pending, credits_posted, floor, ceiling, .. } = stored.account;
    for amount in [debits_pending, debits_posted, credits_pending, credits_posted, floor, ceiling] {
        out.put_i64(amount);
    }
    out.put_u32(stored.account.holder);
    out.put_u32(stored.class.kind);
    out.put_u32(stored.flags);
    out.put_u16(stored.class.institution);
    out.put_u16(stored.class.currency);
}

fn take_account(take: &mut Take<'_>, classes: &mut Classes) -> Result<Account, Undecodable> {
    let mut account = Account::default();
    account.debits_pending = take.i64()?;
    account.debits_posted = take.i64()?;
    account.credits_pending = take.i64()?;
    account.credits_posted = take.i64()?;
    account.floor = take.i64()?;
    account.ceiling = take.i64()?;
    account.holder = take.u32()?;
    let kind = take.u32()?;
    let flags = take.u32()?;
    let class = Class { kind, institution: take.u16()?, currency: take.u16()? };
    account.last = take.u64()?;
    classes.restore(Stored { account, class, flags }).ok_or(Undecodable("there are too many classes of accounts"))
}

fn put_counter(out: &mut impl Put, counter: &Counter) {
    out.put_u16(counter.institution);
    put_window(out, counter.window);
    out.put_i64(counter.cap_amount);
    out.put_u32(counter.cap_count);
    out.put_i32(counter.newest);
    for place in 0..2 {
        out.put_i64(counter.amounts[place]);
        out.put_u32(counter.counts[place]);
    }
}

fn take_counter(take: &mut Take<'_>) -> Result<Counter, Undecodable> {
    let mut counter = Counter {
        institution: take.u16()?,
        window: take_window(take)?,
        cap_amount: take.i64()?,
        cap_count: take.u32()?,
        newest: take.i32()?,
        ..Counter::default()
    };
    for place in 0..2 {
        counter.amounts[place] = take.i64()?;
        counter.counts[place] = take.u32()?;
    }
    Ok(counter)
}

fn put_hold(out: &mut impl Put, hold: &Hold) {
    out.put_u128(hold.id);
    if hold.id == 0 {
        return;
    }
    out.put_u64(hold.debit);
    out.put_u64(hold.credit);
    out.put_i64(hold.amount);
    out.put_i64(hold.expires_ms);
    out.put_i32(hold.day.0);
    out.put_u8(hold.counters.len() as u8);
    for counter in &hold.counters {
        out.put_u64(*counter);
    }
}

fn take_hold(take: &mut Take<'_>) -> Result<Hold, Undecodable> {
    let id = take.u128()?;
    if id == 0 {
        return Ok(Hold::default());
    }
    Ok(Hold {
        id,
        debit: take.u64()?,
        credit: take.u64()?,
        amount: take.i64()?,
        expires_ms: take.i64()?,
        day: BankDay(take.i32()?),
        counters: {
            let count = usize::from(take.u8()?);
            let mut counters = Vec::with_capacity(count);
            for _ in 0..count {
                counters.push(take.u64()?);
            }
            counters.into()
        },
    })
}

/// Writes parts into a file that has no name yet.
pub(crate) struct Writer {
    out: Hashing<FileSink>,
    begin: Begin,
    partial: PathBuf,
    /// Lengths that were written.
    sections: usize,
}

impl Writer {
    pub(crate) fn begin(disk: &dyn Disk, dir: &Path, begin: Begin) -> io::Result<Self> {
        disk.create_dir_all(dir)?;
        let partial = path(dir, begin.head.position).with_extension("new");
        let file = disk.open(&partial, OpenMode::Truncate)?;
        let mut out = Hashing::new(FileSink { file, written: 0 });
        out.put_u64(MAGIC);
        out.put_u32(VERSION);
        out.put_u64(begin.head.position);
        out.put_u64(begin.head.sequence);
        out.put(&begin.head.hash);
        out.put_i64(begin.time_ms);
        out.put_u64(begin.sequence);
        Ok(Self { out, begin, partial, sections: 0 })
    }

    /// Of the head that it belongs to.
    pub(crate) fn position(&self) -> u64 {
        self.begin.head.position
    }

    pub(crate) fn add(&mut self, part: &Part) {
        let section = match part {
            Part::Begin(_) | Part::End => 4,
            Part::Holders(_) => 1,
            Part::Accounts(_) => 2,
            Part::Counters(_) => 3,
            Part::Holds(_) => 4,
        };
        while self.sections < section {
            self.out.put_u64(self.begin.lengths[self.sections] as u64);
            self.sections += 1;
        }
        let out = &mut self.out;
        match part {
            Part::Begin(_) | Part::End => {}
            Part::Holders(epochs) => epochs.iter().for_each(|epoch| out.put_u32(*epoch)),
            Part::Accounts(accounts) => {
                for account in accounts {
                    put_account(out, &self.begin.classes.stored(account));
                    out.put_u64(account.last);
                }
            }
            Part::Counters(counters) => counters.iter().for_each(|counter| put_counter(out, counter)),
            Part::Holds(holds) => holds.iter().for_each(|hold| put_hold(out, hold)),
        }
    }

    /// Makes the content durable; [`Self::publish`] gives it its name.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let hash = self.out.hash();
        self.out.put(hash.as_bytes());
        self.out.flush();
        match self.out.error.take() {
            Some(error) => Err(error),
            None => self.out.out.file.sync_all(),
        }
    }

    /// Only when journal and index are durable up to its head. Removes the oldest snapshots.
    pub(crate) fn publish(self, disk: &dyn Disk, dir: &Path) -> io::Result<()> {
        disk.rename(&self.partial, &path(dir, self.begin.head.position))?;
        disk.sync_dir(dir)?;
        let mut kept = list(disk, dir)?;
        while kept.len() > KEEP {
            disk.remove(&kept.remove(0))?;
        }
        Ok(())
    }
}

fn path(dir: &Path, position: u64) -> PathBuf {
    dir.join(format!("{position:020}.snap"))
}

/// Snapshot files, oldest first.
pub(crate) fn list(disk: &dyn Disk, dir: &Path) -> io::Result<Vec<PathBuf>> {
    let names = disk.names(dir)?;
    let mut paths: Vec<PathBuf> =
        names.iter().filter(|name| name.ends_with(".snap")).map(|name| dir.join(name)).collect();
    paths.sort();
    Ok(paths)
}

/// The journal position in a snapshot's name.
pub(crate) fn position_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// Reads a file piece by piece.
struct Pieces {
    file: Box<dyn DiskFile>,
    /// Where the next piece begins, and where the content ends.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl Pieces {
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let start = self.buffer.len();
        let more = (self.end - self.at).min(PIECE as u64);
        self.buffer.resize(start + more as usize, 0);
        self.file.read_exact_at(&mut self.buffer[start..], self.at)?;
        self.at += more;
        Ok(())
    }

    fn take<T>(&mut self, take: impl FnOnce(&mut Take<'_>) -> Result<T, Undecodable>) -> Result<T, String> {
        if self.buffer.len() - self.used < ITEM && self.at < self.end {
            self.fill().map_err(|error| error.to_string())?;
        }
        let mut rest = Take::new(&self.buffer[self.used..]);
        let taken = take(&mut rest).map_err(|error| error.0.to_owned())?;
        self.used = self.buffer.len() - rest.rest().len();
        Ok(taken)
    }
}

/// Why a snapshot is not used.
pub(crate) enum Unusable {
    /// It is whole, and of a program that knew less of accounts.
    Earlier,
    /// What is wrong with it.
    Damaged(String),
}

impl From<String> for Unusable {
    fn from(what: String) -> Self {
        Self::Damaged(what)
    }
}

impl From<&str> for Unusable {
    fn from(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }
}

/// Reads and checks a snapshot of a partition; says why it cannot be used otherwise.
pub(crate) fn read(disk: &dyn Disk, path: &Path, partition: u16) -> Result<(Head, State), Unusable> {
    let text = |error: io::Error| error.to_string();
    let file = disk.open(path, OpenMode::Read).map_err(text)?;
    let end = file.length().map_err(text)?.checked_sub(32).ok_or("it is too short")?;
    let mut hasher = blake3::Hasher::new();
    let mut pieces = Pieces { file, at: 0, end, buffer: Vec::new(), used: 0 };
    while pieces.at < end {
        pieces.buffer.clear();
        pieces.fill().map_err(text)?;
        hasher.update(&pieces.buffer);
    }
    let mut stored = [0; 32];
    pieces.file.read_exact_at(&mut stored, end).map_err(text)?;
    if hasher.finalize() != blake3::Hash::from_bytes(stored) {
        return Err("its hash does not match".into());
    }
    pieces.at = 0;
    pieces.buffer.clear();
    let (magic, version) = pieces.take(|take| Ok((take.u64()?, take.u32()?)))?;
    if magic == MAGIC && version < VERSION {
        return Err(Unusable::Earlier);
    }
    if magic != MAGIC || version != VERSION {
        return Err("this program does not know its format".into());
    }
    let head = pieces.take(|take| {
        let (position, sequence) = (take.u64()?, take.u64()?);
        Ok(Head { position, sequence, hash: take.bytes(32)?.try_into().unwrap_or([0; 32]) })
    })?;
    let mut state = State::new(partition);
    state.time_ms = pieces.take(|take| take.i64())?;
    state.sequence = pieces.take(|take| take.u64())?;
    for _ in 0..pieces.take(|take| take.u64())? {
        state.holders.push(pieces.take(|take| take.u32())?);
    }
    for _ in 0..pieces.take(|take| take.u64())? {
        let account = pieces.take(|take| take_account(take, &mut state.classes))?;
        state.accounts.push(account);
    }
    for _ in 0..pieces.take(|take| take.u64())? {
        state.counters.push(pieces.take(take_counter)?);
    }
    let mut holds = Slab::new();
    for _ in 0..pieces.take(|take| take.u64())? {
        holds.push(pieces.take(take_hold)?);
    }
    state.holds = Holds::from_slots(holds);
    if pieces.at < end || pieces.used < pieces.buffer.len() {
        return Err("it is too long".into());
    }
    Ok((head, state))
}
