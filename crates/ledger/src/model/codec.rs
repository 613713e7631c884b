//! Bytes of the journal and of snapshots: little-endian, fixed width, no padding. Every tag is written down here
//! once and never used again for something else; what a new version needs gets a new tag.

use super::types::*;
use kit::BankDay;

/// The bytes end too early, or a tag is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Undecodable(pub(crate) &'static str);

/// Reads what [`Put`] wrote.
pub(crate) struct Take<'a> {
    bytes: &'a [u8],
}

impl<'a> Take<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Undecodable> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Undecodable("ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Undecodable> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or(Undecodable("ends too early"))?;
        self.bytes = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Undecodable> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Undecodable> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Undecodable> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Undecodable> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Undecodable> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Undecodable> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn u128(&mut self) -> Result<u128, Undecodable> {
        self.array().map(u128::from_le_bytes)
    }

    fn bool(&mut self) -> Result<bool, Undecodable> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Undecodable("a yes or no that is neither")),
        }
    }

    fn option<T>(&mut self, take: impl FnOnce(&mut Self) -> Result<T, Undecodable>) -> Result<Option<T>, Undecodable> {
        if self.bool()? { take(self).map(Some) } else { Ok(None) }
    }
}

/// Writes little-endian numbers into a buffer.
pub(crate) trait Put {
    fn put(&mut self, bytes: &[u8]);

    fn put_u8(&mut self, value: u8) {
        self.put(&[value]);
    }
    fn put_u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }
    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }
    fn put_i32(&mut self, value: i32) {
        self.put(&value.to_le_bytes());
    }
    fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }
    fn put_i64(&mut self, value: i64) {
        self.put(&value.to_le_bytes());
    }
    fn put_u128(&mut self, value: u128) {
        self.put(&value.to_le_bytes());
    }
    fn put_bool(&mut self, value: bool) {
        self.put_u8(u8::from(value));
    }
    fn put_option<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T))
    where
        Self: Sized,
    {
        self.put_bool(value.is_some());
        if let Some(value) = value {
            put(self, value);
        }
    }
}

impl Put for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

pub(crate) fn put_command(out: &mut Vec<u8>, command: &Command) {
    out.put_u128(command.id.0);
    out.put_i64(command.time_ms);
    put_action(out, &command.action);
    out.put_u16(command.document.len() as u16);
    out.put(&command.document);
}

pub(crate) fn take_command(take: &mut Take<'_>) -> Result<Command, Undecodable> {
    let id = CommandId(take.u128()?);
    let time_ms = take.i64()?;
    let action = take_action(take)?;
    let length = take.u16()?;
    let document = take.bytes(usize::from(length))?.to_vec();
    Ok(Command { id, time_ms, action, document })
}

fn put_action(out: &mut Vec<u8>, action: &Action) {
    match action {
        Action::OpenHolder => out.put_u8(1),
        Action::RaiseEpoch { holder } => {
            out.put_u8(2);
            out.put_u64(holder.0);
        }
        Action::OpenAccount(terms) => {
            out.put_u8(3);
            out.put_u64(terms.holder.0);
            out.put_u16(terms.institution);
            out.put_u16(terms.currency);
            out.put_u32(terms.kind);
            put_side(out, terms.normal_side);
            out.put_option(terms.floor, Put::put_i64);
            out.put_option(terms.ceiling, Put::put_i64);
        }
        Action::SetBounds { account, floor, ceiling } => {
            out.put_u8(4);
            out.put_u64(account.0);
            out.put_option(*floor, Put::put_i64);
            out.put_option(*ceiling, Put::put_i64);
        }
        Action::SetFreeze { account, debits, credits } => {
            out.put_u8(5);
            out.put_u64(account.0);
            out.put_bool(*debits);
            out.put_bool(*credits);
        }
        Action::CloseAccount { account } => {
            out.put_u8(6);
            out.put_u64(account.0);
        }
        Action::OpenCounter(terms) => {
            out.put_u8(7);
            out.put_u16(terms.institution);
            put_window(out, terms.window);
            out.put_option(terms.cap_amount, Put::put_i64);
            out.put_option(terms.cap_count, Put::put_u32);
        }
        Action::SetCaps { counter, cap_amount, cap_count } => {
            out.put_u8(8);
            out.put_u64(counter.0);
            out.put_option(*cap_amount, Put::put_i64);
            out.put_option(*cap_count, Put::put_u32);
        }
        Action::Transfer(transfer) => {
            out.put_u8(9);
            put_transfer(out, transfer);
        }
        Action::Post { hold, amount } => {
            out.put_u8(10);
            out.put_u128(hold.0);
            out.put_option(*amount, Put::put_i64);
        }
        Action::Void { hold } => {
            out.put_u8(11);
            out.put_u128(hold.0);
        }
        Action::Tick => out.put_u8(12),
    }
}

fn take_action(take: &mut Take<'_>) -> Result<Action, Undecodable> {
    Ok(match take.u8()? {
        1 => Action::OpenHolder,
        2 => Action::RaiseEpoch { holder: HolderId(take.u64()?) },
        3 => Action::OpenAccount(OpenAccount {
            holder: HolderId(take.u64()?),
            institution: take.u16()?,
            currency: take.u16()?,
            kind: take.u32()?,
            normal_side: take_side(take)?,
            floor: take.option(Take::i64)?,
            ceiling: take.option(Take::i64)?,
        }),
        4 => Action::SetBounds {
            account: AccountId(take.u64()?),
            floor: take.option(Take::i64)?,
            ceiling: take.option(Take::i64)?,
        },
        5 => Action::SetFreeze { account: AccountId(take.u64()?), debits: take.bool()?, credits: take.bool()? },
        6 => Action::CloseAccount { account: AccountId(take.u64()?) },
        7 => Action::OpenCounter(OpenCounter {
            institution: take.u16()?,
            window: take_window(take)?,
            cap_amount: take.option(Take::i64)?,
            cap_count: take.option(Take::u32)?,
        }),
        8 => Action::SetCaps {
            counter: CounterId(take.u64()?),
            cap_amount: take.option(Take::i64)?,
            cap_count: take.option(Take::u32)?,
        },
        9 => Action::Transfer(take_transfer(take)?),
        10 => Action::Post { hold: CommandId(take.u128()?), amount: take.option(Take::i64)? },
        11 => Action::Void { hold: CommandId(take.u128()?) },
        12 => Action::Tick,
        _ => return Err(Undecodable("unknown action")),
    })
}

fn put_transfer(out: &mut Vec<u8>, transfer: &Transfer) {
    out.put_u64(transfer.debit.0);
    out.put_u64(transfer.credit.0);
    out.put_i64(transfer.amount);
    out.put_u16(transfer.code);
    out.put_u64(transfer.reference);
    match transfer.mode {
        Mode::Immediate => out.put_u8(0),
        Mode::Hold { expires_ms: None } => out.put_u8(1),
        Mode::Hold { expires_ms: Some(expires_ms) } => {
            out.put_u8(2);
            out.put_i64(expires_ms);
        }
    }
    out.put_option(transfer.balancing, put_side);
    out.put_u8(transfer.limits.len() as u8);
    for limit in &transfer.limits {
        out.put_u64(limit.counter.0);
        put_side(out, limit.side);
    }
    out.put_option(transfer.epoch, |out, check| {
        out.put_u64(check.holder.0);
        out.put_u32(check.epoch);
    });
}

fn take_transfer(take: &mut Take<'_>) -> Result<Transfer, Undecodable> {
    Ok(Transfer {
        debit: AccountId(take.u64()?),
        credit: AccountId(take.u64()?),
        amount: take.i64()?,
        code: take.u16()?,
        reference: take.u64()?,
        mode: match take.u8()? {
            0 => Mode::Immediate,
            1 => Mode::Hold { expires_ms: None },
            2 => Mode::Hold { expires_ms: Some(take.i64()?) },
            _ => return Err(Undecodable("unknown mode")),
        },
        balancing: take.option(take_side)?,
        limits: {
            let count = usize::from(take.u8()?);
            let mut limits = Vec::with_capacity(count);
            for _ in 0..count {
                limits.push(LimitUse { counter: CounterId(take.u64()?), side: take_side(take)? });
            }
            limits
        },
        epoch: take.option(|take| Ok(EpochCheck { holder: HolderId(take.u64()?), epoch: take.u32()? }))?,
    })
}

pub(crate) fn put_resolved(out: &mut Vec<u8>, resolved: &Resolved) {
    out.put_i32(resolved.day.0);
    match resolved.hold {
        None => out.put_u8(0),
        Some(HoldLookup::Open(slot)) => {
            out.put_u8(1);
            out.put_u32(slot);
        }
        Some(HoldLookup::Unknown) => out.put_u8(2),
        Some(HoldLookup::NotAHold) => out.put_u8(3),
        Some(HoldLookup::Posted) => out.put_u8(4),
        Some(HoldLookup::Voided) => out.put_u8(5),
        Some(HoldLookup::Expired) => out.put_u8(6),
    }
}

pub(crate) fn take_resolved(take: &mut Take<'_>) -> Result<Resolved, Undecodable> {
    let day = BankDay(take.i32()?);
    let hold = match take.u8()? {
        0 => None,
        1 => Some(HoldLookup::Open(take.u32()?)),
        2 => Some(HoldLookup::Unknown),
        3 => Some(HoldLookup::NotAHold),
        4 => Some(HoldLookup::Posted),
        5 => Some(HoldLookup::Voided),
        6 => Some(HoldLookup::Expired),
        _ => return Err(Undecodable("unknown hold lookup")),
    };
    Ok(Resolved { day, hold })
}

pub(crate) fn put_outcome(out: &mut Vec<u8>, outcome: &Outcome) {
    match outcome {
        Outcome::Done(Effect::HolderOpened(id)) => put_numbered(out, 1, id.0),
        Outcome::Done(Effect::EpochRaised(epoch)) => put_numbered(out, 2, u64::from(*epoch)),
        Outcome::Done(Effect::AccountOpened(id)) => put_numbered(out, 3, id.0),
        Outcome::Done(Effect::CounterOpened(id)) => put_numbered(out, 4, id.0),
        Outcome::Done(Effect::Updated) => out.put_u8(5),
        Outcome::Done(Effect::Posted(posted)) => {
            put_numbered(out, 6, posted.debit.0);
            out.put_u64(posted.credit.0);
            out.put_i64(posted.amount);
            out.put_i64(posted.debit_balance);
            out.put_i64(posted.credit_balance);
        }
        Outcome::Done(Effect::Held { amount }) => put_numbered(out, 7, *amount as u64),
        Outcome::Done(Effect::Voided { amount }) => put_numbered(out, 8, *amount as u64),
        Outcome::Done(Effect::Ticked { expired }) => {
            out.put_u8(9);
            out.put_u16(expired.len() as u16);
            for id in expired {
                out.put_u128(id.0);
            }
        }
        Outcome::Refused(reason) => {
            out.put_u8(0);
            put_reason(out, reason);
        }
    }
}

fn put_numbered(out: &mut Vec<u8>, tag: u8, number: u64) {
    out.put_u8(tag);
    out.put_u64(number);
}

pub(crate) fn take_outcome(take: &mut Take<'_>) -> Result<Outcome, Undecodable> {
    Ok(Outcome::Done(match take.u8()? {
        0 => return take_reason(take).map(Outcome::Refused),
        1 => Effect::HolderOpened(HolderId(take.u64()?)),
        2 => Effect::EpochRaised(take.u64()? as u32),
        3 => Effect::AccountOpened(AccountId(take.u64()?)),
        4 => Effect::CounterOpened(CounterId(take.u64()?)),
        5 => Effect::Updated,
        6 => Effect::Posted(Posted {
            debit: AccountId(take.u64()?),
            credit: AccountId(take.u64()?),
            amount: take.i64()?,
            debit_balance: take.i64()?,
            credit_balance: take.i64()?,
        }),
        7 => Effect::Held { amount: take.i64()? },
        8 => Effect::Voided { amount: take.i64()? },
        9 => {
            let count = usize::from(take.u16()?);
            let mut expired = Vec::with_capacity(count);
            for _ in 0..count {
                expired.push(CommandId(take.u128()?));
            }
            Effect::Ticked { expired }
        }
        _ => return Err(Undecodable("unknown effect")),
    }))
}

/// Reasons without fields and their tags.
const PLAIN_REASONS: [(u8, Reason); 25] = [
    (1, Reason::ChainBroken),
    (2, Reason::AmountOutOfRange),
    (3, Reason::DebitAccountUnknown),
    (4, Reason::CreditAccountUnknown),
    (5, Reason::AccountUnknown),
    (6, Reason::HolderUnknown),
    (7, Reason::CounterUnknown),
    (8, Reason::SameAccount),
    (9, Reason::InstitutionDiffers),
    (10, Reason::CurrencyDiffers),
    (11, Reason::HoldUnknown),
    (12, Reason::NotAHold),
    (13, Reason::HoldPosted),
    (14, Reason::HoldVoided),
    (15, Reason::HoldExpired),
    (16, Reason::HoldExceeded),
    (17, Reason::DebitAccountClosed),
    (18, Reason::CreditAccountClosed),
    (19, Reason::AccountClosed),
    (20, Reason::AccountNotEmpty),
    (21, Reason::BoundsCrossed),
    (22, Reason::DebitFrozen),
    (23, Reason::CreditFrozen),
    (24, Reason::EpochStale),
    (25, Reason::Overflow),
    // 26–29 are the reasons with fields below.
];

fn put_reason(out: &mut Vec<u8>, reason: &Reason) {
    match *reason {
        Reason::WindowClosed { counter } => put_numbered(out, 26, counter.0),
        Reason::LimitExceeded { counter, window, by_count, cap, used } => {
            put_numbered(out, 27, counter.0);
            put_window(out, window);
            out.put_bool(by_count);
            out.put_i64(cap);
            out.put_i64(used);
        }
        Reason::InsufficientFunds { available } => put_numbered(out, 28, available as u64),
        Reason::CeilingExceeded { room } => put_numbered(out, 29, room as u64),
        plain => {
            let found = PLAIN_REASONS.iter().find(|(_, reason)| *reason == plain);
            out.put_u8(found.map_or(0, |(tag, _)| *tag));
        }
    }
}

fn take_reason(take: &mut Take<'_>) -> Result<Reason, Undecodable> {
    Ok(match take.u8()? {
        26 => Reason::WindowClosed { counter: CounterId(take.u64()?) },
        27 => Reason::LimitExceeded {
            counter: CounterId(take.u64()?),
            window: take_window(take)?,
            by_count: take.bool()?,
            cap: take.i64()?,
            used: take.i64()?,
        },
        28 => Reason::InsufficientFunds { available: take.i64()? },
        29 => Reason::CeilingExceeded { room: take.i64()? },
        tag => match PLAIN_REASONS.iter().find(|(known, _)| *known == tag) {
            Some((_, reason)) => *reason,
            None => return Err(Undecodable("unknown reason")),
        },
    })
}

fn put_side(out: &mut Vec<u8>, side: Side) {
    out.put_u8(match side {
        Side::Debit => 1,
        Side::Credit => 2,
    });
}

fn take_side(take: &mut Take<'_>) -> Result<Side, Undecodable> {
    match take.u8()? {
        1 => Ok(Side::Debit),
        2 => Ok(Side::Credit),
        _ => Err(Undecodable("unknown side")),
    }
}

pub(crate) fn put_window(out: &mut impl Put, window: Window) {
    out.put_u8(match window {
        Window::Payment => 1,
        Window::Day => 2,
        Window::Month => 3,
        Window::Year => 4,
    });
}

pub(crate) fn take_window(take: &mut Take<'_>) -> Result<Window, Undecodable> {
    match take.u8()? {
        1 => Ok(Window::Payment),
        2 => Ok(Window::Day),
        3 => Ok(Window::Month),
        4 => Ok(Window::Year),
        _ => Err(Undecodable("unknown window")),
    }
}

/// An entry as it stands in a record, without the length and checksum around it.
pub(crate) fn put_entry(out: &mut Vec<u8>, linked: bool, ledger_time_ms: i64, entry: (&Command, &Resolved, &Outcome)) {
    out.put_bool(linked);
    out.put_i64(ledger_time_ms);
    put_command(out, entry.0);
    put_resolved(out, entry.1);
    put_outcome(out, entry.2);
}

pub(crate) fn take_entry(bytes: &[u8], sequence: u64, position: u64) -> Result<Entry, Undecodable> {
    let mut take = Take::new(bytes);
    let entry = Entry {
        sequence,
        position,
        linked: take.bool()?,
        ledger_time_ms: take.i64()?,
        command: take_command(&mut take)?,
        resolved: take_resolved(&mut take)?,
        outcome: take_outcome(&mut take)?,
    };
    if take.is_empty() { Ok(entry) } else { Err(Undecodable("bytes are left over")) }
}
