//! Tokens and signing keys on both engines: what proves a payment, what does not, and what an attacker tries.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Desk, NOON, SECRET, desk, lin, refusal, wrong};
use credential::oath::{OathHash, OcraInput, OcraSuite, hotp, totp_step};
use credential::pskc::{Container, SeedKind, TokenSeed};
use credential::signing::{Algorithm, PrivateKey, SigningText, What, signature_text};
use db::Db;
use db::Engine;
use db::test_support::run_on;
use kit::{BankDay, Clock, Random};
use money::{Amount, Currency};
use passport::{
    Asked, Channel, Every, Factor, FactorId, Later, Name, NewPerson, PaymentSubject, Proof, Reset, Session,
    SessionKind, SignInStep, Subject, Tier, TokenAsks, Visitor,
};

const SUITE: &str = "OCRA-1:HOTP-SHA256-6:QN10";
const KEYPAD: &[u8] = b"12345678901234567890123456789012";
const BUTTON: &[u8] = b"09876543210987654321";

macro_rules! on_both_engines {
    ($($name:ident)*) => {
        mod sqlite {
            use super::*;
            $(#[test] fn $name() { run_on(Engine::Sqlite, super::$name); })*
        }
        mod postgres {
            use super::*;
            $(#[test] fn $name() { run_on(Engine::Postgres, super::$name); })*
        }
    };
}

on_both_engines! {
    a_token_proves_the_payment_that_it_was_asked_for
    a_code_for_one_payment_is_none_for_another
    a_question_is_never_asked_twice_and_a_code_is_good_once
    of_twenty_guesses_at_once_at_most_five_are_judged
    ten_wrong_codes_in_a_row_lock_a_token
    another_persons_token_is_not_found
    who_holds_a_token_is_not_taken_over_by_texts
    a_token_is_added_with_something_as_strong_or_a_permit
    a_token_is_added_by_who_has_it_in_hand
    a_code_of_the_clock_is_right_once_at_sign_in
    a_token_whose_clock_ran_away_is_set_anew
    an_import_says_what_was_taken_over
    a_signature_proves_the_payment_that_it_reads
    a_revoked_key_signs_nothing
    a_key_of_another_algorithm_or_person_signs_nothing
    a_name_that_cannot_be_read_is_not_signed
}

fn seed(serial: &str, kind: SeedKind, seed: &[u8]) -> TokenSeed {
    TokenSeed { serial: serial.to_owned(), maker: "Test".to_owned(), kind, seed: seed.to_vec().into() }
}

/// A token with a keypad and a button, in stock.
async fn stock(desk: &Desk, serial: &str) {
    let keypad = SeedKind::Ocra(OcraSuite::parse(SUITE).unwrap());
    let button = SeedKind::Totp { hash: OathHash::Sha1, digits: 6, step_s: 30 };
    let seeds = vec![seed(serial, keypad, KEYPAD), seed(serial, button, BUTTON)];
    let imported = desk.passport.import_tokens(Container { seeds, refused: Vec::new() }).await.unwrap();
    assert_eq!((imported.taken.len(), imported.refused.len()), (2, 0));
}

fn keypad(question: &str) -> String {
    let input = OcraInput { questions: &[question], ..OcraInput::default() };
    OcraSuite::parse(SUITE).unwrap().code(KEYPAD, &input).unwrap()
}

fn button(desk: &Desk, steps: i64) -> String {
    let step = totp_step(desk.clock.now().as_ms() / 1_000, 30) as i64 + steps;
    hotp(OathHash::Sha1, BUTTON, step as u64, 6)
}

async fn person(desk: &Desk, new: NewPerson) -> Session {
    let mobile = new.mobile.e164().trim_start_matches("+86").to_owned();
    desk.passport.register(new).await.unwrap();
    desk.passport.sign_in(&mobile, SECRET, SessionKind::Web).await.unwrap().session
}

async fn holder(desk: &Desk) -> (Session, FactorId) {
    let session = person(desk, lin()).await;
    stock(desk, "TB-0001234").await;
    let id = desk.passport.give_token_for_show(session.person, "TB-0001234").await.unwrap();
    (session, id)
}

fn other() -> NewPerson {
    NewPerson { mobile: passport::Mobile::parse("13800009012").unwrap(), name: Name::parse("陈天").unwrap(), ..lin() }
}

const FIRST: Later = Later { every: None, first: BankDay(20_786), last: None };

fn payment(minor: i64) -> PaymentSubject {
    PaymentSubject {
        draft: 7,
        payee: 42,
        payee_shown: "李*宝".to_owned(),
        payee_tail: "5678".to_owned(),
        amount: Amount::new(minor, Currency::CNY),
        account_tail: "991234".to_owned(),
        later: None,
    }
}

async fn ask(desk: &Desk, session: &Session, payment: &PaymentSubject, factor: Factor) -> kit::Result<Asked> {
    let (acting, subject) = (session.acting(), Subject::Payment(payment.clone()));
    let asked = desk.passport.ask_proof(&Visitor::unknown(), &acting, Channel::Web, &subject, factor, None).await;
    asked.map(|challenge| challenge.asked)
}

async fn question(desk: &Desk, session: &Session, payment: &PaymentSubject) -> String {
    match ask(desk, session, payment, Factor::OtpToken).await.unwrap() {
        Asked::Token { question } => question,
        other => panic!("{other:?}"),
    }
}

async fn prove(
    desk: &Desk,
    session: &Session,
    payment: &PaymentSubject,
    factor: Factor,
    answer: &str,
) -> kit::Result<Factor> {
    let subject = Subject::Payment(payment.clone());
    desk.passport.prove(&session.acting(), Channel::Web, &subject, &Proof::by(factor, answer)).await
}

/// Opens the window of a session with the token.
async fn open_window(desk: &Desk, session: &Session) {
    let (acting, subject) = (session.acting(), Subject::Security);
    let nobody = Visitor::unknown();
    let asked = desk.passport.ask_proof(&nobody, &acting, Channel::Web, &subject, Factor::OtpToken, None).await;
    let Asked::Token { question } = asked.unwrap().asked else { panic!("no question") };
    assert_eq!(question.len(), 8, "shorter than a payment's");
    let proof = Proof::by(Factor::OtpToken, &keypad(&question));
    assert_eq!(desk.passport.open_window(session, &proof).await.unwrap().tier, Tier::Two);
}

/// Opens it with a text, which is worth less.
async fn open_weak_window(desk: &Desk, session: &Session) {
    let (acting, nobody) = (session.acting(), Visitor::unknown());
    let subject = Subject::Security;
    desk.passport.ask_proof(&nobody, &acting, Channel::Web, &subject, Factor::SmsCode, None).await.unwrap();
    let code = desk.code(session.mobile.e164().trim_start_matches("+86"));
    desk.passport.open_window(session, &Proof::by_text(&code, "")).await.unwrap();
}

async fn a_token_proves_the_payment_that_it_was_asked_for(db: Db) {
    let desk = desk(&db).await;
    let (session, id) = holder(&desk).await;
    let held = desk.passport.holdings(&session.acting()).await.unwrap();
    assert_eq!(held.iter().map(|held| held.factor).collect::<Vec<_>>(), [Factor::SmsCode, Factor::OtpToken]);
    assert_eq!((held[1].id, held[1].label.as_str()), (id, "1234"));

    let asked = question(&desk, &session, &payment(80_000)).await;
    assert_eq!((&asked[..6], asked.len()), ("678380", 10), "the payee's last digits come first, then how much it is");
    let code = keypad(&asked);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(prove(&desk, &session, &payment(80_000), Factor::OtpToken, &spaced).await.unwrap(), Factor::OtpToken);
    // The second half of a double click finds it proven.
    assert!(prove(&desk, &session, &payment(80_000), Factor::OtpToken, &spaced).await.is_ok());
    assert!(desk.passport.tokens(&session).await.unwrap()[0].last_used.is_some());
}

async fn a_code_for_one_payment_is_none_for_another(db: Db) {
    let desk = desk(&db).await;
    let (session, _) = holder(&desk).await;
    let changes: [fn(PaymentSubject) -> PaymentSubject; 7] = [
        |payment| PaymentSubject { draft: 8, ..payment },
        |payment| PaymentSubject { payee: 43, ..payment },
        |payment| PaymentSubject { payee_tail: "5679".to_owned(), ..payment },
        |payment| PaymentSubject { amount: Amount::new(80_001, Currency::CNY), ..payment },
        |payment| PaymentSubject { account_tail: "991235".to_owned(), ..payment },
        |payment| PaymentSubject { later: Some(Later { every: Some(Every::Day), ..FIRST }), ..payment },
        |payment| PaymentSubject { later: Some(FIRST), ..payment },
    ];
    for change in changes {
        let code = keypad(&question(&desk, &session, &payment(80_000)).await);
        let other = change(payment(80_000));
        let refused = refusal(prove(&desk, &session, &other, Factor::OtpToken, &code).await);
        assert_eq!(refused.code, "passport.proof_changed");
        // Asked anew for the other payment, the code of the first one is wrong.
        let asked = question(&desk, &session, &other).await;
        assert_ne!(keypad(&asked), code);
        let refused = refusal(prove(&desk, &session, &other, Factor::OtpToken, &code).await);
        assert_eq!(refused.code, "passport.proof_wrong");
    }
    // Nor does it open the window, nor is it good as another factor.
    let code = keypad(&question(&desk, &session, &payment(80_000)).await);
    let proof = Proof::by(Factor::OtpToken, &code);
    assert_eq!(refusal(desk.passport.open_window(&session, &proof).await).code, "passport.proof_none");
    let refused = refusal(prove(&desk, &session, &payment(80_000), Factor::SigningKey, &code).await);
    assert_eq!(refused.code, "passport.proof_other_factor");
    // Another session of the same person, and another channel, were not asked.
    let elsewhere = desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.unwrap().session;
    let refused = refusal(prove(&desk, &elsewhere, &payment(80_000), Factor::OtpToken, &code).await);
    assert_eq!(refused.code, "passport.proof_changed");
    let subject = Subject::Payment(payment(80_000));
    let mobile = desk.passport.prove(&session.acting(), Channel::Mobile, &subject, &proof).await;
    assert_eq!(refusal(mobile).code, "passport.proof_changed");
}

async fn a_question_is_never_asked_twice_and_a_code_is_good_once(db: Db) {
    let desk = desk(&db).await;
    let (session, _) = holder(&desk).await;
    let mut asked = Vec::new();
    for _ in 0..20 {
        asked.push(question(&desk, &session, &payment(80_000)).await);
    }
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 20);
    let last = question(&desk, &session, &payment(80_000)).await;
    assert!(prove(&desk, &session, &payment(80_000), Factor::OtpToken, &keypad(&last)).await.is_ok());
    // A code of an earlier question is wrong for a later one.
    question(&desk, &session, &payment(80_000)).await;
    let refused = refusal(prove(&desk, &session, &payment(80_000), Factor::OtpToken, &keypad(&last)).await);
    assert_eq!(refused.code, "passport.proof_wrong");
}

async fn of_twenty_guesses_at_once_at_most_five_are_judged(db: Db) {
    let desk = desk(&db).await;
    let (session, _) = holder(&desk).await;
    let code = keypad(&question(&desk, &session, &payment(80_000)).await);
    let guesses = (0..20).map(|guess| {
        let (passport, acting) = (desk.passport.clone(), session.acting());
        let typed = format!("{:06}", (code.parse::<u32>().unwrap() + 1 + guess) % 1_000_000);
        async move {
            let subject = Subject::Payment(payment(80_000));
            let proof = Proof::by(Factor::OtpToken, &typed);
            refusal(passport.prove(&acting, Channel::Web, &subject, &proof).await).code
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    for guess in guesses {
        tasks.spawn(guess);
    }
    let answers = tasks.join_all().await;
    let judged = answers.iter().filter(|code| **code == "passport.proof_wrong").count();
    assert!(judged <= 5, "{answers:?}");
    // What is spent stays spent for the right code too.
    let refused = refusal(prove(&desk, &session, &payment(80_000), Factor::OtpToken, &code).await);
    assert_eq!(refused.code, "passport.proof_spent");
    assert!(!desk.passport.tokens(&session).await.unwrap()[0].is_locked);
}

async fn ten_wrong_codes_in_a_row_lock_a_token(db: Db) {
    let desk = desk(&db).await;
    let (session, id) = holder(&desk).await;
    let mut last = String::new();
    for round in 0..2 {
        let right = keypad(&question(&desk, &session, &payment(80_000)).await);
        for guess in 0..5 {
            let result = prove(&desk, &session, &payment(80_000), Factor::OtpToken, &wrong(&right)).await;
            last = refusal(result).code.to_owned();
            let is_last = round == 1 && guess == 4;
            assert_eq!(last == "passport.token_locked", is_last, "{round} {guess} {last}");
        }
    }
    assert_eq!(last, "passport.token_locked");
    assert!(desk.notices(session.person).await.contains(&"token_locked".to_owned()));
    assert!(desk.passport.tokens(&session).await.unwrap()[0].is_locked);
    // Whoever locked it lowered no bar: settings that take the best still do.
    assert_eq!(desk.passport.best_tier(session.person).await.unwrap(), Tier::Two);
    open_weak_window(&desk, &session).await;
    assert_eq!(refusal(desk.passport.require_best(&session).await).code, "passport.step_up_needed");
    let refused = refusal(ask(&desk, &session, &payment(80_000), Factor::OtpToken).await);
    assert_eq!(refused.code, "passport.factor_not_held");
    let resync = desk.passport.resync_token(&session, id, &button(&desk, 0), &button(&desk, 1)).await;
    assert_eq!(refusal(resync).code, "passport.token_locked");
}

async fn who_holds_a_token_is_not_taken_over_by_texts(db: Db) {
    let desk = desk(&db).await;
    let (session, _) = holder(&desk).await;
    let nobody = Visitor::unknown();
    let mobile = "13800005678".to_owned();
    // A forgotten password: the code is right and not enough.
    desk.passport.start_reset(&nobody, &mobile, "zh").await.unwrap();
    let reset = Reset { mobile: mobile.clone(), code: desk.code(&mobile), password: "paper umbrella".to_owned() };
    assert_eq!(refusal(desk.passport.finish_reset(reset).await).code, "passport.reset_needs_more");
    desk.passport.sign_in(&mobile, SECRET, SessionKind::Web).await.unwrap();
    // The number, the relationship and the password itself take the token too.
    open_weak_window(&desk, &session).await;
    let changed = desk.passport.start_change_mobile(&nobody, &session).await.map(|_| ());
    let closed = desk.passport.send_close_code(&nobody, &session).await.map(|_| ());
    let set = desk.passport.set_password(&session, "paper umbrella").await;
    for refused in [changed, closed, set] {
        let refused = refusal(refused);
        assert_eq!((refused.code, &refused.fields["least_tier"]), ("passport.step_up_needed", &"two".into()));
    }
    let question = match desk
        .passport
        .ask_proof(&nobody, &session.acting(), Channel::Web, &Subject::Security, Factor::OtpToken, None)
        .await
        .unwrap()
        .asked
    {
        Asked::Token { question } => question,
        other => panic!("{other:?}"),
    };
    desk.passport.open_window(&session, &Proof::by(Factor::OtpToken, &keypad(&question))).await.unwrap();
    desk.clock.advance_ms(60_000);
    desk.passport.start_change_mobile(&nobody, &session).await.unwrap();
    let weak = desk.passport.set_password(&session, "12345678").await;
    assert!(refusal(weak).code.starts_with("passport.password_"));
    desk.passport.set_password(&session, "paper umbrella").await.unwrap();
    desk.passport.sign_in(&mobile, "paper umbrella", SessionKind::Web).await.unwrap();
}

async fn another_persons_token_is_not_found(db: Db) {
    let desk = desk(&db).await;
    let (session, id) = holder(&desk).await;
    let stranger = person(&desk, other()).await;
    let (acting, subject, nobody) = (stranger.acting(), Subject::Payment(payment(80_000)), Visitor::unknown());
    let asked = desk.passport.ask_proof(&nobody, &acting, Channel::Web, &subject, Factor::OtpToken, Some(id)).await;
    assert_eq!(refusal(asked).code, "passport.factor_not_held");
    let codes = (button(&desk, 0), button(&desk, 1));
    let resync = desk.passport.resync_token(&stranger, id, &codes.0, &codes.1).await;
    assert_eq!(refusal(resync).code, "passport.token_not_found");
    open_weak_window(&desk, &stranger).await;
    // The number of somebody's token is like that of none.
    desk.passport.permit_factor(stranger.person, "t1").await.unwrap();
    let removed = desk.passport.remove_token(&nobody, &stranger, id).await;
    assert_eq!(refusal(removed).code, "passport.token_not_found");
    for serial in ["TB-0001234", "TB-9", "", &"9".repeat(500)] {
        let asked = desk.passport.ask_new_token(&stranger, serial).await;
        assert_eq!(refusal(asked).code, "passport.token_unknown", "{serial}");
    }
    assert_eq!(desk.passport.tokens(&session).await.unwrap().len(), 1);
}

async fn a_token_is_added_with_something_as_strong_or_a_permit(db: Db) {
    let desk = desk(&db).await;
    let (session, _) = holder(&desk).await;
    stock(&desk, "TB-0005555").await;
    let nobody = Visitor::unknown();
    let add = || async {
        let code = match desk.passport.ask_new_token(&session, "TB-0005555").await? {
            TokenAsks::Question(question) => keypad(&question),
            TokenAsks::TwoCodes => panic!("it has a keypad"),
        };
        desk.passport.add_token(&nobody, &session, "TB-0005555", &[&code]).await
    };
    let refused = refusal(add().await);
    assert_eq!((refused.code, refused.status), ("passport.step_up_needed", 403));
    // Without asking first, the door is the same.
    let blind = desk.passport.add_token(&nobody, &session, "TB-0005555", &["123456"]).await;
    assert_eq!(refusal(blind).code, "passport.step_up_needed");
    open_weak_window(&desk, &session).await;
    assert_eq!(refusal(add().await).code, "passport.step_up_needed", "a text is not enough");
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    add().await.unwrap();
    assert!(desk.notices(session.person).await.contains(&"token_added".to_owned()));
    // The permit is used up.
    stock(&desk, "TB-0006666").await;
    let again = desk.passport.ask_new_token(&session, "TB-0006666").await;
    assert_eq!(refusal(again).code, "passport.step_up_needed");
    open_window(&desk, &session).await;
    assert!(desk.passport.ask_new_token(&session, "TB-0006666").await.is_ok(), "a token is enough");
}

async fn a_token_is_added_by_who_has_it_in_hand(db: Db) {
    let desk = desk(&db).await;
    let session = person(&desk, lin()).await;
    stock(&desk, "TB-0001234").await;
    let button_alone = SeedKind::Hotp { digits: 6, counter: 3 };
    let seeds = vec![seed("HB-1", button_alone, BUTTON)];
    desk.passport.import_tokens(Container { seeds, refused: Vec::new() }).await.unwrap();
    // At the counter.
    let TokenAsks::Question(question) =
        desk.passport.ask_new_token_at_counter(session.person, " TB-0001234 ").await.unwrap()
    else {
        panic!("it has a keypad")
    };
    let unasked = desk.passport.assign_token(session.person, "TB-0001234", &[&keypad(&question)]).await;
    assert_eq!(refusal(unasked).code, "passport.permit_needed", "two people decide, here too");
    desk.passport.permit_factor(session.person, "t1+s1").await.unwrap();
    for codes in [&[][..], &["000000"], &[""], &[&wrong(&keypad(&question))]] {
        let refused = refusal(desk.passport.assign_token(session.person, "TB-0001234", codes).await);
        assert_eq!(refused.code, "passport.token_code_wrong", "{codes:?}");
    }
    let given = desk.passport.assign_token(session.person, "TB-0001234", &[&keypad(&question)]).await.unwrap();
    let again = desk.passport.assign_token(session.person, "TB-0001234", &[&keypad(&question)]).await.unwrap();
    assert_eq!(given, again, "sent twice, given once");
    assert_eq!(desk.passport.permitted_until(session.person).await.unwrap(), None, "one permit, one factor");
    desk.passport.permit_factor(session.person, "t1+s1").await.unwrap();
    let code = |counter| hotp(OathHash::Sha1, BUTTON, counter, 6);
    assert_eq!(desk.passport.ask_new_token_at_counter(session.person, "HB-1").await.unwrap(), TokenAsks::TwoCodes);
    for codes in [[code(4), code(6)], [code(2), code(3)], [code(4), code(4)]] {
        let codes = [codes[0].as_str(), codes[1].as_str()];
        let refused = refusal(desk.passport.assign_token(session.person, "HB-1", &codes).await);
        assert_eq!(refused.code, "passport.token_code_wrong");
    }
    let codes = [code(4), code(5)];
    desk.passport.assign_token(session.person, "HB-1", &[&codes[0], &codes[1]]).await.unwrap();
    // Guessing goes on for ten tries.
    let refused = loop {
        let refused = refusal(desk.passport.assign_token(session.person, "NONE", &["1"]).await);
        if refused.code != "passport.token_unknown" {
            break refused;
        }
    };
    assert_eq!(refused.code, "passport.try_later");
}

async fn a_code_of_the_clock_is_right_once_at_sign_in(db: Db) {
    let desk = desk(&db).await;
    let (session, id) = holder(&desk).await;
    let nobody = Visitor::unknown();
    let enter = |code: Option<String>| {
        let passport = desk.passport.clone();
        async move {
            let nobody = Visitor::unknown();
            passport.sign_in_with(&nobody, "13800005678", SECRET, code.as_deref(), SessionKind::Api).await
        }
    };
    assert_eq!(refusal(desk.passport.set_second_step(&nobody, &session).await).code, "passport.step_up_needed");
    open_weak_window(&desk, &session).await;
    desk.passport.set_second_step(&nobody, &session).await.unwrap();
    // A wrong password says nothing of it.
    let refused = desk.passport.sign_in("13800005678", "another one", SessionKind::Web).await;
    assert_eq!(refusal(refused).code, "passport.credentials_wrong");
    assert_eq!(refusal(enter(None).await).code, "passport.second_step_needed");
    assert_eq!(refusal(enter(Some(button(&desk, 5))).await).code, "passport.token_code_wrong");
    let code = button(&desk, 0);
    enter(Some(code.clone())).await.unwrap();
    assert_eq!(refusal(enter(Some(code.clone())).await).code, "passport.token_code_wrong", "a code is right once");
    assert_eq!(refusal(enter(Some(button(&desk, -1))).await).code, "passport.token_code_wrong", "nor an older one");

    // In a browser: two pages, whichever device.
    let half = desk.passport.sign_in_in_steps(&nobody, "13800005678", SECRET, SessionKind::Web).await.unwrap();
    let SignInStep::NeedsCode(half) = half else { panic!("in without a code") };
    let finish = |half: String, code: String| {
        let passport = desk.passport.clone();
        async move { passport.finish_sign_in(&Visitor::unknown(), &half, &code).await }
    };
    assert_eq!(refusal(finish(half.reveal().to_owned(), code).await).code, "passport.token_code_wrong");
    let next = button(&desk, 1);
    let entered = finish(half.reveal().to_owned(), next.clone()).await.unwrap();
    assert_eq!(entered.session.person, session.person);
    for half in [half.reveal().to_owned(), "ab".repeat(32), String::new()] {
        assert_eq!(refusal(finish(half, next.clone()).await).code, "passport.sign_in_over");
    }
    // Half a sign-in runs out.
    let half = desk.passport.sign_in_in_steps(&nobody, "13800005678", SECRET, SessionKind::Web).await.unwrap();
    let SignInStep::NeedsCode(half) = half else { panic!("in without a code") };
    desk.clock.advance_ms(5 * 60_000);
    assert_eq!(refusal(finish(half.reveal().to_owned(), button(&desk, 0)).await).code, "passport.sign_in_over");
    // The second step goes with the last token that serves it; a text alone takes no token away.
    open_weak_window(&desk, &session).await;
    let removed = desk.passport.remove_token(&nobody, &session, id).await;
    assert_eq!(refusal(removed).code, "passport.step_up_needed");
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    desk.passport.remove_token(&nobody, &session, id).await.unwrap();
    assert!(enter(None).await.is_ok());
    assert!(!desk.passport.has_second_step(&session).await.unwrap());
}

async fn a_token_whose_clock_ran_away_is_set_anew(db: Db) {
    let desk = desk(&db).await;
    let (session, id) = holder(&desk).await;
    let nobody = Visitor::unknown();
    open_weak_window(&desk, &session).await;
    desk.passport.set_second_step(&nobody, &session).await.unwrap();
    let enter = |code: String| {
        let passport = desk.passport.clone();
        async move {
            let nobody = Visitor::unknown();
            passport.sign_in_with(&nobody, "13800005678", SECRET, Some(&code), SessionKind::Api).await
        }
    };
    assert_eq!(refusal(enter(button(&desk, 10)).await).code, "passport.token_code_wrong");
    let resync = desk.passport.resync_token(&session, id, &button(&desk, 10), &button(&desk, 12)).await;
    assert_eq!(refusal(resync).code, "passport.token_code_wrong", "not in a row");
    desk.passport.resync_token(&session, id, &button(&desk, 10), &button(&desk, 11)).await.unwrap();
    assert_eq!(refusal(enter(button(&desk, 11)).await).code, "passport.token_code_wrong", "used to set it");
    enter(button(&desk, 12)).await.unwrap();
    // The drift is remembered: an hour later the clock is still as far ahead.
    desk.clock.advance_ms(10 * 60_000);
    enter(button(&desk, 13)).await.unwrap();
    assert_eq!(refusal(enter(button(&desk, 0)).await).code, "passport.token_code_wrong");
}

async fn an_import_says_what_was_taken_over(db: Db) {
    let desk = desk(&db).await;
    holder(&desk).await;
    let keypad = |suite| SeedKind::Ocra(OcraSuite::parse(suite).unwrap());
    let seeds = vec![
        seed("TB-0001234", SeedKind::Hotp { digits: 6, counter: 0 }, BUTTON),
        seed("N-1", keypad(SUITE), KEYPAD),
        seed("N-1", keypad(SUITE), BUTTON),
        seed("N-2", keypad("OCRA-1:HOTP-SHA1-6:C-QN08"), KEYPAD),
        seed("N-3", keypad("OCRA-1:HOTP-SHA1-6:QA08"), KEYPAD),
    ];
    let imported = desk.passport.import_tokens(Container { seeds, refused: Vec::new() }).await.unwrap();
    assert_eq!(imported.taken, [("N-1".to_owned(), "ocra")]);
    let refused: Vec<_> = imported.refused.iter().map(|refused| refused.which.as_str()).collect();
    assert_eq!(refused, ["TB-0001234", "N-1", "N-2", "N-3"]);
    // Nothing in the database tells a seed.
    let rows = db.query("SELECT sealed FROM token_seed", db::params![]).await.unwrap();
    for row in rows {
        let sealed = row.bytes("sealed").unwrap();
        assert!(!sealed.windows(10).any(|part| part == &KEYPAD[..10] || part == &BUTTON[..10]));
    }
}

/// A key certified for the person of a session.
async fn key(desk: &Desk, session: &Session, algorithm: Algorithm, number: u64) -> (PrivateKey, FactorId) {
    let key = PrivateKey::generate(algorithm, &Random::seeded(number));
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    let request = key.request().unwrap();
    let id = desk.passport.add_signing_key(&Visitor::unknown(), session, "书房", &request).await.unwrap();
    (key, id)
}

async fn text(desk: &Desk, session: &Session, payment: &PaymentSubject) -> String {
    match ask(desk, session, payment, Factor::SigningKey).await.unwrap() {
        Asked::Sign { text } => text,
        other => panic!("{other:?}"),
    }
}

async fn a_signature_proves_the_payment_that_it_reads(db: Db) {
    let desk = desk(&db).await;
    let session = person(&desk, lin()).await;
    let request = PrivateKey::generate(Algorithm::P256, &Random::seeded(1)).request().unwrap();
    let add = desk.passport.add_signing_key(&Visitor::unknown(), &session, "书房", &request).await;
    let refused = refusal(add);
    assert_eq!((refused.code, refused.status), ("passport.step_up_needed", 403));
    open_weak_window(&desk, &session).await;
    for (number, algorithm) in (1..).zip(Algorithm::ALL) {
        let (key, id) = key(&desk, &session, algorithm, number).await;
        let subject = payment(80_000_000);
        let text = text(&desk, &session, &subject).await;
        let read = SigningText::parse(&text).unwrap();
        let What::Payment(words) = &read.what else { panic!("{read:?}") };
        assert_eq!((words.amount.as_str(), words.currency.as_str()), ("800,000.00", "CNY"));
        assert_eq!((words.payee.as_str(), words.payee_account.as_str()), ("李*宝", "…5678"));
        assert_eq!((words.tail.as_str(), words.draft.as_str(), read.channel.as_str()), ("991234", "7", "web"));
        assert_eq!(read.until, "2026-11-21 12:05:00 +08:00", "{NOON:?}");
        // Over other words, or with the digits of the amount changed, it is wrong.
        let changed = text.replace("800,000.00", "800,000.01");
        for wrong in [changed.as_str(), "", &text[..text.len() - 1]] {
            let signature = signature_text(&key.sign(wrong.as_bytes()));
            let refused = refusal(prove(&desk, &session, &subject, Factor::SigningKey, &signature).await);
            assert_eq!(refused.code, "passport.proof_wrong", "{wrong}");
        }
        let signature = signature_text(&key.sign(text.as_bytes()));
        let other = PaymentSubject { amount: Amount::new(80_000_001, Currency::CNY), ..subject.clone() };
        let refused = refusal(prove(&desk, &session, &other, Factor::SigningKey, &signature).await);
        assert_eq!(refused.code, "passport.proof_changed");
        let proven = prove(&desk, &session, &subject, Factor::SigningKey, &signature).await.unwrap();
        assert_eq!(proven, Factor::SigningKey);
        // The text of the next challenge is another one.
        assert_ne!(self::text(&desk, &session, &subject).await, text);
        let refused = refusal(prove(&desk, &session, &subject, Factor::SigningKey, &signature).await);
        assert_eq!(refused.code, "passport.proof_wrong", "a signature proves once");
        assert!(desk.passport.signing_keys(&session).await.unwrap()[0].last_used.is_some());
        let revoked = desk.passport.revoke_signing_key(&Visitor::unknown(), &session, id).await;
        assert_eq!(refusal(revoked).code, "passport.step_up_needed", "a text alone takes no key away");
        desk.passport.permit_factor(session.person, "t1").await.unwrap();
        desk.passport.revoke_signing_key(&Visitor::unknown(), &session, id).await.unwrap();
    }
}

async fn a_revoked_key_signs_nothing(db: Db) {
    let desk = desk(&db).await;
    let session = person(&desk, lin()).await;
    open_weak_window(&desk, &session).await;
    let (key, id) = key(&desk, &session, Algorithm::Sm2, 1).await;
    let chain = desk.passport.certificate_chain(&session, id).await.unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    let text = text(&desk, &session, &payment(80_000)).await;
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    desk.passport.revoke_signing_key(&Visitor::unknown(), &session, id).await.unwrap();
    let signature = signature_text(&key.sign(text.as_bytes()));
    // The challenge that was out proves nothing any more, and there is no other.
    assert_eq!(
        refusal(prove(&desk, &session, &payment(80_000), Factor::SigningKey, &signature).await).code,
        "passport.signing_key_not_found"
    );
    let asked = ask(&desk, &session, &payment(80_000), Factor::SigningKey).await;
    assert_eq!(refusal(asked).code, "passport.factor_not_held");
    assert!(desk.notices(session.person).await.contains(&"signing_key_revoked".to_owned()));
    // A key that was anybody's once is nobody's again.
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    let again = desk.passport.add_signing_key(&Visitor::unknown(), &session, "书房", &key.request().unwrap()).await;
    assert_eq!(refusal(again).code, "passport.signing_key_known");
    // A certificate ends by itself.
    let (_, other) = self::key(&desk, &session, Algorithm::P256, 2).await;
    assert!(desk.passport.signing_keys(&session).await.unwrap().iter().any(|key| key.id == other && !key.is_over));
    desk.clock.advance_ms(3 * 366 * 86_400_000);
    let session = desk.passport.sign_in("13800005678", SECRET, SessionKind::Web).await.unwrap().session;
    assert!(desk.passport.signing_keys(&session).await.unwrap()[0].is_over);
    let asked = ask(&desk, &session, &payment(80_000), Factor::SigningKey).await;
    assert_eq!(refusal(asked).code, "passport.factor_not_held");
}

async fn a_key_of_another_algorithm_or_person_signs_nothing(db: Db) {
    let desk = desk(&db).await;
    let session = person(&desk, lin()).await;
    let stranger = person(&desk, other()).await;
    open_weak_window(&desk, &session).await;
    open_weak_window(&desk, &stranger).await;
    let (_, id) = key(&desk, &session, Algorithm::Sm2, 1).await;
    let (theirs, _) = key(&desk, &stranger, Algorithm::Sm2, 2).await;
    let subject = payment(80_000);
    for other in [
        PrivateKey::generate(Algorithm::P256, &Random::seeded(1)),
        PrivateKey::generate(Algorithm::Ed25519, &Random::seeded(1)),
        theirs,
    ] {
        let text = text(&desk, &session, &subject).await;
        let signature = signature_text(&other.sign(text.as_bytes()));
        let refused = refusal(prove(&desk, &session, &subject, Factor::SigningKey, &signature).await);
        assert_eq!(refused.code, "passport.proof_wrong", "{:?}", other.algorithm());
    }
    for answer in ["", "AAAA", &"A".repeat(88), &"A".repeat(100_000), "\u{0}", "签名"] {
        text(&desk, &session, &subject).await;
        let refused = refusal(prove(&desk, &session, &subject, Factor::SigningKey, answer).await);
        assert_eq!(refused.code, "passport.proof_wrong");
    }
    desk.passport.permit_factor(stranger.person, "t1").await.unwrap();
    let removed = desk.passport.revoke_signing_key(&Visitor::unknown(), &stranger, id).await;
    assert_eq!(refusal(removed).code, "passport.signing_key_not_found");
    assert_eq!(refusal(desk.passport.certificate_chain(&stranger, id).await).code, "passport.signing_key_not_found");
    desk.passport.permit_factor(session.person, "t1").await.unwrap();
    for (name, request, code) in [
        ("书房", "", "passport.request_unreadable"),
        ("", "", "passport.label_invalid"),
        (
            "书房",
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            "passport.request_unreadable",
        ),
    ] {
        let added = desk.passport.add_signing_key(&Visitor::unknown(), &session, name, request).await;
        assert_eq!(refusal(added).code, code);
    }
}

async fn a_name_that_cannot_be_read_is_not_signed(db: Db) {
    let desk = desk(&db).await;
    let session = person(&desk, lin()).await;
    open_weak_window(&desk, &session).await;
    key(&desk, &session, Algorithm::P256, 1).await;
    for payee_shown in ["李*宝\n收款账户：…0000", "李\u{202e}宝", "", " "] {
        let subject = PaymentSubject { payee_shown: payee_shown.to_owned(), ..payment(80_000) };
        let refused = refusal(ask(&desk, &session, &subject, Factor::SigningKey).await);
        assert_eq!(refused.code, "passport.payee_unreadable", "{payee_shown:?}");
    }
}
