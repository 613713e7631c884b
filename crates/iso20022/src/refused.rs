//! Why a document is not taken.

use std::fmt;

/// What is wrong with a document: where and why. It repeats no text of the document but names of elements, so that it may
/// be logged and sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What kind of rule it breaks.
    pub cause: Cause,
    /// The way to the place, such as `Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/PmtId/TxId`; a byte offset where there is no
    /// tree yet; empty where it is about the whole.
    pub path: String,
    /// In words.
    pub reason: String,
}

/// What kind of rule a refused document breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It is no safe, well-formed XML in UTF-8.
    Xml,
    /// It is longer, deeper or fuller than it may be.
    Limit,
    /// It is a message or a version that this bank does not read.
    Unsupported,
    /// Its structure or a value is not what the standard allows.
    Schema,
    /// It contradicts itself, or lacks what one needs to act on it.
    Content,
}

impl Refused {
    pub(crate) fn new(cause: Cause, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { cause, path: path.into(), reason: reason.into() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { out.write_str(&self.reason) } else { write!(out, "{}: {}", self.path, self.reason) }
    }
}

impl std::error::Error for Refused {}

/// A name out of a document, fit to be shown: short, and without anything but letters, digits and what names have.
pub(crate) fn shown(name: &str) -> String {
    let fit = |sign: &char| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ':' | '$' | '/' | '#');
    let mut short: String = name.chars().filter(fit).take(80).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}
