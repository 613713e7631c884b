//! A small ledger of which every bit is flipped and every byte is cut: the damage is found, or it changes no answer.
//!
//! The files lie on the simulated disk, and the segment is made as short as its records, so that a hundred thousand
//! damages take seconds.

use ledger::disk::{Disk, OpenMode};
use ledger::machine::{self, Machine, Step};
use ledger::{
    AccountId, AccountView, Action, Command, CommandId, CounterId, Entry, Head, HolderId, LimitUse, Mode, OpenAccount,
    OpenCounter, Options, Side, Transfer, Window,
};
use simulation::Random;
use simulation::disk::SimDisk;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIR: &str = "/data";
const SEGMENT: &str = "/data/journal/00000001.seg";
/// What a segment of the small journal takes on disk.
const SEGMENT_BYTES: u64 = 4096;

/// What a whole ledger says.
#[derive(Debug, PartialEq)]
struct Said {
    head: Head,
    state_hash: String,
}

struct Small {
    sim: SimDisk,
    disk: Arc<dyn Disk>,
    said: Said,
    accounts: Vec<AccountView>,
    entries: Vec<Entry>,
    histories: Vec<Vec<u64>>,
}

fn options() -> Options {
    let mut options = Options::new(Arc::new(simulation::model::bank_day));
    (options.batch_bytes, options.segment_bytes) = (1 << 12, 1);
    (options.snapshot_every, options.index_lines) = (13, 5);
    options.random = kit::Random::seeded(9);
    options.on_fatal = Arc::new(|_| ());
    options
}

fn actions() -> Vec<Action> {
    let account = |normal_side, floor| {
        Action::OpenAccount(OpenAccount {
            holder: HolderId(0),
            institution: 1,
            currency: 156,
            kind: 2011,
            normal_side,
            floor,
            ceiling: None,
        })
    };
    let transfer = |debit, credit, amount, mode| {
        Action::Transfer(Transfer {
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount,
            code: 1,
            reference: 7,
            mode,
            balancing: None,
            limits: vec![LimitUse { counter: CounterId(0), side: Side::Debit }],
            epoch: None,
        })
    };
    let hold = Mode::Hold { expires_ms: None };
    vec![
        Action::OpenHolder,
        account(Side::Debit, None),
        account(Side::Credit, Some(0)),
        account(Side::Credit, Some(0)),
        Action::OpenCounter(OpenCounter {
            institution: 1,
            window: Window::Day,
            cap_amount: Some(100_000),
            cap_count: None,
        }),
        transfer(0, 1, 5_000, Mode::Immediate),
        transfer(1, 2, 700, hold),
        transfer(1, 2, 300, hold),
        Action::Post { hold: CommandId(7), amount: Some(600) },
        Action::Void { hold: CommandId(8) },
        transfer(2, 1, 90_000, Mode::Immediate),
        transfer(2, 1, 50, Mode::Immediate),
        transfer(1, 2, 60, hold),
        Action::SetFreeze { account: AccountId(2), debits: true, credits: false },
        transfer(1, 2, 11, Mode::Immediate),
    ]
}

impl Small {
    fn new() -> Self {
        let sim = SimDisk::new(Random::new(1));
        let disk: Arc<dyn Disk> = Arc::new(sim.clone());
        let mut machine = Machine::open(&disk, Path::new(DIR), options()).unwrap();
        for (id, action) in (1..).zip(actions()) {
            let command =
                Command { id: CommandId(id), time_ms: 1_793_500_000_000, action, document: vec![id as u8; 20] };
            let mut pending = machine.submit(vec![command]).unwrap();
            machine.settle().unwrap();
            assert!(pending.now().unwrap().is_ok());
        }
        while machine.step(Step::Snapshot).unwrap() {}
        drop(machine);
        // What is left of the segment beyond its records, and the spare one, is not needed for the tests.
        disk.remove(Path::new("/data/journal/00000002.seg")).unwrap();
        let file = disk.open(Path::new(SEGMENT), OpenMode::Write).unwrap();
        let mut header = [0; 68];
        file.read_exact_at(&mut header, 0).unwrap();
        header[56..64].copy_from_slice(&SEGMENT_BYTES.to_le_bytes());
        let crc = crc32c::crc32c(&header[..64]);
        header[64..].copy_from_slice(&crc.to_le_bytes());
        file.write_all_at(&header, 0).unwrap();
        let mut rest = vec![0; 4096];
        file.read_at(&mut rest, SEGMENT_BYTES).unwrap();
        assert!(rest.iter().all(|byte| *byte == 0), "the records take more than {SEGMENT_BYTES} bytes");
        file.set_len(SEGMENT_BYTES).unwrap();
        file.sync_all().unwrap();
        drop(file);

        let report = machine::verify(&disk, Path::new(DIR)).unwrap();
        assert_eq!((&report.problems, &report.index.problems), (&Vec::new(), &Vec::new()));
        assert!(report.snapshots_equal == 1 && report.index.runs > 0 && report.head.sequence == 15, "{report:?}");
        let fork = sim.fork(Random::new(2));
        let fork: Arc<dyn Disk> = Arc::new(fork);
        let mut machine = Machine::open(&fork, Path::new(DIR), options()).unwrap();
        let accounts = machine.accounts();
        let entries = (1..=15).map(|id| machine.entry(CommandId(id)).unwrap().unwrap()).collect();
        let history = |id: u64| machine.history(AccountId(id), None, 99).unwrap();
        let histories = (0..3).map(|id| history(id).iter().map(|entry| entry.sequence).collect()).collect();
        Self {
            sim,
            disk,
            said: Said { head: report.head, state_hash: report.state_hash },
            accounts,
            entries,
            histories,
        }
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let folder = Path::new(DIR).join(folder);
        let mut names = self.disk.names(&folder).unwrap();
        names.sort();
        names.into_iter().map(|name| folder.join(name)).collect()
    }

    fn bytes(&self, path: &Path) -> Vec<u8> {
        let file = self.disk.open(path, OpenMode::Read).unwrap();
        let mut bytes = vec![0; file.length().unwrap() as usize];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    /// Whether the verifier found something; what it did not find has changed nothing.
    fn is_found(&self, what: &dyn std::fmt::Display) -> bool {
        let Ok(report) = machine::verify(&self.disk, Path::new(DIR)) else { return true };
        if !report.problems.is_empty() || !report.index.problems.is_empty() {
            return true;
        }
        let said = Said { head: report.head, state_hash: report.state_hash };
        assert_eq!(said, self.said, "{what}: it went unseen and is not the same");
        false
    }

    /// The ledger that starts from these files answers as before, or says that it cannot.
    fn answers_as_before(&self, disk: SimDisk, what: &str) {
        let disk: Arc<dyn Disk> = Arc::new(disk);
        let Ok(mut machine) = Machine::open(&disk, Path::new(DIR), options()) else { return };
        assert_eq!(machine.accounts(), self.accounts, "{what}");
        assert_eq!(machine.durable(), self.said.head, "{what}");
        assert_eq!(machine.state_hash(), self.said.state_hash, "{what}");
        for entry in &self.entries {
            match machine.entry(entry.command.id) {
                Ok(found) => assert_eq!(found.as_ref(), Some(entry), "{what}"),
                Err(_) => return,
            }
        }
        for (account, expected) in (0..).zip(&self.histories) {
            let Ok(found) = machine.history(AccountId(account), None, 99) else { return };
            assert_eq!(found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), *expected, "{what}");
        }
    }
}

/// The bits of a byte that are flipped: all; of the many zeros that fill the pages of a run up, one each.
fn bits_of(path: &Path, at: usize, byte: u8) -> std::ops::Range<usize> {
    let fills_up = byte == 0 && path.extension().is_some_and(|end| end == "run");
    if fills_up { at % 8..at % 8 + 1 } else { 0..8 }
}

/// Flips every bit of a file and gives the bytes of which some flip was not found.
fn flip_every_bit(small: &Small, path: &Path) -> Vec<usize> {
    let whole = small.bytes(path);
    let mut harmless = Vec::new();
    for (at, byte) in whole.iter().enumerate() {
        let mut found = true;
        for bit in bits_of(path, at, *byte) {
            let file = small.disk.open(path, OpenMode::Write).unwrap();
            file.write_all_at(&[byte ^ 1 << bit], at as u64).unwrap();
            found &= small.is_found(&format_args!("{} byte {at} bit {bit}", path.display()));
        }
        let file = small.disk.open(path, OpenMode::Write).unwrap();
        file.write_all_at(&[*byte], at as u64).unwrap();
        file.sync_data().unwrap();
        if !found {
            harmless.push(at);
        }
    }
    assert!(!small.is_found(&"as it was"));
    harmless
}

#[test]
fn every_bit_of_the_journal_and_its_snapshot_is_looked_at() {
    let small = Small::new();
    assert_eq!(flip_every_bit(&small, Path::new(SEGMENT)), [] as [usize; 0]);
    for path in small.files("snapshots") {
        assert_eq!(flip_every_bit(&small, &path), [] as [usize; 0]);
    }
}

#[test]
fn every_bit_of_the_head_file_is_looked_at() {
    let small = Small::new();
    assert_eq!(flip_every_bit(&small, Path::new("/data/journal/head")), [] as [usize; 0]);
}

#[test]
fn every_bit_of_the_index_is_looked_at_or_says_nothing() {
    let small = Small::new();
    let behind = machine::verify(&small.disk, Path::new(DIR)).unwrap().index;
    for path in small.files("index") {
        let harmless = flip_every_bit(&small, &path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match name.as_str() {
            "manifest" => assert_eq!(harmless, [] as [usize; 0]),
            // Rows that the manifest does not speak of are written again at the start.
            "rows" => assert!(harmless.iter().all(|at| *at as u64 >= behind.rows * 24), "{harmless:?}"),
            // The header's page is empty after it.
            _ => assert_eq!(harmless, (64..4096).collect::<Vec<_>>()),
        }
    }
}

#[test]
fn a_file_cut_at_any_byte_is_found() {
    let small = Small::new();
    let files = [small.files("journal"), small.files("snapshots"), small.files("index")].concat();
    for path in files {
        let whole = small.bytes(&path);
        let is_index = path.starts_with("/data/index");
        for length in 0..whole.len() {
            let file = small.disk.open(&path, OpenMode::Write).unwrap();
            file.set_len(length as u64).unwrap();
            let what = format!("{} cut at {length}", path.display());
            let found = small.is_found(&what);
            // What the manifest does not speak of may be missing from the rows.
            assert!(found || is_index, "{what}");
            if !whole[length..].iter().all(|byte| *byte == 0) {
                // As long as before, but only written up to here.
                file.set_len(whole.len() as u64).unwrap();
                let found = small.is_found(&what);
                assert!(found || is_index, "{what}, zeros after it");
            }
            file.write_all_at(&whole[..], 0).unwrap();
            file.set_len(whole.len() as u64).unwrap();
            file.sync_data().unwrap();
        }
    }
    assert!(!small.is_found(&"as it was"));
}

#[test]
fn a_ledger_that_starts_from_damaged_files_answers_as_before_or_not_at_all() {
    let small = Small::new();
    let files = [small.files("journal"), small.files("snapshots"), small.files("index")].concat();
    for path in files {
        for (at, byte) in small.bytes(&path).into_iter().enumerate() {
            // Of a zero, which mostly fills up, one bit stands for the others.
            let bits = if byte == 0 { at % 8..at % 8 + 1 } else { 0..8 };
            for bit in bits {
                let disk = small.sim.fork(Random::new(at as u64));
                let file = disk.open(&path, OpenMode::Write).unwrap();
                file.write_all_at(&[byte ^ 1 << bit], at as u64).unwrap();
                file.sync_data().unwrap();
                drop(file);
                small.answers_as_before(disk, &format!("{} byte {at} bit {bit}", path.display()));
            }
        }
    }
}
