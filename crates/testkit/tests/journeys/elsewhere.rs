//! Other banks over the API.

use crate::interbank::work;
use axum::http::StatusCode;
use db::Db;
use serde_json::{Value, json};
use testkit::{Bank, Member};

fn amount(value: &str) -> Value {
    json!({ "value": value, "currency": "CNY" })
}

fn elsewhere(from: &Member, value: &str) -> Value {
    let from = from.account.id.to_string();
    json!({ "from": from, "bank": "990310020002", "account": "6200011234567890", "name": "赵一凡", "amount": amount(value) })
}

db::engine_tests! {
    async fn a_program_binds_a_card_brings_money_in_takes_it_out_and_pays_another_bank(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let account = lin.account.id.to_string();
        let banks = bank.get(&lin, "/api/v1/banks").await.json();
        assert_eq!(banks["items"][1]["name_zh"], "示范乙银行");
        let card = bank.card_of(&lin, 7).await;
        let new = json!({ "card": card, "mobile": "13800005678" });
        let check = bank.post(Some(&lin), "/api/v1/cards/checks", None, &new).await;
        assert_eq!((check.status, &check.json()["tries"]), (StatusCode::CREATED, &json!(5)));
        let confirm = format!("/api/v1/cards/checks/{}/confirm", check.json()["id"].as_str().unwrap());
        let wrong = bank.post(Some(&lin), &confirm, None, &json!({ "code": "000000" })).await;
        assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "payments.card_code_wrong"));
        let code = bank.phone.latest_code("+8613800005678").unwrap();
        assert_eq!(bank.post(Some(&wang), &confirm, None, &json!({ "code": code })).await.status, StatusCode::NOT_FOUND);
        let bound = bank.post(Some(&lin), &confirm, None, &json!({ "code": code })).await.json();
        assert_eq!(bank.get(&lin, "/api/v1/cards").await.json()["items"], json!([bound]));
        assert_eq!(bank.get(&wang, "/api/v1/cards").await.json()["items"], json!([]));
        let here = format!("/api/v1/cards/{}", bound["id"].as_str().unwrap());

        let top_up = json!({ "to": account, "amount": amount("500.00") });
        let begun = bank.post(Some(&lin), &format!("{here}/top-ups"), Some("t1"), &top_up).await;
        assert_eq!((begun.status, &begun.json()["kind"]), (StatusCode::ACCEPTED, &json!("top_up")), "{begun:?}");
        let again = bank.post(Some(&lin), &format!("{here}/top-ups"), Some("t1"), &top_up).await;
        assert_eq!(again.json()["id"], begun.json()["id"]);
        let other = json!({ "to": account, "amount": amount("500.01") });
        assert_eq!(bank.post(Some(&lin), &format!("{here}/top-ups"), Some("t1"), &other).await.code(), "idempotency.conflict");
        assert_eq!(bank.post(Some(&lin), &format!("{here}/top-ups"), None, &top_up).await.status, StatusCode::BAD_REQUEST);
        work(&bank).await;
        let arrived = bank.get(&lin, begun.header("location")).await.json();
        assert_eq!((&arrived["state"], &arrived["elsewhere"]["state"]), (&json!("paid"), &json!("settled")), "{arrived}");
        assert_eq!(bank.balance(&lin).await, 1_050_000);

        let withdrawal = json!({ "from": account, "amount": amount("120.00") });
        let out = bank.post(Some(&lin), &format!("{here}/withdrawals"), Some("w1"), &withdrawal).await;
        assert_eq!((out.status, &out.json()["state"]), (StatusCode::CREATED, &json!("held")), "{out:?}");
        let paid = bank.post(Some(&lin), "/api/v1/transfers/elsewhere", Some("e1"), &elsewhere(&lin, "66.66")).await;
        assert_eq!(paid.status, StatusCode::CREATED, "{paid:?}");
        let on_the_way = paid.json();
        assert_eq!((&on_the_way["elsewhere"]["is_final"], &on_the_way["counterparty"]["name"]), (&json!(false), &json!("赵*凡")));
        work(&bank).await;
        let replayed = bank.post(Some(&lin), "/api/v1/transfers/elsewhere", Some("e1"), &elsewhere(&lin, "66.66")).await;
        assert_eq!((replayed.status, &replayed.json()["state"]), (StatusCode::OK, &json!("paid")));
        let steps: Vec<Value> = replayed.json()["elsewhere"]["steps"].as_array().unwrap().iter().map(|step| step["what"].clone()).collect();
        assert_eq!(steps, ["asked", "sent", "settled"]);
        assert_eq!(bank.balance(&lin).await, 1_050_000 - 12_000 - 6_666);
        assert_eq!(bank.get(&wang, paid.header("location")).await.status, StatusCode::NOT_FOUND);

        for address in [format!("{here}/top-ups"), format!("{here}/withdrawals")] {
            let body = json!({ "to": wang.account.id.to_string(), "amount": amount("1") });
            let body = if address.ends_with("top-ups") { body } else { json!({ "from": wang.account.id.to_string(), "amount": amount("1") }) };
            assert_eq!(bank.post(Some(&wang), &address, Some("x"), &body).await.status, StatusCode::NOT_FOUND, "{address}");
            assert_eq!(bank.post(Some(&lin), &address, Some("x"), &body).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        assert_eq!(bank.delete(&wang, &here).await.status, StatusCode::NOT_FOUND);
        assert_eq!(bank.delete(&lin, &here).await.status, StatusCode::NO_CONTENT);
        assert_eq!(bank.delete(&lin, &here).await.status, StatusCode::NOT_FOUND);
        bank.stop().await;
    }

    async fn a_program_is_told_what_is_wrong_before_anything_moves(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        for (field, value, code) in [
            ("bank", json!("990290010001"), "payments.elsewhere_bank_unknown"),
            ("account", json!("x"), "payments.elsewhere_account_invalid"),
            ("name", json!(""), "payments.elsewhere_name_invalid"),
            ("amount", json!({ "value": "1", "currency": "USD" }), "payments.currency_differs"),
            ("amount", amount("-1"), "payments.amount_invalid"),
            ("amount", amount("0"), "payments.amount_zero"),
            ("amount", amount("10000.01"), "payments.insufficient_funds"),
            ("from", json!("99"), "accounts.not_found"),
            ("memo", json!("x".repeat(61)), "payments.memo_invalid"),
        ] {
            let mut wish = elsewhere(&lin, "1");
            wish[field] = value;
            let refused = bank.post(Some(&lin), "/api/v1/transfers/elsewhere", Some("k"), &wish).await;
            assert_eq!(refused.code(), code, "{wish}");
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        let new = json!({ "card": "1", "mobile": "13800005678" });
        assert_eq!(bank.post(Some(&lin), "/api/v1/cards/checks", None, &new).await.code(), "payments.citizen_number_missing");
        bank.citizen(&lin).await;
        assert_eq!(bank.post(Some(&lin), "/api/v1/cards/checks", None, &new).await.code(), "payments.card_number_invalid");
        for id in ["x", "7", "99999999999999999999"] {
            let address = format!("/api/v1/cards/checks/{id}/confirm");
            assert_eq!(bank.post(Some(&lin), &address, None, &json!({ "code": "1" })).await.status, StatusCode::NOT_FOUND);
            assert_eq!(bank.delete(&lin, &format!("/api/v1/cards/{id}")).await.status, StatusCode::NOT_FOUND);
        }
        bank.stop().await;
    }
}
