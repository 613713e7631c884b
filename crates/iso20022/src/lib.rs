//! Messages between banks in ISO 20022.
//!
//! * A **message** (报文) is one XML document with one business meaning; [`Message`] has those that the bank speaks.
//! * Reading is strict: a document that its schema does not allow is refused with the place and the reason.
//! * Writing goes through the same check, so that nothing leaves that a strict reader would refuse.

mod document;
mod limits;
mod message;
mod parts;
mod read;
mod refused;
mod schema;
mod write;
mod xml;

pub use document::{BusinessHeader, Document};
pub use limits::Limits;
pub use message::{
    CreditTransfer, DirectDebit, Enquiry, Entry, Header, Message, Notification, PaymentReturn, Report, Statement,
    TransactionStatus,
};
pub use parts::{AccountId, Agent, EntryState, Mark, Party, Reason, Service, Status};
pub use refused::{Cause, Refused};
pub use schema::Kind;
