//! `cargo xtask tidy`: the rules of the repository that no compiler knows.
//!
//! Each finding says where, what, and what to do. The rules are in [`rooms`] (who may depend on whom), [`text`]
//! (length, words and paths), [`links`] (documents point at files that exist) and [`pictures`] (sizes).

mod links;
mod pictures;
mod rooms;
mod text;

use std::path::{Path, PathBuf};

use crate::run::{self, Failure};

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Path from the root of the repository.
    file: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    /// What is wrong, and what to do.
    message: String,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

/// A file of the repository.
pub(crate) struct Source {
    /// Path from the root, with `/`.
    path: String,
    bytes: u64,
    /// The text, unless the file is a picture or another binary.
    text: Option<String>,
}

impl Source {
    fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or("")
    }

    /// Lines with their numbers, counted from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.as_deref().unwrap_or("").lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Checks the whole repository.
pub(crate) fn tidy() -> Result<(), Failure> {
    let sources = read_repository(&run::root())?;
    let mut findings = Vec::new();
    findings.extend(rooms::check(&sources));
    findings.extend(text::check(&sources));
    findings.extend(links::check(&sources));
    findings.extend(pictures::check(&sources));
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if findings.is_empty() {
        eprintln!("{} files are tidy", sources.len());
        return Ok(());
    }
    for finding in &findings {
        if finding.line == 0 {
            eprintln!("{}: {}", finding.file, finding.message);
        } else {
            eprintln!("{}:{}: {}", finding.file, finding.line, finding.message);
        }
    }
    Err(Failure::new(format!("{} of the repository's rules are broken", findings.len())))
}

/// Folders that are not the repository's own text: what builds and running banks leave, and git's own.
const SKIPPED: &[&str] = &["target", ".git", "tongbao-data", "tongbao-replay", "node_modules"];

fn read_repository(root: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    let cannot = |path: &Path, error: std::io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| cannot(&folder, error))? {
            let entry = entry.map_err(|error| cannot(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| cannot(&path, error))?;
            if kind.is_dir() {
                let skipped = entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name));
                if !skipped {
                    folders.push(path);
                }
            } else if kind.is_file() {
                // A file may go while we look, in a checkout where somebody works; that is no finding.
                let Ok(bytes) = std::fs::read(&path) else { continue };
                let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                sources.push(Source { path: shown, bytes: bytes.len() as u64, text: String::from_utf8(bytes).ok() });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), bytes: text.len() as u64, text: Some(text.to_owned()) }
}
