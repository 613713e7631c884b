//! A transfer that the bank's clock starts.

use super::draft::Payee;
use super::instruction::OrderNumber;
use super::when::When;
use accounts::command_id;
use kit::{BankDay, Timestamp};
use ledger::{AccountId, CommandId};
use money::Amount;

kit::typed_id!(
    /// A schedule.
    ScheduleId
);

/// What becomes of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScheduleState {
    /// It has a next day.
    Active,
    /// Its last day is over.
    Ended,
    /// Its owner stopped it.
    Cancelled,
}

impl ScheduleState {
    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Active, Self::Ended, Self::Cancelled].into_iter().find(|state| state.code() == code)
    }
}

/// A transfer that the bank's clock starts, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Which one.
    pub id: ScheduleId,
    /// From where.
    pub payer: AccountId,
    /// Last four digits of that account.
    pub payer_tail: String,
    /// To whom.
    pub payee: Payee,
    /// How much each time.
    pub amount: Amount,
    /// For the payee to read.
    pub memo: String,
    /// When.
    pub when: When,
    /// What becomes of it.
    pub state: ScheduleState,
    /// When it is paid next.
    pub next: Option<Timestamp>,
    /// How often it was tried.
    pub runs: i64,
    /// The order of the last try.
    pub last_order: Option<OrderNumber>,
    /// The code of its refusal, if it was refused.
    pub last_refusal: Option<String>,
}

/// The command of a schedule's payment for a day: at most one for ever.
pub(crate) fn schedule_command_id(schedule: ScheduleId, day: BankDay) -> CommandId {
    let mut name = schedule.0.to_be_bytes().to_vec();
    name.extend_from_slice(&day.0.to_be_bytes());
    command_id("payments.schedule", &name)
}
