//! Contra entries.

use db::Db;
use payments::{Direction, OrderState, PaymentKind};
use testkit::{Bank, refusal};

db::engine_tests! {
    async fn a_payment_is_taken_back_once_with_a_reason(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = bank.pay(&lin, &wang, 8_880).await;
        let contra = bank.payments.correct("teller 7", order, "重复入账").await.unwrap();
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (1_000_000, 1_000_000));

        bank.projections.caught_up().await;
        let original = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((original.state, original.related), (OrderState::Corrected, Some(contra)));
        assert_eq!(original.reason.as_deref(), Some("重复入账"));
        let receipt = bank.payments.receipt(&lin.web, contra).await.unwrap();
        assert_eq!((receipt.kind, receipt.direction, receipt.related), (PaymentKind::Correction, Direction::In, Some(order)));

        assert_eq!(refusal(bank.payments.correct("teller 7", order, "again").await).code, "payments.already_corrected");
        let of_contra = refusal(bank.payments.correct("teller 7", contra, "undo").await);
        assert_eq!(of_contra.code, "payments.correction_of_correction");
        bank.stop().await;
    }

    async fn twenty_corrections_at_once_take_it_back_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = bank.pay(&lin, &wang, 8_880).await;
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let payments = bank.payments.clone();
            all.spawn(async move { payments.correct("teller 7", order, "twice").await });
        }
        let done = all.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!((done, bank.balance(&lin).await), (1, 1_000_000));
        bank.stop().await;
    }

    async fn what_the_payee_has_spent_is_refused_and_may_be_tried_again(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, chen) = (bank.lin().await, bank.enrol("陈美", "13700001111", 0).await);
        let order = bank.pay(&lin, &chen, 8_880).await;
        let back = bank.pay(&chen, &lin, 1).await;
        let refused = refusal(bank.payments.correct("teller 7", order, "mistake").await);
        assert_eq!((refused.code, refused.integer("short_minor")), ("payments.insufficient_funds", Some(1)));
        bank.payments.correct("teller 7", back, "mistake").await.unwrap();
        bank.payments.correct("teller 7", order, "mistake").await.unwrap();
        assert_eq!((bank.balance(&lin).await, bank.balance(&chen).await), (1_000_000, 0));
        bank.stop().await;
    }

    async fn there_must_be_a_payment_and_a_reason(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = bank.pay(&lin, &wang, 1).await;
        assert_eq!(refusal(bank.payments.correct("teller 7", order, " ").await).code, "payments.reason_invalid");
        let nothing = bank.payments.correct("teller 7", payments::OrderNumber(1), "x").await;
        assert_eq!(refusal(nothing).code, "payments.not_found");
        let refused = refusal(bank.payments.pay(&lin.api, Some("k"), bank.request(&lin, &wang, 9_000_000)).await);
        let kit::FieldValue::Text(order) = &refused.fields["order"] else { panic!("no order") };
        let order = payments::OrderNumber::parse(order).unwrap();
        assert_eq!(refusal(bank.payments.correct("teller 7", order, "x").await).code, "payments.not_paid");
        bank.stop().await;
    }
}
