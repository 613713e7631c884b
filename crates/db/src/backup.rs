//! Copies of the data, made while work goes on: a file for SQLite, a dump in JSON lines for both engines.
//!
//! A dump is text, one JSON value a line:
//!
//! ```text
//! {"format":1,"rooms":{"payments":2}}                     schema version of each room
//! {"table":"payment_order","columns":[["id","i64"],["note","text"],["data","bytes"]]}
//! [7,"note","00ff"]                                       a row: bytes in hexadecimal, null where missing
//! {"rows":1}                                              the end, with the count of all rows
//! ```
//!
//! Tables come by name and rows by primary key, so that the same data gives the same dump on either engine.

use crate::catalog::{self, Kind, Table};
use crate::database::Pools;
use crate::migrate::{migrate_in_tx, versions_in_tx};
use crate::{Db, DbError, Engine, Room, Row, Sql, Tx, Value, params};
use kit::{Fault, FaultContext};
use serde_json::json;
use sqlx::{ConnectOptions, Connection};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;

const FORMAT: i64 = 1;
/// Rows read, or written, at a time.
const PAGE: usize = 5_000;

impl Db {
    /// Copies a SQLite database into a new file while work goes on: one moment of it, compacted, synced to the disk. The
    /// file must not exist. PostgreSQL has [`Db::dump`], and tools of its own.
    pub async fn backup_to(&self, file: &Path) -> Result<(), Fault> {
        let Pools::Sqlite { writer, .. } = &self.pools else {
            return Err(Fault::new("a copy as a file is for SQLite; use a dump for PostgreSQL"));
        };
        let path = file.to_str().ok_or_else(|| Fault::new("the path of a copy must be UTF-8"))?;
        if file.exists() {
            return Err(Fault::new(format!("{path} exists already")));
        }
        // A connection of its own: the readers may not write anything anywhere, and the writer is busy.
        let options = (*writer.connect_options()).clone().disable_statement_logging();
        let mut connection = options.connect().await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(path).execute(&mut connection).await;
        connection.close().await?;
        copied.fault(format!("copying the database to {path}"))?;
        sync(file).fault(format!("syncing {path}"))
    }

    /// Writes a dump of one moment of the data while work goes on, and says how many rows it has. `out` should be
    /// buffered; syncing it is the caller's.
    pub async fn dump(&self, out: &mut (dyn Write + Send)) -> Result<u64, Fault> {
        let mut tx = self.begin_read().await?;
        let count = tx.dump(out).await?;
        tx.rollback().await?;
        Ok(count)
    }

    /// Fills an empty database from a dump, whole or not at all, and says how many rows it got. The tables are made as
    /// they were when the dump was written; [`Db::migrate`] then brings them up to date.
    ///
    /// # Errors
    /// [`DbError::NewerSchema`] at the bottom of the fault when a newer program wrote the dump.
    pub async fn restore(&self, input: &mut (dyn BufRead + Send), rooms: &[Room]) -> Result<u64, Fault> {
        if !self.schema_versions().await?.is_empty() {
            return Err(Fault::new("a dump is only restored into an empty database"));
        }
        let mut lines = Lines { input, number: 0 };
        let versions = read_versions(&lines.next()?).fault("reading the head of the dump")?;
        for (room, found) in &versions {
            let known = rooms.iter().find(|known| known.name == room);
            let known = known.and_then(|room| room.migrations.last()).map_or(0, |last| last.version);
            if *found > known {
                return Err(DbError::NewerSchema { room: room.clone(), found: *found, known }.into());
            }
        }
        let mut tx = self.begin_write(&["schema_version"]).await?;
        migrate_in_tx(&mut tx, rooms, |room| versions.get(room).copied().unwrap_or(0)).await?;
        let foreign_keys = suspend_foreign_keys(&mut tx).await?;
        let count = restore_rows(&mut tx, &mut lines).await.map_err(|fault| lines.at(fault))?;
        for sql in foreign_keys {
            tx.execute(Sql::assembled(sql), params![]).await?;
        }
        tx.commit().await?;
        Ok(count)
    }
}

impl Tx {
    /// Writes a dump like [`Db::dump`], of what this transaction sees; with [`Db::begin_read`], one moment of the data.
    pub async fn dump(&mut self, out: &mut (dyn Write + Send)) -> Result<u64, Fault> {
        let rooms = versions_in_tx(self).await?;
        write_line(out, &json!({ "format": FORMAT, "rooms": rooms }))?;
        let mut count = 0;
        for name in catalog::tables(self).await? {
            if name != "schema_version" {
                let table = catalog::table(self, &name).await?;
                count += dump_table(self, &table, out).await.fault(format!("dumping the table {name}"))?;
            }
        }
        write_line(out, &json!({ "rows": count }))?;
        Ok(count)
    }
}

fn sync(file: &Path) -> std::io::Result<()> {
    std::fs::File::open(file)?.sync_all()?;
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => std::fs::File::open(".")?.sync_all(),
    }
}

fn write_line(out: &mut (dyn Write + Send), value: &serde_json::Value) -> Result<(), Fault> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes a table page by page, each beginning after the last key of the one before.
async fn dump_table(tx: &mut Tx, table: &Table, out: &mut (dyn Write + Send)) -> Result<u64, Fault> {
    write_line(out, &json!({ "table": table.name, "columns": columns_of(table) }))?;
    let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let key = table.key.join(", ");
    let head = format!("SELECT {} FROM {}", columns.join(", "), table.name);
    let tail = format!("ORDER BY {key} LIMIT {PAGE}");
    let after = format!("{head} WHERE ({key}) > ({}) {tail}", crate::placeholders(1, table.key.len()));
    let mut sql = Sql::assembled(format!("{head} {tail}"));
    let mut params = params![];
    let mut count = 0;
    loop {
        let rows = tx.query(sql, params).await?;
        for row in &rows {
            let cells = table.columns.iter().map(|(name, kind)| cell_of(row, name, *kind)).collect::<Result<_, _>>()?;
            write_line(out, &serde_json::Value::Array(cells))?;
        }
        count += rows.len() as u64;
        let Some(last) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(count) };
        params = table.key.iter().map(|name| key_of(last, table, name)).collect::<Result<_, _>>()?;
        sql = Sql::assembled(after.clone());
    }
}

fn columns_of(table: &Table) -> serde_json::Value {
    table.columns.iter().map(|(name, kind)| json!([name, kind.word()])).collect()
}

fn key_of(row: &Row, table: &Table, name: &str) -> Result<Value, Fault> {
    match table.columns.iter().find(|(column, _)| column == name) {
        Some((_, Kind::I64)) => Ok(Value::I64(row.i64(name)?)),
        Some((_, Kind::Text)) => Ok(Value::Text(row.text(name)?)),
        Some((_, Kind::Bytes)) => Ok(Value::Bytes(row.bytes(name)?)),
        None => Err(Fault::new(format!("the key column {name} is not a column"))),
    }
}

fn cell_of(row: &Row, name: &str, kind: Kind) -> Result<serde_json::Value, Fault> {
    Ok(match kind {
        Kind::I64 => json!(row.opt_i64(name)?),
        Kind::Text => json!(row.opt_text(name)?),
        Kind::Bytes => json!(row.opt_bytes(name)?.map(|bytes| to_hex(&bytes))),
    })
}

fn value_of(cell: serde_json::Value, kind: Kind) -> Result<Value, Fault> {
    let wrong = || Fault::new(format!("a cell is not {}", kind.word()));
    Ok(match (kind, cell) {
        (Kind::I64, serde_json::Value::Null) => Value::NullI64,
        (Kind::Text, serde_json::Value::Null) => Value::NullText,
        (Kind::Bytes, serde_json::Value::Null) => Value::NullBytes,
        (Kind::I64, cell) => Value::I64(cell.as_i64().ok_or_else(wrong)?),
        (Kind::Text, serde_json::Value::String(text)) => Value::Text(text),
        (Kind::Bytes, serde_json::Value::String(text)) => Value::Bytes(from_hex(&text).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    })
}

/// Lines of a dump, counted, so that a damaged one can be found.
struct Lines<'a> {
    input: &'a mut (dyn BufRead + Send),
    number: u64,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<serde_json::Value, Fault> {
        let mut line = String::new();
        self.number += 1;
        let read = self.input.read_line(&mut line).fault("reading the dump")?;
        if read == 0 || !line.ends_with('\n') {
            return Err(self.at(Fault::new("the dump ends too early")));
        }
        serde_json::from_str(&line).map_err(|error| self.at(error.into()))
    }

    fn at(&self, fault: Fault) -> Fault {
        fault.context(format!("line {} of the dump", self.number))
    }
}

fn read_versions(head: &serde_json::Value) -> Result<BTreeMap<String, i64>, Fault> {
    let format = head["format"].as_i64().ok_or_else(|| Fault::new("this is not a dump of ours"))?;
    if format != FORMAT {
        return Err(Fault::new(format!("the dump has format {format}, this program reads format {FORMAT}")));
    }
    let rooms = head["rooms"].as_object().ok_or_else(|| Fault::new("the rooms are missing"))?;
    let version = |value: &serde_json::Value| value.as_i64().ok_or_else(|| Fault::new("a version is not a number"));
    rooms.iter().map(|(room, value)| Ok((room.clone(), version(value)?))).collect()
}

async fn restore_rows(tx: &mut Tx, lines: &mut Lines<'_>) -> Result<u64, Fault> {
    // A migration may have written rows of its own; the dump has them too, as they were.
    for name in catalog::tables(tx).await? {
        if name != "schema_version" {
            tx.execute(Sql::assembled(format!("DELETE FROM {name}")), params![]).await?;
        }
    }
    let mut count = 0;
    let mut line = lines.next()?;
    while let Some(name) = line["table"].as_str().map(str::to_owned) {
        let name = name.as_str();
        let table = check_table(tx, name, &line["columns"]).await?;
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values = crate::placeholders(1, columns.len());
        let sql = Sql::assembled(format!("INSERT INTO {name} ({}) VALUES ({values})", columns.join(", ")));
        let mut rows = Vec::new();
        loop {
            line = lines.next()?;
            let serde_json::Value::Array(cells) = line else { break };
            if cells.len() != columns.len() {
                return Err(Fault::new(format!("a row of {name} has {} cells", cells.len())));
            }
            let cells = cells.into_iter().zip(&table.columns);
            rows.push(cells.map(|(cell, (_, kind))| value_of(cell, *kind)).collect::<Result<_, _>>()?);
            if rows.len() == PAGE {
                count += tx.bulk_insert(sql.clone(), std::mem::take(&mut rows)).await?;
            }
        }
        count += tx.bulk_insert(sql, rows).await?;
    }
    match line["rows"].as_u64() {
        Some(rows) if rows == count => Ok(count),
        Some(rows) => Err(Fault::new(format!("the dump has {count} rows, its end says {rows}"))),
        None => Err(Fault::new("neither a table, a row nor the end")),
    }
}

/// The table of that name, if the database has it with exactly the columns of the dump.
async fn check_table(tx: &mut Tx, name: &str, columns: &serde_json::Value) -> Result<Table, Fault> {
    // The name comes from a file, so it is looked up before it becomes a part of a statement.
    if !catalog::tables(tx).await?.iter().any(|known| known == name) {
        return Err(Fault::new(format!("the table {name:?} of the dump is unknown")));
    }
    let table = catalog::table(tx, name).await?;
    if *columns != columns_of(&table) {
        return Err(Fault::new(format!("the columns of {name} in the dump are not those of the table")));
    }
    Ok(table)
}

/// Lets rows come in any order: a reference is checked at the end. Gives the statements that do so on PostgreSQL, where
/// references are taken off meanwhile; SQLite checks by itself when the transaction commits.
async fn suspend_foreign_keys(tx: &mut Tx) -> Result<Vec<String>, Fault> {
    if tx.engine() == Engine::Sqlite {
        tx.execute("PRAGMA defer_foreign_keys = ON", params![]).await?;
        return Ok(Vec::new());
    }
    let sql = "SELECT conrelid::regclass::TEXT AS table_name, quote_ident(conname) AS name,
                      pg_get_constraintdef(oid) AS definition
               FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
    let mut restore = Vec::new();
    for row in tx.query(sql, params![]).await? {
        let (table, name, definition) = (row.text("table_name")?, row.text("name")?, row.text("definition")?);
        tx.execute(Sql::assembled(format!("ALTER TABLE {table} DROP CONSTRAINT {name}")), params![]).await?;
        restore.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
    }
    Ok(restore)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|letter| letter.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect())
}
