//! Segment files: `00000001.seg` and so on, of one size, zero-filled before use and never recycled.
//!
//! Header of 128 bytes: magic, format version, number, first position, hash of the record before, size, CRC-32C,
//! zeros. A segment that is prepared but not yet used is all zeros.

use super::head::HeadFile;
use super::record::FORMAT;
use super::{Head, Location};
use crate::bytes::{Put, Take};
use crate::disk::{Disk, DiskFile, OpenMode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the header, after which the first record stands.
pub const HEADER: usize = 128;
const MAGIC: u64 = u64::from_le_bytes(*b"TBSEG\0\0\x01");
const VERSION: u32 = 1;
const USED: usize = 68;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// From 1; the name of the file.
    pub number: u32,
    /// Position of its first record.
    pub first_position: u64,
    /// Hash of the record before that.
    pub previous_hash: [u8; 32],
    /// Bytes of the file.
    pub segment_bytes: u64,
}

impl SegmentHeader {
    fn encode(&self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.put_u64(MAGIC);
        bytes.put_u32(VERSION);
        bytes.put_u32(self.number);
        bytes.put_u64(self.first_position);
        bytes.put(&self.previous_hash);
        bytes.put_u64(self.segment_bytes);
        bytes.put_u32(crc32c::crc32c(&bytes));
        bytes.resize(HEADER, 0);
        let mut header = [0; HEADER];
        header.copy_from_slice(&bytes);
        header
    }

    /// Nothing if all is zero: a prepared segment.
    pub fn parse(bytes: &[u8; HEADER]) -> Result<Option<Self>, String> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let mut take = Take::new(bytes);
        let mut parse = || {
            let magic = take.u64()?;
            let version = take.u32()?;
            let header = Self {
                number: take.u32()?,
                first_position: take.u64()?,
                previous_hash: take.bytes(32)?.try_into().unwrap_or([0; 32]),
                segment_bytes: take.u64()?,
            };
            Ok::<_, crate::bytes::Undecodable>((magic, version, header, take.u32()?))
        };
        let (magic, version, header, crc) = parse().map_err(|error| error.0.to_owned())?;
        if magic != MAGIC || crc32c::crc32c(&bytes[..USED - 4]) != crc || bytes[USED..].iter().any(|byte| *byte != 0) {
            return Err("the segment's header is damaged".to_owned());
        }
        if version != VERSION {
            return Err(format!("segment format {version}, this program knows {VERSION}"));
        }
        Ok(Some(header))
    }
}

/// Of the segment file with a number.
pub fn path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seg"))
}

/// Numbers of the segment files that are there, in order.
pub fn list(disk: &dyn Disk, dir: &Path) -> io::Result<Vec<u32>> {
    let names = disk.names(dir)?;
    let stems = names.iter().filter_map(|name| name.strip_suffix(".seg"));
    let mut numbers: Vec<u32> = stems.filter_map(|stem| stem.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads the header of a segment; nothing if it is prepared and not begun, what is wrong if it is damaged.
pub fn read_header(disk: &dyn Disk, dir: &Path, number: u32) -> io::Result<Result<Option<SegmentHeader>, String>> {
    let mut bytes = [0; HEADER];
    match disk.open(&path(dir, number), OpenMode::Read)?.read_exact_at(&mut bytes, 0) {
        Ok(()) => Ok(SegmentHeader::parse(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Err("the file is too short".to_owned())),
        Err(error) => Err(error),
    }
}

/// Zero-fills and syncs a segment file; one that is ready already is left as it is. What was written of it is taken
/// away when there is no room for the rest.
pub fn prepare(disk: &dyn Disk, dir: &Path, number: u32, segment_bytes: u64) -> io::Result<()> {
    let path = path(dir, number);
    let partial = path.with_extension("new");
    match disk.open(&path, OpenMode::Read) {
        // Its name may not be durable yet, if the sync of the folder failed last time.
        Ok(_) => return disk.sync_dir(dir),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let written = (|| {
        let file = disk.open(&partial, OpenMode::Truncate)?;
        zero(&*file, 0, segment_bytes)?;
        file.sync_all()
    })();
    match written {
        Ok(()) => {
            disk.rename(&partial, &path)?;
            disk.sync_dir(dir)
        }
        Err(error) => {
            // The room is needed for those who still work; that it cannot be given back changes nothing.
            let _ = disk.remove(&partial);
            Err(error)
        }
    }
}

/// Writes zeros from `from` to `to`, synced piece by piece so that a payment's sync does not wait for all of it.
pub fn zero(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 20];
    let mut at = from;
    while at < to {
        let count = zeros.len().min((to - at) as usize);
        file.write_all_at(&zeros[..count], at)?;
        file.sync_data()?;
        at += count as u64;
    }
    Ok(())
}

/// Appends to the newest segment.
pub struct SegmentJournal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    file: Box<dyn DiskFile>,
    number: u32,
    offset: u64,
    segment_bytes: u64,
    head_file: HeadFile,
}

impl SegmentJournal {
    /// Goes on writing where recovery found the end.
    pub fn resume(
        disk: Arc<dyn Disk>,
        dir: &Path,
        (number, offset): (u32, u64),
        segment_bytes: u64,
        head_file: HeadFile,
    ) -> io::Result<Self> {
        let file = disk.open(&path(dir, number), OpenMode::Write)?;
        Ok(Self { disk, dir: dir.to_owned(), file, number, offset, segment_bytes, head_file })
    }

    fn rotate(&mut self, head: &Head) -> io::Result<()> {
        self.number += 1;
        self.file = self.disk.open(&path(&self.dir, self.number), OpenMode::Write)?;
        write_header(&*self.file, self.number, head, self.segment_bytes)?;
        self.offset = HEADER as u64;
        Ok(())
    }

    /// Appends a record durably and gives the place of its first byte. `epoch` is the writer's: one that has been
    /// superseded is refused, and so is a record that does not follow `expected`. After an error nothing may be
    /// appended any more.
    pub fn append(&mut self, epoch: u32, expected: &Head, record: &[u8], next: Head) -> io::Result<Location> {
        if epoch != self.head_file.writer_epoch() || *expected != self.head_file.head() {
            return Err(io::Error::other("another writer has taken the journal over"));
        }
        if self.offset + record.len() as u64 > self.segment_bytes {
            self.rotate(expected)?;
        }
        self.file.write_all_at(record, self.offset)?;
        self.file.sync_data()?;
        let location = Location { segment: self.number, offset: self.offset as u32, format: FORMAT };
        self.offset += record.len() as u64;
        self.head_file.write(next)?;
        Ok(location)
    }
}

/// Writes a record, and the header of its segment, again where they stand, and syncs. Who reads them has no proof that
/// they are durable: a system forgets what it could not write, and shows it all the same.
pub fn rewrite(disk: &dyn Disk, dir: &Path, location: Location, record: &[u8]) -> io::Result<()> {
    let file = disk.open(&path(dir, location.segment), OpenMode::Write)?;
    let mut header = [0; HEADER];
    file.read_exact_at(&mut header, 0)?;
    file.write_all_at(&header, 0)?;
    file.write_all_at(record, location.offset.into())?;
    file.sync_data()
}

/// Writes the header of a prepared segment; the sync of its first record makes it durable.
pub fn write_header(file: &dyn DiskFile, number: u32, head: &Head, segment_bytes: u64) -> io::Result<()> {
    let header =
        SegmentHeader { number, first_position: head.position, previous_hash: head.hash, segment_bytes }.encode();
    file.write_all_at(&header, 0)
}
