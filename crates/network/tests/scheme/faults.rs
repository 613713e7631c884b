//! What goes wrong when it is told to.

use crate::bank::{ADMIN, Bank, CLOSED, KEY, OPEN, cny};
use axum::http::{Method, StatusCode};
use db::Db;
use db::test_support::TestDatabase;
use iso20022::{Message, Service, Status};

const DAY: &str = "2026-11-21";

db::engine_tests! {
    async fn a_dropped_answer_is_told_when_it_is_asked_for_after_the_switch_is_off(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["drop=always"]).await;
        let id = bank.pay(OPEN, 100).await;
        bank.enquire(&id).await;
        bank.enquire(&id).await;
        bank.hears(&[]).await;
        assert_eq!(bank.position().await, -100);
        let bank = bank.restart().await;
        bank.enquire(&id).await;
        bank.hears(&[]).await;
        bank.faults(&[]).await;
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
    }

    async fn with_a_chance_some_enquiry_is_answered(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["drop=50%"]).await;
        let mut silent = 0;
        for minor in 1..=20 {
            let id = bank.pay(OPEN, minor).await;
            let mut heard = bank.heard().await;
            silent += usize::from(heard.is_empty());
            for _ in 0..40 {
                if heard.is_empty() {
                    bank.enquire(&id).await;
                    heard = bank.heard().await;
                }
            }
            assert_eq!(heard, [(id, "ACSC".to_owned(), DAY.to_owned())]);
        }
        assert!((4..=16).contains(&silent), "{silent}");
    }

    async fn a_refusal_has_the_code_that_was_chosen(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["refuse=always:AC06"]).await;
        let id = bank.pay(OPEN, 100).await;
        bank.hears(&[(&id, "RJCT", "AC06")]).await;
        assert_eq!(bank.position().await, 0);
    }

    async fn a_delayed_payment_is_pending_meanwhile(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["delay=always:30000"]).await;
        let id = bank.pay(OPEN, 100).await;
        bank.enquire(&id).await;
        bank.hears(&[(&id, "PDNG", "")]).await;
        bank.advance(29_999).await;
        bank.hears(&[]).await;
        let bank = bank.restart().await;
        assert_eq!(bank.position().await, 0);
        bank.advance(1).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
        assert_eq!(bank.position().await, -100);
    }

    async fn a_late_answer_comes_after_its_enquiry_was_answered(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["late=always:60000"]).await;
        let id = bank.pay(OPEN, 100).await;
        bank.hears(&[]).await;
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
        bank.advance(60_000).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
        bank.advance(60_000).await;
        bank.hears(&[]).await;
    }

    async fn an_answer_comes_twice_in_two_messages(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["twice=always"]).await;
        let id = bank.pay(OPEN, 100).await;
        let mail = bank.mail().await;
        let [one, two] = mail.as_slice() else { panic!("{mail:?}") };
        assert_ne!(one.header().message_id, two.header().message_id);
        for message in [one, two] {
            let Message::Report(_, report) = message else { panic!("{message:?}") };
            assert_eq!(report.transactions[0].original_transaction_id.as_ref(), Some(&id));
            assert_eq!(report.transactions[0].status, Status::Settled);
        }
        assert_eq!(bank.position().await, -100);
    }

    async fn a_rejection_is_contradicted_and_nothing_moves(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["contradict=always:5000"]).await;
        let id = bank.pay(CLOSED, 100).await;
        bank.hears(&[(&id, "RJCT", "AC04")]).await;
        bank.advance(5_000).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
        assert_eq!(bank.position().await, 0);
        bank.enquire(&id).await;
        bank.hears(&[(&id, "RJCT", "AC04")]).await;
    }

    async fn a_stray_answer_is_about_nothing(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["stray=always"]).await;
        let id = bank.pay(OPEN, 100).await;
        let heard = bank.heard().await;
        assert_eq!(heard.len(), 2);
        assert!(heard[0].0.starts_with("STRAY") && heard[1].0 == id, "{heard:?}");
        assert_eq!(bank.position().await, -100);
    }

    async fn a_settled_payment_comes_back_days_later(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["return=always:3"]).await;
        let id = bank.pay(OPEN, 100).await;
        bank.hears(&[(&id, "ACSC", DAY)]).await;
        bank.advance(3 * 86_400_000 - 1).await;
        assert_eq!(bank.position().await, -100);
        bank.mail().await;
        let bank = bank.restart().await;
        bank.advance(1).await;
        let mail = bank.mail().await;
        let [Message::Return(_, returns)] = mail.as_slice() else { panic!("{mail:?}") };
        assert_eq!(returns[0].original_transaction_id.as_ref(), Some(&id));
        assert_eq!(returns[0].amount, cny(100));
        assert_eq!(bank.position().await, 0);
    }

    async fn a_connection_breaks_before_or_after_a_message_is_taken(db: Db) {
        let bank = Bank::start(&db).await;
        for (fault, position, answer) in [("break_before=always", 0, "NOOR"), ("break_after=always", -100, DAY)] {
            bank.faults(&[fault]).await;
            let payment = bank.credit(OPEN, 100, Service::RealTime);
            let id = payment.transaction_id.clone().unwrap();
            let sent = bank.send_xml(&Message::CreditTransfer(bank.header(), vec![payment]).write().unwrap()).await;
            assert_eq!(sent.text, "broken");
            bank.mail().await;
            assert_eq!(bank.position().await, position);
            bank.faults(&[]).await;
            bank.enquire(&id).await;
            assert_eq!(bank.heard().await[0].2, answer);
        }
    }

    async fn a_connection_that_is_drawn_to_break_does_not_break_for_ever(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["break_before=50%", "down=20%"]).await;
        let mut broken = 0;
        for minor in 1..=20 {
            let payment = bank.credit(OPEN, minor, Service::RealTime);
            let xml = Message::CreditTransfer(bank.header(), vec![payment]).write().unwrap();
            while !bank.send_xml(&xml).await.text.starts_with("taken") {
                broken += 1;
                assert!(broken < 400);
            }
        }
        assert!(broken > 5, "{broken}");
        assert_eq!(bank.position().await, -210);
    }

    async fn what_is_down_takes_nothing_and_the_operator_still_gets_in(db: Db) {
        let bank = Bank::start(&db).await;
        bank.faults(&["down=always"]).await;
        let payment = bank.credit(OPEN, 100, Service::RealTime);
        let xml = Message::CreditTransfer(bank.header(), vec![payment]).write().unwrap();
        assert_eq!(bank.send_xml(&xml).await.status, StatusCode::SERVICE_UNAVAILABLE);
        for path in ["/v1/messages", "/v1/banks"] {
            let answer = bank.ask(Method::GET, path, KEY, "", Vec::new()).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
        let off = br#"{"seed":1}"#.to_vec();
        let answer = bank.ask(Method::PUT, "/admin/faults", ADMIN, "application/json", off).await;
        assert_eq!(answer.text, r#"{"seed":1}"#);
        assert_eq!(bank.position().await, 0);
        assert_eq!(bank.send_xml(&xml).await.status, StatusCode::ACCEPTED);
    }

    async fn the_same_seed_gives_the_same_faults_at_another_time(db: Db) {
        let other = TestDatabase::create(db.engine()).await;
        let mut fates = Vec::new();
        for (db, late_ms) in [(db, 0), (other.db(), 3_600_000)] {
            let bank = Bank::start(&db).await;
            bank.faults(&["refuse=50%:AC06", "drop=30%"]).await;
            bank.advance(late_ms).await;
            // Other ids in the second round.
            (0..late_ms.min(1)).for_each(|_| drop(bank.transaction_id()));
            let mut heard = Vec::new();
            for minor in [100, 200, 100, 300, 100, 400, 100, 500] {
                bank.pay(OPEN, minor).await;
                heard.push(bank.heard().await.into_iter().map(|(_, status, _)| status).collect::<Vec<_>>());
            }
            fates.push(heard);
        }
        assert_eq!(fates[0], fates[1]);
        let is_mixed = |word: &str| fates[0].iter().any(|heard| heard == &[word.to_owned()]);
        assert!(is_mixed("RJCT") && is_mixed("ACSC") && fates[0].iter().any(Vec::is_empty), "{fates:?}");
    }
}
