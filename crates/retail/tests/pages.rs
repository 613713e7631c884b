//! What a person does on the pages, through the whole application, without script.

mod accounts;
mod cards;
mod debit;
mod elsewhere;
mod guide;
mod keys;
mod later;
mod people;
mod receive;
mod tools;

use axum::http::StatusCode;
use testkit::Bank;
use testkit::Browser;

const PASSWORD: &str = "correct horse battery";

db::engine_tests! {
    async fn a_person_signs_in_pays_another_and_both_see_it(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::new(&bank, "zh-CN");

        let page = browser.get("/home").await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?next=/home"));
        let page = browser.post("/sign-in", &[("mobile", "138 0000 5678"), ("password", PASSWORD), ("next", "/home")]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/home"));
        let page = browser.get("/home").await;
        page.shows(&["下午好，林小满", "可用余额", "10,000<span class=\"cents\">.00"]);

        let page = browser.post("/transfer/payee", &[("payee", "139 0000 6027")]).await;
        page.shows(&["王*国", "139 **** 6027", "转多少"]);
        let payer = lin.account.id.to_string();
        let form = [("payee", "139 0000 6027"), ("payer", payer.as_str()), ("amount", "88.8"), ("memo", "<午饭>")];
        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        assert!(draft.starts_with("/transfer/"), "{draft}");
        let page = browser.get(&draft).await;
        page.shows(&["发验证码到 138 **** 5678", "人民币捌拾捌元捌角整", "&lt;午饭&gt;"]);

        let receipt = browser.confirm(&bank, &draft, "+8613800005678").await;
        let again = browser.post(&format!("{draft}/confirm"), &[]).await.location().to_owned();
        assert_eq!(receipt, again, "the button pressed twice pays once");
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 8_880);
        assert_eq!(bank.balance(&wang).await, 1_000_000 + 8_880);
        browser.get(&receipt).await.shows(&["已到账", "王*国", "林*满", "2026年11月21日 13:26:08", "0.00"]);
        browser.get("/statement").await.shows(&["转给 王*国", "\u{2212}88<span class=\"cents\">.80", "&lt;午饭&gt;"]);

        let mut other = Browser::new(&bank, "en");
        other.post("/sign-in", &[("mobile", "13900006027"), ("password", PASSWORD)]).await;
        other.get("/home").await.shows(&["From <span lang=\"zh-CN\">林*满</span>", "+88<span class=\"cents\">.80"]);
        other.get(&receipt).await.shows(&["Received"]);
        bank.stop().await;
    }

    async fn a_refused_transfer_moves_nothing_and_keeps_payee_and_amount(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, _) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let payer = lin.account.id.to_string();
        let form = |amount| [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", amount), ("memo", "Rent")];
        let page = browser.post("/transfer/amount", &form("12,000.00")).await;
        assert!(page.status.is_client_error(), "{}", page.status);
        page.shows(&["Not enough in the account", "No money has moved", "CNY\u{a0}2,000.00 short", "What works instead"]);
        page.shows(&["Send CNY\u{a0}10,000.00 instead", "name=\"payee\" value=\"13900006027\"", "value=\"Rent\""]);
        page.shows(&["payments.insufficient_funds"]);
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.stop().await;
    }

    async fn what_was_typed_wrongly_is_said_at_its_field_and_kept(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, _) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        for (payee, sentence) in [
            ("13711112222", "We found no such payee."),
            ("13800005678", "That payee is you."),
            ("<b>", "We cannot read this payee."),
        ] {
            let page = browser.post("/transfer/payee", &[("payee", payee)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{payee}");
            page.shows(&[sentence, "aria-invalid=\"true\"", "href=\"#payee\""]);
            assert!(!page.body.contains("<b>\""), "what was typed is escaped");
        }
        let payer = lin.account.id.to_string();
        for amount in ["", "0", "0.00", "-1", "0.001", "1e400", "NaN", "８８", "9223372036854775808", "1,2", "88.80元"] {
            let form = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", amount)];
            let page = browser.post("/transfer/amount", &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount:?}");
            page.shows(&["href=\"#amount\"", "王*国"]);
        }
        bank.stop().await;
    }

    async fn a_transfer_that_waited_too_long_is_not_paid_and_says_what_to_do(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, _) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let payer = lin.account.id.to_string();
        let form = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "1.00")];
        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        bank.clock.advance_ms(payments::DRAFT_LIVES_MS);
        let send = browser.post(&format!("{draft}/challenge"), &[("factor", "sms_code")]).await;
        for page in [browser.get(&draft).await, send, browser.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", "123456")]).await] {
            assert_eq!(page.status, StatusCode::GONE);
            page.shows(&["This payment waited too long", "No money has moved", "href=\"/transfer\">Start again"]);
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.stop().await;
    }

    async fn a_code_confirms_what_is_shown_and_every_trouble_with_it_says_what_to_do(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let payer = lin.account.id.to_string();
        let form = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "88.80")];
        let draft = browser.post("/transfer/amount", &form).await.location().to_owned();
        let page = browser.get(&draft).await;
        page.shows(&["Text a code to 138 **** 5678", &format!("action=\"{draft}/challenge\"")]);
        assert!(!page.body.contains("one-time-code"), "no field before there is a code");
        let unsent = browser.post(&format!("{draft}/confirm"), &[]).await;
        assert_eq!(unsent.status, StatusCode::FORBIDDEN);
        unsent.shows(&["A code from your phone is needed", "Text a code to"]);

        browser.post(&format!("{draft}/challenge"), &[("factor", "sms_code")]).await;
        let page = browser.get(&draft).await;
        page.shows(&["autocomplete=\"one-time-code\"", "inputmode=\"numeric\"", "5 tries", "possible in 60 seconds", "Pay CNY\u{a0}88.80"]);
        page.shows(&["/demo/inbox?to=8613800005678"]);
        let soon = browser.post(&format!("{draft}/challenge"), &[("factor", "sms_code")]).await;
        assert_eq!(soon.status, StatusCode::TOO_MANY_REQUESTS);
        soon.shows(&["A code was sent just now", "one-time-code"]);
        let (code, tail) = (bank.phone.latest_code("+8613800005678").expect("a code"), lin.account_tail());
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let page = browser.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", wrong), ("account_tail", tail.as_str())]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["4 tries left", "href=\"#answer\"", "王*国", "88<span class=\"cents\">.80"]);
        for _ in 0..4 {
            browser.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", wrong), ("account_tail", tail.as_str())]).await;
        }
        let spent = browser.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", code.as_str()), ("account_tail", tail.as_str())]).await;
        spent.shows(&["This code cannot be used again", "Text a code to"]);
        assert_eq!(bank.balance(&wang).await, 1_000_000);

        bank.clock.advance_ms(60_000);
        browser.post(&format!("{draft}/challenge"), &[("factor", "sms_code")]).await;
        bank.clock.advance_ms(300_000);
        let code = bank.phone.latest_code("+8613800005678").expect("a code");
        let late = browser.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", code.as_str()), ("account_tail", tail.as_str())]).await;
        late.shows(&["The code has expired", "Text a code to"]);
        let receipt = browser.confirm(&bank, &draft, "+8613800005678").await;
        assert!(receipt.starts_with("/payments/"), "{receipt}");
        assert_eq!(bank.balance(&wang).await, 1_008_880);

        let over = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "9,911.21")];
        let page = browser.post("/transfer/amount", &over).await;
        page.shows(&["Not enough in the account"]);
        let rich = bank.enrol("陈美", "13700001111", 9_000_000).await;
        let mut browser = Browser::signed_in(&bank, "en", &rich);
        let payer = rich.account.id.to_string();
        let over = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "12,000")];
        let page = browser.post("/transfer/amount", &over).await;
        page.shows(&["Too much for a text code", "up to CNY\u{a0}10,000.00 a payment", "Send CNY\u{a0}10,000.00 instead"]);
        bank.stop().await;
    }

    async fn nothing_of_another_person_is_to_be_seen(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let stranger = bank.enrol("赵敏", "13700001111", 500).await;
        let order = bank.pay(&lin, &wang, 100).await;
        let mut owner = Browser::signed_in(&bank, "en", &lin);
        let payer = lin.account.id.to_string();
        let form = [("payee", "13900006027"), ("payer", payer.as_str()), ("amount", "1.00")];
        let draft = owner.post("/transfer/amount", &form).await.location().to_owned();

        let mut browser = Browser::signed_in(&bank, "en", &stranger);
        let statement = format!("/statement?account={payer}");
        for address in [format!("/payments/{order}"), draft.clone(), statement, "/payments/x".to_owned(), "/transfer/x".to_owned()] {
            assert_eq!(browser.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for action in ["challenge", "confirm"] {
            assert_eq!(browser.post(&format!("{draft}/{action}"), &[]).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(browser.post("/transfer/amount", &form).await.status, StatusCode::NOT_FOUND, "another's payer");
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 100);
        bank.stop().await;
    }

    async fn a_wrong_password_and_an_unknown_number_look_the_same(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.lin().await;
        let mut pages = Vec::new();
        for mobile in ["13800005678", "13799998888", "nonsense"] {
            let mut browser = Browser::new(&bank, "en");
            let page = browser.post("/sign-in", &[("mobile", mobile), ("password", "hunter two"), ("next", "//evil.example")]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            page.shows(&["not right", "name=\"next\" value=\"/home\""]);
            assert!(!page.body.contains("hunter"), "the password is not sent back");
            pages.push(page.without_tokens().replace(mobile, "NUMBER"));
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(pages[1], pages[2]);
        bank.stop().await;
    }

    async fn after_sign_out_the_token_is_dead(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        assert_eq!(browser.get("/me").await.status, StatusCode::OK);
        let page = browser.post("/sign-out", &[]).await;
        assert_eq!(page.location(), "/sign-in?out=1");
        let mut thief = Browser::signed_in(&bank, "en", &lin);
        assert_eq!(thief.get("/home").await.location(), "/sign-in?next=/home");
        browser.get("/sign-in?out=1").await.shows(&["You are signed out."]);
        bank.stop().await;
    }

    async fn a_statement_is_paged_and_hides_amounts_when_asked(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for minor in 1..=25 {
            bank.pay(&lin, &wang, minor).await;
        }
        let mut browser = Browser::signed_in(&bank, "en", &lin);
        let first = browser.get("/statement").await;
        assert_eq!(first.body.matches("<tr role=\"row\">").count(), 21, "20 movements and the head");
        let older = first.after("href=\"", "before=").expect("a link to older movements").replace("&#38;", "&");
        let second = browser.get(&older).await;
        assert_eq!(second.body.matches("<tr role=\"row\">").count(), 7, "5 payments, the cash, and the head");
        second.shows(&["Cash paid in", "Back to the newest"]);
        browser.post("/preferences/amounts", &[("value", "hidden"), ("back", "/home")]).await;
        let home = browser.get("/home").await;
        home.shows(&["amount hidden"]);
        assert!(!home.body.contains("cents"), "no amount is left");
        bank.stop().await;
    }
}
