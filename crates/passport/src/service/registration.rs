//! A stranger becomes a visitor; somebody who forgot the password sets another.
//!
//! Nothing here tells whether a number is registered: the same work is done, the same texts are counted, and only the
//! owner of the phone reads which of two texts it was.

use super::code::{Ask, UNBOUND};
use super::customer::check_language;
use super::step_up::hours;
use crate::model::code::{CodeSent, Purpose, refusal};
use crate::model::customer::{Person, Registration, Reset};
use crate::model::event::EventKind;
use crate::model::session::SessionKind;
use crate::model::visitor::Visitor;
use crate::model::{mobile::Mobile, name::Name};
use crate::service::session::SignedIn;
use crate::{CustomerId, Passport, PersonId, store};
use kit::{Error, Fault, Refusal, Result, Timestamp};
use notify::{Language, Notice, Text};

impl Passport {
    /// Sends a code to a number that wants to register. If it is registered, the text says so instead.
    ///
    /// Refuses with `passport.mobile_invalid`, `passport.language_unknown`, `passport.code_too_soon`,
    /// `passport.codes_too_many`, `notify.gateway_unavailable`.
    pub async fn start_registration(&self, visitor: &Visitor, mobile: &str, language: &str) -> Result<CodeSent> {
        check_language(language)?;
        let mobile = Mobile::parse(mobile)?;
        let known = self.person_by_mobile(&mobile).await?;
        let ask = Ask {
            purpose: Purpose::Register,
            subject: self.mobile_subject(&mobile),
            binding: UNBOUND,
            more: "",
            to: &mobile,
            language: Language::of(language),
            decoy: known.map(|_| Text::AlreadyRegistered),
        };
        self.send_code(visitor, ask, |code| Text::RegisterCode { code }).await
    }

    /// Makes a visitor of who has the code, and signs them in.
    ///
    /// Refuses with `passport.mobile_invalid`, `passport.language_unknown`, `passport.password_too_short`, `_too_long`,
    /// `_common`, `_breached`, and as codes do. Of these only the code's refusals spend a try.
    pub async fn finish_registration(
        &self,
        visitor: &Visitor,
        registration: Registration,
        kind: SessionKind,
    ) -> Result<SignedIn> {
        check_language(&registration.language)?;
        let mobile = Mobile::parse(&registration.mobile)?;
        self.check_new_password(&registration.password, mobile.e164()).await?;
        self.check_code(Purpose::Register, &self.mobile_subject(&mobile), &UNBOUND, &registration.code).await?;
        let person = Person {
            id: PersonId(self.inner.ids.next()),
            customer: CustomerId(self.inner.ids.next()),
            mobile: mobile.clone(),
            name: Name::unknown(),
            language: registration.language,
            verified: None,
        };
        match self.enrol(&person, registration.password).await {
            // Somebody was faster with the same number; they had the phone too.
            Err(Error::Refusal(taken)) if taken.code == "passport.mobile_taken" => {
                return Err(refusal("passport.code_spent").into());
            }
            other => other?,
        }
        self.inner.notify.tell(person.id.0, &Notice::new("welcome").key("welcome")).await?;
        self.open_session(visitor, &mobile, person.id, person.customer, kind).await
    }

    /// Sends a code to a number whose owner forgot the password. If it is not registered, the text says so instead.
    ///
    /// Refuses as [`start_registration`](Self::start_registration) does.
    pub async fn start_reset(&self, visitor: &Visitor, mobile: &str, language: &str) -> Result<CodeSent> {
        check_language(language)?;
        let mobile = Mobile::parse(mobile)?;
        let known = self.person_by_mobile(&mobile).await?;
        let ask = Ask {
            purpose: Purpose::ResetPassword,
            subject: self.mobile_subject(&mobile),
            binding: UNBOUND,
            more: "",
            to: &mobile,
            language: Language::of(language),
            decoy: if known.is_none() { Some(Text::NotRegistered) } else { None },
        };
        self.send_code(visitor, ask, |code| Text::ResetCode { code }).await
    }

    /// Sets a new password for who has the code, and ends all sessions. A number that somebody else got hold of must not open
    /// what stronger things protect: who holds one sets a password with it ([`set_password`](Self::set_password)) or at the
    /// counter. For everybody else texts prove nothing for some hours, and the owner is told; a password that staff took
    /// away after they saw who it is is set without that.
    ///
    /// Refuses as [`finish_registration`](Self::finish_registration) does, and with `passport.reset_needs_more`.
    pub async fn finish_reset(&self, reset: Reset) -> Result<()> {
        let mobile = Mobile::parse(&reset.mobile)?;
        self.check_new_password(&reset.password, mobile.e164()).await?;
        self.check_code(Purpose::ResetPassword, &self.mobile_subject(&mobile), &UNBOUND, &reset.code).await?;
        // The number may have gone to nobody since the code was sent.
        let person = self.person_by_mobile(&mobile).await?.ok_or_else(|| refusal("passport.code_spent"))?;
        if store::credential::of_person(&self.inner.db, person.id).await?.is_none() {
            return self.put_password(&person, reset.password, None, None).await;
        }
        if self.holds_anything(person.id).await? {
            return Err(Refusal::new("passport.reset_needs_more", 403).into());
        }
        let rest = self.inner.clock.now().plus_ms(self.inner.rules.texts_rest_ms);
        self.put_password(&person, reset.password, None, Some(rest)).await
    }

    /// Whether a person holds anything beside texts to their number.
    async fn holds_anything(&self, person: PersonId) -> Result<bool, Fault> {
        Ok(!self.keys_of(person).await?.is_empty()
            || !self.tokens_of(person).await?.is_empty()
            || self.signing_keys_of(person).await?.iter().any(|key| !key.is_over))
    }

    /// Sets a password, ends all sessions but one, and tells the person in the inbox and by text. `texts_rest`: until when texts
    /// prove nothing.
    pub(crate) async fn put_password(
        &self,
        person: &Person,
        password: String,
        kept: Option<crate::SessionId>,
        texts_rest: Option<Timestamp>,
    ) -> Result<()> {
        let hash = self.inner.hasher.hash(password).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::credential::put(&mut tx, person.id, &hash, now).await?;
        store::credential::clear_tries(&mut tx, &super::session::name_hash(person.mobile.e164())).await?;
        store::session::end_others(&mut tx, &self.inner.living, person.id, kept, now).await?;
        notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &Notice::new("password_changed")).await?;
        if let Some(until) = texts_rest.filter(|until| now < *until) {
            store::credential::rest_texts(&mut tx, person.id, until).await?;
            let notice = Notice::new("texts_rest").with("hours", hours(now, until)).link("/me/security");
            notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &notice).await?;
        }
        self.note_event(&mut tx, person.id, EventKind::PasswordChanged, kept, None, "").await?;
        tx.commit().await?;
        self.text_kindly(person, &Text::PasswordChanged).await;
        Ok(())
    }

    /// Sends a text that tells of what is done already; that it does not arrive undoes nothing.
    pub(crate) async fn text_kindly(&self, person: &Person, text: &Text) {
        // The gateway has logged why.
        let _ = self.inner.notify.text(person.mobile.e164(), text, Language::of(&person.language)).await;
    }
}
