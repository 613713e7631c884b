//! Real time and batch, top-ups, returns, enquiries, duplicates.

use crate::bank::{BANK_A, BANK_B, BLOCKED, Bank, CLOSED, HELD_CARD, OPEN, OURS, agent, cny, day};
use axum::http::StatusCode;
use db::Db;
use iso20022::{AccountId, CreditTransfer, Message, Service, Status};
use money::{Amount, Currency};

type Change = fn(&mut CreditTransfer);

db::engine_tests! {
    async fn every_statement_is_prepared(db: Db) {
        db.migrate(&[network::room()]).await.unwrap();
        for statements in network::STATEMENTS {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn a_real_time_payment_settles_at_once(db: Db) {
        let bank = Bank::start(&db).await;
        let id = bank.pay(OPEN, 6_666).await;
        bank.hears(&[(&id, "ACSC", "2026-11-21")]).await;
        assert_eq!(bank.position().await, -6_666);
        let bank = bank.restart().await;
        assert_eq!(bank.position().await, -6_666);
    }

    async fn a_payment_that_the_rules_do_not_allow_is_rejected_with_its_code(db: Db) {
        let bank = Bank::start(&db).await;
        let table: &[(&str, Change)] = &[
            ("AC01", |one| one.creditor_account = Some(AccountId::Other("6200010000000999".to_owned()))),
            ("AC04", |one| {
                one.creditor_account = Some(AccountId::Other(CLOSED.0.to_owned()));
                one.creditor.name = CLOSED.1.to_owned();
            }),
            ("AC06", |one| {
                one.creditor_account = Some(AccountId::Other(BLOCKED.0.to_owned()));
                one.creditor.name = BLOCKED.1.to_owned();
            }),
            ("BE01", |one| one.creditor.name = "钱示范".to_owned()),
            ("AM02", |one| one.amount = cny(100_000_001)),
            ("AM03", |one| one.amount = Amount::new(100, Currency::USD)),
            ("RC01", |one| one.creditor_agent = agent("999999999999")),
            ("AG01", |one| one.creditor_agent = agent(OURS)),
            // An account of the one bank is none of the other.
            ("AC01", |one| one.creditor_agent = agent(BANK_B)),
        ];
        for (code, change) in table {
            let mut payment = bank.credit(OPEN, 100, Service::RealTime);
            change(&mut payment);
            let id = payment.transaction_id.clone().unwrap();
            bank.send(&Message::CreditTransfer(bank.header(), vec![payment])).await;
            bank.hears(&[(&id, "RJCT", code)]).await;
        }
        assert_eq!(bank.position().await, 0);
        let largest = bank.pay(OPEN, 100_000_000).await;
        bank.hears(&[(&largest, "ACSC", "2026-11-21")]).await;
    }

    async fn nobody_owes_more_than_the_cap(db: Db) {
        let bank = Bank::start_with(&db, |parts| parts.scheme.cap_minor = 1_000).await;
        let first = bank.pay(OPEN, 600).await;
        let second = bank.pay(OPEN, 401).await;
        let third = bank.pay(OPEN, 400).await;
        let day = "2026-11-21";
        bank.hears(&[(&first, "ACSC", day), (&second, "RJCT", "AM23"), (&third, "ACSC", day)]).await;
        assert_eq!(bank.position().await, -1_000);
    }

    async fn money_comes_in_when_we_say_yes_and_goes_back_when_we_say_no(db: Db) {
        let bank = Bank::start(&db).await;
        let yes = bank.receive(8_880, Service::RealTime).await;
        let mail = bank.mail().await;
        let [Message::CreditTransfer(_, payments)] = mail.as_slice() else { panic!("{mail:?}") };
        let [payment] = payments.as_slice() else { panic!("{payments:?}") };
        assert_eq!(payment.transaction_id.as_ref(), Some(&yes));
        assert_eq!((payment.amount, payment.settlement_day), (cny(8_880), None));
        assert_eq!((payment.debtor.name.as_str(), payment.creditor.name.as_str()), (OPEN.1, "李小宝"));
        assert_eq!((bank.books().await, bank.held().await), ((0, 0), 8_880));
        bank.answer(&yes, Status::InProcess, None).await;
        bank.hears(&[(&yes, "ACSC", "2026-11-21")]).await;
        assert_eq!((bank.position().await, bank.held().await), (8_880, 0));

        let no = bank.receive(100, Service::RealTime).await;
        bank.mail().await;
        bank.answer(&no, Status::Rejected, Some("AC06")).await;
        bank.hears(&[]).await;
        assert_eq!((bank.position().await, bank.held().await), (8_880, 0));
        // What is final stays, whatever is said afterwards.
        bank.answer(&no, Status::InProcess, None).await;
        bank.answer(&yes, Status::Rejected, Some("AC04")).await;
        assert_eq!(bank.position().await, 8_880);
        bank.enquire(&no).await;
        bank.hears(&[(&no, "RJCT", "AC06")]).await;
    }

    async fn the_clearing_house_asks_again_and_never_decides_alone(db: Db) {
        let bank = Bank::start(&db).await;
        let id = bank.receive(100, Service::RealTime).await;
        assert_eq!(bank.mail().await.len(), 1);
        for seconds in [10, 20, 40, 80, 160, 300, 300] {
            bank.advance(seconds * 1_000 - 1).await;
            assert!(bank.mail().await.is_empty(), "before {seconds} s");
            bank.advance(1).await;
            let mail = bank.mail().await;
            let [Message::Enquiry(_, enquiries)] = mail.as_slice() else { panic!("{mail:?}") };
            assert_eq!(enquiries[0].original_transaction_id.as_ref(), Some(&id));
        }
        bank.answer(&id, Status::Pending, None).await;
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSP", "")]).await;
        bank.answer(&id, Status::InProcess, None).await;
        bank.hears(&[(&id, "ACSC", "2026-11-21")]).await;
        bank.advance(3_600_000).await;
        assert!(bank.mail().await.is_empty());
    }

    async fn batch_payments_settle_in_their_window_netted(db: Db) {
        let bank = Bank::start(&db).await;
        let payments: Vec<CreditTransfer> =
            [(OPEN, 50_000), (CLOSED, 100)].map(|(to, minor)| bank.credit(to, minor, Service::Batch)).to_vec();
        let ids: Vec<String> = payments.iter().filter_map(|one| one.transaction_id.clone()).collect();
        bank.send(&Message::CreditTransfer(bank.header(), payments)).await;
        let incoming = bank.receive(20_000, Service::Batch).await;
        assert!(bank.mail().await.is_empty());
        bank.enquire(&ids[0]).await;
        bank.hears(&[(&ids[0], "PDNG", "")]).await;
        bank.move_to("2026-11-21T14:59:59.999").await;
        assert!(bank.mail().await.is_empty());
        assert_eq!(bank.position().await, 0);

        bank.move_to("2026-11-21T15:00:00").await;
        let mail = bank.mail().await;
        let [Message::Report(_, report), Message::CreditTransfer(_, settled), Message::Notification(_, nets)] =
            mail.as_slice()
        else {
            panic!("{mail:?}")
        };
        let said: Vec<_> = report.transactions.iter().map(|one| (one.status, one.settlement_day)).collect();
        assert_eq!(said, [(Status::Rejected, None), (Status::Settled, day("2026-11-21"))]);
        assert_eq!(settled[0].transaction_id.as_ref(), Some(&incoming));
        assert_eq!(settled[0].settlement_day, day("2026-11-21"), "settled already");
        assert_eq!(nets[0].entries[0].amount, cny(30_000));
        assert_eq!(nets[0].entries[0].mark, iso20022::Mark::Debit);
        assert_eq!((bank.position().await, bank.held().await), (-30_000, 0));
        // Settled already: a no comes too late.
        bank.answer(&incoming, Status::Rejected, Some("AC04")).await;
        assert_eq!(bank.position().await, -30_000);
    }

    async fn a_window_leaves_out_what_passes_the_cap(db: Db) {
        let bank = Bank::start_with(&db, |parts| parts.scheme.cap_minor = 1_000).await;
        let payments: Vec<CreditTransfer> =
            [1_200, 300, 900].map(|minor| bank.credit(OPEN, minor, Service::Batch)).to_vec();
        let ids: Vec<String> = payments.iter().filter_map(|one| one.transaction_id.clone()).collect();
        bank.send(&Message::CreditTransfer(bank.header(), payments)).await;
        bank.receive(500, Service::Batch).await;
        bank.move_to("2026-11-21T15:00:00").await;
        let day = "2026-11-21";
        bank.hears(&[(&ids[0], "ACSC", day), (&ids[1], "ACSC", day), (&ids[2], "RJCT", "AM23")]).await;
        assert_eq!(bank.position().await, -1_000);
    }

    async fn a_top_up_needs_a_mandate_and_funds(db: Db) {
        let bank = Bank::start(&db).await;
        let mandate = bank.bind().await;
        let day = "2026-11-21";
        let id = bank.collect(bank.debit(&mandate, 50_000)).await;
        bank.hears(&[(&id, "ACSC", day)]).await;
        assert_eq!(bank.position().await, 50_000);
        let unknown = bank.collect(bank.debit("MD0", 100)).await;
        bank.hears(&[(&unknown, "RJCT", "MD01")]).await;
        let mut other = bank.debit(&mandate, 100);
        other.debtor_account = Some(AccountId::Other(OPEN.0.to_owned()));
        let other = bank.collect(other).await;
        bank.hears(&[(&other, "RJCT", "MD01")]).await;
        let most = bank.collect(bank.debit(&mandate, 2_000_000 - 50_000 + 1)).await;
        bank.hears(&[(&most, "RJCT", "AM04")]).await;
        let all = bank.collect(bank.debit(&mandate, 2_000_000 - 50_000)).await;
        bank.hears(&[(&all, "ACSC", day)]).await;
        bank.json("/v1/cards/release", serde_json::json!({ "mandate": mandate })).await;
        bank.json("/v1/cards/release", serde_json::json!({ "mandate": mandate })).await;
        let after = bank.collect(bank.debit(&mandate, 1)).await;
        bank.hears(&[(&after, "RJCT", "MD01")]).await;
        assert_eq!(bank.position().await, 2_000_000);
        let (card, back) = ((HELD_CARD, "王小通"), 12_000);
        let back = bank.pay(card, back).await;
        bank.hears(&[(&back, "ACSC", day)]).await;
    }

    async fn what_was_settled_goes_back_once(db: Db) {
        let bank = Bank::start(&db).await;
        let incoming = bank.receive(8_880, Service::Batch).await;
        bank.move_to("2026-11-21T15:00:00").await;
        bank.mail().await;
        let wrong = bank.give_back(&incoming, 8_879).await;
        bank.hears(&[(&wrong, "RJCT", "AM09")]).await;
        let back = bank.give_back(&incoming, 8_880).await;
        bank.hears(&[(&back, "ACSC", "2026-11-21")]).await;
        assert_eq!(bank.position().await, 0);
        let again = bank.give_back(&incoming, 8_880).await;
        bank.hears(&[(&again, "RJCT", "AM05")]).await;
        let never = bank.give_back("990310020002X", 8_880).await;
        bank.hears(&[(&never, "RJCT", "NOOR")]).await;
        let own = bank.pay(OPEN, 100).await;
        bank.mail().await;
        let own = bank.give_back(&own, 100).await;
        bank.hears(&[(&own, "RJCT", "NOOR")]).await;
        bank.enquire(&back).await;
        bank.hears(&[(&back, "ACSC", "2026-11-21")]).await;
    }

    async fn another_bank_gives_a_payment_of_ours_back(db: Db) {
        let bank = Bank::start(&db).await;
        let id = bank.pay(OPEN, 6_666).await;
        bank.mail().await;
        let order = network::GiveBack { transaction_id: id.clone(), reason: "AC04".to_owned() };
        let back = bank.network.give_back(order.clone()).await.unwrap();
        let mail = bank.mail().await;
        let [Message::Return(_, returns)] = mail.as_slice() else { panic!("{mail:?}") };
        assert_eq!((&returns[0].return_id, returns[0].original_transaction_id.as_ref()), (&back, Some(&id)));
        assert_eq!((returns[0].amount, returns[0].settlement_day), (cny(6_666), day("2026-11-21")));
        assert_eq!(returns[0].reason.code, "AC04");
        assert_eq!((bank.position().await, bank.held().await), (0, 0));
        assert!(bank.network.give_back(order).await.is_err(), "once");
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSC", "2026-11-21")]).await;
    }

    async fn an_id_that_never_came_is_refused_for_ever(db: Db) {
        let bank = Bank::start(&db).await;
        let payment = bank.credit(OPEN, 100, Service::RealTime);
        let id = payment.transaction_id.clone().unwrap();
        bank.enquire(&id).await;
        bank.hears(&[(&id, "RJCT", "NOOR")]).await;
        bank.send(&Message::CreditTransfer(bank.header(), vec![payment])).await;
        bank.hears(&[(&id, "RJCT", "NOOR")]).await;
        bank.enquire(&id).await;
        bank.hears(&[(&id, "RJCT", "NOOR")]).await;
        assert_eq!(bank.position().await, 0);
    }

    async fn the_same_message_happens_once_and_an_id_serves_one_payment(db: Db) {
        let bank = Bank::start(&db).await;
        let payment = bank.credit(OPEN, 100, Service::RealTime);
        let id = payment.transaction_id.clone().unwrap();
        let first = Message::CreditTransfer(bank.header(), vec![payment.clone()]);
        let xml = first.write().unwrap();
        for _ in 0..3 {
            assert_eq!(bank.send_xml(&xml).await.status, StatusCode::ACCEPTED);
        }
        bank.hears(&[(&id, "ACSC", "2026-11-21")]).await;
        let Message::CreditTransfer(header, _) = first else { panic!() };
        let mut other = payment.clone();
        other.amount = cny(200);
        let conflict = Message::CreditTransfer(header, vec![other]).write().unwrap();
        assert_eq!(bank.send_xml(&conflict).await.status, StatusCode::CONFLICT);
        bank.send(&Message::CreditTransfer(bank.header(), vec![payment])).await;
        bank.hears(&[(&id, "RJCT", "AM05")]).await;
        assert_eq!(bank.position().await, -100);
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSC", "2026-11-21")]).await;
        let bank = bank.restart().await;
        assert_eq!(bank.send_xml(&xml).await.status, StatusCode::ACCEPTED);
        assert_eq!(bank.position().await, -100);
    }

    async fn customers_pay_only_what_they_have(db: Db) {
        let bank = Bank::start(&db).await;
        bank.receive(10_000_000 - 1, Service::RealTime).await;
        let order = |from: &str, to_bank: &str, amount_minor| network::PayOrder {
            from: from.to_owned(),
            to_bank: to_bank.to_owned(),
            to_account: "70010001".to_owned(),
            to_name: "李小宝".to_owned(),
            amount_minor,
            service: Service::RealTime,
            memo: String::new(),
        };
        for (order, code) in [
            (order(OPEN.0, OURS, 2), "network.funds_insufficient"),
            (order(CLOSED.0, OURS, 1), "network.account_not_open"),
            (order(BLOCKED.0, OURS, 1), "network.account_not_open"),
            (order("1", OURS, 1), "network.field_invalid"),
            (order(OPEN.0, BANK_A, 1), "network.field_invalid"),
            (order(OPEN.0, "1", 1), "network.field_invalid"),
            (order(OPEN.0, OURS, 0), "network.field_invalid"),
        ] {
            let error = bank.network.pay(order).await.unwrap_err();
            assert_eq!(error.to_string(), code);
        }
        bank.network.pay(order(OPEN.0, OURS, 1)).await.unwrap();
        assert_eq!(bank.held().await, 10_000_000);
    }
}
