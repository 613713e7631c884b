//! Amounts that are none, and keys that come again.

use super::{LI, Pages, WANG, bank};
use crate::http::Client;
use serde_json::{Value, json};

fn transfer(from: &str, amount: &Value) -> Value {
    json!({ "from": from, "to": LI, "amount": amount, "memo": "" })
}

#[test]
fn what_is_no_amount_moves_nothing_on_pages_and_by_programs() {
    let (bank, _folder) = bank();
    let client = Client::sign_in(bank.address(), WANG);
    let account = client.account();
    let from = account["id"].as_str().unwrap();
    let texts = [
        "-1",
        "0",
        "-0",
        "0.00",
        "0.001",
        "1.234",
        "1e400",
        "1e2",
        "9223372036854775808",
        "92233720368547758.08",
        "18446744073709551616",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "１２３",
        "１２.００",
        "١٢٣",
        "1,5",
        "1.2.3",
        ".",
        "",
        " ",
        "+1",
        "0x10",
        "1_000",
        "12.34元",
        "¥1",
        "1\u{200b}2",
        "1\u{0}2",
        "１",
        "𝟏",
        "--1",
        "1-",
        "∞",
    ];
    for (index, text) in texts.iter().enumerate() {
        let body = transfer(from, &json!({ "value": text, "currency": "CNY" }));
        let key = format!("amount-{index}");
        let answer = client.send("POST", "/api/v1/transfers", &[("idempotency-key", &key)], Some(&body)).unwrap();
        assert!(matches!(answer.status, 400 | 422), "{text:?}: {} {}", answer.status, answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{text:?}");
    }
    let others = [
        json!(1),
        json!(1.5),
        json!(-1),
        json!(1e300),
        Value::Null,
        json!({}),
        json!([]),
        json!(true),
        json!({ "value": 1, "currency": "CNY" }),
        json!({ "value": "1.00" }),
        json!({ "value": "1.00", "currency": "USD" }),
        json!({ "value": "1", "currency": "JPY" }),
        json!({ "value": "1.00", "currency": "cny" }),
        json!({ "value": "1.00", "currency": "CNYX" }),
        json!({ "value": "1.00", "currency": "" }),
        json!({ "value": "1.00", "currency": null }),
    ];
    for (index, amount) in others.iter().enumerate() {
        let key = format!("other-{index}");
        let headers = [("idempotency-key", key.as_str())];
        let answer = client.send("POST", "/api/v1/transfers", &headers, Some(&transfer(from, amount))).unwrap();
        assert!(matches!(answer.status, 400 | 422), "{amount}: {} {}", answer.status, answer.text);
    }
    let mut pages = Pages::of(&bank, WANG);
    for text in texts {
        // On a page people write amounts with grouping and in the digits of their keyboard; what is read so is shown again
        // before anything moves, and nothing else is accepted.
        let answer = pages.post("/transfer/amount", &[("payer", from), ("payee", LI), ("amount", text), ("memo", "")]);
        assert!(matches!(answer.status, 303 | 400 | 422), "{text:?}: {} {}", answer.status, answer.text);
        if answer.status == 303 {
            let review = pages.get(answer.header("location")).text;
            assert!(review.contains("12") || review.contains("1.00") || review.contains("1,000"), "{text:?}: {review}");
        }
    }
    assert_eq!(client.account()["balance"], account["balance"]);
    assert_eq!(Client::sign_in(bank.address(), LI).account()["balance"]["value"], "2176.60");
    assert!(bank.stop().success());
}

#[test]
fn a_key_stands_for_one_transfer_and_one_person_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let bank = crate::bank::Bank::demo_without_codes(&folder.path().join("data"));
    let (wang, li) = (Client::sign_in(bank.address(), WANG), Client::sign_in(bank.address(), LI));
    let (account, payee) = (wang.account(), li.account());
    let from = account["id"].as_str().unwrap();
    let first = wang.pay("key-1", from, LI, "1.00").unwrap();
    assert_eq!(first.status, 201, "{}", first.text);
    let again = wang.pay("key-1", from, LI, "1.00").unwrap();
    assert_eq!((again.status, &again.json()["id"]), (200, &first.json()["id"]));
    let altered = [
        transfer(from, &json!({ "value": "1.01", "currency": "CNY" })),
        json!({ "from": from, "to": super::CHEN, "amount": { "value": "1.00", "currency": "CNY" }, "memo": "" }),
        json!({ "from": from, "to": LI, "amount": { "value": "1.00", "currency": "CNY" }, "memo": "another" }),
    ];
    for body in altered {
        let answer = wang.send("POST", "/api/v1/transfers", &[("idempotency-key", "key-1")], Some(&body)).unwrap();
        assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("idempotency.conflict")), "{body}");
    }
    let theirs = li.pay("key-1", payee["id"].as_str().unwrap(), WANG, "2.00").unwrap();
    assert_eq!(theirs.status, 201, "another person's key is another key: {}", theirs.text);
    assert_ne!(theirs.json()["id"], first.json()["id"]);
    for key in ["", " ", "a b", "schlüssel", &"k".repeat(65)] {
        let answer = wang.pay(key, from, LI, "1.00");
        // What is no header at all is refused before anybody looks at it.
        let answer = answer.unwrap();
        assert_eq!(answer.status, 400, "{key:?}: {}", answer.text);
    }
    // Twenty at once with one key pay once.
    let ids: Vec<String> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..20).map(|_| scope.spawn(|| wang.pay("key-20", from, LI, "3.00").unwrap())).collect();
        let answers: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(answers.iter().all(|one| matches!(one.status, 200 | 201 | 409)), "{answers:?}");
        answers.iter().filter(|one| one.status != 409).map(|one| one.json()["id"].to_string()).collect()
    });
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(wang.account()["balance"]["value"], "13016.50", "13,018.50 less 1 and 3, and 2 more");
    assert!(bank.stop().success());
}
