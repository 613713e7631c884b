//! Bound devices: what a browser with a key of its own says and is asked.

use crate::DeviceId;
use serde::{Deserialize, Serialize};

/// A device that holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoundDevice {
    pub(crate) id: DeviceId,
    pub(crate) public_key: Vec<u8>,
}

/// What a device signs so that an act in this session comes from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceQuestion {
    /// Which device; its browser finds the key by it.
    pub device: DeviceId,
    /// What it signs, in base64url.
    pub message: String,
    /// What the form must carry back where nothing else says what was asked; else empty.
    pub sealed: String,
}

/// What a device gives to be bound. Everything is as the browser sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewDeviceKey {
    /// The question that was answered.
    pub sealed: String,
    /// The public key: an uncompressed point of P-256, in base64url.
    pub public_key: String,
    /// The signature of the question's message, in base64url.
    pub proof: String,
    /// What sort of device it is, as JSON; see [`DeviceTraits`].
    pub traits: String,
}

/// What sort of device it says it is: coarse, for staff to wonder at when it changes. It never lets anything through or
/// stops anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceTraits {
    /// Such as `zh-CN`.
    pub language: String,
    /// `phone`, `tablet` or `desktop`.
    pub screen: String,
    /// Such as `Android`.
    pub platform: String,
    /// Such as `Asia/Shanghai`.
    pub zone: String,
}

/// Longest traits that are looked at, in bytes.
const TRAITS_MAX: usize = 1_000;
/// Most characters of one trait.
const TRAIT_MAX: usize = 40;

impl DeviceTraits {
    /// What can be read of it; nothing is refused.
    pub(crate) fn read(json: &str) -> Self {
        let short = Some(json).filter(|json| json.len() <= TRAITS_MAX);
        let read: Self = short.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let plain = |text: String| -> String {
            let is_plain = |char: &char| char.is_alphanumeric() || " -_/.+".contains(*char);
            text.chars().filter(is_plain).take(TRAIT_MAX).collect()
        };
        Self {
            language: plain(read.language),
            screen: plain(read.screen),
            platform: plain(read.platform),
            zone: plain(read.zone),
        }
    }

    /// What is known, in words between dots.
    pub fn words(&self) -> String {
        let all = [&self.platform, &self.screen, &self.language, &self.zone];
        let known: Vec<&str> = all.into_iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        known.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_read_as_far_as_they_are_traits() {
        let read =
            DeviceTraits::read(r#"{"language":"zh-CN","screen":"phone","platform":"<b>","zone":"Asia/Shanghai"}"#);
        assert_eq!(read.words(), "b · phone · zh-CN · Asia/Shanghai");
        for nothing in ["", "null", "[]", "{}", r#"{"language":7}"#, &"x".repeat(2_000)] {
            assert_eq!(DeviceTraits::read(nothing), DeviceTraits::default(), "{nothing}");
        }
        let long = format!(r#"{{"zone":"{}"}}"#, "x".repeat(100));
        assert_eq!(DeviceTraits::read(&long).zone.len(), TRAIT_MAX);
    }
}
