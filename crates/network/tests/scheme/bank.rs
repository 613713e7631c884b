//! A participant under test: it sends messages and reads its mailbox, without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use db::Db;
use iso20022::{
    AccountId, Agent, CreditTransfer, DirectDebit, Enquiry, Header, Limits, Message, Party, PaymentReturn, Reason,
    Report, Service, Status, TransactionStatus,
};
use kit::{BankDay, Calendar, Clock, FakeClock, Random, Timestamp};
use money::{Amount, Currency};
use network::{Faults, HOUSE, Holder, Network, Participant, PayOrder, Scheme, Windows};
use notify::demo::Phone;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;

pub(crate) const OURS: &str = "990290010001";
pub(crate) const BANK_A: &str = "990310020002";
pub(crate) const BANK_B: &str = "990310030003";
pub(crate) const KEY: &str = "participant-key";
pub(crate) const ADMIN: &str = "operator-key";
/// 2026-11-21 13:26:08 in Shanghai.
pub(crate) const START: Timestamp = Timestamp(1_795_238_768_000);

/// Accounts of the first bank that exist from the start.
pub(crate) const OPEN: (&str, &str) = ("6200010000000012", "赵示范");
pub(crate) const CLOSED: (&str, &str) = ("6200010000000038", "孙销户");
pub(crate) const BLOCKED: (&str, &str) = ("6200010000000046", "周冻结");

pub(crate) struct Bank {
    pub(crate) network: Network,
    pub(crate) clock: FakeClock,
    pub(crate) phone: Phone,
    pub(crate) db: Db,
    router: Router,
    cursor: AtomicI64,
    ids: AtomicI64,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

pub(crate) fn cny(minor: i64) -> Amount {
    Amount::new(minor, Currency::CNY)
}

pub(crate) fn agent(code: &str) -> Agent {
    Agent { member: Some(code.to_owned()), ..Agent::default() }
}

pub(crate) fn calendar() -> Calendar {
    Calendar::try_new("Asia/Shanghai").unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    calendar().instant(text.parse().unwrap()).unwrap()
}

pub(crate) fn day(text: &str) -> Option<BankDay> {
    Some(BankDay::from_iso(text).unwrap())
}

fn parts(db: &Db, clock: &FakeClock, phone: &Phone) -> network::Parts {
    network::Parts {
        db: db.clone(),
        clock: Arc::new(clock.clone()),
        random: Random::seeded(5),
        calendar: calendar(),
        gateway: Arc::new(phone.clone()),
        participants: vec![Participant::tongbao(KEY)],
        holders: vec![Holder {
            name: "王小通".to_owned(),
            citizen_number: "99000019800101001X".to_owned(),
            mobile: "13800001234".to_owned(),
        }],
        scheme: Scheme::default(),
        windows: Windows::default(),
        faults: None,
        admin_key: ADMIN.to_owned(),
    }
}

/// The card of the one holder that [`Bank::start`] names.
pub(crate) const HELD_CARD: &str = "6200010000001010";

impl Bank {
    pub(crate) async fn start(db: &Db) -> Self {
        Self::start_with(db, |_| {}).await
    }

    pub(crate) async fn start_with(db: &Db, change: impl FnOnce(&mut network::Parts)) -> Self {
        let clock = FakeClock::new(START);
        let phone = Phone::new(Arc::new(clock.clone()), &Random::seeded(1));
        let mut parts = parts(db, &clock, &phone);
        change(&mut parts);
        let network = Network::open(parts).await.unwrap();
        let router = network.router();
        let (cursor, ids) = (AtomicI64::new(0), AtomicI64::new(0));
        Self { network, clock, phone, db: db.clone(), router, cursor, ids }
    }

    /// The same clearing house opened anew over what it stored.
    pub(crate) async fn restart(self) -> Self {
        let network = Network::open(parts(&self.db, &self.clock, &self.phone)).await.unwrap();
        let router = network.router();
        Self { network, router, ..self }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, key: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let text = match to_bytes(response.into_body(), usize::MAX).await {
            Ok(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Err(_) => "broken".to_owned(),
        };
        Answer { status, text }
    }

    pub(crate) async fn json(&self, path: &str, body: Value) -> Value {
        let key = if path.starts_with("/admin") { ADMIN } else { KEY };
        let answer = self.ask(Method::POST, path, key, "application/json", body.to_string().into_bytes()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    pub(crate) async fn send_xml(&self, xml: &str) -> Answer {
        self.ask(Method::POST, "/v1/messages", KEY, "application/xml", xml.as_bytes().to_vec()).await
    }

    /// Sends a message and expects that it is taken.
    pub(crate) async fn send(&self, message: &Message) {
        let answer = self.send_xml(&message.write().unwrap()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    }

    pub(crate) fn header(&self) -> Header {
        Header {
            message_id: format!("M{}", self.ids.fetch_add(1, Ordering::SeqCst)),
            created: self.clock.now(),
            from: Some(agent(OURS)),
            to: Some(agent(HOUSE)),
        }
    }

    pub(crate) fn transaction_id(&self) -> String {
        format!("{OURS}{:019}", self.ids.fetch_add(1, Ordering::SeqCst))
    }

    /// A payment to an account at the first bank.
    pub(crate) fn credit(&self, (account, name): (&str, &str), minor: i64, service: Service) -> CreditTransfer {
        let id = self.transaction_id();
        CreditTransfer {
            instruction_id: None,
            end_to_end_id: format!("E{}", &id[20..]),
            transaction_id: Some(id),
            amount: cny(minor),
            settlement_day: None,
            service: Some(service),
            debtor: Party { name: "李小宝".to_owned() },
            debtor_account: Some(AccountId::Other("70010001".to_owned())),
            debtor_agent: agent(OURS),
            creditor_agent: agent(BANK_A),
            creditor: Party { name: name.to_owned() },
            creditor_account: Some(AccountId::Other(account.to_owned())),
            remittance: "午饭".to_owned(),
        }
    }

    /// Pays in real time; gives the id.
    pub(crate) async fn pay(&self, to: (&str, &str), minor: i64) -> String {
        let payment = self.credit(to, minor, Service::RealTime);
        let id = payment.transaction_id.clone().unwrap();
        self.send(&Message::CreditTransfer(self.header(), vec![payment])).await;
        id
    }

    pub(crate) fn debit(&self, mandate: &str, minor: i64) -> DirectDebit {
        let id = self.transaction_id();
        DirectDebit {
            end_to_end_id: format!("E{}", &id[20..]),
            transaction_id: Some(id),
            amount: cny(minor),
            settlement_day: None,
            service: Some(Service::RealTime),
            mandate: Some(mandate.to_owned()),
            creditor: Party { name: "王小通".to_owned() },
            creditor_account: Some(AccountId::Other("70010002".to_owned())),
            creditor_agent: agent(OURS),
            debtor: Party { name: "王小通".to_owned() },
            debtor_account: Some(AccountId::Other(HELD_CARD.to_owned())),
            debtor_agent: agent(BANK_A),
            remittance: String::new(),
        }
    }

    pub(crate) async fn collect(&self, debit: DirectDebit) -> String {
        let id = debit.transaction_id.clone().unwrap();
        self.send(&Message::DirectDebit(self.header(), vec![debit])).await;
        id
    }

    pub(crate) async fn give_back(&self, original: &str, minor: i64) -> String {
        let id = self.transaction_id();
        let back = PaymentReturn {
            return_id: id.clone(),
            original_end_to_end_id: None,
            original_transaction_id: Some(original.to_owned()),
            amount: cny(minor),
            settlement_day: None,
            reason: Reason { code: "AC04".to_owned(), words: String::new() },
        };
        self.send(&Message::Return(self.header(), vec![back])).await;
        id
    }

    pub(crate) async fn enquire(&self, id: &str) {
        let enquiry = Enquiry { original_end_to_end_id: None, original_transaction_id: Some(id.to_owned()) };
        self.send(&Message::Enquiry(self.header(), vec![enquiry])).await;
    }

    /// Answers a payment that the clearing house asked about.
    pub(crate) async fn answer(&self, id: &str, status: Status, code: Option<&str>) {
        let status = TransactionStatus {
            original_end_to_end_id: None,
            original_transaction_id: Some(id.to_owned()),
            status,
            reason: code.map(|code| Reason { code: code.to_owned(), words: String::new() }),
            amount: None,
            settlement_day: None,
        };
        let report = Report { transactions: vec![status], ..Report::default() };
        self.send(&Message::Report(self.header(), report)).await;
    }

    /// A customer of the first bank pays us.
    pub(crate) async fn receive(&self, minor: i64, service: Service) -> String {
        let order = PayOrder {
            from: OPEN.0.to_owned(),
            to_bank: OURS.to_owned(),
            to_account: "70010001".to_owned(),
            to_name: "李小宝".to_owned(),
            amount_minor: minor,
            service,
            memo: "还款".to_owned(),
        };
        self.network.pay(order).await.unwrap()
    }

    /// What came since the last time; sequences have no gap, and everything is for us from the clearing house.
    pub(crate) async fn mail(&self) -> Vec<Message> {
        let after = self.cursor.load(Ordering::SeqCst);
        let path = format!("/v1/messages?after={after}&limit=500");
        let answer = self.ask(Method::GET, &path, KEY, "", Vec::new()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let lines: Value = serde_json::from_str(&answer.text).unwrap();
        let lines = lines["messages"].as_array().unwrap();
        let read = lines.iter().enumerate().map(|(place, line)| {
            assert_eq!(line["sequence"].as_i64().unwrap(), after + place as i64 + 1);
            let xml = line["xml"].as_str().unwrap();
            let message = Message::read(xml.as_bytes(), &Limits::default()).unwrap().message;
            assert_eq!(message.header().from, Some(agent(HOUSE)));
            assert_eq!(message.header().to, Some(agent(OURS)));
            message
        });
        let read: Vec<Message> = read.collect();
        self.cursor.fetch_add(lines.len() as i64, Ordering::SeqCst);
        read
    }

    /// What was said about payments since the last time: id, status, code or settlement day.
    pub(crate) async fn heard(&self) -> Vec<(String, String, String)> {
        let mut heard = Vec::new();
        for message in self.mail().await {
            if let Message::Report(_, report) = message {
                for one in report.transactions {
                    let code = one.reason.map(|reason| reason.code);
                    let day = one.settlement_day.map(BankDay::iso);
                    let id = one.original_transaction_id.unwrap();
                    heard.push((id, one.status.code().to_owned(), code.or(day).unwrap_or_default()));
                }
            }
        }
        heard
    }

    pub(crate) async fn hears(&self, expected: &[(&str, &str, &str)]) {
        let heard = self.heard().await;
        let heard: Vec<_> =
            heard.iter().map(|(id, status, what)| (id.as_str(), status.as_str(), what.as_str())).collect();
        assert_eq!(heard, expected);
    }

    pub(crate) async fn advance(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.network.tick(self.clock.now()).await.unwrap();
    }

    pub(crate) async fn move_to(&self, text: &str) {
        self.clock.set(at(text));
        self.network.tick(self.clock.now()).await.unwrap();
    }

    pub(crate) async fn faults(&self, faults: &[&str]) {
        let all = faults.iter().fold(Faults { seed: 1, ..Faults::none() }, |all, one| all.read_one(one).unwrap());
        self.network.set_faults(all).await.unwrap();
    }

    /// Our position, after the books were checked.
    pub(crate) async fn position(&self) -> i64 {
        self.books().await.0
    }

    /// Our position, and what of it waits for another bank's word; the books agree with each other.
    pub(crate) async fn books(&self) -> (i64, i64) {
        let positions = self.network.positions().await.unwrap();
        assert_eq!(positions.banks.iter().map(|bank| bank.position_minor).sum::<i64>(), 0, "{positions:?}");
        for bank in positions.banks.iter().filter(|bank| bank.is_local) {
            assert_eq!(bank.balance_minor, bank.opened_minor + bank.position_minor, "{bank:?}");
            assert!(bank.held_minor >= 0 && bank.reserved_minor >= 0, "{bank:?}");
        }
        let ours = positions.banks.iter().find(|bank| bank.code == OURS).unwrap();
        (ours.position_minor, ours.reserved_minor)
    }

    /// What the customers of the first bank have on their way.
    pub(crate) async fn held(&self) -> i64 {
        let positions = self.network.positions().await.unwrap();
        positions.banks.iter().find(|bank| bank.code == BANK_A).unwrap().held_minor
    }

    /// Binds the one holder's card; gives the mandate.
    pub(crate) async fn bind(&self) -> String {
        let checked = self
            .json(
                "/v1/cards/check",
                json!({ "card": HELD_CARD, "name": "王小通", "citizen_number": "99000019800101001X", "mobile": "13800001234" }),
            )
            .await;
        assert_eq!(checked["result"], "code_sent");
        assert_eq!(checked["bank"], BANK_A);
        let code = self.phone.latest_code("+8613800001234").unwrap();
        let bound = self.json("/v1/cards/confirm", json!({ "reference": checked["reference"], "code": code })).await;
        assert_eq!(bound["result"], "bound");
        bound["mandate"].as_str().unwrap().to_owned()
    }
}
