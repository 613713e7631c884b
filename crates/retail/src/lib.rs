//! The personal bank: what a person sees and does, as pages and as a JSON API.
//!
//! * [`pages`]: what anybody may read (accounts, rates, branches, security, help), joining by a text code, proving a name,
//!   sessions and devices, notices, home, accounts, statement, cards of other banks, transfer in three steps here or to
//!   another bank, receipt. Server-rendered, in Chinese
//!   and English; every task works without script.
//! * [`api`]: the same for programs, under `/api/v1`, with its OpenAPI document.
//!
//! Nothing is decided here. Rules live in the rooms below; this one asks, shows, and says what to do next.
//!
//! Absent: opening a Class II or III account on a page.

pub mod api;
pub mod pages;

pub use pages::ROOM;
