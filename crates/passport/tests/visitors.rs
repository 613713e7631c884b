//! Codes, registration, devices and changes that people make themselves, on both engines.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{NOON, SECRET, browser, desk, desk_with, lin, refusal, registration, wrong};
use db::Db;
use money::{Amount, Currency};
use passport::{
    AccountsPort, ChangeMobile, Channel, CustomerId, EventKind, Factor, OpenAccounts, PaymentSubject, ProfileForm,
    Reset, Rules, Session, SessionKind, Subject, Visitor,
};
use std::sync::Arc;
use tokio::task::JoinSet;

const STRANGER: &str = "203.0.113.9";

fn payment() -> PaymentSubject {
    PaymentSubject {
        draft: 7,
        payee: 42,
        payee_shown: "李*宝".to_owned(),
        payee_tail: "0001".to_owned(),
        amount: Amount::new(88_80, Currency::CNY),
        account_tail: "106027".to_owned(),
        later: None,
    }
}

/// Says how many accounts everybody has open.
struct Open(i64);

impl AccountsPort for Open {
    fn open_accounts(&self, _: CustomerId) -> OpenAccounts<'_> {
        Box::pin(async { Ok(self.0) })
    }
}

db::engine_tests! {
    async fn a_stranger_becomes_a_visitor_by_the_code_on_their_phone(db: Db) {
        let desk = desk(&db).await;
        let nobody = Visitor::unknown();
        let sent = desk.passport.start_registration(&nobody, "13700001111", "en").await.unwrap();
        assert_eq!((sent.to.as_str(), sent.expires, sent.tries), ("137 **** 1111", NOON.plus_ms(300_000), 5));
        assert!(desk.text("13700001111").starts_with("Tongbao: your code to register is "));
        let code = desk.code("13700001111");
        let common = passport::Registration { password: "password1".to_owned(), ..registration("13700001111", &code) };
        let refused = refusal(desk.passport.finish_registration(&nobody, common, SessionKind::Web).await);
        assert_eq!(refused.code, "passport.password_common");
        let answer = registration("13700001111", &wrong(&code));
        let refused = refusal(desk.passport.finish_registration(&nobody, answer, SessionKind::Web).await);
        assert_eq!((refused.code, refused.integer("left")), ("passport.code_wrong", Some(4)));

        let answer = registration("137 0000 1111", &code);
        let signed_in = desk.passport.finish_registration(&nobody, answer.clone(), SessionKind::Web).await.unwrap();
        let session = &signed_in.session;
        assert!(!session.verified && session.name.is_empty());
        assert!(!desk.passport.verified(session.customer).await.unwrap());
        assert_eq!(desk.notices(session.person).await, ["welcome"]);
        let found = web::Sessions::find(&desk.passport, signed_in.token.reveal()).await.unwrap().unwrap();
        assert_eq!(found.name(), "137 0000 1111");
        let again = refusal(desk.passport.finish_registration(&nobody, answer, SessionKind::Web).await);
        assert_eq!(again.code, "passport.code_spent");
        desk.passport.sign_in("13700001111", SECRET, SessionKind::Web).await.unwrap();
    }

    async fn a_known_number_is_told_by_text_alone(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        let nobody = Visitor::unknown();
        let known = desk.passport.start_registration(&nobody, "13800005678", "zh").await.unwrap();
        let unknown = desk.passport.start_registration(&nobody, "13800005679", "zh").await.unwrap();
        assert_eq!((known.expires, known.resend_at, known.tries), (unknown.expires, unknown.resend_at, unknown.tries));
        assert!(desk.text("13800005678").contains("已经注册"));
        assert!(desk.text("13800005679").contains("注册验证码"));
        // The other way round for a forgotten password.
        desk.passport.start_reset(&nobody, "13800005678", "zh").await.unwrap();
        desk.passport.start_reset(&nobody, "13800005679", "zh").await.unwrap();
        assert!(desk.text("13800005678").contains("重设密码验证码"));
        assert!(desk.text("13800005679").contains("还没有注册"));
        // Tries against both are refused alike.
        for left in [Some(4), Some(3), Some(2), Some(1), None, None] {
            let mut answers = Vec::new();
            let real = wrong(&desk.phone.texts("+8613800005679")[1].text.split("验证码 ").nth(1).unwrap()[..6]);
            for mobile in ["13800005678", "13800005679"] {
                let answer = registration(mobile, &real);
                answers.push(refusal(desk.passport.finish_registration(&nobody, answer, SessionKind::Web).await));
            }
            assert_eq!(answers[0], answers[1]);
            assert_eq!(answers[0].integer("left"), left);
        }
    }

    async fn of_guesses_at_once_five_are_judged(db: Db) {
        let desk = desk(&db).await;
        desk.passport.start_registration(&Visitor::unknown(), "13700001111", "zh").await.unwrap();
        let code = desk.code("13700001111");
        let mut guesses = JoinSet::new();
        for _ in 0..30 {
            let (passport, guess) = (desk.passport.clone(), registration("13700001111", &wrong(&code)));
            guesses.spawn(async move {
                passport.finish_registration(&Visitor::unknown(), guess, SessionKind::Web).await
            });
        }
        let answers: Vec<_> = guesses.join_all().await.into_iter().map(refusal).collect();
        let mut left: Vec<_> = answers.iter().filter_map(|answer| answer.integer("left")).collect();
        left.sort_unstable();
        assert_eq!(left, [1, 2, 3, 4]);
        assert_eq!(answers.iter().filter(|answer| answer.code == "passport.code_spent").count(), 26);
        let right = registration("13700001111", &code);
        let refused = refusal(desk.passport.finish_registration(&Visitor::unknown(), right, SessionKind::Web).await);
        assert_eq!(refused.code, "passport.code_spent");
    }

    async fn one_registration_makes_one_person_however_often_it_is_sent(db: Db) {
        let desk = desk(&db).await;
        desk.passport.start_registration(&Visitor::unknown(), "13700001111", "zh").await.unwrap();
        let code = desk.code("13700001111");
        let mut sends = JoinSet::new();
        for _ in 0..8 {
            let (passport, answer) = (desk.passport.clone(), registration("13700001111", &code));
            sends.spawn(async move {
                passport.finish_registration(&Visitor::unknown(), answer, SessionKind::Web).await
            });
        }
        let made = sends.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(made, 1);
    }

    async fn texts_are_limited_by_number_address_and_bank(db: Db) {
        let rules = Rules {
            codes_per_number_hour: 3,
            codes_per_number_day: 4,
            codes_per_address_hour: 6,
            codes_per_minute: 8,
            ..Rules::for_tests()
        };
        let desk = desk_with(&db, rules).await;
        let home = browser("198.51.100.1", None);
        let start = |mobile: &'static str, from: Visitor| {
            let passport = desk.passport.clone();
            async move { passport.start_registration(&from, mobile, "zh").await }
        };
        start("13700001111", home.clone()).await.unwrap();
        let soon = refusal(start("13700001111", home.clone()).await);
        assert_eq!((soon.code, soon.integer("retry_after_s")), ("passport.code_too_soon", Some(61)));
        for _ in 0..2 {
            desk.clock.advance_ms(60_000);
            start("13700001111", home.clone()).await.unwrap();
        }
        desk.clock.advance_ms(60_000);
        let refused = refusal(start("13700001111", browser(STRANGER, None)).await);
        assert_eq!(refused.code, "passport.codes_too_many", "by number");
        for mobile in ["13700001112", "13700001113", "13700001114"] {
            start(mobile, home.clone()).await.unwrap();
        }
        assert_eq!(refusal(start("13700001115", home.clone()).await).code, "passport.codes_too_many", "by address");
        for mobile in ["13700001121", "13700001122", "13700001123", "13700001124", "13700001125"] {
            start(mobile, Visitor::unknown()).await.unwrap();
        }
        assert_eq!(refusal(start("13700001126", Visitor::unknown()).await).code, "passport.codes_too_many", "by bank");
        desk.clock.advance_ms(3_600_000);
        start("13700001111", home.clone()).await.unwrap();
        desk.clock.advance_ms(3_600_000);
        assert_eq!(refusal(start("13700001111", home).await).code, "passport.codes_too_many", "by number and day");
    }

    async fn a_payments_code_is_good_for_that_payment_alone(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await.session.acting();
        assert_eq!(refusal(desk.check(&me, &payment(), "000000").await).code, "passport.code_none");
        desk.ask(&me, &payment()).await.unwrap();
        assert!(desk.text("13700001111").contains("您将向李*宝付款 88.80 元，验证码 "));
        let code = desk.code("13700001111");
        desk.check(&me, &payment(), &code).await.unwrap();
        desk.check(&me, &payment(), &code).await.unwrap();

        for changed in [
            PaymentSubject { draft: 8, ..payment() },
            PaymentSubject { payee: 43, ..payment() },
            PaymentSubject { payee_shown: "李*".to_owned(), ..payment() },
            PaymentSubject { amount: Amount::new(88_81, Currency::CNY), ..payment() },
            PaymentSubject { amount: Amount::new(88_80, Currency::USD), ..payment() },
        ] {
            // For another payment a code goes out at once, and the one before is dead.
            desk.ask(&me, &changed).await.unwrap();
            let code = desk.code("13700001111");
            let refused = refusal(desk.check(&me, &payment(), &code).await);
            assert_eq!(refused.code, "passport.code_changed");
            let refused = refusal(desk.check(&me, &changed, &code).await);
            assert_eq!(refused.code, "passport.code_changed");
        }
        let other = desk.visitor("13700002222").await.session.acting();
        desk.ask(&me, &payment()).await.unwrap();
        let code = desk.code("13700001111");
        assert_eq!(refusal(desk.check(&other, &payment(), &code).await).code, "passport.code_none");
        desk.clock.advance_ms(300_000);
        let refused = refusal(desk.check(&me, &payment(), &code).await);
        assert_eq!(refused.code, "passport.code_expired");
    }

    async fn a_forgotten_password_is_replaced_and_every_session_ends(db: Db) {
        let desk = desk(&db).await;
        let person = desk.passport.register(lin()).await.unwrap();
        let before = desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.unwrap();
        desk.passport.start_reset(&Visitor::unknown(), "13800005678", "zh").await.unwrap();
        let reset = Reset {
            mobile: "13800005678".to_owned(),
            code: desk.code("13800005678"),
            password: "paper umbrella".to_owned(),
        };
        desk.passport.finish_reset(reset.clone()).await.unwrap();
        assert_eq!(refusal(desk.passport.finish_reset(reset).await).code, "passport.code_spent");
        assert_eq!(desk.passport.authenticate(before.token.reveal()).await.unwrap(), None);
        assert!(desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.is_err());
        let after = desk.passport.sign_in("13800005678", "paper umbrella", SessionKind::Web).await.unwrap();
        assert!(desk.notices(person.id).await.contains(&"password_changed".to_owned()));
        assert!(desk.text("13800005678").contains("密码已修改"));
        let events = desk.passport.own_events(&after.session, None, 10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == EventKind::PasswordChanged));
    }

    async fn after_a_reset_by_a_text_alone_texts_prove_nothing_for_a_day(db: Db) {
        let desk = desk(&db).await;
        let person = desk.passport.register(lin()).await.unwrap();
        let reset = async |password: &str| {
            desk.clock.advance_ms(60_000);
            desk.passport.start_reset(&Visitor::unknown(), "13800005678", "zh").await.unwrap();
            let (mobile, code) = ("13800005678".to_owned(), desk.code("13800005678"));
            desk.passport.finish_reset(Reset { mobile, code, password: password.to_owned() }).await
        };
        reset("paper umbrella").await.unwrap();
        assert!(desk.notices(person.id).await.contains(&"texts_rest".to_owned()));
        let enter = || desk.passport.sign_in("13800005678", "paper umbrella", SessionKind::Web);
        let session = enter().await.unwrap().session;
        let ask = async |session: &Session| {
            let (nobody, acting) = (Visitor::unknown(), session.acting());
            let subject = Subject::Security;
            desk.passport.ask_proof(&nobody, &acting, Channel::Web, &subject, Factor::SmsCode, None).await
        };
        let refused = refusal(ask(&session).await);
        assert_eq!((refused.code, refused.integer("hours")), ("passport.texts_rest", Some(24)));
        let moved = desk.passport.start_change_mobile(&Visitor::unknown(), &session).await;
        assert_eq!(refusal(moved).code, "passport.texts_rest", "nor may the number go elsewhere meanwhile");
        // Another password, by who knows the first, does not end the rest.
        desk.passport.change_password(&session, "paper umbrella", "paper umbrellas").await.unwrap();
        assert_eq!(refusal(ask(&session).await).code, "passport.texts_rest");
        desk.passport.change_password(&session, "paper umbrellas", "paper umbrella").await.unwrap();
        desk.clock.advance_ms(24 * 3_600_000 - 60_000);
        let session = enter().await.unwrap().session;
        assert_eq!(refusal(ask(&session).await).integer("hours"), Some(1));
        desk.clock.advance_ms(60_000);
        ask(&session).await.unwrap();

        // What staff took away after they saw who it is comes back without that.
        desk.passport.reset_password_at_counter(person.id).await.unwrap();
        reset("paper umbrella").await.unwrap();
        ask(&enter().await.unwrap().session).await.unwrap();
    }

    async fn strangers_cannot_lock_anybody_out_of_a_known_device(db: Db) {
        let rules = Rules { sign_ins: passport::Rate::a_minute(30), ..Rules::for_tests() };
        let desk = desk_with(&db, rules).await;
        desk.passport.register(lin()).await.unwrap();
        let home = browser("198.51.100.1", None);
        let first = desk.passport.sign_in_from(&home, "13800005678", SECRET, SessionKind::Web).await.unwrap();
        let device = first.device.unwrap();
        let known = browser("198.51.100.1", Some(device.reveal()));
        for _ in 0..40 {
            let _ = desk.passport.sign_in_from(&browser(STRANGER, None), "13800005678", "guess", SessionKind::Web).await;
        }
        let elsewhere = desk.passport.sign_in_from(&home, "13800005678", SECRET, SessionKind::Web).await;
        assert_eq!(refusal(elsewhere).code, "passport.try_later");
        let again = desk.passport.sign_in_from(&known, "13800005678", SECRET, SessionKind::Web).await.unwrap();
        assert!(again.device.is_none(), "the cookie stays");
        assert_eq!(again.session.device, first.session.device);
        // Guessing on the device itself slows down as everywhere.
        for _ in 0..5 {
            let guess = desk.passport.sign_in_from(&known, "13800005678", "guess", SessionKind::Web).await;
            assert_eq!(refusal(guess).code, "passport.credentials_wrong");
        }
        let blocked = desk.passport.sign_in_from(&known, "13800005678", SECRET, SessionKind::Web).await;
        assert_eq!(refusal(blocked).code, "passport.try_later");
    }

    async fn one_address_tries_so_often_and_all_strangers_together_so_often(db: Db) {
        let rules = Rules {
            sign_ins_per_address: passport::Rate::an_hour(3),
            sign_ins: passport::Rate::a_minute(5),
            ..Rules::for_tests()
        };
        let desk = desk_with(&db, rules).await;
        let mut answers = Vec::new();
        for (number, address) in [STRANGER, STRANGER, STRANGER, STRANGER, "198.51.100.1", "198.51.100.2", "198.51.100.3"]
            .into_iter()
            .enumerate()
        {
            let mobile = format!("1370000100{number}");
            answers.push(
                refusal(desk.passport.sign_in_from(&browser(address, None), &mobile, "guess", SessionKind::Web).await).code,
            );
        }
        let (wrong, later) = ("passport.credentials_wrong", "passport.try_later");
        assert_eq!(answers, [wrong, wrong, wrong, later, wrong, wrong, later]);
    }

    async fn a_new_device_is_told_and_can_be_forgotten(db: Db) {
        let desk = desk(&db).await;
        let person = desk.passport.register(lin()).await.unwrap();
        let passport = &desk.passport;
        let home = passport.sign_in_from(&browser(STRANGER, None), "13800005678", SECRET, SessionKind::Web).await.unwrap();
        assert!(desk.notices(person.id).await.is_empty(), "the first device is no news");
        desk.clock.advance_ms(1_000);
        let cafe = passport.sign_in_from(&browser(STRANGER, None), "13800005678", SECRET, SessionKind::Web).await.unwrap();
        assert_eq!(desk.notices(person.id).await, ["device_new"]);
        let program = passport.sign_in("13800005678", SECRET, SessionKind::Api).await.unwrap();
        assert!(program.device.is_none());

        let devices = passport.devices(&home.session).await.unwrap();
        assert_eq!(devices.len(), 2);
        assert_eq!(devices.iter().map(|device| device.is_current).collect::<Vec<_>>(), [false, true]);
        assert_eq!(devices[0].label, "Chrome · Android");
        assert_eq!(passport.sessions(&home.session).await.unwrap().len(), 3);
        passport.forget_device(&home.session, devices[0].id).await.unwrap();
        assert_eq!(passport.authenticate(cafe.token.reveal()).await.unwrap(), None);
        assert_eq!(refusal(passport.forget_device(&home.session, devices[0].id).await).code, "passport.device_not_found");
        // Forgotten, it is a new one again, under a new secret.
        let former = cafe.device.unwrap();
        let there = browser(STRANGER, Some(former.reveal()));
        let back = passport.sign_in_from(&there, "13800005678", SECRET, SessionKind::Web).await.unwrap();
        assert_ne!(back.device.unwrap().reveal(), former.reveal());

        let other = desk.visitor("13700001111").await.session;
        assert_eq!(refusal(passport.end_session(&other, home.session.id).await).code, "passport.session_not_found");
        assert_eq!(refusal(passport.forget_device(&other, devices[1].id).await).code, "passport.device_not_found");
        passport.end_session(&home.session, program.session.id).await.unwrap();
        assert_eq!(passport.end_other_sessions(&home.session).await.unwrap(), 1);
        assert!(passport.authenticate(home.token.reveal()).await.unwrap().is_some());
        assert_eq!(passport.end_all_sessions(person.id).await.unwrap(), 1);
        assert!(passport.authenticate(home.token.reveal()).await.unwrap().is_none());
    }

    async fn people_who_share_a_browser_keep_it(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        let first = desk.passport.sign_in_from(&browser(STRANGER, None), "13800005678", SECRET, SessionKind::Web).await;
        let cookie = first.unwrap().device.unwrap();
        desk.visitor("13700001111").await;
        let shared = browser(STRANGER, Some(cookie.reveal()));
        let second = desk.passport.sign_in_from(&shared, "13700001111", SECRET, SessionKind::Web).await.unwrap();
        let cookie = second.device.unwrap();
        for mobile in ["13800005678", "13700001111"] {
            let shared = browser(STRANGER, Some(cookie.reveal()));
            let again = desk.passport.sign_in_from(&shared, mobile, SECRET, SessionKind::Web).await.unwrap();
            assert!(again.device.is_none(), "{mobile} is known there");
        }
    }

    async fn a_number_changes_when_both_are_proven(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        let elsewhere = desk.passport.sign_in("13700001111", SECRET, SessionKind::Web).await.unwrap();
        let nobody = Visitor::unknown();
        desk.passport.register(lin()).await.unwrap();
        let same = desk.passport.prove_new_mobile(&nobody, &me.session, "13700001111").await;
        assert_eq!(refusal(same).code, "passport.mobile_same");
        desk.passport.start_change_mobile(&nobody, &me.session).await.unwrap();
        desk.passport.prove_new_mobile(&nobody, &me.session, "13800005678").await.unwrap();
        assert!(desk.text("13800005678").contains("已经注册"));
        desk.passport.prove_new_mobile(&nobody, &me.session, "13700003333").await.unwrap();
        let change = ChangeMobile {
            old_code: desk.code("13700001111"),
            mobile: "13700003333".to_owned(),
            new_code: desk.code("13700003333"),
        };
        let other = ChangeMobile { mobile: "13700004444".to_owned(), ..change.clone() };
        let refused = refusal(desk.passport.finish_change_mobile(&me.session, other).await);
        assert_eq!((refused.code, &refused.fields["field"]), ("passport.code_changed", &"new_code".into()));
        desk.passport.prove_new_mobile(&nobody, &me.session, "13700003333").await.unwrap();
        let change = ChangeMobile { new_code: desk.code("13700003333"), ..change };
        desk.passport.finish_change_mobile(&me.session, change).await.unwrap();
        assert!(desk.passport.authenticate(me.token.reveal()).await.unwrap().is_some());
        assert!(desk.passport.authenticate(elsewhere.token.reveal()).await.unwrap().is_none());
        assert!(desk.text("13700001111").contains("手机号已更换"));
        assert!(desk.passport.sign_in("13700001111", SECRET, SessionKind::Web).await.is_err());
        let now = desk.passport.sign_in("13700003333", SECRET, SessionKind::Web).await.unwrap();
        assert_eq!((now.session.person, now.session.customer), (me.session.person, me.session.customer));
        // At the counter no code is needed, but the number must be free.
        let (person, former) = (me.session.person, "13700003333");
        for (mobile, code) in [
            ("13800005678", "passport.mobile_taken"),
            (former, "passport.mobile_same"),
            ("137", "passport.mobile_invalid"),
        ] {
            assert_eq!(refusal(desk.passport.check_mobile_at_counter(person, mobile).await).code, code);
        }
        let taken = desk.passport.change_mobile_at_counter(person, former, "13800005678").await;
        assert_eq!(refusal(taken).code, "passport.mobile_taken");
        let (old, new) = desk.passport.check_mobile_at_counter(person, "13700004444").await.unwrap();
        // What was decided about a number that they have no more is not done, and what was done is not done again.
        let moved = desk.passport.change_mobile_at_counter(person, "13700001111", new.e164()).await;
        assert_eq!(refusal(moved).code, "passport.mobile_moved");
        for _ in 0..2 {
            desk.passport.change_mobile_at_counter(person, old.e164(), new.e164()).await.unwrap();
        }
        assert!(desk.text(former).contains("手机号已更换"), "the former number is told");
        desk.passport.reset_password_at_counter(person).await.unwrap();
        assert!(desk.text("13700004444").contains("网点"), "the number is told that the password is gone");
        let events = desk.passport.events_of(person, None, 10).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| (event.kind, event.detail.as_str())).collect();
        for kind in [EventKind::PasswordChanged, EventKind::MobileChanged] {
            assert!(kinds.contains(&(kind, "counter")), "{kind:?}: {kinds:?}");
        }
        assert!(kinds.contains(&(EventKind::MobileChanged, "")), "their own change is told too: {kinds:?}");
        assert!(desk.passport.sign_in("13700004444", SECRET, SessionKind::Web).await.is_err());
    }

    async fn a_password_changes_for_who_knows_it(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        let elsewhere = desk.passport.sign_in("13700001111", SECRET, SessionKind::Web).await.unwrap();
        let refused = refusal(desk.passport.change_password(&me.session, "wrong horse", "paper umbrella").await);
        assert_eq!((refused.code, &refused.fields["field"]), ("passport.password_wrong", &"old".into()));
        desk.passport.change_password(&me.session, SECRET, "paper umbrella").await.unwrap();
        assert!(desk.passport.authenticate(me.token.reveal()).await.unwrap().is_some());
        assert!(desk.passport.authenticate(elsewhere.token.reveal()).await.unwrap().is_none());
        desk.passport.sign_in("13700001111", "paper umbrella", SessionKind::Web).await.unwrap();
    }

    async fn a_relationship_ends_when_no_account_is_open_and_the_number_is_free_again(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        desk.passport.set_accounts_port(Arc::new(Open(2)));
        let form = ProfileForm {
            address: "上海市人民路 1 号".to_owned(),
            occupation: "老师".to_owned(),
            tax_residence: "cn".to_owned(),
        };
        desk.passport.set_profile(&me.session, form).await.unwrap();
        let profile = desk.passport.profile(&me.session).await.unwrap();
        assert_eq!((profile.tax_residence.as_str(), profile.occupation.as_str()), ("CN", "老师"));
        let refused = refusal(desk.passport.close_relationship(&me.session, "000000").await);
        assert_eq!((refused.code, refused.integer("open")), ("passport.accounts_open", Some(2)));
    }

    async fn after_the_end_nothing_signs_in(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        desk.passport.set_accounts_port(Arc::new(Open(0)));
        desk.passport.send_close_code(&Visitor::unknown(), &me.session).await.unwrap();
        let code = desk.code("13700001111");
        desk.passport.close_relationship(&me.session, &code).await.unwrap();
        assert!(desk.passport.authenticate(me.token.reveal()).await.unwrap().is_none());
        assert!(desk.passport.sign_in("13700001111", SECRET, SessionKind::Web).await.is_err());
        desk.clock.advance_ms(60_000);
        let anew = desk.visitor("13700001111").await;
        assert_ne!(anew.session.person, me.session.person);
        let gone = desk.passport.change_mobile_at_counter(me.session.person, "13700001111", "13700009999").await;
        assert_eq!(refusal(gone).code, "passport.person_not_found");
        desk.passport.sweep().await.unwrap();
    }

    async fn keys_of_another_database_are_refused(db: Db) {
        let desk = desk(&db).await;
        desk.passport.check_keys().await.unwrap();
        desk.passport.check_keys().await.unwrap();
        db.execute("UPDATE key_proof SET proof = $1 WHERE id = 1", db::params![[0u8; 32]]).await.unwrap();
        assert!(desk.passport.check_keys().await.is_err());
    }
}
