//! Tokens (电子密码器): taken over from their maker, given to people, asked and judged.

use crate::model::challenge::{Asked, Subject};
use crate::model::event::EventKind;
use crate::model::factor::{Factor, FactorId, Holding};
use crate::model::rate::Rate;
use crate::model::session::{Acting, Session};
use crate::model::token::{
    self, Place, Seed, TOKENS_MAX, Token, TokenAsks, TokenView, WRONG_MAX, check_suite, code_wrong, kind_of,
    kind_words, question_number,
};
use crate::model::visitor::Visitor;
use crate::store::token::SealedSeed;
use crate::{Passport, PersonId, store};
use credential::hex;
use credential::pskc::{Container, RefusedSeed, SeedKind};
use credential::seal::parts_hash;
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};
use notify::{Notice, Text};
use zeroize::Zeroizing;

/// Tries of one person to show that a token lies in their hand.
const ADDS_PER_PERSON: Rate = Rate { most: 10, span_ms: 3_600_000 };
/// The question that is asked before a token is somebody's stays for so long, in milliseconds.
const ADD_SPAN_MS: i64 = 10 * 60_000;

/// What was taken over from a file of seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Numbers of tokens whose seeds are here now, with the kind of code.
    pub taken: Vec<(String, &'static str)>,
    /// Seeds that are not, and why.
    pub refused: Vec<RefusedSeed>,
}

impl Passport {
    /// Takes over seeds of tokens into the stock. A seed whose token has one of this kind already, or is somebody's, and one
    /// that the bank could not ask is refused; the others are taken over.
    pub async fn import_tokens(&self, container: Container) -> Result<Imported, Fault> {
        let now = self.inner.clock.now();
        let mut imported = Imported { taken: Vec::new(), refused: container.refused };
        let mut tx = self.inner.db.begin_write(&["tokens"]).await?;
        for seed in container.seeds {
            let (kind, parameters) = kind_words(&seed.kind);
            let mut refuse = |why: &str| {
                imported.refused.push(RefusedSeed { which: seed.serial.clone(), why: why.to_owned() });
            };
            if let SeedKind::Ocra(suite) = &seed.kind
                && let Err(why) = check_suite(suite)
            {
                refuse(why);
                continue;
            }
            store::token::insert(&mut tx, FactorId(self.inner.ids.next()), &seed.serial, &seed.maker, now).await?;
            let token = store::token::by_serial(&mut tx, &seed.serial).await?;
            let Some(token) = token.filter(|token| token.person.is_none()) else {
                refuse("the token is somebody's, or was");
                continue;
            };
            let next = if let SeedKind::Hotp { counter, .. } = seed.kind { counter } else { 0 };
            let text = Zeroizing::new(hex(&seed.seed));
            let sealed = self.inner.keys.seal(&self.inner.random, &owner(&seed.serial, kind), &text)?;
            let sealed = SealedSeed { kind: kind.to_owned(), parameters, sealed, next, drift: 0 };
            match store::token::insert_seed(&mut tx, token.id, &sealed).await? {
                true => imported.taken.push((seed.serial, kind)),
                false => refuse("it is here already"),
            }
        }
        tx.commit().await?;
        Ok(imported)
    }

    /// A person's tokens, the oldest first.
    pub async fn tokens(&self, session: &Session) -> Result<Vec<TokenView>, Fault> {
        self.tokens_of(session.person).await
    }

    /// The tokens of anybody, for staff who may look.
    pub async fn tokens_of(&self, person: PersonId) -> Result<Vec<TokenView>, Fault> {
        let mut views = Vec::new();
        for token in store::token::of_person(&self.inner.db, person).await? {
            let kinds = store::token::kinds(&self.inner.db, token.id).await?;
            views.push(TokenView {
                id: token.id,
                added: token.assigned.unwrap_or(Timestamp(0)),
                last_used: token.last_used,
                is_locked: token.is_locked(),
                has_keypad: kinds.iter().any(|kind| kind == "ocra"),
                has_codes: kinds.iter().any(|kind| kind != "ocra"),
                serial: token.serial,
            });
        }
        Ok(views)
    }

    /// What shows that a token of the stock lies in this person's hand. Refuses with `passport.token_unknown`, and as adding
    /// one does if this session may not add one.
    pub async fn ask_new_token(&self, session: &Session, serial: &str) -> Result<TokenAsks> {
        self.require_strong(session).await?;
        self.asks_in_stock(session.person, serial).await
    }

    /// The same at the counter.
    pub async fn ask_new_token_at_counter(&self, person: PersonId, serial: &str) -> Result<TokenAsks> {
        self.asks_in_stock(self.at_counter(person).await?.id, serial).await
    }

    async fn asks_in_stock(&self, person: PersonId, serial: &str) -> Result<TokenAsks> {
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let token = self.in_stock(&mut tx, serial).await?;
        let seeds = self.seeds(&mut tx, &token).await?;
        Ok(match suite_of(&seeds) {
            Some(suite) => {
                let span = self.inner.clock.now().as_ms().div_euclid(ADD_SPAN_MS);
                TokenAsks::Question(token::question(suite, None, &self.add_draw(person, &token, span)))
            }
            None => TokenAsks::TwoCodes,
        })
    }

    /// Makes a token of the stock this person's own, for who has it in hand and proved themselves with something as strong,
    /// or was seen at the counter. `codes` is the code for the question, or two codes in a row.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.token_unknown`, also for somebody else's,
    /// `passport.token_code_wrong`, `passport.tokens_too_many`, `passport.try_later`.
    pub async fn add_token(
        &self,
        visitor: &Visitor,
        session: &Session,
        serial: &str,
        codes: &[&str],
    ) -> Result<FactorId> {
        self.require_strong(session).await?;
        self.count_add(session.person).await?;
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{}", session.person)]).await?;
        let token = self.shown_to_be_in_hand(&mut tx, session.person, serial, codes).await?;
        self.take_strong(&mut tx, session).await?;
        self.give_token(&mut tx, session.person, &token).await?;
        let (kind, at) = (EventKind::FactorAdded, Some(session.id));
        self.note_event(&mut tx, session.person, kind, at, Some(visitor), Factor::OtpToken.code()).await?;
        tx.commit().await?;
        Ok(token.id)
    }

    /// Makes a token of the stock somebody's at the counter, where staff saw who they are. It uses up the permit that two
    /// members of staff gave for one factor. The person is told in the inbox and by text. Authority and audit are the
    /// caller's.
    ///
    /// Refuses with `passport.person_not_found`, `passport.permit_needed`, and as [`add_token`](Self::add_token) does. Asked
    /// again for a token that is this person's already it changes nothing.
    pub async fn assign_token(&self, person: PersonId, serial: &str, codes: &[&str]) -> Result<FactorId> {
        let person = self.at_counter(person).await?;
        let held = self.tokens_of(person.id).await?;
        if let Some(token) = held.iter().find(|token| token.serial == serial.trim()) {
            return Ok(token.id);
        }
        self.count_add(person.id).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{}", person.id)]).await?;
        if !store::permit::take(&mut tx, person.id, now).await? {
            return Err(Refusal::new("passport.permit_needed", 409).into());
        }
        let token = self.shown_to_be_in_hand(&mut tx, person.id, serial, codes).await?;
        self.give_token(&mut tx, person.id, &token).await?;
        self.note_event(&mut tx, person.id, EventKind::ByStaff, None, None, "token_given").await?;
        tx.commit().await?;
        self.text_kindly(&person, &Text::TokenGiven { tail: token.label() }).await;
        Ok(token.id)
    }

    /// A token of the stock for a person of the demonstration. Refuses with `passport.token_unknown`.
    pub async fn give_token_for_show(&self, person: PersonId, serial: &str) -> Result<FactorId> {
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{person}")]).await?;
        let token = self.in_stock(&mut tx, serial).await?;
        self.give_token(&mut tx, person, &token).await?;
        tx.commit().await?;
        Ok(token.id)
    }

    /// Sets a token whose clock or counter is too far off anew, by two codes in a row. Refuses with
    /// `passport.token_not_found`, for another person's too, `passport.token_locked`, `passport.token_code_wrong`,
    /// `passport.token_without_codes`.
    pub async fn resync_token(&self, session: &Session, id: FactorId, first: &str, second: &str) -> Result<()> {
        session.acting().must_act()?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let token = store::token::of(&mut tx, session.person, id).await?.ok_or_else(not_found)?;
        if token.is_locked() {
            return Err(token::locked().into());
        }
        let seeds = self.seeds(&mut tx, &token).await?;
        let coded: Vec<&Seed> = seeds.iter().filter(|seed| !matches!(seed.kind, SeedKind::Ocra(_))).collect();
        if coded.is_empty() {
            return Err(Refusal::new("passport.token_without_codes", 409).into());
        }
        let (first, second) = (token::typed(first), token::typed(second));
        let found = coded.iter().find_map(|seed| Some((*seed, seed.resync(&first, &second, now)?)));
        let answer = match found {
            Some((seed, place)) => {
                store::token::place(&mut tx, token.id, kind_words(&seed.kind).0, place).await?;
                store::token::used(&mut tx, token.id, now).await?;
                Ok(())
            }
            None => Err(self.count_wrong(&mut tx, session.person, &token).await?.unwrap_or_else(code_wrong)),
        };
        tx.commit().await?;
        Ok(answer?)
    }

    /// Ends one of one's own tokens for ever: lost, broken or given back. It takes as much as adding one, since it weakens.
    /// Refuses with `passport.step_up_needed`, `passport.token_not_found`, for another person's too.
    pub async fn remove_token(&self, visitor: &Visitor, session: &Session, id: FactorId) -> Result<()> {
        if !self.tokens(session).await?.iter().any(|token| token.id == id) {
            return Err(not_found().into());
        }
        self.require_strong(session).await?;
        let mut tx = self.inner.db.begin_write(&[&format!("tokens/{}", session.person)]).await?;
        self.take_strong(&mut tx, session).await?;
        self.end_token(&mut tx, session.person, id).await?;
        let (kind, at) = (EventKind::FactorRemoved, Some(session.id));
        self.note_event(&mut tx, session.person, kind, at, Some(visitor), Factor::OtpToken.code()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn end_token(&self, tx: &mut Tx, person: PersonId, id: FactorId) -> Result<()> {
        let now = self.inner.clock.now();
        let token = store::token::of(tx, person, id).await?.ok_or_else(not_found)?;
        store::token::end(tx, id, person, now).await?;
        self.drop_second_step_without_token(tx, person).await?;
        let notice = Notice::new("token_removed").with("tail", token.label()).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        Ok(())
    }

    /// The tokens that can prove a payment: those with a keypad that are not locked.
    pub(crate) async fn token_holdings(&self, person: PersonId) -> Result<Vec<Holding>, Fault> {
        let tokens = self.tokens_of(person).await?;
        let usable = tokens.into_iter().filter(|token| token.has_keypad && !token.is_locked);
        let tail = |serial: &str| serial.chars().skip(serial.chars().count().saturating_sub(4)).collect();
        Ok(usable
            .map(|token| Holding {
                id: token.id,
                factor: Factor::OtpToken,
                label: tail(&token.serial),
                added: token.added,
                last_used: token.last_used,
            })
            .collect())
    }

    /// Draws the question that this token is asked for this subject, one that it was never asked before.
    pub(crate) async fn token_begin(
        &self,
        acting: &Acting,
        id: FactorId,
        subject: &Subject,
        binding: &[u8; 32],
    ) -> Result<(Asked, String)> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let token = store::token::of(&mut tx, acting.person, id).await?.ok_or_else(not_found)?;
        if token.is_locked() {
            return Err(token::locked().into());
        }
        let seeds = self.seeds(&mut tx, &token).await?;
        let suite = suite_of(&seeds).ok_or_else(not_found)?;
        let payment = match subject {
            Subject::Payment(payment) => Some((payment.payee_tail.as_str(), payment.amount)),
            Subject::Security => None,
        };
        for _ in 0..100 {
            let nonce: [u8; 16] = self.inner.random.bytes();
            let drawn = parts_hash(&self.inner.keys.codes, &[b"token question", binding, &nonce]);
            let question = token::question(suite, payment, &drawn);
            if store::token::ask(&mut tx, id, &question_number(&question), now).await? {
                tx.commit().await?;
                return Ok((Asked::Token { question: question.clone() }, question));
            }
        }
        Err(token::used_up().into())
    }

    /// Whether this is the token's code for the question. Remembers it, and wrong ones.
    pub(crate) async fn token_check(
        &self,
        tx: &mut Tx,
        acting: &Acting,
        id: FactorId,
        question: &str,
        answer: &str,
    ) -> Result<bool> {
        let now = self.inner.clock.now();
        let token = store::token::of(tx, acting.person, id).await?.ok_or_else(not_found)?;
        if token.is_locked() {
            return Err(token::locked().into());
        }
        let typed = token::typed(answer);
        let judged = |seed: &Seed| seed.judge_question(question, &typed, now);
        if self.judge_code(tx, &token, judged).await? {
            return Ok(true);
        }
        match self.count_wrong(tx, acting.person, &token).await? {
            Some(locked) => Err(locked.into()),
            None => Ok(false),
        }
    }

    /// Whether one of a token's seeds takes a code; where it stands then is stored.
    pub(crate) async fn judge_code(
        &self,
        tx: &mut Tx,
        token: &Token,
        judge: impl Fn(&Seed) -> Option<Place>,
    ) -> Result<bool, Fault> {
        let seeds = self.seeds(tx, token).await?;
        let Some((seed, place)) = seeds.iter().find_map(|seed| Some((seed, judge(seed)?))) else { return Ok(false) };
        store::token::place(tx, token.id, kind_words(&seed.kind).0, place).await?;
        store::token::used(tx, token.id, self.inner.clock.now()).await?;
        Ok(true)
    }

    /// Counts a wrong code; gives what is said if it was the last that the token takes.
    pub(crate) async fn count_wrong(
        &self,
        tx: &mut Tx,
        person: PersonId,
        token: &Token,
    ) -> Result<Option<Refusal>, Fault> {
        store::token::wrong(tx, token.id).await?;
        if token.wrong + 1 < WRONG_MAX {
            return Ok(None);
        }
        let now = self.inner.clock.now();
        self.note_event(tx, person, EventKind::FactorLocked, None, None, Factor::OtpToken.code()).await?;
        let notice = Notice::new("token_locked").with("tail", token.label()).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        Ok(Some(token::locked()))
    }

    /// A token that is nobody's. Refuses with `passport.token_unknown`.
    async fn in_stock(&self, tx: &mut Tx, serial: &str) -> Result<Token> {
        let serial: String = serial.trim().chars().take(40).collect();
        let found = store::token::by_serial(tx, &serial).await?.filter(|token| token.person.is_none());
        Ok(found.ok_or_else(|| Refusal::new("passport.token_unknown", 422).with("field", "serial"))?)
    }

    async fn shown_to_be_in_hand(&self, tx: &mut Tx, person: PersonId, serial: &str, codes: &[&str]) -> Result<Token> {
        let now = self.inner.clock.now();
        let token = self.in_stock(tx, serial).await?;
        let seeds = self.seeds(tx, &token).await?;
        let codes: Vec<String> = codes.iter().map(|code| token::typed(code)).collect();
        let found = match (suite_of(&seeds), codes.as_slice()) {
            (Some(suite), [code, ..]) => {
                let span = now.as_ms().div_euclid(ADD_SPAN_MS);
                // Who began to type in the span before may finish.
                [span, span - 1].into_iter().find_map(|span| {
                    let question = token::question(suite, None, &self.add_draw(person, &token, span));
                    seeds.iter().find_map(|seed| Some((seed, seed.judge_question(&question, code, now)?)))
                })
            }
            (None, [first, second]) => seeds.iter().find_map(|seed| Some((seed, seed.resync(first, second, now)?))),
            _ => None,
        };
        let (seed, place) = found.ok_or_else(code_wrong)?;
        store::token::place(tx, token.id, kind_words(&seed.kind).0, place).await?;
        Ok(token)
    }

    async fn give_token(&self, tx: &mut Tx, person: PersonId, token: &Token) -> Result<()> {
        let now = self.inner.clock.now();
        if store::token::count(tx, person).await? >= TOKENS_MAX as i64 {
            return Err(Refusal::new("passport.tokens_too_many", 409).with("most", TOKENS_MAX as i64).into());
        }
        if !store::token::assign(tx, token.id, person, now).await? {
            return Err(Refusal::new("passport.token_unknown", 422).with("field", "serial").into());
        }
        let notice = Notice::new("token_added").with("tail", token.label()).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        Ok(())
    }

    async fn count_add(&self, person: PersonId) -> Result<()> {
        let mut tx = self.inner.db.begin_write(&["token/add"]).await?;
        let (subject, now) = (self.person_subject(person), self.inner.clock.now());
        self.take_rate(&mut tx, "token/add", &subject, ADDS_PER_PERSON, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the question is drawn from that is asked before a token is somebody's.
    fn add_draw(&self, person: PersonId, token: &Token, span: i64) -> [u8; 32] {
        let parts: [&[u8]; 4] = [b"token add", &person.0.to_le_bytes(), &token.id.0.to_le_bytes(), &span.to_le_bytes()];
        parts_hash(&self.inner.keys.codes, &parts)
    }

    /// The opened seeds of a token.
    async fn seeds(&self, tx: &mut Tx, token: &Token) -> Result<Vec<Seed>, Fault> {
        let sealed = store::token::seeds(tx, token.id).await?;
        sealed
            .into_iter()
            .map(|stored| {
                let broken = || Fault::new("a stored seed is not readable");
                let text = Zeroizing::new(self.inner.keys.unseal(&owner(&token.serial, &stored.kind), &stored.sealed)?);
                Ok(Seed {
                    kind: kind_of(&stored.kind, &stored.parameters).ok_or_else(broken)?,
                    secret: Zeroizing::new(credential::unhex_any(&text).ok_or_else(broken)?),
                    next: stored.next,
                    drift: stored.drift,
                })
            })
            .collect()
    }
}

/// What a sealed seed is bound to.
fn owner(serial: &str, kind: &str) -> Vec<u8> {
    format!("token {serial} {kind}").into_bytes()
}

fn suite_of(seeds: &[Seed]) -> Option<&credential::oath::OcraSuite> {
    seeds.iter().find_map(|seed| match &seed.kind {
        SeedKind::Ocra(suite) => Some(suite),
        _ => None,
    })
}

fn not_found() -> Refusal {
    Refusal::new("passport.token_not_found", 404)
}
