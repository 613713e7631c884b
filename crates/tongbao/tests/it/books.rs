//! `tongbao books` over a folder that was filled by a replay: every command, and what a planted change does to it.

use crate::command::{said, tongbao};
use serde_json::Value;
use std::fs;
use std::path::Path;

pub fn books(data: &Path, arguments: &[&str]) -> (bool, String) {
    let output = tongbao(&[&["books"], arguments, &["--data", data.to_str().unwrap()]].concat());
    (output.status.success(), said(&output))
}

fn json(data: &Path, arguments: &[&str]) -> (bool, Value) {
    let (is_well, text) = books(data, &[arguments, &["--json"]].concat());
    (is_well, serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}")))
}

async fn change(data: &Path, sql: &'static str) {
    let db = db::Db::open(&format!("sqlite:{}", data.join("tongbao.sqlite").display())).await.unwrap();
    db.execute(sql, db::params![]).await.unwrap();
    db.close().await;
}

#[tokio::test]
async fn the_books_of_a_folder_are_shown_checked_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    // Four payments on the first day of the file, two of them in one slice, and one on the second.
    fs::write(
        &file,
        "id,t,cust,term,amt_cents\n1,0,1,1,100\n2,299,2,1,200\n3,300,1,2,400\n4,86399,1,1,800\n5,86400,1,1,1600\n",
    )
    .unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    let replayed = tongbao(&["replay", file.to_str().unwrap(), "--data", path]);
    assert!(replayed.status.success(), "{}", said(&replayed));

    let (is_well, trial) = json(&data, &["trial-balance", "--day", "2018-04-01"]);
    assert!(is_well && trial["balanced"] == true);
    let takings = trial["lines"].as_array().unwrap().iter().find(|line| line["kind"] == 2012).unwrap();
    assert_eq!((&takings["credits_minor"], &takings["closing_minor"]), (&1_500.into(), &1_500.into()));
    let (_, newest) = json(&data, &["trial-balance"]);
    assert_eq!(newest["day"], "2018-04-02");

    let (is_well, vouchers) = json(&data, &["vouchers", "--day", "2018-04-01"]);
    let vouchers = vouchers["vouchers"].as_array().unwrap();
    let cards: Vec<(&str, i64)> = vouchers
        .iter()
        .filter(|voucher| voucher["credit_kind"] == 2012)
        .map(|voucher| (voucher["slice"].as_str().unwrap(), voucher["sum"]["amount_minor"].as_i64().unwrap()))
        .collect();
    let expected =
        [("2018-04-01T00:00:00+08:00", 300), ("2018-04-01T00:05:00+08:00", 400), ("2018-04-01T23:55:00+08:00", 800)];
    assert!(is_well);
    assert_eq!(cards, expected);
    let (_, one) = json(&data, &["vouchers", "--day", "2018-04-01", "--slice", "00:05"]);
    assert_eq!(one["vouchers"].as_array().unwrap().len(), 1);
    let number = one["vouchers"][0]["number"].as_str().unwrap().to_owned();
    let (is_well, voucher) = json(&data, &["voucher", &number]);
    assert!(is_well && voucher["transfers"].as_array().unwrap().len() == 1);
    assert_eq!(voucher["transfers"][0]["amount_minor"], 400);
    assert!(!books(&data, &["voucher", "999999"]).0);

    // The days of the file are over: the end of one compares its slices and closes it.
    let (_, before) = json(&data, &["slices", "--day", "2018-04-01"]);
    assert!(before["slices"].as_array().unwrap().iter().all(|slice| slice["state"] == "open"));
    let (is_well, end) = json(&data, &["day-end", "--day", "2018-04-01"]);
    assert!(is_well && end["state"] == "closed" && end["slices"] == 3, "{end}");
    let (_, after) = json(&data, &["slices", "--day", "2018-04-01"]);
    assert!(after["slices"].as_array().unwrap().iter().all(|slice| slice["state"] == "even"), "{after}");
    assert!(json(&data, &["rebuild", "--check"]).0);

    change(&data, "UPDATE voucher SET amount_minor = amount_minor + 1 WHERE amount_minor = 400").await;
    let (is_well, found) = json(&data, &["rebuild", "--check", "--day", "2018-04-01"]);
    let differences = found["differences"].as_array().unwrap();
    assert!(!is_well && differences.len() == 1, "{found}");
    assert_eq!(differences[0]["voucher"].to_string(), number);
    assert_eq!(
        (&differences[0]["tables"]["amount_minor"], &differences[0]["journal"]["amount_minor"]),
        (&401.into(), &400.into())
    );
    assert!(json(&data, &["rebuild", "--check", "--day", "2018-04-02"]).0, "the other day is whole");
    let (is_well, text) = books(&data, &["day-end", "--day", "2018-04-01"]);
    assert!(!is_well && text.contains("slice 2018-04-01T00:05:00+08:00 differs"), "{text}");
    assert!(!books(&data, &["voucher", &number]).0, "its transfers do not add up to it");
    let (is_well, text) = books(&data, &["rebuild"]);
    assert!(is_well && text.contains("written anew"), "{text}");
    assert!(books(&data, &["day-end", "--day", "2018-04-01"]).0);
    assert!(!books(&data, &["rebuild", "--day", "2018-04-01"]).0, "a single day is only checked");
    assert!(!books(&data, &["day-end", "--day", "2018-02-30"]).0);
}
