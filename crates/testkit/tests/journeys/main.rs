//! Journeys through the whole bank in-process, on both engines.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod accounts;
mod api;
mod books;
mod caching;
mod card_locks;
mod card_network;
mod cards;
mod class_edges;
mod classes;
mod codes;
mod corrections;
mod debit_cards;
mod elsewhere;
mod idempotency;
mod interbank;
mod interbank_in;
mod invitations;
mod kill;
mod limits;
mod partitions;
mod projections;
mod races;
mod reconciliation;
mod refused;
mod saved;
mod schedules;
mod slices;
mod statements;
mod status;
mod transfers;
mod vouchers;
mod waiting;
