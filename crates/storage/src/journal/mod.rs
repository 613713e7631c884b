//! The write-ahead journal: the one source of truth.
//!
//! Embedded storage is a folder of segment files that are zero-filled and synced before they are used, plus a head
//! file. A record is one batch of commands with what was looked up for them and what was decided; it carries its
//! position, its length, a CRC-32C and the BLAKE3 hash of the record before it. After each sync, and before any
//! answer leaves, the head file takes position and hash. So damage up to the head can be told from a tail that was
//! torn while being written: the first is refused, only the second may be cut.

pub mod cursor;
pub mod head;
pub mod record;
pub mod segment;
pub mod space;

use std::fmt;
use std::path::PathBuf;

/// How far a journal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of records so far; the next record gets this position.
    pub position: u64,
    /// Number of commands so far.
    pub sequence: u64,
    /// Hash of the last record; zeros before the first.
    pub hash: [u8; 32],
}

impl Head {
    /// Of an empty journal.
    pub const START: Self = Self { position: 0, sequence: 0, hash: [0; 32] };

    /// The hash in hexadecimal.
    pub fn hash_hex(&self) -> String {
        blake3::Hash::from_bytes(self.hash).to_hex().to_string()
    }
}

/// Something in the journal is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Position of the record at which it shows.
    pub position: u64,
    /// The file.
    pub file: PathBuf,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, file, offset, what } = self;
        write!(out, "position {position}, {} at byte {offset}: {what}", file.display())
    }
}

impl std::error::Error for Damage {}

/// Where an entry lies, for the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// Number of the segment file.
    pub segment: u32,
    /// Of the entry's length field, from the start of the file.
    pub offset: u32,
    /// Format of the record that it is in.
    pub format: u16,
}
