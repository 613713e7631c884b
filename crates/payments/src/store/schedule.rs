//! Schedules.

use crate::model::channel::{Channel, Factor};
use crate::model::draft::PayeeBy;
use crate::model::instruction::OrderNumber;
use crate::model::schedule::{ScheduleId, ScheduleState};
use crate::model::when::When;
use crate::store::draft::bank_day;
use db::{Db, Row, Tx, params};
use kit::{BankDay, Fault, Timestamp};
use ledger::AccountId;
use passport::{CustomerId, PersonId};

db::statements! {
    INSERT = "INSERT INTO payment_schedule (id, customer, person, channel, factor, payer, payee, payee_by, payee_shown, \
        amount_minor, memo, epoch, wish, first_day, last_day, state, next_day, next_ms, runs, last_order, last_refusal, \
        created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'active', $16, $17, 0, \
        NULL, NULL, $18) ON CONFLICT (id) DO NOTHING";
    BY_ID = "SELECT id, customer, person, channel, factor, payer, payee, payee_by, payee_shown, amount_minor, memo, \
        epoch, wish, first_day, last_day, state, next_day, next_ms, runs, last_order, last_refusal \
        FROM payment_schedule WHERE id = $1";
    OF_CUSTOMER = "SELECT id, customer, person, channel, factor, payer, payee, payee_by, payee_shown, amount_minor, memo, \
        epoch, wish, first_day, last_day, state, next_day, next_ms, runs, last_order, last_refusal \
        FROM payment_schedule WHERE customer = $1 ORDER BY id DESC LIMIT 200";
    ACTIVE = "SELECT id FROM payment_schedule WHERE customer = $1 AND state = 'active' ORDER BY id LIMIT 200";
    DUE = "SELECT id FROM payment_schedule WHERE state = 'active' AND next_ms <= $1 ORDER BY next_ms, id LIMIT 200";
    RAN = "UPDATE payment_schedule SET state = $2, next_day = $3, next_ms = $4, runs = runs + 1, last_order = $5, \
        last_refusal = $6 WHERE id = $1";
    CANCEL = "UPDATE payment_schedule SET state = 'cancelled', next_day = NULL, next_ms = NULL \
        WHERE id = $1 AND state = 'active'";
}

/// A schedule as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredSchedule {
    pub(crate) id: ScheduleId,
    pub(crate) customer: CustomerId,
    pub(crate) person: PersonId,
    pub(crate) channel: Channel,
    pub(crate) factor: Factor,
    pub(crate) payer: AccountId,
    pub(crate) payee: AccountId,
    pub(crate) payee_by: PayeeBy,
    pub(crate) payee_shown: String,
    pub(crate) amount_minor: i64,
    pub(crate) memo: String,
    pub(crate) epoch: u32,
    pub(crate) when: When,
    pub(crate) state: ScheduleState,
    pub(crate) next: Option<(BankDay, Timestamp)>,
    pub(crate) runs: i64,
    pub(crate) last_order: Option<OrderNumber>,
    pub(crate) last_refusal: Option<String>,
}

/// The lock under which a schedule is run or cancelled.
pub(crate) fn lock(id: ScheduleId) -> String {
    format!("schedule/{id}")
}

/// Keeps a schedule; one that is kept already stays as it is.
pub(crate) async fn insert(db: &Db, schedule: &StoredSchedule, created: Timestamp) -> Result<(), Fault> {
    let (first, last) = schedule.when.days();
    let row = params![
        schedule.id.0,
        schedule.customer.0,
        schedule.person.0,
        schedule.channel.code(),
        schedule.factor.code(),
        schedule.payer.0 as i64,
        schedule.payee.0 as i64,
        schedule.payee_by.code(),
        schedule.payee_shown.as_str(),
        schedule.amount_minor,
        schedule.memo.as_str(),
        schedule.epoch,
        schedule.when.code(),
        first.map(|day| i64::from(day.0)),
        last.map(|day| i64::from(day.0)),
        schedule.next.map(|(day, _)| i64::from(day.0)),
        schedule.next.map(|(_, at)| at.as_ms()),
        created,
    ];
    db.execute(INSERT, row).await.map(|_| ())
}

pub(crate) async fn by_id(tx: &mut Tx, id: ScheduleId) -> Result<Option<StoredSchedule>, Fault> {
    tx.query_opt(BY_ID, params![id.0]).await?.as_ref().map(stored).transpose()
}

/// A customer's schedules, the newest first.
pub(crate) async fn of_customer(db: &Db, customer: CustomerId) -> Result<Vec<StoredSchedule>, Fault> {
    db.query(OF_CUSTOMER, params![customer.0]).await?.iter().map(stored).collect()
}

/// Up to 200 schedules of a customer that are still to run.
pub(crate) async fn active_of_customer(db: &Db, customer: CustomerId) -> Result<Vec<ScheduleId>, Fault> {
    db.query(ACTIVE, params![customer.0]).await?.iter().map(|row| Ok(ScheduleId(row.i64("id")?))).collect()
}

pub(crate) async fn due(db: &Db, now: Timestamp) -> Result<Vec<ScheduleId>, Fault> {
    db.query(DUE, params![now]).await?.iter().map(|row| Ok(ScheduleId(row.i64("id")?))).collect()
}

/// Writes down a run and what comes next.
pub(crate) async fn ran(
    tx: &mut Tx,
    id: ScheduleId,
    next: Option<(BankDay, Timestamp)>,
    order: OrderNumber,
    refusal: Option<&str>,
) -> Result<(), Fault> {
    let state = if next.is_some() { ScheduleState::Active } else { ScheduleState::Ended };
    let (day, at) = (next.map(|(day, _)| i64::from(day.0)), next.map(|(_, at)| at.as_ms()));
    tx.execute(RAN, params![id.0, state.code(), day, at, order.0, refusal]).await.map(|_| ())
}

/// Stops a schedule; gives how many that were, none if it is over.
pub(crate) async fn cancel(tx: &mut Tx, id: ScheduleId) -> Result<u64, Fault> {
    tx.execute(CANCEL, params![id.0]).await
}

fn stored(row: &Row) -> Result<StoredSchedule, Fault> {
    let none = |what: &str| Fault::new(format!("a schedule has no known {what}"));
    let (first, last) = (bank_day(row.opt_i64("first_day")?)?, bank_day(row.opt_i64("last_day")?)?);
    let next = bank_day(row.opt_i64("next_day")?)?.zip(row.opt_i64("next_ms")?.map(Timestamp));
    Ok(StoredSchedule {
        id: ScheduleId(row.i64("id")?),
        customer: CustomerId(row.i64("customer")?),
        person: PersonId(row.i64("person")?),
        channel: Channel::from_code(&row.text("channel")?).ok_or_else(|| none("channel"))?,
        factor: Factor::from_code(&row.text("factor")?).ok_or_else(|| none("factor"))?,
        payer: AccountId(row.i64("payer")? as u64),
        payee: AccountId(row.i64("payee")? as u64),
        payee_by: PayeeBy::from_code(&row.text("payee_by")?).ok_or_else(|| none("payee"))?,
        payee_shown: row.text("payee_shown")?,
        amount_minor: row.i64("amount_minor")?,
        memo: row.text("memo")?,
        epoch: u32::try_from(row.i64("epoch")?)?,
        when: When::from_parts(&row.text("wish")?, first, last).ok_or_else(|| none("rhythm"))?,
        state: ScheduleState::from_code(&row.text("state")?).ok_or_else(|| none("state"))?,
        next,
        runs: row.i64("runs")?,
        last_order: row.opt_i64("last_order")?.map(OrderNumber),
        last_refusal: row.opt_text("last_refusal")?,
    })
}
