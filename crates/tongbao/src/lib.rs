//! The Tongbao bank as one program: command line, wiring, router, demo data.
//!
//! **Where to look**: [`cli`] for the commands and their options, `command/` for what each does, [`bank`] for how
//! the rooms are put together, `server.rs` for routes and stopping, `listener/` for sockets, TLS and their limits, `observe.rs` for logs, metrics and health,
//! `chores.rs` for what it
//! does by itself, `data_dir.rs` for who may use a data folder, `quiet.rs` for what a backup of several partitions waits for, `demo.rs` for the people of the demonstration.

pub mod bank;
mod chores;
pub mod cli;
mod command;
mod config;
mod data_dir;
mod demo;
mod listener;
mod observe;
mod quiet;
mod reference;
mod server;
mod trouble;

use clap::Parser;
use std::process::ExitCode;

pub use config::Config;
pub use server::application;
pub use trouble::Trouble;

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = cli::Cli::parse();
    match command::run(cli) {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}
