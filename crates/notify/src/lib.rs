//! Messages to people: texts to their phone, and the inbox that they read when signed in.
//!
//! * A **text** (短信) goes to a mobile number through a [`SmsGateway`]. In real use that is an [`HttpGateway`] to a
//!   provider; the demonstration bank runs a small provider of its own, [`demo::Phone`], over the same HTTP.
//! * A **notice** (通知) is a row in a person's inbox: a kind and its facts. Words are put to it when it is shown, in the
//!   reader's language.
//!
//! Rules: a text is sent with an id of its own, and sent again at most once under the same id, so that a provider can
//! drop the repetition. What a text says is never logged. A notice with a key is told at most once for a person, however
//! often its cause is replayed.
//!
//! Absent: TLS to the provider is not built in; an address that demands it is refused, and a relay on a private network
//! takes its place.

pub mod client;
pub mod demo;
mod gateway;
mod migrations;
mod model;
mod service;
mod store;

pub use gateway::{HttpGateway, NoGateway, Sending, Silent, SmsGateway, SmsMessage};
pub use model::notice::{Notice, NoticeId, StoredNotice};
pub use model::text::{Language, Text};
pub use service::{Notify, tell_all_in, tell_in};
pub use store::STATEMENTS;

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "notify", migrations: migrations::MIGRATIONS }
}
