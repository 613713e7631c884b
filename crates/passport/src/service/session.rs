//! Signing in, being recognised, signing out.

use crate::model::mobile::Mobile;
use crate::model::session::{Session, SessionKind, is_alive};
use crate::store::session::NewSession;
use crate::{Passport, SessionId, store};
use kit::{Fault, Refusal, Result};
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
}

impl Passport {
    /// Opens a session for who knows the password. Each sign-in makes a new token, whatever the caller held before.
    ///
    /// An unknown number, a number that is none and a wrong password are refused alike, `passport.credentials_wrong`, after the
    /// same work. Too many failures in a row: `passport.try_later` with `retry_after_s`. Too many at once:
    /// `passport.busy`.
    pub async fn sign_in(&self, mobile: &str, password: &str, kind: SessionKind) -> Result<SignedIn> {
        let mobile = Mobile::parse(mobile).map_err(|_| mobile.to_owned());
        let name_hash = *blake3::hash(match &mobile {
            Ok(mobile) => mobile.e164().as_bytes(),
            Err(text) => text.as_bytes(),
        })
        .as_bytes();
        self.take_try(&name_hash).await?;
        let credential = match &mobile {
            Ok(mobile) => store::credential::by_mobile(&self.inner.db, mobile, self.inner.rules.institution).await?,
            Err(_) => None,
        };
        // A password longer than any that could be set is not worth hashing; a prefix of it cannot match either.
        let password: String = password.chars().take(crate::model::password::PASSWORD_MAX + 1).collect();
        let hash = credential.as_ref().map(|credential| credential.hash.clone());
        let matches = self.inner.hasher.verify(password, hash).await?;
        let Some(credential) = credential.filter(|_| matches) else {
            return Err(Refusal::new("passport.credentials_wrong", 401).into());
        };

        let token_bytes: [u8; 32] = self.inner.random.bytes();
        let now = self.inner.clock.now();
        let new = NewSession {
            id: SessionId(self.inner.ids.next()),
            token_hash: *blake3::hash(&token_bytes).as_bytes(),
            kind,
            person: credential.person,
            customer: credential.customer,
            created: now,
            expires: now.plus_ms(self.inner.rules.session_ms),
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::credential::clear_tries(&mut tx, &name_hash).await?;
        store::session::insert(&mut tx, &new).await?;
        tx.commit().await?;
        let session = store::session::by_token(&self.inner.db, &new.token_hash).await?;
        let session = session.ok_or_else(|| Fault::new("a session just opened is gone"))?;
        Ok(SignedIn { token: SessionToken(hex(&token_bytes)), session })
    }

    /// The session of a token, or none if it is unknown, ended, idle for too long or over.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Session>, Fault> {
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
    pub async fn sign_out(&self, session: &Session) -> Result<(), Fault> {
        store::session::end(&self.inner.db, session.id, self.inner.clock.now()).await
    }

    /// Remembers the language that a person chose. Refuses with `passport.language_unknown`.
    pub async fn set_language(&self, session: &Session, language: &str) -> Result<()> {
        super::customer::check_language(language)?;
        Ok(store::person::set_language(&self.inner.db, session.person, language).await?)
    }

    /// Forgets sessions that ended long ago and failures that no longer count; to be called about daily.
    pub async fn sweep(&self) -> Result<(), Fault> {
        let now = self.inner.clock.now();
        store::session::sweep(&self.inner.db, now.plus_ms(-KEEP_SESSIONS_MS)).await?;
        store::credential::sweep_tries(&self.inner.db, now.plus_ms(-KEEP_TRIES_MS)).await?;
        Ok(())
    }

    /// Counts a try against a sign-in name before it is looked at.
    async fn take_try(&self, name_hash: &[u8; 32]) -> Result<()> {
        let lock = format!("sign-in/{}", hex(name_hash));
        let mut tx = self.inner.db.begin_write(&[&lock]).await?;
        let tries = store::credential::tries(&mut tx, name_hash).await?.take(self.inner.clock.now())?;
        store::credential::put_tries(&mut tx, name_hash, tries).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl web::Sessions for Passport {
    fn find<'a>(&'a self, token: &'a str) -> web::SessionFuture<'a> {
        Box::pin(async move {
            let session = self.authenticate(token).await?;
            Ok(session.map(|session| {
                let name = session.name.full().to_owned();
                web::Session::new(&name, session)
            }))
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_nothing_else_does() {
        let bytes: [u8; 32] = std::array::from_fn(|index| index as u8 * 7);
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        for text in ["", "zz", &hex(&bytes).to_uppercase(), &format!("{}0", hex(&bytes))] {
            assert_eq!(unhex(text), None);
        }
    }
}
