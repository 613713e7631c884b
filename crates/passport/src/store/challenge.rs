//! Challenges, one for a person and a kind of subject.

use crate::PersonId;
use crate::model::challenge::StoredChallenge;
use crate::model::factor::{Factor, FactorId};
use db::{Db, Row, Tx, params};
use kit::{Fault, FaultContext, Timestamp};

db::statements! {
    FIND = "SELECT factor, holding, binding, asked, state, created_ms, expires_ms, tries, proven FROM challenge \
     WHERE person = $1 AND kind = $2 {lock}";
    LOOK = "SELECT factor, holding, binding, asked, state, created_ms, expires_ms, tries, proven FROM challenge \
     WHERE person = $1 AND kind = $2";
    PUT = "INSERT INTO challenge (person, kind, factor, holding, binding, asked, state, created_ms, expires_ms, tries, proven) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (person, kind) DO UPDATE SET \
     factor = excluded.factor, holding = excluded.holding, binding = excluded.binding, asked = excluded.asked, \
     state = excluded.state, created_ms = excluded.created_ms, expires_ms = excluded.expires_ms, \
     tries = excluded.tries, proven = excluded.proven";
    SWEEP = "DELETE FROM challenge WHERE expires_ms < $1";
    DELETE_OF_PERSON = "DELETE FROM challenge WHERE person = $1";
}

pub(crate) async fn find(tx: &mut Tx, person: PersonId, kind: &str) -> Result<Option<StoredChallenge>, Fault> {
    tx.query_opt(FIND, params![person.0, kind]).await?.as_ref().map(stored).transpose()
}

/// The same, to be looked at and not to be changed.
pub(crate) async fn look(db: &Db, person: PersonId, kind: &str) -> Result<Option<StoredChallenge>, Fault> {
    db.query_opt(LOOK, params![person.0, kind]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn put(tx: &mut Tx, person: PersonId, kind: &str, challenge: &StoredChallenge) -> Result<(), Fault> {
    let asked = serde_json::to_string(&challenge.asked).fault("writing what a challenge asks")?;
    let (factor, holding, state) = (challenge.factor.code(), challenge.holding.0, challenge.state.clone());
    let proven = challenge.proven.map(|hash| hash.to_vec());
    let row = params![
        person.0,
        kind,
        factor,
        holding,
        challenge.binding,
        asked,
        state,
        challenge.created,
        challenge.expires,
        challenge.tries,
        proven
    ];
    tx.execute(PUT, row).await.map(|_| ())
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}

/// What was asked of a person proves nothing any more.
pub(crate) async fn delete_of_person(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    tx.execute(DELETE_OF_PERSON, params![person.0]).await.map(|_| ())
}

fn stored(row: &Row) -> Result<StoredChallenge, Fault> {
    let factor = row.text("factor")?;
    Ok(StoredChallenge {
        factor: Factor::from_code(&factor).ok_or_else(|| Fault::new(format!("no factor {factor:?}")))?,
        holding: FactorId(row.i64("holding")?),
        binding: super::code::hash(row.bytes("binding")?)?,
        asked: serde_json::from_str(&row.text("asked")?).fault("reading what a challenge asks")?,
        state: row.text("state")?,
        created: Timestamp(row.i64("created_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        tries: row.i64("tries")?,
        proven: row.opt_bytes("proven")?.map(super::code::hash).transpose()?,
    })
}
