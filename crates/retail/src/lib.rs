//! The personal bank: pages and API for people.
pub mod api;
pub mod pages;
