//! Which draft a program's key stands for.

use crate::model::draft::DraftId;
use crate::model::idempotency::BodyHash;
use db::{Db, Statement, params};
use kit::Fault;
use ledger::CommandId;

db::statements! {
    FIND = "SELECT draft, body_hash FROM payment_key WHERE command = $1";
    PUT = "INSERT INTO payment_key (command, draft, body_hash) VALUES ($1, $2, $3) \
        ON CONFLICT (command) DO UPDATE SET draft = excluded.draft";
}

/// What a key stands for.
pub(crate) struct KnownKey {
    pub(crate) draft: DraftId,
    pub(crate) body_hash: BodyHash,
}

pub(crate) async fn find(db: &Db, command: CommandId) -> Result<Option<KnownKey>, Fault> {
    let Some(row) = db.query_opt(FIND, params![command.0.to_be_bytes()]).await? else { return Ok(None) };
    let body_hash = row.bytes("body_hash")?.try_into().map_err(|_| Fault::new("a stored hash is not 16 bytes"))?;
    Ok(Some(KnownKey { draft: DraftId(row.i64("draft")?), body_hash }))
}

/// What makes a key stand for a draft; the last one counts.
pub(crate) fn put(command: CommandId, draft: DraftId, hash: &BodyHash) -> Statement {
    (PUT.into(), params![command.0.to_be_bytes(), draft.0, *hash])
}
