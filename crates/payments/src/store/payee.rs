//! Whom customers have paid, and whom people looked for.

use db::{Db, Tx, params};
use kit::{Fault, IdMaker, Timestamp};
use ledger::AccountId;
use passport::{CustomerId, PersonId};
use std::collections::BTreeMap;

db::statements! {
    SAVE = "INSERT INTO payment_saved_payee (id, customer, payee, last_paid_ms) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (customer, payee) DO UPDATE SET last_paid_ms = excluded.last_paid_ms";
    OF_CUSTOMER = "SELECT id, payee, last_paid_ms FROM payment_saved_payee WHERE customer = $1 \
        ORDER BY last_paid_ms DESC, id DESC LIMIT 100";
    BY_ID = "SELECT payee FROM payment_saved_payee WHERE id = $1 AND customer = $2";
    REMOVE = "DELETE FROM payment_saved_payee WHERE id = $1 AND customer = $2";
    LOOK = "INSERT INTO payment_look_up (person, subject, looked_ms) VALUES ($1, $2, $3) \
        ON CONFLICT (person, subject) DO UPDATE SET looked_ms = excluded.looked_ms";
    LOOKED = "SELECT looked_ms FROM payment_look_up WHERE person = $1 AND subject = $2 AND looked_ms > $3";
    LOOKS = "SELECT COUNT(*) AS looks, MIN(looked_ms) AS oldest FROM payment_look_up WHERE person = $1 AND looked_ms > $2";
    SWEEP_LOOKS = "DELETE FROM payment_look_up WHERE looked_ms <= $1";
    CURSOR = "SELECT sequence FROM payment_cursor WHERE name = $1";
    MOVE_CURSOR = "INSERT INTO payment_cursor (name, sequence) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence";
    LAST_ATTEMPT = "SELECT MAX(sequence) AS last FROM payment_attempt WHERE sequence >= $1 AND sequence < $2";
    /// What was done to orders that the tables do not have yet cannot be told about.
    FIRST_MARK = "SELECT MIN(sequence) AS first FROM payment_order_mark WHERE sequence > $1 AND sequence <= $2";
    NEWS = "SELECT a.sequence, a.order_id, a.effect, o.payer, o.payee, o.amount_minor, o.currency, a.decided_ms, \
        (SELECT MAX(f.initiator) FROM payment_attempt f WHERE f.order_id = a.order_id) AS initiator \
        FROM payment_attempt a JOIN payment_order o ON o.order_id = a.order_id \
        WHERE a.sequence > $1 AND a.sequence <= $2 AND o.kind = 1 AND a.refusal IS NULL ORDER BY a.sequence";
}

/// The lock under which news are told, so that two runs do not tell the same.
pub(crate) const NEWS_LOCK: &str = "payments/news";

/// Somebody whom a customer has paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredPayee {
    pub(crate) id: i64,
    pub(crate) account: AccountId,
    pub(crate) last_paid: Timestamp,
}

/// A transfer that was decided.
#[derive(Debug, Clone)]
pub(crate) struct News {
    pub(crate) order: i64,
    /// None: paid at once.
    pub(crate) effect: Option<String>,
    pub(crate) payer: AccountId,
    pub(crate) payee: AccountId,
    pub(crate) amount_minor: i64,
    pub(crate) currency: u16,
    pub(crate) decided: Timestamp,
    /// Who asked for it.
    pub(crate) initiator: Option<i64>,
}

/// Keeps whom customers have paid, by customer and account, and when they did last.
pub(crate) async fn save_all(tx: &mut Tx, ids: &IdMaker, paid: &BTreeMap<(i64, u64), Timestamp>) -> Result<(), Fault> {
    let row =
        |((customer, payee), paid): (&(i64, u64), &Timestamp)| params![ids.next(), *customer, *payee as i64, *paid];
    tx.bulk_insert(SAVE, paid.iter().map(row).collect()).await.map(|_| ())
}

/// Whom a customer has paid, the latest first.
pub(crate) async fn of_customer(db: &Db, customer: CustomerId) -> Result<Vec<StoredPayee>, Fault> {
    let rows = db.query(OF_CUSTOMER, params![customer.0]).await?;
    let stored = |row: &db::Row| {
        let account = AccountId(row.i64("payee")? as u64);
        Ok(StoredPayee { id: row.i64("id")?, account, last_paid: Timestamp(row.i64("last_paid_ms")?) })
    };
    rows.iter().map(stored).collect()
}

pub(crate) async fn by_id(db: &Db, customer: CustomerId, id: i64) -> Result<Option<AccountId>, Fault> {
    let row = db.query_opt(BY_ID, params![id, customer.0]).await?;
    row.map(|row| Ok(AccountId(row.i64("payee")? as u64))).transpose()
}

/// Whether there was one.
pub(crate) async fn remove(db: &Db, customer: CustomerId, id: i64) -> Result<bool, Fault> {
    Ok(db.execute(REMOVE, params![id, customer.0]).await? > 0)
}

/// The lock under which a person's looks are counted.
pub(crate) fn look_lock(person: PersonId) -> String {
    format!("look-up/{person}")
}

/// When a person looked for this last, if it was since then.
pub(crate) async fn looked_before(
    db: &Db,
    person: PersonId,
    subject: &[u8],
    since: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    let row = db.query_opt(LOOKED, params![person.0, subject, since]).await?;
    row.map(|row| Ok(Timestamp(row.i64("looked_ms")?))).transpose()
}

/// How many different payees a person looked for since then, and when the first of these looks was.
pub(crate) async fn looks(tx: &mut Tx, person: PersonId, since: Timestamp) -> Result<(i64, Option<Timestamp>), Fault> {
    let row = tx.query_opt(LOOKS, params![person.0, since]).await?;
    let row = row.ok_or_else(|| Fault::new("a count gave no row"))?;
    Ok((row.i64("looks")?, row.opt_i64("oldest")?.map(Timestamp)))
}

pub(crate) async fn look(tx: &mut Tx, person: PersonId, subject: &[u8], now: Timestamp) -> Result<(), Fault> {
    tx.execute(LOOK, params![person.0, subject, now]).await.map(|_| ())
}

pub(crate) async fn sweep_looks(db: &Db, before: Timestamp) -> Result<(), Fault> {
    db.execute(SWEEP_LOOKS, params![before]).await.map(|_| ())
}

fn cursor(partition: u16) -> String {
    if partition == 0 { "news".to_owned() } else { format!("news@{partition}") }
}

/// The last attempt in a partition of the ledger that was told about.
pub(crate) async fn told(tx: &mut Tx, partition: u16) -> Result<i64, Fault> {
    let row = tx.query_opt(CURSOR, params![cursor(partition)]).await?;
    row.map_or(Ok(ledger::numbered(partition, 0) as i64 - 1), |row| row.i64("sequence"))
}

pub(crate) async fn set_told(tx: &mut Tx, partition: u16, sequence: i64) -> Result<(), Fault> {
    tx.execute(MOVE_CURSOR, params![cursor(partition), sequence]).await.map(|_| ())
}

/// The last attempt in a partition, if there was any.
pub(crate) async fn last_attempt(db: &Db, partition: u16) -> Result<Option<i64>, Fault> {
    let [from, until] = [partition, partition + 1].map(|partition| ledger::numbered(partition, 0) as i64);
    db.query_one(LAST_ATTEMPT, params![from, until]).await?.opt_i64("last")
}

/// Up to which attempt, of those after one and up to another, it can be told what was decided.
pub(crate) async fn tellable(db: &Db, after: i64, until: i64) -> Result<i64, Fault> {
    let first = db.query_one(FIRST_MARK, params![after, until]).await?.opt_i64("first")?;
    Ok(first.map_or(until, |first| first - 1))
}

/// The transfers that were decided after one attempt and up to another.
pub(crate) async fn news(db: &Db, after: i64, until: i64) -> Result<Vec<News>, Fault> {
    let rows = db.query(NEWS, params![after, until]).await?;
    let stored = |row: &db::Row| {
        Ok(News {
            order: row.i64("order_id")?,
            effect: row.opt_text("effect")?,
            payer: AccountId(row.i64("payer")? as u64),
            payee: AccountId(row.i64("payee")? as u64),
            amount_minor: row.i64("amount_minor")?,
            currency: u16::try_from(row.i64("currency")?)?,
            decided: Timestamp(row.i64("decided_ms")?),
            initiator: row.opt_i64("initiator")?,
        })
    };
    rows.iter().map(stored).collect()
}
