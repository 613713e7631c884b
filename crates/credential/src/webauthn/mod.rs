//! Passkeys and security keys by WebAuthn (W3C, level 3), for whoever keeps people and their keys in tables.
//!
//! A *ceremony* is a question and its answer. The question goes to the browser as JSON ([`Asked::options`]); what the
//! bank must remember of it ([`Asked::state`]) is a text of its own that a room stores, gives to nobody, and uses once.
//! A key's *record* is a text as well: a room stores it with the key and replaces it after each use.
//!
//! | | passkey | security key |
//! |---|---|---|
//! | lies in | this device, or an account that devices share | a thing that is plugged in or held to the phone |
//! | knows its owner | always: fingerprint, face or the device's own code | is asked to, by its own code; the answer says whether it did |
//! | names its owner | yes, so that nobody types a number to sign in | no |
//!
//! Checked at each answer: the question is ours and this one, the origin and the relying party are ours, somebody was
//! there and, for passkeys, was recognised, the signature is the key's, and the key's counter went up if it counts.
//! A key made elsewhere is not asked for its maker's certificate (attestation *none*).
//!
//! A WebAuthn key shows no payee and no amount: whoever rules the person's browser may show one payment and ask for
//! another. It keeps strangers elsewhere out, since its answers are good at our origin alone.

#[cfg(any(test, feature = "test-support"))]
mod soft;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "test-support"))]
pub use soft::SoftKey;

use kit::{Fault, FaultContext};
use std::fmt;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, AuthenticatorAttachment, CreationChallengeResponse, Credential, DiscoverableAuthentication,
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, SecurityKey, SecurityKeyAuthentication, SecurityKeyRegistration, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Longest answer that is looked at, in bytes; real ones are a few kilobytes.
pub const ANSWER_MAX: usize = 64 * 1024;

/// What sort of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Of this device or of an account that devices share; it recognises its owner.
    Passkey,
    /// A thing of its own, plugged in or held to the phone.
    SecurityKey,
}

/// Whose key it is to be. All of it may lie in the key and be shown by the person's device.
#[derive(Debug, Clone, Copy)]
pub struct KeyOwner<'a> {
    /// Names the person without telling anything of them: random, or a keyed hash.
    pub handle: [u8; 16],
    /// Such as a masked number; not empty.
    pub name: &'a str,
    /// A name that the person knows themselves by; not empty.
    pub shown: &'a str,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// For the browser: JSON with `publicKey` of `navigator.credentials.create` or `get`; bytes are base64url.
    pub options: String,
    /// For the bank alone, to be stored and used once.
    pub state: String,
}

/// A key that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Names the key; one that exists already must not be taken, whoever has it.
    pub id: Vec<u8>,
    /// To be stored.
    pub record: String,
    /// Whether copies of it may lie in other devices of the owner.
    pub may_be_copied: bool,
    /// Whether the key recognised its owner; a passkey always did.
    pub recognised_owner: bool,
}

/// A right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Which key.
    pub id: Vec<u8>,
    /// The key's record from now on.
    pub record: String,
    /// Whether the key recognised its owner; a passkey always did.
    pub recognised_owner: bool,
}

/// Who answered, as they say: nothing is proven by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The owner's handle.
    pub handle: [u8; 16],
    /// Which key.
    pub id: Vec<u8>,
}

/// Why an answer is not taken.
#[derive(Debug)]
pub enum WrongKey {
    /// It is not the JSON of an answer.
    Unreadable,
    /// The key did not recognise its owner, though it must.
    OwnerUnknown,
    /// The key's counter did not go up: there may be two of it.
    CounterBack,
    /// Anything else: another question, origin, relying party or key, or a signature that is not the key's.
    Refused(WhyRefused),
    /// Something broke.
    Fault(Fault),
}

/// For the log: which check failed. It says nothing about the person.
pub struct WhyRefused(WebauthnError);

impl fmt::Debug for WhyRefused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl fmt::Display for WhyRefused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

impl From<Fault> for WrongKey {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<WebauthnError> for WrongKey {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::UserNotVerified => Self::OwnerUnknown,
            WebauthnError::CredentialPossibleCompromise => Self::CounterBack,
            WebauthnError::ParseJSONFailure(_) => Self::Unreadable,
            other => Self::Refused(WhyRefused(other)),
        }
    }
}

/// The relying party: the bank at the address where people reach it. Clones are cheap enough for one a request.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    webauthn: Webauthn,
}

impl RelyingParty {
    /// The relying party of this origin, such as `https://bank.example` or `http://localhost:8080`; its id is the host.
    /// `None` where browsers know no such keys: at a bare IP address, or in the clear at a name that is not
    /// `localhost`. A text that is no origin is a fault.
    pub fn try_new(origin: &str, name: &str) -> Result<Option<Self>, Fault> {
        let origin = Url::parse(origin).fault("the bank's origin")?;
        let Some(host) = origin.domain() else { return Ok(None) };
        let is_local = host == "localhost" || host.ends_with(".localhost");
        if !(origin.scheme() == "https" || origin.scheme() == "http" && is_local) {
            return Ok(None);
        }
        let webauthn = WebauthnBuilder::new(host, &origin).and_then(|builder| builder.rp_name(name).build());
        Ok(Some(Self { webauthn: webauthn.map_err(|error| Fault::new(error.to_string()))? }))
    }

    /// Asks for a new key. `existing` are the records of those that the person has: no device makes a second one.
    pub fn ask_new(&self, kind: KeyKind, owner: &KeyOwner<'_>, existing: &[String]) -> Result<Asked, Fault> {
        let exclude =
            existing.iter().map(|record| Ok(read_record(record)?.cred_id)).collect::<Result<Vec<_>, Fault>>()?;
        let (handle, exclude) = (Uuid::from_bytes(owner.handle), Some(exclude));
        let (mut options, state) = match kind {
            KeyKind::Passkey => {
                let begun = self.webauthn.start_passkey_registration(handle, owner.name, owner.shown, exclude);
                let (options, state) = begun.map_err(broken)?;
                (options, store(&state)?)
            }
            KeyKind::SecurityKey => {
                let place = Some(AuthenticatorAttachment::CrossPlatform);
                let begun =
                    self.webauthn.start_securitykey_registration(handle, owner.name, owner.shown, exclude, None, place);
                let (options, state) = begun.map_err(broken)?;
                (options, store(&state)?)
            }
        };
        match kind {
            KeyKind::Passkey => prefer_this_device(&mut options),
            KeyKind::SecurityKey => {
                if let Some(selection) = &mut options.public_key.authenticator_selection {
                    selection.user_verification = required()?;
                }
            }
        }
        Ok(Asked { options: store(&options)?, state })
    }

    /// Judges the answer to [`ask_new`](Self::ask_new).
    pub fn take_new(&self, kind: KeyKind, state: &str, answer: &str) -> Result<NewKey, WrongKey> {
        let answer: RegisterPublicKeyCredential = read_answer(answer)?;
        let credential: Credential = match kind {
            KeyKind::Passkey => {
                let state: PasskeyRegistration = read_state(state)?;
                self.webauthn.finish_passkey_registration(&answer, &state)?.into()
            }
            KeyKind::SecurityKey => {
                let state: SecurityKeyRegistration = read_state(state)?;
                self.webauthn.finish_securitykey_registration(&answer, &state)?.into()
            }
        };
        Ok(NewKey {
            id: credential.cred_id.to_vec(),
            record: store(&credential)?,
            may_be_copied: credential.backup_eligible,
            recognised_owner: credential.user_verified,
        })
    }

    /// Asks for an answer by one of these keys, all of this kind.
    pub fn ask(&self, kind: KeyKind, records: &[String]) -> Result<Asked, Fault> {
        let keys = records.iter().map(|record| read_record(record)).collect::<Result<Vec<_>, Fault>>()?;
        let (mut options, state): (RequestChallengeResponse, String) = match kind {
            KeyKind::Passkey => {
                let keys: Vec<Passkey> = keys.into_iter().map(Passkey::from).collect();
                let (options, state) = self.webauthn.start_passkey_authentication(&keys).map_err(broken)?;
                (options, store(&state)?)
            }
            KeyKind::SecurityKey => {
                let keys: Vec<SecurityKey> = keys.into_iter().map(SecurityKey::from).collect();
                let (options, state) = self.webauthn.start_securitykey_authentication(&keys).map_err(broken)?;
                (options, store(&state)?)
            }
        };
        // A thing on a key ring is worth what its own code is worth.
        options.public_key.user_verification = required()?;
        Ok(Asked { options: store(&options)?, state })
    }

    /// Judges the answer to [`ask`](Self::ask). `record` is what is stored of the answering key *now*, which may have
    /// been used since the question: of two answers at once by a key that counts, one is taken.
    pub fn check(&self, kind: KeyKind, state: &str, record: &str, answer: &str) -> Result<Answered, WrongKey> {
        let answer: PublicKeyCredential = read_answer(answer)?;
        let result = match kind {
            KeyKind::Passkey => {
                let state: PasskeyAuthentication = read_state(state)?;
                self.webauthn.finish_passkey_authentication(&answer, &state)?
            }
            KeyKind::SecurityKey => {
                let state: SecurityKeyAuthentication = read_state(state)?;
                self.webauthn.finish_securitykey_authentication(&answer, &state)?
            }
        };
        answered(read_record(record)?, &result)
    }

    /// Asks whoever is there for a passkey of theirs, nobody knowing who it is: to sign in.
    pub fn ask_anybody(&self) -> Result<Asked, Fault> {
        let (mut options, state) = self.webauthn.start_discoverable_authentication().map_err(broken)?;
        // The page says whether it waits in the name field or opens a window.
        options.mediation = None;
        Ok(Asked { options: store(&options)?, state: store(&state)? })
    }

    /// Whose key an answer to [`ask_anybody`](Self::ask_anybody) says to be, so that its record can be found.
    pub fn claimed(&self, answer: &str) -> Result<Claimed, WrongKey> {
        let answer: PublicKeyCredential = read_answer(answer)?;
        let (handle, id) = self.webauthn.identify_discoverable_authentication(&answer)?;
        Ok(Claimed { handle: handle.into_bytes(), id: id.to_vec() })
    }

    /// Judges that answer by the record of the claimed key. That the key's owner has the claimed handle is the caller's
    /// to check.
    pub fn check_anybody(&self, state: &str, record: &str, answer: &str) -> Result<Answered, WrongKey> {
        let answer: PublicKeyCredential = read_answer(answer)?;
        let state: DiscoverableAuthentication = read_state(state)?;
        let credential = read_record(record)?;
        let result = self.webauthn.finish_discoverable_authentication_v2(&answer, state, &credential)?;
        answered(credential, &result)
    }

    /// Which key an answer names, so that its record can be found; nothing is proven by it.
    pub fn key_of(answer: &str) -> Result<Vec<u8>, WrongKey> {
        let answer: PublicKeyCredential = read_answer(answer)?;
        Ok(answer.raw_id.to_vec())
    }
}

/// The word for a key that must recognise its owner; the library keeps the type of it to itself.
fn required<T: serde::de::DeserializeOwned>() -> Result<T, Fault> {
    serde_json::from_value("required".into()).fault("a word of WebAuthn")
}

/// The platform's own authenticator, and a key that names its owner where the device can make one.
fn prefer_this_device(options: &mut CreationChallengeResponse) {
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        selection.authenticator_attachment = Some(AuthenticatorAttachment::Platform);
        selection.resident_key = serde_json::from_value("preferred".into()).ok();
    }
}

fn answered(mut credential: Credential, result: &AuthenticationResult) -> Result<Answered, WrongKey> {
    if credential.cred_id != *result.cred_id() {
        return Err(WebauthnError::CredentialNotFound.into());
    }
    let counts = result.counter() > 0 || credential.counter > 0;
    if counts && result.counter() <= credential.counter {
        return Err(WrongKey::CounterBack);
    }
    credential.counter = result.counter();
    credential.backup_state = result.backup_state();
    credential.backup_eligible |= result.backup_eligible();
    Ok(Answered {
        id: credential.cred_id.to_vec(),
        record: store(&credential)?,
        recognised_owner: result.user_verified(),
    })
}

fn store(what: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(what).fault("writing a WebAuthn state")
}

fn read_state<T: serde::de::DeserializeOwned>(state: &str) -> Result<T, Fault> {
    serde_json::from_str(state).fault("reading a WebAuthn state")
}

fn read_record(record: &str) -> Result<Credential, Fault> {
    serde_json::from_str(record).fault("reading the record of a key")
}

fn read_answer<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, WrongKey> {
    if answer.len() > ANSWER_MAX {
        return Err(WrongKey::Unreadable);
    }
    serde_json::from_str(answer).map_err(|_| WrongKey::Unreadable)
}

fn broken(error: WebauthnError) -> Fault {
    Fault::new(format!("a WebAuthn question could not be made: {error}"))
}
