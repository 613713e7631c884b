//! `tongbao ledger verify`.

use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use std::path::Path;
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
