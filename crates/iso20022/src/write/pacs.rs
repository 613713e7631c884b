//! Payments, their returns, and words about them.

use super::field;
use crate::message::{CreditTransfer, DirectDebit, Enquiry, Header, PaymentReturn, Report};
use crate::xml::Writer;
use money::Amount;

fn beginning(to: &mut Writer, header: &Header) {
    to.leaf("MsgId", &header.message_id);
    field::moment(to, "CreDtTm", header.created);
}

fn agents(to: &mut Writer, header: &Header) {
    field::agent_if(to, "InstgAgt", header.from.as_ref());
    field::agent_if(to, "InstdAgt", header.to.as_ref());
}

/// The header of a message that carries money: all of it goes through the clearing system.
fn money_header(to: &mut Writer, header: &Header, amounts: &[Amount], total_name: &str) {
    to.tree("GrpHdr", |to| {
        beginning(to, header);
        field::count_and_sum(to, amounts, total_name);
        to.tree("SttlmInf", |to| to.leaf("SttlmMtd", "CLRG"));
        agents(to, header);
    });
}

pub(super) fn credit_transfer(to: &mut Writer, header: &Header, transfers: &[CreditTransfer]) {
    let amounts: Vec<Amount> = transfers.iter().map(|transfer| transfer.amount).collect();
    money_header(to, header, &amounts, "TtlIntrBkSttlmAmt");
    for transfer in transfers {
        to.tree("CdtTrfTxInf", |to| {
            to.tree("PmtId", |to| {
                to.leaf_if("InstrId", transfer.instruction_id.as_deref());
                to.leaf("EndToEndId", &transfer.end_to_end_id);
                to.leaf_if("TxId", transfer.transaction_id.as_deref());
            });
            field::service(to, transfer.service);
            field::amount(to, "IntrBkSttlmAmt", transfer.amount);
            field::day(to, "IntrBkSttlmDt", transfer.settlement_day);
            to.leaf("ChrgBr", "SLEV");
            field::party(to, "Dbtr", &transfer.debtor);
            field::account(to, "DbtrAcct", transfer.debtor_account.as_ref());
            field::agent(to, "DbtrAgt", &transfer.debtor_agent);
            field::agent(to, "CdtrAgt", &transfer.creditor_agent);
            field::party(to, "Cdtr", &transfer.creditor);
            field::account(to, "CdtrAcct", transfer.creditor_account.as_ref());
            field::remittance(to, &transfer.remittance);
        });
    }
}

pub(super) fn direct_debit(to: &mut Writer, header: &Header, debits: &[DirectDebit]) {
    let amounts: Vec<Amount> = debits.iter().map(|debit| debit.amount).collect();
    money_header(to, header, &amounts, "TtlIntrBkSttlmAmt");
    for debit in debits {
        to.tree("DrctDbtTxInf", |to| {
            to.tree("PmtId", |to| {
                to.leaf("EndToEndId", &debit.end_to_end_id);
                to.leaf_if("TxId", debit.transaction_id.as_deref());
            });
            field::service(to, debit.service);
            field::amount(to, "IntrBkSttlmAmt", debit.amount);
            field::day(to, "IntrBkSttlmDt", debit.settlement_day);
            to.leaf("ChrgBr", "SLEV");
            if let Some(mandate) = &debit.mandate {
                to.tree("DrctDbtTx", |to| to.tree("MndtRltdInf", |to| to.leaf("MndtId", mandate)));
            }
            field::party(to, "Cdtr", &debit.creditor);
            field::account(to, "CdtrAcct", debit.creditor_account.as_ref());
            field::agent(to, "CdtrAgt", &debit.creditor_agent);
            field::party(to, "Dbtr", &debit.debtor);
            field::account(to, "DbtrAcct", debit.debtor_account.as_ref());
            field::agent(to, "DbtrAgt", &debit.debtor_agent);
            field::remittance(to, &debit.remittance);
        });
    }
}

pub(super) fn payment_return(to: &mut Writer, header: &Header, returns: &[PaymentReturn]) {
    let amounts: Vec<Amount> = returns.iter().map(|back| back.amount).collect();
    money_header(to, header, &amounts, "TtlRtrdIntrBkSttlmAmt");
    for back in returns {
        to.tree("TxInf", |to| {
            to.leaf("RtrId", &back.return_id);
            to.leaf_if("OrgnlEndToEndId", back.original_end_to_end_id.as_deref());
            to.leaf_if("OrgnlTxId", back.original_transaction_id.as_deref());
            field::amount(to, "RtrdIntrBkSttlmAmt", back.amount);
            field::day(to, "IntrBkSttlmDt", back.settlement_day);
            field::reason(to, "RtrRsnInf", Some(&back.reason));
        });
    }
}

pub(super) fn report(to: &mut Writer, header: &Header, report: &Report) {
    to.tree("GrpHdr", |to| {
        beginning(to, header);
        agents(to, header);
    });
    let group_is_said = report.original_message_id.is_some()
        || report.original_message_name.is_some()
        || report.group_status.is_some()
        || report.group_reason.is_some();
    if group_is_said {
        to.tree("OrgnlGrpInfAndSts", |to| {
            to.leaf_if("OrgnlMsgId", report.original_message_id.as_deref());
            to.leaf_if("OrgnlMsgNmId", report.original_message_name.as_deref());
            to.leaf_if("GrpSts", report.group_status.as_ref().map(|status| status.code()));
            field::reason(to, "StsRsnInf", report.group_reason.as_ref());
        });
    }
    for transaction in &report.transactions {
        to.tree("TxInfAndSts", |to| {
            to.leaf_if("OrgnlEndToEndId", transaction.original_end_to_end_id.as_deref());
            to.leaf_if("OrgnlTxId", transaction.original_transaction_id.as_deref());
            to.leaf("TxSts", transaction.status.code());
            field::reason(to, "StsRsnInf", transaction.reason.as_ref());
            if transaction.amount.is_some() || transaction.settlement_day.is_some() {
                to.tree("OrgnlTxRef", |to| {
                    if let Some(amount) = transaction.amount {
                        field::amount(to, "IntrBkSttlmAmt", amount);
                    }
                    field::day(to, "IntrBkSttlmDt", transaction.settlement_day);
                });
            }
        });
    }
}

pub(super) fn enquiry(to: &mut Writer, header: &Header, questions: &[Enquiry]) {
    to.tree("GrpHdr", |to| {
        beginning(to, header);
        agents(to, header);
    });
    for question in questions {
        to.tree("TxInf", |to| {
            to.leaf_if("OrgnlEndToEndId", question.original_end_to_end_id.as_deref());
            to.leaf_if("OrgnlTxId", question.original_transaction_id.as_deref());
        });
    }
}
