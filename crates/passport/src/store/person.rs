//! People.

use crate::model::customer::{NewPerson, Person};
use crate::{CustomerId, Mobile, Name, PersonId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO person (id, mobile, name, language, created_ms) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (mobile) DO NOTHING";
    BY_ID = "SELECT p.id, c.id AS customer, p.mobile, p.name, p.language \
     FROM person p JOIN customer c ON c.person = p.id AND c.institution = $2 WHERE p.id = $1";
    BY_MOBILE = "SELECT p.id, c.id AS customer, p.mobile, p.name, p.language \
     FROM person p JOIN customer c ON c.person = p.id AND c.institution = $2 WHERE p.mobile = $1";
    SET_LANGUAGE = "UPDATE person SET language = $2 WHERE id = $1";
}

/// Whether the person was new: false if the mobile number is taken.
pub(crate) async fn insert(tx: &mut Tx, id: PersonId, new: &NewPerson, now: Timestamp) -> Result<bool, Fault> {
    let row = params![id.0, new.mobile.e164(), new.name.full(), new.language.as_str(), now];
    Ok(tx.execute(INSERT, row).await? == 1)
}

pub(crate) async fn by_id(db: &Db, id: PersonId, institution: u16) -> Result<Option<Person>, Fault> {
    db.query_opt(BY_ID, params![id.0, institution]).await?.map(person).transpose()
}

pub(crate) async fn by_mobile(db: &Db, mobile: &Mobile, institution: u16) -> Result<Option<Person>, Fault> {
    db.query_opt(BY_MOBILE, params![mobile.e164(), institution]).await?.map(person).transpose()
}

pub(crate) async fn set_language(db: &Db, id: PersonId, language: &str) -> Result<(), Fault> {
    db.execute(SET_LANGUAGE, params![id.0, language]).await.map(|_| ())
}

fn person(row: Row) -> Result<Person, Fault> {
    Ok(Person {
        id: PersonId(row.i64("id")?),
        customer: CustomerId(row.i64("customer")?),
        mobile: Mobile::stored(row.text("mobile")?),
        name: Name::trusted(row.text("name")?),
        language: row.text("language")?,
    })
}
