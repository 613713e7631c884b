//! A browser without script: keeps cookies, and fills in the hidden token of the forms it sends.

use crate::{Bank, Member};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;

/// A browser at the bank's pages.
#[derive(Clone)]
pub struct Browser {
    site: Router,
    language: &'static str,
    cookies: BTreeMap<String, String>,
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its status.
    pub status: StatusCode,
    /// Its HTML.
    pub body: String,
    location: String,
    headers: HeaderMap,
}

impl Shown {
    /// A header's text, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Panics unless the page holds all of these.
    #[track_caller]
    pub fn shows(&self, pieces: &[&str]) {
        for piece in pieces {
            assert!(self.body.contains(piece), "{piece:?} is not on the page ({}):\n{}", self.status, self.body);
        }
    }

    /// The first attribute value that begins after `begin` and holds `inside`.
    pub fn after(&self, begin: &str, inside: &str) -> Option<String> {
        let values = self.body.split(begin).skip(1).filter_map(|rest| rest.split('"').next());
        values.filter(|value| value.contains(inside)).map(str::to_owned).next()
    }

    /// The page without what differs from one visit to the next.
    pub fn without_tokens(&self) -> String {
        ["name=\"csrf\" value=\"", "name=\"sealed\" value=\"", "data-options=\""].iter().fold(
            self.body.clone(),
            |page, begin| {
                let mut pieces = page.split(begin);
                let first = pieces.next().unwrap_or_default().to_owned();
                pieces.fold(first, |page, piece| page + piece.split_once('"').unwrap_or_default().1)
            },
        )
    }
}

impl Browser {
    /// A visitor who prefers this language.
    pub fn new(bank: &Bank, language: &'static str) -> Self {
        let web = web::Web::try_new(web::Parts {
            settings: web::Settings { demo: true, secure: false, rates: None },
            rooms: vec![&web::ROOM, &retail::ROOM, &branch::ROOM],
            clock: Arc::new(bank.clock.clone()),
            calendar: bank.calendar.clone(),
            random: kit::Random::system(),
            sessions: Arc::new(bank.passport.clone()),
        });
        let pages = retail::pages::router(retail::pages::PageState {
            tokens: Arc::new([]),
            passport: bank.passport.clone(),
            accounts: bank.accounts.clone(),
            payments: bank.payments.clone(),
            phone: Some(bank.phone.clone()),
            demo: Arc::new([]),
        });
        let counter = branch::pages::PageState { desk: bank.desk.clone(), demo: Arc::new([]) };
        let site = web.expect("the frame").with_staff(Arc::new(bank.staff.clone()));
        let site = site.serve(pages.merge(branch::pages::router(counter)));
        Self { site, language, cookies: BTreeMap::new() }
    }

    /// A visitor with the session that this member opened in a browser.
    pub fn signed_in(bank: &Bank, language: &'static str, member: &Member) -> Self {
        let mut browser = Self::new(bank, language);
        browser.cookies.insert("session".to_owned(), member.cookie.clone());
        browser
    }

    /// A visitor who signs in now with this member's number and password.
    pub async fn entered(bank: &Bank, language: &'static str, member: &Member) -> Self {
        let mut browser = Self::new(bank, language);
        let credentials = [("mobile", member.person.mobile.e164()), ("password", "correct horse battery")];
        let page = browser.post("/sign-in", &credentials).await;
        assert_eq!(page.location(), "/home", "{}", page.body);
        browser
    }

    /// A member of staff who signs in now.
    pub async fn of_staff(bank: &Bank, language: &'static str, number: &str) -> Self {
        let mut browser = Self::new(bank, language);
        let credentials = [("number", number), ("password", crate::member::PASSWORD)];
        let page = browser.post("/staff/sign-in", &credentials).await;
        assert_eq!(page.location(), "/staff/second-step", "{}", page.body);
        let page = browser.post("/staff/second-step", &[("code", &bank.staff_code(number).await)]).await;
        assert_eq!(page.location(), "/staff", "{}", page.body);
        browser
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page; does not follow where it leads.
    pub async fn get(&mut self, address: &str) -> Shown {
        self.send(Method::GET, address, String::new()).await
    }

    /// Sends a form with the token of a page that this browser was shown.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Shown {
        let token = self.form_token(address).await;
        let fields = fields.iter().copied().chain([("csrf", token.as_str())]);
        let body: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.send(Method::POST, address, body.join("&")).await
    }

    /// The token of a form in the part of the site where this address lies.
    async fn form_token(&mut self, address: &str) -> String {
        let pages: &[&str] = match web::Area::of(address) {
            web::Area::Customers => &["/"],
            web::Area::Staff => &["/staff/sign-in", "/staff/password", "/staff/second-step", "/staff/token"],
        };
        for page in pages {
            if let Some(token) = self.get(page).await.after("name=\"csrf\" value=\"", "") {
                return token;
            }
        }
        panic!("no page has a form token");
    }

    /// The same with fields made on the way.
    pub async fn post_owned(&mut self, address: &str, fields: &[(String, String)]) -> Shown {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(address, &fields).await
    }

    /// Confirms the transfer at this address by the code that comes to the phone; gives where that leads.
    pub async fn confirm(&mut self, bank: &Bank, draft: &str, mobile: &str) -> String {
        assert_eq!(self.post(&format!("{draft}/challenge"), &[("factor", "sms_code")]).await.location(), draft);
        let code = bank.phone.latest_code(mobile).expect("a code");
        let id = draft.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a draft");
        let tail = bank.payer_tail(payments::DraftId(id)).await;
        self.post(&format!("{draft}/confirm"), &[("factor", "sms_code"), ("answer", &code), ("account_tail", &tail)])
            .await
            .location()
            .to_owned()
    }

    async fn send(&mut self, method: Method, address: &str, body: String) -> Shown {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, "localhost:8080")
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("request");
        let response = self.site.clone().oneshot(request).await.expect("infallible");
        for line in response.headers().get_all(header::SET_COOKIE) {
            let pair = line.to_str().expect("ASCII").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 1 << 20).await.expect("body");
        let body = String::from_utf8(body.to_vec()).expect("utf-8");
        Shown { status, body, location, headers }
    }
}

fn encode(text: &str) -> String {
    let one =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
