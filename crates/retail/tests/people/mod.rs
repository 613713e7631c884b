//! Strangers: they join by a code, look around, come back without their password.

use axum::http::StatusCode;
use testkit::Bank;
use testkit::Browser;

const MOBILE: &str = "13611112222";
const PASSWORD: &str = "violet tractor seven";

fn code(bank: &Bank) -> String {
    bank.phone.latest_code("+8613611112222").expect("a code")
}

db::engine_tests! {
    async fn a_stranger_joins_with_a_number_a_code_and_a_password(db: db::Db) {
        let bank = Bank::on(db).await;
        let mut browser = Browser::new(&bank, "zh-CN");
        browser.get("/").await.shows(&["action=\"/register\"", "用短信验证码加入"]);
        let page = browser.post("/register", &[("mobile", "136 1111")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["href=\"#mobile\"", "value=\"136 1111\""]);

        let page = browser.post("/register", &[("mobile", MOBILE)]).await;
        page.shows(&["136 **** 2222", "autocomplete=\"one-time-code\"", "/demo/inbox?to=8613611112222"]);
        let code = code(&bank);
        let phone = browser.get("/demo/inbox?to=8613611112222").await;
        phone.shows(&[&format!("<b>{code}</b>"), "136 1111 2222"]);

        let wrong = if code == "000000" { "000001" } else { "000000" };
        let form = |code: &str, password: &'static str| {
            [("mobile".to_owned(), MOBILE.to_owned()), ("code".to_owned(), code.to_owned()), ("password".to_owned(), password.to_owned())]
        };
        let page = browser.post_owned("/register/finish", &form(wrong, PASSWORD)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["还可以试 4 次", "href=\"#code\""]);
        assert!(!page.body.contains(PASSWORD), "the password is not sent back");
        let page = browser.post_owned("/register/finish", &form(&code, "short")).await;
        page.shows(&["href=\"#password\""]);

        let page = browser.post_owned("/register/finish", &form(&code, PASSWORD)).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/home"));
        browser.get("/home").await.shows(&["欢迎进来", "href=\"/products\""]);
        browser.get("/me").await.shows(&["访客", "136 1111 2222"]);
        browser.get("/transfer").await.shows(&["付款要先有账户"]);
        for address in ["/accounts", "/statement", "/rates"] {
            assert_eq!(browser.get(address).await.status, StatusCode::OK, "{address}");
        }
        assert_eq!(browser.get("/register").await.location(), "/home");
        bank.stop().await;
    }

    async fn a_known_number_sees_the_same_pages_as_a_new_one(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.lin().await;
        let mut pages = Vec::new();
        for mobile in ["13800005678", "13611112222"] {
            let mut browser = Browser::new(&bank, "en");
            for address in ["/register", "/reset"] {
                let page = browser.post(address, &[("mobile", mobile)]).await;
                assert_eq!(page.status, StatusCode::OK);
                let tail = &mobile[7..];
                let shown = page.without_tokens().replace(mobile, "NUMBER");
                pages.push(shown.replace(&format!("{} **** {tail}", &mobile[..3]), "MASKED"));
            }
        }
        assert_eq!(pages[0], pages[2]);
        assert_eq!(pages[1], pages[3]);
        bank.stop().await;
    }

    async fn a_forgotten_password_is_set_anew_by_a_code(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::new(&bank, "en");
        browser.get("/sign-in").await.shows(&["href=\"/reset\"", "href=\"/register\""]);
        browser.post("/reset", &[("mobile", "13800005678")]).await.shows(&["138 **** 5678"]);
        let code = bank.phone.latest_code("+8613800005678").expect("a code");
        let form = [("mobile", "13800005678"), ("code", code.as_str()), ("password", PASSWORD)];
        let page = browser.post("/reset/finish", &form).await;
        assert_eq!(page.location(), "/sign-in?reset=1");
        browser.get("/sign-in?reset=1").await.shows(&["Your password is changed."]);
        let mut old = Browser::signed_in(&bank, "en", &lin);
        assert_eq!(old.get("/home").await.location(), "/sign-in?next=/home", "all sessions ended");
        let page = browser.post("/sign-in", &[("mobile", "13800005678"), ("password", PASSWORD)]).await;
        assert_eq!(page.location(), "/home");
        bank.stop().await;
    }

    async fn a_visitor_proves_their_name_and_stays_the_same_person(db: db::Db) {
        let bank = Bank::on(db).await;
        let mut browser = Browser::new(&bank, "zh-CN");
        browser.post("/register", &[("mobile", MOBILE)]).await;
        let code = code(&bank);
        browser.post("/register/finish", &[("mobile", MOBILE), ("code", &code), ("password", PASSWORD)]).await;
        browser.get("/home").await.shows(&["条新通知", "href=\"/me/identity\""]);
        browser.get("/notices").await.shows(&["欢迎加入通宝"]);
        browser.post("/notices/read", &[]).await;
        assert!(!browser.get("/home").await.body.contains("条新通知"));

        let page = browser.post("/me/identity", &[("name", "𠮷㛃"), ("citizen_number", "123")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["href=\"#citizen_number\"", "value=\"𠮷㛃\""]);
        let number = passport::registry::made_up_number(7);
        let form = [("name", "𠮷㛃"), ("citizen_number", number.as_str())];
        let page = browser.post("/me/identity", &form).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/me/identity"), "{}", page.body);
        let page = browser.get("/me/identity").await;
        page.shows(&["已实名认证", "𠮷㛃"]);
        assert!(!page.body.contains(&number), "the number is masked");
        browser.get("/me").await.shows(&["𠮷㛃"]);
        bank.stop().await;
    }

    async fn sessions_are_listed_and_ended_by_their_owner_alone(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut other = Browser::new(&bank, "en");
        other.post("/sign-in", &[("mobile", "13800005678"), ("password", "correct horse battery")]).await;
        let mut owner = Browser::signed_in(&bank, "en", &lin);
        let page = owner.get("/me/security").await;
        page.shows(&["This one", "End all other sessions"]);
        let end = page.after("action=\"", "/me/security/sessions/").expect("a session to end");
        let mut stranger = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(stranger.post(&end, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(owner.post("/me/security/sessions/x/end", &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get("/home").await.status, StatusCode::OK);
        assert_eq!(owner.post("/me/security/sessions/end-others", &[]).await.location(), "/me/security");
        assert_eq!(other.get("/home").await.location(), "/sign-in?next=/home");

        let page = owner.post("/me/security/password", &[("old", "wrong"), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["href=\"#old\""]);
        let form = [("old", "correct horse battery"), ("password", PASSWORD)];
        assert_eq!(owner.post("/me/security/password", &form).await.location(), "/notices");
        owner.get("/notices").await.shows(&["Your password was changed"]);
        owner.get("/me/identity").await.shows(&["Your name is proven"]);
        bank.stop().await;
    }

    async fn a_person_tells_the_bank_about_themselves_and_changes_their_number(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        browser.get("/me/profile").await.shows(&["138 0000 5678", "Yourself (owner)", "Since 21 Nov 2026"]);
        let facts = [("address", "1 <Lake> Road"), ("occupation", "Teacher"), ("tax_residence", "cn, sg")];
        browser.post("/me/profile", &facts).await;
        browser.get("/me/profile").await.shows(&["1 &#60;Lake&#62; Road", "value=\"CN, SG\""]);
        let wrong = browser.post("/me/profile", &[("tax_residence", "China")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.shows(&["aria-invalid=\"true\"", "href=\"#tax_residence\""]);

        browser.get("/me/mobile").await.shows(&["Text my present number"]);
        browser.post("/me/mobile", &[]).await.shows(&["138 **** 5678", "name=\"old_code\""]);
        let old = bank.phone.latest_code("+8613800005678").expect("a code");
        let same = browser.post("/me/mobile/new", &[("old_code", &old), ("mobile", "13800005678")]).await;
        assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.post("/me/mobile/new", &[("old_code", &old), ("mobile", "137 2222 3333")]).await;
        page.shows(&["137 **** 3333", "name=\"new_code\"", "name=\"mobile\" value=\"137 2222 3333\""]);
        let new = bank.phone.latest_code("+8613722223333").expect("a code");
        let wrong_code = if new == "000000" { "000001" } else { "000000" };
        let form = |new_code: &str| [("old_code", old.clone()), ("mobile", "137 2222 3333".to_owned()), ("new_code", new_code.to_owned())].map(|(name, value)| (name.to_owned(), value));
        let wrong = browser.post_owned("/me/mobile/finish", &form(wrong_code)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.shows(&["aria-invalid=\"true\"", "name=\"old_code\""]);
        let done = browser.post_owned("/me/mobile/finish", &form(&new)).await;
        assert_eq!(done.location(), "/notices");
        browser.get("/me").await.shows(&["137 2222 3333"]);
        let mut stranger = Browser::entered(&bank, "en", &wang).await;
        assert!(!stranger.get("/me/profile").await.body.contains("Lake"));
        bank.stop().await;
    }

    async fn who_has_no_account_left_leaves_with_a_code_and_is_signed_out(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        browser.get("/me/close").await.shows(&["href=\"/accounts\""]);
        assert_eq!(browser.post("/me/close/finish", &[("code", "123456")]).await.status, StatusCode::CONFLICT);
        bank.pay(&lin, &wang, 1_000_000).await;
        bank.accounts.close(&lin.web, lin.account.id).await.expect("closed");
        browser.post("/me/close", &[]).await.shows(&["138 **** 5678", "name=\"code\""]);
        let code = bank.phone.latest_code("+8613800005678").expect("a code");
        let wrong = browser.post("/me/close/finish", &[("code", if code == "000000" { "000001" } else { "000000" })]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let gone = browser.post("/me/close/finish", &[("code", &code)]).await;
        assert_eq!(gone.location(), "/sign-in?closed=1");
        browser.get("/sign-in?closed=1").await.shows(&["You are no longer a customer of Tongbao."]);
        assert_eq!(browser.get("/home").await.location(), "/sign-in?next=/home");
        let mut pages = Vec::new();
        for mobile in ["13800005678", "13799998888"] {
            let mut anybody = Browser::new(&bank, "en");
            let page = anybody.post("/sign-in", &[("mobile", mobile), ("password", "correct horse battery")]).await;
            pages.push(page.without_tokens().replace(mobile, "NUMBER"));
        }
        assert_eq!(pages[0], pages[1], "a number that was given up looks like one that never was");
        bank.stop().await;
    }

    async fn an_open_page_hears_of_movements_and_does_not_keep_the_session_alive(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        let page = browser.get("/home").await;
        let shown = page.after("data-pulse=\"", "").expect("a pulse");
        page.shows(&["/assets/live.", "data-live id=\"live-home\""]);
        let quiet = browser.get("/live").await;
        quiet.shows(&[&format!("{{\"pulse\":\"{shown}\"}}")]);
        assert_eq!(quiet.header("cache-control"), "no-store");
        bank.pay(&wang, &lin, 100).await;
        bank.pay(&lin, &wang, 100).await;
        let moved = browser.get("/live").await;
        assert!(!moved.body.contains(&shown), "there and back is news, too");
        assert!(browser.get("/statement?before=s9").await.after("data-pulse=\"", "").is_none());
        for _ in 0..3 {
            bank.clock.advance_ms(5 * 60_000);
            browser.get("/live").await;
        }
        assert_eq!(browser.get("/home").await.status, StatusCode::SEE_OTHER, "asked for often, used by nobody");
        bank.stop().await;
    }
}
