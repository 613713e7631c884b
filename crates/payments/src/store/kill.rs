//! Kill switches that were pulled, and whether everything is ended.

use crate::service::kill::{KillId, Killed};
use db::{Db, Row, Tx, params};
use kit::{Fault, FaultContext, Timestamp};
use passport::{CustomerId, PersonId};

db::statements! {
    BEGIN = "INSERT INTO kill_switch (id, person, customer, words, began_ms, done_ms, form_key) \
     VALUES ($1, $2, $3, $4, $5, NULL, $6) ON CONFLICT (form_key) DO NOTHING";
    DONE = "UPDATE kill_switch SET done_ms = $2, ended = $3 WHERE id = $1 AND done_ms IS NULL";
    OF_KEY = "SELECT id, person, customer, words FROM kill_switch WHERE form_key = $1";
    ONE = "SELECT words, began_ms, done_ms, ended FROM kill_switch WHERE id = $1 AND person = $2";
    OPEN = "SELECT id, person, customer, words FROM kill_switch WHERE done_ms IS NULL AND began_ms < $1 \
     ORDER BY id LIMIT 100";
}

/// One that is not finished.
pub(crate) struct StoredKill {
    pub(crate) id: i64,
    pub(crate) person: PersonId,
    pub(crate) customer: CustomerId,
    pub(crate) words: String,
}

/// One that is on record.
pub(crate) struct KeptKill {
    pub(crate) words: String,
    pub(crate) began: Timestamp,
    pub(crate) done: Option<Timestamp>,
    pub(crate) ended: Option<Killed>,
}

/// Whether it was written; not if the form with this key wrote one before.
pub(crate) async fn begin(db: &Db, kill: &StoredKill, form_key: Option<&str>, now: Timestamp) -> Result<bool, Fault> {
    let StoredKill { id, person, customer, words } = kill;
    Ok(db.execute(BEGIN, params![*id, person.0, customer.0, words.as_str(), now, form_key]).await? == 1)
}

/// Everything is ended. What the first who came to the end counted stands.
pub(crate) async fn done(tx: &mut Tx, id: i64, killed: &Killed, now: Timestamp) -> Result<(), Fault> {
    let ended = serde_json::to_string(killed).fault("writing what a kill switch ended")?;
    tx.execute(DONE, params![id, now, ended]).await.map(|_| ())
}

/// The one that a form wrote.
pub(crate) async fn of_key(db: &Db, form_key: &str) -> Result<Option<StoredKill>, Fault> {
    db.query_opt(OF_KEY, params![form_key]).await?.as_ref().map(stored).transpose()
}

/// One of a person's.
pub(crate) async fn one(db: &Db, person: PersonId, id: KillId) -> Result<Option<KeptKill>, Fault> {
    let Some(row) = db.query_opt(ONE, params![id.0, person.0]).await? else { return Ok(None) };
    let ended = row.opt_text("ended")?;
    let ended = ended.map(|text| serde_json::from_str(&text)).transpose().fault("reading what a kill switch ended")?;
    let (began, done) = (Timestamp(row.i64("began_ms")?), row.opt_i64("done_ms")?.map(Timestamp));
    Ok(Some(KeptKill { words: row.text("words")?, began, done, ended }))
}

/// Those that began before an instant and have not ended.
pub(crate) async fn open(db: &Db, before: Timestamp) -> Result<Vec<StoredKill>, Fault> {
    db.query(OPEN, params![before]).await?.iter().map(stored).collect()
}

fn stored(row: &Row) -> Result<StoredKill, Fault> {
    Ok(StoredKill {
        id: row.i64("id")?,
        person: PersonId(row.i64("person")?),
        customer: CustomerId(row.i64("customer")?),
        words: row.text("words")?,
    })
}
