//! Proving a name, on both engines.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{SECRET, desk, lin, refusal};
use db::Db;
use passport::registry::{Counterpart, Finding, HttpRegistry, IdRegistry, Mode, made_up_number};
use passport::{AccountsPort, Claim, CustomerId, OpenAccounts, SessionKind, Visitor};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const HOUR_MS: i64 = 3_600_000;

fn claim(name: &str, seed: u32) -> Claim {
    Claim { name: name.to_owned(), citizen_number: made_up_number(seed) }
}

struct NoAccounts;

impl AccountsPort for NoAccounts {
    fn open_accounts(&self, _: CustomerId) -> OpenAccounts<'_> {
        Box::pin(async { Ok(0) })
    }
}

db::engine_tests! {
    async fn a_visitor_gets_a_name_and_stays_who_they_are(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        desk.passport.set_language(&me.session, "en").await.unwrap();
        let verified = desk.passport.verify_identity(&me.session, claim("𠮷㛃·买买提", 7)).await.unwrap();
        assert_eq!((verified.name.full(), verified.customer), ("𠮷㛃·买买提", me.session.customer));
        let now = desk.passport.authenticate(me.token.reveal()).await.unwrap().unwrap();
        assert!(now.verified);
        assert_eq!((now.person, now.customer, now.language.as_str()), (me.session.person, me.session.customer, "en"));
        assert_eq!(now.name.full(), "𠮷㛃·买买提");
        assert!(desk.passport.verified(now.customer).await.unwrap());
        assert_eq!(desk.passport.customer_names(&[now.customer]).await.unwrap()[&now.customer].shown(), "𠮷**·买**");
        let identity = desk.passport.identity(&now).await.unwrap().unwrap();
        assert!(identity.number_masked.starts_with("9***************"));
        assert_eq!(desk.notices(now.person).await[0], "identity_verified");
        let again = desk.passport.verify_identity(&now, claim("王芳", 8)).await;
        assert_eq!(refusal(again).code, "passport.already_verified");

        assert_eq!(desk.passport.reveal_citizen_number(now.person).await.unwrap(), Some(made_up_number(7)));
        for text in ["137 0000 1111", &made_up_number(7), "𠮷㛃•买买提"] {
            let found = desk.passport.find_people(text).await.unwrap();
            assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), [now.person], "{text}");
        }
        for text in ["13700001112", &made_up_number(8), "王芳", "<script>"] {
            assert!(desk.passport.find_people(text).await.unwrap().is_empty());
        }
        // Nothing in the database tells the number, and no row opens for another person.
        let row = db.query_one("SELECT number_sealed FROM identity", db::params![]).await.unwrap();
        let sealed = row.bytes("number_sealed").unwrap();
        assert!(!sealed.windows(8).any(|part| part == &made_up_number(7).as_bytes()[..8]));
        let other = desk.visitor("13700002222").await;
        desk.passport.verify_identity(&other.session, claim("王芳", 8)).await.unwrap();
        db.execute("UPDATE identity SET number_sealed = $1", db::params![sealed]).await.unwrap();
        assert!(desk.passport.reveal_citizen_number(other.session.person).await.is_err());
    }

    async fn what_is_mistyped_is_said_and_costs_nothing(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        let good = made_up_number(7);
        let check = if good.ends_with('1') { '2' } else { '1' };
        for (name, number, code) in [
            ("<b>", good.clone(), "passport.name_invalid"),
            ("王芳", format!("{}{check}", &good[..17]), "passport.citizen_number_invalid"),
            ("王芳", String::new(), "passport.citizen_number_invalid"),
            ("王芳", "990000202001010010".to_owned(), "passport.too_young"),
        ] {
            // The last one's check character is reckoned here.
            let number = if code == "passport.too_young" {
                ('0'..='9').chain(['X']).map(|check| format!("{}{check}", &number[..17])).collect()
            } else {
                vec![number]
            };
            let mut codes = Vec::new();
            for citizen_number in number {
                let claim = Claim { name: name.to_owned(), citizen_number };
                codes.push(refusal(desk.passport.verify_identity(&me.session, claim).await).code);
            }
            assert!(codes.contains(&code), "{name} {codes:?}");
        }
        desk.passport.verify_identity(&me.session, claim("王芳", 7)).await.unwrap();
    }

    async fn three_wrong_claims_cool_down_also_when_made_at_once(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        desk.registry.set_mode(Mode::No);
        let mut claims = JoinSet::new();
        for _ in 0..8 {
            let (passport, session) = (desk.passport.clone(), me.session.clone());
            claims.spawn(async move { passport.verify_identity(&session, claim("王芳", 7)).await });
        }
        let answers: Vec<_> = claims.join_all().await.into_iter().map(refusal).collect();
        let mut left: Vec<_> = answers.iter().filter_map(|answer| answer.integer("left")).collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2]);
        assert_eq!(answers.iter().filter(|answer| answer.code == "passport.identity_try_later").count(), 5);
        desk.registry.set_mode(Mode::Yes);
        let refused = refusal(desk.passport.verify_identity(&me.session, claim("王芳", 7)).await);
        assert_eq!(refused.integer("retry_after_s"), Some(3_601));
        desk.clock.advance_ms(HOUR_MS);
        desk.passport.verify_identity(&me.session, claim("王芳", 7)).await.unwrap();
    }

    async fn an_unsure_slow_or_broken_registry_costs_no_claim(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        for (mode, code) in [
            (Mode::NotSure, "passport.identity_unsure"),
            (Mode::Slow, "passport.registry_unavailable"),
            (Mode::Down, "passport.registry_unavailable"),
            (Mode::Down, "passport.registry_unavailable"),
        ] {
            desk.registry.set_mode(mode);
            let refused = refusal(desk.passport.verify_identity(&me.session, claim("王芳", 7)).await);
            assert_eq!(refused.code, code);
        }
        desk.registry.set_mode(Mode::No);
        let refused = refusal(desk.passport.verify_identity(&me.session, claim("王芳", 7)).await);
        assert_eq!(refused.integer("left"), Some(2));
        // But it is not asked for ever.
        desk.registry.set_mode(Mode::Down);
        for _ in 0..5 {
            let refused = refusal(desk.passport.verify_identity(&me.session, claim("王芳", 7)).await);
            assert_eq!(refused.code, "passport.registry_unavailable");
        }
        let refused = refusal(desk.passport.verify_identity(&me.session, claim("王芳", 7)).await);
        assert_eq!(refused.code, "passport.identity_try_later");
    }

    async fn one_person_is_one_customer_on_however_many_phones(db: Db) {
        let desk = desk(&db).await;
        let mut sessions = Vec::new();
        for number in 0..6 {
            sessions.push(desk.visitor(&format!("1370000111{number}")).await.session);
        }
        let mut claims = JoinSet::new();
        for session in sessions.clone() {
            let passport = desk.passport.clone();
            claims.spawn(async move { passport.verify_identity(&session, claim("王芳", 7)).await });
        }
        let answers = claims.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.into_iter().filter(Result::is_err).map(refusal) {
            assert_eq!(refused.code, "passport.identity_taken");
        }
        // Also at the counter.
        let people = desk.passport.find_people(&made_up_number(7)).await.unwrap();
        let loser = sessions.iter().find(|session| session.person != people[0].id).unwrap();
        let refused = desk.passport.mark_identity_checked(loser.person, claim("王芳", 7), "teller").await;
        assert_eq!(refusal(refused).code, "passport.identity_taken");
        desk.passport.mark_identity_checked(loser.person, claim("王芳", 8), "teller").await.unwrap();
    }

    async fn the_same_form_twice_at_once_proves_one_name(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await.session;
        let twice = tokio::join!(
            desk.passport.verify_identity(&me, claim("王芳", 7)),
            desk.passport.verify_identity(&me, claim("王芳", 7))
        );
        for answer in [twice.0, twice.1] {
            assert!(answer.is_ok() || refusal(answer).code == "passport.already_verified");
        }
        assert_eq!(desk.notices(me.person).await.iter().filter(|kind| *kind == "identity_verified").count(), 1);
    }

    async fn who_left_may_come_back_and_who_came_before_counts_as_verified(db: Db) {
        let desk = desk(&db).await;
        let me = desk.visitor("13700001111").await;
        desk.passport.verify_identity(&me.session, claim("王芳", 7)).await.unwrap();
        desk.passport.set_accounts_port(Arc::new(NoAccounts));
        desk.passport.send_close_code(&Visitor::unknown(), &me.session).await.unwrap();
        desk.passport.close_relationship(&me.session, &desk.code("13700001111")).await.unwrap();
        assert!(desk.passport.find_people("王芳").await.unwrap().is_empty());
        let anew = desk.visitor("13700003333").await;
        desk.passport.verify_identity(&anew.session, claim("王芳", 7)).await.unwrap();

        let old = desk.passport.register(lin()).await.unwrap();
        assert!(desk.passport.verified(old.customer).await.unwrap());
        let session = desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.unwrap().session;
        assert!(session.verified);
        assert_eq!(desk.passport.identity(&session).await.unwrap(), None);
        desk.passport.mark_identity_checked(old.id, claim("林小满", 9), "teller").await.unwrap();
        assert!(desk.passport.identity(&session).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn the_registry_is_asked_over_http_and_given_up_in_time() {
    let counterpart = Counterpart::new(Mode::Yes, "key");
    let url = counterpart.start().await.unwrap();
    let registry = HttpRegistry::try_new(&url, "key", Duration::from_millis(500)).unwrap();
    for (mode, finding) in [
        (Mode::Yes, Some(Finding::Match)),
        (Mode::No, Some(Finding::Mismatch)),
        (Mode::NotSure, Some(Finding::Unsure)),
        (Mode::Slow, None),
        (Mode::Down, None),
    ] {
        counterpart.set_mode(mode);
        assert_eq!(registry.check("王芳", &made_up_number(7)).await.ok(), finding, "{mode:?}");
        assert_eq!(Mode::from_word(mode.word()), Some(mode));
    }
    let stranger = HttpRegistry::try_new(&url, "wrong", Duration::from_secs(5)).unwrap();
    counterpart.set_mode(Mode::Yes);
    assert!(stranger.check("王芳", &made_up_number(7)).await.is_err());
}
