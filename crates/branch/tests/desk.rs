//! The counter on both engines: who may, what two must, cash to the cent, and what survives a stop.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use accounts::{AccountRef, FreezeScope};
use branch::{CashForm, CashWay, Done, IdentityCheck, MoveForm, MoveWay, act};
use kit::Error;
use ledger::AccountId;
use passport::{Claim, PersonId};
use payments::OrderNumber;
use staff::{ProposalId, ProposalState, Role, StaffSession};
use testkit::{Bank, Member, PASSWORD_OF_ALL, refusal};

const HOME: &str = "0571";
const WHY: &str = "a reason";

fn key(n: u32) -> String {
    format!("{n:032x}")
}

fn cash(way: CashWay, account: AccountId, amount: &str, n: u32) -> CashForm {
    CashForm {
        way,
        account,
        amount: amount.to_owned(),
        memo: String::new(),
        reason: WHY.to_owned(),
        seen: true,
        key: key(n),
    }
}

fn claim(name: &str, seed: u32) -> Claim {
    Claim { name: name.to_owned(), citizen_number: passport::registry::made_up_number(seed) }
}

struct Counter {
    bank: Bank,
    teller: StaffSession,
    supervisor: StaffSession,
    lin: Member,
}

async fn counter(db: db::Db) -> Counter {
    let bank = Bank::on(db).await;
    let teller = bank.clerk("20001", HOME, &[Role::Teller]).await;
    let supervisor = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
    let lin = bank.lin().await;
    Counter { bank, teller, supervisor, lin }
}

impl Counter {
    /// The books are equal on both sides, and the trail is whole.
    async fn is_in_order(&self) {
        let day = self.bank.calendar.day(kit::Clock::now(&self.bank.clock));
        assert!(self.bank.accounts.trial_balance(day).await.unwrap().balanced);
        assert_eq!(self.bank.staff.verify_audit().await.unwrap().broken_at, None);
    }

    async fn in_box(&self, session: &StaffSession) -> i64 {
        self.bank.desk.own_box(session).await.unwrap().balance.minor
    }

    async fn frozen(&self, account: &AccountRef) -> bool {
        self.bank.accounts.summary(account.id).await.unwrap().unwrap().restrictions.staff_debits
    }
}

/// The newest text to a number.
fn latest(bank: &Bank, mobile: &str) -> String {
    bank.phone.texts(mobile).first().map_or(String::new(), |text| text.text.clone())
}

fn proposed(done: Done) -> ProposalId {
    match done {
        Done::Proposed(id) => id,
        other => panic!("not proposed: {other:?}"),
    }
}

fn booked(done: Done) -> OrderNumber {
    match done {
        Done::Booked(order) => order,
        other => panic!("not booked: {other:?}"),
    }
}

db::engine_tests! {
    async fn every_act_is_refused_to_every_role_that_has_it_not(db: db::Db) {
        let Counter { bank, lin, .. } = counter(db).await;
        let (person, account) = (lin.person.id, lin.account.id);
        let order = bank.pay(&lin, &bank.wang().await, 100).await;
        let desk = &bank.desk;
        for role in Role::ALL {
            let who = bank.clerk(&format!("9{}", role.code()), HOME, &[role]).await;
            let who = &who;
            let tries: [(staff::Act, kit::Result<()>); 20] = [
                (act::FIND, desk.find(who, "林小满").await.map(drop)),
                (act::VIEW, desk.customer(who, person).await.map(drop)),
                (act::VIEW, desk.account(who, account).await.map(drop)),
                (act::REVEAL, desk.reveal(who, person, WHY).await.map(drop)),
                (act::MOVEMENTS, desk.movements(who, account, WHY).await.map(drop)),
                (act::ORDER, desk.order(who, order).await.map(drop)),
                (act::IDENTITY, desk.check_identity(who, person, claim("林小满", 1), false).await.map(drop)),
                (act::CLASS_ONE, desk.open_class_one(who, person, claim("林小满", 1), false).await.map(drop)),
                (act::CASH_IN, desk.cash(who, &cash(CashWay::In, account, "x", 1)).await.map(drop)),
                (act::CASH_OUT, desk.cash(who, &cash(CashWay::Out, account, "x", 1)).await.map(drop)),
                (act::CASH_BOX, desk.own_box(who).await.map(drop)),
                (act::FREEZE, desk.freeze(who, account, FreezeScope::Both, "").await.map(drop)),
                (act::UNFREEZE, desk.unfreeze(who, account, "", "k").await.map(drop)),
                (act::REPORT_LOSS, desk.report_loss(who, account, false, WHY).await.map(drop)),
                (act::LIFT_LOSS, desk.lift_loss(who, account, false, WHY).await.map(drop)),
                (act::WAKE, desk.wake(who, account, false, WHY).await.map(drop)),
                (act::CLOSE, desk.close(who, account, false, WHY).await.map(drop)),
                (act::PASSWORD, desk.reset_password(who, person, &IdentityCheck::default()).await.map(drop)),
                (act::MOBILE, desk.change_mobile(who, person, &IdentityCheck::default(), "").await.map(drop)),
                (act::CORRECT, desk.correct(who, order, "", "k").await.map(drop)),
            ];
            for (act, result) in tries {
                let is_denied = matches!(&result, Err(Error::Refusal(refusal)) if refusal.code == "staff.not_allowed");
                assert_eq!(is_denied, !who.may(&act), "{} by {}: {result:?}", act.code, role.code());
            }
        }
        assert_eq!(bank.staff.verify_audit().await.unwrap().broken_at, None);
        bank.stop().await;
    }

    async fn cash_goes_in_and_out_to_the_cent_and_a_form_counts_once(db: db::Db) {
        let counter = counter(db).await;
        let (desk, teller, lin) = (&counter.bank.desk, &counter.teller, &counter.lin);
        let before = counter.bank.balance(lin).await;
        let first = booked(desk.cash(teller, &cash(CashWay::In, lin.account.id, "1,000.01", 1)).await.unwrap());
        let again = booked(desk.cash(teller, &cash(CashWay::In, lin.account.id, "1,000.01", 1)).await.unwrap());
        assert_eq!(first, again, "sent twice, booked once");
        let other = refusal(desk.cash(teller, &cash(CashWay::In, lin.account.id, "1,000.02", 1)).await);
        assert_eq!(other.code, "idempotency.conflict");
        assert_eq!(counter.bank.balance(lin).await, before + 100_001);
        assert_eq!(counter.in_box(teller).await, 100_001);

        let out = booked(desk.cash(teller, &cash(CashWay::Out, lin.account.id, "0.01", 2)).await.unwrap());
        assert_eq!(counter.bank.balance(lin).await, before + 100_000);
        assert_eq!(counter.in_box(teller).await, 100_000);
        let facts = desk.order(teller, out).await.unwrap();
        assert_eq!((facts.kind, facts.channel), (payments::PaymentKind::CashOut, payments::Channel::Counter));
        let view = desk.own_box(teller).await.unwrap();
        assert_eq!((view.today.in_minor, view.today.in_count, view.today.out_minor, view.today.out_count), (100_001, 1, 1, 1));

        for (form, code) in [
            (cash(CashWay::Out, lin.account.id, "1,000.01", 3), "branch.box_short"),
            (CashForm { seen: false, ..cash(CashWay::Out, lin.account.id, "1.00", 4) }, "branch.card_not_seen"),
            (cash(CashWay::In, lin.account.id, "0", 5), "payments.amount_zero"),
            (cash(CashWay::In, lin.account.id, "-1", 6), "payments.amount_invalid"),
            (cash(CashWay::In, lin.account.id, "0.001", 7), "payments.amount_invalid"),
            (CashForm { key: "x".to_owned(), ..cash(CashWay::In, lin.account.id, "1", 8) }, "branch.key_invalid"),
            (cash(CashWay::In, counter.bank.own.capital.id, "1", 9), "accounts.not_found"),
        ] {
            assert_eq!(refusal(desk.cash(teller, &form).await).code, code, "{form:?}");
        }
        assert_eq!(counter.bank.balance(lin).await, before + 100_000, "refused cash moves nothing");
        assert_eq!(counter.in_box(teller).await, 100_000);
        desk.freeze(teller, lin.account.id, FreezeScope::Debits, WHY).await.unwrap();
        let frozen = refusal(desk.cash(teller, &cash(CashWay::Out, lin.account.id, "1.00", 10)).await);
        assert_eq!(frozen.code, "payments.payer_frozen");
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn twenty_tellers_forms_at_once_never_empty_a_box_below_nothing(db: db::Db) {
        let counter = counter(db).await;
        let account = counter.lin.account.id;
        counter.bank.desk.cash(&counter.teller, &cash(CashWay::In, account, "5.00", 1)).await.unwrap();
        let tries: Vec<_> = (0..20)
            .map(|n| {
                let (desk, teller) = (counter.bank.desk.clone(), counter.teller.clone());
                kit::spawn("a try", async move { desk.cash(&teller, &cash(CashWay::Out, account, "1.00", 100 + n)).await.is_ok() })
            })
            .collect();
        let mut paid = 0;
        for tried in tries {
            paid += i32::from(tried.await.unwrap().unwrap());
        }
        assert_eq!((paid, counter.in_box(&counter.teller).await), (5, 0));
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn cash_above_the_limit_waits_for_a_supervisor_of_the_same_branch(db: db::Db) {
        let counter = counter(db).await;
        let (desk, teller, lin) = (&counter.bank.desk, &counter.teller, &counter.lin);
        let before = counter.bank.balance(lin).await;
        booked(desk.cash(teller, &cash(CashWay::In, lin.account.id, "50,000.00", 1)).await.unwrap());
        let id = proposed(desk.cash(teller, &cash(CashWay::In, lin.account.id, "50,000.01", 2)).await.unwrap());
        let silent = CashForm { reason: String::new(), ..cash(CashWay::In, lin.account.id, "50,000.01", 3) };
        assert_eq!(refusal(desk.cash(teller, &silent).await).code, "branch.reason_invalid");
        assert_eq!(counter.bank.balance(lin).await, before + 5_000_000, "nothing before somebody agrees");
        let both = counter.bank.clerk("20002", HOME, &[Role::Teller]).await;
        let elsewhere = counter.bank.clerk("30002", "0010", &[Role::Supervisor]).await;
        assert_eq!(refusal(desk.approve(teller, id).await).code, "staff.own_proposal");
        assert_eq!(refusal(desk.approve(&both, id).await).code, "staff.proposal_not_found");
        assert_eq!(refusal(desk.approve(&elsewhere, id).await).code, "staff.proposal_not_found");
        let decided = desk.approve(&counter.supervisor, id).await.unwrap();
        assert_eq!(decided.proposal.state, ProposalState::Done);
        assert_eq!(counter.bank.balance(lin).await, before + 10_000_001);
        assert_eq!(counter.in_box(teller).await, 10_000_001, "into the box of who took it");
        assert_eq!(refusal(desk.approve(&counter.supervisor, id).await).code, "staff.proposal_over");

        let vault = counter.bank.accounts.balance_for_staff(&counter.bank.own.cash).await.unwrap().minor;
        let back = MoveForm { way: MoveWay::ToVault, amount: "100,000.00".to_owned(), reason: WHY.to_owned(), key: key(5) };
        let id = proposed(desk.move_cash(teller, &back).await.unwrap());
        desk.approve(&counter.supervisor, id).await.unwrap();
        assert_eq!(counter.in_box(teller).await, 1);
        assert_eq!(counter.bank.accounts.balance_for_staff(&counter.bank.own.cash).await.unwrap().minor, vault + 10_000_000);
        let more = MoveForm { key: key(6), ..back };
        assert_eq!(refusal(desk.move_cash(teller, &more).await).code, "branch.box_short");
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn the_end_of_a_freeze_takes_two_also_for_a_supervisor(db: db::Db) {
        let counter = counter(db).await;
        let (desk, account) = (&counter.bank.desk, &counter.lin.account);
        desk.freeze(&counter.teller, account.id, FreezeScope::Both, "court order 7").await.unwrap();
        assert!(counter.frozen(account).await);
        let other = counter.bank.clerk("30002", HOME, &[Role::Supervisor]).await;
        let id = proposed(desk.unfreeze(&counter.supervisor, account.id, WHY, &key(1)).await.unwrap());
        assert!(counter.frozen(account).await, "not by one supervisor");
        assert_eq!(refusal(desk.approve(&counter.supervisor, id).await).code, "staff.own_proposal");
        desk.approve(&other, id).await.unwrap();
        assert!(!counter.frozen(account).await);
        desk.freeze(&counter.teller, account.id, FreezeScope::Both, "court order 8").await.unwrap();
        let id = proposed(desk.unfreeze(&counter.teller, account.id, WHY, &key(2)).await.unwrap());
        assert!(counter.frozen(account).await, "not yet");
        desk.approve(&counter.supervisor, id).await.unwrap();
        assert!(!counter.frozen(account).await);
        let view = desk.account(&counter.teller, account.id).await.unwrap();
        let thawed = view.events.last().unwrap();
        assert_eq!(thawed.by.as_deref(), Some("20001+30001"));
        desk.report_loss(&counter.teller, account.id, true, WHY).await.unwrap();
        assert_eq!(refusal(desk.lift_loss(&counter.teller, account.id, false, WHY).await).code, "branch.card_not_seen");
        desk.lift_loss(&counter.teller, account.id, true, WHY).await.unwrap();
        assert_eq!(refusal(desk.close(&counter.teller, account.id, true, WHY).await).code, "accounts.not_empty");
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn a_correction_takes_two_and_happens_once(db: db::Db) {
        let counter = counter(db).await;
        let (desk, lin, wang) = (&counter.bank.desk, &counter.lin, counter.bank.wang().await);
        let order = counter.bank.pay(lin, &wang, 8_880).await;
        let id = proposed(desk.correct(&counter.teller, order, "paid twice", &key(1)).await.unwrap());
        let second = proposed(desk.correct(&counter.teller, order, "paid twice", &key(2)).await.unwrap());
        assert_eq!(counter.bank.balance(&wang).await, 1_000_000 + 8_880);
        let decided = desk.approve(&counter.supervisor, id).await.unwrap();
        assert_eq!(decided.proposal.state, ProposalState::Done);
        assert_eq!((counter.bank.balance(lin).await, counter.bank.balance(&wang).await), (1_000_000, 1_000_000));
        let again = desk.approve(&counter.supervisor, second).await.unwrap();
        assert_eq!((again.proposal.state, again.proposal.outcome.as_str()), (ProposalState::Failed, "payments.already_corrected"));
        assert_eq!(refusal(desk.correct(&counter.teller, order, WHY, &key(3)).await).code, "payments.already_corrected");
        let contra = OrderNumber(decided.proposal.outcome.parse().unwrap());
        let refused = refusal(desk.correct(&counter.teller, contra, WHY, &key(4)).await);
        assert_eq!(refused.code, "payments.correction_of_correction");
        // What the payee has spent cannot be taken back.
        let spent = counter.bank.pay(lin, &wang, 10_000).await;
        counter.bank.pay(&wang, lin, 1_005_000).await;
        let id = proposed(desk.correct(&counter.teller, spent, WHY, &key(5)).await.unwrap());
        let decided = desk.approve(&counter.supervisor, id).await.unwrap();
        assert_eq!((decided.proposal.state, decided.proposal.outcome.as_str()), (ProposalState::Failed, "payments.insufficient_funds"));
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn what_was_approved_is_finished_after_a_stop_and_never_done_twice(db: db::Db) {
        let counter = counter(db).await;
        let (lin, account) = (counter.lin.clone(), counter.lin.account.id);
        let before = counter.bank.balance(&lin).await;
        let desk = &counter.bank.desk;
        let wang = counter.bank.wang().await;
        let paid = counter.bank.pay(&lin, &wang, 700).await;
        desk.freeze(&counter.teller, account, FreezeScope::Debits, WHY).await.unwrap();
        let cash_id = proposed(desk.cash(&counter.teller, &cash(CashWay::In, account, "60,000.00", 1)).await.unwrap());
        let contra = proposed(desk.correct(&counter.teller, paid, WHY, &key(2)).await.unwrap());
        let thaw = proposed(desk.unfreeze(&counter.teller, account, WHY, &key(3)).await.unwrap());
        // The bank stops right after the approvals.
        for id in [thaw, cash_id, contra] {
            counter.bank.staff.approve(&counter.supervisor, id).await.unwrap();
        }
        assert_eq!(counter.bank.balance(&lin).await, before - 700);
        let Counter { bank, teller, supervisor, lin } = counter;
        let bank = bank.restart().await;
        assert_eq!(bank.desk.sweep().await.unwrap(), 3);
        assert_eq!(bank.balance(&lin).await, before + 6_000_000);
        assert_eq!(bank.desk.sweep().await.unwrap(), 0);
        // It stops again after the money moved and before that was written down.
        for id in [cash_id, contra, thaw] {
            let undone = "UPDATE staff_proposal SET state = 'approved', outcome = '', settled_ms = NULL WHERE id = $1";
            bank.db.execute(undone, db::params![id.0]).await.unwrap();
        }
        let bank = bank.restart().await;
        let sweeps: Vec<_> = (0..5)
            .map(|_| {
                let desk = bank.desk.clone();
                kit::spawn("a try", async move { desk.sweep().await.unwrap() })
            })
            .collect();
        for sweep in sweeps {
            sweep.await.unwrap().unwrap();
        }
        assert_eq!(bank.balance(&lin).await, before + 6_000_000, "never twice");
        for id in [cash_id, contra, thaw] {
            let proposal = bank.staff.proposal(&teller, id).await.unwrap();
            assert_eq!(proposal.state, ProposalState::Done, "{proposal:?}");
        }
        let counter = Counter { bank, teller, supervisor, lin };
        assert_eq!(counter.in_box(&counter.teller).await, 6_000_000);
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn one_person_is_one_customer_also_when_two_counters_try_at_once(db: db::Db) {
        let counter = counter(db).await;
        let mut visitors: Vec<PersonId> = Vec::new();
        for place in 0..4 {
            visitors.push(counter.bank.visitor(&format!("1361111000{place}")).await);
        }
        let tries: Vec<_> = visitors
            .iter()
            .map(|visitor| {
                let (desk, teller, visitor) = (counter.bank.desk.clone(), counter.teller.clone(), *visitor);
                kit::spawn("a try", async move { desk.open_class_one(&teller, visitor, claim("赵一", 77), true).await })
            })
            .collect();
        let mut opened = 0;
        for tried in tries {
            match tried.await.unwrap().unwrap() {
                Ok(_) => opened += 1,
                Err(Error::Refusal(refusal)) => assert_eq!(refusal.code, "passport.identity_taken"),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(opened, 1);
        counter.is_in_order().await;
        counter.bank.stop().await;
    }

    async fn a_card_is_compared_before_a_password_or_a_number_changes(db: db::Db) {
        let counter = counter(db).await;
        let (desk, teller) = (&counter.bank.desk, &counter.teller);
        let visitor = counter.bank.visitor("13611110000").await;
        let (right, wrong) = (claim("赵一", 5).citizen_number, claim("赵一", 6).citizen_number);
        let check = |number: &str, n: u32| IdentityCheck {
            citizen_number: number.to_owned(),
            seen: true,
            checked: "card and face".to_owned(),
            reason: WHY.to_owned(),
            key: key(n),
        };
        assert_eq!(refusal(desk.reset_password(teller, visitor, &check(&right, 1)).await).code, "branch.card_differs");
        desk.check_identity(teller, visitor, claim("赵一", 5), true).await.unwrap();
        let twice = refusal(desk.check_identity(teller, visitor, claim("赵二", 9), true).await);
        assert_eq!(twice.code, "passport.already_verified");
        for (wrong, code) in [
            (check(&wrong, 1), "branch.card_differs"),
            (IdentityCheck { seen: false, ..check(&right, 1) }, "branch.card_not_seen"),
            (IdentityCheck { checked: " ".to_owned(), ..check(&right, 1) }, "branch.checked_invalid"),
            (IdentityCheck { reason: String::new(), ..check(&right, 1) }, "branch.reason_invalid"),
        ] {
            assert_eq!(refusal(desk.reset_password(teller, visitor, &wrong).await).code, code);
            assert_eq!(refusal(desk.change_mobile(teller, visitor, &wrong, "13611119999").await).code, code);
        }
        for (mobile, code) in [
            ("13800005678", "passport.mobile_taken"),
            ("13611110000", "passport.mobile_same"),
            ("1361111", "passport.mobile_invalid"),
        ] {
            assert_eq!(refusal(desk.change_mobile(teller, visitor, &check(&right, 1), mobile).await).code, code);
        }
        // One person changes nothing; the other number cannot be slipped in under the same form.
        let mobile = proposed(desk.change_mobile(teller, visitor, &check(&right, 2), "13611119999").await.unwrap());
        let again = desk.change_mobile(teller, visitor, &check(&right, 2), "13611118888").await;
        assert_eq!(refusal(again).code, "staff.key_conflict");
        let overtaken = proposed(desk.change_mobile(teller, visitor, &check(&right, 3), "13611118888").await.unwrap());
        let password = proposed(desk.reset_password(teller, visitor, &check(&right, 4)).await.unwrap());
        let sign_in = || counter.bank.passport.sign_in("13611110000", PASSWORD_OF_ALL, passport::SessionKind::Web);
        assert!(sign_in().await.is_ok(), "the password is as it was until somebody else agrees");
        assert_eq!(refusal(desk.approve(teller, mobile).await).code, "staff.own_proposal");
        let supervisor = &counter.supervisor;
        assert_eq!(desk.approve(supervisor, mobile).await.unwrap().proposal.state, ProposalState::Done);
        assert!(latest(&counter.bank, "+8613611110000").contains("手机号已更换"), "the former number is told");
        // What was decided about the former number is overtaken, and says so.
        let failed = desk.approve(supervisor, overtaken).await.unwrap().proposal;
        assert_eq!((failed.state, failed.outcome.as_str()), (ProposalState::Failed, "passport.mobile_moved"));
        // A stop between what was done and its being written down does it no second time.
        let undone = "UPDATE staff_proposal SET state = 'approved', outcome = '', settled_ms = NULL WHERE id = $1";
        counter.bank.db.execute(undone, db::params![mobile.0]).await.unwrap();
        desk.sweep().await.unwrap();
        assert_eq!(counter.bank.staff.proposal(supervisor, mobile).await.unwrap().state, ProposalState::Done);
        assert_eq!(desk.approve(supervisor, password).await.unwrap().proposal.state, ProposalState::Done);
        assert!(latest(&counter.bank, "+8613611119999").contains("网点重置"));
        let gone = counter.bank.passport.sign_in("13611119999", PASSWORD_OF_ALL, passport::SessionKind::Web).await;
        assert!(gone.is_err(), "the password is gone");
        let revealed = desk.reveal(teller, visitor, "asked by the owner").await.unwrap();
        assert_eq!((revealed.mobile.as_str(), revealed.citizen_number.as_deref()), ("+8613611119999", Some(right.as_str())));
        assert_eq!(refusal(desk.reveal(teller, visitor, " ").await).code, "branch.reason_invalid");
        assert_eq!(desk.find(teller, &right).await.unwrap().len(), 1);
        assert_eq!(refusal(desk.open_class_one(teller, visitor, claim("赵一", 6), true).await).code, "branch.card_differs");
        desk.open_class_one(teller, visitor, claim("赵一", 5), true).await.unwrap();
        // The trail tells who was seen, and nothing by which anybody could be known or called.
        let auditor = counter.bank.clerk("40001", HOME, &[Role::Auditor]).await;
        let rows = counter.bank.staff.audit_rows(&auditor, &staff::AuditFilter::default(), None, 200).await.unwrap();
        assert!(rows.iter().any(|row| row.action == "branch.reveal" && row.detail == "asked by the owner"));
        for row in &rows {
            let told = format!("{} {} {}", row.subject, row.detail, row.outcome);
            for secret in ["赵一", right.as_str(), "13611119999", "13611118888", "13611110000"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
        counter.is_in_order().await;
        counter.bank.stop().await;
    }
}
