//! A disk in memory that forgets what was not synced, and lies when it is told to.
//!
//! A file has what a reader sees *now* and what is *durable*. A sync makes durable what was written to that file; a crash
//! keeps, of what was not synced, each write wholly, in part by sectors, or not at all. Names become durable by a sync of
//! their folder, and a crash keeps some of the newest operations in their order. Zeros take no memory.

use crate::random::Random;
use ledger::disk::{Disk, DiskFile, OpenMode};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// Bytes of a file.
#[derive(Debug, Clone, Default)]
struct Content {
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
    length: u64,
}

impl Content {
    fn write(&mut self, bytes: &[u8], offset: u64) {
        self.length = self.length.max(offset + bytes.len() as u64);
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (page, within) = (at / PAGE as u64, (at % PAGE as u64) as usize);
            let count = rest.len().min(PAGE - within);
            let (part, after) = rest.split_at(count);
            let zero = part.iter().all(|byte| *byte == 0);
            if zero && count == PAGE {
                self.pages.remove(&page);
            } else if !zero || self.pages.contains_key(&page) {
                let place = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE]));
                place[within..within + count].copy_from_slice(part);
            }
            at += count as u64;
            rest = after;
        }
    }

    /// Zeros over a stretch, page by page.
    fn clear(&mut self, offset: u64, length: u64) {
        self.length = self.length.max(offset + length);
        let end = offset + length;
        let touched: Vec<u64> =
            self.pages.range(offset / PAGE as u64..end.div_ceil(PAGE as u64)).map(|(page, _)| *page).collect();
        for page in touched {
            let start = page * PAGE as u64;
            let (from, to) = (offset.max(start), end.min(start + PAGE as u64));
            if to - from == PAGE as u64 {
                self.pages.remove(&page);
            } else if let Some(place) = self.pages.get_mut(&page) {
                place[(from - start) as usize..(to - start) as usize].fill(0);
            }
        }
    }

    fn cut(&mut self, length: u64) {
        if length < self.length {
            self.clear(length, self.length - length);
        }
        self.length = length;
    }

    fn read(&self, buffer: &mut [u8], offset: u64) -> usize {
        let count = (self.length.saturating_sub(offset)).min(buffer.len() as u64) as usize;
        let buffer = &mut buffer[..count];
        buffer.fill(0);
        let (first, last) = (offset / PAGE as u64, (offset + count as u64).div_ceil(PAGE as u64));
        for (page, bytes) in self.pages.range(first..last) {
            let start = page * PAGE as u64;
            let (from, to) = (offset.max(start), (offset + count as u64).min(start + PAGE as u64));
            let target = &mut buffer[(from - offset) as usize..(to - offset) as usize];
            target.copy_from_slice(&bytes[(from - start) as usize..(to - start) as usize]);
        }
        count
    }
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Zeros(u64, u64),
    Length(u64),
}

impl Change {
    fn apply(&self, content: &mut Content) {
        match self {
            Self::Write(offset, bytes) => content.write(bytes, *offset),
            Self::Zeros(offset, length) => content.clear(*offset, *length),
            Self::Length(length) => content.cut(*length),
        }
    }
}

#[derive(Debug, Default)]
struct Inode {
    now: Content,
    durable: Content,
    unsynced: Vec<Change>,
    /// What was durable at some moment before, for the fault that brings it back.
    older: Option<Content>,
}

#[derive(Debug, Clone)]
enum Naming {
    Set(PathBuf, u64),
    Remove(PathBuf),
}

impl Naming {
    fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Remove(path) => path,
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Set(path, inode) => drop(names.insert(path.clone(), *inode)),
            Self::Remove(path) => drop(names.remove(path)),
        }
    }
}

/// What goes wrong, from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Reads give less than was asked for now and then.
    pub short_reads: bool,
    /// There is no room for more.
    pub full: bool,
    /// The machine stops at this operation.
    pub crash_at: Option<u64>,
    /// This write or sync fails.
    pub fail_at: Option<u64>,
    /// A read fails once in so many.
    pub fail_reads: Option<u64>,
}

/// What a lying disk did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// A bit of what is durable is another.
    Flip,
    /// A stretch of 512 bytes is as if it had never been written.
    Lost,
    /// A stretch of 512 bytes went to another place.
    Misdirected,
    /// The file is as it was earlier.
    Older,
    /// A record of the journal says something else, and somebody made its checksum fit.
    Forged,
}

struct Inner {
    random: Random,
    inodes: HashMap<u64, Inode>,
    next_inode: u64,
    names: BTreeMap<PathBuf, u64>,
    durable_names: BTreeMap<PathBuf, u64>,
    naming: Vec<Naming>,
    faults: Faults,
    operations: u64,
    /// Counts crashes: a file that was opened before one is of no use after it.
    boot: u64,
    down: bool,
}

/// The disk. Clones are the same.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<Inner>>);

struct SimFile {
    disk: SimDisk,
    inode: u64,
    boot: u64,
    writable: bool,
}

fn down() -> io::Error {
    io::Error::other("the machine is down")
}

impl SimDisk {
    /// An empty disk.
    pub fn new(random: Random) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            random,
            inodes: HashMap::new(),
            next_inode: 1,
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            naming: Vec::new(),
            faults: Faults::default(),
            operations: 0,
            boot: 0,
            down: false,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what goes wrong; `crash_at` and `fail_at` count from here.
    pub fn set(&self, faults: Faults) {
        let mut inner = self.inner();
        let from_here = |count: u64| count + inner.operations;
        let (crash_at, fail_at) = (faults.crash_at.map(from_here), faults.fail_at.map(from_here));
        inner.faults = Faults { crash_at, fail_at, ..faults };
    }

    /// Whether the machine stopped.
    pub fn is_down(&self) -> bool {
        self.inner().down
    }

    /// The machine stops if it did not yet, and starts again: what was not synced is kept, torn or lost.
    pub fn restart(&self) {
        let mut inner = self.inner();
        let Inner { random, inodes, names, durable_names, naming, .. } = &mut *inner;
        let kept = random.below(naming.len() as u64 + 1) as usize;
        naming.drain(..).take(kept).for_each(|change| change.apply(durable_names));
        *names = durable_names.clone();
        let mut numbers: Vec<u64> = inodes.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            let Some(inode) = inodes.get_mut(&number) else { continue };
            for change in std::mem::take(&mut inode.unsynced) {
                match (random.below(4), &change) {
                    (0, _) => {}
                    (1, Change::Write(offset, bytes)) => {
                        for (place, sector) in bytes.chunks(SECTOR).enumerate() {
                            if random.below(2) == 0 {
                                inode.durable.write(sector, offset + (place * SECTOR) as u64);
                            }
                        }
                    }
                    _ => change.apply(&mut inode.durable),
                }
            }
            inode.now = inode.durable.clone();
        }
        let live: Vec<u64> = names.values().copied().collect();
        inodes.retain(|number, _| live.contains(number));
        inner.boot += 1;
        inner.down = false;
        inner.faults = Faults::default();
    }

    /// Remembers each file as it is, for [`Lie::Older`].
    pub fn remember(&self) {
        for inode in self.inner().inodes.values_mut() {
            inode.older = Some(inode.durable.clone());
        }
    }

    /// Damages one file whose path has `part` in it; says which and how. None if there is no such file or nothing in it.
    pub fn lie(&self, part: &str, lie: Lie) -> Option<String> {
        let mut inner = self.inner();
        let Inner { random, inodes, names, .. } = &mut *inner;
        let found: Vec<(&PathBuf, u64)> = names
            .iter()
            .filter(|(path, inode)| {
                path.to_string_lossy().contains(part)
                    && inodes.get(inode).is_some_and(|inode| !inode.durable.pages.is_empty())
            })
            .map(|(path, inode)| (path, *inode))
            .collect();
        let (path, number) = *found.get(random.below(found.len().max(1) as u64) as usize)?;
        let inode = inodes.get_mut(&number)?;
        let pages: Vec<u64> = inode.durable.pages.keys().copied().collect();
        let page = pages[random.below(pages.len() as u64) as usize];
        let used = inode.durable.length.saturating_sub(page * PAGE as u64).min(PAGE as u64);
        let at = random.below(used);
        let said = format!("{lie:?} in {} at {}", path.display(), page * PAGE as u64 + at);
        match lie {
            Lie::Flip => inode.durable.pages.get_mut(&page)?[at as usize] ^= 1 << random.below(8),
            Lie::Lost | Lie::Misdirected => {
                let place = inode.durable.pages.get_mut(&page)?;
                let start = at as usize / SECTOR * SECTOR;
                let mut sector = [0; SECTOR];
                sector.copy_from_slice(&place[start..start + SECTOR]);
                place[start..start + SECTOR].fill(0);
                if lie == Lie::Misdirected {
                    let elsewhere = random.below(inode.durable.length.div_ceil(SECTOR as u64)) * SECTOR as u64;
                    let length = inode.durable.length;
                    inode.durable.write(&sector, elsewhere);
                    inode.durable.cut(length);
                }
            }
            Lie::Older => inode.durable = inode.older.clone()?,
            Lie::Forged => forge(&mut inode.durable, random)?,
        }
        inode.now = inode.durable.clone();
        Some(said)
    }

    /// A copy of everything, as it is now.
    pub fn fork(&self, random: Random) -> Self {
        let inner = self.inner();
        let copy = |(number, inode): (&u64, &Inode)| {
            (*number, Inode { now: inode.now.clone(), durable: inode.now.clone(), ..Inode::default() })
        };
        Self(Arc::new(Mutex::new(Inner {
            random,
            inodes: inner.inodes.iter().map(copy).collect(),
            next_inode: inner.next_inode,
            names: inner.names.clone(),
            durable_names: inner.names.clone(),
            naming: Vec::new(),
            faults: Faults::default(),
            operations: 0,
            boot: 0,
            down: false,
        })))
    }
}

/// Changes a byte of a record in a segment file, and its checksum with it. None if it is no such file.
fn forge(content: &mut Content, random: &mut Random) -> Option<()> {
    const SEGMENT_HEADER: u64 = 128;
    const RECORD_HEADER: usize = 72;
    let mut records = Vec::new();
    let mut at = SEGMENT_HEADER;
    loop {
        let mut header = [0; RECORD_HEADER];
        if content.read(&mut header, at) < RECORD_HEADER || &header[..4] != b"TBR1" {
            break;
        }
        let length = RECORD_HEADER + u32::from_le_bytes(header[12..16].try_into().ok()?) as usize;
        records.push((at, length));
        at += length.next_multiple_of(8) as u64;
    }
    let (start, length) = *records.get(random.below(records.len() as u64) as usize)?;
    let mut record = vec![0; length];
    content.read(&mut record, start);
    let place = RECORD_HEADER + random.below((length - RECORD_HEADER) as u64) as usize;
    record[place] ^= 1 << random.below(8);
    record[36..40].fill(0);
    let crc = crc32c::crc32c(&record);
    record[36..40].copy_from_slice(&crc.to_le_bytes());
    content.write(&record, start);
    Some(())
}

impl Inner {
    /// Counts an operation, and stops where the machine does.
    fn operate(&mut self, changes: bool) -> io::Result<()> {
        if self.down {
            return Err(down());
        }
        self.operations += 1;
        if self.faults.crash_at.is_some_and(|at| self.operations >= at) {
            self.down = true;
            return Err(down());
        }
        if changes && self.faults.fail_at.is_some_and(|at| self.operations >= at) {
            self.faults.fail_at = None;
            return Err(io::Error::other("input/output error"));
        }
        Ok(())
    }

    fn name(&mut self, change: Naming) {
        change.apply(&mut self.names);
        self.naming.push(change);
    }
}

impl Disk for SimDisk {
    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        self.inner().operate(false)
    }

    fn names(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut inner = self.inner();
        inner.operate(false)?;
        let inside = inner.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect())
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut inner = self.inner();
        inner.operate(false)?;
        let found = inner.names.get(path).copied();
        let inode = match (found, mode) {
            (Some(inode), OpenMode::Truncate) => {
                let file = inner.inodes.entry(inode).or_default();
                file.now.cut(0);
                file.unsynced.push(Change::Length(0));
                inode
            }
            (Some(inode), _) => inode,
            (None, OpenMode::Create | OpenMode::Truncate) => {
                if inner.faults.full {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                let inode = inner.next_inode;
                inner.next_inode += 1;
                inner.inodes.insert(inode, Inode::default());
                inner.name(Naming::Set(path.to_owned(), inode));
                inode
            }
            (None, _) => return Err(io::ErrorKind::NotFound.into()),
        };
        let (disk, boot) = (self.clone(), inner.boot);
        Ok(Box::new(SimFile { disk, inode, boot, writable: mode != OpenMode::Read }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate(true)?;
        let inode = inner.names.get(from).copied().ok_or(io::ErrorKind::NotFound)?;
        inner.name(Naming::Remove(from.to_owned()));
        inner.name(Naming::Set(to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate(true)?;
        if !inner.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        inner.name(Naming::Remove(path.to_owned()));
        Ok(())
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate(true)?;
        let inside: Vec<PathBuf> = inner.names.keys().filter(|path| path.starts_with(dir)).cloned().collect();
        inside.into_iter().for_each(|path| inner.name(Naming::Remove(path)));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut inner = self.inner();
        inner.operate(true)?;
        let Inner { naming, durable_names, .. } = &mut *inner;
        let (inside, elsewhere) = naming.drain(..).partition(|change| change.path().parent() == Some(dir));
        *naming = elsewhere;
        let inside: Vec<Naming> = inside;
        inside.iter().for_each(|change| change.apply(durable_names));
        Ok(())
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Ok(Box::new(()))
    }
}

impl SimFile {
    fn with<T>(
        &self,
        changes: bool,
        work: impl FnOnce(&mut Inode, &Faults, &mut Random) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut inner = self.disk.inner();
        if inner.boot != self.boot {
            return Err(down());
        }
        inner.operate(changes)?;
        let Inner { inodes, faults, random, .. } = &mut *inner;
        let inode = inodes.get_mut(&self.inode).ok_or(io::ErrorKind::NotFound)?;
        work(inode, faults, random)
    }

    fn sync(&self) -> io::Result<()> {
        let result = self.with(true, |inode, _, _| {
            for change in std::mem::take(&mut inode.unsynced) {
                change.apply(&mut inode.durable);
            }
            Ok(())
        });
        if result.is_err() && !self.disk.is_down() {
            // As real systems do: what could not be written is forgotten, and the next sync says that all is well.
            if let Some(inode) = self.disk.inner().inodes.get_mut(&self.inode) {
                inode.unsynced.clear();
            }
        }
        result
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(false, |inode, faults, random| {
            if faults.fail_reads.is_some_and(|one_in| random.below(one_in) == 0) {
                return Err(io::Error::other("input/output error"));
            }
            let short = faults.short_reads && buffer.len() > 1 && random.below(3) == 0;
            let most = if short { 1 + random.below(buffer.len() as u64 - 1) as usize } else { buffer.len() };
            Ok(inode.now.read(&mut buffer[..most], offset))
        })
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if !self.writable {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.with(true, |inode, faults, random| {
            if faults.full && offset + bytes.len() as u64 > inode.now.length {
                // What still finds room is written.
                let part = &bytes[..random.below(bytes.len() as u64 + 1) as usize / 2];
                inode.now.write(part, offset);
                inode.unsynced.push(Change::Write(offset, part.to_vec()));
                return Err(io::ErrorKind::StorageFull.into());
            }
            if bytes.iter().all(|byte| *byte == 0) {
                inode.now.clear(offset, bytes.len() as u64);
                inode.unsynced.push(Change::Zeros(offset, bytes.len() as u64));
            } else {
                inode.now.write(bytes, offset);
                inode.unsynced.push(Change::Write(offset, bytes.to_vec()));
            }
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.with(true, |inode, _, _| {
            inode.now.cut(length);
            inode.unsynced.push(Change::Length(length));
            Ok(())
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.with(false, |inode, _, _| Ok(inode.now.length))
    }
}
