//! From a tree that its schema allows to a message: what it means, and whether it agrees with itself.

mod camt;
mod field;
mod pacs;
mod totals;

use crate::document::BusinessHeader;
use crate::message::Message;
use crate::refused::Refused;
use crate::schema::{self, Kind};
use crate::xml::Element;

/// The message that an element such as `FIToFICstmrCdtTrf` means.
pub(crate) fn message(element: Element<'_>, kind: Kind) -> Result<Message, Refused> {
    match kind {
        Kind::CreditTransfer => pacs::credit_transfer(element),
        Kind::DirectDebit => pacs::direct_debit(element),
        Kind::Return => pacs::payment_return(element),
        Kind::Report => pacs::report(element),
        Kind::Enquiry => pacs::enquiry(element),
        Kind::Statement => camt::statement(element),
        Kind::Notification => camt::notification(element),
    }
}

/// Reads `AppHdr` beside a document of this kind and version.
pub(crate) fn business_header(element: Element<'_>, kind: Kind, version: u8) -> Result<BusinessHeader, Refused> {
    let generation = match element.namespace().strip_prefix(schema::NAMESPACES) {
        Some("head.001.001.01") => 7,
        Some("head.001.001.02" | "head.001.001.03" | "head.001.001.04") => 8,
        _ => return Err(field::unsupported(element, "a header that is not read here; head.001.001.01 to .04 are")),
    };
    schema::check(element, "AppHdr", generation)?;
    if element.text_of("MsgDefIdr") != Some(&kind.name(version)) {
        let at = element.get("MsgDefIdr").unwrap_or(element);
        return Err(field::contradiction(at, format!("the document beside it is {}", kind.name(version))));
    }
    let party = |name| element.get(name).map(field::header_party).unwrap_or_default();
    Ok(BusinessHeader {
        from: party("Fr"),
        to: party("To"),
        id: field::text(element, "BizMsgIdr").unwrap_or_default(),
        created: field::moment(element, "CreDt")?.unwrap_or_default(),
    })
}
