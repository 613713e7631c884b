//! How many messages a second are read and written, and how that compares with finding tags alone in the same run.
//! `cargo xtask bench messages`.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot run should say so and stop")]

use iso20022::{AccountId, Agent, CreditTransfer, Header, Limits, Message, Party, Service};
use kit::{BankDay, Timestamp};
use money::{Amount, Currency};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::hint::black_box;
use std::time::{Duration, Instant};

const EACH: Duration = Duration::from_secs(2);

fn main() {
    for payments in [1, 1_000] {
        let message = message(payments);
        let text = message.write().unwrap();
        println!("pacs.008 with {payments} payments, {} bytes", text.len());
        let tags = measure("tags alone", payments, || tags(&text));
        for (name, work) in [
            ("read", Box::new(|| drop(Message::read(text.as_bytes(), &Limits::default()).unwrap())) as Box<dyn Fn()>),
            ("written", Box::new(|| drop(message.write().unwrap()))),
        ] {
            let of = measure(name, payments, work);
            println!("  {name:<11} takes {:.1} times as long as tags alone", tags / of);
        }
    }
}

/// Runs it for a while and says how often that was; gives runs a second.
fn measure(name: &str, payments: usize, work: impl Fn()) -> f64 {
    work();
    let begun = Instant::now();
    let mut runs = 0_u32;
    while begun.elapsed() < EACH {
        work();
        runs += 1;
    }
    let rate = f64::from(runs) / begun.elapsed().as_secs_f64();
    println!("  {name:<11} {rate:>9.0} messages/s {:>9.0} payments/s", rate * payments as f64);
    rate
}

fn tags(text: &str) {
    let mut reader = Reader::from_str(text);
    loop {
        match black_box(reader.read_event().unwrap()) {
            Event::Eof => break,
            _ => continue,
        }
    }
}

fn message(payments: usize) -> Message {
    let bank = |code: &str| Agent { member: Some(code.to_owned()), ..Agent::default() };
    let (here, there) = (bank("990290010001"), bank("990310020002"));
    let transfers = (0..payments).map(|number| CreditTransfer {
        instruction_id: None,
        end_to_end_id: format!("{number:019}"),
        transaction_id: Some(format!("990290010001{number:019}")),
        amount: Amount::new(6_666 + number as i64, Currency::CNY),
        settlement_day: Some(BankDay::from_ymd(2026, 11, 21)),
        service: Some(Service::Batch),
        debtor: Party { name: "示范付款人".to_owned() },
        debtor_account: Some(AccountId::Other("6200010000000019".to_owned())),
        debtor_agent: here.clone(),
        creditor_agent: there.clone(),
        creditor: Party { name: "Demo Payee & Sons".to_owned() },
        creditor_account: Some(AccountId::Other("6200020000000018".to_owned())),
        remittance: "rent for November".to_owned(),
    });
    let transfers = transfers.collect();
    let created = Timestamp(1_795_000_000_000);
    let header = Header { message_id: "M1".to_owned(), created, from: Some(here.clone()), to: Some(there.clone()) };
    Message::CreditTransfer(header, transfers)
}
