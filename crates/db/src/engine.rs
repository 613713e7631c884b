//! The two engines, and the few words in which their SQL differs.

use kit::Fault;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::borrow::Cow;
use std::fmt;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, embedded: one file, one writer.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// The text of one statement, the same for both engines. A `&'static str` becomes one by itself; a text put together
/// at run time has to say so with [`Sql::assembled`].
///
/// Placeholders are `$1`, `$2`, … The word `{lock}` at the end of a `SELECT` inside a write transaction holds the rows
/// found until the transaction ends: `FOR UPDATE` on PostgreSQL, nothing on SQLite, where a write transaction is alone.
#[derive(Debug, Clone)]
pub struct Sql(Cow<'static, str>);

impl Sql {
    /// A text put together at run time, out of constants and [`placeholders`](crate::placeholders) alone: a value from outside
    /// never belongs into it.
    pub fn assembled(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text with its words filled in for `engine`.
    pub(crate) fn fill(&self, engine: Engine) -> SqlStr {
        if self.0.contains("{lock}") {
            let lock = match engine {
                Engine::Sqlite => "",
                Engine::Postgres => "FOR UPDATE",
            };
            return AssertSqlSafe(self.0.replace("{lock}", lock)).into_sql_str();
        }
        AssertSqlSafe(self.0.clone()).into_sql_str()
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

/// `$first, $first+1, …`: so many placeholders for an `IN (…)` list.
pub fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|index| format!("${index}")).collect::<Vec<_>>().join(", ")
}

/// The words of a migration, and what each engine reads instead.
const DDL_WORDS: &[(&str, &str, &str)] = &[
    ("i64", "INTEGER", "BIGINT"),
    // PostgreSQL would sort by the database's language; SQLite sorts by bytes, and pages of a list rely on one order.
    ("text", "TEXT", "TEXT COLLATE \"C\""),
    ("bytes", "BLOB", "BYTEA"),
    ("strict", "STRICT", ""),
    ("clustered", "STRICT, WITHOUT ROWID", ""),
];

/// Type names that one of the engines lacks or reads differently.
const UNPORTABLE_TYPES: &[&str] = &[
    "INTEGER",
    "INT",
    "BIGINT",
    "SMALLINT",
    "SERIAL",
    "BIGSERIAL",
    "TEXT",
    "VARCHAR",
    "CHAR",
    "BLOB",
    "BYTEA",
    "BOOLEAN",
    "REAL",
    "DOUBLE",
    "FLOAT",
    "NUMERIC",
    "DECIMAL",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "JSON",
    "JSONB",
    "UUID",
];

/// Fills the words of a migration's DDL, and refuses what would mean something else on the other engine.
pub(crate) fn fill_ddl(sql: &str, engine: Engine) -> Result<String, Fault> {
    let bare = without_comments_and_quotes(sql);
    for word in bare.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
        if UNPORTABLE_TYPES.contains(&word) {
            return Err(Fault::new(format!("{word} is not portable: write {{i64}}, {{text}} or {{bytes}}")));
        }
    }
    let tables = bare.matches("CREATE TABLE").count();
    let strict = bare.matches("{strict}").count() + bare.matches("{clustered}").count();
    if tables != strict {
        return Err(Fault::new("every CREATE TABLE must end with {strict} or {clustered}"));
    }
    let mut filled = sql.to_owned();
    for (word, sqlite, postgres) in DDL_WORDS {
        let with = if engine == Engine::Sqlite { sqlite } else { postgres };
        filled = filled.replace(&format!("{{{word}}}"), with);
    }
    if let Some(unknown) = unknown_word(&bare) {
        return Err(Fault::new(format!("{{{unknown}}} is not a word of migrations")));
    }
    Ok(filled)
}

fn unknown_word(bare: &str) -> Option<&str> {
    bare.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(word, _)| word))
        .find(|word| !DDL_WORDS.iter().any(|(known, _, _)| known == word))
}

/// The text with line comments, 'strings' and "names" blanked out.
fn without_comments_and_quotes(sql: &str) -> String {
    let mut bare = String::with_capacity(sql.len());
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '-' if letters.peek() == Some(&'-') => {
                letters.by_ref().find(|next| *next == '\n');
                bare.push('\n');
            }
            '\'' | '"' => {
                letters.by_ref().find(|next| *next == letter);
                bare.push(' ');
            }
            _ => bare.push(letter),
        }
    }
    bare
}
