//! What the engine itself knows of our tables.

use crate::{Engine, Tx, params};
use kit::Fault;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    I64,
    Text,
    Bytes,
}

impl Kind {
    /// The word of migrations and of dumps.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::I64 => "i64",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }

    /// PostgreSQL's name.
    pub(crate) fn postgres(self) -> &'static str {
        match self {
            Self::I64 => "BIGINT",
            Self::Text => "TEXT",
            Self::Bytes => "BYTEA",
        }
    }

    fn of_engines_name(name: &str) -> Option<Self> {
        match name {
            "INTEGER" | "bigint" => Some(Self::I64),
            "TEXT" | "text" => Some(Self::Text),
            "BLOB" | "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// A table and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// In the order in which they were declared.
    pub(crate) columns: Vec<(String, Kind)>,
    /// The columns of the primary key, in its order.
    pub(crate) key: Vec<String>,
}

/// The names of all tables, sorted.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<String>, Fault> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT tablename::TEXT AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        }
    };
    tx.query(sql, params![]).await?.iter().map(|row| row.text("name")).collect()
}

/// A table's columns and primary key.
pub(crate) async fn table(tx: &mut Tx, name: &str) -> Result<Table, Fault> {
    let (columns, key) = match tx.engine() {
        Engine::Sqlite => (
            "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
            "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
        ),
        Engine::Postgres => (
            "SELECT column_name::TEXT AS name, data_type::TEXT AS type FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
            "SELECT attname::TEXT AS name FROM pg_index
             JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
             JOIN pg_class ON pg_class.oid = indrelid
             WHERE indisprimary AND relname = $1 AND relnamespace = current_schema()::regnamespace
             ORDER BY array_position(indkey, attnum)",
        ),
    };
    let mut found = Vec::new();
    for row in tx.query(columns, params![name]).await? {
        let (column, engines_name) = (row.text("name")?, row.text("type")?);
        let kind = Kind::of_engines_name(&engines_name)
            .ok_or_else(|| Fault::new(format!("column {name}.{column} is of the unknown type {engines_name}")))?;
        found.push((column, kind));
    }
    let key: Vec<String> =
        tx.query(key, params![name]).await?.iter().map(|row| row.text("name")).collect::<Result<_, _>>()?;
    if found.is_empty() || key.is_empty() {
        return Err(Fault::new(format!("the table {name} is unknown or has no primary key")));
    }
    Ok(Table { name: name.to_owned(), columns: found, key })
}
