//! Proving a name: a visitor becomes a customer with a name, and stays the same person and the same customer.

use crate::model::citizen::CitizenNumber;
use crate::model::customer::Person;
use crate::model::identity::{Claim, Claims, IdentityView, Proven, Verified};
use crate::model::mobile::Mobile;
use crate::model::name::Name;
use crate::model::rate::Rate;
use crate::model::session::Session;
use crate::registry::Finding;
use crate::store::identity::NewIdentity;
use crate::{Passport, PersonId, store};
use credential::hex;
use kit::{BankDay, Fault, Refusal, Result};
use notify::Notice;

/// However unsure the registry is, nobody asks it more often.
const CLAIMS_A_DAY: i64 = 10;

impl Passport {
    /// Proves a visitor's name with the registry. The person, the customer and all their history stay.
    ///
    /// Refuses with `passport.name_invalid`, `passport.citizen_number_invalid` and the `reason`, `passport.too_young`,
    /// `passport.already_verified`; `passport.identity_mismatch` with the claims `left`, after three of which
    /// `passport.identity_try_later`; `passport.identity_unsure` if the registry cannot tell, so that the counter must;
    /// `passport.registry_unavailable`; `passport.identity_taken` if this person is a customer here already.
    pub async fn verify_identity(&self, session: &Session, claim: Claim) -> Result<Verified> {
        let person = self.own(session).await?;
        if person.verified.is_some() {
            return Err(Refusal::new("passport.already_verified", 409).into());
        }
        let (name, number) = self.read_claim(&claim)?;
        let claims = self.take_claim(person.id).await?;
        match self.inner.registry.check(name.full(), number.full()).await {
            Ok(Finding::Match) => {}
            Ok(Finding::Mismatch) => {
                let refusal = Refusal::new("passport.identity_mismatch", 422).with("field", "citizen_number");
                return Err(refusal.with("left", claims.left()).into());
            }
            Ok(Finding::Unsure) => {
                self.give_claim_back(person.id).await?;
                return Err(Refusal::new("passport.identity_unsure", 409).into());
            }
            Err(fault) => {
                tracing::warn!(%fault, "the registry of citizens gave no answer");
                self.give_claim_back(person.id).await?;
                return Err(Refusal::new("passport.registry_unavailable", 503).with("retry_after_s", 60).into());
            }
        }
        let verified = self.put_identity(&person, name, &number, "registry").await?;
        self.give_claim_back(person.id).await?;
        Ok(verified)
    }

    /// A person's own proven identity; none for a visitor, and for who came before identities were kept.
    pub async fn identity(&self, session: &Session) -> Result<Option<IdentityView>, Fault> {
        self.identity_of(session.person).await
    }

    async fn identity_of(&self, person: PersonId) -> Result<Option<IdentityView>, Fault> {
        let Some(sealed) = store::identity::of_person(&self.inner.db, person).await? else { return Ok(None) };
        let number = self.unseal(person, &sealed.number_sealed)?;
        Ok(Some(IdentityView {
            name: sealed.name,
            number_masked: number.masked(),
            born: sealed.born,
            verified: sealed.verified,
        }))
    }

    /// Proves a name at the counter, where a member of staff compared card and face. Authority and audit are the caller's.
    ///
    /// Refuses with `passport.person_not_found`, `passport.identity_taken`, and as reading a claim does.
    pub async fn mark_identity_checked(&self, person: PersonId, claim: Claim, by: &str) -> Result<Verified> {
        let person = self.at_counter(person).await?;
        let (name, number) = self.read_claim(&claim)?;
        self.put_identity(&person, name, &number, by).await
    }

    /// A person's proven identity with the number masked, for staff; none for who has none.
    pub async fn identity_for_staff(&self, person: PersonId) -> Result<Option<IdentityView>, Fault> {
        self.identity_of(person).await
    }

    /// Whether the card that somebody shows at the counter is this person's: the number on it is the proven one. Refuses
    /// with `passport.citizen_number_invalid` and the `reason`.
    pub async fn is_card_of(&self, person: PersonId, citizen_number: &str) -> Result<bool> {
        let number = CitizenNumber::parse(citizen_number, self.today())?;
        let sealed = store::identity::of_person(&self.inner.db, person).await?;
        Ok(sealed.is_some_and(|sealed| sealed.number_hash == self.number_hash(&number)))
    }

    /// The whole citizen number of a person, for staff with a reason, which the caller has written down.
    pub async fn reveal_citizen_number(&self, person: PersonId) -> Result<Option<String>, Fault> {
        let Some(sealed) = store::identity::of_person(&self.inner.db, person).await? else { return Ok(None) };
        Ok(Some(self.unseal(person, &sealed.number_sealed)?.full().to_owned()))
    }

    /// The people of a mobile number, of a citizen number, or of exactly this name; at most twenty.
    pub async fn find_people(&self, text: &str) -> Result<Vec<Person>, Fault> {
        let institution = self.inner.rules.institution;
        if let Ok(mobile) = Mobile::parse(text) {
            return Ok(self.person_by_mobile(&mobile).await?.into_iter().collect());
        }
        if let Ok(number) = CitizenNumber::parse(text, self.today()) {
            let hash = self.number_hash(&number);
            return match store::identity::by_number(&self.inner.db, institution, &hash).await? {
                Some(person) => Ok(self.person(person).await?.into_iter().collect()),
                None => Ok(Vec::new()),
            };
        }
        match Name::parse(text) {
            Ok(name) => store::person::by_name(&self.inner.db, name.full(), institution).await,
            Err(_) => Ok(Vec::new()),
        }
    }

    fn today(&self) -> BankDay {
        self.inner.calendar.day(self.inner.clock.now())
    }

    fn read_claim(&self, claim: &Claim) -> Result<(Name, CitizenNumber), Refusal> {
        let name = Name::parse(&claim.name)?;
        let number = CitizenNumber::parse(&claim.citizen_number, self.today())?;
        number.check_age(self.today())?;
        Ok((name, number))
    }

    /// Writes identity and name at once. Of two phones that claim one person, one gets it.
    async fn put_identity(&self, person: &Person, name: Name, number: &CitizenNumber, by: &str) -> Result<Verified> {
        let now = self.inner.clock.now();
        let number_hash = self.number_hash(number);
        let new = NewIdentity {
            person: person.id,
            customer: person.customer,
            institution: self.inner.rules.institution,
            number_hash,
            number_sealed: self.seal(person.id, number)?,
            name: &name,
            born: number.born(),
            checked_by: by,
            now,
        };
        let mut tx = self.inner.db.begin_write(&[&format!("identity/{}", hex(&number_hash))]).await?;
        if !store::identity::insert(&mut tx, &self.inner.living, &new).await? {
            tx.rollback().await?;
            let own = store::identity::of_person(&self.inner.db, person.id).await?;
            // The same form twice at once proves one name.
            return match own {
                Some(own) if own.number_hash == number_hash && own.name == name => {
                    Ok(Verified { name, customer: person.customer })
                }
                Some(_) => Err(Refusal::new("passport.already_verified", 409).into()),
                None => Err(Refusal::new("passport.identity_taken", 409).into()),
            };
        }
        let (names, key) = (self.inner.found.names.clone(), person.customer.to_string());
        tx.after_commit(move || names.forget(&key));
        let notice = Notice::new("identity_verified").with("name", name.masked());
        notify::tell_in(&mut tx, &self.inner.ids, now, person.id.0, &notice).await?;
        tx.commit().await?;
        Ok(Verified { name, customer: person.customer })
    }

    async fn take_claim(&self, person: PersonId) -> Result<Claims> {
        let now = self.inner.clock.now();
        let mut tx = self.inner.db.begin_write(&[&format!("claims/{person}")]).await?;
        let claims = store::identity::claims(&mut tx, person).await?.take(now)?;
        store::identity::put_claims(&mut tx, person, claims).await?;
        let subject = self.person_subject(person);
        let rate = Rate::a_day(CLAIMS_A_DAY);
        if let Some(free) = store::code::take(&mut tx, "identity/person", &subject, rate, now).await? {
            let seconds = (free.as_ms() - now.as_ms()).div_euclid(1000) + 1;
            return Err(Refusal::new("passport.identity_try_later", 429).with("retry_after_s", seconds).into());
        }
        tx.commit().await?;
        Ok(claims)
    }

    async fn give_claim_back(&self, person: PersonId) -> Result<(), Fault> {
        let mut tx = self.inner.db.begin_write(&[&format!("claims/{person}")]).await?;
        let claims = store::identity::claims(&mut tx, person).await?.give_back();
        store::identity::put_claims(&mut tx, person, claims).await?;
        tx.commit().await
    }

    fn number_hash(&self, number: &CitizenNumber) -> [u8; 32] {
        self.inner.keys.lookup("citizen number", number.full())
    }

    fn seal(&self, person: PersonId, number: &CitizenNumber) -> Result<Vec<u8>, Fault> {
        self.inner.keys.seal(&self.inner.random, &person.0.to_le_bytes(), number.full())
    }

    fn unseal(&self, person: PersonId, stored: &[u8]) -> Result<CitizenNumber, Fault> {
        Ok(CitizenNumber::stored(self.inner.keys.unseal(&person.0.to_le_bytes(), stored)?))
    }

    /// Who a person is, proven, for another bank that is asked whether a card is theirs; none for who has proven no citizen
    /// number.
    pub async fn proven(&self, person: PersonId) -> Result<Option<Proven>, Fault> {
        let Some(sealed) = store::identity::of_person(&self.inner.db, person).await? else { return Ok(None) };
        let number = self.unseal(person, &sealed.number_sealed)?;
        Ok(Some(Proven { name: sealed.name, citizen_number: number.full().to_owned() }))
    }

    /// Seals what a room above must read again and nobody else may: a card number. It opens for the same kind and person
    /// alone.
    pub fn seal_secret(&self, kind: &str, person: PersonId, text: &str) -> Result<Vec<u8>, Fault> {
        self.inner.keys.seal(&self.inner.random, &secret_owner(kind, person), text)
    }

    /// What [`seal_secret`](Self::seal_secret) sealed.
    pub fn open_secret(&self, kind: &str, person: PersonId, sealed: &[u8]) -> Result<String, Fault> {
        self.inner.keys.unseal(&secret_owner(kind, person), sealed)
    }

    /// The keyed hash by which a secret of this kind is found again.
    pub fn secret_hash(&self, kind: &str, text: &str) -> [u8; 32] {
        self.inner.keys.lookup(kind, text)
    }
}

/// To what a secret is bound, so that rows cannot be exchanged: longer than what a citizen number is bound to.
fn secret_owner(kind: &str, person: PersonId) -> Vec<u8> {
    [&person.0.to_le_bytes()[..], kind.as_bytes()].concat()
}
