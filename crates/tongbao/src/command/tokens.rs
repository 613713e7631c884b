//! `tongbao tokens`.

use crate::bank::Bank;
use crate::cli::StoredData;
use crate::command::export::parts;
use crate::data_dir::DataDir;
use crate::trouble::Trouble;
use credential::pskc;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// Takes over the seeds of a file into the stock, and says of each whether.
pub(crate) async fn import(stored: StoredData, file: &Path, key: Option<&Path>) -> Result<ExitCode, Trouble> {
    let cannot =
        |path: &Path, error: std::io::Error| Trouble::new(format!("{} cannot be read: {error}.", path.display()));
    let opened = std::fs::File::open(file).map_err(|error| cannot(file, error))?;
    let mut bytes = Zeroizing::new(Vec::new());
    opened.take(pskc::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let key = match key {
        Some(path) => {
            let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| cannot(path, error))?);
            let bytes = credential::unhex_any(&text.trim().to_lowercase()).map(Zeroizing::new);
            let key = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes.as_slice()).ok());
            Some(Zeroizing::new(key.ok_or_else(|| {
                Trouble::new("The key is not 32 hexadecimal digits.")
                    .remedy("Write the 128 bits that came with the tokens.")
            })?))
        }
        None => None,
    };
    let container = pskc::read(&bytes, key.as_deref()).map_err(|unreadable| {
        Trouble::new(format!("The file was not taken over: {unreadable}."))
            .remedy("Encrypted seeds need the key that was handed over apart: --key-file FILE.")
    })?;
    let _held = DataDir::take_existing(&stored.data)?;
    let bank = Bank::open(parts(&stored)?).await?;
    let imported = bank.passport.import_tokens(container).await;
    bank.close().await?;
    let imported = imported?;
    for (serial, kind) in &imported.taken {
        println!("taken    {serial}  {kind}");
    }
    for refused in &imported.refused {
        println!("REFUSED  {}  {}", refused.which, refused.why);
    }
    println!("{} taken over, {} refused.", imported.taken.len(), imported.refused.len());
    Ok(if imported.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
