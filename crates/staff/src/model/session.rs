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
    /// Whether the second step was done, or none is asked of this member.
    pub proven: bool,
    /// Whether the member has a token.
    pub has_token: bool,
    /// When a token's code was given in this session last.
    pub token_proven: Option<Timestamp>,
}

/// What is missing for a whole sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInStep {
    /// The code of the member's token, or their passkey.
    Code,
    /// A password of their own.
    Password,
    /// A token, which the member does not have yet.
    Token,
}

impl StaffSession {
    /// What is missing; none in a session that is good for work. The code comes first: who found a first password
    /// without the token cannot choose another one.
    pub fn missing(&self) -> Option<SignInStep> {
        match (self.proven, self.has_token, self.member.must_change) {
            (false, true, _) => Some(SignInStep::Code),
            (_, _, true) => Some(SignInStep::Password),
            (false, false, false) => Some(SignInStep::Token),
            (true, _, false) => None,
        }
    }
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
    use crate::{Roles, StaffId};

    #[test]
    fn what_is_missing_is_a_table() {
        use SignInStep::{Code, Password, Token};
        for (proven, has_token, must_change, missing) in [
            (false, true, true, Some(Code)),
            (false, true, false, Some(Code)),
            (false, false, true, Some(Password)),
            (false, false, false, Some(Token)),
            (true, true, true, Some(Password)),
            (true, false, true, Some(Password)),
            (true, true, false, None),
            (true, false, false, None),
        ] {
            let member = Member {
                id: StaffId(1),
                number: "1".into(),
                name: "n".into(),
                branch: "b".into(),
                roles: Roles::NONE,
                disabled: None,
                must_change,
            };
            let at = Timestamp(0);
            let token_proven = None;
            let session = StaffSession {
                id: 1,
                member,
                created: at,
                last_seen: at,
                expires: at,
                proven,
                has_token,
                token_proven,
            };
            assert_eq!(session.missing(), missing, "{proven} {has_token} {must_change}");
        }
    }

    #[test]
    fn a_session_ends_when_idle_and_when_its_time_is_over() {
        let at = Timestamp;
        assert!(is_alive(at(999), at(0), at(5_000), 1_000));
        assert!(!is_alive(at(1_000), at(0), at(5_000), 1_000));
        assert!(!is_alive(at(5_000), at(4_999), at(5_000), 1_000));
    }
}
