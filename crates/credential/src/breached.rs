//! Passwords that are known from thefts elsewhere: a file in the layout of the Pwned Passwords list, which is never
//! read into memory.
//!
//! One line is `HASH:count`: the SHA-1 of a password as 40 hexadecimal digits, and how often it was seen. Lines are
//! sorted by hash and end in LF or CRLF. The list is tens of gigabytes; a look-up halves the file some thirty times.

use kit::{Fault, FaultContext};
use sha1::{Digest, Sha1};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Hexadecimal digits of a SHA-1.
const HASH_DIGITS: usize = 40;
/// Longest line: the hash, a colon, a count, CRLF.
const LINE_MAX: usize = 80;
/// Places at which the order is looked at when the file is opened; a small file is looked at as a whole.
const PROBES: u64 = 1_024;

/// The list. Clones share the file.
#[derive(Debug, Clone)]
pub struct BreachedPasswords {
    file: Arc<File>,
    path: PathBuf,
    length: u64,
}

/// A line and where the next one begins.
struct Line {
    hash: [u8; HASH_DIGITS],
    end: u64,
}

impl BreachedPasswords {
    /// Opens the list. A file that is missing, empty, not in this layout or not sorted is a fault: of a large file, some
    /// thousand places are looked at, spread over the whole of it.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let context = || format!("the list of breached passwords {}", path.display());
        let file = File::open(path).fault(context())?;
        let length = file.metadata().fault(context())?.len();
        let list = Self { file: Arc::new(file), path: path.to_owned(), length };
        list.look_at_order()?;
        Ok(list)
    }

    /// Whether a password is in the list. Reads the file: off the threads that must not wait.
    pub fn contains(&self, password: &str) -> Result<bool, Fault> {
        let digest = Sha1::digest(password.as_bytes());
        let wanted = crate::hex(&digest).to_ascii_uppercase().into_bytes();
        // The first line whose hash is not below the wanted one begins in low..=high.
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low + (high - low) / 2;
            let start = self.line_start(middle)?;
            let Some(line) = self.line_at(start)? else {
                high = middle;
                continue;
            };
            match line.hash.as_slice().cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = line.end,
                // Everything from `middle` on begins with this line or later.
                std::cmp::Ordering::Greater => high = middle.min(start),
            }
        }
        Ok(false)
    }

    fn look_at_order(&self) -> Result<(), Fault> {
        let mut last: Option<[u8; HASH_DIGITS]> = None;
        let step = (self.length / PROBES).max(1);
        let mut at = 0;
        while let Some(line) = self.line_at(self.line_start(at)?)? {
            if last.is_some_and(|last| last >= line.hash) {
                return Err(self.wrong("is not sorted by hash"));
            }
            last = Some(line.hash);
            at = line.end.max(at + step);
        }
        match last {
            Some(_) => Ok(()),
            None => Err(self.wrong("is empty")),
        }
    }

    /// Where the first line begins that begins at `from` or after it.
    fn line_start(&self, from: u64) -> Result<u64, Fault> {
        let Some(before) = from.checked_sub(1) else { return Ok(0) };
        let mut buffer = [0; LINE_MAX];
        let read = self.read_at(&mut buffer, before)?;
        match buffer[..read].iter().position(|byte| *byte == b'\n') {
            Some(at) => Ok(before + at as u64 + 1),
            None if read < LINE_MAX => Ok(self.length),
            None => Err(self.wrong("has a line that is too long")),
        }
    }

    /// The line that begins there; none at the end.
    fn line_at(&self, start: u64) -> Result<Option<Line>, Fault> {
        let mut buffer = [0; LINE_MAX];
        let read = self.read_at(&mut buffer, start)?;
        let text = &buffer[..read];
        if text.is_empty() {
            return Ok(None);
        }
        let end = text.iter().position(|byte| *byte == b'\n');
        let line = text[..end.unwrap_or(read)].strip_suffix(b"\r").unwrap_or(&text[..end.unwrap_or(read)]);
        let parts = line.split_at_checked(HASH_DIGITS).filter(|(hash, rest)| {
            let count = rest.strip_prefix(b":").unwrap_or_default();
            let counted = !count.is_empty() && count.iter().all(u8::is_ascii_digit);
            hash.iter().all(u8::is_ascii_hexdigit) && counted
        });
        let Some((digits, _)) = parts else {
            return Err(self.wrong(&format!("has no line HASH:count at byte {start}")));
        };
        let mut hash = [0; HASH_DIGITS];
        hash.copy_from_slice(digits);
        hash.make_ascii_uppercase();
        Ok(Some(Line { hash, end: start + end.map_or(read, |end| end + 1) as u64 }))
    }

    /// Reads until the buffer is full or the file ends.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> Result<usize, Fault> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self.file.read_at(&mut buffer[filled..], at + filled as u64);
            match read.fault(format!("reading {}", self.path.display()))? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    fn wrong(&self, what: &str) -> Fault {
        Fault::new(format!("the list of breached passwords {} {what}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn lines(passwords: &[String], end: &str) -> String {
        let mut hashes: Vec<String> =
            passwords.iter().map(|password| crate::hex(&Sha1::digest(password.as_bytes())).to_uppercase()).collect();
        hashes.sort();
        let counted = hashes.iter().enumerate().map(|(at, hash)| format!("{hash}:{}", 1 + at * at * at));
        counted.collect::<Vec<_>>().join(end) + end
    }

    #[test]
    fn every_password_of_the_list_is_found_and_no_other() {
        for count in [1, 2, 3, 7, 64, 3_000] {
            let all: Vec<String> = (0..count).map(|number| format!("password {number}")).collect();
            for text in [lines(&all, "\n"), lines(&all, "\r\n"), lines(&all, "\n").trim_end().to_owned()] {
                let file = file(&text);
                let list = BreachedPasswords::open(file.path()).unwrap();
                for (number, password) in all.iter().enumerate() {
                    assert!(list.contains(password).unwrap(), "{password} of {count}");
                    assert!(!list.contains(&format!("another {number}")).unwrap());
                }
            }
        }
    }

    #[test]
    fn the_layout_s_own_hashes_are_read_in_either_case() {
        // SHA-1 of "password", as the list has it.
        for line in ["5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:1"] {
            let file = file(line);
            assert!(BreachedPasswords::open(file.path()).unwrap().contains("password").unwrap());
        }
    }

    #[test]
    fn what_is_no_such_list_is_refused_when_it_is_opened() {
        let all: Vec<String> = (0..50).map(|number| format!("password {number}")).collect();
        let sorted = lines(&all, "\n");
        let mut backwards: Vec<&str> = sorted.lines().collect();
        backwards.reverse();
        for (text, what) in [
            ("", "is empty"),
            ("password\n123456\n", "no line HASH:count"),
            ("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n", "no line HASH:count"),
            (&"x".repeat(500), "no line HASH:count"),
            (&backwards.join("\n"), "not sorted"),
        ] {
            let file = file(text);
            let said = BreachedPasswords::open(file.path()).unwrap_err().to_string();
            assert!(said.contains(what), "{said}");
        }
        assert!(BreachedPasswords::open(Path::new("/nowhere/pwned.txt")).is_err());
    }
}
