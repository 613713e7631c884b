//! `tongbao vault`.

use crate::bank::Bank;
use crate::cli::StoredData;
use crate::command::export::parts;
use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use std::process::ExitCode;

/// Seals the keys of all card numbers anew. The data is held, so no bank serves with the old key meanwhile.
pub(crate) async fn rotate(stored: StoredData) -> Result<ExitCode, Trouble> {
    crate::observe::log_quietly();
    let _held = DataDir::take_existing(&stored.data)?;
    let bank = Bank::open(parts(&stored)?).await?;
    let rotated = bank.accounts.rotate_vault().await;
    bank.close().await?;
    let (key, cards) = rotated?;
    println!("Key {key} seals {cards} cards now; the keys before it are forgotten.");
    println!("Backups made before this still hold the old file.");
    Ok(ExitCode::SUCCESS)
}
