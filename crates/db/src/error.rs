//! What can be told apart when the database does not do what was asked.

use kit::Fault;
use std::fmt;

/// A trouble that a program may want to tell apart; it lies at the bottom of a [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbError {
    /// The URL names no engine that we know, or is malformed.
    BadUrl {
        /// What is wrong, without the password.
        why: String,
    },
    /// The server cannot be reached, refuses us, or the file cannot be opened.
    Unreachable {
        /// Host, port and database, or the file; never the password.
        place: String,
        /// What the driver said.
        why: String,
    },
    /// Another process holds the SQLite file.
    InUse {
        /// The file.
        place: String,
    },
    /// The data was written by a newer program: this one must not touch it.
    NewerSchema {
        /// The room whose tables are newer.
        room: String,
        /// The version found in the database.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A migration that ran long ago reads differently now.
    EditedMigration {
        /// The room.
        room: String,
        /// The version.
        version: i64,
    },
}

impl DbError {
    /// The trouble at the bottom of a fault, if it is one of these.
    pub fn of(fault: &Fault) -> Option<&Self> {
        fault.cause()?.downcast_ref()
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { why } => write!(out, "the database URL cannot be used: {why}"),
            Self::Unreachable { place, why } => write!(out, "the database {place} cannot be reached: {why}"),
            Self::InUse { place } => write!(out, "the database {place} is in use by another process"),
            Self::NewerSchema { room, found, known } => write!(
                out,
                "the data was written by a newer version of this program: {room} has schema version {found}, \
                 this program knows up to {known}"
            ),
            Self::EditedMigration { room, version } => write!(
                out,
                "migration {version} of {room} has been edited since it ran here; migrations only go forward"
            ),
        }
    }
}

impl std::error::Error for DbError {}

/// Whether a fault comes from a row that a `UNIQUE` or `PRIMARY KEY` rule does not allow.
///
/// On PostgreSQL the transaction is lost with it; where a duplicate is expected, `ON CONFLICT DO NOTHING` and the
/// number of rows say the same without a fault.
pub fn is_unique_violation(fault: &Fault) -> bool {
    database_error(fault).is_some_and(|error| error.kind() == sqlx::error::ErrorKind::UniqueViolation)
}

/// Whether trying the whole transaction again may help: a deadlock, a serialisation failure, a busy file, or a
/// connection that broke.
pub fn is_transient(fault: &Fault) -> bool {
    if let Some(error) = database_error(fault) {
        let code = error.code().unwrap_or_default();
        // PostgreSQL: classes 08 and 57P are lost connections and a server that shuts down. SQLite: 5 is BUSY, in the
        // low byte of a number; PostgreSQL's codes are five letters.
        let busy = code.len() < 5 && code.parse::<i32>().is_ok_and(|code| code & 0xFF == 5);
        return busy || matches!(&*code, "40001" | "40P01") || code.starts_with("08") || code.starts_with("57P");
    }
    let error = fault.cause().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    matches!(error, Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut))
}

fn database_error(fault: &Fault) -> Option<&dyn sqlx::error::DatabaseError> {
    match fault.cause()?.downcast_ref::<sqlx::Error>()? {
        sqlx::Error::Database(error) => Some(error.as_ref()),
        _ => None,
    }
}
