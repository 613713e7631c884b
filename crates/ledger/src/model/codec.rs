//! Bytes of the journal and of snapshots: little-endian, no padding. Every tag is written down here once and never
//! used again for something else; what a new version needs gets a new tag.
//!
//! Numbers stand at their full width in snapshots and in records of format 1. Records of format 2 are *compact*: a
//! number takes seven bits a byte, the lowest first, a signed one with its sign in the lowest bit; times and days are
//! differences from the ledger time, and what a posting repeats of its transfer is left out.

use super::state::Decided;
use super::types::*;
use kit::BankDay;
use storage::bytes::{Compact, Put, Take, Undecodable};

fn put_action(out: &mut impl Put, action: &Action) {
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

fn put_transfer(out: &mut impl Put, transfer: &Transfer) {
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

fn put_lookup(out: &mut impl Put, hold: Option<HoldLookup>) {
    match hold {
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

fn take_lookup(take: &mut Take<'_>) -> Result<Option<HoldLookup>, Undecodable> {
    Ok(match take.u8()? {
        0 => None,
        1 => Some(HoldLookup::Open(take.u32()?)),
        2 => Some(HoldLookup::Unknown),
        3 => Some(HoldLookup::NotAHold),
        4 => Some(HoldLookup::Posted),
        5 => Some(HoldLookup::Voided),
        6 => Some(HoldLookup::Expired),
        _ => return Err(Undecodable("unknown hold lookup")),
    })
}

fn put_outcome(out: &mut impl Put, outcome: &Outcome) {
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
            put_balances(out, posted);
        }
        Outcome::Done(Effect::Held { amount }) => put_amount(out, 7, *amount),
        Outcome::Done(Effect::Voided { amount }) => put_amount(out, 8, *amount),
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

fn put_balances(out: &mut impl Put, posted: &Posted) {
    out.put_i64(posted.debit_balance);
    out.put_i64(posted.credit_balance);
}

fn put_amount(out: &mut impl Put, tag: u8, amount: i64) {
    out.put_u8(tag);
    out.put_i64(amount);
}

fn put_numbered(out: &mut impl Put, tag: u8, number: u64) {
    out.put_u8(tag);
    out.put_u64(number);
}

fn take_outcome(take: &mut Take<'_>, tag: u8) -> Result<Outcome, Undecodable> {
    Ok(Outcome::Done(match tag {
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

fn put_reason(out: &mut impl Put, reason: &Reason) {
    match *reason {
        Reason::WindowClosed { counter } => put_numbered(out, 26, counter.0),
        Reason::LimitExceeded { counter, window, by_count, cap, used } => {
            put_numbered(out, 27, counter.0);
            put_window(out, window);
            out.put_bool(by_count);
            out.put_i64(cap);
            out.put_i64(used);
        }
        Reason::InsufficientFunds { available } => put_amount(out, 28, available),
        Reason::CeilingExceeded { room } => put_amount(out, 29, room),
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

fn put_side(out: &mut impl Put, side: Side) {
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

/// The money moved just as the transfer asked: only the balances are written.
const POSTED_AS_ASKED: u8 = 10;
const LINKED: u8 = 1;
const DOCUMENT: u8 = 2;
const MS_PER_DAY: i64 = 86_400_000;

/// An entry as it stands in a record of format 2, without the length and checksum around it.
pub(crate) fn put_entry(out: &mut Vec<u8>, linked: bool, command: &Command, decided: &Decided) {
    let mut out = Compact(out);
    let document = if command.document.is_empty() { 0 } else { DOCUMENT };
    let linked = if linked { LINKED } else { 0 };
    out.put_u8(linked | document);
    out.put_i64(decided.time_ms);
    out.put_i64(decided.time_ms.wrapping_sub(command.time_ms));
    out.put_u128(command.id.0);
    put_action(&mut out, &command.action);
    if document != 0 {
        out.put_u16(command.document.len() as u16);
        out.put(&command.document);
    }
    out.put_i64(i64::from(decided.resolved.day.0).wrapping_sub(decided.time_ms.div_euclid(MS_PER_DAY)));
    if matches!(command.action, Action::Post { .. } | Action::Void { .. }) {
        put_lookup(&mut out, decided.resolved.hold);
    }
    match (&command.action, &decided.outcome) {
        (Action::Transfer(transfer), Outcome::Done(Effect::Posted(posted))) if is_as_asked(transfer, posted) => {
            out.put_u8(POSTED_AS_ASKED);
            put_balances(&mut out, posted);
        }
        (_, outcome) => put_outcome(&mut out, outcome),
    }
}

fn is_as_asked(transfer: &Transfer, posted: &Posted) -> bool {
    (transfer.debit, transfer.credit, transfer.amount) == (posted.debit, posted.credit, posted.amount)
}

/// Reads an entry of a record of format 1 or 2.
pub(crate) fn take_entry(format: u16, bytes: &[u8], sequence: u64, position: u64) -> Result<Entry, Undecodable> {
    let mut take = if format == 1 { Take::new(bytes) } else { Take::compact(bytes) };
    let entry = if format == 1 { take_wide(&mut take) } else { take_compact(&mut take) };
    let entry = Entry { sequence, position, ..entry? };
    if take.is_empty() { Ok(entry) } else { Err(Undecodable("bytes are left over")) }
}

fn take_wide(take: &mut Take<'_>) -> Result<Entry, Undecodable> {
    let linked = take.bool()?;
    let ledger_time_ms = take.i64()?;
    let id = CommandId(take.u128()?);
    let time_ms = take.i64()?;
    let action = take_action(take)?;
    let length = take.u16()?;
    let document = take.bytes(usize::from(length))?.to_vec();
    let day = BankDay(take.i32()?);
    let resolved = Resolved { day, hold: take_lookup(take)? };
    let tag = take.u8()?;
    let outcome = take_outcome(take, tag)?;
    let command = Command { id, time_ms, action, document };
    Ok(Entry { sequence: 0, position: 0, ledger_time_ms, linked, command, resolved, outcome })
}

fn take_compact(take: &mut Take<'_>) -> Result<Entry, Undecodable> {
    let flags = take.u8()?;
    if flags & !(LINKED | DOCUMENT) != 0 {
        return Err(Undecodable("unknown flags"));
    }
    let ledger_time_ms = take.i64()?;
    let time_ms = ledger_time_ms.wrapping_sub(take.i64()?);
    let id = CommandId(take.u128()?);
    let action = take_action(take)?;
    let length = if flags & DOCUMENT == 0 { 0 } else { take.u16()? };
    let document = take.bytes(usize::from(length))?.to_vec();
    let day = ledger_time_ms.div_euclid(MS_PER_DAY).wrapping_add(take.i64()?);
    let day = BankDay(i32::try_from(day).map_err(|_| Undecodable("a day is out of range"))?);
    let hold = match action {
        Action::Post { .. } | Action::Void { .. } => take_lookup(take)?,
        _ => None,
    };
    let outcome = match (take.u8()?, &action) {
        (POSTED_AS_ASKED, Action::Transfer(transfer)) => Outcome::Done(Effect::Posted(Posted {
            debit: transfer.debit,
            credit: transfer.credit,
            amount: transfer.amount,
            debit_balance: take.i64()?,
            credit_balance: take.i64()?,
        })),
        (tag, _) => take_outcome(take, tag)?,
    };
    let command = Command { id, time_ms, action, document };
    let resolved = Resolved { day, hold };
    Ok(Entry { sequence: 0, position: 0, ledger_time_ms, linked: flags & LINKED != 0, command, resolved, outcome })
}

/// Writes commands so that they can ride along in a document.
pub fn put_commands(out: &mut Vec<u8>, commands: &[Command]) {
    out.push(commands.len() as u8);
    for command in commands {
        let mut compact = Compact(out);
        compact.put_u128(command.id.0);
        compact.put_i64(command.time_ms);
        put_action(&mut compact, &command.action);
        compact.put_u16(command.document.len() as u16);
        out.extend_from_slice(&command.document);
    }
}

/// Reads what [`put_commands`] wrote, and gives the bytes after it. None for other bytes.
pub fn take_commands(bytes: &[u8]) -> Option<(Vec<Command>, &[u8])> {
    let mut take = Take::compact(bytes);
    let mut commands = Vec::new();
    for _ in 0..take.u8().ok()? {
        let (id, time_ms) = (CommandId(take.u128().ok()?), take.i64().ok()?);
        let action = take_action(&mut take).ok()?;
        let length = usize::from(take.u16().ok()?);
        commands.push(Command { id, time_ms, action, document: take.bytes(length).ok()?.to_vec() });
    }
    Some((commands, take.rest()))
}

/// Writes why a command was refused, so that it can ride along in a document.
pub fn put_refusal(out: &mut Vec<u8>, reason: &Reason) {
    put_reason(&mut Compact(out), reason);
}

/// Reads what [`put_refusal`] wrote. None for other bytes.
pub fn take_refusal(bytes: &[u8]) -> Option<Reason> {
    let mut take = Take::compact(bytes);
    take_reason(&mut take).ok().filter(|_| take.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_that_nobody_wrote_are_read_or_refused(format in 1..3_u16, bytes: Vec<u8>) {
            let _ = take_entry(format, &bytes, 0, 0);
        }
    }
}
