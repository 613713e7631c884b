//! Lists in pages, newest first, with a cursor that stays valid while rows are added.

use kit::Refusal;

/// Most rows of one page.
pub const PAGE_MAX: u32 = 100;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// What to ask with for the next page; none on the last.
    pub next: Option<String>,
}

/// Checks the wish for so many rows. Refuses with `accounts.limit_invalid`.
pub(crate) fn check_limit(limit: u32) -> Result<u32, Refusal> {
    if (1..=PAGE_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(Refusal::new("accounts.limit_invalid", 400).with("field", "limit").with("most", i64::from(PAGE_MAX)))
    }
}

/// Reads a cursor: rows before this ledger sequence. Refuses with `accounts.cursor_invalid`.
pub(crate) fn read_cursor(cursor: Option<&str>) -> Result<Option<u64>, Refusal> {
    let Some(cursor) = cursor else { return Ok(None) };
    let invalid = || Refusal::new("accounts.cursor_invalid", 400).with("field", "cursor");
    let digits = cursor.strip_prefix('s').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    let sequence: u64 = digits.and_then(|digits| digits.parse().ok()).ok_or_else(invalid)?;
    if i64::try_from(sequence).is_err() { Err(invalid()) } else { Ok(Some(sequence)) }
}

/// The cursor for rows before this ledger sequence.
pub(crate) fn write_cursor(before: u64) -> String {
    format!("s{before}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_nothing_else_does() {
        assert_eq!(read_cursor(None), Ok(None));
        assert_eq!(read_cursor(Some(&write_cursor(12))), Ok(Some(12)));
        for cursor in ["", "12", "s", "s-1", "s+1", "s99999999999999999999", "s9223372036854775808", "x12", "s1 "] {
            assert_eq!(read_cursor(Some(cursor)).unwrap_err().code, "accounts.cursor_invalid", "{cursor:?}");
        }
    }

    #[test]
    fn a_page_has_one_to_a_hundred_rows() {
        assert!(check_limit(0).is_err());
        assert_eq!(check_limit(100), Ok(100));
        assert!(check_limit(101).is_err());
    }
}
