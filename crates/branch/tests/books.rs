//! The general ledger on the staff's pages: trial balance, day-end, slices, vouchers, cases; who may; what is odd.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::StatusCode;
use db::params;
use kit::{BankDay, Clock, Timestamp};
use staff::Role;
use testkit::{Bank, Browser};

const HOME: &str = "演示网点 0571";

async fn people(bank: &Bank) {
    for (number, role) in [("50001", Role::Clearing), ("40001", Role::Auditor), ("10001", Role::Teller)] {
        bank.clerk(number, HOME, &[role]).await;
    }
}

/// A day with a payment, whose slice is over; the start of that.
async fn lived_in(bank: &Bank) -> Timestamp {
    let (lin, wang) = (bank.lin().await, bank.wang().await);
    let start = bank.accounts.slicing().slice(bank.clock.now()).unwrap().end;
    bank.clock.set(start);
    bank.pay(&lin, &wang, 12_345).await;
    bank.clock.advance_ms(6 * 60_000);
    bank.projections.caught_up().await;
    start
}

db::engine_tests! {
    async fn a_day_is_seen_from_its_trial_balance_down_to_its_transfers(db: db::Db) {
        let bank = Bank::on(db).await;
        people(&bank).await;
        let start = lived_in(&bank).await;
        let day = bank.calendar.day(start);
        let mut auditor = Browser::of_staff(&bank, "en", "40001").await;
        auditor.get("/staff").await.shows(&["href=\"/staff/books\""]);
        let address = format!("/staff/books/days/{}", day.iso());
        auditor.get("/staff/books").await.shows(&[&address, "Not over", "No case is open."]);
        let slice = format!("/staff/books/slices/{}", start.as_ms());
        let page = auditor.get(&address).await;
        page.shows(&["Debits equal credits", "Demand deposits of persons", "Cash on hand", &slice, "Not compared yet"]);
        assert!(!page.body.contains("/compare\""), "an auditor reads");
        assert_eq!(auditor.post(&format!("{address}/compare"), &[]).await.status, StatusCode::FORBIDDEN);

        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        let compared = clerk.post(&format!("{address}/compare"), &[]).await.location().to_owned();
        clerk.get(&compared).await.shows(&["The slices that are over were compared again.", "Agrees"]);
        let voucher = bank.accounts.vouchers_of_slice(start).await.unwrap()[0];
        let page = clerk.get(&slice).await;
        let href = format!("/staff/books/vouchers/{}", voucher.number());
        page.shows(&[&href, "Journal, vouchers and the networks", "123<span class=\"cents\">.45", "Same", "Nothing differs."]);
        let page = clerk.get(&href).await;
        page.shows(&["2011 Demand deposits of persons", "Transfer", "123<span class=\"cents\">.45", &slice, &address]);
        let item = bank.accounts.voucher_items(&voucher, 0, 1).await.unwrap()[0];
        page.shows(&[&item.reference.to_string(), &item.debit.0.to_string()]);
        clerk.get(&format!("{href}?from=9999999999999999999999")).await.shows(&["Transfer"]);
        // The day is over: closed.
        bank.clock.set(bank.accounts.slicing().bounds(day).unwrap().1);
        let mut clerk = Browser::of_staff(&bank, "zh-CN", "50001").await;
        clerk.get(&address).await.shows(&["已关账", "个人活期储蓄存款", "借贷平衡", "一致"]);
        clerk.get("/staff/books").await.shows(&["已关账"]);
        // Everything that was looked at is in the trail.
        let mut auditor = Browser::of_staff(&bank, "en", "40001").await;
        let trail = auditor.get("/staff/audit?action=branch.books").await;
        trail.shows(&[&format!("books:{}", day.iso()), &format!("voucher:{}", voucher.number())]);
        auditor.get("/staff/audit?action=branch.books_compare").await.shows(&["50001"]);
        bank.stop().await;
    }

    async fn a_planted_difference_stands_in_its_slice_with_its_case_and_closes_itself(db: db::Db) {
        let bank = Bank::on(db).await;
        people(&bank).await;
        let start = lived_in(&bank).await;
        let day = bank.calendar.day(start);
        let number = bank.accounts.vouchers_of_slice(start).await.unwrap()[0].number();
        let plant = "UPDATE voucher SET amount_minor = amount_minor + $1 WHERE slice_start_ms = $2";
        bank.db.execute(plant, params![1, start]).await.unwrap();
        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        let address = format!("/staff/books/days/{}", day.iso());
        clerk.post(&format!("{address}/compare"), &[]).await;
        let slice = format!("/staff/books/slices/{}", start.as_ms());
        clerk.get(&address).await.shows(&["Still to be done", "differs. Look at its case", &slice, "not the sum of the vouchers"]);
        let case = bank.payments.cases(true).await.unwrap().remove(0);
        let case = format!("/staff/clearing/cases/{}", case.id);
        let page = clerk.get(&slice).await;
        page.shows(&["Voucher is not what the journal says", "123<span class=\"cents\">.45", "123<span class=\"cents\">.46", &case]);
        page.shows(&[&number.to_string()]);
        clerk.get("/staff/books").await.shows(&["A voucher is not what the journal says", &case]);
        let page = clerk.get(&case).await;
        page.shows(&["tongbao books rebuild", &slice, "123.45", "123.46", "In the journal", "On the voucher", "Open"]);
        bank.db.execute(plant, params![-1, start]).await.unwrap();
        clerk.post(&format!("{address}/compare"), &[]).await;
        clerk.get(&case).await.shows(&["Closed", "Gone since"]);
        clerk.get(&slice).await.shows(&["No longer differs", "Agrees"]);
        bank.stop().await;
    }

    async fn odd_addresses_are_refused_and_who_may_not_is_told(db: db::Db) {
        let bank = Bank::on(db).await;
        people(&bank).await;
        lived_in(&bank).await;
        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        for address in [
            "/staff/books/days/x", "/staff/books/days/2026-02-30", "/staff/books/days/9999-12-31", "/staff/books/days/1969-12-31",
            "/staff/books/days/0001-01-01", "/staff/books/slices/0", "/staff/books/slices/-1", "/staff/books/slices/x",
            "/staff/books/slices/9223372036854775807", "/staff/books/slices/-9223372036854775808", "/staff/books/vouchers/0",
            "/staff/books/vouchers/-1", "/staff/books/vouchers/x", "/staff/books/vouchers/18446744073709551615",
        ] {
            let page = clerk.get(address).await;
            assert!(page.status.is_client_error(), "{address}: {}", page.status);
        }
        for address in ["/staff/books?before=x", "/staff/books?before=9999-12-31", "/staff/books?before=0001-01-01", "/staff/books/days/1970-01-01"] {
            assert_eq!(clerk.get(address).await.status, StatusCode::OK, "{address}");
        }
        assert!(clerk.post("/staff/books/days/9999-12-31/compare", &[]).await.status.is_client_error());
        let far = BankDay::from_iso("4000-01-01").unwrap();
        let page = clerk.post(&format!("/staff/books/days/{}/compare", far.iso()), &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        let mut teller = Browser::of_staff(&bank, "en", "10001").await;
        for address in ["/staff/books", "/staff/books/days/2026-11-21", "/staff/books/slices/1", "/staff/books/vouchers/1"] {
            assert_eq!(teller.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
        }
        bank.stop().await;
    }
}
