//! Drafts.

use crate::model::channel::Channel;
use crate::model::draft::{DraftId, PayeeBy};
use crate::model::instruction::OrderNumber;
use db::{Db, params};
use kit::{Fault, Timestamp};
use ledger::AccountId;
use passport::{CustomerId, PersonId};

db::statements! {
    INSERT = "INSERT INTO payment_draft (id, order_id, customer, person, channel, payer, payee, payee_by, payee_text, \
        payee_shown, amount_minor, memo, epoch, created_ms, expires_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    OF_CUSTOMER = "SELECT id, order_id, customer, person, channel, payer, payee, payee_by, payee_text, payee_shown, \
        amount_minor, memo, epoch, created_ms, expires_ms FROM payment_draft WHERE id = $1 AND customer = $2";
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
}

pub(crate) async fn insert(db: &Db, draft: &StoredDraft) -> Result<(), Fault> {
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
    ];
    db.execute(INSERT, row).await.map(|_| ())
}

/// A draft of this customer; another's is not found.
pub(crate) async fn of_customer(db: &Db, id: DraftId, customer: CustomerId) -> Result<Option<StoredDraft>, Fault> {
    let Some(row) = db.query_opt(OF_CUSTOMER, params![id.0, customer.0]).await? else { return Ok(None) };
    let (channel, payee_by) = (row.text("channel")?, row.text("payee_by")?);
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
    }))
}

pub(crate) async fn sweep(db: &Db, expired_before: Timestamp) -> Result<u64, Fault> {
    db.execute(SWEEP, params![expired_before]).await
}
