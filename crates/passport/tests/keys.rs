//! Passkeys, security keys, bound devices and patterns, on both engines.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{Desk, browser, desk_with, refusal};
use credential::webauthn::SoftKey;
use db::Db;
use kit::Error;
use money::{Amount, Currency};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use passport::{
    Asked, Challenge, Channel, DeviceQuestion, Factor, FactorId, KeyKind, NewDeviceKey, PaymentSubject, Proof,
    RelyingParty, Rules, Session, SignedIn, Subject, Visitor,
};

const ORIGIN: &str = "http://localhost:8080";
const LI: &str = "13700001111";
const WANG: &str = "13700002222";

async fn open(db: &Db) -> Desk {
    let relying_party = RelyingParty::try_new(ORIGIN, "Tongbao").unwrap();
    desk_with(db, Rules { relying_party, ..Rules::for_tests() }).await
}

fn payment(minor: i64) -> Subject {
    Subject::Payment(PaymentSubject {
        draft: 7,
        payee: 8,
        payee_shown: "李*宝".to_owned(),
        payee_tail: "5678".to_owned(),
        amount: Amount::new(minor, Currency::CNY),
        account_tail: "001234".to_owned(),
        later: None,
    })
}

/// Opens the ten minutes by a text, as everybody can.
async fn step_up(desk: &Desk, session: &Session, mobile: &str) {
    let acting = session.acting();
    let nobody = Visitor::unknown();
    desk.clock.advance_ms(61_000);
    desk.passport.ask_proof(&nobody, &acting, Channel::Web, &Subject::Security, Factor::SmsCode, None).await.unwrap();
    desk.passport.open_window(session, &Proof::by_text(&desk.code(mobile), "")).await.unwrap();
}

async fn add(desk: &Desk, session: &Session, kind: KeyKind, key: &mut SoftKey) -> FactorId {
    let asked = desk.passport.ask_new_key(session, kind).await.unwrap();
    desk.passport.add_key(session, kind, &asked.sealed, &key.make(&asked.options), "my key").await.unwrap()
}

/// What a browser's WebCrypto does.
struct DeviceKey(SigningKey);

impl DeviceKey {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    fn sign(&self, message: &str) -> String {
        let signature: Signature = self.0.sign(&URL_SAFE_NO_PAD.decode(message).unwrap());
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    }

    fn answer(&self, asked: &DeviceQuestion) -> NewDeviceKey {
        NewDeviceKey {
            sealed: asked.sealed.clone(),
            public_key: self.public(),
            proof: self.sign(&asked.message),
            traits: r#"{"screen":"phone","zone":"Asia/Shanghai"}"#.to_owned(),
        }
    }
}

async fn bind(desk: &Desk, session: &Session, key: &DeviceKey) {
    let asked = desk.passport.ask_new_device_key(session).await.unwrap();
    desk.passport.bind_device(session, &key.answer(&asked)).await.unwrap();
}

fn options(challenge: &Challenge) -> &str {
    match &challenge.asked {
        Asked::WebAuthn { options } => options,
        other => panic!("{other:?} is no question to a key"),
    }
}

async fn ask(desk: &Desk, session: &Session, channel: Channel, subject: &Subject, factor: Factor) -> Challenge {
    let (acting, nobody) = (session.acting(), Visitor::unknown());
    desk.passport.ask_proof(&nobody, &acting, channel, subject, factor, None).await.unwrap()
}

async fn prove(
    desk: &Desk,
    session: &Session,
    channel: Channel,
    subject: &Subject,
    factor: Factor,
    answer: &str,
) -> Result<Factor, Error> {
    desk.passport.prove(&session.acting(), channel, subject, &Proof::by(factor, answer)).await
}

/// In the browser in which this sign-in was made.
fn same_browser(signed_in: &SignedIn) -> Visitor {
    browser("203.0.113.7", signed_in.device.as_ref().map(passport::DeviceToken::reveal))
}

db::engine_tests! {
    async fn a_passkey_signs_in_wherever_its_owner_is_and_only_once_an_answer(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        let mut key = SoftKey::new(1, ORIGIN);
        step_up(&desk, &session, LI).await;
        add(&desk, &session, KeyKind::Passkey, &mut key).await;
        assert_eq!(desk.passport.keys(&session).await.unwrap()[0].label, "my key");
        assert_eq!(desk.notices(session.person).await[0], "factor_added");

        let elsewhere = browser("203.0.113.9", None);
        let asked = desk.passport.ask_sign_in().unwrap().unwrap();
        let answer = key.answer(&asked.options);
        let signed_in = desk.passport.sign_in_by_passkey(&elsewhere, &asked.sealed, &answer).await.unwrap();
        assert_eq!(signed_in.session.person, session.person);
        assert!(!signed_in.session.looking);
        // The same answer to the same question, and another answer to it.
        for again in [answer.clone(), key.answer(&asked.options)] {
            let refused = refusal(desk.passport.sign_in_by_passkey(&elsewhere, &asked.sealed, &again).await);
            assert!(["passport.passkey_refused", "passport.question_expired"].contains(&refused.code), "{refused:?}");
        }
        // The same answer to another question.
        let other = desk.passport.ask_sign_in().unwrap().unwrap();
        let refused = refusal(desk.passport.sign_in_by_passkey(&elsewhere, &other.sealed, &answer).await);
        assert_eq!(refused.code, "passport.passkey_refused");
        // A question that ran out.
        desk.clock.advance_ms(15 * 60_000);
        let refused = refusal(desk.passport.sign_in_by_passkey(&elsewhere, &other.sealed, &key.answer(&other.options)).await);
        assert_eq!(refused.code, "passport.question_expired");
    }

    async fn a_passkey_of_elsewhere_unknown_wound_back_or_removed_signs_nobody_in(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        let mut key = SoftKey::new(1, ORIGIN);
        step_up(&desk, &session, LI).await;
        let id = add(&desk, &session, KeyKind::Passkey, &mut key).await;
        let elsewhere = browser("203.0.113.9", None);
        let refused = async |key: &mut SoftKey| {
            let asked = desk.passport.ask_sign_in().unwrap().unwrap();
            let answer = key.answer(&asked.options);
            refusal(desk.passport.sign_in_by_passkey(&elsewhere, &asked.sealed, &answer).await).code
        };
        let mut phished = key.clone();
        phished.origin = "https://tongbao.example".to_owned();
        assert_eq!(refused(&mut phished).await, "passport.passkey_refused");
        let mut other_party = key.clone();
        other_party.relying_party = Some("tongbao.example".to_owned());
        assert_eq!(refused(&mut other_party).await, "passport.passkey_refused");
        let mut copied = key.clone();
        copied.counter = 0;
        assert_eq!(refused(&mut copied).await, "passport.passkey_refused");
        let mut unrecognised = key.clone();
        unrecognised.recognises = false;
        assert_eq!(refused(&mut unrecognised).await, "passport.passkey_refused");
        assert_eq!(refused(&mut SoftKey::new(9, ORIGIN)).await, "passport.passkey_refused");
        let asked = desk.passport.ask_sign_in().unwrap().unwrap();
        for nonsense in ["", "{}", "null", &"x".repeat(100_000)] {
            let got = refusal(desk.passport.sign_in_by_passkey(&elsewhere, &asked.sealed, nonsense).await);
            assert_eq!(got.code, "passport.passkey_refused");
            let got = refusal(desk.passport.sign_in_by_passkey(&elsewhere, nonsense, "{}").await);
            assert_eq!(got.code, "passport.question_expired");
        }
        desk.passport.remove_key(&session, id).await.unwrap();
        assert_eq!(refused(&mut key).await, "passport.passkey_refused");
        // A security key signs nobody in.
        desk.passport.permit_factor(session.person, "S1").await.unwrap();
        let mut plugged = SoftKey::new(2, ORIGIN);
        add(&desk, &session, KeyKind::SecurityKey, &mut plugged).await;
        assert_eq!(refused(&mut plugged).await, "passport.passkey_refused");
    }

    async fn keys_are_added_after_a_step_up_and_security_keys_after_a_strong_one(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        for kind in [KeyKind::Passkey, KeyKind::SecurityKey] {
            assert_eq!(refusal(desk.passport.ask_new_key(&session, kind).await).code, "passport.step_up_needed");
        }
        assert_eq!(refusal(desk.passport.ask_new_device_key(&session).await).code, "passport.step_up_needed");
        assert_eq!(refusal(desk.passport.set_gesture(&session, "1475", "1475").await).code, "passport.step_up_needed");
        step_up(&desk, &session, LI).await;
        let asked = desk.passport.ask_new_key(&session, KeyKind::Passkey).await.unwrap();
        let refused = refusal(desk.passport.ask_new_key(&session, KeyKind::SecurityKey).await);
        assert_eq!(refused.code, "passport.step_up_needed");
        // A question for a passkey makes no security key, and none in another session.
        let mut key = SoftKey::new(1, ORIGIN);
        let answer = key.make(&asked.options);
        desk.passport.permit_factor(session.person, "S1").await.unwrap();
        let add = async |session: &Session, kind, sealed: &str, answer: &str| {
            desk.passport.add_key(session, kind, sealed, answer, "key").await
        };
        let refused = refusal(add(&session, KeyKind::SecurityKey, &asked.sealed, &answer).await);
        assert_eq!(refused.code, "passport.question_expired");
        let other = desk.visitor(WANG).await.session;
        step_up(&desk, &other, WANG).await;
        let refused = refusal(add(&other, KeyKind::Passkey, &asked.sealed, &answer).await);
        assert_eq!(refused.code, "passport.question_expired");
        // The window runs out.
        desk.clock.advance_ms(10 * 60_000);
        let refused = refusal(add(&session, KeyKind::Passkey, &asked.sealed, &answer).await);
        assert_eq!(refused.code, "passport.step_up_needed");

        step_up(&desk, &session, LI).await;
        // A key that does not know its owner is worth nothing to a bank.
        let asked = desk.passport.ask_new_key(&session, KeyKind::SecurityKey).await.unwrap();
        let mut lazy = SoftKey::new(7, ORIGIN);
        lazy.recognises = false;
        let refused = add(&session, KeyKind::SecurityKey, &asked.sealed, &lazy.make(&asked.options)).await;
        assert_eq!(refusal(refused).code, "passport.key_unrecognised");
        let answer = key.make(&asked.options);
        add(&session, KeyKind::SecurityKey, &asked.sealed, &answer).await.unwrap();
        assert!(add(&session, KeyKind::SecurityKey, &asked.sealed, &answer).await.is_err());
        // The permit was for one.
        let refused = refusal(desk.passport.ask_new_key(&session, KeyKind::SecurityKey).await);
        assert_eq!(refused.code, "passport.step_up_needed");
        // Nobody takes a key that somebody has.
        step_up(&desk, &other, WANG).await;
        let asked = desk.passport.ask_new_key(&other, KeyKind::Passkey).await.unwrap();
        let refused = refusal(add(&other, KeyKind::Passkey, &asked.sealed, &key.make(&asked.options)).await);
        assert_eq!(refused.code, "passport.key_known");
    }

    async fn another_s_keys_are_nobody_s(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        step_up(&desk, &session, LI).await;
        let id = add(&desk, &session, KeyKind::Passkey, &mut SoftKey::new(1, ORIGIN)).await;
        let other = desk.visitor(WANG).await.session;
        step_up(&desk, &other, WANG).await;
        assert_eq!(refusal(desk.passport.rename_key(&other, id, "mine").await).code, "passport.key_not_found");
        assert_eq!(refusal(desk.passport.remove_key(&other, id).await).code, "passport.key_not_found");
        desk.passport.rename_key(&session, id, "我的手机").await.unwrap();
        assert_eq!(desk.passport.keys(&session).await.unwrap()[0].label, "我的手机");
        let device = session.device.unwrap();
        bind(&desk, &session, &DeviceKey::new(5)).await;
        assert_eq!(refusal(desk.passport.unbind_device(&other, device).await).code, "passport.device_not_found");
        assert_eq!(refusal(desk.passport.remove_gesture(&other, device).await).code, "passport.device_not_found");
    }

    async fn a_security_key_proves_the_payment_for_which_it_was_asked_and_nothing_else(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        step_up(&desk, &session, LI).await;
        desk.passport.permit_factor(session.person, "S1").await.unwrap();
        let mut key = SoftKey::new(1, ORIGIN);
        let factor = Factor::SecurityKey;
        add(&desk, &session, KeyKind::SecurityKey, &mut key).await;
        let held: Vec<Factor> =
            desk.passport.holdings(&session.acting()).await.unwrap().iter().map(|held| held.factor).collect();
        assert_eq!(held, [Factor::SmsCode, factor]);
        let (small, large) = (payment(1_000), payment(80_000_000));

        let asked = ask(&desk, &session, Channel::Web, &small, factor).await;
        let answer = key.answer(options(&asked));
        let refused = refusal(prove(&desk, &session, Channel::Web, &large, factor, &answer).await);
        assert_eq!(refused.code, "passport.proof_changed");
        let refused = refusal(prove(&desk, &session, Channel::Mobile, &small, factor, &answer).await);
        assert_eq!(refused.code, "passport.proof_changed");
        let refused = refusal(prove(&desk, &session, Channel::Web, &small, Factor::Passkey, &answer).await);
        assert_eq!(refused.code, "passport.proof_other_factor");
        // The answer to the small one, for the challenge of the large one.
        let asked = ask(&desk, &session, Channel::Web, &large, factor).await;
        let refused = refusal(prove(&desk, &session, Channel::Web, &large, factor, &answer).await);
        assert_eq!((refused.code, refused.integer("left")), ("passport.proof_wrong", Some(4)));
        let mut phished = key.clone();
        phished.origin = "https://tongbao.example".to_owned();
        let refused = refusal(prove(&desk, &session, Channel::Web, &large, factor, &phished.answer(options(&asked))).await);
        assert_eq!(refused.code, "passport.proof_wrong");
        let mut copied = key.clone();
        copied.counter = 0;
        let refused = refusal(prove(&desk, &session, Channel::Web, &large, factor, &copied.answer(options(&asked))).await);
        assert_eq!(refused.code, "passport.proof_wrong");
        let mut unrecognised = key.clone();
        unrecognised.recognises = false;
        let answer = unrecognised.answer(options(&asked));
        let refused = refusal(prove(&desk, &session, Channel::Web, &large, factor, &answer).await);
        assert_eq!(refused.code, "passport.key_unrecognised", "a key without its owner's finger or code");
        // In another session of the same person, and of somebody else.
        let second = desk.passport.sign_in(LI, common::SECRET, passport::SessionKind::Web).await.unwrap().session;
        let right = key.answer(options(&asked));
        let refused = refusal(prove(&desk, &second, Channel::Web, &large, factor, &right).await);
        assert_eq!(refused.code, "passport.proof_changed");
        let other = desk.visitor(WANG).await.session;
        assert_eq!(refusal(prove(&desk, &other, Channel::Web, &large, factor, &right).await).code, "passport.proof_none");
        // Here it is right, and the second half of a double click finds it right.
        for _ in 0..2 {
            assert_eq!(prove(&desk, &session, Channel::Web, &large, factor, &right).await.unwrap(), factor);
        }
        // For the next payment the same answer is wrong.
        ask(&desk, &session, Channel::Web, &small, factor).await;
        let refused = refusal(prove(&desk, &session, Channel::Web, &small, factor, &right).await);
        assert_eq!(refused.code, "passport.proof_wrong");
    }

    async fn of_twenty_answers_at_once_one_opens_the_window(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        step_up(&desk, &session, LI).await;
        desk.passport.permit_factor(session.person, "S1").await.unwrap();
        let mut key = SoftKey::new(1, ORIGIN);
        add(&desk, &session, KeyKind::SecurityKey, &mut key).await;
        let asked = ask(&desk, &session, Channel::Web, &Subject::Security, Factor::SecurityKey).await;
        let proof = Proof::by(Factor::SecurityKey, &key.answer(options(&asked)));
        let tries: Vec<_> = (0..20)
            .map(|_| {
                let (passport, session, proof) = (desk.passport.clone(), session.clone(), proof.clone());
                kit::spawn("a try", async move { passport.open_window(&session, &proof).await.is_ok() })
            })
            .collect();
        let mut opened = 0;
        for one in tries {
            opened += usize::from(one.await.unwrap() == Some(true));
        }
        assert_eq!(opened, 1);
    }

    async fn only_a_bound_device_that_signs_this_very_act_makes_the_channel_mobile(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        let (acting, act) = (session.acting(), payment(5_000));
        assert_eq!(desk.passport.device_question(&acting, &act).await.unwrap(), None);
        step_up(&desk, &session, LI).await;
        let (mine, theirs) = (DeviceKey::new(5), DeviceKey::new(6));
        let asked = desk.passport.ask_new_device_key(&session).await.unwrap();
        // A key that did not sign, and one that signed for another.
        let forged = NewDeviceKey { public_key: mine.public(), ..theirs.answer(&asked) };
        assert_eq!(refusal(desk.passport.bind_device(&session, &forged).await).code, "passport.device_unproven");
        desk.passport.bind_device(&session, &mine.answer(&asked)).await.unwrap();
        let twice = refusal(desk.passport.bind_device(&session, &theirs.answer(&asked)).await);
        assert_eq!(twice.code, "passport.question_expired");
        assert_eq!(desk.notices(session.person).await[0], "device_bound");
        let device = &desk.passport.devices(&session).await.unwrap()[0];
        assert!(device.bound.is_some() && device.traits.words() == "phone · Asia/Shanghai");

        let asked = desk.passport.device_question(&acting, &act).await.unwrap().unwrap();
        let channel = async |session: &Session, act: &Subject, proof: &str| {
            desk.passport.channel_of(&session.acting(), act, proof).await.unwrap()
        };
        let proof = mine.sign(&asked.message);
        assert_eq!(channel(&session, &act, &proof).await, Channel::Mobile);
        assert_eq!(channel(&session, &payment(5_001), &proof).await, Channel::Web, "another amount");
        for wrong in ["", "mobile", &theirs.sign(&asked.message), &proof[2..]] {
            assert_eq!(channel(&session, &act, wrong).await, Channel::Web, "{wrong}");
        }
        // Another session of the same person, in no bound browser, and somebody else's.
        let second = desk.passport.sign_in(LI, common::SECRET, passport::SessionKind::Web).await.unwrap().session;
        assert_eq!(channel(&second, &act, &proof).await, Channel::Web);
        let other = desk.visitor(WANG).await.session;
        assert_eq!(channel(&other, &act, &proof).await, Channel::Web);
        desk.passport.unbind_device(&session, session.device.unwrap()).await.unwrap();
        assert_eq!(channel(&session, &act, &proof).await, Channel::Web);
        assert_eq!(desk.passport.device_question(&acting, &act).await.unwrap(), None);
    }

    async fn a_second_session_in_the_same_bound_device_signs_for_itself(db: Db) {
        let desk = open(&db).await;
        let first = desk.visitor(LI).await;
        step_up(&desk, &first.session, LI).await;
        let key = DeviceKey::new(5);
        bind(&desk, &first.session, &key).await;
        let visitor = same_browser(&first);
        let kind = passport::SessionKind::Web;
        let second = desk.passport.sign_in_from(&visitor, LI, common::SECRET, kind).await.unwrap().session;
        assert_eq!(second.device, first.session.device);
        let act = payment(5_000);
        let asked = desk.passport.device_question(&first.session.acting(), &act).await.unwrap().unwrap();
        let proof = key.sign(&asked.message);
        assert!(desk.passport.check_device(&first.session.acting(), &act, &proof).await.unwrap());
        assert!(!desk.passport.check_device(&second.acting(), &act, &proof).await.unwrap());
    }

    async fn a_passkey_confirms_a_payment_in_a_bound_device_alone(db: Db) {
        let desk = open(&db).await;
        let session = desk.visitor(LI).await.session;
        step_up(&desk, &session, LI).await;
        let mut key = SoftKey::new(1, ORIGIN);
        add(&desk, &session, KeyKind::Passkey, &mut key).await;
        let (acting, nobody, act) = (session.acting(), Visitor::unknown(), payment(5_000));
        let asked = desk.passport.ask_proof(&nobody, &acting, Channel::Web, &act, Factor::Passkey, None).await;
        assert_eq!(refusal(asked).code, "passport.factor_not_held");
        bind(&desk, &session, &DeviceKey::new(5)).await;
        let asked = ask(&desk, &session, Channel::Mobile, &act, Factor::Passkey).await;
        let answer = key.answer(options(&asked));
        // Unbound between question and answer.
        desk.passport.unbind_device(&session, session.device.unwrap()).await.unwrap();
        let refused = refusal(prove(&desk, &session, Channel::Mobile, &act, Factor::Passkey, &answer).await);
        assert_eq!(refused.code, "passport.device_not_bound");
        bind(&desk, &session, &DeviceKey::new(5)).await;
        let proven = prove(&desk, &session, Channel::Mobile, &act, Factor::Passkey, &answer).await.unwrap();
        assert_eq!(proven, Factor::Passkey);
    }

    async fn a_pattern_unlocks_its_bound_device_to_look_and_five_wrong_ones_lock_it(db: Db) {
        let desk = open(&db).await;
        let first = desk.visitor(LI).await;
        let (session, visitor) = (&first.session, same_browser(&first));
        step_up(&desk, session, LI).await;
        assert_eq!(refusal(desk.passport.set_gesture(session, "1475", "1475").await).code, "passport.device_not_bound");
        let key = DeviceKey::new(5);
        bind(&desk, session, &key).await;
        for (typed, again, code) in [
            ("125", "125", "passport.gesture_short"),
            ("1379", "1379", "passport.gesture_common"),
            ("1475", "1476", "passport.gesture_differs"),
        ] {
            assert_eq!(refusal(desk.passport.set_gesture(session, typed, again).await).code, code);
        }
        assert_eq!(desk.passport.unlockable(&visitor).await.unwrap(), None);
        desk.passport.set_gesture(session, "1475", "1-4-7-5").await.unwrap();
        assert_eq!(desk.passport.unlockable(&Visitor::unknown()).await.unwrap(), None);

        let unlock = async |key: &DeviceKey, typed: &str| {
            let asked = desk.passport.unlockable(&visitor).await.unwrap().unwrap().question;
            desk.passport.unlock(&visitor, &asked.sealed, &key.sign(&asked.message), typed).await
        };
        // Without the device's key no try is spent.
        for _ in 0..7 {
            assert_eq!(refusal(unlock(&DeviceKey::new(6), "1475").await).code, "passport.device_unproven");
        }
        let looking = unlock(&key, "1475").await.unwrap().session;
        assert!(looking.looking && looking.device == session.device);
        let acting = looking.acting();
        assert_eq!(acting.must_act().unwrap_err().code, "passport.looking_only");
        let asked = desk.passport.ask_proof(&visitor, &acting, Channel::Web, &payment(1), Factor::SmsCode, None).await;
        assert_eq!(refusal(asked).code, "passport.looking_only");
        let proof = Proof::by_text("123456", "001234");
        assert_eq!(refusal(desk.passport.open_window(&looking, &proof).await).code, "passport.looking_only");
        assert_eq!(refusal(desk.passport.ask_new_key(&looking, KeyKind::Passkey).await).code, "passport.looking_only");

        for left in [4, 3, 2, 1] {
            let refused = refusal(unlock(&key, "7412").await);
            assert_eq!((refused.code, refused.integer("left")), ("passport.gesture_wrong", Some(left)));
        }
        assert_eq!(refusal(unlock(&key, "not a pattern").await).code, "passport.gesture_locked");
        assert_eq!(refusal(unlock(&key, "1475").await).code, "passport.gesture_locked");
        // A password there makes it good again.
        let kind = passport::SessionKind::Web;
        desk.passport.sign_in_from(&visitor, LI, common::SECRET, kind).await.unwrap();
        assert!(unlock(&key, "1475").await.is_ok());
        // A question once.
        let asked = desk.passport.unlockable(&visitor).await.unwrap().unwrap().question;
        let proof = key.sign(&asked.message);
        desk.passport.unlock(&visitor, &asked.sealed, &proof, "1475").await.unwrap();
        let again = refusal(desk.passport.unlock(&visitor, &asked.sealed, &proof, "1475").await);
        assert_eq!(again.code, "passport.question_expired");
        // Forgotten or unbound, the device is nobody's to unlock.
        desk.passport.unbind_device(session, session.device.unwrap()).await.unwrap();
        assert_eq!(desk.passport.unlockable(&visitor).await.unwrap(), None);
    }
}
