//! db
mod bulk;
mod connection;
mod database;
mod engine;
mod error;
mod migrate;
mod row;
mod statements;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
mod tx;
mod value;

pub use database::Db;
pub use engine::{Engine, Sql, placeholders};
pub use error::{DbError, is_transient, is_unique_violation};
pub use migrate::{Migration, Room};
pub use row::Row;
pub use tx::Tx;
pub use value::{ToValue, Value};

#[cfg(test)]
mod tests;
