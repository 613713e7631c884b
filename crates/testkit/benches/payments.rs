//! How fast card payments go through the payment service, and how fast the tables follow: 5,000 customers at 10,000
//! terminals, payments drawn from a seed. `cargo bench -p testkit --bench payments [-- PAYMENTS] [postgres]`.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use accounts::{Opening, Product};
use kit::Random;
use passport::{CustomerKind, CustomerSeed};
use payments::{Funding, OrderNumber, PaymentInstruction, card_command_id};
use std::collections::VecDeque;
use std::time::Instant;
use testkit::{Bank, START};

const CUSTOMERS: u64 = 5_000;
const TERMINALS: u64 = 10_000;
/// Payments on their way at once.
const WINDOW: usize = 8_192;

#[tokio::main]
async fn main() {
    let wish = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let count: u64 = wish.unwrap_or(300_000);
    let on_postgres = std::env::args().any(|word| word == "postgres");
    let bank = Bank::start(if on_postgres { db::Engine::Postgres } else { db::Engine::Sqlite }).await;
    let began = Instant::now();
    let cards = open(&bank, "cust", CUSTOMERS, Product::ClassOne).await;
    let terminals = open(&bank, "term", TERMINALS, Product::MerchantSettlement).await;
    let fundings = cards.iter().enumerate().map(|(index, account)| Funding {
        key: format!("cash of card {index}"),
        order: OrderNumber::of_import(1, index as u64),
        account: *account,
        amount_minor: 100_000_000,
    });
    bank.payments.fund_bulk(fundings.collect(), START).await.unwrap();
    bank.projections.caught_up().await;
    println!("{} accounts opened and funded in {:.2?}", CUSTOMERS + TERMINALS, began.elapsed());
    bank.projections.stop().await;

    let random = Random::seeded(7);
    let began = Instant::now();
    let mut on_their_way = VecDeque::with_capacity(WINDOW);
    let mut paid = 0;
    for index in 0..count {
        if on_their_way.len() == WINDOW {
            paid += settle(&mut on_their_way).await;
        }
        let from = cards[random.below(CUSTOMERS) as usize];
        let to = terminals[random.below(TERMINALS) as usize];
        let amount = 1 + random.below(20_000) as i64;
        let order = OrderNumber::of_import(0, index).unwrap();
        let time = START.plus_ms((index * 9) as i64 * 1_000);
        let card = PaymentInstruction::card(card_command_id(index), order, from, to, amount, time);
        on_their_way.push_back(bank.payments.submit_waiting(&card).await.unwrap());
    }
    while !on_their_way.is_empty() {
        paid += settle(&mut on_their_way).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{paid} of {count} payments in {seconds:.2} s: {:.0} a second", count as f64 / seconds);

    let bank = bank.restart().await;
    let began = Instant::now();
    let behind = bank.projections.position();
    bank.projections.caught_up().await;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{count} payments projected from position {behind} in {seconds:.2} s: {:.0} a second",
        count as f64 / seconds
    );
    let trial = bank.accounts.trial_balance(bank.accounts.last_book_day().await.unwrap().unwrap()).await.unwrap();
    assert!(trial.balanced);
    bank.stop().await;
}

async fn settle(on_their_way: &mut VecDeque<payments::Submitted>) -> u64 {
    let Some(submitted) = on_their_way.pop_front() else { return 0 };
    u64::from(submitted.await.unwrap().is_paid())
}

async fn open(bank: &Bank, word: &str, count: u64, product: Product) -> Vec<accounts::AccountRef> {
    let seed = |index| CustomerSeed {
        reference: format!("{word}:{index}"),
        kind: CustomerKind::Organisation,
        name: format!("{word} {index}"),
    };
    let seeds: Vec<CustomerSeed> = (0..count).map(seed).collect();
    let customers = bank.passport.import_customers(&seeds).await.unwrap();
    let openings = seeds.into_iter().zip(customers).map(|(seed, customer)| Opening {
        key: seed.reference.clone(),
        customer,
        product,
        alias: Some(seed.reference),
        nickname: String::new(),
    });
    bank.accounts.open_bulk(openings.collect(), START).await.unwrap()
}
