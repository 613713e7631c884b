//! A transfer that is confirmed by a code from the payer's phone.

use db::Db;
use kit::BankDay;
use passport::{Asked, Factor, Visitor};
use payments::{Confirmed, Draft, DraftId, Payments, Policy, TransferForm};
use serde_json::json;
use testkit::{Bank, Member, START, refusal};

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
        let payments = bank.payments.clone();
        let first = draft(&payments, &lin, "88.80").await;
        assert!(first.needs_code);
        let without = refusal(payments.confirm_with(&lin.web, first.id, None).await);
        assert_eq!((without.code, without.status), ("payments.code_needed", 403));
        let unsent = refusal(payments.confirm_with(&lin.web, first.id, Some(&lin.by_text("123456"))).await);
        assert_eq!(unsent.code, "passport.code_none");

        let sent = payments.ask_proof(&Visitor::unknown(), &lin.web, first.id, Factor::SmsCode, None, "").await.unwrap();
        assert!(matches!(&sent.asked, Asked::Code { to } if to.ends_with("5678")), "{sent:?}");
        let text = bank.phone.texts("+8613800005678").remove(0).text;
        assert!(text.contains("王*国") && text.contains("88.80"), "the text names payee and amount");
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let wrong = refusal(payments.confirm_with(&lin.web, first.id, Some(&lin.by_text(&other(&code)))).await);
        assert_eq!((wrong.code, bank.balance(&lin).await), ("passport.code_wrong", 1_000_000));
        let someone_else = refusal(payments.confirm_with(&wang.web, first.id, Some(&lin.by_text(&code))).await);
        assert_eq!(someone_else.code, "payments.draft_not_found");

        let proof = lin.by_text(&code);
        let (once, twice) = tokio::join!(
            payments.confirm_with(&lin.web, first.id, Some(&proof)),
            payments.confirm_with(&lin.web, first.id, Some(&proof))
        );
        assert!(matches!(once.unwrap(), Confirmed::Paid(_)) && matches!(twice.unwrap(), Confirmed::Paid(_)));
        assert!(payments.confirm_with(&lin.web, first.id, Some(&lin.by_text("000000"))).await.is_ok(), "what is paid stays paid");
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (991_120, 1_008_880));

        // Another amount is another draft, for which that code is worth nothing, and afterwards it is dead.
        bank.clock.advance_ms(60_000);
        let small = draft(&payments, &lin, "1").await;
        payments.ask_proof(&Visitor::unknown(), &lin.web, small.id, Factor::SmsCode, None, "").await.unwrap();
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let large = draft(&payments, &lin, "5000").await;
        assert_eq!(refusal(payments.confirm_with(&lin.web, large.id, Some(&lin.by_text(&code))).await).code, "passport.code_changed");
        assert_eq!(refusal(payments.confirm_with(&lin.web, small.id, Some(&lin.by_text(&code))).await).code, "passport.code_changed");
        assert_eq!(bank.balance(&lin).await, 991_120);
        bank.stop().await;
    }

    async fn a_code_that_is_out_is_shown_until_it_is_given_or_dead(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let first = draft(&bank.payments, &lin, "1").await;
        assert_eq!(bank.payments.asked(&lin.web, first.id).await.unwrap(), None);
        let code = bank.code(&lin, first.id).await.unwrap();
        let out = bank.payments.asked(&lin.web, first.id).await.unwrap().unwrap();
        assert_eq!((out.left, out.resend_at, out.expires), (5, Some(START.plus_ms(60_000)), START.plus_ms(300_000)));
        assert_eq!(refusal(bank.payments.asked(&wang.web, first.id).await).status, 404);
        refusal(bank.payments.confirm_with(&lin.web, first.id, Some(&lin.by_text(&other(&code)))).await);
        assert_eq!(bank.payments.asked(&lin.web, first.id).await.unwrap().map(|out| out.left), Some(4));
        let again = bank.payments.ask_proof(&Visitor::unknown(), &lin.web, first.id, Factor::SmsCode, None, "").await;
        assert_eq!(refusal(again).code, "passport.code_too_soon");
        bank.clock.advance_ms(300_000);
        assert_eq!(bank.payments.asked(&lin.web, first.id).await.unwrap(), None);
        let late = bank.payments.confirm_with(&lin.web, first.id, Some(&lin.by_text(&code))).await;
        assert_eq!(refusal(late).code, "passport.code_expired");
        assert!(bank.confirm(&lin, first.id).await.is_ok(), "another code of the same payment");
        bank.stop().await;
    }

    async fn what_is_confirmed_by_text_is_capped_a_payment_a_day_and_a_month(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.enrol("林小满", "13800005678", 20_000_000).await, bank.wang().await);
        let refused = |amount: &'static str| {
            let (payments, lin) = (bank.payments.clone(), lin.clone());
            async move {
                let (payee, memo) = ("13900006027".to_owned(), String::new());
                let form = TransferForm { payer: lin.account.id, payee, amount: amount.to_owned(), memo };
                refusal(payments.prepare(&lin.web, form).await)
            }
        };
        let over = refused("10000.01").await;
        assert_eq!((over.code, over.integer("cap_minor")), ("payments.sms_payment_exceeded", Some(1_000_000)));
        // Two drafts that each fit, and together pass the day's cap: the ledger refuses the second.
        let (first, second) = (draft(&bank.payments, &lin, "6000").await, draft(&bank.payments, &lin, "4000.01").await);
        bank.paid(&lin, first.id).await;
        let late = refusal(bank.confirm(&lin, second.id).await);
        assert_eq!((late.code, late.integer("left_minor")), ("payments.sms_day_exceeded", Some(400_000)));
        assert_eq!(refused("4000.01").await.code, "payments.sms_day_exceeded");
        bank.paid(&lin, draft(&bank.payments, &lin, "4000").await.id).await;
        assert_eq!(refused("0.01").await.integer("left_minor"), Some(0));
        for day in 22..26 {
            bank.clock.set(bank.calendar.at_hour(BankDay::from_ymd(2026, 11, day), 0).unwrap());
            bank.paid(&lin, draft(&bank.payments, &lin, "10000").await.id).await;
        }
        bank.clock.set(bank.calendar.at_hour(BankDay::from_ymd(2026, 11, 30), 23).unwrap());
        let month = refused("0.01").await;
        assert_eq!((month.code, month.integer("used_minor")), ("payments.sms_month_exceeded", Some(5_000_000)));
        bank.clock.set(bank.calendar.at_hour(BankDay::from_ymd(2026, 12, 1), 0).unwrap());
        bank.paid(&lin, draft(&bank.payments, &lin, "10000").await.id).await;
        bank.stop().await;
    }

    async fn a_program_needs_the_code_too_and_its_key_stays_harmless(db: Db) {
        let bank = Bank::on(db).await.with_policy(Policy::default());
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let path = "/api/v1/transfers";
        let body = |value: &str| json!({
            "from": lin.account.id.to_string(), "to": "13900006027",
            "amount": { "value": value, "currency": "CNY" }, "memo": "午饭",
        });
        let made = bank.post(Some(&lin), path, Some("k1"), &body("88.80")).await;
        assert_eq!(made.status.as_u16(), 202, "{made:?}");
        let place = made.header("location").to_owned();
        assert_eq!(place, format!("/api/v1/drafts/{}", made.json()["id"].as_str().unwrap()));
        assert_eq!((&made.json()["needs_code"], &made.json()["payee_name"]), (&json!(true), &json!("王*国")));
        assert_eq!(bank.get(&lin, &place).await.json(), made.json());
        let again = bank.post(Some(&lin), path, Some("k1"), &body("88.80")).await;
        assert_eq!((again.status.as_u16(), again.json()), (202, made.json()), "the same key is the same draft");
        let altered = bank.post(Some(&lin), path, Some("k1"), &body("88.81")).await;
        assert_eq!((altered.status.as_u16(), altered.code().as_str()), (409, "idempotency.conflict"));
        for action in ["", "/challenge", "/confirm"] {
            let answer = match action {
                "" => bank.get(&wang, &place).await,
                _ => bank.post(Some(&wang), &format!("{place}{action}"), None, &match action { "/confirm" => json!({ "answer": "123456" }), _ => json!({ "factor": "sms_code" }) }).await,
            };
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "payments.draft_not_found"), "{action}");
        }
        let without = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({})).await;
        assert_eq!((without.status.as_u16(), without.code().as_str()), (403, "payments.code_needed"));
        let sent = bank.post(Some(&lin), &format!("{place}/challenge"), None, &json!({ "factor": "sms_code" })).await;
        assert_eq!((sent.status.as_u16(), &sent.json()["tries"]), (200, &json!(5)), "{sent:?}");
        let soon = bank.post(Some(&lin), &format!("{place}/challenge"), None, &json!({ "factor": "sms_code" })).await;
        assert_eq!((soon.status.as_u16(), soon.code().as_str()), (429, "passport.code_too_soon"));
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let wrong = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({ "answer": other(&code), "account_tail": lin.account_tail() })).await;
        assert_eq!((wrong.status.as_u16(), &wrong.json()["fields"]["left"]), (422, &json!(4)));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        let paid = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({ "answer": code, "account_tail": lin.account_tail() })).await;
        assert_eq!((paid.status.as_u16(), &paid.json()["transfer"]["state"]), (200, &json!("paid")), "{paid:?}");
        let once_more = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({ "answer": code, "account_tail": lin.account_tail() })).await;
        assert_eq!(once_more.json(), paid.json());
        assert_eq!(bank.balance(&wang).await, 1_008_880);

        // The key knows its payment for ever, also when the draft is long forgotten.
        bank.clock.advance_ms(3 * 86_400_000);
        bank.payments.sweep().await.unwrap();
        let mut lin = lin.clone();
        lin.token = bank.token_again(&lin).await;
        let later = bank.post(Some(&lin), path, Some("k1"), &body("88.80")).await;
        assert_eq!((later.status.as_u16(), &later.json()), (200, &paid.json()["transfer"]));

        // A draft that nobody confirmed is written anew by the same request.
        let lost = bank.post(Some(&lin), path, Some("k2"), &body("1.00")).await.json();
        bank.clock.advance_ms(payments::DRAFT_LIVES_MS + 60_000);
        let fresh = bank.post(Some(&lin), path, Some("k2"), &body("1.00")).await;
        assert_eq!(fresh.status.as_u16(), 202);
        assert_ne!(fresh.json()["id"], lost["id"]);
        let dead = bank.post(Some(&lin), &format!("/api/v1/drafts/{}/challenge", lost["id"].as_str().unwrap()), None, &json!({ "factor": "sms_code" })).await;
        assert_eq!(dead.status.as_u16(), 410);
        let none = bank.payments.draft(&lin.web, DraftId(7)).await;
        assert_eq!(refusal(none).status, 404);
        bank.stop().await;
    }

    async fn a_program_writes_delayed_and_scheduled_transfers(db: Db) {
        let bank = Bank::on(db).await.with_policy(Policy::default());
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut body = json!({
            "from": lin.account.id.to_string(), "to": "13900006027",
            "amount": { "value": "10.00", "currency": "CNY" },
        });
        body["delayed"] = json!(true);
        let draft = bank.post(Some(&lin), "/api/v1/transfers", Some("d"), &body).await;
        assert_eq!((draft.status.as_u16(), &draft.json()["when"]), (202, &json!("delayed")), "{draft:?}");
        let code = bank.code_in(&lin, &lin.api, draft_id(&draft.json())).await.unwrap();
        let place = draft.header("location").to_owned();
        let held = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({ "answer": code, "account_tail": lin.account_tail() })).await.json();
        assert_eq!(held["transfer"]["state"], "held");
        assert_eq!(held["transfer"]["held_until"], "2026-11-22T13:26:08.000+08:00");
        let waiting = bank.get(&lin, "/api/v1/transfers/waiting").await.json();
        assert_eq!(waiting["items"][0]["id"], held["transfer"]["id"]);

        body.as_object_mut().unwrap().remove("delayed");
        body["rhythm"] = json!("monthly");
        body["first_day"] = json!("2026-11-30");
        let draft = bank.post(Some(&lin), "/api/v1/schedules", Some("s"), &body).await;
        assert_eq!(draft.status.as_u16(), 202, "{draft:?}");
        let code = bank.code_in(&lin, &lin.api, draft_id(&draft.json())).await.unwrap();
        let place = draft.header("location").to_owned();
        let made = bank.post(Some(&lin), &format!("{place}/confirm"), None, &json!({ "answer": code, "account_tail": lin.account_tail() })).await.json();
        assert_eq!((&made["schedule"]["state"], &made["transfer"]), (&json!("active"), &json!(null)));
        let again = bank.post(Some(&lin), "/api/v1/schedules", Some("s"), &body).await;
        assert_eq!((again.status.as_u16(), &again.json()), (200, &made["schedule"]));
        body["first_day"] = json!("2026-02-30");
        let wrong = bank.post(Some(&lin), "/api/v1/schedules", Some("t"), &body).await;
        assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (422, "payments.when_invalid"));

        // Each run counts among what was confirmed by text.
        bank.clock.set(bank.calendar.at_hour(BankDay::from_ymd(2026, 11, 30), 9).unwrap());
        let report = bank.payments.run_due(kit::Clock::now(&bank.clock)).await.unwrap();
        assert_eq!((report.scheduled_paid, report.posted), (1, 1));
        assert_eq!(bank.accounts.sms_usage(&lin.web).await.unwrap().day.used_minor, 1_000);
        assert_eq!(bank.balance(&wang).await, 1_002_000);
        bank.stop().await;
    }
}

fn draft_id(draft: &serde_json::Value) -> DraftId {
    DraftId(draft["id"].as_str().unwrap().parse().unwrap())
}
