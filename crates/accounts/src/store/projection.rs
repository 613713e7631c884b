//! How far the projections got.

use db::{Db, Row, Tx, params};
use kit::Fault;

db::statements! {
    ALL = "SELECT name, position, hash FROM projection";
    PUT = "INSERT INTO projection (name, position, hash) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET position = excluded.position, hash = excluded.hash";
}

/// Who moves positions holds this.
pub(crate) const LOCK: &str = "projection";

/// How far one projection got.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) name: &'static str,
    /// Journal records seen.
    pub(crate) position: u64,
    /// Hash of the last of them; zeros before the first.
    pub(crate) hash: [u8; 32],
}

/// The progress of these projections, in their order; one never seen starts at 0.
pub(crate) async fn all(db: &Db, names: &[&'static str]) -> Result<Vec<Progress>, Fault> {
    pick(names, &db.query(ALL, params![]).await?)
}

pub(crate) async fn all_in_tx(tx: &mut Tx, names: &[&'static str]) -> Result<Vec<Progress>, Fault> {
    pick(names, &tx.query(ALL, params![]).await?)
}

/// Journal records seen by each projection that ever ran, by name.
pub(crate) async fn positions(tx: &mut Tx) -> Result<Vec<(String, u64)>, Fault> {
    let rows = tx.query(ALL, params![]).await?;
    rows.iter().map(|row| Ok((row.text("name")?, u64::try_from(row.i64("position")?)?))).collect()
}

pub(crate) async fn put(tx: &mut Tx, progress: &Progress) -> Result<(), Fault> {
    let position = i64::try_from(progress.position)?;
    tx.execute(PUT, params![progress.name, position, progress.hash]).await.map(|_| ())
}

fn pick(names: &[&'static str], rows: &[Row]) -> Result<Vec<Progress>, Fault> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let hash =
            <[u8; 32]>::try_from(row.bytes("hash")?).map_err(|_| Fault::new("a projection's hash is not 32 bytes"))?;
        found.push((row.text("name")?, u64::try_from(row.i64("position")?)?, hash));
    }
    let one = |name: &&'static str| match found.iter().find(|(found, _, _)| found == name) {
        Some((_, position, hash)) => Progress { name, position: *position, hash: *hash },
        None => Progress { name, position: 0, hash: [0; 32] },
    };
    Ok(names.iter().map(one).collect())
}
