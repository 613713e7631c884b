//! What belongs to one person is not there for another; a code cannot be guessed.

use super::{CHEN, LI, Pages, WANG, addresses, bank};
use crate::http::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A draft of a person that waits for its code.
fn draft(client: &Client, key: &str, payee: &str) -> String {
    let from = client.account()["id"].as_str().unwrap().to_owned();
    let answer = client.pay(key, &from, payee, "1.00").unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Every value of a field called `id`, and every other one that names an object.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "id" || name.ends_with("_id") || name == "account" => {
                        found.insert(text.clone());
                    }
                    other => ids(other, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_object_of_one_person_is_missing_for_another() {
    let (bank, _folder) = bank();
    let (wang, chen) = (Client::sign_in(bank.address(), WANG), Client::sign_in(bank.address(), CHEN));
    let (mut wang_pages, mut chen_pages) = (Pages::of(&bank, WANG), Pages::of(&bank, CHEN));
    let open = draft(&wang, "draft", LI);

    // The API: every id of one person in every place of an id, by every method, as another.
    let mut found = BTreeSet::from([open.clone()]);
    let account = wang.account()["id"].as_str().unwrap().to_owned();
    let movements = format!("/api/v1/accounts/{account}/movements");
    for path in ["/api/v1/accounts", "/api/v1/payees", "/api/v1/schedules", "/api/v1/debit-cards", &movements] {
        ids(&wang.get(path).json(), &mut found);
    }
    assert!(found.len() > 3, "{found:?}");
    let document = Client::new(bank.address()).get("/openapi.json").json();
    // Movements name transfers that both sides see: a transfer with this very person is theirs, too.
    let mut own = BTreeSet::new();
    let chens = chen.account()["id"].as_str().unwrap().to_owned();
    ids(&chen.get(&format!("/api/v1/accounts/{chens}/movements")).json(), &mut own);
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|_| path.contains("{id}")) {
            for id in found.difference(&own) {
                let address = path.replace("{id}", id);
                assert!(!address.contains('{'), "{address}");
                let body = match path.rsplit('/').next().unwrap_or_default() {
                    "confirm" if path.contains("drafts") => Some(json!({ "answer": "000000" })),
                    "confirm" => Some(json!({ "code": "000000" })),
                    "challenge" => Some(json!({ "factor": "sms_code" })),
                    "locks" => Some(json!({ "overseas": true })),
                    "online" => Some(json!({ "online": false })),
                    "nickname" => Some(json!({ "nickname": "theirs" })),
                    "steps" => Some(json!({ "step": "upgrade" })),
                    "top-ups" => Some(json!({ "to": chens, "amount": { "value": "1.00", "currency": "CNY" } })),
                    "withdrawals" => Some(json!({ "from": chens, "amount": { "value": "1.00", "currency": "CNY" } })),
                    _ => None,
                };
                let headers = [("idempotency-key", "x")];
                let answer = chen.send(&method.to_uppercase(), &address, &headers, body.as_ref()).unwrap();
                assert_eq!(answer.status, 404, "{method} {address}: {}", answer.text);
                asked += 1;
            }
        }
    }
    assert!(asked > 20);
    let from = json!({ "from": account, "to": LI, "amount": { "value": "1.00", "currency": "CNY" }, "memo": "" });
    let answer = chen.send("POST", "/api/v1/transfers", &[("idempotency-key", "theirs")], Some(&from)).unwrap();
    assert_eq!(answer.status, 404, "{}", answer.text);

    // Pages: every address with a number in it that leads one person somewhere.
    let mut waiting = vec!["/home".to_owned(), "/me".to_owned(), "/statement".to_owned(), format!("/transfer/{open}")];
    let (mut seen, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    while let Some(address) = waiting.pop() {
        if seen.len() > 120 || !seen.insert(address.clone()) {
            continue;
        }
        let page = wang_pages.get(&address);
        for found in addresses(&page.text) {
            let path = found.split('?').next().unwrap_or_default();
            if path.bytes().any(|byte| byte.is_ascii_digit()) || found.contains("account=") || found.contains("payer=")
            {
                theirs.insert(found.clone());
            }
            if page.status == 200 && page.text.contains(&format!("href=\"{found}\"")) {
                waiting.push(found);
            }
        }
    }
    let public: BTreeSet<String> = addresses(&chen_pages.get("/home").text).into_iter().collect();
    assert!(theirs.iter().any(|address| address.starts_with("/payments/")), "{theirs:?}");
    for address in theirs.difference(&public) {
        let read = chen_pages.get(address);
        assert!(matches!(read.status, 404 | 405), "GET {address}: {}", read.status);
        // What a form lacks may be said first, if it is said of what nobody has, too.
        let sent = chen_pages.post(address, &[("code", "000000")]);
        // Longer than any number that anybody has.
        let far = |one: char| if one.is_ascii_digit() { "98".to_owned() } else { one.to_string() };
        let nobodys: String = address.chars().map(far).collect();
        let of_nobody = chen_pages.post(&nobodys, &[("code", "000000")]);
        assert!((400..500).contains(&sent.status), "POST {address}: {}", sent.status);
        assert_eq!(sent.status, of_nobody.status, "POST {address}, and {nobodys}");
    }
    assert_eq!(wang_pages.get(&format!("/transfer/{open}")).status, 200, "it is still there for its owner");
    assert!(bank.stop().success());
}

#[test]
fn of_many_guesses_at_once_five_are_looked_at() {
    let (bank, _folder) = bank();
    let client = Client::sign_in(bank.address(), WANG);
    let open = draft(&client, "draft", LI);
    let before = client.account()["balance"].clone();
    let tail = client.account_tail();
    let sent = client
        .send("POST", &format!("/api/v1/drafts/{open}/challenge"), &[], Some(&json!({ "factor": "sms_code" })))
        .unwrap();
    assert_eq!(sent.status, 200, "{}", sent.text);
    let right = Pages::new(&bank).code(WANG);
    let guess = |code: &str| {
        let path = format!("/api/v1/drafts/{open}/confirm");
        client.send("POST", &path, &[], Some(&json!({ "answer": code, "account_tail": tail }))).unwrap()
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..40)
            .map(|index| {
                let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1 + index) % 1_000_000);
                let guess = &guess;
                scope.spawn(move || guess(&wrong))
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let evaluated = answers.iter().filter(|one| one.json()["code"] == "passport.code_wrong").count();
    assert!(evaluated <= 5, "{evaluated} guesses were looked at");
    assert!(answers.iter().all(|one| (400..500).contains(&one.status)), "{answers:?}");
    let late = guess(&right);
    assert!((400..500).contains(&late.status), "the right code is dead: {} {}", late.status, late.text);
    for lookalike in ["", " ", "１２３４５６", "12345", "1234567", "12345a", "\u{200b}123456"] {
        assert!((400..500).contains(&guess(lookalike).status), "{lookalike:?}");
    }
    assert_eq!(client.account()["balance"], before);
    assert!(bank.stop().success());
}
