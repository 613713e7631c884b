//! What staff do on the pages, through the whole application, without script.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::StatusCode;
use staff::Role;
use testkit::{Bank, Browser};

const SECRET: &str = "correct horse battery";
const HOME: &str = "演示网点 0571";

/// RFC 4648 without padding, blanks between.
fn unbase32(text: &str) -> Vec<u8> {
    let letters = text.bytes().filter(|letter| *letter != b' ');
    let bits: String = letters
        .map(|letter| if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 })
        .map(|value| format!("{value:05b}"))
        .collect();
    bits.as_bytes().chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0'))).collect()
}

fn hidden(page: &testkit::Shown, name: &str) -> String {
    page.after(&format!("name=\"{name}\" value=\""), "").expect("a hidden field")
}

db::engine_tests! {
    async fn a_teller_opens_class_one_for_a_visitor_takes_cash_in_and_pays_out(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let visitor = bank.visitor("13611112222").await;
        let mut teller = Browser::new(&bank, "zh-CN");
        let page = teller.get("/staff/customers").await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/staff/sign-in?next=/staff/customers"));
        let page = teller.post("/staff/sign-in", &[("number", "20001"), ("password", "wrong")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["工号或密码不对", "value=\"20001\""]);
        let page = teller.post("/staff/sign-in", &[("number", "20001"), ("password", SECRET), ("next", "/staff/customers")]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/staff/second-step?next=/staff/customers"));
        assert_eq!(teller.get("/staff").await.location(), "/staff/second-step", "half a sign-in opens nothing");
        teller.get("/staff/second-step?next=/staff/customers").await.shows(&["工号 20001", "value=\"/staff/customers\""]);
        let page = teller.post("/staff/second-step", &[("code", "12345")]).await;
        page.shows(&["动态码是 6 位数字"]);
        let code = bank.staff_code("20001").await;
        let half = teller.cookie("staff-session").expect("a cookie").to_owned();
        let page = teller.post("/staff/second-step", &[("code", &code), ("next", "/staff/customers")]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/staff/customers"));
        assert_ne!(teller.cookie("staff-session"), Some(half.as_str()), "another secret after the second step");
        teller.get("/staff").await.shows(&["员工端", "href=\"/staff/cash\"", HOME]);

        let page = teller.post("/staff/customers", &[("text", "136 1111 2222")]).await;
        let customer = format!("/staff/customers/{visitor}");
        assert_eq!(page.location(), customer);
        let page = teller.get(&customer).await;
        page.shows(&["未实名访客", "136 **** 2222", "还没有账户"]);
        assert!(!page.body.contains("13611112222"));

        let form = format!("{customer}/class-one");
        teller.get(&form).await.shows(&["开立 Ⅰ类户"]);
        let number = passport::registry::made_up_number(7);
        let fields = [("name", "𠮷㛃"), ("citizen_number", number.as_str())];
        let page = teller.post(&form, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["还没有核对证件", "value=\"𠮷㛃\"", "href=\"#seen\""]);
        let page = teller.post(&form, &[fields[0], fields[1], ("seen", "1")]).await;
        let account = page.location().split('?').next().unwrap_or_default().to_owned();
        assert!(account.starts_with("/staff/accounts/"), "{}", page.body);
        teller.get(page.location()).await.shows(&["Ⅰ类户已开立", "正常"]);

        let page = teller.get(&format!("{account}/cash-in")).await;
        let key = hidden(&page, "key");
        let fields = [("key", key.as_str()), ("amount", "1,000.00"), ("memo", "第一笔")];
        let slip = teller.post(&format!("{account}/cash-in"), &fields).await.location().to_owned();
        let again = teller.post(&format!("{account}/cash-in"), &fields).await.location().to_owned();
        assert_eq!(slip, again, "the button pressed twice books once");
        teller.get(&slip).await.shows(&["现金存入", "1,000<span class=\"cents\">.00", "人民币壹仟元整", "客户签字", "第一笔", "𠮷*"]);
        let page = teller.get(&format!("{account}/cash-out")).await;
        let key = hidden(&page, "key");
        let fields = [("key", key.as_str()), ("amount", "1,000.01"), ("seen", "1")];
        let page = teller.post(&format!("{account}/cash-out"), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["钱箱里现金不够", "value=\"1,000.01\""]);
        let fields = [("key", &*hidden(&page, "key")), ("amount", "300.00"), ("seen", "1")];
        let slip = teller.post(&format!("{account}/cash-out"), &fields).await.location().to_owned();
        teller.get(&slip).await.shows(&["现金支取", "300<span class=\"cents\">.00"]);
        teller.get("/staff/cash").await.shows(&["700<span class=\"cents\">.00", "今天收进 1 笔", "今天付出 1 笔"]);
        teller.get(&account).await.shows(&["700<span class=\"cents\">.00", "看最近 50 笔"]);
        teller.post(&format!("{account}/movements"), &[("reason", "客户要对账")]).await.shows(&["现金支取", "\u{2212}300"]);
        let page = teller.post(&format!("{customer}/reveal"), &[("reason", " ")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = teller.post(&format!("{customer}/reveal"), &[("reason", "开户核对")]).await;
        assert_eq!(page.location(), customer);
        teller.get(&customer).await.shows(&["𠮷㛃", number.as_str(), "+8613611112222", "已记入审计日志"]);
        // Their account too, in this sign-in and for five minutes; nowhere else.
        let whole = bank.accounts.of_customer(bank.passport.person(visitor).await.unwrap().unwrap().customer).await.unwrap();
        let whole = whole[0].number.grouped();
        teller.get(&account).await.shows(&[&whole, "𠮷㛃"]);
        let mut again = Browser::of_staff(&bank, "zh-CN", "20001").await;
        for address in [&customer, &account] {
            let page = again.get(address).await;
            assert!(!page.body.contains("𠮷㛃") && !page.body.contains(&whole) && !page.body.contains(&number), "{address}");
        }
        bank.clock.advance_ms(staff::UNMASKED_MS);
        for address in [&customer, &account] {
            let page = teller.get(address).await;
            assert!(!page.body.contains("𠮷㛃") && !page.body.contains(&whole) && !page.body.contains(&number), "{address}");
        }
        assert_eq!(teller.post(&format!("{account}/reveal"), &[("reason", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(teller.post(&format!("{account}/reveal"), &[("reason", "客户来问")]).await.location(), account);
        teller.get(&account).await.shows(&[&whole]);
        bank.stop().await;
    }

    async fn the_two_doors_lead_to_two_houses(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.clerk("20001", HOME, &[Role::Teller, Role::Supervisor, Role::Auditor, Role::Administrator]).await;
        let lin = bank.lin().await;
        let mut customer = Browser::signed_in(&bank, "en", &lin);
        let mut teller = Browser::of_staff(&bank, "en", "20001").await;
        let (session, staff) = (lin.cookie.clone(), teller.cookie("staff-session").expect("a cookie").to_owned());
        for address in ["/staff", "/staff/customers", "/staff/audit", "/staff/members", "/staff/cash", "/staff/me"] {
            let page = customer.get(address).await;
            assert_eq!(page.location(), format!("/staff/sign-in?next={address}"));
            assert_eq!(teller.get(address).await.status, StatusCode::OK, "{address}");
        }
        for address in ["/home", "/accounts", "/me"] {
            assert_eq!(teller.get(address).await.location(), format!("/sign-in?next={address}"));
            assert_eq!(customer.get(address).await.status, StatusCode::OK, "{address}");
        }
        // Nor does the token of one work as the other.
        customer.set_cookie("staff-session", &session);
        assert_eq!(customer.get("/staff").await.location(), "/staff/sign-in?next=/staff");
        teller.set_cookie("session", &staff);
        assert_eq!(teller.get("/home").await.location(), "/sign-in?next=/home");
        // Signing out of one leaves the other.
        let mut both = Browser::signed_in(&bank, "en", &lin);
        both.post("/staff/sign-in", &[("number", "20001"), ("password", SECRET)]).await;
        both.post("/staff/second-step", &[("code", &bank.staff_code("20001").await)]).await;
        assert_eq!(both.get("/staff").await.status, StatusCode::OK);
        let page = both.post("/staff/sign-out", &[]).await;
        assert_eq!(page.location(), "/staff/sign-in?out=1");
        assert_eq!(both.get("/home").await.status, StatusCode::OK);
        assert_eq!(both.get("/staff").await.status, StatusCode::SEE_OTHER);
        // A staff form with a customer's token is no staff form.
        bank.stop().await;
    }

    async fn a_first_password_must_be_replaced_before_anything_else(db: db::Db) {
        let bank = Bank::on(db).await;
        let new = staff::NewMember { number: "10001".into(), name: "Chen".into(), branch: "0571".into() };
        let (_, password) = bank.staff.add_by_hand(&new, staff::Roles::of(&[Role::Administrator])).await.expect("added");
        let mut browser = Browser::new(&bank, "en");
        let page = browser.post("/staff/sign-in", &[("number", "10001"), ("password", &password)]).await;
        assert_eq!(page.location(), "/staff/password");
        for address in ["/staff", "/staff/members", "/staff/proposals", "/staff/token"] {
            assert_eq!(browser.get(address).await.location(), "/staff/password", "{address}");
        }
        let page = browser.post("/staff/password", &[("old", &password), ("new", "12345678")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.shows(&["That password is easy to guess"]);
        let page = browser.post("/staff/password", &[("old", &password), ("new", SECRET)]).await;
        assert_eq!(page.location(), "/staff?changed=1");
        // Next a token, and nothing else before its first code came.
        for address in ["/staff", "/staff/members", "/staff/proposals", "/staff/second-step"] {
            assert_eq!(browser.get(address).await.location(), "/staff/token", "{address}");
        }
        let page = browser.get("/staff/token").await;
        page.shows(&["<svg", "otpauth://totp/Tongbao%20staff:10001?secret="]);
        let secret = page.after("branch-secret\">", "").expect("a secret");
        let secret = secret.split('<').next().unwrap_or_default().to_owned();
        browser.get("/staff/token").await.shows(&[&secret]);
        browser.post("/staff/token", &[("code", "000000")]).await.shows(&["The code is wrong", &secret]);
        let seed = unbase32(&secret);
        let step = credential::oath::totp_step(kit::Clock::now(&bank.clock).as_ms() / 1_000, 30);
        let code = credential::oath::hotp(credential::oath::OathHash::Sha1, &seed, step, 6);
        let page = browser.post("/staff/token", &[("code", &code)]).await;
        assert_eq!(page.location(), "/staff?enrolled=1", "{}", page.body);
        browser.get("/staff?enrolled=1").await.shows(&["Your token is enrolled"]);
        assert_eq!(browser.get("/staff/token").await.status, StatusCode::FORBIDDEN, "the leave is used up");
        browser.get("/staff/members").await.shows(&["Chen", "Administrator"]);
        let page = browser.post("/staff/members/add", &[("number", "20002"), ("name", "Wu"), ("branch", "0571")]).await;
        page.shows(&["One-time password", "No role"]);
        bank.stop().await;
    }

    async fn two_people_take_a_payment_back_and_the_auditor_sees_both(db: db::Db) {
        let bank = Bank::on(db).await;
        for (number, role) in [("20001", Role::Teller), ("30001", Role::Supervisor), ("40001", Role::Auditor)] {
            bank.clerk(number, HOME, &[role]).await;
        }
        bank.clerk("30009", "别的网点", &[Role::Supervisor]).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = bank.pay(&lin, &wang, 8_880).await;
        let mut teller = Browser::of_staff(&bank, "en", "20001").await;
        let page = teller.post("/staff/orders", &[("order", &order.to_string())]).await;
        teller.get(page.location()).await.shows(&["林*满", "王*国", "/correct"]);
        let form = format!("/staff/orders/{order}/correct");
        let key = hidden(&teller.get(&form).await, "key");
        let page = teller.post(&form, &[("key", &key), ("reason", "paid twice <b>")]).await;
        let proposal = page.location().to_owned();
        assert!(proposal.starts_with("/staff/proposals/"), "{}", page.body);
        let page = teller.get(&proposal).await;
        page.shows(&["Waits for a second person", "Nobody checks their own", "paid twice &lt;b&gt;"]);
        assert!(!page.body.contains("/approve"));
        let page = teller.post(&format!("{proposal}/approve"), &[]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        page.shows(&["Nobody checks their own"]);
        let mut elsewhere = Browser::of_staff(&bank, "en", "30009").await;
        assert_eq!(elsewhere.get(&proposal).await.status, StatusCode::NOT_FOUND);
        let mut supervisor = Browser::of_staff(&bank, "en", "30001").await;
        supervisor.get("/staff").await.shows(&["Waiting for you", &proposal]);
        assert_eq!(supervisor.post(&format!("{proposal}/approve"), &[]).await.location(), proposal);
        supervisor.get(&proposal).await.shows(&["Carried out", "See the slip"]);
        assert_eq!(bank.balance(&wang).await, 1_000_000);
        let mut auditor = Browser::of_staff(&bank, "en", "40001").await;
        let page = auditor.get(&format!("/staff/audit?subject=order:{order}")).await;
        page.shows(&["20001", "branch.correct", "proposed"]);
        auditor.get("/staff/audit?number=30001").await.shows(&["staff.approve"]);
        auditor.post("/staff/audit/check", &[]).await.shows(&["The trail is whole"]);
        assert_eq!(auditor.get("/staff/customers").await.status, StatusCode::FORBIDDEN);
        assert_eq!(teller.get("/staff/audit").await.status, StatusCode::FORBIDDEN);
        assert_eq!(teller.get("/staff/members").await.status, StatusCode::FORBIDDEN);
        bank.stop().await;
    }

    async fn odd_addresses_and_forms_are_refused_and_never_break(db: db::Db) {
        let bank = Bank::on(db).await;
        bank.clerk("20001", HOME, &[Role::Teller, Role::Supervisor, Role::Auditor, Role::Administrator]).await;
        let lin = bank.lin().await;
        let mut browser = Browser::of_staff(&bank, "en", "20001").await;
        let big = "9".repeat(30);
        for address in [
            "/staff/customers/0", "/staff/customers/-1", "/staff/customers/x", "/staff/accounts/0", "/staff/accounts/-1",
            "/staff/orders/0", "/staff/orders/x", "/staff/proposals/0", "/staff/proposals/x", "/staff/members/0",
            "/staff/cash/nowhere", "/staff/nothing", "/staff/audit?before=x",
            &format!("/staff/customers/{big}"), &format!("/staff/accounts/{big}"), &format!("/staff/orders/{big}"),
            &format!("/staff/accounts/{}", bank.own.capital.id), &format!("/staff/accounts/{}/mint", lin.account.id),
        ] {
            assert!(browser.get(address).await.status.is_client_error(), "{address}");
        }
        let account = format!("/staff/accounts/{}", lin.account.id);
        let long = "长".repeat(20_000);
        for (address, fields) in [
            (format!("{account}/cash-in"), vec![("amount", "1e400"), ("key", "00112233445566778899aabbccddeeff")]),
            (format!("{account}/cash-in"), vec![("amount", "１"), ("key", "00112233445566778899aabbccddeeff")]),
            (format!("{account}/cash-in"), vec![("amount", "1"), ("key", "")]),
            (format!("{account}/freeze"), vec![("reason", "a\nb")]),
            (format!("{account}/freeze"), vec![("reason", long.as_str())]),
            ("/staff/customers".to_owned(), vec![("text", "")]),
            ("/staff/members/add".to_owned(), vec![("number", "ａｄｍｉｎ"), ("name", "x"), ("branch", "y")]),
            ("/staff/proposals/0/approve".to_owned(), vec![]),
        ] {
            assert!(browser.post(&address, &fields).await.status.is_client_error(), "{address} {fields:?}");
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.stop().await;
    }
}
