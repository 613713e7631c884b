//! `tongbao audit`.

use crate::bank::Bank;
use crate::cli::{AuditFormat, StoredData};
use crate::command::export::parts;
use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use ::staff::{AuditWriter, ChainCheck, check_audit_file};
use kit::FaultContext;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks the trail in the database.
pub(crate) async fn verify(stored: StoredData, expect_head: Option<String>) -> Result<ExitCode, Trouble> {
    let _held = DataDir::take_existing(&stored.data)?;
    let bank = Bank::open(parts(&stored)?).await?;
    bank.desk.chain_customers_acts().await?;
    let check = bank.staff.walk_audit(expect_head.as_deref(), |_| Ok(())).await;
    bank.close().await?;
    Ok(told(&check?, expect_head.is_some()))
}

/// Checks an exported file.
pub(crate) fn verify_file(file: &Path, expect_head: Option<&str>) -> Result<ExitCode, Trouble> {
    let check = match file.as_os_str() == "-" {
        true => check_audit_file(std::io::stdin().lock(), expect_head)?,
        false => {
            let opened = File::open(file).map_err(|error| Trouble::new(format!("{}: {error}.", file.display())))?;
            check_audit_file(BufReader::new(opened), expect_head)?
        }
    };
    Ok(told(&check, expect_head.is_some()))
}

/// Writes the trail into a new file.
pub(crate) async fn export(stored: StoredData, file: PathBuf, format: AuditFormat) -> Result<ExitCode, Trouble> {
    let _held = DataDir::take_existing(&stored.data)?;
    let new = OpenOptions::new().write(true).create_new(true).open(&file);
    let new = new.map_err(|error| {
        Trouble::new(format!("{}: {error}.", file.display())).remedy("Name a file that does not exist yet.")
    })?;
    let format = match format {
        AuditFormat::Csv => ::staff::AuditFormat::Csv,
        AuditFormat::Jsonl => ::staff::AuditFormat::Jsonl,
    };
    let mut writer = AuditWriter::new(BufWriter::new(new), format);
    let bank = Bank::open(parts(&stored)?).await?;
    bank.desk.chain_customers_acts().await?;
    let check = bank.staff.walk_audit(None, |row| writer.write(row)).await;
    bank.close().await?;
    let check = check?;
    let mut out = writer.finish()?;
    out.flush().fault("writing the exported trail")?;
    out.get_ref().sync_all().fault("writing the exported trail")?;
    Ok(told(&check, false))
}

fn told(check: &ChainCheck, is_expected: bool) -> ExitCode {
    println!("rows  {}", check.rows);
    println!("head  {}", check.head);
    match (check.broken_at, check.expected_at) {
        (Some(row), _) => println!("PROBLEM  row {row} was changed, is missing, or stands in another place"),
        (None, None) if is_expected => {
            println!("PROBLEM  no row has the expected hash: rows were cut off the end, or all were written anew");
        }
        (None, at) => {
            if let Some(row) = at {
                println!("found the expected hash at row {row}; {} rows came after it", check.rows - row);
            }
            println!("All is whole.");
            return ExitCode::SUCCESS;
        }
    }
    println!("Keep the trail as it is and tell who is responsible for compliance.");
    ExitCode::FAILURE
}
