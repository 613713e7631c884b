//! What the frame does around every route: languages, errors in both faces, form tokens, origins, headers.

use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use kit::{FakeClock, Fault, Random, Refusal, Timestamp};
use std::sync::Arc;
use tower::ServiceExt;
use web::{Parts, Rate, Rates, Session, SessionFuture, Sessions, Settings, Web};

/// One session, of the token `alice-token`; the token `broken` meets a broken store.
struct OneSession;

impl Sessions for OneSession {
    fn find<'a>(&'a self, token: &'a str) -> SessionFuture<'a> {
        Box::pin(async move {
            match token {
                "alice-token" => Ok(Some(Session::new("王小通", 7_i64))),
                "broken" => Err(Fault::new("the store is gone: secret-dsn").into()),
                _ => Ok(None),
            }
        })
    }
}

fn site(secure: bool) -> Router {
    let web = Web::try_new(Parts {
        settings: Settings { demo: true, secure, rates: Some(rates()) },
        rooms: vec![&web::ROOM],
        clock: Arc::new(FakeClock::new(Timestamp(1_795_238_768_000))),
        calendar: kit::Calendar::try_new("Asia/Shanghai").expect("zone"),
        random: Random::seeded(1),
        sessions: Arc::new(OneSession),
    })
    .expect("web");
    web.serve(
        Router::new()
            .route("/who", get(|session: Session| async move { format!("{:?}", session.details::<i64>()) }))
            .route("/pay", post(|Form(pairs): Form<Vec<(String, String)>>| async move { format!("{}", pairs.len()) }))
            .route("/fault", get(fault).post(fault))
            .route("/panic", get(panics))
            .route("/api/v1/refuse", get(refuse))
            .route("/refuse", get(refuse))
            .route("/api/v1/number/{n}", get(|Path(n): Path<u32>| async move { n.to_string() }))
            .route("/api/v1/echo", post(|Json(value): Json<serde_json::Value>| async move { Json(value) }))
            .route("/api/v1/who", get(|session: Session| async move { session.name().len().to_string() })),
    )
}

async fn fault() -> web::Result<()> {
    Err(Fault::new("connection to secret-dsn failed").into())
}

async fn panics() -> String {
    panic!("secret panic")
}

async fn refuse() -> web::Result<()> {
    Err(Refusal::new("web.busy", 503).with("short_minor", 31_120).with("retry_after_s", 2).into())
}

async fn send(request: Request<Body>) -> Response<Body> {
    site(false).oneshot(request).await.expect("infallible")
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.expect("body").to_vec()).expect("utf-8")
}

async fn json(response: Response<Body>) -> serde_json::Value {
    serde_json::from_str(&text(response).await).expect("json")
}

fn get_page(path: &str, language: &str) -> Request<Body> {
    let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::ACCEPT_LANGUAGE, language);
    request.body(Body::empty()).expect("request")
}

fn header_of<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn an_unknown_address_is_a_page_in_the_visitors_language() {
    let response = send(get_page("/nope", "zh-CN")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(header_of(&response, "content-language"), "zh-CN");
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    let page = text(response).await;
    assert!(page.contains("<html lang=\"zh-CN\"") && page.contains("没有这个页面"), "{page}");
    assert!(text(send(get_page("/nope", "en")).await).await.contains("There is no such page"));
}

#[tokio::test]
async fn under_api_an_error_is_a_problem_document() {
    let response = send(Request::get("/api/v1/nope").body(Body::empty()).expect("request")).await;
    assert_eq!(header_of(&response, "content-type"), "application/problem+json");
    let id = header_of(&response, "x-request-id").to_owned();
    let problem = json(response).await;
    assert_eq!(problem["code"], "web.not_found");
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["type"], "urn:tongbao:problem:web.not_found");
    assert_eq!(problem["request_id"], id.as_str());
}

#[tokio::test]
async fn a_refusal_carries_its_fields_and_when_to_come_back() {
    let response = send(Request::get("/api/v1/refuse").body(Body::empty()).expect("request")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header_of(&response, "retry-after"), "2");
    let problem = json(response).await;
    assert_eq!(problem["fields"]["short"], serde_json::json!({ "value": "311.20", "currency": "CNY" }));
    assert_eq!(problem["fields"]["retry_after_s"], 2);
}

#[tokio::test]
async fn what_a_program_sent_wrongly_is_explained_to_it() {
    let response = send(Request::get("/api/v1/number/x").body(Body::empty()).expect("request")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let problem = json(response).await;
    assert_eq!(problem["code"], "web.bad_request");
    assert!(problem["detail"].as_str().expect("detail").contains("Cannot parse"), "{problem}");
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let response = send(Request::delete("/api/v1/echo").body(Body::empty()).expect("request")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header_of(&response, "allow"), "POST");
    assert_eq!(json(response).await["code"], "web.method_not_allowed");
}

#[tokio::test]
async fn a_fault_tells_the_person_a_reference_and_nothing_else() {
    for path in ["/fault", "/panic"] {
        let response = send(get_page(path, "en")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = header_of(&response, "x-request-id").to_ascii_uppercase();
        let page = text(response).await;
        assert!(page.contains(&format!("{}-{}", &id[..4], &id[4..6])), "{page}");
        assert!(!page.contains("secret") && page.contains("No money has moved"));
    }
}

#[tokio::test]
async fn a_fault_after_sending_does_not_claim_that_no_money_moved() {
    let (guard, token) = form_token(&site(false), None).await;
    let response = send(form("/fault", &guard, &format!("csrf={token}"))).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = text(response).await;
    assert!(!page.contains("No money has moved") && page.contains("statement"), "{page}");
}

#[tokio::test]
async fn a_broken_session_store_is_a_fault_and_not_a_sign_out() {
    let request = Request::get("/who").header(header::COOKIE, "session=broken").body(Body::empty()).expect("request");
    let response = send(request).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!text(response).await.contains("secret"));
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_sign_in_and_back() {
    let response = send(get_page("/who?a=1&b=2", "en")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(header_of(&response, "location"), "/sign-in?next=/who%3Fa%3D1%26b%3D2");
    let response = send(Request::get("/api/v1/who").body(Body::empty()).expect("request")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header_of(&response, "www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_session_comes_from_the_cookie_or_under_api_from_the_bearer() {
    let with = |path: &str, name: header::HeaderName, value: &str| {
        Request::get(path).header(name, value).body(Body::empty()).expect("request")
    };
    let cookie = send(with("/who", header::COOKIE, "session=alice-token")).await;
    assert_eq!(text(cookie).await, "Some(7)");
    let bearer = send(with("/api/v1/who", header::AUTHORIZATION, "Bearer alice-token")).await;
    assert_eq!(bearer.status(), StatusCode::OK);
    let bearer_elsewhere = send(with("/who", header::AUTHORIZATION, "Bearer alice-token")).await;
    assert_eq!(bearer_elsewhere.status(), StatusCode::SEE_OTHER);
    let unprefixed = with("/who", header::COOKIE, "session=alice-token");
    let response = site(true).oneshot(unprefixed).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "over TLS only the __Host- cookie counts");
}

/// The guard cookie and the token of a form on a page, for a session.
async fn form_token(site: &Router, session: Option<&str>) -> (String, String) {
    let cookie = session.map(|token| format!("session={token}")).unwrap_or_default();
    let request = Request::get("/design").header(header::COOKIE, cookie).body(Body::empty()).expect("request");
    let response = site.clone().oneshot(request).await.expect("infallible");
    let cookie = header_of(&response, "set-cookie").split(';').next().expect("guard").to_owned();
    let page = text(response).await;
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("token");
    (cookie, token.to_owned())
}

fn form(path: &str, cookie: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .expect("request")
}

#[tokio::test]
async fn a_form_passes_with_the_token_of_its_own_browser_and_session_alone() {
    let site = site(false);
    let (guard, token) = form_token(&site, None).await;
    let (other_guard, _) = form_token(&site, None).await;
    let body = format!("a=1&csrf={token}");
    let send = |cookie: String, body: String| {
        let site = site.clone();
        async move { site.oneshot(form("/pay", &cookie, &body)).await.expect("infallible").status() }
    };
    assert_eq!(send(guard.clone(), body.clone()).await, StatusCode::OK);
    assert_eq!(send(guard.clone(), "a=1".to_owned()).await, StatusCode::FORBIDDEN);
    assert_eq!(send(other_guard, body.clone()).await, StatusCode::FORBIDDEN);
    assert_eq!(send(String::new(), body.clone()).await, StatusCode::FORBIDDEN);
    assert_eq!(send(format!("{guard}; session=alice-token"), body).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_kinds_of_bodies_do_not_slip_past_the_token() {
    for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json", ""] {
        let request =
            Request::post("/pay").header(header::CONTENT_TYPE, kind).body(Body::from("a=1")).expect("request");
        assert_eq!(send(request).await.status(), StatusCode::FORBIDDEN, "{kind}");
    }
    let request = Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "text/plain").body(Body::from("{}"));
    assert_eq!(send(request.expect("request")).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_request_from_another_site_is_refused_whatever_it_carries() {
    let json_from = |name: &str, value: &str| {
        Request::post("/api/v1/echo")
            .header(header::HOST, "bank.example")
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value)
            .body(Body::from("{}"))
            .expect("request")
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let response = send(json_from(name, value)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(json(response).await["code"], "web.cross_origin");
    }
    for (name, value) in [("origin", "https://bank.example"), ("sec-fetch-site", "same-origin"), ("x-none", "")] {
        assert_eq!(send(json_from(name, value)).await.status(), StatusCode::OK, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let large = "x".repeat(70 * 1024);
    let (guard, token) = form_token(&site(false), None).await;
    let response = send(form("/pay", &guard, &format!("csrf={token}&a={large}"))).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("That is too much to send"));
    let request = Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "application/json");
    let response = send(request.body(Body::from(format!("\"{large}\""))).expect("request")).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json(response).await["code"], "web.too_large");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_page_to_itself() {
    let response = site(true).oneshot(get_page("/design", "en")).await.expect("infallible");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ] {
        assert_eq!(header_of(&response, name), value);
    }
    let policy = header_of(&response, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    let cookie = header_of(&response, "set-cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-guard=") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"),
        "{cookie}"
    );
    let page = text(response).await;
    assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains("onclick"), "nothing inline");
}

#[tokio::test]
async fn assets_are_kept_for_good_and_pages_are_small() {
    let page = text(send(get_page("/design", "zh")).await).await;
    let sheet = page.split('"').find(|piece| piece.starts_with("/assets/tongbao.") && piece.ends_with(".css"));
    let request = Request::get(sheet.expect("style sheet")).header(header::ACCEPT_ENCODING, "gzip");
    let response = send(request.body(Body::empty()).expect("request")).await;
    assert_eq!(header_of(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header_of(&response, "content-encoding"), "gzip");
    let sheet = to_bytes(response.into_body(), 1 << 20).await.expect("body");
    assert!(sheet.len() < 24 * 1024, "the style sheet takes {} bytes on the wire", sheet.len());
    assert_eq!(send(get_page("/assets/tongbao.000000000000.css", "en")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn preferences_are_plain_forms_that_lead_back() {
    let site = site(false);
    let (guard, token) = form_token(&site, None).await;
    let send = |path: &'static str, rest: &'static str| {
        let request = form(path, &guard, &format!("csrf={token}&{rest}"));
        let site = site.clone();
        async move { site.oneshot(request).await.expect("infallible") }
    };
    let response = send("/preferences/language", "value=zh&back=%2Fdesign%3Fa%3D1").await;
    assert_eq!((response.status(), header_of(&response, "location")), (StatusCode::SEE_OTHER, "/design?a=1"));
    assert!(header_of(&response, "set-cookie").starts_with("language=zh; "));
    let response = send("/preferences/theme", "value=dark&back=%2F%2Fevil.example").await;
    assert_eq!(header_of(&response, "location"), "/");
    let request = Request::get("/design").header(header::COOKIE, "theme=dark; language=zh");
    let page = site.clone().oneshot(request.body(Body::empty()).expect("request")).await.expect("infallible");
    assert!(text(page).await.contains("<html lang=\"zh-CN\" data-theme=\"dark\">"));
}

#[tokio::test]
async fn hidden_amounts_are_dots_on_the_page() {
    let request = Request::get("/design").header(header::COOKIE, "amounts=hidden; language=en");
    let page = text(send(request.body(Body::empty()).expect("request")).await).await;
    assert!(page.contains("••••") && page.contains("amount hidden") && !page.contains("12,846"));
}

#[tokio::test]
async fn the_worker_keeps_files_and_one_page_that_holds_nothing_of_anybody() {
    let response = send(get_page("/worker.js", "en")).await;
    assert_eq!(header_of(&response, "content-type"), "text/javascript; charset=utf-8");
    let worker = text(response).await;
    assert!(
        !worker.contains("FILES\"]") && !worker.contains("EDITION") && worker.contains("/assets/tongbao."),
        "{worker}"
    );
    let request =
        Request::get("/offline").header(header::ACCEPT, "text/html").header(header::COOKIE, "session=alice-token");
    let page = text(send(request.body(Body::empty()).expect("request")).await).await;
    assert!(page.contains("现在没有网络") && page.contains("There is no network"));
    assert!(!page.contains("csrf") && !page.contains("王小通"), "nothing of anybody: {page}");
}

#[tokio::test]
async fn pictures_of_the_manifest_are_there() {
    let page = text(send(get_page("/offline", "en")).await).await;
    assert!(page.contains("/assets/mark."));
    let not_found = text(send(get_page("/nope", "en")).await).await;
    let manifest = not_found.split("rel=\"manifest\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let manifest = json(send(get_page(manifest.expect("a manifest"), "en")).await).await;
    for icon in manifest["icons"].as_array().expect("icons") {
        let response = send(get_page(icon["src"].as_str().expect("src"), "en")).await;
        let kind = header_of(&response, "content-type").split(';').next();
        assert_eq!((response.status(), kind), (StatusCode::OK, icon["type"].as_str()));
    }
}

/// Few enough for a test to use up.
fn rates() -> Rates {
    Rates { requests: Rate::new(20, 1), changes: Rate::new(3, 1), session_changes: Rate::new(2, 1) }
}

fn from(sender: &str, mut request: Request<Body>) -> Request<Body> {
    let sender = std::net::SocketAddr::new(sender.parse().expect("an address"), 0);
    request.extensions_mut().insert(axum::extract::ConnectInfo(sender));
    request
}

#[tokio::test]
async fn who_comes_too_fast_is_told_when_to_come_back_on_a_page_and_in_json() {
    let site = site(false);
    let answer = |sender: &'static str, request: Request<Body>| {
        let site = site.clone();
        async move { site.oneshot(from(sender, request)).await.expect("infallible") }
    };
    let echo = || {
        let request = Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from("{}")).expect("request")
    };
    for _ in 0..3 {
        assert_eq!(answer("203.0.113.9", echo()).await.status(), StatusCode::OK);
    }
    let refused = answer("203.0.113.9", echo()).await;
    assert_eq!((refused.status(), header_of(&refused, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(json(refused).await["code"], "web.too_many_requests");
    let refused = answer("203.0.113.9", form("/pay", "", "a=1")).await;
    assert_eq!((refused.status(), header_of(&refused, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(text(refused).await.contains("<h1"), "a page for a person");
    assert_eq!(answer("203.0.113.9", get_page("/design", "en")).await.status(), StatusCode::OK, "reading goes on");
    assert_eq!(answer("203.0.113.10", echo()).await.status(), StatusCode::OK, "others go on");
    for _ in 0..9 {
        assert_eq!(answer("127.0.0.1", echo()).await.status(), StatusCode::OK, "the bank's own machine");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up_and_one_beyond_the_limit_is_not_read() {
    let post = |body: Body| {
        Request::post("/api/v1/echo").header(header::CONTENT_TYPE, "application/json").body(body).expect("request")
    };
    let endless = Body::from_stream(futures_util::stream::pending::<Result<&'static str, std::io::Error>>());
    let response = send(post(endless)).await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(json(response).await["code"], "web.timeout");
    let chunks = futures_util::stream::iter((0..70).map(|_| Ok::<_, std::io::Error>("x".repeat(1024))));
    assert_eq!(send(post(Body::from_stream(chunks))).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let broken = futures_util::stream::iter([Err::<&str, _>(std::io::Error::other("cut off"))]);
    assert_eq!(send(post(Body::from_stream(broken))).await.status(), StatusCode::BAD_REQUEST);
    let mut declared = post(Body::from_stream(futures_util::stream::pending::<Result<&str, std::io::Error>>()));
    declared.headers_mut().insert(header::CONTENT_LENGTH, header::HeaderValue::from_static("70000"));
    assert_eq!(send(declared).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
