//! From a message to its document, in the versions that [`Kind::written`](crate::Kind::written) names.

mod camt;
mod field;
mod pacs;

use crate::message::Message;
use crate::xml::Writer;

/// The document of a message; whether it is allowed is checked by reading it.
pub(crate) fn document(message: &Message) -> String {
    let kind = message.kind();
    let mut to = Writer::new();
    to.tree_with("Document", ("xmlns", &kind.namespace(kind.written())), |to| {
        to.tree(kind.element(), |to| match message {
            Message::CreditTransfer(header, transfers) => pacs::credit_transfer(to, header, transfers),
            Message::DirectDebit(header, debits) => pacs::direct_debit(to, header, debits),
            Message::Return(header, returns) => pacs::payment_return(to, header, returns),
            Message::Report(header, report) => pacs::report(to, header, report),
            Message::Enquiry(header, questions) => pacs::enquiry(to, header, questions),
            Message::Statement(header, statements) => camt::statement(to, header, statements),
            Message::Notification(header, notifications) => camt::notification(to, header, notifications),
        });
    });
    to.finish()
}
