//! The audit trail's rows and the hash that ties each to the one before.

use crate::StaffId;
use kit::Timestamp;

/// The hash before the first row.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

/// One thing that somebody of the staff did, or tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number: 1, 2, 3 and so on, without a gap.
    pub sequence: i64,
    /// When.
    pub time: Timestamp,
    /// Who; none is the bank itself: its command line, its clock.
    pub member: Option<StaffId>,
    /// Their staff number at that time; empty for the bank itself.
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
}

/// Follows the chain row by row.
pub(crate) struct Chain {
    pub(crate) sequence: i64,
    pub(crate) hash: [u8; 32],
}

impl Chain {
    pub(crate) fn begin() -> Self {
        Self { sequence: 0, hash: BEGINNING }
    }

    /// Whether this row is the one that follows.
    pub(crate) fn follows(&mut self, row: &AuditRow) -> bool {
        let fits = row.sequence == self.sequence + 1 && row.hash == row.hash_after(&self.hash);
        if fits {
            (self.sequence, self.hash) = (row.sequence, row.hash);
        }
        fits
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
        let mut chain = Chain::begin();
        assert!(chain.follows(&first) && chain.follows(&second));
        assert!(!Chain::begin().follows(&second));
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
            assert!(!Chain::begin().follows(&changed), "{changed:?}");
        }
        // Text that moves from one field to the next is another row.
        let moved = AuditRow { number: "204".to_owned(), branch: "170571".to_owned(), ..first.clone() };
        assert!(!Chain::begin().follows(&moved));
    }
}
