//! Signing in, being recognised, signing out, choosing a password.

use crate::model::act::Act;
use crate::model::member::{Member, is_number};
use crate::model::session::{SignInStep, StaffSession, StaffVisitor, is_alive};
use crate::{Staff, store};
use credential::{HashError, PASSWORD_MAX, PASSWORD_MIN, Weakness, hex, unhex};
use kit::{Error, Fault, FaultContext, Refusal, Result, Timestamp};
use std::fmt;
use std::net::IpAddr;

/// A session's `last_seen` is written at most this often.
const TOUCH_EVERY_MS: i64 = 60_000;
/// Failures are remembered so long.
const KEEP_TRIES_MS: i64 = 48 * 3_600_000;
/// A browser is known so long after the last sign-in.
const KEEP_DEVICE_MS: i64 = 90 * 24 * 3_600_000;

/// How long a session may miss its second step, or its first password's replacement.
const SECOND_STEP_MS: i64 = 10 * 60_000;

const SIGN_IN: &str = "staff.sign_in";
const SIGN_OUT: &str = "staff.sign_out";
const PASSWORD: &str = "staff.password";

/// A secret of a session or of a browser: 256 random bits in hexadecimal. Only its BLAKE3 hash is stored.
#[derive(Clone)]
pub struct StaffToken(String);

impl StaffToken {
    pub(crate) fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret itself: for the cookie, nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StaffToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("StaffToken(…)")
    }
}

/// A new session with its secret.
#[derive(Debug, Clone)]
pub struct StaffSignedIn {
    /// For the session's cookie.
    pub token: StaffToken,
    /// For the cookie by which the browser is recognised next time; none before the sign-in is whole.
    pub device: Option<StaffToken>,
    /// The session; it may still miss a step: [`StaffSession::missing`].
    pub session: StaffSession,
}

impl Staff {
    /// Opens a session for who knows the password; a new token each time.
    ///
    /// An unknown number, a disabled member and a wrong password are refused alike, `staff.credentials_wrong`, after the same
    /// work. Too many failures: `staff.try_later` with `retry_after_s`; from a browser where the member has signed in
    /// before only the failures there count. `staff.one_time_over` when the bank's password was not used in time;
    /// `staff.busy` when too many sign in at once. Of whom a code is asked, the session is good for nothing before
    /// [`prove`](Self::prove), or before their first token is enrolled, and ends after ten minutes.
    pub async fn sign_in(&self, visitor: &StaffVisitor, number: &str, password: &str) -> Result<StaffSignedIn> {
        let number = number.trim().to_ascii_lowercase();
        let now = self.inner.clock.now();
        let member = match is_number(&number) {
            true => store::member::by_number(&self.inner.db, &number).await?,
            false => None,
        };
        let device = visitor.device.as_deref().and_then(unhex).map(|secret| *blake3::hash(&secret).as_bytes());
        let known = match (&member, device) {
            (Some(member), Some(device)) => {
                store::session::is_known(&self.inner.db, &device, member.id, now.plus_ms(-KEEP_DEVICE_MS)).await?
            }
            _ => false,
        };
        let tried = match device.filter(|_| known) {
            Some(device) => vec![of_name(&format!("device {}", hex(&device)))],
            None => {
                let address = visitor.address.filter(|address| !address.is_loopback()).map(site);
                let address = address.map(|address| of_name(&format!("address {address}")));
                std::iter::once(of_name(&format!("number {number}"))).chain(address).collect()
            }
        };
        self.take_try(&tried, now).await?;
        let member = member.filter(|member| member.disabled.is_none());
        let stored = match &member {
            Some(member) => store::member::password(&self.inner.db, member.id).await?,
            None => None,
        };
        let one_time_until = stored.as_ref().and_then(|(_, until)| *until);
        let matches = self.matches(password, stored.map(|(hash, _)| hash), known).await?;
        let Some(member) = member.filter(|_| matches) else {
            self.record(None, SIGN_IN, "", "", "staff.credentials_wrong").await?;
            return Err(Refusal::new("staff.credentials_wrong", 401).into());
        };
        if one_time_until.is_some_and(|until| now >= until) {
            self.record(None, SIGN_IN, &subject(&member), "", "staff.one_time_over").await?;
            return Err(Refusal::new("staff.one_time_over", 403).into());
        }
        self.open_session(visitor, member, &tried, now).await
    }

    async fn open_session(
        &self,
        visitor: &StaffVisitor,
        member: Member,
        tried: &[[u8; 32]],
        now: Timestamp,
    ) -> Result<StaffSignedIn> {
        let token: [u8; 32] = self.inner.random.bytes();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let (needs_code, has_token) = self.needs_code(&mut tx, &member).await?;
        let lasts_ms = if needs_code { SECOND_STEP_MS } else { self.inner.rules.session_ms };
        let (id, expires) = (self.inner.ids.next(), now.plus_ms(lasts_ms));
        let (proven, token_proven) = (!needs_code, None);
        let session =
            StaffSession { id, member, created: now, last_seen: now, expires, proven, has_token, token_proven };
        for tried in tried {
            store::member::clear_tries(&mut tx, tried).await?;
        }
        let hash = *blake3::hash(&token).as_bytes();
        let proven = session.proven.then_some(now);
        store::session::insert(&mut tx, id, &hash, session.member.id, now, expires, proven).await?;
        let device = match session.proven {
            true => {
                let device = visitor.device.as_deref().and_then(unhex).unwrap_or_else(|| self.inner.random.bytes());
                store::session::keep_device(&mut tx, blake3::hash(&device).as_bytes(), session.member.id, now).await?;
                Some(StaffToken(hex(&device)))
            }
            false => None,
        };
        let outcome = if needs_code { "begun" } else { "done" };
        self.record_in(&mut tx, Some(&session), SIGN_IN, "", "", outcome).await?;
        tx.commit().await?;
        Ok(StaffSignedIn { token: StaffToken(hex(&token)), device, session })
    }

    /// The session of a token, or none if it is unknown, ended, idle for too long or over, or the member is disabled.
    pub async fn authenticate(&self, token: &str) -> Result<Option<StaffSession>, Fault> {
        let Some(bytes) = unhex(token) else { return Ok(None) };
        let hash = *blake3::hash(&bytes).as_bytes();
        let Some(mut session) = store::session::by_token(&self.inner.db, &hash).await? else { return Ok(None) };
        let now = self.inner.clock.now();
        if !is_alive(now, session.last_seen, session.expires, self.inner.rules.idle_ms) {
            return Ok(None);
        }
        if now.as_ms() - session.last_seen.as_ms() >= TOUCH_EVERY_MS {
            store::session::touch(&self.inner.db, session.id, now).await?;
            session.last_seen = now;
        }
        Ok(Some(session))
    }

    /// Ends a session for ever.
    pub async fn sign_out(&self, session: &StaffSession) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::session::end(&mut tx, session.id, self.inner.clock.now()).await?;
        self.record_in(&mut tx, Some(session), SIGN_OUT, "", "", "done").await?;
        tx.commit().await
    }

    /// Sets another password for who knows the present one, and ends all other sessions.
    ///
    /// Refuses with `staff.password_wrong` about the field `old`, `staff.try_later`, `staff.password_same`,
    /// `staff.password_too_short`, `_too_long`, `_common`, `_breached`.
    pub async fn change_password(&self, session: &StaffSession, old: &str, new: &str) -> Result<()> {
        if session.missing() == Some(SignInStep::Code) {
            return Err(incomplete().into());
        }
        self.check_new_password(new, &session.member.number).await?;
        let (member, now) = (session.member.id, self.inner.clock.now());
        let tried = [of_name(&format!("password of {member}"))];
        self.take_try(&tried, now).await?;
        let stored = store::member::password(&self.inner.db, member).await?.map(|(hash, _)| hash);
        if !self.matches(old, stored, true).await? {
            self.record(Some(session), PASSWORD, "", "", "staff.password_wrong").await?;
            return Err(Refusal::new("staff.password_wrong", 422).with("field", "old").into());
        }
        if old == new {
            return Err(Refusal::new("staff.password_same", 422).with("field", "new").into());
        }
        let hash = self.inner.hasher.hash(new.to_owned()).await.map_err(in_words)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::member::clear_tries(&mut tx, &tried[0]).await?;
        store::member::put_password(&mut tx, member, &hash, None, now).await?;
        store::session::end_others(&mut tx, member, Some(session.id), now).await?;
        self.record_in(&mut tx, Some(session), PASSWORD, "", "", "done").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Checks a new password, also against the bank's file of breached ones.
    async fn check_new_password(&self, password: &str, number: &str) -> Result<()> {
        check_new(password, number)?;
        let Some(list) = self.inner.rules.breached.clone() else { return Ok(()) };
        let looked_up = password.to_owned();
        let found = tokio::task::spawn_blocking(move || list.contains(&looked_up)).await;
        if found.fault("looking for a breached password")?? {
            return Err(Refusal::new("staff.password_breached", 422).with("field", "new").into());
        }
        Ok(())
    }

    /// Forgets sessions and failures of long ago, and lets proposals expire that nobody decided.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let now = self.inner.clock.now();
        store::session::sweep(&self.inner.db, now, now.plus_ms(-KEEP_DEVICE_MS)).await?;
        store::member::sweep_tries(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        store::proposal::expire(&self.inner.db, now).await.map(|_| ())
    }

    /// Whether the password is right; without a hash it takes as long and says no.
    async fn matches(&self, password: &str, hash: Option<String>, known: bool) -> Result<bool> {
        // A password longer than any that could be set is not worth hashing; a prefix of it cannot match either.
        let password: String = password.chars().take(PASSWORD_MAX + 1).collect();
        self.inner.hasher.verify(password, hash, known).await.map_err(in_words)
    }

    /// Counts a try before it is looked at.
    pub(crate) async fn take_try(&self, tried: &[[u8; 32]], now: Timestamp) -> Result<()> {
        let locks: Vec<String> = tried.iter().map(|tried| format!("staff/{}", hex(tried))).collect();
        let names: Vec<&str> = locks.iter().map(String::as_str).collect();
        let mut tx = self.inner.db.begin_write(&names).await?;
        for tried in tried {
            let taken = store::member::tries(&mut tx, tried)
                .await?
                .take(now)
                .map_err(|soon| Refusal::new("staff.try_later", 429).with("retry_after_s", soon.retry_after_s))?;
            store::member::put_tries(&mut tx, tried, taken).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// What members of staff may always do about themselves.
pub(crate) fn subject(member: &Member) -> String {
    format!("staff:{}", member.number)
}

/// An IPv6 site is one sender, whatever its last 64 bits.
fn site(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

pub(crate) fn of_name(name: &str) -> [u8; 32] {
    *blake3::hash(name.as_bytes()).as_bytes()
}

pub(crate) fn in_words(error: HashError) -> Error {
    match error {
        HashError::Busy => Refusal::new("staff.busy", 503).with("retry_after_s", 2).into(),
        HashError::Fault(fault) => fault.into(),
    }
}

fn check_new(password: &str, number: &str) -> Result<(), Refusal> {
    credential::check_new(password, number).map_err(|weakness| {
        let refusal = match weakness {
            Weakness::TooShort => Refusal::new("staff.password_too_short", 422).with("least", PASSWORD_MIN as i64),
            Weakness::TooLong => Refusal::new("staff.password_too_long", 422).with("most", PASSWORD_MAX as i64),
            Weakness::Common => Refusal::new("staff.password_common", 422),
        };
        refusal.with("field", "new")
    })
}

impl web::Sessions for Staff {
    fn find<'a>(&'a self, token: &'a str) -> web::SessionFuture<'a> {
        Box::pin(async move {
            let session = self.authenticate(token).await?;
            Ok(session.map(|session| {
                let is_whole = session.missing().is_none();
                let places = if is_whole { (self.inner.places)(session.member.roles) } else { Vec::new() };
                web::Session::new(&session.member.name, session.clone()).at(&session.member.branch, places)
            }))
        })
    }
}

/// Whether the member may do it; for pages that only decide what to draw.
impl StaffSession {
    /// Whether one of the member's roles allows it.
    pub fn may(&self, act: &Act) -> bool {
        self.missing().is_none() && act.check(self.member.roles).is_ok()
    }

    /// Refuses with `staff.sign_in_incomplete` while a step of the sign-in is missing.
    pub(crate) fn check_whole(&self) -> Result<(), Refusal> {
        if self.missing().is_none() { Ok(()) } else { Err(incomplete()) }
    }
}

fn incomplete() -> Refusal {
    Refusal::new("staff.sign_in_incomplete", 403)
}
