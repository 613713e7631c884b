//! Money that waits: why it was set aside, and how the waiting ends.

use super::authorisation::Advice;
use super::document::{ROOM, VERSION};
use super::interbank::ReasonCode;
use accounts::command_id;
use accounts::wire::{Reader, Unreadable, Writer};
use kit::{BankDay, Timestamp};
use ledger::CommandId;
use passport::PersonId;

/// How long a delayed transfer waits before it is paid, in milliseconds: 24 hours.
pub const DELAY_MS: i64 = 24 * 3_600_000;
/// How long money waits for somebody who is invited, in milliseconds: 3 days.
pub const INVITATION_MS: i64 = 3 * 24 * 3_600_000;

/// The end of a hold's waiting is this kind of document; payments have theirs below it.
const END: u8 = 200;

/// Why money waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldReason {
    /// 延时到账: the payer wants a day to think again; then it is paid.
    Delayed,
    /// 邀请收款: the payee is no customer yet; if they do not come in time it goes back.
    Invitation,
    /// 银行卡预授权: a shop may collect it.
    Card,
    /// 跨行在途: it goes between banks, and the clearing network has not said its final word.
    Clearing,
}

impl HoldReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Delayed, Self::Invitation, Self::Clearing, Self::Card];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delayed => "delayed",
            Self::Invitation => "invitation",
            Self::Clearing => "clearing",
            Self::Card => "card",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Delayed => 1,
            Self::Invitation => 2,
            Self::Clearing => 3,
            Self::Card => 4,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }
}

/// Money that is set aside instead of moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoldTerms {
    pub(crate) reason: HoldReason,
    /// When a delayed transfer is paid, when an invitation runs out, or when money between banks should be there.
    pub(crate) until: Timestamp,
}

impl HoldTerms {
    /// When the ledger itself lets go: a delayed transfer is paid by the bank's clock, so it must not run out before; what
    /// is between banks ends by the network's word alone.
    pub(crate) fn expires_ms(&self) -> Option<i64> {
        match self.reason {
            HoldReason::Delayed | HoldReason::Clearing => None,
            HoldReason::Invitation | HoldReason::Card => Some(self.until.as_ms()),
        }
    }
}

/// How the bank or the payer ended a hold. Running out is the ledger's own doing and has no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The delay was over.
    Due,
    /// The invited person came.
    Claimed,
    /// The payer took it back.
    Recalled(PersonId),
    /// It could not be paid because the payer's account was frozen by then.
    PayerFrozen,
    /// It could not be paid because the payee's account was frozen by then.
    PayeeFrozen,
    /// The clearing network settled it on this day.
    Settled(BankDay),
    /// The clearing network, or the other bank, refused it.
    Refused(ReasonCode),
    /// A shop collected it, or part of it.
    Captured,
    /// A shop gave it up.
    Reversed,
    /// A shop gave part of it up: another hold takes its place.
    Reduced,
}

impl End {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut writer = Writer::new([VERSION, ROOM, END]);
        let (number, value) = match self {
            Self::Due => (1, 0),
            Self::Claimed => (2, 0),
            Self::Recalled(person) => (3, person.0),
            Self::PayerFrozen => (4, 0),
            Self::PayeeFrozen => (5, 0),
            Self::Settled(day) => (6, i64::from(day.0)),
            Self::Refused(code) => (7, code.number()),
            Self::Captured => (8, 0),
            Self::Reversed => (9, 0),
            Self::Reduced => (10, 0),
        };
        writer.u8(number);
        writer.i64(value);
        writer.done()
    }

    /// Nothing if it is another room's document, or a payment's.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, Unreadable> {
        let [version, ROOM, END, rest @ ..] = bytes else { return Ok(None) };
        if *version != VERSION {
            return Err(Unreadable);
        }
        let mut reader = Reader::new(rest);
        let (number, value) = (reader.u8()?, reader.i64()?);
        reader.end()?;
        match number {
            1 => Ok(Some(Self::Due)),
            2 => Ok(Some(Self::Claimed)),
            3 => Ok(Some(Self::Recalled(PersonId(value)))),
            4 => Ok(Some(Self::PayerFrozen)),
            5 => Ok(Some(Self::PayeeFrozen)),
            6 => Ok(Some(Self::Settled(BankDay(i32::try_from(value).map_err(|_| Unreadable)?)))),
            7 => Ok(Some(Self::Refused(ReasonCode::from_number(value).ok_or(Unreadable)?))),
            8 => Ok(Some(Self::Captured)),
            9 => Ok(Some(Self::Reversed)),
            10 => Ok(Some(Self::Reduced)),
            _ => Err(Unreadable),
        }
    }

    /// Why the money went back, as a refusal's code.
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Self::PayerFrozen => Some("payments.payer_frozen"),
            Self::PayeeFrozen => Some("payments.payee_frozen"),
            Self::Refused(code) => Some(code.refusal()),
            Self::Due
            | Self::Claimed
            | Self::Recalled(_)
            | Self::Settled(_)
            | Self::Captured
            | Self::Reversed
            | Self::Reduced => None,
        }
    }
}

/// The command that pays a delayed transfer when it is due.
pub(crate) fn post_command_id(hold: CommandId) -> CommandId {
    command_id("payments.hold.post", &hold.0.to_be_bytes())
}

/// The two commands of the `attempt`-th try to give it to an invited person: into the bank's account and out of it.
pub(crate) fn claim_command_ids(hold: CommandId, attempt: i64) -> [CommandId; 2] {
    let name = [&hold.0.to_be_bytes()[..], &attempt.to_be_bytes()].concat();
    [command_id("payments.hold.claim", &name), command_id("payments.hold.give", &name)]
}

/// The command by which the payer takes it back.
pub(crate) fn recall_command_id(hold: CommandId) -> CommandId {
    command_id("payments.hold.recall", &hold.0.to_be_bytes())
}

/// The command by which the bank gives it back.
pub(crate) fn return_command_id(hold: CommandId) -> CommandId {
    command_id("payments.hold.return", &hold.0.to_be_bytes())
}

/// The command that sets money aside for a card's use; each time it becomes less it is another one.
pub(crate) fn card_hold_command_id(reference: &str, attempt: u8) -> CommandId {
    command_id("payments.card.hold", &[&[attempt], reference.as_bytes()].concat())
}

/// The command of what follows an authorisation, by the reference of that.
pub(crate) fn card_advice_command_id(advice: Advice, reference: &str) -> CommandId {
    command_id("payments.card.advice", &[advice.code().as_bytes(), b"/", reference.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_read_back() {
        let ends = [
            End::Due,
            End::Claimed,
            End::Recalled(PersonId(77)),
            End::PayerFrozen,
            End::PayeeFrozen,
            End::Settled(BankDay(20_778)),
            End::Refused(ReasonCode::CLOSED),
            End::Captured,
            End::Reversed,
            End::Reduced,
        ];
        for end in ends {
            let bytes = end.encode();
            assert_eq!(End::decode(&bytes), Ok(Some(end)));
            assert_eq!(End::decode(&bytes[..bytes.len() - 1]), Err(Unreadable));
        }
        assert_eq!(End::decode(&[]), Ok(None));
        assert_eq!(End::decode(&[1, 1, 200, 1, 0]), Ok(None));
        assert_eq!(End::decode(&[2, ROOM, END, 1, 0]), Err(Unreadable));
        assert_eq!(End::decode(&[VERSION, ROOM, END, 11, 0]), Err(Unreadable));
    }

    #[test]
    fn every_way_out_of_a_hold_has_a_command_of_its_own() {
        let hold = CommandId(7);
        let claims = (1..=3).flat_map(|attempt| claim_command_ids(hold, attempt));
        let ids = [post_command_id(hold), recall_command_id(hold), return_command_id(hold)].into_iter().chain(claims);
        let ids: std::collections::HashSet<u128> = ids.map(|id| id.0).collect();
        assert_eq!(ids.len(), 9);
        assert_eq!(post_command_id(hold), post_command_id(hold));
    }

    #[test]
    fn what_waits_for_somebody_to_come_runs_out_by_itself() {
        let until = Timestamp(5);
        assert_eq!(HoldTerms { reason: HoldReason::Delayed, until }.expires_ms(), None);
        assert_eq!(HoldTerms { reason: HoldReason::Clearing, until }.expires_ms(), None);
        assert_eq!(HoldTerms { reason: HoldReason::Invitation, until }.expires_ms(), Some(5));
        assert_eq!(HoldTerms { reason: HoldReason::Card, until }.expires_ms(), Some(5));
        for reason in HoldReason::ALL {
            assert_eq!(HoldReason::from_code(reason.code()), Some(reason));
            assert_eq!(HoldReason::from_number(reason.number()), Some(reason));
        }
    }
}
