//! Drafts.

use crate::model::card::{CardId, OtherBank};
use crate::model::channel::Channel;
use crate::model::draft::{DraftId, PayeeBy};
use crate::model::elsewhere::Service;
use crate::model::instruction::OrderNumber;
use crate::model::when::When;
use db::{Db, Row, Statement, params};
use kit::{BankDay, Fault, Timestamp};
use ledger::AccountId;
use passport::{CustomerId, PersonId};

db::statements! {
    INSERT = "INSERT INTO payment_draft (id, order_id, customer, person, channel, payer, payee, payee_by, payee_text, \
        payee_shown, amount_minor, memo, epoch, created_ms, expires_ms, wish, first_day, last_day, invited, request, \
        other_bank, other_bank_zh, other_bank_en, other_account, other_name, other_service, other_card) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
        $24, $25, $26, $27)";
    OF_CUSTOMER = "SELECT id, order_id, customer, person, channel, payer, payee, payee_by, payee_text, payee_shown, \
        amount_minor, memo, epoch, created_ms, expires_ms, wish, first_day, last_day, invited, request, other_bank, \
        other_bank_zh, other_bank_en, other_account, other_name, other_service, other_card FROM payment_draft WHERE id = $1 AND customer = $2";
    EXPIRE_ALL = "UPDATE payment_draft SET expires_ms = $2 WHERE customer = $1 AND expires_ms > $2";
    SWEEP = "DELETE FROM payment_draft WHERE expires_ms < $1";
}

/// A draft as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredDraft {
    pub(crate) id: DraftId,
    pub(crate) order: OrderNumber,
    pub(crate) customer: CustomerId,
    pub(crate) person: PersonId,
    pub(crate) channel: Channel,
    pub(crate) payer: AccountId,
    pub(crate) payee: AccountId,
    pub(crate) payee_by: PayeeBy,
    pub(crate) payee_text: String,
    pub(crate) payee_shown: String,
    pub(crate) amount_minor: i64,
    pub(crate) memo: String,
    pub(crate) epoch: u32,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) when: When,
    /// The mobile number of somebody who is no customer yet, E.164; then the payee is the bank's account for such money.
    pub(crate) invited: Option<String>,
    /// The request that it answers.
    pub(crate) request: Option<i64>,
    /// Where the money goes, if the payee is at another bank; then the payee is the clearing account.
    pub(crate) elsewhere: Option<DraftElsewhere>,
}

/// Where the money of a draft goes.
#[derive(Debug, Clone)]
pub(crate) struct DraftElsewhere {
    /// Without the beginnings of its cards.
    pub(crate) bank: OtherBank,
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) service: Service,
    pub(crate) card: Option<CardId>,
}

/// What writes a draft.
pub(crate) fn insert(draft: &StoredDraft) -> Statement {
    let (first, last) = draft.when.days();
    let elsewhere = draft.elsewhere.as_ref();
    let wish = Some(draft.when.code()).filter(|_| draft.when != When::Now);
    let row = params![
        draft.id.0,
        draft.order.0,
        draft.customer.0,
        draft.person.0,
        draft.channel.code(),
        draft.payer.0 as i64,
        draft.payee.0 as i64,
        draft.payee_by.code(),
        draft.payee_text.as_str(),
        draft.payee_shown.as_str(),
        draft.amount_minor,
        draft.memo.as_str(),
        draft.epoch,
        draft.created,
        draft.expires,
        wish,
        first.map(|day| i64::from(day.0)),
        last.map(|day| i64::from(day.0)),
        draft.invited.as_deref(),
        draft.request,
        elsewhere.map(|elsewhere| elsewhere.bank.code.as_str()),
        elsewhere.map(|elsewhere| elsewhere.bank.name_zh.as_str()),
        elsewhere.map(|elsewhere| elsewhere.bank.name_en.as_str()),
        elsewhere.map(|elsewhere| elsewhere.account.as_str()),
        elsewhere.map(|elsewhere| elsewhere.name.as_str()),
        elsewhere.map(|elsewhere| elsewhere.service.code()),
        elsewhere.and_then(|elsewhere| elsewhere.card).map(|card| card.0),
    ];
    (INSERT.into(), row)
}

/// A draft of this customer; another's is not found.
pub(crate) async fn of_customer(db: &Db, id: DraftId, customer: CustomerId) -> Result<Option<StoredDraft>, Fault> {
    let Some(row) = db.query_opt(OF_CUSTOMER, params![id.0, customer.0]).await? else { return Ok(None) };
    let (channel, payee_by) = (row.text("channel")?, row.text("payee_by")?);
    let wish = row.opt_text("wish")?.unwrap_or_else(|| When::Now.code().to_owned());
    let (first, last) = (bank_day(row.opt_i64("first_day")?)?, bank_day(row.opt_i64("last_day")?)?);
    Ok(Some(StoredDraft {
        id: DraftId(row.i64("id")?),
        order: OrderNumber(row.i64("order_id")?),
        customer: CustomerId(row.i64("customer")?),
        person: PersonId(row.i64("person")?),
        channel: Channel::from_code(&channel).ok_or_else(|| Fault::new(format!("no channel {channel:?}")))?,
        payer: AccountId(row.i64("payer")? as u64),
        payee: AccountId(row.i64("payee")? as u64),
        payee_by: PayeeBy::from_code(&payee_by).ok_or_else(|| Fault::new(format!("no payee by {payee_by:?}")))?,
        payee_text: row.text("payee_text")?,
        payee_shown: row.text("payee_shown")?,
        amount_minor: row.i64("amount_minor")?,
        memo: row.text("memo")?,
        epoch: u32::try_from(row.i64("epoch")?)?,
        created: Timestamp(row.i64("created_ms")?),
        expires: Timestamp(row.i64("expires_ms")?),
        when: When::from_parts(&wish, first, last).ok_or_else(|| Fault::new(format!("no wish {wish:?}")))?,
        invited: row.opt_text("invited")?,
        request: row.opt_i64("request")?,
        elsewhere: elsewhere(&row)?,
    }))
}

fn elsewhere(row: &Row) -> Result<Option<DraftElsewhere>, Fault> {
    let Some(code) = row.opt_text("other_bank")? else { return Ok(None) };
    let (name_zh, name_en) = (row.text("other_bank_zh")?, row.text("other_bank_en")?);
    let service = Service::from_code(&row.text("other_service")?);
    Ok(Some(DraftElsewhere {
        bank: OtherBank { code, name_zh, name_en, bins: Vec::new() },
        account: row.text("other_account")?,
        name: row.text("other_name")?,
        service: service.ok_or_else(|| Fault::new("a draft goes by no known service"))?,
        card: row.opt_i64("other_card")?.map(CardId),
    }))
}

pub(crate) fn bank_day(day: Option<i64>) -> Result<Option<BankDay>, Fault> {
    Ok(day.map(i32::try_from).transpose()?.map(BankDay))
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}

/// Nothing that a customer has written can be confirmed any more; gives how many there were.
pub(crate) async fn expire_all(db: &Db, customer: CustomerId, now: Timestamp) -> Result<u64, Fault> {
    db.execute(EXPIRE_ALL, params![customer.0, now]).await
}
