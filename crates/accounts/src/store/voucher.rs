//! Vouchers and slices of the general ledger, and how days are cut.

use crate::model::slice::{Slice, Slicing};
use crate::model::voucher::{BookSum, Bookkeeper, SliceTotal, Voucher, VoucherKey};
use db::{Db, Row, Tx, Value, params};
use kit::{BankDay, Fault, Timestamp};
use std::collections::BTreeMap;

macro_rules! select_voucher {
    ($rest:literal) => {
        concat!(
            "SELECT slice_start_ms, slice_minutes, bank_day, institution, currency, debit_kind, credit_kind, code, \
            ledger_partition, amount_minor, transfers, carried, carried_minor, first_sequence, last_sequence, first_position, \
            last_position FROM voucher ",
            $rest
        )
    };
}

macro_rules! select_slice {
    ($rest:literal) => {
        concat!(
            "SELECT slice_start_ms, slice_minutes, institution, currency, ledger_partition, amount_minor, transfers, carried, \
            carried_minor, first_sequence, last_sequence, first_position, last_position FROM book_slice ",
            $rest
        )
    };
}

db::statements! {
    CLEAR_VOUCHERS = "DELETE FROM voucher";
    CLEAR_SLICES = "DELETE FROM book_slice";
    /// Adds a chunk's sums to what is there.
    ADD_VOUCHER = "INSERT INTO voucher (slice_start_ms, slice_minutes, bank_day, institution, currency, debit_kind, \
        credit_kind, code, ledger_partition, amount_minor, transfers, carried, carried_minor, first_sequence, \
        last_sequence, first_position, last_position) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
        ON CONFLICT (slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code, ledger_partition) DO UPDATE SET \
        amount_minor = voucher.amount_minor + excluded.amount_minor, \
        transfers = voucher.transfers + excluded.transfers, carried = voucher.carried + excluded.carried, \
        carried_minor = voucher.carried_minor + excluded.carried_minor, \
        last_sequence = excluded.last_sequence, last_position = excluded.last_position";
    ADD_SLICE = "INSERT INTO book_slice (slice_start_ms, slice_minutes, institution, currency, ledger_partition, amount_minor, \
        transfers, carried, carried_minor, first_sequence, last_sequence, first_position, last_position) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
        ON CONFLICT (slice_start_ms, institution, currency, ledger_partition) DO UPDATE SET \
        amount_minor = book_slice.amount_minor + excluded.amount_minor, \
        transfers = book_slice.transfers + excluded.transfers, carried = book_slice.carried + excluded.carried, \
        carried_minor = book_slice.carried_minor + excluded.carried_minor, \
        last_sequence = excluded.last_sequence, last_position = excluded.last_position";
    ALL = select_voucher!("ORDER BY slice_start_ms, first_sequence");
    OF_DAY = select_voucher!("WHERE bank_day = $1 ORDER BY slice_start_ms, first_sequence");
    OF_SLICE = select_voucher!("WHERE slice_start_ms = $1 ORDER BY first_sequence");
    BY_NUMBER = select_voucher!("WHERE first_sequence = $1 ORDER BY slice_start_ms LIMIT 1");
    /// Slices of a stretch of time, and those that vouchers of a day lie in.
    SLICES = select_slice!("WHERE (slice_start_ms >= $1 AND slice_start_ms < $2) \
        OR slice_start_ms IN (SELECT slice_start_ms FROM voucher WHERE bank_day = $3) \
        ORDER BY slice_start_ms, institution, currency, ledger_partition");
    SLICE = select_slice!("WHERE slice_start_ms = $1 ORDER BY institution, currency, ledger_partition");
    SLICES_FROM = select_slice!("WHERE slice_start_ms >= $1 ORDER BY slice_start_ms, institution, currency, ledger_partition \
        LIMIT $2");
    /// The last transfer of a partition in its slices before a moment.
    LAST_BEFORE = "SELECT MAX(last_sequence) AS last FROM book_slice WHERE ledger_partition = $2 AND slice_start_ms = \
        (SELECT MAX(slice_start_ms) FROM book_slice WHERE ledger_partition = $2 AND slice_start_ms < $1)";
    LAST_SLICES = "SELECT ledger_partition, MAX(slice_start_ms) AS last FROM book_slice GROUP BY ledger_partition";
    /// What the vouchers of each slice add up to.
    SUMS = "SELECT slice_start_ms, CAST(SUM(transfers) AS BIGINT) AS transfers, \
        CAST(SUM(amount_minor) AS BIGINT) AS amount FROM voucher WHERE slice_start_ms >= $1 AND institution = $2 \
        AND currency = $3 GROUP BY slice_start_ms";
    DAYS = "SELECT bank_day, CAST(SUM(transfers) AS BIGINT) AS transfers, COUNT(*) AS vouchers FROM voucher \
        WHERE bank_day < $1 GROUP BY bank_day ORDER BY bank_day DESC LIMIT $2";
    SLICING = "SELECT from_day, minutes FROM book_slicing ORDER BY from_day";
    LAST_POSTED = "SELECT MAX(slice_start_ms) AS last FROM voucher";
    PUT_SLICING = "INSERT INTO book_slicing (from_day, minutes, set_ms) VALUES ($1, $2, $3) \
        ON CONFLICT (from_day) DO UPDATE SET minutes = excluded.minutes, set_ms = excluded.set_ms";
    BOOK_DAY = "SELECT institution, currency, bank_day, kind, debits_minor, credits_minor FROM book_day \
        ORDER BY institution, currency, bank_day, kind";
}

/// Adds what a bookkeeper has.
pub(crate) async fn add(tx: &mut Tx, keeper: &Bookkeeper) -> Result<(), Fault> {
    let mut vouchers = Vec::new();
    for Voucher { key, sum } in keeper.vouchers() {
        let named = params![
            key.slice.start,
            key.slice.minutes,
            key.day,
            key.institution,
            key.currency,
            key.debit_kind,
            key.credit_kind,
            key.code,
            key.partition,
        ];
        vouchers.push([named, sum_columns(&sum)?].concat());
    }
    let mut slices = Vec::new();
    for SliceTotal { slice, institution, currency, partition, sum } in keeper.slices() {
        let named = params![slice.start, slice.minutes, institution, currency, partition];
        slices.push([named, sum_columns(&sum)?].concat());
    }
    tx.bulk_insert(ADD_VOUCHER, vouchers).await?;
    tx.bulk_insert(ADD_SLICE, slices).await?;
    Ok(())
}

fn sum_columns(sum: &BookSum) -> Result<Vec<Value>, Fault> {
    Ok(params![
        sum.amount_minor,
        sum.transfers,
        sum.carried,
        sum.carried_minor,
        i64::try_from(sum.first_sequence)?,
        i64::try_from(sum.last_sequence)?,
        i64::try_from(sum.first_position)?,
        i64::try_from(sum.last_position)?,
    ])
}

/// Every voucher.
pub(crate) async fn all(db: &Db, slicing: &Slicing) -> Result<Vec<Voucher>, Fault> {
    db.query(ALL, params![]).await?.iter().map(|row| voucher(row, slicing)).collect()
}

/// The vouchers of a bank day, slice by slice.
pub(crate) async fn of_day(db: &Db, slicing: &Slicing, day: BankDay) -> Result<Vec<Voucher>, Fault> {
    db.query(OF_DAY, params![day]).await?.iter().map(|row| voucher(row, slicing)).collect()
}

pub(crate) async fn of_slice(db: &Db, slicing: &Slicing, start: Timestamp) -> Result<Vec<Voucher>, Fault> {
    db.query(OF_SLICE, params![start]).await?.iter().map(|row| voucher(row, slicing)).collect()
}

pub(crate) async fn by_number(db: &Db, slicing: &Slicing, number: u64) -> Result<Option<Voucher>, Fault> {
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    let row = db.query_opt(BY_NUMBER, params![number]).await?;
    row.map(|row| voucher(&row, slicing)).transpose()
}

/// The slices of a day by the clock, and those in which something was posted to the day later.
pub(crate) async fn slices_of_day(db: &Db, slicing: &Slicing, day: BankDay) -> Result<Vec<SliceTotal>, Fault> {
    let (first, next) = slicing.bounds(day)?;
    db.query(SLICES, params![first, next, day]).await?.iter().map(|row| total(row, slicing)).collect()
}

/// One slice, a row for each institution and currency.
pub(crate) async fn slice(db: &Db, slicing: &Slicing, start: Timestamp) -> Result<Vec<SliceTotal>, Fault> {
    db.query(SLICE, params![start]).await?.iter().map(|row| total(row, slicing)).collect()
}

/// Slices from a moment on.
pub(crate) async fn slices_from(
    db: &Db,
    slicing: &Slicing,
    from: Timestamp,
    most: i64,
) -> Result<Vec<SliceTotal>, Fault> {
    db.query(SLICES_FROM, params![from, most]).await?.iter().map(|row| total(row, slicing)).collect()
}

/// The number of a partition's last transfer in its slices before a moment.
pub(crate) async fn last_before(db: &Db, start: Timestamp, partition: u16) -> Result<Option<i64>, Fault> {
    db.query_one(LAST_BEFORE, params![start, partition]).await?.opt_i64("last")
}

/// What the vouchers of each slice from a moment on add up to, by its start: transfers, minor units.
pub(crate) async fn sums(
    db: &Db,
    from: Timestamp,
    institution: u16,
    currency: u16,
) -> Result<BTreeMap<Timestamp, (i64, i64)>, Fault> {
    let rows = db.query(SUMS, params![from, institution, currency]).await?;
    let sum = |row: &Row| Ok((Timestamp(row.i64("slice_start_ms")?), (row.i64("transfers")?, row.i64("amount")?)));
    rows.iter().map(sum).collect()
}

/// The start of each partition's newest slice.
pub(crate) async fn last_slices(db: &Db) -> Result<BTreeMap<u16, Timestamp>, Fault> {
    let rows = db.query(LAST_SLICES, params![]).await?;
    let last = |row: &Row| Ok((u16::try_from(row.i64("ledger_partition")?)?, Timestamp(row.i64("last")?)));
    rows.iter().map(last).collect()
}

/// Days with vouchers before one, the newest first: day, transfers, vouchers.
pub(crate) async fn days(db: &Db, before: BankDay, most: i64) -> Result<Vec<(BankDay, i64, i64)>, Fault> {
    let rows = db.query(DAYS, params![before, most]).await?;
    let day =
        |row: &Row| Ok((BankDay(i32::try_from(row.i64("bank_day")?)?), row.i64("transfers")?, row.i64("vouchers")?));
    rows.iter().map(day).collect()
}

/// A row of the daily sums: institution, currency, day, kind, debits, credits.
pub(crate) type DayRow = (u16, u16, BankDay, u32, i64, i64);

pub(crate) async fn day_sums(db: &Db) -> Result<Vec<DayRow>, Fault> {
    let sum = |row: &Row| {
        Ok((
            u16::try_from(row.i64("institution")?)?,
            u16::try_from(row.i64("currency")?)?,
            BankDay(i32::try_from(row.i64("bank_day")?)?),
            u32::try_from(row.i64("kind")?)?,
            row.i64("debits_minor")?,
            row.i64("credits_minor")?,
        ))
    };
    db.query(BOOK_DAY, params![]).await?.iter().map(sum).collect()
}

/// The lengths of slices, the first day first.
pub(crate) async fn slicing(tx: &mut Tx) -> Result<Vec<(BankDay, u16)>, Fault> {
    let rows = tx.query(SLICING, params![]).await?;
    let length = |row: &Row| Ok((BankDay(i32::try_from(row.i64("from_day")?)?), u16::try_from(row.i64("minutes")?)?));
    rows.iter().map(length).collect()
}

/// The start of the newest slice with a voucher.
pub(crate) async fn last_posted(tx: &mut Tx) -> Result<Option<Timestamp>, Fault> {
    Ok(tx.query_one(LAST_POSTED, params![]).await?.opt_i64("last")?.map(Timestamp))
}

pub(crate) async fn put_slicing(tx: &mut Tx, from: BankDay, minutes: u16, now: Timestamp) -> Result<(), Fault> {
    tx.execute(PUT_SLICING, params![from, minutes, now]).await.map(|_| ())
}

fn cut(row: &Row, slicing: &Slicing) -> Result<Slice, Fault> {
    let (start, minutes) = (Timestamp(row.i64("slice_start_ms")?), u16::try_from(row.i64("slice_minutes")?)?);
    let (_, next) = slicing.bounds(slicing.day(start))?;
    Ok(Slice { start, end: start.plus_ms(i64::from(minutes) * 60_000).min(next), minutes })
}

fn sum(row: &Row) -> Result<BookSum, Fault> {
    let number = |name: &str| Ok::<u64, Fault>(u64::try_from(row.i64(name)?)?);
    Ok(BookSum {
        amount_minor: row.i64("amount_minor")?,
        transfers: row.i64("transfers")?,
        carried: row.i64("carried")?,
        carried_minor: row.i64("carried_minor")?,
        first_sequence: number("first_sequence")?,
        last_sequence: number("last_sequence")?,
        first_position: number("first_position")?,
        last_position: number("last_position")?,
    })
}

fn voucher(row: &Row, slicing: &Slicing) -> Result<Voucher, Fault> {
    let key = VoucherKey {
        slice: cut(row, slicing)?,
        day: BankDay(i32::try_from(row.i64("bank_day")?)?),
        institution: u16::try_from(row.i64("institution")?)?,
        currency: u16::try_from(row.i64("currency")?)?,
        debit_kind: u32::try_from(row.i64("debit_kind")?)?,
        credit_kind: u32::try_from(row.i64("credit_kind")?)?,
        code: u16::try_from(row.i64("code")?)?,
        partition: u16::try_from(row.i64("ledger_partition")?)?,
    };
    Ok(Voucher { key, sum: sum(row)? })
}

fn total(row: &Row, slicing: &Slicing) -> Result<SliceTotal, Fault> {
    Ok(SliceTotal {
        slice: cut(row, slicing)?,
        institution: u16::try_from(row.i64("institution")?)?,
        currency: u16::try_from(row.i64("currency")?)?,
        partition: u16::try_from(row.i64("ledger_partition")?)?,
        sum: sum(row)?,
    })
}
