//! The bank and the network, each a process of its own, at ports that stay the same through kills.

use super::plan::{BANK_A, BANK_B, Elsewhere, Victim, Way, Wish};
use crate::bank::Bank;
use crate::command::verify_is_clean;
use crate::http::{Answer, Client};
use crate::kill::trial_balance_is_zero;
use serde_json::{Value, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The bank's number in the network.
pub const OURS: &str = "990290010001";
const MOBILES: [&str; 3] = ["13800001234", "13800005678", "13800009012"];
const BANK_KEY: &str = "bank-key-of-this-test";
const OPERATOR_KEY: &str = "operator-key-of-this-test";
/// A company of each other bank, from which everybody gets something to begin with.
const COMPANY_A: &str = "6200018000000000001";
const COMPANY_B: &str = "6200028000000000001";
const NAMES: [&str; 3] = ["王小通", "李小宝", "Demo Chen"];

const OTHERS: [Elsewhere; 9] = [
    Elsewhere { bank: BANK_A, account: "6200010000000012", name: "赵示范" },
    Elsewhere { bank: BANK_A, account: "6200010000000020", name: "钱示范" },
    Elsewhere { bank: BANK_A, account: "6200018000000000001", name: "示范水务公司" },
    Elsewhere { bank: BANK_A, account: "6200010000000038", name: "孙销户" },
    Elsewhere { bank: BANK_B, account: "6200020000000011", name: "赵示范" },
    Elsewhere { bank: BANK_B, account: "6200020000000029", name: "钱示范" },
    Elsewhere { bank: BANK_B, account: "6200028000000000001", name: "示范水务公司" },
    Elsewhere { bank: BANK_B, account: "6200020000000045", name: "周冻结" },
    Elsewhere { bank: BANK_B, account: "6200020000009996", name: "查无此人" },
];

/// A customer of the bank.
pub struct Person {
    client: Mutex<Client>,
    account: String,
    pub number: String,
    name: String,
    card: String,
}

pub struct World {
    root: TempDir,
    ports: [u16; 2],
    bank: Mutex<Option<Bank>>,
    network: Mutex<Option<Bank>>,
    ahead: Mutex<Option<&'static str>>,
    pub people: Vec<Person>,
}

/// Two free ports beside each other, for processes that come back to them after a kill. They are below those that Linux
/// gives to connections (from 32,768 on), of which one could take them in the meantime.
fn ports_to_keep() -> [u16; 2] {
    let random = || RandomState::new().build_hasher().finish() % 6_000;
    let tries = std::iter::repeat_with(|| 20_000 + 2 * u16::try_from(random()).expect("a small number"));
    let are_free = |ports: &[u16; 2]| ports.iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    tries.map(|port| [port, port + 1]).take(1_000).find(are_free).expect("two free ports from 20,000 to 31,999")
}

impl World {
    /// Both processes, fresh, and three customers with a card at another bank each.
    pub fn start() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let (bank, network, ahead) = (Mutex::new(None), Mutex::new(None), Mutex::new(None));
        let mut world = Self { root, ports: ports_to_keep(), bank, network, ahead, people: Vec::new() };
        world.start_network();
        world.start_bank();
        world.people = (0..MOBILES.len()).map(|place| world.person(place)).collect();
        world
    }

    fn bank_data(&self) -> PathBuf {
        self.root.path().join("bank")
    }

    fn bank_address(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    fn network_address(&self) -> String {
        format!("127.0.0.1:{}", self.ports[1])
    }

    fn start_network(&self) {
        let mut arguments = vec!["network", "--api-key", BANK_KEY, "--admin-key", OPERATOR_KEY];
        if let Some(span) = *self.ahead.lock().expect("nobody failed") {
            arguments.extend(["--ahead", span]);
        }
        let started = Bank::start_at(&arguments, &self.root.path().join("network"), &self.network_address(), &[]);
        *self.network.lock().expect("nobody failed") = Some(started);
    }

    fn start_bank(&self) {
        let mut arguments = vec!["demo"];
        if let Some(span) = *self.ahead.lock().expect("nobody failed") {
            arguments.extend(["--ahead", span]);
        }
        let url = format!("http://{}", self.network_address());
        let environment = [
            ("TONGBAO_PAYMENTS__API_FACTOR", "password"),
            ("TONGBAO_CLEARING__URL", url.as_str()),
            ("TONGBAO_CLEARING__API_KEY", BANK_KEY),
            ("TONGBAO_CLEARING__ANSWER_WITHIN_S", "2"),
        ];
        let started = Bank::start_at(&arguments, &self.bank_data(), &self.bank_address(), &environment);
        *self.bank.lock().expect("nobody failed") = Some(started);
    }

    /// Signs in and binds the card that the network made for this person.
    fn person(&self, place: usize) -> Person {
        let (mobile, address) = (MOBILES[place], self.bank_address());
        let client = Client::sign_in(&address, mobile);
        let account = client.account();
        let text = |name: &str| account[name].as_str().expect("a text").to_owned();
        let check = json!({ "card": luhn(&format!("620001{:09}", 101 + place)), "mobile": mobile });
        let check = client.send("POST", "/api/v1/cards/checks", &[], Some(&check)).expect("the bank answers");
        assert_eq!(check.status, 201, "{}", check.text);
        let said = self.network.lock().expect("nobody failed").as_ref().expect("the network runs").said();
        let text_of = |line: &&String| line.contains(&format!("+86{mobile}"));
        let line = said.iter().rfind(text_of).unwrap_or_else(|| panic!("no text came: {said:?}"));
        let code = line.split(|one: char| !one.is_ascii_digit()).find(|run| run.len() == 6).expect("a code");
        let confirm = format!("/api/v1/cards/checks/{}/confirm", check.json()["id"].as_str().expect("an id"));
        let bound = client.send("POST", &confirm, &[], Some(&json!({ "code": code }))).expect("the bank answers");
        assert_eq!(bound.status, 200, "{}", bound.text);
        let card = bound.json()["id"].as_str().expect("an id").to_owned();
        Person {
            account: text("id"),
            number: text("number"),
            name: NAMES[place].to_owned(),
            card,
            client: Mutex::new(client),
        }
    }

    pub fn others(&self) -> &'static [Elsewhere] {
        &OTHERS
    }

    /// The network's operator asks.
    pub fn operator(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.operator_try(method, path, body).expect("the network answers");
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text);
        answer.json()
    }

    fn operator_try(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Answer> {
        let key = format!("Bearer {OPERATOR_KEY}");
        Client::new(&self.network_address()).send(method, path, &[("authorization", &key)], body)
    }

    /// A company pays everybody enough to begin with.
    pub fn fund(&self) {
        for person in &self.people {
            let pay = json!({
                "from": COMPANY_A, "to_bank": OURS, "to_account": person.number, "to_name": person.name,
                "amount": "900000.00", "service": "real_time",
            });
            self.operator("POST", "/admin/pay", Some(&pay));
        }
        let began = Instant::now();
        while self.balances().iter().any(|minor| *minor < 90_000_000) {
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", self.balances());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn balances(&self) -> Vec<i64> {
        self.people.iter().map(|person| minor(&person.client().account()["balance"]["value"])).collect()
    }

    /// Asks for a payment until the bank has decided; gives the order. What comes in is asked for once: who asks the
    /// network has no key to ask again.
    pub fn ask(&self, wish: &Wish) -> Option<String> {
        let person = &self.people[wish.person];
        let (from, amount) = (person.account.as_str(), wish.amount());
        let (path, body) = match wish.way {
            Way::Out | Way::OutBatch => {
                let service = if wish.way == Way::Out { "real_time" } else { "batch" };
                let body = json!({
                    "from": from, "bank": wish.other.bank, "account": wish.other.account, "name": wish.name,
                    "amount": amount, "service": service,
                });
                ("/api/v1/transfers/elsewhere".to_owned(), body)
            }
            Way::TopUp => (format!("/api/v1/cards/{}/top-ups", person.card), json!({ "to": from, "amount": amount })),
            Way::Withdrawal => {
                (format!("/api/v1/cards/{}/withdrawals", person.card), json!({ "from": from, "amount": amount }))
            }
            Way::In | Way::InBatch => {
                let service = if wish.way == Way::In { "real_time" } else { "batch" };
                let name = if wish.name == wish.other.name { person.name.as_str() } else { wish.name };
                let payer = if wish.other.bank == BANK_A { COMPANY_A } else { COMPANY_B };
                let body = json!({
                    "from": payer, "to_bank": OURS, "to_account": person.number, "to_name": name,
                    "amount": wish.value(), "service": service,
                });
                // The network may be down at this moment, by its faults or for real.
                let _ = self.operator_try("POST", "/admin/pay", Some(&body));
                return None;
            }
        };
        let key = wish.key();
        let began = Instant::now();
        loop {
            match person.client().send("POST", &path, &[("idempotency-key", &key)], Some(&body)) {
                // Written before a kill, and not set aside: it waits to be confirmed.
                Ok(answer) if answer.status == 202 && !answer.json()["expires_at"].is_null() => {
                    let confirm = format!("/api/v1/drafts/{}/confirm", answer.json()["id"].as_str().expect("an id"));
                    let _ = person.client().send("POST", &confirm, &[], Some(&json!({})));
                }
                Ok(answer) if matches!(answer.status, 200..=202) => {
                    return Some(answer.json()["id"].as_str().expect("an id").to_owned());
                }
                // Busy, or the directory of banks is not there yet: the same again.
                Ok(answer) if matches!(answer.status, 409 | 429 | 500..) => {}
                Ok(answer) => panic!("{wish:?}: {} {}", answer.status, answer.text),
                Err(_) => {}
            }
            assert!(began.elapsed() < Duration::from_secs(90), "{wish:?} was never decided");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Where an order stands by our books, and what names it for all banks.
    pub fn state(&self, person: usize, order: &str) -> (String, String) {
        let transfer = self.people[person].client().get(&format!("/api/v1/transfers/{order}")).json();
        let state = transfer["elsewhere"]["state"].as_str().unwrap_or_else(|| panic!("{transfer}")).to_owned();
        (state, format!("{OURS}{order:0>19}"))
    }

    /// All payments that the network knows.
    pub fn transfers(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map_or("", |last| last["id"].as_str().expect("an id"));
            let page = self.operator("GET", &format!("/admin/transfers?limit=1000&after={after}"), None);
            let page = page["transfers"].as_array().expect("a list");
            if page.is_empty() {
                return all;
            }
            all.extend(page.iter().cloned());
        }
    }

    /// Waits until nothing is on its way at the network and nothing waits at the bank.
    pub fn wait_until_settled(&self, within: Duration) {
        let began = Instant::now();
        loop {
            let positions = self.operator("GET", "/admin/positions", None);
            let banks = positions["banks"].as_array().expect("a list");
            let on_way: i64 = banks.iter().map(|bank| minor(&bank["reserved"])).sum();
            let waiting = |person: &Person| {
                let waiting = person.client().get("/api/v1/transfers/waiting").json();
                waiting["items"].as_array().unwrap_or_else(|| panic!("{waiting}")).len()
            };
            let waiting: usize = self.people.iter().map(waiting).sum();
            let open = self
                .transfers()
                .iter()
                .filter(|one| !matches!(one["state"].as_str(), Some("settled" | "rejected")))
                .count();
            if on_way == 0 && waiting == 0 && open == 0 {
                return;
            }
            assert!(began.elapsed() < within, "{waiting} wait at the bank, {open} at the network: {positions}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// What the clearing house owes us by our ledger, minor units. The bank is stopped for it.
    pub fn clearing_balance(&self) -> i64 {
        let bank = self.bank.lock().expect("nobody failed").take();
        assert!(bank.expect("the bank runs").stop().success());
        let data = self.bank_data();
        verify_is_clean(&data);
        trial_balance_is_zero(&data);
        let data = data.to_str().expect("plain letters");
        let arguments = ["export", "balances", "--all", "--data", data];
        let output = Command::new(env!("CARGO_BIN_EXE_tongbao")).args(arguments).output().expect("the binary runs");
        let csv = String::from_utf8(output.stdout).expect("text");
        let line = csv.lines().find(|line| line.starts_with("bank:3001")).unwrap_or_else(|| panic!("{csv}"));
        line.rsplit(',').next().and_then(|minor| minor.parse().ok()).expect("an amount")
    }

    pub fn end(self) {
        let network = self.network.lock().expect("nobody failed").take();
        assert!(network.expect("the network runs").stop().success());
    }

    /// As `kill -9` does, and up again at once.
    pub fn kill(&self, victim: Victim) {
        if victim != Victim::Network {
            let bank = self.bank.lock().expect("nobody failed").take();
            bank.expect("the bank runs").kill();
        }
        if victim != Victim::Bank {
            let network = self.network.lock().expect("nobody failed").take();
            network.expect("the network runs").kill();
            self.start_network();
        }
        if victim != Victim::Network {
            self.start_bank();
        }
    }

    /// Both go on with their clocks ahead: windows pass, and midnights.
    pub fn later(&self, span: &'static str) {
        *self.ahead.lock().expect("nobody failed") = Some(span);
        self.kill(Victim::Both);
        for (person, mobile) in self.people.iter().zip(MOBILES) {
            *person.client.lock().expect("nobody failed") = Client::sign_in(&self.bank_address(), mobile);
        }
    }
}

/// A card number with its check digit.
fn luhn(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

impl Person {
    fn client(&self) -> Client {
        self.client.lock().expect("nobody failed").clone()
    }
}

/// `12.30` as 1230.
pub fn minor(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no amount: {value}"));
    text.replace('.', "").parse().unwrap_or_else(|_| panic!("no amount: {text}"))
}
