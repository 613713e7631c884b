//! Tokens and their sealed seeds.

use crate::model::token::{Place, Token};
use crate::{FactorId, PersonId};
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO token (id, serial, maker, person, imported_ms, assigned_ms, last_used_ms, wrong, ended_ms) \
     VALUES ($1, $2, $3, NULL, $4, NULL, NULL, 0, NULL) ON CONFLICT (serial) DO NOTHING";
    BY_SERIAL = "SELECT id, serial, person, assigned_ms, last_used_ms, wrong FROM token \
     WHERE serial = $1 AND ended_ms IS NULL {lock}";
    BY_ID = "SELECT id, serial, person, assigned_ms, last_used_ms, wrong FROM token \
     WHERE id = $1 AND person = $2 AND ended_ms IS NULL {lock}";
    OF_PERSON = "SELECT id, serial, person, assigned_ms, last_used_ms, wrong FROM token \
     WHERE person = $1 AND ended_ms IS NULL ORDER BY assigned_ms, id";
    /// Those that show codes without a question.
    WITH_CODES = "SELECT t.id, t.serial, t.person, t.assigned_ms, t.last_used_ms, t.wrong FROM token t \
     WHERE t.person = $1 AND t.ended_ms IS NULL AND EXISTS (SELECT 1 FROM token_seed s \
     WHERE s.token = t.id AND s.kind <> 'ocra') ORDER BY t.id {lock}";
    COUNT = "SELECT count(*) AS n FROM token WHERE person = $1 AND ended_ms IS NULL";
    ASSIGN = "UPDATE token SET person = $2, assigned_ms = $3, wrong = 0 \
     WHERE id = $1 AND person IS NULL AND ended_ms IS NULL";
    USED = "UPDATE token SET last_used_ms = $2, wrong = 0 WHERE id = $1";
    WRONG = "UPDATE token SET wrong = wrong + 1 WHERE id = $1";
    END = "UPDATE token SET ended_ms = $3 WHERE id = $1 AND person = $2 AND ended_ms IS NULL";
    INSERT_SEED = "INSERT INTO token_seed (token, kind, parameters, sealed, next, drift) VALUES ($1, $2, $3, $4, $5, 0) \
     ON CONFLICT (token, kind) DO NOTHING";
    SEEDS = "SELECT kind, parameters, sealed, next, drift FROM token_seed WHERE token = $1 ORDER BY kind";
    KINDS = "SELECT kind FROM token_seed WHERE token = $1 ORDER BY kind";
    PLACE = "UPDATE token_seed SET next = $3, drift = $4 WHERE token = $1 AND kind = $2";
    ASK = "INSERT INTO token_question (token, question, asked_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (token, question) DO NOTHING";
    SECOND_STEP = "SELECT since_ms FROM second_step WHERE person = $1";
    SET_SECOND_STEP = "INSERT INTO second_step (person, since_ms) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING";
    CLEAR_SECOND_STEP = "DELETE FROM second_step WHERE person = $1";
    PUT_HALF = "INSERT INTO half_sign_in (secret_hash, person, customer, kind, expires_ms, tries) \
     VALUES ($1, $2, $3, $4, $5, 0)";
    HALF = "SELECT person, customer, kind, expires_ms, tries FROM half_sign_in WHERE secret_hash = $1 {lock}";
    TRY_HALF = "UPDATE half_sign_in SET tries = tries + 1 WHERE secret_hash = $1";
    DELETE_HALF = "DELETE FROM half_sign_in WHERE secret_hash = $1";
    DELETE_HALVES_OF = "DELETE FROM half_sign_in WHERE person = $1";
    SWEEP_HALVES = "DELETE FROM half_sign_in WHERE expires_ms < $1";
}

/// A seed as it is stored.
pub(crate) struct SealedSeed {
    pub(crate) kind: String,
    pub(crate) parameters: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) next: i64,
    pub(crate) drift: i64,
}

/// A token of the stock, unless its number is here already.
pub(crate) async fn insert(tx: &mut Tx, id: FactorId, serial: &str, maker: &str, now: Timestamp) -> Result<(), Fault> {
    tx.execute(INSERT, params![id.0, serial, maker, now]).await.map(|_| ())
}

pub(crate) async fn by_serial(tx: &mut Tx, serial: &str) -> Result<Option<Token>, Fault> {
    tx.query_opt(BY_SERIAL, params![serial]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn of(tx: &mut Tx, person: PersonId, id: FactorId) -> Result<Option<Token>, Fault> {
    tx.query_opt(BY_ID, params![id.0, person.0]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn of_person(db: &Db, person: PersonId) -> Result<Vec<Token>, Fault> {
    db.query(OF_PERSON, params![person.0]).await?.iter().map(stored).collect()
}

/// Those that show codes without a question.
pub(crate) async fn with_codes(tx: &mut Tx, person: PersonId) -> Result<Vec<Token>, Fault> {
    tx.query(WITH_CODES, params![person.0]).await?.iter().map(stored).collect()
}

/// How many that are.
pub(crate) async fn count_with_codes(tx: &mut Tx, person: PersonId) -> Result<usize, Fault> {
    Ok(with_codes(tx, person).await?.len())
}

pub(crate) async fn count(tx: &mut Tx, person: PersonId) -> Result<i64, Fault> {
    let row = tx.query_opt(COUNT, params![person.0]).await?;
    row.map_or(Ok(0), |row| row.i64("n"))
}

/// Whether it was in stock.
pub(crate) async fn assign(tx: &mut Tx, id: FactorId, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(ASSIGN, params![id.0, person.0, now]).await? == 1)
}

pub(crate) async fn used(tx: &mut Tx, id: FactorId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(USED, params![id.0, now]).await.map(|_| ())
}

pub(crate) async fn wrong(tx: &mut Tx, id: FactorId) -> Result<(), Fault> {
    tx.execute(WRONG, params![id.0]).await.map(|_| ())
}

/// Whether there was such a token of this person.
pub(crate) async fn end(tx: &mut Tx, id: FactorId, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(END, params![id.0, person.0, now]).await? == 1)
}

/// Whether the token did not have one of this kind.
pub(crate) async fn insert_seed(tx: &mut Tx, token: FactorId, seed: &SealedSeed) -> Result<bool, Fault> {
    let (kind, parameters) = (seed.kind.clone(), seed.parameters.clone());
    let row = params![token.0, kind, parameters, seed.sealed.clone(), seed.next];
    Ok(tx.execute(INSERT_SEED, row).await? == 1)
}

pub(crate) async fn seeds(tx: &mut Tx, token: FactorId) -> Result<Vec<SealedSeed>, Fault> {
    let rows = tx.query(SEEDS, params![token.0]).await?;
    rows.iter()
        .map(|row| {
            Ok(SealedSeed {
                kind: row.text("kind")?,
                parameters: row.text("parameters")?,
                sealed: row.bytes("sealed")?,
                next: row.i64("next")?,
                drift: row.i64("drift")?,
            })
        })
        .collect()
}

pub(crate) async fn kinds(db: &Db, token: FactorId) -> Result<Vec<String>, Fault> {
    db.query(KINDS, params![token.0]).await?.iter().map(|row| row.text("kind")).collect()
}

pub(crate) async fn place(tx: &mut Tx, token: FactorId, kind: &str, place: Place) -> Result<(), Fault> {
    tx.execute(PLACE, params![token.0, kind, place.next, place.drift]).await.map(|_| ())
}

/// Whether the token was never asked this.
pub(crate) async fn ask(tx: &mut Tx, token: FactorId, question: &str, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(ASK, params![token.0, question, now]).await? == 1)
}

pub(crate) async fn has_second_step(db: &Db, person: PersonId) -> Result<bool, Fault> {
    Ok(db.query_opt(SECOND_STEP, params![person.0]).await?.is_some())
}

pub(crate) async fn set_second_step(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(SET_SECOND_STEP, params![person.0, now]).await? == 1)
}

/// Whether there was one.
pub(crate) async fn clear_second_step(tx: &mut Tx, person: PersonId) -> Result<bool, Fault> {
    Ok(tx.execute(CLEAR_SECOND_STEP, params![person.0]).await? == 1)
}

/// A sign-in whose password was right.
pub(crate) struct HalfSignIn {
    pub(crate) person: PersonId,
    pub(crate) customer: crate::CustomerId,
    pub(crate) kind: String,
    pub(crate) expires: Timestamp,
    /// Wrong codes so far.
    pub(crate) tries: i64,
}

pub(crate) async fn put_half(tx: &mut Tx, secret_hash: &[u8; 32], half: &HalfSignIn) -> Result<(), Fault> {
    let row = params![*secret_hash, half.person.0, half.customer.0, half.kind.clone(), half.expires];
    tx.execute(PUT_HALF, row).await.map(|_| ())
}

pub(crate) async fn half(tx: &mut Tx, secret_hash: &[u8; 32]) -> Result<Option<HalfSignIn>, Fault> {
    let Some(row) = tx.query_opt(HALF, params![*secret_hash]).await? else { return Ok(None) };
    Ok(Some(HalfSignIn {
        person: PersonId(row.i64("person")?),
        customer: crate::CustomerId(row.i64("customer")?),
        kind: row.text("kind")?,
        expires: Timestamp(row.i64("expires_ms")?),
        tries: row.i64("tries")?,
    }))
}

pub(crate) async fn delete_halves_of(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    tx.execute(DELETE_HALVES_OF, params![person.0]).await.map(|_| ())
}

pub(crate) async fn try_half(tx: &mut Tx, secret_hash: &[u8; 32]) -> Result<(), Fault> {
    tx.execute(TRY_HALF, params![*secret_hash]).await.map(|_| ())
}

pub(crate) async fn delete_half(tx: &mut Tx, secret_hash: &[u8; 32]) -> Result<(), Fault> {
    tx.execute(DELETE_HALF, params![*secret_hash]).await.map(|_| ())
}

pub(crate) async fn sweep_halves(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP_HALVES, params![expired_before]).await
}

fn stored(row: &Row) -> Result<Token, Fault> {
    Ok(Token {
        id: FactorId(row.i64("id")?),
        serial: row.text("serial")?,
        person: row.opt_i64("person")?.map(PersonId),
        assigned: row.opt_i64("assigned_ms")?.map(Timestamp),
        last_used: row.opt_i64("last_used_ms")?.map(Timestamp),
        wrong: row.i64("wrong")?,
    })
}
