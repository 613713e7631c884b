//! Passkeys of members: added after a token's code, used in its place, bound to their owner, gone with lost tokens.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use credential::webauthn::SoftKey;
use db::Db;
use kit::{Clock, Error, FakeClock, IdMaker, Random, Refusal, Timestamp};
use staff::{
    AuditFilter, NewMember, Parts, Role, Roles, Rules, SignInStep, Staff, StaffSession, StaffSignedIn, StaffVisitor,
};
use std::sync::Arc;

const SECRET: &str = "correct horse battery";
const ORIGIN: &str = "http://localhost:8080";
const MINUTE_MS: i64 = 60_000;

struct House {
    staff: Staff,
    clock: FakeClock,
    db: Db,
}

async fn house(db: &Db) -> House {
    db.migrate(&[staff::room()]).await.unwrap();
    let clock = FakeClock::new(Timestamp(1_795_238_768_000));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let parts = Parts {
        db: db.clone(),
        clock: Arc::clone(&shared),
        random: Random::seeded(7),
        ids: Arc::new(IdMaker::new(shared, 0)),
        seal_key: [5; 32],
        rules: Rules::for_tests(),
        places: |_| Vec::new(),
    };
    House { staff: Staff::try_new(parts).unwrap(), clock, db: db.clone() }
}

impl House {
    async fn member(&self, number: &str, role: Role) {
        let new = NewMember { number: number.to_owned(), name: "陈大文".to_owned(), branch: "0571".to_owned() };
        self.staff.add_for_show(&new, Roles::of(&[role]), SECRET, b"12345678901234567890").await.unwrap();
    }

    async fn half(&self, number: &str) -> StaffSession {
        self.staff.sign_in(&StaffVisitor::default(), number, SECRET).await.unwrap().session
    }

    async fn code(&self, number: &str) -> String {
        self.staff.code_for_show(number).await.unwrap().expect("a token").code
    }

    async fn by_code(&self, number: &str) -> StaffSession {
        let half = self.half(number).await;
        self.staff.prove(&StaffVisitor::default(), &half, &self.code(number).await).await.unwrap().session
    }

    async fn add(&self, session: &StaffSession, key: &mut SoftKey) -> staff::StaffKeyId {
        let options = self.staff.ask_new_key(session).await.unwrap();
        self.staff.add_key(session, &key.make(&options), "counter 3").await.unwrap()
    }

    async fn by_key(&self, half: &StaffSession, key: &mut SoftKey) -> Result<StaffSignedIn, Error> {
        let options = self.staff.ask_key(half).await.unwrap().expect("a question");
        self.staff.prove_by_key(&StaffVisitor::default(), half, &key.answer(&options)).await
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
    async fn a_passkey_takes_the_place_of_the_code_and_the_roles_stay(db: Db) {
        let house = house(&db).await;
        house.member("20001", Role::Teller).await;
        let session = house.by_code("20001").await;
        let mut key = SoftKey::new(1, ORIGIN);
        let id = house.add(&session, &mut key).await;
        let keys = house.staff.keys(&session).await.unwrap();
        assert_eq!((keys.len(), keys[0].label.as_str(), keys[0].last_used), (1, "counter 3", None));

        let half = house.half("20001").await;
        assert_eq!(half.missing(), Some(SignInStep::Code));
        let whole = house.by_key(&half, &mut key).await.unwrap();
        assert!(whole.device.is_some(), "the browser is known from now on");
        let found = house.staff.authenticate(whole.token.reveal()).await.unwrap().unwrap();
        assert_eq!((found.missing(), found.member.roles), (None, Roles::of(&[Role::Teller])));
        assert!(house.staff.keys(&found).await.unwrap()[0].last_used.is_some());
        // A passkey is not enough to add another one; a code is, for ten minutes.
        assert_eq!(refused(house.staff.ask_new_key(&found).await).code, "staff.token_first");
        house.clock.advance_ms(MINUTE_MS);
        house.staff.prove_token(&found, &house.code("20001").await).await.unwrap();
        let found = house.staff.authenticate(whole.token.reveal()).await.unwrap().unwrap();
        house.staff.ask_new_key(&found).await.unwrap();
        house.clock.advance_ms(10 * MINUTE_MS);
        assert_eq!(refused(house.staff.ask_new_key(&found).await).code, "staff.token_first");
        assert_eq!(refused(house.staff.add_key(&found, "{}", "x").await).code, "staff.token_first");

        house.staff.rename_key(&found, id, "counter 4").await.unwrap();
        assert_eq!(refused(house.staff.rename_key(&found, id, " ").await).code, "staff.label_invalid");
        house.staff.remove_key(&found, id).await.unwrap();
        assert_eq!(refused(house.staff.remove_key(&found, id).await).code, "staff.key_not_found");
        assert!(house.staff.ask_key(&house.half("20001").await).await.unwrap().is_none());
        house.member("40001", Role::Auditor).await;
        let auditor = house.by_code("40001").await;
        let rows = house.staff.audit_rows(&auditor, &AuditFilter { action: "staff.".to_owned(), ..AuditFilter::default() }, None, 50).await.unwrap();
        for action in ["staff.passkey_add", "staff.passkey_rename", "staff.passkey_remove", "staff.passkey_prove"] {
            assert!(rows.iter().any(|row| row.action == action && row.number == "20001" && row.outcome == "done"), "{action}");
        }
        assert!(rows.iter().any(|row| row.action == "staff.second_step" && row.detail == "passkey" && row.outcome == "done"));
        assert_eq!(house.staff.verify_audit().await.unwrap().broken_at, None);
    }

    async fn an_answer_that_is_not_the_members_own_for_this_question_is_refused_and_counts(db: Db) {
        let house = house(&db).await;
        for number in ["20001", "20002"] {
            house.member(number, Role::Teller).await;
        }
        let nobody = StaffVisitor::default();
        let (session, other) = (house.by_code("20001").await, house.by_code("20002").await);
        let (mut key, mut theirs) = (SoftKey::new(1, ORIGIN), SoftKey::new(2, ORIGIN));
        house.add(&session, &mut key).await;
        house.add(&other, &mut theirs).await;
        // Nobody's key twice; not without an answer, not for another's question, not one that does not know its owner.
        let options = house.staff.ask_new_key(&other).await.unwrap();
        assert_eq!(refused(house.staff.add_key(&other, &key.clone().make(&options), "x").await).code, "staff.key_known");
        assert_eq!(refused(house.staff.add_key(&other, "", "x").await).code, "staff.key_refused");
        let mut careless = SoftKey::new(3, ORIGIN);
        careless.recognises = false;
        assert_eq!(refused(house.staff.add_key(&other, &careless.make(&options), "x").await).code, "staff.key_refused");
        assert_eq!(refused(house.staff.remove_key(&other, house.staff.keys(&session).await.unwrap()[0].id).await).code, "staff.key_not_found");

        let half = house.half("20001").await;
        assert_eq!(refused(house.staff.ask_new_key(&half).await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(house.staff.keys(&half).await).code, "staff.sign_in_incomplete");
        assert_eq!(refused(house.by_key(&half, &mut theirs).await).code, "staff.key_refused", "another member's");
        let options = house.staff.ask_key(&half).await.unwrap().unwrap();
        let answer = key.answer(&options);
        assert_eq!(refused(house.staff.prove_by_key(&nobody, &session, &answer).await).code, "staff.second_step_over");
        let elsewhere = house.half("20001").await;
        assert_eq!(refused(house.staff.prove_by_key(&nobody, &elsewhere, &answer).await).code, "staff.question_expired");
        house.clock.advance_ms(10 * MINUTE_MS);
        assert_eq!(refused(house.staff.prove_by_key(&nobody, &half, &answer).await).code, "staff.question_expired", "too old");
        // Wrong answers are counted with wrong codes, and the right code has to wait then.
        house.clock.advance_ms(60 * MINUTE_MS);
        let half = house.half("20001").await;
        let mut elsewhere = key.clone();
        elsewhere.origin = "http://localhost:9999".to_owned();
        let mut codes = Vec::new();
        for _ in 0..6 {
            codes.push(refused(house.by_key(&half, &mut elsewhere).await).code);
        }
        assert_eq!((codes[0], codes[5]), ("staff.key_refused", "staff.try_later"));
        let code = house.code("20001").await;
        assert_eq!(refused(house.staff.prove(&nobody, &half, &code).await).code, "staff.try_later");
        // A stop of the bank in between takes nothing away: it is the same question until it is answered.
        house.clock.advance_ms(9 * MINUTE_MS);
        let options = house.staff.ask_key(&half).await.unwrap().unwrap();
        let answer = key.answer(&options);
        house.staff.prove_by_key(&nobody, &half, &answer).await.unwrap();
        assert_eq!(refused(house.staff.prove_by_key(&nobody, &half, &answer).await).code, "staff.question_expired", "once");
    }

    async fn a_lost_token_takes_the_passkeys_with_it_and_the_last_way_in_stays(db: Db) {
        let house = house(&db).await;
        for number in ["10001", "10002"] {
            house.member(number, Role::Administrator).await;
        }
        house.member("20001", Role::Teller).await;
        let (one, two) = (house.by_code("10001").await, house.by_code("10002").await);
        let teller = house.by_code("20001").await;
        let mut key = SoftKey::new(1, ORIGIN);
        let id = house.add(&teller, &mut key).await;
        // Were the token gone, the passkey would be the last way in.
        let all = "UPDATE staff_token SET removed_ms = $2 WHERE member = $1";
        house.db.execute(all, db::params![teller.member.id.0, 1_i64]).await.unwrap();
        assert_eq!(refused(house.staff.remove_key(&teller, id).await).code, "staff.last_way_in");
        let back = "UPDATE staff_token SET removed_ms = NULL WHERE member = $1";
        house.db.execute(back, db::params![teller.member.id.0]).await.unwrap();

        let half = house.half("20001").await;
        let options = house.staff.ask_key(&half).await.unwrap().unwrap();
        let answer = key.answer(&options);
        let lost = house.staff.propose_token(&one, teller.member.id, true, "left on a train", "k1").await.unwrap();
        let approved = house.staff.approve(&two, lost).await.unwrap();
        house.staff.carry_out(&approved).await.unwrap();
        // Neither a session that was open nor the passkey's answer is good any more.
        assert!(house.staff.prove_by_key(&StaffVisitor::default(), &half, &answer).await.is_err());
        let half = house.half("20001").await;
        assert_eq!(half.missing(), Some(SignInStep::Token), "another token is enrolled first");
        assert!(house.staff.prove_by_key(&StaffVisitor::default(), &half, &answer).await.is_err());
    }
}
