//! Tests of the real binary: one test program, so that it is linked once.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod bank;
mod blackbox;
mod books;
mod browser;
mod clearing;
mod command;
mod crawler;
mod http;
mod iso20022;
mod keys_in_browser;
mod kill;
mod listener;
mod network;
mod newcomer;
mod other_banks;
mod pay_in_browser;
mod replay;
mod routes;
mod schemathesis;
mod sign;
mod stop;
mod strace;
mod waiting;
mod webdriver;
