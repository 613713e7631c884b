//! What a customer is told about a payment.

use super::authorisation::CardPurchase;
use super::channel::{Channel, PaymentKind};
use super::elsewhere::Elsewhere;
use super::hold::HoldReason;
use super::instruction::OrderNumber;
use super::order::OrderState;
use accounts::{AccountNumber, AccountRef, Movement};
use kit::{BankDay, Refusal, Timestamp};
use ledger::AccountId;
use money::Amount;

/// In which direction the money went, seen by who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Paid.
    Out,
    /// Received.
    In,
}

/// The other side of a payment, as far as who looks may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// 李*宝; an organisation's name whole; empty for the bank itself.
    pub name: String,
    /// The first character of that, for a picture; empty for the bank itself.
    pub initial: String,
    /// Last four digits of the account.
    pub tail: String,
    /// Whether it is the bank itself.
    pub is_bank: bool,
}

/// The receipt of a payment (回单).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The order.
    pub order: OrderNumber,
    /// What became of it.
    pub state: OrderState,
    /// What sort of payment.
    pub kind: PaymentKind,
    /// Seen by who looks.
    pub direction: Direction,
    /// The account of who looks.
    pub account: AccountId,
    /// Its number.
    pub number: AccountNumber,
    /// The other side.
    pub counterparty: Party,
    /// How much.
    pub amount: Amount,
    /// What the bank took for it.
    pub fee: Amount,
    /// What the payer wrote.
    pub memo: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The bank day it was booked on.
    pub bank_day: BankDay,
    /// Where it came from.
    pub channel: Channel,
    /// The code of the refusal, if it was refused.
    pub refusal: Option<String>,
    /// The contra entry that took it back, or, on that entry's own receipt, the payment that it took back.
    pub related: Option<OrderNumber>,
    /// Why it was taken back.
    pub reason: Option<String>,
    /// While the money waits: why, and until when.
    pub held: Option<Held>,
    /// What lies at another bank, if the other side is there.
    pub elsewhere: Option<Elsewhere>,
    /// How a card was used, if one of ours was.
    pub card: Option<CardPurchase>,
}

/// An order as the bank's staff see it: both sides, names masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// The order.
    pub order: OrderNumber,
    /// What became of it.
    pub state: OrderState,
    /// What sort of payment.
    pub kind: PaymentKind,
    /// Where it came from.
    pub channel: Channel,
    /// From where, and whose that is as others see it.
    pub payer: (AccountRef, Party),
    /// To where, likewise.
    pub payee: (AccountRef, Party),
    /// How much.
    pub amount: Amount,
    /// What the payer wrote.
    pub memo: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The code of the refusal, if it was refused.
    pub refusal: Option<String>,
    /// The contra entry, or what it took back.
    pub related: Option<OrderNumber>,
    /// Why it was taken back.
    pub reason: Option<String>,
}

impl OrderFacts {
    /// Why it cannot be taken back by a contra entry; none if it can.
    pub fn correction_refusal(&self) -> Option<Refusal> {
        not_correctable(self.kind, self.state)
    }
}

/// Why a payment of this kind in this state cannot be taken back by a contra entry.
pub(crate) fn not_correctable(kind: PaymentKind, state: OrderState) -> Option<Refusal> {
    match (kind, state) {
        (PaymentKind::Correction, _) => Some(Refusal::new("payments.correction_of_correction", 422)),
        // Between banks nothing is taken back by the books alone: the money has to come back, or go back, itself.
        (kind, _) if kind.is_interbank() => Some(Refusal::new("payments.correction_elsewhere", 422)),
        (_, OrderState::Corrected) => Some(Refusal::new("payments.already_corrected", 409)),
        (_, OrderState::Paid) => None,
        (_, OrderState::Refused | OrderState::Held | OrderState::Recalled | OrderState::Returned) => {
            Some(Refusal::new("payments.not_paid", 422))
        }
    }
}

/// Money that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: HoldReason,
    /// When a delayed transfer is paid, when an invitation runs out, or when money between banks should be there.
    pub until: Timestamp,
    /// Whether who looks may take it back.
    pub can_recall: bool,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The booked movement.
    pub movement: Movement,
    /// What moved; below 0 it left the account.
    pub amount: Amount,
    /// The balance after it.
    pub balance_after: Amount,
    /// The order behind it.
    pub order: Option<OrderNumber>,
    /// What sort of payment.
    pub kind: Option<PaymentKind>,
    /// What the payer wrote.
    pub memo: String,
    /// The other side.
    pub counterparty: Party,
}
