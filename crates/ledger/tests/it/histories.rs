//! Many clients at once on real threads: what they saw must fit one order, which is the journal's; and no race passes
//! a limit.

use crate::kit::*;
use ledger::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CLIENTS: u64 = 24;
const TURNS: u64 = 60;
const ACCOUNTS: u64 = 5;

/// A question and its answer, with the ticks of a common clock before and after.
#[derive(Debug)]
struct Seen {
    asked: u64,
    answered: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Decided(u64),
    Read(Vec<i64>),
}

/// The balances after each command, by the journal.
fn balances(ledger: &Ledger) -> Vec<Vec<i64>> {
    let mut now = vec![0; ACCOUNTS as usize + 1];
    let mut after = vec![now.clone()];
    let mut reader = ledger.reader(0);
    while let Some(batch) = reader.next_batch().unwrap() {
        for entry in batch.entries {
            if let Outcome::Done(Effect::Posted(posted)) = entry.outcome {
                now[posted.debit.0 as usize] = posted.debit_balance;
                now[posted.credit.0 as usize] = posted.credit_balance;
            }
            after.push(now.clone());
        }
    }
    after
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_clients_see_at_once_fits_the_order_of_the_journal() {
    for seed in 0..4 {
        let bench = Bench::new();
        let cash = bench.cash().await;
        for _ in 0..ACCOUNTS {
            bench.funded(cash, 1_000).await;
        }
        let clock = Arc::new(AtomicU64::new(0));
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let (ledger, clock, time_ms) = (bench.ledger.clone(), clock.clone(), bench.time_ms.get());
            clients.push(kit::spawn("client", async move {
                let random = kit::Random::seeded(seed * 1_000 + client);
                let tick = || clock.fetch_add(1, Ordering::SeqCst);
                let mut seen = Vec::new();
                for turn in 0..TURNS {
                    let asked = tick();
                    let what = if random.below(3) == 0 {
                        let ids: Vec<AccountId> = (0..=ACCOUNTS).map(AccountId).collect();
                        let views = ledger.accounts(&ids).await.unwrap();
                        What::Read(views.into_iter().flatten().map(|view| view.balance()).collect())
                    } else {
                        let (payer, payee) = (1 + random.below(ACCOUNTS), 1 + random.below(ACCOUNTS));
                        let body = transfer(AccountId(payer), AccountId(payee), 1 + random.below(400) as i64);
                        let id = CommandId(u128::from(1 + client) << 64 | u128::from(turn));
                        let command = Command { id, time_ms, action: Action::Transfer(body), document: Vec::new() };
                        What::Decided(ledger.execute_waiting(command).await.unwrap().sequence)
                    };
                    seen.push(Seen { asked, answered: tick(), what });
                }
                seen
            }));
        }
        let mut history = Vec::new();
        for client in clients {
            history.extend(client.await.unwrap().unwrap());
        }
        let after = balances(&bench.ledger);
        fits(&mut history, &after);
        bench.ledger.close().await;
    }
}

/// Strict serializability: who asks after an answer comes later in the order; a read is one moment of the order, not before
/// what was answered when it was asked, and not after what was asked when it was answered.
fn fits(history: &mut [Seen], after: &[Vec<i64>]) {
    history.sort_by_key(|seen| seen.asked);
    for one in history.iter() {
        let floor = history.iter().filter(|other| other.answered < one.asked).filter_map(|other| match other.what {
            What::Decided(sequence) => Some(sequence),
            What::Read(_) => None,
        });
        let floor = floor.max();
        match &one.what {
            What::Decided(sequence) => assert!(floor.is_none_or(|floor| floor < *sequence), "{one:?} after {floor:?}"),
            What::Read(balances) => {
                let later =
                    history.iter().filter(|other| other.asked > one.answered).filter_map(|other| match other.what {
                        What::Decided(sequence) => Some(sequence),
                        What::Read(_) => None,
                    });
                let from = floor.map_or(0, |floor| floor as usize + 1);
                let to = later.min().map_or(after.len() - 1, |sequence| sequence as usize);
                assert!(after[from..=to].contains(balances), "{one:?} between {from} and {to}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tenth_of_a_limit_and_a_cent_passes_nine_times_on_each_side_of_midnight() {
    const LIMIT: i64 = 50_000;
    let bench = Bench::new();
    let cash = bench.cash().await;
    let (payer, payee) = (bench.funded(cash, 10 * LIMIT).await, bench.funded(cash, 0).await);
    let counter = bench.counter(Window::Day, LIMIT).await;
    // The bank's midnight of these tests is at 16:00 UTC.
    let midnight = (bench.time_ms.get() / 86_400_000 + 1) * 86_400_000 - 8 * 3_600_000;
    let mut clients = Vec::new();
    for client in 0..60_u64 {
        let ledger = bench.ledger.clone();
        clients.push(kit::spawn("client", async move {
            let body = limited(transfer(payer, payee, LIMIT / 10 + 1), &[counter]);
            let time_ms = if client % 2 == 0 { midnight - 1 } else { midnight };
            let id = CommandId(u128::from(client + 1) << 64);
            let command = Command { id, time_ms, action: Action::Transfer(body), document: Vec::new() };
            let outcome = ledger.execute_waiting(command).await.unwrap().outcome;
            (client % 2, matches!(outcome, Outcome::Done(_)))
        }));
    }
    let mut passed = [0, 0];
    for client in clients {
        let (side, done) = client.await.unwrap().unwrap();
        passed[side as usize] += u32::from(done);
    }
    assert_eq!(passed, [9, 9], "before and after midnight");
    bench.verified().await;
}
