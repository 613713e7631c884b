//! One field of a document.

use crate::limits::{REASON_CHARACTERS, REMITTANCE_CHARACTERS};
use crate::parts::{AccountId, Agent, Mark, Party, Reason, Service};
use crate::xml::Writer;
use kit::{BankDay, Timestamp};
use money::Amount;

/// `2026-11-21T01:30:00.000Z`.
pub(super) fn moment(to: &mut Writer, name: &str, at: Timestamp) {
    let (days, ms) = (at.as_ms().div_euclid(86_400_000), at.as_ms().rem_euclid(86_400_000));
    let day = i32::try_from(days).unwrap_or(i32::MAX / 2);
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    let clock = format!("{:02}:{:02}:{:02}.{ms:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    to.leaf(name, &format!("{}T{clock}Z", BankDay(day).iso()));
}

pub(super) fn day(to: &mut Writer, name: &str, day: Option<BankDay>) {
    to.leaf_if(name, day.map(BankDay::iso).as_deref());
}

pub(super) fn amount(to: &mut Writer, name: &str, amount: Amount) {
    to.leaf_with(name, ("Ccy", amount.currency.code()), &amount.plain());
}

/// Amount without its sign, and the sign as `CdtDbtInd`.
pub(super) fn amount_and_mark(to: &mut Writer, signed: Amount) {
    let mark = if signed.is_negative() { Mark::Debit } else { Mark::Credit };
    // The one number without an opposite stays negative, which reading refuses.
    amount(to, "Amt", if signed.is_negative() { signed.checked_neg().unwrap_or(signed) } else { signed });
    to.leaf("CdtDbtInd", mark_code(mark));
}

pub(super) fn mark_code(mark: Mark) -> &'static str {
    match mark {
        Mark::Credit => "CRDT",
        Mark::Debit => "DBIT",
    }
}

pub(super) fn party(to: &mut Writer, name: &str, party: &Party) {
    to.tree(name, |to| to.leaf_if("Nm", Some(party.name.as_str()).filter(|name| !name.is_empty())));
}

pub(super) fn agent(to: &mut Writer, name: &str, agent: &Agent) {
    to.tree(name, |to| {
        to.tree("FinInstnId", |to| {
            to.leaf_if("BICFI", agent.bic.as_deref());
            if let Some(member) = &agent.member {
                to.tree("ClrSysMmbId", |to| to.leaf("MmbId", member));
            }
            to.leaf_if("Nm", agent.name.as_deref());
        });
    });
}

pub(super) fn agent_if(to: &mut Writer, name: &str, one: Option<&Agent>) {
    if let Some(one) = one {
        agent(to, name, one);
    }
}

/// A bank where only a party may stand.
pub(super) fn organisation(to: &mut Writer, name: &str, bank: &Agent) {
    to.tree(name, |to| {
        to.leaf_if("Nm", bank.name.as_deref());
        if bank.bic.is_some() || bank.member.is_some() {
            to.tree("Id", |to| {
                to.tree("OrgId", |to| {
                    to.leaf_if("AnyBIC", bank.bic.as_deref());
                    if let Some(member) = &bank.member {
                        to.tree("Othr", |to| to.leaf("Id", member));
                    }
                });
            });
        }
    });
}

pub(super) fn account_id(to: &mut Writer, account: &AccountId) {
    to.tree("Id", |to| match account {
        AccountId::Iban(iban) => to.leaf("IBAN", iban),
        AccountId::Other(number) => to.tree("Othr", |to| to.leaf("Id", number)),
    });
}

pub(super) fn account(to: &mut Writer, name: &str, account: Option<&AccountId>) {
    if let Some(account) = account {
        to.tree(name, |to| account_id(to, account));
    }
}

pub(super) fn service(to: &mut Writer, service: Option<Service>) {
    if let Some(service) = service {
        to.tree("PmtTpInf", |to| to.tree("LclInstrm", |to| to.leaf("Prtry", service.code())));
    }
}

pub(super) fn remittance(to: &mut Writer, text: &str) {
    if !text.is_empty() {
        to.tree("RmtInf", |to| pieces(to, "Ustrd", text, REMITTANCE_CHARACTERS));
    }
}

pub(super) fn reason(to: &mut Writer, name: &str, reason: Option<&Reason>) {
    if let Some(reason) = reason {
        to.tree(name, |to| {
            if !reason.code.is_empty() {
                to.tree("Rsn", |to| to.leaf("Cd", &reason.code));
            }
            pieces(to, "AddtlInf", &reason.words, REASON_CHARACTERS);
        });
    }
}

/// A text in pieces, all of them full but the last.
fn pieces(to: &mut Writer, name: &str, text: &str, full: usize) {
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(full).map_or(rest.len(), |(at, _)| at);
        to.leaf(name, &rest[..end]);
        rest = &rest[end..];
    }
}

/// `NbOfTxs`, and of amounts in one currency `CtrlSum` and the total under this name.
pub(super) fn count_and_sum(to: &mut Writer, amounts: &[Amount], total_name: &str) {
    to.leaf("NbOfTxs", &amounts.len().to_string());
    let Some((first, others)) = amounts.split_first() else { return };
    if let Some(total) = others.iter().try_fold(*first, |sum, next| sum.checked_add(*next)) {
        to.leaf("CtrlSum", &total.plain());
        amount(to, total_name, total);
    }
}
