//! Files that were cut, flipped, swapped, taken away or put back.

use crate::kit::*;
use ledger::*;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A small journal with a few records; gives the folder, the end of the last record and the head.
async fn small() -> (tempfile::TempDir, u64, Head) {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000).await;
    let bob = bench.funded(cash, 0).await;
    for amount in 1..5 {
        bench.pay(alice, bob, amount).await;
    }
    bench.ledger.close().await;
    let head = bench.ledger.head();
    let bytes = fs::read(segment(bench.dir.path(), 1)).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1;
    (bench.dir, end.next_multiple_of(8), head)
}

fn segment(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("journal/{number:08}.seg"))
}

fn problems(dir: &Path) -> Vec<String> {
    verify(dir).unwrap().problems
}

#[tokio::test]
async fn every_flipped_bit_up_to_the_head_is_found() {
    let (dir, end, _) = small().await;
    assert_eq!(problems(dir.path()), Vec::<String>::new());
    // The spare segment has its own test; without it each round reads half as much.
    let _ = fs::remove_file(segment(dir.path(), 2));
    for (path, length) in [(segment(dir.path(), 1), end), (dir.path().join("journal/head"), 8192)] {
        let whole = fs::read(&path).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        for at in 0..length as usize {
            // Every bit of the headers, and one bit of each byte further on.
            let zeros_of_the_head = path.ends_with("head") && at % 4096 >= 76;
            if zeros_of_the_head && at % 61 != 0 {
                continue;
            }
            let bits = if at < 320 { 0..8 } else { at % 8..at % 8 + 1 };
            for bit in bits {
                file.write_all_at(&[whole[at] ^ 1 << bit], at as u64).unwrap();
                assert!(!problems(dir.path()).is_empty(), "{} byte {at} bit {bit}", path.display());
            }
            file.write_all_at(&whole[at..=at], at as u64).unwrap();
        }
    }
    assert_eq!(problems(dir.path()), Vec::<String>::new());
}

#[tokio::test]
async fn damage_up_to_the_head_is_refused_with_its_position_at_open() {
    let (dir, end, head) = small().await;
    fs::remove_dir_all(dir.path().join("snapshots")).unwrap();
    let path = segment(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    for at in (0..end as usize).step_by(37) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        fs::write(&path, &flipped).unwrap();
        match Ledger::open(dir.path(), options()) {
            Err(OpenError::Damaged(damage)) => assert!(damage.position < head.position || head.position == 0),
            Err(other) => panic!("byte {at}: {other}"),
            Ok(_) => panic!("byte {at}: damage went unseen"),
        }
        assert_eq!(fs::read(&path).unwrap(), flipped, "a refused journal is left as it is");
    }
    fs::write(&path, &whole).unwrap();
    let ledger = open(dir.path());
    assert_eq!(ledger.head(), head);
    ledger.close().await;
}

#[tokio::test]
async fn any_byte_in_the_unused_tail_is_found_and_cut_at_open() {
    let (dir, end, head) = small().await;
    let path = segment(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - 1;
    for at in [end as usize, end as usize + 1, end as usize + 100, last] {
        let mut dirty = whole.clone();
        dirty[at] = 1;
        fs::write(&path, &dirty).unwrap();
        let found = problems(dir.path());
        assert!(found.iter().any(|problem| problem.contains(&format!("at byte {at}"))), "{found:?}");
        let ledger = open(dir.path());
        assert_eq!(ledger.head(), head);
        ledger.close().await;
        assert_eq!(problems(dir.path()), Vec::<String>::new());
    }
    // A prepared segment must be zero as well.
    let spare = segment(dir.path(), 2);
    if spare.exists() {
        let mut dirty = fs::read(&spare).unwrap();
        dirty[5_000] = 1;
        fs::write(&spare, &dirty).unwrap();
        assert!(!problems(dir.path()).is_empty());
    }
}

#[tokio::test]
async fn a_torn_record_beyond_the_head_is_cut_at_every_byte() {
    let (dir, end, _) = small().await;
    let path = segment(dir.path(), 1);
    let longer = fs::read(&path).unwrap();
    // Take the last record for the torn one: the head goes back to before it.
    let heads = heads_of(dir.path());
    let (before, start) = heads[heads.len() - 2];
    for cut in (start as usize..end as usize).step_by(11) {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir_all(copy.path().join("journal")).unwrap();
        let mut torn = longer.clone();
        torn[cut..].fill(0);
        fs::write(segment(copy.path(), 1), &torn).unwrap();
        write_head(copy.path(), before);
        let ledger = open(copy.path());
        assert!(ledger.head() == before || cut >= end as usize - 8, "cut at {cut}");
        ledger.close().await;
        assert_eq!(problems(copy.path()), Vec::<String>::new());
    }
}

/// The heads after each record of a journal and the offset at which the next one starts.
fn heads_of(dir: &Path) -> Vec<(Head, u64)> {
    let bytes = fs::read(segment(dir, 1)).unwrap();
    let number = |at: usize, length: usize| {
        let mut value = [0; 8];
        value[..length].copy_from_slice(&bytes[at..at + length]);
        u64::from_le_bytes(value)
    };
    let (mut at, mut heads) = (128, Vec::new());
    while number(at, 4) != 0 {
        let length = 72 + number(at + 12, 4) as usize;
        let hash = *blake3::hash(&bytes[at..at + length]).as_bytes();
        let head = Head { position: number(at + 16, 8) + 1, sequence: number(at + 24, 8) + number(at + 32, 4), hash };
        at += length.next_multiple_of(8);
        heads.push((head, at as u64));
    }
    heads
}

/// Writes a head file that says `head`, in the documented format, with a generation beyond any other.
fn write_head(dir: &Path, head: Head) {
    let mut file = vec![0; 8192];
    for (slot, generation) in [(0_usize, 1_000_u64), (1, 1_001)] {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(b"TBH1");
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&head.position.to_le_bytes());
        bytes.extend_from_slice(&head.sequence.to_le_bytes());
        bytes.extend_from_slice(&head.hash);
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&0_u32.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        file[slot * 4096..slot * 4096 + bytes.len()].copy_from_slice(&bytes);
    }
    fs::write(dir.join("journal/head"), file).unwrap();
}

/// A journal of three segments.
async fn three_segments() -> tempfile::TempDir {
    let bench = Bench::new();
    let cash = bench.cash().await;
    let alice = bench.funded(cash, 1_000_000).await;
    let mut pending = Vec::new();
    for _ in 0..1_400 {
        let mut command = bench.command(Action::Transfer(transfer(alice, cash, 1)));
        command.document = vec![3; DOCUMENT_MAX];
        pending.push(bench.ledger.submit_waiting(vec![command]).await.unwrap());
    }
    for answer in pending {
        answer.await.unwrap();
    }
    bench.ledger.close().await;
    assert!(segment(bench.dir.path(), 3).exists());
    bench.dir
}

#[tokio::test]
async fn a_removed_swapped_or_older_segment_is_found() {
    let dir = three_segments().await;
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.problems.len(), report.segments), (0, 3), "{:?}", report.problems);
    let read = |number| fs::read(segment(dir.path(), number)).unwrap();
    let whole = [read(1), read(2), read(3)];
    let restore = || {
        for (number, bytes) in whole.iter().enumerate() {
            fs::write(segment(dir.path(), number as u32 + 1), bytes).unwrap();
        }
    };
    for number in 1..=3 {
        fs::remove_file(segment(dir.path(), number)).unwrap();
        assert!(!problems(dir.path()).is_empty(), "segment {number} removed");
        restore();
    }
    fs::write(segment(dir.path(), 1), &whole[1]).unwrap();
    fs::write(segment(dir.path(), 2), &whole[0]).unwrap();
    assert!(!problems(dir.path()).is_empty(), "swapped");
    restore();
    // An older copy of the last segment: its newest record is not there yet.
    let mut older = whole[2].clone();
    let end = older.iter().rposition(|byte| *byte != 0).unwrap();
    older[end - 100_000..].fill(0);
    fs::write(segment(dir.path(), 3), &older).unwrap();
    assert!(!problems(dir.path()).is_empty(), "older");
    fs::remove_dir_all(dir.path().join("snapshots")).unwrap();
    assert!(matches!(Ledger::open(dir.path(), options()), Err(OpenError::Damaged(_))));
    restore();
    assert_eq!(problems(dir.path()), Vec::<String>::new());
    fs::remove_file(dir.path().join("journal/head")).unwrap();
    assert!(!problems(dir.path()).is_empty(), "no head file");
    assert!(matches!(Ledger::open(dir.path(), options()), Err(OpenError::Damaged(_))));
}

#[tokio::test]
async fn a_snapshot_that_lies_is_found_and_a_damaged_one_is_passed_over() {
    let (dir, _, head) = small().await;
    let snapshot = fs::read_dir(dir.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&snapshot).unwrap();
    let mut lie = whole.clone();
    // The sixth account field of the first account would be money; change something and sign it again.
    let at = lie.len() - 200;
    lie[at] ^= 1;
    fs::write(&snapshot, &lie).unwrap();
    assert!(!problems(dir.path()).is_empty());
    let ledger = open(dir.path());
    assert_eq!(ledger.head(), head);
    ledger.close().await;
    let content = lie.len() - 32;
    let hash = *blake3::hash(&lie[..content]).as_bytes();
    lie[content..].copy_from_slice(&hash);
    fs::write(&snapshot, &lie).unwrap();
    assert!(problems(dir.path()).iter().any(|problem| problem.contains("differs from the state rebuilt")));
}

#[tokio::test]
async fn a_snapshot_of_an_earlier_program_is_passed_over_and_is_no_damage() {
    let (dir, _, head) = small().await;
    let snapshot = fs::read_dir(dir.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let mut earlier = fs::read(&snapshot).unwrap();
    // The format version stands after the magic.
    earlier[8..12].copy_from_slice(&1_u32.to_le_bytes());
    let content = earlier.len() - 32;
    let hash = *blake3::hash(&earlier[..content]).as_bytes();
    earlier[content..].copy_from_slice(&hash);
    fs::write(&snapshot, &earlier).unwrap();
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.snapshots_earlier, report.problems), (1, Vec::new()));
    let ledger = open(dir.path());
    assert_eq!(ledger.head(), head);
    ledger.close().await;
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let (dir, _, _) = small().await;
    let ledger = open(dir.path());
    assert!(matches!(Ledger::open(dir.path(), options()), Err(OpenError::InUse(_))));
    ledger.close().await;
    let again = open(dir.path());
    again.close().await;
}
