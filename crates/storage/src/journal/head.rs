//! The head file: two checksummed slots, 4 KiB apart, written in turn. It says how far the journal was durable
//! when the last answer left.

use super::Head;
use crate::bytes::{Put, Take};
use crate::disk::{Disk, DiskFile, OpenMode, read_all};
use std::io;
use std::path::{Path, PathBuf};

const SLOT: usize = 4096;
const MAGIC: u32 = u32::from_le_bytes(*b"TBH1");
const VERSION: u32 = 1;
const USED: usize = 76;

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadSlot {
    /// Counts up with every write; the greater of the two slots is the newer.
    pub generation: u64,
    /// How far the journal was durable.
    pub head: Head,
    /// Of the writer; a greater one supersedes it.
    pub writer_epoch: u32,
}

/// The file as found.
pub struct HeadFile {
    file: Box<dyn DiskFile>,
    last: HeadSlot,
}

/// What stands in the two slots, before anything is opened for writing.
pub struct Found {
    /// The newer of the slots that are whole.
    pub newest: Option<HeadSlot>,
    /// What is wrong with either slot.
    pub damage: Option<String>,
}

/// Of the head file in a folder.
pub fn path(dir: &Path) -> PathBuf {
    dir.join("head")
}

/// Reads the head file; nothing if there is none.
pub fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Found>> {
    let bytes = match read_all(disk, &path(dir)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if bytes.len() != 2 * SLOT {
        let damage = Some(format!("it is {} bytes long instead of {}", bytes.len(), 2 * SLOT));
        return Ok(Some(Found { newest: None, damage }));
    }
    let slots = [parse(&bytes[..SLOT]), parse(&bytes[SLOT..])];
    let damage = slots
        .iter()
        .enumerate()
        .find_map(|(slot, parsed)| parsed.as_ref().err().map(|what| format!("slot {slot}: {what}")));
    let newest = slots.iter().flatten().copied().max_by_key(|slot| slot.generation);
    Ok(Some(Found { newest, damage }))
}

fn parse(slot: &[u8]) -> Result<HeadSlot, String> {
    let mut take = Take::new(slot);
    let mut parse = || {
        let magic = take.u32()?;
        let version = take.u32()?;
        let found = HeadSlot {
            generation: take.u64()?,
            head: Head {
                position: take.u64()?,
                sequence: take.u64()?,
                hash: take.bytes(32)?.try_into().unwrap_or([0; 32]),
            },
            writer_epoch: take.u32()?,
        };
        Ok::<_, crate::bytes::Undecodable>((magic, version, found, take.u32()?))
    };
    let (magic, version, found, zero) = parse().map_err(|error| error.0.to_owned())?;
    let stored = slot[USED - 4..USED].try_into().map(u32::from_le_bytes).unwrap_or_default();
    if crc32c::crc32c(&slot[..USED - 4]) != stored || magic != MAGIC || zero != 0 {
        return Err("the checksum does not match".to_owned());
    }
    if version != VERSION {
        return Err(format!("format {version}, this program knows {VERSION}"));
    }
    if slot[USED..].iter().any(|byte| *byte != 0) {
        return Err("bytes after it are not zero".to_owned());
    }
    Ok(found)
}

fn encode(slot: &HeadSlot) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USED);
    bytes.put_u32(MAGIC);
    bytes.put_u32(VERSION);
    bytes.put_u64(slot.generation);
    bytes.put_u64(slot.head.position);
    bytes.put_u64(slot.head.sequence);
    bytes.put(&slot.head.hash);
    bytes.put_u32(slot.writer_epoch);
    bytes.put_u32(0);
    bytes.put_u32(crc32c::crc32c(&bytes));
    bytes
}

impl HeadFile {
    /// Makes the file, or takes it over for a new writer: both slots are written afresh. A new file gets its name when
    /// it is whole.
    pub fn take_over(disk: &dyn Disk, dir: &Path, newest: Option<HeadSlot>, head: Head) -> io::Result<Self> {
        let path = path(dir);
        let partial = path.with_extension("new");
        let (name, mode) = if newest.is_some() { (&path, OpenMode::Write) } else { (&partial, OpenMode::Truncate) };
        let file = disk.open(name, mode)?;
        file.set_len(2 * SLOT as u64)?;
        let before = newest.unwrap_or(HeadSlot { generation: 0, head: Head::START, writer_epoch: 0 });
        let mut this = Self { file, last: HeadSlot { writer_epoch: before.writer_epoch + 1, ..before } };
        this.write(head)?;
        this.write(head)?;
        this.file.sync_all()?;
        if newest.is_none() {
            disk.rename(&partial, &path)?;
        }
        disk.sync_dir(dir)?;
        Ok(this)
    }

    /// Of this writer.
    pub fn writer_epoch(&self) -> u32 {
        self.last.writer_epoch
    }

    /// What was written last.
    pub fn head(&self) -> Head {
        self.last.head
    }

    /// Writes and syncs the slot that is not the newest.
    pub fn write(&mut self, head: Head) -> io::Result<()> {
        let slot = HeadSlot { generation: self.last.generation + 1, head, writer_epoch: self.last.writer_epoch };
        self.file.write_all_at(&encode(&slot), (slot.generation % 2) * SLOT as u64)?;
        self.file.sync_data()?;
        self.last = slot;
        Ok(())
    }
}
