//! The doors of this room for programs that are no customer's.

pub mod card_network;
