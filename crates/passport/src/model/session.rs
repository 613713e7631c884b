//! Sessions: when one is alive.

use crate::{CustomerId, DeviceId, Mobile, Name, PersonId, SessionId};
use kit::{Refusal, Timestamp};

/// How the session was opened. It decides the channel of what is done in it: a browser cannot claim to be an app, nor
/// an app to be a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A browser, by cookie.
    Web,
    /// A program, by bearer token.
    Api,
}

impl SessionKind {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "web" => Some(Self::Web),
            "api" => Some(Self::Api),
            _ => None,
        }
    }
}

/// A signed-in person, acting for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which session; not secret.
    pub id: SessionId,
    /// How it was opened.
    pub kind: SessionKind,
    /// Who signed in.
    pub person: PersonId,
    /// For whom they act, by mandate.
    pub customer: CustomerId,
    /// The person's name; empty until it is proven.
    pub name: Name,
    /// Whether the person's name is proven.
    pub verified: bool,
    /// The person's mobile number.
    pub mobile: Mobile,
    /// `zh` or `en`, as the person chose.
    pub language: String,
    /// In which browser it was opened, if in one.
    pub device: Option<DeviceId>,
    /// Whether it was opened by a pattern: it may look and not touch.
    pub looking: bool,
    /// The customer's security epoch when it was opened; what the kill switch has raised since is named by no payment.
    pub epoch: u32,
    /// When it was opened.
    pub created: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen: Timestamp,
    /// When it ends whatever happens.
    pub expires: Timestamp,
}

impl Session {
    /// Refuses with `passport.looking_only` in a session that may look and change nothing.
    pub fn must_act(&self) -> Result<(), Refusal> {
        looking_only(self.looking)
    }

    /// Who asks, for whom, and how: what every use case is given.
    pub fn acting(&self) -> Acting {
        Acting {
            person: self.person,
            customer: self.customer,
            session: self.id,
            kind: self.kind,
            device: self.device,
            epoch: self.epoch,
            looking: self.looking,
            verified: self.verified,
        }
    }
}

/// Who asks, for whom, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Acting {
    /// Who signed in.
    pub person: PersonId,
    /// For whom they act.
    pub customer: CustomerId,
    /// In which session.
    pub session: SessionId,
    /// How that session was opened.
    pub kind: SessionKind,
    /// In which browser, if in one.
    pub device: Option<DeviceId>,
    /// The customer's security epoch when that session was opened.
    pub epoch: u32,
    looking: bool,
    verified: bool,
}

impl Acting {
    /// Refuses with `passport.looking_only` in a session that a pattern opened.
    pub fn must_act(&self) -> Result<(), Refusal> {
        looking_only(self.looking)
    }

    /// Whether the name of who signed in is proven. Only a session says so.
    pub fn verified(&self) -> bool {
        self.verified
    }
}

/// A session that a pattern opened is refused whatever is more than looking.
pub(crate) fn looking_only(looking: bool) -> Result<(), Refusal> {
    match looking {
        true => Err(Refusal::new("passport.looking_only", 403).with("next", "/sign-in")),
        false => Ok(()),
    }
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
