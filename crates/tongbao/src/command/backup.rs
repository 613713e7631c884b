//! `tongbao backup` and `tongbao restore`: journal and SQL of one position.
//!
//! SQL is dumped in one read transaction, which says how far the projections had got in that very moment. The
//! journal is then copied up to exactly there: its records are never changed once written, so it may go on growing
//! meanwhile. Both halves of the backup therefore agree, and nobody who is paying notices.

use super::export::parts;
use crate::bank::{Bank, KEY_FILE, VAULT_FILE};
use crate::cli::{BackupOptions, RestoreOptions};
use crate::data_dir::{self, DataDir, Purpose};
use crate::trouble::Trouble;
use db::Db;
use kit::{Fault, FaultContext};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

const MANIFEST: &str = "backup.json";
const SQL: &str = "sql.jsonl.zst";
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Records of the journal.
    position: u64,
    /// Hash of the last record.
    head: String,
    /// Rows in the dump.
    sql_rows: u64,
    #[serde(flatten)]
    purpose: Purpose,
}

pub(crate) async fn backup(options: BackupOptions) -> Result<ExitCode, Trouble> {
    crate::observe::log_quietly();
    let BackupOptions { to, source } = options;
    // Not taken: the bank may be serving.
    let purpose = DataDir::purpose(&source.data)?;
    if !data_dir::is_free(&to)? {
        return Err(Trouble::new(format!("{} is not empty.", to.display())).remedy("Name a new folder."));
    }
    fs::create_dir_all(&to)?;
    let db = Db::open(&parts(&source)?.database_url).await.map_err(Trouble::database)?;
    let (position, sql_rows) = dump(&db, &to.join(SQL)).await?;
    db.close().await;
    let (from, target) = (source.data.clone(), to.clone());
    let copied = tokio::task::spawn_blocking(move || ledger::copy(&from, &target, position));
    let head = copied.await.fault("copying the journal")?.map_err(|error| Trouble::ledger(error, &source.data))?;
    copy_keys(&source.data, &to)?;
    let manifest = Manifest { format: FORMAT, position, head: head.hash_hex(), sql_rows, purpose };
    let mut file = File::create(to.join(MANIFEST))?;
    file.write_all(serde_json::to_string_pretty(&manifest).map_err(Fault::from)?.as_bytes())?;
    file.sync_all()?;
    File::open(&to)?.sync_all()?;
    println!("Backed up {} journal records and {sql_rows} SQL rows to {}.", manifest.position, to.display());
    println!("head {}", manifest.head);
    Ok(ExitCode::SUCCESS)
}

/// Without its key files a database's citizen and card numbers cannot be read, so a backup holds all and is as secret as they
/// are.
fn copy_keys(from: &Path, to: &Path) -> Result<(), Trouble> {
    for file in [KEY_FILE, VAULT_FILE] {
        let source = from.join(file);
        if source.exists() {
            fs::copy(&source, to.join(file))?;
            File::open(to.join(file))?.sync_all()?;
        }
    }
    Ok(())
}

/// Dumps one moment of SQL; gives the journal position of that moment and the number of rows.
async fn dump(db: &Db, file: &Path) -> Result<(u64, u64), Trouble> {
    let mut tx = db.begin_read().await?;
    let positions = accounts::projection::positions(&mut tx).await?;
    let position = positions.first().map_or(0, |(_, position)| *position);
    if positions.iter().any(|(_, other)| *other != position) {
        return Err(Trouble::new("A projection is being built again; SQL has no single position now.")
            .remedy("Try again when /metrics shows projection_lag_records 0."));
    }
    let mut out = zstd::Encoder::new(BufWriter::new(File::create(file)?), 3)?;
    let rows = tx.dump(&mut out).await?;
    let file = out.finish()?.into_inner().map_err(|error| Fault::new(error.to_string()))?;
    file.sync_all()?;
    tx.rollback().await?;
    Ok((position, rows))
}

pub(crate) async fn restore(options: RestoreOptions) -> Result<ExitCode, Trouble> {
    crate::observe::log_quietly();
    let RestoreOptions { from, target } = options;
    let manifest = fs::read_to_string(from.join(MANIFEST)).map_err(|error| {
        Trouble::new(format!("There is no whole backup in {}: {error}.", from.display()))
            .remedy("A backup is whole when its backup.json is there.")
    })?;
    let manifest: Manifest = serde_json::from_str(&manifest)
        .map_err(|error| Trouble::new(format!("{MANIFEST} cannot be read: {error}.")))?;
    if manifest.format > FORMAT {
        return Err(Trouble::new("The backup was made by a newer tongbao."));
    }
    if !data_dir::is_free(&target.data)? {
        return Err(Trouble::new(format!("{} is not empty.", target.data.display()))
            .remedy("A backup is restored into a new folder: --data DIR."));
    }
    fs::create_dir_all(&target.data)?;
    let (source, copy, position) = (from.clone(), target.data.clone(), manifest.position);
    let copied = tokio::task::spawn_blocking(move || ledger::copy(&source, &copy, position));
    let head = copied.await.fault("copying the journal")?.map_err(|error| Trouble::ledger(error, &from))?;
    if head.hash_hex() != manifest.head {
        return Err(Trouble::new("The journal in the backup is not the one its manifest names."));
    }
    copy_keys(&from, &target.data)?;
    let parts = parts(&target)?;
    let db = Db::open(&parts.database_url).await.map_err(Trouble::database)?;
    let mut dump = BufReader::new(zstd::Decoder::new(File::open(from.join(SQL))?)?);
    let rows = db.restore(&mut dump, &crate::bank::rooms()).await;
    let rows = rows.map_err(Trouble::database)?;
    db.close().await;
    if rows != manifest.sql_rows {
        return Err(Trouble::new(format!("The dump has {rows} rows, its manifest says {}.", manifest.sql_rows)));
    }
    DataDir::mark(&target.data, &manifest.purpose)?;
    // Opening proves that journal and SQL fit.
    let bank = Bank::open(parts).await?;
    bank.settled().await?;
    bank.close().await?;
    println!("Restored {} journal records and {rows} SQL rows to {}.", manifest.position, target.data.display());
    println!("head {}", manifest.head);
    Ok(ExitCode::SUCCESS)
}
