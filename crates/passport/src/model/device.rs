//! Devices and sessions as their owner sees them.

use crate::model::bound_device::DeviceTraits;
use crate::model::session::SessionKind;
use crate::{DeviceId, SessionId};
use kit::Timestamp;

/// A browser in which a person has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Which device; not secret.
    pub id: DeviceId,
    /// Such as `Chrome · Android`; empty if nobody knows.
    pub label: String,
    /// The first sign-in there.
    pub first_seen: Timestamp,
    /// The last sign-in there.
    pub last_seen: Timestamp,
    /// Since when it holds a key and proves it at payments; none: it does not.
    pub bound: Option<Timestamp>,
    /// Whether a pattern unlocks it for looking.
    pub has_gesture: bool,
    /// What sort of device it said it was when it was bound.
    pub traits: DeviceTraits,
    /// Whether the question came from it.
    pub is_current: bool,
}

/// A session that could be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Which session; not secret.
    pub id: SessionId,
    /// How it was opened.
    pub kind: SessionKind,
    /// The device's name, if it was opened in a browser.
    pub device: Option<String>,
    /// When it was opened.
    pub created: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen: Timestamp,
    /// Whether the question came from it.
    pub is_current: bool,
}

/// A device in which this person has signed in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownDevice {
    pub(crate) id: DeviceId,
}
