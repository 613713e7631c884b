//! Proofs beyond the password: one flow for every factor, and the window in which security settings may be changed.
//!
//! Asking makes a challenge, which is bound to person, session, channel and subject; proving judges the answer in the
//! transaction that remembers it. What a factor itself asks and judges is in its own file.

use super::code::Ask;
use crate::model::challenge::{
    Asked, Before, CHALLENGE_LIVES_MS, CHALLENGE_TRIES, Challenge, Proof, StoredChallenge, Subject, refusal,
};
use crate::model::channel::Channel;
use crate::model::code::{LiveCode, Purpose};
use crate::model::event::EventKind;
use crate::model::factor::{Factor, FactorId, Holding, Tier};
use crate::model::rate::Rate;
use crate::model::session::{Acting, Session};
use crate::model::visitor::Visitor;
use crate::model::window::{self, StepUpWindow, WINDOW_MS};
use crate::{Passport, PersonId, store};
use credential::seal::parts_hash;
use db::Tx;
use kit::{Error, Fault, Refusal, Result, Timestamp};
use notify::{Language, Text};

/// Challenges that one person may ask for. A challenge spends five tries, so this bounds guessing.
const ASKS_PER_PERSON: Rate = Rate { most: 60, span_ms: 3_600_000 };

impl Passport {
    /// What a person can prove themselves with, weakest first. Texts to their number are always among it.
    pub async fn holdings(&self, acting: &Acting) -> Result<Vec<Holding>> {
        let person = self.person(acting.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
        let texts = Holding {
            id: FactorId(0),
            factor: Factor::SmsCode,
            label: person.mobile.masked(),
            added: Timestamp(0),
            last_used: None,
        };
        let mut held = vec![texts];
        held.extend(self.factors_of(acting).await?);
        held.sort_by_key(|holding| (holding.factor, holding.added));
        Ok(held)
    }

    /// The worth of the strongest thing that a person holds, usable at this moment and in this device or not: who locks a
    /// token by wrong codes lowers no bar.
    pub async fn best_tier(&self, person: PersonId) -> Result<Tier, Fault> {
        let keys = if self.keys_possible() { self.keys_of(person).await? } else { Vec::new() };
        let tokens = self.tokens_of(person).await?.into_iter().filter(|token| token.has_keypad);
        let signing = self.signing_keys_of(person).await?.into_iter().filter(|key| !key.is_over);
        let held = keys.iter().map(|key| crate::model::passkey::factor(key.kind));
        let held = held.chain(tokens.map(|_| Factor::OtpToken)).chain(signing.map(|_| Factor::SigningKey));
        Ok(held.map(Factor::tier).max().unwrap_or(Tier::One))
    }

    /// Refuses with `passport.step_up_needed` unless this session may change how the person is reached and known: by a window
    /// worth as much as the best that they hold, a token's worth at most, for which a permit of staff may stand.
    pub async fn require_best(&self, session: &Session) -> Result<()> {
        match self.best_tier(session.person).await? {
            Tier::None | Tier::One => self.require_window(session, Tier::One).await,
            Tier::Two | Tier::Three => self.require_strong(session).await,
        }
    }

    /// Refuses with `passport.texts_rest` and the `hours` left while texts prove nothing, because a text alone reset the password.
    pub(crate) async fn texts_prove(&self, person: PersonId) -> Result<()> {
        let until = store::credential::texts_rest_until(&self.inner.db, person).await?;
        let now = self.inner.clock.now();
        if now < until {
            return Err(Refusal::new("passport.texts_rest", 403).with("hours", hours(now, until)).into());
        }
        Ok(())
    }

    /// Asks for a proof of a subject by one factor. What was asked before of the same person for the same kind of subject
    /// proves nothing any more; a text that went out for the very same subject stays good.
    ///
    /// Refuses with `passport.factor_not_held`, `passport.asks_too_many`, `passport.texts_rest`, as texts do, and for what the
    /// factor itself refuses.
    pub async fn ask_proof(
        &self,
        visitor: &Visitor,
        acting: &Acting,
        channel: Channel,
        subject: &Subject,
        factor: Factor,
        holding: Option<FactorId>,
    ) -> Result<Challenge> {
        acting.must_act()?;
        let now = self.inner.clock.now();
        let binding = self.subject_binding(acting, channel, subject);
        self.count_ask(acting, now).await?;
        let (holding, asked, state, live) = if factor == Factor::SmsCode {
            self.texts_prove(acting.person).await?;
            let live = self.ask_by_text(visitor, acting, subject, &binding).await?;
            let person = self.person(acting.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
            (FactorId(0), Asked::Code { to: person.mobile.masked() }, String::new(), Some(live))
        } else {
            let id = self.held(acting, factor, holding).await?;
            let (asked, state) = self.begin(acting, channel, (factor, id), subject, &binding).await?;
            (id, asked, state, None)
        };
        let challenge = StoredChallenge {
            factor,
            holding,
            binding,
            asked,
            state,
            created: now,
            expires: live.map_or(now.plus_ms(CHALLENGE_LIVES_MS), |live| live.expires),
            tries: 0,
            proven: None,
        };
        let mut tx = self.inner.db.begin_write(&[&lock(acting, subject)]).await?;
        store::challenge::put(&mut tx, acting.person, subject.kind(), &challenge).await?;
        tx.commit().await?;
        Ok(shown(challenge, live))
    }

    /// What this person was asked last for this subject, if it can still be answered.
    pub async fn asked(&self, acting: &Acting, channel: Channel, subject: &Subject) -> Result<Option<Challenge>> {
        let binding = self.subject_binding(acting, channel, subject);
        let found = store::challenge::look(&self.inner.db, acting.person, subject.kind()).await?;
        let Some(found) = found.filter(|found| found.is_live(&binding, self.inner.clock.now())) else {
            return Ok(None);
        };
        if found.factor != Factor::SmsCode {
            return Ok(Some(shown(found, None)));
        }
        let live = self.live_text(acting, subject, &binding).await?;
        Ok(live.map(|live| shown(found, Some(live))))
    }

    /// Judges a proof of a subject; gives what proved it. However many try at once, one after the other is judged.
    ///
    /// Refuses with `passport.proof_none`, `passport.proof_other_factor`, `passport.proof_changed`,
    /// `passport.proof_expired`, `passport.proof_spent`, `passport.proof_wrong` and the tries `left`; for texts with
    /// `passport.code_…` instead; and for what the factor itself refuses.
    pub async fn prove(&self, acting: &Acting, channel: Channel, subject: &Subject, proof: &Proof) -> Result<Factor> {
        acting.must_act()?;
        let binding = self.subject_binding(acting, channel, subject);
        if proof.factor == Factor::SmsCode {
            self.prove_by_text(acting, subject, &binding, proof).await?;
            return Ok(Factor::SmsCode);
        }
        let now = self.inner.clock.now();
        let answer = parts_hash(&self.inner.keys.codes, &[b"answer", proof.answer.as_bytes()]);
        let mut tx = self.inner.db.begin_write(&[&lock(acting, subject)]).await?;
        let found = store::challenge::find(&mut tx, acting.person, subject.kind()).await?;
        let found = found.ok_or_else(|| refusal("passport.proof_none"))?;
        if found.before(proof.factor, &binding, &answer, subject.is_repeatable(), now)? == Before::Proven {
            return Ok(proof.factor);
        }
        let judged = self.judge(&mut tx, acting, &found, subject, &proof.answer).await;
        let (next, refused) = match judged {
            Ok(true) => (StoredChallenge { proven: Some(answer), ..found }, None),
            Ok(false) => {
                let (next, refused) = found.wrong();
                (next, Some(refused))
            }
            // What the factor refuses for reasons of its own counts as a try, and what it wrote about that stays.
            Err(Error::Refusal(refused)) => (found.wrong().0, Some(refused)),
            Err(fault) => return Err(fault),
        };
        store::challenge::put(&mut tx, acting.person, subject.kind(), &next).await?;
        if refused.is_some() {
            let detail = proof.factor.code();
            self.note_event(&mut tx, acting.person, EventKind::ProofWrong, Some(acting.session), None, detail).await?;
        }
        tx.commit().await?;
        refused.map_or(Ok(proof.factor), |refused| Err(refused.into()))
    }

    /// Opens the window of this session with a proof. Refuses as [`prove`](Self::prove) does.
    pub async fn open_window(&self, session: &Session, proof: &Proof) -> Result<StepUpWindow> {
        let acting = session.acting();
        let factor = self.prove(&acting, Channel::from(session.kind), &Subject::Security, proof).await?;
        let window = StepUpWindow { tier: factor.tier(), until: self.inner.clock.now().plus_ms(WINDOW_MS) };
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::session::set_window(&mut tx, session.id, window).await?;
        let (kind, at) = (EventKind::WindowOpened, Some(session.id));
        self.note_event(&mut tx, session.person, kind, at, None, factor.code()).await?;
        tx.commit().await?;
        Ok(window)
    }

    /// The window that is open in this session, if one is.
    pub async fn window(&self, session: &Session) -> Result<Option<StepUpWindow>> {
        let window = store::session::window(&self.inner.db, session.id).await?;
        Ok(window.filter(|window| self.inner.clock.now() < window.until))
    }

    /// Refuses with `passport.step_up_needed` and the `least_tier` unless a window worth that much is open in this session.
    pub async fn require_window(&self, session: &Session, least: Tier) -> Result<()> {
        session.acting().must_act()?;
        Ok(window::check(self.window(session).await?, least)?)
    }

    /// Refuses with `passport.step_up_needed` unless this session may add a factor worth as much as a token: by a window of
    /// tier 2, or by a window of tier 1 and a permit of staff who have seen who it is.
    pub async fn require_strong(&self, session: &Session) -> Result<()> {
        let now = self.inner.clock.now();
        let permitted = store::permit::open(&self.inner.db, session.person, now).await?;
        self.require_window(session, if permitted { Tier::One } else { Tier::Two }).await
    }

    /// Uses the permit up by which a factor is added, in the transaction that adds it, unless the window is worth enough
    /// without. Refuses with `passport.step_up_needed` if somebody used it meanwhile.
    pub async fn take_strong(&self, tx: &mut Tx, session: &Session) -> Result<()> {
        let now = self.inner.clock.now();
        let window = store::session::window_in(tx, session.id).await?.filter(|window| now < window.until);
        if window.is_some_and(|window| window.tier >= Tier::Two) || store::permit::take(tx, session.person, now).await?
        {
            return Ok(());
        }
        Ok(window::check(None, Tier::Two)?)
    }

    /// All that a person holds beside texts.
    async fn factors_of(&self, acting: &Acting) -> Result<Vec<Holding>> {
        let mut held = self.passkey_holdings(acting).await?;
        held.extend(self.token_holdings(acting.person).await?);
        held.extend(self.certificate_holdings(acting.person).await?);
        Ok(held)
    }

    /// What a factor asks, and what it remembers to judge the answer.
    async fn begin(
        &self,
        acting: &Acting,
        channel: Channel,
        (factor, id): (Factor, FactorId),
        subject: &Subject,
        binding: &[u8; 32],
    ) -> Result<(Asked, String)> {
        match factor {
            Factor::Passkey | Factor::SecurityKey => self.passkey_begin(acting, id, subject, binding).await,
            Factor::OtpToken => self.token_begin(acting, id, subject, binding).await,
            Factor::SigningKey => self.certificate_begin(acting, channel, subject, binding).await,
            _ => Err(not_held(factor).into()),
        }
    }

    /// Whether the answer is right, as the factor sees it.
    async fn judge(
        &self,
        tx: &mut Tx,
        acting: &Acting,
        found: &StoredChallenge,
        subject: &Subject,
        answer: &str,
    ) -> Result<bool> {
        let (id, state) = (found.holding, &found.state);
        match found.factor {
            Factor::Passkey | Factor::SecurityKey => self.passkey_check(tx, acting, id, subject, state, answer).await,
            Factor::OtpToken => self.token_check(tx, acting, id, state, answer).await,
            Factor::SigningKey => self.certificate_check(tx, acting, id, state, answer).await,
            _ => Err(not_held(found.factor).into()),
        }
    }

    /// The one that is meant, or the only one. Refuses with `passport.factor_not_held`.
    async fn held(&self, acting: &Acting, factor: Factor, id: Option<FactorId>) -> Result<FactorId, Error> {
        let held = self.factors_of(acting).await?;
        let mut fitting = held.iter().filter(|held| held.factor == factor && id.is_none_or(|id| held.id == id));
        fitting.next().map(|held| held.id).ok_or_else(|| not_held(factor).into())
    }

    async fn count_ask(&self, acting: &Acting, now: Timestamp) -> Result<()> {
        let subject = self.person_subject(acting.person);
        let mut tx = self.inner.db.begin_write(&["asks"]).await?;
        if let Some(free) = store::code::take(&mut tx, "ask/person", &subject, ASKS_PER_PERSON, now).await? {
            return Err(crate::model::code::wait("passport.asks_too_many", free, now).into());
        }
        tx.commit().await?;
        Ok(())
    }

    /// What a challenge is bound to.
    pub(crate) fn subject_binding(&self, acting: &Acting, channel: Channel, subject: &Subject) -> [u8; 32] {
        let (person, session) = (acting.person.0.to_le_bytes(), acting.session.0.to_le_bytes());
        let channel = [channel.number()];
        let mut parts: Vec<&[u8]> = vec![subject.kind().as_bytes(), &person, &session, &channel];
        let Subject::Payment(payment) = subject else { return parts_hash(&self.inner.keys.codes, &parts) };
        let (draft, payee) = (payment.draft.to_le_bytes(), payment.payee.to_le_bytes());
        let amount = payment.amount.minor.to_le_bytes();
        parts.extend([&draft[..], &payee, payment.payee_shown.as_bytes(), payment.payee_tail.as_bytes(), &amount]);
        parts.extend([payment.amount.currency.code().as_bytes(), payment.account_tail.as_bytes()]);
        let later = payment.later.map(|later| later.bytes());
        parts.extend(later.as_ref().map(|bytes| &bytes[..]));
        parts_hash(&self.inner.keys.codes, &parts)
    }

    /// Sends a code, or finds that the last one is for the very same and was sent a moment ago.
    async fn ask_by_text(
        &self,
        visitor: &Visitor,
        acting: &Acting,
        subject: &Subject,
        binding: &[u8; 32],
    ) -> Result<LiveCode> {
        // Who comes back to texts after a look at another method finds the code that is out.
        let last = store::challenge::look(&self.inner.db, acting.person, subject.kind()).await?;
        if last.is_some_and(|last| last.factor != Factor::SmsCode)
            && let Some(live) = self.live_text(acting, subject, binding).await?
        {
            return Ok(live);
        }
        let person = self.person(acting.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
        let ask = Ask {
            purpose: purpose(subject),
            subject: self.person_subject(acting.person),
            binding: *binding,
            more: account_tail(subject),
            to: &person.mobile,
            language: Language::of(&person.language),
            decoy: None,
        };
        let sent = self.send_code(visitor, ask, |code| text(subject, code, Language::of(&person.language))).await?;
        Ok(LiveCode { expires: sent.expires, resend_at: sent.resend_at, left: sent.tries })
    }

    async fn live_text(&self, acting: &Acting, subject: &Subject, binding: &[u8; 32]) -> Result<Option<LiveCode>> {
        let person = self.person_subject(acting.person);
        let mut tx = self.inner.db.begin_read().await?;
        let found = store::code::look(&mut tx, purpose(subject).code(), &person).await?;
        Ok(found.and_then(|code| code.live(binding, self.inner.clock.now())))
    }

    async fn prove_by_text(&self, acting: &Acting, subject: &Subject, binding: &[u8; 32], proof: &Proof) -> Result<()> {
        let typed: String = proof.account_tail.chars().filter(char::is_ascii_digit).take(16).collect();
        let more = if matches!(subject, Subject::Payment(_)) { typed } else { String::new() };
        let person = self.person_subject(acting.person);
        let judged = self.check_code_with(purpose(subject), &person, binding, &more, &proof.answer).await;
        if matches!(&judged, Err(Error::Refusal(refused)) if refused.code == "passport.code_wrong") {
            let mut tx = self.inner.db.begin_write(&[]).await?;
            let (kind, detail) = (EventKind::ProofWrong, Factor::SmsCode.code());
            self.note_event(&mut tx, acting.person, kind, Some(acting.session), None, detail).await?;
            tx.commit().await?;
        }
        judged
    }
}

fn shown(challenge: StoredChallenge, live: Option<LiveCode>) -> Challenge {
    Challenge {
        factor: challenge.factor,
        holding: challenge.holding,
        asked: challenge.asked,
        expires: challenge.expires,
        left: live.map_or(CHALLENGE_TRIES - challenge.tries, |live| live.left),
        resend_at: live.map(|live| live.resend_at),
    }
}

/// Hours from one instant to a later one, begun ones too.
pub(super) fn hours(now: Timestamp, until: Timestamp) -> i64 {
    (until.as_ms() - now.as_ms() + 3_599_999).div_euclid(3_600_000)
}

fn not_held(factor: Factor) -> Refusal {
    Refusal::new("passport.factor_not_held", 404).with("factor", factor.code())
}

fn purpose(subject: &Subject) -> Purpose {
    match subject {
        Subject::Payment(_) => Purpose::Payment,
        Subject::Security => Purpose::Security,
    }
}

fn account_tail(subject: &Subject) -> &str {
    match subject {
        Subject::Payment(payment) => &payment.account_tail,
        Subject::Security => "",
    }
}

fn text(subject: &Subject, code: String, language: Language) -> Text {
    match subject {
        Subject::Payment(payment) => Text::PaymentCode {
            code,
            payee: payment.payee_shown.clone(),
            amount: payment.amount.grouped(),
            currency: payment.amount.currency.code().to_owned(),
            when: payment.later.map(|later| later.words(language)).unwrap_or_default(),
        },
        Subject::Security => Text::SecurityCode { code },
    }
}

fn lock(acting: &Acting, subject: &Subject) -> String {
    format!("challenge/{}/{}", acting.person, subject.kind())
}
