//! The person's own debit cards on the pages.

use axum::http::StatusCode;
use testkit::debit::at_terminal;
use testkit::{Bank, Browser};

db::engine_tests! {
    async fn a_card_is_opened_locked_used_and_its_number_seen_once(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.get("/cards").await.shows(&["我的借记卡", "还没有借记卡", "href=\"/cards/new\""]);
        browser.get("/cards/new").await.shows(&["付款账户", "name=\"key\""]);
        let account = lin.account.id.to_string();
        let form = [("account", account.as_str()), ("key", "one form")];
        let card = browser.post("/cards/new", &form).await.location().to_owned();
        assert!(card.starts_with("/cards/own/"), "{card}");
        assert_eq!(browser.post("/cards/new", &form).await.location(), card, "one form opens one card");
        browser.get(&card).await.shows(&["6200 **** ****", "正常", "安全锁", "都没锁", "还没有用过这张卡"]);

        // The number is seen after a proof, and nowhere else.
        let number = format!("{card}/number");
        let proof = |next: &str, least: &str| format!("/me/verify?next={}&least={least}", next.replace('/', "%2F"));
        assert_eq!(browser.post(&number, &[]).await.location(), proof(&card, "one"));
        let own = bank.accounts.debit_cards(&lin.web).await.expect("cards").remove(0);
        let face = bank.card_face(&lin, &own).await;
        let page = browser.post(&number, &[]).await;
        page.shows(&[&face.number.in_fours(), &face.cvv, "安全码"]);
        assert_eq!((page.header("cache-control"), page.header("refresh")), ("no-store", format!("60; url={card}").as_str()));
        for address in [card.as_str(), "/cards", "/notices", &format!("{card}/locks")] {
            let page = browser.get(address).await;
            assert!(!page.body.contains(&face.number.in_fours()) && !page.body.contains(face.number.full()), "{address}");
        }

        // Locking is one tap; unlocking leads to a proof.
        let locks = format!("{card}/locks");
        browser.get(&locks).await.shows(&["境外锁", "夜间锁", "地区锁", "终端日限额", "没锁", "浙江省", "杭州市"]);
        let lock = |kind: &str| format!("{locks}/{kind}");
        assert_eq!(browser.post(&lock("overseas"), &[("do", "on")]).await.location(), locks);
        assert_eq!(browser.post(&lock("night"), &[("do", "on"), ("from", "23:00"), ("until", "06:00")]).await.location(), locks);
        assert_eq!(browser.post(&lock("region"), &[("do", "add"), ("place", "3301")]).await.location(), locks);
        assert_eq!(browser.post(&lock("terminal_day"), &[("do", "on"), ("cap", "500")]).await.location(), locks);
        browser.get(&locks).await.shows(&["已锁", "23:00 到 06:00", "浙江省杭州市", "每天 500.00"]);
        let verify = proof(&locks, "two");
        assert_eq!(browser.post(&lock("overseas"), &[("do", "off")]).await.location(), verify);
        assert_eq!(browser.post(&lock("region"), &[("do", "add"), ("place", "44")]).await.location(), verify);
        assert_eq!(browser.post(&lock("night"), &[("do", "off")]).await.location(), verify);
        assert_eq!(browser.post(&lock("terminal_day"), &[("do", "on"), ("cap", "501")]).await.location(), verify);
        let odd = browser.post(&lock("night"), &[("do", "on"), ("from", "25:00"), ("until", "06:00")]).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        odd.shows(&["这样锁不了"]);
        assert_eq!(browser.post(&lock("sideways"), &[("do", "on")]).await.status, StatusCode::NOT_FOUND);

        // A use that a lock refused says so, with the way on; a paid one has a receipt.
        let abroad = payments::AuthorisationRequest { country: "JP".to_owned(), ..at_terminal(&face, "abroad", "88.80") };
        bank.payments.authorise_card(&abroad).await.expect("an answer");
        bank.payments.authorise_card(&at_terminal(&face, "here", "36.00")).await.expect("an answer");
        browser.get("/notices").await.shows(&["有一笔没有付出去", "境外锁开着", "没有扣款", "刷卡付款", "36.00\u{a0}元"]);
        browser.get("/me/activity").await.shows(&["刷卡被拒绝", "境外锁开着", "上了锁", "查看了卡号", &format!("尾号 {} 的卡", own.tail)]);
        let page = browser.get(&card).await;
        page.shows(&["西湖茶馆", "没有付出去", "已预授权", "锁着 4 项"]);
        let uses = bank.payments.card_purchases(&lin.web, own.id).await.expect("uses");
        let uses: Vec<i64> = uses.iter().map(|purchase| purchase.id).collect();
        let (paid, refused) = (format!("{card}/uses/{}", uses[0]), format!("{card}/uses/{}", uses[1]));
        browser.get(&refused).await.shows(&["没有付出去", "境外锁开着", "境外 JP", &format!("href=\"{locks}\"")]);
        let page = browser.get(&paid).await;
        page.shows(&["已预授权", "浙江省杭州市", "刷卡"]);
        bank.accounts.fresh().await;
        let receipt = page.after("href=\"", "/payments/").expect("a receipt");
        browser.get(&receipt).await.shows(&["西湖茶馆", "6200 **** ****", "商户最晚来收"]);

        // Frozen by one tap; thawing leads to a proof. For others there is no such card.
        assert_eq!(browser.post(&format!("{card}/do/freeze"), &[]).await.location(), card);
        browser.get(&card).await.shows(&["已冻结", &format!("href=\"{card}/do/unfreeze\"")]);
        let thaw = format!("{card}/do/unfreeze");
        browser.get(&thaw).await.shows(&["解冻后可以照常使用"]);
        assert_eq!(browser.post(&thaw, &[]).await.location(), proof(&thaw, "two"));
        let mut other = Browser::signed_in(&bank, "en", &wang);
        for address in [card.as_str(), &locks, &paid, &thaw] {
            assert_eq!(other.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for address in [&number, &lock("overseas"), &thaw, &format!("{card}/do/lost")] {
            assert_eq!(other.post(address, &[("do", "on")]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        browser.get(&format!("{card}/do/lost")).await.shows(&["卡号马上永久作废"]);
        assert_eq!(browser.post(&format!("{card}/do/lost"), &[]).await.location(), card);
        let page = browser.get(&card).await;
        page.shows(&["已挂失", "换一张新卡"]);
        assert_eq!(browser.post(&number, &[]).await.status, StatusCode::CONFLICT);
        bank.stop().await;
    }
}
