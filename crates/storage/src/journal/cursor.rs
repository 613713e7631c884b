//! Reads records one after the other, checking each and the chain between them.

use super::record::{self, RecordHeader};
use super::segment::{self, SegmentHeader};
use super::{Damage, Head, Location};
use crate::disk::{Disk, DiskFile, OpenMode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the next record could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// What is there is not what was written.
    Damaged(Damage),
    /// The disk did not give it.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A record that was read and checked.
pub struct Record {
    /// What it says of itself.
    pub header: RecordHeader,
    /// Header, payload and padding.
    pub bytes: Vec<u8>,
    /// The head after it.
    pub head: Head,
    /// Where its first byte lies.
    pub location: Location,
}

/// Stands before a record.
pub struct Cursor {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    segment: u32,
    offset: u64,
    segment_bytes: u64,
    file: Option<Box<dyn DiskFile>>,
    /// Of what was read so far; without a known hash the first record's word is taken for it.
    head: Head,
    trusted: bool,
}

impl Cursor {
    /// Before the first record of all.
    pub fn start(disk: &Arc<dyn Disk>, dir: &Path) -> Self {
        Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            segment: 0,
            offset: 0,
            segment_bytes: 0,
            file: None,
            head: Head::START,
            trusted: true,
        }
    }

    /// Before the record at `position`. Walks over the record headers of one segment to find it.
    pub fn seek(disk: &Arc<dyn Disk>, dir: &Path, position: u64) -> Result<Self, ReadError> {
        let mut found: Option<SegmentHeader> = None;
        for number in segment::list(&**disk, dir)? {
            match segment::read_header(&**disk, dir, number)? {
                Ok(Some(header)) if header.first_position <= position => found = Some(header),
                _ => {}
            }
        }
        let mut cursor = Self::start(disk, dir);
        let Some(header) = found else { return Ok(cursor) };
        cursor.segment = header.number;
        cursor.segment_bytes = header.segment_bytes;
        cursor.offset = segment::HEADER as u64;
        cursor.head = Head { position: header.first_position, sequence: 0, hash: header.previous_hash };
        cursor.trusted = false;
        let file = disk.open(&segment::path(dir, header.number), OpenMode::Read)?;
        while cursor.head.position < position {
            match cursor.peek(&*file)? {
                Some(record) => {
                    cursor.offset += record.stored_bytes() as u64;
                    cursor.head.position += 1;
                }
                None => break,
            }
        }
        cursor.file = Some(file);
        Ok(cursor)
    }

    /// This cursor, if it stands at the position of `head`; what follows must then follow that head's hash.
    pub fn expecting(mut self, head: Head) -> Option<Self> {
        (self.head.position == head.position).then(|| {
            self.head = head;
            self.trusted = true;
            self
        })
    }

    /// The head of what was read so far.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Segment and offset at which the next record would stand.
    pub fn place(&self) -> (u32, u64) {
        (self.segment, self.offset)
    }

    /// Bytes of a segment, as its header says; 0 before the first.
    pub fn segment_bytes(&self) -> u64 {
        self.segment_bytes
    }

    /// Damage where it stands.
    pub fn damage(&self, what: impl Into<String>) -> Damage {
        Damage {
            position: self.head.position,
            file: segment::path(&self.dir, self.segment.max(1)),
            offset: self.offset,
            what: what.into(),
        }
    }

    /// The next record, or nothing at the end of what was written.
    pub fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        loop {
            if let Some(file) = self.file.take() {
                let peeked = self.peek(&*file);
                let result = match peeked {
                    Ok(Some(header)) => Some(self.read(&*file, header)),
                    Ok(None) => None,
                    Err(error) => Some(Err(error)),
                };
                self.file = Some(file);
                if let Some(result) = result {
                    return result.map(Some);
                }
            }
            if !self.next_segment()? {
                return Ok(None);
            }
        }
    }

    fn peek(&self, file: &dyn DiskFile) -> Result<Option<RecordHeader>, ReadError> {
        if self.offset + record::HEADER as u64 > self.segment_bytes {
            return Ok(None);
        }
        let mut bytes = [0; record::HEADER];
        match file.read_exact_at(&mut bytes, self.offset) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ReadError::Damaged(self.damage("the file is too short")));
            }
            Err(error) => return Err(error.into()),
        }
        let header = RecordHeader::parse(&bytes).map_err(|what| ReadError::Damaged(self.damage(what)))?;
        match header {
            Some(header) if self.offset + header.stored_bytes() as u64 > self.segment_bytes => {
                Err(ReadError::Damaged(self.damage("the record is longer than the segment")))
            }
            header => Ok(header),
        }
    }

    fn read(&mut self, file: &dyn DiskFile, header: RecordHeader) -> Result<Record, ReadError> {
        let mut bytes = vec![0; header.stored_bytes()];
        file.read_exact_at(&mut bytes, self.offset)?;
        let hash = header.verify(&bytes).map_err(|what| ReadError::Damaged(self.damage(what)))?;
        if !self.trusted {
            self.head.sequence = header.first_sequence;
            self.head.hash = header.previous_hash;
            self.trusted = true;
        }
        if header.position != self.head.position || header.first_sequence != self.head.sequence {
            let what = format!("the record there has position {}", header.position);
            return Err(ReadError::Damaged(self.damage(what)));
        }
        if header.previous_hash != self.head.hash {
            return Err(ReadError::Damaged(self.damage("it does not follow the record before it")));
        }
        let location = Location { segment: self.segment, offset: self.offset as u32, format: header.format };
        self.offset += bytes.len() as u64;
        self.head =
            Head { position: self.head.position + 1, sequence: self.head.sequence + u64::from(header.count), hash };
        Ok(Record { header, bytes, head: self.head, location })
    }

    /// Goes to the next segment if it has been begun.
    fn next_segment(&mut self) -> Result<bool, ReadError> {
        let number = self.segment + 1;
        let header = match segment::read_header(&*self.disk, &self.dir, number) {
            Ok(header) => header,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let damage = |what: String| {
            let file = segment::path(&self.dir, number);
            ReadError::Damaged(Damage { position: self.head.position, file, offset: 0, what })
        };
        let Some(header) = header.map_err(damage)? else { return Ok(false) };
        if header.number != number {
            return Err(damage(format!("the file is segment {}", header.number)));
        }
        if header.first_position != self.head.position || (self.trusted && header.previous_hash != self.head.hash) {
            return Err(damage(format!("the segment starts at position {}", header.first_position)));
        }
        self.file = Some(self.disk.open(&segment::path(&self.dir, number), OpenMode::Read)?);
        self.segment = number;
        self.segment_bytes = header.segment_bytes;
        self.offset = segment::HEADER as u64;
        Ok(true)
    }
}

/// Reads the bytes of one entry where they lie.
pub fn read_entry(disk: &dyn Disk, dir: &Path, location: Location) -> io::Result<Vec<u8>> {
    let file = disk.open(&segment::path(dir, location.segment), OpenMode::Read)?;
    let damaged = |what: &str| {
        io::Error::other(format!("the entry at {} in segment {}: {what}", location.offset, location.segment))
    };
    let mut head = [0; 8];
    file.read_exact_at(&mut head, u64::from(location.offset))?;
    let [a, b, c, d, crc @ ..] = head;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > record::RECORD_MAX {
        return Err(damaged("its length is out of range"));
    }
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, u64::from(location.offset) + 8)?;
    if crc32c::crc32c(&bytes) != u32::from_le_bytes(crc) {
        return Err(damaged("the checksum does not match"));
    }
    Ok(bytes)
}
