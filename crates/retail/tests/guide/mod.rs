//! What anybody may read, in both languages, signed in or not; large print; what stays without a network.

use axum::http::StatusCode;
use testkit::Bank;
use testkit::Browser;

db::engine_tests! {
    async fn everybody_may_look_around_in_either_language(db: db::Db) {
        let bank = Bank::on(db).await;
        for (language, pieces) in [
            ("zh-CN", [
                ("/products", "10,000.00\u{a0}元"),
                ("/rates", "年利率 0.00%"),
                ("/branches", "营业中，到 16:00"),
                ("/security", "安全账户"),
                ("/help", "转错人了"),
            ]),
            ("en", [
                ("/products", "CNY\u{a0}10,000.00"),
                ("/rates", "0.00 % a year"),
                ("/branches", "Open until 16:00"),
                ("/security", "safe account"),
                ("/help", "I paid the wrong person"),
            ]),
        ] {
            let mut browser = Browser::new(&bank, language);
            for (address, piece) in pieces {
                let page = browser.get(address).await;
                assert_eq!(page.status, StatusCode::OK, "{address}");
                page.shows(&[piece, &format!("href=\"{address}\" aria-current=\"page\"")]);
                browser.get("/").await.shows(&[&format!("href=\"{address}\"")]);
            }
        }
        bank.stop().await;
    }

    async fn large_print_is_a_setting_with_the_same_routes(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.post("/preferences/print", &[("value", "large"), ("back", "/home")]).await;
        let page = browser.get("/home").await;
        page.shows(&["class=\"large\"", "钱去哪了", "找人帮忙", "念给我听"]);
        let places = page.body.split("<nav class=\"places\"").nth(1).unwrap_or_default().split("</nav>").next();
        assert_eq!(places.unwrap_or_default().matches("<li").count(), 3);
        browser.get("/statement").await.shows(&["class=\"large\""]);
        browser.post("/preferences/print", &[("value", "normal"), ("back", "/home")]).await;
        assert!(!browser.get("/home").await.body.contains("class=\"large\""));
        bank.stop().await;
    }

    async fn a_language_chosen_on_a_page_is_kept_with_the_person(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.post("/preferences/language", &[("value", "en"), ("back", "/home")]).await;
        browser.get("/home").await.shows(&["Good afternoon"]);
        let session = bank.passport.authenticate(&lin.cookie).await.expect("the passport answers").expect("a session");
        assert_eq!(session.language, "en");
        bank.stop().await;
    }
}
