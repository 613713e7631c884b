//! `tongbao` on the command line: its answers when something is in the way.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the binary to its end.
pub fn tongbao(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary runs")
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongbao"));
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of plain letters")
}

pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// `ledger verify` must find all whole.
pub fn verify_is_clean(data: &Path) {
    let output = tongbao(&["ledger", "verify", "--data", text(data)]);
    assert!(output.status.success(), "{}", said(&output));
}

pub fn head_hash(data: &Path) -> String {
    let output = said(&tongbao(&["ledger", "verify", "--data", text(data)]));
    let line = output.lines().find(|line| line.starts_with("head ")).expect("verify prints the head");
    line.split_whitespace().last().expect("a hash").to_owned()
}

#[test]
fn a_taken_port_is_named_with_a_way_out() {
    let root = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = root.path().join("data");
    let output = tongbao(&["demo", "--data", text(&data), "--listen", &address]);
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("is taken by another program") && said.contains("--listen"), "{said}");
    assert!(!data.exists(), "a start that fails at the port leaves nothing behind");
}

#[test]
fn data_in_use_is_refused_to_every_second_process() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let bank = crate::bank::Bank::demo(&data);
    let folder = text(&data);
    for arguments in [
        &["demo", "--data", folder, "--listen", "127.0.0.1:0"][..],
        &["export", "balances", "--data", folder],
        &["ledger", "verify", "--data", folder],
        &["demo", "--reset", "--data", folder, "--listen", "127.0.0.1:0"],
    ] {
        let output = tongbao(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said(&output).contains("in use by another process"), "{arguments:?}: {}", said(&output));
    }
    assert!(bank.stop().success());
}

#[test]
fn a_folder_of_another_purpose_and_a_missing_one_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let other = root.path().join("letters");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "dear bank").unwrap();
    let file = root.path().join("rows.csv");
    fs::write(&file, "id,t,cust,term,amt_cents\n1,1,1,1,100\n").unwrap();
    let replayed = tongbao(&["replay", text(&file), "--data", text(&other)]);
    assert!(said(&replayed).contains("holds other data"), "{}", said(&replayed));
    let started = tongbao(&["demo", "--data", text(&other), "--listen", "127.0.0.1:0"]);
    assert!(said(&started).contains("holds other data"), "{}", said(&started));
    let missing = tongbao(&["ledger", "verify", "--data", text(&root.path().join("nowhere"))]);
    assert!(said(&missing).contains("no data of Tongbao"), "{}", said(&missing));
    let config = tongbao(&["serve", "--config", text(&root.path().join("none.toml"))]);
    assert!(said(&config).contains("There is no configuration"), "{}", said(&config));
}

#[test]
fn a_database_that_is_not_there_and_a_wrong_setting_are_named() {
    let root = tempfile::tempdir().unwrap();
    let config = root.path().join("tongbao.toml");
    let data = root.path().join("data");
    let start = |body: &str| {
        fs::write(&config, body).unwrap();
        let mut command = command(&["serve", "--config", text(&config), "--data", text(&data)]);
        command.args(["--listen", "127.0.0.1:0"]).env("TONGBAO_OPERATIONS__LISTEN", "127.0.0.1:0");
        said(&command.output().unwrap())
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let secret = "a-secret-password";
    let unreachable = start(&format!("[database]\nurl = \"postgres://bank:{secret}@127.0.0.1:{closed}/bank\"\n"));
    assert!(unreachable.contains("The database cannot be used"), "{unreachable}");
    assert!(!unreachable.contains(secret), "a password must not be shown: {unreachable}");
    let unknown = start("colour = \"red\"\n");
    assert!(unknown.contains("colour"), "{unknown}");
    let zone = start("[bank]\nzone = \"Asia/Atlantis\"\n");
    assert!(zone.contains("Asia/Atlantis"), "{zone}");
}

#[test]
fn a_damaged_journal_stops_the_start_and_says_where() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    assert!(crate::bank::Bank::demo(&data).stop().success());
    verify_is_clean(&data);
    let hash = head_hash(&data);
    let expect = |hash: &str| tongbao(&["ledger", "verify", "--data", text(&data), "--expect-head", hash]);
    assert!(expect(&hash).status.success());
    assert!(!expect(&"0".repeat(64)).status.success());
    a_damaged_index_is_no_damaged_journal(&data);
    let segment = data.join("journal/00000001.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[700] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    fs::remove_dir_all(data.join("snapshots")).unwrap();
    let output = tongbao(&["demo", "--data", text(&data), "--listen", "127.0.0.1:0"]);
    let started = said(&output);
    assert!(!output.status.success());
    assert!(started.contains("journal") && started.contains("damaged") && started.contains("position"), "{started}");
    let verified = tongbao(&["ledger", "verify", "--data", text(&data)]);
    assert!(!verified.status.success() && said(&verified).contains("position"), "{}", said(&verified));
}

fn a_damaged_index_is_no_damaged_journal(data: &Path) {
    let verify = |more: &[&str]| tongbao(&[&["ledger", "verify", "--data", text(data)], more].concat());
    let json = || serde_json::from_slice::<serde_json::Value>(&verify(&["--json"]).stdout).unwrap();
    let whole = json();
    assert!(whole["index"]["exists"] == true && whole["index"]["rows"] == whole["commands"], "{whole}");
    assert!(said(&verify(&[])).contains("as the journal says"));
    let rows = data.join("index/rows");
    let mut bytes = fs::read(&rows).unwrap();
    bytes[30] ^= 1;
    fs::write(&rows, &bytes).unwrap();
    let damaged = verify(&[]);
    assert_eq!(damaged.status.code(), Some(3), "{}", said(&damaged));
    assert!(
        said(&damaged).contains("The journal is whole") && said(&damaged).contains("sequence 1"),
        "{}",
        said(&damaged)
    );
    let damaged = json();
    assert!(damaged["problems"] == serde_json::json!([]) && damaged["index"]["problems"][0].is_string(), "{damaged}");
    // What it advises helps.
    fs::remove_dir_all(data.join("index")).unwrap();
    let without = verify(&[]);
    assert!(without.status.success() && said(&without).contains("index      none"), "{}", said(&without));
    assert!(crate::bank::Bank::demo(data).stop().success());
    let again = json();
    assert!(again["index"]["exists"] == true && again["index"]["problems"] == serde_json::json!([]), "{again}");
}

#[test]
fn sql_that_is_ahead_of_the_journal_refuses_to_start() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    assert!(crate::bank::Bank::demo(&data).stop().success());
    for folder in ["journal", "snapshots", "index"] {
        fs::remove_dir_all(data.join(folder)).unwrap();
    }
    let output = tongbao(&["demo", "--data", text(&data), "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("ahead of the journal"), "{}", said(&output));
    let again = crate::bank::Bank::start(&["demo", "--reset"], &data);
    assert!(again.stop().success(), "--reset starts anew");
    verify_is_clean(&data);
}

#[test]
fn the_first_members_of_staff_are_made_without_any_default_password() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let add = |number: &str, roles: &str| {
        let who = ["--number", number, "--name", "Li Wei", "--branch", "Head office", "--roles", roles];
        tongbao(&[&["staff", "add", "--data", text(&data)][..], &who].concat())
    };
    let first = add("admin1", "administrator");
    assert!(first.status.success(), "{}", said(&first));
    let password = String::from_utf8_lossy(&first.stdout).lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(password.len(), 19, "four times four characters: {password:?}");
    let second = said(&add("admin2", "administrator, auditor"));
    assert!(!second.contains(&password), "each has another");
    assert!(said(&add("admin1", "teller")).contains("staff.number_taken"));
    let odd = add("admin3", "king");
    assert!(
        !odd.status.success() && said(&odd).contains("teller, supervisor, auditor, administrator, clearing, security"),
        "{}",
        said(&odd)
    );

    let reset = tongbao(&["staff", "reset", "--number", "admin2", "--data", text(&data)]);
    assert!(reset.status.success() && said(&reset).contains("shown once"), "{}", said(&reset));
    let nobody = tongbao(&["staff", "reset", "--number", "admin9", "--data", text(&data)]);
    assert!(!nobody.status.success() && said(&nobody).contains("staff.member_not_found"), "{}", said(&nobody));

    let verify = |more: &[&str]| tongbao(&[&["audit", "verify"][..], more].concat());
    let whole = verify(&["--data", text(&data)]);
    assert!(whole.status.success() && said(&whole).contains("All is whole."), "{}", said(&whole));
    let told = said(&whole);
    let head = told.lines().find_map(|line| line.strip_prefix("head  ")).unwrap_or_default().to_owned();
    assert!(verify(&["--data", text(&data), "--expect-head", &head]).status.success());
    let other = verify(&["--data", text(&data), "--expect-head", "00"]);
    assert!(!other.status.success() && said(&other).contains("PROBLEM"), "{}", said(&other));

    for format in ["csv", "jsonl"] {
        let file = root.path().join(format!("trail.{format}"));
        let export = || tongbao(&["audit", "export", text(&file), "--format", format, "--data", text(&data)]);
        let exported = export();
        assert!(exported.status.success(), "{}", said(&exported));
        assert!(said(&export()).contains("does not exist yet"), "an export overwrites nothing");
        let whole = verify(&["--file", text(&file), "--expect-head", &head]);
        assert!(whole.status.success() && said(&whole).contains("0 rows came after it"), "{}", said(&whole));
        let trail = fs::read_to_string(&file).unwrap();
        let cut: Vec<&str> = trail.lines().collect();
        let cut = cut[..cut.len() - 1].join("\n");
        fs::write(&file, &cut).unwrap();
        assert!(verify(&["--file", text(&file)]).status.success(), "what is left of a cut file is in itself whole");
        let missed = verify(&["--file", text(&file), "--expect-head", &head]);
        assert!(!missed.status.success() && said(&missed).contains("cut off the end"), "{}", said(&missed));
        fs::write(&file, cut.replace("admin1", "admin9")).unwrap();
        let changed = verify(&["--file", text(&file)]);
        assert!(!changed.status.success() && said(&changed).contains("PROBLEM  row 1 "), "{}", said(&changed));
    }
}
