//! What is remembered of SQL: what it saves, and that nobody sees what is no longer so.

use accounts::{Opening, OwnLimit, Product};
use axum::http::StatusCode;
use db::{Db, params};
use serde_json::{Value, json};
use testkit::{Bank, Member};

fn body(from: &Member, to: &str) -> Value {
    json!({ "from": from.account.id.to_string(), "to": to, "amount": { "value": "1.00", "currency": "CNY" }, "memo": "" })
}

async fn pay(bank: &Bank, from: &Member, to: &str, key: &str) -> (StatusCode, Value) {
    let answer = bank.post(Some(from), "/api/v1/transfers", Some(key), &body(from, to)).await;
    (answer.status, answer.json())
}

db::engine_tests! {
    async fn a_payment_to_a_known_payee_asks_sql_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        // The tables follow each payment by statements of their own, which are not to be counted.
        bank.projections.caught_up().await;
        bank.projections.stop().await;
        let mut counted = Vec::new();
        for key in ["first", "second", "third"] {
            let before = bank.db.statements_run();
            assert_eq!(pay(&bank, &lin, "13900006027", key).await.0, StatusCode::CREATED);
            counted.push(bank.db.statements_run() - before);
        }
        println!("statements of three payments to one payee: {counted:?}");
        // Left is the idempotency key. That this payee was looked for within the hour stays so, and the session is remembered as
        // long as nothing about its person and customer changes.
        assert_eq!(counted[1..], [1, 1], "of a payee who is known");
        assert!(counted[0] >= 6, "{counted:?}: nobody was known at first");
        bank.stop().await;
    }

    async fn a_number_that_was_given_up_finds_nobody_and_its_next_owner_is_found(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        assert_eq!(pay(&bank, &lin, "13900006027", "k1").await.0, StatusCode::CREATED);
        let person = bank.passport.person_by_mobile(&passport::Mobile::parse("13900006027").unwrap()).await.unwrap().unwrap();
        assert_eq!(person.customer, wang.person.customer);
        bank.passport.change_mobile_at_counter(person.id, "13900006027", "13700001111").await.unwrap();
        let (status, problem) = pay(&bank, &lin, "13900006027", "k2").await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("payments.payee_not_found")));
        assert_eq!(pay(&bank, &lin, "13700001111", "k3").await.0, StatusCode::CREATED);
        bank.stop().await;
    }

    async fn a_new_account_of_a_known_payee_is_seen(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let receiving = async || bank.accounts.receiving(wang.person.customer, 156).await.unwrap().unwrap().id;
        assert_eq!(receiving().await, wang.account.id);
        let shop = bank.passport.import_customers(&[passport::CustomerSeed {
            reference: "shop".to_owned(),
            kind: passport::CustomerKind::Organisation,
            name: "小店".to_owned(),
        }]).await.unwrap()[0];
        assert_eq!(bank.accounts.receiving(shop, 156).await.unwrap(), None);
        let opening = Opening {
            key: "shop".to_owned(),
            customer: shop,
            product: Product::MerchantSettlement,
            alias: None,
            nickname: String::new(),
        };
        let opened = bank.accounts.open(opening).await.unwrap();
        bank.projections.caught_up().await;
        assert_eq!(bank.accounts.receiving(shop, 156).await.unwrap().map(|account| account.id), Some(opened.id));
        assert_eq!(receiving().await, wang.account.id);
        assert_eq!(pay(&bank, &lin, "13900006027", "k1").await.0, StatusCode::CREATED);
        bank.stop().await;
    }

    async fn a_limit_of_ones_own_is_shown_as_it_was_set_last(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let limit = OwnLimit::all().next().unwrap();
        for cap in [Some(50_000), Some(40_000), Some(30_000)] {
            bank.accounts.set_own_limit(lin.person.customer, limit, cap, None).await.unwrap();
            assert_eq!(bank.accounts.own_limits_of(lin.person.customer).await.unwrap().of(limit), cap);
        }
        bank.stop().await;
    }

    async fn a_session_that_ended_is_over_for_the_next_request(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        for _ in 0..20 {
            assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::OK);
        }
        assert!(found(&bank, "session") >= 10, "it is remembered: {:?}", bank.cache.counts());
        let session = bank.passport.peek_session(&lin.token).await.unwrap().unwrap();
        bank.passport.sign_out(&session).await.unwrap();
        assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::UNAUTHORIZED);
        bank.stop().await;
    }

    async fn a_session_that_a_hand_ended_in_sql_is_over_within_seconds(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        for _ in 0..3 {
            assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::OK);
        }
        // Ended by a hand that tells no cache.
        let mut tx = bank.db.begin_write(&[]).await.unwrap();
        tx.execute("UPDATE session SET ended_ms = 1 WHERE person > $1", params![0]).await.unwrap();
        tx.commit().await.unwrap();
        tokio::time::sleep(cache::LIVES_STRICT).await;
        assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::UNAUTHORIZED);
        bank.stop().await;
    }
}

/// How often a value of a shelf was found in this process.
fn found(bank: &Bank, shelf: &str) -> u64 {
    bank.cache.counts().iter().find(|(name, _)| *name == shelf).map_or(0, |(_, counts)| counts.here)
}
