//! Twenty at once against one balance and one limit: the sums are right whoever wins.

use accounts::AccountRef;
use db::Db;
use kit::Timestamp;
use payments::{OrderNumber, PaymentInstruction, card_command_id};
use testkit::{Bank, START};

/// Twenty card payments at the same moment; gives how many were paid and the codes of the others.
async fn race(
    bank: &Bank,
    from: AccountRef,
    to: AccountRef,
    amount: i64,
    first: u64,
    time: Timestamp,
) -> (usize, Vec<String>) {
    let mut all = tokio::task::JoinSet::new();
    for index in first..first + 20 {
        let payments = bank.payments.clone();
        let order = OrderNumber::of_import(0, index).unwrap();
        let instruction = PaymentInstruction::card(card_command_id(index), order, from, to, amount, time);
        all.spawn(async move { payments.submit(&instruction).unwrap().await.unwrap() });
    }
    let results = all.join_all().await;
    let refused: Vec<String> =
        results.iter().filter_map(|result| result.refusal.as_ref()).map(|refusal| refusal.code.to_owned()).collect();
    (results.len() - refused.len(), refused)
}

db::engine_tests! {
    async fn twenty_at_once_cannot_spend_more_than_there_is(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.enrol("林小满", "13800005678", 100_000).await;
        let wang = bank.wang().await;
        let (paid, refused) = race(&bank, lin.account, wang.account, 15_000, 0, START).await;
        assert_eq!((paid, refused.len()), (6, 14));
        assert!(refused.iter().all(|code| code == "payments.insufficient_funds"));
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (10_000, 1_090_000));
        bank.stop().await;
    }

    async fn twenty_at_once_cannot_pass_a_days_limit_and_the_next_day_is_a_new_one(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let limited = bank.accounts.open_day_counters(&[lin.account], 15_000, START).await.unwrap()[0];
        let day_ends = bank.calendar.instant(jiff_midnight()).unwrap();
        let (paid, refused) = race(&bank, limited, wang.account, 4_000, 0, day_ends.plus_ms(-1)).await;
        assert_eq!((paid, refused.len()), (3, 17));
        assert!(refused.iter().all(|code| code == "payments.limit_day_exceeded"));
        let (paid, _) = race(&bank, limited, wang.account, 5_000, 100, day_ends).await;
        assert_eq!(paid, 3, "the bound is inclusive, and the bank's midnight begins a new day");
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 3 * 4_000 - 3 * 5_000);

        // Another cap is not what was agreed; the same one is.
        let other = bank.accounts.open_day_counters(&[lin.account], 15_100, START).await;
        assert_eq!(testkit::refusal(other).code, "accounts.day_cap_differs");
        assert_eq!(bank.accounts.open_day_counters(&[lin.account], 15_000, START).await.unwrap()[0], limited);

        // After a restart the counter is still named, without anybody having to remember it.
        let bank = bank.restart().await;
        let found = bank.accounts.by_id(lin.account.id).await.unwrap().unwrap();
        assert_eq!(found, limited);
        let draft = payments::TransferForm {
            payer: lin.account.id,
            payee: "13900006027".to_owned(),
            amount: "150.01".to_owned(),
            memo: String::new(),
        };
        let draft = bank.payments.prepare(&lin.web, draft).await.unwrap();
        let refused = testkit::refusal(bank.confirm(&lin, draft.id).await);
        assert_eq!((refused.code, refused.integer("cap_minor")), ("payments.limit_day_exceeded", Some(15_000)));
        bank.stop().await;
    }

    async fn payments_against_each_other_keep_the_sum(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut all = tokio::task::JoinSet::new();
        for index in 0..200_u64 {
            let payments = bank.payments.clone();
            let (from, to) = if index % 2 == 0 { (&lin, &wang) } else { (&wang, &lin) };
            let order = OrderNumber::of_import(0, index).unwrap();
            let amount = (index as i64 + 1) * 97;
            let (from, to) = (from.account, to.account);
            let instruction = PaymentInstruction::card(card_command_id(index), order, from, to, amount, START);
            all.spawn(async move { payments.submit(&instruction).unwrap().await.unwrap() });
        }
        assert!(all.join_all().await.iter().all(payments::PaymentResult::is_paid));
        assert_eq!(bank.balance(&lin).await + bank.balance(&wang).await, 2_000_000);
        assert_eq!(bank.balance(&wang).await, 1_000_000 - 100 * 97);
        bank.stop().await;
    }
}

/// Midnight after the day on which every bank's clock starts.
fn jiff_midnight() -> jiff::civil::DateTime {
    jiff::civil::date(2026, 11, 22).at(0, 0, 0, 0)
}
