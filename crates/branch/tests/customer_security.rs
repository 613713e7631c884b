//! A customer's safety at the counter: what is seen of it, by whom, and the kill switch pulled for them.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use accounts::{LockChange, Method, OwnLimit};
use axum::http::StatusCode;
use passport::EventKind;
use staff::{AuditRow, NewSecurityCase, Role};
use testkit::debit::at_terminal;
use testkit::{Bank, Browser, Member, Shown};

const HOME: &str = "演示网点 0571";
const WHY: &str = "客户来电说手机丢了";

async fn trail(bank: &Bank) -> Vec<AuditRow> {
    let mut rows = Vec::new();
    let check = bank
        .staff
        .walk_audit(None, |row| {
            rows.push(row.clone());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(check.broken_at, None);
    rows
}

fn hidden(page: &Shown, name: &str) -> String {
    page.after(&format!("name=\"{name}\" value=\""), "").expect("a hidden field")
}

fn home(member: &Member) -> String {
    format!("/staff/customers/{}", member.person.id)
}

async fn kills(bank: &Bank, member: &Member) -> usize {
    let events = bank.passport.events_of(member.person.id, None, 100).await.unwrap();
    events.iter().filter(|event| event.kind == EventKind::KillSwitch).count()
}

async fn notices(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.passport.notify().notices(member.person.id.0, None, 50).await.unwrap();
    notices.into_iter().map(|notice| notice.kind).collect()
}

async fn is_signed_in(bank: &Bank, member: &Member) -> bool {
    bank.passport.authenticate(&member.cookie).await.unwrap().is_some()
}

db::engine_tests! {
    async fn a_customers_page_shows_cards_locks_factors_and_limits_with_the_rule_that_binds(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        bank.accounts.set_card_lock_at_counter("t", WHY, card.id, &LockChange::Overseas(true)).await.unwrap();
        let face = bank.card_face(&lin, &card).await;
        let abroad = payments::AuthorisationRequest {
            merchant: "Harbour Hotel".to_owned(),
            country: "AU".to_owned(),
            province: None,
            city: None,
            ..at_terminal(&face, "far", "20.00")
        };
        assert!(!bank.payments.authorise_card(&abroad).await.unwrap().is_approved());
        assert!(bank.payments.authorise_card(&at_terminal(&face, "near", "36.00")).await.unwrap().is_approved());
        let now = kit::Clock::now(&bank.clock);
        let (customer, limit) = (lin.web.customer, OwnLimit::Payment(Method::SmsCode));
        bank.accounts.set_own_limit(customer, limit, Some(123_400), None).await.unwrap();
        let raised = Some(now.plus_ms(86_400_000));
        bank.accounts.set_own_limit(customer, limit, Some(567_800), raised).await.unwrap();
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let mut teller = Browser::of_staff(&bank, "en", "20001").await;
        let page = teller.get(&home(&lin)).await;
        page.shows(&[
            &card.shown,
            "Overseas lock",
            "Harbour Hotel",
            "The overseas lock is on",
            "Code by text",
            "on a bound device",
            "The customer&#39;s own limit for one payment is CNY\u{a0}1,234.00",
            "Not held by the customer",
            "5,678.00 from",
            "1,000,000",
        ]);
        let number = face.number.full();
        for secret in [number, &face.number.in_fours(), "13800005678", "林小满", "西湖茶馆"] {
            assert!(!page.body.contains(secret), "{secret} is not for the first look");
        }
        let of_card = format!("{}/cards/{}", home(&lin), card.id);
        let page = teller.get(&of_card).await;
        page.shows(&[&card.shown, "Overseas lock", "Harbour Hotel", "36.00", "Closed: Overseas lock", WHY]);
        assert!(!page.body.contains(number) && !page.body.contains("西湖茶馆"));
        // Where somebody pays is theirs: for a reason, and for those who may see movements.
        let uses = format!("{of_card}/uses");
        assert_eq!(teller.post(&uses, &[("reason", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = teller.post(&uses, &[("reason", "客户不认这笔")]).await;
        page.shows(&["西湖茶馆", "Harbour Hotel"]);
        assert!(!page.body.contains(number));
        let told = trail(&bank).await.into_iter().any(|row| {
            row.action == "branch.movements" && row.subject == format!("person:{}", lin.person.id) && row.detail.contains("客户不认这笔")
        });
        assert!(told, "the look is in the trail");
        bank.clerk("60001", HOME, &[Role::Security]).await;
        let mut guard = Browser::of_staff(&bank, "zh-CN", "60001").await;
        guard.get(&of_card).await.shows(&["境外锁", "已上锁"]);
        assert_eq!(guard.post(&uses, &[("reason", "x")]).await.status, StatusCode::FORBIDDEN);
        // Another customer's card is not there, and no other role sees any of it.
        let wangs = bank.debit_card(&bank.wang().await).await;
        let elsewhere = format!("{}/cards/{}", home(&lin), wangs.id);
        assert_eq!(teller.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
        assert_eq!(teller.post(&format!("{elsewhere}/uses"), &[("reason", "x")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(teller.get(&format!("{}/cards/0", home(&lin))).await.status, StatusCode::NOT_FOUND);
        for (number, role) in [("40001", Role::Auditor), ("10001", Role::Administrator), ("50001", Role::Clearing)] {
            bank.clerk(number, HOME, &[role]).await;
            let mut other = Browser::of_staff(&bank, "en", number).await;
            for address in [home(&lin), of_card.clone(), format!("{}/stop", home(&lin))] {
                assert_eq!(other.get(&address).await.status, StatusCode::FORBIDDEN, "{role:?} {address}");
            }
        }
        bank.stop().await;
    }

    async fn one_member_of_staff_stops_everything_on_a_ground_once_for_a_form(db: db::Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let citizen = bank.citizen(&lin).await;
        bank.debit_card(&lin).await;
        bank.clerk("20001", HOME, &[Role::Teller]).await;
        let mut teller = Browser::of_staff(&bank, "zh-CN", "20001").await;
        let form = format!("{}/stop", home(&lin));
        let page = teller.get(&form).await;
        page.shows(&["会结束什么", "浏览器里的登录", "能无卡支付的卡", "客户本人在柜台", "客户来电"]);
        let key = hidden(&page, "key");
        let fields = |ground: &'static str, more: &[(&'static str, &str)]| {
            let mut fields = vec![("key".to_owned(), key.clone()), ("ground".to_owned(), ground.to_owned())];
            fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            fields
        };
        for (wrong, says) in [
            (fields("", &[("reason", WHY)]), "还没有选依据"),
            (fields("case-x", &[("reason", WHY)]), "还没有选依据"),
            (fields("call", &[("reason", WHY)]), "写清楚核对了什么"),
            (fields("call", &[("evidence", "回拨，问了最近三笔")]), "请写明原因"),
            (fields("card", &[("reason", WHY), ("citizen_number", &citizen)]), "还没有核对证件"),
            (fields("card", &[("reason", WHY), ("citizen_number", "110101199003070038"), ("seen", "1")]), "证件"),
        ] {
            let page = teller.post_owned(&form, &wrong).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
            page.shows(&[says]);
        }
        assert_eq!(teller.post_owned(&form, &fields("case-7", &[("reason", WHY)])).await.status, StatusCode::NOT_FOUND);
        assert!(is_signed_in(&bank, &lin).await && kills(&bank, &lin).await == 0);
        let right = fields("card", &[("reason", WHY), ("citizen_number", &citizen), ("seen", "1")]);
        let stopped = teller.post_owned(&form, &right).await.location().to_owned();
        assert!(stopped.starts_with(&format!("{}/stops/", home(&lin))), "{stopped}");
        assert!(!is_signed_in(&bank, &lin).await);
        assert_eq!(teller.post_owned(&form, &right).await.location(), stopped, "sent twice, stopped once");
        assert_eq!(kills(&bank, &lin).await, 1);
        let page = teller.get(&stopped).await;
        page.shows(&["已全部止付", "工号 20001", "结束了什么", "<dt>浏览器里的登录</dt><dd>1</dd>", "<dt>程序的登录</dt><dd>1</dd>", "<dt>能无卡支付的卡</dt><dd>1</dd>"]);
        assert!(notices(&bank, &lin).await.contains(&"kill_switch".to_owned()));
        // The same form about somebody else is refused, and what was ended is theirs alone.
        let wang = bank.wang().await;
        let about_wang = teller.post_owned(&format!("{}/stop", home(&wang)), &fields("call", &[("reason", WHY), ("evidence", "回拨")])).await;
        assert_eq!(about_wang.status, StatusCode::CONFLICT);
        assert!(is_signed_in(&bank, &wang).await);
        let foreign = stopped.replace(&home(&lin), &home(&wang));
        assert_eq!(teller.get(&foreign).await.status, StatusCode::NOT_FOUND);
        // Anew: another form, with nothing left to end.
        bank.clerk("30001", HOME, &[Role::Supervisor]).await;
        let mut supervisor = Browser::of_staff(&bank, "zh-CN", "30001").await;
        let key = hidden(&supervisor.get(&form).await, "key");
        let call = [("key", &*key), ("ground", "call"), ("reason", WHY), ("evidence", "回拨登记的号码，问了最近三笔")];
        let again = supervisor.post(&form, &call).await.location().to_owned();
        assert_ne!(again, stopped);
        supervisor.get(&again).await.shows(&["工号 30001", "<dt>浏览器里的登录</dt><dd>0</dd>"]);
        let rows = trail(&bank).await;
        let done: Vec<&AuditRow> = rows.iter().filter(|row| row.action == "branch.stop" && row.outcome == "begun").collect();
        assert!(done.iter().any(|row| row.number == "20001" && row.detail == format!("card {WHY}")), "{done:?}");
        assert!(done.iter().any(|row| row.number == "30001" && row.detail.starts_with("call (回拨")), "{done:?}");
        assert!(rows.iter().all(|row| !row.detail.contains(&citizen)), "no number of a card in the trail");
        bank.desk.chain_customers_acts().await.unwrap();
        let theirs = trail(&bank).await.into_iter().filter(|row| row.action == "passport.kill_switch").count();
        assert_eq!(theirs, 2);
        bank.stop().await;
    }

    async fn a_security_case_is_a_ground_and_leads_to_the_switch(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let case = |member: &Member| NewSecurityCase {
            origin: format!("event:{}", member.person.id),
            subject: format!("person:{}", member.person.id),
            what: "signed_in",
            detail: String::new(),
        };
        let lins = bank.staff.open_security_case(&case(&lin)).await.unwrap();
        let wangs = bank.staff.open_security_case(&case(&wang)).await.unwrap();
        let session = bank.clerk("60001", HOME, &[Role::Security]).await;
        let mut guard = Browser::of_staff(&bank, "en", "60001").await;
        let form = format!("{}/stop", home(&lin));
        guard.get(&format!("/staff/security-cases/{lins}")).await.shows(&[&format!("{form}?case={lins}")]);
        let page = guard.get(&format!("{form}?case={lins}")).await;
        page.shows(&[&format!("value=\"case-{lins}\" checked"), "A sign-in was not them"]);
        let key = hidden(&page, "key");
        let post = |case| [("key".to_owned(), key.clone()), ("ground".to_owned(), format!("case-{case}")), ("reason".to_owned(), "see the case".to_owned())];
        assert_eq!(guard.post_owned(&form, &post(wangs)).await.status, StatusCode::NOT_FOUND, "somebody else's case");
        assert!(is_signed_in(&bank, &lin).await);
        let stopped = guard.post_owned(&form, &post(lins)).await.location().to_owned();
        guard.get(&stopped).await.shows(&["Everything is stopped", "by 60001"]);
        assert!(!is_signed_in(&bank, &lin).await && is_signed_in(&bank, &wang).await);
        // A closed case is no ground any more, nor does its page offer the switch.
        bank.staff.note_security_case(&session, lins, "called back", true).await.unwrap();
        let page = guard.get(&format!("/staff/security-cases/{lins}")).await;
        assert!(!page.body.contains("/stop?case="));
        let key = hidden(&guard.get(&form).await, "key");
        let late = [("key", &*key), ("ground", &*format!("case-{lins}")), ("reason", "again")];
        assert_eq!(guard.post(&form, &late).await.status, StatusCode::NOT_FOUND);
        assert_eq!(kills(&bank, &lin).await, 1);
        bank.stop().await;
    }
}
