//! `tongbao ledger verify` and `tongbao ledger bench`.

use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use ::ledger::{Report, partition_folder};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The journal is whole and its copy, the index, is not.
const INDEX_ALONE: u8 = 3;

pub(crate) fn verify(data: &Path, expect_head: Option<&str>, json: bool) -> Result<ExitCode, Trouble> {
    // Held so that nobody writes meanwhile: what is being written looks like damage.
    let (_held, _) = DataDir::take_existing(data)?;
    let (mut reports, mut folders) = (Vec::new(), Vec::new());
    for partition in 0..cloud::partitions_in(data).max(1) {
        folders.push(partition_folder(data, partition));
    }
    for folder in &folders {
        let report = ::ledger::verify(folder)?;
        reports.push((report.problems.clone(), report));
    }
    let head = reports.iter().map(|(_, report)| report.head.hash_hex()).collect::<Vec<_>>().join("-");
    if let (Some(expected), Some((problems, _))) = (expect_head, reports.first_mut())
        && !expected.eq_ignore_ascii_case(&head)
    {
        problems.push(format!("the head is {head}, expected was {expected}"));
    }
    if json {
        let mut all: Vec<_> = reports.iter().map(|(problems, report)| as_json(report, problems)).collect();
        let whole = match all.len() {
            1 => all.remove(0),
            _ => serde_json::json!({ "head": head, "partitions": all }),
        };
        println!("{}", serde_json::to_string_pretty(&whole).map_err(std::io::Error::other)?);
    } else {
        for ((problems, report), folder) in reports.iter().zip(&folders) {
            if folders.len() > 1 {
                println!("{}", folder.display());
            }
            show(report, problems, folder);
        }
    }
    let is_whole = reports.iter().all(|(problems, _)| problems.is_empty());
    Ok(match (is_whole, reports.iter().all(|(_, report)| report.index.problems.is_empty())) {
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::from(INDEX_ALONE),
        (false, _) => ExitCode::FAILURE,
    })
}

fn show(report: &Report, problems: &[String], data: &Path) {
    println!("records    {}", report.head.position);
    println!("commands   {}", report.head.sequence);
    println!("segments   {}", report.segments);
    println!("accounts   {}", report.accounts);
    println!("movements  {}", report.movements);
    println!("refused    {}", report.refused);
    println!("open holds {}", report.holds);
    println!("snapshots  {} equal to the journal", report.snapshots_equal);
    if report.snapshots_earlier > 0 {
        println!(
            "           {} of an earlier program are not read; the next ones take their place",
            report.snapshots_earlier
        );
    }
    if report.records_after_head > 0 {
        println!("unanswered {} whole records after the head; opening keeps them", report.records_after_head);
    }
    let index = &report.index;
    if index.exists {
        println!(
            "index      {} rows and {} lines of ids in {} runs of {} pages, as the journal says",
            index.rows, index.lines, index.runs, index.pages
        );
        if index.behind > 0 {
            println!("           {} commands are newer; the next start adds them", index.behind);
        }
    } else {
        println!("index      none; the next start builds it from the journal");
    }
    println!("state      {}", report.state_hash);
    println!("head       {} {}", report.head.position, report.head.hash_hex());
    for problem in problems {
        println!("PROBLEM    {problem}");
    }
    for problem in &index.problems {
        println!("INDEX      {problem}");
    }
    if !problems.is_empty() {
        println!("{} problems. Keep the folder as it is and restore a backup into a new one.", problems.len());
    } else if !index.problems.is_empty() {
        println!(
            "The journal is whole, so nothing is lost: the index is a copy of it. Remove {}, and the next start builds it \
             again.",
            data.join("index").display()
        );
    } else {
        println!("All is whole.");
    }
}

fn as_json(report: &Report, problems: &[String]) -> serde_json::Value {
    let index = &report.index;
    serde_json::json!({
        "records": report.head.position,
        "commands": report.head.sequence,
        "segments": report.segments,
        "accounts": report.accounts,
        "movements": report.movements,
        "refused": report.refused,
        "open_holds": report.holds,
        "snapshots_equal": report.snapshots_equal,
        "snapshots_earlier": report.snapshots_earlier,
        "records_after_head": report.records_after_head,
        "state_hash": report.state_hash,
        "head": report.head.hash_hex(),
        "problems": problems,
        "index": {
            "exists": index.exists,
            "rows": index.rows,
            "lines": index.lines,
            "runs": index.runs,
            "pages": index.pages,
            "behind": index.behind,
            "problems": index.problems,
        },
    })
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
