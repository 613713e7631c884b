//! The clearing house as a participant sees it: messages in, a mailbox out, on both engines.

#![allow(missing_docs, reason = "a test binary has no documentation")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bank;
mod cards;
mod days;
mod doors;
mod faults;
mod payments;
