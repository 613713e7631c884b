//! Money that waits: it is paid when it is due or goes back, once, whatever happens in between.

use db::Db;
use kit::Clock;
use payments::{
    Confirmed, DELAY_MS, DueReport, HoldReason, OrderNumber, OrderState, TransferForm, TransferOptions, When,
};
use testkit::{Bank, Member, refusal};

/// Lin pays Wang 88.80 a day later.
async fn delayed(bank: &Bank, lin: &Member) -> OrderNumber {
    let form = TransferForm {
        payer: lin.account.id,
        payee: "13900006027".to_owned(),
        amount: "88.80".to_owned(),
        memo: "午饭".to_owned(),
    };
    let options = TransferOptions { when: When::Delayed, ..TransferOptions::default() };
    let draft = bank.payments.prepare_as(&lin.web, form, options).await.unwrap();
    assert_eq!(draft.when, When::Delayed);
    let confirmed = bank.confirm(lin, draft.id).await.unwrap();
    let Confirmed::Held(receipt) = &confirmed else { panic!("not held: {confirmed:?}") };
    let held = receipt.held.unwrap();
    assert_eq!((receipt.state, held.why, held.can_recall), (OrderState::Held, HoldReason::Delayed, true));
    assert_eq!(held.until, bank.clock.now().plus_ms(DELAY_MS));
    assert_eq!(
        bank.payments.confirm_with(&lin.web, draft.id, None).await.unwrap(),
        confirmed,
        "a double click holds once"
    );
    receipt.order
}

async fn run(bank: &Bank) -> (u64, u64) {
    let DueReport { posted, returned, .. } = bank.payments.run_due(bank.clock.now()).await.unwrap();
    bank.projections.caught_up().await;
    assert!(bank.projections.healthy());
    (posted, returned)
}

db::engine_tests! {
    async fn a_delayed_transfer_waits_a_day_and_is_paid_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = delayed(&bank, &lin).await;
        let view = bank.accounts.view(&lin.web, lin.account.id).await.unwrap();
        assert_eq!((view.balance.minor, view.available.minor), (1_000_000, 991_120));
        assert_eq!(refusal(bank.payments.receipt(&wang.web, order).await).status, 404, "the payee sees nothing yet");
        assert_eq!(bank.payments.waiting(&lin.web).await.unwrap().len(), 1);
        assert!(bank.payments.waiting(&wang.web).await.unwrap().is_empty());
        let early = bank.payments.correct("teller 7", order, "mistake").await;
        assert_eq!(refusal(early).code, "payments.not_paid");

        bank.clock.advance_ms(DELAY_MS - 1);
        assert_eq!(run(&bank).await, (0, 0));
        let bank = bank.restart().await;
        bank.clock.advance_ms(1);
        assert_eq!(run(&bank).await, (1, 0));
        assert_eq!(run(&bank).await, (0, 0));
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (991_120, 1_008_880));
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.held, receipt.time), (OrderState::Paid, None, bank.clock.now()));
        assert_eq!(bank.payments.receipt(&wang.web, order).await.unwrap().memo, "午饭");
        let line = bank.payments.statement(&wang.web, wang.account.id, None, 1).await.unwrap().items.remove(0);
        assert_eq!((line.order, line.memo.as_str(), line.counterparty.name.as_str()), (Some(order), "午饭", "林*满"));
        assert_eq!(refusal(bank.payments.recall(&lin.web, order).await).code, "payments.recall_too_late");

        // It can be taken back by a contra entry like any other payment.
        bank.payments.correct("teller 7", order, "mistake").await.unwrap();
        assert_eq!((bank.balance(&lin.clone()).await, bank.balance(&wang).await), (1_000_000, 1_000_000));
        bank.stop().await;
    }

    async fn the_payer_takes_a_delayed_transfer_back_until_it_is_paid(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = delayed(&bank, &lin).await;
        for stranger in [&wang.web, &wang.api] {
            assert_eq!(refusal(bank.payments.recall(stranger, order).await).code, "payments.not_found");
        }
        assert_eq!(refusal(bank.payments.recall(&lin.web, OrderNumber(7)).await).status, 404);
        let receipt = bank.payments.recall(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.held), (OrderState::Recalled, None));
        bank.clock.advance_ms(60_000);
        assert_eq!(bank.payments.recall(&lin.web, order).await.unwrap(), receipt, "asking again changes nothing");
        let view = bank.accounts.view(&lin.web, lin.account.id).await.unwrap();
        assert_eq!((view.balance.minor, view.available.minor), (1_000_000, 1_000_000));
        bank.clock.advance_ms(2 * DELAY_MS);
        assert_eq!(run(&bank).await, (0, 0));
        assert_eq!(refusal(bank.payments.receipt(&wang.web, order).await).status, 404);
        bank.stop().await;
    }

    async fn twenty_recalls_and_payments_at_once_end_it_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for _ in 0..5 {
            let order = delayed(&bank, &lin).await;
            let before = (bank.balance(&lin).await, bank.balance(&wang).await);
            bank.clock.advance_ms(DELAY_MS);
            let mut recalls = tokio::task::JoinSet::new();
            let mut runs = tokio::task::JoinSet::new();
            for _ in 0..10 {
                let (payments, who) = (bank.payments.clone(), lin.web);
                recalls.spawn(async move { payments.recall(&who, order).await.is_ok() });
                let (payments, now) = (bank.payments.clone(), bank.clock.now());
                runs.spawn(async move { payments.run_due(now).await.unwrap() });
            }
            let recalled = recalls.join_all().await.into_iter().filter(|recalled| *recalled).count();
            runs.join_all().await;
            run(&bank).await;
            let after = (bank.balance(&lin).await, bank.balance(&wang).await);
            let state = bank.payments.receipt(&lin.web, order).await.unwrap().state;
            let paid = (before.0 - 8_880, before.1 + 8_880);
            match state {
                OrderState::Paid => assert_eq!((after, recalled), (paid, 0)),
                OrderState::Recalled => assert_eq!((after, recalled), (before, 10)),
                other => panic!("{other:?}"),
            }
            assert_eq!(bank.ledger.open_holds().await.unwrap(), 0);
        }
        bank.stop().await;
    }

    async fn tables_of_holds_are_built_again_as_they_were(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let paid = delayed(&bank, &lin).await;
        bank.clock.advance_ms(DELAY_MS);
        run(&bank).await;
        let recalled = delayed(&bank, &lin).await;
        bank.payments.recall(&lin.web, recalled).await.unwrap();
        let waits = delayed(&bank, &lin).await;
        let mut before = Vec::new();
        for order in [paid, recalled, waits] {
            before.push(bank.payments.receipt(&lin.web, order).await.unwrap());
        }
        let statement = bank.payments.statement(&lin.web, lin.account.id, None, 10).await.unwrap();
        for name in ["payments.order", "accounts.movement"] {
            bank.projections.reset(name).await.unwrap();
        }
        bank.projections.caught_up().await;
        for receipt in before {
            assert_eq!(bank.payments.receipt(&lin.web, receipt.order).await.unwrap(), receipt);
        }
        assert_eq!(bank.payments.statement(&lin.web, lin.account.id, None, 10).await.unwrap(), statement);
        bank.stop().await;
    }
}
