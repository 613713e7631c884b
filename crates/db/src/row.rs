//! One row of an answer.

use kit::{Fault, FaultContext};
use sqlx::postgres::{PgRow, PgValueFormat};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo, ValueRef};

/// One row of an answer; columns are asked for by name.
pub struct Row(pub(crate) Inner);

pub(crate) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// A whole number: an `{i64}` column, a `COUNT(*)`, a `SUM` of integers, or a comparison as 0 or 1.
    /// A missing value is a fault.
    pub fn i64(&self, column: &str) -> Result<i64, Fault> {
        self.opt_i64(column)?.ok_or_else(|| missing(column))
    }

    /// A whole number that may be missing.
    pub fn opt_i64(&self, column: &str) -> Result<Option<i64>, Fault> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get(column).fault(reading(column)),
            Inner::Postgres(row) => postgres_i64(row, column).fault(reading(column)),
        }
    }

    /// Text. A missing value is a fault.
    pub fn text(&self, column: &str) -> Result<String, Fault> {
        self.opt_text(column)?.ok_or_else(|| missing(column))
    }

    /// Text that may be missing.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, Fault> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get(column),
            Inner::Postgres(row) => row.try_get(column),
        }
        .fault(reading(column))
    }

    /// Bytes. A missing value is a fault.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, Fault> {
        self.opt_bytes(column)?.ok_or_else(|| missing(column))
    }

    /// Bytes that may be missing.
    pub fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, Fault> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get(column),
            Inner::Postgres(row) => row.try_get(column),
        }
        .fault(reading(column))
    }
}

fn missing(column: &str) -> Fault {
    Fault::new(format!("column {column} is missing in a row that must have it"))
}

fn reading(column: &str) -> String {
    format!("reading column {column}")
}

/// PostgreSQL widens and narrows: a literal is 32 bits wide, a comparison is a boolean, the sum of 64-bit integers a
/// decimal number. SQLite calls all of them integers, and so do we.
fn postgres_i64(row: &PgRow, column: &str) -> Result<Option<i64>, Fault> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(None);
    }
    let kind = raw.type_info().name().to_owned();
    let number = match kind.as_str() {
        "INT8" => row.try_get(column)?,
        "INT4" => i64::from(row.try_get::<i32, _>(column)?),
        "INT2" => i64::from(row.try_get::<i16, _>(column)?),
        "BOOL" => i64::from(row.try_get::<bool, _>(column)?),
        "NUMERIC" if raw.format() == PgValueFormat::Binary => {
            let bytes = raw.as_bytes().map_err(|error| Fault::new(error.to_string()))?;
            whole_number(bytes).ok_or_else(|| Fault::new("not a whole number of 64 bits"))?
        }
        _ => return Err(Fault::new(format!("a {kind} is not a whole number"))),
    };
    Ok(Some(number))
}

/// Reads PostgreSQL's binary NUMERIC: count, weight, sign, scale, then base-10,000 digits, the first of which counts
/// 10,000^weight. `None` when it has a fraction or is wider than 64 bits.
pub(crate) fn whole_number(bytes: &[u8]) -> Option<i64> {
    let word = |index: usize| Some(i16::from_be_bytes(bytes.get(index * 2..index * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign) = (word(0)?, i32::from(word(1)?), word(2)?);
    let sign = match sign {
        0 => 1,
        0x4000 => -1,
        _ => return None,
    };
    let mut total: i128 = 0;
    for index in 0..i32::from(count) {
        let digit = i128::from(word(4 + index as usize)?);
        match weight - index {
            power @ 0..=5 => total += digit * 10_000_i128.pow(power as u32),
            _ if digit == 0 => {}
            _ => return None,
        }
    }
    i64::try_from(total * sign).ok()
}
