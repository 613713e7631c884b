//! The few calls to a driver that everything else is made of.

use crate::row::Inner;
use crate::value::{postgres_arguments, sqlite_arguments};
use crate::{Engine, Row, Sql, Value};
use kit::{Fault, FaultContext};
use sqlx::{PgConnection, SqliteConnection};

/// A borrowed connection of either engine.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Connection<'_> {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn query(self, sql: &Sql, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let text = sql.fill(self.engine());
        let rows = match self {
            Self::Sqlite(connection) => sqlx::query_with(text, sqlite_arguments(params)?)
                .fetch_all(connection)
                .await
                .map(|rows| rows.into_iter().map(|row| Row(Inner::Sqlite(row))).collect()),
            Self::Postgres(connection) => sqlx::query_with(text, postgres_arguments(params)?)
                .fetch_all(connection)
                .await
                .map(|rows| rows.into_iter().map(|row| Row(Inner::Postgres(row))).collect()),
        };
        rows.fault(running(sql))
    }

    pub(crate) async fn execute(self, sql: &Sql, params: Vec<Value>) -> Result<u64, Fault> {
        let text = sql.fill(self.engine());
        let affected = match self {
            Self::Sqlite(connection) => sqlx::query_with(text, sqlite_arguments(params)?)
                .execute(connection)
                .await
                .map(|result| result.rows_affected()),
            Self::Postgres(connection) => sqlx::query_with(text, postgres_arguments(params)?)
                .execute(connection)
                .await
                .map(|result| result.rows_affected()),
        };
        affected.fault(running(sql))
    }

    /// Runs a script of several statements without parameters.
    pub(crate) async fn script(self, text: String) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        match self {
            Self::Sqlite(connection) => script.execute(connection).await.map(|_| ()),
            Self::Postgres(connection) => script.execute(connection).await.map(|_| ()),
        }
    }
}

/// Names a statement in a fault: its text alone, never its values, which may be personal.
pub(crate) fn running(sql: &Sql) -> String {
    let words: Vec<&str> = sql.text().split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("running {}…", &text[..end]),
        None => format!("running {text}"),
    }
}

pub(crate) fn at_most_one(mut rows: Vec<Row>, sql: &Sql) -> Result<Option<Row>, Fault> {
    if rows.len() > 1 {
        return Err(Fault::new(format!("{} rows where at most one was expected", rows.len())).context(running(sql)));
    }
    Ok(rows.pop())
}
