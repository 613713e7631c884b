//! Passkeys, security keys, the bound device and its pattern on the pages.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::webauthn::SoftKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use passport::{Channel, Factor, Proof, Session, Subject, Visitor};
use testkit::{Bank, Browser, Shown};

const ORIGIN: &str = "http://localhost:8080";
const MOBILE: &str = "+8613800005678";

/// Opens the ten minutes of this browser's session by a text.
async fn step_up(bank: &Bank, browser: &Browser) -> Session {
    let session = bank.passport.authenticate(browser.cookie("session").expect("signed in")).await;
    let session = session.expect("no fault").expect("a session");
    let (acting, nobody) = (session.acting(), Visitor::unknown());
    let asked = bank.passport.ask_proof(&nobody, &acting, Channel::Web, &Subject::Security, Factor::SmsCode, None);
    asked.await.expect("a text");
    let code = bank.phone.latest_code(MOBILE).expect("a code");
    bank.passport.open_window(&session, &Proof::by_text(&code, "")).await.expect("a window");
    session
}

/// A hidden field of a page.
fn hidden(page: &Shown, name: &str) -> String {
    page.after(&format!("name=\"{name}\" value=\""), "").unwrap_or_else(|| panic!("no {name} in {}", page.body))
}

/// The question to a key, as a browser reads it.
fn options(page: &Shown) -> String {
    page.after("data-options=\"", "").expect("a question").replace("&#34;", "\"").replace("&quot;", "\"")
}

db::engine_tests! {
    async fn a_person_adds_names_uses_and_removes_a_passkey(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        browser.get("/me/security").await.shows(&["Passkeys", "Security keys", "/me/security/passkeys/passkey/new"]);
        for (address, back) in [
            ("/me/security/passkeys/passkey/new", "%2Fme%2Fsecurity%2Fpasskeys%2Fpasskey%2Fnew"),
            ("/me/security/device", "%2Fme%2Fsecurity%2Fdevice"),
            ("/me/security/gesture", "%2Fme%2Fsecurity%2Fgesture"),
        ] {
            assert_eq!(browser.get(address).await.location(), format!("/me/verify?next={back}&least=one"));
        }
        assert_eq!(browser.get("/me/security/passkeys/teapot/new").await.status, StatusCode::NOT_FOUND);
        step_up(&bank, &browser).await;

        let page = browser.get("/me/security/passkeys/passkey/new").await;
        page.shows(&["data-webauthn=\"create\"", "This device", "<noscript>"]);
        let mut key = SoftKey::new(1, ORIGIN);
        let (sealed, answer) = (hidden(&page, "sealed"), key.make(&options(&page)));
        let address = "/me/security/passkeys/passkey/new";
        // Without a script there is no answer, and the page says what to do.
        let page = browser.post(address, &[("sealed", &sealed), ("label", "Phone")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["could not be taken", "value=\"Phone\""]);
        let page = browser.post(address, &[("sealed", &sealed), ("answer", &answer), ("label", " ")]).await;
        page.shows(&["This name cannot be used"]);
        let page = browser.post(address, &[("sealed", &sealed), ("answer", &answer), ("label", "Phone")]).await;
        assert_eq!(page.location(), "/me/security");
        let page = browser.get("/me/security").await;
        page.shows(&["Phone", "not used yet"]);
        let one = format!("/me/security/passkeys/{}", page.after("href=\"/me/security/passkeys/", "").expect("the key"));
        browser.get(&one).await.shows(&["Phone", "Remove"]);
        assert_eq!(browser.post(&format!("{one}/rename"), &[("label", "My phone")]).await.location(), "/me/security");
        browser.get("/me/security").await.shows(&["My phone"]);
        browser.get("/notices").await.shows(&["A new way to confirm was added", "Phone"]);

        // Somebody else's key is nowhere.
        let mut other = Browser::entered(&bank, "en", &bank.wang().await).await;
        for address in [one.clone(), "/me/security/passkeys/nonsense".to_owned()] {
            assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        assert_eq!(other.post(&format!("{one}/rename"), &[("label", "x")]).await.status, StatusCode::NOT_FOUND);

        let mut stranger = Browser::new(&bank, "zh-CN");
        let page = stranger.get("/sign-in?next=/statement").await;
        page.shows(&["用通行密钥登录", "data-autofill", "username webauthn"]);
        let mut wrong = key.clone();
        wrong.origin = "https://elsewhere.example".to_owned();
        let (sealed, next) = (hidden(&page, "sealed"), "/statement");
        let answer = wrong.answer(&options(&page));
        let refused = stranger.post("/sign-in/passkey", &[("sealed", &sealed), ("answer", &answer), ("next", next)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.shows(&["这个通行密钥没能登录"]);
        let answer = key.answer(&options(&page));
        let page = stranger.post("/sign-in/passkey", &[("sealed", &sealed), ("answer", &answer), ("next", next)]).await;
        assert_eq!(page.location(), "/statement");
        assert_eq!(stranger.get("/home").await.status, StatusCode::OK);

        assert_eq!(browser.post(&format!("{one}/remove"), &[]).await.location(), "/me/security");
        assert!(!browser.get("/me/security").await.body.contains("My phone"));
        bank.stop().await;
    }

    async fn a_bound_device_is_unlocked_by_its_pattern_to_look_and_not_to_touch(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        browser.get("/unlock").await;
        step_up(&bank, &browser).await;
        let key = SigningKey::from_slice(&[5; 32]).expect("a key");
        let sign = |page: &Shown, name: &str| {
            let message = page.after(&format!("{name}=\""), "").expect("a message");
            let signature: Signature = key.sign(&URL_SAFE_NO_PAD.decode(message).expect("base64url"));
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        };
        let page = browser.get("/me/security/device").await;
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().to_sec1_point(false).as_bytes());
        let (sealed, proof) = (hidden(&page, "sealed"), sign(&page, "data-device-bind"));
        let refused = browser.post("/me/security/device", &[("sealed", &sealed), ("public_key", &public)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.shows(&["did not prove its key"]);
        let fields = [("sealed", sealed.as_str()), ("public_key", &public), ("device_proof", &proof), ("traits", "{}")];
        assert_eq!(browser.post("/me/security/device", &fields).await.location(), "/me/security");
        browser.get("/me/security").await.shows(&["Bound", "Set a pattern"]);
        let page = browser.post("/me/security/gesture", &[("gesture", "1475"), ("again", "1476")]).await;
        page.shows(&["The two patterns differ", "href=\"#again\""]);
        let page = browser.post("/me/security/gesture", &[("gesture", "1475"), ("again", "1475")]).await;
        assert_eq!(page.location(), "/me/security");

        assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in?out=1");
        browser.get("/sign-in").await.shows(&["href=\"/unlock\""]);
        let page = browser.get("/unlock").await;
        page.shows(&["Quick look", "138 **** 5678", "data-pattern"]);
        let (sealed, proof) = (hidden(&page, "sealed"), sign(&page, "data-device-proof"));
        let without = browser.post("/unlock", &[("sealed", &sealed), ("gesture", "1475")]).await;
        without.shows(&["did not prove its key"]);
        let fields = |gesture| [("sealed", sealed.as_str()), ("device_proof", proof.as_str()), ("gesture", gesture)];
        let wrong = browser.post("/unlock", &fields("7412")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.shows(&["4 tries left", "href=\"#gesture\""]);
        let page = browser.get("/unlock").await;
        let (sealed, proof) = (hidden(&page, "sealed"), sign(&page, "data-device-proof"));
        let fields = [("sealed", sealed.as_str()), ("device_proof", &proof), ("gesture", "1475")];
        assert_eq!(browser.post("/unlock", &fields).await.location(), "/home");

        browser.get("/home").await.shows(&["You are looking"]);
        for address in ["/statement", "/accounts", "/me/security", "/notices"] {
            assert_eq!(browser.get(address).await.status, StatusCode::OK, "{address}");
        }
        for address in [
            "/transfer/payee",
            "/me/security/sessions/end-others",
            "/me/security/password",
            "/me/profile",
            "/me/mobile",
            "/notices/read",
        ] {
            let page = browser.post(address, &[]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{address}");
            page.shows(&["You are only looking", "href=\"/sign-in\""]);
        }
        // The way to more than looking is open, and the way out.
        browser.get("/sign-in").await.shows(&["name=\"password\""]);
        assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in?out=1");
        bank.stop().await;
    }
}
