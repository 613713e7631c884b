//! `ledger verify`: reads the whole journal from its first byte and holds everything against everything else.

use crate::index::check::{IndexCheck, IndexReport};
use crate::model::state::State;
use crate::model::types::{Action, Effect, Outcome};
use crate::recovery::{Folders, nonzero_bytes, replay};
use crate::snapshot::{self, Unusable};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::disk::{Disk, OpenMode, RealDisk};
use storage::journal::cursor::{Cursor, ReadError, Record};
use storage::journal::{Head, head, segment};

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How far the journal could be read.
    pub head: Head,
    /// Hash of the state rebuilt from the journal.
    pub state_hash: String,
    /// Segment files that hold records.
    pub segments: u32,
    /// Accounts opened.
    pub accounts: u64,
    /// Transfers and posts that moved money.
    pub movements: u64,
    /// Commands refused.
    pub refused: u64,
    /// Open holds.
    pub holds: u64,
    /// Snapshots that equal the state rebuilt from the journal.
    pub snapshots_equal: u64,
    /// Snapshots of earlier programs, which are not read: the next ones take their place.
    pub snapshots_earlier: u64,
    /// Whole records after the durable head: written, but never answered.
    pub records_after_head: u64,
    /// The index, which is a copy: what is wrong with it is told there.
    pub index: IndexReport,
    /// Everything about journal, head file and snapshots that is not as it must be; none means that they are whole.
    pub problems: Vec<String>,
}

/// Checks the ledger in `dir`. It must not be open for writing: the caller holds the lock of the data folder.
pub fn verify(dir: &Path) -> io::Result<Report> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    verify_on(&disk, dir)
}

/// Checks the ledger in `dir` of a disk.
pub(crate) fn verify_on(disk: &Arc<dyn Disk>, dir: &Path) -> io::Result<Report> {
    let folders = Folders::of(disk, dir);
    let journal = &folders.journal;
    let mut report = Report {
        head: Head::START,
        state_hash: String::new(),
        segments: 0,
        accounts: 0,
        movements: 0,
        refused: 0,
        holds: 0,
        snapshots_equal: 0,
        snapshots_earlier: 0,
        records_after_head: 0,
        index: IndexReport::default(),
        problems: Vec::new(),
    };
    let durable = durable_head(&folders, &mut report)?;
    let mut snapshots = load_snapshots(&folders, &mut report)?;
    let mut state = State::new(folders.partition);
    let mut index = IndexCheck::open(disk, &folders.index)?;
    let mut cursor = Cursor::start(disk, journal);
    let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
    loop {
        check_snapshot(&mut snapshots, &cursor.head(), &state, &mut report);
        let before = cursor.place();
        match cursor.next_record() {
            Ok(Some(record)) => {
                count(&mut report, &mut state, &record, &mut index);
                if durable.is_some_and(|head| head.position == cursor.head().position && head != cursor.head()) {
                    report.problems.push(format!("{}", cursor.damage("the hash is not the one in the head file")));
                }
                let (number, offset) = cursor.place();
                if number != before.0 {
                    report.segments += 1;
                }
                ends.insert(number, offset);
            }
            Ok(None) => break,
            Err(ReadError::Damaged(damage)) => {
                report.problems.push(damage.to_string());
                break;
            }
            Err(ReadError::Io(error)) => return Err(error),
        }
    }
    report.head = cursor.head();
    report.index = index.finish(report.head);
    if let Some(durable) = durable {
        if report.head.position < durable.position {
            let ends = format!("the journal ends here, the head file says {} records", durable.position);
            report.problems.push(cursor.damage(ends).to_string());
        }
        report.records_after_head = report.head.position.saturating_sub(durable.position);
    }
    for (head, path, _) in snapshots {
        report.problems.push(format!("{}: no such position {} in the journal", path.display(), head.position));
    }
    check_unused(&folders, cursor.place(), &ends, &mut report)?;
    check_sums(&state, &mut report);
    report.state_hash = snapshot::state_hash(&state).to_hex().to_string();
    report.accounts = state.accounts.len() as u64;
    report.holds = state.holds.len() as u64;
    Ok(report)
}

fn durable_head(folders: &Folders, report: &mut Report) -> io::Result<Option<Head>> {
    let path = head::path(&folders.journal);
    let Some(found) = head::read(&*folders.disk, &folders.journal)? else {
        report.problems.push(format!("{}: the head file is missing", path.display()));
        return Ok(None);
    };
    report.problems.extend(found.damage.map(|what| format!("{}: {what}", path.display())));
    if let Some(slot) = &found.newest
        && slot.head.position == 0
        && slot.head != Head::START
    {
        report.problems.push(format!("{}: an empty journal with a hash", path.display()));
    }
    Ok(found.newest.map(|slot| slot.head))
}

type Loaded = Vec<(Head, PathBuf, State)>;

fn load_snapshots(folders: &Folders, report: &mut Report) -> io::Result<Loaded> {
    let mut loaded = Vec::new();
    for path in snapshot::list(&*folders.disk, &folders.snapshots)? {
        match snapshot::read(&*folders.disk, &path, folders.partition) {
            Ok((head, state)) => loaded.push((head, path, state)),
            Err(Unusable::Earlier) => report.snapshots_earlier += 1,
            Err(Unusable::Damaged(what)) => report.problems.push(format!("{}: {what}", path.display())),
        }
    }
    Ok(loaded)
}

fn check_snapshot(snapshots: &mut Loaded, head: &Head, state: &State, report: &mut Report) {
    snapshots.retain(|(at, path, stored)| {
        if at.position != head.position {
            return true;
        }
        if at != head {
            report.problems.push(format!("{}: its hash is not the journal's", path.display()));
        } else if snapshot::whole_hash(stored) != snapshot::whole_hash(state) {
            report.problems.push(format!("{}: it differs from the state rebuilt from the journal", path.display()));
        } else {
            report.snapshots_equal += 1;
        }
        false
    });
}

fn count(report: &mut Report, state: &mut State, record: &Record, index: &mut IndexCheck) {
    match replay(state, record) {
        Ok((entries, links)) => {
            index.record(record, &entries, &links);
            for entry in entries {
                match (&entry.command.action, &entry.outcome) {
                    (_, Outcome::Refused(_)) => report.refused += 1,
                    (Action::Transfer(_) | Action::Post { .. }, Outcome::Done(Effect::Posted(_))) => {
                        report.movements += 1;
                    }
                    _ => {}
                }
            }
        }
        Err(what) => {
            index.leave();
            report.problems.push(format!("position {}: {what}", record.header.position));
        }
    }
}

/// Everything after the last record of each segment, and every prepared segment, must be zero.
fn check_unused(folders: &Folders, end: (u32, u64), ends: &BTreeMap<u32, u64>, report: &mut Report) -> io::Result<()> {
    let (disk, journal) = (&*folders.disk, &folders.journal);
    for number in segment::list(disk, journal)? {
        let path = segment::path(journal, number);
        let from = match ends.get(&number) {
            Some(offset) => *offset,
            None if number == end.0 => end.1,
            None if number > end.0 => 0,
            None => continue,
        };
        if let (count, Some(at)) = nonzero_bytes(disk, &path, from)? {
            report.problems.push(format!(
                "position {}, {} at byte {at}: {count} bytes in the unused tail are not zero (opening the ledger cuts \
                 what lies beyond the head)",
                report.head.position,
                path.display()
            ));
        }
        if let Ok(Some(header)) = segment::read_header(disk, journal, number)? {
            let size = disk.open(&path, OpenMode::Read)?.length()?;
            if size != header.segment_bytes {
                let expected = header.segment_bytes;
                report.problems.push(format!("{}: {size} bytes long instead of {expected}", path.display()));
            }
        }
    }
    Ok(())
}

/// Debits equal credits for each institution and currency, posted and pending.
fn check_sums(state: &State, report: &mut Report) {
    let mut sums: BTreeMap<(u16, u16), (i128, i128)> = BTreeMap::new();
    for account in state.accounts.iter() {
        let class = state.classes.of(account);
        let sum = sums.entry((class.institution, class.currency)).or_default();
        sum.0 += i128::from(account.debits_posted) - i128::from(account.credits_posted);
        sum.1 += i128::from(account.debits_pending) - i128::from(account.credits_pending);
    }
    for ((institution, currency), (posted, pending)) in sums {
        if posted != 0 || pending != 0 {
            report.problems.push(format!(
                "trial balance of institution {institution} in currency {currency}: posted off by {posted}, \
                 pending off by {pending}"
            ));
        }
    }
}
