//! What people change about themselves: password, number, facts for the bank, and the end of the relationship.

use super::code::{Ask, UNBOUND, in_field};
use crate::model::code::{CodeSent, Purpose};
use crate::model::customer::{MandateView, Person};
use crate::model::event::EventKind;
use crate::model::factor::Tier;
use crate::model::mobile::Mobile;
use crate::model::profile::{ChangeMobile, Profile, ProfileForm};
use crate::model::session::Session;
use crate::model::visitor::Visitor;
use crate::{CustomerId, Passport, PersonId, store};
use db::Tx;
use kit::{Fault, Refusal, Result};
use notify::{Language, Notice, Text};
use std::future::Future;
use std::pin::Pin;

/// The answer of [`AccountsPort::open_accounts`].
pub type OpenAccounts<'a> = Pin<Box<dyn Future<Output = std::result::Result<i64, Fault>> + Send + 'a>>;

/// What the passport must know of the rooms above before a relationship may end.
pub trait AccountsPort: Send + Sync + 'static {
    /// How many accounts of this customer are not closed.
    fn open_accounts(&self, customer: CustomerId) -> OpenAccounts<'_>;
}

impl Passport {
    /// Names who knows about accounts; once, when the bank is put together.
    pub fn set_accounts_port(&self, port: std::sync::Arc<dyn AccountsPort>) {
        // The first stands: a bank is put together once.
        let _ = self.inner.accounts.set(port);
    }

    /// A person's own facts.
    pub async fn profile(&self, session: &Session) -> Result<Profile> {
        let person = self.own(session).await?;
        let facts = store::profile::of_person(&self.inner.db, session.person).await?;
        let ProfileForm { address, occupation, tax_residence } = facts.unwrap_or_default();
        let Person { mobile, name, language, verified, .. } = person;
        Ok(Profile { mobile, name, language, verified, address, occupation, tax_residence })
    }

    /// For whom a person may act, oldest first.
    pub async fn mandates(&self, session: &Session) -> Result<Vec<MandateView>> {
        Ok(store::customer::mandates(&self.inner.db, session.person).await?)
    }

    /// Sets a person's own facts. Refuses with `passport.profile_invalid` and the field.
    pub async fn set_profile(&self, session: &Session, form: ProfileForm) -> Result<()> {
        let form = form.checked()?;
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::profile::put(&mut tx, session.person, &form, self.inner.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets another password for who knows the present one, and ends all other sessions.
    ///
    /// Refuses with `passport.credentials_wrong` about the field `old`, `passport.try_later`, `passport.password_too_short`,
    /// `_too_long`, `_common`, `_breached`.
    pub async fn change_password(&self, session: &Session, old: &str, new: &str) -> Result<()> {
        let person = self.own(session).await?;
        self.check_new_password(new, person.mobile.e164()).await?;
        self.prove_password(&person, old, "old").await?;
        self.put_password(&person, new.to_owned(), Some(session.id), None).await
    }

    /// Sets a new password for who forgot the old one and came in by something stronger than it.
    ///
    /// Refuses with `passport.step_up_needed` without a window worth a token, and as [`change_password`](Self::change_password)
    /// does about the new one.
    pub async fn set_password(&self, session: &Session, new: &str) -> Result<()> {
        self.require_strong(session).await?;
        let person = self.own(session).await?;
        self.check_new_password(new, person.mobile.e164()).await?;
        self.put_password(&person, new.to_owned(), Some(session.id), None).await
    }

    /// Proves once more, before something that a stranger at an open screen must not do, that it is the person.
    ///
    /// Refuses with `passport.password_wrong` about the field `password`, and `passport.try_later`.
    pub async fn confirm_password(&self, session: &Session, password: &str) -> Result<()> {
        let person = self.own(session).await?;
        self.prove_password(&person, password, "password").await
    }

    async fn prove_password(&self, person: &Person, password: &str, field: &'static str) -> Result<()> {
        let tried = super::session::name_hash(&format!("password of {}", person.id));
        self.take_try(&tried, true, &Visitor::unknown()).await?;
        let hash = store::credential::of_person(&self.inner.db, person.id).await?;
        let password: String = password.chars().take(credential::PASSWORD_MAX + 1).collect();
        if !self.inner.hasher.verify(password, hash, true).await? {
            return Err(Refusal::new("passport.password_wrong", 422).with("field", field).into());
        }
        Ok(self.forget_tries(&tried).await?)
    }

    /// What a change of number and the end of the relationship take beside their codes. Codes to the number itself are asked
    /// for in any case: who holds nothing better is asked for no window, but waits while texts prove nothing.
    async fn require_more_than_codes(&self, session: &Session) -> Result<()> {
        match self.best_tier(session.person).await? {
            Tier::None | Tier::One => self.texts_prove(session.person).await,
            Tier::Two | Tier::Three => self.require_strong(session).await,
        }
    }

    /// Sends a code to the number that is to be given up. Refuses with `passport.step_up_needed` for who holds something worth
    /// more than texts, `passport.texts_rest`.
    pub async fn start_change_mobile(&self, visitor: &Visitor, session: &Session) -> Result<CodeSent> {
        self.require_more_than_codes(session).await?;
        let person = self.own(session).await?;
        let ask = self.own_ask(&person, Purpose::OldMobile);
        self.send_code(visitor, ask, |code| Text::OldMobileCode { code }).await
    }

    /// Sends a code to the number that is to be used. If that is registered, the text says so instead, and no code
    /// will be right.
    ///
    /// Refuses with `passport.mobile_invalid`, `passport.mobile_same`, and as codes do.
    pub async fn prove_new_mobile(&self, visitor: &Visitor, session: &Session, mobile: &str) -> Result<CodeSent> {
        let person = self.own(session).await?;
        let mobile = Mobile::parse(mobile)?;
        if mobile == person.mobile {
            return Err(Refusal::new("passport.mobile_same", 422).with("field", "mobile").into());
        }
        let known = self.person_by_mobile(&mobile).await?;
        let ask = Ask {
            purpose: Purpose::NewMobile,
            subject: self.person_subject(person.id),
            binding: self.mobile_subject(&mobile),
            more: "",
            to: &mobile,
            language: Language::of(&person.language),
            decoy: known.map(|_| Text::AlreadyRegistered),
        };
        self.send_code(visitor, ask, |code| Text::NewMobileCode { code }).await
    }

    /// Changes the number of who has both codes, and ends all other sessions.
    ///
    /// Refuses as [`start_change_mobile`](Self::start_change_mobile) does, and as codes do, about the field `old_code` or
    /// `new_code`.
    pub async fn finish_change_mobile(&self, session: &Session, change: ChangeMobile) -> Result<()> {
        self.require_more_than_codes(session).await?;
        let person = self.own(session).await?;
        let mobile = Mobile::parse(&change.mobile)?;
        let subject = self.person_subject(person.id);
        let new = self.check_code(Purpose::NewMobile, &subject, &self.mobile_subject(&mobile), &change.new_code).await;
        new.map_err(|error| in_field(error, "new_code"))?;
        let old = self.check_code(Purpose::OldMobile, &subject, &UNBOUND, &change.old_code).await;
        old.map_err(|error| in_field(error, "old_code"))?;
        self.put_mobile(&person, &mobile, Some(session.id)).await
    }

    /// Writes a number that is proven. Refuses with `passport.mobile_taken`, and with `passport.mobile_moved` if the person has
    /// not the number any more that they had.
    pub(crate) async fn put_mobile(
        &self,
        person: &Person,
        mobile: &Mobile,
        kept: Option<crate::SessionId>,
    ) -> Result<()> {
        let now = self.inner.clock.now();
        let lock = format!("person/{}", mobile.e164());
        let mut tx = self.inner.db.begin_write(&[&lock]).await?;
        if store::person::holder_of(&mut tx, mobile.e164()).await?.is_some() {
            return Err(Refusal::new("passport.mobile_taken", 409).with("field", "mobile").into());
        }
        if !store::person::set_mobile(&mut tx, &self.inner.living, person.id, mobile.e164(), person.mobile.e164(), now)
            .await?
        {
            return Err(moved().into());
        }
        self.forget_payee(&mut tx, &person.mobile);
        store::session::end_others(&mut tx, &self.inner.living, person.id, kept, now).await?;
        let where_done = if kept.is_some() { "" } else { "counter" };
        self.note_event(&mut tx, person.id, EventKind::MobileChanged, kept, None, where_done).await?;
        let notice = Notice::new("mobile_changed").with("mobile", mobile.masked());
        notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &notice).await?;
        tx.commit().await?;
        self.text_kindly(person, &Text::MobileChanged).await;
        Ok(())
    }

    /// Nobody is paid by a number any more that they no longer have.
    fn forget_payee(&self, tx: &mut Tx, mobile: &Mobile) {
        let (customers, former) = (self.inner.found.customers.clone(), mobile.e164().to_owned());
        tx.after_commit(move || customers.forget(&former));
    }

    /// Sends the code with which the relationship is ended.
    pub async fn send_close_code(&self, visitor: &Visitor, session: &Session) -> Result<CodeSent> {
        self.require_more_than_codes(session).await?;
        let person = self.own(session).await?;
        let ask = self.own_ask(&person, Purpose::Close);
        self.send_code(visitor, ask, |code| Text::CloseCode { code }).await
    }

    /// Ends the relationship: no sign-in, session, device or mandate is left, and the number is free. What the law makes
    /// the bank keep stays, under no number. The same person may register anew.
    ///
    /// Refuses with `passport.accounts_open` and how many are `open`, with `passport.mobile_moved`, and as codes do.
    pub async fn close_relationship(&self, session: &Session, code: &str) -> Result<()> {
        self.require_more_than_codes(session).await?;
        let person = self.own(session).await?;
        let port = self.inner.accounts.get().ok_or_else(|| Fault::new("nobody was named who knows about accounts"))?;
        let open = port.open_accounts(person.customer).await?;
        if open > 0 {
            return Err(Refusal::new("passport.accounts_open", 409).with("open", open).into());
        }
        self.check_code(Purpose::Close, &self.person_subject(person.id), &UNBOUND, code).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        let nobody = format!("closed/{}", person.id);
        if !store::person::set_mobile(&mut tx, &self.inner.living, person.id, &nobody, person.mobile.e164(), now)
            .await?
        {
            return Err(moved().into());
        }
        self.forget_payee(&mut tx, &person.mobile);
        store::person::close(&mut tx, person.id, now).await?;
        store::credential::delete(&mut tx, person.id).await?;
        store::passkey::delete_all(&mut tx, person.id).await?;
        store::customer::end_mandates(&mut tx, &self.inner.living, person.id, now).await?;
        store::identity::end(&mut tx, person.id).await?;
        store::device::end_all(&mut tx, person.id, now).await?;
        store::session::end_others(&mut tx, &self.inner.living, person.id, None, now).await?;
        tx.commit().await?;
        self.text_kindly(&person, &Text::Closed).await;
        Ok(())
    }

    /// Who is signed in.
    pub(crate) async fn own(&self, session: &Session) -> Result<Person> {
        let person = self.person(session.person).await?;
        Ok(person.ok_or_else(|| Fault::new("a signed-in person is gone"))?)
    }

    /// A code to the number that a person has now.
    fn own_ask<'a>(&self, person: &'a Person, purpose: Purpose) -> Ask<'a> {
        Ask {
            purpose,
            subject: self.person_subject(person.id),
            binding: UNBOUND,
            more: "",
            to: &person.mobile,
            language: Language::of(&person.language),
            decoy: None,
        }
    }

    /// The number that a person has, and the one that they could be given now. Refuses with `passport.mobile_invalid`,
    /// `passport.mobile_same`, `passport.mobile_taken`, `passport.person_not_found`.
    pub async fn check_mobile_at_counter(&self, person: PersonId, mobile: &str) -> Result<(Mobile, Mobile)> {
        let (person, mobile) = (self.at_counter(person).await?, Mobile::parse(mobile)?);
        if mobile == person.mobile {
            return Err(Refusal::new("passport.mobile_same", 422).with("field", "mobile").into());
        }
        if self.person_by_mobile(&mobile).await?.is_some() {
            return Err(Refusal::new("passport.mobile_taken", 409).with("field", "mobile").into());
        }
        Ok((person.mobile, mobile))
    }

    /// Gives a person another number instead of the `former` one, when two of the staff agreed on it; once. The former number
    /// is told. Refuses with `passport.mobile_invalid`, `passport.mobile_taken`, `passport.mobile_moved`,
    /// `passport.person_not_found`.
    pub async fn change_mobile_at_counter(&self, person: PersonId, former: &str, mobile: &str) -> Result<()> {
        let (person, mobile) = (self.at_counter(person).await?, Mobile::parse(mobile)?);
        if person.mobile == mobile {
            return Ok(());
        }
        if person.mobile != Mobile::parse(former)? {
            return Err(moved().into());
        }
        self.put_mobile(&person, &mobile, None).await
    }

    /// Takes a person's password away when two of the staff agreed on it, and ends all sessions. They set another one
    /// themselves, by a code to their number, which is told. Refuses with `passport.person_not_found`.
    pub async fn reset_password_at_counter(&self, person: PersonId) -> Result<()> {
        let person = self.at_counter(person).await?;
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[]).await?;
        store::credential::delete(&mut tx, person.id).await?;
        store::session::end_others(&mut tx, &self.inner.living, person.id, None, now).await?;
        self.note_event(&mut tx, person.id, EventKind::PasswordChanged, None, None, "counter").await?;
        notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &Notice::new("password_taken")).await?;
        tx.commit().await?;
        self.text_kindly(&person, &Text::PasswordTaken).await;
        Ok(())
    }

    pub(crate) async fn at_counter(&self, person: PersonId) -> Result<Person> {
        let found = self.person(person).await?;
        // A closed relationship is over for the counter too.
        found.filter(|person| person.mobile.e164().starts_with('+')).ok_or_else(|| refusal_not_found().into())
    }
}

/// The number that was to be given up is not the person's any more.
fn moved() -> Refusal {
    Refusal::new("passport.mobile_moved", 409).with("field", "mobile")
}

fn refusal_not_found() -> Refusal {
    Refusal::new("passport.person_not_found", 404)
}
