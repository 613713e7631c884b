//! Seeded load of all commands against a simple model that was written apart from the engine.

use crate::kit::*;
use ledger::*;
use std::collections::HashMap;

/// Balances by account and what is left of holds, kept in the plainest way.
#[derive(Default)]
struct Model {
    booked: HashMap<u64, i64>,
    held: HashMap<u128, (u64, u64, i64, u64)>,
    used: HashMap<u64, i64>,
}

impl Model {
    fn held_out(&self, account: u64) -> i64 {
        self.held.values().filter(|hold| hold.0 == account).map(|hold| hold.2).sum()
    }

    fn can_pay(&self, account: u64, amount: i64) -> bool {
        account == 0 || self.booked[&account] - self.held_out(account) >= amount
    }

    fn within(&self, counter: u64, cap: i64, amount: i64) -> bool {
        self.used.get(&counter).copied().unwrap_or(0) + amount <= cap
    }

    fn book(&mut self, debit: u64, credit: u64, amount: i64) {
        *self.booked.entry(debit).or_default() -= amount;
        *self.booked.entry(credit).or_default() += amount;
    }
}

const CAP: i64 = 30_000;
const ACCOUNTS: u64 = 12;

async fn run(seed: u64) {
    let random = kit::Random::seeded(seed);
    let bench = Bench::new();
    let cash = bench.cash().await;
    let mut model = Model::default();
    model.booked.insert(cash.0, 0);
    for _ in 0..ACCOUNTS {
        let account = bench.funded(cash, 5_000).await;
        bench.counter(Window::Day, CAP).await;
        model.booked.insert(account.0, 0);
        model.book(cash.0, account.0, 5_000);
    }
    let mut holds: Vec<CommandId> = Vec::new();
    let mut past: Vec<(Command, Outcome)> = Vec::new();
    let mut ledger = bench.ledger.clone();
    for step in 0..400 {
        let payer = 1 + random.below(ACCOUNTS);
        let payee = 1 + random.below(ACCOUNTS);
        let amount = 1 + random.below(3_000) as i64;
        let counter = CounterId(payer - 1);
        let body = limited(transfer(AccountId(payer), AccountId(payee), amount), &[counter]);
        let allowed = payer != payee && model.within(counter.0, CAP, amount) && model.can_pay(payer, amount);
        match random.below(12) {
            0..5 => {
                let command = bench.command(Action::Transfer(body));
                let outcome = ledger.execute(command.clone()).await.unwrap().outcome;
                assert_eq!(matches!(outcome, Outcome::Done(_)), allowed, "seed {seed} step {step}: {outcome:?}");
                if allowed {
                    model.book(payer, payee, amount);
                    *model.used.entry(counter.0).or_default() += amount;
                }
                past.push((command, outcome));
            }
            5..8 => {
                let mode = Mode::Hold { expires_ms: None };
                let command = bench.command(Action::Transfer(Transfer { mode, ..body }));
                let outcome = ledger.execute(command.clone()).await.unwrap().outcome;
                assert_eq!(matches!(outcome, Outcome::Done(_)), allowed, "seed {seed} step {step}: {outcome:?}");
                if allowed {
                    model.held.insert(command.id.0, (payer, payee, amount, counter.0));
                    *model.used.entry(counter.0).or_default() += amount;
                    holds.push(command.id);
                }
                past.push((command, outcome));
            }
            8..10 if !holds.is_empty() => {
                let hold = holds[random.below(holds.len() as u64) as usize];
                let part = random.below(2) == 0;
                let known = model.held.remove(&hold.0);
                let post = random.below(3) > 0;
                let amount = known.map(|hold| if part { 1 + random.below(hold.2 as u64) as i64 } else { hold.2 });
                let action = if post { Action::Post { hold, amount } } else { Action::Void { hold } };
                let command = bench.command(action);
                let outcome = ledger.execute(command.clone()).await.unwrap().outcome;
                assert_eq!(matches!(outcome, Outcome::Done(_)), known.is_some(), "seed {seed} step {step}");
                if let (Some((debit, credit, held, counter)), Some(amount)) = (known, amount) {
                    let posted = if post { amount } else { 0 };
                    model.book(debit, credit, posted);
                    *model.used.entry(counter).or_default() -= held - posted;
                }
                past.push((command, outcome));
            }
            10 if !past.is_empty() => {
                let (command, outcome) = past[random.below(past.len() as u64) as usize].clone();
                let again = ledger.execute(command).await.unwrap();
                assert_eq!((again.outcome, again.replayed), (outcome, true), "seed {seed} step {step}");
            }
            11 if step % 7 == 0 => {
                ledger.close().await;
                ledger = open(bench.dir.path());
            }
            _ => {}
        }
    }
    for (account, balance) in &model.booked {
        let view = ledger.account(AccountId(*account)).await.unwrap().unwrap();
        let expected = if *account == cash.0 { -balance } else { *balance };
        assert_eq!(view.balance(), expected, "seed {seed}, account {account}");
        assert_eq!(view.debits_pending, model.held_out(*account), "seed {seed}, account {account}");
    }
    for counter in 0..ACCOUNTS {
        let view = ledger.counters(&[CounterId(counter)]).await.unwrap()[0].unwrap();
        assert_eq!(view.used_amount, model.used.get(&counter).copied().unwrap_or(0), "seed {seed}");
    }
    assert_eq!(ledger.open_holds().await.unwrap(), model.held.len());
    ledger.close().await;
    assert_eq!(verify(bench.dir.path()).unwrap().problems, Vec::<String>::new(), "seed {seed}");
}

#[tokio::test]
async fn random_commands_agree_with_a_simple_model_through_restarts() {
    for seed in 1..=6 {
        run(seed).await;
    }
}
