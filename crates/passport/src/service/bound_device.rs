//! Bound devices: a browser keeps a key that it cannot give away, and proves with it where an act comes from. And the
//! pattern that unlocks such a device for looking.

use super::session::SignedIn;
use crate::model::bound_device::{BoundDevice, DeviceQuestion, DeviceTraits, NewDeviceKey};
use crate::model::challenge::Subject;
use crate::model::channel::Channel;
use crate::model::event::EventKind;
use crate::model::factor::Tier;
use crate::model::gesture::{self, GESTURE_TRIES, Pattern};
use crate::model::session::{Acting, Session, SessionKind};
use crate::model::visitor::Visitor;
use crate::{DeviceId, Passport, store};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::seal::parts_hash;
use credential::{device_key, hex, unhex};
use db::Tx;
use kit::{Fault, Refusal, Result};
use notify::Notice;

/// Longest key or signature that is looked at, in characters.
const TEXT_MAX: usize = 200;

/// A device that a pattern unlocks, as the page for it shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlockable {
    /// Whose it is, masked.
    pub mobile: String,
    /// What the device signs.
    pub question: DeviceQuestion,
}

impl Passport {
    /// Asks this session's browser for a key of its own. Refuses with `passport.step_up_needed`,
    /// `passport.device_unknown` in a session that is no browser's.
    pub async fn ask_new_device_key(&self, session: &Session) -> Result<DeviceQuestion> {
        self.require_window(session, Tier::One).await?;
        let device = session.device.ok_or_else(|| Refusal::new("passport.device_unknown", 409))?;
        let sealed = self.seal_question(&bind_owner(session), &hex(&self.inner.random.bytes::<32>()))?;
        let message = self.device_message("bind", device, sealed.as_bytes());
        Ok(DeviceQuestion { device, message: URL_SAFE_NO_PAD.encode(message), sealed })
    }

    /// Binds this session's browser to the key that it holds. The person is told in the inbox.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.device_unknown`, `passport.question_expired`,
    /// `passport.device_unproven` if the key did not sign.
    pub async fn bind_device(&self, session: &Session, new: &NewDeviceKey) -> Result<()> {
        self.require_window(session, Tier::One).await?;
        let device = session.device.ok_or_else(|| Refusal::new("passport.device_unknown", 409))?;
        let (_, until) = self.open_question(&bind_owner(session), &new.sealed)?;
        let unproven = || Refusal::new("passport.device_unproven", 422).with("field", "device_proof");
        let public_key =
            decoded(&new.public_key).and_then(|bytes| device_key::public_key(&bytes)).ok_or_else(unproven)?;
        let message = self.device_message("bind", device, new.sealed.as_bytes());
        let bound = BoundDevice { id: device, public_key: public_key.to_vec() };
        if !signed(&bound, &message, &new.proof) {
            return Err(unproven().into());
        }
        let (now, traits) = (self.inner.clock.now(), DeviceTraits::read(&new.traits));
        let mut tx = self.inner.db.begin_write(&[&format!("devices/{}", session.person)]).await?;
        self.spend_question(&mut tx, &new.sealed, until).await?;
        if !store::bound_device::bind(&mut tx, device, session.person, &public_key, &traits, now).await? {
            return Err(Refusal::new("passport.device_not_found", 404).into());
        }
        // A pattern belongs to the key with which it was set.
        store::bound_device::delete_gesture(&mut tx, device).await?;
        self.tell_device(&mut tx, session, EventKind::DeviceBound, "device_bound").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes one of one's own devices its key's worth: what comes from it comes from a browser like any other.
    /// Refuses with `passport.device_not_found`.
    pub async fn unbind_device(&self, session: &Session, id: DeviceId) -> Result<()> {
        let mut tx = self.inner.db.begin_write(&[&format!("devices/{}", session.person)]).await?;
        if !store::bound_device::unbind(&mut tx, id, session.person).await? {
            return Err(Refusal::new("passport.device_not_found", 404).into());
        }
        store::bound_device::delete_gesture(&mut tx, id).await?;
        self.tell_device(&mut tx, session, EventKind::DeviceEnded, "device_unbound").await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the device of this session signs so that this very act comes from it; none in a browser that is not bound.
    pub async fn device_question(&self, acting: &Acting, subject: &Subject) -> Result<Option<DeviceQuestion>> {
        let Some(bound) = self.bound_device(acting).await? else { return Ok(None) };
        let message = self.device_message("act", bound.id, &self.subject_binding(acting, Channel::Mobile, subject));
        let message = URL_SAFE_NO_PAD.encode(message);
        Ok(Some(DeviceQuestion { device: bound.id, message, sealed: String::new() }))
    }

    /// Where an act comes from: a bound device that signed this very act in this session is a phone in the owner's hand,
    /// everything else is what the session is.
    pub async fn channel_of(&self, acting: &Acting, subject: &Subject, proof: &str) -> Result<Channel> {
        let is_mobile = acting.kind == SessionKind::Web && self.check_device(acting, subject, proof).await?;
        Ok(if is_mobile { Channel::Mobile } else { acting.kind.into() })
    }

    /// Whether the device of this session signed this very act.
    pub async fn check_device(&self, acting: &Acting, subject: &Subject, proof: &str) -> Result<bool> {
        if proof.is_empty() {
            return Ok(false);
        }
        let Some(bound) = self.bound_device(acting).await? else { return Ok(false) };
        let message = self.device_message("act", bound.id, &self.subject_binding(acting, Channel::Mobile, subject));
        Ok(signed(&bound, &message, proof))
    }

    /// Whether this session is in a bound device.
    pub async fn is_bound(&self, acting: &Acting) -> Result<bool> {
        Ok(self.bound_device(acting).await?.is_some())
    }

    /// The device of this session, if it holds a key.
    pub(crate) async fn bound_device(&self, acting: &Acting) -> Result<Option<BoundDevice>, Fault> {
        store::bound_device::of_session(&self.inner.db, acting.session, acting.person).await
    }

    /// Sets the pattern that unlocks this session's device for looking.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.device_not_bound`, `passport.gesture_invalid`, `_short`, `_common`,
    /// `passport.gesture_differs` if the second is another.
    pub async fn set_gesture(&self, session: &Session, typed: &str, again: &str) -> Result<()> {
        self.require_window(session, Tier::One).await?;
        let bound = self.bound_device(&session.acting()).await?;
        let bound = bound.ok_or_else(|| Refusal::new("passport.device_not_bound", 403))?;
        let pattern = Pattern::parse_new(typed)?;
        if Pattern::parse(again).ok().as_ref() != Some(&pattern) {
            return Err(Refusal::new("passport.gesture_differs", 422).with("field", "again").into());
        }
        let hash = self.inner.hasher.hash(self.keyed(bound.id, &pattern)).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&gesture_lock(bound.id)]).await?;
        store::bound_device::put_gesture(&mut tx, bound.id, &hash, now).await?;
        let detail = "gesture";
        self.note_event(&mut tx, session.person, EventKind::FactorAdded, Some(session.id), None, detail).await?;
        notify::tell_in(&mut tx, &self.inner.ids, now, session.person.0, &Notice::new("gesture_set")).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes the pattern of one of one's own devices. Refuses with `passport.device_not_found`.
    pub async fn remove_gesture(&self, session: &Session, id: DeviceId) -> Result<()> {
        let mine = self.devices(session).await?.iter().any(|device| device.id == id);
        let mut tx = self.inner.db.begin_write(&[&gesture_lock(id)]).await?;
        if !mine || !store::bound_device::delete_gesture(&mut tx, id).await? {
            return Err(Refusal::new("passport.device_not_found", 404).into());
        }
        let detail = "gesture";
        self.note_event(&mut tx, session.person, EventKind::FactorRemoved, Some(session.id), None, detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The device in this browser that its owner's pattern unlocks, if there is one.
    pub async fn unlockable(&self, visitor: &Visitor) -> Result<Option<Unlockable>, Fault> {
        let Some(found) = self.lockable(visitor).await? else { return Ok(None) };
        let sealed = self.seal_question(&unlock_owner(found.device.id), &hex(&self.inner.random.bytes::<32>()))?;
        let message = self.device_message("unlock", found.device.id, sealed.as_bytes());
        let message = URL_SAFE_NO_PAD.encode(message);
        let question = DeviceQuestion { device: found.device.id, message, sealed };
        Ok(Some(Unlockable { mobile: found.mobile.masked(), question }))
    }

    /// Opens a session that only looks, for who draws the pattern in the bound device. Five wrong ones in a row, and only
    /// signing in with a password or a passkey there makes it good again.
    ///
    /// Refuses with `passport.gesture_none`, `passport.question_expired`, `passport.device_unproven` (which counts as no
    /// try), `passport.gesture_wrong` and the tries `left`, `passport.gesture_locked`.
    pub async fn unlock(&self, visitor: &Visitor, sealed: &str, proof: &str, typed: &str) -> Result<SignedIn> {
        let found = self.lockable(visitor).await?.ok_or_else(|| gesture::refusal("passport.gesture_none"))?;
        let device = found.device.id;
        let (_, until) = self.open_question(&unlock_owner(device), sealed)?;
        if !signed(&found.device, &self.device_message("unlock", device, sealed.as_bytes()), proof) {
            return Err(Refusal::new("passport.device_unproven", 422).with("field", "gesture").into());
        }
        let mut tx = self.inner.db.begin_write(&[&gesture_lock(device)]).await?;
        let stored = store::bound_device::gesture(&mut tx, device).await?;
        let (hash, wrong) = stored.ok_or_else(|| gesture::refusal("passport.gesture_none"))?;
        if wrong >= GESTURE_TRIES {
            return Err(gesture::refusal("passport.gesture_locked").into());
        }
        self.spend_question(&mut tx, sealed, until).await?;
        // Counted before it is looked at, so that tries at the same moment cannot all slip through.
        store::bound_device::count_wrong(&mut tx, device).await?;
        tx.commit().await?;
        // What is no pattern is a wrong one, and takes as long.
        let tried = Pattern::parse(typed).map_or_else(|_| String::new(), |pattern| self.keyed(device, &pattern));
        if !self.inner.hasher.verify(tried, Some(hash), true).await? {
            let mut tx = self.inner.db.begin_write(&[]).await?;
            let left = GESTURE_TRIES - wrong - 1;
            let kind = if left > 0 { EventKind::ProofWrong } else { EventKind::FactorLocked };
            self.note_event(&mut tx, found.person, kind, None, Some(visitor), "gesture").await?;
            tx.commit().await?;
            return Err(match left {
                0 => gesture::refusal("passport.gesture_locked").into(),
                left => gesture::refusal("passport.gesture_wrong").with("left", left).into(),
            });
        }
        let mut tx = self.inner.db.begin_write(&[&gesture_lock(device)]).await?;
        store::bound_device::forgive_gesture(&mut tx, device).await?;
        tx.commit().await?;
        let person = self.person(found.person).await?.ok_or_else(|| gesture::refusal("passport.gesture_none"))?;
        self.open_looking_session(visitor, &person).await
    }

    async fn lockable(&self, visitor: &Visitor) -> Result<Option<store::bound_device::Lockable>, Fault> {
        let Some(secret) = visitor.device.as_deref().and_then(unhex) else { return Ok(None) };
        store::bound_device::unlockable(&self.inner.db, blake3::hash(&secret).as_bytes()).await
    }

    /// What a device signs: never the same for two devices, purposes, sessions or acts.
    fn device_message(&self, purpose: &str, device: DeviceId, of: &[u8]) -> [u8; 32] {
        parts_hash(&self.inner.keys.codes, &[b"device", purpose.as_bytes(), &device.0.to_le_bytes(), of])
    }

    /// A pattern under its device and the bank's key: there are too few patterns for a slow hash alone.
    fn keyed(&self, device: DeviceId, pattern: &Pattern) -> String {
        let parts: [&[u8]; 3] = [b"gesture", &device.0.to_le_bytes(), pattern.dots().as_bytes()];
        hex(&parts_hash(&self.inner.keys.codes, &parts))
    }

    async fn tell_device(
        &self,
        tx: &mut Tx,
        session: &Session,
        kind: EventKind,
        notice: &'static str,
    ) -> Result<(), Fault> {
        self.note_event(tx, session.person, kind, Some(session.id), None, "").await?;
        let notice = Notice::new(notice).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, self.inner.clock.now(), session.person.0, &notice).await.map(|_| ())
    }
}

fn signed(device: &BoundDevice, message: &[u8], proof: &str) -> bool {
    decoded(proof).is_some_and(|signature| device_key::verifies(&device.public_key, message, &signature))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() <= TEXT_MAX)?).ok()
}

fn bind_owner(session: &Session) -> String {
    format!("bind {}", session.id)
}

fn unlock_owner(device: DeviceId) -> String {
    format!("unlock {device}")
}

fn gesture_lock(device: DeviceId) -> String {
    format!("gesture/{device}")
}
