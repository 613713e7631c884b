//! `tongbao replay` against sums that are computed here, apart from the bank.

use crate::command::{command, said, text, tongbao, verify_is_clean};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FUND: i64 = 100_000_000;

struct Row {
    t: i64,
    cust: u64,
    term: u64,
    amt_cents: i64,
}

/// The first rows of the outside file where there is one, else rows of the same kind made from a fixed seed; says
/// which.
fn rows(most: usize) -> String {
    let outside = std::env::var_os("TONGBAO_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let outside = outside.join("card-transactions.csv.zst");
    if let Ok(file) = fs::File::open(&outside) {
        eprintln!("rows from {}", outside.display());
        let mut text = String::new();
        let mut taken = zstd::Decoder::new(file).unwrap().take(most as u64 * 40);
        let mut bytes = Vec::new();
        taken.read_to_end(&mut bytes).unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes));
        return text.lines().take(most + 1).collect::<Vec<_>>().join("\n") + "\n";
    }
    eprintln!("rows from a fixed seed");
    let random = kit::Random::seeded(7);
    let mut text = "id,t,cust,term,amt_cents,fraud,scen\n".to_owned();
    let mut t = 0;
    for id in 0..most {
        t += random.below(40);
        let amount = if random.below(400) == 0 { 0 } else { 100 + random.below(30_000) };
        let (cust, term) = (random.below(200), random.below(500));
        text.push_str(&format!("{id},{t},{cust},{term},{amount},0,0\n"));
    }
    text
}

fn parse(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (t, cust, term, amount) = (column("t"), column("cust"), column("term"), column("amt_cents"));
    let number = |fields: &[&str], at: usize| fields[at].parse::<i64>().unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        Row {
            t: number(&fields, t),
            cust: number(&fields, cust) as u64,
            term: number(&fields, term) as u64,
            amt_cents: number(&fields, amount),
        }
    };
    lines.map(row).collect()
}

/// What must come out: balances by alias, rows paid, rows refused for the day cap, rows of zero.
fn expected(rows: &[Row], day_cap: Option<i64>) -> (BTreeMap<String, i64>, u64, u64, u64) {
    let mut balances = BTreeMap::new();
    let mut used: BTreeMap<(u64, i64), i64> = BTreeMap::new();
    let (mut paid, mut capped, mut zero) = (0, 0, 0);
    for row in rows {
        let payer = *balances.entry(format!("cust:{}", row.cust)).or_insert(FUND);
        let payee = *balances.entry(format!("term:{}", row.term)).or_insert(0);
        let used = used.entry((row.cust, row.t / 86_400)).or_default();
        if row.amt_cents == 0 {
            zero += 1;
        } else if day_cap.is_some_and(|cap| *used + row.amt_cents > cap) {
            capped += 1;
        } else {
            *used += row.amt_cents;
            balances.insert(format!("cust:{}", row.cust), payer - row.amt_cents);
            balances.insert(format!("term:{}", row.term), payee + row.amt_cents);
            paid += 1;
        }
    }
    (balances, paid, capped, zero)
}

fn result(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(stdout.lines().last().unwrap()).unwrap()
}

fn balances(data: &Path) -> BTreeMap<String, i64> {
    let output = tongbao(&["export", "balances", "--data", text(data)]);
    assert!(output.status.success(), "{}", said(&output));
    let csv = String::from_utf8(output.stdout).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("alias,currency,balance_minor"));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields[1], "CNY");
            (fields[0].to_owned(), fields[2].parse().unwrap())
        })
        .collect()
}

#[test]
fn every_row_is_paid_once_and_the_sums_are_those_of_the_file() {
    let root = tempfile::tempdir().unwrap();
    let (file, data) = (root.path().join("rows.csv"), root.path().join("data"));
    let csv = rows(12_000);
    fs::write(&file, &csv).unwrap();
    let parsed = parse(&csv);
    let (sums, paid, _, zero) = expected(&parsed, None);
    let first = result(&tongbao(&["replay", text(&file), "--data", text(&data), "--json"]));
    assert_eq!((first["rows"].as_u64(), first["paid"].as_u64()), (Some(parsed.len() as u64), Some(paid)), "{first}");
    assert_eq!(first["refused"]["payments.amount_zero"].as_u64().unwrap_or(0), zero, "{first}");
    assert_eq!(balances(&data), sums);
    let second = result(&tongbao(&["replay", text(&file), "--data", text(&data), "--json"]));
    assert_eq!(second["paid"], 0, "{second}");
    assert_eq!((second["already_paid"].as_u64(), second["already_refused"].as_u64()), (Some(paid), Some(zero)));
    assert_eq!(balances(&data), sums);
    verify_is_clean(&data);
    let other = tongbao(&["replay", text(&file), "--data", text(&data), "--fund", "5.00"]);
    assert!(!other.status.success() && said(&other).contains("holds"), "{}", said(&other));
}

#[test]
fn a_replay_killed_at_any_moment_ends_the_same() {
    let root = tempfile::tempdir().unwrap();
    let (file, data) = (root.path().join("rows.csv"), root.path().join("data"));
    let csv = rows(12_000);
    fs::write(&file, &csv).unwrap();
    let (sums, paid, capped, zero) = expected(&parse(&csv), Some(15_000));
    let arguments = ["replay", text(&file), "--data", text(&data), "--day-cap", "150.00", "--json"];
    let random = kit::Random::seeded(41);
    for round in 0..5 {
        let mut child = command(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(100 + 150 * round + random.below(400)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = result(&tongbao(&arguments));
    let count = |code: &str| last["refused"][code].as_u64().unwrap_or(0);
    let number = |name: &str| last[name].as_u64().unwrap();
    assert_eq!(number("paid") + number("already_paid"), paid, "{last}");
    let refused = count("payments.limit_day_exceeded") + count("payments.amount_zero") + number("already_refused");
    assert_eq!(refused, capped + zero, "{last}");
    assert_eq!(balances(&data), sums);
    verify_is_clean(&data);
}

#[test]
fn a_bad_row_is_reported_with_its_line_and_the_rest_is_paid() {
    let root = tempfile::tempdir().unwrap();
    let (file, data) = (root.path().join("rows.csv"), root.path().join("data"));
    let csv = "id,t,cust,term,amt_cents\n1,10,1,1,100\n2,x,1,1,100\n3,11,1\n4,12,1,1,-5\n5,13,1,1,99999999999999999999\n6,14,2,1,0\n7,15,1,2,250\n";
    fs::write(&file, csv).unwrap();
    let output = tongbao(&["replay", text(&file), "--data", text(&data), "--json"]);
    let result = result(&output);
    let number = |name: &str| result[name].as_u64().unwrap();
    assert_eq!((number("rows"), number("paid"), number("bad_rows")), (7, 2, 4), "{result}");
    assert_eq!(result["refused"]["payments.amount_zero"], 1);
    let stderr = String::from_utf8_lossy(&output.stderr);
    for line in ["line 3:", "line 4:", "line 5:", "line 6:"] {
        assert!(stderr.contains(line), "{line} is not in {stderr}");
    }
    let balances = balances(&data);
    assert_eq!(balances["cust:1"], FUND - 350);
    assert_eq!((balances["cust:2"], balances["term:1"], balances["term:2"]), (FUND, 100, 250));
    let missing = root.path().join("missing.csv");
    fs::write(&missing, "id,t,cust,term\n1,1,1,1\n").unwrap();
    let output = tongbao(&["replay", text(&missing), "--data", text(&root.path().join("other"))]);
    assert!(!output.status.success() && said(&output).contains("no column amt_cents"), "{}", said(&output));
}
