//! A transfer in three steps, its receipt, and who may see it.

use db::Db;
use payments::{Channel, Confirmed, Direction, DraftId, OrderState, PayeeBy, PaymentKind, Receipt, TransferForm};
use testkit::{Bank, Member, refusal};

fn form(from: &Member, payee: &str, amount: &str, memo: &str) -> TransferForm {
    TransferForm { payer: from.account.id, payee: payee.to_owned(), amount: amount.to_owned(), memo: memo.to_owned() }
}

fn paid(confirmed: kit::Result<Confirmed>) -> Receipt {
    match confirmed.unwrap() {
        Confirmed::Paid(receipt) => receipt,
        other => panic!("not paid: {other:?}"),
    }
}

db::engine_tests! {
    async fn a_transfer_is_written_looked_at_and_confirmed(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);

        let draft = bank.payments.prepare(&lin.web, form(&lin, "139 0000 6027", "88.80", " 午饭 ")).await.unwrap();
        assert_eq!((draft.payee.name.as_str(), draft.payee.initial.as_str()), ("王*国", "王"));
        assert_eq!((draft.payee.by, draft.payee.shown.as_str()), (PayeeBy::Mobile, "139 **** 6027"));
        assert_eq!((draft.amount.plain(), draft.fee.plain(), draft.memo.as_str()), ("88.80".into(), "0.00".into(), "午饭"));
        assert_eq!(bank.balance(&lin).await, 1_000_000, "nothing moves before it is confirmed");
        assert_eq!(bank.payments.draft(&lin.web, draft.id).await.unwrap(), draft);

        let receipt = bank.paid(&lin, draft.id).await;
        assert_eq!((receipt.order, receipt.state, receipt.kind), (draft.order, OrderState::Paid, PaymentKind::Transfer));
        assert_eq!((receipt.direction, receipt.channel), (Direction::Out, Channel::Web));
        assert_eq!(receipt.bank_day.iso(), "2026-11-21");
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (991_120, 1_008_880));

        // Both see the same payment from their own side, and so do both statements.
        assert_eq!(bank.payments.receipt(&lin.web, draft.order).await.unwrap(), receipt);
        let received = bank.payments.receipt(&wang.web, draft.order).await.unwrap();
        assert_eq!((received.direction, received.counterparty.name.as_str()), (Direction::In, "林*满"));
        let out = bank.payments.statement(&lin.web, lin.account.id, None, 10).await.unwrap().items;
        assert_eq!((out[0].amount.plain(), out[0].balance_after.plain()), ("-88.80".to_owned(), "9911.20".to_owned()));
        assert_eq!((out[0].memo.as_str(), out[0].order), ("午饭", Some(draft.order)));
        let income = bank.payments.statement(&wang.web, wang.account.id, None, 10).await.unwrap().items;
        assert_eq!((income[0].amount.plain(), income[0].counterparty.name.as_str()), ("88.80".to_owned(), "林*满"));
        assert!(income[1].counterparty.is_bank, "cash came from the bank");
        bank.stop().await;
    }

    async fn confirming_again_pays_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let draft = bank.payments.prepare(&lin.web, form(&lin, "13900006027", "100", "")).await.unwrap();
        let code = bank.code(&lin, draft.id).await.unwrap();
        let proof = lin.by_text(&code);
        let (first, second) = tokio::join!(
            bank.payments.confirm_with(&lin.web, draft.id, Some(&proof)),
            bank.payments.confirm_with(&lin.web, draft.id, Some(&proof))
        );
        let (first, second) = (paid(first), paid(second));
        assert_eq!((&first.order, &first.amount, &first.time), (&second.order, &second.amount, &second.time));
        bank.clock.advance_ms(3_600_000);
        let much_later = paid(bank.payments.confirm_with(&lin.web, draft.id, None).await);
        assert_eq!(much_later, first, "what was paid in time stays paid");
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (990_000, 1_010_000));
        bank.stop().await;
    }

    async fn a_draft_expires_and_belongs_to_its_owner(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let draft = bank.payments.prepare(&lin.web, form(&lin, "13900006027", "100", "")).await.unwrap();
        for answer in [bank.payments.draft(&wang.web, draft.id).await, bank.payments.draft(&lin.web, DraftId(7)).await] {
            assert_eq!(refusal(answer).code, "payments.draft_not_found");
        }
        assert_eq!(refusal(bank.confirm(&wang, draft.id).await).status, 404);
        let code = bank.code(&lin, draft.id).await.unwrap();
        bank.clock.advance_ms(payments::DRAFT_LIVES_MS);
        let late = refusal(bank.payments.confirm_with(&lin.web, draft.id, Some(&lin.by_text(&code))).await);
        assert_eq!((late.code, late.status), ("payments.draft_expired", 410));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.clock.advance_ms(2 * 24 * 3_600_000);
        bank.payments.sweep().await.unwrap();
        assert_eq!(refusal(bank.payments.draft(&lin.web, draft.id).await).code, "payments.draft_not_found");
        bank.stop().await;
    }

    async fn what_is_typed_wrong_is_refused_before_anything_is_kept(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let number = wang.account.number().unwrap().grouped();
        let own = lin.account.number().unwrap().plain();
        let cash = bank.own.cash.number().unwrap().plain();
        let long = "长".repeat(61);
        for (payee, amount, memo, code, field) in [
            ("13900006027", "0", "", "payments.amount_zero", "amount"),
            ("13900006027", "0.00", "", "payments.amount_zero", "amount"),
            ("13900006027", "-1", "", "payments.amount_invalid", "amount"),
            ("13900006027", "0.001", "", "payments.amount_invalid", "amount"),
            ("13900006027", "1e3", "", "payments.amount_invalid", "amount"),
            ("13900006027", "１００", "", "payments.amount_invalid", "amount"),
            ("13900006027", "", "", "payments.amount_invalid", "amount"),
            ("13900006027", "92233720368547758.08", "", "payments.amount_invalid", "amount"),
            ("13900006027", "1", long.as_str(), "payments.memo_invalid", "memo"),
            ("1390000602", "1", "", "payments.payee_invalid", "payee"),
            ("9001001234567890123", "1", "", "payments.payee_invalid", "payee"),
            ("13700000000", "1", "", "payments.payee_not_found", "payee"),
            (cash.as_str(), "1", "", "payments.payee_not_found", "payee"),
            (own.as_str(), "1", "", "payments.payee_is_payer", "payee"),
            ("13800005678", "1", "", "payments.payee_is_payer", "payee"),
            (number.as_str(), "10000.01", "", "payments.insufficient_funds", "amount"),
        ] {
            let refused = refusal(bank.payments.prepare(&lin.web, form(&lin, payee, amount, memo)).await);
            assert_eq!(refused.code, code, "{payee:?} {amount:?}");
            assert_eq!(refused.fields.get("field"), Some(&field.into()), "{payee:?} {amount:?}");
        }
        let other = refusal(bank.payments.prepare(&lin.web, form(&wang, "13800005678", "1", "")).await);
        assert_eq!((other.code, other.status), ("accounts.not_found", 404));
        let short = refusal(bank.payments.prepare(&lin.web, form(&lin, &number, "10311.20", "")).await);
        assert_eq!(short.integer("short_minor"), Some(31_120));
        bank.stop().await;
    }

    async fn the_payee_can_be_seen_before_an_amount_is_asked(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let number = wang.account.number().unwrap();
        let payee = bank.payments.payee(&lin.web, Some(lin.account.id), &number.grouped()).await.unwrap();
        assert_eq!((payee.by, payee.name.as_str(), payee.tail), (PayeeBy::Number, "王*国", number.tail()));
        assert_eq!(payee.shown, number.masked());
        let own = bank.payments.payee(&lin.web, Some(lin.account.id), "13800005678").await;
        assert_eq!(refusal(own).code, "payments.payee_is_payer");
        assert!(bank.payments.payee(&lin.web, None, "13900006027").await.is_ok());
        let foreign = bank.payments.payee(&lin.web, Some(wang.account.id), "13800005678").await;
        assert_eq!(refusal(foreign).code, "accounts.not_found");
        bank.stop().await;
    }

    async fn a_receipt_exists_for_payer_and_payee_alone_and_a_refused_one_for_the_payer(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let stranger = bank.enrol("陈美", "13700001111", 0).await;
        let order = bank.pay(&lin, &wang, 100).await;
        assert!(bank.payments.receipt(&lin.web, order).await.is_ok());
        assert!(bank.payments.receipt(&wang.web, order).await.is_ok());
        let unseen = refusal(bank.payments.receipt(&stranger.web, order).await);
        let missing = refusal(bank.payments.receipt(&stranger.web, payments::OrderNumber(1)).await);
        assert_eq!(unseen, missing, "what is another's does not exist");

        let refused = bank.payments.pay(&lin.api, Some("too-much"), bank.request(&lin, &wang, 9_000_000)).await;
        let refused = refusal(refused);
        assert_eq!(refused.code, "payments.insufficient_funds");
        let kit::FieldValue::Text(order) = &refused.fields["order"] else { panic!("no order: {refused:?}") };
        let order = payments::OrderNumber::parse(order).unwrap();
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.refusal.as_deref()), (OrderState::Refused, Some("payments.insufficient_funds")));
        assert_eq!(refusal(bank.payments.receipt(&wang.web, order).await).status, 404);
        bank.stop().await;
    }
}
