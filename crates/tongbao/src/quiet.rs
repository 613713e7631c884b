//! A quiet moment for a backup: while no trade between partitions of the ledger is under way, their journals fit each other, and
//! a backup may say up to where each is copied.
//!
//! The backup is another process. It lays a wish into the data folder and waits for the serving bank's word; it takes the wish
//! away as soon as it knows where everything stands, and the bank goes on. Payments inside a partition never wait; those between
//! two wait as long as the moment lasts, at most [`LONGEST`].

use crate::trouble::Trouble;
use accounts::Projections;
use cloud::{Cloud, Paused};
use kit::Random;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the bank stays quiet for one wish.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a backup waits for the bank's word.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

fn wish(data: &Path) -> PathBuf {
    data.join("backup.wanted")
}

fn word(data: &Path) -> PathBuf {
    data.join("backup.quiet")
}

/// The wish that is there, so that one from before a start is not answered any more; a word of before is taken back.
pub(crate) fn last_wish(data: &Path) -> Result<String, Trouble> {
    remove(&word(data))?;
    Ok(read(&wish(data))?.unwrap_or_default())
}

/// The bank's side: looks whether a backup wishes for a quiet moment, and gives it. `known` is the last wish that was seen.
pub(crate) async fn look(
    data: &Path,
    ledger: &Cloud,
    projections: &Projections,
    known: &mut String,
) -> Result<(), Trouble> {
    let Some(wanted) = read(&wish(data))?.filter(|wanted| wanted != known) else { return Ok(()) };
    known.clone_from(&wanted);
    let began = Instant::now();
    let Ok(paused) = tokio::time::timeout(LONGEST, ledger.pause()).await else {
        return Err(Trouble::new("a trade between partitions does not come to its end"));
    };
    if projections.caught_up_within(LONGEST.saturating_sub(began.elapsed())).await {
        let given = Given::new(data, &wanted, paused)?;
        while began.elapsed() < LONGEST && read(&wish(data))?.is_some_and(|still| still == wanted) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        drop(given);
    }
    Ok(())
}

/// The word that was given: it is taken back before anything goes on, however the moment ends.
struct Given {
    word: PathBuf,
    _paused: Paused,
}

impl Given {
    fn new(data: &Path, wanted: &str, paused: Paused) -> Result<Self, Trouble> {
        let this = Self { word: word(data), _paused: paused };
        fs::write(&this.word, wanted)?;
        Ok(this)
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.word) {
            // Whoever believes it would copy journals that do not fit.
            tracing::error!(%error, word = %self.word.display(), "remove this file by hand, and make no backup before");
        }
    }
}

/// The backup's side: a moment that was given.
pub(crate) struct Quiet {
    data: PathBuf,
    wanted: String,
}

impl Quiet {
    /// Waits until the serving bank is quiet.
    pub(crate) async fn wait(data: &Path) -> Result<Self, Trouble> {
        let this = Self { data: data.to_owned(), wanted: format!("{:032x}", Random::system().u128()) };
        fs::write(wish(data), &this.wanted)?;
        let began = Instant::now();
        while !this.holds()? {
            if began.elapsed() > PATIENCE {
                return Err(Trouble::new("The serving bank did not answer to the wish for a quiet moment.")
                    .remedy("Try again; the bank's log says what it waits for."));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(this)
    }

    /// Whether it is still quiet.
    pub(crate) fn holds(&self) -> Result<bool, Trouble> {
        Ok(read(&word(&self.data))?.is_some_and(|word| word == self.wanted))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // One that stays is seen once, and not again.
        let _ = remove(&wish(&self.data));
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
