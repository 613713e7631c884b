//! The JSON API, through the frame that every route has.

use axum::http::StatusCode;
use db::Db;
use serde_json::{Value, json};
use testkit::{Bank, Member};

fn transfer(from: &Member, to: &str, value: &str) -> Value {
    json!({ "from": from.account.id.to_string(), "to": to, "amount": { "value": value, "currency": "CNY" }, "memo": "午饭" })
}

db::engine_tests! {
    async fn a_program_signs_in_looks_pays_and_signs_out(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let credentials = json!({ "mobile": "13800005678", "password": "correct horse battery" });
        let signed_in = bank.post(None, "/api/v1/sessions", None, &credentials).await;
        assert_eq!(signed_in.status, StatusCode::CREATED, "{signed_in:?}");
        let mut program = lin.clone();
        program.token = signed_in.json()["token"].as_str().unwrap().to_owned();
        let session = bank.get(&program, "/api/v1/sessions/current").await.json();
        assert_eq!((&session["mobile"], &session["kind"]), (&json!("138 **** 5678"), &json!("api")));
        assert_eq!(session["expires_at"], signed_in.json()["expires_at"]);

        let accounts = bank.get(&program, "/api/v1/accounts").await;
        let account = &accounts.json()["items"][0];
        assert_eq!(account["balance"], json!({ "value": "10000.00", "currency": "CNY" }));
        assert_eq!(account["opened_at"], "2026-11-21T13:26:08.000+08:00");
        let id = account["id"].as_str().unwrap();
        let one = bank.get(&program, &format!("/api/v1/accounts/{id}")).await;
        assert_eq!(&one.json(), account);

        let paid = bank.post(Some(&program), "/api/v1/transfers", Some("k1"), &transfer(&lin, "13900006027", "88.80")).await;
        assert_eq!(paid.status, StatusCode::CREATED, "{paid:?}");
        assert_eq!((&paid.json()["state"], &paid.json()["counterparty"]["name"]), (&json!("paid"), &json!("王*国")));
        let place = paid.header("location").to_owned();
        assert_eq!(bank.get(&program, &place).await.json(), paid.json());
        let received = bank.get(&wang, &place).await.json();
        assert_eq!((&received["direction"], &received["memo"]), (&json!("in"), &json!("午饭")));

        let again = bank.post(Some(&program), "/api/v1/transfers", Some("k1"), &transfer(&lin, "13900006027", "88.80")).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, paid.json()));

        let page = bank.get(&program, &format!("/api/v1/accounts/{id}/movements?limit=1")).await.json();
        assert_eq!(page["items"][0]["amount"], json!({ "value": "-88.80", "currency": "CNY" }));
        assert_eq!(page["items"][0]["transfer_id"], paid.json()["id"]);
        let next = page["next"].as_str().unwrap();
        let last = bank.get(&program, &format!("/api/v1/accounts/{id}/movements?limit=1&cursor={next}")).await.json();
        assert_eq!((&last["items"][0]["kind"], &last["next"]), (&json!("cash_in"), &Value::Null));

        assert_eq!(bank.delete(&program, "/api/v1/sessions/current").await.status, StatusCode::NO_CONTENT);
        let ended = bank.get(&program, "/api/v1/accounts").await;
        assert_eq!((ended.status, ended.code().as_str()), (StatusCode::UNAUTHORIZED, "web.sign_in_required"));
        bank.stop().await;
    }

    async fn refusals_are_problem_documents(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let path = "/api/v1/transfers";
        let body = |to: &str, value: &str| transfer(&lin, to, value);
        let mut currency = body("13900006027", "1.00");
        currency["amount"]["currency"] = json!("USD");
        let mut unknown_currency = body("13900006027", "1.00");
        unknown_currency["amount"]["currency"] = json!("XYZ");
        let mut foreign = body("13800005678", "1.00");
        foreign["from"] = json!(wang.account.id.to_string());
        for (key, body, status, code) in [
            (None, body("13900006027", "1.00"), 400, "idempotency.key_missing"),
            (Some("a b"), body("13900006027", "1.00"), 400, "idempotency.key_invalid"),
            (Some("k1"), body("13900006027", "0"), 422, "payments.amount_zero"),
            (Some("k1"), body("13900006027", "-1"), 422, "payments.amount_invalid"),
            (Some("k1"), body("13900006027", "0.001"), 422, "payments.amount_invalid"),
            (Some("k1"), body("13900006027", "1e400"), 422, "payments.amount_invalid"),
            (Some("k1"), body("13900006027", "NaN"), 422, "payments.amount_invalid"),
            (Some("k1"), body("13900006027", "9223372036854775808"), 422, "payments.amount_invalid"),
            (Some("k1"), body("13900006027", "１"), 422, "payments.amount_invalid"),
            (Some("k1"), currency, 422, "payments.currency_differs"),
            (Some("k1"), unknown_currency, 422, "payments.amount_invalid"),
            (Some("k1"), body("13700000000", "1"), 422, "payments.payee_not_found"),
            (Some("k1"), body("139\u{200b}00006027", "1"), 422, "payments.payee_invalid"),
            (Some("k1"), foreign, 404, "accounts.not_found"),
            (Some("k1"), body("13900006027", "10000.01"), 422, "payments.insufficient_funds"),
            (Some("k1"), body("13900006027", "1"), 409, "idempotency.conflict"),
        ] {
            let answer = bank.post(Some(&lin), path, key, &body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let short = bank.post(Some(&lin), path, Some("k1"), &body("13900006027", "10000.01")).await.json();
        assert_eq!(short["fields"]["short"], json!({ "value": "0.01", "currency": "CNY" }));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        bank.stop().await;
    }

    async fn a_draft_shows_the_payee_before_anything_moves_and_is_paid_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut body = transfer(&lin, "13900006027", "88.80");
        body["draft"] = json!(true);
        let written = bank.post(Some(&lin), "/api/v1/transfers", Some("k1"), &body).await;
        assert_eq!(written.status, StatusCode::ACCEPTED, "{written:?}");
        let draft = written.json();
        assert_eq!((&draft["payee_name"], &draft["needs_code"]), (&json!("王*国"), &json!(false)));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        // The same key gives the same draft, whether it asks for one or not.
        for wish in [true, false] {
            body["draft"] = json!(wish);
            let again = bank.post(Some(&lin), "/api/v1/transfers", Some("k1"), &body).await;
            assert_eq!((again.status, again.json()), (StatusCode::ACCEPTED, draft.clone()));
        }
        let confirm = format!("/api/v1/drafts/{}/confirm", draft["id"].as_str().unwrap());
        assert_eq!(bank.post(Some(&wang), &confirm, None, &json!({})).await.status, StatusCode::NOT_FOUND);
        let paid = bank.post(Some(&lin), &confirm, None, &json!({})).await;
        assert_eq!((paid.status, &paid.json()["transfer"]["state"]), (StatusCode::OK, &json!("paid")));
        for _ in 0..2 {
            let again = bank.post(Some(&lin), &confirm, None, &json!({})).await;
            assert_eq!((again.status, again.json()), (StatusCode::OK, paid.json()));
        }
        let named = bank.post(Some(&lin), "/api/v1/transfers", Some("k1"), &body).await;
        assert_eq!((named.status, &named.json()["id"]), (StatusCode::OK, &paid.json()["transfer"]["id"]));
        // A draft of more than there is by now is refused, and stays refused.
        let all = transfer(&lin, "13900006027", "9000.00");
        let mut drafts = Vec::new();
        for key in ["k2", "k3"] {
            let mut body = all.clone();
            body["draft"] = json!(true);
            let written = bank.post(Some(&lin), "/api/v1/transfers", Some(key), &body).await.json();
            drafts.push(format!("/api/v1/drafts/{}/confirm", written["id"].as_str().unwrap()));
        }
        assert_eq!(bank.post(Some(&lin), &drafts[0], None, &json!({})).await.status, StatusCode::OK);
        for _ in 0..2 {
            let refused = bank.post(Some(&lin), &drafts[1], None, &json!({})).await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "payments.insufficient_funds"));
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 8_880 - 900_000);
        // What was paid in time is told after its time; what was not can no longer be paid.
        let late = bank.post(Some(&lin), "/api/v1/transfers", Some("k4"), &{
            let mut body = transfer(&lin, "13900006027", "1.00");
            body["draft"] = json!(true);
            body
        }).await.json();
        bank.clock.advance_ms(11 * 60_000);
        let expired = bank.post(Some(&lin), &format!("/api/v1/drafts/{}/confirm", late["id"].as_str().unwrap()), None, &json!({})).await;
        assert_eq!((expired.status.as_u16(), expired.code().as_str()), (410, "payments.draft_expired"));
        let told = bank.post(Some(&lin), &confirm, None, &json!({})).await;
        assert_eq!((told.status, &told.json()["transfer"]["id"]), (StatusCode::OK, &paid.json()["transfer"]["id"]));
        bank.stop().await;
    }

    async fn malformed_requests_are_refused_strictly(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let mut extra = transfer(&lin, "13900006027", "1");
        extra["fee"] = json!("0");
        let mut number = transfer(&lin, "13900006027", "1");
        number["amount"]["value"] = json!(1);
        for body in [extra, number, json!([]), json!({})] {
            let answer = bank.post(Some(&lin), "/api/v1/transfers", Some("k"), &body).await;
            assert!(answer.status.is_client_error(), "{answer:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let huge = json!({ "mobile": "1".repeat(20_000), "password": "x" });
        assert_eq!(bank.post(None, "/api/v1/sessions", None, &huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        for path in ["/api/v1/accounts/x", "/api/v1/accounts/01", "/api/v1/transfers/-1", "/api/v1/nothing"] {
            let answer = bank.get(&lin, path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let own = format!("/api/v1/accounts/{}/movements", lin.account.id);
        for query in ["?limit=0", "?limit=101", "?limit=x", "?cursor=x", "?page=2"] {
            assert_eq!(bank.get(&lin, &format!("{own}{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
        }
        bank.stop().await;
    }

    async fn a_program_opens_an_account_and_takes_it_through_its_life(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let wish = json!({ "product": "class_3", "purpose": "daily", "nickname": "零花" });
        let opened = bank.post(Some(&lin), "/api/v1/accounts", Some("k"), &wish).await;
        assert_eq!((opened.status, opened.json()["product"].as_str()), (StatusCode::CREATED, Some("class_3")));
        assert_eq!(bank.post(Some(&lin), "/api/v1/accounts", Some("k"), &wish).await.json()["id"], opened.json()["id"]);
        assert_eq!(bank.post(Some(&lin), "/api/v1/accounts", None, &wish).await.code(), "idempotency.key_missing");
        let one = json!({ "product": "class_1", "purpose": "daily" });
        assert_eq!(bank.post(Some(&lin), "/api/v1/accounts", Some("l"), &one).await.code(), "accounts.product_invalid");
        let here = format!("/api/v1/accounts/{}", opened.json()["id"].as_str().unwrap());

        let limits = bank.get(&lin, &format!("{here}/limits")).await.json();
        assert_eq!(limits["class"]["paid_day"]["left"]["value"], "2000.00");
        assert_eq!((&limits["class"]["ceiling"]["value"], &limits["text_code"]["payment_cap"]["value"]), (&json!("2000.00"), &json!("10000.00")));
        let first = format!("/api/v1/accounts/{}/limits", lin.account.id);
        assert_eq!(bank.get(&lin, &first).await.json()["class"], Value::Null);
        assert_eq!(bank.put(&lin, &format!("{here}/nickname"), &json!({ "nickname": "乘车" })).await.json()["nickname"], "乘车");

        let take = async |member: &Member, body: Value| bank.post(Some(member), &format!("{here}/steps"), None, &body).await;
        assert_eq!(take(&lin, json!({ "step": "upgrade" })).await.json()["product"], "class_2");
        assert_eq!(take(&lin, json!({ "step": "report_loss" })).await.json()["frozen"], true);
        assert_eq!(take(&lin, json!({ "step": "lift_loss" })).await.code(), "passport.password_wrong");
        let password = "correct horse battery";
        assert_eq!(take(&lin, json!({ "step": "lift_loss", "password": password })).await.json()["frozen"], false);
        assert_eq!(take(&wang, json!({ "step": "close", "password": password })).await.status, StatusCode::NOT_FOUND);
        assert!(take(&lin, json!({ "step": "fly" })).await.status.is_client_error());
        let paper = bank.post(Some(&lin), &format!("{here}/certificates"), Some("p"), &Value::Null).await;
        assert_eq!((paper.status, paper.json()["balance"]["value"].as_str()), (StatusCode::CREATED, Some("0.00")));
        assert_eq!(take(&lin, json!({ "step": "close", "password": password })).await.json()["closed"], true);
        let events = bank.get(&lin, &format!("{here}/events")).await.json();
        let kinds: Vec<&str> = events["items"].as_array().unwrap().iter().filter_map(|event| event["kind"].as_str()).collect();
        assert_eq!(kinds, ["upgraded", "lost", "found", "closed"]);
        for address in [format!("{here}/limits"), format!("{here}/events")] {
            assert_eq!(bank.get(&wang, &address).await.status, StatusCode::NOT_FOUND);
        }
        bank.stop().await;
    }

    async fn a_program_sees_what_binds_lowers_at_once_and_raises_after_a_proof(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let money = |value: &str| json!({ "value": value, "currency": "CNY" });
        let seen = bank.get(&lin, "/api/v1/limits").await.json();
        assert_eq!((&seen["channel"], seen["lines"].as_array().map(Vec::len)), (&json!("api"), Some(12)));
        let line = |seen: &Value, method: &str, channel: &str| {
            let lines = seen["lines"].as_array().unwrap();
            lines.iter().find(|line| line["method"] == method && line["channel"] == channel).unwrap().clone()
        };
        let texts = line(&seen, "sms_code", "api");
        assert_eq!((&texts["held"], &texts["payment_cap"], &texts["left"]), (&json!(true), &money("10000.00"), &money("10000.00")));
        assert_eq!((&texts["month_cap"], &texts["because"]), (&money("50000.00"), &json!("method_payment")));
        let keys = line(&seen, "signing_key", "mobile");
        assert_eq!((&keys["held"], &keys["payment_cap"], &keys["month_cap"]), (&json!(false), &money("1000000.00"), &Value::Null));

        // Lower at once, and a payment beyond it says which rule, how much is left, and what would reach.
        let put = async |limit: &str, cap: Value| bank.put(&lin, &format!("/api/v1/limits/{limit}"), &json!({ "cap": cap })).await;
        let set = put("day.sms_code", money("50.00")).await;
        assert_eq!((set.status, set.json()), (StatusCode::OK, json!({ "limit": "day.sms_code", "cap": money("50.00"), "from": null })));
        let seen = bank.get(&lin, "/api/v1/limits").await.json();
        assert_eq!((&line(&seen, "sms_code", "api")["because"], &seen["own"][0]["limit"]), (&json!("own_day"), &json!("day.sms_code")));
        let form = payments::TransferForm {
            payer: lin.account.id,
            payee: "13900006027".to_owned(),
            amount: "50.01".to_owned(),
            memo: String::new(),
        };
        let refused = testkit::refusal(bank.payments.prepare(&lin.web, form.clone()).await);
        let fact = |name: &str| refused.fields.get(name).cloned();
        assert_eq!((refused.code, fact("limit")), ("payments.sms_day_exceeded", Some("own_day".into())));
        assert_eq!((refused.integer("left_minor"), fact("factor")), (Some(5_000), Some("sms_code".into())));
        assert_eq!((fact("reached_by"), fact("reached_by_held")), (Some("passkey".into()), Some("no".into())));
        // The same at the confirmation, when the limit was lowered meanwhile.
        let draft = bank.payments.prepare(&lin.web, payments::TransferForm { amount: "40".to_owned(), ..form }).await.unwrap();
        assert_eq!(put("day.sms_code", money("30.00")).await.status, StatusCode::OK);
        let refused = testkit::refusal(bank.confirm(&lin, draft.id).await);
        assert_eq!(refused.fields.get("limit").cloned(), Some("own_day".into()));
        assert_eq!(refused.fields.get("reached_by").cloned(), Some("passkey".into()));

        // Higher needs the window of this session, and a day.
        let needed = put("day.sms_code", Value::Null).await;
        assert_eq!((needed.status, needed.code()), (StatusCode::FORBIDDEN, "passport.step_up_needed".to_owned()));
        assert_eq!(needed.json()["fields"]["least_tier"], "one");
        bank.clock.advance_ms(61_000);
        let asked = bank.post(Some(&lin), "/api/v1/security-window/challenge", None, &json!({ "factor": "sms_code" })).await;
        assert_eq!((asked.status, &asked.json()["factor"]), (StatusCode::OK, &json!("sms_code")));
        let wrong = bank.post(Some(&lin), "/api/v1/security-window", None, &json!({ "answer": "x" })).await;
        assert_eq!((wrong.status, wrong.code()), (StatusCode::UNPROCESSABLE_ENTITY, "passport.code_wrong".to_owned()));
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        let open = bank.post(Some(&lin), "/api/v1/security-window", None, &json!({ "answer": code })).await;
        assert_eq!((open.status, &open.json()["tier"]), (StatusCode::OK, &json!("one")));
        let raised = put("day.sms_code", Value::Null).await;
        assert_eq!((raised.status, &raised.json()["cap"]), (StatusCode::OK, &Value::Null));
        let seen = bank.get(&lin, "/api/v1/limits").await.json();
        assert_eq!((&seen["waiting"][0]["from"], &seen["own"][0]["cap"]), (&raised.json()["from"], &money("30.00")));
        assert_eq!(put("day.nothing", Value::Null).await.code(), "accounts.own_limit_invalid");
        for cap in [json!({ "value": "1.00", "currency": "USD" }), money("-1"), money("x")] {
            assert_eq!(put("total", cap.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{cap}");
        }
        bank.stop().await;
    }

    async fn a_program_looks_after_cards_and_anothers_are_not_there(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let card = bank.debit_card(&lin).await;
        let here = format!("/api/v1/debit-cards/{}", card.id);
        let listed = bank.get(&lin, "/api/v1/debit-cards").await;
        assert_eq!((&listed.json()["items"][0]["id"], &listed.json()["items"][0]["online"]), (&json!(card.id.to_string()), &json!(true)));
        assert!(!format!("{listed:?}").contains(bank.card_face(&lin, &card).await.number.full()));
        let lock = async |member: &Member, body: Value| bank.post(Some(member), &format!("{here}/locks"), None, &body).await;
        assert_eq!(lock(&lin, json!({ "overseas": true })).await.json()["locks"]["overseas"], true);
        let night = json!({ "night": { "from": "23:00", "until": "06:00" } });
        assert_eq!(lock(&lin, night.clone()).await.json()["locks"]["night"], night["night"]);
        assert_eq!(lock(&lin, json!({ "region": ["33", "4403"] })).await.json()["locks"]["region"], json!(["33", "4403"]));
        let cap = json!({ "value": "500.00", "currency": "CNY" });
        assert_eq!(lock(&lin, json!({ "terminal_day": cap })).await.json()["locks"]["terminal_day"], cap);
        for wider in [json!({ "overseas": false }), json!({ "night": null }), json!({ "region": [] }), json!({ "terminal_day": null })] {
            let refused = lock(&lin, wider.clone()).await;
            assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "passport.step_up_needed".to_owned()), "{wider}");
        }
        for odd in [json!({ "region": ["81"] }), json!({ "night": { "from": "24:00", "until": "06:00" } }), json!({ "sideways": true }), json!({})] {
            assert!(lock(&lin, odd.clone()).await.status.is_client_error(), "{odd}");
        }
        let act = async |member: &Member, what: &str| bank.post(Some(member), &format!("{here}/{what}"), None, &Value::Null).await;
        assert_eq!(act(&lin, "freeze").await.json()["state"], "frozen");
        assert_eq!(act(&lin, "freeze").await.json()["state"], "frozen", "again");
        assert_eq!(act(&lin, "unfreeze").await.code(), "passport.step_up_needed");
        assert_eq!(bank.put(&lin, &format!("{here}/online"), &json!({ "online": false })).await.json()["online"], false);
        assert_eq!(bank.put(&lin, &format!("{here}/online"), &json!({ "online": true })).await.code(), "passport.step_up_needed");
        assert_eq!(act(&wang, "freeze").await.status, StatusCode::NOT_FOUND);
        assert_eq!(act(&wang, "loss").await.status, StatusCode::NOT_FOUND);
        assert_eq!(lock(&wang, json!({ "overseas": true })).await.status, StatusCode::NOT_FOUND);
        assert_eq!(bank.put(&wang, &format!("{here}/online"), &json!({ "online": false })).await.status, StatusCode::NOT_FOUND);
        assert_eq!(bank.get(&wang, "/api/v1/debit-cards").await.json()["items"], json!([]));
        assert_eq!(act(&lin, "loss").await.json()["state"], "lost");
        assert_eq!(act(&lin, "freeze").await.status, StatusCode::CONFLICT);
        bank.stop().await;
    }

    async fn a_program_stops_everything(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.debit_card(&lin).await;
        let stop = async |wish: Value| bank.post(Some(&lin), "/api/v1/kill-switch", None, &wish).await;
        assert_eq!(stop(json!({ "stop_everything": false })).await.code(), "payments.stop_not_meant");
        assert!(stop(json!({})).await.status.is_client_error());
        assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::OK, "nothing was stopped");
        let stopped = stop(json!({ "stop_everything": true })).await;
        assert_eq!(stopped.status, StatusCode::OK, "{stopped:?}");
        let ended = stopped.json();
        assert_eq!((&ended["sessions"], &ended["tokens"], &ended["cards"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!((&ended["schedules"], &ended["on_their_way"]), (&json!(0), &json!([])));
        assert_eq!(stop(json!({ "stop_everything": true })).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(bank.get(&lin, "/api/v1/accounts").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(bank.get(&wang, "/api/v1/accounts").await.status, StatusCode::OK);
        let mut anew = lin.clone();
        anew.token = bank.token_again(&lin).await;
        let again = bank.post(Some(&anew), "/api/v1/kill-switch", None, &json!({ "stop_everything": true })).await.json();
        assert_eq!((&again["tokens"], &again["cards"]), (&json!(1), &json!(0)), "again it ends what is new");
        bank.stop().await;
    }

    async fn every_object_of_one_is_unknown_to_the_other(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let chen = bank.enrol("陈美", "13700001111", 0).await;
        let order = bank.pay(&lin, &wang, 100).await;
        for path in [
            format!("/api/v1/accounts/{}", lin.account.id),
            format!("/api/v1/accounts/{}/movements", lin.account.id),
            format!("/api/v1/transfers/{order}"),
        ] {
            assert_eq!(bank.get(&lin, &path).await.status, StatusCode::OK);
            assert_eq!(bank.get(&chen, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            let mut nobody = chen.clone();
            nobody.token = "0".repeat(64);
            assert_eq!(bank.get(&nobody, &path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        bank.stop().await;
    }
}

#[test]
fn the_description_names_every_route_and_how_to_sign_in() {
    let document = serde_json::to_value(retail::api::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Tongbao 通宝 API");
    let paths: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "/api/v1/accounts",
        "/api/v1/accounts/{id}",
        "/api/v1/accounts/{id}/certificates",
        "/api/v1/accounts/{id}/events",
        "/api/v1/accounts/{id}/limits",
        "/api/v1/accounts/{id}/movements",
        "/api/v1/accounts/{id}/nickname",
        "/api/v1/accounts/{id}/steps",
        "/api/v1/banks",
        "/api/v1/cards",
        "/api/v1/cards/checks",
        "/api/v1/cards/checks/{id}/confirm",
        "/api/v1/cards/{id}",
        "/api/v1/cards/{id}/top-ups",
        "/api/v1/cards/{id}/withdrawals",
        "/api/v1/debit-cards",
        "/api/v1/debit-cards/{id}/freeze",
        "/api/v1/debit-cards/{id}/locks",
        "/api/v1/debit-cards/{id}/loss",
        "/api/v1/debit-cards/{id}/online",
        "/api/v1/debit-cards/{id}/unfreeze",
        "/api/v1/drafts/{id}",
        "/api/v1/drafts/{id}/challenge",
        "/api/v1/drafts/{id}/confirm",
        "/api/v1/kill-switch",
        "/api/v1/limits",
        "/api/v1/limits/{limit}",
        "/api/v1/payees",
        "/api/v1/payees/{id}",
        "/api/v1/schedules",
        "/api/v1/schedules/{id}",
        "/api/v1/security-window",
        "/api/v1/security-window/challenge",
        "/api/v1/sessions",
        "/api/v1/sessions/current",
        "/api/v1/transfers",
        "/api/v1/transfers/elsewhere",
        "/api/v1/transfers/waiting",
        "/api/v1/transfers/{id}",
        "/api/v1/transfers/{id}/recall",
    ];
    assert_eq!(paths, expected);
    assert_eq!(document["components"]["securitySchemes"]["session"]["scheme"], "bearer");
    let transfer = &document["paths"]["/api/v1/transfers"]["post"];
    assert_eq!(transfer["parameters"][0]["name"], "Idempotency-Key");
    assert_eq!(transfer["parameters"][0]["required"], true);
}
