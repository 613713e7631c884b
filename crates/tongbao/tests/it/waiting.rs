//! Money that waits and transfers that the clock starts, in the real binary: killed again and again while they are made and
//! while they come due, with the bank's clock ahead. Each ends once.

use crate::bank::Bank;
use crate::command::verify_is_clean;
use crate::http::{Answer, Client};
use crate::kill::trial_balance_is_zero;
use kit::{BankDay, Calendar, Clock, SystemClock};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PAYER: &str = "13800001234";
const PAYEE: &str = "13800005678";
/// How many of each kind.
const EACH: usize = 4;

/// What was asked: where, under which key, what.
struct Wish {
    path: &'static str,
    key: String,
    body: Value,
}

fn wishes(from: &str) -> Vec<Wish> {
    let calendar = Calendar::try_new("Asia/Shanghai").expect("the bank's zone");
    let tomorrow = BankDay(calendar.day(SystemClock.now()).0 + 1).iso();
    let amount = |value: &str| json!({ "value": value, "currency": "CNY" });
    let mut wishes = Vec::new();
    for number in 0..EACH {
        let delayed = json!({ "from": from, "to": PAYEE, "amount": amount("1.00"), "delayed": true });
        let invited =
            json!({ "from": from, "to": format!("1371111000{number}"), "amount": amount("20.00"), "invite": true });
        let scheduled =
            json!({ "from": from, "to": PAYEE, "amount": amount("300.00"), "rhythm": "on", "first_day": tomorrow });
        for (path, body) in
            [("/api/v1/transfers", delayed), ("/api/v1/transfers", invited), ("/api/v1/schedules", scheduled)]
        {
            wishes.push(Wish { path, key: format!("wish-{}", wishes.len()), body });
        }
    }
    wishes
}

/// Asks for it and confirms it; an error when the connection broke.
fn make(client: &Client, wish: &Wish) -> std::io::Result<Answer> {
    let asked = client.send("POST", wish.path, &[("idempotency-key", &wish.key)], Some(&wish.body))?;
    if asked.status == 200 {
        return Ok(asked);
    }
    assert_eq!(asked.status, 202, "{}", asked.text);
    let place = format!("/api/v1/drafts/{}/confirm", asked.json()["id"].as_str().expect("an id"));
    client.send("POST", &place, &[], Some(&json!({})))
}

fn minor(client: &Client) -> i64 {
    let account = client.account();
    account["balance"]["value"].as_str().expect("a balance").replace('.', "").parse().expect("digits")
}

/// Everything of the payer's that is there: transfers that wait, and schedules.
fn all(client: &Client) -> (usize, Vec<Value>) {
    let waiting = client.get("/api/v1/transfers/waiting").json()["items"].as_array().expect("a list").len();
    let schedules = client.get("/api/v1/schedules").json()["items"].as_array().expect("a list").clone();
    (waiting, schedules)
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_waits_ends_once_through_kills_and_a_clock_that_moves_on() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let bank = Bank::demo_without_codes(&data);
    let client = Client::sign_in(bank.address(), PAYER);
    let (before, payee_before) = (minor(&client), minor(&Client::sign_in(bank.address(), PAYEE)));
    let from = client.account()["id"].as_str().expect("an id").to_owned();
    let wishes = wishes(&from);

    // Made by a client that does not stop for the kill, and asked for again under the same keys afterwards.
    let half = wishes.len() / 2;
    for wish in &wishes[..half] {
        assert_eq!(make(&client, wish).expect("the bank answers").status, 200);
    }
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| wishes[half..].iter().take_while(|wish| make(&client, wish).is_ok()).count());
        std::thread::sleep(Duration::from_millis(25));
        bank.kill();
        asking.join().expect("the client ends well");
    });
    verify_is_clean(&data);
    let bank = Bank::demo_without_codes(&data);
    let client = Client::sign_in(bank.address(), PAYER);
    for wish in &wishes {
        let answer = make(&client, wish).expect("the bank answers");
        assert_eq!(answer.status, 200, "{}: {}", wish.key, answer.text);
    }
    let (waiting, schedules) = all(&client);
    assert_eq!((waiting, schedules.len()), (2 * EACH, EACH), "each key stands for one");
    assert_eq!(minor(&client), before);
    bank.kill();

    // More than a day later everything but the invitations comes due; killed while it does.
    for pause_ms in [0, 40, 150, 400] {
        let bank = Bank::demo_ahead(&data, "34h");
        std::thread::sleep(Duration::from_millis(pause_ms));
        bank.kill();
    }
    let bank = Bank::demo_ahead(&data, "34h");
    let client = Client::sign_in(bank.address(), PAYER);
    wait_until("what is due", || {
        let (waiting, schedules) = all(&client);
        waiting == EACH && schedules.iter().all(|schedule| schedule["state"] == "ended")
    });
    let (_, schedules) = all(&client);
    for schedule in &schedules {
        assert_eq!((&schedule["runs"], &schedule["last_refusal"]), (&json!(1), &Value::Null), "{schedule}");
        let paid = client.get(&format!("/api/v1/transfers/{}", schedule["last_transfer_id"].as_str().expect("an id")));
        assert_eq!(paid.json()["state"], "paid");
    }
    let moved = EACH as i64 * (100 + 30_000);
    assert_eq!(minor(&client), before - moved);
    assert_eq!(minor(&Client::sign_in(bank.address(), PAYEE)), payee_before + moved);
    bank.kill();

    // Nobody came for the invitations within three days.
    for pause_ms in [0, 100] {
        let bank = Bank::demo_ahead(&data, "4d");
        std::thread::sleep(Duration::from_millis(pause_ms));
        bank.kill();
    }
    let bank = Bank::demo_ahead(&data, "4d");
    let client = Client::sign_in(bank.address(), PAYER);
    wait_until("what nobody came for", || all(&client).0 == 0);
    for wish in &wishes {
        let end = make(&client, wish).expect("the bank answers").json();
        let expected = match (wish.path, wish.body.get("invite")) {
            ("/api/v1/schedules", _) => "ended",
            (_, Some(_)) => "returned",
            (_, None) => "paid",
        };
        assert_eq!(end["state"], expected, "{}", wish.key);
    }
    assert_eq!(minor(&client), before - moved);
    assert!(bank.stop().success());
    verify_is_clean(&data);
    trial_balance_is_zero(&data);
}
