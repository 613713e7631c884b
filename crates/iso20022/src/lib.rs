//! Messages between banks in ISO 20022.
//!
//! * A **message** (报文) is one XML document with one business meaning; [`Message`] has the seven that the bank speaks. It has a
//!   **group** (its head) and **transactions**. [`Message::read`] gives it as a [`Document`]: with its [`Kind`] and version, and with
//!   what a **business header** (`AppHdr`, `head.001`) beside it says.
//! * **Versions** are the last number of `pacs.008.001.08`. Those that came out together make a **generation**. Every version since
//!   2009 is read; written is that of 2019, which most of the world's clearing systems speak.
//! * Reading is in four steps, and each refuses with the place and the reason ([`Refused`], [`Cause`]):
//!   1. `xml`: UTF-8, well-formed with namespaces, no document type, no processing instruction, no entity but the five; within
//!      [`Limits`], whatever comes in.
//!   2. `schema`: which message it is, and whether order, number, choices and values are those of the standard. The tables are
//!      text in a notation of our own (`schema/tables`).
//!   3. `read`: what it means, in types. A moment without a zone is UTC; a day is the day as written.
//!   4. Whether it agrees with itself: numbers, control sums, totals, ids given once, opening balance and booked entries against
//!      the closing balance, days of group and transaction.
//! * Writing ([`Message::write`]) makes a document and reads it back through the same steps: nothing leaves that a strict reader
//!   would refuse, or that does not say all of the message.
//! * A refusal repeats nothing of a document but names of elements and attributes, so that it may be logged and sent back.
//!
//! ```
//! use iso20022::{Cause, Limits, Message};
//!
//! let refused = Message::read(b"<!DOCTYPE a><a/>", &Limits::default()).unwrap_err();
//! assert_eq!(refused.cause, Cause::Xml);
//! assert_eq!(
//!     refused.to_string(),
//!     "byte 0: a document type declaration; entities and outside parts are never read"
//! );
//! ```
//!
//! ## What is absent
//!
//! * Messages of customers to their banks (`pain`), investigations (`camt.026` to `.056`), several messages in one file.
//! * Signatures: `Sgntr` of a header is passed over; who sent a message is known by the connection.
//! * External code lists: codes are checked for their form, not whether this year's list has them.
//! * Returns and enquiries of a whole group at once, and answers to several messages in one: read one by one or refused.
//! * Parts that the bank does not act on (tax, regulatory reports, structured remittance, cards and securities in statements) are
//!   checked for their names alone; supplementary data is not checked.

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
