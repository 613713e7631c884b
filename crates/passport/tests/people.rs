//! People and sessions on both engines.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use db::Db;
use kit::{Calendar, Clock, Error, FakeClock, IdMaker, Random, Refusal, Timestamp};
use notify::Notify;
use passport::registry::{Counterpart, Mode};
use passport::{
    CustomerKind, CustomerSeed, Keys, Mobile, Name, NewPerson, Parts, Passport, PersonId, Rules, STATEMENTS,
    SessionKind, Visitor,
};
use std::sync::Arc;

const NOON: Timestamp = Timestamp(1_795_233_600_000);

struct Desk {
    passport: Passport,
    clock: FakeClock,
}

async fn desk(db: &Db) -> Desk {
    db.migrate(&[notify::room(), passport::room()]).await.unwrap();
    let clock = FakeClock::new(NOON);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let ids = Arc::new(IdMaker::new(Arc::clone(&shared), 0));
    let (random, keys) = (Random::seeded(7), Keys::for_tests());
    let gateway = Arc::new(notify::Silent);
    let notify = Notify::new(db.clone(), Arc::clone(&shared), Arc::clone(&ids), random.clone(), gateway);
    let calendar = Calendar::try_new("Asia/Shanghai").unwrap();
    let registry = Counterpart::new(Mode::Yes, "");
    let parts = Parts {
        db: db.clone(),
        clock: shared,
        random,
        ids,
        rules: Rules::for_tests(),
        notify,
        keys,
        calendar,
        registry: Arc::new(registry.clone()),
        cache: cache::Cache::local(),
    };
    let passport = Passport::try_new(parts).unwrap();
    Desk { passport, clock }
}

fn lin() -> NewPerson {
    NewPerson {
        mobile: Mobile::parse("13800005678").unwrap(),
        name: Name::parse("林小满").unwrap(),
        language: "zh".to_owned(),
        password: "correct horse".to_owned(),
    }
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refusal(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

db::engine_tests! {
    async fn every_statement_is_prepared(db: Db) {
        db.migrate(&[passport::room()]).await.unwrap();
        for statements in STATEMENTS {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn a_registered_person_signs_in_with_a_new_token_each_time(db: Db) {
        let desk = desk(&db).await;
        let person = desk.passport.register(lin()).await.unwrap();
        assert_eq!(desk.passport.person(person.id).await.unwrap(), Some(person.clone()));
        assert_eq!(desk.passport.person_by_mobile(&person.mobile).await.unwrap(), Some(person.clone()));
        assert_eq!(desk.passport.customer_of(person.id).await.unwrap(), Some(person.customer));
        let names = desk.passport.customer_names(&[person.customer]).await.unwrap();
        assert_eq!(names[&person.customer].shown(), "林*满");

        let first = desk.passport.sign_in("138 0000 5678", "correct horse", SessionKind::Web).await.unwrap();
        let second = desk.passport.sign_in("+8613800005678", "correct horse", SessionKind::Api).await.unwrap();
        assert_ne!(first.token.reveal(), second.token.reveal());
        let session = desk.passport.authenticate(first.token.reveal()).await.unwrap().unwrap();
        assert_eq!(session, first.session);
        assert_eq!((session.person, session.customer, session.kind), (person.id, person.customer, SessionKind::Web));
        assert_eq!(format!("{:?}", first.token), "SessionToken(…)");

        desk.passport.set_language(&session, "en").await.unwrap();
        assert_eq!(desk.passport.authenticate(first.token.reveal()).await.unwrap().unwrap().language, "en");
        assert_eq!(refusal(desk.passport.set_language(&session, "xx").await).code, "passport.language_unknown");

        desk.passport.sign_out(&session).await.unwrap();
        assert_eq!(desk.passport.authenticate(first.token.reveal()).await.unwrap(), None);
        assert!(desk.passport.authenticate(second.token.reveal()).await.unwrap().is_some());
        assert_eq!(desk.passport.authenticate("no token").await.unwrap(), None);
    }

    async fn a_number_belongs_to_one_person(db: Db) {
        let desk = desk(&db).await;
        let both = tokio::join!(desk.passport.register(lin()), desk.passport.register(lin()));
        let refused = [both.0, both.1].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].to_string(), "passport.mobile_taken");
        let short = NewPerson { password: "1234567".to_owned(), ..lin() };
        assert_eq!(refusal(desk.passport.register(short).await).code, "passport.password_too_short");
    }

    async fn unknown_numbers_wrong_passwords_and_nonsense_are_refused_alike(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        let mut answers = Vec::new();
        for (mobile, password) in
            [("13800005678", "wrong horse"), ("13900000000", "correct horse"), ("１３８00005678", "correct horse"), ("", "")]
        {
            answers.push(refusal(desk.passport.sign_in(mobile, password, SessionKind::Web).await));
        }
        assert_eq!(answers[0], Refusal::new("passport.credentials_wrong", 401));
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }

    async fn failures_slow_the_next_try_down_whether_or_not_the_number_exists(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        for mobile in ["13800005678", "13900000000"] {
            for _ in 0..5 {
                let answer = refusal(desk.passport.sign_in(mobile, "wrong horse", SessionKind::Web).await);
                assert_eq!(answer.code, "passport.credentials_wrong");
            }
            let answer = refusal(desk.passport.sign_in(mobile, "correct horse", SessionKind::Web).await);
            assert_eq!((answer.code, answer.integer("retry_after_s")), ("passport.try_later", Some(2)));
        }
        desk.clock.advance_ms(1_000);
        desk.passport.sign_in("13800005678", "correct horse", SessionKind::Web).await.unwrap();
        // The success cleared the count.
        let answer = refusal(desk.passport.sign_in("13800005678", "wrong horse", SessionKind::Web).await);
        assert_eq!(answer.code, "passport.credentials_wrong");
    }

    async fn guesses_at_the_same_moment_are_counted_before_they_are_looked_at(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let passport = desk.passport.clone();
            guesses.spawn(async move { passport.sign_in("13800005678", "wrong horse", SessionKind::Web).await });
        }
        let looked_at = guesses.join_all().await.into_iter().map(refusal);
        assert_eq!(looked_at.filter(|refusal| refusal.code == "passport.credentials_wrong").count(), 5);
    }

    async fn a_session_ends_when_idle_and_when_its_time_is_over(db: Db) {
        let desk = desk(&db).await;
        desk.passport.register(lin()).await.unwrap();
        let token = desk.passport.sign_in("13800005678", "correct horse", SessionKind::Web).await.unwrap().token;
        for _ in 0..70 {
            desk.clock.advance_ms(10 * 60_000);
            assert!(desk.passport.authenticate(token.reveal()).await.unwrap().is_some());
        }
        desk.clock.advance_ms(21 * 60_000);
        assert_eq!(desk.passport.authenticate(token.reveal()).await.unwrap(), None, "idle");

        let token = desk.passport.sign_in("13800005678", "correct horse", SessionKind::Web).await.unwrap().token;
        for _ in 0..71 {
            desk.clock.advance_ms(10 * 60_000);
            assert!(desk.passport.authenticate(token.reveal()).await.unwrap().is_some());
        }
        desk.clock.advance_ms(10 * 60_000);
        assert_eq!(desk.passport.authenticate(token.reveal()).await.unwrap(), None, "twelve hours");
        desk.passport.sweep().await.unwrap();
    }

    async fn customers_are_taken_over_once(db: Db) {
        let desk = desk(&db).await;
        let seeds: Vec<CustomerSeed> = (0..1_200)
            .map(|number| CustomerSeed {
                reference: format!("term:{number}"),
                kind: CustomerKind::Organisation,
                name: format!("Terminal {number}"),
            })
            .collect();
        let first = desk.passport.import_customers(&seeds[..700]).await.unwrap();
        let all = desk.passport.import_customers(&seeds).await.unwrap();
        assert_eq!(first, all[..700]);
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 1_200);
        assert_eq!(desk.passport.customer_names(&all[..1]).await.unwrap()[&all[0]].shown(), "Terminal 0");
        assert_eq!(desk.passport.customer_of(PersonId(1)).await.unwrap(), None);
    }

    async fn codes_on_papers_are_checked_so_often_from_one_address_and_no_more(db: Db) {
        let desk = desk(&db).await;
        let from = |address: &str| Visitor { address: address.parse().ok(), ..Visitor::unknown() };
        for _ in 0..30 {
            desk.passport.count_check(&from("203.0.113.5")).await.unwrap();
        }
        let refused = refusal(desk.passport.count_check(&from("203.0.113.5")).await);
        assert_eq!((refused.code, refused.status), ("passport.checks_too_many", 429));
        desk.passport.count_check(&from("203.0.113.6")).await.unwrap();
        desk.clock.advance_ms(10 * 60_000);
        desk.passport.count_check(&from("203.0.113.5")).await.unwrap();
    }
}
