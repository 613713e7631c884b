//! Strangers: they join by a code, look around, come back without their password.

use crate::browser::Browser;
use axum::http::StatusCode;
use testkit::Bank;

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
}
