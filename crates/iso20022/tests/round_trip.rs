//! What is written is read back as the same, for every kind of message.

use iso20022::{
    AccountId, Agent, CreditTransfer, DirectDebit, Enquiry, Entry, EntryState, Header, Limits, Mark, Message,
    Notification, Party, PaymentReturn, Reason, Report, Service, Statement, Status, TransactionStatus,
};
use kit::{BankDay, Timestamp};
use money::{Amount, Currency};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

const CASES: u32 = 150;

/// Any text of this many characters that XML can say.
fn text(least: usize, most: usize) -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        6 => proptest::char::range(' ', '~'),
        3 => proptest::char::range('一', '龥'),
        1 => prop_oneof![Just('\n'), Just('\t'), Just('\r'), Just('\u{1F600}'), Just('é'), Just(' ')],
    ];
    vec(sign, least..=most).prop_map(|signs| signs.into_iter().collect())
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9/?:().,'+-]{1,35}"
}

fn amount(least: i64) -> impl Strategy<Value = Amount> {
    let currency = proptest::sample::select(vec![Currency::CNY, Currency::JPY, Currency::KWD, Currency::EUR]);
    (least..=1_000_000_000_000, currency).prop_map(|(minor, currency)| Amount::new(minor, currency))
}

fn yuan(least: i64) -> impl Strategy<Value = Amount> {
    (least..=1_000_000_000_000).prop_map(|minor| Amount::new(minor, Currency::CNY))
}

fn day() -> impl Strategy<Value = BankDay> {
    (-700_000..2_900_000).prop_map(BankDay)
}

fn agent() -> impl Strategy<Value = Agent> {
    (of(text(1, 35)), of("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"), of(text(1, 140))).prop_map(|(member, bic, name)| Agent {
        member,
        bic,
        name,
    })
}

fn party() -> impl Strategy<Value = Party> {
    text(0, 140).prop_map(|name| Party { name })
}

/// An IBAN is made by finding its check digits.
fn account() -> impl Strategy<Value = AccountId> {
    let iban = ("[A-Z]{2}", "[A-Z0-9]{1,30}").prop_map(|(country, rest)| {
        let number = |signs: &str| {
            signs.bytes().fold(0_u32, |rest, sign| match sign {
                b'0'..=b'9' => (rest * 10 + u32::from(sign - b'0')) % 97,
                _ => (rest * 100 + u32::from(sign - b'A') + 10) % 97,
            })
        };
        let check = 98 - number(&format!("{rest}{country}00"));
        AccountId::Iban(format!("{country}{check:02}{rest}"))
    });
    prop_oneof![iban, text(1, 34).prop_map(AccountId::Other)]
}

fn service() -> impl Strategy<Value = Option<Service>> {
    of(prop_oneof![Just(Service::RealTime), Just(Service::Batch)])
}

fn reason() -> impl Strategy<Value = Reason> {
    (prop_oneof![Just(String::new()), "[A-Z0-9]{4}".boxed()], text(0, 400))
        .prop_map(|(code, words)| Reason { code, words })
}

fn status() -> impl Strategy<Value = Status> {
    let codes = ["RCVD", "ACTC", "ACCP", "ACSP", "ACSC", "ACCC", "PDNG", "RJCT", "PART", "ACWC", "CANC"];
    proptest::sample::select(codes.to_vec()).prop_map(|code| Status::from_code(code).expect("a status"))
}

fn header() -> impl Strategy<Value = Header> {
    (id(), -60_000_000_000_000_i64..250_000_000_000_000, of(agent()), of(agent()))
        .prop_map(|(message_id, created, from, to)| Header { message_id, created: Timestamp(created), from, to })
}

/// Gives each element an id that no other one has.
fn numbered<T>(mut all: Vec<T>, id: impl Fn(&mut T) -> Option<&mut String>) -> Vec<T> {
    for (number, one) in all.iter_mut().enumerate() {
        if let Some(id) = id(one) {
            id.truncate(30);
            id.push_str(&number.to_string());
        }
    }
    all
}

fn credit_transfer() -> impl Strategy<Value = CreditTransfer> {
    let ids = (of(text(1, 35)), text(1, 35), of(id()));
    let facts = (amount(1), of(day()), service(), text(0, 600));
    (ids, facts, (party(), of(account()), agent()), (party(), of(account()), agent())).prop_map(
        |(ids, facts, debtor, creditor)| CreditTransfer {
            instruction_id: ids.0,
            end_to_end_id: ids.1,
            transaction_id: ids.2,
            amount: facts.0,
            settlement_day: facts.1,
            service: facts.2,
            debtor: debtor.0,
            debtor_account: debtor.1,
            debtor_agent: debtor.2,
            creditor_agent: creditor.2,
            creditor: creditor.0,
            creditor_account: creditor.1,
            remittance: facts.3,
        },
    )
}

fn direct_debit() -> impl Strategy<Value = DirectDebit> {
    let ids = (text(1, 35), of(id()), of(text(1, 35)));
    let facts = (amount(1), of(day()), service(), text(0, 600));
    (ids, facts, (party(), account(), agent()), (party(), of(account()), agent())).prop_map(
        |(ids, facts, debtor, creditor)| DirectDebit {
            end_to_end_id: ids.0,
            transaction_id: ids.1,
            mandate: ids.2,
            amount: facts.0,
            settlement_day: facts.1,
            service: facts.2,
            debtor: debtor.0,
            debtor_account: Some(debtor.1),
            debtor_agent: debtor.2,
            creditor_agent: creditor.2,
            creditor: creditor.0,
            creditor_account: creditor.1,
            remittance: facts.3,
        },
    )
}

fn payment_return() -> impl Strategy<Value = PaymentReturn> {
    (id(), of(text(1, 35)), of(text(1, 35)), amount(1), of(day()), reason()).prop_map(|all| PaymentReturn {
        return_id: all.0,
        original_end_to_end_id: all.1,
        original_transaction_id: all.2,
        amount: all.3,
        settlement_day: all.4,
        reason: all.5,
    })
}

fn transaction_status() -> impl Strategy<Value = TransactionStatus> {
    (of(text(1, 35)), of(id()), status(), of(reason()), of(amount(0)), of(day())).prop_map(|all| TransactionStatus {
        original_end_to_end_id: all.0,
        original_transaction_id: all.1,
        status: all.2,
        reason: all.3,
        amount: all.4,
        settlement_day: all.5,
    })
}

fn report() -> impl Strategy<Value = Report> {
    let group = of((id(), id(), of(status()), of(reason())));
    (group, vec(transaction_status(), 1..4)).prop_map(|(group, transactions)| {
        let transactions = numbered(transactions, |one| one.original_transaction_id.as_mut());
        match group {
            None => Report { transactions, ..Report::default() },
            Some((message, name, group_status, group_reason)) => Report {
                original_message_id: Some(message),
                original_message_name: Some(name),
                group_status,
                group_reason,
                transactions,
            },
        }
    })
}

fn enquiry() -> impl Strategy<Value = Enquiry> {
    (of(text(1, 35)), id()).prop_map(|(original_end_to_end_id, transaction)| Enquiry {
        original_end_to_end_id,
        original_transaction_id: Some(transaction),
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    let mark = prop_oneof![Just(Mark::Credit), Just(Mark::Debit)];
    let state = proptest::sample::select(vec![
        EntryState::Booked,
        EntryState::Pending,
        EntryState::Information,
        EntryState::Future,
    ]);
    (yuan(0), mark, state, of(day()), text(0, 35), text(0, 500)).prop_map(|all| Entry {
        amount: all.0,
        mark: all.1,
        state: all.2,
        booked: all.3,
        transaction_id: all.4,
        words: all.5,
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    (id(), account(), day(), of(yuan(-1_000_000_000_000)), vec(entry(), 0..5)).prop_map(
        |(id, account, day, opening, entries)| {
            let booked = entries.iter().filter(|entry| entry.state == EntryState::Booked);
            let sum: i64 =
                booked.map(|entry| entry.amount.minor * if entry.mark == Mark::Debit { -1 } else { 1 }).sum();
            let closing = Amount::new(opening.map_or(0, |opening| opening.minor) + sum, Currency::CNY);
            Statement { id, account, day: Some(day), opening, closing: Some(closing), entries }
        },
    )
}

fn notification() -> impl Strategy<Value = Notification> {
    (id(), account(), vec(entry(), 0..5)).prop_map(|(id, account, entries)| Notification { id, account, entries })
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (header(), vec(credit_transfer(), 1..4)).prop_map(|(header, all)| Message::CreditTransfer(
            header,
            numbered(all, |one| one.transaction_id.as_mut())
        )),
        (header(), vec(direct_debit(), 1..4))
            .prop_map(|(header, all)| Message::DirectDebit(header, numbered(all, |one| one.transaction_id.as_mut()))),
        (header(), vec(payment_return(), 1..4))
            .prop_map(|(header, all)| Message::Return(header, numbered(all, |one| Some(&mut one.return_id)))),
        (header(), report()).prop_map(|(header, report)| Message::Report(header, report)),
        (header(), vec(enquiry(), 1..4)).prop_map(|(header, all)| Message::Enquiry(
            header,
            numbered(all, |one| one.original_transaction_id.as_mut())
        )),
        (header(), vec(statement(), 1..4))
            .prop_map(|(header, all)| Message::Statement(header, numbered(all, |one| Some(&mut one.id)))),
        (header(), vec(notification(), 1..4))
            .prop_map(|(header, all)| Message::Notification(header, numbered(all, |one| Some(&mut one.id)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES * 7, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_as_the_same(message in message()) {
        let written = match message.write() {
            Ok(written) => written,
            Err(refused) => return Err(TestCaseError::fail(format!("{refused}"))),
        };
        let read = Message::read(written.as_bytes(), &Limits::default());
        prop_assert_eq!(read.as_ref().map(|read| read.kind), Ok(message.kind()));
        prop_assert_eq!(read.map(|read| read.message), Ok(message));
    }
}
