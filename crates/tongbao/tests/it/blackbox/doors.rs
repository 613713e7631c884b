//! Sessions, forms, origins, names, and words that are not what they look like.

use super::{LI, PASSWORD, Pages, WANG, bank, encode};
use crate::http::Client;
use serde_json::json;

#[test]
fn a_session_cannot_be_planted_and_is_dead_after_its_end() {
    let (bank, _folder) = bank();
    let planted = "0".repeat(64);
    let mut pages = Pages::new(&bank);
    pages.cookies.insert("session".to_owned(), planted.clone());
    pages.get("/sign-in");
    let entered = pages.post("/sign-in", &[("mobile", WANG), ("password", PASSWORD)]);
    assert_eq!(entered.status, 303);
    let first = pages.cookies["session"].clone();
    assert_ne!(first, planted);
    let cookie = entered.head.lines().find(|line| line.starts_with("set-cookie: session=")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let of = |session: &str| {
        let mut pages = Pages::new(&bank);
        pages.cookies.insert("session".to_owned(), session.to_owned());
        pages.get("/home").status
    };
    assert_eq!((of(&first), of(&planted)), (200, 303));

    // Who signs in again leaves the first session.
    pages.get("/help");
    pages.post("/sign-in", &[("mobile", WANG), ("password", PASSWORD)]);
    let second = pages.cookies["session"].clone();
    assert_ne!(second, first);
    assert_eq!((of(&first), of(&second)), (303, 200));
    pages.get("/me");
    assert_eq!(pages.post("/sign-out", &[]).status, 303);
    assert_eq!(of(&second), 303, "a replay after the sign-out");

    let client = Client::sign_in(bank.address(), WANG);
    let ended = client.send("DELETE", "/api/v1/sessions/current", &[], None).unwrap();
    assert_eq!((ended.status, client.get("/api/v1/accounts").status), (204, 401));
    for token in ["", "x", &"a".repeat(10_000), "' or 1=1 --", "%00"] {
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = Client::new(bank.address()).send("GET", "/api/v1/accounts", &headers, None).unwrap();
        assert_eq!(answer.status, 401, "{}", &token[..token.len().min(20)]);
    }
    assert!(bank.stop().success());
}

#[test]
fn another_site_can_send_nothing_in_a_persons_name() {
    let (bank, _folder) = bank();
    let mut pages = Pages::of(&bank, WANG);
    let form = [("value", "en"), ("back", "/home")];
    assert_eq!(pages.post_raw("/preferences/language", &form, &[]).status, 403, "no token");
    let wrong = "0".repeat(64);
    let with_wrong = [("csrf", wrong.as_str()), ("value", "en")];
    assert_eq!(pages.post_raw("/preferences/language", &with_wrong, &[]).status, 403);
    let mut other = Pages::of(&bank, LI);
    other.get("/home");
    let stolen = other.token.clone();
    let with_stolen = [("csrf", stolen.as_str()), ("value", "en")];
    assert_eq!(pages.post_raw("/preferences/language", &with_stolen, &[]).status, 403, "a token of another person");
    pages.get("/home");
    let token = pages.token.clone();
    let mine = [("csrf", token.as_str()), ("value", "en"), ("back", "/home")];
    for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(pages.post_raw("/preferences/language", &mine, &[header]).status, 403, "{header:?}");
    }
    assert_eq!(pages.post_raw("/preferences/language", &mine, &[]).status, 303);

    // The API takes the cookie of no other site, and no body that a browser sends unasked.
    let cookie = format!("session={}", pages.cookies["session"]);
    let body =
        json!({ "from": "1", "to": LI, "amount": { "value": "1.00", "currency": "CNY" }, "memo": "" }).to_string();
    for (kind, origin, status) in [
        ("application/json", "https://evil.example", 403),
        ("application/json", "null", 403),
        ("text/plain", "https://evil.example", 403),
        ("text/plain", "", 415),
        ("application/x-www-form-urlencoded", "", 415),
        ("multipart/form-data; boundary=x", "", 415),
    ] {
        let mut headers = vec![("cookie", cookie.as_str()), ("content-type", kind), ("idempotency-key", "k")];
        if !origin.is_empty() {
            headers.push(("origin", origin));
        }
        let answer = Client::new(bank.address()).send_bytes("POST", "/api/v1/transfers", &headers, body.as_bytes());
        assert_eq!(answer.unwrap().status, status, "{kind} from {origin:?}");
    }
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = Client::new(bank.address()).send("OPTIONS", "/api/v1/transfers", &preflight, None).unwrap();
    assert!(!answer.head.to_lowercase().contains("access-control-allow"), "{}", answer.head);
    assert!(bank.stop().success());
}

const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>&amp;{{7*7}}";

#[test]
fn markup_in_any_text_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let bank = crate::bank::Bank::demo_without_codes(&folder.path().join("data"));
    let client = Client::sign_in(bank.address(), WANG);
    let from = client.account()["id"].as_str().unwrap().to_owned();
    let memo: String = MARKUP.chars().take(60).collect();
    let body = json!({ "from": from, "to": LI, "amount": { "value": "1.00", "currency": "CNY" }, "memo": memo });
    let paid = client.send("POST", "/api/v1/transfers", &[("idempotency-key", "m")], Some(&body)).unwrap();
    assert_eq!(paid.status, 201, "{}", paid.text);
    let order = paid.json()["id"].as_str().unwrap().to_owned();
    let marked = encode(MARKUP);
    let mut shown = 0;
    for mobile in [WANG, LI] {
        let mut pages = Pages::of(&bank, mobile);
        let mut all = vec![
            "/home".to_owned(),
            "/statement".to_owned(),
            "/notices".to_owned(),
            format!("/payments/{order}"),
            format!("/statement?q={marked}&text={marked}&from={marked}"),
            format!("/sign-in?next={marked}"),
            format!("/demo/inbox?to={marked}"),
            format!("/transfer?payee={marked}&to={marked}"),
            format!("/{marked}"),
        ];
        let links = super::addresses(&pages.get("/statement").text);
        all.extend(links.into_iter().filter(|link| link.starts_with("/statement/")));
        // In a table for spreadsheets markup is nothing.
        let mut show =
            |path: &String| Some(pages.get(path)).filter(|shown| shown.header("content-type").starts_with("text/html"));
        let mut texts: Vec<(String, String)> =
            all.iter().filter_map(|path| Some((path.clone(), show(path)?.text))).collect();
        pages.get("/transfer");
        let payee = pages.post("/transfer/payee", &[("payer", &from), ("payee", MARKUP)]);
        texts.push(("payee".to_owned(), payee.text));
        let amount = [("payer", from.as_str()), ("payee", LI), ("amount", MARKUP), ("memo", MARKUP)];
        texts.push(("amount".to_owned(), pages.post("/transfer/amount", &amount).text));
        let mut visitor = Pages::new(&bank);
        visitor.get("/sign-in");
        let names = [("mobile", MARKUP), ("password", MARKUP), ("next", MARKUP)];
        texts.push(("sign-in".to_owned(), visitor.post("/sign-in", &names).text));
        texts.push(("register".to_owned(), visitor.post("/register", &[("mobile", MARKUP)]).text));
        for (path, text) in texts {
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{path}: {text}");
            shown += usize::from(text.contains("&#60;script") || text.contains("&lt;script"));
        }
    }
    assert!(shown >= 4, "the words themselves are shown, {shown} times");
    assert!(bank.stop().success());
}

#[test]
fn a_name_that_only_looks_like_a_number_signs_nobody_in() {
    let (bank, _folder) = bank();
    let mut visitor = Pages::new(&bank);
    for name in [
        "１３８００００１２３４",
        "138\u{200b}00001234",
        "\u{feff}13800001234",
        "13800001234\u{200d}",
        "\u{202e}43210000831",
        "١٣٨٠٠٠٠١٢٣٤",
        "l38OOOO1234",
        "𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟏𝟐𝟑𝟒",
        "13800001234\u{0}",
        "13800001234\n",
        "+86\u{a0}13800001234",
        "＋8613800001234",
        "13800001234' or '1'='1",
        &"1".repeat(5_000),
        "",
    ] {
        let body = json!({ "mobile": name, "password": PASSWORD });
        let answer = Client::new(bank.address()).send("POST", "/api/v1/sessions", &[], Some(&body)).unwrap();
        assert!((400..500).contains(&answer.status), "{name:?}: {} {}", answer.status, answer.text);
        for path in ["/sign-in", "/register", "/reset"] {
            visitor.get(path);
            let answer = visitor.post(path, &[("mobile", name), ("password", PASSWORD)]);
            assert!((400..500).contains(&answer.status), "{path} {name:?}: {}", answer.status);
        }
    }
    assert!(bank.stop().success());
}
