//! `tongbao staff`.

use crate::bank::Bank;
use crate::cli::StoredData;
use crate::command::export::parts;
use crate::data_dir::{self, DataDir, Purpose};
use crate::trouble::Trouble;
use std::process::ExitCode;

/// Adds a member with a password that is good once. There is no default one anywhere.
pub(crate) async fn add(stored: StoredData, new: ::staff::NewMember, roles: String) -> Result<ExitCode, Trouble> {
    let roles = ::staff::Roles::parse(&roles).map_err(|_| {
        Trouble::new(format!("{roles} is not a list of roles.")).remedy(
            "Roles are teller, supervisor, auditor, administrator, clearing, security; write several with commas between.",
        )
    })?;
    // The first members are made before the bank is started for the first time.
    let _held = match data_dir::is_free(&stored.data)? {
        true => DataDir::take(&stored.data, &Purpose::Serve)?,
        false => DataDir::take_existing(&stored.data)?.0,
    };
    let bank = Bank::open(parts(&stored)?).await?;
    let added = bank.staff.add_by_hand(&new, roles).await;
    bank.close().await?;
    let (member, password) = added?;
    println!("{} ({}) may sign in at /staff with this password within three days:", member.number, roles.words());
    println!("{password}");
    println!("It is shown once and must be replaced at the first sign-in, where a token is enrolled too.");
    Ok(ExitCode::SUCCESS)
}

/// Gives a member another password that is good once; their tokens and sessions end.
pub(crate) async fn reset(stored: StoredData, number: String) -> Result<ExitCode, Trouble> {
    let _held = DataDir::take_existing(&stored.data)?.0;
    let bank = Bank::open(parts(&stored)?).await?;
    let reset = bank.staff.reset_by_hand(&number).await;
    bank.close().await?;
    let (member, password) = reset?;
    println!("{} may sign in at /staff with this password within three days, and enrol a token:", member.number);
    println!("{password}");
    println!("It is shown once. Sign-ins and tokens from before have ended.");
    Ok(ExitCode::SUCCESS)
}
