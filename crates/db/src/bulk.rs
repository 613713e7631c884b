//! Many rows in one call.
//!
//! The text is that of one row, `INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING`, so that it is tested and
//! registered like any other. What each engine gets instead:
//!
//! * PostgreSQL: `… SELECT * FROM UNNEST($1::BIGINT[], $2::TEXT[]) …`, an array a column: one statement for any number of
//!   rows, and no limit on placeholders.
//! * SQLite: `… VALUES (?,?),(?,?),… …`, cut into sizes that are powers of two, so that few statements are prepared.

use crate::catalog::Kind;
use crate::connection::{Connection, running};
use crate::value::{nul_in_text, sqlite_arguments};
use crate::{Sql, Tx, Value};
use kit::{Fault, FaultContext};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, PgConnection, SqliteConnection};

/// Placeholders of one SQLite statement. The engine's limit is 32,766; beyond about a thousand nothing is gained.
const SQLITE_PLACEHOLDERS: usize = 1_024;

/// Rows of one PostgreSQL statement, which bounds the memory of a message.
const POSTGRES_ROWS: usize = 10_000;

impl Tx {
    /// Inserts many rows with the text of one: `INSERT INTO t (a, b) VALUES ($1, $2)` and whatever follows, such as
    /// `ON CONFLICT (a) DO NOTHING`. Says how many rows were written.
    ///
    /// With `DO UPDATE` the rows of one call must not meet each other: PostgreSQL refuses to touch a row twice.
    pub async fn bulk_insert(&mut self, sql: impl Into<Sql>, rows: Vec<Vec<Value>>) -> Result<u64, Fault> {
        let sql = sql.into();
        let insert = Insert::parse(sql.text()).fault(running(&sql))?;
        insert.check(&rows).fault(running(&sql))?;
        if rows.is_empty() {
            return Ok(0);
        }
        let written = match self.start_statement()? {
            Connection::Sqlite(connection) => insert.into_sqlite(connection, rows).await,
            Connection::Postgres(connection) => insert.into_postgres(connection, rows).await,
        }
        .fault(running(&sql))?;
        self.end_statement();
        Ok(written)
    }
}

/// Whether a text is that of a bulk insert.
pub(crate) fn is_insert(sql: &Sql) -> bool {
    Insert::parse(sql.text()).is_ok()
}

/// A one-row insert, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Insert<'a> {
    /// `INSERT INTO t (a, b)`
    head: &'a str,
    /// How many placeholders, `$1` to `$columns` in order.
    columns: usize,
    /// What follows the values.
    tail: &'a str,
}

impl<'a> Insert<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let wrong = || Fault::new("a bulk insert reads INSERT INTO t (a, b) VALUES ($1, $2) …, placeholders in order");
        let (head, rest) = text.split_once("VALUES").ok_or_else(wrong)?;
        let (values, tail) =
            rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(wrong)?;
        let mut columns = 0;
        for value in values.split(',') {
            columns += 1;
            if value.trim().strip_prefix('$').and_then(|number| number.parse().ok()) != Some(columns) {
                return Err(wrong());
            }
        }
        if tail.contains('$') || !head.trim_start().starts_with("INSERT INTO") {
            return Err(wrong());
        }
        Ok(Self { head, columns, tail })
    }

    /// Each row has a value for each placeholder, and a column holds one type: SQLite alone would quietly turn the text
    /// "2" into a number.
    fn check(&self, rows: &[Vec<Value>]) -> Result<(), Fault> {
        let Some(first) = rows.first() else { return Ok(()) };
        if let Some(odd) = rows.iter().find(|row| row.len() != self.columns) {
            return Err(Fault::new(format!("a row has {} values, the text {} placeholders", odd.len(), self.columns)));
        }
        let mixed = |row: &Vec<Value>| row.iter().zip(first).any(|(one, other)| kind_of(one) != kind_of(other));
        if rows.iter().any(mixed) {
            return Err(Fault::new("a column of a bulk insert mixes integers, text or bytes"));
        }
        Ok(())
    }

    async fn into_sqlite(self, connection: &mut SqliteConnection, rows: Vec<Vec<Value>>) -> Result<u64, Fault> {
        let most = (SQLITE_PLACEHOLDERS / self.columns).max(1);
        let mut size = 1 << most.ilog2();
        let mut left = rows.len();
        let mut values = rows.into_iter();
        let mut written = 0;
        while left > 0 {
            while size > left {
                size /= 2;
            }
            let text = self.sqlite_text(size);
            while left >= size {
                let chunk = values.by_ref().take(size).flatten().collect();
                let query = sqlx::query_with(AssertSqlSafe(text.clone()), sqlite_arguments(chunk)?);
                written += query.execute(&mut *connection).await?.rows_affected();
                left -= size;
            }
        }
        Ok(written)
    }

    fn sqlite_text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(","));
        format!("{}VALUES {}{}", self.head, vec![row; rows].join(","), self.tail)
    }

    async fn into_postgres(self, connection: &mut PgConnection, rows: Vec<Vec<Value>>) -> Result<u64, Fault> {
        let kinds: Vec<Kind> = rows.first().into_iter().flatten().map(kind_of).collect();
        let arrays: Vec<String> =
            kinds.iter().zip(1..).map(|(kind, index)| format!("${index}::{}[]", kind.postgres())).collect();
        let text = format!("{}SELECT * FROM UNNEST({}){}", self.head, arrays.join(", "), self.tail);
        let mut rows = rows.into_iter().peekable();
        let mut written = 0;
        while rows.peek().is_some() {
            let mut columns: Vec<Column> = kinds.iter().copied().map(Column::of).collect();
            for row in rows.by_ref().take(POSTGRES_ROWS) {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value)?;
                }
            }
            let mut arguments = PgArguments::default();
            for column in columns {
                match column {
                    Column::I64(values) => arguments.add(values),
                    Column::Text(values) => arguments.add(values),
                    Column::Bytes(values) => arguments.add(values),
                }
                .map_err(|error| Fault::new(error.to_string()))?;
            }
            let query = sqlx::query_with(AssertSqlSafe(text.clone()), arguments);
            written += query.execute(&mut *connection).await?.rows_affected();
        }
        Ok(written)
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::I64(_) | Value::NullI64 => Kind::I64,
        Value::Text(_) | Value::NullText => Kind::Text,
        Value::Bytes(_) | Value::NullBytes => Kind::Bytes,
    }
}

/// The values of one column.
enum Column {
    I64(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::I64 => Self::I64(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
            Kind::Bytes => Self::Bytes(Vec::new()),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), Fault> {
        match (self, value) {
            (Self::I64(values), Value::I64(value)) => values.push(Some(value)),
            (Self::I64(values), Value::NullI64) => values.push(None),
            (Self::Text(_), Value::Text(value)) if value.contains('\0') => return Err(nul_in_text()),
            (Self::Text(values), Value::Text(value)) => values.push(Some(value)),
            (Self::Text(values), Value::NullText) => values.push(None),
            (Self::Bytes(values), Value::Bytes(value)) => values.push(Some(value)),
            (Self::Bytes(values), Value::NullBytes) => values.push(None),
            (_, value) => return Err(Fault::new(format!("{} in a column of another type", kind_of(&value).word()))),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_row_insert_is_taken_apart_and_made_wide() {
        let insert = Insert::parse("INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING").unwrap();
        assert_eq!(insert, Insert { head: "INSERT INTO t (a, b) ", columns: 2, tail: " ON CONFLICT DO NOTHING" });
        assert_eq!(insert.sqlite_text(2), "INSERT INTO t (a, b) VALUES (?,?),(?,?) ON CONFLICT DO NOTHING");
    }

    #[test]
    fn what_is_not_a_plain_insert_is_refused() {
        for text in [
            "UPDATE t SET a = $1",
            "INSERT INTO t (a, b) VALUES ($2, $1)",
            "INSERT INTO t (a, b) VALUES ($1, 7)",
            "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $1",
            "INSERT INTO t (a) SELECT $1",
        ] {
            assert!(Insert::parse(text).is_err(), "{text}");
        }
    }
}
