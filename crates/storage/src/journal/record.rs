//! One record of the journal: a header of 72 bytes, then entries, then zeros up to a multiple of 8.
//!
//! Header: magic, format version, zero, writer epoch, payload length, position, first sequence, number of entries,
//! CRC-32C of header (with this field zero) and payload, hash of the record before. The hash of a record is
//! BLAKE3 over header and payload.
//! Entry: length, CRC-32C, bytes, which mean nothing here; the checksum of its own lets one entry be read without its
//! record. What is in an entry of format 1, of the first programs, and of format 2, knows who fills records.

use super::Head;
use crate::bytes::{Put, Take, Undecodable};

/// Bytes of the header.
pub const HEADER: usize = 72;
const MAGIC: u32 = u32::from_le_bytes(*b"TBR1");
/// The format that is written.
pub const FORMAT: u16 = 2;
/// Of one record, header and padding included.
pub const RECORD_MAX: usize = 3 << 20;

/// A record while it is filled.
pub struct RecordBuilder {
    bytes: Vec<u8>,
    previous: Head,
    writer_epoch: u32,
    count: u32,
}

impl RecordBuilder {
    /// `room` is how many bytes to set aside: about what the record before took.
    pub fn new(previous: Head, writer_epoch: u32, room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room.max(4096));
        bytes.resize(HEADER, 0);
        Self { bytes, previous, writer_epoch, count: 0 }
    }

    /// Bytes so far, header included, padding not.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The position that it will have.
    pub fn position(&self) -> u64 {
        self.previous.position
    }

    /// Adds the entry that `put` writes; gives the offset of its length field from the start of the record.
    pub fn push(&mut self, put: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let start = self.bytes.len();
        self.bytes.put_u64(0);
        put(&mut self.bytes);
        let (head, body) = self.bytes[start..].split_at_mut(8);
        head[..4].copy_from_slice(&(body.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
        self.count += 1;
        start as u32
    }

    /// The bytes of an entry that was added, by the offset that [`Self::push`] gave.
    pub fn entry(&self, offset: u32) -> Result<&[u8], Undecodable> {
        entry_at(&self.bytes, offset)
    }

    /// Fills in the header; gives the bytes with padding and the head after it.
    pub fn seal(mut self) -> (Vec<u8>, Head) {
        let mut header = Vec::with_capacity(HEADER);
        header.put_u32(MAGIC);
        header.put_u16(FORMAT);
        header.put_u16(0);
        header.put_u32(self.writer_epoch);
        header.put_u32((self.bytes.len() - HEADER) as u32);
        header.put_u64(self.previous.position);
        header.put_u64(self.previous.sequence);
        header.put_u32(self.count);
        header.put_u32(0);
        header.put(&self.previous.hash);
        self.bytes[..HEADER].copy_from_slice(&header);
        let crc = crc32c::crc32c(&self.bytes);
        self.bytes[36..40].copy_from_slice(&crc.to_le_bytes());
        let head = Head {
            position: self.previous.position + 1,
            sequence: self.previous.sequence + u64::from(self.count),
            hash: *blake3::hash(&self.bytes).as_bytes(),
        };
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        (self.bytes, head)
    }
}

/// The bytes of an entry of a record, by its offset.
pub fn entry_at(record: &[u8], offset: u32) -> Result<&[u8], Undecodable> {
    let mut take = Take::new(record.get(offset as usize..).unwrap_or_default());
    let length = take.u32()? as usize;
    take.u32()?;
    take.bytes(length)
}

/// The header of a stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHeader {
    /// Of the entries.
    pub format: u16,
    /// Of the writer.
    pub writer_epoch: u32,
    /// Bytes of the payload.
    pub length: usize,
    /// Its place in the order of records, from 0.
    pub position: u64,
    /// Sequence of its first entry.
    pub first_sequence: u64,
    /// Number of entries.
    pub count: u32,
    crc: u32,
    /// Of the record before; zeros before the first.
    pub previous_hash: [u8; 32],
}

impl RecordHeader {
    /// Nothing if the bytes are all zero: the journal ends here.
    pub fn parse(bytes: &[u8; HEADER]) -> Result<Option<Self>, String> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let mut take = Take::new(bytes);
        let mut parse = || {
            let magic = take.u32()?;
            let format = take.u16()?;
            let zero = take.u16()?;
            let header = Self {
                format,
                writer_epoch: take.u32()?,
                length: take.u32()? as usize,
                position: take.u64()?,
                first_sequence: take.u64()?,
                count: take.u32()?,
                crc: take.u32()?,
                previous_hash: take.bytes(32)?.try_into().unwrap_or([0; 32]),
            };
            Ok::<_, Undecodable>((magic, zero, header))
        };
        let (magic, zero, header) = parse().map_err(|error| error.0.to_owned())?;
        if magic != MAGIC || zero != 0 {
            return Err("no record starts here".to_owned());
        }
        if !(1..=FORMAT).contains(&header.format) {
            return Err(format!("record format {}, this program knows 1 to {FORMAT}", header.format));
        }
        if header.length > RECORD_MAX - HEADER {
            return Err(format!("a length of {} bytes is out of range", header.length));
        }
        Ok(Some(header))
    }

    /// Bytes in the file, padding included.
    pub fn stored_bytes(&self) -> usize {
        (HEADER + self.length).next_multiple_of(8)
    }

    /// Checks the checksum of `bytes` (header, payload, padding) and gives the record's hash.
    pub fn verify(&self, bytes: &[u8]) -> Result<[u8; 32], String> {
        let (record, padding) = bytes.split_at_checked(HEADER + self.length).ok_or("ends too early")?;
        let crc = crc32c::crc32c(&record[..36]);
        let crc = crc32c::crc32c_append(crc, &[0; 4]);
        let crc = crc32c::crc32c_append(crc, &record[40..]);
        if crc != self.crc {
            return Err("the checksum does not match".to_owned());
        }
        if padding.iter().any(|byte| *byte != 0) {
            return Err("the padding is not zero".to_owned());
        }
        Ok(*blake3::hash(record).as_bytes())
    }

    /// Gives the bytes of each entry of a verified record, with its sequence, to `take`, which makes something of them.
    pub fn entries<T>(
        &self,
        bytes: &[u8],
        mut entry: impl FnMut(&[u8], u64) -> Result<T, Undecodable>,
    ) -> Result<Vec<T>, String> {
        let mut take = Take::new(&bytes[HEADER..HEADER + self.length]);
        let mut entries = Vec::with_capacity(self.count as usize);
        for index in 0..u64::from(self.count) {
            let mut next = || {
                let length = take.u32()?;
                let _crc = take.u32()?;
                entry(take.bytes(length as usize)?, self.first_sequence + index)
            };
            entries.push(next().map_err(|error| format!("entry {index}: {}", error.0))?);
        }
        if take.is_empty() { Ok(entries) } else { Err("bytes are left over after the last entry".to_owned()) }
    }

    /// Offsets of the entries' length fields from the start of the record.
    pub fn entry_offsets(&self, bytes: &[u8]) -> Vec<u32> {
        let mut offset = HEADER;
        let mut offsets = Vec::with_capacity(self.count as usize);
        for _ in 0..self.count {
            offsets.push(offset as u32);
            let length = bytes.get(offset..offset + 4).and_then(|length| length.try_into().ok());
            offset += 8 + u32::from_le_bytes(length.unwrap_or_default()) as usize;
        }
        offsets
    }
}
