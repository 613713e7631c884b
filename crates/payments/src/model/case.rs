//! What a member of staff has to look at, and the story of a payment between banks as they read it.

use super::card::OtherBank;
use super::elsewhere::Service;
use super::instruction::OrderNumber;
use super::interbank::{CaseKind, InterbankState, InterbankWay};
use super::name_check::NameMatch;
use kit::{BankDay, Timestamp};
use money::Amount;
use std::collections::BTreeMap;

kit::typed_id!(
    /// A case.
    CaseId
);

/// Something between banks that a member of staff has to look at. Nothing moved because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which one.
    pub id: CaseId,
    /// What sort.
    pub kind: CaseKind,
    /// Which payment it is about.
    pub order: Option<OrderNumber>,
    /// Which message it came from.
    pub message: Option<i64>,
    /// What is known: names of facts, and their words.
    pub facts: BTreeMap<String, String>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// By whom: a staff number.
    pub closed_by: Option<String>,
    /// What they wrote.
    pub note: Option<String>,
}

/// A payment between banks as staff see it, names masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTransit {
    /// Its order.
    pub order: OrderNumber,
    /// Which way it goes.
    pub way: InterbankWay,
    /// By which service.
    pub service: Service,
    /// What names it for all banks.
    pub transaction_id: String,
    /// The other bank.
    pub bank: OtherBank,
    /// Who is there, masked.
    pub name_masked: String,
    /// Their account, masked.
    pub account_masked: String,
    /// How much.
    pub amount: Amount,
    /// Where it stands.
    pub state: InterbankState,
    /// The external code of a refusal or return.
    pub reason: Option<String>,
    /// On which day it was settled.
    pub settlement_day: Option<BankDay>,
    /// When it should be there.
    pub expected: Option<Timestamp>,
    /// How often the network was asked.
    pub enquiries: i64,
    /// What it gives back.
    pub related: Option<OrderNumber>,
    /// How well the name fitted, if it came in.
    pub name_match: Option<NameMatch>,
    /// When it began.
    pub created: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Whether it should have ended by now.
    pub is_stuck: bool,
}

/// One message in the story of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    /// When it was made, or came.
    pub at: Timestamp,
    /// Whether the network sent it.
    pub is_received: bool,
    /// `pacs.008` and so on.
    pub kind: String,
    /// Its id with its sender.
    pub message_id: String,
    /// Where it stands: `ready`, `sending`, `taken`, `unknown` or `refused`.
    pub state: &'static str,
    /// How often it was handed over.
    pub tries: i64,
    /// What it says about this payment, such as `RJCT AC04`.
    pub says: String,
    /// What the network said about the message itself.
    pub note: String,
    /// The message.
    pub xml: String,
}

/// The whole story of a payment between banks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The payment.
    pub payment: InTransit,
    /// Every message about it, the oldest first.
    pub lines: Vec<StoryLine>,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Its returns, sent or got.
    pub returns: Vec<InTransit>,
}
