//! Proven identities, sealed, and claims at one.

use crate::model::identity::Claims;
use crate::store::living::{Living, Whose};
use crate::{CustomerId, Name, PersonId};
use db::{Db, Tx, params};
use kit::{BankDay, Fault, Timestamp};

db::statements! {
    /// One person is one customer of an institution; `ended` is 0 as long as they are.
    INSERT = "INSERT INTO identity (person, institution, number_hash, number_sealed, ended, born_day, checked_by, verified_ms) \
     VALUES ($1, $2, $3, $4, 0, $5, $6, $7) ON CONFLICT DO NOTHING";
    OF_PERSON = "SELECT i.number_hash, i.number_sealed, i.born_day, i.verified_ms, p.name FROM identity i \
     JOIN person p ON p.id = i.person WHERE i.person = $1";
    BY_NUMBER = "SELECT person FROM identity WHERE institution = $1 AND number_hash = $2 AND ended = 0";
    NAME_PERSON = "UPDATE person SET name = $2, verified_ms = $3 WHERE id = $1";
    NAME_CUSTOMER = "UPDATE customer SET name = $2 WHERE id = $1";
    END = "UPDATE identity SET ended = $1 WHERE person = $1";
    CLAIMS = "SELECT wrong, blocked_until_ms FROM identity_claims WHERE person = $1 {lock}";
    PUT_CLAIMS = "INSERT INTO identity_claims (person, wrong, blocked_until_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (person) DO UPDATE SET wrong = excluded.wrong, blocked_until_ms = excluded.blocked_until_ms";
}

/// An identity to be written.
pub(crate) struct NewIdentity<'a> {
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
    pub(crate) institution: u16,
    pub(crate) number_hash: [u8; 32],
    pub(crate) number_sealed: Vec<u8>,
    pub(crate) name: &'a Name,
    pub(crate) born: BankDay,
    /// `registry`, or the staff member who looked.
    pub(crate) checked_by: &'a str,
    pub(crate) now: Timestamp,
}

/// An identity as it lies sealed.
pub(crate) struct SealedIdentity {
    pub(crate) number_hash: Vec<u8>,
    pub(crate) number_sealed: Vec<u8>,
    pub(crate) born: BankDay,
    pub(crate) name: Name,
    pub(crate) verified: Timestamp,
}

/// Writes an identity and the name that goes with it; false if the person has one, or somebody else has this one.
pub(crate) async fn insert(tx: &mut Tx, living: &Living, new: &NewIdentity<'_>) -> Result<bool, Fault> {
    let born = i64::from(new.born.0);
    let sealed = new.number_sealed.clone();
    let row = params![new.person.0, new.institution, new.number_hash, sealed, born, new.checked_by, new.now];
    if tx.execute(INSERT, row).await? == 0 {
        return Ok(false);
    }
    let named = params![new.person.0, new.name.full(), new.now];
    living.execute(tx, Whose::Person(new.person), NAME_PERSON, named).await?;
    tx.execute(NAME_CUSTOMER, params![new.customer.0, new.name.full()]).await?;
    Ok(true)
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Option<SealedIdentity>, Fault> {
    let Some(row) = db.query_opt(OF_PERSON, params![person.0]).await? else { return Ok(None) };
    let born = i32::try_from(row.i64("born_day")?).map_err(|_| Fault::new("a day of birth is out of range"))?;
    Ok(Some(SealedIdentity {
        number_hash: row.bytes("number_hash")?,
        number_sealed: row.bytes("number_sealed")?,
        born: BankDay(born),
        name: Name::trusted(row.text("name")?),
        verified: Timestamp(row.i64("verified_ms")?),
    }))
}

pub(crate) async fn by_number(db: &Db, institution: u16, hash: &[u8; 32]) -> Result<Option<PersonId>, Fault> {
    let row = db.query_opt(BY_NUMBER, params![institution, *hash]).await?;
    row.map(|row| Ok(PersonId(row.i64("person")?))).transpose()
}

/// Lets the same person be a customer anew.
pub(crate) async fn end(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    tx.execute(END, params![person.0]).await.map(|_| ())
}

pub(crate) async fn claims(tx: &mut Tx, person: PersonId) -> Result<Claims, Fault> {
    let Some(row) = tx.query_opt(CLAIMS, params![person.0]).await? else { return Ok(Claims::default()) };
    Ok(Claims { wrong: row.i64("wrong")?, blocked_until: Timestamp(row.i64("blocked_until_ms")?) })
}

pub(crate) async fn put_claims(tx: &mut Tx, person: PersonId, claims: Claims) -> Result<(), Fault> {
    tx.execute(PUT_CLAIMS, params![person.0, claims.wrong, claims.blocked_until]).await.map(|_| ())
}
