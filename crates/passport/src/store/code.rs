//! Codes sent by text, and how often something was done.

use crate::model::code::{Code, Done};
use crate::model::rate::Rate;
use db::{Db, Row, Tx, params};
use kit::{Fault, Timestamp};

db::statements! {
    FIND = "SELECT binding, hash, sent_ms, expires_ms, tries, right_ms, changed_ms FROM code \
     WHERE purpose = $1 AND subject = $2 {lock}";
    LOOK = "SELECT binding, hash, sent_ms, expires_ms, tries, right_ms, changed_ms FROM code \
     WHERE purpose = $1 AND subject = $2";
    PUT = "INSERT INTO code (purpose, subject, binding, hash, sent_ms, expires_ms, tries, right_ms, changed_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (purpose, subject) DO UPDATE SET \
     binding = excluded.binding, hash = excluded.hash, sent_ms = excluded.sent_ms, expires_ms = excluded.expires_ms, \
     tries = excluded.tries, right_ms = excluded.right_ms, changed_ms = excluded.changed_ms";
    SWEEP = "DELETE FROM code WHERE expires_ms < $1";
    USES = "SELECT uses FROM rate WHERE scope = $1 AND subject = $2 AND span_ms = $3 AND start_ms = $4 {lock}";
    PUT_USES = "INSERT INTO rate (scope, subject, span_ms, start_ms, uses) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (scope, subject, span_ms, start_ms) DO UPDATE SET uses = excluded.uses";
    SWEEP_USES = "DELETE FROM rate WHERE start_ms < $1";
    KEY_PROOF = "SELECT proof FROM key_proof WHERE id = 1";
    PUT_KEY_PROOF = "INSERT INTO key_proof (id, proof) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
}

pub(crate) async fn find(tx: &mut Tx, purpose: &str, subject: &[u8; 32]) -> Result<Option<Code>, Fault> {
    tx.query_opt(FIND, params![purpose, *subject]).await?.as_ref().map(stored).transpose()
}

/// The same, to be looked at and not to be changed.
pub(crate) async fn look(tx: &mut Tx, purpose: &str, subject: &[u8; 32]) -> Result<Option<Code>, Fault> {
    tx.query_opt(LOOK, params![purpose, *subject]).await?.as_ref().map(stored).transpose()
}

fn stored(row: &Row) -> Result<Code, Fault> {
    let right = row.opt_i64("right_ms")?.map(|ms| Done::Right(Timestamp(ms)));
    let changed = row.opt_i64("changed_ms")?.map(|ms| Done::Changed(Timestamp(ms)));
    Ok(Code {
        binding: hash(row.bytes("binding")?)?,
        hash: hash(row.bytes("hash")?)?,
        sent: Timestamp(row.i64("sent_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        tries: row.i64("tries")?,
        done: changed.or(right),
    })
}

pub(crate) async fn put(tx: &mut Tx, purpose: &str, subject: &[u8; 32], code: &Code) -> Result<(), Fault> {
    let (right, changed) = match code.done {
        None => (None, None),
        Some(Done::Right(at)) => (Some(at.as_ms()), None),
        Some(Done::Changed(at)) => (None, Some(at.as_ms())),
    };
    let (sent, expires) = (code.sent, code.expires);
    let row = params![purpose, *subject, code.binding, code.hash, sent, expires, code.tries, right, changed];
    tx.execute(PUT, row).await.map(|_| ())
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}

/// Counts one use; gives instead when the next span begins if this one is used up. What `now` counts towards is a span
/// of the clock, so that one row is enough.
pub(crate) async fn take(
    tx: &mut Tx,
    scope: &str,
    subject: &[u8; 32],
    rate: Rate,
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    let start = now.as_ms() - now.as_ms().rem_euclid(rate.span_ms);
    let row = tx.query_opt(USES, params![scope, *subject, rate.span_ms, start]).await?;
    let uses = row.map_or(Ok(0), |row| row.i64("uses"))?;
    if uses >= rate.most {
        return Ok(Some(Timestamp(start + rate.span_ms)));
    }
    tx.execute(PUT_USES, params![scope, *subject, rate.span_ms, start, uses + 1]).await?;
    Ok(None)
}

pub(crate) async fn sweep_uses(db: &Db, begun_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP_USES, params![begun_before]).await
}

/// The proof of the keys that this database was written with; these, if there were none.
pub(crate) async fn key_proof(db: &Db, ours: &[u8; 32]) -> Result<[u8; 32], Fault> {
    let mut tx = db.begin_write(&["passport/keys"]).await?;
    tx.execute(PUT_KEY_PROOF, params![*ours]).await?;
    let row = tx.query_opt(KEY_PROOF, params![]).await?;
    let proof = row.ok_or_else(|| Fault::new("a proof of the keys just written is gone"))?.bytes("proof")?;
    tx.commit().await?;
    hash(proof)
}

pub(super) fn hash(bytes: Vec<u8>) -> Result<[u8; 32], Fault> {
    bytes.try_into().map_err(|_| Fault::new("a stored hash does not have 32 bytes"))
}
