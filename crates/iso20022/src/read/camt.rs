//! Statements and notifications of accounts.

use super::{field, totals};
use crate::message::{Entry, Header, Message, Notification, Statement};
use crate::parts::{AccountId, EntryState, Mark};
use crate::refused::Refused;
use crate::xml::Element;
use kit::BankDay;
use money::Amount;

/// The header, where `each` is the element of one statement or notification: the first one says who keeps the account.
fn header(message: Element<'_>, each: &str) -> Result<Header, Refused> {
    Ok(Header {
        message_id: field::text(message, "GrpHdr/MsgId").unwrap_or_default(),
        created: field::moment(message, "GrpHdr/CreDtTm")?.unwrap_or_default(),
        from: field::agent_at(message, &format!("{each}/Acct/Svcr")),
        to: message.get("GrpHdr/MsgRcpt").map(field::organisation),
    })
}

pub(super) fn statement(message: Element<'_>) -> Result<Message, Refused> {
    let mut statements = Vec::new();
    for at in message.all("Stmt") {
        let opening = balance(at, "OPBD")?.map_or_else(|| balance(at, "PRCD"), |found| Ok(Some(found)))?;
        let closing = balance(at, "CLBD")?;
        let day = match closing {
            Some((_, day)) => day,
            None => field::moment(at, "FrToDt/ToDtTm")?.and(last_day(at)),
        };
        let statement = Statement {
            id: field::text(at, "Id").unwrap_or_default(),
            account: account(at)?,
            day,
            opening: opening.map(|(amount, _)| amount),
            closing: closing.map(|(amount, _)| amount),
            entries: entries(at)?,
        };
        agree(at, &statement)?;
        statements.push(statement);
    }
    totals::once(message.all("Stmt").filter_map(|at| at.get("Id")))?;
    Ok(Message::Statement(header(message, "Stmt")?, statements))
}

pub(super) fn notification(message: Element<'_>) -> Result<Message, Refused> {
    let mut notifications = Vec::new();
    for at in message.all("Ntfctn") {
        let id = field::text(at, "Id").unwrap_or_default();
        notifications.push(Notification { id, account: account(at)?, entries: entries(at)? });
    }
    totals::once(message.all("Ntfctn").filter_map(|at| at.get("Id")))?;
    Ok(Message::Notification(header(message, "Ntfctn")?, notifications))
}

fn account(at: Element<'_>) -> Result<AccountId, Refused> {
    field::account(at, "Acct")
        .ok_or_else(|| field::unsupported(at, "Acct/Id is missing; this bank knows accounts by their numbers"))
}

fn last_day(at: Element<'_>) -> Option<BankDay> {
    at.text_of("FrToDt/ToDtTm").and_then(|text| text.trim().get(..10)).and_then(BankDay::from_iso)
}

/// The balance of this type with its sign, and its day.
fn balance(at: Element<'_>, code: &str) -> Result<Option<(Amount, Option<BankDay>)>, Refused> {
    let mut found = at
        .all("Bal")
        .filter(|balance| balance.text_of("Tp/CdOrPrtry/Cd") == Some(code) && balance.get("Tp/SubTp").is_none());
    let Some(balance) = found.next() else { return Ok(None) };
    if let Some(second) = found.next() {
        return Err(field::contradiction(second, format!("{code} stands before already")));
    }
    let amount = field::amount_at(balance, "Amt")?.ok_or_else(|| field::contradiction(balance, "Amt is missing"))?;
    Ok(Some((signed(amount, field::mark(balance)), field::day_or_moment(balance, "Dt")?)))
}

fn signed(amount: Amount, mark: Mark) -> Amount {
    match mark {
        Mark::Credit => amount,
        Mark::Debit => Amount::new(-amount.minor, amount.currency),
    }
}

fn entries(at: Element<'_>) -> Result<Vec<Entry>, Refused> {
    at.all("Ntry").map(entry).collect()
}

fn entry(at: Element<'_>) -> Result<Entry, Refused> {
    let state = at.text_of("Sts/Cd").or_else(|| at.text_of("Sts").filter(|text| !text.trim().is_empty()));
    let state = state.and_then(EntryState::from_code).ok_or_else(|| {
        field::unsupported(at.get("Sts").unwrap_or(at), "a status of an entry that this bank does not know")
    })?;
    let mut payments = at.all("NtryDtls").flat_map(|details| details.all("TxDtls"));
    let only = payments.next().filter(|_| payments.next().is_none());
    let id = only.and_then(|payment| payment.text_of("Refs/TxId")).or_else(|| at.text_of("NtryRef"));
    Ok(Entry {
        amount: field::amount_at(at, "Amt")?.ok_or_else(|| field::contradiction(at, "Amt is missing"))?,
        mark: field::mark(at),
        state,
        booked: field::day_or_moment(at, "BookgDt")?,
        transaction_id: id.unwrap_or_default().to_owned(),
        words: field::text(at, "AddtlNtryInf").unwrap_or_default(),
    })
}

/// Opening balance and booked entries make the closing balance, and all are of one currency. Pages of a longer statement say
/// their balances on some of them, so one that is not the only page is not added up.
fn agree(at: Element<'_>, statement: &Statement) -> Result<(), Refused> {
    let booked = || statement.entries.iter().filter(|entry| entry.state == EntryState::Booked);
    let balances = statement.opening.iter().chain(&statement.closing).map(|amount| amount.currency);
    let mut currencies = balances.chain(booked().map(|entry| entry.amount.currency));
    if let Some(first) = currencies.next()
        && currencies.any(|other| other != first)
    {
        return Err(field::contradiction(at, "its booked balances and entries are of several currencies"));
    }
    let (Some(opening), Some(closing)) = (statement.opening, statement.closing) else { return Ok(()) };
    let message = at.parent().and_then(|message| message.get("GrpHdr/MsgPgntn"));
    if at.get("StmtPgntn").into_iter().chain(message).any(is_one_of_several) {
        return Ok(());
    }
    let sum = booked().try_fold(opening, |sum, entry| sum.checked_add(signed(entry.amount, entry.mark)));
    if sum == Some(closing) {
        Ok(())
    } else {
        Err(field::contradiction(at, "opening balance and booked entries do not make the closing balance"))
    }
}

fn is_one_of_several(pages: Element<'_>) -> bool {
    let later = pages.text_of("PgNb").is_some_and(|number| number.trim_start_matches('0') != "1");
    later || pages.text_of("LastPgInd").is_some_and(|last| matches!(last.trim(), "false" | "0"))
}
