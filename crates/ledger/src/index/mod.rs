//! The index beside the hot path: where the command of a sequence lies, which sequence an id has, what became of a
//! hold, and the way back through an account's history.
//!
//! Everything in it comes from the journal, so it can be thrown away and built again. In the folder:
//!
//! * `rows`: 24 bytes for each sequence: the place of its entry, the position of its record, the sequences that moved
//!   the debit and the credit account before (so a history is followed backwards from the account), a checksum.
//! * `*.run`: lines sorted by the hash of an id ([`run`]); a few runs of one size are merged into one.
//! * `manifest`: how far rows and runs go surely, which runs there are, and the seed of the hashes.
//!
//! What is newer than the newest run is in [`Table`]s in memory. A table that is full is *cut*: its lines become a run,
//! and the manifest moves on. After a crash the journal from the manifest's position on is read again.

pub(crate) mod check;
pub(crate) mod ids;
pub(crate) mod table;

use crate::model::types::CommandId;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use storage::bytes::{Put, Take, Undecodable};
use storage::disk::{Disk, DiskFile, OpenMode, read_all};
use storage::journal::{Head, Location};
use storage::run::{self, Run};
use table::{Keys, Said, Table};

const MAGIC: u64 = u64::from_le_bytes(*b"TBINDEX\x01");
const VERSION: u32 = 1;
const ROW: usize = 24;
/// Runs of about one size that are merged into one.
const MERGE: usize = 4;
/// Runs up to so many lines count as the smallest size.
const SMALL: u64 = 1 << 19;

/// What the index keeps of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) location: Location,
    /// Of the record.
    pub(crate) position: u64,
    /// Sequences that moved debit and credit account before; [`crate::model::state::NONE`] is none.
    pub(crate) links: [u64; 2],
}

const FORMAT_1: u32 = 1 << 23;
const FORTY: u64 = (1 << 40) - 1;

impl Row {
    fn put(&self, sequence: u64, out: &mut Vec<u8>) {
        let start = out.len();
        let segment = self.location.segment | if self.location.format == 1 { FORMAT_1 } else { 0 };
        out.extend_from_slice(&segment.to_le_bytes()[..3]);
        out.put_u32(self.location.offset);
        for number in [self.position, self.links[0], self.links[1]] {
            out.extend_from_slice(&number.min(FORTY).to_le_bytes()[..5]);
        }
        let check = Self::check(sequence, &out[start..]);
        out.extend_from_slice(&check);
    }

    fn check(sequence: u64, bytes: &[u8]) -> [u8; 2] {
        let [low, high, ..] = crc32c::crc32c_append(sequence as u32 ^ 0x5a5a_5a5a, bytes).to_le_bytes();
        [low, high]
    }

    fn parse(sequence: u64, bytes: &[u8; ROW]) -> io::Result<Self> {
        if Self::check(sequence, &bytes[..ROW - 2]) != bytes[ROW - 2..] {
            return Err(damaged(&format!("the row of sequence {sequence}")));
        }
        let number = |from: usize, count: usize| {
            bytes[from..from + count].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let segment = number(0, 3) as u32;
        let link = |from| match number(from, 5) {
            FORTY => crate::model::state::NONE,
            link => link,
        };
        Ok(Self {
            location: Location {
                segment: segment & !FORMAT_1,
                offset: number(3, 4) as u32,
                format: if segment & FORMAT_1 == 0 { storage::journal::record::FORMAT } else { 1 },
            },
            position: number(7, 5),
            links: [link(12), link(17)],
        })
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the index is damaged: {what}"))
}

/// The runs at one moment.
#[derive(Default)]
pub(crate) struct Runs {
    pub(crate) list: Vec<Arc<Run>>,
    /// Sequences below this one are in the list.
    pub(crate) covered: u64,
}

impl Runs {
    /// Sequences of the commands that may have this id.
    pub(crate) fn may_have(&self, keys: Keys, id: CommandId) -> bool {
        let hash = keys.id(id.0);
        self.list.iter().any(|run| run.may_have(id.0, hash))
    }

    pub(crate) fn commands(&self, keys: Keys, id: CommandId) -> io::Result<Vec<u64>> {
        let hash = keys.id(id.0);
        let mut found = Vec::new();
        for run in self.list.iter().rev().filter(|run| run.may_have(id.0, hash)) {
            run.each(hash, |line| found.extend(Said::command(line)))?;
        }
        Ok(found)
    }
}

/// The index as readers see it. Clones are the same.
#[derive(Clone)]
pub(crate) struct Index {
    shared: Arc<Shared>,
}

struct Shared {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    keys: Keys,
    rows: Box<dyn DiskFile>,
    runs: RwLock<Arc<Runs>>,
    /// Changes with `runs`.
    version: AtomicU64,
}

impl Index {
    /// Opens what is there, and says how far it goes; none if there is nothing, or nothing that can be used.
    pub(crate) fn open(disk: &Arc<dyn Disk>, dir: &Path) -> io::Result<Option<(Self, Head)>> {
        let manifest = match read_all(&**disk, &manifest(dir)) {
            Ok(bytes) => Manifest::parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let opened = manifest.and_then(|manifest| {
            let runs: io::Result<Vec<Arc<Run>>> =
                manifest.runs.iter().map(|number| Run::open(&**disk, dir, *number).map(Arc::new)).collect();
            let rows = disk.open(&rows(dir), OpenMode::Write)?;
            if rows.length()? < manifest.head.sequence * ROW as u64 {
                return Err(damaged("there are too few rows"));
            }
            Ok((manifest.clone(), runs?, rows))
        });
        let (manifest, list, rows) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "the index cannot be used and is built again");
                return Ok(None);
            }
        };
        rows.set_len(manifest.head.sequence * ROW as u64)?;
        let keep: Vec<PathBuf> = manifest.runs.iter().map(|number| run::path(dir, *number)).collect();
        for name in disk.names(dir)? {
            let path = dir.join(&name);
            if name.ends_with(".run") && !keep.contains(&path) {
                disk.remove(&path)?;
            }
        }
        let runs = Arc::new(Runs { list, covered: manifest.head.sequence });
        Ok(Some((Self::new(disk, dir, manifest.keys, rows, runs), manifest.head)))
    }

    /// An empty index in place of whatever was there.
    pub(crate) fn create(disk: &Arc<dyn Disk>, dir: &Path, random: &kit::Random) -> io::Result<Self> {
        disk.remove_dir_all(dir)?;
        disk.create_dir_all(dir)?;
        let keys = Keys(std::array::from_fn(|_| random.u128() as u64));
        let rows = disk.open(&rows(dir), OpenMode::Truncate)?;
        let this = Self::new(disk, dir, keys, rows, Arc::default());
        this.write_manifest(&Head::START, &[])?;
        Ok(this)
    }

    fn new(disk: &Arc<dyn Disk>, dir: &Path, keys: Keys, rows: Box<dyn DiskFile>, runs: Arc<Runs>) -> Self {
        let (disk, dir) = (disk.clone(), dir.to_owned());
        Self { shared: Arc::new(Shared { disk, dir, keys, rows, runs: RwLock::new(runs), version: AtomicU64::new(1) }) }
    }

    pub(crate) fn keys(&self) -> Keys {
        self.shared.keys
    }

    pub(crate) fn runs(&self) -> Arc<Runs> {
        self.shared.runs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A number that changes when the runs do.
    pub(crate) fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    fn publish(&self, runs: Runs) {
        *self.shared.runs.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(runs);
        self.shared.version.fetch_add(1, Ordering::Release);
    }

    /// The row of a sequence that was indexed.
    pub(crate) fn row(&self, sequence: u64) -> io::Result<Row> {
        let mut bytes = [0; ROW];
        self.shared.rows.read_exact_at(&mut bytes, sequence * ROW as u64)?;
        Row::parse(sequence, &bytes)
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.shared.rows.length().map_or(0, |length| length / ROW as u64)
    }

    /// Bytes of rows and runs.
    pub(crate) fn bytes(&self) -> u64 {
        self.rows() * ROW as u64 + self.runs().list.iter().map(|run| run.bytes()).sum::<u64>()
    }

    /// Forgets how far the index goes, so that the next start builds it again.
    pub(crate) fn condemn(&self) -> io::Result<()> {
        self.shared.disk.remove(&manifest(&self.shared.dir))
    }

    fn write_manifest(&self, head: &Head, runs: &[Arc<Run>]) -> io::Result<()> {
        let Shared { disk, dir, keys, .. } = &*self.shared;
        let manifest_path = manifest(dir);
        let partial = manifest_path.with_extension("new");
        let file = disk.open(&partial, OpenMode::Truncate)?;
        let runs = runs.iter().map(|run| run.number).collect();
        file.write_all_at(&Manifest { keys: *keys, head: *head, runs }.encode(), 0)?;
        file.sync_all()?;
        disk.rename(&partial, &manifest_path)?;
        disk.sync_dir(dir)
    }
}

fn manifest(dir: &Path) -> PathBuf {
    dir.join("manifest")
}

fn rows(dir: &Path) -> PathBuf {
    dir.join("rows")
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Manifest {
    keys: Keys,
    head: Head,
    runs: Vec<u64>,
}

impl Manifest {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.put_u64(MAGIC);
        bytes.put_u32(VERSION);
        self.keys.0.iter().for_each(|key| bytes.put_u64(*key));
        bytes.put_u64(self.head.position);
        bytes.put_u64(self.head.sequence);
        bytes.put(&self.head.hash);
        bytes.put_u32(self.runs.len() as u32);
        self.runs.iter().for_each(|run| bytes.put_u64(*run));
        bytes.put_u32(crc32c::crc32c(&bytes));
        bytes
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let (content, crc) = bytes.split_last_chunk::<4>().ok_or_else(|| damaged("its manifest is too short"))?;
        if crc32c::crc32c(content) != u32::from_le_bytes(*crc) {
            return Err(damaged("the checksum of its manifest does not match"));
        }
        let mut take = Take::new(content);
        let mut parse = || {
            if (take.u64()?, take.u32()?) != (MAGIC, VERSION) {
                return Err(Undecodable("its manifest has another format"));
            }
            let keys = Keys([take.u64()?, take.u64()?, take.u64()?]);
            let (position, sequence) = (take.u64()?, take.u64()?);
            let hash = take.bytes(32)?.try_into().unwrap_or([0; 32]);
            let mut runs = Vec::new();
            for _ in 0..take.u32()? {
                runs.push(take.u64()?);
            }
            Ok(Self { keys, head: Head { position, sequence, hash }, runs })
        };
        parse().map_err(|error| damaged(error.0))
    }
}

/// One batch for the index: the place of its record and, for each entry, offset in the record and links.
pub(crate) struct ToRows {
    pub(crate) location: Location,
    pub(crate) position: u64,
    pub(crate) first_sequence: u64,
    pub(crate) entries: Arc<Vec<(u32, [u64; 2])>>,
    /// The head after the record.
    pub(crate) head: Head,
}

/// Runs that are to become one.
pub(crate) struct Merge {
    number: u64,
    runs: Vec<Arc<Run>>,
}

impl Merge {
    /// Writes the run that takes their place.
    pub(crate) fn work(&self, index: &Index) -> io::Result<Arc<Run>> {
        run::merge(&*index.shared.disk, &index.shared.dir, self.number, &self.runs)
    }
}

/// The one who writes the index.
pub(crate) struct Indexer {
    index: Index,
    head: Head,
    /// How far the manifest goes.
    durable: Head,
    next_number: u64,
    merging: bool,
    buffer: Vec<u8>,
}

impl Indexer {
    /// Goes on from `head`, which is what [`Index::open`] gave.
    pub(crate) fn new(index: Index, head: Head) -> Self {
        let next_number = index.runs().list.iter().map(|run| run.number + 1).max().unwrap_or(1);
        Self { index, head, durable: head, next_number, merging: false, buffer: Vec::new() }
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// How far the manifest goes.
    pub(crate) fn durable(&self) -> Head {
        self.durable
    }

    pub(crate) fn add(&mut self, batch: &ToRows) -> io::Result<()> {
        if batch.first_sequence != self.head.sequence || batch.position != self.head.position {
            return Err(damaged(&format!("sequence {} does not follow its rows", batch.first_sequence)));
        }
        self.buffer.clear();
        for (sequence, (offset, links)) in (batch.first_sequence..).zip(batch.entries.iter()) {
            let location = Location { offset: batch.location.offset + offset, ..batch.location };
            Row { location, position: batch.position, links: *links }.put(sequence, &mut self.buffer);
        }
        self.index.shared.rows.write_all_at(&self.buffer, batch.first_sequence * ROW as u64)?;
        self.head = batch.head;
        Ok(())
    }

    /// Makes a run of a table that has all lines since the last one, and makes durable how far the index goes.
    pub(crate) fn cut(&mut self, table: &Table) -> io::Result<()> {
        let Shared { disk, dir, rows, .. } = &*self.index.shared;
        let mut list = self.index.runs().list.clone();
        if table.len() > 0 {
            list.push(run::write(&**disk, dir, self.next_number, &table.sorted(), table.ids)?);
            self.next_number += 1;
        }
        rows.sync_all()?;
        self.index.write_manifest(&self.head, &list)?;
        self.durable = self.head;
        self.index.publish(Runs { list, covered: self.head.sequence });
        Ok(())
    }

    /// Runs that should be merged now, unless some are being merged already.
    pub(crate) fn merge(&mut self) -> Option<Merge> {
        if self.merging {
            return None;
        }
        let size = |run: &Arc<Run>| (run.lines.div_ceil(SMALL)).max(1).ilog(MERGE as u64);
        let list = &self.index.runs().list;
        let mut sizes: Vec<u32> = list.iter().map(size).collect();
        sizes.sort_unstable();
        let full = sizes.chunk_by(|one, other| one == other).find(|same| same.len() >= MERGE)?.first().copied()?;
        let runs = list.iter().filter(|run| size(run) == full).take(MERGE).cloned().collect();
        self.merging = true;
        self.next_number += 1;
        Some(Merge { number: self.next_number - 1, runs })
    }

    /// Forgets a merger that did not come about.
    pub(crate) fn not_merged(&mut self) {
        self.merging = false;
    }

    /// Puts a merged run in the place of those that it was made of.
    pub(crate) fn merged(&mut self, merge: &Merge, run: Arc<Run>) -> io::Result<()> {
        self.merging = false;
        let old = self.index.runs();
        let was_merged = |run: &Arc<Run>| merge.runs.iter().any(|merged| merged.number == run.number);
        let mut list: Vec<Arc<Run>> = old.list.iter().filter(|run| !was_merged(run)).cloned().collect();
        list.insert(0, run);
        self.index.write_manifest(&self.durable, &list)?;
        self.index.publish(Runs { list, covered: old.covered });
        for run in &merge.runs {
            self.index.shared.disk.remove(&run::path(&self.index.shared.dir, run.number))?;
        }
        Ok(())
    }
}
