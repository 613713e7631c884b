//! A passport over a fresh database, its clock in the test's hand, everybody's phone in sight.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use db::Db;
use kit::{Calendar, Clock, Error, FakeClock, IdMaker, Random, Refusal, Timestamp};
use notify::Notify;
use notify::demo::Phone;
use passport::registry::{Counterpart, Mode};
use passport::{
    Acting, Challenge, Channel, Factor, Keys, Mobile, Name, NewPerson, Parts, Passport, PaymentSubject, Proof,
    Registration, Rules, SessionKind, SignedIn, Subject, Visitor,
};
use std::net::IpAddr;
use std::sync::Arc;

pub(crate) const NOON: Timestamp = Timestamp(1_795_233_600_000);
pub(crate) const SECRET: &str = "correct horse";

pub(crate) struct Desk {
    pub(crate) passport: Passport,
    pub(crate) clock: FakeClock,
    pub(crate) phone: Phone,
    pub(crate) registry: Counterpart,
}

pub(crate) async fn desk(db: &Db) -> Desk {
    desk_with(db, Rules::for_tests()).await
}

pub(crate) async fn desk_with(db: &Db, rules: Rules) -> Desk {
    desk_on(db, rules, cache::Cache::local()).await
}

pub(crate) async fn desk_on(db: &Db, rules: Rules, cache: cache::Cache) -> Desk {
    db.migrate(&[notify::room(), passport::room()]).await.unwrap();
    let (clock, random) = (FakeClock::new(NOON), Random::seeded(7));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let phone = Phone::new(Arc::clone(&shared), &random);
    let registry = Counterpart::new(Mode::Yes, "");
    let passport = passport_at(db, rules, cache, &clock, random, &phone, &registry);
    Desk { passport, clock, phone, registry }
}

fn passport_at(
    db: &Db,
    rules: Rules,
    cache: cache::Cache,
    clock: &FakeClock,
    random: Random,
    phone: &Phone,
    registry: &Counterpart,
) -> Passport {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let ids = Arc::new(IdMaker::new(Arc::clone(&clock), 0));
    let gateway = Arc::new(phone.clone());
    let notify = Notify::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids), random.clone(), gateway);
    let calendar = Calendar::try_new("Asia/Shanghai").unwrap();
    let (keys, registry) = (Keys::for_tests(), Arc::new(registry.clone()));
    let parts = Parts { db: db.clone(), clock, random, ids, rules, notify, keys, calendar, registry, cache };
    Passport::try_new(parts).unwrap()
}

impl Desk {
    /// Another node on the same database, at the same time.
    pub(crate) fn another(&self, db: &Db, cache: cache::Cache) -> Passport {
        passport_at(db, Rules::for_tests(), cache, &self.clock, Random::seeded(8), &self.phone, &self.registry)
    }

    /// Registers a visitor in a browser of their own.
    pub(crate) async fn visitor(&self, mobile: &str) -> SignedIn {
        let nobody = Visitor::unknown();
        self.passport.start_registration(&nobody, mobile, "zh").await.unwrap();
        let code = self.code(mobile);
        self.passport.finish_registration(&nobody, registration(mobile, &code), SessionKind::Web).await.unwrap()
    }

    /// The code of the last text to a number.
    pub(crate) fn code(&self, mobile: &str) -> String {
        self.phone.latest_code(Mobile::parse(mobile).unwrap().e164()).unwrap()
    }

    /// Asks for a code by text for a payment in a browser.
    pub(crate) async fn ask(&self, me: &Acting, payment: &PaymentSubject) -> kit::Result<Challenge> {
        let (subject, nobody) = (Subject::Payment(payment.clone()), Visitor::unknown());
        self.passport.ask_proof(&nobody, me, Channel::Web, &subject, Factor::SmsCode, None).await
    }

    /// Proves a payment in a browser by a code and the end of its account's number.
    pub(crate) async fn check(&self, me: &Acting, payment: &PaymentSubject, code: &str) -> kit::Result<Factor> {
        let (subject, proof) = (Subject::Payment(payment.clone()), Proof::by_text(code, &payment.account_tail));
        self.passport.prove(me, Channel::Web, &subject, &proof).await
    }

    /// The last text to a number.
    pub(crate) fn text(&self, mobile: &str) -> String {
        self.phone.texts(Mobile::parse(mobile).unwrap().e164())[0].text.clone()
    }

    /// The kinds of a person's notices, newest first.
    pub(crate) async fn notices(&self, person: passport::PersonId) -> Vec<String> {
        let notices = self.passport.notify().notices(person.0, None, 50).await.unwrap();
        notices.into_iter().map(|notice| notice.kind).collect()
    }
}

pub(crate) fn registration(mobile: &str, code: &str) -> Registration {
    Registration {
        mobile: mobile.to_owned(),
        code: code.to_owned(),
        password: SECRET.to_owned(),
        language: "zh".to_owned(),
    }
}

/// Another code than this.
pub(crate) fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

pub(crate) fn lin() -> NewPerson {
    NewPerson {
        mobile: Mobile::parse("13800005678").unwrap(),
        name: Name::parse("林小满").unwrap(),
        language: "zh".to_owned(),
        password: SECRET.to_owned(),
    }
}

/// A browser at an address.
pub(crate) fn browser(address: &str, device: Option<&str>) -> Visitor {
    let address: IpAddr = address.parse().unwrap();
    let agent = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0.0.0 Mobile Safari/537.36".to_owned();
    Visitor { address: Some(address), device: device.map(str::to_owned), agent }
}

#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refusal(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}
