//! A second step at sign-in: after the password a code of one's token, for who wants it.

use crate::model::event::EventKind;
use crate::model::factor::{Factor, Tier};
use crate::model::session::{Session, SessionKind};
use crate::model::token::{self, code_wrong};
use crate::model::visitor::Visitor;
use crate::store::token::HalfSignIn;
use crate::{CustomerId, Passport, PersonId, SignedIn, store};
use credential::{hex, unhex};
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};
use notify::Notice;
use std::fmt;

/// A sign-in whose password was right waits for the code for so long, in milliseconds.
const HALF_MS: i64 = 5 * 60_000;
/// Wrong codes that it survives, less one.
const HALF_TRIES: i64 = 5;

/// How far a sign-in came.
#[derive(Debug)]
pub enum SignInStep {
    /// In.
    Entered(Box<SignedIn>),
    /// The password was right; a code of a token is missing.
    NeedsCode(HalfToken),
}

/// The secret that stands for a right password until the code comes; it opens nothing alone. Only its BLAKE3 hash is stored.
#[derive(Clone)]
pub struct HalfToken(String);

impl HalfToken {
    /// The secret itself: for the form that asks for the code.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HalfToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HalfToken(…)")
    }
}

impl Passport {
    /// As [`sign_in_from`](Self::sign_in_from); who set a second step gets half a sign-in, to be finished with
    /// [`finish_sign_in`](Self::finish_sign_in).
    pub async fn sign_in_in_steps(
        &self,
        visitor: &Visitor,
        mobile: &str,
        password: &str,
        kind: SessionKind,
    ) -> Result<SignInStep> {
        let known = self.know_password(visitor, mobile, password).await?;
        if !self.needs_second_step(known.person).await? {
            let entered = self.open_session(visitor, &known.mobile, known.person, known.customer, kind).await?;
            return Ok(SignInStep::Entered(Box::new(entered)));
        }
        let secret: [u8; 32] = self.inner.random.bytes();
        let half = HalfSignIn {
            person: known.person,
            customer: known.customer,
            kind: kind.code().to_owned(),
            expires: self.inner.clock.now().plus_ms(HALF_MS),
            tries: 0,
        };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::token::put_half(&mut tx, blake3::hash(&secret).as_bytes(), &half).await?;
        tx.commit().await?;
        Ok(SignInStep::NeedsCode(HalfToken(hex(&secret))))
    }

    /// The second half: a code of one of the person's tokens. Refuses with `passport.sign_in_over` when half a sign-in ran
    /// out or was spent, `passport.token_code_wrong`, `passport.token_locked`.
    pub async fn finish_sign_in(&self, visitor: &Visitor, half: &str, code: &str) -> Result<SignedIn> {
        let over = || Refusal::new("passport.sign_in_over", 409);
        let secret = unhex(half).ok_or_else(over)?;
        let hash = *blake3::hash(&secret).as_bytes();
        let mut tx = self.inner.db.begin_write(&[&format!("half/{}", hex(&hash[..8]))]).await?;
        let found = store::token::half(&mut tx, &hash).await?.ok_or_else(over)?;
        if self.inner.clock.now() >= found.expires || found.tries >= HALF_TRIES {
            return Err(over().into());
        }
        let answer = self.judge_second_step(&mut tx, found.person, code).await?;
        match &answer {
            Ok(()) => store::token::delete_half(&mut tx, &hash).await?,
            Err(_) => store::token::try_half(&mut tx, &hash).await?,
        }
        tx.commit().await?;
        answer?;
        let person = self.person(found.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
        let kind = SessionKind::from_code(&found.kind).ok_or_else(|| Fault::new("half a sign-in has no kind"))?;
        self.open_session(visitor, &person.mobile, found.person, found.customer, kind).await
    }

    /// Both halves at once, for programs. Refuses with `passport.second_step_needed` if the code is missing.
    pub async fn sign_in_with(
        &self,
        visitor: &Visitor,
        mobile: &str,
        password: &str,
        code: Option<&str>,
        kind: SessionKind,
    ) -> Result<SignedIn> {
        let known = self.know_password(visitor, mobile, password).await?;
        if self.needs_second_step(known.person).await? {
            let Some(code) = code.filter(|code| !code.is_empty()) else {
                return Err(Refusal::new("passport.second_step_needed", 401).with("field", "token_code").into());
            };
            let mut tx = self.inner.db.begin_write(&[]).await?;
            let answer = self.judge_second_step(&mut tx, known.person, code).await?;
            tx.commit().await?;
            answer?;
        }
        self.open_session(visitor, &known.mobile, known.person, known.customer, kind).await
    }

    /// Whether this person set a second step and has a token for it.
    pub async fn has_second_step(&self, session: &Session) -> Result<bool, Fault> {
        self.needs_second_step(session.person).await
    }

    async fn needs_second_step(&self, person: PersonId) -> Result<bool, Fault> {
        store::token::has_second_step(&self.inner.db, person).await
    }

    /// Asks for a code of a token at each sign-in from now on. Refuses with `passport.step_up_needed`,
    /// `passport.token_without_codes` if there is no token that shows codes.
    pub async fn set_second_step(&self, visitor: &Visitor, session: &Session) -> Result<()> {
        self.require_window(session, Tier::One).await?;
        if !self.tokens(session).await?.iter().any(|token| token.has_codes && !token.is_locked) {
            return Err(Refusal::new("passport.token_without_codes", 409).into());
        }
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{}", session.person)]).await?;
        if store::token::set_second_step(&mut tx, session.person, now).await? {
            self.tell_second_step(&mut tx, session.person, true, now).await?;
            let (kind, at) = (EventKind::FactorAdded, Some(session.id));
            self.note_event(&mut tx, session.person, kind, at, Some(visitor), "second_step").await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Asks for it no more. Refuses with `passport.step_up_needed`: as much as a token is worth, since it weakens.
    pub async fn clear_second_step(&self, visitor: &Visitor, session: &Session) -> Result<()> {
        self.require_window(session, Tier::Two).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{}", session.person)]).await?;
        if store::token::clear_second_step(&mut tx, session.person).await? {
            self.tell_second_step(&mut tx, session.person, false, now).await?;
            let (kind, at) = (EventKind::FactorRemoved, Some(session.id));
            self.note_event(&mut tx, session.person, kind, at, Some(visitor), "second_step").await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A second step without a token would shut its owner out.
    pub(crate) async fn drop_second_step_without_token(&self, tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
        if store::token::count_with_codes(tx, person).await? == 0 && store::token::clear_second_step(tx, person).await?
        {
            self.tell_second_step(tx, person, false, self.inner.clock.now()).await?;
        }
        Ok(())
    }

    async fn tell_second_step(&self, tx: &mut Tx, person: PersonId, on: bool, now: Timestamp) -> Result<(), Fault> {
        let notice = Notice::new(if on { "second_step_on" } else { "second_step_off" }).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        Ok(())
    }

    /// Judges a code without a question against all tokens of a person; a wrong one counts against each.
    async fn judge_second_step(&self, tx: &mut Tx, person: PersonId, code: &str) -> Result<Result<(), Refusal>, Fault> {
        let (typed, now) = (token::typed(code), self.inner.clock.now());
        let tokens = store::token::with_codes(tx, person).await?;
        let open: Vec<_> = tokens.iter().filter(|token| !token.is_locked()).collect();
        if open.is_empty() {
            return Ok(Err(token::locked()));
        }
        for token in &open {
            if self.judge_code(tx, token, |seed| seed.judge(&typed, now)).await? {
                return Ok(Ok(()));
            }
        }
        let mut left = false;
        for token in &open {
            left |= self.count_wrong(tx, person, token).await?.is_none();
        }
        self.note_event(tx, person, EventKind::ProofWrong, None, None, Factor::OtpToken.code()).await?;
        Ok(Err(if left { code_wrong() } else { token::locked() }))
    }
}

/// Who knows a password.
pub(crate) struct Known {
    pub(crate) mobile: crate::Mobile,
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
}
