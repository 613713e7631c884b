//! Registering people and taking over customers.

use crate::model::customer::{CustomerKind, CustomerName, CustomerSeed, MandateRole, NewPerson, Person};
use crate::model::mobile::Mobile;
use crate::store;
use crate::{CustomerId, Name, Passport, PersonId};
use kit::{Fault, Refusal, Result};
use std::collections::HashMap;

/// Rows of one statement when many customers are looked up by reference.
const REFERENCES_AT_ONCE: usize = 500;
/// Likewise by id.
const CUSTOMERS_AT_ONCE: usize = 500;

impl Passport {
    /// Makes a person whose name the caller has seen proven, their customer relation with the institution, their own
    /// mandate and their password.
    ///
    /// Refuses with `passport.mobile_taken`, `passport.password_too_short`, `_too_long`, `_common`, `_breached`,
    /// `passport.language_unknown`.
    pub async fn register(&self, new: NewPerson) -> Result<Person> {
        self.check_new_password(&new.password, new.mobile.e164()).await?;
        check_language(&new.language)?;
        let person = Person {
            id: PersonId(self.inner.ids.next()),
            customer: CustomerId(self.inner.ids.next()),
            mobile: new.mobile,
            name: new.name,
            language: new.language,
            verified: Some(self.inner.clock.now()),
        };
        self.enrol(&person, new.password).await?;
        Ok(person)
    }

    /// Writes a new person, their customer, mandate and password. Refuses with `passport.mobile_taken`.
    pub(crate) async fn enrol(&self, new: &Person, password: String) -> Result<()> {
        let hash = self.inner.hasher.hash(password).await?;
        let now = self.inner.clock.now();
        let lock = format!("person/{}", new.mobile.e164());
        let mut tx = self.inner.db.begin_write(&[&lock]).await?;
        if !store::person::insert(&mut tx, new, now).await? {
            return Err(Refusal::new("passport.mobile_taken", 409).with("field", "mobile").into());
        }
        let institution = self.inner.rules.institution;
        store::customer::insert_of_person(&mut tx, new.customer, institution, new.id, &new.name, now).await?;
        let mandate = self.inner.ids.next();
        store::customer::insert_mandate(&mut tx, mandate, new.id, new.customer, MandateRole::Owner, now).await?;
        store::credential::put(&mut tx, new.id, &hash, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the name of this customer is proven: only then may accounts be opened online.
    pub async fn verified(&self, customer: CustomerId) -> Result<bool, Fault> {
        store::customer::is_verified(&self.inner.db, customer).await
    }

    /// The person with this id.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, Fault> {
        store::person::by_id(&self.inner.db, id, self.inner.rules.institution).await
    }

    /// The person who is reached by this number. What a caller may show of them is masked.
    pub async fn person_by_mobile(&self, mobile: &Mobile) -> Result<Option<Person>, Fault> {
        store::person::by_mobile(&self.inner.db, mobile, self.inner.rules.institution).await
    }

    /// The customer whose person has this number, for who wants to pay them: as the cache knows it.
    pub async fn payee_by_mobile(&self, mobile: &Mobile) -> Result<Option<CustomerId>, Fault> {
        let load = async { Ok(self.person_by_mobile(mobile).await?.map(|person| person.customer.0)) };
        let found: Result<_, Fault> = self.inner.found.customers.get_or_load(mobile.e164(), load).await;
        Ok(found?.map(CustomerId))
    }

    /// A person's own customer relation.
    pub async fn customer_of(&self, person: PersonId) -> Result<Option<CustomerId>, Fault> {
        store::customer::of_person(&self.inner.db, self.inner.rules.institution, person).await
    }

    /// The person whose own customer relation this is; none for an organisation's.
    pub async fn person_of(&self, customer: CustomerId) -> Result<Option<PersonId>, Fault> {
        store::customer::person_of(&self.inner.db, customer).await
    }

    /// The people whose own customer relations these are; an organisation's is left out.
    pub async fn people_of(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, PersonId>, Fault> {
        let mut people = HashMap::with_capacity(customers.len());
        for chunk in customers.chunks(CUSTOMERS_AT_ONCE) {
            people.extend(store::customer::people_of(&self.inner.db, chunk).await?);
        }
        Ok(people)
    }

    /// The names of these customers; one that does not exist is left out.
    pub async fn customer_names(&self, ids: &[CustomerId]) -> Result<HashMap<CustomerId, CustomerName>, Fault> {
        let mut names = HashMap::with_capacity(ids.len());
        for id in ids {
            if names.contains_key(id) {
                continue;
            }
            let load = async {
                let found: Result<_, Fault> = store::customer::name(&self.inner.db, *id).await;
                Ok(found?.map(|found| (found.kind.code().to_owned(), found.name.full().to_owned())))
            };
            let known: Result<_, Fault> = self.inner.found.names.get_or_load(&id.to_string(), load).await;
            if let Some((kind, name)) = known?
                && let Some(kind) = CustomerKind::from_code(&kind)
            {
                names.insert(*id, CustomerName { kind, name: Name::trusted(name) });
            }
        }
        Ok(names)
    }

    /// Takes over customers from elsewhere, without a sign-in; those taken over before keep their ids. The answer is in
    /// the order of `seeds`.
    pub async fn import_customers(&self, seeds: &[CustomerSeed]) -> Result<Vec<CustomerId>, Fault> {
        let now = self.inner.clock.now();
        let institution = self.inner.rules.institution;
        let mut tx = self.inner.db.begin_write(&["passport/import"]).await?;
        let mut known: HashMap<String, CustomerId> = HashMap::with_capacity(seeds.len());
        for chunk in seeds.chunks(REFERENCES_AT_ONCE) {
            let references: Vec<&str> = chunk.iter().map(|seed| seed.reference.as_str()).collect();
            known.extend(store::customer::by_references(&mut tx, institution, &references).await?);
        }
        let mut fresh = Vec::new();
        for seed in seeds {
            known.entry(seed.reference.clone()).or_insert_with(|| {
                let id = CustomerId(self.inner.ids.next());
                fresh.push((id, seed));
                id
            });
        }
        store::customer::insert_seeds(&mut tx, institution, fresh.into_iter(), now).await?;
        tx.commit().await?;
        seeds
            .iter()
            .map(|seed| known.get(&seed.reference).copied().ok_or_else(|| Fault::new("a customer was not taken over")))
            .collect()
    }
}

pub(crate) fn check_language(language: &str) -> Result<(), Refusal> {
    match language {
        "zh" | "en" => Ok(()),
        _ => Err(Refusal::new("passport.language_unknown", 422).with("field", "language")),
    }
}
