//! Sign-in, roles, two people, and the trail, on both engines.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use credential::BreachedPasswords;
use db::Db;
use kit::{Clock, Error, FakeClock, IdMaker, Random, Refusal, Timestamp};
use staff::{
    Act, AuditFilter, Granted, Member, NewMember, NewProposal, Parts, ProposalState, Role, Roles, Rules, SignInStep,
    Staff, StaffSession, StaffSignedIn, StaffVisitor,
};
use std::io::Write;
use std::sync::Arc;

const SECRET: &str = "correct horse battery";
const SEED: &[u8] = b"12345678901234567890";
const TELL: Act = Act::new("test.tell", &[Role::Teller]);

struct House {
    staff: Staff,
    clock: FakeClock,
    db: Db,
}

async fn house(db: &Db) -> House {
    house_by(db, Rules::for_tests()).await
}

async fn house_by(db: &Db, rules: Rules) -> House {
    db.migrate(&[staff::room()]).await.unwrap();
    let clock = FakeClock::new(Timestamp(1_795_238_768_000));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let parts = Parts {
        db: db.clone(),
        clock: Arc::clone(&shared),
        random: Random::seeded(7),
        ids: Arc::new(IdMaker::new(shared, 0)),
        seal_key: [5; 32],
        rules,
        places: |_| Vec::new(),
    };
    House { staff: Staff::try_new(parts).unwrap(), clock, db: db.clone() }
}

impl House {
    async fn member(&self, number: &str, branch: &str, roles: &[Role]) -> Member {
        self.staff.add_for_show(&new(number, branch), Roles::of(roles), SECRET, SEED).await.unwrap()
    }

    async fn signed_in(&self, number: &str, branch: &str, roles: &[Role]) -> StaffSession {
        self.member(number, branch, roles).await;
        self.enter(&StaffVisitor::default(), number, SECRET).await.session
    }

    /// Both steps of a sign-in.
    async fn enter(&self, visitor: &StaffVisitor, number: &str, password: &str) -> StaffSignedIn {
        let half = self.staff.sign_in(visitor, number, password).await.unwrap().session;
        self.staff.prove(visitor, &half, &self.code(number).await).await.unwrap()
    }

    /// What the member's token shows.
    async fn code(&self, number: &str) -> String {
        self.staff.code_for_show(number).await.unwrap().expect("a token").code
    }
}

/// What a token with this seed shows.
fn code_of(house: &House, seed: &[u8]) -> String {
    let step = credential::oath::totp_step(house.clock.now().as_ms() / 1_000, 30);
    credential::oath::hotp(credential::oath::OathHash::Sha1, seed, step, 6)
}

/// RFC 4648 without padding.
fn unbase32(text: &str) -> Vec<u8> {
    let value = |letter: u8| if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 };
    let bits: String = text.bytes().map(|letter| format!("{:05b}", value(letter))).collect();
    bits.as_bytes().chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0'))).collect()
}

fn new(number: &str, branch: &str) -> NewMember {
    NewMember { number: number.to_owned(), name: "陈大文".to_owned(), branch: branch.to_owned() }
}

fn wish(key: &str) -> NewProposal {
    NewProposal {
        key: key.to_owned(),
        kind: "test.thing",
        subject: "thing:1".to_owned(),
        payload: "x".to_owned(),
        reason: "because".to_owned(),
        bank_wide: false,
        about: None,
        checkers: Roles::of(&[Role::Supervisor]),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refusal(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

db::engine_tests! {
    async fn every_statement_is_prepared(db: Db) {
        db.migrate(&[staff::room()]).await.unwrap();
        for statements in staff::STATEMENTS {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn a_first_password_is_good_once_and_for_three_days(db: Db) {
        let house = house(&db).await;
        let nobody = StaffVisitor::default();
        let (member, password) = house.staff.add_by_hand(&new("10001", "0571"), Roles::of(&[Role::Administrator])).await.unwrap();
        assert!(member.must_change);
        assert_eq!(refused(house.staff.add_by_hand(&new("10001", "0571"), Roles::NONE).await).code, "staff.number_taken");
        assert_eq!(refused(house.staff.sign_in(&nobody, "10001", "wrong").await).code, "staff.credentials_wrong");
        assert_eq!(refused(house.staff.sign_in(&nobody, "99999", &password).await).code, "staff.credentials_wrong");
        let session = house.staff.sign_in(&nobody, " 10001", &password).await.unwrap();
        assert!(session.session.member.must_change);
        let session = house.staff.authenticate(session.token.reveal()).await.unwrap().unwrap();
        for (old, new, code) in [
            (password.as_str(), "short", "staff.password_too_short"),
            (&password, "password1", "staff.password_common"),
            ("wrong", SECRET, "staff.password_wrong"),
            (&password, &password, "staff.password_same"),
        ] {
            assert_eq!(refused(house.staff.change_password(&session, old, new).await).code, code);
        }
        house.staff.change_password(&session, &password, SECRET).await.unwrap();
        assert_eq!(refused(house.staff.sign_in(&nobody, "10001", &password).await).code, "staff.credentials_wrong");
        assert!(!house.staff.sign_in(&nobody, "10001", SECRET).await.unwrap().session.member.must_change);

        let (_, late) = house.staff.add_by_hand(&new("10002", "0571"), Roles::NONE).await.unwrap();
        house.clock.advance_ms(Rules::default().one_time_ms);
        assert_eq!(refused(house.staff.sign_in(&nobody, "10002", &late).await).code, "staff.one_time_over");
    }

    async fn a_password_that_was_stolen_elsewhere_is_refused(db: Db) {
        // SHA-1 of "stolen elsewhere".
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"7804ACF5A0E7AA73822D5DC6A7B1BE9A55795586:2\n").unwrap();
        let breached = Some(BreachedPasswords::open(file.path()).unwrap());
        let house = house_by(&db, Rules { breached, ..Rules::for_tests() }).await;
        let session = house.signed_in("20001", "0571", &[Role::Teller]).await;
        let refusal = refused(house.staff.change_password(&session, SECRET, "stolen elsewhere").await);
        assert_eq!((refusal.code, refusal.fields.get("field")), ("staff.password_breached", Some(&"new".into())));
        house.staff.change_password(&session, SECRET, "kept to myself alone").await.unwrap();
    }

    async fn a_session_ends_when_idle_when_over_and_when_its_member_is_disabled(db: Db) {
        let house = house(&db).await;
        let administrator = house.signed_in("10001", "0571", &[Role::Administrator]).await;
        let teller = house.member("20001", "0571", &[Role::Teller]).await;
        let nobody = StaffVisitor::default();
        let first = house.enter(&nobody, "20001", SECRET).await;
        let second = house.enter(&nobody, "20001", SECRET).await;
        assert_ne!(first.token.reveal(), second.token.reveal(), "each sign-in has its own token");
        let alive = async |token: &str| house.staff.authenticate(token).await.unwrap().is_some();
        house.staff.sign_out(&first.session).await.unwrap();
        assert!(!alive(first.token.reveal()).await && alive(second.token.reveal()).await);
        house.clock.advance_ms(Rules::default().idle_ms);
        assert!(!alive(second.token.reveal()).await, "idle");
        let third = house.enter(&nobody, "20001", SECRET).await;
        for _ in 0..72 {
            assert!(alive(third.token.reveal()).await);
            house.clock.advance_ms(10 * 60_000);
        }
        assert!(!alive(third.token.reveal()).await, "twelve hours are over");
        let fourth = house.enter(&nobody, "20001", SECRET).await;
        house.staff.set_disabled(&administrator, teller.id, true, "left the bank").await.unwrap();
        assert!(!alive(fourth.token.reveal()).await, "disabled");
        assert_eq!(refused(house.staff.sign_in(&nobody, "20001", SECRET).await).code, "staff.credentials_wrong");
        assert_eq!(refused(house.staff.set_disabled(&administrator, administrator.member.id, true, "x").await).code, "staff.own_member");
        assert!(!alive("00").await);
    }

    async fn failures_slow_down_strangers_and_not_a_known_browser(db: Db) {
        let house = house(&db).await;
        house.member("20001", "0571", &[Role::Teller]).await;
        let own = house.enter(&StaffVisitor::default(), "20001", SECRET).await;
        let stranger = StaffVisitor { address: Some("203.0.113.9".parse().unwrap()), device: None };
        for _ in 0..5 {
            assert_eq!(refused(house.staff.sign_in(&stranger, "20001", "wrong").await).code, "staff.credentials_wrong");
        }
        let later = refused(house.staff.sign_in(&stranger, "20001", SECRET).await);
        assert_eq!((later.code, later.integer("retry_after_s").is_some()), ("staff.try_later", true));
        // Another number from the same address waits too.
        assert_eq!(refused(house.staff.sign_in(&stranger, "20002", SECRET).await).code, "staff.try_later");
        let known = StaffVisitor { device: own.device.map(|device| device.reveal().to_owned()), ..stranger };
        house.staff.sign_in(&known, "20001", SECRET).await.unwrap();
    }

    async fn one_makes_another_checks(db: Db) {
        let house = house(&db).await;
        let maker = house.signed_in("20001", "0571", &[Role::Teller, Role::Supervisor]).await;
        let checker = house.signed_in("30001", "0571", &[Role::Supervisor]).await;
        let teller = house.signed_in("20002", "0571", &[Role::Teller]).await;
        let elsewhere = house.signed_in("30002", "0010", &[Role::Supervisor]).await;
        assert_eq!(refused(house.staff.propose(&checker, &TELL, wish("a")).await).code, "staff.not_allowed");
        let id = house.staff.propose(&maker, &TELL, wish("a")).await.unwrap();
        assert_eq!(house.staff.propose(&maker, &TELL, wish("a")).await.unwrap(), id, "the form sent twice makes one");
        let other = NewProposal { payload: "y".to_owned(), ..wish("a") };
        assert_eq!(refused(house.staff.propose(&maker, &TELL, other).await).code, "staff.key_conflict");
        for (session, code) in [
            (&maker, "staff.own_proposal"),
            (&teller, "staff.proposal_not_found"),
            (&elsewhere, "staff.proposal_not_found"),
        ] {
            assert_eq!(refused(house.staff.approve(session, id).await).code, code);
            assert_eq!(refused(house.staff.reject(session, id).await).code, code);
        }
        assert!(house.staff.proposals(&elsewhere).await.unwrap().is_empty());
        let approved = house.staff.approve(&checker, id).await.unwrap();
        assert_eq!((approved.state, approved.checker), (ProposalState::Approved, Some(checker.member.id)));
        assert_eq!(refused(house.staff.reject(&checker, id).await).code, "staff.proposal_over");
        assert_eq!(refused(house.staff.withdraw(&maker, id).await).code, "staff.proposal_over");
        assert_eq!(house.staff.approved().await.unwrap().len(), 1);
        house.staff.settle(&approved, Ok("77".to_owned())).await.unwrap();
        house.staff.settle(&approved, Ok("78".to_owned())).await.unwrap();
        assert!(house.staff.approved().await.unwrap().is_empty());
        let done = house.staff.proposal(&maker, id).await.unwrap();
        assert_eq!((done.state, done.outcome.as_str()), (ProposalState::Done, "77"));

        let taken_back = house.staff.propose(&maker, &TELL, wish("b")).await.unwrap();
        assert_eq!(refused(house.staff.withdraw(&checker, taken_back).await).code, "staff.proposal_not_found");
        house.staff.withdraw(&maker, taken_back).await.unwrap();
        assert_eq!(refused(house.staff.approve(&checker, taken_back).await).code, "staff.proposal_over");
        let late = house.staff.propose(&maker, &TELL, wish("c")).await.unwrap();
        house.clock.advance_ms(Rules::default().proposal_ms);
        assert_eq!(refused(house.staff.approve(&checker, late).await).code, "staff.proposal_over");
        assert_eq!(house.staff.proposal(&maker, late).await.unwrap().state, ProposalState::Expired);
        assert!(house.staff.verify_audit().await.unwrap().broken_at.is_none());
    }

    async fn of_twenty_who_decide_at_once_one_does_and_never_the_maker(db: Db) {
        let house = house(&db).await;
        let maker = house.signed_in("20001", "0571", &[Role::Teller, Role::Supervisor]).await;
        let checker = house.signed_in("30001", "0571", &[Role::Supervisor]).await;
        for round in 0..3 {
            let id = house.staff.propose(&maker, &TELL, wish(&format!("key{round}"))).await.unwrap();
            let tries = (0..20).map(|place| {
                let (staff, session) = (house.staff.clone(), if place % 2 == 0 { maker.clone() } else { checker.clone() });
                kit::spawn("a try", async move { (place, staff.approve(&session, id).await.is_ok()) })
            });
            let mut won = Vec::new();
            for tried in tries.collect::<Vec<_>>() {
                let (place, ok) = tried.await.unwrap().unwrap();
                won.extend(ok.then_some(place));
            }
            assert_eq!(won.len(), 1, "one of the twenty decided");
            assert_eq!(won[0] % 2, 1, "it was the checker");
        }
        // Nor can anybody write it so into the table.
        let id = house.staff.propose(&maker, &TELL, wish("last")).await.unwrap();
        let forced = house.db.execute("UPDATE staff_proposal SET checker = maker WHERE id = $1", db::params![id.0]).await;
        assert!(forced.is_err());
        assert!(house.staff.verify_audit().await.unwrap().broken_at.is_none());
    }

    async fn a_role_is_given_by_two_administrators_and_taken_by_one(db: Db) {
        let house = house(&db).await;
        let one = house.signed_in("10001", "0571", &[Role::Administrator]).await;
        let two = house.signed_in("10002", "0010", &[Role::Administrator]).await;
        let teller = house.member("20001", "0571", &[Role::Teller]).await;
        let money = Roles::of(&[Role::Teller, Role::Supervisor]);
        assert_eq!(refused(house.staff.change_roles(&one, one.member.id, money, "me too", "k").await).code, "staff.own_member");
        // Proposing it for the other one does not help either: they may not check what is about themselves.
        let Granted::Proposed(id) = house.staff.change_roles(&one, two.member.id, money, "swap", "k1").await.unwrap() else { panic!() };
        assert_eq!(refused(house.staff.approve(&two, id).await).code, "staff.about_oneself");
        let Granted::Proposed(id) = house.staff.change_roles(&one, teller.id, money, "promoted", "k2").await.unwrap() else { panic!() };
        assert_eq!(house.staff.member(&one, teller.id).await.unwrap().roles, teller.roles, "not yet");
        let approved = house.staff.approve(&two, id).await.unwrap();
        assert_eq!(house.staff.carry_out(&approved).await.unwrap(), Some(None));
        assert_eq!(house.staff.member(&one, teller.id).await.unwrap().roles, money);
        let less = house.staff.change_roles(&one, teller.id, Roles::NONE, "holiday", "k3").await.unwrap();
        assert_eq!(less, Granted::Now);
        // Carried out a second time, as after a stop in between, it changes nothing any more.
        assert_eq!(house.staff.carry_out(&approved).await.unwrap(), Some(None));
        assert_eq!(house.staff.member(&one, teller.id).await.unwrap().roles, Roles::NONE);

        let reset = house.staff.propose_reset(&one, teller.id, "forgot it", "k4").await.unwrap();
        let approved = house.staff.approve(&two, reset).await.unwrap();
        let password = house.staff.carry_out(&approved).await.unwrap().flatten().expect("a first password");
        let session = house.staff.sign_in(&StaffVisitor::default(), "20001", &password).await.unwrap();
        assert!(session.session.member.must_change);
        let (added, _) = house.staff.add_member(&one, &new("20009", "0571")).await.unwrap();
        assert_eq!(added.roles, Roles::NONE, "a new member can do nothing");
        assert_eq!(session.session.missing(), Some(SignInStep::Code), "another password does not do without the token");
        assert_eq!(refused(house.staff.change_password(&session.session, &password, "eight-words-or-so").await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(house.staff.add_member(&session.session, &new("20010", "0571")).await).code, "staff.sign_in_incomplete");
        let teller = house.signed_in("20011", "0571", &[Role::Teller]).await;
        assert_eq!(refused(house.staff.add_member(&teller, &new("20010", "0571")).await).code, "staff.not_allowed");
    }

    async fn the_trail_tells_what_was_done_and_shows_what_was_changed(db: Db) {
        let house = house(&db).await;
        let teller = house.signed_in("20001", "0571", &[Role::Teller]).await;
        let auditor = house.signed_in("40001", "0571", &[Role::Auditor]).await;
        house.staff.looked(&teller, &TELL, "person:7", "by mobile").await.unwrap();
        let failed: Result<(), Error> = house
            .staff
            .acting(&teller, &TELL, "account:9", "a reason", async { Err(Refusal::new("accounts.closed", 409).into()) })
            .await;
        assert_eq!(refused(failed).code, "accounts.closed");
        assert_eq!(refused(house.staff.looked(&auditor, &TELL, "person:7", "").await).code, "staff.not_allowed");
        assert_eq!(refused(house.staff.audit_rows(&teller, &AuditFilter::default(), None, 50).await).code, "staff.not_allowed");
        let filter = AuditFilter { action: "test.".to_owned(), ..AuditFilter::default() };
        let rows = house.staff.audit_rows(&auditor, &filter, None, 50).await.unwrap();
        let told: Vec<_> = rows.iter().rev().map(|row| (row.number.as_str(), row.subject.as_str(), row.outcome.as_str())).collect();
        assert_eq!(
            told,
            [
                ("20001", "person:7", "done"),
                ("20001", "account:9", "begun"),
                ("20001", "account:9", "accounts.closed"),
                ("40001", "person:7", "staff.not_allowed"),
            ]
        );
        let filter = AuditFilter { number: "20001".to_owned(), subject: "account:9".to_owned(), ..AuditFilter::default() };
        assert_eq!(house.staff.audit_rows(&auditor, &filter, None, 50).await.unwrap().len(), 2);
        let whole = house.staff.check_audit(&auditor).await.unwrap();
        assert_eq!(whole.broken_at, None);

        let target = rows[2].sequence;
        house.db.execute("UPDATE staff_audit SET detail = 'another reason' WHERE sequence = $1", db::params![target]).await.unwrap();
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, Some(target), "changed");
        house.db.execute("UPDATE staff_audit SET detail = 'a reason' WHERE sequence = $1", db::params![target]).await.unwrap();
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, None);
        house.db.execute("DELETE FROM staff_audit WHERE sequence = $1", db::params![target]).await.unwrap();
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, Some(target), "taken away");
    }

    async fn rows_taken_off_the_end_are_missed(db: Db) {
        let house = house(&db).await;
        let teller = house.signed_in("20001", "0571", &[Role::Teller]).await;
        for place in 0..3 {
            house.staff.looked(&teller, &TELL, &format!("person:{place}"), "").await.unwrap();
        }
        let rows = house.staff.verify_audit().await.unwrap().rows;
        house.db.execute("DELETE FROM staff_audit WHERE sequence = $1", db::params![rows]).await.unwrap();
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, Some(rows));
    }

    async fn rows_in_another_order_and_rows_written_anew_are_found(db: Db) {
        let house = house(&db).await;
        let teller = house.signed_in("20001", "0571", &[Role::Teller]).await;
        for place in 0..4 {
            house.staff.looked(&teller, &TELL, &format!("person:{place}"), "=1+1").await.unwrap();
        }
        let kept = house.staff.verify_audit().await.unwrap();
        house.staff.looked(&teller, &TELL, "person:9", "").await.unwrap();
        let walked = house.staff.walk_audit(Some(&kept.head), |_| Ok(())).await.unwrap();
        assert_eq!((walked.expected_at, walked.rows), (Some(kept.rows), kept.rows + 1), "the trail grew since");
        // Two rows change places.
        let swap = async |one: i64, other: i64| {
            for (from, to) in [(one, -1), (other, one), (-1, other)] {
                let moved = "UPDATE staff_audit SET sequence = $2 WHERE sequence = $1";
                house.db.execute(moved, db::params![from, to]).await.unwrap();
            }
        };
        swap(3, 4).await;
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, Some(3), "reordered");
        swap(3, 4).await;
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, None);
        // The end is cut and the head set back: only a hash kept elsewhere tells.
        let mut rows = Vec::new();
        house.staff.walk_audit(None, |row| { rows.push(row.clone()); Ok(()) }).await.unwrap();
        let short = &rows[rows.len() - 3];
        house.db.execute("DELETE FROM staff_audit WHERE sequence > $1", db::params![short.sequence]).await.unwrap();
        let head = db::params![short.sequence, short.hash];
        house.db.execute("UPDATE staff_audit_head SET sequence = $1, hash = $2", head).await.unwrap();
        let cut = house.staff.walk_audit(Some(&kept.head), |_| Ok(())).await.unwrap();
        assert_eq!((cut.broken_at, cut.expected_at), (None, None), "cut");
        // What was written out before is still whole in itself, in both formats.
        for format in [staff::AuditFormat::Csv, staff::AuditFormat::Jsonl] {
            let mut writer = staff::AuditWriter::new(Vec::new(), format);
            rows.iter().for_each(|row| writer.write(row).unwrap());
            let file = writer.finish().unwrap();
            let check = staff::check_audit_file(file.as_slice(), Some(&kept.head)).unwrap();
            assert_eq!((check.rows, check.broken_at, check.expected_at), (walked.rows, None, Some(kept.rows)));
        }
    }

    async fn half_a_sign_in_is_good_for_nothing_and_a_code_counts_once(db: Db) {
        let house = house(&db).await;
        let (nobody, staff) = (StaffVisitor::default(), &house.staff);
        let maker = house.signed_in("20001", "0571", &[Role::Teller]).await;
        house.member("30001", "0571", &[Role::Supervisor]).await;
        let id = staff.propose(&maker, &TELL, wish("a")).await.unwrap();
        let half = staff.sign_in(&nobody, "30001", SECRET).await.unwrap();
        assert!(half.device.is_none(), "half a sign-in makes no browser known");
        let (token, half) = (half.token, half.session);
        assert_eq!(half.missing(), Some(SignInStep::Code));
        assert_eq!(refused(staff.approve(&half, id).await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(staff.reject(&half, id).await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(staff.withdraw(&half, id).await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(staff.looked(&half, &Act::new("x", &Role::ALL), "", "").await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(staff.begin_enrolment(&half).await.map(drop)).code, "staff.enrolment_closed");
        assert!(!half.may(&Act::new("x", &Role::ALL)));
        let code = house.code("30001").await;
        let other = house.staff.sign_in(&nobody, "30001", SECRET).await.unwrap().session;
        let whole = staff.prove(&nobody, &half, &code).await.unwrap();
        assert!(whole.session.missing().is_none() && whole.device.is_some());
        assert!(staff.authenticate(token.reveal()).await.unwrap().is_none(), "the half session's secret is over");
        assert!(staff.authenticate(whole.token.reveal()).await.unwrap().is_some_and(|found| found.missing().is_none()));
        assert_eq!(refused(staff.prove(&nobody, &other, &code).await.map(drop)).code, "staff.code_wrong", "used");
        assert_eq!(refused(staff.prove(&nobody, &whole.session, &code).await.map(drop)).code, "staff.second_step_over");
        staff.approve(&whole.session, id).await.unwrap();
        // Another member's code is none.
        let theirs = house.staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session;
        for _ in 0..4 {
            assert_eq!(refused(staff.prove(&nobody, &theirs, "000000").await.map(drop)).code, "staff.code_wrong");
        }
        refused(staff.prove(&nobody, &theirs, "000000").await.map(drop));
        let right = house.code("20001").await;
        assert_eq!(refused(staff.prove(&nobody, &theirs, &right).await.map(drop)).code, "staff.try_later", "guessing is slow");
        house.clock.advance_ms(10 * 60_000);
        let late = staff.authenticate(token.reveal()).await.unwrap();
        assert!(late.is_none());
        assert!(staff.verify_audit().await.unwrap().broken_at.is_none());
    }

    async fn of_twenty_who_give_one_code_at_once_one_enters(db: Db) {
        let house = house(&db).await;
        house.member("30001", "0571", &[Role::Supervisor]).await;
        let nobody = StaffVisitor::default();
        let half = house.staff.sign_in(&nobody, "30001", SECRET).await.unwrap().session;
        let code = house.code("30001").await;
        let tries: Vec<_> = (0..20).map(|_| {
            let (staff, half, code, nobody) = (house.staff.clone(), half.clone(), code.clone(), nobody.clone());
            kit::spawn("a try", async move { staff.prove(&nobody, &half, &code).await.is_ok() })
        }).collect();
        let mut entered = 0;
        for tried in tries {
            entered += i32::from(tried.await.unwrap().unwrap());
        }
        assert_eq!(entered, 1);
    }

    async fn a_token_in_place_of_a_lost_one_and_a_spare_one_take_two_administrators(db: Db) {
        let house = house(&db).await;
        let (nobody, staff) = (StaffVisitor::default(), &house.staff);
        let one = house.signed_in("10001", "0571", &[Role::Administrator]).await;
        let two = house.signed_in("10002", "0571", &[Role::Administrator]).await;
        let teller = house.signed_in("20001", "0571", &[Role::Teller]).await;
        assert_eq!(refused(staff.begin_enrolment(&teller).await.map(drop)).code, "staff.enrolment_closed");
        assert_eq!(refused(staff.propose_token(&teller, teller.member.id, false, "x", "k").await).code, "staff.not_allowed");
        assert_eq!(refused(staff.propose_token(&one, one.member.id, true, "x", "k").await).code, "staff.own_member");
        let about_two = staff.propose_token(&one, two.member.id, true, "x", "k1").await.unwrap();
        assert_eq!(refused(staff.approve(&two, about_two).await).code, "staff.about_oneself");
        // A spare one beside the first.
        let spare = staff.propose_token(&one, teller.member.id, false, "travels", "k2").await.unwrap();
        assert_eq!(refused(staff.approve(&one, spare).await).code, "staff.own_proposal");
        assert!(!staff.may_enrol(&teller).await.unwrap(), "not yet");
        let approved = staff.approve(&two, spare).await.unwrap();
        staff.carry_out(&approved).await.unwrap();
        let enrolment = staff.begin_enrolment(&teller).await.unwrap();
        assert_eq!(staff.begin_enrolment(&teller).await.unwrap().secret, enrolment.secret, "the same until its first code");
        assert_eq!(refused(staff.finish_enrolment(&nobody, &teller, &house.code("20001").await).await.map(drop)).code, "staff.code_wrong");
        let seed = unbase32(&enrolment.secret);
        let teller = staff.finish_enrolment(&nobody, &teller, &code_of(&house, &seed)).await.unwrap().session;
        assert!(teller.missing().is_none());
        assert_eq!(refused(staff.begin_enrolment(&teller).await.map(drop)).code, "staff.enrolment_closed", "once");
        house.clock.advance_ms(60_000);
        house.enter(&nobody, "20001", SECRET).await;
        let half = staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session;
        staff.prove(&nobody, &half, &code_of(&house, &seed)).await.unwrap();
        // Lost: both end, and every session.
        let lost = staff.propose_token(&one, teller.member.id, true, "stolen", "k3").await.unwrap();
        let approved = staff.approve(&two, lost).await.unwrap();
        let running = house.enter(&nobody, "20001", SECRET).await;
        staff.carry_out(&approved).await.unwrap();
        assert!(staff.authenticate(running.token.reveal()).await.unwrap().is_none());
        let half = staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session;
        assert_eq!(half.missing(), Some(SignInStep::Token));
        assert_eq!(refused(staff.prove(&nobody, &half, &code_of(&house, &seed)).await.map(drop)).code, "staff.second_step_over");
        assert_eq!(refused(staff.looked(&half, &TELL, "", "").await).code, "staff.sign_in_incomplete");
        let seed = unbase32(&staff.begin_enrolment(&half).await.unwrap().secret);
        house.clock.advance_ms(Rules::default().one_time_ms);
        let half = staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session;
        let late = staff.finish_enrolment(&nobody, &half, &code_of(&house, &seed)).await.map(drop);
        assert_eq!(refused(late).code, "staff.enrolment_closed", "three days are over");
        // By the hand of who runs the bank.
        let (_, password) = staff.reset_by_hand("20001").await.unwrap();
        let half = staff.sign_in(&nobody, "20001", &password).await.unwrap().session;
        assert_eq!(half.missing(), Some(SignInStep::Password));
        assert_eq!(refused(staff.begin_enrolment(&half).await.map(drop)).code, "staff.enrolment_closed", "the password first");
        staff.change_password(&half, &password, SECRET).await.unwrap();
        let half = staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session;
        let seed = unbase32(&staff.begin_enrolment(&half).await.unwrap().secret);
        assert!(staff.finish_enrolment(&nobody, &half, &code_of(&house, &seed)).await.unwrap().session.missing().is_none());
    }

    async fn where_no_code_is_asked_who_has_a_token_is_asked_all_the_same(db: Db) {
        let rules = Rules { second_step: Roles::of(&[Role::Administrator]), ..Rules::for_tests() };
        let house = house_by(&db, rules).await;
        let nobody = StaffVisitor::default();
        let (_, password) = house.staff.add_by_hand(&new("20001", "0571"), Roles::of(&[Role::Teller])).await.unwrap();
        let session = house.staff.sign_in(&nobody, "20001", &password).await.unwrap().session;
        house.staff.change_password(&session, &password, SECRET).await.unwrap();
        assert!(house.staff.sign_in(&nobody, "20001", SECRET).await.unwrap().session.missing().is_none());
        house.member("20002", "0571", &[Role::Teller]).await;
        let half = house.staff.sign_in(&nobody, "20002", SECRET).await.unwrap().session;
        assert_eq!(half.missing(), Some(SignInStep::Code));
        let (_, password) = house.staff.add_by_hand(&new("20003", "0571"), Roles::NONE).await.unwrap();
        let session = house.staff.sign_in(&nobody, "20003", &password).await.unwrap().session;
        house.staff.change_password(&session, &password, SECRET).await.unwrap();
        let half = house.staff.sign_in(&nobody, "20003", SECRET).await.unwrap().session;
        assert_eq!(half.missing(), Some(SignInStep::Token), "who may become anything");
    }

    async fn rows_written_at_once_make_one_chain(db: Db) {
        let house = house(&db).await;
        let teller = house.signed_in("20001", "0571", &[Role::Teller]).await;
        let before = house.staff.verify_audit().await.unwrap().rows;
        let writers: Vec<_> = (0..20)
            .map(|place| {
                let (staff, teller) = (house.staff.clone(), teller.clone());
                kit::spawn("a try", async move { staff.looked(&teller, &TELL, &format!("person:{place}"), "").await.unwrap() })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        let check = house.staff.verify_audit().await.unwrap();
        assert_eq!((check.rows, check.broken_at), (before + 20, None));
    }
}
