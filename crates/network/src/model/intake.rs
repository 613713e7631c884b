//! Whether a message is one that the clearing house takes at all, before anything is decided about its payments.

use super::rule;
use iso20022::{Agent, Header, Message};

/// The most payments of one message.
const PAYMENTS_MOST: usize = 5_000;

/// The header of a message.
pub(crate) fn header(message: &Message) -> &Header {
    match message {
        Message::CreditTransfer(header, _)
        | Message::DirectDebit(header, _)
        | Message::Return(header, _)
        | Message::Report(header, _)
        | Message::Enquiry(header, _)
        | Message::Statement(header, _)
        | Message::Notification(header, _) => header,
    }
}

/// The name of a message.
pub(crate) fn kind(message: &Message) -> &'static str {
    match message {
        Message::CreditTransfer(..) => "pacs.008",
        Message::DirectDebit(..) => "pacs.003",
        Message::Return(..) => "pacs.004",
        Message::Report(..) => "pacs.002",
        Message::Enquiry(..) => "pacs.028",
        Message::Statement(..) => "camt.053",
        Message::Notification(..) => "camt.054",
    }
}

fn is(agent: &Agent, code: &str) -> bool {
    agent.member.as_deref() == Some(code)
}

/// Refuses a message that is not the sender's to send, or that lacks what the scheme asks for.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn check(message: &Message, participant: &str) -> Result<(), String> {
    let header = header(message);
    match &header.from {
        Some(agent) if is(agent, participant) => {}
        Some(_) => return Err("InstgAgt is another bank than the one whose key this is".to_owned()),
        None => return Err("InstgAgt is missing".to_owned()),
    }
    // InstdAgt may name the clearing house or the bank behind it: where a payment goes is said by the payment.
    let count = match message {
        Message::CreditTransfer(_, payments) => payments.len(),
        Message::DirectDebit(_, payments) => payments.len(),
        Message::Return(_, payments) => payments.len(),
        Message::Report(_, report) => report.transactions.len(),
        Message::Enquiry(_, enquiries) => enquiries.len(),
        Message::Statement(..) | Message::Notification(..) => {
            return Err("the clearing house sends statements and takes none".to_owned());
        }
    };
    if count > PAYMENTS_MOST {
        return Err(format!("{count} payments are more than {PAYMENTS_MOST}"));
    }
    check_payments(message, participant)?;
    let mut ids = ids(message)?;
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err("an id occurs twice in the message".to_owned());
    }
    Ok(())
}

fn check_payments(message: &Message, participant: &str) -> Result<(), String> {
    let own = |agent: &Agent, name: &str| {
        is(agent, participant).then_some(()).ok_or_else(|| format!("{name} is another bank than the sender"))
    };
    match message {
        Message::CreditTransfer(_, payments) => {
            for payment in payments {
                own(&payment.debtor_agent, "DbtrAgt")?;
                rule::service_of(payment.service, payments.len())?;
                unsettled(payment.settlement_day.is_none())?;
                payment.creditor_account.as_ref().ok_or("CdtrAcct is missing")?;
            }
        }
        Message::DirectDebit(_, payments) => {
            for payment in payments {
                own(&payment.creditor_agent, "CdtrAgt")?;
                rule::service_of(payment.service, payments.len())?;
                unsettled(payment.settlement_day.is_none())?;
                payment.debtor_account.as_ref().ok_or("DbtrAcct is missing")?;
            }
        }
        Message::Return(_, returns) => {
            for payment in returns {
                unsettled(payment.settlement_day.is_none())?;
                payment.original_transaction_id.as_ref().ok_or("OrgnlTxId is missing")?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn unsettled(yes: bool) -> Result<(), String> {
    yes.then_some(()).ok_or_else(|| "IntrBkSttlmDt is for the clearing house to say".to_owned())
}

/// The ids of a message's payments.
fn ids(message: &Message) -> Result<Vec<&str>, String> {
    let named = |id: &'_ Option<String>, name: &str| -> Result<(), String> {
        id.as_ref().map(|_| ()).ok_or_else(|| format!("{name} is missing"))
    };
    let mut found = Vec::new();
    match message {
        Message::CreditTransfer(_, payments) => {
            for payment in payments {
                named(&payment.transaction_id, "TxId")?;
                found.extend(payment.transaction_id.as_deref());
            }
        }
        Message::DirectDebit(_, payments) => {
            for payment in payments {
                named(&payment.transaction_id, "TxId")?;
                found.extend(payment.transaction_id.as_deref());
            }
        }
        Message::Return(_, returns) => found.extend(returns.iter().map(|one| one.return_id.as_str())),
        Message::Report(_, report) => {
            for status in &report.transactions {
                named(&status.original_transaction_id, "OrgnlTxId")?;
                found.extend(status.original_transaction_id.as_deref());
            }
        }
        Message::Enquiry(_, enquiries) => {
            for enquiry in enquiries {
                named(&enquiry.original_transaction_id, "OrgnlTxId")?;
                found.extend(enquiry.original_transaction_id.as_deref());
            }
        }
        Message::Statement(..) | Message::Notification(..) => {}
    }
    Ok(found)
}
