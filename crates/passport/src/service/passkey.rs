//! Passkeys and security keys: adding, using and removing them, and signing in by a passkey.
//!
//! A question whose answer is judged outside a challenge (a new key, signing in) is sealed under the bank's keys and
//! travels in the form: nothing is written for whoever only looks at a page. An answer is taken once.

use super::session::{SignedIn, name_hash};
use crate::model::challenge::{Asked, Subject};
use crate::model::event::EventKind;
use crate::model::factor::{Factor, FactorId, Holding, Tier};
use crate::model::passkey::{KEYS_MAX, KeyQuestion, KeyView, QUESTION_LIVES_MS, StoredKey, factor, label, refusal};
use crate::model::session::{Acting, Session, SessionKind};
use crate::model::visitor::Visitor;
use crate::{Passport, PersonId, store};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::webauthn::{KeyKind, KeyOwner, RelyingParty, WrongKey};
use db::Tx;
use kit::{Error, Fault, Refusal, Result, Timestamp};
use notify::Notice;

/// Longest sealed question that is looked at, in characters.
const SEALED_MAX: usize = 16 * 1024;
/// Who signs in by a passkey has not said who they are: tries from one address count together.
const NOBODY: &str = "passkey";

impl Passport {
    /// Whether browsers know passkeys and security keys at the address where people reach the bank.
    pub fn keys_possible(&self) -> bool {
        self.inner.rules.relying_party.is_some()
    }

    /// A person's own passkeys and security keys, the oldest first.
    pub async fn keys(&self, session: &Session) -> Result<Vec<KeyView>, Fault> {
        self.keys_of(session.person).await
    }

    /// The same of anybody, for staff who may look.
    pub async fn keys_of(&self, person: PersonId) -> Result<Vec<KeyView>, Fault> {
        let keys = store::passkey::of_person(&self.inner.db, person).await?;
        Ok(keys.iter().map(StoredKey::view).collect())
    }

    /// Asks for a new key. A passkey needs a window of tier 1, a security key one of tier 2 or a permit of staff.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.keys_unavailable`, `passport.keys_too_many`.
    pub async fn ask_new_key(&self, session: &Session, kind: KeyKind) -> Result<KeyQuestion> {
        self.may_add(session, kind).await?;
        let keys = store::passkey::of_person(&self.inner.db, session.person).await?;
        if keys.iter().filter(|key| key.kind == kind).count() >= KEYS_MAX {
            return Err(Refusal::new("passport.keys_too_many", 409).with("most", KEYS_MAX as i64).into());
        }
        let existing: Vec<String> = keys.into_iter().map(|key| key.record).collect();
        let name = session.mobile.masked();
        let masked = session.name.masked();
        let shown = if masked.is_empty() { name.as_str() } else { masked.as_str() };
        let owner = KeyOwner { handle: self.handle(session.person), name: &name, shown };
        let asked = self.relying_party()?.ask_new(kind, &owner, &existing)?;
        let sealed = self.seal_question(&new_key_owner(session, kind), &asked.state)?;
        Ok(KeyQuestion { options: asked.options, sealed })
    }

    /// Takes a new key. The person is told in the inbox, and their other devices see it there.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.label_invalid`, `passport.question_expired`,
    /// `passport.key_refused`, `passport.key_unrecognised` (it did not check whose it is), `passport.key_known`.
    pub async fn add_key(
        &self,
        session: &Session,
        kind: KeyKind,
        sealed: &str,
        answer: &str,
        typed: &str,
    ) -> Result<FactorId> {
        self.may_add(session, kind).await?;
        let label = label(typed)?;
        let (state, until) = self.open_question(&new_key_owner(session, kind), sealed)?;
        let made = self.relying_party()?.take_new(kind, &state, answer).map_err(in_words)?;
        // What lies on a key ring is worth what its own code is worth.
        if !made.recognised_owner {
            return Err(in_words(WrongKey::OwnerUnknown));
        }
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("keys/{}", session.person)]).await?;
        self.spend_question(&mut tx, sealed, until).await?;
        if kind == KeyKind::SecurityKey {
            self.take_strong(&mut tx, session).await?;
        }
        let new = StoredKey {
            id: FactorId(self.inner.ids.next()),
            person: session.person,
            kind,
            record: made.record,
            label: label.clone(),
            added: now,
            last_used: None,
            may_be_copied: made.may_be_copied,
        };
        if !store::passkey::insert(&mut tx, &new, &made.id).await? {
            return Err(refusal("passport.key_known", 409).into());
        }
        self.tell_factor(&mut tx, session, EventKind::FactorAdded, factor(kind), &label).await?;
        tx.commit().await?;
        Ok(new.id)
    }

    /// Gives one of one's own keys another name. Refuses with `passport.key_not_found`, `passport.label_invalid`.
    pub async fn rename_key(&self, session: &Session, id: FactorId, typed: &str) -> Result<()> {
        let label = label(typed)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if !store::passkey::rename(&mut tx, id, session.person, &label).await? {
            return Err(key_not_found().into());
        }
        tx.commit().await?;
        Ok(())
    }

    /// Removes one of one's own keys: it proves nothing any more. It takes as much as adding one. Refuses with
    /// `passport.step_up_needed`, `passport.key_not_found`.
    pub async fn remove_key(&self, session: &Session, id: FactorId) -> Result<()> {
        let key = store::passkey::one(&self.inner.db, id, session.person).await?.ok_or_else(key_not_found)?;
        self.may_add(session, key.kind).await?;
        let mut tx = self.inner.db.begin_write(&[&format!("keys/{}", session.person)]).await?;
        let found = store::passkey::find(&mut tx, id, session.person).await?.ok_or_else(key_not_found)?;
        if found.kind == KeyKind::SecurityKey {
            self.take_strong(&mut tx, session).await?;
        }
        store::passkey::delete(&mut tx, id, session.person).await?;
        self.tell_factor(&mut tx, session, EventKind::FactorRemoved, factor(found.kind), &found.label).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What whoever is at the sign-in page may answer with a passkey; none where browsers know no passkeys.
    pub fn ask_sign_in(&self) -> Result<Option<KeyQuestion>, Fault> {
        let Some(party) = &self.inner.rules.relying_party else { return Ok(None) };
        let asked = party.ask_anybody()?;
        let sealed = self.seal_question(SIGN_IN, &asked.state)?;
        Ok(Some(KeyQuestion { options: asked.options, sealed }))
    }

    /// Opens a session for the owner of a passkey.
    ///
    /// Refuses with `passport.passkey_refused`, whatever is wrong with it, `passport.question_expired`,
    /// `passport.try_later`, `passport.keys_unavailable`.
    pub async fn sign_in_by_passkey(&self, visitor: &Visitor, sealed: &str, answer: &str) -> Result<SignedIn> {
        let party = self.relying_party()?;
        let (state, until) = self.open_question(SIGN_IN, sealed)?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&["sign-in/passkey"]).await?;
        let rules = &self.inner.rules;
        if let Some(address) = visitor.counted_address() {
            let address = self.inner.keys.lookup("address", &address);
            self.take_rate(&mut tx, "sign-in/address", &address, rules.sign_ins_per_address, now).await?;
        }
        self.take_rate(&mut tx, "sign-in/bank", &name_hash(NOBODY), rules.sign_ins, now).await?;
        tx.commit().await?;

        let wrong = || refusal("passport.passkey_refused", 401);
        let claimed = party.claimed(answer).map_err(|_| wrong())?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let found = store::passkey::by_key_id(&mut tx, &claimed.id).await?;
        let key = found.filter(|key| key.kind == KeyKind::Passkey).ok_or_else(wrong)?;
        if self.handle(key.person) != claimed.handle {
            return Err(wrong().into());
        }
        let answered = match party.check_anybody(&state, &key.record, answer) {
            Ok(answered) => answered,
            Err(WrongKey::Fault(fault)) => return Err(fault.into()),
            Err(why) => {
                log_refused(&why);
                let (kind, detail) = (EventKind::SignInFailed, Factor::Passkey.code());
                self.note_event(&mut tx, key.person, kind, None, Some(visitor), detail).await?;
                tx.commit().await?;
                return Err(wrong().into());
            }
        };
        self.spend_question(&mut tx, sealed, until).await?;
        store::passkey::used(&mut tx, key.id, &answered.record, now).await?;
        tx.commit().await?;
        let person = self.person(key.person).await?.ok_or_else(wrong)?;
        self.open_session(visitor, &person.mobile, person.id, person.customer, SessionKind::Web).await
    }

    /// What a person can prove themselves with by WebAuthn. A passkey is offered in a bound device alone.
    pub(crate) async fn passkey_holdings(&self, acting: &Acting) -> Result<Vec<Holding>> {
        if !self.keys_possible() {
            return Ok(Vec::new());
        }
        let keys = store::passkey::of_person(&self.inner.db, acting.person).await?;
        let is_bound = self.bound_device(acting).await?.is_some();
        let offered = keys.into_iter().filter(|key| is_bound || key.kind != KeyKind::Passkey);
        Ok(offered
            .map(|key| Holding {
                id: key.id,
                factor: factor(key.kind),
                label: key.label,
                added: key.added,
                last_used: key.last_used,
            })
            .collect())
    }

    /// Asks one key for an answer. Its random challenge stands in the row of the challenge whose binding is this subject's:
    /// an answer proves nothing else.
    pub(crate) async fn passkey_begin(
        &self,
        acting: &Acting,
        id: FactorId,
        _: &Subject,
        _: &[u8; 32],
    ) -> Result<(Asked, String)> {
        let key = store::passkey::one(&self.inner.db, id, acting.person).await?.ok_or_else(key_not_found)?;
        self.may_use(acting, key.kind).await?;
        let asked = self.relying_party()?.ask(key.kind, std::slice::from_ref(&key.record))?;
        Ok((Asked::WebAuthn { options: asked.options }, asked.state))
    }

    /// Judges the answer.
    pub(crate) async fn passkey_check(
        &self,
        tx: &mut Tx,
        acting: &Acting,
        id: FactorId,
        _: &Subject,
        state: &str,
        answer: &str,
    ) -> Result<bool> {
        let key = store::passkey::find(tx, id, acting.person).await?.ok_or_else(key_not_found)?;
        self.may_use(acting, key.kind).await?;
        match self.relying_party()?.check(key.kind, state, &key.record, answer) {
            Ok(answered) if answered.recognised_owner => {
                store::passkey::used(tx, key.id, &answered.record, self.inner.clock.now()).await?;
                Ok(true)
            }
            Ok(_) | Err(WrongKey::OwnerUnknown) => Err(in_words(WrongKey::OwnerUnknown)),
            Err(WrongKey::Fault(fault)) => Err(fault.into()),
            Err(why) => {
                log_refused(&why);
                Ok(false)
            }
        }
    }

    /// A passkey proves something in a bound device alone. Refuses with `passport.device_not_bound`.
    async fn may_use(&self, acting: &Acting, kind: KeyKind) -> Result<()> {
        if kind == KeyKind::Passkey && self.bound_device(acting).await?.is_none() {
            return Err(Refusal::new("passport.device_not_bound", 403).into());
        }
        Ok(())
    }

    async fn may_add(&self, session: &Session, kind: KeyKind) -> Result<()> {
        match kind {
            KeyKind::Passkey => self.require_window(session, Tier::One).await,
            KeyKind::SecurityKey => self.require_strong(session).await,
        }
    }

    fn relying_party(&self) -> Result<&RelyingParty> {
        let party = self.inner.rules.relying_party.as_ref();
        Ok(party.ok_or_else(|| Refusal::new("passport.keys_unavailable", 409))?)
    }

    /// By what authenticators know a person: it tells nothing to whoever reads it there.
    fn handle(&self, person: PersonId) -> [u8; 16] {
        let hash = self.inner.keys.lookup("authenticator", &person.to_string());
        let mut handle = [0; 16];
        handle.copy_from_slice(&hash[..16]);
        handle
    }

    /// Writes down and tells that a factor came or went.
    pub(crate) async fn tell_factor(
        &self,
        tx: &mut Tx,
        session: &Session,
        kind: EventKind,
        factor: Factor,
        label: &str,
    ) -> Result<(), Fault> {
        self.note_event(tx, session.person, kind, Some(session.id), None, factor.code()).await?;
        let notice = Notice::new(kind.code()).with("factor", factor.code()).with("label", label).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, self.inner.clock.now(), session.person.0, &notice).await.map(|_| ())
    }

    /// Seals what must be remembered of a question, for a form to carry.
    pub(crate) fn seal_question(&self, owner: &str, state: &str) -> Result<String, Fault> {
        let until = self.inner.clock.now().plus_ms(QUESTION_LIVES_MS);
        let text = format!("{}\n{state}", until.as_ms());
        let sealed = self.inner.keys.seal(&self.inner.random, format!("question {owner}").as_bytes(), &text)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed for this owner, and until when it is good. Refuses with `passport.question_expired`, also what the
    /// bank never sealed for it.
    pub(crate) fn open_question(&self, owner: &str, sealed: &str) -> Result<(String, Timestamp)> {
        let expired = || refusal("passport.question_expired", 422);
        let bytes = Some(sealed).filter(|sealed| sealed.len() <= SEALED_MAX);
        let bytes = bytes.and_then(|sealed| URL_SAFE_NO_PAD.decode(sealed).ok()).ok_or_else(expired)?;
        let opened = self.inner.keys.unseal(format!("question {owner}").as_bytes(), &bytes);
        let text = opened.map_err(|_| expired())?;
        let (until, state) = text.split_once('\n').ok_or_else(expired)?;
        let until = Timestamp(until.parse().map_err(|_| expired())?);
        if self.inner.clock.now() >= until {
            return Err(expired().into());
        }
        Ok((state.to_owned(), until))
    }

    /// An answer to a sealed question is taken once. Refuses with `passport.question_expired`.
    pub(crate) async fn spend_question(&self, tx: &mut Tx, sealed: &str, until: Timestamp) -> Result<()> {
        let hash = *blake3::hash(sealed.as_bytes()).as_bytes();
        if store::passkey::spend(tx, &hash, until).await? {
            return Ok(());
        }
        Err(refusal("passport.question_expired", 422).into())
    }
}

/// For whom the question at the sign-in page is sealed.
const SIGN_IN: &str = "sign-in";

fn new_key_owner(session: &Session, kind: KeyKind) -> String {
    format!("new {} {}", factor(kind).code(), session.id)
}

fn in_words(why: WrongKey) -> Error {
    match why {
        WrongKey::Fault(fault) => fault.into(),
        WrongKey::OwnerUnknown => refusal("passport.key_unrecognised", 422).into(),
        WrongKey::Unreadable | WrongKey::CounterBack | WrongKey::Refused(_) => {
            log_refused(&why);
            refusal("passport.key_refused", 422).into()
        }
    }
}

/// Which check failed, for those who run the bank; nothing about the person.
fn log_refused(why: &WrongKey) {
    tracing::info!(?why, "the answer of a key was not taken");
}

pub(crate) fn key_not_found() -> Refusal {
    Refusal::new("passport.key_not_found", 404)
}
