//! Cards of other banks on the pages.

use axum::http::StatusCode;
use testkit::{Bank, Browser};

db::engine_tests! {
    async fn a_card_is_bound_in_three_steps_and_given_up(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let card = bank.card_of(&lin, 7).await;
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.get("/me").await.shows(&["href=\"/cards\"", "银行卡"]);
        browser.get("/cards").await.shows(&["还没有绑定银行卡", "href=\"/cards/bind\""]);
        browser.get("/cards/bind").await.shows(&["银行卡号", "name=\"card\""]);

        let page = browser.post("/cards/bind", &[("card", "6200 0199 9999 9999")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["有一位抄错了", "aria-invalid=\"true\"", "value=\"6200 0199 9999 9999\""]);
        let page = browser.post("/cards/bind", &[("card", "4111 1111 1111 1111")]).await;
        page.shows(&["认不出这张卡的银行"]);

        let page = browser.post("/cards/bind", &[("card", &card)]).await;
        page.shows(&["示范甲银行", "6200 **** ****", "林小满", "value=\"13800005678\""]);
        let page = browser.post("/cards/bind/code", &[("card", &card), ("mobile", "13900006027")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["对方银行说信息对不上", "value=\"13900006027\"", "href=\"#mobile\""]);
        let check = browser.post("/cards/bind/code", &[("card", &card), ("mobile", "138 0000 5678")]).await;
        let check = check.location().to_owned();
        assert!(check.starts_with("/cards/bind/"), "{check}");
        browser.get(&check).await.shows(&["示范甲银行已把验证码发到 138 **** 5678", "/demo/inbox?to=8613800005678"]);
        browser.post(&check, &[("code", "000000")]).await.shows(&["验证码不对", "还可以试 4 次"]);

        let mut other = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(other.get(&check).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&check, &[("code", "000000")]).await.status, StatusCode::NOT_FOUND);

        let code = bank.phone.latest_code("+8613800005678").expect("a code");
        assert_eq!(browser.post(&check, &[("code", &code)]).await.location(), check);
        browser.get(&check).await.shows(&["已绑定", "示范甲银行"]);
        let list = browser.get("/cards").await;
        list.shows(&["示范甲银行", &format!("6200 **** **** {}", &card[12..])]);
        assert!(!list.body.contains(&card), "the whole number is not shown again");
        browser.get("/notices").await.shows(&["绑定了一张银行卡", "示范甲银行，尾号"]);

        let unbind = list.after("href=\"", "/unbind").expect("a way to unbind");
        for address in [unbind.as_str(), "/cards/1/unbind", "/cards/x/unbind"] {
            assert_eq!(other.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
            assert_eq!(other.post(address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        browser.get(&unbind).await.shows(&["解绑以后"]);
        assert_eq!(browser.post(&unbind, &[]).await.location(), "/cards");
        browser.get("/cards").await.shows(&["还没有绑定银行卡"]);
        bank.stop().await;
    }

    async fn what_stands_in_the_way_of_a_card_is_said_with_the_way_on(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        browser.get("/cards/bind").await.shows(&["We have not seen your ID card yet", "href=\"/branches\""]);
        let card = bank.card_of(&lin, 7).await;
        browser.get("/cards/bind").await.shows(&["Card number", "name=\"card\""]);
        for long in ["1".repeat(5_000), "<b>".to_owned(), "\u{202e}".to_owned(), String::new()] {
            let page = browser.post("/cards/bind", &[("card", &long)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{long}");
            page.shows(&["That card number is not right"]);
        }
        for address in ["/cards/bind/7", "/cards/bind/x", "/cards/bind/99999999999999999999"] {
            assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
            assert_eq!(browser.post(address, &[("code", "1")]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        bank.others.set_down(true);
        let page = browser.post("/cards/bind", &[("card", &card)]).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        page.shows(&["The other banks cannot be reached"]);
        bank.others.set_down(false);

        bank.visitor("13611112222").await;
        let mut newcomer = Browser::new(&bank, "zh-CN");
        newcomer.post("/sign-in", &[("mobile", "13611112222"), ("password", "correct horse battery")]).await;
        newcomer.get("/cards/bind").await.shows(&["先做实名认证", "href=\"/me/identity\""]);
        newcomer.get("/cards").await.shows(&["还没有绑定银行卡"]);
        bank.stop().await;
    }
}
