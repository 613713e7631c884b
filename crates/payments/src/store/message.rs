//! Messages to and from the clearing network, what they say about which payment, and what staff have to look at.

use crate::model::case::{Case, CaseId};
use crate::model::instruction::OrderNumber;
use crate::model::interbank::CaseKind;
use db::{Db, Row, Tx, params};
use kit::{BankDay, Fault, Timestamp};

db::statements! {
    INSERT = "INSERT INTO interbank_message (id, way, kind, message_id, mailbox, xml, state, tries, next_ms, at_ms, note) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    LINK = "INSERT INTO interbank_message_payment (message, order_id, note) VALUES ($1, $2, $3) \
        ON CONFLICT (order_id, message) DO NOTHING";
    READY = "SELECT id, way, kind, message_id, mailbox, xml, state, tries, next_ms, at_ms, note FROM interbank_message \
        WHERE state = 'ready' AND next_ms <= $1 ORDER BY next_ms, id LIMIT $2";
    BROKEN_OFF = "SELECT id, way, kind, message_id, mailbox, xml, state, tries, next_ms, at_ms, note \
        FROM interbank_message WHERE state = 'sending'";
    MOVE = "UPDATE interbank_message SET state = $3, tries = $4, next_ms = $5, note = $6 WHERE id = $1 AND state = $2";
    PAYMENTS_OF = "SELECT order_id FROM interbank_message_payment WHERE message = $1";
    STORY = "SELECT m.id, m.way, m.kind, m.message_id, m.mailbox, m.xml, m.state, m.tries, m.next_ms, m.at_ms, m.note, \
        p.note AS says FROM interbank_message_payment p JOIN interbank_message m ON m.id = p.message \
        WHERE p.order_id = $1 ORDER BY m.at_ms, m.id";
    CURSOR = "SELECT position FROM interbank_cursor WHERE name = 'mailbox'";
    MOVE_CURSOR = "UPDATE interbank_cursor SET position = $1 WHERE name = 'mailbox' AND position < $1";
    STATEMENT = "INSERT INTO interbank_statement (id, kind, statement_id, day, message, received_ms) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    OPEN_CASE = "INSERT INTO interbank_case (id, kind, order_id, message, facts, state, opened_ms, closed_ms, closed_by, \
        note) VALUES ($1, $2, $3, $4, $5, 'open', $6, NULL, NULL, NULL)";
    CASES = "SELECT id, kind, order_id, message, facts, state, opened_ms, closed_ms, closed_by, note FROM interbank_case \
        WHERE state = $1 ORDER BY id DESC LIMIT $2";
    CASES_OF = "SELECT id, kind, order_id, message, facts, state, opened_ms, closed_ms, closed_by, note \
        FROM interbank_case WHERE order_id = $1 ORDER BY id";
    CASE = "SELECT id, kind, order_id, message, facts, state, opened_ms, closed_ms, closed_by, note FROM interbank_case \
        WHERE id = $1";
    CLOSE_CASE = "UPDATE interbank_case SET state = 'closed', closed_ms = $2, closed_by = $3, note = $4 \
        WHERE id = $1 AND state = 'open'";
}

/// Where a message of ours stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageState {
    /// The network surely does not have it: it may be handed over.
    Ready,
    /// It is being handed over.
    Sending,
    /// The network has it; every received one is taken.
    Taken,
    /// It is not known whether the network has it.
    Unknown,
    /// The network refused it as such.
    Refused,
}

impl MessageState {
    const ALL: [Self; 5] = [Self::Ready, Self::Sending, Self::Taken, Self::Unknown, Self::Refused];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Taken => "taken",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }
}

/// A message as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredMessage {
    pub(crate) id: i64,
    /// Whether it came from the network.
    pub(crate) is_received: bool,
    /// `pacs.008` and so on; empty if it cannot be read.
    pub(crate) kind: String,
    pub(crate) message_id: String,
    /// Its number in the mailbox.
    pub(crate) mailbox: Option<i64>,
    pub(crate) xml: String,
    pub(crate) state: MessageState,
    pub(crate) tries: i64,
    pub(crate) next: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) note: String,
}

/// What a message says about a payment.
pub(crate) struct Link {
    pub(crate) message: i64,
    pub(crate) order: OrderNumber,
    pub(crate) note: String,
}

pub(crate) async fn insert(tx: &mut Tx, messages: &[StoredMessage]) -> Result<(), Fault> {
    let row = |message: &StoredMessage| {
        params![
            message.id,
            if message.is_received { "received" } else { "sent" },
            message.kind.as_str(),
            message.message_id.as_str(),
            message.mailbox,
            message.xml.as_str(),
            message.state.code(),
            message.tries,
            message.next,
            message.at,
            message.note.as_str(),
        ]
    };
    tx.bulk_insert(INSERT, messages.iter().map(row).collect()).await.map(|_| ())
}

pub(crate) async fn link(tx: &mut Tx, links: &[Link]) -> Result<(), Fault> {
    let row = |link: &Link| params![link.message, link.order.0, link.note.as_str()];
    tx.bulk_insert(LINK, links.iter().map(row).collect()).await.map(|_| ())
}

/// Messages that may be handed over, the longest due first.
pub(crate) async fn ready(db: &Db, now: Timestamp, most: i64) -> Result<Vec<StoredMessage>, Fault> {
    db.query(READY, params![now, most]).await?.iter().map(message).collect()
}

/// Messages that were being handed over.
pub(crate) async fn broken_off(db: &Db) -> Result<Vec<StoredMessage>, Fault> {
    db.query(BROKEN_OFF, params![]).await?.iter().map(message).collect()
}

/// Writes down what became of a message that was in state `from`; whether it still was.
pub(crate) async fn moved(tx: &mut Tx, from: MessageState, message: &StoredMessage) -> Result<bool, Fault> {
    let values =
        params![message.id, from.code(), message.state.code(), message.tries, message.next, message.note.as_str()];
    Ok(tx.execute(MOVE, values).await? == 1)
}

/// The payments that a message speaks of.
pub(crate) async fn payments_of(db: &Db, message: i64) -> Result<Vec<i64>, Fault> {
    db.query(PAYMENTS_OF, params![message]).await?.iter().map(|row| row.i64("order_id")).collect()
}

/// Every message that speaks of a payment, with what it says, the oldest first.
pub(crate) async fn story(db: &Db, order: OrderNumber) -> Result<Vec<(StoredMessage, String)>, Fault> {
    let rows = db.query(STORY, params![order.0]).await?;
    rows.iter().map(|row| Ok((message(row)?, row.text("says")?))).collect()
}

/// How far the mailbox was read.
pub(crate) async fn cursor(db: &Db) -> Result<i64, Fault> {
    db.query_one(CURSOR, params![]).await?.i64("position")
}

pub(crate) async fn move_cursor(tx: &mut Tx, position: i64) -> Result<(), Fault> {
    tx.execute(MOVE_CURSOR, params![position]).await.map(|_| ())
}

/// A statement or notice of the settlement account.
#[derive(Debug, Clone)]
pub(crate) struct StoredStatement {
    pub(crate) id: i64,
    pub(crate) kind: &'static str,
    pub(crate) statement_id: String,
    pub(crate) day: Option<BankDay>,
    pub(crate) message: i64,
    pub(crate) received: Timestamp,
}

pub(crate) async fn keep_statement(tx: &mut Tx, statement: &StoredStatement) -> Result<(), Fault> {
    let values = params![
        statement.id,
        statement.kind,
        statement.statement_id.as_str(),
        statement.day,
        statement.message,
        statement.received,
    ];
    tx.execute(STATEMENT, values).await.map(|_| ())
}

/// Opens a case.
pub(crate) async fn open_case(
    tx: &mut Tx,
    id: CaseId,
    kind: CaseKind,
    order: Option<OrderNumber>,
    message: Option<i64>,
    facts: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.0, kind.code(), order.map(|order| order.0), message, facts, now];
    tx.execute(OPEN_CASE, values).await.map(|_| ())
}

pub(crate) async fn cases(db: &Db, open: bool, most: i64) -> Result<Vec<Case>, Fault> {
    let state = if open { "open" } else { "closed" };
    db.query(CASES, params![state, most]).await?.iter().map(case).collect()
}

pub(crate) async fn cases_of(db: &Db, order: OrderNumber) -> Result<Vec<Case>, Fault> {
    db.query(CASES_OF, params![order.0]).await?.iter().map(case).collect()
}

pub(crate) async fn case_by_id(db: &Db, id: CaseId) -> Result<Option<Case>, Fault> {
    db.query_opt(CASE, params![id.0]).await?.as_ref().map(case).transpose()
}

/// Whether it was open.
pub(crate) async fn close_case(db: &Db, id: CaseId, by: &str, note: &str, now: Timestamp) -> Result<bool, Fault> {
    Ok(db.execute(CLOSE_CASE, params![id.0, now, by, note]).await? == 1)
}

fn message(row: &Row) -> Result<StoredMessage, Fault> {
    let state = row.text("state")?;
    let known = MessageState::ALL.into_iter().find(|known| known.code() == state);
    Ok(StoredMessage {
        id: row.i64("id")?,
        is_received: row.text("way")? == "received",
        kind: row.text("kind")?,
        message_id: row.text("message_id")?,
        mailbox: row.opt_i64("mailbox")?,
        xml: row.text("xml")?,
        state: known.ok_or_else(|| Fault::new(format!("no state of a message {state:?}")))?,
        tries: row.i64("tries")?,
        next: Timestamp(row.i64("next_ms")?),
        at: Timestamp(row.i64("at_ms")?),
        note: row.text("note")?,
    })
}

fn case(row: &Row) -> Result<Case, Fault> {
    let kind = row.text("kind")?;
    let facts = serde_json::from_str(&row.text("facts")?)?;
    Ok(Case {
        id: CaseId(row.i64("id")?),
        kind: CaseKind::from_code(&kind).ok_or_else(|| Fault::new(format!("no kind of case {kind:?}")))?,
        order: row.opt_i64("order_id")?.map(OrderNumber),
        message: row.opt_i64("message")?,
        facts,
        opened: Timestamp(row.i64("opened_ms")?),
        closed: row.opt_i64("closed_ms")?.map(Timestamp),
        closed_by: row.opt_text("closed_by")?,
        note: row.opt_text("note")?,
    })
}
