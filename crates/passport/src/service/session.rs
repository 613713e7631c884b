//! Signing in, being recognised, signing out.

use super::code::UNBOUND;
use super::event::KEEP_EVENTS_MS;
use crate::model::customer::Person;
use crate::model::event::EventKind;
use crate::model::mobile::Mobile;
use crate::model::password;
use crate::model::session::{Session, SessionKind, is_alive};
use crate::model::visitor::Visitor;
use crate::service::second_step::Known;
use crate::store::device::NewDevice;
use crate::store::living::Row;
use crate::store::session::NewSession;
use crate::{CustomerId, DeviceId, Passport, PersonId, SessionId, store};
use credential::{hex, unhex};
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};
use notify::Notice;
use std::fmt;

/// A session's `last_seen` is written at most this often, so that reading pages does not become writing rows.
const TOUCH_EVERY_MS: i64 = 60_000;
/// Ended sessions are kept so long for the person's own list of sign-ins.
const KEEP_SESSIONS_MS: i64 = 30 * 24 * 3_600_000;
const KEEP_TRIES_MS: i64 = 48 * 3_600_000;

/// The secret of a session: 256 random bits in hexadecimal. Only its BLAKE3 hash is stored.
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    /// The secret itself: for the cookie or the API's answer, nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionToken(…)")
    }
}

/// A new session with its secret.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Given to the person's browser or program once; the bank cannot show it again.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
    /// The secret by which the browser is recognised next time, if it is to keep another one than it has.
    pub device: Option<DeviceToken>,
}

/// The secret that stays in a browser where somebody has signed in. It opens nothing: it only tells that tries from there
/// are not a stranger's. Only its BLAKE3 hash is stored.
#[derive(Clone)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// The secret itself: for the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DeviceToken(…)")
    }
}

impl Passport {
    /// As [`sign_in_from`](Self::sign_in_from), from who knows where.
    pub async fn sign_in(&self, mobile: &str, password: &str, kind: SessionKind) -> Result<SignedIn> {
        self.sign_in_from(&Visitor::unknown(), mobile, password, kind).await
    }

    /// Opens a session for who knows the password. Each sign-in makes a new token, whatever the caller held before.
    ///
    /// An unknown number, a number that is none and a wrong password are refused alike, `passport.credentials_wrong`, after the
    /// same work. Too many failures in a row, too many tries from one address or in all: `passport.try_later` with
    /// `retry_after_s`. Too many at once: `passport.busy`. Where this person has signed in before, only the failures
    /// there count: strangers cannot lock anybody out of a known device. Who set a second step: `passport.second_step_needed`.
    pub async fn sign_in_from(
        &self,
        visitor: &Visitor,
        mobile: &str,
        password: &str,
        kind: SessionKind,
    ) -> Result<SignedIn> {
        self.sign_in_with(visitor, mobile, password, None, kind).await
    }

    /// Who knows the password of a number; the first step of every sign-in by password.
    pub(crate) async fn know_password(&self, visitor: &Visitor, mobile: &str, password: &str) -> Result<Known> {
        let parsed = Mobile::parse(mobile).ok();
        let device_hash = visitor.device.as_deref().and_then(unhex).map(|secret| *blake3::hash(&secret).as_bytes());
        let looked_up = store::device::mobile_or_nobody(parsed.as_ref());
        let known = store::device::known(&self.inner.db, &device_hash.unwrap_or_default(), looked_up).await?;
        let tried = match known {
            Some(device) => name_hash(&format!("device {}", device.id)),
            None => name_hash(parsed.as_ref().map_or(mobile, Mobile::e164)),
        };
        self.take_try(&tried, known.is_some(), visitor).await?;
        let credential = match &parsed {
            Some(mobile) => store::credential::by_mobile(&self.inner.db, mobile, self.inner.rules.institution).await?,
            None => None,
        };
        // A password longer than any that could be set is not worth hashing; a prefix of it cannot match either.
        let password: String = password.chars().take(credential::PASSWORD_MAX + 1).collect();
        let hash = credential.as_ref().map(|credential| credential.hash.clone());
        let matches = self.inner.hasher.verify(password, hash, known.is_some()).await?;
        let failed = credential.as_ref().filter(|_| !matches).map(|credential| credential.person);
        let (Some(credential), Some(mobile)) = (credential.filter(|_| matches), parsed) else {
            if let Some(person) = failed {
                self.note_failed_sign_in(person, visitor.clone());
            }
            return Err(Refusal::new("passport.credentials_wrong", 401).into());
        };
        self.forget_tries(&tried).await?;
        Ok(Known { mobile, person: credential.person, customer: credential.customer })
    }

    /// The owner of a number sees that it was tried with a wrong password, and from where. The refusal does not wait for it:
    /// how long one takes shall not tell whether a number is registered.
    fn note_failed_sign_in(&self, person: PersonId, visitor: Visitor) {
        let passport = self.clone();
        kit::spawn("failed sign-in", async move {
            let noted = async {
                let mut tx = passport.inner.db.begin_write(&[]).await?;
                passport.note_event(&mut tx, person, EventKind::SignInFailed, None, Some(&visitor), "").await?;
                tx.commit().await
            };
            if let Err(fault) = noted.await {
                tracing::error!(%fault, "a failed sign-in was not written down");
            }
        });
    }

    /// Opens a session for a person who has proven to be it, and remembers the browser.
    pub(crate) async fn open_session(
        &self,
        visitor: &Visitor,
        mobile: &Mobile,
        person: PersonId,
        customer: CustomerId,
        kind: SessionKind,
    ) -> Result<SignedIn> {
        self.open(visitor, mobile, person, customer, kind, false).await
    }

    /// The same for who drew the pattern of a bound device: the session may look and not touch.
    pub(crate) async fn open_looking_session(&self, visitor: &Visitor, person: &Person) -> Result<SignedIn> {
        self.open(visitor, &person.mobile, person.id, person.customer, SessionKind::Web, true).await
    }

    async fn open(
        &self,
        visitor: &Visitor,
        mobile: &Mobile,
        person: PersonId,
        customer: CustomerId,
        kind: SessionKind,
        looking: bool,
    ) -> Result<SignedIn> {
        let former = visitor.device.as_deref().and_then(unhex).map(|secret| *blake3::hash(&secret).as_bytes());
        let known = store::device::known(&self.inner.db, &former.unwrap_or_default(), mobile.e164()).await?;
        let token_bytes: [u8; 32] = self.inner.random.bytes();
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("devices/{person}")]).await?;
        let (device, secret) = match (known, kind) {
            (Some(device), _) => {
                store::device::touch(&mut tx, device.id, &visitor.device_label(), now).await?;
                // Who signs in with more than the pattern may draw it again.
                store::bound_device::forgive_gesture(&mut tx, device.id).await?;
                (Some(device.id), None)
            }
            // A program keeps no cookie; its secret is its token.
            (None, SessionKind::Api) => (None, None),
            (None, SessionKind::Web) => {
                let (id, secret) = self.add_device(&mut tx, visitor, former, person, now).await?;
                (Some(id), Some(secret))
            }
        };
        let new = NewSession {
            id: SessionId(self.inner.ids.next()),
            token_hash: *blake3::hash(&token_bytes).as_bytes(),
            kind,
            person,
            customer,
            created: now,
            expires: now.plus_ms(self.inner.rules.session_ms),
            device,
            looking,
        };
        store::session::insert(&mut tx, &new).await?;
        let how = if looking { "gesture" } else { kind.code() };
        self.note_event(&mut tx, person, EventKind::SignedIn, Some(new.id), Some(visitor), how).await?;
        tx.commit().await?;
        self.inner.living.expect(&new.token_hash, person, customer);
        let session = store::session::by_token(&self.inner.db, &new.token_hash).await?;
        let session = session.ok_or_else(|| Fault::new("a session just opened is gone"))?;
        Ok(SignedIn { token: SessionToken(hex(&token_bytes)), session, device: secret })
    }

    /// Remembers a browser under a new secret, and tells its owner unless it is their first.
    async fn add_device(
        &self,
        tx: &mut Tx,
        visitor: &Visitor,
        former: Option<[u8; 32]>,
        person: PersonId,
        now: Timestamp,
    ) -> Result<(DeviceId, DeviceToken), Fault> {
        let secret: [u8; 32] = self.inner.random.bytes();
        let (id, label) = (DeviceId(self.inner.ids.next()), visitor.device_label());
        let is_first = store::device::count(tx, person).await? == 0;
        let token_hash = *blake3::hash(&secret).as_bytes();
        let new = NewDevice { id, token_hash: &token_hash, person, label: &label, now };
        store::device::insert(tx, &new, former.as_ref(), &self.inner.random.bytes()).await?;
        if !is_first {
            let notice = Notice::new("device_new").with("device", label).link("/security");
            notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        }
        Ok((id, DeviceToken(hex(&secret))))
    }

    /// The session of a token, or none if it is unknown, ended, idle for too long or over.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Session>, Fault> {
        let Some(row) = self.living_row(token).await? else { return Ok(None) };
        let (session, now) = (row.session(), self.inner.clock.now());
        if now.as_ms() - session.last_seen.as_ms() < TOUCH_EVERY_MS {
            return Ok(Some(session));
        }
        store::session::touch(&self.inner.db, session.id, now).await?;
        row.seen(now);
        Ok(Some(row.session()))
    }

    /// The same without counting as a use: it goes on idling.
    pub async fn peek_session(&self, token: &str) -> Result<Option<Session>, Fault> {
        Ok(self.living_row(token).await?.map(|row| row.session()))
    }

    /// The row of a session that has not ended, by what is remembered or by SQL. The clock is asked each time.
    async fn living_row(&self, token: &str) -> Result<Option<Row>, Fault> {
        let Some(bytes) = unhex(token) else { return Ok(None) };
        let hash = *blake3::hash(&bytes).as_bytes();
        let (now, idle_ms) = (self.inner.clock.now(), self.inner.rules.idle_ms);
        let alive = |session: &Session| is_alive(now, session.last_seen, session.expires, idle_ms);
        let found = self.inner.living.find(&self.inner.db, &hash, alive).await?;
        Ok(found.filter(|row| alive(&row.session())))
    }

    /// Ends a session for ever.
    pub async fn sign_out(&self, session: &Session) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let now = self.inner.clock.now();
        store::session::end_own(&mut tx, &self.inner.living, session.id, session.person, now).await?;
        tx.commit().await
    }

    /// Remembers the language that a person chose. Refuses with `passport.language_unknown`.
    pub async fn set_language(&self, session: &Session, language: &str) -> Result<()> {
        super::customer::check_language(language)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::person::set_language(&mut tx, &self.inner.living, session.person, language).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets sessions that ended long ago and failures that no longer count; to be called about daily.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let now = self.inner.clock.now();
        store::session::sweep(&self.inner.db, now.plus_ms(-KEEP_SESSIONS_MS)).await?;
        store::credential::sweep_tries(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        store::code::sweep(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        store::passkey::sweep_spent(&self.inner.db, now).await?;
        store::token::sweep_halves(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        store::challenge::sweep(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        store::event::sweep(&self.inner.db, now.plus_ms(-KEEP_EVENTS_MS)).await?;
        store::code::sweep_uses(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        Ok(())
    }

    /// A success makes up for the failures before it.
    pub(crate) async fn forget_tries(&self, tried: &[u8; 32]) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::credential::clear_tries(&mut tx, tried).await?;
        tx.commit().await
    }

    /// Counts a try before it is looked at: against the sign-in name, or, from a known device, against that alone.
    pub(crate) async fn take_try(&self, tried: &[u8; 32], from_known: bool, visitor: &Visitor) -> Result<()> {
        let now = self.inner.clock.now();
        let lock = format!("sign-in/{}", hex(tried));
        let mut tx = self.inner.db.begin_write(&[&lock]).await?;
        let tries = password::take(store::credential::tries(&mut tx, tried).await?, now)?;
        store::credential::put_tries(&mut tx, tried, tries).await?;
        if !from_known {
            let rules = &self.inner.rules;
            if let Some(address) = visitor.counted_address() {
                let address = self.inner.keys.lookup("address", &address);
                self.take_rate(&mut tx, "sign-in/address", &address, rules.sign_ins_per_address, now).await?;
            }
            self.take_rate(&mut tx, "sign-in/bank", &UNBOUND, rules.sign_ins, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The key under which tries are counted.
pub(crate) fn name_hash(name: &str) -> [u8; 32] {
    *blake3::hash(name.as_bytes()).as_bytes()
}

fn shown(session: Session) -> web::Session {
    // A visitor has not told a name yet.
    let name = match session.name.is_empty() {
        false => session.name.full().to_owned(),
        true => session.mobile.in_groups(),
    };
    web::Session::new(&name, session)
}

impl web::Sessions for Passport {
    fn find<'a>(&'a self, token: &'a str) -> web::SessionFuture<'a> {
        Box::pin(async move { Ok(self.authenticate(token).await?.map(shown)) })
    }

    fn peek<'a>(&'a self, token: &'a str) -> web::SessionFuture<'a> {
        Box::pin(async move { Ok(self.peek_session(token).await?.map(shown)) })
    }

    fn language_chosen<'a>(&'a self, session: &'a web::Session, locale: web::Locale) -> web::DoneFuture<'a> {
        Box::pin(async move {
            match session.details::<Session>() {
                Some(session) => self.set_language(session, locale.word()).await,
                None => Ok(()),
            }
        })
    }
}
