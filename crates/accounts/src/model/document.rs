//! What rides along in the journal when a holder, an account or a counter is opened, so that the tables about them can be
//! built again from the journal alone. No names and no numbers of people: those live in SQL and can be changed.

use super::product::Product;
use super::wire::{Reader, Unreadable, Writer};
use ledger::{AccountId, CommandId, Side};
use passport::CustomerId;

/// Version of these documents.
const VERSION: u8 = 1;
/// This room's mark in the second byte, so that no room reads another's documents.
const ROOM: u8 = 1;

const HOLDER: u8 = 1;
const ACCOUNT: u8 = 2;
const COUNTER: u8 = 3;

/// A document of this room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// With `OpenHolder`.
    Holder {
        /// Whose; none is the bank itself.
        customer: Option<CustomerId>,
    },
    /// With `OpenAccount`.
    Account {
        /// Whose; none is the bank itself.
        customer: Option<CustomerId>,
        /// Which product.
        product: Product,
        /// A name for machines, unique in the institution.
        alias: Option<String>,
        /// A name for people.
        nickname: String,
    },
    /// With `OpenCounter`.
    Counter {
        /// The account that it limits.
        account: AccountId,
        /// Which direction of it: debits of a deposit account are what is paid from it.
        side: Side,
    },
}

impl Document {
    /// In its compact form.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Holder { customer } => {
                let mut writer = Writer::new([VERSION, ROOM, HOLDER]);
                put_customer(&mut writer, *customer);
                writer.done()
            }
            Self::Account { customer, product, alias, nickname } => {
                let mut writer = Writer::new([VERSION, ROOM, ACCOUNT]);
                put_customer(&mut writer, *customer);
                writer.u8(product.number());
                writer.text(alias.as_deref().unwrap_or_default());
                writer.text(nickname);
                writer.done()
            }
            Self::Counter { account, side } => {
                let mut writer = Writer::new([VERSION, ROOM, COUNTER]);
                writer.u64(account.0);
                writer.u8(u8::from(*side == Side::Credit));
                writer.done()
            }
        }
    }

    /// From its compact form; nothing if it is another room's.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, Unreadable> {
        let [version, room, kind, rest @ ..] = bytes else { return Ok(None) };
        if *room != ROOM {
            return Ok(None);
        }
        if *version != VERSION {
            return Err(Unreadable);
        }
        let mut reader = Reader::new(rest);
        let document = match *kind {
            HOLDER => Self::Holder { customer: take_customer(&mut reader)? },
            ACCOUNT => {
                let customer = take_customer(&mut reader)?;
                let product = Product::from_number(reader.u8()?).ok_or(Unreadable)?;
                let alias = Some(reader.text()?.to_owned()).filter(|alias| !alias.is_empty());
                Self::Account { customer, product, alias, nickname: reader.text()?.to_owned() }
            }
            COUNTER => {
                let account = AccountId(reader.u64()?);
                let side = if reader.u8()? == 1 { Side::Credit } else { Side::Debit };
                Self::Counter { account, side }
            }
            _ => return Err(Unreadable),
        };
        reader.end()?;
        Ok(Some(document))
    }
}

/// Customers have positive ids, so 0 says: the bank itself.
fn put_customer(writer: &mut Writer, customer: Option<CustomerId>) {
    writer.i64(customer.map_or(0, |customer| customer.0));
}

fn take_customer(reader: &mut Reader<'_>) -> Result<Option<CustomerId>, Unreadable> {
    Ok(Some(reader.i64()?).filter(|id| *id != 0).map(CustomerId))
}

/// The command id that belongs to a name: the first 128 bits of the BLAKE3 hash of both parts. The same name gives the
/// same id for ever, which is what makes a repeated command harmless.
pub fn command_id(scope: &str, name: &[u8]) -> CommandId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(scope.len() as u64).to_le_bytes());
    hasher.update(scope.as_bytes());
    hasher.update(name);
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    CommandId(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_read_back() {
        let documents = [
            Document::Holder { customer: None },
            Document::Holder { customer: Some(CustomerId(8_812_345_678_901)) },
            Document::Account {
                customer: Some(CustomerId(5)),
                product: Product::ClassOne,
                alias: Some("cust:12".to_owned()),
                nickname: "工资卡".to_owned(),
            },
            Document::Account { customer: None, product: Product::BankInternal, alias: None, nickname: String::new() },
            Document::Counter { account: AccountId(77), side: Side::Debit },
            Document::Counter { account: AccountId(78), side: Side::Credit },
        ];
        for document in documents {
            assert_eq!(Document::decode(&document.encode()), Ok(Some(document)));
        }
    }

    #[test]
    fn other_rooms_documents_are_left_alone_and_newer_ones_are_not_guessed() {
        assert_eq!(Document::decode(&[]), Ok(None));
        assert_eq!(Document::decode(&[1, 2, 1, 0]), Ok(None));
        assert_eq!(Document::decode(&[2, ROOM, HOLDER, 0]), Err(Unreadable));
        assert_eq!(Document::decode(&[VERSION, ROOM, 9]), Err(Unreadable));
        assert_eq!(Document::decode(&[VERSION, ROOM, HOLDER, 0, 0]), Err(Unreadable));
    }

    #[test]
    fn scope_and_name_cannot_run_into_each_other() {
        assert_ne!(command_id("ab", b"c"), command_id("a", b"bc"));
        assert_eq!(command_id("a", b"b"), command_id("a", b"b"));
    }
}
