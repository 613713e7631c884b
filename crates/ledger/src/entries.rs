//! Entries as they lie in the journal.

use crate::index::{Index, Row};
use crate::model::codec::take_entry;
use crate::model::types::Entry;
use crate::recovery::Folders;
use std::io;
use storage::bytes::Undecodable;
use storage::journal::cursor::{Record, read_entry};
use storage::journal::record::FORMAT;

/// Those of a record that was read.
pub(crate) fn of_record(record: &Record) -> Result<Vec<Entry>, String> {
    let header = &record.header;
    header.entries(&record.bytes, |bytes, sequence| take_entry(header.format, bytes, sequence, header.position))
}

/// One of a record that is still in memory.
pub(crate) fn in_memory(bytes: Result<&[u8], Undecodable>, sequence: u64, position: u64) -> io::Result<Entry> {
    bytes.and_then(|bytes| take_entry(FORMAT, bytes, sequence, position)).map_err(undecodable)
}

/// One that the index knows, from the disk.
pub(crate) fn on_disk(folders: &Folders, index: &Index, sequence: u64) -> io::Result<(Entry, Row)> {
    let row = index.row(sequence)?;
    let bytes = read_entry(&*folders.disk, &folders.journal, row.location)?;
    let entry = take_entry(row.location.format, &bytes, sequence, row.position).map_err(undecodable)?;
    Ok((entry, row))
}

fn undecodable(error: Undecodable) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.0)
}
