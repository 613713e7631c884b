//! One attempt to pay one order, ready for the ledger.

use super::channel::{Channel, Factor, PaymentKind};
use super::document::{Correction, PaymentDocument};
use super::hold::HoldTerms;
use super::idempotency::BodyHash;
use accounts::{AccountRef, command_id, limit_uses, limit_uses_elsewhere};
use kit::{BankDay, Fault, Refusal, Timestamp};
use ledger::{Action, Command, CommandId, EpochCheck, LimitUse, Mode, Side, Transfer};
use money::{Amount, Currency};
use passport::PersonId;
use std::fmt;

/// Number of an order; what a customer reads on a receipt. Made off the database path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(pub i64);

/// Numbers made by the clock-driven maker are above this from the second day of 2020 on, so those below are free for
/// payments taken over from elsewhere.
const IMPORT_RANGE: u64 = 1 << 46;

impl OrderNumber {
    /// The number of the `index`-th payment of a series that is taken over from elsewhere; the same for ever. None when
    /// the series has more than 2⁴² payments or is above 14.
    pub fn of_import(series: u8, index: u64) -> Option<Self> {
        let number = (u64::from(series) + 1) << 42 | index;
        (index < 1 << 42 && number < IMPORT_RANGE).then_some(Self(number as i64))
    }

    /// Reads what a person typed or a program sent. Refuses with `payments.not_found`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let digits = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or_else(|| Refusal::new("payments.not_found", 404))
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// One attempt to pay one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentInstruction {
    /// At most once for ever.
    pub id: CommandId,
    /// The order that it pays.
    pub order: OrderNumber,
    /// Number of the attempt at the order, from 1.
    pub attempt: u8,
    /// What sort of payment.
    pub kind: PaymentKind,
    /// Where it comes from.
    pub channel: Channel,
    /// What proved it.
    pub factor: Factor,
    /// From where.
    pub payer: AccountRef,
    /// To where.
    pub payee: AccountRef,
    /// How much, in minor units of the payer's currency.
    pub amount_minor: i64,
    /// Business time.
    pub time: Timestamp,
    /// For the payee to read.
    pub memo: String,
    /// The person who asked for it.
    pub initiator: Option<PersonId>,
    /// The security epoch under which it was authorised.
    pub epoch: Option<EpochCheck>,
    /// Counters that bind besides those of the two accounts, such as those of what proved the payment.
    pub more_limits: Vec<LimitUse>,
    /// With an idempotency key: what was asked with it.
    pub(crate) body_hash: Option<BodyHash>,
    /// What a contra entry takes back.
    pub(crate) correction: Option<Correction>,
    /// Money that is to be set aside instead of moved.
    pub(crate) hold: Option<HoldTerms>,
    /// The hold out of which the money comes.
    pub(crate) claim: Option<CommandId>,
    /// Whether the other side is the customer's own bound card at another bank.
    pub(crate) is_own_card: bool,
    /// With money that is settled between the banks already: on which day.
    pub(crate) settlement: Option<BankDay>,
}

impl PaymentInstruction {
    /// A card payment at a merchant's terminal: the first attempt, vouched for by the card network.
    pub fn card(
        id: CommandId,
        order: OrderNumber,
        payer: AccountRef,
        payee: AccountRef,
        amount_minor: i64,
        time: Timestamp,
    ) -> Self {
        let (kind, channel) = (PaymentKind::CardPayment, Channel::CardTerminal);
        Self::new(id, order, kind, channel, payer, payee, amount_minor, time)
    }

    #[allow(clippy::too_many_arguments, reason = "the fields that every instruction has; the rest has defaults")]
    pub(crate) fn new(
        id: CommandId,
        order: OrderNumber,
        kind: PaymentKind,
        channel: Channel,
        payer: AccountRef,
        payee: AccountRef,
        amount_minor: i64,
        time: Timestamp,
    ) -> Self {
        Self {
            id,
            order,
            attempt: 1,
            kind,
            channel,
            factor: Factor::None,
            payer,
            payee,
            amount_minor,
            time,
            memo: String::new(),
            initiator: None,
            epoch: None,
            more_limits: Vec::new(),
            body_hash: None,
            correction: None,
            hold: None,
            claim: None,
            is_own_card: false,
            settlement: None,
        }
    }

    /// What is to be paid.
    pub fn amount(&self) -> Result<Amount, Fault> {
        let unknown = || Fault::new(format!("no currency has the number {}", self.payer.currency));
        Ok(Amount::new(self.amount_minor, Currency::from_numeric(self.payer.currency).ok_or_else(unknown)?))
    }

    /// Every counter that it is charged to.
    pub(crate) fn limits(&self) -> Vec<LimitUse> {
        if !self.kind.is_limited() {
            return Vec::new();
        }
        let mut limits = match self.kind {
            PaymentKind::InterbankOut => limit_uses_elsewhere(&self.payer, Side::Debit, self.is_own_card),
            PaymentKind::InterbankIn | PaymentKind::TopUp => {
                limit_uses_elsewhere(&self.payee, Side::Credit, self.is_own_card)
            }
            _ => limit_uses(&self.payer, &self.payee),
        };
        limits.extend_from_slice(&self.more_limits);
        limits
    }

    /// The ledger's command.
    pub(crate) fn command(&self) -> Command {
        let document = PaymentDocument {
            kind: self.kind,
            channel: self.channel,
            factor: self.factor,
            attempt: self.attempt,
            currency: self.payer.currency,
            memo: self.memo.clone(),
            initiator: self.initiator,
            body_hash: self.body_hash,
            correction: self.correction.clone(),
            hold: self.hold,
            claim: self.claim,
            settlement: self.settlement,
        };
        Command {
            id: self.id,
            time_ms: self.time.as_ms(),
            action: Action::Transfer(Transfer {
                debit: self.payer.id,
                credit: self.payee.id,
                amount: self.amount_minor,
                code: self.kind.number(),
                reference: self.order.0 as u64,
                mode: self.hold.map_or(Mode::Immediate, |hold| Mode::Hold { expires_ms: hold.expires_ms() }),
                balancing: None,
                limits: self.limits(),
                epoch: self.epoch,
            }),
            document: document.encode(),
        }
    }
}

/// The command of the `index`-th card payment of a file that is replayed.
pub fn card_command_id(index: u64) -> CommandId {
    // No hash is needed: the upper half keeps these apart from ids that are hashes, and neighbours stay neighbours in
    // the ledger's index.
    const CARD: u128 = 0x7ca2_d000_0000_0000;
    CommandId(CARD << 64 | u128::from(index))
}

/// The command of a confirmed draft.
pub(crate) fn draft_command_id(draft: i64) -> CommandId {
    command_id("payments.draft", &draft.to_be_bytes())
}

/// The command that sets aside, or books, what another bank began under a name of its own. Two banks' names never meet.
pub(crate) fn foreign_command_id(what: &'static str, bank: &str, transaction_id: &str) -> CommandId {
    let name = [bank.as_bytes(), b"/", transaction_id.as_bytes()].concat();
    command_id(what, &name)
}

/// The command that sets aside what the bank gives back under an order.
pub(crate) fn return_command_of(order: OrderNumber) -> CommandId {
    command_id("payments.interbank.return", &order.0.to_be_bytes())
}

/// The command of the `attempt`-th contra entry against a command.
pub(crate) fn correction_command_id(corrected: CommandId, attempt: u8) -> CommandId {
    let mut name = corrected.0.to_be_bytes().to_vec();
    name.push(attempt);
    command_id("payments.correction", &name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::{FakeClock, IdMaker};
    use std::sync::Arc;

    #[test]
    fn imported_orders_have_numbers_that_no_clock_makes() {
        let first_day = Timestamp(1_577_836_800_000 + 86_400_000);
        let made = IdMaker::new(Arc::new(FakeClock::new(first_day)), 0).next();
        let last = OrderNumber::of_import(14, (1 << 42) - 1).unwrap();
        assert!(last.0 < made);
        assert!(OrderNumber::of_import(0, 0).unwrap().0 > 0);
        assert_ne!(OrderNumber::of_import(0, 7), OrderNumber::of_import(1, 7));
        assert_eq!(OrderNumber::of_import(15, 0), None);
        assert_eq!(OrderNumber::of_import(0, 1 << 42), None);
    }

    #[test]
    fn order_numbers_are_digits() {
        assert_eq!(OrderNumber::parse("42"), Ok(OrderNumber(42)));
        for text in ["", "-1", "+1", "4 2", "x", "99999999999999999999", "9999999999999999999", "４２"] {
            assert_eq!(OrderNumber::parse(text).unwrap_err().code, "payments.not_found", "{text:?}");
        }
    }
}
