//! A member's passkey on the pages, with an authenticator in software.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::StatusCode;
use credential::webauthn::SoftKey;
use staff::Role;
use testkit::{Bank, Browser, PASSWORD_OF_ALL, Shown};

const HOME: &str = "演示网点 0571";
const ORIGIN: &str = "http://localhost:8080";

/// The question to a key, as a browser reads it.
fn options(page: &Shown) -> String {
    page.after("data-options=\"", "").expect("a question").replace("&#34;", "\"").replace("&quot;", "\"")
}

db::engine_tests! {
    async fn a_member_adds_names_uses_and_removes_a_passkey(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let mut browser = Browser::of_staff(&bank, "en", "20001").await;
        browser.get("/staff/me").await.shows(&["Passkeys", "/staff/me/passkeys/new"]);
        // The sign-in's own code was a minute ago; a quarter of an hour later it is asked again.
        bank.clock.advance_ms(14 * 60_000);
        let page = browser.get("/staff/me/passkeys/new").await;
        page.shows(&["First the code of your token"]);
        let page = browser.post("/staff/me/passkeys/prove", &[("code", "000000")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = bank.staff_code("20001").await;
        let page = browser.post("/staff/me/passkeys/prove", &[("code", &code)]).await;
        assert_eq!(page.location(), "/staff/me/passkeys/new");
        let page = browser.get("/staff/me/passkeys/new").await;
        page.shows(&["data-webauthn=\"create\"", "This device", "<noscript>", "keys"]);
        let mut key = SoftKey::new(1, ORIGIN);
        // Without a script there is no answer, and the page says what to do.
        let empty = browser.post("/staff/me/passkeys/new", &[("label", "Counter")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        empty.shows(&["The passkey was not taken", "value=\"Counter\""]);
        let answer = key.make(&options(&empty));
        let page = browser.post("/staff/me/passkeys/new", &[("label", "Counter <3>"), ("answer", &answer)]).await;
        assert_eq!(page.location(), "/staff/me", "{}", page.body);
        let page = browser.get("/staff/me").await;
        page.shows(&["Counter &#60;3&#62;", "Never used"]);
        let id = page.after("action=\"/staff/me/passkeys/", "/rename").unwrap().replace("/rename", "");

        let mut again = Browser::new(&bank, "en");
        again.post("/staff/sign-in", &[("number", "20001"), ("password", PASSWORD_OF_ALL)]).await;
        let page = again.get("/staff/second-step").await;
        page.shows(&["data-webauthn=\"get\"", "Use a passkey", "Or by the token"]);
        let refused = again.post("/staff/second-step/passkey", &[("answer", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.shows(&["The passkey was not taken", "data-webauthn=\"get\""]);
        let fields = [("answer", key.answer(&options(&refused))), ("next", "/staff/customers".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let half = again.cookie("staff-session").unwrap().to_owned();
        assert_eq!(again.post("/staff/second-step/passkey", &fields).await.location(), "/staff/customers");
        assert_ne!(again.cookie("staff-session"), Some(half.as_str()), "another secret after the second step");
        again.get("/staff").await.shows(&["/staff/cash"]);
        assert_eq!(again.get("/staff/members").await.status, StatusCode::FORBIDDEN, "roles are as before");

        let rename = format!("/staff/me/passkeys/{id}/rename");
        let page = browser.post(&rename, &[("label", " ")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["That name does not fit"]);
        browser.post(&rename, &[("label", "Counter 4")]).await;
        browser.get("/staff/me").await.shows(&["Counter 4", "Last used"]);
        for (address, fields) in [("9/rename", vec![("label", "x")]), ("x/remove", vec![]), ("9/remove", vec![])] {
            let page = browser.post(&format!("/staff/me/passkeys/{address}"), &fields).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        }
        browser.post(&format!("/staff/me/passkeys/{id}/remove"), &[]).await;
        assert!(!browser.get("/staff/me").await.body.contains("Counter 4"));
        bank.stop().await;
    }
}
