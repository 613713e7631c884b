//! Nobody approves their own, by any path: on the pages, through every kind of proposal that the counter knows.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use accounts::{Caps, FreezeScope, Matrix};
use axum::http::StatusCode;
use branch::{CashForm, CashWay, Done, IdentityCheck, LimitsForm, MoveForm, MoveWay};
use staff::{Granted, ProposalId, ProposalState, Role, Roles, StaffSession};
use testkit::{Bank, Browser, Member, refusal};

const HOME: &str = "演示网点 0571";
const WHY: &str = "客户要求";

fn key(n: u32) -> String {
    format!("{n:032x}")
}

fn proposed(done: Done) -> ProposalId {
    match done {
        Done::Proposed(id) => id,
        other => panic!("not proposed: {other:?}"),
    }
}

/// One proposal of every kind, made by a member who is teller and supervisor at once.
async fn proposals(bank: &Bank, maker: &StaffSession, lin: &Member) -> Vec<ProposalId> {
    let (desk, account, person) = (&bank.desk, lin.account.id, lin.person.id);
    let number = bank.citizen(lin).await;
    let order = bank.pay(lin, &bank.wang().await, 700).await;
    desk.freeze(maker, account, FreezeScope::Debits, WHY).await.unwrap();
    let cash = CashForm {
        way: CashWay::In,
        account,
        amount: "60,000.00".to_owned(),
        memo: String::new(),
        reason: WHY.to_owned(),
        seen: true,
        key: key(1),
    };
    let vault = MoveForm { way: MoveWay::FromVault, amount: "100.00".to_owned(), reason: WHY.to_owned(), key: key(2) };
    let check = |n| IdentityCheck {
        citizen_number: number.clone(),
        seen: true,
        checked: "card and face".to_owned(),
        reason: WHY.to_owned(),
        key: key(n),
    };
    let matrix = Matrix::initial();
    let lines =
        matrix.lines().map(|(method, channel, caps)| (method, channel, Caps { payment_minor: Some(1), ..caps }));
    let today = bank.calendar.day(kit::Clock::now(&bank.clock));
    let limits = LimitsForm { basis: 0, from: today, lines: lines.collect(), reason: WHY.to_owned(), key: key(5) };
    vec![
        proposed(desk.cash(maker, &cash).await.unwrap()),
        proposed(desk.move_cash(maker, &vault).await.unwrap()),
        proposed(desk.correct(maker, order, WHY, &key(3)).await.unwrap()),
        proposed(desk.unfreeze(maker, account, WHY, &key(4)).await.unwrap()),
        proposed(desk.propose_limits(maker, &limits).await.unwrap()),
        proposed(desk.permit_factor(maker, person, &check(6)).await.unwrap()),
        proposed(desk.change_mobile(maker, person, &check(7), "13911112222").await.unwrap()),
        proposed(desk.reset_password(maker, person, &check(8)).await.unwrap()),
    ]
}

async fn state(bank: &Bank, who: &StaffSession, id: ProposalId) -> ProposalState {
    bank.staff.proposal(who, id).await.unwrap().state
}

/// Two administrators give a member these roles.
async fn give(bank: &Bank, number: &str, roles: &[Role]) {
    let one = bank.clerk("10001", HOME, &[Role::Administrator]).await;
    let two = bank.clerk("10002", HOME, &[Role::Administrator]).await;
    let member = bank.staff.members(&one).await.unwrap().into_iter().find(|member| member.number == number).unwrap();
    let changed = bank.staff.change_roles(&one, member.id, Roles::of(roles), WHY, &key(77)).await.unwrap();
    let Granted::Proposed(id) = changed else { panic!("nothing was given") };
    bank.desk.approve(&two, id).await.unwrap();
}

db::engine_tests! {
    async fn the_maker_approves_nothing_of_their_own_by_any_session_form_or_role(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let maker = bank.clerk("20001", HOME, &[Role::Teller, Role::Supervisor]).await;
        let other = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let made = proposals(&bank, &maker, &lin).await;
        let before = bank.balance(&lin).await;
        // A second role is the same person, and so are a second session and another browser.
        let mut browsers = [Browser::of_staff(&bank, "en", "20001").await, Browser::of_staff(&bank, "zh-CN", "20001").await];
        for id in &made {
            assert_eq!(refusal(bank.desk.approve(&maker, *id).await).code, "staff.own_proposal");
            for browser in &mut browsers {
                let address = format!("/staff/proposals/{id}");
                let page = browser.get(&address).await;
                assert!(!page.body.contains(&format!("{address}/approve")), "no button that would be refused");
                let page = browser.post(&format!("{address}/approve"), &[]).await;
                assert_eq!(page.status, StatusCode::FORBIDDEN);
                // Whatever a changed form says about who made it or who checks it.
                let says = [("maker", "30001"), ("checker", "30001"), ("number", "30001"), ("approved", "1"), ("state", "approved")];
                let page = browser.post(&format!("{address}/approve?maker=30001"), &says).await;
                assert_eq!(page.status, StatusCode::FORBIDDEN);
                assert_eq!(browser.post(&format!("{address}/reject"), &[]).await.status, StatusCode::FORBIDDEN);
                for word in ["done", "approved", "settle", "carry-out"] {
                    assert_eq!(browser.post(&format!("{address}/{word}"), &[]).await.status, StatusCode::NOT_FOUND, "{word}");
                }
            }
            assert_eq!(state(&bank, &maker, *id).await, ProposalState::Open);
        }
        let number = bank.passport.person(lin.person.id).await.unwrap().unwrap().mobile;
        assert_eq!(number, lin.person.mobile, "one person gives nobody another number");
        assert_eq!(bank.desk.sweep().await.unwrap(), 0, "nothing was approved by the way");
        // Disabled and let in again, it is still the same person.
        let admin = bank.clerk("10001", HOME, &[Role::Administrator]).await;
        for disabled in [true, false] {
            bank.staff.set_disabled(&admin, maker.member.id, disabled, WHY).await.unwrap();
        }
        let again = bank.clerk("20001", HOME, &[]).await;
        assert_eq!(refusal(bank.desk.approve(&again, made[0]).await).code, "staff.own_proposal");
        assert_eq!(bank.balance(&lin).await, before);
        // Another supervisor can, so it was not for another reason.
        for id in &made {
            let decided = bank.desk.approve(&other, *id).await.unwrap();
            assert!([ProposalState::Done, ProposalState::Failed].contains(&decided.proposal.state), "{decided:?}");
        }
        let number = bank.passport.person(lin.person.id).await.unwrap().unwrap().mobile;
        assert_eq!(number.e164(), "+8613911112222");
        assert_eq!(bank.staff.verify_audit().await.unwrap().broken_at, None);
        bank.stop().await;
    }

    async fn a_role_given_meanwhile_does_not_help_and_one_taken_meanwhile_is_gone(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let maker = bank.clerk("20001", HOME, &[Role::Teller]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        bank.desk.freeze(&maker, lin.account.id, FreezeScope::Debits, WHY).await.unwrap();
        let id = proposed(bank.desk.unfreeze(&maker, lin.account.id, WHY, &key(1)).await.unwrap());
        assert_eq!(refusal(bank.desk.approve(&maker, id).await).code, "staff.own_proposal");
        give(&bank, "20001", &[Role::Teller, Role::Supervisor]).await;
        let promoted = bank.clerk("20001", HOME, &[]).await;
        assert!(promoted.member.roles.has(Role::Supervisor));
        assert_eq!(refusal(bank.desk.approve(&promoted, id).await).code, "staff.own_proposal");
        // The checker's role is taken while their session and its page are open.
        let admin = bank.clerk("10001", HOME, &[Role::Administrator]).await;
        bank.staff.change_roles(&admin, checker.member.id, Roles::NONE, WHY, &key(10)).await.unwrap();
        assert!(bank.desk.approve(&checker, id).await.is_err(), "the session still says supervisor, the table does not");
        assert_eq!(state(&bank, &maker, id).await, ProposalState::Open);
        bank.stop().await;
    }

    async fn what_somebody_proposed_who_was_dismissed_can_only_be_rejected(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let maker = bank.clerk("20001", HOME, &[Role::Teller]).await;
        let checker = bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let admin = bank.clerk("10001", HOME, &[Role::Administrator]).await;
        bank.desk.freeze(&maker, lin.account.id, FreezeScope::Debits, WHY).await.unwrap();
        let one = proposed(bank.desk.unfreeze(&maker, lin.account.id, WHY, &key(1)).await.unwrap());
        let two = proposed(bank.desk.unfreeze(&maker, lin.account.id, WHY, &key(2)).await.unwrap());
        bank.staff.set_disabled(&admin, maker.member.id, true, WHY).await.unwrap();
        assert_eq!(refusal(bank.desk.approve(&checker, one).await).code, "staff.maker_disabled");
        bank.staff.reject(&checker, one).await.unwrap();
        bank.staff.set_disabled(&admin, maker.member.id, false, WHY).await.unwrap();
        assert_eq!(bank.desk.approve(&checker, two).await.unwrap().proposal.state, ProposalState::Done);
        // A checker who was dismissed decides nothing more, whatever they hold.
        let three = {
            let maker = bank.clerk("20001", HOME, &[]).await;
            bank.desk.freeze(&maker, lin.account.id, FreezeScope::Debits, WHY).await.unwrap();
            proposed(bank.desk.unfreeze(&maker, lin.account.id, WHY, &key(3)).await.unwrap())
        };
        bank.staff.set_disabled(&admin, checker.member.id, true, WHY).await.unwrap();
        assert!(bank.desk.approve(&checker, three).await.is_err());
        bank.stop().await;
    }

    async fn a_form_that_was_changed_or_sent_again_proposes_and_decides_nothing_else(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let wang = bank.wang().await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let mut teller = Browser::of_staff(&bank, "en", "20001").await;
        let mut supervisor = Browser::of_staff(&bank, "en", "30001").await;
        let form = format!("/staff/accounts/{}/cash-in", lin.account.id);
        let page = teller.get(&form).await;
        let key = page.after("name=\"key\" value=\"", "").unwrap();
        let fields = [("key", key.as_str()), ("amount", "60,000.00"), ("reason", "sale of a car")];
        let proposal = teller.post(&form, &fields).await.location().to_owned();
        assert!(proposal.starts_with("/staff/proposals/"), "{proposal}");
        assert_eq!(teller.post(&form, &fields).await.location(), proposal, "sent twice, proposed once");
        // The same key with another amount, and with another customer's account.
        let more = [fields[0], ("amount", "99,000.00"), fields[2]];
        assert_eq!(teller.post(&form, &more).await.status, StatusCode::CONFLICT);
        let elsewhere = format!("/staff/accounts/{}/cash-in", wang.account.id);
        assert_eq!(teller.post(&elsewhere, &fields).await.status, StatusCode::CONFLICT);
        // The checker's form cannot change what was proposed.
        let (lins, wangs) = (bank.balance(&lin).await, bank.balance(&wang).await);
        let account = wang.account.id.to_string();
        let payload = format!("{{\"work\":\"cash\",\"way\":\"in\",\"account\":{account},\"amount_minor\":9900000}}");
        let edited = [("amount", "99,000.00"), ("account", account.as_str()), ("payload", payload.as_str()), ("kind", "branch.cash_out")];
        let page = supervisor.post(&format!("{proposal}/approve"), &edited).await;
        assert_eq!(page.location(), proposal);
        assert_eq!((bank.balance(&lin).await, bank.balance(&wang).await), (lins + 6_000_000, wangs), "as it was proposed");
        // Sent again it is over, and nothing is booked again.
        assert_eq!(supervisor.post(&format!("{proposal}/approve"), &edited).await.status, StatusCode::CONFLICT);
        assert_eq!(supervisor.post(&format!("{proposal}/reject"), &[]).await.status, StatusCode::CONFLICT);
        assert_eq!(teller.post(&format!("{proposal}/withdraw"), &[]).await.status, StatusCode::CONFLICT);
        bank.desk.sweep().await.unwrap();
        assert_eq!(bank.balance(&lin).await, lins + 6_000_000);
        // What was withdrawn, or rejected, stays so.
        for end in ["withdraw", "reject"] {
            let page = teller.get(&form).await;
            let key = page.after("name=\"key\" value=\"", "").unwrap();
            let fields = [("key", key.as_str()), ("amount", "70,000.00"), ("reason", "another car")];
            let proposal = teller.post(&form, &fields).await.location().to_owned();
            let who = if end == "withdraw" { &mut teller } else { &mut supervisor };
            assert_eq!(who.post(&format!("{proposal}/{end}"), &[]).await.status, StatusCode::SEE_OTHER);
            assert_eq!(supervisor.post(&format!("{proposal}/approve"), &[]).await.status, StatusCode::CONFLICT, "{end}");
        }
        assert_eq!(bank.balance(&lin).await, lins + 6_000_000);
        bank.stop().await;
    }
}
