//! Opening a journal: newest snapshot, then every record after it, replayed and compared; then the end is made clean.

use crate::journal::cursor::{Cursor, ReadError, Record};
use crate::journal::head::{self, HeadFile};
use crate::journal::{Damage, Head, segment};
use crate::model::state::State;
use crate::model::types::Entry;
use crate::snapshot;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Folders of a ledger inside its data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    pub(crate) journal: PathBuf,
    pub(crate) snapshots: PathBuf,
    pub(crate) index: PathBuf,
}

impl Folders {
    pub(crate) fn of(dir: &Path) -> Self {
        Self { journal: dir.join("journal"), snapshots: dir.join("snapshots"), index: dir.join("index") }
    }
}

/// Why a ledger could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    InUse(PathBuf),
    /// The journal is damaged at or before its head: nothing may be cut there. Restore from a backup.
    Damaged(Damage),
    /// The disk failed or is full.
    Io(io::Error),
    /// The index could not be opened.
    Index(fjall::Error),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse(path) => write!(out, "{} is in use by another process", path.display()),
            Self::Damaged(damage) => write!(out, "the journal is damaged: {damage}"),
            Self::Io(error) => write!(out, "the journal cannot be read or written: {error}"),
            Self::Index(error) => write!(out, "the ledger's index cannot be opened: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Io(error) => Self::Io(error),
        }
    }
}

impl From<fjall::Error> for OpenError {
    fn from(error: fjall::Error) -> Self {
        Self::Index(error)
    }
}

/// A journal that is ready to be written on.
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) head: Head,
    pub(crate) segment: u32,
    pub(crate) offset: u64,
    pub(crate) segment_bytes: u64,
    pub(crate) head_file: HeadFile,
    /// Position of the snapshot that was used.
    pub(crate) snapshot_position: u64,
}

pub(crate) fn recover(folders: &Folders, segment_bytes: u64) -> Result<Recovered, OpenError> {
    let dir = &folders.journal;
    let Some(slot) = durable_head(dir)? else { return create(dir, segment_bytes) };
    let (state, mut cursor) = newest_snapshot(folders, &slot.head)?;
    let mut state = state;
    let snapshot_position = cursor.head().position;
    check_head(&cursor, &slot.head)?;
    loop {
        match cursor.next() {
            Ok(Some(record)) => {
                replay(&mut state, &record).map_err(|what| OpenError::Damaged(cursor.damage(what)))?;
                check_head(&cursor, &slot.head)?;
            }
            Ok(None) => break,
            Err(ReadError::Damaged(damage)) if cursor.head().position >= slot.head.position => {
                tracing::warn!(%damage, "what follows the head was never answered and is cut");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let head = cursor.head();
    if head.position < slot.head.position {
        let what = format!("the journal ends here, the head file says {} records", slot.head.position);
        return Err(OpenError::Damaged(cursor.damage(what)));
    }
    if head.position > slot.head.position {
        let count = head.position - slot.head.position;
        tracing::info!(count, "whole records after the head are kept; their answers may not have left");
    }
    let (segment, offset) = cursor.place();
    let segment_bytes = cursor.segment_bytes();
    let cut = clean_end(dir, segment, offset, segment_bytes)?;
    if cut > 0 {
        tracing::warn!(position = head.position, bytes = cut, "a torn tail beyond the head was cut");
    }
    let head_file = HeadFile::take_over(dir, Some(slot), head)?;
    Ok(Recovered { state, head, segment, offset, segment_bytes, head_file, snapshot_position })
}

/// What the head file says; nothing if the journal was never begun.
fn durable_head(dir: &Path) -> Result<Option<head::HeadSlot>, OpenError> {
    let damaged = |what: &str| {
        OpenError::Damaged(Damage { position: 0, file: head::path(dir), offset: 0, what: what.to_owned() })
    };
    match head::read(dir)? {
        Some(found) => match found.newest {
            Some(slot) => Ok(Some(slot)),
            None => Err(damaged("neither slot of the head file can be read")),
        },
        None => {
            // A first start that was cut off has at most an empty first segment.
            let mut cursor = Cursor::start(dir);
            match cursor.next() {
                Ok(None) => Ok(None),
                _ => Err(damaged("the head file is missing")),
            }
        }
    }
}

pub(crate) fn create(dir: &Path, segment_bytes: u64) -> Result<Recovered, OpenError> {
    for number in segment::list(dir)? {
        std::fs::remove_file(segment::path(dir, number))?;
    }
    segment::prepare(dir, 1, segment_bytes)?;
    let file = OpenOptions::new().write(true).open(segment::path(dir, 1))?;
    segment::write_header(&file, 1, &Head::START, segment_bytes)?;
    file.sync_all()?;
    let head_file = HeadFile::take_over(dir, None, Head::START)?;
    Ok(Recovered {
        state: State::new(),
        head: Head::START,
        segment: 1,
        offset: segment::HEADER as u64,
        segment_bytes,
        head_file,
        snapshot_position: 0,
    })
}

/// The state of the newest snapshot that fits the journal, and a cursor after it.
fn newest_snapshot(folders: &Folders, durable: &Head) -> Result<(State, Cursor), OpenError> {
    for path in snapshot::list(&folders.snapshots)?.into_iter().rev() {
        match snapshot::read(&path) {
            Ok((head, state)) if head.position <= durable.position => {
                let cursor = Cursor::seek(&folders.journal, head.position).map(|cursor| cursor.expecting(head));
                match cursor {
                    Ok(Some(cursor)) => return Ok((state, cursor)),
                    _ => {
                        tracing::warn!(path = %path.display(), "a snapshot does not fit the journal; trying an older one")
                    }
                }
            }
            Ok(_) => tracing::warn!(path = %path.display(), "a snapshot is ahead of the journal; trying an older one"),
            Err(what) => tracing::warn!(path = %path.display(), what, "a snapshot is damaged; trying an older one"),
        }
    }
    Ok((State::new(), Cursor::start(&folders.journal)))
}

/// When the cursor stands at the durable head, its hash must be the head file's.
fn check_head(cursor: &Cursor, durable: &Head) -> Result<(), OpenError> {
    if cursor.head().position == durable.position && cursor.head() != *durable {
        return Err(OpenError::Damaged(cursor.damage("the hash there is not the one in the head file")));
    }
    Ok(())
}

/// Applies a record again. Every outcome must come out as it was recorded.
pub(crate) fn replay(state: &mut State, record: &Record) -> Result<Vec<Entry>, String> {
    let entries = record.header.entries(&record.bytes)?;
    let mut rest = entries.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().position(|entry| !entry.linked).map_or(rest.len(), |last| last + 1);
        let (chain, after) = rest.split_at(length);
        if first.sequence != state.sequence {
            return Err(format!("entry {} follows {} commands", first.sequence, state.sequence));
        }
        let commands: Vec<_> = chain.iter().map(|entry| entry.command.clone()).collect();
        let mut recorded = chain.iter();
        let results = state.apply(&commands, |_, _| match recorded.next() {
            Some(entry) => entry.resolved,
            None => unreachable!("as many commands as entries"),
        });
        for (entry, (_, time_ms, outcome)) in chain.iter().zip(&results) {
            if entry.outcome != *outcome || entry.ledger_time_ms != *time_ms {
                return Err(format!(
                    "command {} was decided {:?} then and {outcome:?} now",
                    entry.command.id, entry.outcome
                ));
            }
        }
        rest = after;
    }
    Ok(entries)
}

/// Zeroes what lies after the end and removes segments begun after it; gives the number of bytes that were not zero.
fn clean_end(dir: &Path, segment: u32, offset: u64, segment_bytes: u64) -> Result<u64, OpenError> {
    let mut cut = 0;
    for number in segment::list(dir)? {
        if number > segment {
            let path = segment::path(dir, number);
            let waste = nonzero_bytes(&path, 0)?.0;
            if waste > 0 {
                std::fs::remove_file(&path)?;
                cut += waste;
            }
        }
    }
    let path = segment::path(dir, segment);
    let (waste, _) = nonzero_bytes(&path, offset)?;
    if waste > 0 {
        let file = OpenOptions::new().write(true).open(&path)?;
        segment::zero(&file, offset, segment_bytes)?;
        file.sync_all()?;
        cut += waste;
    }
    Ok(cut)
}

/// How many bytes from `offset` on are not zero, and where the first of them stands.
pub(crate) fn nonzero_bytes(path: &Path, offset: u64) -> io::Result<(u64, Option<u64>)> {
    let file = std::fs::File::open(path)?;
    let zeros = vec![0_u8; 1 << 20];
    let mut buffer = zeros.clone();
    let (mut at, mut count, mut first) = (offset, 0, None);
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            return Ok((count, first));
        }
        // Nearly all of it is zero, and comparing whole blocks is many times quicker than looking at each byte.
        if buffer[..read] != zeros[..read] {
            let place = buffer[..read].iter().position(|byte| *byte != 0);
            first = first.or(place.map(|place| at + place as u64));
            count += buffer[..read].iter().filter(|byte| **byte != 0).count() as u64;
        }
        at += read as u64;
    }
}
