//! A journal written by an earlier version of this program still opens and still says the same.
//!
//! The files in `data/` were written by the program of November 2026, before chains could hold anything but movements
//! of money. Both are cut where their last zeros begin; the test puts them back.

use crate::kit::*;
use ledger::*;
use std::path::Path;

const SEGMENT: &[u8] = include_bytes!("data/2026-11.seg");
const HEAD: &[u8] = include_bytes!("data/2026-11.head");
const SEGMENT_BYTES: usize = 8 << 20;
const HEAD_BYTES: usize = 8 << 10;

/// Every action that there was then, and refusals among them.
#[allow(dead_code, reason = "kept to show what the files hold")]
async fn live(bench: &Bench) {
    let cash = bench.cash().await;
    let first = bench.funded(cash, 100_000).await;
    let second = bench.funded(cash, 0).await;
    let mut counters = Vec::new();
    for (window, cap) in
        [(Window::Payment, 50_000), (Window::Day, 60_000), (Window::Month, 70_000), (Window::Year, 80_000)]
    {
        counters.push(bench.counter(window, cap).await);
    }
    bench.run(Action::Transfer(limited(transfer(first, second, 40_000), &counters))).await;
    bench.run(Action::Transfer(limited(transfer(first, second, 30_000), &counters))).await;
    let hold = bench.hold(limited(transfer(first, second, 5_000), &counters), Some(bench.time_ms.get() + 10)).await;
    bench.run(Action::Post { hold, amount: Some(2_000) }).await;
    let hold = bench.hold(transfer(first, second, 700), None).await;
    bench.run(Action::Void { hold }).await;
    bench.hold(transfer(first, second, 900), Some(bench.time_ms.get() + 10)).await;
    bench.time_ms.set(bench.time_ms.get() + 20);
    bench.run(Action::Tick).await;
    let chain = [(first, second, 1), (second, first, 2)].map(|(from, to, amount)| {
        let mut command = bench.command(Action::Transfer(transfer(from, to, amount)));
        command.document = b"document".to_vec();
        command
    });
    bench.ledger.submit(chain.to_vec()).unwrap().await.unwrap();
    bench.run(Action::RaiseEpoch { holder: HolderId(0) }).await;
    bench.run(Action::SetBounds { account: second, floor: Some(0), ceiling: Some(43_000) }).await;
    bench.run(Action::SetCaps { counter: counters[1], cap_amount: Some(65_000), cap_count: Some(9) }).await;
    bench.run(Action::SetFreeze { account: first, debits: true, credits: false }).await;
    let third = bench.funded(cash, 0).await;
    bench.run(Action::CloseAccount { account: third }).await;
}

#[tokio::test]
async fn a_journal_of_an_earlier_version_opens_and_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    put_back(dir.path());
    let ledger = open(dir.path());
    let ids = [AccountId(0), AccountId(1), AccountId(2), AccountId(3)];
    let views: Vec<AccountView> = ledger.accounts(&ids).await.unwrap().into_iter().flatten().collect();
    let balances: Vec<i64> = views.iter().map(AccountView::balance).collect();
    assert_eq!(balances, [100_000, 58_001, 41_999, 0]);
    assert_eq!((views[1].debits_frozen, views[1].credits_frozen), (true, false));
    assert_eq!((views[2].terms.ceiling, views[3].closed), (Some(43_000), true));
    let counters = [CounterId(0), CounterId(1), CounterId(2), CounterId(3)];
    let counters: Vec<CounterView> = ledger.counters(&counters).await.unwrap().into_iter().flatten().collect();
    let used: Vec<(i64, u32)> = counters.iter().map(|counter| (counter.used_amount, counter.used_count)).collect();
    assert_eq!(used, [(0, 0), (42_000, 2), (42_000, 2), (42_000, 2)]);
    assert_eq!((counters[1].terms.cap_amount, counters[1].terms.cap_count), (Some(65_000), Some(9)));
    assert_eq!(ledger.epoch(HolderId(0)).await.unwrap(), Some(1));
    ledger.close().await;
    let report = verify(dir.path()).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
}

fn put_back(dir: &Path) {
    let journal = dir.join("journal");
    std::fs::create_dir_all(&journal).unwrap();
    for (name, bytes, length) in [("00000001.seg", SEGMENT, SEGMENT_BYTES), ("head", HEAD, HEAD_BYTES)] {
        let mut whole = bytes.to_vec();
        whole.resize(length, 0);
        std::fs::write(journal.join(name), whole).unwrap();
    }
}
