//! Windows, midnight, statements.

use crate::bank::{Bank, OPEN, cny, day};
use db::Db;
use iso20022::{Mark, Message, Service, Statement, Status};

/// The signed amounts of a statement's entries.
fn signed(statement: &Statement) -> Vec<(String, i64)> {
    let sign = |mark| if mark == Mark::Debit { -1 } else { 1 };
    statement.entries.iter().map(|one| (one.transaction_id.clone(), sign(one.mark) * one.amount.minor)).collect()
}

async fn statements(bank: &Bank) -> Vec<Statement> {
    let mail = bank.mail().await;
    mail.into_iter()
        .flat_map(|message| match message {
            Message::Statement(_, statements) => statements,
            _ => Vec::new(),
        })
        .collect()
}

db::engine_tests! {
    async fn a_day_ends_at_midnight_with_a_statement_of_every_entry(db: Db) {
        let bank = Bank::start(&db).await;
        let out = bank.pay(OPEN, 6_666).await;
        let incoming = bank.receive(8_880, Service::RealTime).await;
        bank.answer(&incoming, Status::InProcess, None).await;
        bank.mail().await;
        bank.move_to("2026-11-21T23:59:59.999").await;
        assert!(bank.mail().await.is_empty());
        bank.move_to("2026-11-22T00:00:00").await;
        let [first] = statements(&bank).await.try_into().unwrap();
        assert_eq!(first.day, day("2026-11-21"));
        assert_eq!((first.opening, first.closing), (Some(cny(0)), Some(cny(2_214))));
        assert_eq!(signed(&first), [(out, -6_666), (incoming, 8_880)]);
        assert_eq!(bank.position().await, 2_214);

        let late = bank.pay(OPEN, 3_000).await;
        bank.hears(&[(&late, "ACSC", "2026-11-22")]).await;
        bank.move_to("2026-11-24T08:00:00").await;
        let [second, third] = statements(&bank).await.try_into().unwrap();
        assert_eq!((second.opening, second.closing), (Some(cny(2_214)), Some(cny(-786))));
        assert_eq!(signed(&second), [(late, -3_000)]);
        assert_eq!((third.day, third.opening, third.closing), (day("2026-11-23"), second.closing, second.closing));
        assert!(third.entries.is_empty());
    }

    async fn payments_land_on_their_settlement_day(db: Db) {
        let bank = Bank::start(&db).await;
        for (taken, service, tick, expected) in [
            ("2026-11-21T14:49:59.999", Service::Batch, "2026-11-21T15:00:00", "2026-11-21"),
            ("2026-11-21T17:19:59.999", Service::Batch, "2026-11-21T17:30:00", "2026-11-21"),
            ("2026-11-21T17:20:00", Service::Batch, "2026-11-22T10:00:00", "2026-11-22"),
            ("2026-11-22T23:59:59.999", Service::RealTime, "2026-11-22T23:59:59.999", "2026-11-22"),
            ("2026-11-23T00:00:00", Service::RealTime, "2026-11-23T00:00:00", "2026-11-23"),
            ("2026-11-23T23:59:59.999", Service::Batch, "2026-11-24T10:00:00", "2026-11-24"),
            // The clearing house stood still from before its window until the next day.
            ("2026-11-24T17:00:00", Service::Batch, "2026-11-25T09:00:00", "2026-11-24"),
        ] {
            bank.move_to(taken).await;
            bank.mail().await;
            let payment = bank.credit(OPEN, 100, service);
            let id = payment.transaction_id.clone().unwrap();
            bank.send(&Message::CreditTransfer(bank.header(), vec![payment])).await;
            bank.move_to(tick).await;
            bank.hears(&[(&id, "ACSC", expected)]).await;
        }
        bank.move_to("2026-11-26T00:00:00").await;
        bank.position().await;
    }

    async fn a_message_right_after_midnight_finds_the_new_day_without_a_tick(db: Db) {
        let bank = Bank::start(&db).await;
        bank.clock.set(crate::bank::at("2026-11-22T00:00:00"));
        let id = bank.pay(OPEN, 100).await;
        let mail = bank.mail().await;
        let [Message::Statement(_, statements), Message::Report(..)] = mail.as_slice() else { panic!("{mail:?}") };
        assert!(statements[0].entries.is_empty() && statements[0].day == day("2026-11-21"));
        bank.enquire(&id).await;
        bank.hears(&[(&id, "ACSC", "2026-11-22")]).await;
    }

    async fn an_operator_may_close_the_day_and_settlement_goes_on(db: Db) {
        let bank = Bank::start(&db).await;
        let before = bank.pay(OPEN, 100).await;
        bank.network.close_day().await.unwrap();
        let [statement] = statements(&bank).await.try_into().unwrap();
        assert_eq!(signed(&statement), [(before, -100)]);
        let after = bank.pay(OPEN, 200).await;
        bank.hears(&[(&after, "ACSC", "2026-11-22")]).await;
        assert_eq!(bank.network.close_day().await.unwrap_err().to_string(), "network.day_closed");
        bank.move_to("2026-11-22T00:00:00").await;
        assert!(statements(&bank).await.is_empty(), "it is closed already");
        bank.move_to("2026-11-23T00:00:00").await;
        let [statement] = statements(&bank).await.try_into().unwrap();
        assert_eq!((statement.day, signed(&statement)), (day("2026-11-22"), vec![(after, -200)]));
        assert_eq!(statement.opening, Some(cny(-100)));
    }
}
