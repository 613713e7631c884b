//! The two ways to go wrong: a [`Refusal`] is an answer, a [`Fault`] is a defect or an outage.

use std::collections::BTreeMap;
use std::fmt;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not give what was asked.
#[derive(Debug)]
pub enum Error {
    /// The bank says no, and says why.
    Refusal(Refusal),
    /// Something of ours broke.
    Fault(Fault),
}

/// A "no" with a stable code such as `payments.limit_day_exceeded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, machine-readable: `<room>.<what>`. Never changes once released.
    pub code: &'static str,
    /// The HTTP status that an API answer carries.
    pub status: u16,
    /// Facts that a text needs: amounts in minor units, names of form fields, seconds to wait.
    pub fields: BTreeMap<&'static str, FieldValue>,
}

/// A fact inside a [`Refusal`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// A count, a number of seconds, or an amount in minor units when the field's name ends in `_minor`.
    Integer(i64),
    /// A word: a currency code, the name of a form field.
    Text(String),
}

impl From<i64> for FieldValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for FieldValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl Refusal {
    /// A refusal without fields yet.
    pub fn new(code: &'static str, status: u16) -> Self {
        Self { code, status, fields: BTreeMap::new() }
    }

    /// The same refusal with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<FieldValue>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    /// An integer fact, if it is there.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.fields.get(name) {
            Some(FieldValue::Integer(value)) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)
    }
}

/// A defect or an outage on our side. What it says is for the log, never for a page.
pub struct Fault {
    context: Vec<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    /// A fault that has no other error under it.
    pub fn new(what: impl Into<String>) -> Self {
        Self { context: vec![what.into()], cause: None }
    }

    /// The same fault, saying also what was being done.
    #[must_use]
    pub fn context(mut self, what: impl Into<String>) -> Self {
        self.context.push(what.into());
        self
    }

    /// The error at the bottom, to look at its kind.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.context.iter().rev().cloned().collect();
        let mut next: Option<&dyn std::error::Error> = self.cause.as_deref().map(|cause| cause as _);
        while let Some(error) = next {
            let text = error.to_string();
            if parts.last() != Some(&text) {
                parts.push(text);
            }
            next = error.source();
        }
        write!(out, "{}", parts.join(": "))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fault({self})")
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Fault {
    fn from(cause: E) -> Self {
        Self { context: Vec::new(), cause: Some(Box::new(cause)) }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusal(refusal) => refusal.fmt(out),
            Self::Fault(fault) => fault.fmt(out),
        }
    }
}

/// Turns any error into a [`Fault`] that says what was being done.
pub trait FaultContext<T> {
    /// Adds what was being done, in the present participle: "opening the journal".
    fn fault(self, doing: impl Into<String>) -> std::result::Result<T, Fault>;
}

impl<T, E: Into<Fault>> FaultContext<T> for std::result::Result<T, E> {
    fn fault(self, doing: impl Into<String>) -> std::result::Result<T, Fault> {
        self.map_err(|error| error.into().context(doing))
    }
}
