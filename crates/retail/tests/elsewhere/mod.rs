//! Other banks on the pages: money out, money in, and how far it is.

use axum::http::StatusCode;
use kit::Clock;
use std::time::Duration;
use testkit::{Bank, Browser, Member, Mishap};

/// Lets both sides work until nothing is left to do at this instant.
async fn work(bank: &Bank) {
    for _ in 0..20 {
        let sent = bank.payments.run_interbank(bank.clock.now()).await.expect("sending");
        let read = bank.payments.receive_interbank(Duration::ZERO).await.expect("reading");
        if (sent.handed, read.received) == (0, 0) {
            break;
        }
    }
    bank.projections.caught_up().await;
}

/// A transfer to another bank up to its draft's page.
async fn drafted(browser: &mut Browser, from: &Member, amount: &str, service: &str) -> String {
    let payer = from.account.id.to_string();
    let form = [
        ("bank", "示范甲银行"),
        ("account", "6200 0112 3456 7890"),
        ("name", "赵一凡"),
        ("payer", payer.as_str()),
        ("amount", amount),
        ("memo", "房租"),
        ("service", service),
    ];
    browser.post("/transfer/elsewhere/amount", &form).await.location().to_owned()
}

/// The same, confirmed; where its progress is shown.
async fn sent(bank: &Bank, browser: &mut Browser, from: &Member, amount: &str) -> String {
    let draft = drafted(browser, from, amount, "").await;
    browser.confirm(bank, &draft, from.person.mobile.e164()).await
}

async fn bound(bank: &Bank, member: &Member) -> payments::CardId {
    let card = bank.card_of(member, 7).await;
    let mobile = member.person.mobile.e164().to_owned();
    let check = bank.payments.bind_card(&member.web, payments::CardForm { card, mobile: mobile.clone() }).await;
    let code = bank.phone.latest_code(&mobile).expect("a code");
    bank.payments.confirm_card(&member.web, check.expect("a check").id, &code).await.expect("a card").id
}

db::engine_tests! {
    async fn money_goes_to_another_bank_and_its_way_is_shown(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.get("/transfer").await.shows(&["通宝客户", "href=\"/transfer/elsewhere\""]);
        browser.get("/transfer/elsewhere").await.shows(&["list=\"banks\"", "<option value=\"示范乙银行\">", "aria-current=\"page\">其他银行"]);
        let payee = [("bank", "甲"), ("account", "6200 0112 3456 7890"), ("name", "赵一凡")];
        let page = browser.post("/transfer/elsewhere/payee", &payee).await;
        page.shows(&["赵一凡", "示范甲银行", "6200 0112 3456 7890", "马上到账", "下一场结算", "15:00 结算后到账"]);
        page.shows(&["name=\"bank\" value=\"990310020002\""]);
        let back = browser.post("/transfer/elsewhere/change", &[("bank", "990310020002"), ("name", "赵一凡")]).await;
        back.shows(&["value=\"示范甲银行\"", "value=\"赵一凡\""]);

        let draft = drafted(&mut browser, &lin, "66.66", "").await;
        assert!(draft.starts_with("/transfer/"), "{draft}");
        let page = browser.get(&draft).await;
        page.shows(&["赵一凡", "示范甲银行", "一般几秒到账", "0.00", "人民币陆拾陆元陆角陆分", "action=\"/transfer/elsewhere/payee\""]);
        bank.house.keep_back(true);
        let place = browser.confirm(&bank, &draft, "+8613800005678").await;
        assert!(place.starts_with("/payments/"), "{place}");
        let text = bank.phone.texts("+8613800005678").remove(0).text;
        assert!(text.contains("赵一凡") && text.contains("66.66"), "{text}");
        let before = browser.get("/live").await.body;
        let page = browser.get(&place).await;
        page.shows(&["在路上", "钱已从你的账户留出", "赵*凡", "http-equiv=\"refresh\"", "data-pulse"]);
        assert!(!page.body.contains("赵一凡") && !page.body.contains("0112 3456"), "after that it is masked");
        browser.get("/home").await.shows(&["有 1 笔钱在路上", &format!("href=\"{place}\"")]);
        let planned = browser.get("/transfer/planned").await;
        planned.shows(&["在去其他银行的路上"]);
        assert!(!planned.body.contains("/recall"), "what is on its way is not recalled");

        work(&bank).await;
        assert_ne!(browser.get("/live").await.body, before, "an open page hears that it got on");
        browser.get(&place).await.shows(&["银行网络已收下", "示范甲银行正在处理", "aria-current=\"step\""]);
        let open = browser.get("/live").await.body;
        bank.house.keep_back(false);
        work(&bank).await;
        assert_ne!(browser.get("/live").await.body, open);
        let page = browser.get(&place).await;
        page.shows(&["已到账", "银行网络已收下", "示范甲银行"]);
        assert!(!page.body.contains("预计到账"), "what has arrived is expected no more");
        assert!(!page.body.contains("http-equiv"), "what has arrived is not asked for any more");
        browser.get("/statement").await.shows(&["转给 赵*凡", "\u{2212}66<span class=\"cents\">.66", "房租"]);
        browser.get("/notices").await.shows(&["示范甲银行", "赵*凡"]);
        let mut other = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(other.get(&place).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get(&draft).await.status, StatusCode::NOT_FOUND);
        bank.stop().await;
    }

    async fn what_does_not_arrive_says_why_and_that_the_money_is_back(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        for (code, words) in [("AC01", "The other bank has no such account"), ("BE01", "Name and account number do not match")] {
            bank.house.reject(&[code]);
            let place = sent(&bank, &mut browser, &lin, "66.66").await;
            work(&bank).await;
            browser.get(&place).await.shows(&["Not paid; the money is back", words, "way-bad", "retail-refused"]);
            browser.get("/notices").await.shows(&[words]);
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000);

        let place = sent(&bank, &mut browser, &lin, "66.66").await;
        work(&bank).await;
        let order = place.rsplit('/').next().expect("an order");
        bank.house.give_back(&format!("990290010001{order:0>19}"), "AC04", 6_666);
        work(&bank).await;
        browser.get(&place).await.shows(&["Sent back; the money is in your account", "The other account is closed"]);
        browser.get("/statement").await.shows(&["Returned by"]);
        bank.stop().await;
    }

    async fn while_nobody_knows_the_page_says_so_and_ends_when_they_do(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        bank.house.mishap(&[Mishap::LostAfter, Mishap::Down, Mishap::Down]);
        let place = sent(&bank, &mut browser, &lin, "66.66").await;
        bank.house.keep_back(true);
        work(&bank).await;
        bank.clock.advance_ms(11_000);
        work(&bank).await;
        browser.get(&place).await.shows(&["正在核实", "这笔钱不会付两次", "正在向对方银行核实"]);
        bank.house.keep_back(false);
        for _ in 0..10 {
            work(&bank).await;
            bank.clock.advance_ms(7_000);
        }
        browser.get(&place).await.shows(&["已到账"]);
        assert_eq!(bank.balance(&lin).await, 993_334);
        bank.stop().await;
    }

    async fn a_card_brings_money_in_once_and_takes_it_out(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        browser.get("/cards/top-up").await.shows(&["还没有绑定银行卡", "href=\"/cards/bind\""]);
        let card = bound(&bank, &lin).await.to_string();
        let account = lin.account.id.to_string();
        browser.get("/cards").await.shows(&[&format!("/cards/top-up?card={card}"), "充值", "提现"]);
        let page = browser.get(&format!("/cards/top-up?card={card}&account={account}")).await;
        page.shows(&["从银行卡转进来", "示范甲银行", "一般几秒到账"]);
        let key = page.after("name=\"key\" value=\"", "").expect("a key");
        let form = [("card", card.as_str()), ("account", account.as_str()), ("amount", "500"), ("key", key.as_str())];
        let place = browser.post("/cards/top-up", &form).await.location().to_owned();
        assert!(place.starts_with("/payments/"), "{place}");
        assert_eq!(browser.post("/cards/top-up", &form).await.location(), place, "sent twice it comes once");
        browser.get(&place).await.shows(&["正在转进来", "已开始，请示范甲银行付出"]);
        work(&bank).await;
        browser.get(&place).await.shows(&["已收到", "转进你的账户"]);
        assert_eq!(bank.balance(&lin).await, 1_050_000);
        bank.house.reject(&["AM04"]);
        let again = [("card", card.as_str()), ("account", account.as_str()), ("amount", "1"), ("key", "another")];
        let place = browser.post("/cards/top-up", &again).await.location().to_owned();
        work(&bank).await;
        browser.get(&place).await.shows(&["没有转进来", "那张卡里的钱不够", "卡里的钱没有动"]);

        let out = [("card", card.as_str()), ("account", account.as_str()), ("amount", "120")];
        let draft = browser.post("/cards/withdraw", &out).await.location().to_owned();
        browser.get(&draft).await.shows(&["林小满", "示范甲银行", "href=\"/cards/withdraw\""]);
        let place = browser.confirm(&bank, &draft, "+8613800005678").await;
        work(&bank).await;
        browser.get(&place).await.shows(&["已到账"]);
        assert_eq!(bank.balance(&lin).await, 1_038_000);

        for (amount, words) in [("", "金额"), ("0", "金额"), ("1.005", "金额"), ("1000000.01", "超过马上到账的上限")] {
            for address in ["/cards/top-up", "/cards/withdraw"] {
                let form = [("card", card.as_str()), ("account", account.as_str()), ("amount", amount), ("key", "k")];
                let page = browser.post(address, &form).await;
                assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address} {amount}");
                if address == "/cards/top-up" {
                    page.shows(&[words, "aria-invalid=\"true\""]);
                }
            }
        }
        let mut other = Browser::signed_in(&bank, "en", &wang);
        let wangs = wang.account.id.to_string();
        for (card, account) in [(card.as_str(), wangs.as_str()), (card.as_str(), account.as_str()), ("x", wangs.as_str())] {
            for address in ["/cards/top-up", "/cards/withdraw"] {
                let form = [("card", card), ("account", account), ("amount", "1"), ("key", "k")];
                assert_eq!(other.post(address, &form).await.status, StatusCode::NOT_FOUND, "{address} {card} {account}");
                let asked = format!("{address}?card={card}&account={account}");
                assert_eq!(other.get(&asked).await.status, StatusCode::NOT_FOUND, "{asked}");
            }
        }
        bank.stop().await;
    }

    async fn what_is_typed_wrong_is_said_where_it_was_typed(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        for (bank_text, account, name, field) in [
            ("No Bank", "62000112345", "Li Lei", "bank"),
            ("", "62000112345", "Li Lei", "bank"),
            ("Demo", "62000112345", "Li Lei", "bank"),
            ("Demo Bank A", "1", "Li Lei", "account"),
            ("Demo Bank A", "", "Li Lei", "account"),
            ("Demo Bank A", "62000112345", "", "name"),
            ("Demo Bank A", "62000112345", "\u{202e}", "name"),
        ] {
            let form = [("bank", bank_text), ("account", account), ("name", name)];
            let page = browser.post("/transfer/elsewhere/payee", &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
            page.shows(&[&format!("href=\"#{field}\""), "No money has moved"]);
        }
        let card = bank.card_of(&lin, 9).await;
        let page = browser.post("/transfer/elsewhere/payee", &[("account", card.as_str()), ("name", "Lin")]).await;
        page.shows(&["Demo Bank A"]);

        let rich = bank.enrol("吴富贵", "13700001111", 300_000_000).await;
        let mut browser = Browser::signed_in(&bank, "en", &rich);
        let draft = drafted(&mut browser, &rich, "50", "batch").await;
        browser.get(&draft).await.shows(&["Next settlement", "After the settlement at"]);
        let place = browser.confirm(&bank, &draft, "+8613700001111").await;
        work(&bank).await;
        browser.get(&place).await.shows(&["On its way", "Waits for the settlement at"]);
        let payer = rich.account.id.to_string();
        let much = [("bank", "Demo Bank A"), ("account", "62000112345"), ("name", "Li Lei"), ("payer", payer.as_str()), ("amount", "20000"), ("memo", "")];
        let page = browser.post("/transfer/elsewhere/amount", &much).await;
        page.shows(&["Too much for a text code", "action=\"/transfer/elsewhere/payee\"", "value=\"Li Lei\""]);
        let foreign = [("bank", "Demo Bank A"), ("account", "62000112345"), ("name", "Li Lei"), ("payer", "999"), ("amount", "1"), ("memo", "")];
        assert_eq!(browser.post("/transfer/elsewhere/amount", &foreign).await.status, StatusCode::NOT_FOUND);
        bank.stop().await;
    }
}
