//! What each command does.

mod audit;
mod backup;
mod books;
mod demo;
mod export;
mod iso20022;
mod ledger;
mod network;
mod registry;
mod replay;
mod serve;
mod sign;
mod staff;
mod tokens;

mod vault;

use crate::cli::{
    AuditCommand, Cli, Command, Export, Iso20022Command, LedgerCommand, StaffCommand, TokensCommand, VaultCommand,
};
use crate::trouble::Trouble;
use std::future::Future;
use std::process::ExitCode;

pub(crate) fn run(cli: Cli) -> Result<ExitCode, Trouble> {
    match cli.command.unwrap_or(Command::Demo(cli.demo)) {
        Command::Demo(options) => on_runtime(demo::run(options)),
        Command::Serve(options) => on_runtime(serve::run(options)),
        Command::Replay(options) => on_runtime(replay::run(options)),
        Command::Export { what: Export::Balances { all, stored } } => on_runtime(export::balances(stored, all)),
        Command::Ledger { what: LedgerCommand::Verify { data, expect_head, json } } => {
            ledger::verify(&data, expect_head.as_deref(), json)
        }
        Command::Ledger { what: LedgerCommand::Bench { args, data, json } } => {
            on_runtime(ledger::bench(args, data, json))
        }
        Command::Books { what } => on_runtime(books::run(what)),
        Command::Staff { what: StaffCommand::Add { number, name, branch, roles, stored } } => {
            on_runtime(staff::add(stored, ::staff::NewMember { number, name, branch }, roles))
        }
        Command::Staff { what: StaffCommand::Reset { number, stored } } => on_runtime(staff::reset(stored, number)),
        Command::Audit { what: AuditCommand::Verify { expect_head, file: Some(file), .. } } => {
            audit::verify_file(&file, expect_head.as_deref())
        }
        Command::Audit { what: AuditCommand::Verify { expect_head, file: None, stored } } => {
            on_runtime(audit::verify(stored, expect_head))
        }
        Command::Audit { what: AuditCommand::Export { file, format, stored } } => {
            on_runtime(audit::export(stored, file, format))
        }
        Command::Iso20022 { what: Iso20022Command::Check { files } } => iso20022::check(&files),
        Command::Sign(options) => sign::run(options),
        Command::Tokens { what: TokensCommand::Import { file, key_file, stored } } => {
            on_runtime(async move { tokens::import(stored, &file, key_file.as_deref()).await })
        }
        Command::Network(options) => on_runtime(network::run(options)),
        Command::Registry(options) => on_runtime(registry::run(options)),
        Command::Vault { what: VaultCommand::Rotate { stored } } => on_runtime(vault::rotate(stored)),
        Command::Backup(options) => on_runtime(backup::backup(options)),
        Command::Restore(options) => on_runtime(backup::restore(options)),
    }
}

fn on_runtime(work: impl Future<Output = Result<ExitCode, Trouble>>) -> Result<ExitCode, Trouble> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
