//! Whether the index says what the journal says. Reads and changes nothing: what is wrong, the next start builds again.
//!
//! Rows are compared one by one as the journal is read. Lines of runs are compared as a whole: each run is read once from
//! end to end, and the sum over its lines must be the sum over what the journal's commands would have said. So the check
//! costs a pass over the files and no memory, however many ids were spent.

use super::table::{Keys, Said};
use super::{Manifest, ROW, Row, manifest, rows};
use crate::model::types::{Action, Effect, Entry, Outcome};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::disk::{Disk, DiskFile, OpenMode, read_all};
use storage::journal::cursor::Record;
use storage::journal::{Head, Location};
use storage::run::{self, Run};

/// Problems of one sort that are told one by one.
const TOLD: u64 = 5;

/// What `verify` found about the index, which is a copy: nothing here says anything against the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexReport {
    /// Whether there is one. Without it, or when it was given up, the next start builds it from the journal.
    pub exists: bool,
    /// Commands whose row is what the journal says.
    pub rows: u64,
    /// Lines of runs: one for each command's id, one for each hold's end.
    pub lines: u64,
    /// Files of sorted lines.
    pub runs: u64,
    /// Pages of runs that were read and whose checksum matches.
    pub pages: u64,
    /// Commands that it does not know yet; the next start takes them from the journal.
    pub behind: u64,
    /// Everything that is not as it must be.
    pub problems: Vec<String>,
}

/// Lines in no order: how many, and their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Lines {
    count: u64,
    sum: u128,
}

impl Lines {
    fn add(&mut self, hash: u64, line: u64) {
        self.count += 1;
        // Hashes are as good as random, so no two sets of lines that differ come to one sum by accident.
        let product = u128::from(hash) * u128::from(line ^ 0x9e37_79b9_7f4a_7c15);
        self.sum = self.sum.wrapping_add(product ^ u128::from(line) << 64);
    }
}

/// Compares while the journal is read.
pub(crate) struct IndexCheck {
    report: IndexReport,
    dir: PathBuf,
    found: Option<Found>,
    strange_rows: u64,
    hidden: u64,
}

struct Found {
    keys: Keys,
    head: Head,
    runs: Vec<Arc<Run>>,
    /// None when they cannot be read.
    rows: Option<Box<dyn DiskFile>>,
    /// What the runs say; none if one of them cannot be read.
    here: Option<Lines>,
    there: Lines,
}

impl IndexCheck {
    /// Reads the manifest and the runs of the index in `dir`.
    pub(crate) fn open(disk: &Arc<dyn Disk>, dir: &Path) -> io::Result<Self> {
        let report = IndexReport::default();
        let mut this = Self { report, dir: dir.to_owned(), found: None, strange_rows: 0, hidden: 0 };
        let bytes = match read_all(&**disk, &manifest(dir)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(this),
            Err(error) => return Err(error),
        };
        this.report.exists = true;
        let Manifest { keys, head, runs: numbers } = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(error) => {
                this.problem(&manifest(dir), error);
                return Ok(this);
            }
        };
        let mut here = Some(Lines::default());
        let mut runs = Vec::new();
        for number in numbers {
            match this.read_run(&**disk, number) {
                Ok((run, lines)) => {
                    runs.push(run);
                    here = here
                        .map(|here| Lines { count: here.count + lines.count, sum: here.sum.wrapping_add(lines.sum) });
                }
                Err(error) => {
                    this.problem(&run::path(dir, number), error);
                    here = None;
                }
            }
        }
        this.report.lines = here.map_or(0, |here| here.count);
        let rows = this.open_rows(&**disk, head.sequence);
        this.found = Some(Found { keys, head, runs, rows, here, there: Lines::default() });
        Ok(this)
    }

    fn read_run(&mut self, disk: &dyn Disk, number: u64) -> io::Result<(Arc<Run>, Lines)> {
        let run = Run::open(disk, &self.dir, number)?;
        let mut lines = Lines::default();
        let pages = run.walk(|hash, line| lines.add(hash, line))?;
        self.report.runs += 1;
        self.report.pages += pages;
        Ok((Arc::new(run), lines))
    }

    fn open_rows(&mut self, disk: &dyn Disk, sequence: u64) -> Option<Box<dyn DiskFile>> {
        let path = rows(&self.dir);
        let opened = disk.open(&path, OpenMode::Read).and_then(|file| Ok((file.length()?, file)));
        match opened {
            Ok((length, _)) if length < sequence * ROW as u64 => {
                let whole = length / ROW as u64;
                self.problem(&path, format!("{whole} rows, the manifest says {sequence}"));
                None
            }
            Ok((_, file)) => Some(file),
            Err(error) => {
                self.problem(&path, error);
                None
            }
        }
    }

    fn problem(&mut self, path: &Path, what: impl std::fmt::Display) {
        self.report.problems.push(format!("{}: {what}", path.display()));
    }

    /// Compares what the index says of a record's entries, whose movements have these links.
    pub(crate) fn record(&mut self, record: &Record, entries: &[Entry], links: &[[u64; 2]]) {
        let Some(mut found) = self.found.take() else { return };
        if record.header.position < found.head.position {
            self.compare_rows(&mut found, record, links);
            for entry in entries {
                self.compare_ids(&mut found, entry);
            }
            if record.head.position == found.head.position && record.head != found.head {
                let path = manifest(&self.dir);
                self.problem(&path, "its hash is not the journal's: it is the index of another journal");
            }
        }
        self.found = Some(found);
    }

    fn compare_rows(&mut self, found: &mut Found, record: &Record, links: &[[u64; 2]]) {
        let Some(file) = &found.rows else { return };
        let first = record.header.first_sequence;
        let mut bytes = vec![0; links.len() * ROW];
        if let Err(error) = file.read_exact_at(&mut bytes, first * ROW as u64) {
            self.problem(&rows(&self.dir), error);
            found.rows = None;
            return;
        }
        let offsets = record.header.entry_offsets(&record.bytes);
        let expected = offsets.iter().zip(links).map(|(offset, links)| Row {
            location: Location { offset: record.location.offset + offset, ..record.location },
            position: record.header.position,
            links: *links,
        });
        for ((sequence, row), expected) in (first..).zip(bytes.as_chunks::<ROW>().0).zip(expected) {
            let what = match Row::parse(sequence, row) {
                Ok(row) if row == expected => {
                    self.report.rows += 1;
                    continue;
                }
                Ok(row) => format!("the row of sequence {sequence} is {row:?}, the journal says {expected:?}"),
                Err(error) => error.to_string(),
            };
            self.strange_rows += 1;
            if self.strange_rows <= TOLD {
                self.problem(&rows(&self.dir), what);
            }
        }
    }

    fn compare_ids(&mut self, found: &mut Found, entry: &Entry) {
        let (id, sequence) = (entry.command.id.0, entry.sequence);
        let hash = found.keys.id(id);
        found.there.add(hash, Said::Command.pack(sequence));
        let mut end = |hold: u128, said: Said| found.there.add(found.keys.end(hold), said.pack(sequence));
        match (&entry.command.action, &entry.outcome) {
            (Action::Post { hold, .. }, Outcome::Done(_)) => end(hold.0, Said::Posted),
            (Action::Void { hold }, Outcome::Done(_)) => end(hold.0, Said::Voided),
            (Action::Tick, Outcome::Done(Effect::Ticked { expired })) => {
                expired.iter().for_each(|hold| end(hold.0, Said::Expired));
            }
            _ => {}
        }
        if found.here.is_some() && !found.runs.iter().any(|run| run.may_have(id, hash)) {
            self.hidden += 1;
            if self.hidden <= TOLD {
                self.problem(&self.dir.clone(), format!("no run knows the id of sequence {sequence}"));
            }
        }
    }

    /// Compares no further: the journal itself is not what it was.
    pub(crate) fn leave(&mut self) {
        if let Some(found) = &mut self.found {
            (found.rows, found.here) = (None, None);
        }
    }

    /// What was found, when the journal was read up to `end`.
    pub(crate) fn finish(mut self, end: Head) -> IndexReport {
        let Some(found) = self.found.take() else {
            self.report.behind = end.sequence;
            return self.report;
        };
        self.report.behind = end.sequence.saturating_sub(found.head.sequence);
        let dir = self.dir.clone();
        for (count, what) in [(self.strange_rows, "rows"), (self.hidden, "ids")] {
            if count > TOLD {
                self.problem(&dir, format!("{} more {what} like these", count - TOLD));
            }
        }
        if end.position < found.head.position {
            self.problem(&dir, format!("it goes to position {}, the journal to {}", found.head.position, end.position));
        } else if let Some(here) = found.here
            && here != found.there
        {
            let (here, there) = (here.count, found.there.count);
            self.problem(
                &dir,
                format!("its runs have {here} lines, the journal makes {there}, and they are not the same"),
            );
        }
        self.report
    }
}
