//! A run: accounts, clients, figures.

use crate::figures::{Figures, Times, peak_rss, processor_seconds};
use crate::mix::{Mix, START_MS};
use cloud::Cloud;
use kit::{BankDay, Fault, FaultContext};
use ledger::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Kind of the accounts that stand in for other partitions.
const TRANSIT: u32 = 1999;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Accounts that money moves between.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(3..=1_000_000_000))]
    pub accounts: u64,
    /// Transfers to make; a hold and its post count as one.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub transfers: u64,
    /// Commands that a client sends at once; 1 sends each by itself.
    #[arg(long, default_value_t = 8_189, value_parser = clap::value_parser!(u64).range(1..=32_768))]
    pub batch: u64,
    /// Clients, each waiting for its answer before it sends again.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub clients: u64,
    /// Of a hundred transfers so many go to one and the same account.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub hot: u8,
    /// Of a hundred transfers so many are a hold that is posted afterwards.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub pending: u8,
    /// Limit counters that each transfer is charged to: day, month, year and single payment, over and over.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=12))]
    pub limits: u8,
    /// How ids of transfers are made.
    #[arg(long, value_enum, default_value_t = Ids::Time)]
    pub ids: Ids,
    /// Partitions that the accounts are spread over, evenly; a transfer between any two accounts is mostly across then.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub partitions: u16,
    /// Also measure opening from the journal alone.
    #[arg(long)]
    pub from_journal: bool,
}

/// How ids are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ids {
    /// Time in front: nearly in order.
    Time,
    /// In no order at all.
    Random,
}

/// Runs the work on a new ledger in `dir`, which must be empty.
pub async fn run(dir: &Path, args: &Args) -> Result<Figures, Fault> {
    let ledger = open(dir, args.partitions).await?;
    prepare(&ledger, args).await?;
    let (bytes_before, processor) = (ledger.size().await.fault("asking for the size")?, processor_seconds());
    let started = Instant::now();
    let (times, operations) = pay(&ledger, args).await?;
    let answered = started.elapsed();
    for partition in ledger.partitions() {
        let head = partition.head();
        while partition.indexed().position < head.position {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let (indexed, processor) = (started.elapsed(), processor_seconds() - processor);
    let (peak_rss_bytes, size) = (peak_rss(), ledger.size().await.fault("asking for the size")?);
    let state_hash = ledger.state_hash().await.fault("asking for the state's hash")?;
    ledger.halt().await;
    let restart_seconds = reopen(dir, args.partitions, &state_hash).await?;
    let mut restart_from_journal_seconds = None;
    if args.from_journal {
        for partition in 0..args.partitions {
            for folder in ["snapshots", "index"] {
                std::fs::remove_dir_all(partition_folder(dir, partition).join(folder))?;
            }
        }
        restart_from_journal_seconds = Some(reopen(dir, args.partitions, &state_hash).await?);
    }
    let transfers = args.transfers as f64;
    let times = Times::new(times);
    Ok(Figures {
        transfers: args.transfers,
        operations,
        transfers_per_second: transfers / answered.as_secs_f64(),
        operations_per_second: operations as f64 / answered.as_secs_f64(),
        indexed_transfers_per_second: transfers / indexed.as_secs_f64(),
        p50_ms: times.at(0.5),
        p99_ms: times.at(0.99),
        max_ms: times.at(1.0),
        journal_bytes_per_transfer: (size.journal_bytes - bytes_before.journal_bytes) as f64 / transfers,
        index_bytes_per_transfer: size.index_bytes.saturating_sub(bytes_before.index_bytes) as f64 / transfers,
        peak_rss_bytes,
        restart_seconds,
        restart_from_journal_seconds,
        processor_us_per_transfer: processor * 1e6 / transfers,
        state_hash,
    })
}

async fn open(dir: &Path, partitions: u16) -> Result<Cloud, Fault> {
    let mut options = Options::new(Arc::new(|_, time_ms| BankDay(time_ms.div_euclid(86_400_000) as i32)));
    options.segment_bytes = 64 << 20;
    let dir = dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || Cloud::open(&dir, partitions, &options, TRANSIT));
    opened.await?.fault("opening the ledger")
}

/// Seconds that opening takes; the state must be the one before.
async fn reopen(dir: &Path, partitions: u16, state_hash: &str) -> Result<f64, Fault> {
    let started = Instant::now();
    let ledger = open(dir, partitions).await?;
    let seconds = started.elapsed().as_secs_f64();
    let hash = ledger.state_hash().await.fault("asking for the state's hash")?;
    ledger.halt().await;
    if hash == state_hash { Ok(seconds) } else { Err(Fault::new("the state is another after opening again")) }
}

/// Opens accounts and counters, a partition's share in each.
async fn prepare(ledger: &Cloud, args: &Args) -> Result<(), Fault> {
    for partition in ledger.partitions() {
        let shares = u64::from(args.partitions);
        let accounts = (args.accounts + shares - 1 - u64::from(partition.partition())) / shares;
        prepare_partition(partition, accounts, u64::from(args.limits)).await?;
    }
    Ok(())
}

async fn prepare_partition(ledger: &Ledger, accounts: u64, limits: u64) -> Result<(), Fault> {
    let account = Action::OpenAccount(OpenAccount {
        holder: HolderId(numbered(ledger.partition(), 0)),
        institution: 1,
        currency: 156,
        kind: 2011,
        normal_side: Side::Credit,
        floor: Some(-(1 << 50)),
        ceiling: None,
    });
    let windows = [Window::Day, Window::Month, Window::Year, Window::Payment];
    let counter = |place: u64| {
        let window = windows[place as usize % windows.len()];
        Action::OpenCounter(OpenCounter { institution: 1, window, cap_amount: Some(1 << 50), cap_count: None })
    };
    let first = std::iter::once(Action::OpenHolder);
    let actions = first
        .chain((0..accounts).map(|_| account.clone()))
        .chain((0..accounts * limits).map(|place| counter(place % limits)));
    let mut commands = Vec::new();
    let send = async |commands: &mut Vec<Command>| -> Result<(), Fault> {
        let answers = ledger.submit_many(std::mem::take(commands)).await.fault("opening accounts")?;
        let answers = answers.await.fault("opening accounts")?;
        match answers.into_iter().all(|answer| answer.is_ok_and(|answer| matches!(answer.outcome, Outcome::Done(_)))) {
            true => Ok(()),
            false => Err(Fault::new("an account could not be opened")),
        }
    };
    for (number, action) in (1_u128..).zip(actions) {
        // Ids of their own, below those of any client.
        commands.push(Command { id: CommandId(number), time_ms: START_MS, action, document: Vec::new() });
        if commands.len() == 8_192 {
            send(&mut commands).await?;
        }
    }
    send(&mut commands).await
}

/// Lets all clients pay; gives the time of each request and the number of commands.
async fn pay(ledger: &Cloud, args: &Args) -> Result<(Vec<Duration>, u64), Fault> {
    let left = Arc::new(AtomicU64::new(args.transfers));
    let mut clients = Vec::new();
    for client in 0..args.clients {
        let (ledger, left, args) = (ledger.clone(), left.clone(), args.clone());
        clients.push(kit::spawn("bench client", async move { one_client(&ledger, &args, client, &left).await }));
    }
    let (mut times, mut operations) = (Vec::new(), 0);
    for client in clients {
        let (own_times, own_operations) = client.await?.ok_or_else(|| Fault::new("a client panicked"))??;
        times.extend(own_times);
        operations += own_operations;
    }
    Ok((times, operations))
}

async fn one_client(ledger: &Cloud, args: &Args, client: u64, left: &AtomicU64) -> Result<(Vec<Duration>, u64), Fault> {
    let mut mix = Mix::new(args, client);
    let (mut times, mut operations) = (Vec::new(), 0);
    loop {
        let share =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(args.batch)));
        let share = share.unwrap_or(0).min(args.batch);
        if share == 0 && !mix.has_holds() {
            return Ok((times, operations));
        }
        let mut commands = Vec::with_capacity(share as usize * 2);
        mix.next(share, &mut commands);
        operations += commands.len() as u64;
        let asked = Instant::now();
        if args.batch == 1 {
            for command in commands {
                let asked = Instant::now();
                check(ledger.execute_waiting(command).await)?;
                times.push(asked.elapsed());
            }
        } else {
            let answers = ledger.submit_many(commands).await.fault("paying")?.await.fault("paying")?;
            answers.into_iter().try_for_each(check)?;
            times.push(asked.elapsed());
        }
    }
}

fn check(answer: Result<Answer, SubmitError>) -> Result<(), Fault> {
    match answer {
        Ok(Answer { outcome: Outcome::Done(_), replayed: false, .. }) => Ok(()),
        Ok(answer) => Err(Fault::new(format!("a transfer was answered {answer:?}"))),
        Err(error) => Err(Fault::new(format!("a transfer was not decided: {error}"))),
    }
}
