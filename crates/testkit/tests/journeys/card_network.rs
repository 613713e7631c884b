//! The card network's door: who gets in, what is answered, and that answers hold no number.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use db::Db;
use payments::api::card_network::{CardNetworkState, router};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Bank, Member};
use tower::ServiceExt;

const KEY: &str = "a key of the card network";

fn door(bank: &Bank, key: &str) -> Router {
    router(CardNetworkState { payments: bank.payments.clone(), api_key: key.into() })
}

async fn send(door: &Router, key: Option<&str>, path: &str, body: &str) -> (StatusCode, Value, String) {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut request = Request::builder().method(method).uri(format!("/card-network/v1{path}"));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let request = request.header("content-type", "application/json").body(Body::from(body.to_owned())).unwrap();
    let response = door.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null), text)
}

async fn question(bank: &Bank, member: &Member, reference: &str) -> (Value, String) {
    let cards = bank.accounts.debit_cards(&member.web).await.unwrap();
    let card = match cards.into_iter().next() {
        Some(card) => card,
        None => bank.debit_card(member).await,
    };
    let face = bank.card_face(member, &card).await;
    let question = json!({
        "reference": reference,
        "number": face.number.full(),
        "expiry": face.expiry.shown(),
        "cvv": face.cvv,
        "merchant": "Tea house",
        "country": "CN",
        "channel": "online",
        "card_present": false,
        "local_time": "2026-11-21T13:00:00+08:00",
        "amount": { "value": "10.00", "currency": "CNY" },
    });
    (question, face.number.full().to_owned())
}

db::engine_tests! {
    async fn nobody_gets_in_without_the_networks_key(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (asked, _) = question(&bank, &lin, "k1").await;
        let asked = asked.to_string();
        let open = door(&bank, KEY);
        for key in [None, Some(""), Some("wrong"), Some("a key of the card networ"), Some("A key of the card network")] {
            let (status, body, _) = send(&open, key, "/authorisations", &asked).await;
            assert_eq!((status, &body["response_code"]), (StatusCode::UNAUTHORIZED, &json!("58")), "{key:?}");
        }
        for path in ["/captures", "/reversals", "/refunds"] {
            assert_eq!(send(&open, None, path, "{}").await.0, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(send(&open, None, "/authorisations/k1", "").await.0, StatusCode::UNAUTHORIZED);
        // A customer's token is no key, and a bank without a key, or with a short one, lets nobody in.
        assert_eq!(send(&open, Some(&lin.token), "/authorisations", &asked).await.0, StatusCode::UNAUTHORIZED);
        for short in ["", "short"] {
            let shut = door(&bank, short);
            assert_eq!(send(&shut, Some(short), "/authorisations", &asked).await.0, StatusCode::UNAUTHORIZED);
        }
        bank.stop().await;
    }

    async fn a_stranger_is_told_before_a_byte_is_read_and_the_network_waits_when_there_are_too_many(db: Db) {
        let bank = Bank::on(db).await;
        let open = door(&bank, KEY);
        let slow = |key: &str| {
            // A body that never comes.
            let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
            let request = Request::builder().method("POST").uri("/card-network/v1/authorisations");
            let request = request.header("authorization", format!("Bearer {key}"));
            let request = request.header("content-type", "application/json").body(body).unwrap();
            open.clone().oneshot(request)
        };
        let refused = tokio::time::timeout(Duration::from_secs(5), slow("wrong")).await.expect("an answer at once").unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..300 {
            waiting.spawn(slow(KEY));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let busy = async || {
            let found = send(&open, Some(KEY), "/authorisations/none", "").await;
            (found.0, found.1["response_code"].clone())
        };
        for _ in 0..1_000 {
            if busy().await.0 == StatusCode::SERVICE_UNAVAILABLE {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(busy().await, (StatusCode::SERVICE_UNAVAILABLE, json!("91")));
        waiting.shutdown().await;
        assert_eq!(busy().await.0, StatusCode::NOT_FOUND, "places are free again");
        bank.stop().await;
    }

    async fn questions_are_answered_and_no_answer_holds_a_number(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (asked, number) = question(&bank, &lin, "q1").await;
        let open = door(&bank, KEY);
        let (status, first, text) = send(&open, Some(KEY), "/authorisations", &asked.to_string()).await;
        assert_eq!((status, &first["response_code"], &first["state"]), (StatusCode::OK, &json!("00"), &json!("approved")));
        let mut texts = vec![text];
        let (_, again, text) = send(&open, Some(KEY), "/authorisations", &asked.to_string()).await;
        assert_eq!((&again["approval_code"], &again["repeated"]), (&first["approval_code"], &json!(true)));
        texts.push(text);
        let (status, found, text) = send(&open, Some(KEY), "/authorisations/q1", "").await;
        assert_eq!((status, &found["approval_code"]), (StatusCode::OK, &first["approval_code"]));
        texts.push(text);
        assert_eq!(send(&open, Some(KEY), "/authorisations/q2", "").await.0, StatusCode::NOT_FOUND);
        let mut other = asked.clone();
        other["amount"]["value"] = json!("11.00");
        let (status, body, text) = send(&open, Some(KEY), "/authorisations", &other.to_string()).await;
        assert_eq!((status, &body["response_code"]), (StatusCode::CONFLICT, &json!("94")));
        texts.push(text);
        for (name, value) in [
            ("reference", json!("")),
            ("reference", json!("a".repeat(41))),
            ("number", json!(number.parse::<u64>().unwrap())),
            ("number", json!("9".repeat(1000))),
            ("cvv", json!("12345")),
            ("country", json!("ZZ")),
            ("channel", json!("fax")),
            ("card_present", json!(true)),
            ("local_time", json!("now")),
            ("amount", json!("10.00")),
            ("amount", json!({ "value": "1e3", "currency": "CNY" })),
            ("merchant", json!("a".repeat(5000))),
            ("more", json!(1)),
        ] {
            let mut odd = asked.clone();
            odd["reference"] = json!("odd");
            odd[name] = value;
            let (status, body, text) = send(&open, Some(KEY), "/authorisations", &odd.to_string()).await;
            assert!(status.is_client_error(), "{name}: {status} {text}");
            assert_eq!(body["response_code"], "30", "{name}: {text}");
            texts.push(text);
        }
        for body in ["{", "[]", "null", "\"\u{0}\""] {
            assert!(send(&open, Some(KEY), "/authorisations", body).await.0.is_client_error());
        }
        let huge = "x".repeat(100_000);
        assert_eq!(send(&open, Some(KEY), "/captures", &huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        let step = |reference: &str, amount: Option<&str>| {
            let amount = amount.map(|value| json!({ "value": value, "currency": "CNY" }));
            json!({ "reference": reference, "authorisation": "q1", "amount": amount }).to_string()
        };
        let (status, body, text) = send(&open, Some(KEY), "/captures", &step("c1", Some("10.01"))).await;
        assert_eq!((status, &body["response_code"]), (StatusCode::CONFLICT, &json!("13")));
        texts.push(text);
        let (status, body, text) = send(&open, Some(KEY), "/captures", &step("c2", Some("4.00"))).await;
        assert_eq!((status, &body["state"], &body["billed"]["value"]), (StatusCode::OK, &json!("captured"), &json!("4.00")));
        texts.push(text);
        assert_eq!(send(&open, Some(KEY), "/reversals", &step("r1", None)).await.1["response_code"], "21");
        assert_eq!(send(&open, Some(KEY), "/refunds", &step("g1", None)).await.1["billed"]["value"], "4.00");
        assert!(texts.iter().all(|text| !text.contains(&number) && !text.contains(&number[6..12])), "{texts:?}");
        bank.stop().await;
    }
}
