//! `simulation`: runs seeds, and says which one failed.

use clap::Parser;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs the ledger on a simulated disk.
#[derive(Parser)]
struct Cli {
    /// The first seed; without it, one from the clock.
    #[arg(long)]
    seed: Option<u64>,
    /// How many seeds to run.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Run seed after seed for so many minutes instead.
    #[arg(long)]
    minutes: Option<u64>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let first = cli.seed.unwrap_or_else(|| kit::Random::system().below(1 << 40));
    let (started, mut seen) = (Instant::now(), simulation::Seen::default());
    let enough = |run: u64| match cli.minutes {
        Some(minutes) => started.elapsed() >= Duration::from_secs(minutes * 60),
        None => run >= cli.seeds,
    };
    let mut run = 0;
    while !enough(run) {
        let seed = first + run;
        let result = std::panic::catch_unwind(|| simulation::run(seed));
        match result.unwrap_or_else(|_| Err(format!("seed {seed}: a panic"))) {
            Ok(one) => seen.add(one),
            Err(what) => {
                println!("FAILED after {} runs: {what}", run + 1);
                println!("Repeat it with --seed {seed}");
                return ExitCode::FAILURE;
            }
        }
        run += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{run} seeds from {first} in {seconds:.1} s: {} commands, {} answers, {} reads",
        seen.commands, seen.answers, seen.reads
    );
    println!(
        "opened {} times; damage found {} times; tables compared {} times; nothing was wrong",
        seen.opened, seen.detected, seen.books
    );
    ExitCode::SUCCESS
}
