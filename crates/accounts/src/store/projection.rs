//! How far the projections got.

use db::{Db, Row, Tx, params};
use kit::Fault;

db::statements! {
    ALL = "SELECT name, position, hash FROM projection";
    PUT = "INSERT INTO projection (name, position, hash) VALUES ($1, $2, $3) \
        ON CONFLICT (name) DO UPDATE SET position = excluded.position, hash = excluded.hash";
    BEGIN_ANEW = "UPDATE projection SET position = 0, hash = $3 WHERE name = $1 OR name LIKE $2";
}

/// Who moves positions holds this.
pub(crate) const LOCK: &str = "projection";

/// How far one projection got with one partition's journal.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) name: String,
    /// Journal records seen.
    pub(crate) position: u64,
    /// Hash of the last of them; zeros before the first.
    pub(crate) hash: [u8; 32],
}

/// The progress of these projections, in their order; one never seen starts at 0.
pub(crate) async fn all(db: &Db, names: &[String]) -> Result<Vec<Progress>, Fault> {
    pick(names, &db.query(ALL, params![]).await?)
}

pub(crate) async fn all_in_tx(tx: &mut Tx, names: &[String]) -> Result<Vec<Progress>, Fault> {
    pick(names, &tx.query(ALL, params![]).await?)
}

/// Under which name a projection's place in a partition's journal is remembered.
pub(crate) fn name_in(projection: &str, partition: u16) -> String {
    if partition == 0 { projection.to_owned() } else { format!("{projection}@{partition}") }
}

/// Journal records seen by each projection that ever ran, by name and partition.
pub(crate) async fn positions(tx: &mut Tx) -> Result<Vec<(String, u16, u64)>, Fault> {
    let rows = tx.query(ALL, params![]).await?;
    let one = |row: &Row| {
        let (name, position) = (row.text("name")?, u64::try_from(row.i64("position")?)?);
        match name.split_once('@') {
            Some((projection, partition)) => Ok((projection.to_owned(), partition.parse()?, position)),
            None => Ok((name, 0, position)),
        }
    };
    rows.iter().map(one).collect()
}

/// Forgets what a projection has seen of every partition.
pub(crate) async fn begin_anew(tx: &mut Tx, projection: &str) -> Result<(), Fault> {
    tx.execute(BEGIN_ANEW, params![projection, format!("{projection}@%"), [0_u8; 32]]).await.map(|_| ())
}

pub(crate) async fn put(tx: &mut Tx, progress: &Progress) -> Result<(), Fault> {
    let position = i64::try_from(progress.position)?;
    tx.execute(PUT, params![progress.name.as_str(), position, progress.hash]).await.map(|_| ())
}

fn pick(names: &[String], rows: &[Row]) -> Result<Vec<Progress>, Fault> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let hash =
            <[u8; 32]>::try_from(row.bytes("hash")?).map_err(|_| Fault::new("a projection's hash is not 32 bytes"))?;
        found.push((row.text("name")?, u64::try_from(row.i64("position")?)?, hash));
    }
    let one = |name: &String| match found.iter().find(|(found, _, _)| found == name) {
        Some((_, position, hash)) => Progress { name: name.clone(), position: *position, hash: *hash },
        None => Progress { name: name.clone(), position: 0, hash: [0; 32] },
    };
    Ok(names.iter().map(one).collect())
}
