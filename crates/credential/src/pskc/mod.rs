//! Files of token seeds (RFC 6030): what a maker of tokens hands over with a box of them.
//!
//! Seeds are plain or encrypted under a key that was handed over apart (AES-128-CBC, with an HMAC over every seed). A file
//! is hostile until it was read: no document type, no entity of its own, bounds for size, depth and count. A seed that
//! this bank cannot use is refused by its number and does not stop the others.
//!
//! Absent: seeds under a password or a certificate, and key policies; a seed that has one is refused.

mod cipher;
mod tree;

pub use tree::MOST_BYTES;

use crate::oath::{OathHash, OcraSuite};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cipher::Sealing;
use std::fmt;
use tree::Element;
use zeroize::Zeroizing;

/// What a token makes codes with. The seed does not print.
#[derive(Clone)]
pub struct TokenSeed {
    /// The number on the token's back.
    pub serial: String,
    /// Who made it; empty if the file does not say.
    pub maker: String,
    /// How codes are made.
    pub kind: SeedKind,
    /// The secret.
    pub seed: Zeroizing<Vec<u8>>,
}

/// How codes are made of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedKind {
    /// From a counter (RFC 4226).
    Hotp {
        /// Digits of a code.
        digits: u8,
        /// The next counter.
        counter: i64,
    },
    /// From the time (RFC 6238).
    Totp {
        /// The hash under the HMAC.
        hash: OathHash,
        /// Digits of a code.
        digits: u8,
        /// Seconds of a step.
        step_s: i64,
    },
    /// From a question (RFC 6287).
    Ocra(OcraSuite),
}

impl fmt::Debug for TokenSeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TokenSeed").field("serial", &self.serial).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A seed that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSeed {
    /// The token's number, or its place in the file.
    pub which: String,
    /// Why, in English for whoever imports.
    pub why: String,
}

/// Why nothing of a file can be read, in English for whoever imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// Seeds that can be taken over, in the file's order.
    pub seeds: Vec<TokenSeed>,
    /// The others.
    pub refused: Vec<RefusedSeed>,
}

/// Reads a file. `key` is the key that was handed over apart, for files whose seeds are encrypted.
pub fn read(bytes: &[u8], key: Option<&[u8; 16]>) -> Result<Container, Unreadable> {
    let root = tree::parse(bytes)?;
    if !root.is("KeyContainer") {
        return Err(Unreadable("this is not a key container of RFC 6030".to_owned()));
    }
    if root.attribute("Version").is_none_or(|version| version != "1.0") {
        return Err(Unreadable("only version 1.0 of key containers is read".to_owned()));
    }
    let sealing = Sealing::of(&root, key)?;
    let mut container = Container::default();
    for (place, package) in (1..).zip(root.children("KeyPackage")) {
        let serial = package.child("DeviceInfo").and_then(|device| device.child_text("SerialNo"));
        let which = serial.clone().map_or_else(|| format!("number {place} in the file"), |serial| shown(&serial));
        match seed(package, serial, sealing.as_ref()) {
            Ok(seed) => container.seeds.push(seed),
            Err(why) => container.refused.push(RefusedSeed { which, why }),
        }
    }
    if container.seeds.is_empty() && container.refused.is_empty() {
        return Err(Unreadable("there is no key package in it".to_owned()));
    }
    Ok(container)
}

fn seed(package: &Element, serial: Option<String>, sealing: Option<&Sealing>) -> Result<TokenSeed, String> {
    let serial = serial.ok_or("the token has no serial number")?;
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    if serial.is_empty() || serial.len() > 32 || !serial.chars().all(is_sign) {
        return Err("a serial number is 1 to 32 letters, digits and dashes".to_owned());
    }
    let maker = package.child("DeviceInfo").and_then(|device| device.child_text("Manufacturer")).unwrap_or_default();
    let maker = maker.chars().filter(|sign| !sign.is_control()).take(64).collect();
    let key = package.child("Key").ok_or("there is no key")?;
    if key.child("Policy").is_some_and(|policy| policy.has_children()) {
        return Err("its key has a policy, which this bank could not keep".to_owned());
    }
    let data = key.child("Data").ok_or("there is no data")?;
    let kind = kind(key, data)?;
    let seed = secret(data.child("Secret").ok_or("there is no secret")?, sealing)?;
    // RFC 4226, 4: at least 128 bits.
    if !(16..=128).contains(&seed.len()) {
        return Err(format!("a seed has 16 to 128 bytes, this one has {}", seed.len()));
    }
    Ok(TokenSeed { serial, maker, kind, seed })
}

fn kind(key: &Element, data: &Element) -> Result<SeedKind, String> {
    let algorithm = key.attribute("Algorithm").unwrap_or_default();
    let named = algorithm.strip_prefix(tree::PSKC).and_then(|rest| rest.strip_prefix([':', '#']));
    let parameters = key.child("AlgorithmParameters");
    let suite = parameters.and_then(|parameters| parameters.child_text("Suite"));
    match named.unwrap_or_default().to_ascii_lowercase().as_str() {
        "hotp" => {
            let counter = number(data, "Counter")?.unwrap_or(0);
            if !matches!(suite.as_deref(), None | Some("HMAC-SHA1")) {
                return Err("HOTP is made with HMAC-SHA1 alone".to_owned());
            }
            Ok(SeedKind::Hotp { digits: digits(parameters)?, counter })
        }
        "totp" => {
            let hash = match suite.as_deref() {
                None | Some("HMAC-SHA1") => OathHash::Sha1,
                Some("HMAC-SHA256") => OathHash::Sha256,
                Some("HMAC-SHA512") => OathHash::Sha512,
                Some(other) => return Err(format!("the suite {} is not known", shown(other))),
            };
            let step_s = number(data, "TimeInterval")?.unwrap_or(30);
            if !(10..=300).contains(&step_s) {
                return Err("a step of time has 10 to 300 seconds".to_owned());
            }
            Ok(SeedKind::Totp { hash, digits: digits(parameters)?, step_s })
        }
        "ocra-1" => {
            let suite = suite.ok_or("the suite is missing")?;
            OcraSuite::parse(&suite)
                .map(SeedKind::Ocra)
                .map_err(|_| format!("the suite {} is not supported", shown(&suite)))
        }
        _ => Err(format!("the algorithm {} is not known", shown(algorithm))),
    }
}

/// Six to eight digits, as RFC 4226 recommends.
fn digits(parameters: Option<&Element>) -> Result<u8, String> {
    let format = parameters.and_then(|parameters| parameters.child("ResponseFormat"));
    let Some(format) = format else { return Err("the format of its codes is missing".to_owned()) };
    if format.attribute("Encoding").is_some_and(|encoding| encoding != "DECIMAL") {
        return Err("its codes are not decimal digits".to_owned());
    }
    if format.attribute("CheckDigits").is_some_and(|check| check != "false" && check != "0") {
        return Err("its codes have a check digit".to_owned());
    }
    let length = format.attribute("Length").and_then(|length| length.parse().ok());
    length.filter(|length| (6..=8).contains(length)).ok_or_else(|| "its codes do not have 6 to 8 digits".to_owned())
}

/// A plain number inside of the data. Encrypted ones are refused: RFC 6030 gives them in the clear in all its examples.
fn number(data: &Element, name: &str) -> Result<Option<i64>, String> {
    let Some(element) = data.child(name) else { return Ok(None) };
    let plain = element.child_text("PlainValue").ok_or_else(|| format!("{name} is not plain"))?;
    let is_right = !plain.is_empty() && plain.len() <= 18 && plain.bytes().all(|byte| byte.is_ascii_digit());
    plain.parse().ok().filter(|_| is_right).map(Some).ok_or_else(|| format!("{name} is not a number"))
}

fn secret(secret: &Element, sealing: Option<&Sealing>) -> Result<Zeroizing<Vec<u8>>, String> {
    match (secret.child("PlainValue"), secret.child("EncryptedValue")) {
        (Some(plain), None) => base64_of(&plain.text).ok_or_else(|| "the seed is not base64".to_owned()),
        (None, Some(encrypted)) => {
            let sealing = sealing.ok_or("the seed is encrypted and the file names no key")?;
            sealing.open(encrypted, secret.child("ValueMAC"))
        }
        _ => Err("the seed must be there once, plain or encrypted".to_owned()),
    }
}

/// Base64 with white space anywhere, as files break lines.
fn base64_of(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text: Zeroizing<String> = Zeroizing::new(text.chars().filter(|sign| !sign.is_ascii_whitespace()).collect());
    STANDARD.decode(text.as_bytes()).ok().map(Zeroizing::new)
}

/// Words of a stranger, short and without what a terminal would act on.
fn shown(text: &str) -> String {
    let short: String = text.chars().filter(|sign| !sign.is_control()).take(64).collect();
    format!("\u{201c}{short}\u{201d}")
}

#[cfg(test)]
mod tests;
