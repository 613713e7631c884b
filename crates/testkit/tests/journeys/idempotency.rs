//! A key makes repeating harmless.

use db::Db;
use payments::TransferRequest;
use testkit::{Bank, refusal};

db::engine_tests! {
    async fn the_same_key_and_request_give_the_first_answer_again(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let request = bank.request(&lin, &wang, 8_880);
        let first = bank.payments.pay(&lin.api, Some("k1"), request.clone()).await.unwrap();
        assert!(!first.replayed);
        bank.clock.advance_ms(86_400_000);
        let again = bank.payments.pay(&lin.api, Some("k1"), request.clone()).await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.receipt, first.receipt);
        assert_eq!(bank.balance(&lin).await, 991_120);

        // Another customer's same key is another key.
        let back = bank.payments.pay(&wang.api, Some("k1"), bank.request(&wang, &lin, 8_880)).await.unwrap();
        assert!(!back.replayed);
        assert_eq!(bank.balance(&lin).await, 1_000_000);

        // It also holds after a restart.
        let bank = bank.restart().await;
        let again = bank.payments.pay(&lin.api, Some("k1"), request).await.unwrap();
        assert_eq!((again.replayed, again.receipt.order), (true, first.receipt.order));
        bank.stop().await;
    }

    async fn the_same_key_with_another_request_is_refused(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let request = bank.request(&lin, &wang, 8_880);
        bank.payments.pay(&lin.api, Some("k1"), request.clone()).await.unwrap();
        let cent_more = TransferRequest { amount: money::Amount::new(8_881, money::Currency::CNY), ..request.clone() };
        let other_memo = TransferRequest { memo: "x".to_owned(), ..request.clone() };
        let other_payee = TransferRequest { payee: wang.account.number().unwrap().plain(), ..request };
        for altered in [cent_more, other_memo, other_payee] {
            let refused = refusal(bank.payments.pay(&lin.api, Some("k1"), altered).await);
            assert_eq!((refused.code, refused.status), ("idempotency.conflict", 409));
        }
        assert_eq!(bank.balance(&lin).await, 991_120);
        bank.stop().await;
    }

    async fn a_refusal_by_the_ledger_spends_the_key_and_one_before_it_does_not(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let request = bank.request(&lin, &wang, 2_000_000);
        let first = refusal(bank.payments.pay(&lin.api, Some("k1"), request.clone()).await);
        assert_eq!(first.code, "payments.insufficient_funds");
        let cash = payments::Funding { key: "more".into(), order: None, account: lin.account, amount_minor: 5_000_000 };
        bank.payments.fund(cash, testkit::START).await.unwrap();
        let again = refusal(bank.payments.pay(&lin.api, Some("k1"), request.clone()).await);
        assert_eq!(again, first, "the answer to a key never changes");
        assert!(bank.payments.pay(&lin.api, Some("k2"), request.clone()).await.is_ok());

        let nobody = TransferRequest { payee: "13700000000".to_owned(), ..request.clone() };
        let refused = refusal(bank.payments.pay(&lin.api, Some("k3"), nobody).await);
        assert_eq!(refused.code, "payments.payee_not_found");
        assert!(bank.payments.pay(&lin.api, Some("k3"), request).await.is_ok());
        bank.stop().await;
    }

    async fn one_key_from_twenty_requests_at_once_pays_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut requests = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (payments, api, request) = (bank.payments.clone(), lin.api, bank.request(&lin, &wang, 100));
            requests.spawn(async move { payments.pay(&api, Some("k1"), request).await });
        }
        let mut paid = Vec::new();
        for answer in requests.join_all().await {
            match answer {
                Ok(answer) => paid.push(answer),
                Err(error) => assert_eq!(error.to_string(), "idempotency.in_progress"),
            }
        }
        assert_eq!(paid.iter().filter(|paid| !paid.replayed).count(), 1);
        assert!(paid.iter().all(|other| other.receipt == paid[0].receipt));
        assert_eq!(bank.balance(&lin).await, 999_900);
        bank.stop().await;
    }

    async fn a_missing_or_malformed_key_is_refused(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for (key, code) in [
            (None, "idempotency.key_missing"),
            (Some(""), "idempotency.key_invalid"),
            (Some("a b"), "idempotency.key_invalid"),
        ] {
            let refused = refusal(bank.payments.pay(&lin.api, key, bank.request(&lin, &wang, 1)).await);
            assert_eq!((refused.code, refused.status), (code, 400));
        }
        bank.stop().await;
    }
}
