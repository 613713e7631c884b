//! Payments, their returns, and words about them.

use super::{field, totals};
use crate::message::{CreditTransfer, DirectDebit, Enquiry, Header, Message, PaymentReturn, Report, TransactionStatus};
use crate::parts::Status;
use crate::refused::Refused;
use crate::xml::Element;
use kit::BankDay;
use money::Amount;

fn group(message: Element<'_>) -> Result<(Element<'_>, Header), Refused> {
    let group = message.get("GrpHdr").ok_or_else(|| field::contradiction(message, "GrpHdr is missing"))?;
    let header = Header {
        message_id: field::text(group, "MsgId").unwrap_or_default(),
        created: field::moment(group, "CreDtTm")?.unwrap_or_default(),
        from: field::agent_at(group, "InstgAgt"),
        to: field::agent_at(group, "InstdAgt"),
    };
    Ok((group, header))
}

/// The settlement day of a transaction: its own, else its group's; both must not differ.
fn settlement_day(group: Element<'_>, transaction: Element<'_>) -> Result<Option<BankDay>, Refused> {
    let (own, all) = (field::day(transaction, "IntrBkSttlmDt")?, field::day(group, "IntrBkSttlmDt")?);
    match (own, all, transaction.get("IntrBkSttlmDt")) {
        (Some(own), Some(all), Some(at)) if own != all => Err(field::contradiction(at, "the group has another day")),
        _ => Ok(own.or(all)),
    }
}

pub(super) fn credit_transfer(message: Element<'_>) -> Result<Message, Refused> {
    let (group, header) = group(message)?;
    let mut transfers = Vec::new();
    for at in message.all("CdtTrfTxInf") {
        transfers.push(CreditTransfer {
            instruction_id: field::text(at, "PmtId/InstrId"),
            end_to_end_id: field::text(at, "PmtId/EndToEndId").unwrap_or_default(),
            transaction_id: field::text(at, "PmtId/TxId"),
            amount: field::amount_to_pay(at, "IntrBkSttlmAmt")?,
            settlement_day: settlement_day(group, at)?,
            service: field::service(group, at),
            debtor: field::party(at, "Dbtr"),
            debtor_account: field::account(at, "DbtrAcct"),
            debtor_agent: field::agent_at(at, "DbtrAgt").unwrap_or_default(),
            creditor_agent: field::agent_at(at, "CdtrAgt").unwrap_or_default(),
            creditor: field::party(at, "Cdtr"),
            creditor_account: field::account(at, "CdtrAcct"),
            remittance: field::remittance(at),
        });
    }
    totals::once(message.all("CdtTrfTxInf").filter_map(|at| at.get("PmtId/TxId")))?;
    totals::once(message.all("CdtTrfTxInf").filter_map(|at| at.get("PmtId/UETR")))?;
    let amounts: Vec<Amount> = transfers.iter().map(|transfer| transfer.amount).collect();
    totals::check(group, "TtlIntrBkSttlmAmt", &amounts)?;
    Ok(Message::CreditTransfer(header, transfers))
}

pub(super) fn direct_debit(message: Element<'_>) -> Result<Message, Refused> {
    let (group, header) = group(message)?;
    let mut debits = Vec::new();
    for at in message.all("DrctDbtTxInf") {
        debits.push(DirectDebit {
            end_to_end_id: field::text(at, "PmtId/EndToEndId").unwrap_or_default(),
            transaction_id: field::text(at, "PmtId/TxId"),
            amount: field::amount_to_pay(at, "IntrBkSttlmAmt")?,
            settlement_day: settlement_day(group, at)?,
            service: field::service(group, at),
            mandate: field::text(at, "DrctDbtTx/MndtRltdInf/MndtId"),
            creditor: field::party(at, "Cdtr"),
            creditor_account: field::account(at, "CdtrAcct"),
            creditor_agent: field::agent_at(at, "CdtrAgt").unwrap_or_default(),
            debtor: field::party(at, "Dbtr"),
            debtor_account: field::account(at, "DbtrAcct"),
            debtor_agent: field::agent_at(at, "DbtrAgt").unwrap_or_default(),
            remittance: field::remittance(at),
        });
    }
    totals::once(message.all("DrctDbtTxInf").filter_map(|at| at.get("PmtId/TxId")))?;
    totals::once(message.all("DrctDbtTxInf").filter_map(|at| at.get("PmtId/UETR")))?;
    let amounts: Vec<Amount> = debits.iter().map(|debit| debit.amount).collect();
    totals::check(group, "TtlIntrBkSttlmAmt", &amounts)?;
    Ok(Message::DirectDebit(header, debits))
}

pub(super) fn payment_return(message: Element<'_>) -> Result<Message, Refused> {
    let (group, header) = group(message)?;
    let of_all = message.get("OrgnlGrpInf").and_then(|original| field::reason(original, "RtrRsnInf"));
    let mut returns = Vec::new();
    for at in message.all("TxInf") {
        returns.push(PaymentReturn {
            return_id: field::text(at, "RtrId").ok_or_else(|| {
                field::unsupported(at, "RtrId is missing, without which this bank cannot tell one return from another")
            })?,
            original_end_to_end_id: field::text(at, "OrgnlEndToEndId"),
            original_transaction_id: field::text(at, "OrgnlTxId"),
            amount: field::amount_to_pay(at, "RtrdIntrBkSttlmAmt")?,
            settlement_day: settlement_day(group, at)?,
            reason: field::reason(at, "RtrRsnInf").or_else(|| of_all.clone()).unwrap_or_default(),
        });
    }
    if returns.is_empty() {
        return Err(field::unsupported(
            message,
            "TxInf is missing; this bank reads returns one by one, not of a whole group",
        ));
    }
    totals::once(message.all("TxInf").filter_map(|at| at.get("RtrId")))?;
    let amounts: Vec<Amount> = returns.iter().map(|back| back.amount).collect();
    totals::check(group, "TtlRtrdIntrBkSttlmAmt", &amounts)?;
    Ok(Message::Return(header, returns))
}

pub(super) fn report(message: Element<'_>) -> Result<Message, Refused> {
    let (_, header) = group(message)?;
    let mut groups = message.all("OrgnlGrpInfAndSts");
    let answered = groups.next();
    if let Some(second) = groups.next() {
        return Err(field::unsupported(second, "this bank reads answers to one message at a time"));
    }
    let status_of = |at: Element<'_>, name: &str| {
        let read = |at: Element<'_>| {
            Status::from_code(at.text()).ok_or_else(|| field::contradiction(at, "this is not a status"))
        };
        at.get(name).map(read).transpose()
    };
    let group_status = answered.map(|at| status_of(at, "GrpSts")).transpose()?.flatten();
    let mut transactions = Vec::new();
    for at in message.all("TxInfAndSts") {
        let status = status_of(at, "TxSts")?.or(group_status.filter(|status| *status != Status::Partial));
        transactions.push(TransactionStatus {
            original_end_to_end_id: field::text(at, "OrgnlEndToEndId"),
            original_transaction_id: field::text(at, "OrgnlTxId"),
            status: status
                .ok_or_else(|| field::contradiction(at, "TxSts is missing, and the group says no status for all"))?,
            reason: field::reason(at, "StsRsnInf"),
            amount: field::amount_at(at, "OrgnlTxRef/IntrBkSttlmAmt")?,
            settlement_day: field::day(at, "OrgnlTxRef/IntrBkSttlmDt")?
                .or(field::day_or_moment(at, "FctvIntrBkSttlmDt")?),
        });
    }
    totals::once(message.all("TxInfAndSts").filter_map(|at| at.get("StsId")))?;
    totals::once(message.all("TxInfAndSts").filter_map(|at| at.get("OrgnlTxId")))?;
    if transactions.is_empty() && group_status.is_none() {
        return Err(field::contradiction(message, "it says no status, neither of a group nor of a transaction"));
    }
    let report = Report {
        original_message_id: answered.and_then(|at| field::text(at, "OrgnlMsgId")),
        original_message_name: answered.and_then(|at| field::text(at, "OrgnlMsgNmId")),
        group_status,
        group_reason: answered.and_then(|at| field::reason(at, "StsRsnInf")),
        transactions,
    };
    Ok(Message::Report(header, report))
}

pub(super) fn enquiry(message: Element<'_>) -> Result<Message, Refused> {
    let (_, header) = group(message)?;
    let mut questions = Vec::new();
    for at in message.all("TxInf") {
        let question = Enquiry {
            original_end_to_end_id: field::text(at, "OrgnlEndToEndId"),
            original_transaction_id: field::text(at, "OrgnlTxId"),
        };
        if question.original_end_to_end_id.is_none() && question.original_transaction_id.is_none() {
            return Err(field::unsupported(
                at,
                "OrgnlTxId and OrgnlEndToEndId are missing; this bank finds payments by them",
            ));
        }
        questions.push(question);
    }
    if questions.is_empty() {
        return Err(field::unsupported(message, "TxInf is missing; this bank answers about payments one by one"));
    }
    totals::once(message.all("TxInf").filter_map(|at| at.get("StsReqId")))?;
    totals::once(message.all("TxInf").filter_map(|at| at.get("OrgnlTxId")))?;
    Ok(Message::Enquiry(header, questions))
}
