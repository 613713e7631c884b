//! Payments between banks.

use crate::model::card::{CardId, OtherBank};
use crate::model::elsewhere::Service;
use crate::model::instruction::OrderNumber;
use crate::model::interbank::{Ending, InterbankState, InterbankWay, ReasonCode};
use crate::model::name_check::NameMatch;
use crate::store::draft::bank_day;
use db::{Db, Row, Sql, Tx, Value, params, placeholders};
use kit::{Fault, Timestamp};
use ledger::{AccountId, CommandId};
use passport::{CustomerId, PersonId};

db::statements! {
    INSERT = "INSERT INTO interbank_payment (order_id, way, service, tx_id, end_to_end_id, bank, bank_zh, bank_en, \
        account_text, name, account, customer, person, amount_minor, currency, memo, command, state, reason, settlement_day, expected_ms, \
        next_ms, tries, message, related_order, card, mandate, name_match, created_ms, sent_ms, checking_ms, ended_ms, \
        returned_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33) ON CONFLICT (order_id) DO NOTHING";
    UPDATE = "UPDATE interbank_payment SET state = $3, reason = $4, settlement_day = $5, expected_ms = $6, next_ms = $7, \
        tries = $8, message = $9, sent_ms = $10, checking_ms = $11, ended_ms = $12, returned_ms = $13 \
        WHERE order_id = $1 AND state = $2";
    DUE = "SELECT * FROM interbank_payment WHERE state IN ('written', 'waiting', 'sent', 'checking') AND next_ms <= $1 \
        AND way <> 'returned' AND NOT (state = 'waiting' AND message IS NOT NULL) ORDER BY next_ms, order_id LIMIT $2";
    BROKEN_OFF = "SELECT * FROM interbank_payment WHERE state = 'sending'";
    BY_ORDER = "SELECT * FROM interbank_payment WHERE order_id = $1";
    BY_TX_ID = "SELECT * FROM interbank_payment WHERE tx_id = $1";
    OF_RELATED = "SELECT * FROM interbank_payment WHERE related_order = $1 ORDER BY order_id";
    HAS_RETURN = "SELECT COUNT(*) AS n FROM interbank_payment WHERE related_order = $1 \
        AND state NOT IN ('refused', 'abandoned')";
    WAITING_RETURNS = "SELECT * FROM interbank_payment WHERE way = 'returned' AND state = 'waiting' ORDER BY order_id \
        LIMIT 500";
    OPEN_OF = "SELECT order_id, state FROM interbank_payment WHERE customer = $1 \
        AND state IN ('written', 'waiting', 'sending', 'sent', 'checking') ORDER BY order_id LIMIT 50";
    IN_TRANSIT = "SELECT * FROM interbank_payment WHERE state IN ('written', 'waiting', 'sending', 'sent', 'checking') \
        ORDER BY created_ms, order_id LIMIT $1";
}

const BY_TX_IDS: &str = "SELECT * FROM interbank_payment WHERE tx_id IN";
const BY_ORDERS: &str = "SELECT * FROM interbank_payment WHERE order_id IN";

/// Rows that one question asks for at most.
const AT_ONCE: usize = 500;

/// A payment between banks as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredInterbank {
    pub(crate) order: OrderNumber,
    pub(crate) way: InterbankWay,
    pub(crate) service: Service,
    pub(crate) tx_id: String,
    pub(crate) end_to_end_id: String,
    /// The other bank, without the beginnings of its cards.
    pub(crate) bank: OtherBank,
    pub(crate) account_text: String,
    pub(crate) name: String,
    /// The account here.
    pub(crate) account: AccountId,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: u16,
    pub(crate) memo: String,
    pub(crate) command: CommandId,
    pub(crate) state: InterbankState,
    pub(crate) ending: Ending,
    pub(crate) expected: Option<Timestamp>,
    pub(crate) next: Timestamp,
    pub(crate) tries: i64,
    pub(crate) message: Option<i64>,
    pub(crate) related: Option<OrderNumber>,
    pub(crate) card: Option<CardId>,
    pub(crate) mandate: Option<String>,
    pub(crate) name_match: Option<NameMatch>,
    pub(crate) created: Timestamp,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) checking: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) returned: Option<Timestamp>,
}

impl StoredInterbank {
    fn row(&self) -> Vec<Value> {
        params![
            self.order.0,
            self.way.code(),
            self.service.code(),
            self.tx_id.as_str(),
            self.end_to_end_id.as_str(),
            self.bank.code.as_str(),
            self.bank.name_zh.as_str(),
            self.bank.name_en.as_str(),
            self.account_text.as_str(),
            self.name.as_str(),
            self.account.0 as i64,
            self.customer.map(|customer| customer.0),
            self.person.map(|person| person.0),
            self.amount_minor,
            self.currency,
            self.memo.as_str(),
            self.command.0.to_be_bytes(),
            self.state.code(),
            self.ending.reason.as_ref().map(ReasonCode::text),
            self.ending.day,
            self.expected,
            self.next,
            self.tries,
            self.message,
            self.related.map(|order| order.0),
            self.card.map(|card| card.0),
            self.mandate.as_deref(),
            self.name_match.map(NameMatch::code),
            self.created,
            self.sent,
            self.checking,
            self.ended,
            self.returned,
        ]
    }
}

/// Keeps payments; one whose order is kept already stays as it is.
pub(crate) async fn insert(tx: &mut Tx, payments: &[StoredInterbank]) -> Result<(), Fault> {
    tx.bulk_insert(INSERT, payments.iter().map(StoredInterbank::row).collect()).await.map(|_| ())
}

/// Writes down what became of a payment that was in state `from`; whether it still was.
pub(crate) async fn update(tx: &mut Tx, from: InterbankState, payment: &StoredInterbank) -> Result<bool, Fault> {
    let values = params![
        payment.order.0,
        from.code(),
        payment.state.code(),
        payment.ending.reason.as_ref().map(ReasonCode::text),
        payment.ending.day,
        payment.expected,
        payment.next,
        payment.tries,
        payment.message,
        payment.sent,
        payment.checking,
        payment.ended,
        payment.returned,
    ];
    Ok(tx.execute(UPDATE, values).await? == 1)
}

/// Those whose next look is due, the longest due first.
pub(crate) async fn due(db: &Db, now: Timestamp, most: i64) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(DUE, params![now, most]).await?.iter().map(stored).collect()
}

/// Those whose message was being handed over.
pub(crate) async fn broken_off(db: &Db) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(BROKEN_OFF, params![]).await?.iter().map(stored).collect()
}

pub(crate) async fn by_order(db: &Db, order: OrderNumber) -> Result<Option<StoredInterbank>, Fault> {
    db.query_opt(BY_ORDER, params![order.0]).await?.as_ref().map(stored).transpose()
}

pub(crate) async fn by_tx_id(db: &Db, tx_id: &str) -> Result<Option<StoredInterbank>, Fault> {
    db.query_opt(BY_TX_ID, params![tx_id]).await?.as_ref().map(stored).transpose()
}

/// The returns of an order, sent or got.
pub(crate) async fn of_related(db: &Db, order: OrderNumber) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(OF_RELATED, params![order.0]).await?.iter().map(stored).collect()
}

/// Whether an order is being given back, or was.
pub(crate) async fn has_return(tx: &mut Tx, order: OrderNumber) -> Result<bool, Fault> {
    Ok(tx.query_one(HAS_RETURN, params![order.0]).await?.i64("n")? > 0)
}

/// A customer's payments that are on their way, and where each stands.
pub(crate) async fn open_of(db: &Db, customer: CustomerId) -> Result<Vec<(OrderNumber, InterbankState)>, Fault> {
    let rows = db.query(OPEN_OF, params![customer.0]).await?;
    let open = |row: &Row| {
        let state = row.text("state")?;
        let known = InterbankState::from_code(&state);
        let known = known.ok_or_else(|| Fault::new(format!("no state between banks {state:?}")))?;
        Ok((OrderNumber(row.i64("order_id")?), known))
    };
    rows.iter().map(open).collect()
}

/// Returns that came before it was known how their payment had ended.
pub(crate) async fn waiting_returns(db: &Db) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(WAITING_RETURNS, params![]).await?.iter().map(stored).collect()
}

/// Those that are not final, the oldest first.
pub(crate) async fn in_transit(db: &Db, most: i64) -> Result<Vec<StoredInterbank>, Fault> {
    db.query(IN_TRANSIT, params![most]).await?.iter().map(stored).collect()
}

pub(crate) async fn by_tx_ids(db: &Db, tx_ids: &[String]) -> Result<Vec<StoredInterbank>, Fault> {
    let ids: Vec<Value> = tx_ids.iter().map(|id| Value::Text(id.clone())).collect();
    listed(db, BY_TX_IDS, &ids).await
}

pub(crate) async fn by_orders(db: &Db, orders: &[i64]) -> Result<Vec<StoredInterbank>, Fault> {
    let ids: Vec<Value> = orders.iter().map(|order| Value::I64(*order)).collect();
    listed(db, BY_ORDERS, &ids).await
}

async fn listed(db: &Db, text: &'static str, ids: &[Value]) -> Result<Vec<StoredInterbank>, Fault> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(AT_ONCE) {
        let sql = format!("{text} ({})", placeholders(1, chunk.len()));
        for row in db.query(Sql::assembled(sql), chunk.to_vec()).await? {
            found.push(stored(&row)?);
        }
    }
    Ok(found)
}

pub(crate) fn stored(row: &Row) -> Result<StoredInterbank, Fault> {
    let none = |what: &str| Fault::new(format!("a payment between banks has no known {what}"));
    let time = |name: &str| Ok::<_, Fault>(row.opt_i64(name)?.map(Timestamp));
    let command = row.bytes("command")?.try_into().map_err(|_| none("command"))?;
    let name_match = row.opt_text("name_match")?;
    Ok(StoredInterbank {
        order: OrderNumber(row.i64("order_id")?),
        way: InterbankWay::from_code(&row.text("way")?).ok_or_else(|| none("way"))?,
        service: Service::from_code(&row.text("service")?).ok_or_else(|| none("service"))?,
        tx_id: row.text("tx_id")?,
        end_to_end_id: row.text("end_to_end_id")?,
        bank: OtherBank {
            code: row.text("bank")?,
            name_zh: row.text("bank_zh")?,
            name_en: row.text("bank_en")?,
            bins: Vec::new(),
        },
        account_text: row.text("account_text")?,
        name: row.text("name")?,
        account: AccountId(row.i64("account")? as u64),
        customer: row.opt_i64("customer")?.map(CustomerId),
        person: row.opt_i64("person")?.map(PersonId),
        amount_minor: row.i64("amount_minor")?,
        currency: u16::try_from(row.i64("currency")?)?,
        memo: row.text("memo")?,
        command: CommandId(u128::from_be_bytes(command)),
        state: InterbankState::from_code(&row.text("state")?).ok_or_else(|| none("state"))?,
        ending: Ending {
            day: bank_day(row.opt_i64("settlement_day")?)?,
            reason: row.opt_text("reason")?.as_deref().map(ReasonCode::read),
        },
        expected: time("expected_ms")?,
        next: Timestamp(row.i64("next_ms")?),
        tries: row.i64("tries")?,
        message: row.opt_i64("message")?,
        related: row.opt_i64("related_order")?.map(OrderNumber),
        card: row.opt_i64("card")?.map(CardId),
        mandate: row.opt_text("mandate")?,
        name_match: name_match.as_deref().and_then(NameMatch::from_code),
        created: Timestamp(row.i64("created_ms")?),
        sent: time("sent_ms")?,
        checking: time("checking_ms")?,
        ended: time("ended_ms")?,
        returned: time("returned_ms")?,
    })
}
