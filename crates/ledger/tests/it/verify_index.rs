//! What the verifier says of the index: whole, missing, behind, damaged, of another journal; and never that the journal is
//! damaged when it is not.

use crate::kit::*;
use ledger::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A ledger with payments, holds of every end and refusals, closed.
async fn closed() -> tempfile::TempDir {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let (alice, bob) = (bench.funded(cash, 1_000).await, bench.funded(cash, 0).await);
    for amount in 1..30 {
        bench.pay(alice, bob, amount).await;
    }
    refused(bench.pay(bob, alice, 1_000_000).await);
    for post in [true, false] {
        let hold = bench.hold(transfer(alice, bob, 5), None).await;
        bench.run(if post { Action::Post { hold, amount: None } } else { Action::Void { hold } }).await;
    }
    bench.hold(transfer(alice, bob, 5), Some(bench.time_ms.get() + 1)).await;
    bench.time_ms.set(bench.time_ms.get() + 10);
    assert!(matches!(bench.run(Action::Tick).await, Outcome::Done(Effect::Ticked { expired }) if expired.len() == 1));
    bench.ledger.close().await;
    bench.dir
}

fn whole(dir: &Path) -> IndexReport {
    let report = verify(dir).unwrap();
    assert_eq!(report.problems, Vec::<String>::new(), "the journal is whole");
    assert_eq!(report.head, verify(dir).unwrap().head);
    report.index
}

/// What is wrong with the index of a journal that is whole.
fn problems(dir: &Path) -> String {
    let found = whole(dir).problems;
    assert!(!found.is_empty(), "the damage went unseen");
    found.join("\n")
}

fn run_file(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir.join("index")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "run")).min().unwrap()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1 << (at % 8);
    fs::write(path, &bytes).unwrap();
}

#[tokio::test]
async fn a_whole_index_is_counted_and_one_that_is_behind_or_missing_is_no_damage() {
    let dir = closed().await;
    let report = verify(dir.path()).unwrap();
    let commands = report.head.sequence;
    let expected = IndexReport {
        exists: true,
        rows: commands,
        // Each id, and the ends of three holds.
        lines: commands + 3,
        runs: 1,
        pages: 1,
        behind: 0,
        problems: Vec::new(),
    };
    assert_eq!(report.index, expected);

    // Stopped without an orderly end, the last commands have no durable rows and lines yet.
    let ledger = open(dir.path());
    let command = Command { id: CommandId(99_999), time_ms: 0, action: Action::OpenHolder, document: Vec::new() };
    ledger.execute(command).await.unwrap();
    ledger.halt().await;
    let index = whole(dir.path());
    assert_eq!((index.rows, index.behind, index.problems.len()), (commands, 1, 0));

    fs::remove_file(dir.path().join("index/manifest")).unwrap();
    let missing = IndexReport { behind: commands + 1, ..IndexReport::default() };
    assert_eq!(whole(dir.path()), missing);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    assert_eq!(whole(dir.path()), missing);
    open(dir.path()).close().await;
    let built = whole(dir.path());
    assert_eq!((built.exists, built.rows, built.behind, built.problems.len()), (true, commands + 1, 0, 0));
}

#[tokio::test]
async fn a_damaged_row_is_named() {
    let dir = closed().await;
    let rows = dir.path().join("index/rows");
    let bytes = fs::read(&rows).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        flip(&rows, at);
        let said = problems(dir.path());
        assert!(said.contains(&format!("the row of sequence {}", at / 24)), "byte {at}: {said}");
        fs::write(&rows, &bytes).unwrap();
    }
    // A row that is whole and says what the journal does not: the links of the payment before.
    let (first, second) = (12 * 24, 13 * 24);
    let mut lie = bytes.clone();
    lie[second + 12..second + 22].copy_from_slice(&bytes[first + 12..first + 22]);
    let check = crc32c::crc32c_append(13 ^ 0x5a5a_5a5a, &lie[second..second + 22]).to_le_bytes();
    lie[second + 22..second + 24].copy_from_slice(&check[..2]);
    fs::write(&rows, &lie).unwrap();
    assert!(problems(dir.path()).contains("the row of sequence 13 is"));
    // All rows: a few are told, the others counted.
    fs::write(&rows, vec![7; bytes.len()]).unwrap();
    let said = problems(dir.path());
    assert!(said.lines().count() == 6 && said.contains("more rows like these"), "{said}");
    fs::write(&rows, &bytes[..bytes.len() - 24]).unwrap();
    assert!(problems(dir.path()).contains("rows, the manifest says"));
    fs::remove_file(&rows).unwrap();
    assert!(problems(dir.path()).contains("rows"));
}

#[tokio::test]
async fn a_damaged_run_or_manifest_is_named_and_the_next_start_builds_the_index_again() {
    let dir = closed().await;
    let run = run_file(dir.path());
    let bytes = fs::read(&run).unwrap();
    let lines = whole(dir.path()).lines as usize;
    let tail = 2 * 4096;
    for at in [0, 12, 40, 4096, 4096 + lines * 16 - 1, tail - 1, tail, tail + 30, bytes.len() - 1] {
        flip(&run, at);
        let said = problems(dir.path());
        assert!(said.contains(".run: "), "byte {at}: {said}");
        fs::write(&run, &bytes).unwrap();
    }
    // A line that is gone from a run that is whole in itself.
    let mut less = bytes.clone();
    let last = 4096 + (lines - 1) * 16;
    less[last..last + 16].fill(0);
    sign(&mut less, 4096..tail);
    less[12..20].copy_from_slice(&(lines as u64 - 1).to_le_bytes());
    sign(&mut less, 0..64);
    fs::write(&run, &less).unwrap();
    let said = problems(dir.path());
    assert!(said.contains(&format!("{} lines, the journal makes {lines}", lines - 1)), "{said}");
    // A line that says another sequence.
    let mut other = bytes.clone();
    other[last + 8] ^= 8;
    sign(&mut other, 4096..tail);
    fs::write(&run, &other).unwrap();
    assert!(problems(dir.path()).contains("are not the same"));
    // A run whose bounds hide an id that is in it.
    let mut hidden = bytes.clone();
    hidden[36] -= 5;
    sign(&mut hidden, 0..64);
    fs::write(&run, &hidden).unwrap();
    assert!(problems(dir.path()).contains("no run knows the id of sequence"));

    fs::remove_file(&run).unwrap();
    assert!(problems(dir.path()).contains(".run: "));
    open(dir.path()).close().await;
    assert_eq!(whole(dir.path()).problems, Vec::<String>::new());

    let manifest = dir.path().join("index/manifest");
    for at in 0..fs::read(&manifest).unwrap().len() {
        let whole = fs::read(&manifest).unwrap();
        flip(&manifest, at);
        assert!(problems(dir.path()).contains("manifest"), "byte {at}");
        fs::write(&manifest, &whole).unwrap();
    }
    flip(&manifest, 20);
    open(dir.path()).close().await;
    assert_eq!(whole(dir.path()).problems, Vec::<String>::new());
}

/// Makes the checksum at the end of these bytes right.
fn sign(bytes: &mut [u8], range: std::ops::Range<usize>) {
    let content = range.start..range.end - 4;
    let crc = crc32c::crc32c(&bytes[content]).to_le_bytes();
    bytes[range.end - 4..range.end].copy_from_slice(&crc);
}

#[tokio::test]
async fn the_index_of_another_journal_is_told_apart() {
    let (dir, other) = (closed().await, closed().await);
    let ledger = open(other.path());
    let command = Command { id: CommandId(99_999), time_ms: 0, action: Action::OpenHolder, document: Vec::new() };
    ledger.execute(command).await.unwrap();
    ledger.close().await;
    let put = |from: &Path, to: &Path| {
        fs::remove_dir_all(to.join("index")).unwrap();
        fs::create_dir(to.join("index")).unwrap();
        for entry in fs::read_dir(from.join("index")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join("index").join(path.file_name().unwrap())).unwrap();
        }
    };
    put(other.path(), dir.path());
    let said = problems(dir.path());
    assert!(said.contains("it goes to position") || said.contains("another journal"), "{said}");
}
