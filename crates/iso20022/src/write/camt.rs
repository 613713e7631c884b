//! Statements and notifications of accounts.

use super::field;
use crate::message::{Entry, Header, Notification, Statement};
use crate::parts::AccountId;
use crate::xml::Writer;
use kit::BankDay;
use money::Amount;

fn group_header(to: &mut Writer, header: &Header) {
    to.tree("GrpHdr", |to| {
        to.leaf("MsgId", &header.message_id);
        field::moment(to, "CreDtTm", header.created);
        if let Some(recipient) = &header.to {
            field::organisation(to, "MsgRcpt", recipient);
        }
    });
}

fn account(to: &mut Writer, account: &AccountId, header: &Header) {
    to.tree("Acct", |to| {
        field::account_id(to, account);
        field::agent_if(to, "Svcr", header.from.as_ref());
    });
}

pub(super) fn statement(to: &mut Writer, header: &Header, statements: &[Statement]) {
    group_header(to, header);
    for statement in statements {
        to.tree("Stmt", |to| {
            to.leaf("Id", &statement.id);
            field::moment(to, "CreDtTm", header.created);
            account(to, &statement.account, header);
            balance(to, "OPBD", statement.opening, statement.day);
            balance(to, "CLBD", statement.closing, statement.day);
            entries(to, &statement.entries);
        });
    }
}

pub(super) fn notification(to: &mut Writer, header: &Header, notifications: &[Notification]) {
    group_header(to, header);
    for notification in notifications {
        to.tree("Ntfctn", |to| {
            to.leaf("Id", &notification.id);
            field::moment(to, "CreDtTm", header.created);
            account(to, &notification.account, header);
            entries(to, &notification.entries);
        });
    }
}

fn balance(to: &mut Writer, code: &str, amount: Option<Amount>, day: Option<BankDay>) {
    if let Some(amount) = amount {
        to.tree("Bal", |to| {
            to.tree("Tp", |to| to.tree("CdOrPrtry", |to| to.leaf("Cd", code)));
            field::amount_and_mark(to, amount);
            to.tree("Dt", |to| field::day(to, "Dt", day));
        });
    }
}

fn entries(to: &mut Writer, entries: &[Entry]) {
    for entry in entries {
        to.tree("Ntry", |to| {
            field::amount(to, "Amt", entry.amount);
            to.leaf("CdtDbtInd", field::mark_code(entry.mark));
            to.tree("Sts", |to| to.leaf("Cd", entry.state.code()));
            if entry.booked.is_some() {
                to.tree("BookgDt", |to| field::day(to, "Dt", entry.booked));
            }
            // The standard wants a code for the kind of booking; which payment it was says more.
            to.tree("BkTxCd", |to| to.tree("Prtry", |to| to.leaf("Cd", "PMNT")));
            if !entry.transaction_id.is_empty() {
                to.tree("NtryDtls", |to| {
                    to.tree("TxDtls", |to| to.tree("Refs", |to| to.leaf("TxId", &entry.transaction_id)));
                });
            }
            if !entry.words.is_empty() {
                to.leaf("AddtlNtryInf", &entry.words);
            }
        });
    }
}
