//! A real ledger with its threads and files, whose very calls to the system are made to fail or to be the last.
//!
//! Only the writer writes to a segment, so strace can count its calls: the k-th write or sync fails, or kills the process.

use ledger::{Action, Outcome, verify};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

const COUNT: u64 = 120;

fn strace() -> PathBuf {
    std::env::var_os("TONGBAO_STRACE").map_or_else(|| PathBuf::from("strace"), PathBuf::from)
}

fn victim(dir: &Path, from: u64) -> Vec<String> {
    let (dir, from, count) = (dir.to_string_lossy().into_owned(), from.to_string(), COUNT.to_string());
    vec![env!("CARGO_BIN_EXE_victim").to_owned(), dir, from, count]
}

/// Runs the victim; the calls on `file` are counted and the one of `inject` goes wrong.
fn run_injected(dir: &Path, file: &Path, inject: &str) -> Output {
    let mut command = Command::new(strace());
    command.args(["-f", "-qq", "-o", "/dev/null", "-P"]).arg(file);
    command.args(["-e", "trace=pwrite64,fdatasync", "-e", &format!("inject={inject}")]);
    command.args(victim(dir, 100)).stdin(Stdio::null());
    match command.output() {
        Ok(output) => output,
        Err(error) => panic!("strace does not run ({error}); `cargo xtask test` installs it"),
    }
}

/// Ids and sequences that were answered.
fn answered(output: &[u8]) -> BTreeMap<u128, u64> {
    let said = String::from_utf8_lossy(output).into_owned();
    let words = said.lines().filter_map(|line| line.strip_prefix("answered "));
    words.filter_map(|rest| rest.split_once(' ')).map(|(id, at)| (id.parse().unwrap(), at.parse().unwrap())).collect()
}

/// What was answered stands in the journal, once and as answered; sums are right; the ledger goes on.
fn nothing_is_lost(dir: &Path, answered: &BTreeMap<u128, u64>, what: &str) {
    let journal = dir.join("journal/head");
    if !journal.exists() {
        assert!(answered.is_empty(), "{what}: answered without a journal");
        return;
    }
    let mut options = ledger::Options::new(Arc::new(simulation::model::bank_day));
    options.on_fatal = Arc::new(|what| panic!("{what}"));
    let ledger = ledger::Ledger::open(dir, options).unwrap_or_else(|error| panic!("{what}: {error}"));
    let (mut reader, mut model) = (ledger.reader(0), simulation::model::Model::default());
    let mut found = BTreeMap::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        for entry in &batch.entries {
            model.follow(std::slice::from_ref(entry)).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(found.insert(entry.command.id.0, entry.sequence).is_none(), "{what}: {} twice", entry.command.id);
            assert!(matches!(entry.command.action, Action::Transfer(_)) || matches!(entry.outcome, Outcome::Done(_)));
        }
    }
    for (id, sequence) in answered {
        assert_eq!(found.get(id), Some(sequence), "{what}: {id} was answered");
    }
    assert!(model.is_sound(), "{what}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ledger.close());
    drop(ledger);
    assert_eq!(verify(dir).unwrap().problems, Vec::<String>::new(), "{what}");
}

fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("data");
    let segment = dir.join("journal/00000001.seg");
    (root, dir, segment)
}

/// A ledger that is there already, so that the calls that count are those of payments.
fn begun(dir: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_victim")).args([dir.to_str().unwrap(), "50", "1"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn every_call(call: &str, how: &str, file: &str, step: usize) {
    let (_template, dir, _) = folder();
    begun(&dir);
    let mut stopped = 0;
    for at in (1..=50).step_by(step) {
        let root = tempfile::tempdir().unwrap();
        let copy = root.path().join("data");
        copy_folder(&dir, &copy);
        let what = format!("{call} {at} of {file}: {how}");
        let output = run_injected(&copy, &copy.join("journal").join(file), &format!("{call}:{how}:when={at}"));
        stopped += usize::from(!output.status.success());
        let answered = answered(&output.stdout);
        nothing_is_lost(&copy, &answered, &what);
    }
    assert!(stopped * step >= 15, "{call} {how} of {file} stopped the ledger only {stopped} times");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_kill_at_any_write_or_sync_of_the_journal_loses_nothing() {
    every_call("pwrite64", "signal=KILL", "00000001.seg", 2);
    every_call("fdatasync", "signal=KILL", "00000001.seg", 2);
    every_call("fdatasync", "signal=KILL", "head", 3);
}

#[test]
fn an_error_at_any_write_or_sync_of_the_journal_stops_it_and_loses_nothing() {
    every_call("pwrite64", "error=EIO", "00000001.seg", 2);
    every_call("pwrite64", "error=ENOSPC", "00000001.seg", 3);
    every_call("fdatasync", "error=EIO", "00000001.seg", 2);
    every_call("fdatasync", "error=EIO", "head", 3);
}

#[test]
fn without_room_for_the_next_segment_payments_are_refused_and_resume() {
    let (_root, dir, _) = folder();
    begun(&dir);
    let next = std::fs::read_dir(dir.join("journal"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let newest = next.filter_map(|name| name.strip_suffix(".seg")?.parse::<u32>().ok()).max().unwrap();
    let file = dir.join(format!("journal/{:08}.new", newest + 1));
    let mut command = Command::new(strace());
    command.args(["-f", "-qq", "-o", "/dev/null", "-P"]).arg(&file);
    command.args(["-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=1..2"]);
    let mut arguments = victim(&dir, 100);
    *arguments.last_mut().unwrap() = "2500".to_owned();
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    assert!(said.lines().any(|line| line.starts_with("full ")), "the disk was never full");
    let answered = answered(&output.stdout);
    assert_eq!(answered.len(), 2_504, "all is answered when there is room again");
    nothing_is_lost(&dir, &answered, "no room");
}

#[test]
fn two_hundred_kills_under_load_lose_nothing() {
    let (_root, dir, _) = folder();
    let random = kit::Random::seeded(7);
    let mut answered_so_far = BTreeMap::new();
    for round in 0..200 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
        command.args([dir.to_str().unwrap(), &(100 + round * 10_000).to_string(), "10000"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(1_000 + random.below(60_000)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        answered_so_far.extend(answered(&output.stdout));
        if round % 40 == 39 {
            nothing_is_lost(&dir, &answered_so_far, &format!("round {round}"));
        }
    }
    assert!(answered_so_far.len() > 1_000, "{} answers", answered_so_far.len());
}
