//! The two parts of the site, each with its own door: customers come in by one, the bank's staff by the other, and a
//! session of one is nobody in the other.

use crate::cookie;

/// A part of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Everything but what lies under `/staff`.
    Customers,
    /// 员工端: `/staff` and what lies under it.
    Staff,
}

impl Area {
    /// The part that a path belongs to.
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/staff") {
            Some("") => Self::Staff,
            Some(rest) if rest.starts_with('/') => Self::Staff,
            _ => Self::Customers,
        }
    }

    /// What every path of it begins with.
    pub fn path(self) -> &'static str {
        match self {
            Self::Customers => "",
            Self::Staff => "/staff",
        }
    }

    /// Where a signed-in person begins.
    pub fn home(self) -> &'static str {
        match self {
            Self::Customers => "/home",
            Self::Staff => "/staff",
        }
    }

    /// Where anybody begins.
    pub fn front(self) -> &'static str {
        match self {
            Self::Customers => "/",
            Self::Staff => "/staff",
        }
    }

    /// Where one signs in.
    pub fn sign_in(self) -> &'static str {
        match self {
            Self::Customers => "/sign-in",
            Self::Staff => "/staff/sign-in",
        }
    }

    /// The cookie of its sessions.
    pub(crate) fn session_cookie(self) -> &'static str {
        match self {
            Self::Customers => cookie::SESSION,
            Self::Staff => cookie::STAFF_SESSION,
        }
    }

    /// The cookie by which its browsers are recognised.
    pub(crate) fn device_cookie(self) -> &'static str {
        match self {
            Self::Customers => cookie::DEVICE,
            Self::Staff => cookie::STAFF_DEVICE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_under_staff_is_the_staffs() {
        for path in ["/staff", "/staff/", "/staff/sign-in"] {
            assert_eq!(Area::of(path), Area::Staff, "{path}");
        }
        for path in ["/", "/staffing", "/home/staff", "/api/v1/staff", "/Staff"] {
            assert_eq!(Area::of(path), Area::Customers, "{path}");
        }
    }
}
