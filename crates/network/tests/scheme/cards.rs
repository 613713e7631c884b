//! Binding a card.

use crate::bank::{BANK_A, BANK_B, Bank, CLOSED, HELD_CARD, KEY};
use axum::http::Method;
use db::Db;
use network::NewCard;
use serde_json::{Value, json};

fn question(card: &str) -> Value {
    json!({ "card": card, "name": "王小通", "citizen_number": "99000019800101001X", "mobile": "13800001234" })
}

async fn confirm(bank: &Bank, reference: &Value, code: &str) -> Value {
    bank.json("/v1/cards/confirm", json!({ "reference": reference, "code": code })).await
}

db::engine_tests! {
    async fn the_directory_names_every_bank_and_its_cards(db: Db) {
        let bank = Bank::start(&db).await;
        let answer = bank.ask(Method::GET, "/v1/banks", KEY, "", Vec::new()).await;
        let banks: Value = serde_json::from_str(&answer.text).unwrap();
        let codes: Vec<_> = banks["banks"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["990290010001", BANK_A, BANK_B]);
        assert_eq!(banks["banks"][1]["bins"], json!(["620001"]));
        assert_eq!(banks["banks"][2]["name_en"], "Demo Bank B");
    }

    async fn all_four_elements_must_fit(db: Db) {
        let bank = Bank::start(&db).await;
        for (change, reason) in [
            (("name", "王小宝"), "mismatch"),
            (("citizen_number", "990000198001010028"), "mismatch"),
            (("mobile", "13800001235"), "mismatch"),
            (("card", "6200010000000999"), "unknown_card"),
            (("card", "6200010000001018"), "unknown_card"),
            (("card", "6229990000001011"), "unknown_card"),
            (("card", ""), "unknown_card"),
        ] {
            let mut asked = question(HELD_CARD);
            asked[change.0] = change.1.into();
            let answer = bank.json("/v1/cards/check", asked).await;
            assert_eq!((answer["result"].as_str(), answer["reason"].as_str()), (Some("refused"), Some(reason)), "{change:?}");
        }
        assert!(bank.phone.texts("+8613800001234").is_empty(), "no code for who does not know the elements");
        let closed = json!({ "card": CLOSED.0, "name": CLOSED.1, "citizen_number": "99000019700101003X", "mobile": "+8619900001003" });
        assert_eq!(bank.json("/v1/cards/check", closed).await["reason"], "card_closed");
        // A code is of six digits, and typed in any of the usual ways.
        let mut asked = question(HELD_CARD);
        asked["citizen_number"] = "99000019800101001x".into();
        asked["mobile"] = "+86 138 0000 1234".into();
        assert_eq!(bank.json("/v1/cards/check", asked).await["result"], "code_sent");
        assert!(bank.phone.latest_code("+8613800001234").is_some());
    }

    async fn a_code_is_good_for_five_tries_and_five_minutes(db: Db) {
        let bank = Bank::start(&db).await;
        let sent = bank.json("/v1/cards/check", question(HELD_CARD)).await;
        let code = bank.phone.latest_code("+8613800001234").unwrap();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(confirm(&bank, &sent["reference"], wrong).await, json!({ "result": "wrong_code", "left": left }));
        }
        assert_eq!(confirm(&bank, &sent["reference"], &code).await["result"], "expired");
        let sent = bank.json("/v1/cards/check", question(HELD_CARD)).await;
        let code = bank.phone.latest_code("+8613800001234").unwrap();
        bank.advance(300_000).await;
        assert_eq!(confirm(&bank, &sent["reference"], &code).await["result"], "expired");
        assert_eq!(confirm(&bank, &json!("nothing"), &code).await["result"], "expired");
    }

    async fn the_same_code_gives_the_same_mandate_again(db: Db) {
        let bank = Bank::start(&db).await;
        let sent = bank.json("/v1/cards/check", question(HELD_CARD)).await;
        let code = bank.phone.latest_code("+8613800001234").unwrap();
        let bound = confirm(&bank, &sent["reference"], &code).await;
        assert_eq!(bound["result"], "bound");
        bank.advance(600_000).await;
        assert_eq!(confirm(&bank, &sent["reference"], &code).await, bound, "for who did not hear the answer");
        assert_eq!(confirm(&bank, &sent["reference"], "1").await["result"], "expired");
        for mandate in [&bound["mandate"], &bound["mandate"], &json!("MD0")] {
            let released = bank.json("/v1/cards/release", json!({ "mandate": mandate })).await;
            assert_eq!(released["result"], "released");
        }
    }

    async fn a_card_gets_five_codes_an_hour(db: Db) {
        let bank = Bank::start(&db).await;
        for _ in 0..5 {
            assert_eq!(bank.json("/v1/cards/check", question(HELD_CARD)).await["result"], "code_sent");
        }
        assert_eq!(bank.json("/v1/cards/check", question(HELD_CARD)).await["reason"], "too_many");
        bank.advance(3_600_000).await;
        assert_eq!(bank.json("/v1/cards/check", question(HELD_CARD)).await["result"], "code_sent");
    }

    async fn anybody_is_issued_a_card_once(db: Db) {
        let bank = Bank::start(&db).await;
        let new = |bank: Option<&str>, name: &str, number: &str| NewCard {
            bank: bank.map(str::to_owned),
            name: name.to_owned(),
            citizen_number: number.to_owned(),
            mobile: "13900000001".to_owned(),
        };
        let number = "990000199001010019";
        let first = bank.network.issue_card(new(None, "吴新客", number)).await.unwrap();
        assert!(first.card.starts_with("620001") && first.balance_minor == 2_000_000);
        assert_eq!(bank.network.issue_card(new(None, "吴新客", number)).await.unwrap(), first);
        let other = bank.network.issue_card(new(None, "郑新客", "990000199001010027")).await.unwrap();
        assert_ne!(other.card, first.card);
        let there = bank.network.issue_card(new(Some(BANK_B), "吴新客", number)).await.unwrap();
        assert!(there.card.starts_with("620002"));
        for (new, code) in [
            (new(None, "吴某人", number), "network.holder_has_other_name"),
            (new(None, "", number), "network.field_invalid"),
            (new(None, "吴新客", "1"), "network.field_invalid"),
            (new(Some("990290010001"), "吴新客", number), "network.field_invalid"),
        ] {
            assert_eq!(bank.network.issue_card(new).await.unwrap_err().to_string(), code);
        }
        let asked = json!({ "card": first.card, "name": "吴新客", "citizen_number": number, "mobile": "13900000001" });
        assert_eq!(bank.json("/v1/cards/check", asked).await["result"], "code_sent");
        bank.position().await;
    }
}
