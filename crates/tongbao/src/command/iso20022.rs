//! `tongbao iso20022 check`.

use crate::trouble::Trouble;
use ::iso20022::{Agent, Document, Entry, EntryState, Limits, Mark, Message};
use money::{Amount, Currency};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Ids that are shown of one message; the rest is counted.
const SHOWN_IDS: usize = 5;

/// Reads each file and says what it is, or where and why it is refused; fails if any is refused.
pub(crate) fn check(files: &[PathBuf]) -> Result<ExitCode, Trouble> {
    let mut out = std::io::stdout().lock();
    let mut refused = 0;
    for file in files {
        writeln!(out, "{}", file.display().to_string().escape_debug())?;
        let read = read(file).map_err(|error| format!("it cannot be read: {error}"));
        let document =
            read.and_then(|bytes| Message::read(&bytes, &Limits::default()).map_err(|refused| refused.to_string()));
        match document {
            Ok(document) => {
                for (name, value) in told(&document) {
                    writeln!(out, "  {name:<13}{}", value.escape_debug())?;
                }
            }
            Err(reason) => {
                refused += 1;
                writeln!(out, "  {:<13}{reason}", "REFUSED")?;
            }
        }
    }
    match refused {
        0 => Ok(ExitCode::SUCCESS),
        _ => {
            writeln!(out, "{refused} of {} refused.", files.len())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// A file's bytes, or those of the standard input for `-`: no more than one over the limit, which is enough to refuse it.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let most = Limits::default().bytes as u64 + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What a document is and holds, line by line. Nothing of it says who pays whom.
fn told(document: &Document) -> Vec<(&'static str, String)> {
    let header = document.message.header();
    let mut lines = vec![("message", document.kind.name(document.version)), ("id", header.message_id.clone())];
    let business = document.business.as_ref();
    if let Some(business) = business {
        lines.push(("header id", business.id.clone()));
    }
    let sender = header.from.as_ref().or(business.map(|business| &business.from));
    lines.push(("sender", sender.map(bank).filter(|name| !name.is_empty()).unwrap_or_else(|| "not said".to_owned())));
    match &document.message {
        Message::CreditTransfer(_, transfers) => {
            let ids = transfers.iter().map(|one| one.transaction_id.as_deref().unwrap_or(&one.end_to_end_id));
            payments(&mut lines, ids, transfers.iter().map(|one| one.amount));
        }
        Message::DirectDebit(_, debits) => {
            let ids = debits.iter().map(|one| one.transaction_id.as_deref().unwrap_or(&one.end_to_end_id));
            payments(&mut lines, ids, debits.iter().map(|one| one.amount));
        }
        Message::Return(_, returns) => {
            payments(&mut lines, returns.iter().map(|one| &*one.return_id), returns.iter().map(|one| one.amount));
        }
        Message::Report(_, report) => {
            lines.extend(report.original_message_id.clone().map(|id| ("answers", id)));
            lines.extend(report.group_status.map(|status| ("group", status.code().to_owned())));
            lines.push(("transactions", report.transactions.len().to_string()));
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for one in &report.transactions {
                *counts.entry(one.status.code()).or_default() += 1;
            }
            let counts: Vec<_> = counts.iter().map(|(code, count)| format!("{count} {code}")).collect();
            lines.push(("statuses", counts.join(", ")));
            let original =
                report.transactions.iter().map(|one| (&one.original_transaction_id, &one.original_end_to_end_id));
            lines.push(("ids", first(original.filter_map(|(id, end_to_end)| id.as_deref().or(end_to_end.as_deref())))));
        }
        Message::Enquiry(_, questions) => {
            lines.push(("transactions", questions.len().to_string()));
            let original = questions.iter().map(|one| (&one.original_transaction_id, &one.original_end_to_end_id));
            lines.push(("ids", first(original.filter_map(|(id, end_to_end)| id.as_deref().or(end_to_end.as_deref())))));
        }
        Message::Statement(_, statements) => {
            for one in statements {
                lines.push(("statement", one.id.clone()));
                lines.extend(one.day.map(|day| ("day", day.iso())));
                lines.extend(one.opening.map(|amount| ("opening", amount.to_string())));
                lines.extend(one.closing.map(|amount| ("closing", amount.to_string())));
                entries(&mut lines, &one.entries);
            }
        }
        Message::Notification(_, notifications) => {
            for one in notifications {
                lines.push(("notification", one.id.clone()));
                entries(&mut lines, &one.entries);
            }
        }
    }
    lines
}

fn bank(agent: &Agent) -> String {
    let parts = [&agent.bic, &agent.member, &agent.name];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn payments<'a>(
    lines: &mut Vec<(&'static str, String)>,
    ids: impl ExactSizeIterator<Item = &'a str>,
    amounts: impl Iterator<Item = Amount>,
) {
    lines.push(("transactions", ids.len().to_string()));
    lines.push(("sum", sum(amounts)));
    lines.push(("ids", first(ids)));
}

fn entries(lines: &mut Vec<(&'static str, String)>, entries: &[Entry]) {
    lines.push(("entries", entries.len().to_string()));
    for (name, mark) in [("credits", Mark::Credit), ("debits", Mark::Debit)] {
        let of_mark = entries.iter().filter(|entry| entry.mark == mark && entry.state == EntryState::Booked);
        lines.push((name, sum(of_mark.map(|entry| entry.amount))));
    }
    let ids = entries.iter().map(|entry| entry.transaction_id.as_str()).filter(|id| !id.is_empty());
    lines.push(("ids", first(ids)));
}

/// The sum of each currency.
fn sum(amounts: impl Iterator<Item = Amount>) -> String {
    let mut sums: BTreeMap<Currency, Option<Amount>> = BTreeMap::new();
    for amount in amounts {
        let sum = sums.entry(amount.currency).or_insert(Some(Amount::zero(amount.currency)));
        *sum = sum.and_then(|sum| sum.checked_add(amount));
    }
    let told: Vec<_> = sums
        .iter()
        .map(|(currency, sum)| {
            sum.map_or_else(|| format!("more {currency} than can be counted"), |sum| sum.to_string())
        })
        .collect();
    if told.is_empty() { "0".to_owned() } else { told.join(", ") }
}

fn first<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = ids.collect();
    let shown = all[..all.len().min(SHOWN_IDS)].join(", ");
    match all.len() {
        0 => "none".to_owned(),
        count if count > SHOWN_IDS => format!("{shown} and {} more", count - SHOWN_IDS),
        _ => shown,
    }
}
