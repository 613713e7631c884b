//! What is looked at is written down, and what customers do comes into the same chain.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::StatusCode;
use passport::EventKind;
use staff::{AuditRow, NewSecurityCase, Role};
use testkit::{Bank, Browser, refusal};

const HOME: &str = "演示网点 0571";

async fn trail(bank: &Bank) -> Vec<AuditRow> {
    let mut rows = Vec::new();
    let check = bank
        .staff
        .walk_audit(None, |row| {
            rows.push(row.clone());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(check.broken_at, None);
    rows
}

db::engine_tests! {
    async fn every_page_that_shows_a_customer_writes_a_row_about_them(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let order = bank.pay(&lin, &bank.wang().await, 700).await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let mut teller = Browser::of_staff(&bank, "en", "20001").await;
        let (person, account) = (lin.person.id, lin.account.id);
        let card = bank.debit_card(&lin).await.id;
        let kill = bank.payments.kill_for_staff(person, lin.person.customer, "20001", "k").await.unwrap();
        let routes = branch::pages::route_list(branch::pages::PageState { desk: bank.desk.clone(), demo: [].into() });
        let mut asked = 0;
        for route in routes.iter().filter(|route| route.method == axum::http::Method::GET) {
            let address = route.path.replace("{person}", &person.to_string());
            let address = address.replace("{account}", &account.to_string()).replace("{order}", &order.to_string());
            let address = address.replace("{factor}", "otp_token-1");
            let address = address.replace("{card}", &card.to_string()).replace("{kill}", &kill.to_string());
            assert!(!address.contains(&format!("/{person}/")) || !address.contains('{'), "{address}");
            if address == route.path || address.contains("/clearing/") {
                continue;
            }
            let before = trail(&bank).await.len();
            let page = teller.get(&address).await;
            let rows = trail(&bank).await;
            let about = [format!("person:{person}"), format!("account:{account}"), format!("order:{order}")];
            let told = rows[before..].iter().any(|row| row.number == "20001" && about.contains(&row.subject));
            // What the role may not see is written down under the path that was tried.
            let tried = rows[before..].iter().any(|row| row.outcome == "staff.not_allowed" && row.subject == address);
            let is_fine = if page.status == StatusCode::FORBIDDEN { tried } else { told };
            assert!(is_fine, "{address} {}: {:?}", page.status, &rows[before..]);
            asked += 1;
        }
        assert!(asked > 15, "{asked}");
        // A search leads to somebody, and the trail says to whom, not what was typed.
        let before = trail(&bank).await.len();
        teller.post("/staff/customers", &[("text", "林小满")]).await;
        let rows = trail(&bank).await;
        assert!(rows[before..].iter().any(|row| row.action == "branch.find" && row.detail.contains(&person.to_string())));
        assert!(rows.iter().all(|row| !row.detail.contains("林小满")));
        bank.stop().await;
    }

    async fn customers_acts_come_into_the_chain_once_and_in_order(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        while bank.desk.chain_customers_acts().await.unwrap() > 0 {}
        let before = trail(&bank).await.len();
        let signed_in = bank.passport.sign_in(lin.person.mobile.e164(), "correct horse battery", passport::SessionKind::Web).await;
        signed_in.unwrap();
        refusal(bank.passport.sign_in(lin.person.mobile.e164(), "wrong", passport::SessionKind::Web).await.map(drop));
        bank.passport.note(lin.person.id, EventKind::LockOpened, None, "=1+1").await.unwrap();
        for _ in 0..450 {
            bank.passport.note(lin.person.id, EventKind::PaymentRefused, None, "payments.limit_day_exceeded").await.unwrap();
        }
        // Five take them at once, as a chore and a page may.
        let takers: Vec<_> = (0..5)
            .map(|_| {
                let desk = bank.desk.clone();
                kit::spawn("a try", async move { desk.chain_customers_acts().await.unwrap() })
            })
            .collect();
        for taker in takers {
            taker.await.unwrap().unwrap();
        }
        let rows = trail(&bank).await;
        let subject = format!("person:{}", lin.person.id);
        let theirs: Vec<_> = rows[before..].iter().filter(|row| row.number == staff::CUSTOMER && row.subject == subject).collect();
        let count = |action: &str| theirs.iter().filter(|row| row.action == action).count();
        assert_eq!(count("passport.signed_in"), 1);
        assert_eq!(count("passport.sign_in_failed"), 1);
        assert_eq!(count("passport.lock_opened"), 1);
        assert_eq!(count("passport.payment_refused"), 450, "each once");
        assert!(theirs.is_sorted_by_key(|row| row.time));
        assert_eq!(bank.desk.chain_customers_acts().await.unwrap(), 0);
        // The auditor's page shows them, and the word for each.
        bank.clerk("40001", HOME, &[Role::Auditor]).await;
        let mut auditor = Browser::of_staff(&bank, "en", "40001").await;
        bank.passport.note(lin.person.id, EventKind::LimitRaised, None, "").await.unwrap();
        auditor.get(&format!("/staff/audit?subject={subject}")).await.shows(&["Raised a limit", "The customer"]);
        bank.stop().await;
    }

    async fn security_cases_are_opened_once_noted_and_closed_by_those_whose_work_it_is(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let guard = bank.clerk("60001", HOME, &[Role::Security]).await;
        let teller = bank.clerk("20001", HOME, &[Role::Teller]).await;
        let new = NewSecurityCase {
            origin: "event:7".to_owned(),
            subject: format!("person:{}", lin.person.id),
            what: "signed_in",
            detail: "event:7".to_owned(),
        };
        let id = bank.staff.open_security_case(&new).await.unwrap();
        assert_eq!(bank.staff.open_security_case(&new).await.unwrap(), id, "said twice, one case");
        assert_eq!(refusal(bank.staff.security_cases(&teller, true).await).code, "staff.not_allowed");
        assert_eq!(refusal(bank.staff.note_security_case(&teller, id, "x", true).await).code, "staff.not_allowed");
        assert_eq!(bank.staff.security_cases(&guard, true).await.unwrap().len(), 1);
        let mut browser = Browser::of_staff(&bank, "zh-CN", "60001").await;
        browser.get("/staff").await.shows(&["href=\"/staff/security-cases\""]);
        browser.get("/staff/security-cases").await.shows(&["登录不是本人", "未结"]);
        let address = format!("/staff/security-cases/{id}");
        browser.get(&address).await.shows(&[&format!("/staff/customers/{}", lin.person.id), "还没有人写过"]);
        browser.get(&format!("/staff/customers/{}", lin.person.id)).await.shows(&["林*满", "138 **** 5678"]);
        let note = format!("{address}/note");
        let page = browser.post(&note, &[("reason", "")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.post(&note, &[("reason", "打过电话，没人接")]).await.location(), address);
        assert_eq!(browser.post(&note, &[("reason", "是他家人登录的"), ("close", "1")]).await.location(), address);
        browser.get(&address).await.shows(&["打过电话，没人接", "是他家人登录的", "已结", "60001"]);
        assert_eq!(browser.post(&note, &[("reason", "再写一条")]).await.status, StatusCode::CONFLICT);
        browser.get("/staff/security-cases?closed=1").await.shows(&["登录不是本人"]);
        browser.get("/staff/security-cases/0").await.shows(&["没有这件安全事件"]);
        let rows = trail(&bank).await;
        let told: Vec<&str> = rows.iter().filter(|row| row.action == "staff.security_cases" && ["opened", "noted", "closed"].contains(&row.outcome.as_str())).map(|row| row.outcome.as_str()).collect();
        assert_eq!(told, ["opened", "noted", "closed"]);
        bank.stop().await;
    }
}
