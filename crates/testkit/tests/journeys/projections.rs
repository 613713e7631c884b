//! Tables that the journal can build again.

use accounts::{ProjectionError, Projections};
use db::{Db, params};
use kit::Fault;
use testkit::Bank;

/// Everything in SQL, as lines of text in an order that does not depend on when they were written.
async fn picture(bank: &Bank) -> Vec<String> {
    bank.projections.caught_up().await;
    let mut dump = Vec::new();
    bank.db.dump(&mut dump).await.unwrap();
    let mut lines: Vec<String> = String::from_utf8(dump).unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

async fn lived_in(db: Db) -> Bank {
    let bank = Bank::on(db).await;
    let (lin, wang) = (bank.lin().await, bank.wang().await);
    bank.accounts.open_day_counters(&[lin.account], 50_000, testkit::START).await.unwrap();
    for amount in 1..=30 {
        bank.clock.advance_ms(3_600_000);
        bank.pay(&lin, &wang, amount * 100).await;
    }
    let order = bank.pay(&wang, &lin, 77).await;
    bank.payments.correct("teller 7", order, "mistake").await.unwrap();
    let too_much = bank.payments.pay(&lin.api, Some("k"), bank.request(&lin, &wang, 9_000_000)).await;
    testkit::refusal(too_much);
    bank
}

async fn reopen(bank: &Bank) -> Result<Projections, Fault> {
    let mut list = accounts::projections(&bank.ledger, bank.accounts.slicing(), &bank.cache);
    list.extend(payments::projections());
    Projections::open(bank.db.clone(), bank.ledger.clone(), list).await
}

db::engine_tests! {
    async fn a_table_dropped_is_built_again_as_it_was(db: Db) {
        let bank = lived_in(db).await;
        let before = picture(&bank).await;
        assert!(before.len() > 150, "movements, orders and attempts of 35 payments: {}", before.len());
        for name in ["accounts.account", "accounts.movement", "accounts.book", "accounts.voucher", "payments.order"] {
            bank.projections.reset(name).await.unwrap();
            assert_eq!(picture(&bank).await, before, "after {name}");
        }
        for name in ["payments.order", "accounts.voucher", "accounts.book", "accounts.movement", "accounts.account"] {
            bank.projections.reset(name).await.unwrap();
        }
        assert_eq!(picture(&bank).await, before, "after all of them at once");
        assert!(bank.projections.healthy());
        bank.stop().await;
    }

    async fn tables_that_are_behind_catch_up_after_a_restart(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.projections.caught_up().await;
        bank.projections.stop().await;
        let seen = bank.projections.position();
        let order = bank.pay(&lin, &wang, 8_880).await;
        assert_eq!(bank.projections.position(), seen);
        assert!(bank.projections.lag() > 0);
        let bank = bank.restart().await;
        bank.projections.caught_up().await;
        assert_eq!(bank.projections.lag(), 0);
        assert!(bank.payments.receipt(&wang.web, order).await.is_ok());
        bank.stop().await;
    }

    async fn tables_that_do_not_belong_to_the_journal_are_refused(db: Db) {
        let bank = lived_in(db).await;
        bank.projections.caught_up().await;
        bank.projections.stop().await;
        let head = bank.ledger.partitions()[0].head().position;
        assert!(reopen(&bank).await.is_ok());

        let ahead = i64::try_from(head).unwrap() + 1;
        bank.db.execute("UPDATE projection SET position = $1 WHERE name = 'payments.order'", params![ahead]).await.unwrap();
        let fault = reopen(&bank).await.err().unwrap();
        let expected = ProjectionError::AheadOfJournal { name: "payments.order".to_owned(), position: head + 1, head };
        assert_eq!(ProjectionError::of(&fault), Some(&expected), "{fault}");

        let back = params![ahead - 1, [7_u8; 32]];
        bank.db.execute("UPDATE projection SET position = $1, hash = $2 WHERE name = 'payments.order'", back).await.unwrap();
        let fault = reopen(&bank).await.err().unwrap();
        let expected = ProjectionError::OtherJournal { name: "payments.order".to_owned(), position: head };
        assert_eq!(ProjectionError::of(&fault), Some(&expected), "{fault}");
        bank.stop().await;
    }

    async fn a_chunk_that_fails_leaves_nothing_and_is_tried_again(db: Db) {
        let bank = Bank::with_partitions(db, 1).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.projections.caught_up().await;
        // A row that is in the way of the next one.
        let next = i64::try_from(bank.ledger.partitions()[0].head().sequence).unwrap();
        let row = params![lin.account.id.0 as i64, next];
        let block = "INSERT INTO movement (account, sequence, amount_minor, balance_after_minor, time_ms, bank_day, code, \
            reference, counterparty) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0)";
        bank.db.execute(block, row.clone()).await.unwrap();
        let order = bank.pay(&lin, &wang, 8_880).await;
        while bank.projections.healthy() {
            tokio::task::yield_now().await;
        }
        let orders = bank.db.query_one("SELECT COUNT(*) AS n FROM payment_order WHERE order_id = $1", params![order.0]);
        assert_eq!(orders.await.unwrap().i64("n").unwrap(), 0, "no projection is written without the others");
        bank.db.execute("DELETE FROM movement WHERE account = $1 AND sequence = $2", row).await.unwrap();
        bank.projections.caught_up().await;
        assert!(bank.projections.healthy());
        assert!(bank.payments.receipt(&wang.web, order).await.is_ok());
        bank.stop().await;
    }
}
