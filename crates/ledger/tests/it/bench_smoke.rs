//! Many commands in flight at once, over several segments and snapshots.

use crate::kit::*;
use ledger::*;

#[tokio::test]
async fn many_transfers_cross_segments_and_snapshots_and_come_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.snapshot_every = 20_000;
    let ledger = Ledger::open(dir.path(), options.clone()).unwrap();
    let command = |id: u128, action| Command { id: CommandId(id), time_ms: 1, action, document: vec![7; 100] };
    ledger.execute(command(1, Action::OpenHolder)).await.unwrap();
    for id in 0..100_u128 {
        let terms = OpenAccount {
            holder: HolderId(0),
            institution: 1,
            currency: 156,
            kind: 2011,
            normal_side: Side::Credit,
            floor: None,
            ceiling: None,
        };
        ledger.execute(command(2 + id, Action::OpenAccount(terms))).await.unwrap();
    }
    let mut pending = Vec::new();
    for id in 0..60_000_u128 {
        let (debit, credit) = (AccountId(id as u64 % 100), AccountId((id as u64 * 7 + 1) % 100));
        let command = command(1_000 + id, Action::Transfer(transfer(debit, credit, 1 + id as i64 % 50)));
        pending.push(ledger.submit_waiting(vec![command]).await.unwrap());
    }
    for answer in pending {
        answer.await.unwrap();
    }
    let hash = ledger.state_hash().await.unwrap();
    let history = ledger.history(AccountId(5), None, 1_000_000).await.unwrap();
    ledger.close().await;
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.problems.as_slice(), report.segments), (&[] as &[String], 2));
    assert_eq!((report.snapshots_equal, &report.state_hash), (2, &hash));

    // From the snapshot, and from the journal alone with a new index.
    for forget in [&[] as &[&str], &["snapshots", "index"]] {
        for folder in forget {
            std::fs::remove_dir_all(dir.path().join(folder)).unwrap();
        }
        let ledger = Ledger::open(dir.path(), options.clone()).unwrap();
        assert_eq!(ledger.state_hash().await.unwrap(), hash);
        assert_eq!(ledger.history(AccountId(5), None, 1_000_000).await.unwrap(), history);
        let mut reader = ledger.reader(0);
        let mut entries = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            entries += batch.entries.len();
        }
        assert_eq!(entries as u64, ledger.head().sequence);
        ledger.close().await;
    }
}
