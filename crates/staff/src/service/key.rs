//! Passkeys of members: added after a token's code, used in its place at sign-in, named, removed.

use super::session::of_name;
use super::token::{lock, over};
use crate::model::key::{KEYS_MAX, KeyPurpose, QUESTION_LIVES_MS, StaffKey, StoredKey, TOKEN_PROOF_MS, label};
use crate::model::session::{SignInStep, StaffSession, StaffVisitor};
use crate::service::session::StaffSignedIn;
use crate::{Staff, StaffId, StaffKeyId, store};
use credential::webauthn::{KeyKind, KeyOwner, RelyingParty, WrongKey};
use kit::{Error, Fault, Refusal, Result};

const ADD: &str = "staff.passkey_add";
const RENAME: &str = "staff.passkey_rename";
const REMOVE: &str = "staff.passkey_remove";
const PROVE: &str = "staff.passkey_prove";

impl Staff {
    /// Whether browsers know passkeys at the address where staff reach the bank.
    pub fn keys_possible(&self) -> bool {
        self.inner.rules.relying_party.is_some()
    }

    /// The member's own passkeys, the oldest first.
    pub async fn keys(&self, session: &StaffSession) -> Result<Vec<StaffKey>> {
        session.check_whole()?;
        let keys = store::key::of_member(&self.inner.db, session.member.id).await?;
        Ok(keys.into_iter().map(|stored| stored.key).collect())
    }

    /// Whether a token's code was given in this session within the last ten minutes.
    pub fn has_token_proof(&self, session: &StaffSession) -> bool {
        let since = self.inner.clock.now().plus_ms(-TOKEN_PROOF_MS);
        session.token_proven.is_some_and(|proven| proven > since)
    }

    /// Proves a whole session once more by a token's code, so that a passkey may be added. Refuses with `staff.code_invalid`,
    /// `staff.code_wrong`, `staff.try_later`, `staff.sign_in_incomplete`.
    pub async fn prove_token(&self, session: &StaffSession, code: &str) -> Result<()> {
        session.check_whole()?;
        let (code, tried) = self.take_code_try(session, code).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&lock(session.member.id)]).await?;
        if !self.spend_code(&mut tx, session.member.id, &code).await? {
            return self.wrong(tx, session, PROVE).await;
        }
        store::member::clear_tries(&mut tx, &tried).await?;
        store::session::prove_token(&mut tx, session.id, now).await?;
        self.record_in(&mut tx, Some(session), PROVE, "", "", "done").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks for a new passkey: JSON for `navigator.credentials.create`. Refuses with `staff.token_first`, `staff.keys_unavailable`,
    /// `staff.keys_too_many`, `staff.sign_in_incomplete`.
    pub async fn ask_new_key(&self, session: &StaffSession) -> Result<String> {
        self.may_add(session)?;
        let member = &session.member;
        let keys = store::key::of_member(&self.inner.db, member.id).await?;
        if keys.len() >= KEYS_MAX {
            return Err(too_many());
        }
        let existing: Vec<String> = keys.into_iter().map(|key| key.record).collect();
        let owner = KeyOwner { handle: self.handle(member.id), name: &member.number, shown: &member.name };
        let asked = self.relying_party()?.ask_new(KeyKind::Passkey, &owner, &existing)?;
        self.remember(session, KeyPurpose::Add, &asked.state).await?;
        Ok(asked.options)
    }

    /// Takes a new passkey.
    ///
    /// Refuses as [`ask_new_key`](Self::ask_new_key) does, and with `staff.label_invalid`, `staff.question_expired`,
    /// `staff.key_refused` (also if it did not check whose it is), `staff.key_known`.
    pub async fn add_key(&self, session: &StaffSession, answer: &str, typed: &str) -> Result<StaffKeyId> {
        self.may_add(session)?;
        let (label, party) = (label(typed)?, self.relying_party()?);
        let (member, now) = (session.member.id, self.inner.clock.now());
        let mut tx = self.inner.db.begin_write(&[&lock(member)]).await?;
        let state = store::key::take_question(&mut tx, session.id, KeyPurpose::Add, now).await?.ok_or_else(expired)?;
        let made = party.take_new(KeyKind::Passkey, &state, answer).map_err(in_words)?;
        if store::key::of_member_in(&mut tx, member).await?.len() >= KEYS_MAX {
            return Err(too_many());
        }
        let id = StaffKeyId(self.inner.ids.next());
        let new = StoredKey { key: StaffKey { id, label, added: now, last_used: None }, member, record: made.record };
        if !store::key::insert(&mut tx, &new, &made.id).await? {
            return Err(answer_refused("staff.key_known", 409));
        }
        self.record_in(&mut tx, Some(session), ADD, "", &format!("passkey:{id}"), "done").await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives one of one's own passkeys another name. Refuses with `staff.key_not_found`, `staff.label_invalid`,
    /// `staff.sign_in_incomplete`.
    pub async fn rename_key(&self, session: &StaffSession, id: StaffKeyId, typed: &str) -> Result<()> {
        session.check_whole()?;
        let label = label(typed)?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        if !store::key::rename(&mut tx, id, session.member.id, &label).await? {
            return Err(not_found());
        }
        self.record_in(&mut tx, Some(session), RENAME, "", &format!("passkey:{id}"), "done").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes one of one's own passkeys; it signs in no more. Refuses with `staff.key_not_found`, `staff.last_way_in`,
    /// `staff.sign_in_incomplete`.
    pub async fn remove_key(&self, session: &StaffSession, id: StaffKeyId) -> Result<()> {
        session.check_whole()?;
        let member = session.member.id;
        let mut tx = self.inner.db.begin_write(&[&lock(member)]).await?;
        if !store::key::of_member_in(&mut tx, member).await?.iter().any(|stored| stored.key.id == id) {
            return Err(not_found());
        }
        if !store::key::delete(&mut tx, id, member).await? {
            return Err(Refusal::new("staff.last_way_in", 409).into());
        }
        self.record_in(&mut tx, Some(session), REMOVE, "", &format!("passkey:{id}"), "done").await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a sign-in that waits for its second step may answer with a passkey, as JSON for `navigator.credentials.get`; none
    /// if the member has no passkey. Refuses with `staff.second_step_over`.
    pub async fn ask_key(&self, session: &StaffSession) -> Result<Option<String>> {
        if session.missing() != Some(SignInStep::Code) {
            return Err(over());
        }
        let Some(party) = &self.inner.rules.relying_party else { return Ok(None) };
        let keys = store::key::of_member(&self.inner.db, session.member.id).await?;
        if keys.is_empty() {
            return Ok(None);
        }
        let records: Vec<String> = keys.into_iter().map(|key| key.record).collect();
        let asked = party.ask(KeyKind::Passkey, &records)?;
        self.remember(session, KeyPurpose::Prove, &asked.state).await?;
        Ok(Some(asked.options))
    }

    /// The second step of a sign-in by a passkey that recognised its owner. It counts against the same tries as a token's code.
    ///
    /// Refuses with `staff.key_refused`, `staff.question_expired`, `staff.keys_unavailable`, `staff.try_later`,
    /// `staff.second_step_over`.
    pub async fn prove_by_key(
        &self,
        visitor: &StaffVisitor,
        session: &StaffSession,
        answer: &str,
    ) -> Result<StaffSignedIn> {
        if session.missing() != Some(SignInStep::Code) {
            return Err(over());
        }
        let (party, member, now) = (self.relying_party()?, session.member.id, self.inner.clock.now());
        let tried = of_name(&format!("second step of {member}"));
        self.take_try(&[tried], now).await?;
        let mut tx = self.inner.db.begin_write(&[&lock(member)]).await?;
        let state = store::key::take_question(&mut tx, session.id, KeyPurpose::Prove, now).await?;
        let state = state.ok_or_else(expired)?;
        let found = match RelyingParty::key_of(answer) {
            Ok(named) => store::key::by_key_id(&mut tx, &named, member).await?,
            Err(_) => None,
        };
        if let Some(key) = found {
            match party.check(KeyKind::Passkey, &state, &key.record, answer) {
                Ok(answered) => {
                    store::key::used(&mut tx, key.key.id, &answered.record, now).await?;
                    return self.go_on_by_key(tx, &tried, visitor, session).await;
                }
                Err(WrongKey::Fault(fault)) => return Err(fault.into()),
                Err(why) => tracing::info!(?why, "the answer of a member's passkey was not taken"),
            }
        }
        // The question is spent by a wrong answer too.
        self.record_in(&mut tx, Some(session), super::token::SECOND_STEP, "", "passkey", "staff.key_refused").await?;
        tx.commit().await?;
        Err(answer_refused("staff.key_refused", 422))
    }

    async fn remember(&self, session: &StaffSession, purpose: KeyPurpose, state: &str) -> Result<(), Fault> {
        let until = self.inner.clock.now().plus_ms(QUESTION_LIVES_MS);
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::key::ask(&mut tx, session.id, purpose, state, until).await?;
        tx.commit().await
    }

    fn may_add(&self, session: &StaffSession) -> Result<()> {
        session.check_whole()?;
        self.relying_party()?;
        if self.has_token_proof(session) { Ok(()) } else { Err(Refusal::new("staff.token_first", 403).into()) }
    }

    fn relying_party(&self) -> Result<&RelyingParty> {
        let party = self.inner.rules.relying_party.as_ref();
        Ok(party.ok_or_else(|| Refusal::new("staff.keys_unavailable", 409))?)
    }

    /// By what authenticators know a member: it tells nothing to whoever reads it there.
    fn handle(&self, member: StaffId) -> [u8; 16] {
        let hash = blake3::keyed_hash(&self.inner.seal_key, format!("staff authenticator {member}").as_bytes());
        let mut handle = [0; 16];
        handle.copy_from_slice(&hash.as_bytes()[..16]);
        handle
    }
}

/// About the field with the key's answer.
fn answer_refused(code: &'static str, status: u16) -> Error {
    Refusal::new(code, status).with("field", "answer").into()
}

fn expired() -> Error {
    answer_refused("staff.question_expired", 422)
}

fn too_many() -> Error {
    Refusal::new("staff.keys_too_many", 409).with("most", KEYS_MAX as i64).into()
}

fn not_found() -> Error {
    Refusal::new("staff.key_not_found", 404).into()
}

fn in_words(why: WrongKey) -> Error {
    match why {
        WrongKey::Fault(fault) => fault.into(),
        why => {
            tracing::info!(?why, "a member's new passkey was not taken");
            answer_refused("staff.key_refused", 422)
        }
    }
}
