//! What every room of the bank uses and none of them owns: time, randomness, typed ids, the bank's
//! calendar, and the two ways in which a request can go wrong.
//!
//! * [`Refusal`]: the bank says no. It has a stable code, an HTTP status, typed fields, and a page that
//!   tells the person what to do next.
//! * [`Fault`]: we broke. It is opaque outside and carries its whole cause to the log, once.
//!
//! Clock, randomness and background work come through this crate alone, so that a test can hold them.

mod calendar;
mod clock;
mod error;
mod id;
mod random;
mod task;

pub use calendar::{BankDay, Calendar};
pub use clock::{AheadClock, Clock, FakeClock, SystemClock, Timestamp};
pub use error::{Error, Fault, FaultContext, FieldValue, Refusal, Result};
pub use id::{IdMaker, IdsUsedUp, Span};
pub use random::Random;
pub use task::spawn;
