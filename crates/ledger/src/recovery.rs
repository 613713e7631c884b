//! Opening a journal: newest snapshot, then every record after it, replayed and compared; then the end is made clean.

use crate::entries;
use crate::index::ids::Ids;
use crate::index::{Index, Indexer, ToRows};
use crate::ledger::Options;
use crate::model::state::{Decided, State};
use crate::model::types::Entry;
use crate::snapshot::{self, Unusable};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::disk::{Disk, OpenMode};
use storage::journal::cursor::{Cursor, ReadError, Record};
use storage::journal::head::{self, HeadFile};
use storage::journal::{Damage, Head, Location, segment};

/// Folders of a ledger inside its data folder, and the disk that they are on.
#[derive(Clone)]
pub(crate) struct Folders {
    /// Which partition lives here.
    pub(crate) partition: u16,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) journal: PathBuf,
    pub(crate) snapshots: PathBuf,
    pub(crate) index: PathBuf,
}

impl Folders {
    pub(crate) fn of(disk: &Arc<dyn Disk>, dir: &Path) -> Self {
        let folder = |name| dir.join(name);
        Self {
            partition: partition_of(dir),
            disk: disk.clone(),
            journal: folder("journal"),
            snapshots: folder("snapshots"),
            index: folder("index"),
        }
    }
}

/// What the folders of all partitions but the first are called, before their number.
const PARTITION: &str = "partition-";

/// The folder of a partition: the first lives in the data folder itself, where it was before there were others.
pub fn partition_folder(data: &Path, partition: u16) -> PathBuf {
    if partition == 0 { data.to_owned() } else { data.join(format!("{PARTITION}{partition}")) }
}

/// Whether a folder of this name is one of [`partition_folder`]'s, other than the first.
pub fn is_partition_folder(name: &str) -> bool {
    name.strip_prefix(PARTITION).is_some_and(|number| number.parse().is_ok_and(|number: u16| number > 0))
}

/// The partition that a folder belongs to, by its name.
fn partition_of(dir: &Path) -> u16 {
    let name = dir.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_prefix(PARTITION)?.parse().ok()).unwrap_or(0)
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
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse(path) => write!(out, "{} is in use by another process", path.display()),
            Self::Damaged(damage) => write!(out, "the journal is damaged: {damage}"),
            Self::Io(error) => write!(out, "the journal cannot be read or written: {error}"),
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

/// A journal that is ready to be written on.
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) head: Head,
    /// Segment and offset of the next record.
    pub(crate) place: (u32, u64),
    pub(crate) segment_bytes: u64,
    pub(crate) head_file: HeadFile,
    /// Position of the snapshot that was used.
    pub(crate) snapshot_position: u64,
    pub(crate) indexer: Indexer,
    pub(crate) ids: Ids,
}

pub(crate) fn recover(folders: &Folders, segment_bytes: u64, options: &Options) -> Result<Recovered, OpenError> {
    let (disk, dir) = (&*folders.disk, &folders.journal);
    let Some(slot) = durable_head(folders)? else {
        return create(folders, segment_bytes, &options.random, options.index_lines);
    };
    let index = Index::open(&folders.disk, &folders.index)?.filter(|(_, indexed)| {
        // Of a journal that was put back to an earlier moment.
        indexed.position <= slot.head.position
    });
    let found = match index {
        Some((index, indexed)) => catch_up(folders, &slot.head, (index, indexed), options.index_lines)?,
        None => None,
    };
    let caught_up = match found {
        Some(caught_up) => caught_up,
        None => {
            let index = Index::create(&folders.disk, &folders.index, &options.random)?;
            let built = catch_up(folders, &slot.head, (index, Head::START), options.index_lines)?;
            built.ok_or_else(|| io::Error::other("the index does not fit the journal that it was built from"))?
        }
    };
    let CaughtUp { state, cursor, indexer, ids, snapshot_position, unproven } = caught_up;
    let head = cursor.head();
    if head.position < slot.head.position {
        let what = format!("the journal ends here, the head file says {} records", slot.head.position);
        return Err(OpenError::Damaged(cursor.damage(what)));
    }
    if head.position > slot.head.position {
        let count = head.position - slot.head.position;
        tracing::info!(count, "whole records after the head are kept; their answers may not have left");
    }
    for (location, record) in unproven {
        segment::rewrite(disk, dir, location, &record)?;
    }
    let (place, segment_bytes) = (cursor.place(), cursor.segment_bytes());
    let cut = clean_end(folders, place, segment_bytes)?;
    if cut > 0 {
        tracing::warn!(position = head.position, bytes = cut, "a torn tail beyond the head was cut");
    }
    let head_file = HeadFile::take_over(disk, dir, Some(slot), head)?;
    Ok(Recovered { state, head, place, segment_bytes, head_file, snapshot_position, indexer, ids })
}

struct CaughtUp {
    state: State,
    cursor: Cursor,
    indexer: Indexer,
    ids: Ids,
    snapshot_position: u64,
    /// Records after the durable head: they may not have been synced.
    unproven: Vec<(Location, Vec<u8>)>,
}

/// Replays from a snapshot that is not beyond the index, and brings the index up to the end. None if the index
/// belongs to another journal.
fn catch_up(
    folders: &Folders,
    durable: &Head,
    (index, indexed): (Index, Head),
    index_lines: usize,
) -> Result<Option<CaughtUp>, OpenError> {
    let (mut state, mut cursor) = newest_snapshot(folders, durable, &indexed)?;
    let snapshot_position = cursor.head().position;
    let mut ids = Ids::new(index.clone(), index_lines);
    let mut indexer = Indexer::new(index, indexed);
    let mut unproven = Vec::new();
    check_head(&cursor, durable)?;
    loop {
        if cursor.head().position == indexed.position && cursor.head() != indexed {
            tracing::warn!("the index does not fit the journal and is built again");
            return Ok(None);
        }
        match cursor.next_record() {
            Ok(Some(record)) => {
                let damaged = |what: String| OpenError::Damaged(cursor.damage(what));
                let (entries, links) = replay(&mut state, &record).map_err(damaged)?;
                check_head(&cursor, durable)?;
                if record.header.position >= indexed.position {
                    let offsets = record.header.entry_offsets(&record.bytes);
                    let entries_at = offsets.into_iter().zip(links).collect();
                    indexer.add(&ToRows {
                        location: record.location,
                        position: record.header.position,
                        first_sequence: record.header.first_sequence,
                        entries: Arc::new(entries_at),
                        head: record.head,
                    })?;
                    entries.iter().for_each(|entry| ids.note(&entry.command, &entry.outcome, entry.sequence));
                    if ids.full() {
                        let table = ids.cut(record.head.sequence);
                        indexer.cut(&table)?;
                        ids.refresh();
                    }
                }
                if record.header.position >= durable.position {
                    unproven.push((record.location, record.bytes));
                }
            }
            Ok(None) => break,
            Err(ReadError::Damaged(damage)) if cursor.head().position >= durable.position => {
                tracing::warn!(%damage, "what follows the head was never answered and is cut");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(CaughtUp { state, cursor, indexer, ids, snapshot_position, unproven }))
}

/// What the head file says; nothing if the journal was never begun.
fn durable_head(folders: &Folders) -> Result<Option<head::HeadSlot>, OpenError> {
    let dir = &folders.journal;
    let damaged = |what: &str| {
        OpenError::Damaged(Damage { position: 0, file: head::path(dir), offset: 0, what: what.to_owned() })
    };
    match head::read(&*folders.disk, dir)? {
        Some(found) => match found.newest {
            Some(slot) => Ok(Some(slot)),
            None => Err(damaged("neither slot of the head file can be read")),
        },
        None => {
            // A first start that was cut off has at most an empty first segment.
            let mut cursor = Cursor::start(&folders.disk, dir);
            match cursor.next_record() {
                Ok(None) => Ok(None),
                _ => Err(damaged("the head file is missing")),
            }
        }
    }
}

pub(crate) fn create(
    folders: &Folders,
    segment_bytes: u64,
    random: &kit::Random,
    index_lines: usize,
) -> Result<Recovered, OpenError> {
    let (disk, dir) = (&*folders.disk, &folders.journal);
    for number in segment::list(disk, dir)? {
        disk.remove(&segment::path(dir, number))?;
    }
    segment::prepare(disk, dir, 1, segment_bytes)?;
    let file = disk.open(&segment::path(dir, 1), OpenMode::Write)?;
    segment::write_header(&*file, 1, &Head::START, segment_bytes)?;
    file.sync_all()?;
    let index = Index::create(&folders.disk, &folders.index, random)?;
    let head_file = HeadFile::take_over(disk, dir, None, Head::START)?;
    Ok(Recovered {
        state: State::new(folders.partition),
        head: Head::START,
        place: (1, segment::HEADER as u64),
        segment_bytes,
        head_file,
        snapshot_position: 0,
        ids: Ids::new(index.clone(), index_lines),
        indexer: Indexer::new(index, Head::START),
    })
}

/// The state of the newest snapshot that fits the journal and is not beyond the index, and a cursor after it.
fn newest_snapshot(folders: &Folders, durable: &Head, indexed: &Head) -> Result<(State, Cursor), OpenError> {
    let most = indexed.position;
    for path in snapshot::list(&*folders.disk, &folders.snapshots)?.into_iter().rev() {
        match snapshot::position_of(&path) {
            Some(position) if position <= most => {}
            Some(position) if position <= durable.position => {
                tracing::info!(path = %path.display(), "the index has to be made again from before a snapshot");
                continue;
            }
            _ => {
                tracing::warn!(path = %path.display(), "a snapshot is ahead of the journal; trying an older one");
                continue;
            }
        }
        match snapshot::read(&*folders.disk, &path, folders.partition) {
            Ok((head, state)) if head.position <= most => {
                let cursor = Cursor::seek(&folders.disk, &folders.journal, head.position);
                match cursor.map(|cursor| cursor.expecting(head)) {
                    Ok(Some(cursor)) => return Ok((state, cursor)),
                    _ => {
                        tracing::warn!(path = %path.display(), "a snapshot does not fit the journal; trying an older one")
                    }
                }
            }
            Ok(_) => tracing::warn!(path = %path.display(), "a snapshot lies about its position; trying an older one"),
            Err(Unusable::Earlier) => {
                tracing::info!(path = %path.display(), "a snapshot of an earlier program is not read");
            }
            Err(Unusable::Damaged(what)) => {
                tracing::warn!(path = %path.display(), what, "a snapshot cannot be used; trying an older one")
            }
        }
    }
    Ok((State::new(folders.partition), Cursor::start(&folders.disk, &folders.journal)))
}

/// When the cursor stands at the durable head, its hash must be the head file's.
fn check_head(cursor: &Cursor, durable: &Head) -> Result<(), OpenError> {
    if cursor.head().position == durable.position && cursor.head() != *durable {
        return Err(OpenError::Damaged(cursor.damage("the hash there is not the one in the head file")));
    }
    Ok(())
}

/// What a record says and, entry by entry, the links of its movements.
type Replayed = (Vec<Entry>, Vec<[u64; 2]>);

/// Applies a record again. Every outcome must come out as it was recorded.
pub(crate) fn replay(state: &mut State, record: &Record) -> Result<Replayed, String> {
    let entries = entries::of_record(record)?;
    let mut links = Vec::with_capacity(entries.len());
    let mut rest = entries.as_slice();
    while let Some(first) = rest.first() {
        if first.sequence != state.sequence {
            return Err(format!("entry {} follows {} commands", first.sequence, state.sequence));
        }
        let length = rest.iter().position(|entry| !entry.linked).map_or(rest.len(), |last| last + 1);
        let (chain, after) = rest.split_at(length);
        if let [entry] = chain {
            let decided = state.apply(&entry.command, |_, _| entry.resolved);
            links.push(compare(entry, &decided)?);
        } else {
            let commands: Vec<_> = chain.iter().map(|entry| entry.command.clone()).collect();
            let mut recorded = chain.iter();
            let results = state.apply_chain(&commands, |_, _| match recorded.next() {
                Some(entry) => entry.resolved,
                None => unreachable!("as many commands as entries"),
            });
            for (entry, decided) in chain.iter().zip(&results) {
                links.push(compare(entry, decided)?);
            }
        }
        rest = after;
    }
    Ok((entries, links))
}

fn compare(entry: &Entry, decided: &Decided) -> Result<[u64; 2], String> {
    if entry.outcome == decided.outcome && entry.ledger_time_ms == decided.time_ms {
        return Ok(decided.links);
    }
    let (id, then, now) = (entry.command.id, &entry.outcome, &decided.outcome);
    Err(format!("command {id} was decided {then:?} then and {now:?} now"))
}

/// Zeroes what lies after the end and removes segments begun after it; gives the number of bytes that were not zero.
fn clean_end(folders: &Folders, (segment, offset): (u32, u64), segment_bytes: u64) -> Result<u64, OpenError> {
    let (disk, dir) = (&*folders.disk, &folders.journal);
    let mut cut = 0;
    for number in segment::list(disk, dir)? {
        if number > segment {
            let path = segment::path(dir, number);
            let waste = nonzero_bytes(disk, &path, 0)?.0;
            if waste > 0 {
                disk.remove(&path)?;
                cut += waste;
            }
        }
    }
    let path = segment::path(dir, segment);
    let (waste, _) = nonzero_bytes(disk, &path, offset)?;
    if waste > 0 {
        let file = disk.open(&path, OpenMode::Write)?;
        segment::zero(&*file, offset, segment_bytes)?;
        file.sync_all()?;
        cut += waste;
    }
    Ok(cut)
}

/// How many bytes from `offset` on are not zero, and where the first of them stands.
pub(crate) fn nonzero_bytes(disk: &dyn Disk, path: &Path, offset: u64) -> io::Result<(u64, Option<u64>)> {
    let file = disk.open(path, OpenMode::Read)?;
    let zeros = vec![0_u8; 1 << 16];
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
