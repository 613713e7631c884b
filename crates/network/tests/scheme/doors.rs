//! Keys, types, sizes, and what is no message.

use crate::bank::{ADMIN, BANK_A, Bank, KEY, OPEN, OURS, agent};
use axum::http::{Method, StatusCode};
use db::Db;
use iso20022::{CreditTransfer, Header, Message, Service};
use kit::BankDay;
use std::time::{Duration, Instant};

type Change = fn(&mut Header, &mut CreditTransfer);

db::engine_tests! {
    async fn nobody_enters_without_the_right_key(db: Db) {
        let bank = Bank::start(&db).await;
        let paths = [
            (Method::POST, "/v1/messages"),
            (Method::GET, "/v1/messages"),
            (Method::GET, "/v1/banks"),
            (Method::POST, "/v1/cards/check"),
            (Method::POST, "/v1/cards/confirm"),
            (Method::POST, "/v1/cards/release"),
            (Method::GET, "/admin/faults"),
            (Method::PUT, "/admin/faults"),
            (Method::GET, "/admin/positions"),
            (Method::GET, "/admin/transfers"),
            (Method::GET, "/admin/transfers/1"),
            (Method::POST, "/admin/pay"),
            (Method::POST, "/admin/cards"),
            (Method::POST, "/admin/day-end"),
            (Method::POST, "/admin/return"),
        ];
        for (method, path) in paths {
            let others = if path.starts_with("/admin") { KEY } else { ADMIN };
            for key in ["", "x", others] {
                let answer = bank.ask(method.clone(), path, key, "application/json", b"{}".to_vec()).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {key:?}");
            }
        }
        assert_eq!(bank.ask(Method::GET, "/healthz", "", "", Vec::new()).await.status, StatusCode::OK);
    }

    async fn what_is_no_message_is_refused_in_words(db: Db) {
        let bank = Bank::start(&db).await;
        for (kind, body, status) in [
            ("application/json", "{}", 415),
            ("text/plain", "<Document/>", 415),
            ("application/xml", "", 400),
            ("application/xml", "<a", 400),
            ("text/xml; charset=utf-8", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>", 400),
            ("application/xml", "<a/>", 422),
            ("application/xml", "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"/>", 422),
        ] {
            let answer = bank.ask(Method::POST, "/v1/messages", KEY, kind, body.as_bytes().to_vec()).await;
            assert_eq!(answer.status.as_u16(), status, "{kind} {body}: {}", answer.text);
            assert!(!answer.text.trim().is_empty());
        }
        let large = vec![b' '; (8 << 20) + 1];
        let answer = bank.ask(Method::POST, "/v1/messages", KEY, "application/xml", large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(bank.mail().await.is_empty());
    }

    async fn what_is_not_the_senders_to_send_is_not_taken(db: Db) {
        let bank = Bank::start(&db).await;
        let table: &[(&str, Change)] = &[
            ("InstgAgt is another bank", |header, _| header.from = Some(agent(BANK_A))),
            ("InstgAgt is missing", |header, _| header.from = None),
            ("DbtrAgt is another bank", |_, payment| payment.debtor_agent = agent(BANK_A)),
            ("LclInstrm/Prtry is missing", |_, payment| payment.service = None),
            ("TxId is missing", |_, payment| payment.transaction_id = None),
            ("CdtrAcct is missing", |_, payment| payment.creditor_account = None),
            ("IntrBkSttlmDt is for the clearing house", |_, payment| payment.settlement_day = Some(BankDay(20_000))),
        ];
        for (words, change) in table {
            let (mut header, mut payment) = (bank.header(), bank.credit(OPEN, 100, Service::RealTime));
            change(&mut header, &mut payment);
            let xml = Message::CreditTransfer(header, vec![payment]).write().unwrap();
            let answer = bank.send_xml(&xml).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            assert!(answer.text.contains(words), "{words}: {}", answer.text);
        }
        let two = [100, 200].map(|minor| bank.credit(OPEN, minor, Service::RealTime)).to_vec();
        let answer = bank.send_xml(&Message::CreditTransfer(bank.header(), two).write().unwrap()).await;
        assert!(answer.text.contains("a real-time message has one payment"), "{}", answer.text);
        assert!(bank.mail().await.is_empty());
        assert_eq!(bank.position().await, 0);
    }

    async fn json_of_the_operator_is_strict(db: Db) {
        let bank = Bank::start(&db).await;
        for (path, method, body, status) in [
            ("/admin/faults", Method::PUT, r#"{"drop":{"per_mille":1001}}"#, 422),
            ("/admin/faults", Method::PUT, r#"{"nothing":{}}"#, 422),
            ("/admin/faults", Method::PUT, "x", 400),
            ("/admin/pay", Method::POST, "{}", 422),
            (
                "/admin/pay",
                Method::POST,
                r#"{"from":"6200010000000012","to_bank":"990290010001","to_account":"1","to_name":"a","amount":"1.001"}"#,
                422,
            ),
            (
                "/admin/pay",
                Method::POST,
                r#"{"from":"6200010000000012","to_bank":"990290010001","to_account":"1","to_name":"a\u0000","amount":"1.00"}"#,
                422,
            ),
            (
                "/admin/pay",
                Method::POST,
                r#"{"from":"a\u0000","to_bank":"990290010001","to_account":"1","to_name":"a","amount":"1.00"}"#,
                422,
            ),
            ("/admin/return", Method::POST, r#"{"transaction_id":"x"}"#, 404),
            ("/admin/return", Method::POST, r#"{"transaction_id":"\u0000"}"#, 404),
            ("/admin/cards", Method::POST, r#"{"name":"a","citizen_number":"b","mobile":"c"}"#, 422),
            ("/admin/transfers/x%00", Method::GET, "", 404),
            ("/admin/transfers?limit=0", Method::GET, "", 400),
            ("/admin/transfers?x=1", Method::GET, "", 400),
        ] {
            let answer = bank.ask(method, path, ADMIN, "application/json", body.as_bytes().to_vec()).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {body}: {}", answer.text);
        }
        for path in ["?after=-1", "?limit=0", "?after=x", "?x=1"] {
            let answer = bank.ask(Method::GET, &format!("/v1/messages{path}"), KEY, "", Vec::new()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }

    async fn the_books_are_shown_to_the_operator(db: Db) {
        let bank = Bank::start(&db).await;
        let ids = [bank.pay(OPEN, 100).await, bank.pay(OPEN, 200).await];
        let answer = bank.ask(Method::GET, "/admin/positions", ADMIN, "", Vec::new()).await;
        let books: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(books["settlement_day"], "2026-11-21");
        assert_eq!(books["banks"][0]["code"], OURS);
        assert_eq!(books["banks"][0]["position"], "-3.00");
        assert_eq!(books["banks"][1]["position"], "3.00");
        let page = async |after: &str| -> serde_json::Value {
            let path = format!("/admin/transfers?limit=1&after={after}");
            serde_json::from_str(&bank.ask(Method::GET, &path, ADMIN, "", Vec::new()).await.text).unwrap()
        };
        let first = page("").await;
        assert_eq!(first["transfers"][0]["id"], ids[0]);
        assert_eq!(first["transfers"][0]["state"], "settled");
        assert_eq!(page(&ids[0]).await["transfers"][0]["amount"], "2.00");
        assert_eq!(page(&ids[1]).await["transfers"].as_array().unwrap().len(), 0);
        let path = format!("/admin/transfers/{}", ids[0]);
        let one: serde_json::Value =
            serde_json::from_str(&bank.ask(Method::GET, &path, ADMIN, "", Vec::new()).await.text).unwrap();
        let told: Vec<_> = one["story"].as_array().unwrap().iter().map(|told| (&told["message"], &told["said"])).collect();
        assert_eq!(told, [(&"pacs.008".into(), &"".into()), (&"pacs.002".into(), &"ACSC".into())]);
    }

    async fn who_waits_for_mail_is_woken_at_once(db: Db) {
        let bank = Bank::start(&db).await;
        let before = Instant::now();
        let waiting = bank.ask(Method::GET, "/v1/messages?wait=20", KEY, "", Vec::new());
        let sending = async {
            tokio::task::yield_now().await;
            bank.pay(OPEN, 100).await
        };
        let (mail, id) = tokio::join!(waiting, sending);
        assert!(mail.text.contains(&id) && before.elapsed() < Duration::from_secs(10), "{:?}", before.elapsed());
    }
}
