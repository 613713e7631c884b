//! From bytes to a message: XML, then the schema, then the meaning.

use crate::message::{Header, Message};
use crate::parts::Agent;
use crate::refused::{Cause, Refused};
use crate::schema::{self, Kind};
use crate::xml::{self, Element, Tree};
use crate::{Limits, read, write};
use kit::Timestamp;

/// What was read: a message, and what stood around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Of which version; the `08` of `pacs.008.001.08`.
    pub version: u8,
    /// `AppHdr` (`head.001`), where one came along.
    pub business: Option<BusinessHeader>,
    /// The message itself.
    pub message: Message,
}

/// The business application header beside a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHeader {
    /// `Fr`.
    pub from: Agent,
    /// `To`.
    pub to: Agent,
    /// `BizMsgIdr`.
    pub id: String,
    /// `CreDt`.
    pub created: Timestamp,
}

impl Message {
    /// Reads a document: `Document` as its root, or once anywhere within another element, perhaps after an `AppHdr`.
    ///
    /// # Errors
    /// [`Refused`] with the place and the reason: see [`Cause`]. Every input ends within the limits.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
        let tree = xml::parse(bytes, limits)?;
        let (application_header, document) = find(&tree)?;
        let (kind, version) = schema::identify(document.namespace())?;
        let generation = kind.generation(version).unwrap_or_default();
        let mut inside = document.children();
        let (first, second) = (inside.next(), inside.next());
        let message = first.filter(|first| first.name() == kind.element() && first.same_namespace(document));
        let (Some(message), None) = (message, second) else {
            let reason = format!("{} must hold exactly one element, {}", kind.name(version), kind.element());
            return Err(Refused::new(Cause::Schema, document.path(), reason));
        };
        schema::check(message, kind.element(), generation)?;
        let business = application_header.map(|header| read::business_header(header, kind, version)).transpose()?;
        Ok(Document { kind, version, business, message: read::message(message, kind)? })
    }

    /// Writes the document of this message, in the version that [`Kind::written`] names, and reads it back to be sure.
    ///
    /// # Errors
    /// [`Refused`] if the standard does not allow what it says: a text too long, a wrong id, an amount of 0 …; or if it is longer
    /// than [`Limits::default`] allows, as everybody else's would be.
    pub fn write(&self) -> Result<String, Refused> {
        let text = write::document(self);
        let read = Self::read(text.as_bytes(), &Limits::default())?;
        if read.message == *self {
            Ok(text)
        } else {
            let reason = "it has something that its document cannot say, such as an empty text or two currencies";
            Err(Refused::new(Cause::Content, read.kind.code(), reason))
        }
    }

    /// What kind of message it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::CreditTransfer(..) => Kind::CreditTransfer,
            Self::DirectDebit(..) => Kind::DirectDebit,
            Self::Return(..) => Kind::Return,
            Self::Report(..) => Kind::Report,
            Self::Enquiry(..) => Kind::Enquiry,
            Self::Statement(..) => Kind::Statement,
            Self::Notification(..) => Kind::Notification,
        }
    }

    /// What it begins with.
    pub fn header(&self) -> &Header {
        match self {
            Self::CreditTransfer(header, _)
            | Self::DirectDebit(header, _)
            | Self::Return(header, _)
            | Self::Report(header, _)
            | Self::Enquiry(header, _)
            | Self::Statement(header, _)
            | Self::Notification(header, _) => header,
        }
    }
}

/// The document, and the application header if there is one before it.
fn find<'t>(tree: &'t Tree<'_>) -> Result<(Option<Element<'t>>, Element<'t>), Refused> {
    let root = tree.root();
    let mut header = None;
    let mut document = None;
    // Neither is looked for inside of the other: what is within them is theirs.
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        let found = match element.name() {
            "Document" => &mut document,
            "AppHdr" if element.namespace().starts_with(schema::NAMESPACES) => &mut header,
            _ => {
                let from = waiting.len();
                waiting.extend(element.children());
                waiting[from..].reverse();
                continue;
            }
        };
        if found.replace(element).is_some() {
            return Err(Refused::new(
                Cause::Unsupported,
                "",
                format!("more than one {}; send one message at a time", element.name()),
            ));
        }
    }
    match document {
        Some(document) => Ok((header, document)),
        None => {
            let root = crate::refused::shown(root.name());
            Err(Refused::new(Cause::Unsupported, root, "there is no Document in it, so this is no ISO 20022 message"))
        }
    }
}
