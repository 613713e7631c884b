//! A transfer that is confirmed by a code from the payer's phone.

use db::Db;
use passport::Visitor;
use payments::{Channel, Confirmed, Draft, Factor, Payments, Policy, TransferForm};
use std::sync::Arc;
use testkit::{Bank, Member, refusal};

/// The bank's payments where a browser's transfer needs a code.
fn strict(bank: &Bank) -> Payments {
    let mut policy = Policy::default();
    for rule in &mut policy.rules {
        if rule.channel == Channel::Web {
            rule.least_factor = Factor::SmsCode;
        }
    }
    Payments::new(
        bank.db.clone(),
        bank.ledger.clone(),
        bank.passport.clone(),
        bank.accounts.clone(),
        Arc::new(bank.clock.clone()),
        Arc::clone(&bank.ids),
        policy,
    )
}

async fn draft(payments: &Payments, lin: &Member, amount: &str) -> Draft {
    let (payee, memo) = ("13900006027".to_owned(), String::new());
    let form = TransferForm { payer: lin.account.id, payee, amount: amount.to_owned(), memo };
    payments.prepare(&lin.web, form).await.unwrap()
}

fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

db::engine_tests! {
    async fn a_code_confirms_one_payment_and_dies_with_any_change(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let payments = strict(&bank);
        let first = draft(&payments, &lin, "88.80").await;
        assert!(first.needs_code);
        let without = refusal(payments.confirm(&lin.web, first.id).await);
        assert_eq!((without.code, without.status), ("payments.code_needed", 403));
        let unsent = refusal(payments.confirm_with(&lin.web, first.id, Some("123456")).await);
        assert_eq!(unsent.code, "passport.code_none");

        let sent = payments.send_code(&Visitor::unknown(), &lin.web, first.id).await.unwrap();
        assert!(sent.to.ends_with("5678"), "{sent:?}");
        let text = bank.phone.texts("+8613800005678").remove(0).text;
        assert!(text.contains("王*国") && text.contains("88.80"), "the text names payee and amount");
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let wrong = refusal(payments.confirm_with(&lin.web, first.id, Some(&other(&code))).await);
        assert_eq!((wrong.code, bank.balance(&lin).await), ("passport.code_wrong", 1_000_000));
        let someone_else = refusal(payments.confirm_with(&wang.web, first.id, Some(&code)).await);
        assert_eq!(someone_else.code, "payments.draft_not_found");

        let (once, twice) = tokio::join!(
            payments.confirm_with(&lin.web, first.id, Some(&code)),
            payments.confirm_with(&lin.web, first.id, Some(&code))
        );
        assert!(matches!(once.unwrap(), Confirmed::Paid(_)) && matches!(twice.unwrap(), Confirmed::Paid(_)));
        assert!(payments.confirm_with(&lin.web, first.id, Some("000000")).await.is_ok(), "what is paid stays paid");
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (991_120, 1_008_880));

        // Another amount is another draft, for which that code is worth nothing, and afterwards it is dead.
        bank.clock.advance_ms(60_000);
        let small = draft(&payments, &lin, "1").await;
        payments.send_code(&Visitor::unknown(), &lin.web, small.id).await.unwrap();
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let large = draft(&payments, &lin, "5000").await;
        assert_eq!(refusal(payments.confirm_with(&lin.web, large.id, Some(&code)).await).code, "passport.code_changed");
        assert_eq!(refusal(payments.confirm_with(&lin.web, small.id, Some(&code)).await).code, "passport.code_changed");
        assert_eq!(bank.balance(&lin).await, 991_120);
        bank.stop().await;
    }
}
