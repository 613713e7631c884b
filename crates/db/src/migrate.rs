//! Migrations: each room's tables move forward by numbered steps.

use crate::engine::fill_ddl;
use crate::{Db, DbError, Tx, catalog, params};
use kit::{Fault, FaultContext};
use std::collections::BTreeMap;

/// A room and its migrations.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The crate's name, such as `payments`.
    pub name: &'static str,
    /// Its steps, numbered 1, 2, 3, …
    pub migrations: &'static [Migration],
}

/// One step forward.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3, …
    pub version: i64,
    /// One or more statements. Types are written `{i64}`, `{text}` and `{bytes}`; a `CREATE TABLE` ends with `{strict}`,
    /// or with `{clustered}` when rows are best stored in the order of the primary key. An index's name begins with its
    /// table's.
    pub sql: &'static str,
}

const MAKE_SCHEMA_VERSION: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    room {text} NOT NULL,
    version {i64} NOT NULL,
    fingerprint {i64} NOT NULL,
    PRIMARY KEY (room, version)
) {strict}";

impl Db {
    /// Brings the tables of these rooms up to date, in the order given: everything or nothing.
    ///
    /// # Errors
    /// [`DbError::NewerSchema`] when a newer program wrote the data, [`DbError::EditedMigration`] when a step that has
    /// run here reads differently now.
    pub async fn migrate(&self, rooms: &[Room]) -> Result<(), Fault> {
        let mut tx = self.begin_write(&["schema_version"]).await?;
        migrate_in_tx(&mut tx, rooms, |_| i64::MAX).await?;
        tx.commit().await
    }

    /// The version of each room that has tables here; empty for a fresh database.
    pub async fn schema_versions(&self) -> Result<BTreeMap<String, i64>, Fault> {
        versions_in_tx(&mut self.begin_read().await?).await
    }
}

pub(crate) async fn versions_in_tx(tx: &mut Tx) -> Result<BTreeMap<String, i64>, Fault> {
    if !catalog::tables(tx).await?.iter().any(|table| table == "schema_version") {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT room, max(version) AS version FROM schema_version GROUP BY room";
    tx.query(sql, params![]).await?.iter().map(|row| Ok((row.text("room")?, row.i64("version")?))).collect()
}

/// Brings each room forward, but no further than the version that `limit` gives for its name.
pub(crate) async fn migrate_in_tx(tx: &mut Tx, rooms: &[Room], limit: impl Fn(&str) -> i64) -> Result<(), Fault> {
    let ddl = fill_ddl(MAKE_SCHEMA_VERSION, tx.engine())?;
    tx.script(ddl).await.fault("making the table schema_version")?;
    let applied = applied(tx).await?;
    for room in rooms {
        check_numbers(room)?;
        check_applied(room, &applied)?;
    }
    for room in rooms {
        for migration in room.migrations.iter().filter(|migration| migration.version <= limit(room.name)) {
            if !applied.contains_key(&(room.name.to_owned(), migration.version)) {
                apply(tx, room, migration).await?;
            }
        }
    }
    Ok(())
}

/// Fingerprints of the steps that have run, by room and version.
type Applied = BTreeMap<(String, i64), i64>;

async fn applied(tx: &mut Tx) -> Result<Applied, Fault> {
    let rows = tx.query("SELECT room, version, fingerprint FROM schema_version", params![]).await?;
    rows.iter().map(|row| Ok(((row.text("room")?, row.i64("version")?), row.i64("fingerprint")?))).collect()
}

fn check_numbers(room: &Room) -> Result<(), Fault> {
    let in_order = room.migrations.iter().zip(1..).all(|(migration, version)| migration.version == version);
    if in_order {
        Ok(())
    } else {
        Err(Fault::new(format!("migrations of {} are not numbered 1, 2, 3, …", room.name)))
    }
}

fn check_applied(room: &Room, applied: &Applied) -> Result<(), Fault> {
    let known = room.migrations.last().map_or(0, |last| last.version);
    // The newest version is looked at first: it is what the message should name.
    for ((_, version), found) in applied.iter().rev().filter(|((name, _), _)| name == room.name) {
        let name = room.name.to_owned();
        match room.migrations.iter().find(|migration| migration.version == *version) {
            None => return Err(DbError::NewerSchema { room: name, found: *version, known }.into()),
            Some(migration) if fingerprint(migration.sql) != *found => {
                return Err(DbError::EditedMigration { room: name, version: *version }.into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn apply(tx: &mut Tx, room: &Room, migration: &Migration) -> Result<(), Fault> {
    let doing = format!("migration {} of {}", migration.version, room.name);
    let ddl = fill_ddl(migration.sql, tx.engine()).fault(&doing)?;
    tx.script(ddl).await.fault(&doing)?;
    let sql = "INSERT INTO schema_version (room, version, fingerprint) VALUES ($1, $2, $3)";
    tx.execute(sql, params![room.name, migration.version, fingerprint(migration.sql)]).await.fault(&doing)?;
    Ok(())
}

/// FNV-1a over the text without its spacing: enough to notice an edit, which is all it is for.
fn fingerprint(sql: &str) -> i64 {
    let words = sql.split_whitespace().flat_map(|word| word.bytes().chain([b' ']));
    let hash =
        words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash.cast_signed()
}
