//! A message of a participant: taken once, whatever happens around it.

use super::Outcome;
use super::answer::{take_enquiry, take_report};
use super::payment::{take_credit, take_debit, take_return};
use super::unit::Unit;
use crate::model::intake;
use crate::store::message::Received;
use iso20022::Message;
use kit::Fault;

/// A message that was read and may be taken.
pub(crate) struct Incoming {
    /// Who sent it.
    pub(crate) bank: String,
    /// What it says.
    pub(crate) message: Message,
    /// As it came.
    pub(crate) xml: String,
    /// Its hash.
    pub(crate) digest: Vec<u8>,
}

impl Incoming {
    /// A message of a participant, as it came.
    pub(crate) fn new(bank: &str, message: Message, xml: String) -> Self {
        let digest = blake3::hash(xml.as_bytes()).as_bytes().to_vec();
        Self { bank: bank.to_owned(), message, xml, digest }
    }
}

pub(crate) async fn take(unit: &mut Unit<'_>, incoming: &Incoming) -> Result<Outcome, Fault> {
    let Incoming { bank, message, xml, digest } = incoming;
    let header = message.header();
    if let Some(known) = unit.digest_of(bank, &header.message_id).await? {
        return Ok(if known == *digest { Outcome::Again } else { Outcome::Conflict });
    }
    unit.receive(Received {
        bank: bank.clone(),
        message_id: header.message_id.clone(),
        digest: digest.clone(),
        kind: intake::kind(message),
        at: unit.now,
        xml: xml.clone(),
    });
    match message {
        Message::CreditTransfer(_, payments) => {
            for payment in payments {
                take_credit(unit, bank, header, payment).await?;
            }
        }
        Message::DirectDebit(_, payments) => {
            for payment in payments {
                take_debit(unit, bank, header, payment).await?;
            }
        }
        Message::Return(_, returns) => {
            for payment in returns {
                take_return(unit, bank, header, payment).await?;
            }
        }
        Message::Report(_, report) => take_report(unit, bank, report).await?,
        Message::Enquiry(_, enquiries) => {
            for enquiry in enquiries {
                take_enquiry(unit, bank, header, enquiry).await?;
            }
        }
        Message::Statement(..) | Message::Notification(..) => {}
    }
    Ok(Outcome::Done)
}
