//! Sessions of the staff: when one is alive.

use super::member::Member;
use kit::Timestamp;
use std::net::IpAddr;

/// A signed-in member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSession {
    /// Number of the session; not secret.
    pub id: i64,
    /// Who it is, with the roles of this moment.
    pub member: Member,
    /// When it was opened.
    pub created: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen: Timestamp,
    /// When it ends whatever happens.
    pub expires: Timestamp,
}

/// What is known about who is at the staff's door.
#[derive(Debug, Clone, Default)]
pub struct StaffVisitor {
    /// Where the request comes from. A loopback address is the bank's own proxy and is not counted against anybody.
    pub address: Option<IpAddr>,
    /// The secret that an earlier sign-in left in this browser.
    pub device: Option<String>,
}

/// Whether a session last seen then, ending then, may be used at `now`.
pub(crate) fn is_alive(now: Timestamp, last_seen: Timestamp, expires: Timestamp, idle_ms: i64) -> bool {
    now < expires && now.as_ms() - last_seen.as_ms() < idle_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_idle_and_when_its_time_is_over() {
        let at = Timestamp;
        assert!(is_alive(at(999), at(0), at(5_000), 1_000));
        assert!(!is_alive(at(1_000), at(0), at(5_000), 1_000));
        assert!(!is_alive(at(5_000), at(4_999), at(5_000), 1_000));
    }
}
