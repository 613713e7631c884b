//! The kill switch: what it ends, what is refused after it, what goes on, and races with it.

use accounts::OwnLimit;
use db::Db;
use kit::BankDay;
use passport::{Acting, SessionKind};
use payments::{Killed, KilledBy, Policy, Rhythm, TransferForm, TransferOptions, When};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::{Bank, Member, refusal};

fn form(from: &Member, amount: &str) -> TransferForm {
    let (payee, memo) = ("13900006027".to_owned(), String::new());
    TransferForm { payer: from.account.id, payee, amount: amount.to_owned(), memo }
}

async fn kill(bank: &Bank, member: &Member) -> Killed {
    let by = KilledBy::Owner(member.web.session);
    bank.payments.kill(member.person.id, member.person.customer, by).await.unwrap()
}

/// Who the owner is after signing in anew.
async fn anew(bank: &Bank, mobile: &str) -> Acting {
    bank.passport.sign_in(mobile, testkit::PASSWORD_OF_ALL, SessionKind::Api).await.unwrap().session.acting()
}

db::engine_tests! {
    async fn everything_that_could_act_ends_and_the_owner_starts_anew(db: Db) {
        let bank = Bank::on(db).await.with_policy(Policy::default());
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let delayed = TransferOptions { when: When::Delayed, invite: false };
        let held = bank.payments.prepare_as(&lin.web, form(&lin, "100"), delayed).await.unwrap();
        bank.confirm(&lin, held.id).await.unwrap();
        bank.clock.advance_ms(61_000);
        let draft = bank.payments.prepare(&lin.web, form(&lin, "1")).await.unwrap();
        let code = bank.code(&lin, draft.id).await.unwrap();
        bank.accounts.fresh().await;

        let killed = kill(&bank, &lin).await;
        assert_eq!((killed.sessions, killed.tokens, killed.recalled, killed.schedules), (1, 1, 1, 0));
        assert!(killed.drafts >= 1 && killed.on_their_way.is_empty(), "{killed:?}");
        assert_eq!(bank.balance(&lin).await, 1_000_000, "what waited is back");
        for token in [&lin.cookie, &lin.token] {
            assert!(bank.passport.authenticate(token).await.unwrap().is_none(), "every session is over");
        }

        // Whoever was let in a moment before finds nothing to act with.
        let late = bank.payments.confirm_with(&lin.web, draft.id, Some(&lin.by_text(&code))).await;
        assert_eq!(refusal(late).code, "payments.draft_expired");
        let stale = bank.payments.prepare(&lin.web, form(&lin, "1")).await.unwrap();
        bank.clock.advance_ms(61_000);
        let refused = refusal(bank.confirm(&lin, stale.id).await);
        assert_eq!((refused.code, refused.status), ("payments.authorisation_stale", 403));
        assert_eq!(bank.balance(&lin).await, 1_000_000);

        // Money still comes in, others are not touched, and the owner goes on after signing in anew.
        let to_lin = TransferForm { payer: wang.account.id, payee: "13800005678".to_owned(), ..form(&wang, "5") };
        let gift = bank.payments.prepare(&wang.web, to_lin).await.unwrap();
        bank.confirm(&wang, gift.id).await.unwrap();
        assert_eq!(bank.balance(&lin).await, 1_000_500);
        bank.clock.advance_ms(61_000);
        let mut lin = lin;
        lin.web = anew(&bank, "13800005678").await;
        let fresh = bank.payments.prepare(&lin.web, form(&lin, "2")).await.unwrap();
        bank.confirm(&lin, fresh.id).await.unwrap();
        assert_eq!(bank.balance(&lin).await, 1_000_300);
        let again = kill(&bank, &lin).await;
        assert_eq!((again.sessions, again.tokens, again.recalled), (0, 1, 0), "again it ends what is new");
        bank.stop().await;
    }

    async fn none_of_many_that_pay_all_the_time_gets_through_afterwards(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut sessions = vec![lin.api];
        for _ in 0..19 {
            sessions.push(anew(&bank, "13800005678").await);
        }
        let over = Arc::new(AtomicBool::new(false));
        let payers = sessions.into_iter().enumerate().map(|(number, who)| {
            let (payments, request, over) = (bank.payments.clone(), bank.request(&lin, &wang, 1), Arc::clone(&over));
            kit::spawn("payer", async move {
                let (mut after, mut round) = (0_u32, 0_u32);
                while after < 3 {
                    let began_after = over.load(Ordering::SeqCst);
                    let key = format!("racer-{number}-{round}");
                    let paid = payments.pay(&who, Some(&key), request.clone()).await;
                    round += 1;
                    if began_after {
                        assert_eq!(refusal(paid).code, "payments.authorisation_stale");
                        after += 1;
                    }
                }
            })
        });
        let payers: Vec<_> = payers.collect();
        while bank.balance(&wang).await < 1_000_050 {
            tokio::task::yield_now().await;
        }
        kill(&bank, &lin).await;
        let left = bank.balance(&lin).await;
        over.store(true, Ordering::SeqCst);
        for payer in payers {
            assert!(payer.await.unwrap().is_some(), "a payer was let through");
        }
        assert_eq!(bank.balance(&lin).await, left, "not a cent moved after the switch had answered");
        bank.stop().await;
    }

    async fn what_waits_ends_however_much_it_is(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let first = BankDay(bank.calendar.day(kit::Clock::now(&bank.clock)).0 + 1);
        let when = When::Every(Rhythm::Daily, first, None);
        let options = TransferOptions { when, invite: false };
        for number in 0..203 {
            let request = bank.request(&lin, &wang, 1);
            let written = bank.payments.write(&lin.api, Some(&format!("s{number}")), request, options).await.unwrap();
            let payments::Written::Draft(draft) = written else { panic!("{written:?}") };
            bank.payments.confirm_with(&lin.api, draft.id, None).await.unwrap();
        }
        let delayed = TransferOptions { when: When::Delayed, invite: false };
        for number in 0..203 {
            let request = bank.request(&lin, &wang, 1);
            let written = bank.payments.write(&lin.api, Some(&format!("d{number}")), request, delayed).await.unwrap();
            let payments::Written::Draft(draft) = written else { panic!("{written:?}") };
            bank.payments.confirm_with(&lin.api, draft.id, None).await.unwrap();
        }
        // A limit of one's own waits to be raised.
        bank.open_window(&lin).await;
        let session = bank.session(&lin).await;
        bank.payments.set_own_limit(&session, OwnLimit::Total, Some(100)).await.unwrap();
        let raised = bank.payments.set_own_limit(&session, OwnLimit::Total, None).await.unwrap();
        assert_eq!(bank.accounts.own_limits(&lin.web).await.unwrap().later.len(), 1);
        bank.accounts.fresh().await;

        let killed = kill(&bank, &lin).await;
        assert_eq!((killed.schedules, killed.recalled, killed.raises), (203, 203, 1));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.clock.set(raised.from.plus_ms(24 * 3_600_000));
        bank.tick().await;
        assert_eq!(bank.balance(&lin).await, 1_000_000, "no schedule runs");
        let own = bank.accounts.own_limits_of(lin.person.customer).await.unwrap();
        assert_eq!((own.of(OwnLimit::Total), own.later.len()), (Some(100), 0), "the raise never comes");
        let late = bank.payments.set_own_limit(&session, OwnLimit::Total, None).await;
        assert_eq!(refusal(late).code, "passport.step_up_needed", "the window went with its session");
        bank.stop().await;
    }

    async fn who_pulls_it_before_their_first_account_can_pay_afterwards(db: Db) {
        let bank = Bank::on(db).await;
        let wang = bank.wang().await;
        let seed = passport::NewPerson {
            mobile: passport::Mobile::parse("13700001111").unwrap(),
            name: passport::Name::parse("陈一").unwrap(),
            language: "zh".to_owned(),
            password: testkit::PASSWORD_OF_ALL.to_owned(),
        };
        let person = bank.passport.register(seed).await.unwrap();
        let web = anew(&bank, "13700001111").await;
        let by = KilledBy::Owner(web.session);
        bank.payments.kill(person.id, person.customer, by).await.unwrap();

        let account = bank.accounts.open_class_one(person.customer, "").await.unwrap();
        let key = "cash".to_owned();
        let funding = payments::Funding { key, order: None, account, amount_minor: 1_000 };
        assert!(bank.payments.fund(funding, kit::Clock::now(&bank.clock)).await.unwrap().is_paid());
        let who = anew(&bank, "13700001111").await;
        let request = payments::TransferRequest {
            payer: account.id,
            payee: "13900006027".to_owned(),
            amount: money::Amount::new(300, money::Currency::CNY),
            memo: String::new(),
        };
        bank.payments.pay(&who, Some("first"), request).await.unwrap();
        assert_eq!(bank.balance(&wang).await, 1_000_300);
        bank.stop().await;
    }
}
