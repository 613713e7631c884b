//! Whom a customer has paid, how many others a person may look for, and who is told what.

use db::Db;
use kit::Clock;
use payments::{LOOK_UPS_AN_HOUR, TransferForm};
use testkit::{Bank, Member, refusal};

fn form(from: &Member, payee: &str) -> TransferForm {
    let (payee, amount, memo) = (payee.to_owned(), "1".to_owned(), String::new());
    TransferForm { payer: from.account.id, payee, amount, memo }
}

async fn told(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.notify.notices(member.person.id.0, None, 50).await.unwrap();
    notices
        .into_iter()
        .map(|notice| notice.kind)
        .filter(|kind| kind.contains("payment") || kind.contains("transfer"))
        .collect()
}

db::engine_tests! {
    async fn who_was_paid_is_saved_and_told_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 8_880).await;
        let too_much = bank.payments.pay(&lin.api, Some("k"), bank.request(&lin, &wang, 9_000_000)).await;
        refusal(too_much);
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (payments, now) = (bank.payments.clone(), bank.clock.now());
            runs.spawn(async move { payments.run_due(now).await.unwrap().told });
        }
        assert_eq!(runs.join_all().await.into_iter().sum::<u64>(), 1);
        assert_eq!(told(&bank, &wang).await, ["payment_received"]);
        assert!(told(&bank, &lin).await.is_empty());
        let saved = bank.payments.saved_payees(&lin.web).await.unwrap().remove(0);
        assert_eq!((saved.payee.name.as_str(), saved.payee.shown), ("王*国", wang.account.number().unwrap().masked()));
        assert!(bank.payments.saved_payees(&wang.web).await.unwrap().is_empty(), "who was paid has not paid");

        // It names the account, also in a transfer, for its owner alone.
        let bank = bank.restart().await;
        let draft = bank.payments.prepare(&lin.web, form(&lin, &saved.text)).await.unwrap();
        assert_eq!((draft.payee.name.as_str(), draft.payee_text), ("王*国", saved.text.clone()));
        bank.paid(&lin, draft.id).await;
        let foreign = refusal(bank.payments.prepare(&wang.web, form(&wang, &saved.text)).await);
        assert_eq!(foreign.code, "payments.payee_not_found");
        let unknown = bank.payments.remove_saved_payee(&wang.web, saved.id).await;
        assert_eq!(refusal(unknown).code, "payments.saved_payee_not_found");
        bank.payments.run_due(bank.clock.now()).await.unwrap();
        assert_eq!(bank.payments.saved_payees(&lin.web).await.unwrap().len(), 1, "paid again is the same payee");
        assert_eq!(told(&bank, &wang).await.len(), 2);
        bank.payments.remove_saved_payee(&lin.web, saved.id).await.unwrap();
        assert!(bank.payments.saved_payees(&lin.web).await.unwrap().is_empty());
        bank.stop().await;
    }

    async fn a_person_looks_for_so_many_payees_an_hour_and_no_more(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for number in 0..LOOK_UPS_AN_HOUR {
            let text = format!("137{number:08}");
            assert_eq!(refusal(bank.payments.payee(&lin.web, None, &text).await).code, "payments.payee_not_found");
        }
        let over = refusal(bank.payments.payee(&lin.web, None, "13900006027").await);
        assert_eq!((over.code, over.status, over.integer("retry_after_s")), ("payments.look_ups_too_many", 429, Some(3_600)));
        assert_eq!(refusal(bank.payments.prepare(&lin.web, form(&lin, "13900006027")).await).status, 429);
        let again = bank.payments.payee(&lin.web, None, "137 0000 0000").await;
        assert_eq!(refusal(again).code, "payments.payee_not_found", "the same one is no new look");
        assert!(bank.payments.payee(&wang.web, None, "13800005678").await.is_ok(), "everybody has their own count");
        bank.clock.advance_ms(3_600_000);
        assert!(bank.payments.payee(&lin.web, None, "13900006027").await.is_ok());
        bank.payments.sweep().await.unwrap();
        bank.stop().await;
    }
}
