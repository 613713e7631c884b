//! Which draft a program's key stands for.

use crate::model::draft::DraftId;
use crate::model::idempotency::BodyHash;
use db::{Db, Tx, params};
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

/// The lock under which a key is written.
pub(crate) fn lock(command: CommandId) -> String {
    format!("payment-key/{command}")
}

pub(crate) async fn find(db: &Db, command: CommandId) -> Result<Option<KnownKey>, Fault> {
    let Some(row) = db.query_opt(FIND, params![command.0.to_be_bytes()]).await? else { return Ok(None) };
    let body_hash = row.bytes("body_hash")?.try_into().map_err(|_| Fault::new("a stored hash is not 16 bytes"))?;
    Ok(Some(KnownKey { draft: DraftId(row.i64("draft")?), body_hash }))
}

pub(crate) async fn put(tx: &mut Tx, command: CommandId, draft: DraftId, hash: &BodyHash) -> Result<(), Fault> {
    tx.execute(PUT, params![command.0.to_be_bytes(), draft.0, *hash]).await.map(|_| ())
}
