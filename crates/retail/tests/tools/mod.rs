//! Tokens, signing keys and the second step at sign-in, on the pages.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use axum::http::StatusCode;
use credential::oath::{OathHash, OcraInput, OcraSuite, hotp, totp_step};
use credential::pskc::{Container, SeedKind, TokenSeed};
use credential::signing::{Algorithm, PrivateKey};
use kit::{Clock, Random};
use passport::{Channel, Factor, Proof, Subject, Visitor};
use testkit::{Bank, Browser, Member};

const PASSWORD: &str = "correct horse battery";
const SUITE: &str = "OCRA-1:HOTP-SHA256-6:QN10";
const SEED: &[u8] = b"12345678901234567890123456789012";

async fn stock(bank: &Bank, serial: &str) {
    let seed = |kind| TokenSeed { serial: serial.to_owned(), maker: String::new(), kind, seed: SEED.to_vec().into() };
    let keypad = seed(SeedKind::Ocra(OcraSuite::parse(SUITE).unwrap()));
    let button = seed(SeedKind::Totp { hash: OathHash::Sha256, digits: 6, step_s: 30 });
    let container = Container { seeds: vec![keypad, button], refused: Vec::new() };
    assert_eq!(bank.passport.import_tokens(container).await.unwrap().refused, []);
}

fn keypad(question: &str) -> String {
    let input = OcraInput { questions: &[question], ..OcraInput::default() };
    OcraSuite::parse(SUITE).unwrap().code(SEED, &input).unwrap()
}

fn button(bank: &Bank, steps: i64) -> String {
    let step = totp_step(bank.clock.now().as_ms() / 1_000, 30) as i64 + steps;
    hotp(OathHash::Sha256, SEED, step as u64, 6)
}

/// Opens the window of the member's session in the browser with a text.
async fn open_window(bank: &Bank, member: &Member) {
    let (nobody, subject) = (Visitor::unknown(), Subject::Security);
    bank.passport.ask_proof(&nobody, &member.web, Channel::Web, &subject, Factor::SmsCode, None).await.unwrap();
    let code = bank.phone.latest_code(member.person.mobile.e164()).unwrap();
    let session = bank.passport.peek_session(&member.cookie).await.unwrap().unwrap();
    bank.passport.open_window(&session, &Proof::by_text(&code, "")).await.unwrap();
}

db::engine_tests! {
    async fn a_token_is_added_with_a_permit_and_signs_in_as_a_second_step(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        stock(&bank, "TB-0001234").await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        browser.get("/me/security").await.shows(&["/me/security/tokens", "/me/security/keys"]);
        browser.get("/me/security/tokens").await.shows(&["You have no token yet", "/me/security/tokens/add"]);
        // Without something as strong the way leads to the proof, for the page and for the form alike.
        let proof = "/me/verify?next=%2Fme%2Fsecurity%2Ftokens%2Fadd&least=two";
        assert_eq!(browser.get("/me/security/tokens/add").await.location(), proof);
        let form = [("serial", "TB-0001234"), ("code", "123456")];
        assert_eq!(browser.post("/me/security/tokens/add", &form).await.location(), proof);

        bank.passport.permit_factor(lin.person.id, "t1").await.unwrap();
        open_window(&bank, &lin).await;
        browser.get("/me/security/tokens/add").await.shows(&["Number of the token"]);
        let page = browser.post("/me/security/tokens/add", &[("serial", "TB-9")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["There is no such token to add", "TB-9"]);
        let page = browser.post("/me/security/tokens/add", &[("serial", "TB-0001234")]).await;
        let question = page.body.split("retail-digits\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        let code = keypad(&question.replace(' ', ""));
        let wrong = [("serial", "TB-0001234"), ("code", "000000")];
        let page = browser.post("/me/security/tokens/add", &wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["The token&#39;s code is wrong", question]);
        let page = browser.post("/me/security/tokens/add", &[("serial", "TB-0001234"), ("code", &code)]).await;
        assert_eq!(page.location(), "/me/security/tokens?done=added");
        let page = browser.get("/me/security/tokens?done=added").await;
        page.shows(&["The token was added", "Token ending 1234", "Turn the second step on"]);
        browser.get("/notices").await.shows(&["A token was added", "ending 1234"]);
        let id = page.body.split("/me/security/tokens/").find_map(|part| part.split('"').next()?.parse::<i64>().ok());
        let one = format!("/me/security/tokens/{}", id.unwrap());
        browser.get(&one).await.shows(&["Set it right", "Stop this token"]);

        let page = browser.post("/me/security/second-step", &[("on", "1")]).await;
        assert_eq!(page.location(), "/me/security/tokens?done=on");
        // To turn it off again a text is not enough.
        let page = browser.post("/me/security/second-step", &[("on", "0")]).await;
        assert!(page.location().starts_with("/me/verify?"), "{}", page.location());

        let mut elsewhere = Browser::new(&bank, "zh-CN");
        let credentials = [("mobile", "13800005678"), ("password", PASSWORD), ("next", "/statement")];
        let page = elsewhere.post("/sign-in", &credentials).await;
        page.shows(&["还差一步", "密码器显示的密码"]);
        let half = page.body.split("name=\"half\" value=\"").nth(1).and_then(|rest| rest.get(..64)).unwrap().to_owned();
        assert_eq!(elsewhere.get("/home").await.location(), "/sign-in?next=/home", "half is not in");
        let wrong = [("half", half.as_str()), ("code", "000000"), ("next", "/statement")];
        let page = elsewhere.post("/sign-in/code", &wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["密码器的密码不对", &half]);
        let code = button(&bank, 0);
        let right = [("half", half.as_str()), ("code", code.as_str()), ("next", "/statement")];
        assert_eq!(elsewhere.post("/sign-in/code", &right).await.location(), "/statement");
        elsewhere.get("/home").await.shows(&["林小满"]);
        let page = elsewhere.post("/sign-in/code", &right).await;
        assert_eq!(page.status, StatusCode::CONFLICT);

        // Codes far off set it anew, and stopping it ends the second step with it.
        let (first, second) = (button(&bank, 20), button(&bank, 21));
        let page = browser.post(&format!("{one}/resync"), &[("code", &first), ("second", &first)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.post(&format!("{one}/resync"), &[("code", &first), ("second", &second)]).await;
        assert_eq!(page.location(), "/me/security/tokens?done=set");
        let page = browser.post(&format!("{one}/remove"), &[]).await;
        assert!(page.location().ends_with("least=two"), "a text takes no token away: {}", page.location());
        bank.passport.permit_factor(lin.person.id, "t1").await.unwrap();
        assert_eq!(browser.post(&format!("{one}/remove"), &[]).await.location(), "/me/security/tokens?done=removed");
        assert_eq!(browser.get(&one).await.status, StatusCode::NOT_FOUND);
        let mut again = Browser::new(&bank, "en");
        assert_eq!(again.post("/sign-in", &credentials).await.location(), "/statement");
        bank.stop().await;
    }

    async fn a_signing_key_is_added_shown_and_revoked_by_its_owner_alone(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let request = PrivateKey::generate(Algorithm::Sm2, &Random::seeded(1)).request().unwrap();
        let form = [("label", "Study"), ("request", request.as_str())];
        let page = browser.post("/me/security/keys/add", &form).await;
        assert!(page.location().starts_with("/me/verify?"), "{}", page.location());
        bank.passport.permit_factor(lin.person.id, "t1").await.unwrap();
        open_window(&bank, &lin).await;
        let page = browser.post("/me/security/keys/add", &[("label", "Study"), ("request", "<b>no</b>")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["not a request for a certificate", "&#60;b&#62;no", "value=\"Study\""]);
        assert_eq!(browser.post("/me/security/keys/add", &form).await.location(), "/me/security/keys?done=added");
        let page = browser.get("/me/security/keys").await;
        page.shows(&["Study", "SM2", "Download the certificate"]);
        let id = page.body.split("/me/security/keys/").find_map(|part| part.split('/').next()?.parse::<i64>().ok());
        let one = format!("/me/security/keys/{}", id.unwrap());
        browser.get(&format!("{one}/certificate")).await.shows(&["-----BEGIN CERTIFICATE-----"]);

        let mut stranger = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(stranger.get(&format!("{one}/certificate")).await.status, StatusCode::NOT_FOUND);
        open_window(&bank, &wang).await;
        bank.passport.permit_factor(wang.person.id, "t1").await.unwrap();
        assert_eq!(stranger.post(&format!("{one}/revoke"), &[]).await.status, StatusCode::NOT_FOUND);

        let page = browser.post(&format!("{one}/revoke"), &[]).await;
        assert!(page.location().ends_with("least=two"), "a text takes no key away: {}", page.location());
        bank.passport.permit_factor(lin.person.id, "t1").await.unwrap();
        assert_eq!(browser.post(&format!("{one}/revoke"), &[]).await.location(), "/me/security/keys?done=revoked");
        browser.get("/me/security/keys").await.shows(&["You have no signing key yet"]);
        browser.get("/notices").await.shows(&["A signing key was revoked"]);
        // Without a demonstration there is no token on a page.
        assert_eq!(browser.get("/demo/token").await.status, StatusCode::NOT_FOUND);
        bank.stop().await;
    }
}
