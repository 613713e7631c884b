//! The inbox on both engines, and texts over real HTTP.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use db::Db;
use kit::{Clock, Error, FakeClock, FieldValue, IdMaker, Random, Timestamp};
use notify::demo::Phone;
use notify::{HttpGateway, Language, Notice, Notify, STATEMENTS, Silent, SmsGateway, SmsMessage, Text};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOON: Timestamp = Timestamp(1_795_233_600_000);

fn clock() -> (FakeClock, Arc<dyn Clock>) {
    let clock = FakeClock::new(NOON);
    (clock.clone(), Arc::new(clock))
}

async fn notify(db: &Db, gateway: Arc<dyn SmsGateway>) -> Notify {
    db.migrate(&[notify::room()]).await.unwrap();
    let (_, clock) = clock();
    let ids = Arc::new(IdMaker::new(Arc::clone(&clock), 0));
    Notify::new(db.clone(), clock, ids, Random::seeded(3), gateway)
}

fn message(id: &str) -> SmsMessage {
    SmsMessage { id: id.to_owned(), to: "+8613800005678".to_owned(), text: "您好".to_owned() }
}

db::engine_tests! {
    async fn every_statement_is_prepared(db: Db) {
        db.migrate(&[notify::room()]).await.unwrap();
        for statements in STATEMENTS {
            db.prepare_check(statements).await.unwrap();
        }
    }

    async fn a_notice_is_told_once_and_read_by_its_owner(db: Db) {
        let notify = notify(&db, Arc::new(Silent)).await;
        let notice = Notice::new("payment_received").with("amount_minor", 8_880).with("payer", "李*宝");
        let notice = notice.link("/payments/7").key("order/7");
        assert!(notify.tell(1, &notice).await.unwrap());
        assert!(!notify.tell(1, &notice).await.unwrap(), "told before");
        assert!(notify.tell(2, &notice).await.unwrap(), "another person's inbox");
        assert!(notify.tell(1, &Notice::new("welcome")).await.unwrap());

        let notices = notify.notices(1, None, 10).await.unwrap();
        assert_eq!(notices.iter().map(|notice| notice.kind.as_str()).collect::<Vec<_>>(), ["welcome", "payment_received"]);
        assert_eq!(notices[1].fields["amount_minor"], FieldValue::Integer(8_880));
        assert_eq!((notices[1].link.as_deref(), notices[1].time, notices[1].read), (Some("/payments/7"), NOON, None));
        let older = notify.notices(1, Some(notices[0].id), 10).await.unwrap();
        assert_eq!(older, notices[1..]);

        assert_eq!(notify.unread(1).await.unwrap(), 2);
        notify.mark_read(2, notices[0].id).await.unwrap();
        assert_eq!(notify.unread(1).await.unwrap(), 2, "another person cannot read it");
        notify.mark_read(1, notices[0].id).await.unwrap();
        assert_eq!(notify.unread(1).await.unwrap(), 1);
        notify.mark_all_read(1).await.unwrap();
        assert_eq!((notify.unread(1).await.unwrap(), notify.unread(2).await.unwrap()), (0, 1));
    }

    async fn a_text_that_no_gateway_takes_is_refused(db: Db) {
        let gateway = HttpGateway::try_new("http://127.0.0.1:9/messages", "key", Duration::from_secs(2)).unwrap();
        let notify = notify(&db, Arc::new(gateway)).await;
        match notify.text("+8613800005678", &Text::MobileChanged, Language::Zh).await {
            Err(Error::Refusal(refusal)) => assert_eq!(refusal.code, "notify.gateway_unavailable"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_demos_phone_takes_texts_over_http_from_who_has_its_key() {
    let phone = Phone::new(clock().1, &Random::seeded(1));
    let url = phone.start().await.unwrap();
    let gateway = HttpGateway::try_new(&url, phone.api_key(), Duration::from_secs(5)).unwrap();
    gateway.send(&message("a")).await.unwrap();
    gateway.send(&message("a")).await.unwrap();
    gateway.send(&SmsMessage { text: "码 048213。".to_owned(), ..message("b") }).await.unwrap();
    let texts = phone.texts("+8613800005678");
    assert_eq!(texts.iter().map(|text| text.id.as_str()).collect::<Vec<_>>(), ["b", "a"], "a repetition is dropped");
    assert_eq!(phone.latest_code("+8613800005678").as_deref(), Some("048213"));
    assert_eq!(phone.numbers(), ["+8613800005678"]);
    assert!(phone.texts("+8613900000000").is_empty());

    let stranger = HttpGateway::try_new(&url, "wrong", Duration::from_secs(5)).unwrap();
    assert!(stranger.send(&message("c")).await.is_err());
    for number in 0..600 {
        phone.send(&SmsMessage { to: "+8613700000000".to_owned(), ..message(&format!("n{number}")) }).await.unwrap();
    }
    assert_eq!(phone.texts("+8613700000000").len(), 500, "only so many are kept");
}

/// A provider that fails at first: what it was asked, and how often it still refuses.
#[derive(Clone)]
struct Shaky(Arc<Mutex<(Vec<String>, usize, StatusCode)>>);

async fn shaky(State(shaky): State<Shaky>, Json(body): Json<serde_json::Value>) -> StatusCode {
    let mut state = shaky.0.lock().unwrap();
    state.0.push(body["id"].as_str().unwrap_or_default().to_owned());
    if state.1 == 0 {
        return StatusCode::OK;
    }
    state.1 -= 1;
    state.2
}

#[tokio::test]
async fn a_failed_send_is_repeated_once_under_the_same_id() {
    for (failures, status, asked, taken) in [
        (1, StatusCode::BAD_GATEWAY, 2, true),
        (2, StatusCode::BAD_GATEWAY, 2, false),
        (1, StatusCode::UNPROCESSABLE_ENTITY, 1, false),
    ] {
        let provider = Shaky(Arc::new(Mutex::new((Vec::new(), failures, status))));
        let router = Router::new().route("/", post(shaky)).with_state(provider.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        kit::spawn("provider", async move { axum::serve(listener, router).await });
        let gateway = HttpGateway::try_new(&url, "key", Duration::from_secs(5)).unwrap();
        assert_eq!(gateway.send(&message("m1")).await.is_ok(), taken);
        let ids = provider.0.lock().unwrap().0.clone();
        assert_eq!(ids, vec!["m1".to_owned(); asked]);
    }
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let gateway = HttpGateway::try_new(&url, "key", Duration::from_millis(50)).unwrap();
    assert!(gateway.send(&message("m1")).await.is_err());
}
