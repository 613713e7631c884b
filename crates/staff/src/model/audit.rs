//! The audit trail's rows and the hash that ties each to the one before.

use crate::StaffId;
use credential::hex;
use kit::Timestamp;

/// The hash before the first row.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

/// What stands in place of a staff number where a customer acted; no staff number looks so.
pub const CUSTOMER: &str = "(customer)";

/// Something that a customer did, or that happened to their safety.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAct {
    /// When.
    pub time: Timestamp,
    /// What, as a word: `passport.signed_in`.
    pub action: String,
    /// Whose: `person:17`.
    pub subject: String,
    /// More; never a name, a number to call, an address, or a secret.
    pub detail: String,
}

/// One thing that somebody of the staff, or a customer, did or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number: 1, 2, 3 and so on, without a gap.
    pub sequence: i64,
    /// When.
    pub time: Timestamp,
    /// Who; none is the bank itself: its command line, its clock.
    pub member: Option<StaffId>,
    /// Their staff number at that time; empty for the bank itself, [`CUSTOMER`] for a customer.
    pub number: String,
    /// Where they sat.
    pub branch: String,
    /// What, as a word.
    pub action: String,
    /// To what: `person:17`, `account:42`; may be empty.
    pub subject: String,
    /// The reason that was given, or figures; never a name, a number to call, or a secret.
    pub detail: String,
    /// `begun`, `done`, or the code of the refusal.
    pub outcome: String,
    /// Over this row and the hash of the one before.
    pub hash: [u8; 32],
}

impl AuditRow {
    /// What the hash must be after `previous`. Every field has its length in front, so that none runs into the next.
    pub(crate) fn hash_after(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("tongbao staff audit v1");
        let (sequence, time) = (self.sequence.to_le_bytes(), self.time.as_ms().to_le_bytes());
        let member = self.member.map_or(0, |member| member.0).to_le_bytes();
        let fields: [&[u8]; 10] = [
            previous,
            &sequence,
            &time,
            &member,
            self.number.as_bytes(),
            self.branch.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
            self.outcome.as_bytes(),
        ];
        for field in fields {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Those of the member with this staff number; empty is all.
    pub number: String,
    /// Those whose action begins so; empty is all.
    pub action: String,
    /// Those about exactly this; empty is all.
    pub subject: String,
}

/// What checking the whole trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCheck {
    /// How many rows there are.
    pub rows: i64,
    /// The hash of the last one in hexadecimal, to be kept elsewhere.
    pub head: String,
    /// The first row that is not as it was written, or is missing.
    pub broken_at: Option<i64>,
    /// Which row has the hash that was expected; none if no row has it, or none was expected.
    pub expected_at: Option<i64>,
}

/// Follows the trail row by row, wherever the rows come from: the database or an exported file.
#[derive(Debug)]
pub struct AuditChain {
    sequence: i64,
    hash: [u8; 32],
    expected: Option<String>,
    expected_at: Option<i64>,
    broken_at: Option<i64>,
}

impl AuditChain {
    /// Before the first row. `expected` is the hash of some row in hexadecimal, kept elsewhere.
    pub fn begin(expected: Option<&str>) -> Self {
        let expected = expected.map(str::to_ascii_lowercase);
        Self { sequence: 0, hash: BEGINNING, expected, expected_at: None, broken_at: None }
    }

    /// The number of the last row that followed.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Takes the next row; whether it is the one that follows. After the first that is not, none is.
    pub fn follow(&mut self, row: &AuditRow) -> bool {
        if self.broken_at.is_some() {
            return false;
        }
        if row.sequence != self.sequence + 1 || row.hash != row.hash_after(&self.hash) {
            // What is missing is the row that should have come, not the one that did.
            self.broken_at = Some(row.sequence.min(self.sequence + 1));
            return false;
        }
        (self.sequence, self.hash) = (row.sequence, row.hash);
        if self.expected.as_ref().is_some_and(|expected| *expected == hex(&row.hash)) {
            self.expected_at = Some(row.sequence);
        }
        true
    }

    /// There is no further row, though `last` was said to be the last one, with this hash.
    pub(crate) fn must_end_at(&mut self, last: i64, hash: &[u8; 32]) {
        if self.broken_at.is_none() && (self.sequence != last || self.hash != *hash) {
            self.broken_at = Some(self.sequence + 1);
        }
    }

    /// Something came that is no row: the trail is broken there.
    pub(crate) fn break_here(&mut self) {
        self.broken_at = self.broken_at.or(Some(self.sequence + 1));
    }

    /// What was found.
    pub fn check(self) -> ChainCheck {
        let (rows, head) = (self.sequence, hex(&self.hash));
        ChainCheck { rows, head, broken_at: self.broken_at, expected_at: self.expected_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sequence: i64, previous: &[u8; 32]) -> AuditRow {
        let mut row = AuditRow {
            sequence,
            time: Timestamp(1_800_000_000_000),
            member: Some(StaffId(7)),
            number: "20417".to_owned(),
            branch: "0571".to_owned(),
            action: "branch.find".to_owned(),
            subject: "person:1".to_owned(),
            detail: String::new(),
            outcome: "done".to_owned(),
            hash: BEGINNING,
        };
        row.hash = row.hash_after(previous);
        row
    }

    #[test]
    fn any_field_changed_and_any_row_left_out_breaks_the_chain() {
        let first = row(1, &BEGINNING);
        let second = row(2, &first.hash);
        let mut chain = AuditChain::begin(Some(&hex(&first.hash).to_ascii_uppercase()));
        assert!(chain.follow(&first) && chain.follow(&second));
        let whole = chain.check();
        assert_eq!((whole.rows, whole.head.clone()), (2, hex(&second.hash)));
        assert_eq!((whole.broken_at, whole.expected_at), (None, Some(1)));
        assert!(!AuditChain::begin(None).follow(&second));
        let changes: [fn(&mut AuditRow); 9] = [
            |row| row.sequence = 2,
            |row| row.time = row.time.plus_ms(1),
            |row| row.member = None,
            |row| row.number.push('1'),
            |row| row.branch.clear(),
            |row| row.action.push('x'),
            |row| row.subject = "person:2".to_owned(),
            |row| row.detail.push(' '),
            |row| row.outcome = "begun".to_owned(),
        ];
        for change in changes {
            let mut changed = first.clone();
            change(&mut changed);
            assert!(!AuditChain::begin(None).follow(&changed), "{changed:?}");
        }
        // Text that moves from one field to the next is another row.
        let moved = AuditRow { number: "204".to_owned(), branch: "170571".to_owned(), ..first.clone() };
        assert!(!AuditChain::begin(None).follow(&moved));
    }
}
