//! `victim DIR FROM COUNT`: a real ledger, with its threads and files, for tests that kill it.
//!
//! Opens the ledger in DIR, pays with the ids FROM to FROM + COUNT - 1, a few at a time, and writes a line for each
//! answer when it has it: `answered ID SEQUENCE`, or `full ID`. What is full is asked again until there is room.

use ledger::{
    AccountId, Action, Command, CommandId, HolderId, Ledger, Mode, OpenAccount, Options, Side, SubmitError, Transfer,
};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Clients at once: enough for batches of several.
const CLIENTS: u64 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, dir, from, count] = arguments.as_slice() else { return ExitCode::FAILURE };
    let (Ok(from), Ok(count)) = (from.parse::<u64>(), count.parse::<u64>()) else { return ExitCode::FAILURE };
    let mut options = Options::new(Arc::new(simulation::model::bank_day));
    (options.batch_bytes, options.segment_bytes) = (1 << 12, 1);
    (options.snapshot_every, options.index_lines) = (40, 30);
    let ledger = match Ledger::open(Path::new(dir), options) {
        Ok(ledger) => ledger,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    // The same ids at every start: they count once.
    for (id, action) in (1_u128..).zip(opening()) {
        tell(&ledger, CommandId(id), action).await;
    }
    let next = Arc::new(AtomicU64::new(from));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (ledger, next) = (ledger.clone(), next.clone());
            kit::spawn("client", async move {
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id >= from + count {
                        return;
                    }
                    tell(&ledger, CommandId(u128::from(id)), payment(id)).await;
                }
            })
        })
        .collect();
    for client in clients {
        let _ = client.await;
    }
    ledger.close().await;
    ExitCode::SUCCESS
}

fn opening() -> Vec<Action> {
    let account = |normal_side, floor| {
        Action::OpenAccount(OpenAccount {
            holder: HolderId(0),
            institution: 1,
            currency: 156,
            kind: 2011,
            normal_side,
            floor,
            ceiling: None,
        })
    };
    vec![Action::OpenHolder, account(Side::Debit, None), account(Side::Credit, Some(0)), account(Side::Credit, Some(0))]
}

fn payment(id: u64) -> Action {
    Action::Transfer(Transfer {
        debit: AccountId(id % 3),
        credit: AccountId((id + 1) % 3),
        amount: 1 + (id % 7) as i64,
        code: 1,
        reference: id,
        mode: Mode::Immediate,
        balancing: None,
        limits: Vec::new(),
        epoch: None,
    })
}

async fn tell(ledger: &Ledger, id: CommandId, action: Action) {
    loop {
        let document = vec![id.0 as u8; 20_000 / 9];
        let command = Command { id, time_ms: 1_793_500_000_000, action: action.clone(), document };
        let line = match ledger.execute_waiting(command).await {
            Ok(answer) => format!("answered {} {}", id.0, answer.sequence),
            Err(SubmitError::StorageFull) => format!("full {}", id.0),
            Err(error) => format!("error {} {error}", id.0),
        };
        let full = line.starts_with("full");
        // One line, one write: whoever reads sees it wholly or not at all.
        let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
        if !full {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
