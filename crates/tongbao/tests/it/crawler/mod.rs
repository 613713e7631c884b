//! A crawler in a real browser: every page, as a visitor, a newcomer, a customer and a member of staff, in both languages, on a phone and on a
//! desktop, light and dark. A page that no link leads to is found by its route, and a route that was never visited fails.
//!
//! `target/screenshots/pages` keeps what it saw.

mod look;

use crate::bank::Bank;
use crate::blackbox::{WANG, newest_code};
use crate::browser::{Screen, capabilities, find_browser};
use crate::http::Client;
use crate::other_banks::card;
use crate::routes::{fits, get_routes};
use crate::webdriver::WebDriver;
use base64::Engine;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The sizes that the look is drawn for.
const SIZES: [(u64, u64, bool); 2] = [(360, 780, true), (1280, 800, false)];
/// Pages that differ in numbers and parameters alone: so many are enough.
const OF_A_KIND: usize = 2;
/// What a visitor finds without being led there.
const VISITOR_STARTS: [&str; 15] = [
    "/",
    "/sign-in",
    "/unlock",
    "/register",
    "/reset",
    "/demo/inbox",
    "/demo/token",
    "/demo/network",
    "/demo/staff-token",
    "/demo/network/pay",
    "/demo/network/card",
    "/design",
    "/docs",
    "/offline",
    "/no-such-page",
];
/// What somebody does who is not yet a customer.
const NEWCOMER_STARTS: [&str; 4] = ["/home", "/accounts", "/transfer", "/statement"];
/// What a customer does.
const CUSTOMER_STARTS: [&str; 3] = ["/home", "/me", "/payments/1"];

struct Crawler {
    driver: WebDriver,
    address: String,
    routes: BTreeSet<String>,
    /// Faults, each with the first page that has it and how many have.
    faults: BTreeMap<String, (String, usize)>,
    /// Paths of the pages that were seen.
    seen: BTreeSet<String>,
    /// Those of them that a visitor sees in this language.
    of_visitors: BTreeSet<String>,
    views: usize,
    language: &'static str,
    pictures: PathBuf,
    // After the driver in order: the browser is gone before its folder is.
    _profile: tempfile::TempDir,
}

#[test]
fn every_page_is_readable_complete_and_light_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::demo(&folder.path().join("data"));
    let began = Instant::now();
    let mut crawler = Crawler::open(bank.address(), "pages");
    for language in ["zh", "en"] {
        crawler.speak(language);
        crawler.visitor();
        crawler.newcomer();
        crawler.customer();
        crawler.staff();
    }
    let Crawler { driver, routes, faults, seen, views, .. } = crawler;
    drop(driver);
    let mut said: Vec<String> =
        faults.iter().map(|(fault, (first, count))| format!("{count} × {fault}\n      first on {first}")).collect();
    let session = format!("session={}", Client::sign_in(bank.address(), WANG).token());
    let is_page = |route: &str| {
        let headers = [("cookie", session.as_str()), ("accept", "text/html")];
        let answer = Client::new(bank.address()).send("GET", route, &headers, None).expect("the bank answers");
        answer.header("content-type").starts_with("text/html")
    };
    for route in routes {
        // A certificate is a file, there once a key was certified.
        let is_file = route.ends_with("/keys/{key}/certificate");
        if !is_file && !route.contains("{*") && !seen.iter().any(|path| fits(&route, path)) && is_page(&route) {
            said.push(format!("the route {route} was never visited: link to it, or name it in the crawler's starts"));
        }
    }
    for line in bank.log().lines().filter(|line| line.contains("ERROR") || line.contains("WARN")) {
        said.push(format!("the bank's log: {line}"));
    }
    eprintln!("{} pages, {views} views in {:.0} s", seen.len(), began.elapsed().as_secs_f64());
    assert!(said.is_empty(), "{} faults:\n{}", said.len(), said.join("\n"));
}

#[test]
fn what_is_wrong_on_a_page_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::demo(&folder.path().join("data"));
    let mut crawler = Crawler::open(bank.address(), "spoilt");
    crawler.speak("en");
    crawler.go("/help");
    crawler.look_at("as it is");
    assert_eq!(crawler.faults, BTreeMap::new());
    crawler.driver.execute(look::SPOIL, json!([]));
    crawler.look_at("spoilt");
    for sign in [
        "axe color-contrast",
        "axe image-alt",
        "a key instead of a text",
        "a text that was not filled in",
        "Chinese on an English page",
        "another host",
        "not 360",
        "console: ",
    ] {
        assert!(crawler.faults.keys().any(|fault| fault.contains(sign)), "{sign}: {:#?}", crawler.faults);
    }
    crawler.speak("zh");
    crawler.go("/help");
    crawler.driver.execute("document.body.append('This is not Chinese')", json!([]));
    crawler.look_at("spoilt");
    assert!(crawler.faults.keys().any(|fault| fault.contains("English on a Chinese page")), "{:#?}", crawler.faults);
}

impl Crawler {
    /// A browser for the bank at this address; its pictures go into a folder of this name.
    fn open(address: &str, pictures: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let (chromium, chromedriver) = find_browser();
        let capabilities = capabilities(&chromium, profile.path(), Screen::Desktop, "en-US,en", false);
        let driver = WebDriver::start(&chromedriver, &capabilities);
        let axe = std::fs::read_to_string(axe()).expect("axe-core can be read");
        driver.devtools("Page.enable", json!({}));
        driver.devtools("Network.enable", json!({}));
        // What a page weighs is what comes without the worker, which keeps files already unpacked.
        driver.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }));
        driver.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": axe }));
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots").join(pictures);
        let _ = std::fs::remove_dir_all(&pictures);
        std::fs::create_dir_all(&pictures).expect("a folder for pictures");
        Self {
            driver,
            address: address.to_owned(),
            routes: get_routes(),
            faults: BTreeMap::new(),
            seen: BTreeSet::new(),
            of_visitors: BTreeSet::new(),
            views: 0,
            language: "zh",
            pictures,
            _profile: profile,
        }
    }

    /// The language of the pages from now on, and nobody signed in.
    fn speak(&mut self, language: &'static str) {
        self.language = language;
        self.of_visitors.clear();
        self.forget();
    }

    /// Nobody is signed in, and this is a browser that nobody knows.
    fn forget(&self) {
        self.driver.devtools("Network.clearBrowserCookies", json!({}));
        let cookie = json!({ "name": "language", "value": self.language, "url": self.address });
        self.driver.devtools("Network.setCookie", cookie);
    }

    fn visitor(&mut self) {
        self.crawl("visitor", VISITOR_STARTS.map(str::to_owned).to_vec());
        // Forms that were not accepted say why, beside the field.
        self.go("/sign-in");
        self.send("visitor sign-in refused", "", json!({ "mobile": WANG, "password": "not this one" }));
        self.go("/reset");
        self.send("visitor reset refused", "", json!({ "mobile": "12345" }));
        self.send("visitor reset code", "", json!({ "mobile": WANG }));
    }

    /// From a number to an account, as somebody who is not here yet; a new number in each language.
    fn newcomer(&mut self) {
        let mobile = if self.language == "zh" { "13910000001" } else { "13910000002" };
        self.go("/register");
        self.send("newcomer register refused", "", json!({ "mobile": "12345" }));
        self.send("newcomer register code", "", json!({ "mobile": mobile }));
        let wrong = json!({ "code": "000000", "password": "short" });
        self.send("newcomer register code refused", "/register/finish", wrong);
        let right = json!({ "code": self.code(mobile), "password": "a-long-secret-2026" });
        self.send("newcomer home", "/register/finish", right);
        self.crawl("newcomer", NEWCOMER_STARTS.map(str::to_owned).to_vec());
        self.forget();
    }

    fn customer(&mut self) {
        self.go("/sign-in");
        self.send("customer first home", "", json!({ "mobile": WANG, "password": "tongbao-demo" }));
        self.go("/transfer");
        self.send("customer payee refused", "", json!({ "payee": "1380000" }));
        self.send("customer amount", "", json!({ "payee": "13800005678" }));
        self.send("customer amount refused", "/amount", json!({ "amount": "99999999" }));
        self.go("/transfer");
        self.send("customer amount", "", json!({ "payee": "13800005678" }));
        self.send("customer review", "/amount", json!({ "amount": "8.80", "memo": "奶茶 milk tea" }));
        self.send("customer code", "/challenge", json!({ "factor": "sms_code" }));
        let tail = Client::sign_in(&self.address, WANG).account_tail();
        self.send("customer code refused", "/confirm", json!({ "answer": "000000", "account_tail": tail }));
        let code = self.code(WANG);
        self.send("customer receipt", "/confirm", json!({ "answer": code, "account_tail": tail }));
        self.other_banks();
        let account = Client::sign_in(&self.address, WANG).account()["id"].as_str().unwrap().to_owned();
        self.go(&format!("/accounts/{account}"));
        self.send("customer certificate", "/certificates", json!({}));
        self.go("/receive");
        self.send("customer request refused", "/requests", json!({ "amount": "-1" }));
        let links = self.send("customer request", "/requests", json!({ "amount": "20.00", "memo": "拼车 ride" }));
        let request = links.into_iter().find(|link| link.starts_with("/pay/")).expect("the link to send");
        self.keys();
        self.crawl("customer", CUSTOMER_STARTS.map(str::to_owned).to_vec());
        self.unbind();
        self.forget();
        self.go(&request);
        self.look_at("visitor request");
    }

    /// Proves who it is, and adds a passkey of this browser where there is none yet: what follows is seen in the ten minutes
    /// after that.
    fn keys(&mut self) {
        self.go("/me/security/passkeys/passkey/new");
        self.send("customer proof asked", "/challenge", json!({ "factor": "sms_code", "holding": "0" }));
        let code = self.code(WANG);
        self.send("customer new passkey", "/verify", json!({ "factor": "sms_code", "answer": code }));
        if self.language == "zh" {
            self.driver.add_authenticator("internal");
            self.driver.execute("document.querySelector('form[data-webauthn] button').click()", json!([]));
            let began = Instant::now();
            while self.path() != "/me/security" {
                assert!(began.elapsed() < Duration::from_secs(10), "no passkey was added on {}", self.path());
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.go("/me/security/gesture");
        self.look_at("customer pattern");
    }

    /// A card of another bank from its number to money in and out, and a transfer to somebody there.
    fn other_banks(&mut self) {
        self.go("/cards/bind");
        self.send("customer card refused", "", json!({ "card": "6200 0100 0000 0000" }));
        self.send("customer card mobile", "", json!({ "card": card("620001", 101) }));
        self.send("customer card mobile refused", "/code", json!({ "mobile": "13900000000" }));
        self.send("customer card code", "/code", json!({ "mobile": WANG }));
        self.send("customer card code refused", "", json!({ "code": "000000" }));
        let code = self.code(WANG);
        self.send("customer card bound", "", json!({ "code": code }));
        self.go("/cards/top-up");
        self.send("customer top-up refused", "/top-up", json!({ "amount": "0" }));
        self.send("customer top-up", "/top-up", json!({ "amount": "5.00" }));
        self.go("/cards/withdraw");
        self.send("customer withdrawal", "/withdraw", json!({ "amount": "1.00" }));
        self.go("/transfer/elsewhere");
        let payee = json!({ "bank": "No Bank", "account": card("620002", 1), "name": "赵示范" });
        self.send("customer elsewhere refused", "/payee", payee);
        self.send("customer elsewhere amount", "/payee", json!({ "bank": "990310030003" }));
        self.send("customer elsewhere amount refused", "/amount", json!({ "amount": "0" }));
        self.send("customer elsewhere review", "/amount", json!({ "amount": "1.00", "memo": "房租 rent" }));
    }

    /// Gives the card up, so that it can be bound again.
    fn unbind(&self) {
        let client = Client::sign_in(&self.address, WANG);
        let bearer = format!("Bearer {}", client.token());
        for one in client.get("/api/v1/cards").json()["items"].as_array().into_iter().flatten() {
            let address = format!("/api/v1/cards/{}", one["id"].as_str().unwrap_or_default());
            let gone = client.send("DELETE", &address, &[("authorization", &bearer)], None);
            assert_eq!(gone.expect("the bank answers").status, 204);
        }
    }

    /// Everybody who works in the branch: at the counter, over it, looking on, and looking after the others.
    fn staff(&mut self) {
        for number in ["teller1", "super1", "audit1", "admin1", "clear1", "secure1"] {
            self.go("/staff/sign-in");
            let refused = json!({ "number": number, "password": "not this one" });
            if number == "teller1" {
                self.send("staff sign-in refused", "/sign-in", refused);
            }
            let right = json!({ "number": number, "password": "tongbao-demo" });
            self.send(&format!("staff {number} second step"), "/sign-in", right);
            if number == "teller1" {
                self.send("staff second step refused", "/second-step", json!({ "code": "000000" }));
            }
            let code = json!({ "code": self.staff_code(number) });
            let mut starts = self.send(&format!("staff {number} desk"), "/second-step", code);
            if number == "teller1" {
                self.go("/staff/customers");
                starts.extend(self.send("staff nobody found", "/customers", json!({ "text": "13899999999" })));
                starts.extend(self.send("staff customer found", "/customers", json!({ "text": WANG })));
                self.stop_customer();
                self.go("/staff");
                starts.extend(self.send("staff order found", "/orders", json!({ "order": "8796093022211" })));
            }
            starts.retain(|address| address.starts_with("/staff"));
            self.crawl("staff", starts);
            self.forget();
        }
    }

    /// Pulls the kill switch for a customer who called.
    fn stop_customer(&mut self) {
        self.go("/staff/customers");
        self.send("staff customer to stop", "/customers", json!({ "text": "13800005678" }));
        let customer = self.path();
        self.go(&format!("{customer}/stop"));
        self.send("staff stop refused", "/stop", json!({ "ground": "call", "reason": "1" }));
        self.send("staff stopped", "/stop", json!({ "ground": "call", "evidence": "1", "reason": "1" }));
    }

    /// What the token of a member of staff shows.
    fn staff_code(&self, number: &str) -> String {
        let client = Client::new(&self.address);
        let page = client.send("GET", "/demo/staff-token", &[("accept", "text/html")], None);
        let page = page.expect("the bank answers").text;
        let row = page.split(&format!(">{number}<")).nth(1).expect("the member's row");
        let code = row.split("branch-code\">").nth(1).and_then(|rest| rest.split("</b>").next()).expect("a code");
        code.chars().filter(char::is_ascii_digit).collect()
    }

    /// The newest code on the phone of a number.
    fn code(&self, mobile: &str) -> String {
        let client = Client::new(&self.address);
        let page = client.send("GET", &format!("/demo/inbox?to=86{mobile}"), &[("accept", "text/html")], None);
        newest_code(&page.expect("the bank answers").text).expect("a code on the phone")
    }

    fn go(&self, path: &str) {
        self.driver.go(&format!("{}{path}", self.address));
    }

    fn path(&self) -> String {
        let url = self.driver.url();
        url.strip_prefix(&self.address).unwrap_or(&url).to_owned()
    }

    /// Sends the form of the page that is open which has these fields and leads to this end of an address, and looks at what
    /// comes; gives its links.
    fn send(&mut self, name: &str, end: &str, fields: Value) -> Vec<String> {
        let sent = self.driver.execute(look::SEND, json!([fields, end]));
        assert_eq!(sent, true, "no form on {} has the fields of {name}", self.path());
        let began = Instant::now();
        while self.driver.execute(look::ARRIVED, json!([])) != true {
            assert!(began.elapsed() < Duration::from_secs(10), "nothing came after the form of {name}");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.look_at(name)
    }

    /// Follows links from these pages.
    fn crawl(&mut self, who: &str, starts: Vec<String>) {
        let mut waiting = VecDeque::from(starts);
        let mut found: BTreeSet<String> = waiting.iter().cloned().collect();
        let mut of_kind: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(address) = waiting.pop_front() {
            let path = address.split('?').next().unwrap_or_default().to_owned();
            // What differs in numbers alone is one kind of page.
            let kind: String = path.chars().map(|one| if one.is_ascii_digit() { '#' } else { one }).collect();
            let count = of_kind.entry(kind).or_default();
            *count += 1;
            if *count > OF_A_KIND || who == "newcomer" && self.of_visitors.contains(&path) {
                continue;
            }
            self.go(&address);
            // A picture or a document of the API is no page.
            if self.driver.execute("return document.contentType", json!([])) != "text/html" {
                continue;
            }
            for link in self.look_at(&format!("{who} {address}")) {
                // The staff side is a site of its own.
                let elsewhere = who == "staff" && !link.starts_with("/staff");
                if !elsewhere && found.insert(link.clone()) {
                    waiting.push_back(link);
                }
            }
        }
    }

    /// Looks at the page that is open in every size and both themes; gives its links.
    fn look_at(&mut self, name: &str) -> Vec<String> {
        let path = self.path();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        if name.starts_with("visitor") {
            self.of_visitors.insert(path.clone());
        }
        self.seen.insert(path);
        let mut links = Vec::new();
        for (width, height, touch) in SIZES {
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch });
            self.driver.devtools("Emulation.setDeviceMetricsOverride", metrics);
            for theme in ["light", "dark"] {
                let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
                self.driver.devtools("Emulation.setEmulatedMedia", feature);
                let is_dark = theme == "dark";
                let mut faults = self.strings(look::AXE, json!([is_dark]));
                if !is_dark {
                    let language = self.language;
                    faults.extend(self.strings(crate::browser::PAGE_FAULTS, json!([language, width])));
                    let found = self.driver.execute(look::LOOK, json!([language, width]));
                    faults.extend(texts(&found["faults"]));
                    links = texts(&found["links"]);
                }
                let place = format!("{name} ({}, {width}, {theme})", self.language);
                for fault in faults {
                    self.fault(fault, &place);
                }
                self.picture(name, width, theme);
                self.views += 1;
            }
        }
        for entry in self.driver.console() {
            let words = entry["message"].as_str().unwrap_or_default().to_owned();
            // The browser tells of every answer that is not 200, also where the page is meant to be one.
            let is_answer = words.contains("Failed to load resource") && words.contains("the server responded with");
            if matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")) && !is_answer {
                self.fault(format!("console: {words}"), name);
            }
        }
        links
    }

    fn strings(&self, script: &str, arguments: Value) -> Vec<String> {
        texts(&self.driver.execute(script, arguments))
    }

    fn fault(&mut self, fault: String, place: &str) {
        self.faults.entry(fault).or_insert_with(|| (place.to_owned(), 0)).1 += 1;
    }

    fn picture(&self, name: &str, width: u64, theme: &str) {
        let plain: String =
            name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).take(80).collect();
        let file = self.pictures.join(format!("{plain}-{}-{width}-{theme}.png", self.language));
        // The whole page, however long.
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.driver.devtools("Page.captureScreenshot", whole);
        let shot = shot["data"].as_str().expect("a picture");
        let png = base64::engine::general_purpose::STANDARD.decode(shot).expect("base64");
        std::fs::write(file, png).expect("the picture is kept");
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `TONGBAO_AXE`, else where `cargo xtask test` puts it.
fn axe() -> PathBuf {
    if let Some(path) = std::env::var_os("TONGBAO_AXE").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools");
    let folders = std::fs::read_dir(tools).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("axe.min.js")).find(|file| file.is_file());
    found.expect("axe-core is not here; run `cargo xtask test`, which fetches it, or set TONGBAO_AXE")
}
