//! Opening accounts, finding them, reading their movements.

use accounts::{AccountNumber, Opening, Product};
use db::Db;
use passport::{CustomerKind, CustomerSeed};
use testkit::{Bank, START, refusal};

db::engine_tests! {
    async fn every_statement_of_every_room_is_prepared(db: Db) {
        db.migrate(&[notify::room(), passport::room(), accounts::room(), payments::room()]).await.unwrap();
        for statements in [passport::STATEMENTS, accounts::STATEMENTS, payments::STATEMENTS].into_iter().flatten() {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn a_person_has_one_class_one_account_found_by_number(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let again = bank.accounts.open_class_one(lin.person.customer, "").await.unwrap();
        assert_eq!(again, lin.account);
        let other_name = refusal(bank.accounts.open_class_one(lin.person.customer, "另一个").await);
        assert_eq!(other_name.code, "accounts.opening_conflict");

        let list = bank.accounts.list(&lin.web).await.unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].balance.plain(), list[0].available.plain()), ("10000.00".to_owned(), "10000.00".to_owned()));
        assert_eq!(list[0].opened, START);
        let number = AccountNumber::parse(&list[0].number.grouped()).unwrap();
        assert_eq!(bank.accounts.by_number(number).await.unwrap(), Some(lin.account));
        let unused = AccountNumber::of(1, ledger::AccountId(4_000)).unwrap();
        assert_eq!(bank.accounts.by_number(unused).await.unwrap(), None);
        bank.stop().await;
    }

    async fn anothers_account_is_not_found(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for id in [wang.account.id, bank.own.cash.id, ledger::AccountId(u64::MAX)] {
            assert_eq!(refusal(bank.accounts.view(&lin.web, id).await).status, 404);
            assert_eq!(refusal(bank.accounts.movements(&lin.web, id, None, 10).await).status, 404);
        }
        bank.stop().await;
    }

    async fn many_accounts_are_opened_at_once_and_again_without_changing_anything(db: Db) {
        let bank = Bank::on(db).await;
        let seeds: Vec<CustomerSeed> = (0..300)
            .map(|number| CustomerSeed {
                reference: format!("cust:{number}"),
                kind: CustomerKind::Person,
                name: format!("Customer {number}"),
            })
            .collect();
        let customers = bank.passport.import_customers(&seeds).await.unwrap();
        let openings = || {
            let each = customers.iter().zip(&seeds);
            each.map(|(customer, seed)| Opening {
                key: seed.reference.clone(),
                customer: *customer,
                product: Product::ClassOne,
                alias: Some(seed.reference.clone()),
                nickname: String::new(),
            })
            .collect::<Vec<_>>()
        };
        let opened = bank.accounts.open_bulk(openings(), START).await.unwrap();
        assert_eq!(bank.accounts.by_alias_cached("cust:12"), Some(opened[12]));
        let limited = bank.accounts.open_day_counters(&opened, 15_000, START).await.unwrap();
        assert_eq!(bank.accounts.by_alias_cached("cust:12"), Some(limited[12]));

        let bank = bank.restart().await;
        assert_eq!(bank.accounts.by_alias_cached("cust:12"), None);
        assert_eq!(bank.accounts.by_alias("cust:12").await.unwrap(), Some(limited[12]));
        assert_eq!(bank.accounts.by_alias("cust:300").await.unwrap(), None);
        assert_eq!(bank.accounts.open_bulk(openings(), START).await.unwrap(), limited);
        assert_eq!(bank.passport.import_customers(&seeds).await.unwrap(), customers);
        let aliases = bank.accounts.balances_by_alias().await.unwrap();
        assert_eq!(aliases.iter().filter(|one| one.alias.starts_with("cust:")).count(), 300);
        bank.stop().await;
    }

    async fn statements_come_in_pages_without_a_gap_or_a_repeat(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for amount in 1..=24 {
            bank.pay(&lin, &wang, amount).await;
        }
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        let mut pages = 0;
        loop {
            let page = bank.accounts.movements(&lin.web, lin.account.id, cursor.as_deref(), 10).await.unwrap();
            seen.extend(page.items);
            pages += 1;
            // New movements do not shift the pages that follow.
            bank.pay(&lin, &wang, 1_000).await;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((pages, seen.len()), (3, 25));
        assert!(seen.windows(2).all(|pair| pair[0].sequence > pair[1].sequence));
        assert!(seen.windows(2).all(|pair| pair[0].balance_after_minor == pair[1].balance_after_minor + pair[0].amount_minor));
        assert_eq!(seen[24].amount_minor, 1_000_000);
        for (cursor, limit, code) in [
            (Some("x"), 10, "accounts.cursor_invalid"),
            (None, 0, "accounts.limit_invalid"),
            (None, 101, "accounts.limit_invalid"),
        ] {
            let refused = refusal(bank.accounts.movements(&lin.web, lin.account.id, cursor, limit).await);
            assert_eq!((refused.code, refused.status), (code, 400));
        }
        bank.stop().await;
    }
}
