//! Days of the clearing account, and their differences.

use crate::model::case::CaseId;
use crate::model::instruction::OrderNumber;
use crate::model::reconcile::{Difference, DifferenceKind, Found, Reconciliation};
use crate::store::draft::bank_day;
use crate::store::interbank::{StoredInterbank, stored};
use db::{Db, Row, Tx, params};
use kit::{BankDay, Fault, Timestamp};
use std::collections::BTreeMap;

db::statements! {
    CURSORS = "SELECT name, position FROM interbank_cursor WHERE name IN ('statement', 'posting') OR name LIKE 'posting@%'";
    MOVE_CURSOR = "INSERT INTO interbank_cursor (name, position) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE interbank_cursor.position < excluded.position";
    NEW_STATEMENTS = "SELECT id, day, statement_id, message FROM interbank_statement WHERE kind = 'camt.053' AND id > $1 \
        ORDER BY id";
    NEW_POSTINGS = "SELECT MIN(settlement_day) AS day, MAX(sequence) AS sequence FROM clearing_posting \
        WHERE sequence > $1 AND sequence < $2";
    DAYS_FROM = "SELECT day FROM clearing_reconciliation WHERE day >= $1 ORDER BY day";
    STATEMENT = "SELECT s.id, s.statement_id, s.received_ms, s.message, m.xml FROM interbank_statement s \
        JOIN interbank_message m ON m.id = s.message WHERE s.kind = 'camt.053' AND s.day = $1 ORDER BY s.id DESC LIMIT 1";
    OTHER_DAY = "SELECT c.settlement_day FROM clearing_posting c JOIN interbank_payment i ON i.order_id = c.order_id \
        WHERE i.tx_id = $1 AND c.settlement_day <> $2 ORDER BY c.sequence LIMIT 1";
    BEFORE = "SELECT * FROM clearing_reconciliation WHERE day < $1 ORDER BY day DESC LIMIT $2";
    DAY = "SELECT * FROM clearing_reconciliation WHERE day = $1";
    PUT_DAY = "INSERT INTO clearing_reconciliation (day, statement, statement_id, received_ms, compared_ms, opening_here, \
        opening_there, closing_here, closing_there, matched, matched_in, matched_out, differences) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (day) DO UPDATE SET \
        statement = excluded.statement, statement_id = excluded.statement_id, received_ms = excluded.received_ms, \
        compared_ms = excluded.compared_ms, opening_here = excluded.opening_here, opening_there = excluded.opening_there, \
        closing_here = excluded.closing_here, closing_there = excluded.closing_there, matched = excluded.matched, \
        matched_in = excluded.matched_in, matched_out = excluded.matched_out, differences = excluded.differences";
    DIFFERENCES = "SELECT * FROM clearing_difference WHERE day = $1 ORDER BY id";
    INSERT_DIFFERENCE = "INSERT INTO clearing_difference (id, day, name, kind, tx_id, order_id, here_minor, there_minor, \
        place, other_day, case_id, found_ms, gone_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL)";
    STANDS = "UPDATE clearing_difference SET order_id = $2, place = $3, other_day = $4, case_id = $5, gone_ms = NULL \
        WHERE id = $1";
    GONE = "UPDATE clearing_difference SET gone_ms = $2 WHERE id = $1";
    CASE_FACTS = "SELECT facts FROM interbank_case WHERE id = $1";
    SET_CASE_FACTS = "UPDATE interbank_case SET facts = $2 WHERE id = $1";
    OPEN_CASES = "SELECT COUNT(*) AS n FROM interbank_case WHERE state = 'open'";
    BY_DAY = "SELECT settlement_day, COUNT(*) AS n, CAST(SUM(amount_minor) AS BIGINT) AS total FROM clearing_posting \
        GROUP BY settlement_day ORDER BY settlement_day DESC LIMIT $1";
    ON_THEIR_WAY = "SELECT way, COUNT(*) AS n, CAST(SUM(amount_minor) AS BIGINT) AS total FROM interbank_payment \
        WHERE state IN ('written', 'waiting', 'sending', 'sent', 'checking') GROUP BY way";
    AWAITING = "SELECT * FROM interbank_payment WHERE created_ms < $1 AND (ended_ms IS NULL OR ended_ms >= $1) \
        AND state <> 'abandoned' AND way <> 'returned' AND (settlement_day IS NULL OR settlement_day > $2) \
        ORDER BY created_ms, order_id LIMIT $3";
    ENDED = "SELECT * FROM interbank_payment WHERE state = $1 AND ended_ms IS NOT NULL ORDER BY ended_ms DESC, order_id DESC \
        LIMIT $2";
}

/// What came since it was looked last.
pub(crate) struct News {
    /// Statements: number, the day they are about, their name, their message.
    pub(crate) statements: Vec<(i64, Option<BankDay>, String, i64)>,
    /// For each partition of the ledger with new postings: their earliest day, and the last of these.
    pub(crate) postings: Vec<(u16, BankDay, i64)>,
}

/// The cursor of the postings in a partition of the ledger.
pub(crate) fn posting_cursor(partition: u16) -> String {
    if partition == 0 { "posting".to_owned() } else { format!("posting@{partition}") }
}

pub(crate) async fn news(db: &Db, partitions: u16) -> Result<News, Fault> {
    let mut cursors = BTreeMap::new();
    for row in db.query(CURSORS, params![]).await? {
        cursors.insert(row.text("name")?, row.i64("position")?);
    }
    let after = |name: &str| cursors.get(name).copied().unwrap_or_default();
    let rows = db.query(NEW_STATEMENTS, params![after("statement")]).await?;
    let statement = |row: &Row| {
        Ok((row.i64("id")?, bank_day(row.opt_i64("day")?)?, row.text("statement_id")?, row.i64("message")?))
    };
    let statements = rows.iter().map(statement).collect::<Result<_, Fault>>()?;
    let mut postings = Vec::new();
    for partition in 0..partitions {
        let [first, next] = [partition, partition + 1].map(|partition| ledger::numbered(partition, 0) as i64);
        let after = cursors.get(&posting_cursor(partition)).copied().unwrap_or(first - 1);
        let row = db.query_one(NEW_POSTINGS, params![after, next]).await?;
        if let (Some(day), Some(last)) = (bank_day(row.opt_i64("day")?)?, row.opt_i64("sequence")?) {
            postings.push((partition, day, last));
        }
    }
    Ok(News { statements, postings })
}

pub(crate) async fn move_cursor(tx: &mut Tx, name: &str, position: i64) -> Result<(), Fault> {
    tx.execute(MOVE_CURSOR, params![name, position]).await.map(|_| ())
}

/// Days from this one on that were compared before.
pub(crate) async fn days_from(db: &Db, day: BankDay) -> Result<Vec<BankDay>, Fault> {
    let rows = db.query(DAYS_FROM, params![day]).await?;
    rows.iter().map(|row| Ok(BankDay(i32::try_from(row.i64("day")?)?))).collect()
}

/// The newest statement of a day.
pub(crate) struct StoredDayStatement {
    pub(crate) id: i64,
    pub(crate) statement_id: String,
    pub(crate) received: Timestamp,
    pub(crate) message: i64,
    pub(crate) xml: String,
}

pub(crate) async fn statement(db: &Db, day: BankDay) -> Result<Option<StoredDayStatement>, Fault> {
    let row = db.query_opt(STATEMENT, params![day]).await?;
    let statement = |row: Row| {
        Ok(StoredDayStatement {
            id: row.i64("id")?,
            statement_id: row.text("statement_id")?,
            received: Timestamp(row.i64("received_ms")?),
            message: row.i64("message")?,
            xml: row.text("xml")?,
        })
    };
    row.map(statement).transpose()
}

/// Another day on which the books have a transaction.
pub(crate) async fn other_day(db: &Db, transaction_id: &str, day: BankDay) -> Result<Option<BankDay>, Fault> {
    let row = db.query_opt(OTHER_DAY, params![transaction_id, day]).await?;
    bank_day(row.map(|row| row.i64("settlement_day")).transpose()?)
}

/// Days before one, the newest first.
pub(crate) async fn before(db: &Db, day: BankDay, most: i64) -> Result<Vec<Reconciliation>, Fault> {
    db.query(BEFORE, params![day, most]).await?.iter().map(reconciliation).collect()
}

pub(crate) async fn day(db: &Db, day: BankDay) -> Result<Option<Reconciliation>, Fault> {
    db.query_opt(DAY, params![day]).await?.as_ref().map(reconciliation).transpose()
}

pub(crate) async fn put_day(tx: &mut Tx, statement: i64, result: &Reconciliation) -> Result<(), Fault> {
    let values = params![
        result.day,
        statement,
        result.statement_id.as_str(),
        result.received,
        result.compared,
        result.opening_here_minor,
        result.opening_there_minor,
        result.closing_here_minor,
        result.closing_there_minor,
        result.matched,
        result.matched_in_minor,
        result.matched_out_minor,
        result.differences,
    ];
    tx.execute(PUT_DAY, values).await.map(|_| ())
}

/// A difference of a day, with its number and the name by which it is known again.
pub(crate) struct StoredDifference {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) difference: Difference,
}

pub(crate) async fn differences(db: &Db, day: BankDay) -> Result<Vec<StoredDifference>, Fault> {
    db.query(DIFFERENCES, params![day]).await?.iter().map(difference).collect()
}

pub(crate) async fn differences_in(tx: &mut Tx, day: BankDay) -> Result<Vec<StoredDifference>, Fault> {
    tx.query(DIFFERENCES, params![day]).await?.iter().map(difference).collect()
}

/// What is known about a difference beside what was compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) order: Option<OrderNumber>,
    pub(crate) other_day: Option<BankDay>,
    pub(crate) case: CaseId,
}

pub(crate) async fn insert_difference(
    tx: &mut Tx,
    id: i64,
    day: BankDay,
    name: &str,
    found: &Found,
    beside: Beside,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        id,
        day,
        name,
        found.kind.code(),
        found.transaction_id.as_str(),
        beside.order.map(|order| order.0),
        found.here_minor,
        found.there_minor,
        found.place,
        beside.other_day,
        beside.case.0,
        now,
    ];
    tx.execute(INSERT_DIFFERENCE, values).await.map(|_| ())
}

/// A difference was found again.
pub(crate) async fn stands(tx: &mut Tx, id: i64, place: Option<i64>, beside: Beside) -> Result<(), Fault> {
    let values = params![id, beside.order.map(|order| order.0), place, beside.other_day, beside.case.0];
    tx.execute(STANDS, values).await.map(|_| ())
}

/// A difference was not found any more.
pub(crate) async fn gone(tx: &mut Tx, id: i64, now: Timestamp) -> Result<(), Fault> {
    tx.execute(GONE, params![id, now]).await.map(|_| ())
}

/// Adds to what a case knows.
pub(crate) async fn add_fact(tx: &mut Tx, case: CaseId, name: &str, value: &str) -> Result<(), Fault> {
    let Some(row) = tx.query_opt(CASE_FACTS, params![case.0]).await? else { return Ok(()) };
    let mut facts: BTreeMap<String, String> = serde_json::from_str(&row.text("facts")?)?;
    facts.insert(name.to_owned(), value.to_owned());
    tx.execute(SET_CASE_FACTS, params![case.0, serde_json::to_string(&facts)?]).await.map(|_| ())
}

pub(crate) async fn open_cases(db: &Db) -> Result<i64, Fault> {
    db.query_one(OPEN_CASES, params![]).await?.i64("n")
}

/// Settlement days with postings, the newest first: day, how many, their sum in minor units.
pub(crate) async fn by_day(db: &Db, most: i64) -> Result<Vec<(BankDay, i64, i64)>, Fault> {
    let rows = db.query(BY_DAY, params![most]).await?;
    let day = |row: &Row| Ok((BankDay(i32::try_from(row.i64("settlement_day")?)?), row.i64("n")?, row.i64("total")?));
    rows.iter().map(day).collect()
}

/// What is on its way: the word of the way, how many, their sum.
pub(crate) async fn on_their_way(db: &Db) -> Result<Vec<(String, i64, i64)>, Fault> {
    let rows = db.query(ON_THEIR_WAY, params![]).await?;
    rows.iter().map(|row| Ok((row.text("way")?, row.i64("n")?, row.i64("total")?))).collect()
}

/// Payments that were on their way when a day ended, the oldest first.
pub(crate) async fn awaiting(db: &Db, end: Timestamp, day: BankDay, most: i64) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(AWAITING, params![end, day, most]).await?.iter().map(stored).collect()
}

/// Payments in a final state, the newest first.
pub(crate) async fn ended(db: &Db, state: &str, most: i64) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(ENDED, params![state, most]).await?.iter().map(stored).collect()
}

fn reconciliation(row: &Row) -> Result<Reconciliation, Fault> {
    Ok(Reconciliation {
        day: BankDay(i32::try_from(row.i64("day")?)?),
        statement_id: row.text("statement_id")?,
        received: Timestamp(row.i64("received_ms")?),
        compared: Timestamp(row.i64("compared_ms")?),
        opening_here_minor: row.i64("opening_here")?,
        opening_there_minor: row.opt_i64("opening_there")?,
        closing_here_minor: row.i64("closing_here")?,
        closing_there_minor: row.opt_i64("closing_there")?,
        matched: row.i64("matched")?,
        matched_in_minor: row.i64("matched_in")?,
        matched_out_minor: row.i64("matched_out")?,
        differences: row.i64("differences")?,
    })
}

fn difference(row: &Row) -> Result<StoredDifference, Fault> {
    let kind = row.text("kind")?;
    let known = DifferenceKind::from_code(&kind);
    let difference = Difference {
        kind: known.ok_or_else(|| Fault::new(format!("no kind of difference {kind:?}")))?,
        transaction_id: row.text("tx_id")?,
        order: row.opt_i64("order_id")?.map(OrderNumber),
        here_minor: row.opt_i64("here_minor")?,
        there_minor: row.opt_i64("there_minor")?,
        place: row.opt_i64("place")?,
        other_day: bank_day(row.opt_i64("other_day")?)?,
        case: CaseId(row.i64("case_id")?),
        found: Timestamp(row.i64("found_ms")?),
        gone: row.opt_i64("gone_ms")?.map(Timestamp),
    };
    Ok(StoredDifference { id: row.i64("id")?, name: row.text("name")?, difference })
}
