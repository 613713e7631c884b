//! The real server under load: killed, backed up, restored, stopped.

use crate::bank::Bank;
use crate::command::{said, text, tongbao, verify_is_clean};
use crate::http::Client;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub const PAYER: &str = "13800001234";
pub const PAYEE: &str = "13800005678";
const CLIENTS: usize = 6;

/// What clients asked and what they were answered: the transfer's id, if the answer came.
type Log = Arc<Mutex<BTreeMap<String, Option<String>>>>;

pub struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
    log: Log,
}

impl Load {
    /// Clients that pay 0.01 again and again, each under a key of its own.
    pub fn start(bank: &Bank, round: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let log = Log::default();
        let client = Client::sign_in(bank.address(), PAYER);
        let from = client.account()["id"].as_str().expect("an id").to_owned();
        let clients = (0..CLIENTS).map(|number| {
            let (stop, log, client, from) = (stop.clone(), log.clone(), client.clone(), from.clone());
            std::thread::spawn(move || {
                for turn in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let key = format!("round-{round}-client-{number}-{turn}");
                    log.lock().unwrap().insert(key.clone(), None);
                    let Ok(answer) = client.pay(&key, &from, PAYEE, "0.01") else { return };
                    assert_eq!(answer.status, 201, "{}", answer.text);
                    let id = answer.json()["id"].as_str().expect("an id").to_owned();
                    log.lock().unwrap().insert(key, Some(id));
                }
            })
        });
        Self { clients: clients.collect(), stop, log }
    }

    /// Waits until so many payments were answered.
    pub fn wait_for(&self, answered: usize) {
        let began = Instant::now();
        while self.log.lock().unwrap().values().flatten().count() < answered {
            assert!(began.elapsed() < Duration::from_secs(60), "the bank answers too slowly");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn end(self) -> BTreeMap<String, Option<String>> {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.join().expect("a client ends well");
        }
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

pub fn minor(amount: &serde_json::Value) -> i64 {
    amount["value"].as_str().expect("an amount").replace('.', "").parse().expect("digits")
}

/// The newest movement of each account must end at the balance that the ledger answers.
fn sql_agrees_with_the_ledger(address: &str) {
    for person in [PAYER, PAYEE] {
        let client = Client::sign_in(address, person);
        let account = client.account();
        let path = format!("/api/v1/accounts/{}/movements?limit=1", account["id"].as_str().unwrap());
        let newest = client.get(&path).json()["items"][0].clone();
        assert_eq!(newest["balance_after"], account["balance"], "{newest}");
    }
}

/// Asks again for all that was asked: what was answered comes again as it was, and every key has paid once.
pub fn each_key_paid_once(bank: &Bank, log: &BTreeMap<String, Option<String>>, before: i64) {
    let began = Instant::now();
    let client = Client::sign_in(bank.address(), PAYER);
    let from = client.account()["id"].as_str().unwrap().to_owned();
    for (key, answered) in log {
        let again = client.pay(key, &from, PAYEE, "0.01").expect("the bank answers");
        if let Some(id) = answered {
            assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(id.as_str())), "{key}");
        }
        assert!([200, 201].contains(&again.status), "{key}: {}", again.text);
        let shown = client.get(&format!("/api/v1/transfers/{}", again.json()["id"].as_str().unwrap()));
        assert_eq!(shown.json()["state"], "paid", "{key}");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "every order is final soon after a restart");
    let after = minor(&client.account()["balance"]);
    assert_eq!(before - after, log.len() as i64, "each key has paid 0.01 exactly once");
    sql_agrees_with_the_ledger(bank.address());
}

#[test]
fn a_killed_server_has_paid_every_answered_payment_once() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let random = kit::Random::seeded(23);
    for round in 0..3 {
        let bank = Bank::demo_without_codes(&data);
        let before = minor(&Client::sign_in(bank.address(), PAYER).account()["balance"]);
        let load = Load::start(&bank, round);
        load.wait_for(100 + random.below(300) as usize);
        bank.kill();
        let log = load.end();
        verify_is_clean(&data);

        let bank = Bank::demo_without_codes(&data);
        each_key_paid_once(&bank, &log, before);
        assert!(bank.stop().success());
        verify_is_clean(&data);
    }
}

#[test]
fn a_backup_under_load_restores_to_one_position() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let bank = Bank::demo_without_codes(&data);
    backed_up_under_load(bank, root.path(), 0);
}

/// A bank that serves from `data` in this folder is backed up while customers pay, and the backup is a bank. The round is one
/// that was not before.
fn backed_up_under_load(bank: Bank, root: &Path, round: usize) {
    let (data, copy, restored) = (root.join("data"), root.join("backup"), root.join("restored"));
    let load = Load::start(&bank, round);
    load.wait_for(50);
    let backup = tongbao(&["backup", text(&copy), "--data", text(&data)]);
    assert!(backup.status.success(), "{}", said(&backup));
    let answered_before_the_end = load.log.lock().unwrap().values().flatten().count();
    load.end();
    assert!(bank.stop().success());
    assert!(answered_before_the_end > 50, "payments went on while the backup was made");

    let restore = tongbao(&["restore", text(&copy), "--data", text(&restored)]);
    assert!(restore.status.success(), "{}", said(&restore));
    verify_is_clean(&restored);
    let head = |output: &std::process::Output| {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.lines().find(|line| line.starts_with("head ")).map(str::to_owned)
    };
    assert_eq!(head(&backup), head(&restore));
    trial_balance_is_zero(&restored);
    let bank = Bank::demo_without_codes(&restored);
    sql_agrees_with_the_ledger(bank.address());
    assert!(bank.stop().success());
    let again = tongbao(&["backup", text(&copy), "--data", text(&data)]);
    assert!(!again.status.success() && said(&again).contains("not empty"), "{}", said(&again));
}

/// A demonstration of several partitions, whose payer and payee live in two of them.
fn demo_across(data: &Path) -> Bank {
    let partition = |bank: &Bank, person| {
        let number = Client::sign_in(bank.address(), person).account()["number"].as_str().unwrap().replace(' ', "");
        number[4..6].to_owned()
    };
    for _ in 0..20 {
        let bank = Bank::demo_of_partitions(data, "3");
        if partition(&bank, PAYER) != partition(&bank, PAYEE) {
            return bank;
        }
        // Where people live is drawn with their numbers.
        assert!(bank.stop().success());
        std::fs::remove_dir_all(data).unwrap();
    }
    panic!("payer and payee always live together");
}

#[test]
fn a_bank_of_partitions_is_killed_backed_up_and_restored_and_has_paid_once() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let mut bank = demo_across(&data);
    for round in 0..3 {
        let before = minor(&Client::sign_in(bank.address(), PAYER).account()["balance"]);
        let load = Load::start(&bank, round);
        load.wait_for(40);
        bank.kill();
        let log = load.end();
        verify_is_clean(&data);
        // As many partitions as there are.
        bank = Bank::demo_without_codes(&data);
        each_key_paid_once(&bank, &log, before);
        let metrics = Client::new(bank.address()).get("/metrics").text;
        assert!(metrics.lines().any(|line| line == "ledger_trades_stuck 0"), "{metrics}");
    }
    backed_up_under_load(bank, root.path(), 3);
    let fewer = tongbao(&["demo", "--partitions", "2", "--listen", "127.0.0.1:0", "--data", text(&data)]);
    assert!(!fewer.status.success() && said(&fewer).contains("has 3 partitions"), "{}", said(&fewer));
    // Nobody serves: what is under way is finished first.
    let quiet = root.path().join("quiet");
    let backup = tongbao(&["backup", text(&quiet), "--data", text(&data)]);
    assert!(backup.status.success(), "{}", said(&backup));
    trial_balance_is_zero(&data);
    let (is_equal, said) = crate::books::books(&data, &["rebuild", "--check"]);
    assert!(is_equal, "{said}");
}

/// What the bank owes equals what it has.
pub fn trial_balance_is_zero(data: &Path) {
    let output = tongbao(&["export", "balances", "--all", "--data", text(data)]);
    let csv = String::from_utf8(output.stdout).unwrap();
    let balance = |line: &str| line.rsplit(',').next().unwrap().parse::<i64>().unwrap();
    let (assets, others): (Vec<&str>, Vec<&str>) =
        csv.lines().skip(1).partition(|line| line.starts_with("bank:1") || line.starts_with("bank:3"));
    let sum = |lines: &[&str]| lines.iter().map(|line| balance(line)).sum::<i64>();
    assert_eq!(sum(&assets), sum(&others), "{csv}");
    assert!(sum(&assets) > 0);
}

#[test]
fn a_polite_stop_loses_nothing_and_the_next_start_finds_it_all() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let bank = Bank::demo_without_codes(&data);
    let load = Load::start(&bank, 0);
    load.wait_for(60);
    assert!(bank.stop().success());
    let log = load.end();
    verify_is_clean(&data);
    let bank = Bank::demo_without_codes(&data);
    let client = Client::sign_in(bank.address(), PAYER);
    for id in log.values().flatten() {
        assert_eq!(client.get(&format!("/api/v1/transfers/{id}")).json()["state"], "paid");
    }
    assert_eq!(client.get("/readyz").text.trim(), "ready");
    let metrics = client.get("/metrics").text;
    for name in ["ledger_journal_records", "projection_lag_records", "http_request_seconds_bucket"] {
        assert!(metrics.contains(name), "{name} is not in {metrics}");
    }
    let document = client.get("/openapi.json").json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
}
