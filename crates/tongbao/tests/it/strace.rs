//! The real server while its very calls to the system go wrong: killed at the k-th write or sync of the journal, told that
//! it failed, told that the disk is full.
//!
//! Only the ledger's writer writes to a segment and to the head file, so strace counts that thread's calls by the file's
//! path; the SQL files are never touched. `TONGBAO_STRACE_CALLS=50` tries every call up to that number in place of a few.

use crate::bank::Bank;
use crate::books::books;
use crate::command::{said, text, tongbao, verify_is_clean};
use crate::http::Client;
use crate::kill::{Load, PAYEE, PAYER, each_key_paid_once, minor, trial_balance_is_zero};
use ledger::{Action, Command, CommandId, Ledger, Options};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SEGMENT: &str = "journal/00000001.seg";
const HEAD: &str = "journal/head";
const MINUTE: Duration = Duration::from_secs(60);

/// A bank that was opened once and stopped, from which every case starts, and the payer's balance in it.
fn begun() -> &'static (TempDir, i64) {
    static BEGUN: OnceLock<(TempDir, i64)> = OnceLock::new();
    BEGUN.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        let bank = Bank::demo_without_codes(&root.path().join("data"));
        let balance = minor(&Client::sign_in(bank.address(), PAYER).account()["balance"]);
        assert!(bank.stop().success());
        (root, balance)
    })
}

/// A copy of it.
fn copy() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    copy_folder(&begun().0.path().join("data"), &data);
    (root, data)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Customers pay until the call goes wrong and the bank ends; then nothing may be missing.
fn a_call_goes_wrong(call: &str, how: &str, file: &str, at: usize) {
    let what = format!("{call} {at} of {file}: {how}");
    let (_root, data) = copy();
    let log = match Bank::demo_injected(&data, &data.join(file), &format!("{call}:{how}:when={at}")) {
        Ok(mut bank) => {
            let load = Load::start(&bank, at);
            assert!(bank.ended_within(MINUTE), "{what}: the bank goes on");
            if how.starts_with("error") {
                assert!(bank.log().contains("The ledger stops"), "{what}: {}", bank.log());
            }
            load.end()
        }
        // The first calls are those of the start itself.
        Err(said) => {
            assert!(said.contains("the bank ended"), "{what}: {said}");
            Default::default()
        }
    };
    verify_is_clean(&data);
    let bank = Bank::demo_without_codes(&data);
    each_key_paid_once(&bank, &log, begun().1);
    assert!(bank.stop().success());
    whole(&data);
}

/// Journal and index are whole, the balances are even, and the books are what the journal says.
fn whole(data: &Path) {
    verify_is_clean(data);
    trial_balance_is_zero(data);
    let (is_equal, said) = books(data, &["rebuild", "--check"]);
    assert!(is_equal, "{said}");
}

/// The few calls of the short form, or all up to what the environment says.
fn each(call: &str, how: &str, file: &str, few: &[usize]) {
    let most = std::env::var("TONGBAO_STRACE_CALLS").ok().map(|most| most.parse::<usize>().unwrap());
    let calls = most.map_or_else(|| few.to_vec(), |most| (1..=most).collect());
    for at in calls {
        a_call_goes_wrong(call, how, file, at);
    }
}

#[test]
fn a_bank_killed_at_any_write_or_sync_of_its_journal_loses_nothing() {
    each("pwrite64", "signal=KILL", SEGMENT, &[50]);
    each("fdatasync", "signal=KILL", SEGMENT, &[7]);
    each("fdatasync", "signal=KILL", HEAD, &[23]);
}

#[test]
fn a_bank_whose_journal_cannot_be_written_ends_and_loses_nothing() {
    each("pwrite64", "error=EIO", SEGMENT, &[2]);
    each("fdatasync", "error=EIO", SEGMENT, &[31]);
    each("fdatasync", "error=EIO", HEAD, &[13]);
    each("pwrite64", "error=ENOSPC", SEGMENT, &[19]);
}

/// Pays until payments are refused for want of room; meanwhile people sign in and look. Gives the keys that were used.
fn full_and_empty_again(bank: &Bank) -> usize {
    let client = Client::sign_in(bank.address(), PAYER);
    let from = client.account()["id"].as_str().unwrap().to_owned();
    let pay = |key: usize| client.pay(&format!("full-{key}"), &from, PAYEE, "0.01").expect("the bank answers");
    let began = Instant::now();
    let mut key = 0;
    let refused = loop {
        let answer = pay(key);
        if answer.status != 201 {
            break answer;
        }
        key += 1;
        assert!(began.elapsed() < MINUTE, "the disk was never full");
    };
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (503, Some("ledger.storage_full")),
        "{}",
        refused.text
    );
    assert!(!refused.header("retry-after").is_empty(), "{}", refused.head);

    let other = Client::sign_in(bank.address(), PAYEE);
    assert!(minor(&other.account()["balance"]) > 0);
    let movements = format!("/api/v1/accounts/{from}/movements?limit=5");
    assert_eq!(client.get(&movements).status, 200);
    assert_eq!(pay(key).status, 503, "reads were tried while there was no room");

    // The same key, again and again, until there is room: it pays once.
    while pay(key).status != 201 {
        assert!(began.elapsed() < MINUTE, "payments do not resume");
        std::thread::sleep(Duration::from_millis(200));
    }
    for more in key + 1..key + 20 {
        assert_eq!(pay(more).status, 201);
    }
    assert_eq!(minor(&client.account()["balance"]), begun().1 - (key as i64 + 20));
    key + 20
}

#[test]
fn without_room_for_the_next_segment_payments_are_refused_and_resume() {
    let (_root, data) = copy();
    fill(&data);
    let next = data.join("journal/00000002.seg");
    fs::remove_file(&next).unwrap();
    let bank = Bank::demo_injected(&data, &next.with_extension("new"), "pwrite64:error=ENOSPC:when=1..12").unwrap();
    full_and_empty_again(&bank);
    assert!(bank.stop().success());
    assert!(next.exists());
    whole(&data);
}

/// Fills the first segment until a longest record might not find room, with commands that are refused and move nothing.
fn fill(data: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = Options::new(Arc::new(|_, _| kit::BankDay(20_000)));
        let room = (options.batch_bytes + ledger::CHAIN_MAX * (ledger::DOCUMENT_MAX + 1024)) as u64;
        let full = options.segment_bytes - room + 100_000;
        let ledger = Ledger::open(data, options).unwrap();
        for id in 0.. {
            if ledger.size().await.unwrap().journal_bytes > full {
                break;
            }
            let commands = (0..50).map(|part| Command {
                id: CommandId(0xf111 << 64 | id << 16 | part),
                time_ms: 0,
                action: Action::Void { hold: CommandId(u128::MAX - 1) },
                document: vec![7; ledger::DOCUMENT_MAX],
            });
            ledger.submit_many(commands.collect()).await.unwrap().await.unwrap();
        }
        ledger.close().await;
    });
}

#[test]
fn without_room_for_the_index_payments_are_refused_and_resume() {
    let (_root, data) = copy();
    let bank = Bank::demo_injected(&data, &data.join("index/rows"), "pwrite64:error=ENOSPC:when=9..13").unwrap();
    full_and_empty_again(&bank);
    assert!(bank.stop().success());
    whole(&data);
    let log = tongbao(&["ledger", "verify", "--data", text(&data)]);
    assert!(said(&log).contains("as the journal says"));
}
