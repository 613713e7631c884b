//! The second step of a sign-in: a token's code (a passkey is its neighbour's affair); and how a member comes to a token.

use super::session::of_name;
use crate::model::member::Member;
use crate::model::session::{SignInStep, StaffSession, StaffVisitor};
use crate::model::token::{SEED_BYTES, TokenMemory, base32, check_code, code_at};
use crate::service::session::{StaffSignedIn, StaffToken};
use crate::{Staff, StaffId, store};
use credential::{hex, seal, unhex};
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};

pub(crate) const SECOND_STEP: &str = "staff.second_step";
const ENROL: &str = "staff.enrol";

/// What a member types, or lets their program read, to enrol a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The seed in base32.
    pub secret: String,
    /// `otpauth://…`, for a program that reads it.
    pub uri: String,
}

/// A code of a demonstration's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// Six digits that would be taken now.
    pub code: String,
    /// Until when they last at least, in milliseconds from now.
    pub lasts_ms: i64,
}

impl Staff {
    /// The second step of a sign-in. The session goes on under a new secret.
    ///
    /// Refuses with `staff.code_invalid`, `staff.code_wrong` (also for a code that was used), `staff.try_later` with
    /// `retry_after_s`, and `staff.second_step_over` when the session does not wait for one.
    pub async fn prove(&self, visitor: &StaffVisitor, session: &StaffSession, code: &str) -> Result<StaffSignedIn> {
        if session.missing() != Some(SignInStep::Code) {
            return Err(over());
        }
        let (code, tried) = self.take_code_try(session, code).await?;
        let mut tx = self.inner.db.begin_write(&[&lock(session.member.id)]).await?;
        match self.spend_code(&mut tx, session.member.id, &code).await? {
            true => self.go_on(tx, &tried, visitor, session, Some(SECOND_STEP)).await,
            false => self.wrong(tx, session, SECOND_STEP).await,
        }
    }

    /// Whether a code is that of one of the member's tokens; it counts once.
    pub(crate) async fn spend_code(&self, tx: &mut Tx, member: StaffId, code: &str) -> Result<bool, Fault> {
        let now = self.inner.clock.now();
        for token in store::token::enrolled(tx, member).await? {
            let seed = self.unsealed(member, &token.seed)?;
            if let Some(memory) = token.memory.take(&seed, code, now)
                && store::token::spend(tx, token.id, memory).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The seed of a token to be enrolled; the same one until its first code came.
    ///
    /// Refuses with `staff.enrolment_closed` for who has no leave: it comes with a first password, or from two administrators.
    pub async fn begin_enrolment(&self, session: &StaffSession) -> Result<Enrolment> {
        self.check_leave(session).await?;
        let member = session.member.id;
        let mut tx = self.inner.db.begin_write(&[&lock(member)]).await?;
        let seed = match store::token::pending(&mut tx, member).await? {
            Some(token) => self.unsealed(member, &token.seed)?,
            None => {
                let seed: [u8; SEED_BYTES] = self.inner.random.bytes();
                self.insert_token(&mut tx, member, &seed, None).await?;
                seed.to_vec()
            }
        };
        tx.commit().await?;
        let secret = base32(&seed);
        let uri = format!(
            "otpauth://totp/Tongbao%20staff:{}?secret={secret}&issuer=Tongbao%20staff&algorithm=SHA1&digits=6&period=30",
            session.member.number
        );
        Ok(Enrolment { secret, uri })
    }

    /// The first code of a token to be enrolled. The leave is used up, all other sessions of the member end, and this one goes
    /// on under a new secret. Refuses as [`begin_enrolment`](Self::begin_enrolment) and [`prove`](Self::prove) do.
    pub async fn finish_enrolment(
        &self,
        visitor: &StaffVisitor,
        session: &StaffSession,
        code: &str,
    ) -> Result<StaffSignedIn> {
        self.check_leave(session).await?;
        let (member, now) = (session.member.id, self.inner.clock.now());
        let (code, tried) = self.take_code_try(session, code).await?;
        let mut tx = self.inner.db.begin_write(&[&lock(member)]).await?;
        let Some(token) = store::token::pending(&mut tx, member).await? else { return Err(closed()) };
        let Some(memory) = TokenMemory::NEW.take(&self.unsealed(member, &token.seed)?, &code, now) else {
            return self.wrong(tx, session, ENROL).await;
        };
        if !store::token::use_leave(&mut tx, member, now).await? || !store::token::enrol(&mut tx, token.id, now).await?
        {
            return Err(closed());
        }
        store::token::spend(&mut tx, token.id, memory).await?;
        store::session::end_others(&mut tx, member, Some(session.id), now).await?;
        self.go_on(tx, &tried, visitor, session, Some(ENROL)).await
    }

    /// Whether the session's member may enrol a token now. Refuses with `staff.enrolment_closed`.
    pub(crate) async fn check_leave(&self, session: &StaffSession) -> Result<()> {
        let is_ready = matches!(session.missing(), None | Some(SignInStep::Token));
        let now = self.inner.clock.now();
        if is_ready && store::token::is_allowed(&self.inner.db, session.member.id, now).await? {
            return Ok(());
        }
        Err(closed())
    }

    /// Whether the session's member has leave to enrol a token.
    pub async fn may_enrol(&self, session: &StaffSession) -> Result<bool, Fault> {
        store::token::is_allowed(&self.inner.db, session.member.id, self.inner.clock.now()).await
    }

    /// Counts a try before it is looked at.
    pub(crate) async fn take_code_try(&self, session: &StaffSession, code: &str) -> Result<(String, [u8; 32])> {
        let code = check_code(code)?;
        let tried = of_name(&format!("second step of {}", session.member.id));
        self.take_try(&[tried], self.inner.clock.now()).await?;
        Ok((code, tried))
    }

    pub(crate) async fn wrong<T>(&self, tx: Tx, session: &StaffSession, action: &str) -> Result<T> {
        tx.rollback().await?;
        self.record(Some(session), action, "", "", "staff.code_wrong").await?;
        Err(Refusal::new("staff.code_wrong", 422).with("field", "code").into())
    }

    /// The passkey's answer was right: the session is whole, under a new secret.
    pub(crate) async fn go_on_by_key(
        &self,
        tx: Tx,
        tried: &[u8; 32],
        visitor: &StaffVisitor,
        session: &StaffSession,
    ) -> Result<StaffSignedIn> {
        self.go_on(tx, tried, visitor, session, None).await
    }

    /// The code was right, in `coded`, or a passkey's answer, without it: the session is whole, under a new secret.
    async fn go_on(
        &self,
        mut tx: Tx,
        tried: &[u8; 32],
        visitor: &StaffVisitor,
        session: &StaffSession,
        coded: Option<&str>,
    ) -> Result<StaffSignedIn> {
        let (now, member) = (self.inner.clock.now(), session.member.id);
        let token: [u8; 32] = self.inner.random.bytes();
        let device = visitor.device.as_deref().and_then(unhex).unwrap_or_else(|| self.inner.random.bytes());
        let hash = *blake3::hash(&token).as_bytes();
        // A session that was whole before, in which a spare token was enrolled, lasts no longer for it.
        let expires = if session.proven { session.expires } else { now.plus_ms(self.inner.rules.session_ms) };
        if !store::session::prove(&mut tx, session.id, &hash, now, expires).await? {
            return Err(over());
        }
        let mut session = StaffSession { last_seen: now, expires, proven: true, has_token: true, ..session.clone() };
        if coded.is_some() {
            store::session::prove_token(&mut tx, session.id, now).await?;
            session.token_proven = Some(now);
        }
        store::member::clear_tries(&mut tx, tried).await?;
        store::session::keep_device(&mut tx, blake3::hash(&device).as_bytes(), member, now).await?;
        let (action, detail) = coded.map_or((SECOND_STEP, "passkey"), |action| (action, ""));
        self.record_in(&mut tx, Some(&session), action, "", detail, "done").await?;
        tx.commit().await?;
        let (token, device) = (StaffToken::new(hex(&token)), Some(StaffToken::new(hex(&device))));
        Ok(StaffSignedIn { token, device, session })
    }

    pub(crate) async fn insert_token(
        &self,
        tx: &mut Tx,
        member: StaffId,
        seed: &[u8],
        enrolled: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let sealed = seal::seal(&self.inner.seal_key, &self.inner.random, &owner(member), seed)?;
        let id = self.inner.ids.next();
        store::token::insert(tx, id, member, &sealed, self.inner.clock.now(), enrolled).await
    }

    fn unsealed(&self, member: StaffId, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::unseal(&self.inner.seal_key, &owner(member), sealed)
    }

    /// Whether a code is asked of this member: by their roles, or because they have a token.
    pub(crate) async fn needs_code(&self, tx: &mut Tx, member: &Member) -> Result<(bool, bool), Fault> {
        let has_token = !store::token::enrolled(tx, member.id).await?.is_empty();
        let asked = self.inner.rules.second_step;
        let is_asked = member.roles.meets(asked) || (member.roles == crate::Roles::NONE && asked != crate::Roles::NONE);
        Ok((is_asked || has_token, has_token))
    }

    /// The code that the first token of a member shows now, for the page of a demonstration and for tests: whoever can call
    /// this can sign in as anybody.
    pub async fn code_for_show(&self, number: &str) -> Result<Option<ShownCode>, Fault> {
        let Some(member) = store::member::by_number(&self.inner.db, number).await? else { return Ok(None) };
        let mut tx = self.inner.db.begin_read().await?;
        let tokens = store::token::enrolled(&mut tx, member.id).await?;
        let Some(token) = tokens.first() else { return Ok(None) };
        let (step, lasts_ms) = token.memory.next_step(self.inner.clock.now());
        Ok(Some(ShownCode { code: code_at(&self.unsealed(member.id, &token.seed)?, step), lasts_ms }))
    }
}

fn owner(member: StaffId) -> Vec<u8> {
    format!("staff token {member}").into_bytes()
}

pub(crate) fn lock(member: StaffId) -> String {
    format!("staff/token/{member}")
}

pub(crate) fn over() -> kit::Error {
    Refusal::new("staff.second_step_over", 409).into()
}

fn closed() -> kit::Error {
    Refusal::new("staff.enrolment_closed", 403).into()
}
