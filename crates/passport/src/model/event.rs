//! What happens to a person's safety, by kinds.

use crate::SessionId;
use kit::Timestamp;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A session was opened.
    SignedIn,
    /// A password was wrong.
    SignInFailed,
    /// The owner ended a session or all others.
    SessionsEnded,
    /// A device was bound: it proves its key at payments.
    DeviceBound,
    /// A device was unbound or forgotten.
    DeviceEnded,
    /// A factor was added.
    FactorAdded,
    /// A factor was removed.
    FactorRemoved,
    /// A factor was locked after wrong tries.
    FactorLocked,
    /// A proof was wrong.
    ProofWrong,
    /// A window for security settings was opened.
    WindowOpened,
    /// A payment was refused.
    PaymentRefused,
    /// A limit of one's own was lowered.
    LimitLowered,
    /// A limit of one's own was raised, or will be.
    LimitRaised,
    /// A lock was closed.
    LockClosed,
    /// A lock was opened.
    LockOpened,
    /// A card's number was shown.
    CardShown,
    /// A card was frozen, reported lost, replaced or made usable again.
    CardChanged,
    /// A card payment was refused.
    CardRefused,
    /// The password was changed or taken away.
    PasswordChanged,
    /// The mobile number was changed.
    MobileChanged,
    /// Everything was stopped.
    KillSwitch,
    /// The owner said that something was not them.
    NotMe,
    /// Staff allowed a factor to be added, or removed factors, or ended sessions.
    ByStaff,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::SessionsEnded,
        Self::DeviceBound,
        Self::DeviceEnded,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::FactorLocked,
        Self::ProofWrong,
        Self::WindowOpened,
        Self::PaymentRefused,
        Self::LimitLowered,
        Self::LimitRaised,
        Self::LockClosed,
        Self::LockOpened,
        Self::CardShown,
        Self::CardChanged,
        Self::CardRefused,
        Self::PasswordChanged,
        Self::MobileChanged,
        Self::KillSwitch,
        Self::NotMe,
        Self::ByStaff,
    ];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SessionsEnded => "sessions_ended",
            Self::DeviceBound => "device_bound",
            Self::DeviceEnded => "device_ended",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::FactorLocked => "factor_locked",
            Self::ProofWrong => "proof_wrong",
            Self::WindowOpened => "window_opened",
            Self::PaymentRefused => "payment_refused",
            Self::LimitLowered => "limit_lowered",
            Self::LimitRaised => "limit_raised",
            Self::LockClosed => "lock_closed",
            Self::LockOpened => "lock_opened",
            Self::CardShown => "card_shown",
            Self::CardChanged => "card_changed",
            Self::CardRefused => "card_refused",
            Self::PasswordChanged => "password_changed",
            Self::MobileChanged => "mobile_changed",
            Self::KillSwitch => "kill_switch",
            Self::NotMe => "not_me",
            Self::ByStaff => "by_staff",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

kit::typed_id!(
    /// Something that happened to a person's safety.
    EventId
);

/// Something that happened to a person's safety.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Its number.
    pub id: EventId,
    /// When.
    pub time: Timestamp,
    /// What.
    pub kind: EventKind,
    /// In which session, if in one.
    pub session: Option<SessionId>,
    /// The device as its owner knows it; may be empty.
    pub device: String,
    /// From which address; may be empty.
    pub address: String,
    /// More, as words of the kind: a factor's code, a refusal's code, an order's number.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
        }
    }
}
