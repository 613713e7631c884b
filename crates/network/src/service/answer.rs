//! What participants say about payments: answers of the payee's bank, and enquiries.

use super::payment::{reject, settle};
use super::unit::{Occasion, Unit, code_or_unsaid};
use crate::model::transfer::{Kind, State, Transfer, reminder_after_ms};
use iso20022::{Enquiry, Header, Message, Report, Status, TransactionStatus};
use kit::Fault;

/// A `pacs.002` of a participant about payments that it was asked to take.
pub(crate) async fn take_report(unit: &mut Unit<'_>, sender: &str, report: &Report) -> Result<(), Fault> {
    for status in &report.transactions {
        take_status(unit, sender, status).await?;
    }
    Ok(())
}

async fn take_status(unit: &mut Unit<'_>, sender: &str, status: &TransactionStatus) -> Result<(), Fault> {
    let id = status.original_transaction_id.as_deref().unwrap_or_default();
    let asked = unit.transfer(id).await?;
    let Some(asked) = asked.filter(|asked| asked.payee_bank == sender && asked.kind == Kind::Credit) else {
        tracing::warn!(bank = sender, "an answer about a payment that this bank was not asked about");
        return Ok(());
    };
    let code = status.reason.as_ref().map(|reason| reason.code.clone()).unwrap_or_default();
    unit.told(id, sender, "", "pacs.002", status.status.code(), &code);
    if asked.state != State::Asked {
        return Ok(());
    }
    match status.status {
        Status::InProcess | Status::Settled | Status::Credited => {
            unit.reserve(&asked.payer_bank, -asked.amount_minor);
            let day = unit.settlement_day();
            let settled = settle(unit, asked, day).await?;
            unit.tell(sender, &settled, Occasion::Final);
            Ok(())
        }
        Status::Rejected => {
            unit.reserve(&asked.payer_bank, -asked.amount_minor);
            reject(unit, asked, code_or_unsaid(&code)).await
        }
        // It is not decided yet: it is asked again when its time comes.
        _ => Ok(()),
    }
}

/// A `pacs.028` of a participant. An id that never came is refused from now on.
pub(crate) async fn take_enquiry(
    unit: &mut Unit<'_>,
    sender: &str,
    header: &Header,
    enquiry: &Enquiry,
) -> Result<(), Fault> {
    let id = enquiry.original_transaction_id.as_deref().unwrap_or_default();
    let known = unit.transfer(id).await?;
    let mut known = match known {
        Some(known) if known.concerns(sender) => known,
        // Another's payment is nothing that this bank ever sent; the id stays what it is.
        Some(_) => {
            let unknown = Transfer::never_received(id, sender, unit.now);
            unit.tell(sender, &unknown, Occasion::Enquiry);
            return Ok(());
        }
        None => {
            let mut unknown = Transfer::never_received(id, sender, unit.now);
            unknown.message_id = header.message_id.clone();
            unknown.end_to_end_id = enquiry.original_end_to_end_id.clone().unwrap_or_default();
            unknown
        }
    };
    known.enquiries += 1;
    unit.told(id, sender, "", "pacs.028", "", "");
    unit.put(known.clone());
    unit.tell(sender, &known, Occasion::Enquiry);
    Ok(())
}

/// Asks the payee's bank once more, and sets the time of the next question.
pub(crate) fn remind(unit: &mut Unit<'_>, mut asked: Transfer) -> Result<(), Fault> {
    asked.reminders += 1;
    let after = reminder_after_ms(asked.reminders, unit.house.scheme.remind_after_ms);
    asked.due = Some(unit.now.plus_ms(after));
    unit.put(asked.clone());
    let bank = asked.payee_bank.clone();
    unit.told(&asked.id, "", &bank, "pacs.028", "", "");
    let enquiry = Enquiry {
        original_end_to_end_id: Some(asked.end_to_end_id).filter(|id| !id.is_empty()),
        original_transaction_id: Some(asked.id),
    };
    unit.line(&bank, "pacs.028", |header| Message::Enquiry(header, vec![enquiry]))
}
