//! Copying a journal up to a position, from a folder that may be in use: records are never changed once written.

use crate::recovery::{Folders, OpenError, create};
use crate::snapshot;
use std::path::Path;
use std::sync::Arc;
use storage::disk::{Disk, DiskFile, OpenMode, RealDisk, read_all};
use storage::journal::Head;
use storage::journal::cursor::{Cursor, ReadError};
use storage::journal::head::HeadFile;
use storage::journal::segment::{self, write_header};

/// Copies the first `position` records of the ledger in `from` to `to`, checking each record and the chain, and
/// gives the head of the copy. Snapshots that are not beyond it come along. What the copy is made of was durable:
/// the caller knows that by having seen the position in a projection.
pub fn copy(from: &Path, to: &Path, position: u64) -> Result<Head, OpenError> {
    let shared: Arc<dyn Disk> = Arc::new(RealDisk);
    let disk = &*shared;
    let (source, target) = (Folders::of(&shared, from), Folders::of(&shared, to));
    disk.create_dir_all(&target.journal)?;
    let mut cursor = Cursor::start(&shared, &source.journal);
    let mut file: Option<(u32, Box<dyn DiskFile>)> = None;
    while cursor.head().position < position {
        let before = cursor.head();
        let Some(record) = cursor.next_record()? else {
            let what = format!("the journal ends here, {position} records were to be copied");
            return Err(ReadError::Damaged(cursor.damage(what)).into());
        };
        let number = record.location.segment;
        if file.as_ref().is_none_or(|(open, _)| *open != number) {
            if let Some((_, full)) = file.take() {
                full.sync_all()?;
            }
            let bytes = cursor.segment_bytes();
            segment::prepare(disk, &target.journal, number, bytes)?;
            let next = disk.open(&segment::path(&target.journal, number), OpenMode::Write)?;
            write_header(&*next, number, &before, bytes)?;
            file = Some((number, next));
        }
        if let Some((_, file)) = &file {
            file.write_all_at(&record.bytes, u64::from(record.location.offset))?;
        }
    }
    let head = cursor.head();
    match file {
        Some((_, last)) => {
            last.sync_all()?;
            HeadFile::take_over(disk, &target.journal, None, head)?;
        }
        None => drop(create(&target, 8 << 20, &kit::Random::system(), 1)?),
    }
    for path in snapshot::list(disk, &source.snapshots)? {
        // A snapshot may be replaced by a newer one while we look; the copy does without it then.
        if snapshot::position_of(&path).is_some_and(|at| at <= position)
            && let (Ok(bytes), Some(name)) = (read_all(disk, &path), path.file_name())
        {
            disk.create_dir_all(&target.snapshots)?;
            let copy = disk.open(&target.snapshots.join(name), OpenMode::Truncate)?;
            copy.write_all_at(&bytes, 0)?;
            copy.sync_all()?;
        }
    }
    Ok(head)
}
