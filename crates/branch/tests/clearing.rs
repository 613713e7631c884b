//! What goes between banks at the staff's desk: who may, what two must, once; on the pages and in the trail.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::StatusCode;
use branch::{ByHandForm, Done, act};
use kit::{BankDay, Clock, Error};
use payments::{CaseId, Confirmed, ElsewhereForm, InterbankList, InterbankState, OrderNumber};
use staff::{ProposalId, ProposalState, Role, StaffSession};
use std::time::Duration;
use testkit::{BANK_A, Bank, Browser, Member, refusal};

const HOME: &str = "演示网点 0571";
const WHY: &str = "对账单第 7 行";

fn key(n: u32) -> String {
    format!("{n:032x}")
}

async fn work(bank: &Bank) {
    for _ in 0..20 {
        let sent = bank.payments.run_interbank(bank.clock.now()).await.unwrap();
        let read = bank.payments.receive_interbank(Duration::ZERO).await.unwrap();
        if (sent.handed, read.received) == (0, 0) {
            break;
        }
    }
    bank.projections.caught_up().await;
}

async fn sent(bank: &Bank, from: &Member) -> OrderNumber {
    let form = ElsewhereForm {
        payer: from.account.id,
        bank: BANK_A.to_owned(),
        account: "6200 0112 3456 7890".to_owned(),
        name: "赵一凡".to_owned(),
        amount: "66.66".to_owned(),
        memo: "房租".to_owned(),
        service: None,
    };
    let draft = bank.payments.prepare_elsewhere(&from.web, form).await.unwrap();
    match bank.confirm(from, draft.id).await.unwrap() {
        Confirmed::Held(receipt) => receipt.order,
        other => panic!("not held: {other:?}"),
    }
}

/// A payment that the network has settled and says nothing about, past its time.
async fn stuck(bank: &Bank, from: &Member) -> OrderNumber {
    bank.house.keep_back(true);
    let order = sent(bank, from).await;
    work(bank).await;
    bank.clock.advance_ms(120_000);
    work(bank).await;
    order
}

fn form(bank: &Bank, n: u32) -> ByHandForm {
    let day = bank.calendar.day(bank.clock.now());
    ByHandForm { day: day.iso(), evidence: "清算所 7 号函".to_owned(), reason: WHY.to_owned(), key: key(n) }
}

fn proposed(done: Done) -> ProposalId {
    match done {
        Done::Proposed(id) => id,
        other => panic!("not proposed: {other:?}"),
    }
}

async fn state(bank: &Bank, order: OrderNumber) -> InterbankState {
    bank.payments.interbank_story(order).await.unwrap().payment.state
}

async fn people(bank: &Bank) -> (StaffSession, StaffSession) {
    let clerk = bank.clerk("50001", HOME, &[Role::Clearing]).await;
    (clerk, bank.clerk("30001", HOME, &[Role::Supervisor]).await)
}

db::engine_tests! {
    async fn every_act_between_banks_is_refused_to_every_role_that_has_it_not(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let order = stuck(&bank, &lin).await;
        let (desk, day) = (&bank.desk, BankDay(1));
        for role in Role::ALL {
            let who = &bank.clerk(&format!("9{}", role.code()), HOME, &[role]).await;
            let bad = ByHandForm::default();
            let tries: [(staff::Act, kit::Result<()>); 13] = [
                (act::CLEARING, desk.clearing(who).await.map(drop)),
                (act::CLEARING, desk.interbank(who, InterbankList::OnTheirWay).await.map(drop)),
                (act::CLEARING, desk.find_interbank(who, &order.to_string()).await.map(drop)),
                (act::CLEARING, desk.interbank_payment(who, order).await.map(drop)),
                (act::CLEARING, desk.cases(who, true).await.map(drop)),
                (act::CLEARING, desk.days(who, None).await.map(drop)),
                (act::CLEARING_REVEAL, desk.reveal_interbank(who, order, "").await.map(drop)),
                (act::ENQUIRE, desk.enquire(who, order).await),
                (act::CLEARING_RETURN, desk.give_back(who, order, "AC04", WHY, "k").await.map(drop)),
                (act::CLEARING_SETTLE, desk.settle_by_hand(who, order, &bad).await.map(drop)),
                (act::CLEARING_RELEASE, desk.release_by_hand(who, order, &bad).await.map(drop)),
                (act::CASE_CLOSE, desk.close_case(who, CaseId(1), WHY).await.map(drop)),
                (act::RECONCILE, desk.reconcile(who, day).await.map(drop)),
            ];
            for (act, result) in tries {
                let is_denied = matches!(&result, Err(Error::Refusal(refusal)) if refusal.code == "staff.not_allowed");
                assert_eq!(is_denied, !who.may(&act), "{} by {}: {result:?}", act.code, role.code());
            }
        }
        assert_eq!(bank.staff.verify_audit().await.unwrap().broken_at, None);
        bank.stop().await;
    }

    async fn two_people_end_what_is_stuck_once_also_over_a_stop(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (clerk, supervisor) = people(&bank).await;
        let (settled, released) = (stuck(&bank, &lin).await, stuck(&bank, &lin).await);
        let desk = &bank.desk;
        for (wrong, code) in [
            (ByHandForm { evidence: " ".to_owned(), ..form(&bank, 1) }, "branch.evidence_invalid"),
            (ByHandForm { day: "morgen".to_owned(), ..form(&bank, 1) }, "payments.settlement_day_invalid"),
            (ByHandForm { reason: String::new(), ..form(&bank, 1) }, "branch.reason_invalid"),
        ] {
            assert_eq!(refusal(desk.settle_by_hand(&clerk, settled, &wrong).await).code, code);
        }
        let one = proposed(desk.settle_by_hand(&clerk, settled, &form(&bank, 1)).await.unwrap());
        let same = proposed(desk.settle_by_hand(&clerk, settled, &form(&bank, 1)).await.unwrap());
        assert_eq!(one, same, "the button pressed twice proposes once");
        let two = proposed(desk.release_by_hand(&clerk, released, &form(&bank, 2)).await.unwrap());
        let late = proposed(desk.release_by_hand(&supervisor, settled, &form(&bank, 3)).await.unwrap());
        assert_eq!(refusal(desk.approve(&clerk, one).await).code, "staff.own_proposal");
        let elsewhere = bank.clerk("30009", "0010", &[Role::Supervisor]).await;
        assert_eq!(refusal(desk.approve(&elsewhere, one).await).code, "staff.proposal_not_found");
        assert_eq!(refusal(desk.approve(&supervisor, late).await).code, "staff.own_proposal");
        assert_eq!(state(&bank, settled).await, InterbankState::Checking, "nothing before somebody agrees");
        // The bank stops right after the approvals, and once more after the money moved.
        for id in [one, two] {
            bank.staff.approve(&supervisor, id).await.unwrap();
        }
        bank.clock.advance_ms(10);
        let mut bank = bank.restart().await;
        assert_eq!(bank.desk.sweep().await.unwrap(), 2);
        for _ in 0..2 {
            for id in [one, two] {
                let undone = "UPDATE staff_proposal SET state = 'approved', outcome = '', settled_ms = NULL WHERE id = $1";
                bank.db.execute(undone, db::params![id.0]).await.unwrap();
            }
            bank.clock.advance_ms(10);
            bank = bank.restart().await;
            bank.desk.sweep().await.unwrap();
        }
        bank.projections.caught_up().await;
        assert_eq!((state(&bank, settled).await, state(&bank, released).await), (InterbankState::Settled, InterbankState::Refused));
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 6_666);
        for id in [one, two] {
            let proposal = bank.staff.proposal(&clerk, id).await.unwrap();
            assert_eq!(proposal.state, ProposalState::Done, "{proposal:?}");
        }
        let second = bank.clerk("30002", HOME, &[Role::Supervisor]).await;
        let decided = bank.desk.approve(&second, late).await.unwrap();
        assert_eq!((decided.proposal.state, decided.proposal.outcome.as_str()), (ProposalState::Failed, "payments.interbank_over"));
        assert_eq!(bank.payments.cases(true).await.unwrap().len(), 2, "one case each says who and why");
        assert_eq!(bank.staff.verify_audit().await.unwrap().broken_at, None);
        bank.stop().await;
    }

    async fn money_that_came_in_goes_back_by_two_people_on_the_pages(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        people(&bank).await;
        let number = lin.account.number().unwrap().plain();
        let id = bank.house.pay_in(&number, "林小满", 5_000, false);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_005_000);
        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        clerk.get("/staff").await.shows(&["href=\"/staff/clearing\""]);
        let page = clerk.post("/staff/clearing/find", &[("text", &id)]).await;
        let payment = page.location().to_owned();
        assert!(payment.starts_with("/staff/clearing/payments/"), "{}", page.body);
        let page = clerk.get(&payment).await;
        page.shows(&["A payment comes in from another bank", "Settled", "pacs.008", "/return", &id]);
        for secret in ["赵一凡", "林小满", number.as_str(), "6200010000000017"] {
            assert!(!page.body.contains(secret), "{secret} is shown");
        }
        let page = clerk.post(&format!("{payment}/reveal"), &[("reason", "")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = clerk.post(&format!("{payment}/reveal"), &[("reason", "the other bank asks")]).await;
        page.shows(&["赵一凡", "6200010000000017", "货款"]);
        let form = format!("{payment}/return");
        let page = clerk.get(&form).await;
        let key = page.after("name=\"key\" value=\"", "").unwrap();
        let fields = [("key", key.as_str()), ("code", "CUST"), ("reason", "sent by mistake")];
        let page = clerk.post(&form, &[fields[0], ("code", "XX99"), fields[2]]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["There is no such reason for a return"]);
        let proposal = clerk.post(&form, &fields).await.location().to_owned();
        assert_eq!(clerk.post(&form, &fields).await.location(), proposal);
        clerk.get(&proposal).await.shows(&["Asked for by the customer", "Waits for a second person", "50.00"]);
        assert_eq!(clerk.post(&format!("{proposal}/approve"), &[]).await.status, StatusCode::FORBIDDEN);
        let mut supervisor = Browser::of_staff(&bank, "zh-CN", "30001").await;
        supervisor.post(&format!("{proposal}/approve"), &[]).await;
        supervisor.get(&proposal).await.shows(&["已执行", "看退汇"]);
        work(&bank).await;
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        supervisor.get(&payment).await.shows(&["退汇（我行退出）", "人工处理的付款"]);
        let mut auditor = {
            bank.clerk("40001", HOME, &[Role::Auditor]).await;
            Browser::of_staff(&bank, "en", "40001").await
        };
        auditor.get("/staff/clearing").await.shows(&["Our position", "Net debit cap"]);
        let page = auditor.get(&payment).await;
        assert!(!page.body.contains("/return\"") && !page.body.contains("/reveal"), "an auditor reads");
        assert_eq!(auditor.post(&format!("{payment}/enquire"), &[]).await.status, StatusCode::FORBIDDEN);
        auditor.get("/staff/audit?action=branch.clearing_reveal").await.shows(&["the other bank asks", "50001"]);
        bank.stop().await;
    }

    async fn a_planted_difference_stands_on_the_page_with_its_case_and_its_line(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        people(&bank).await;
        let order = sent(&bank, &lin).await;
        work(&bank).await;
        let day = bank.calendar.day(bank.clock.now());
        bank.house.day_end(day, |statement| {
            statement.entries[0].amount.minor = 6_660;
            statement.closing = Some(money::Amount::new(-6_660, money::Currency::CNY));
        });
        work(&bank).await;
        bank.payments.run_reconciliation().await.unwrap();
        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        clerk.get("/staff/clearing").await.shows(&["Cases: 1", "Differs"]);
        let address = format!("/staff/clearing/days/{}", day.iso());
        clerk.get("/staff/clearing/days").await.shows(&[&address]);
        let page = clerk.get(&address).await;
        page.shows(&["Different amounts", "66<span class=\"cents\">.66", "66<span class=\"cents\">.60", "#line-1", "id=\"line-1\""]);
        page.shows(&[&format!("/staff/clearing/payments/{order}")]);
        clerk.get("/staff/clearing/cases").await.shows(&["Another amount on the statement", "Open"]);
        let case = bank.payments.cases(true).await.unwrap()[0].id;
        let case = format!("/staff/clearing/cases/{case}");
        clerk.get(&case).await.shows(&["What to do", "66.60", "66.66", &address, "Ask for a letter"]);
        // The correct statement comes; the day is even, and the case says so until somebody closes it.
        bank.house.day_end(day, |_| {});
        work(&bank).await;
        assert_eq!(clerk.post(&format!("{address}/compare"), &[]).await.status, StatusCode::SEE_OTHER);
        clerk.get(&address).await.shows(&["Every line and both balances agree", "No longer differs"]);
        let page = clerk.post(&format!("{case}/close"), &[("reason", "")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(clerk.post(&format!("{case}/close"), &[("reason", "they mended it")]).await.location(), case);
        clerk.get(&case).await.shows(&["Closed", "they mended it", "50001"]);
        assert_eq!(clerk.post(&format!("{case}/close"), &[("reason", "again")]).await.status, StatusCode::CONFLICT);
        clerk.get("/staff/clearing/cases?closed=1").await.shows(&["Another amount on the statement"]);
        bank.stop().await;
    }

    async fn odd_addresses_and_forms_between_banks_are_refused_and_never_break(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        people(&bank).await;
        let order = stuck(&bank, &lin).await;
        let inside = bank.pay(&lin, &bank.wang().await, 100).await;
        let mut clerk = Browser::of_staff(&bank, "en", "50001").await;
        for address in [
            "/staff/clearing/payments/0", "/staff/clearing/payments/x", "/staff/clearing/payments/-1", "/staff/clearing/cases/0",
            "/staff/clearing/cases/x", "/staff/clearing/days/x", "/staff/clearing/days/2026-02-30", "/staff/clearing/days/1999-01-01",
            "/staff/clearing/cases/1/close", &format!("/staff/clearing/payments/{inside}"),
            &format!("/staff/clearing/payments/{order}/mint"), "/staff/clearing/payments/1/return",
        ] {
            assert!(clerk.get(address).await.status.is_client_error(), "{address}");
        }
        for address in ["/staff/clearing?list=x&way=%00&bank=%F0", "/staff/clearing?list=stuck&way=out", "/staff/clearing/days?before=x"] {
            assert!(clerk.get(address).await.status.is_success(), "{address}");
        }
        let long = "长".repeat(20_000);
        let payment = format!("/staff/clearing/payments/{order}");
        let good = key(7);
        for (address, fields) in [
            (format!("{payment}/settle"), vec![("day", "x"), ("evidence", "e"), ("reason", WHY), ("key", good.as_str())]),
            (format!("{payment}/settle"), vec![("day", "2026-11-21"), ("evidence", long.as_str()), ("reason", WHY)]),
            (format!("{payment}/release"), vec![("evidence", "a\nb"), ("reason", WHY)]),
            (format!("{payment}/return"), vec![("code", "AC04"), ("reason", WHY)]),
            (format!("{payment}/mint"), vec![]),
            ("/staff/clearing/payments/1/enquire".to_owned(), vec![]),
            ("/staff/clearing/find".to_owned(), vec![("text", long.as_str())]),
            ("/staff/clearing/days/2026-11-21/compare".to_owned(), vec![]),
            ("/staff/clearing/cases/1/close".to_owned(), vec![("reason", "x")]),
        ] {
            let status = clerk.post(&address, &fields).await.status;
            assert!(status.is_client_error(), "{address} {status}");
        }
        clerk.get(&payment).await.shows(&["Overdue", "Ask now", "/settle", "/release"]);
        clerk.get("/staff/clearing?list=stuck").await.shows(&["1 overdue", &payment]);
        assert_eq!(clerk.post(&format!("{payment}/enquire"), &[]).await.location(), format!("{payment}?asked=1"));
        bank.stop().await;
    }
}
