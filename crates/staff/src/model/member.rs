//! Members of staff and their roles.

use crate::StaffId;
use kit::{Refusal, Timestamp};

/// Most characters of a name, and of a branch.
pub(crate) const NAME_MAX: usize = 40;

/// What a member of staff is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// 柜员: serves customers at the counter, has a cash box.
    Teller,
    /// 主管: decides what tellers propose.
    Supervisor,
    /// 审计: reads the audit trail, changes nothing.
    Auditor,
    /// 系统管理员: keeps the list of members, moves no money.
    Administrator,
    /// 清算: watches what goes between banks, and proposes what has to be mended by hand.
    Clearing,
    /// 安全: looks into what people say was not them, ends sessions and stops everything for who calls.
    Security,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Teller, Self::Supervisor, Self::Auditor, Self::Administrator, Self::Clearing, Self::Security];

    /// The word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Teller => "teller",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Clearing => "clearing",
            Self::Security => "security",
        }
    }

    /// From the word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Teller => 1,
            Self::Supervisor => 2,
            Self::Auditor => 4,
            Self::Administrator => 8,
            Self::Clearing => 16,
            Self::Security => 32,
        }
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// None.
    pub const NONE: Self = Self(0);

    /// These.
    pub const fn of(roles: &[Role]) -> Self {
        let mut bits = 0;
        let mut place = 0;
        while place < roles.len() {
            bits |= roles[place].bit();
            place += 1;
        }
        Self(bits)
    }

    /// Whether it is one of them.
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the two sets have a role in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of these are in the other set.
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// `teller,supervisor`; empty for none.
    pub fn words(self) -> String {
        self.iter().map(Role::code).collect::<Vec<_>>().join(",")
    }

    /// From words with commas between. Refuses with `staff.roles_invalid`.
    pub fn parse(words: &str) -> Result<Self, Refusal> {
        let named = words.split(',').map(str::trim).filter(|word| !word.is_empty());
        let roles: Option<Vec<Role>> = named.map(Role::from_code).collect();
        let invalid = || Refusal::new("staff.roles_invalid", 422).with("field", "roles");
        roles.map(|roles| Self::of(&roles)).ok_or_else(invalid)
    }

    pub(crate) fn bits(self) -> i64 {
        i64::from(self.0)
    }

    /// Unknown bits are nobody's role.
    pub(crate) fn from_bits(bits: i64) -> Self {
        Self((bits & 63) as u8)
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which member.
    pub id: StaffId,
    /// The staff number, with which they sign in; no secret.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Where they sit.
    pub branch: String,
    /// What they are there for.
    pub roles: Roles,
    /// Since when they may not sign in any more.
    pub disabled: Option<Timestamp>,
    /// Whether their password is one that the bank made.
    pub must_change: bool,
}

/// Somebody who is to become a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// The staff number: 3 to 20 small letters and digits.
    pub number: String,
    /// The name.
    pub name: String,
    /// Where they will sit.
    pub branch: String,
}

impl NewMember {
    /// Trims and checks. Refuses with `staff.number_invalid`, `staff.name_invalid`, `staff.branch_invalid`.
    pub(crate) fn checked(&self) -> Result<Self, Refusal> {
        let number = self.number.trim().to_ascii_lowercase();
        if !is_number(&number) {
            return Err(Refusal::new("staff.number_invalid", 422).with("field", "number"));
        }
        let (name, branch) = (self.name.trim(), self.branch.trim());
        for (text, code, field) in [(name, "staff.name_invalid", "name"), (branch, "staff.branch_invalid", "branch")] {
            let length = text.chars().count();
            if length == 0 || length > NAME_MAX || text.contains(char::is_control) {
                return Err(Refusal::new(code, 422).with("field", field).with("most", NAME_MAX as i64));
            }
        }
        Ok(Self { number, name: name.to_owned(), branch: branch.to_owned() })
    }
}

/// Whether a staff number can be one.
pub(crate) fn is_number(number: &str) -> bool {
    (3..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_roles_reads_back() {
        for bits in 0..64 {
            let roles = Roles::from_bits(bits);
            assert_eq!(roles.bits(), bits);
            assert_eq!(Roles::parse(&roles.words()), Ok(roles));
        }
        assert_eq!(Roles::from_bits(64), Roles::NONE);
        assert_eq!(Roles::parse("teller, root").unwrap_err().code, "staff.roles_invalid");
        assert!(Roles::NONE.within(Roles::of(&[Role::Teller])));
        assert!(!Roles::of(&[Role::Auditor]).within(Roles::of(&[Role::Teller])));
    }

    #[test]
    fn a_staff_number_is_short_and_plain() {
        let new = |number: &str| NewMember { number: number.to_owned(), name: "陈".into(), branch: "0571".into() };
        assert_eq!(new(" T20417 ").checked().unwrap().number, "t20417");
        for number in ["", "ab", "a b c", "ａｂｃ", "abc\u{200b}", &"9".repeat(21), "<b>"] {
            assert_eq!(new(number).checked().unwrap_err().code, "staff.number_invalid", "{number:?}");
        }
        let nameless = NewMember { name: " ".into(), ..new("20417") };
        assert_eq!(nameless.checked().unwrap_err().code, "staff.name_invalid");
        let nowhere = NewMember { branch: "x".repeat(41), ..new("20417") };
        assert_eq!(nowhere.checked().unwrap_err().code, "staff.branch_invalid");
    }
}
