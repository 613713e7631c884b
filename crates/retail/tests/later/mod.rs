//! Paying later, again and again, to who is no customer yet; taking back, stopping; whom one has paid.

use axum::http::StatusCode;
use kit::Clock;
use testkit::Bank;
use testkit::Browser;

const LIN: &str = "+8613800005678";

db::engine_tests! {
    async fn a_delayed_transfer_is_chosen_seen_waiting_and_taken_back(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let page = browser.post("/transfer/payee", &[("payee", "13900006027")]).await;
        page.shows(&["When: at once", "value=\"delayed\"", "type=\"date\""]);
        let payer = lin.account.id.to_string();
        let form = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "88.80"), ("when", "delayed")];
        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        browser.get(&draft).await.shows(&["In 24 hours", "name=\"when\" value=\"delayed\""]);
        let receipt = browser.confirm(&bank, &draft, LIN).await;
        browser.get(&receipt).await.shows(&["On its way", "22 Nov 2026, 13:26:08", &format!("action=\"{receipt}/recall\"")]);
        browser.get("/transfer/planned").await.shows(&["王*国", "Arrives on 22 Nov, 13:26", "Take it back", "Nothing is scheduled"]);
        let mut stranger = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(stranger.post(&format!("{receipt}/recall"), &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&format!("{receipt}/recall"), &[]).await.location(), receipt);
        let page = browser.get(&receipt).await;
        page.shows(&["Taken back"]);
        assert!(!page.body.contains("/recall\""), "nothing is left to take back");
        browser.get("/transfer/planned").await.shows(&["No money is waiting"]);

        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        let receipt = browser.confirm(&bank, &draft, LIN).await;
        bank.clock.advance_ms(payments::DELAY_MS);
        bank.payments.run_due(bank.clock.now()).await.expect("due");
        let mut lin = lin.clone();
        lin.cookie = bank.cookie_again(&lin).await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let late = browser.post(&format!("{receipt}/recall"), &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        late.shows(&["It has already been paid"]);
        bank.payments.run_due(bank.clock.now()).await.expect("due");
        browser.get("/notices").await.shows(&["Your delayed transfer has arrived", "王*国"]);
        bank.stop().await;
    }

    async fn a_schedule_is_made_seen_and_stopped_by_its_owner_alone(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        let payer = lin.account.id.to_string();
        let form = |first: &'static str, last: &'static str| {
            [("payee", "13900006027"), ("payer", ""), ("amount", "100"), ("memo", "房租"), ("when", "monthly"), ("first", first), ("last", last)]
        };
        let with = |mut form: [(&'static str, &'static str); 7], payer: &str| {
            form[1].1 = Box::leak(payer.to_owned().into_boxed_str());
            form
        };
        for (first, last, field) in [("", "", "first"), ("2026-11-21", "", "first"), ("2026-02-30", "", "first"), ("2026-12-01", "2026-11-30", "last")] {
            let page = browser.post("/transfer/amount", &with(form(first, last), &payer)).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{first} {last}");
            page.shows(&[&format!("href=\"#{field}\""), "<details class=\"retail-more\" open", "value=\"monthly\" selected"]);
        }
        let draft = browser.post("/transfer/amount", &with(form("2026-11-30", ""), &payer)).await.location().to_owned();
        browser.get(&draft).await.shows(&["从 11月30日 起每月一次，9:00", "今天不扣款"]);
        assert_eq!(browser.confirm(&bank, &draft, LIN).await, "/transfer/planned");
        let page = browser.get("/transfer/planned").await;
        page.shows(&["王*国", "下一次：11月30日 09:00", "停止"]);
        let stop = page.after("action=\"", "/transfer/schedules/").expect("a schedule to stop");
        let mut stranger = Browser::signed_in(&bank, "zh-CN", &wang);
        assert_eq!(stranger.post(&stop, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.post("/transfer/schedules/x/stop", &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&stop, &[]).await.location(), "/transfer/planned");
        browser.get("/transfer/planned").await.shows(&["你已停止"]);
        bank.stop().await;
    }

    async fn a_number_without_a_customer_is_invited_after_a_question_and_finds_its_money(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "zh-CN", &lin);
        let page = browser.post("/transfer/payee", &[("payee", "137 1111 2222")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["邀请 137 **** 2222？", "name=\"invite\" value=\"1\"", "name=\"payee\" value=\"137 1111 2222\""]);
        let page = browser.post("/transfer/payee", &[("payee", "9001001234567890123")]).await;
        assert!(!page.body.contains("name=\"invite\""), "only a number is invited");
        let page = browser.post("/transfer/payee", &[("payee", "137 1111 2222"), ("invite", "1")]).await;
        page.shows(&["137 **** 2222", "还不是客户，钱留 3 天", "name=\"invite\" value=\"1\""]);
        let payer = lin.account.id.to_string();
        let form = [("payee", "137 1111 2222"), ("payer", payer.as_str()), ("amount", "88.80"), ("invite", "1")];
        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        browser.get(&draft).await.shows(&["对方开户后，最晚 3 天", "3 天没人来就退回"]);
        let receipt = browser.confirm(&bank, &draft, LIN).await;
        browser.get(&receipt).await.shows(&["137 **** 2222", "没人来就退回", "撤回"]);
        bank.payments.run_due(bank.clock.now()).await.expect("due");
        let text = bank.phone.texts("+8613711112222").remove(0).text;
        assert!(text.contains("林*满") && text.contains("88.80"), "{text}");

        // The person joins by that number, proves a name, opens an account, and has the money.
        let mut other = Browser::new(&bank, "zh-CN");
        other.post("/register", &[("mobile", "13711112222")]).await;
        let code = bank.phone.latest_code("+8613711112222").expect("a code");
        other.post("/register/finish", &[("mobile", "13711112222"), ("code", &code), ("password", "violet tractor seven")]).await;
        other.get("/home").await.shows(&["林*满付给你的 88.80\u{a0}元 正等着你", "href=\"/me/identity\""]);
        let number = passport::registry::made_up_number(7);
        other.post("/me/identity", &[("name", "赵敏"), ("citizen_number", &number)]).await;
        let open = other.get("/accounts/open").await.after("name=\"key\" value=\"", "").expect("a key");
        other.post("/accounts/open", &[("key", &open), ("product", "class_2"), ("purpose", "daily"), ("nickname", "")]).await;
        let page = other.get("/home").await;
        page.shows(&["88<span class=\"cents\">.80"]);
        assert!(!page.body.contains("正等着你"), "it has come");
        other.get("/statement").await.shows(&["林*满 转来"]);
        bank.payments.run_due(bank.clock.now()).await.expect("due");
        browser.get("/notices").await.shows(&["你邀请的人来了", "赵*已收到 88.80"]);
        browser.get(&receipt).await.shows(&["已到账", "赵*"]);
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 8_880);
        bank.stop().await;
    }

    async fn who_was_paid_is_one_tap_away_and_can_be_taken_off_the_list(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 100).await;
        bank.payments.run_due(bank.clock.now()).await.expect("due");
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let page = browser.get("/transfer").await;
        page.shows(&["Paid before", "王*国"]);
        let saved = page.after("name=\"payee\" value=\"", "saved:").expect("a saved payee");
        browser.post("/transfer/payee", &[("payee", &saved)]).await.shows(&["王*国", "How much"]);
        let page = browser.get("/transfer/payees").await;
        let remove = page.after("action=\"", "/remove").expect("a way to remove");
        let mut stranger = Browser::signed_in(&bank, "en", &wang);
        assert_eq!(stranger.post(&remove, &[]).await.status, StatusCode::NOT_FOUND);
        stranger.post("/transfer/payee", &[("payee", &saved)]).await.shows(&["We found no such payee"]);
        assert_eq!(browser.post(&remove, &[]).await.location(), "/transfer/payees");
        browser.get("/transfer/payees").await.shows(&["Nobody yet"]);
        assert!(!browser.get("/transfer").await.body.contains("Paid before"));
        bank.stop().await;
    }
}
