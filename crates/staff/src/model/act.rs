//! What a role may do.

use super::member::{Role, Roles};
use kit::Refusal;

/// Something that members of staff do. The rooms above name theirs as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// Its word in the audit trail.
    pub code: &'static str,
    /// Any of these roles may do it.
    pub roles: Roles,
}

impl Act {
    /// An act of these roles.
    pub const fn new(code: &'static str, roles: &[Role]) -> Self {
        Self { code, roles: Roles::of(roles) }
    }

    /// Whether somebody with these roles may do it. Refuses with `staff.not_allowed`.
    pub fn check(&self, roles: Roles) -> Result<(), Refusal> {
        if roles.meets(self.roles) { Ok(()) } else { Err(Refusal::new("staff.not_allowed", 403)) }
    }
}
