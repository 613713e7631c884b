//! Keys that sign a readable text (U盾): certified by the bank's own authority, asked and judged.

use crate::model::certificate::{CERTIFICATE_MS, KEYS_MAX, SigningKeyView, StoredKey, label};
use crate::model::challenge::{Asked, CHALLENGE_LIVES_MS, Subject};
use crate::model::channel::Channel;
use crate::model::event::EventKind;
use crate::model::factor::{Factor, FactorId, Holding};
use crate::model::session::{Acting, Session};
use crate::model::visitor::Visitor;
use crate::{Passport, PersonId, store};
use credential::hex;
use credential::signing::{
    Authority, PaymentText, PublicKey, RequestError, SignLanguage, SigningText, What, read_request, signature_of,
};
use db::Tx;
use kit::{Fault, Refusal, Result, Timestamp};
use notify::{Language, Notice};

impl Passport {
    /// A person's keys that are not revoked, the oldest first.
    pub async fn signing_keys(&self, session: &Session) -> Result<Vec<SigningKeyView>, Fault> {
        self.signing_keys_of(session.person).await
    }

    /// The keys of anybody, for staff who may look.
    pub async fn signing_keys_of(&self, person: PersonId) -> Result<Vec<SigningKeyView>, Fault> {
        let now = self.inner.clock.now();
        let keys = store::certificate::of_person(&self.inner.db, person).await?;
        keys.into_iter()
            .map(|key| {
                let public = public(&key)?;
                let fingerprint = hex(&blake3::hash(&key.public).as_bytes()[..8]);
                Ok(SigningKeyView {
                    id: key.id,
                    label: key.label,
                    algorithm: public.algorithm(),
                    fingerprint,
                    added: key.added,
                    expires: key.expires,
                    last_used: key.last_used,
                    is_over: now >= key.expires,
                })
            })
            .collect()
    }

    /// Certifies the key that a request for a certificate (PKCS #10 in PEM) names, for who proved themselves with something
    /// as strong, or was seen at the counter. Gives its number.
    ///
    /// Refuses with `passport.step_up_needed`, `passport.label_invalid`, `passport.request_unreadable`,
    /// `passport.request_algorithm`, `passport.request_signature`, `passport.signing_key_known`, `passport.signing_keys_too_many`.
    pub async fn add_signing_key(
        &self,
        visitor: &Visitor,
        session: &Session,
        name: &str,
        request: &str,
    ) -> Result<FactorId> {
        self.require_strong(session).await?;
        let label = label(name)?;
        let key = read_request(request).map_err(in_words)?;
        let public = key.to_der().ok_or_else(|| Fault::new("a key that was just read cannot be written"))?;
        let (now, id) = (self.inner.clock.now(), FactorId(self.inner.ids.next()));
        let expires = now.plus_ms(CERTIFICATE_MS);
        // 15 bytes: a serial number is positive and has at most 20.
        let serial = u128::from_be_bytes(self.inner.random.bytes()) >> 8 | 1;
        let holder = format!("tongbao-{}", session.person);
        let issued = self.authority()?.issue(&key, &holder, serial, now, expires)?;
        let stored = StoredKey { id, label, public, certificate: issued.der, added: now, expires, last_used: None };
        let mut tx = self.inner.db.begin_write(&[&format!("signing-keys/{}", session.person)]).await?;
        if store::certificate::count(&mut tx, session.person).await? >= KEYS_MAX {
            return Err(Refusal::new("passport.signing_keys_too_many", 409).with("most", KEYS_MAX).into());
        }
        self.take_strong(&mut tx, session).await?;
        if !store::certificate::insert(&mut tx, session.person, &stored).await? {
            return Err(Refusal::new("passport.signing_key_known", 409).with("field", "request").into());
        }
        let (kind, at) = (EventKind::FactorAdded, Some(session.id));
        self.note_event(&mut tx, session.person, kind, at, Some(visitor), Factor::SigningKey.code()).await?;
        let notice = Notice::new("signing_key_added").with("label", stored.label.clone()).link("/me/security");
        notify::tell_in(&mut tx, &self.inner.ids, now, session.person.0, &notice).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// One of one's own certificates and the authority's own, in PEM. Refuses with `passport.signing_key_not_found`, for another
    /// person's too.
    pub async fn certificate_chain(&self, session: &Session, id: FactorId) -> Result<String> {
        let keys = store::certificate::of_person(&self.inner.db, session.person).await?;
        let key = keys.into_iter().find(|key| key.id == id).ok_or_else(not_found)?;
        let own = credential::signing::certificate_pem(&key.certificate)?;
        Ok(format!("{own}{}", self.authority()?.certificate()?))
    }

    /// Revokes one of one's own keys for ever, which takes as much as adding one. Refuses with `passport.step_up_needed`,
    /// `passport.signing_key_not_found`, for another person's too.
    pub async fn revoke_signing_key(&self, visitor: &Visitor, session: &Session, id: FactorId) -> Result<()> {
        if !self.signing_keys_of(session.person).await?.iter().any(|key| key.id == id) {
            return Err(not_found().into());
        }
        self.require_strong(session).await?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        self.take_strong(&mut tx, session).await?;
        self.revoke_key(&mut tx, session.person, id).await?;
        let (kind, at) = (EventKind::FactorRemoved, Some(session.id));
        self.note_event(&mut tx, session.person, kind, at, Some(visitor), Factor::SigningKey.code()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn revoke_key(&self, tx: &mut Tx, person: PersonId, id: FactorId) -> Result<()> {
        let now = self.inner.clock.now();
        let key = store::certificate::of(tx, person, id).await?.ok_or_else(not_found)?;
        store::certificate::revoke(tx, person, id, now).await?;
        let notice = Notice::new("signing_key_revoked").with("label", key.label).link("/me/security");
        notify::tell_in(tx, &self.inner.ids, now, person.0, &notice).await?;
        Ok(())
    }

    /// The keys that can sign now.
    pub(crate) async fn certificate_holdings(&self, person: PersonId) -> Result<Vec<Holding>, Fault> {
        let keys = self.signing_keys_of(person).await?;
        Ok(keys
            .into_iter()
            .filter(|key| !key.is_over)
            .map(|key| Holding {
                id: key.id,
                factor: Factor::SigningKey,
                label: key.label,
                added: key.added,
                last_used: key.last_used,
            })
            .collect())
    }

    /// Writes the text that is to be signed for this subject. The text is also what is remembered.
    pub(crate) async fn certificate_begin(
        &self,
        acting: &Acting,
        channel: Channel,
        subject: &Subject,
        binding: &[u8; 32],
    ) -> Result<(Asked, String)> {
        let person = self.person(acting.person).await?.ok_or_else(|| Fault::new("a signed-in person is gone"))?;
        let what = match subject {
            Subject::Security => What::Security,
            Subject::Payment(payment) => What::Payment(PaymentText {
                amount: payment.amount.grouped(),
                currency: payment.amount.currency.code().to_owned(),
                payee: payment.payee_shown.clone(),
                payee_account: ending(&payment.payee_tail),
                tail: payment.account_tail.clone(),
                draft: payment.draft.to_string(),
                when: payment.later.map(|later| later.words(Language::of(&person.language)).trim().to_owned()),
            }),
        };
        let text = SigningText {
            language: if person.language == "en" { SignLanguage::En } else { SignLanguage::Zh },
            what,
            channel: channel.code().to_owned(),
            until: self.shown_time(self.inner.clock.now().plus_ms(CHALLENGE_LIVES_MS)),
            nonce: self.inner.random.bytes(),
            binding: *binding,
        };
        // A name with letters that nobody sees cannot be agreed to by reading it.
        if !text.is_writable() {
            return Err(Refusal::new("passport.payee_unreadable", 409).into());
        }
        let text = text.text();
        Ok((Asked::Sign { text: text.clone() }, text))
    }

    /// Whether this is the key's signature over the text. Remembers its use.
    pub(crate) async fn certificate_check(
        &self,
        tx: &mut Tx,
        acting: &Acting,
        id: FactorId,
        text: &str,
        answer: &str,
    ) -> Result<bool> {
        let now = self.inner.clock.now();
        let key = store::certificate::of(tx, acting.person, id).await?.ok_or_else(not_found)?;
        if now >= key.expires {
            return Err(Refusal::new("passport.certificate_over", 409).into());
        }
        let Some(signature) = signature_of(answer) else { return Ok(false) };
        if !public(&key)?.verify(text.as_bytes(), &signature) {
            return Ok(false);
        }
        store::certificate::used(tx, id, now).await?;
        Ok(true)
    }

    fn authority(&self) -> Result<Authority, Fault> {
        Authority::try_new(&self.inner.keys.authority)
    }

    /// `2026-11-22 13:45:00 +08:00`, in the bank's zone.
    fn shown_time(&self, time: Timestamp) -> String {
        let text = self.inner.calendar.rfc3339(time);
        let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
        let clock = rest.get(..8).unwrap_or_default();
        let offset = rest.find(['+', '-', 'Z']).and_then(|at| rest.get(at..)).unwrap_or_default();
        format!("{day} {clock} {offset}")
    }
}

/// The payee's account as the payer saw it: never whole, and never empty.
fn ending(tail: &str) -> String {
    if tail.is_empty() { "-".to_owned() } else { format!("…{tail}") }
}

fn public(key: &StoredKey) -> Result<PublicKey, Fault> {
    PublicKey::from_der(&key.public).ok_or_else(|| Fault::new("a stored public key is not readable"))
}

fn in_words(error: RequestError) -> Refusal {
    match error {
        RequestError::Unreadable => Refusal::new("passport.request_unreadable", 422),
        RequestError::Algorithm => Refusal::new("passport.request_algorithm", 422),
        RequestError::Signature => Refusal::new("passport.request_signature", 422),
    }
    .with("field", "request")
}

fn not_found() -> Refusal {
    Refusal::new("passport.signing_key_not_found", 404)
}
