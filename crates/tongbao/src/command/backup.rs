//! `tongbao backup` and `tongbao restore`: journal and SQL of one position.
//!
//! SQL is dumped in one read transaction, which says how far the projections had got in that very moment. The
//! journal is then copied up to exactly there: its records are never changed once written, so it may go on growing
//! meanwhile. Both halves of the backup therefore agree, and nobody who is paying notices. With several partitions that moment
//! is a quiet one, see `quiet.rs`: else one journal could have what another paid and not what was paid there.

use super::export::parts;
use crate::bank::{Bank, KEY_FILE, VAULT_FILE};
use crate::cli::{BackupOptions, RestoreOptions};
use crate::data_dir::{self, DataDir, Purpose};
use crate::quiet::Quiet;
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
const FORMAT: u32 = 2;
/// What every program of this project can read: a ledger of one partition.
const FORMAT_OF_ONE: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Records of the journal.
    position: u64,
    /// Hash of the last record.
    head: String,
    /// Of the partitions after the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    more: Vec<Cut>,
    /// Rows in the dump.
    sql_rows: u64,
    #[serde(flatten)]
    purpose: Purpose,
}

/// Where a partition's journal was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cut {
    position: u64,
    head: String,
}

impl Manifest {
    /// Of all partitions.
    fn cuts(&self) -> Vec<Cut> {
        let first = Cut { position: self.position, head: self.head.clone() };
        std::iter::once(first).chain(self.more.iter().cloned()).collect()
    }

    fn show(&self, done: &str, to: &Path) {
        let cuts = self.cuts();
        let records: u64 = cuts.iter().map(|cut| cut.position).sum();
        println!("{done} {records} journal records and {} SQL rows to {}.", self.sql_rows, to.display());
        println!("head {}", cuts.iter().map(|cut| cut.head.as_str()).collect::<Vec<_>>().join("-"));
    }
}

pub(crate) async fn backup(options: BackupOptions) -> Result<ExitCode, Trouble> {
    crate::observe::log_quietly();
    let BackupOptions { to, source } = options;
    // Not taken: the bank may be serving.
    let purpose = DataDir::purpose(&source.data)?;
    if !data_dir::is_free(&to)? {
        return Err(Trouble::new(format!("{} is not empty.", to.display())).remedy("Name a new folder."));
    }
    let partitions = cloud::partitions_in(&source.data).max(1);
    let held = if partitions > 1 { DataDir::take_if_free(&source.data)? } else { None };
    if held.is_some() {
        // Nobody serves: what a stop left under way between partitions comes to its end first.
        let bank = Bank::open(parts(&source)?).await?;
        bank.settled().await?;
        bank.close().await?;
    }
    fs::create_dir_all(&to)?;
    let db = Db::open(&parts(&source)?.database_url).await.map_err(Trouble::database)?;
    let mut quiet = None;
    if partitions > 1 && held.is_none() {
        quiet = Some(Quiet::wait(&source.data).await?);
    }
    let (positions, sql_rows) = dump(&db, &to.join(SQL), partitions, quiet).await?;
    db.close().await;
    let mut cuts = copy(&source.data, &to, &positions).await?.into_iter();
    let Some(Cut { position, head }) = cuts.next() else { return Err(Fault::new("no journal was copied").into()) };
    copy_keys(&source.data, &to)?;
    let format = if partitions > 1 { FORMAT } else { FORMAT_OF_ONE };
    let manifest = Manifest { format, position, head, more: cuts.collect(), sql_rows, purpose };
    let mut file = File::create(to.join(MANIFEST))?;
    file.write_all(serde_json::to_string_pretty(&manifest).map_err(Fault::from)?.as_bytes())?;
    file.sync_all()?;
    File::open(&to)?.sync_all()?;
    manifest.show("Backed up", &to);
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

/// Copies each partition's journal up to its position.
async fn copy(from: &Path, to: &Path, positions: &[u64]) -> Result<Vec<Cut>, Trouble> {
    let mut cuts = Vec::new();
    for (partition, position) in (0..).zip(positions.iter().copied()) {
        let source = ledger::partition_folder(from, partition);
        let (target, shown) = (ledger::partition_folder(to, partition), source.clone());
        fs::create_dir_all(&target)?;
        let copied = tokio::task::spawn_blocking(move || ledger::copy(&source, &target, position));
        let head = copied.await.fault("copying the journal")?.map_err(|error| Trouble::ledger(error, &shown))?;
        cuts.push(Cut { position, head: head.hash_hex() });
    }
    Ok(cuts)
}

/// Dumps one moment of SQL; gives each journal's position in that moment and the number of rows.
async fn dump(db: &Db, file: &Path, partitions: u16, quiet: Option<Quiet>) -> Result<(Vec<u64>, u64), Trouble> {
    let mut tx = db.begin_read().await?;
    let seen = accounts::projection::positions(&mut tx).await?;
    let mut positions = Vec::new();
    for partition in 0..partitions {
        let mut of_partition = seen.iter().filter(|(_, of, _)| *of == partition).map(|(_, _, position)| *position);
        let position = of_partition.next().unwrap_or(0);
        if of_partition.any(|other| other != position) {
            return Err(Trouble::new("A projection is being built again; SQL has no single position now.")
                .remedy("Try again when /metrics shows projection_lag_records 0."));
        }
        positions.push(position);
    }
    if let Some(quiet) = quiet
        && !quiet.holds()?
    {
        return Err(Trouble::new("The quiet moment was over before SQL was read.").remedy("Try again."));
    }
    let mut out = zstd::Encoder::new(BufWriter::new(File::create(file)?), 3)?;
    let rows = tx.dump(&mut out).await?;
    let file = out.finish()?.into_inner().map_err(|error| Fault::new(error.to_string()))?;
    file.sync_all()?;
    tx.rollback().await?;
    Ok((positions, rows))
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
    let cuts = manifest.cuts();
    let positions: Vec<u64> = cuts.iter().map(|cut| cut.position).collect();
    if copy(&from, &target.data, &positions).await? != cuts {
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
    DataDir::mark(&target.data, &manifest.purpose, cuts.len() as u16)?;
    // Opening proves that journal and SQL fit.
    let bank = Bank::open(parts).await?;
    bank.settled().await?;
    bank.close().await?;
    manifest.show("Restored", &target.data);
    Ok(ExitCode::SUCCESS)
}
