//! People.

use crate::model::customer::Person;
use crate::store::living::{Living, Whose};
use crate::{CustomerId, Mobile, Name, PersonId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO person (id, mobile, name, language, created_ms, verified_ms) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (mobile) DO NOTHING";
    BY_ID = "SELECT p.id, c.id AS customer, p.mobile, p.name, p.language, p.verified_ms \
     FROM person p JOIN customer c ON c.person = p.id AND c.institution = $2 WHERE p.id = $1";
    BY_MOBILE = "SELECT p.id, c.id AS customer, p.mobile, p.name, p.language, p.verified_ms \
     FROM person p JOIN customer c ON c.person = p.id AND c.institution = $2 WHERE p.mobile = $1";
    HOLDER = "SELECT id FROM person WHERE mobile = $1 {lock}";
    SET_MOBILE = "UPDATE person SET mobile = $2 WHERE id = $1 AND mobile = $3";
    KEEP_FORMER = "INSERT INTO former_mobile (person, until_ms, mobile) VALUES ($1, $2, $3) \
     ON CONFLICT (person, until_ms) DO NOTHING";
    CLOSE = "UPDATE person SET closed_ms = $2 WHERE id = $1";
    BY_NAME = "SELECT p.id, c.id AS customer, p.mobile, p.name, p.language, p.verified_ms \
     FROM person p JOIN customer c ON c.person = p.id AND c.institution = $2 \
     WHERE p.name = $1 AND p.closed_ms IS NULL ORDER BY p.id LIMIT 20";
    SET_LANGUAGE = "UPDATE person SET language = $2 WHERE id = $1";
}

/// Whether the person was new: false if the mobile number is taken. Their customer is not made here.
pub(crate) async fn insert(tx: &mut Tx, new: &Person, now: Timestamp) -> Result<bool, Fault> {
    let (mobile, name, language) = (new.mobile.e164(), new.name.full(), new.language.as_str());
    let row = params![new.id.0, mobile, name, language, now, new.verified.map(Timestamp::as_ms)];
    Ok(tx.execute(INSERT, row).await? == 1)
}

pub(crate) async fn by_id(db: &Db, id: PersonId, institution: u16) -> Result<Option<Person>, Fault> {
    db.query_opt(BY_ID, params![id.0, institution]).await?.map(person).transpose()
}

pub(crate) async fn by_mobile(db: &Db, mobile: &Mobile, institution: u16) -> Result<Option<Person>, Fault> {
    db.query_opt(BY_MOBILE, params![mobile.e164(), institution]).await?.map(person).transpose()
}

/// The people of exactly this name.
pub(crate) async fn by_name(db: &Db, name: &str, institution: u16) -> Result<Vec<Person>, Fault> {
    db.query(BY_NAME, params![name, institution]).await?.into_iter().map(person).collect()
}

/// Who has a number.
pub(crate) async fn holder_of(tx: &mut Tx, mobile: &str) -> Result<Option<PersonId>, Fault> {
    tx.query_opt(HOLDER, params![mobile]).await?.map(|row| Ok(PersonId(row.i64("id")?))).transpose()
}

/// Gives a person another number, and keeps the one they had; says whether they still had that one.
pub(crate) async fn set_mobile(
    tx: &mut Tx,
    living: &Living,
    id: PersonId,
    mobile: &str,
    former: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    tx.execute(KEEP_FORMER, params![id.0, now, former]).await?;
    Ok(living.execute(tx, Whose::Person(id), SET_MOBILE, params![id.0, mobile, former]).await? == 1)
}

pub(crate) async fn close(tx: &mut Tx, id: PersonId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(CLOSE, params![id.0, now]).await.map(|_| ())
}

pub(crate) async fn set_language(tx: &mut Tx, living: &Living, id: PersonId, language: &str) -> Result<(), Fault> {
    living.execute(tx, Whose::Person(id), SET_LANGUAGE, params![id.0, language]).await.map(|_| ())
}

fn person(row: Row) -> Result<Person, Fault> {
    Ok(Person {
        id: PersonId(row.i64("id")?),
        customer: CustomerId(row.i64("customer")?),
        mobile: Mobile::stored(row.text("mobile")?),
        name: Name::trusted(row.text("name")?),
        language: row.text("language")?,
        verified: row.opt_i64("verified_ms")?.map(Timestamp),
    })
}
