//! `tongbao network` under load, killed again and again: what it took is not lost, and nothing happens twice.

use crate::bank::Bank;
use crate::http::Client;
use iso20022::{AccountId, Agent, CreditTransfer, Header, Limits, Message, Party, Service};
use kit::{Clock, SystemClock};
use money::{Amount, Currency};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const OURS: &str = "990290010001";
const CLIENTS: u64 = 4;
const ROUNDS: u64 = 3;

/// A message by its id: the document, and whether it was answered 202.
type Sent = Arc<Mutex<BTreeMap<String, (String, bool)>>>;

fn start(data: &Path) -> Bank {
    Bank::start(&["network", "--api-key", "participant", "--admin-key", "operator"], data)
}

fn agent(code: &str) -> Agent {
    Agent { member: Some(code.to_owned()), ..Agent::default() }
}

/// A payment of one cent to an account at the first of the other banks.
fn document(id: u64) -> (String, String) {
    let header = Header {
        message_id: format!("M{id}"),
        created: SystemClock.now(),
        from: Some(agent(OURS)),
        to: Some(agent(network::HOUSE)),
    };
    let payment = CreditTransfer {
        instruction_id: None,
        end_to_end_id: format!("E{id}"),
        transaction_id: Some(format!("{OURS}{id:019}")),
        amount: Amount::new(1, Currency::CNY),
        settlement_day: None,
        service: Some(Service::RealTime),
        debtor: Party { name: "李小宝".to_owned() },
        debtor_account: Some(AccountId::Other("70010001".to_owned())),
        debtor_agent: agent(OURS),
        creditor_agent: agent("990310020002"),
        creditor: Party { name: "赵示范".to_owned() },
        creditor_account: Some(AccountId::Other("6200010000000012".to_owned())),
        remittance: "负载".to_owned(),
    };
    (header.message_id.clone(), Message::CreditTransfer(header, vec![payment]).write().expect("a document"))
}

fn send(address: &str, xml: &str) -> std::io::Result<u16> {
    let headers = [("content-type", "application/xml"), ("authorization", "Bearer participant")];
    let answer = Client::new(address).send_bytes("POST", "/v1/messages", &headers, xml.as_bytes())?;
    Ok(answer.status)
}

fn get(address: &str, key: &str, path: &str) -> std::io::Result<Value> {
    let key = format!("Bearer {key}");
    let answer = Client::new(address).send("GET", path, &[("authorization", &key)], None)?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Ok(answer.json())
}

/// Reads the mailbox to its end.
fn read(address: &str, mailbox: &mut BTreeMap<i64, String>, wait_s: u32) -> std::io::Result<()> {
    loop {
        let after = mailbox.keys().next_back().copied().unwrap_or(0);
        let lines = get(address, "participant", &format!("/v1/messages?after={after}&limit=500&wait={wait_s}"))?;
        let lines = lines["messages"].as_array().expect("lines").clone();
        if lines.is_empty() {
            return Ok(());
        }
        for (line, expected) in lines.iter().zip(after + 1..) {
            assert_eq!(line["sequence"].as_i64(), Some(expected), "no gap");
            mailbox.insert(expected, line["xml"].as_str().expect("a document").to_owned());
        }
    }
}

/// Sends payments from several sides and reads meanwhile, until so many were taken; then the process is killed.
fn load_and_kill(bank: Bank, round: u64, sent: &Sent, mailbox: &mut BTreeMap<i64, String>, taken: usize) {
    let stop = Arc::new(AtomicBool::new(false));
    let address = bank.address().to_owned();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (stop, sent, address) = (stop.clone(), sent.clone(), address.clone());
            std::thread::spawn(move || {
                for turn in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let (id, xml) = document((round * CLIENTS + client) * 1_000_000 + turn);
                    sent.lock().unwrap().insert(id.clone(), (xml.clone(), false));
                    let Ok(status) = send(&address, &xml) else { return };
                    assert_eq!(status, 202);
                    sent.lock().unwrap().insert(id, (xml, true));
                }
            })
        })
        .collect();
    let began = Instant::now();
    let before = sent.lock().unwrap().values().filter(|(_, taken)| *taken).count();
    while sent.lock().unwrap().values().filter(|(_, taken)| *taken).count() < before + taken {
        assert!(began.elapsed() < Duration::from_secs(60), "payments are taken too slowly");
        read(&address, mailbox, 0).expect("the mailbox is read");
    }
    bank.kill();
    stop.store(true, Ordering::SeqCst);
    clients.into_iter().for_each(|client| client.join().expect("a client ends well"));
}

#[test]
fn a_killed_clearing_house_has_settled_what_it_took_once() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("network");
    let random = kit::Random::seeded(41);
    let (sent, mut mailbox) = (Sent::default(), BTreeMap::new());
    for round in 0..ROUNDS {
        load_and_kill(start(&data), round, &sent, &mut mailbox, 50 + random.below(200) as usize);
    }
    let bank = start(&data);
    let address = bank.address();
    // Lines that were seen stay what they were.
    let mut again = BTreeMap::new();
    read(address, &mut again, 0).unwrap();
    for (sequence, line) in &mailbox {
        assert_eq!(again.get(sequence), Some(line), "line {sequence}");
    }
    // Every message once more, whatever became of it: the same id with the same bytes.
    let sent = sent.lock().unwrap().clone();
    for (id, (xml, _)) in &sent {
        assert_eq!(send(address, xml).unwrap(), 202, "{id}");
    }
    read(address, &mut again, 0).unwrap();
    let mut settled: BTreeMap<String, usize> = BTreeMap::new();
    for xml in again.values() {
        let Ok(read) = Message::read(xml.as_bytes(), &Limits::default()) else { panic!("{xml}") };
        let Message::Report(_, report) = read.message else { continue };
        for status in report.transactions {
            assert_eq!(status.status.code(), "ACSC");
            *settled.entry(status.original_transaction_id.expect("an id")).or_default() += 1;
        }
    }
    assert_eq!(settled.len(), sent.len(), "every payment was answered");
    assert!(settled.values().all(|times| *times == 1), "once");
    let books = get(address, "operator", "/admin/positions").unwrap();
    let cents = i64::try_from(sent.len()).unwrap();
    let expected = Amount::new(-cents, Currency::CNY).plain();
    assert_eq!(books["banks"][0]["position"], expected.as_str());
    let customers = &books["banks"][1]["customers"];
    let minor = |amount: &Value| amount.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    assert_eq!(minor(&customers["balance"]) - minor(&customers["opened"]), cents);
    assert!(bank.stop().success());
}

#[test]
fn the_operators_pages_ask_for_the_key() {
    let root = tempfile::tempdir().unwrap();
    let bank = start(&root.path().join("network"));
    let client = Client::new(bank.address());
    let page = client.get("/");
    assert_eq!(page.status, 200);
    assert!(page.text.contains("name=\"admin_key\"") && page.header("content-security-policy").contains("'none'"));
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    let token = page.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.get(..64)).expect("a token");
    let form = [("cookie", cookie.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let post = |body: String| client.send_bytes("POST", "/faults", &form, body.as_bytes()).unwrap();
    assert_eq!(post(format!("csrf={token}&drop=1000")).status, 403, "no key");
    assert_eq!(post(format!("csrf={token}&drop=1000&admin_key=participant")).status, 403, "another key");
    assert_eq!(post("drop=1000&admin_key=operator".to_owned()).status, 403, "no token");
    assert_eq!(get(bank.address(), "operator", "/admin/faults").unwrap(), serde_json::json!({ "seed": 0 }));
    assert_eq!(post(format!("csrf={token}&drop=1000&admin_key=operator")).status, 303);
    let set = get(bank.address(), "operator", "/admin/faults").unwrap();
    assert_eq!(set["drop"]["per_mille"], 1_000);
    for path in ["/pay", "/card", "/payments/1"] {
        let status = client.get(path).status;
        assert_eq!(status, if path == "/payments/1" { 404 } else { 200 }, "{path}");
    }
}
