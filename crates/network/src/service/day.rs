//! What happens by the clock: settlement windows, the end of a day, and what is due.

use super::answer::remind;
use super::payment::{accounts_agree, decide, forwarded, give_back, hold_collected, reject, settle};
use super::unit::Unit;
use crate::model::netting::{self, Leg};
use crate::model::reason;
use crate::model::transfer::{Kind, State, Transfer};
use crate::model::window;
use crate::store;
use crate::store::entry::Closed;
use iso20022::{AccountId, Entry, EntryState, Mark, Message, Notification, Statement};
use kit::{BankDay, Fault, Timestamp};
use money::{Amount, Currency};
use std::collections::BTreeMap;

/// Payments of one message to a payee's bank.
const PAYMENTS_MOST: usize = 500;
/// What one transaction looks after.
const DUE_MOST: u32 = 500;

/// Runs windows and ends days that lie before now, in the order of the clock: what was to happen before midnight belongs to
/// the day before, however late it is done.
pub(crate) async fn advance(unit: &mut Unit<'_>) -> Result<(), Fault> {
    loop {
        let window = store::transfer::first_window(&mut unit.tx, unit.now).await?;
        let ends = window::day_end(&unit.house.calendar, unit.day())?;
        match window {
            Some(window) if window < ends || unit.now < ends => run_window(unit, window).await?,
            _ if ends <= unit.now => close_day(unit).await?,
            _ => return Ok(()),
        }
        unit.flush().await?;
    }
}

/// Looks after what is due; whether there may be more.
pub(crate) async fn look_after(unit: &mut Unit<'_>) -> Result<bool, Fault> {
    let due = store::transfer::due(&mut unit.tx, unit.now, DUE_MOST).await?;
    for id in &due {
        let Some(transfer) = unit.transfer(id).await? else { continue };
        match transfer.state {
            State::Deciding => decide(unit, transfer).await?,
            State::Asked => remind(unit, transfer)?,
            State::Waiting | State::Settled | State::Rejected => {}
        }
    }
    let later = store::later::take_due(&mut unit.tx, unit.now, DUE_MOST).await?;
    for one in &later {
        let Some(transfer) = unit.transfer(&one.transfer).await? else { continue };
        if one.what != "return" {
            unit.tell_late(one, &transfer);
        } else if transfer.returned_by.is_none() && give_back(unit, &transfer, &one.reason).await?.is_none() {
            tracing::info!("a planned return is not made: the customer no longer has the money");
        }
    }
    Ok(due.len().max(later.len()) as u32 == DUE_MOST)
}

/// Nets and settles the payments of a window.
async fn run_window(unit: &mut Unit<'_>, at: Timestamp) -> Result<(), Fault> {
    let day = window::settlement_day(unit.day(), &unit.house.calendar, at);
    let mut standing = Vec::new();
    for waiting in store::transfer::of_window(&mut unit.tx, at).await? {
        match accounts_agree(unit, &waiting).await? {
            Err(code) => reject(unit, waiting, code).await?,
            Ok(()) => {
                hold_collected(unit, &waiting, 1).await?;
                standing.push(waiting);
            }
        }
    }
    let verdicts = net(unit, &standing);
    let mut nets: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let mut settled_for: BTreeMap<String, Vec<Transfer>> = BTreeMap::new();
    for (waiting, settles) in standing.into_iter().zip(verdicts) {
        if !settles {
            hold_collected(unit, &waiting, -1).await?;
            reject(unit, waiting, reason::CAP).await?;
            continue;
        }
        let settled = settle(unit, waiting, day).await?;
        for (bank, amount) in
            [(&settled.payer_bank, -settled.amount_minor), (&settled.payee_bank, settled.amount_minor)]
        {
            let net = nets.entry(bank.clone()).or_default();
            *net = (net.0 + amount, net.1 + 1);
        }
        if settled.kind == Kind::Credit && !unit.is_local(&settled.payee_bank) {
            settled_for.entry(settled.payee_bank.clone()).or_default().push(settled);
        }
    }
    for (bank, mut all) in settled_for {
        while !all.is_empty() {
            let rest = all.split_off(all.len().min(PAYMENTS_MOST));
            let some = std::mem::replace(&mut all, rest);
            some.iter().for_each(|one| unit.told(&one.id, "", &bank, "pacs.008", "ACSC", ""));
            let payments = some.into_iter().map(forwarded).collect();
            unit.line(&bank, "pacs.008", |header| Message::CreditTransfer(header, payments))?;
        }
    }
    tell_nets(unit, at, day, nets)
}

fn net(unit: &Unit<'_>, standing: &[Transfer]) -> Vec<bool> {
    let banks: Vec<_> = unit.banks().collect();
    let place = |code: &str| banks.iter().position(|bank| bank.code == code).unwrap_or(usize::MAX);
    let positions: Vec<i64> = banks.iter().map(|bank| bank.position_minor).collect();
    let floors: Vec<i64> = banks.iter().map(|bank| bank.floor()).collect();
    let legs: Vec<Leg> = standing
        .iter()
        .map(|one| Leg { payer: place(&one.payer_bank), payee: place(&one.payee_bank), amount_minor: one.amount_minor })
        .collect();
    netting::settle(&positions, &floors, &legs)
}

/// `camt.054`: what the window came to for each participant elsewhere.
fn tell_nets(
    unit: &mut Unit<'_>,
    at: Timestamp,
    day: BankDay,
    nets: BTreeMap<String, (i64, i64)>,
) -> Result<(), Fault> {
    let window = unit.house.calendar.local(at).strftime("W%Y%m%dT%H%M").to_string();
    for (bank, (net_minor, count)) in nets.into_iter().filter(|(bank, _)| !unit.is_local(bank)).collect::<Vec<_>>() {
        let entry = entry(window.clone(), net_minor, day, format!("net of {count} payments"));
        let notification =
            Notification { id: format!("{bank}{window}"), account: settlement_account(&bank), entries: vec![entry] };
        unit.line(&bank, "camt.054", |header| Message::Notification(header, vec![notification]))?;
    }
    Ok(())
}

/// The number of a participant's settlement account is its own.
fn settlement_account(bank: &str) -> AccountId {
    AccountId::Other(bank.to_owned())
}

fn entry(transaction_id: String, amount_minor: i64, day: BankDay, words: String) -> Entry {
    Entry {
        amount: Amount::new(amount_minor.abs(), Currency::CNY),
        mark: if amount_minor < 0 { Mark::Debit } else { Mark::Credit },
        state: EntryState::Booked,
        booked: Some(day),
        transaction_id,
        words,
    }
}

/// Ends the open day: each participant elsewhere gets its `camt.053`; the next day is open.
pub(crate) async fn close_day(unit: &mut Unit<'_>) -> Result<(), Fault> {
    // Entries of this unit belong to the statement.
    unit.flush().await?;
    let day = unit.day();
    let banks: Vec<(String, bool)> = unit.banks().map(|bank| (bank.code.clone(), bank.is_local)).collect();
    for (bank, is_local) in banks {
        let opening_minor = store::entry::closing(&mut unit.tx, &bank).await?;
        let entries = store::entry::of_day(&mut unit.tx, &bank, day).await?;
        let closing_minor = opening_minor + entries.iter().map(|(_, amount, _)| amount).sum::<i64>();
        if unit.bank(&bank).is_none_or(|bank| bank.position_minor != closing_minor) {
            return Err(Fault::new(format!("the entries of {} do not lead to a position", day.iso())));
        }
        let count = i64::try_from(entries.len())?;
        let closed = Closed { bank: &bank, day, opening_minor, closing_minor, entries: count, at: unit.now };
        store::entry::close(&mut unit.tx, closed).await?;
        if is_local {
            continue;
        }
        let statement = Statement {
            id: format!("{bank}D{}", day.iso()),
            account: settlement_account(&bank),
            day: Some(day),
            opening: Some(Amount::new(opening_minor, Currency::CNY)),
            closing: Some(Amount::new(closing_minor, Currency::CNY)),
            entries: entries.into_iter().map(|(id, amount, words)| entry(id, amount, day, words)).collect(),
        };
        unit.line(&bank, "camt.053", |header| Message::Statement(header, vec![statement]))?;
    }
    unit.set_day(BankDay(day.0 + 1));
    Ok(())
}
