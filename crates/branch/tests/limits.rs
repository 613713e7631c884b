//! The matrix of limits at the staff's desk: two people change it, from a day on, by no other path.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use accounts::{Caps, Method};
use axum::http::StatusCode;
use branch::{Done, LimitsForm};
use kit::{BankDay, Clock};
use passport::Channel;
use staff::{ProposalId, ProposalState, Role, Roles};
use testkit::{Bank, Browser, refusal};

const HOME: &str = "演示网点 0571";
const WHY: &str = "总行通知";

async fn form(bank: &Bank, n: u32, payment_minor: i64) -> LimitsForm {
    let day = bank.calendar.day(bank.clock.now());
    let lines = bank.accounts.matrix().await.unwrap();
    let change = |(method, channel, caps): (Method, Channel, Caps)| match (method, channel) {
        (Method::SmsCode, Channel::Web) => (method, channel, Caps { payment_minor: Some(payment_minor), ..caps }),
        _ => (method, channel, caps),
    };
    LimitsForm {
        basis: bank.accounts.matrix_versions().await.unwrap().first().map_or(0, |version| version.version),
        from: BankDay(day.0 + 1),
        lines: lines.lines().map(change).collect(),
        reason: WHY.to_owned(),
        key: format!("{n:032x}"),
    }
}

fn proposed(done: Done) -> ProposalId {
    match done {
        Done::Proposed(id) => id,
        other => panic!("not proposed: {other:?}"),
    }
}

async fn sms_on_the_web(bank: &Bank) -> Option<i64> {
    bank.accounts.matrix().await.unwrap().caps(Method::SmsCode, Channel::Web).payment_minor
}

db::engine_tests! {
    async fn two_people_change_the_matrix_and_it_holds_from_its_first_day(db: db::Db) {
        let bank = Bank::on(db).await;
        let desk = &bank.desk;
        let maker = bank.clerk("30001", HOME, &[Role::Supervisor, Role::Security]).await;
        let other = bank.clerk("30002", "别的网点", &[Role::Supervisor]).await;
        let guard = bank.clerk("60001", HOME, &[Role::Security]).await;
        let before = sms_on_the_web(&bank).await;
        assert_eq!(before, Some(1_000_000));
        for (wrong, code) in [
            (LimitsForm { reason: " ".to_owned(), ..form(&bank, 1, 500_000).await }, "branch.reason_invalid"),
            (LimitsForm { from: BankDay(1), ..form(&bank, 1, 500_000).await }, "accounts.matrix_from_past"),
            (LimitsForm { from: BankDay(i32::MAX), ..form(&bank, 1, 500_000).await }, "accounts.matrix_from_far"),
            (LimitsForm { basis: 1, ..form(&bank, 1, 500_000).await }, "accounts.matrix_stale"),
            (form(&bank, 1, 1_000_000).await, "branch.limits_same"),
            (form(&bank, 1, 0).await, "accounts.matrix_invalid"),
            (form(&bank, 1, 1_000_001).await, "accounts.matrix_invalid"),
            (LimitsForm { lines: Vec::new(), ..form(&bank, 1, 1).await }, "accounts.matrix_invalid"),
        ] {
            assert_eq!(refusal(desk.propose_limits(&maker, &wrong).await).code, code);
        }
        let wish = form(&bank, 2, 500_000).await;
        let id = proposed(desk.propose_limits(&maker, &wish).await.unwrap());
        assert_eq!(proposed(desk.propose_limits(&maker, &wish).await.unwrap()), id, "sent twice, proposed once");
        assert_eq!(refusal(desk.propose_limits(&maker, &form(&bank, 2, 400_000).await).await).code, "staff.key_conflict");
        // Not by the maker, in none of their roles and sessions; not by who may propose and not decide.
        assert_eq!(refusal(desk.approve(&maker, id).await).code, "staff.own_proposal");
        let again = bank.clerk("30001", HOME, &[]).await;
        assert_eq!(refusal(desk.approve(&again, id).await).code, "staff.own_proposal");
        assert_eq!(refusal(desk.approve(&guard, id).await).code, "staff.proposal_not_found");
        assert_eq!(bank.accounts.matrix_versions().await.unwrap(), Vec::new());
        let decided = desk.approve(&other, id).await.unwrap();
        assert_eq!((decided.proposal.state, decided.proposal.outcome.as_str()), (ProposalState::Done, "v1"));
        assert_eq!(sms_on_the_web(&bank).await, before, "not before its first day");
        bank.clock.advance_ms(24 * 3_600_000);
        assert_eq!(sms_on_the_web(&bank).await, Some(500_000));
        // A stop between the decision and its being written down makes no second version.
        let undone = "UPDATE staff_proposal SET state = 'approved', outcome = '', settled_ms = NULL WHERE id = $1";
        bank.db.execute(undone, db::params![id.0]).await.unwrap();
        desk.sweep().await.unwrap();
        let versions = bank.accounts.matrix_versions().await.unwrap();
        assert_eq!(versions.len(), 1);
        assert_eq!((versions[0].made_by.as_str(), versions[0].checked_by.as_str()), ("30001", "30002"));
        // What was proposed before it is overtaken: agreed to or not, it changes nothing.
        let maker = bank.clerk("30001", HOME, &[]).await;
        let other = bank.clerk("30002", "别的网点", &[]).await;
        let first = proposed(desk.propose_limits(&maker, &form(&bank, 5, 300_000).await).await.unwrap());
        let second = proposed(desk.propose_limits(&maker, &form(&bank, 6, 900_000).await).await.unwrap());
        assert_eq!(desk.approve(&other, second).await.unwrap().proposal.outcome, "v2");
        let decided = desk.approve(&other, first).await.unwrap().proposal;
        assert_eq!((decided.state, decided.outcome.as_str()), (ProposalState::Failed, "accounts.matrix_stale"));
        assert_eq!(bank.accounts.matrix_versions().await.unwrap().len(), 2);
        // Rejected and withdrawn stay so.
        let rejected = proposed(desk.propose_limits(&maker, &form(&bank, 3, 100).await).await.unwrap());
        bank.staff.reject(&other, rejected).await.unwrap();
        let withdrawn = proposed(desk.propose_limits(&maker, &form(&bank, 4, 200).await).await.unwrap());
        bank.staff.withdraw(&maker, withdrawn).await.unwrap();
        for id in [rejected, withdrawn] {
            assert_eq!(refusal(desk.approve(&other, id).await).code, "staff.proposal_over");
        }
        // A supervisor whose role is taken while they look at it decides no more.
        let last = proposed(desk.propose_limits(&maker, &form(&bank, 7, 100).await).await.unwrap());
        let admin = bank.clerk("10001", HOME, &[Role::Administrator]).await;
        bank.staff.change_roles(&admin, other.member.id, Roles::NONE, WHY, &format!("{:032x}", 8)).await.unwrap();
        assert!(desk.approve(&other, last).await.is_err());
        assert_eq!(bank.accounts.matrix_versions().await.unwrap().len(), 2);
        bank.clock.advance_ms(48 * 3_600_000);
        assert_eq!(sms_on_the_web(&bank).await, Some(900_000));
        assert_eq!(bank.staff.verify_audit().await.unwrap().broken_at, None);
        bank.stop().await;
    }

    async fn the_page_shows_the_matrix_and_what_a_proposal_changes(db: db::Db) {
        let bank = Bank::on(db).await;
        for (number, role) in
            [("30001", Role::Supervisor), ("30002", Role::Supervisor), ("40001", Role::Auditor), ("60001", Role::Security)]
        {
            bank.clerk(number, HOME, &[role]).await;
        }
        let mut maker = Browser::of_staff(&bank, "en", "30001").await;
        maker.get("/staff").await.shows(&["href=\"/staff/limits\""]);
        maker.get("/staff/limits").await.shows(&["Version 0", "In force", "1,000,000.00", "No limit", "/staff/limits/propose"]);
        let page = maker.get("/staff/limits/propose").await;
        page.shows(&["name=\"sms_code.web.payment\" value=\"10,000.00\""]);
        // Another form has another key.
        let again = |mut fields: Vec<(String, String)>| {
            fields.iter_mut().find(|(name, _)| name == "key").unwrap().1 = format!("{:032x}", 9);
            fields
        };
        let mut fields = Vec::new();
        for piece in page.body.split("<input ").skip(1) {
            let value = |name: &str| piece.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
            fields.push((value("name"), value("value")));
        }
        fields.retain(|(name, _)| name != "csrf");
        let with = |name: &str, value: &str| {
            let mut fields = fields.clone();
            for (name, value) in [("reason", "as the head office says"), (name, value)] {
                fields.iter_mut().find(|(one, _)| one == name).unwrap().1 = value.to_owned();
            }
            fields
        };
        for (name, value, said) in [
            ("sms_code.web.payment", "x", "Code by text, Web, One payment: write an amount above zero"),
            ("sms_code.web.payment", "0", "write an amount above zero"),
            ("sms_code.web.payment", "10000.001", "write an amount above zero"),
            ("sms_code.web.payment", "99999999999999999999", "write an amount above zero"),
            ("sms_code.web.payment", "10000.01", "a payment may not reach further than a day"),
            ("from", "tomorrow", "Write a date"),
            ("from", "2020-01-01", "first day"),
            ("from", "9999-12-31", "within a year"),
            ("basis", "7", "Another version was adopted"),
            ("basis", "x", "Another version was adopted"),
            ("reason", " ", "reason"),
        ] {
            let page = maker.post_owned("/staff/limits/propose", &with(name, value)).await;
            let status = if name == "basis" { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            assert_eq!(page.status, status, "{name} {value}");
            page.shows(&["name=\"passkey.api.month\" value=\"50,000.00\""]);
            if name != "basis" {
                page.shows(&[&format!("id=\"{name}-error\"")]);
            }
            if name == "sms_code.web.payment" {
                page.shows(&[&format!("name=\"{name}\" value=\"{value}\"")]);
            }
            assert!(page.body.to_lowercase().contains(&said.to_lowercase()), "{said}: {}", page.body);
        }
        // A cap that a changed form does not say is not taken for one without a limit.
        let less: Vec<_> = with("from", "").into_iter().filter(|(name, _)| name != "otp_token.api.day").collect();
        let page = maker.post_owned("/staff/limits/propose", &less).await;
        page.shows(&["id=\"otp_token.api.day-error\"", "id=\"from-error\""]);
        let late = maker.post_owned("/staff/limits/propose", &with("passkey.web.payment", "1")).await.location().to_owned();
        let page = maker.post_owned("/staff/limits/propose", &again(with("sms_code.web.payment", "5,000.00"))).await;
        let proposal = page.location().to_owned();
        assert!(proposal.starts_with("/staff/proposals/"), "{}", page.body);
        assert_eq!(maker.post(&format!("{proposal}/approve"), &[]).await.status, StatusCode::FORBIDDEN);
        let mut other = Browser::of_staff(&bank, "en", "30002").await;
        other.get(&proposal).await.shows(&["Code by text, Web, One payment", "10,000.00 → 5,000.00", "as the head office says"]);
        // What the checker sends beside the decision changes nothing.
        let edited = [("sms_code.web.payment", "9,000.00"), ("payload", "{}"), ("from", "2026-01-01")];
        let mut guard = Browser::of_staff(&bank, "en", "60001").await;
        assert_eq!(guard.post(&format!("{proposal}/approve"), &edited).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&format!("{proposal}/approve"), &edited).await.location(), proposal);
        other.get("/staff/limits").await.shows(&["Version 1", "To come", "30001", "30002"]);
        // The other proposal is overtaken, says so, and offers no agreement.
        let page = other.get(&late).await;
        page.shows(&["Another version was adopted since", "/reject"]);
        assert!(!page.body.contains("/approve"), "{}", page.body);
        other.post(&format!("{late}/approve"), &[]).await;
        other.get(&late).await.shows(&["Not carried out", "Another version was adopted since"]);
        maker.get("/staff/limits/propose").await.shows(&["The figures start from Version 1", "value=\"5,000.00\""]);
        other.get("/staff/limits?version=1").await.shows(&["5,000.00"]);
        for unknown in ["9", "-1", "x", "99999999999999999999"] {
            assert_eq!(other.get(&format!("/staff/limits?version={unknown}")).await.status, StatusCode::NOT_FOUND);
        }
        other.get("/staff/limits?version=0").await.shows(&["In force", "10,000.00"]);
        let mut auditor = Browser::of_staff(&bank, "zh-CN", "40001").await;
        let page = auditor.get("/staff/limits").await;
        page.shows(&["第 1 版", "短信验证码"]);
        assert!(!page.body.contains("/staff/limits/propose"), "an auditor reads");
        bank.stop().await;
    }
}
