//! Links by which others pay: made, seen before sign-in, paid, taken back, over.

use axum::http::StatusCode;
use kit::Clock;
use testkit::Browser;
use testkit::{Bank, Member};

/// Makes a link with this amount; gives its path.
async fn link(browser: &mut Browser, account: &str, amount: &str) -> String {
    let form = [("account", account), ("amount", amount), ("memo", "<聚餐>")];
    assert_eq!(browser.post("/receive/requests", &form).await.location(), "/receive#links");
    let page = browser.get("/receive").await;
    let address = page.after("\" href=\"", "/pay/").expect("a link");
    address.strip_prefix("http://localhost:8080").expect("an address of this site").to_owned()
}

async fn cookie(bank: &Bank, member: &Member) -> Member {
    let mut member = member.clone();
    member.cookie = bank.cookie_again(&member).await;
    member
}

db::engine_tests! {
    async fn a_link_leads_from_the_stranger_to_the_payment(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut owner = Browser::signed_in(&bank, "en", &wang);
        owner.get("/receive").await.shows(&["139 0000 6027", "No link yet", "Make the link"]);
        let account = wang.account.id.to_string();
        let path = link(&mut owner, &account, "66.60").await;
        owner.get("/receive").await.shows(&["retail-qr", "CNY\u{a0}66.60", "Can be paid until 21 Dec"]);

        let mut stranger = Browser::new(&bank, "en");
        let page = stranger.get(&path).await;
        page.shows(&["王*国", "66<span class=\"cents\">.60", "&lt;<span lang=\"zh-CN\">聚餐</span>&gt;", &format!("/sign-in?next=%2F{}", path[1..].replace('/', "%2F"))]);
        assert!(!page.body.contains("王建国") && !page.body.contains("139 0000"), "nothing but the masked name");

        let mut payer = Browser::signed_in(&bank, "en", &lin);
        let page = payer.get(&path).await;
        let payee = page.after("name=\"payee\" value=\"", "request:").expect("the payee");
        payer.post("/transfer/payee", &[("payee", &payee), ("amount", "66.60")]).await.shows(&["王*国", "value=\"66.60\""]);
        let from = lin.account.id.to_string();
        let form = |amount: &'static str| [("payee", payee.as_str()), ("payer", from.as_str()), ("amount", amount), ("memo", "x")];
        let page = payer.post("/transfer/amount", &form("66.61")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["The link asks for another amount", "CNY\u{a0}66.60", "href=\"#amount\""]);
        let draft = payer.post("/transfer/amount", &form("66.60")).await.location().to_owned();
        let receipt = payer.confirm(&bank, &draft, "+8613800005678").await;
        payer.get(&receipt).await.shows(&["Arrived", "王*国"]);
        assert_eq!(bank.balance(&wang).await, 1_000_000 + 6_660);
        owner.get("/receive").await.shows(&["Paid once, CNY\u{a0}66.60"]);
        let own = owner.post("/transfer/payee", &[("payee", &payee)]).await;
        own.shows(&["That payee is you"]);
        bank.stop().await;
    }

    async fn a_link_is_its_owners_alone_and_ends(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut owner = Browser::signed_in(&bank, "zh-CN", &wang);
        let account = wang.account.id.to_string();
        let path = link(&mut owner, &account, "").await;
        let cancel = owner.get("/receive").await.after("action=\"", "/cancel").expect("a link to take back");
        let mut other = Browser::signed_in(&bank, "zh-CN", &lin);
        assert_eq!(other.post(&cancel, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post("/receive/requests/x/cancel", &[]).await.status, StatusCode::NOT_FOUND);
        let foreign = [("account", account.as_str()), ("amount", "1")];
        assert_eq!(other.post("/receive/requests", &foreign).await.status, StatusCode::NOT_FOUND);
        for amount in ["0", "-1", "1e3", "0.001"] {
            let page = owner.post("/receive/requests", &[("account", &account), ("amount", amount)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
            page.shows(&["href=\"#amount\""]);
        }
        other.get(&path).await.shows(&["金额由你填"]);
        assert_eq!(owner.post(&cancel, &[]).await.location(), "/receive#links");
        assert_eq!(owner.post(&cancel, &[]).await.location(), "/receive#links", "again changes nothing");
        let gone = other.get(&path).await;
        assert_eq!(gone.status, StatusCode::GONE);
        gone.shows(&["这个收款链接已失效"]);
        assert_eq!(other.get("/pay/nonsense").await.status, StatusCode::NOT_FOUND);
        let payee = format!("request:{}", path.trim_start_matches("/pay/"));
        other.post("/transfer/payee", &[("payee", &payee)]).await.shows(&["这个收款链接已失效"]);

        let path = link(&mut owner, &account, "5").await;
        bank.clock.set(bank.clock.now().plus_ms(payments::REQUEST_LIVES_MS));
        let mut late = Browser::signed_in(&bank, "zh-CN", &cookie(&bank, &lin).await);
        assert_eq!(late.get(&path).await.status, StatusCode::GONE);
        let mut owner = Browser::signed_in(&bank, "zh-CN", &cookie(&bank, &wang).await);
        owner.get("/receive").await.shows(&["已过期", "你已收回"]);
        for _ in 0..payments::REQUESTS_OPEN {
            link(&mut owner, &account, "5").await;
        }
        let full = owner.post("/receive/requests", &[("account", &account), ("amount", "5")]).await;
        full.shows(&["链接够多了"]);
        bank.stop().await;
    }
}
