//! The only room that knows SQL drivers: SQLite (embedded, the default) and PostgreSQL behind one text.
//!
//! ```no_run
//! # async fn example() -> Result<(), kit::Fault> {
//! use db::{Db, Migration, Room, params};
//!
//! let migrations = &[Migration {
//!     version: 1,
//!     sql: "CREATE TABLE person (id {i64} NOT NULL PRIMARY KEY, name {text} NOT NULL) {strict};",
//! }];
//! let db = Db::open("sqlite:bank.sqlite").await?;
//! db.migrate(&[Room { name: "passport", migrations }]).await?;
//!
//! let mut tx = db.begin_write(&["person/7"]).await?;
//! tx.execute("INSERT INTO person (id, name) VALUES ($1, $2)", params![7, "Li"]).await?;
//! tx.commit().await?;
//! let row = db.query_one("SELECT name FROM person WHERE id = $1", params![7]).await?;
//! assert_eq!(row.text("name")?, "Li");
//! # Ok(())
//! # }
//! ```
//!
//! # Words
//! * [`Db`]: a database; [`Tx`]: a transaction; [`Row`]: a row of an answer; [`Value`]: what is bound to a placeholder.
//! * [`Room`] and [`Migration`]: each room brings its tables forward by numbered steps, and never back.
//!
//! # Rules
//! * **One text for both engines.** Placeholders are `$1`, `$2`, … Values are 64-bit integers, text and bytes; an instant
//!   is an integer of milliseconds, a yes is the instant at which it became so. Names of types in migrations are the words
//!   `{i64}`, `{text}`, `{bytes}`; a table ends with `{strict}`. What one engine would read differently is refused.
//! * **A statement is a constant.** A file's statements stand in [`statements!`], and a test prepares each on both engines
//!   with [`Db::prepare_check`]. [`Sql::assembled`] is for lists of placeholders alone.
//! * **Read, then write, under a lock**: [`Db::begin_write`] with a name, or `{lock}` at the end of the `SELECT`. SQLite has
//!   one writer and PostgreSQL many; the locks make both behave alike, and tests of races run on both.
//! * **What failed is not committed.** After a fault, or a statement given up half-way, a transaction only rolls back.
//! * **Many rows take one call**, [`Tx::bulk_insert`]. When SQLite catches up with much work, larger transactions cost less:
//!   each page that a transaction touches is written once, and a commit waits for the disk.
//! * **Small writes of many at once** go through [`Db::execute_together`], which gathers them into one transaction: a commit waits
//!   for the disk, and SQLite has one writer.
//! * **One transaction at a time in one task.** Asking for a second while holding one waits for ever when all do so; on
//!   SQLite two are enough, and the fault after 30 s says so.
//!
//! # Durability
//! SQLite runs with a write-ahead log and `synchronous=FULL`: a commit that returned survives a loss of power, as far as the
//! disk tells the truth. On PostgreSQL the server's `synchronous_commit` decides, which is on unless an administrator
//! changed it. That nobody else opens the SQLite file is the business of whoever owns the data folder and its lock file.
//!
//! # Absent
//! TLS to PostgreSQL is not built in: connect through a local socket, a private network or a tunnel. A URL that demands it
//! (`sslmode=require`) is refused when opened rather than answered in plain text. Down-migrations, an ORM and a query builder
//! are absent on purpose.

mod backup;
mod bulk;
mod catalog;
mod connection;
mod database;
mod engine;
mod error;
mod migrate;
mod row;
mod statements;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
mod together;
mod tx;
mod value;

pub use database::Db;
pub use engine::{Engine, Sql, placeholders};
pub use error::{DbError, is_transient, is_unique_violation};
pub use migrate::{Migration, Room};
pub use row::Row;
pub use together::Statement;
pub use tx::{Tx, Waits};
pub use value::{ToValue, Value};

#[cfg(test)]
mod tests;
