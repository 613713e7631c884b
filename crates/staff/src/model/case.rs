//! Security cases: what people said was not them, for staff to look into.

use crate::SecurityCaseId;
use kit::Timestamp;

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityCase {
    /// Which case.
    pub id: SecurityCaseId,
    /// Whom it is about: `person:17`.
    pub subject: String,
    /// What they said was not them, as a word: `session`, `device`, `payment`, `all`.
    pub what: String,
    /// More, without names, numbers to call, secrets.
    pub detail: String,
    /// When they said so.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<String>,
}

/// A note in a case; never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseNote {
    /// When.
    pub time: Timestamp,
    /// Whose: a staff number.
    pub number: String,
    /// What they found or did.
    pub note: String,
}

/// A case to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecurityCase {
    /// What makes it, such as a security event's number: at most one case comes of it.
    pub origin: String,
    /// See [`SecurityCase::subject`].
    pub subject: String,
    /// See [`SecurityCase::what`].
    pub what: &'static str,
    /// See [`SecurityCase::detail`].
    pub detail: String,
}
