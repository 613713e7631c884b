//! `tongbao export`.

use crate::bank::{Bank, Parts};
use crate::cli::StoredData;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use accounts::AliasBalance;
use std::io::Write;
use std::process::ExitCode;

/// The bank that lies in a folder, with its database from a configuration if one is named.
pub(super) fn parts(stored: &StoredData) -> Result<Parts, Trouble> {
    Ok(match &stored.config {
        Some(path) => {
            let mut config = Config::read(path)?;
            config.data = stored.data.clone();
            // Only a bank that serves may grow.
            Parts { partitions: None, ..Parts::configured(&config)? }
        }
        None => Parts::embedded(&stored.data),
    })
}

/// Balances of customers' accounts that have an alias; with `all`, the bank's own as well.
pub(crate) async fn balances(stored: StoredData, all: bool) -> Result<ExitCode, Trouble> {
    let _held = DataDir::take_existing(&stored.data)?;
    let bank = Bank::open(parts(&stored)?).await?;
    bank.settled().await?;
    let mut balances = bank.accounts.balances_by_alias().await?;
    balances.sort_by(|one, other| one.alias.cmp(&other.alias));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(out, "alias,currency,balance_minor")?;
    balances.retain(|line| all || !line.alias.starts_with("bank:"));
    for AliasBalance { alias, balance } in balances {
        writeln!(out, "{alias},{},{}", balance.currency.code(), balance.minor)?;
    }
    out.flush()?;
    drop(out);
    bank.close().await?;
    Ok(ExitCode::SUCCESS)
}
