//! Journeys of money across partitions.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod kit;
mod trades;
