//! Slices that were compared, their differences, and what the networks' lists have for them.

use crate::model::authorisation::Advice;
use crate::model::case::CaseId;
use crate::model::slice::{BookChannel, CountAndSum, FoundInSlice, SliceCheck, SliceDifference, SliceDifferenceKind};
use accounts::Slice;
use db::{Db, Row, Sql, Tx, Value, params, placeholders};
use kit::{BankDay, Fault, Timestamp};

macro_rules! select_check {
    ($rest:literal) => {
        concat!(
            "SELECT slice_start_ms, last_sequence, journal_count, journal_minor, voucher_count, voucher_minor, \
            clearing_here_count, clearing_here_minor, clearing_there_count, clearing_there_minor, cards_here_count, \
            cards_here_minor, cards_there_count, cards_there_minor, carried_count, carried_minor, late, differences, \
            compared_ms FROM slice_check ",
            $rest
        )
    };
}

db::statements! {
    CHECKS = select_check!("WHERE slice_start_ms >= $1 AND slice_start_ms <= $2 ORDER BY slice_start_ms");
    DIFFERING = "SELECT slice_start_ms FROM slice_check WHERE differences > 0 ORDER BY slice_start_ms DESC LIMIT $1";
    PUT_CHECK = "INSERT INTO slice_check (slice_start_ms, last_sequence, journal_count, journal_minor, voucher_count, \
        voucher_minor, clearing_here_count, clearing_here_minor, clearing_there_count, clearing_there_minor, \
        cards_here_count, cards_here_minor, cards_there_count, cards_there_minor, carried_count, carried_minor, late, \
        differences, compared_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
        $18, $19) ON CONFLICT (slice_start_ms) DO UPDATE SET last_sequence = excluded.last_sequence, \
        journal_count = excluded.journal_count, journal_minor = excluded.journal_minor, \
        voucher_count = excluded.voucher_count, voucher_minor = excluded.voucher_minor, \
        clearing_here_count = excluded.clearing_here_count, clearing_here_minor = excluded.clearing_here_minor, \
        clearing_there_count = excluded.clearing_there_count, clearing_there_minor = excluded.clearing_there_minor, \
        cards_here_count = excluded.cards_here_count, cards_here_minor = excluded.cards_here_minor, \
        cards_there_count = excluded.cards_there_count, cards_there_minor = excluded.cards_there_minor, \
        carried_count = excluded.carried_count, carried_minor = excluded.carried_minor, late = excluded.late, \
        differences = excluded.differences, compared_ms = excluded.compared_ms";
    DIFFERENCES = "SELECT id, name, kind, channel, reference, sequence, order_id, journal_minor, other_minor, case_id, \
        found_ms, gone_ms FROM slice_difference WHERE slice_start_ms = $1 ORDER BY id";
    INSERT_DIFFERENCE = "INSERT INTO slice_difference (id, slice_start_ms, name, kind, channel, reference, sequence, \
        order_id, journal_minor, other_minor, case_id, found_ms, gone_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL)";
    STANDS = "UPDATE slice_difference SET case_id = $2, gone_ms = NULL WHERE id = $1";
    GONE = "UPDATE slice_difference SET gone_ms = $2 WHERE id = $1";
    CLOSE_CASE = "UPDATE interbank_case SET state = 'closed', closed_ms = $2 WHERE id = $1 AND state = 'open'";
    CURSOR = "SELECT position FROM interbank_cursor WHERE name = $1";
    SET_CURSOR = "UPDATE interbank_cursor SET position = $2 WHERE name = $1";
    /// Postings on the clearing account after one transfer and up to another, with the amount of the message.
    POSTINGS = "SELECT c.sequence, c.order_id, c.settlement_day, c.amount_minor, i.tx_id, i.amount_minor AS message_minor \
        FROM clearing_posting c LEFT JOIN interbank_payment i ON i.order_id = c.order_id \
        WHERE c.sequence > $1 AND c.sequence <= $2 ORDER BY c.sequence";
    ADVICES = "SELECT reference, kind, billed_minor, order_id, asked_ms FROM card_advice \
        WHERE asked_ms >= $1 AND asked_ms < $2 AND kind IN ('capture', 'refund') AND state = 'done'";
    CASH = "SELECT reference, attempt, billed_minor, order_id, asked_ms FROM card_authorisation \
        WHERE asked_ms >= $1 AND asked_ms < $2 AND channel = 'atm' AND state = 'captured'";
}

const ADVICES_OF: &str = "SELECT reference, kind, billed_minor, order_id, asked_ms FROM card_advice \
    WHERE kind IN ('capture', 'refund') AND state = 'done' AND order_id IN";
const CASH_OF: &str = "SELECT reference, attempt, billed_minor, order_id, asked_ms FROM card_authorisation \
    WHERE channel = 'atm' AND state = 'captured' AND order_id IN";
/// Orders of one query.
const AT_ONCE: usize = 500;

/// A posting on the clearing account and what its message says.
pub(crate) struct ListedPosting {
    pub(crate) sequence: u64,
    pub(crate) order: i64,
    pub(crate) settlement_day: BankDay,
    pub(crate) amount_minor: i64,
    /// Its name for all banks, and its amount; none if no message is kept.
    pub(crate) message: Option<(String, i64)>,
}

/// What the card network was answered.
pub(crate) struct ListedCard {
    pub(crate) reference: String,
    /// The number of the question's attempt if it is cash; what followed otherwise.
    pub(crate) what: Result<u8, Advice>,
    pub(crate) billed_minor: i64,
    pub(crate) order: i64,
    pub(crate) asked: Timestamp,
}

/// Slices that were compared, from one start to another.
pub(crate) async fn checks(db: &Db, first: Timestamp, last: Timestamp) -> Result<Vec<StoredCheck>, Fault> {
    db.query(CHECKS, params![first, last]).await?.iter().map(check).collect()
}

/// Starts of slices with differences that stand, the newest first.
pub(crate) async fn differing(db: &Db, most: i64) -> Result<Vec<Timestamp>, Fault> {
    db.query(DIFFERING, params![most]).await?.iter().map(|row| Ok(Timestamp(row.i64("slice_start_ms")?))).collect()
}

/// A check whose slice is known by its start.
pub(crate) struct StoredCheck {
    pub(crate) start: Timestamp,
    row: SliceCheck,
}

impl StoredCheck {
    pub(crate) fn of(self, slice: Slice) -> SliceCheck {
        SliceCheck { slice, ..self.row }
    }

    pub(crate) fn row(&self) -> &SliceCheck {
        &self.row
    }
}

pub(crate) async fn put_check(tx: &mut Tx, check: &SliceCheck) -> Result<(), Fault> {
    let values = params![
        check.slice.start,
        check.reached,
        check.journal.count,
        check.journal.minor,
        check.vouchers.count,
        check.vouchers.minor,
        check.clearing_here.count,
        check.clearing_here.minor,
        check.clearing_there.count,
        check.clearing_there.minor,
        check.cards_here.count,
        check.cards_here.minor,
        check.cards_there.count,
        check.cards_there.minor,
        check.carried.count,
        check.carried.minor,
        check.late,
        check.differences,
        check.compared,
    ];
    tx.execute(PUT_CHECK, values).await.map(|_| ())
}

fn check(row: &Row) -> Result<StoredCheck, Fault> {
    let pair = |count: &str, minor: &str| {
        Ok::<CountAndSum, Fault>(CountAndSum { count: row.i64(count)?, minor: row.i64(minor)? })
    };
    let start = Timestamp(row.i64("slice_start_ms")?);
    let check = SliceCheck {
        slice: Slice { start, end: start, minutes: 0 },
        reached: row.i64("last_sequence")?,
        journal: pair("journal_count", "journal_minor")?,
        vouchers: pair("voucher_count", "voucher_minor")?,
        clearing_here: pair("clearing_here_count", "clearing_here_minor")?,
        clearing_there: pair("clearing_there_count", "clearing_there_minor")?,
        cards_here: pair("cards_here_count", "cards_here_minor")?,
        cards_there: pair("cards_there_count", "cards_there_minor")?,
        carried: pair("carried_count", "carried_minor")?,
        late: row.i64("late")?,
        differences: row.i64("differences")?,
        compared: Timestamp(row.i64("compared_ms")?),
    };
    Ok(StoredCheck { start, row: check })
}

/// A difference with its number and the name by which it is known again.
pub(crate) struct StoredSliceDifference {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) difference: SliceDifference,
}

pub(crate) async fn differences(db: &Db, start: Timestamp) -> Result<Vec<StoredSliceDifference>, Fault> {
    db.query(DIFFERENCES, params![start]).await?.iter().map(difference).collect()
}

pub(crate) async fn differences_in(tx: &mut Tx, start: Timestamp) -> Result<Vec<StoredSliceDifference>, Fault> {
    tx.query(DIFFERENCES, params![start]).await?.iter().map(difference).collect()
}

pub(crate) async fn insert_difference(
    tx: &mut Tx,
    id: i64,
    start: Timestamp,
    name: &str,
    found: &FoundInSlice,
    case: CaseId,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        id,
        start,
        name,
        found.kind.code(),
        found.channel.map(BookChannel::code),
        found.reference.as_str(),
        found.sequence.map(i64::try_from).transpose()?,
        found.order,
        found.journal_minor,
        found.other_minor,
        case.0,
        now,
    ];
    tx.execute(INSERT_DIFFERENCE, values).await.map(|_| ())
}

/// A difference was found again, under this case.
pub(crate) async fn stands(tx: &mut Tx, id: i64, case: CaseId) -> Result<(), Fault> {
    tx.execute(STANDS, params![id, case.0]).await.map(|_| ())
}

/// A difference was not found any more; its case closes if nobody closed it.
pub(crate) async fn gone(tx: &mut Tx, id: i64, case: CaseId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(GONE, params![id, now]).await?;
    tx.execute(CLOSE_CASE, params![case.0, now]).await.map(|_| ())
}

pub(crate) async fn cursor(db: &Db, name: &str) -> Result<Timestamp, Fault> {
    Ok(Timestamp(db.query_one(CURSOR, params![name]).await?.i64("position")?))
}

pub(crate) async fn set_cursor(db: &Db, name: &str, to: Timestamp) -> Result<(), Fault> {
    db.execute(SET_CURSOR, params![name, to]).await.map(|_| ())
}

/// Postings on the clearing account after one transfer and up to another.
pub(crate) async fn postings(db: &Db, after: i64, last: i64) -> Result<Vec<ListedPosting>, Fault> {
    let posting = |row: &Row| {
        Ok(ListedPosting {
            sequence: u64::try_from(row.i64("sequence")?)?,
            order: row.i64("order_id")?,
            settlement_day: BankDay(i32::try_from(row.i64("settlement_day")?)?),
            amount_minor: row.i64("amount_minor")?,
            message: row.opt_text("tx_id")?.zip(row.opt_i64("message_minor")?),
        })
    };
    db.query(POSTINGS, params![after, last]).await?.iter().map(posting).collect()
}

/// What the card network was answered within a stretch of time, and about these orders.
pub(crate) async fn card_list(
    db: &Db,
    first: Timestamp,
    end: Timestamp,
    orders: &[i64],
) -> Result<Vec<ListedCard>, Fault> {
    let mut list = Vec::new();
    for row in db.query(ADVICES, params![first, end]).await? {
        list.push(advice(&row)?);
    }
    for row in db.query(CASH, params![first, end]).await? {
        list.push(cash(&row)?);
    }
    for orders in orders.chunks(AT_ONCE) {
        let values: Vec<Value> = orders.iter().map(|order| Value::I64(*order)).collect();
        let of = |text: &str| Sql::assembled(format!("{text} ({})", placeholders(1, values.len())));
        for row in db.query(of(ADVICES_OF), values.clone()).await? {
            list.push(advice(&row)?);
        }
        for row in db.query(of(CASH_OF), values.clone()).await? {
            list.push(cash(&row)?);
        }
    }
    list.sort_by(|one, other| (&one.reference, one.order).cmp(&(&other.reference, other.order)));
    list.dedup_by(|one, other| one.reference == other.reference && one.what == other.what);
    Ok(list)
}

fn advice(row: &Row) -> Result<ListedCard, Fault> {
    let kind = row.text("kind")?;
    let kind = [Advice::Capture, Advice::Refund].into_iter().find(|advice| advice.code() == kind);
    let kind = kind.ok_or_else(|| Fault::new("what followed an authorisation cannot be read"))?;
    let billed_minor = row.i64("billed_minor")?;
    Ok(ListedCard {
        reference: row.text("reference")?,
        billed_minor: if kind == Advice::Refund { -billed_minor } else { billed_minor },
        what: Err(kind),
        order: row.i64("order_id")?,
        asked: Timestamp(row.i64("asked_ms")?),
    })
}

fn cash(row: &Row) -> Result<ListedCard, Fault> {
    Ok(ListedCard {
        reference: row.text("reference")?,
        what: Ok(u8::try_from(row.i64("attempt")?)?),
        billed_minor: row.opt_i64("billed_minor")?.unwrap_or_default(),
        order: row.i64("order_id")?,
        asked: Timestamp(row.i64("asked_ms")?),
    })
}

fn difference(row: &Row) -> Result<StoredSliceDifference, Fault> {
    let (kind, channel) = (row.text("kind")?, row.opt_text("channel")?);
    let known = SliceDifferenceKind::from_code(&kind);
    let difference = SliceDifference {
        kind: known.ok_or_else(|| Fault::new(format!("no kind of difference {kind:?}")))?,
        channel: channel.as_deref().and_then(BookChannel::from_code),
        reference: row.text("reference")?,
        sequence: row.opt_i64("sequence")?,
        order: row.opt_i64("order_id")?,
        journal_minor: row.opt_i64("journal_minor")?,
        other_minor: row.opt_i64("other_minor")?,
        case: CaseId(row.i64("case_id")?),
        found: Timestamp(row.i64("found_ms")?),
        gone: row.opt_i64("gone_ms")?.map(Timestamp),
    };
    Ok(StoredSliceDifference { id: row.i64("id")?, name: row.text("name")?, difference })
}
