//! Values on their way into a statement: 64-bit integers, text and bytes, each of which may be missing.

use kit::{BankDay, Fault, Timestamp};
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;

/// A value bound to a placeholder. A missing one keeps its type, because PostgreSQL asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A 64-bit integer.
    I64(i64),
    /// Text, without U+0000: PostgreSQL cannot store that, so it is refused on both engines.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A missing integer.
    NullI64,
    /// A missing text.
    NullText,
    /// Missing bytes.
    NullBytes,
}

/// What can be bound to a placeholder; see [`params!`](crate::params).
pub trait ToValue {
    /// What a missing value of this type is.
    const NULL: Value;

    /// The value to bind.
    fn to_value(self) -> Value;
}

/// Binds values in order: `params![7, "text", vec![1u8], Some(1i64), None::<String>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::ToValue::to_value($value)),*] };
}

macro_rules! integers {
    ($($type:ty),*) => { $(
        impl ToValue for $type {
            const NULL: Value = Value::NullI64;
            fn to_value(self) -> Value {
                Value::I64(i64::from(self))
            }
        }
    )* };
}

integers!(i64, i32, i16, u8, u16, u32);

impl ToValue for Timestamp {
    const NULL: Value = Value::NullI64;
    fn to_value(self) -> Value {
        Value::I64(self.as_ms())
    }
}

impl ToValue for BankDay {
    const NULL: Value = Value::NullI64;
    fn to_value(self) -> Value {
        Value::I64(i64::from(self.0))
    }
}

impl ToValue for String {
    const NULL: Value = Value::NullText;
    fn to_value(self) -> Value {
        Value::Text(self)
    }
}

impl ToValue for &str {
    const NULL: Value = Value::NullText;
    fn to_value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for Vec<u8> {
    const NULL: Value = Value::NullBytes;
    fn to_value(self) -> Value {
        Value::Bytes(self)
    }
}

impl ToValue for &[u8] {
    const NULL: Value = Value::NullBytes;
    fn to_value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<const N: usize> ToValue for [u8; N] {
    const NULL: Value = Value::NullBytes;
    fn to_value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<T: ToValue> ToValue for Option<T> {
    const NULL: Value = T::NULL;
    fn to_value(self) -> Value {
        self.map_or(T::NULL, T::to_value)
    }
}

impl<T: ToValue + Clone> ToValue for &T {
    const NULL: Value = T::NULL;
    fn to_value(self) -> Value {
        self.clone().to_value()
    }
}

impl ToValue for Value {
    const NULL: Value = Value::NullText;
    fn to_value(self) -> Value {
        self
    }
}

pub(crate) fn nul_in_text() -> Fault {
    Fault::new("a text to be stored holds U+0000, which PostgreSQL cannot store")
}

pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, Fault> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::I64(value) => arguments.add(value),
            Value::Text(value) if value.contains('\0') => return Err(nul_in_text()),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::NullI64 | Value::NullText | Value::NullBytes => arguments.add(None::<i64>),
        }
        .map_err(|error| Fault::new(error.to_string()))?;
    }
    Ok(arguments)
}

pub(crate) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 12);
    for value in values {
        match value {
            Value::I64(value) => arguments.add(value),
            Value::Text(value) if value.contains('\0') => return Err(nul_in_text()),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::NullI64 => arguments.add(None::<i64>),
            Value::NullText => arguments.add(None::<String>),
            Value::NullBytes => arguments.add(None::<Vec<u8>>),
        }
        .map_err(|error| Fault::new(error.to_string()))?;
    }
    Ok(arguments)
}
