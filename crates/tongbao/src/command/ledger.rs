//! `tongbao ledger verify` and `tongbao ledger bench`.

use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn verify(data: &Path, expect_head: Option<&str>) -> Result<ExitCode, Trouble> {
    // Held so that nobody writes meanwhile: what is being written looks like damage.
    let (_held, _) = DataDir::take_existing(data)?;
    let report = ::ledger::verify(data)?;
    println!("records    {}", report.head.position);
    println!("commands   {}", report.head.sequence);
    println!("segments   {}", report.segments);
    println!("accounts   {}", report.accounts);
    println!("movements  {}", report.movements);
    println!("refused    {}", report.refused);
    println!("open holds {}", report.holds);
    println!("snapshots  {} equal to the journal", report.snapshots_equal);
    if report.records_after_head > 0 {
        println!("unanswered {} whole records after the head; opening keeps them", report.records_after_head);
    }
    println!("state      {}", report.state_hash);
    println!("head       {} {}", report.head.position, report.head.hash_hex());
    let mut problems = report.problems.clone();
    if let Some(expected) = expect_head
        && !expected.eq_ignore_ascii_case(&report.head.hash_hex())
    {
        problems.push(format!("the head is {}, expected was {expected}", report.head.hash_hex()));
    }
    for problem in &problems {
        println!("PROBLEM    {problem}");
    }
    if problems.is_empty() {
        println!("All is whole.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("{} problems. Keep the folder as it is and restore a backup into a new one.", problems.len());
        Ok(ExitCode::FAILURE)
    }
}

pub(crate) async fn bench(args: workload::Args, data: Option<PathBuf>, json: bool) -> Result<ExitCode, Trouble> {
    let data =
        data.unwrap_or_else(|| std::env::temp_dir().join(format!("tongbao-ledger-bench-{}", std::process::id())));
    std::fs::create_dir(&data)
        .map_err(|error| Trouble::new(format!("The folder {} cannot be made: {error}.", data.display())))?;
    let figures = workload::run(&data, &args).await;
    std::fs::remove_dir_all(&data)?;
    let figures = figures?;
    if json {
        println!("{}", serde_json::to_string_pretty(&figures).map_err(std::io::Error::other)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("transfers  {:.0} a second, each answer durable", figures.transfers_per_second);
    println!("commands   {:.0} a second", figures.operations_per_second);
    println!("indexed    {:.0} transfers a second", figures.indexed_transfers_per_second);
    println!(
        "requests   {:.2} ms median, {:.2} ms for 99 %, {:.2} ms longest",
        figures.p50_ms, figures.p99_ms, figures.max_ms
    );
    println!(
        "disk       {:.0} + {:.0} bytes a transfer (journal + index)",
        figures.journal_bytes_per_transfer, figures.index_bytes_per_transfer
    );
    println!("memory     {:.0} MiB at most", figures.peak_rss_bytes as f64 / f64::from(1 << 20));
    println!("processor  {:.2} microseconds a transfer", figures.processor_us_per_transfer);
    println!("restart    {:.2} s as after a kill", figures.restart_seconds);
    if let Some(seconds) = figures.restart_from_journal_seconds {
        println!("rebuild    {seconds:.2} s from the journal alone");
    }
    println!("state      {}", figures.state_hash);
    Ok(ExitCode::SUCCESS)
}
