//! The participants and their positions.

use crate::model::bank::Bank;
use db::{Row, Tx, Value, params};
use kit::Fault;

db::statements! {
    ALL = "SELECT code, name_zh, name_en, bin, is_local, position_minor, reserved_minor, cap_minor, sequence \
     FROM network_bank ORDER BY code";
    PUT = "INSERT INTO network_bank \
     (code, name_zh, name_en, bin, is_local, position_minor, reserved_minor, cap_minor, sequence) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, bin = excluded.bin, \
     position_minor = excluded.position_minor, reserved_minor = excluded.reserved_minor, \
     cap_minor = excluded.cap_minor, sequence = excluded.sequence";
}

pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<Bank>, Fault> {
    tx.query(ALL, params![]).await?.iter().map(bank).collect()
}

pub(crate) async fn put(tx: &mut Tx, banks: impl Iterator<Item = &Bank>) -> Result<(), Fault> {
    let rows: Vec<Vec<Value>> = banks
        .map(|bank| {
            params![
                &bank.code,
                &bank.name_zh,
                &bank.name_en,
                &bank.bin,
                i64::from(bank.is_local),
                bank.position_minor,
                bank.reserved_minor,
                bank.cap_minor,
                bank.sequence
            ]
        })
        .collect();
    tx.bulk_insert(PUT, rows).await.map(|_| ())
}

fn bank(row: &Row) -> Result<Bank, Fault> {
    Ok(Bank {
        code: row.text("code")?,
        name_zh: row.text("name_zh")?,
        name_en: row.text("name_en")?,
        bin: row.text("bin")?,
        is_local: row.i64("is_local")? != 0,
        position_minor: row.i64("position_minor")?,
        reserved_minor: row.i64("reserved_minor")?,
        cap_minor: row.i64("cap_minor")?,
        sequence: row.i64("sequence")?,
    })
}
