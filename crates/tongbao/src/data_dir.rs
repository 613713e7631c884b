//! Who may use a data folder: one process at a time, for the purpose that it was made for.

use crate::trouble::Trouble;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

const MARKER: &str = "tongbao.json";
const LOCK: &str = "tongbao.lock";
const FORMAT: u32 = 2;
/// What every program of this project can read: a ledger of one partition.
const FORMAT_OF_ONE: u32 = 1;

/// What a data folder was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// Demo people; may be thrown away by `--reset`.
    Demo,
    /// A bank in real use.
    Serve,
    /// A clearing house to try a bank with.
    Network,
    /// A replay, with what its result depends on.
    Replay {
        /// What each customer was given, minor units.
        fund_minor: i64,
        /// Limit per customer and day, minor units.
        day_cap_minor: Option<i64>,
        /// Hash of the first lines of the file.
        file: String,
    },
}

impl Purpose {
    fn word(&self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Serve => "serve",
            Self::Network => "network",
            Self::Replay { .. } => "replay",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    #[serde(flatten)]
    purpose: Purpose,
}

/// A data folder that this process holds.
pub(crate) struct DataDir {
    path: PathBuf,
    lock: File,
}

impl DataDir {
    /// Takes a folder for a purpose; makes it if it is not there. A folder made for another purpose, or one that
    /// holds other things, is refused.
    pub(crate) fn take(path: &Path, purpose: &Purpose) -> Result<Self, Trouble> {
        let fresh = is_free(path)?;
        fs::create_dir_all(path).map_err(|error| cannot_use(path, &error))?;
        let this = Self::lock(path)?;
        match read_marker(path)? {
            Some(found) if found == *purpose => {}
            Some(found) => return Err(differs(path, &found, purpose)),
            None if fresh => write_marker(path, purpose, FORMAT_OF_ONE)?,
            None => {
                return Err(Trouble::new(format!("{} holds other data.", path.display()))
                    .remedy("Name a new or empty folder with --data DIR."));
            }
        }
        Ok(this)
    }

    /// Takes a folder that is there, whatever its purpose.
    pub(crate) fn take_existing(path: &Path) -> Result<(Self, Purpose), Trouble> {
        match read_marker(path)? {
            Some(purpose) => Ok((Self::lock(path)?, purpose)),
            None => Err(not_ours(path)),
        }
    }

    /// What a folder was made for, without taking it.
    pub(crate) fn purpose(path: &Path) -> Result<Purpose, Trouble> {
        read_marker(path)?.ok_or_else(|| not_ours(path))
    }

    /// Removes everything that Tongbao keeps in a demo folder; refuses any other folder.
    pub(crate) fn reset_demo(path: &Path) -> Result<(), Trouble> {
        match read_marker(path)? {
            None if is_free(path)? => return Ok(()),
            Some(Purpose::Demo) => {}
            _ => {
                return Err(Trouble::new(format!("{} is not a demo folder; --reset leaves it alone.", path.display()))
                    .remedy("Name the demo's folder with --data DIR, or remove the folder yourself."));
            }
        }
        let held = Self::lock(path)?;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if ["journal", "snapshots", "index"].contains(&name.as_ref()) || ledger::is_partition_folder(&name) {
                fs::remove_dir_all(entry.path())?;
            } else if name.starts_with("tongbao.sqlite") || name.starts_with("network.sqlite") {
                fs::remove_file(entry.path())?;
            }
        }
        drop(held);
        Ok(())
    }

    /// Writes the marker of a folder that was just filled.
    pub(crate) fn mark(path: &Path, purpose: &Purpose, partitions: u16) -> Result<(), Trouble> {
        write_marker(path, purpose, if partitions > 1 { FORMAT } else { FORMAT_OF_ONE })
    }

    /// From now on the ledger here may have so many partitions: a program that knows of one alone would leave money out, and
    /// must not take the folder any more.
    pub(crate) fn partitions(&self, partitions: Option<u16>) -> Result<(), Trouble> {
        match (partitions, read_marker(&self.path)?) {
            (Some(2..), Some(purpose)) => write_marker(&self.path, &purpose, FORMAT),
            _ => Ok(()),
        }
    }

    /// Takes a folder that is there; none if another process has it.
    pub(crate) fn take_if_free(path: &Path) -> Result<Option<Self>, Trouble> {
        let file = File::options().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = file.map_err(|error| cannot_use(path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_use(path, &error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn lock(path: &Path) -> Result<Self, Trouble> {
        Self::take_if_free(path)?.ok_or_else(|| Trouble::in_use(path))
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        // The system takes the lock back in any case.
        let _ = self.lock.unlock();
    }
}

/// Not there, or empty but for a lock.
pub(crate) fn is_free(path: &Path) -> Result<bool, Trouble> {
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut names = entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name()));
            Ok(names.all(|name| name == LOCK))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(cannot_use(path, &error)),
    }
}

fn read_marker(path: &Path) -> Result<Option<Purpose>, Trouble> {
    let file = path.join(MARKER);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot_use(path, &error)),
    };
    let marker: Marker = serde_json::from_str(&text)
        .map_err(|error| Trouble::new(format!("{} cannot be read: {error}.", file.display())))?;
    if marker.format > FORMAT {
        return Err(Trouble::new(format!(
            "{} was made by a newer tongbao (format {}).",
            path.display(),
            marker.format
        )));
    }
    Ok(Some(marker.purpose))
}

fn write_marker(path: &Path, purpose: &Purpose, format: u32) -> Result<(), Trouble> {
    let marker = Marker { format, purpose: purpose.clone() };
    let text = serde_json::to_string_pretty(&marker).map_err(kit::Fault::from)?;
    let partial = path.join("tongbao.json.new");
    let mut file = File::create(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path.join(MARKER))?;
    File::open(path)?.sync_all()?;
    Ok(())
}

fn differs(path: &Path, found: &Purpose, wanted: &Purpose) -> Trouble {
    let shown = path.display();
    match (found, wanted) {
        (
            Purpose::Replay { fund_minor, day_cap_minor, file },
            Purpose::Replay { fund_minor: fund, day_cap_minor: cap, file: other },
        ) => {
            let what = if file != other {
                "a replay of another file".to_owned()
            } else if fund_minor != fund {
                format!("a replay in which each customer was given {fund_minor} minor units")
            } else {
                match (day_cap_minor, cap) {
                    (Some(minor), _) => format!("a replay with a day cap of {minor} minor units"),
                    (None, _) => "a replay without a day cap".to_owned(),
                }
            };
            Trouble::new(format!("{shown} holds {what}.")).remedy("Give the same options, or another --data DIR.")
        }
        _ => Trouble::new(format!(
            "{shown} holds data of `tongbao {}`, this is `tongbao {}`.",
            found.word(),
            wanted.word()
        ))
        .remedy("Name another folder with --data DIR."),
    }
}

fn not_ours(path: &Path) -> Trouble {
    Trouble::new(format!("There is no data of Tongbao in {}.", path.display()))
        .remedy("Name the folder with --data DIR.")
}

fn cannot_use(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("The folder {} cannot be used: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_purpose_and_is_used_by_one_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let held = DataDir::take(&path, &Purpose::Demo).unwrap();
        assert!(DataDir::take(&path, &Purpose::Demo).is_err());
        drop(held);
        assert!(DataDir::take(&path, &Purpose::Serve).is_err());
        assert!(DataDir::take(&path, &Purpose::Demo).is_ok());
        let other = root.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("letter.txt"), "x").unwrap();
        assert!(DataDir::take(&other, &Purpose::Demo).is_err());
        assert!(DataDir::reset_demo(&other).is_err());
        assert!(other.join("letter.txt").exists());
        fs::create_dir(path.join("journal")).unwrap();
        DataDir::reset_demo(&path).unwrap();
        assert!(!path.join("journal").exists());
    }
}
