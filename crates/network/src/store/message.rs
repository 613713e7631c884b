//! Messages that came, and the mailboxes.

use db::{Db, Tx, Value, params};
use kit::{Fault, Timestamp};

db::statements! {
    DIGEST = "SELECT digest FROM network_received WHERE bank = $1 AND message_id = $2";
    RECEIVE = "INSERT INTO network_received (bank, message_id, digest, kind, at_ms, xml) \
     VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_LINE = "INSERT INTO network_line (bank, sequence, message_id, kind, at_ms, xml) \
     VALUES ($1, $2, $3, $4, $5, $6)";
    LINES = "SELECT sequence, xml FROM network_line WHERE bank = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
}

/// The digest of a message that came before under this id.
pub(crate) async fn digest(tx: &mut Tx, bank: &str, message_id: &str) -> Result<Option<Vec<u8>>, Fault> {
    tx.query_opt(DIGEST, params![bank, message_id]).await?.map(|row| row.bytes("digest")).transpose()
}

/// A message that came.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) bank: String,
    pub(crate) message_id: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) kind: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) xml: String,
}

pub(crate) async fn receive(tx: &mut Tx, messages: Vec<Received>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = messages
        .into_iter()
        .map(|one| params![one.bank, one.message_id, one.digest, one.kind, one.at, one.xml])
        .collect();
    tx.bulk_insert(RECEIVE, rows).await.map(|_| ())
}

/// A line of a mailbox.
pub(crate) struct NewLine {
    pub(crate) bank: String,
    pub(crate) sequence: i64,
    pub(crate) message_id: String,
    pub(crate) kind: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) xml: String,
}

pub(crate) async fn add_lines(tx: &mut Tx, lines: Vec<NewLine>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = lines
        .into_iter()
        .map(|one| params![one.bank, one.sequence, one.message_id, one.kind, one.at, one.xml])
        .collect();
    tx.bulk_insert(ADD_LINE, rows).await.map(|_| ())
}

/// What is in a mailbox after this sequence.
pub(crate) async fn lines(db: &Db, bank: &str, after: i64, limit: u32) -> Result<Vec<(i64, String)>, Fault> {
    let rows = db.query(LINES, params![bank, after, limit]).await?;
    rows.iter().map(|row| Ok((row.i64("sequence")?, row.text("xml")?))).collect()
}
