//! The ledger as a library: two customers, a payment, a hold, a limit, and the same after opening again.
//!
//! `cargo run -p ledger --example two_accounts`

use ledger::{
    AccountId, Action, Command, CommandId, CounterId, Effect, HolderId, Ledger, LimitUse, Mode, OpenAccount,
    OpenCounter, Options, Outcome, Side, Transfer, Window,
};
use std::path::Path;
use std::sync::Arc;

/// 2026-11-20T08:00:00Z in milliseconds: business time is the caller's.
const NOW_MS: i64 = 1_795_161_600_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::temp_dir().join(format!("ledger-example-{}", std::process::id()));
    let ledger = open(&dir)?;

    // Ids are the caller's, and count once for ever; the ledger numbers what is opened.
    let holder = HolderId(0);
    run(&ledger, 1, Action::OpenHolder).await?;
    let account = |normal_side, kind, floor| {
        Action::OpenAccount(OpenAccount {
            holder,
            institution: 1,
            currency: 156,
            kind,
            normal_side,
            floor,
            ceiling: None,
        })
    };
    run(&ledger, 2, account(Side::Debit, 1001, None)).await?;
    run(&ledger, 3, account(Side::Credit, 2011, Some(0))).await?;
    run(&ledger, 4, account(Side::Credit, 2011, Some(0))).await?;
    let (cash, alice, bob) = (AccountId(0), AccountId(1), AccountId(2));
    let daily = OpenCounter { institution: 1, window: Window::Day, cap_amount: Some(10_000), cap_count: None };
    run(&ledger, 5, Action::OpenCounter(daily)).await?;

    // Cash comes in, and half of it goes on.
    run(&ledger, 6, Action::Transfer(transfer(cash, alice, 10_000, Mode::Immediate))).await?;
    run(&ledger, 7, Action::Transfer(transfer(alice, bob, 5000, Mode::Immediate))).await?;

    // Set aside, then book a part; what is left is free again.
    run(&ledger, 8, Action::Transfer(transfer(alice, bob, 3000, Mode::Hold { expires_ms: None }))).await?;
    run(&ledger, 9, Action::Post { hold: CommandId(8), amount: Some(2000) }).await?;

    // More than there is, and a repeat: the first is refused, the second answered as it was.
    run(&ledger, 10, Action::Transfer(transfer(alice, bob, 9900, Mode::Immediate))).await?;
    run(&ledger, 7, Action::Transfer(transfer(alice, bob, 5000, Mode::Immediate))).await?;
    let before = ledger.state_hash().await?;
    ledger.close().await;

    let ledger = open(&dir)?;
    assert_eq!(ledger.state_hash().await?, before, "the journal says it all");
    for entry in ledger.history(bob, None, 10).await.map_err(|fault| fault.to_string())? {
        if let Outcome::Done(Effect::Posted(posted)) = entry.outcome {
            println!("bob's history: command {} brought {}", entry.command.id.0, posted.amount);
        }
    }
    ledger.close().await;
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn open(dir: &Path) -> Result<Ledger, ledger::OpenError> {
    let bank_day = |_institution: u16, time_ms: i64| kit::BankDay(time_ms.div_euclid(86_400_000) as i32);
    Ledger::open(dir, Options::new(Arc::new(bank_day)))
}

fn transfer(debit: AccountId, credit: AccountId, amount: i64, mode: Mode) -> Transfer {
    let limits = match debit {
        AccountId(0) => Vec::new(),
        _ => vec![LimitUse { counter: CounterId(0), side: Side::Debit }],
    };
    Transfer { debit, credit, amount, code: 1, reference: 0, mode, balancing: None, limits, epoch: None }
}

async fn run(ledger: &Ledger, id: u128, action: Action) -> Result<(), ledger::SubmitError> {
    let command = Command { id: CommandId(id), time_ms: NOW_MS, action, document: Vec::new() };
    let answer = ledger.execute(command).await?;
    println!("command {id}: {:?}{}", answer.outcome, if answer.replayed { " (as before)" } else { "" });
    Ok(())
}
