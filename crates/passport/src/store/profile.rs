//! What people told about themselves.

use crate::PersonId;
use crate::model::profile::ProfileForm;
use db::{Db, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    OF_PERSON = "SELECT address, occupation, tax_residence FROM profile WHERE person = $1";
    PUT = "INSERT INTO profile (person, address, occupation, tax_residence, changed_ms) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (person) DO UPDATE SET address = excluded.address, occupation = excluded.occupation, \
     tax_residence = excluded.tax_residence, changed_ms = excluded.changed_ms";
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Option<ProfileForm>, Fault> {
    let Some(row) = db.query_opt(OF_PERSON, params![person.0]).await? else { return Ok(None) };
    Ok(Some(ProfileForm {
        address: row.text("address")?,
        occupation: row.text("occupation")?,
        tax_residence: row.text("tax_residence")?,
    }))
}

pub(crate) async fn put(tx: &mut Tx, person: PersonId, form: &ProfileForm, now: Timestamp) -> Result<(), Fault> {
    let ProfileForm { address, occupation, tax_residence } = form.clone();
    tx.execute(PUT, params![person.0, address, occupation, tax_residence, now]).await.map(|_| ())
}
