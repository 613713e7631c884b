//! Freezing, reporting lost, going dormant, closing: each reason by itself, and what stays possible.

use accounts::{ClassOpening, EventKind, FreezeScope, Product, Purpose, Restrictions};
use db::Db;
use testkit::{Bank, Member, refusal};

const DAY_MS: i64 = 86_400_000;

/// Whether lin can pay wang, and wang lin.
async fn flows(bank: &Bank, lin: &Member, wang: &Member) -> (bool, bool) {
    let key = || format!("{:032x}", bank.random.u128());
    let out = bank.payments.pay(&lin.api, Some(&key()), bank.request(lin, wang, 1)).await;
    let back = bank.payments.pay(&wang.api, Some(&key()), bank.request(wang, lin, 1)).await;
    (out.is_ok(), back.is_ok())
}

db::engine_tests! {
    async fn every_reason_is_lifted_by_itself(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let (accounts, id) = (bank.accounts.clone(), lin.account.id);
        assert_eq!(flows(&bank, &lin, &wang).await, (true, true));
        accounts.freeze("teller 7", id, FreezeScope::Debits, "协助冻结").await.unwrap();
        assert_eq!(flows(&bank, &lin, &wang).await, (false, true));
        accounts.report_loss(&lin.web, id).await.unwrap();
        accounts.report_loss(&lin.web, id).await.unwrap();
        accounts.freeze("teller 7", id, FreezeScope::Both, "协助冻结").await.unwrap();
        assert_eq!(flows(&bank, &lin, &wang).await, (false, false));
        let view = accounts.view(&lin.web, id).await.unwrap();
        let both = Restrictions { staff_debits: true, staff_credits: true, lost: true, dormant: false };
        assert_eq!((view.frozen, view.restrictions), (true, both));
        accounts.unfreeze("teller 8", id, "解除").await.unwrap();
        assert_eq!(flows(&bank, &lin, &wang).await, (false, true), "lost it still is");

        let bank = bank.restart().await;
        bank.projections.reset("accounts.account").await.unwrap();
        bank.projections.caught_up().await;
        let accounts = bank.accounts.clone();
        assert_eq!(refusal(accounts.lift_loss(&wang.web, id).await).status, 404);
        accounts.lift_loss(&lin.web, id).await.unwrap();
        assert_eq!(flows(&bank, &lin, &wang).await, (true, true));
        let events = accounts.events_for_staff(id).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        use EventKind::{Found, Frozen, Lost, Unfrozen};
        assert_eq!(kinds, [Frozen, Lost, Frozen, Unfrozen, Found]);
        assert_eq!((events[3].by.as_deref(), events[3].reason.as_str()), (Some("teller 8"), "解除"));
        let shown = accounts.events(&lin.web, id).await.unwrap();
        assert!(shown.iter().all(|event| event.by.is_none() && event.reason.is_empty()));
        for (by, reason) in [("", "x"), ("teller 7", " "), ("teller 7", "a\nb")] {
            let refused = refusal(accounts.freeze(by, id, FreezeScope::Both, reason).await);
            assert_eq!(refused.code, "accounts.reason_invalid");
        }
        let cash = refusal(accounts.freeze("teller 7", bank.own.cash.id, FreezeScope::Both, "x").await);
        assert_eq!(cash.code, "accounts.not_found", "the bank's own accounts are nobody's to freeze");
        bank.stop().await;
    }

    async fn many_hands_at_once_leave_what_the_last_one_of_each_kind_said(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut all = tokio::task::JoinSet::new();
        for index in 0..20 {
            let (accounts, web, id) = (bank.accounts.clone(), lin.web, lin.account.id);
            all.spawn(async move {
                match index % 4 {
                    0 => accounts.freeze("teller 7", id, FreezeScope::Debits, "x").await,
                    1 => accounts.report_loss(&web, id).await,
                    2 => accounts.lift_loss(&web, id).await,
                    _ => accounts.unfreeze("teller 7", id, "x").await,
                }
            });
        }
        assert!(all.join_all().await.into_iter().all(|result| result.is_ok()));
        let view = bank.accounts.view(&lin.web, lin.account.id).await.unwrap();
        assert_eq!(view.frozen, view.restrictions.stops_debits(), "the ledger and the reasons say the same");
        bank.stop().await;
    }

    async fn what_nobody_moves_goes_dormant_and_its_owner_wakes_it(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let two = ClassOpening {
            key: "two".to_owned(),
            product: Product::ClassTwo,
            nickname: String::new(),
            purpose: Purpose::Savings,
        };
        let two = bank.accounts.open_class(&wang.web, two).await.unwrap();
        bank.clock.advance_ms(100 * DAY_MS);
        bank.pay(&wang, &lin, 100).await;
        bank.pay(&lin, &wang, 100).await;
        assert_eq!(bank.accounts.mark_dormant(101).await.unwrap(), 0);
        assert_eq!(bank.accounts.mark_dormant(99).await.unwrap(), 1, "the one that never moved");
        assert_eq!(bank.accounts.mark_dormant(99).await.unwrap(), 0);
        let asleep = bank.accounts.view(&wang.web, two.id).await.unwrap();
        assert!(asleep.frozen && asleep.restrictions.dormant);
        assert_eq!(refusal(bank.accounts.wake(&lin.web, two.id).await).status, 404);
        bank.accounts.wake(&wang.web, two.id).await.unwrap();
        assert!(!bank.accounts.view(&wang.web, two.id).await.unwrap().frozen);
        assert_eq!(bank.accounts.mark_dormant(99).await.unwrap(), 0, "woken is as good as moved");
        bank.clock.advance_ms(100 * DAY_MS);
        assert_eq!(bank.accounts.mark_dormant(99).await.unwrap(), 3, "never the bank's own");
        bank.stop().await;
    }

    async fn only_an_empty_account_closes_and_for_ever(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let (accounts, id) = (bank.accounts.clone(), lin.account.id);
        let full = refusal(accounts.close(&lin.web, id).await);
        assert_eq!((full.code, full.integer("balance_minor")), ("accounts.not_empty", Some(1_000_000)));
        assert_eq!(refusal(accounts.close(&wang.web, id).await).status, 404);
        bank.pay(&lin, &wang, 1_000_000).await;
        accounts.report_loss(&lin.web, id).await.unwrap();
        assert_eq!(refusal(accounts.close(&lin.web, id).await).code, "accounts.frozen");
        accounts.lift_loss_at_counter("teller 7", id, "本人到场").await.unwrap();
        assert_eq!(accounts.open_count(lin.person.customer).await.unwrap(), 1);
        accounts.close_at_counter("teller 7", id, "本人到场").await.unwrap();
        accounts.close(&lin.web, id).await.unwrap();
        assert_eq!(accounts.open_count(lin.person.customer).await.unwrap(), 0);
        assert!(accounts.summary(id).await.unwrap().unwrap().closed);
        assert_eq!(refusal(accounts.report_loss(&lin.web, id).await).code, "accounts.closed");
        let closed = bank.payments.pay(&wang.api, Some("k"), bank.request(&wang, &lin, 1)).await;
        assert_eq!(refusal(closed).code, "payments.payee_not_found", "it takes nothing in any more");

        // A class that was full has room again when one is closed.
        let wish = |index: u32| ClassOpening {
            key: format!("k{index}"),
            product: Product::ClassThree,
            nickname: String::new(),
            purpose: Purpose::Daily,
        };
        let first = accounts.open_class(&lin.web, wish(0)).await.unwrap();
        assert_eq!(first.bound, None, "a closed account is no account to be bound to");
        for index in 1..5 {
            accounts.open_class(&lin.web, wish(index)).await.unwrap();
        }
        assert_eq!(refusal(accounts.open_class(&lin.web, wish(5)).await).code, "accounts.class_full");
        accounts.close(&lin.web, first.id).await.unwrap();
        assert!(accounts.open_class(&lin.web, wish(5)).await.is_ok());
        bank.stop().await;
    }
}
