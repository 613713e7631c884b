//! Use cases of the payments room.

pub(crate) mod authorisation;
pub(crate) mod bank;
pub(crate) mod cap;
pub(crate) mod card;
pub(crate) mod cash;
pub(crate) mod correct;
pub(crate) mod draft;
pub(crate) mod due;
pub(crate) mod elsewhere;
pub(crate) mod fund;
pub(crate) mod hold;
pub(crate) mod interbank;
pub(crate) mod invite;
pub(crate) mod kill;
pub(crate) mod overview;
pub(crate) mod own_limit;
pub(crate) mod pay;
pub(crate) mod payee;
pub(crate) mod receipt;
pub(crate) mod reconcile;
pub(crate) mod refused;
pub(crate) mod request;
pub(crate) mod saved;
pub(crate) mod schedule;
pub(crate) mod slice;
pub(crate) mod statement;
pub(crate) mod submit;
pub(crate) mod transfer;
pub(crate) mod verify;
pub(crate) mod write;

use std::time::Duration;

/// How long a run or a request waits for tables that are behind, before it leaves everything to the next.
pub(crate) const BEHIND: Duration = Duration::from_secs(2);
